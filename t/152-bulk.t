#!/usr/bin/perl

# Many tickets, one change: every ticket by the rules of a single change, partial success, in pieces.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Time::HiRes qw(time);
use Helpdesk;

my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $MANY = $ENV{HD_SANITIZED} ? 1000 : 10000;
my $desk = Helpdesk->new(workers => 2, sync => 'off')->seed->add_user(nora => 'none')->start;
my ($admin, $agent, $nora) = map { $desk->login($_) } qw(admin agent nora);
my $tag = $admin->api(POST => '/tags', { name => 'bulk' })->{json}{id};
my $other = $admin->api(POST => '/tags', { name => 'other' })->{json}{id};
my $team = $admin->api(POST => '/teams', { name => 'Bulk' })->{json};
my $private = $admin->api(POST => '/teams', { name => 'Private', privacy_visibility => 'invited_internal' })->{json}{id};
my @own = map { ticket($agent, name => "own $_", team_id => $team->{id}) } 1 .. 4;
my $hidden = ticket($admin, name => 'hidden', team_id => $private);

# ---- results ticket by ticket ----

my $r = bulk($agent, { ids => [ @own, $hidden, 99999, $own[0] ], set => { priority => '2' }, add_tag_ids => [$tag] });
is($r->{status}, 200, 'bulk is answered') or diag($r->{body});
is_deeply([ @{ $r->{json} }{qw(matched changed)} ], [ 6, 4 ], 'each ticket once; four changed');
my %is = map { $_->{id} => $_ } @{ $r->{json}{results} };
is_deeply([ map { "$is{$_}{status} $is{$_}{version}" } @own ], [ ('200 2') x 4 ], 'each has its status and version');
is_deeply([ @{ $is{$hidden} }{qw(status code)} ], [ 404, 'not_found' ], 'VIS-16: a hidden one does not exist');
is_deeply({ %{ $is{$hidden} }, id => 99999 }, $is{99999}, 'VIS-16: exactly as one that never was');
my $t = $agent->api(GET => "/tickets/$own[1]")->{json};
is_deeply([ $t->{priority}, $t->{tag_ids} ], [ '2', [$tag] ], 'fields and tags are written');
$r = bulk($agent, { ids => \@own, set => { priority => '2' } });
is_deeply([ $r->{json}{changed}, map { $_->{version} } @{ $r->{json}{results} } ], [ 0, (2) x 4 ], 'the same again changes nothing');
$r = bulk($agent, { ids => [ @own[ 0, 1 ] ], add_tag_ids => [$other], remove_tag_ids => [$tag] });
is_deeply($agent->api(GET => "/tickets/$own[0]")->{json}{tag_ids}, [$other], 'tags come and go in one call');

my $stage = $admin->api(POST => '/stages', { name => 'Only here', team_ids => [ $team->{id} ] })->{json}{id};
my $elsewhere = ticket($agent, name => 'elsewhere', team_id => 1);
$r = bulk($agent, { ids => [ $own[0], $elsewhere ], set => { stage_id => $stage } });
%is = map { $_->{id} => $_ } @{ $r->{json}{results} };
is($is{ $own[0] }{status}, 200, 'STG-6: the stage of its team: moved');
is_deeply([ $is{$elsewhere}{status}, $is{$elsewhere}{code}, map { "$_->{field} $_->{code}" } @{ $is{$elsewhere}{errors} } ],
          [ 422, 'invalid', 'stage_id not_of_team' ], 'STG-6: another team: refused, and the answer says why');
is($agent->api(GET => "/tickets/$own[0]")->{json}{stage_id}, $stage, 'partial success: what was good is stored');

# ---- actions ----

my $states = sub { join '', map { $agent->api(GET => "/tickets/$_")->{json}{active} ? 1 : 0 } @own };
bulk($agent, { ids => [ @own[ 0, 1 ] ], action => 'archive', set => { color => 3 } });
is($states->(), '0011', 'TKT-6: archive');
bulk($agent, { ids => \@own, action => 'unarchive' });
is($states->(), '1111', 'TKT-6: unarchive');
my $partner = $agent->{user}{partner_id};
my $follows = sub { scalar grep { $_ == $partner } @{ $agent->api(GET => "/tickets/$_[0]")->{json}{message_partner_ids} } };
bulk($agent, { ids => \@own, action => 'unfollow' });
is($follows->($own[0]), 0, 'VIS-18: unfollow');
bulk($agent, { ids => \@own, action => 'follow' });
is($follows->($own[0]), 1, 'VIS-3: follow');
$r = bulk($agent, { ids => [ $own[3] ], action => 'delete' });
is($r->{json}{results}[0]{status}, 403, 'TKT-6: an agent deletes nothing, also not this way');
$r = bulk($admin, { ids => [ $own[3], 99999 ], action => 'delete' });
is_deeply([ map { $_->{status} } @{ $r->{json}{results} } ], [ 204, 404 ], 'TKT-6: an administrator does');
is($agent->api(GET => "/tickets/$own[3]")->{status}, 404, 'it is gone');
pop @own;

# ---- dry run ----

my $before = dump_tickets();
$r = bulk($agent, { ids => [ @own, $elsewhere, $hidden ], set => { stage_id => $stage, name => 'Renamed' } }, '?dry_run=1');
is_deeply([ $r->{json}{changed}, sort map { $_->{status} } @{ $r->{json}{results} } ], [ 3, 200, 200, 200, 404, 422 ], 'a dry run tells');
bulk($admin, { ids => \@own, action => $_ }, '?dry_run=1') for qw(archive delete follow unfollow);
is_deeply(dump_tickets(), $before, 'and changes nothing');

# ---- what is refused as a whole ----

my %bad = (
    'ids required' => { set => { name => 'x' } }, 'ids wrong_type' => { ids => 5, set => { name => 'x' } },
    'ids[1] not_an_id' => { ids => [ 1, 'x' ], set => { name => 'x' } }, 'ids too_many' => { ids => [ 1 .. 10001 ], set => { name => 'x' } },
    'set required' => { ids => [1] }, 'set wrong_type' => { ids => [1], set => [] }, 'priority not_an_option' => { ids => [1], set => { priority => '9' } },
    'zz unknown_field' => { ids => [1], set => { zz => 1 } }, 'closed read_only' => { ids => [1], set => { closed => $true } },
    'action not_an_option' => { ids => [1], action => 'explode' }, 'action not_allowed' => { ids => [1], action => 'delete', set => { name => 'x' } },
    'foo unknown_field' => { ids => [1], action => 'archive', foo => 1 },
    'filter not_allowed' => { ids => [1], filter => 'id=1', action => 'archive' }, 'filter required' => { filter => ' ', action => 'archive' },
    'active not_an_option' => { filter => 'id=1', active => $true, action => 'archive' },
    'active not_allowed' => { ids => [1], active => 'any', action => 'archive' },
    'filter wrong_type' => { filter => [1], action => 'archive' }, 'filter syntax' => { filter => 'id >', action => 'archive' },
    'filter unknown_field' => { filter => 'access_token = 1', action => 'archive' },
);
for my $want (sort keys %bad) {
    my $x = bulk($admin, $bad{$want});
    is(join(', ', $x->{status}, map { "$_->{field} $_->{code}" } @{ $x->{json}{fields} }), "422, $want", $want);
}
is(bulk($nora, { ids => [1], action => 'archive' })->{status}, 403, 'ACC-2: who has no right may not');
is_deeply(dump_tickets(), $before, 'nothing of that was stored');

# ---- a key ----

my %key = (headers => { 'Idempotency-Key' => 'bulk-1' });
my $body = { ids => [ @own, $hidden ], set => { color => 7 } };
my $first = $agent->api(POST => '/tickets/bulk', $body, %key);
$agent->api(PATCH => "/tickets/$own[0]", { color => 1 });
$r = $agent->api(POST => '/tickets/bulk', $body, %key);
is_deeply($r->{json}, $first->{json}, 'T-14: a repetition is answered the same');
is($r->{headers}{'idempotency-replayed'}, 'true', 'and says so');
is($agent->api(GET => "/tickets/$own[0]")->{json}{color}, 1, 'and is not done again');
is($agent->api(POST => '/tickets/bulk', { %$body, action => 'archive' }, %key)->{json}{code}, 'key_reuse', 'the key is for one request');

# ---- a filter ----

my $filter = "team_id in ($team->{id}, $private) and color in (1, 7)";
$r = bulk($agent, { filter => $filter, set => { kanban_state => 'done' } }, '?dry_run=1');
is_deeply([ $r->{json}{matched}, map { $_->{id} } @{ $r->{json}{results} } ], [ 3, @own ], 'VIS-16: what a list would show is meant, nothing hidden');
is_deeply(states(), [ ('normal') x 3 ], 'a dry run changes nothing');
%key = (headers => { 'Idempotency-Key' => 'filter-1' });
$body = { filter => $filter, set => { color => 9 } };
$first = $agent->api(POST => '/tickets/bulk', $body, %key);
is_deeply([ @{ $first->{json} }{qw(matched changed)} ], [ 3, 3 ], 'all that match are changed');
is($agent->api(POST => '/tickets/bulk', $body, headers => { 'Idempotency-Key' => 'filter-1', 'X-Companies' => 1 })->{json}{code}, 'key_reuse',
   'ACC-5: in other companies it is another request');
my $late = ticket($agent, name => 'late', team_id => $team->{id}, color => 7);
$r = $agent->api(POST => '/tickets/bulk', $body, %key);
is_deeply([ $r->{json}, $r->{headers}{'idempotency-replayed'} ], [ $first->{json}, 'true' ], 'T-14: a repetition means the same tickets');
is($agent->api(GET => "/tickets/$late")->{json}{color}, 7, 'T-14: not one that matches since');
bulk($agent, { filter => "id = $late", action => 'archive' });
is(bulk($agent, { filter => "id = $late", set => { color => 8 } })->{json}{matched}, 0, 'TKT-6: archived ones are not meant');
is(bulk($agent, { filter => "id = $late and active = false", set => { color => 6 } })->{json}{changed}, 1, 'TKT-6: unless the filter says so');
is(bulk($agent, { filter => "id = $late", active => 'false', action => 'unarchive' })->{json}{changed}, 1, 'TKT-6: or the call does, as lists do');
$r = bulk($agent, { filter => 'color = 11', set => { color => 8 } });
is_deeply([ $r->{status}, $r->{json} ], [ 200, { matched => 0, changed => 0, results => [] } ], 'nothing matches, nothing is done');
is(bulk($admin, { filter => "id in ($late)", action => 'delete' })->{json}{results}[0]{status}, 204, 'an administrator deletes what matches');

# ---- 10,000 ----

my @many = create_many($MANY);
is(scalar @many, $MANY, "$MANY tickets");
pipe my $from, my $to or die;
my $pid = fork // die;
if (!$pid) {
    my $c = $desk->client;
    @$c{qw(cookie csrf)} = @$agent{qw(cookie csrf)};
    my @ends;
    for (1 .. 100000) {
        my $x = $c->api(PATCH => "/tickets/$own[1]", { color => $_ % 12 });
        push @ends, time;
        last if $x->{status} != 200 || -e $desk->dir . '/done';
    }
    print $to join ' ', @ends;
    close $to;
    require POSIX;
    POSIX::_exit(0);
}
my $start = time;
$r = $agent->api(POST => '/tickets/bulk', { ids => \@many, set => { priority => '1' }, add_tag_ids => [$tag] },
                 headers => { 'Idempotency-Key' => 'many' });
my $took = time - $start;
Helpdesk::write_file($desk->dir . '/done', '');
close $to;
my $between = grep { $_ > $start && $_ < $start + $took } split ' ', <$from> // '';
waitpid $pid, 0;
is_deeply([ @{ $r->{json} }{qw(matched changed)} ], [ $MANY, $MANY ], 'all are changed, each with its result') or diag("$took s: $r->{status} ", substr $r->{body} // '', 0, 300);
is(scalar(grep { $_->{status} == 200 && $_->{version} == 2 } @{ $r->{json}{results} }), $MANY, 'and every result says so');
cmp_ok($between, '>=', 5, "another writer never waited for the whole of it (bulk $took s, $between writes meanwhile)");
my $again = $agent->api(POST => '/tickets/bulk', { ids => \@many, set => { priority => '1' }, add_tag_ids => [$tag] },
                        headers => { 'Idempotency-Key' => 'many' });
is_deeply($again->{json}, $r->{json}, 'T-14: the repetition of a big one is answered the same');
if ($MANY == 10000) {
    $r = bulk($agent, { filter => 'active = true', set => { priority => '0' } });
    is_deeply([ $r->{status}, map { "$_->{field} $_->{code}" } @{ $r->{json}{fields} } ], [ 422, 'filter too_many' ], 'more than 10,000 are refused');
}
is($admin->api(DELETE => "/tags/$tag")->{status}, 409, 'TKT-5: the tag is in use now');
my ($out, $err, $status) = $desk->ctl(['fsck'], ok => 0);
is($status, 0, 'counters equal recounts') or diag("$out$err");

# ---- a worker dies in the middle: the key goes on where it stopped ----

my $resumed = resume();
is_deeply([ @{ $resumed->{json} }{qw(matched changed)} ], [ $MANY, $MANY ], 'F-02: repeated after a crash: everything is done, once')
    or diag(substr $resumed->{body} // '', 0, 300);
is(scalar(grep { $_->{status} == 200 && $_->{version} == 3 } @{ $resumed->{json}{results} // [] }), $MANY, 'F-02: no ticket was changed twice');

# ---- somebody changes a ticket after the filter found it ----

my ($lowest, $highest) = (sort { $a <=> $b } @many)[ 0, -1 ];
my @said = parallel(2, sub {
    my ($i) = @_;
    my $c = $desk->client;
    @$c{qw(cookie csrf)} = @$agent{qw(cookie csrf)};
    return bulk($c, { filter => "team_id = $team->{id} and priority = 3", set => { color => 5 } })->{json} if $i == 0;
    1 while $c->api(GET => "/tickets/$lowest")->{json}{color} != 5;
    return $c->api(PATCH => "/tickets/$highest", { priority => '0' })->{json};
});
is($said[0]{matched}, $MANY, 'a filter is asked before the first ticket is changed');
my ($left) = grep { $_->{id} == $highest } @{ $said[0]{results} };
is_deeply([ @$left{qw(status code)} ], [ 412, 'version_mismatch' ], 'what matches no more when its turn comes is answered so');
is_deeply([ @{ $agent->api(GET => "/tickets/$highest")->{json} }{qw(version color)} ], [ $said[1]{version}, $said[1]{color} ], 'and left alone');
is($said[0]{changed}, $MANY - 1, 'all others are changed');

# ---- duplicate (TKT-11) ----

$admin->api(PATCH => "/teams/$team->{id}", { ticket_properties => [ { label => 'Serial', type => 'text', default => 'none' } ] });
my $src = $agent->api(POST => '/tickets', { name => 'Original', description => 'long', team_id => $team->{id}, priority => '3', color => 4,
                                            tag_ids => [$tag], stage_id => $stage, kanban_state => 'blocked', partner_email => 'a@example.com',
                                            properties => { serial => 'A1' }, user_id => $agent->{user}{id} })->{json};
my $copy = $agent->api(POST => "/tickets/$src->{id}/duplicate")->{json};
is_deeply([ @$copy{qw(name description team_id priority color tag_ids partner_email properties user_id)} ],
          [ @$src{qw(name description team_id priority color tag_ids partner_email properties user_id)} ], 'TKT-11: what people typed is copied');
isnt($copy->{ticket_ref}, $src->{ticket_ref}, 'TKT-11: with a new reference');
is_deeply([ $copy->{kanban_state}, $copy->{stage_id} == $stage ? 1 : 0, $copy->{version} ], [ 'normal', 0, 1 ], 'TKT-11: in the first stage');
is($agent->api(POST => "/tickets/$hidden/duplicate")->{status}, 404, 'VIS-16: a hidden one cannot be copied');
is($nora->api(POST => "/tickets/$src->{id}/duplicate")->{status}, 403, 'ACC-2: nor by who has no right');
$admin->api(PATCH => "/tags/$tag", { active => $false });
is_deeply($agent->api(POST => "/tickets/$src->{id}/duplicate")->{json}{tag_ids}, [], 'TKT-5: an archived tag is not copied');
done_testing;

sub ticket {
    my ($c, %f) = @_;
    my $x = $c->api(POST => '/tickets', \%f);
    $x->{status} == 201 or die "ticket: $x->{body}";
    return $x->{json}{id};
}

sub bulk {
    my ($c, $b, $query) = @_;
    return $c->api(POST => '/tickets/bulk' . ($query // ''), $b);
}

sub states { return [ map { $agent->api(GET => "/tickets/$_")->{json}{kanban_state} } @own ] }

sub dump_tickets { return [ map { Helpdesk::json_text($_) } $desk->dump_records('ticket') ] }

# Enough tickets, quickly: copies of one in a loaded dump would need a stop; duplicates over one connection do not.
sub create_many {
    my ($n) = @_;
    my $src = ticket($agent, name => 'one of many', team_id => $team->{id});
    my @ids = parallel(8, sub {
        my $c = $desk->client;
        @$c{qw(cookie csrf)} = @$agent{qw(cookie csrf)};
        return join ',', map { $c->api(POST => "/tickets/$src/duplicate")->{json}{id} } 1 .. $n / 8;
    });
    return map { map { 0 + $_ } split /,/ } @ids;
}

sub resume {
    my $req = { filter => "team_id = $team->{id} and priority = 1", set => { priority => '3' } };      # what is done matches no more
    my %k = (headers => { 'Idempotency-Key' => 'crash' });
    my $child = fork // die;
    if (!$child) {
        my $c = $desk->client;
        @$c{qw(cookie csrf)} = @$agent{qw(cookie csrf)};
        eval { $c->api(POST => '/tickets/bulk', $req, %k) };
        require POSIX;
        POSIX::_exit(0);
    }
    my $last = $many[-1];
    my $probe = (sort { $a <=> $b } @many)[ $MANY / 4 ];
    wait_until(20, sub { $agent->api(GET => "/tickets/$probe")->{json}{priority} eq '3' });
    kill KILL => $desk->worker_pids;
    waitpid $child, 0;
    my ($open) = wait_until(20, sub { my $x = eval { $admin->api(GET => "/tickets/$last") }; $x && $x->{status} == 200 });
    my $x;
    for (1 .. 30) {
        $x = eval { $agent->api(POST => '/tickets/bulk', $req, %k) } // {};
        last if ($x->{status} // 0) == 200;
        sleep 1;
    }
    $desk->expect(qr/exited on signal 9/);
    return $x;
}
