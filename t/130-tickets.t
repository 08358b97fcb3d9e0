#!/usr/bin/perl

# Tickets through the API: rules of stages, assignment and archive, versions, idempotency, cursors, filters, counts.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Helpdesk;

my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $desk = Helpdesk->new(workers => 2, sync => 'off')->seed->add_user(ada => 'user')->add_user(pia => 'portal')->start;
my $admin = $desk->login('admin');
my $agent = $desk->login('agent');
my $ada = $desk->login('ada');
my %uid = map { $_->{user}{login} => $_->{user}{id} } $admin, $agent, $ada;
my %contact = map { $_->{user}{login} => $_->{user}{partner_id} } $admin, $agent, $ada;
my $port = $desk->{port};

my $sales = make($admin, '/teams', { name => 'Sales' });
my $deal = make($admin, '/stages', { name => 'Deal', team_ids => [$sales], sequence => 5 });
my $lost = make($admin, '/stages', { name => 'Lost', team_ids => [$sales], sequence => 6, fold => $true });
my $empty = make($admin, '/teams', { name => 'Without stages' });
is($admin->api(PATCH => "/stages/$_", { team_ids => [1] })->{status}, 200, "STG-5: stage $_ is taken from the new teams") for 1 .. 4;
my $customer = make($agent, '/contacts', { name => 'Carla', email => 'Carla@Example.com', phone => '+370 1' });

create_rules();
change_rules();
people_rules();
archive_and_delete();
versions();
idempotency();
filters();
cursors();
done_testing;

# ---- create ----

sub create_rules {
    my $t = $agent->api(POST => '/tickets', { name => '  First  ticket ', description => "a\r\nb" })->{json};
    is($t->{team_id}, 1, 'a ticket without a team comes to the first');
    is($t->{stage_id}, 1, 'STG-7: in its first stage');
    is($t->{ticket_ref}, sprintf('%05d', $t->{id}), 'TKT-1: the reference has five digits');
    is($t->{display_name}, "$t->{name} (#$t->{ticket_ref})", 'TKT-1: display_name');
    is("$t->{priority} $t->{kanban_state} $t->{active} $t->{closed}", '0 normal 1 0', 'TKT-1: defaults');
    is($t->{company_id}, 1, 'ACC-5: the company is the team\'s');
    is_deeply($t->{message_partner_ids}, [ $contact{agent} ], 'VIS-4: the creator follows');
    is($t->{user_id}, undef, 'MAN-1: it is unassigned');
    is($t->{assign_date}, undef, 'and was not assigned');
    is($t->{close_date}, undef, 'nor closed');
    is("$t->{create_uid} $t->{write_uid}", "$uid{agent} $uid{agent}", 'it says who made it');
    my $r = $agent->api(POST => '/tickets', { name => 'With team', team_id => $sales });
    is($r->{json}{stage_id}, $deal, 'STG-7: the first stage of another team');
    is($r->{headers}{location}, "/api/v1/tickets/$r->{json}{id}", 'Location names the record');
    is($r->{headers}{etag}, "\"v$r->{json}{version}\"", 'ETag is its version');
    is_deeply($agent->api(GET => "/tickets/$r->{json}{id}")->{json}, $r->{json}, 'what was answered is what is read');

    refused('STG-6: a stage of another team', { name => 'x', team_id => 1, stage_id => $deal }, 'stage_id', 'not_of_team');
    refused('a team without stages', { name => 'x', team_id => $empty }, 'team_id', 'no_stage');
    refused('MAN-2: a portal user as assignee', { name => 'x', user_id => portal_id() }, 'user_id', 'not_allowed');
    refused('an assignee who does not exist', { name => 'x', user_id => 999 }, 'user_id', 'not_allowed');
    refused('a team that does not exist', { name => 'x', team_id => 999 }, 'team_id', 'not_found');
    refused('a customer who does not exist', { name => 'x', partner_id => 999 }, 'partner_id', 'not_found');
    refused('a follower who does not exist', { name => 'x', message_partner_ids => [999] }, 'message_partner_ids', 'not_found');
    refused('no title', {}, 'name', 'required');
    refused('a title of spaces', { name => " \x{200B}\t" }, 'name', 'too_short');

    $t = $agent->api(POST => '/tickets', { name => 'Closed', stage_id => 3 })->{json};
    ok($t->{closed} && $t->{close_date}, 'TKT-10: created in a folded stage it is closed');
    $t = $agent->api(POST => '/tickets', { name => 'Mine', user_id => $uid{ada} })->{json};
    is($t->{user_id}, $uid{ada}, 'MAN-2: an assignee given with the ticket');
    ok($t->{assign_date}, 'MAN-3: is its first assignment');
    is_deeply($t->{message_partner_ids}, [ sort { $a <=> $b } @contact{qw(agent ada)} ], 'MAN-4: and follows');
    $t = $agent->api(POST => '/tickets', { name => 'Customer', partner_id => $customer })->{json};
    is_deeply([ @$t{qw(partner_name partner_email partner_phone)} ], [ 'Carla', 'Carla@Example.com', '+370 1' ],
              'TKT-9: name, e-mail and phone come from the customer');
    ok((grep { $_ == $customer } @{ $t->{message_partner_ids} }), 'VIS-13: the customer of an open team follows');
    $t = $agent->api(POST => '/tickets', { name => 'By mail', partner_email => ' carla@example.COM ' })->{json};
    is($t->{partner_id}, $customer, 'TKT-9: the one contact with that address is the customer');
    my $twin = make($agent, '/contacts', { name => 'Carla 2', email => 'carla@example.com' });
    $t = $agent->api(POST => '/tickets', { name => 'By mail', partner_email => 'carla@example.com' })->{json};
    is($t->{partner_id}, undef, 'TKT-9: two contacts with it: none is');
    $admin->api(DELETE => "/contacts/$twin");
    my $poor = make($agent, '/contacts', { name => 'Poor', email => 'poor@example.com' });
    $agent->api(POST => '/tickets', { name => 'x', partner_id => $poor, partner_phone => '+44 2', partner_email => 'new@example.com' });
    my $p = $agent->api(GET => "/contacts/$poor")->{json};
    is("$p->{phone} $p->{email}", '+44 2 poor@example.com', 'TKT-1: only an empty value of the customer is filled');
}

# ---- stage, team, assignee ----

sub change_rules {
    my $id = make($agent, '/tickets', { name => 'Walks' });
    my $t = patch($agent, $id, { kanban_state => 'blocked' });
    my $entered = $t->{date_last_stage_update};
    $t = patch($agent, $id, { stage_id => 2 });
    isnt($t->{date_last_stage_update}, $entered, 'STG-20: entering a stage is dated');
    is($t->{kanban_state}, 'normal', 'STG-20: and resets the kanban state');
    $entered = $t->{date_last_stage_update};
    $t = patch($agent, $id, { stage_id => 2, kanban_state => 'done' });
    is($t->{date_last_stage_update}, $entered, 'STG-12: the same stage again is no entry');
    is($t->{kanban_state}, 'done', 'TKT-7: the kanban state can be set');
    $t = patch($agent, $id, { stage_id => 3 });
    ok($t->{closed} && $t->{close_date}, 'STG-9, TKT-10: a folded stage closes');
    my $closed = $t->{close_date};
    $t = patch($agent, $id, { stage_id => 4 });
    is($t->{close_date}, $closed, 'TKT-10: from one folded stage to another it stays closed since then');
    $t = patch($agent, $id, { stage_id => 1 });
    is("$t->{closed} " . ($t->{close_date} // 'null'), '0 null', 'TKT-10: reopening clears the date');
    my $r = $agent->api(PATCH => "/tickets/$id", { stage_id => $deal });
    is("$r->{status} $r->{json}{fields}[0]{code}", '422 not_of_team', 'STG-6: a stage of another team');

    $t = patch($agent, $id, { team_id => $sales });
    is("$t->{team_id} $t->{stage_id}", "$sales $deal", 'D-15: in another team it comes to the first stage');
    my $both = make($admin, '/stages', { name => 'Both', team_ids => [ 1, $sales ], sequence => 50 });
    $t = patch($agent, $id, { stage_id => $both });
    $t = patch($agent, $id, { team_id => 1 });
    is("$t->{team_id} $t->{stage_id}", "1 $both", 'D-15: a stage both teams use is kept');
    $t = patch($agent, $id, { team_id => $sales, stage_id => $deal });
    is("$t->{team_id} $t->{stage_id}", "$sales $deal", 'team and stage at once');
    is($agent->api(PATCH => "/tickets/$id", { team_id => undef })->{status}, 422, 'a ticket has a team');
    is($agent->api(PATCH => "/tickets/$id", { name => '' })->{status}, 422, 'and a title');

    # STG-11: folding a stage closes what is in it.
    my $stage = make($admin, '/stages', { name => 'Folds', team_ids => [1], sequence => 60 });
    my @in = map { make($agent, '/tickets', { name => "in $_", stage_id => $stage }) } 1 .. 3;
    is($admin->api(PATCH => "/stages/$stage", { fold => $true })->{status}, 200, 'a stage is folded');
    is(scalar(grep { my $x = $agent->api(GET => "/tickets/$_")->{json}; $x->{closed} && $x->{close_date} } @in), 3,
       'STG-11: its tickets are closed');
    is($admin->api(GET => "/stages/$stage")->{json}{is_close}, $true, 'D-4: is_close is fold');
    $admin->api(PATCH => "/stages/$stage", { fold => $false });
    is(scalar(grep { my $x = $agent->api(GET => "/tickets/$_")->{json}; !$x->{closed} && !$x->{close_date} } @in), 3,
       'STG-11: unfolding opens them');
    is($admin->api(DELETE => "/stages/$stage")->{json}{code}, 'in_use', 'STG-18: a stage with tickets is not deleted');
    is($admin->api(PATCH => "/stages/$stage", { active => $false })->{json}{code}, 'in_use', 'STG-18: nor archived');
    is($admin->api(PATCH => "/stages/$stage", { team_ids => [$sales] })->{json}{code}, 'in_use', 'STG-19: nor taken from the team');
    patch($agent, $_, { active => $false }) for @in;
    is($admin->api(DELETE => "/stages/$stage")->{json}{code}, 'in_use', 'STG-18: archived ones count');
    patch($agent, $_, { stage_id => 1 }) for @in;
    is($admin->api(DELETE => "/stages/$stage")->{status}, 204, 'an empty stage is deleted');
    is($admin->api(DELETE => '/teams/1')->{json}{code}, 'in_use', 'TEAM-9: a team with tickets is not deleted');
}

sub people_rules {
    my $id = make($agent, '/tickets', { name => 'People' });
    my $t = patch($agent, $id, { user_id => $uid{agent} });
    my $first = $t->{assign_date};
    ok($first, 'MAN-2: assign to me');
    $t = patch($agent, $id, { user_id => $uid{ada} });
    is($t->{assign_date}, $first, 'MAN-3: a later assignment does not move the date');
    ok((grep { $_ == $contact{ada} } @{ $t->{message_partner_ids} }), 'MAN-4: the new assignee follows');
    $t = patch($agent, $id, { user_id => undef });
    is($t->{user_id}, undef, 'MAN-5: unassigning');
    is($t->{assign_date}, $first, 'MAN-3: keeps the date');
    ok((grep { $_ == $contact{ada} } @{ $t->{message_partner_ids} }), 'MAN-5: the former assignee follows on');
    is($agent->api(PATCH => "/tickets/$id", { user_id => portal_id() })->{status}, 422, 'MAN-2: not a portal user');

    my $v = $t->{version};
    my $r = $agent->api(PUT => "/tickets/$id/followers/$customer");
    is($r->{status}, 200, 'a contact follows');
    ok((grep { $_ == $customer } @{ $r->{json}{message_partner_ids} }), 'the answer shows it');
    is($r->{json}{version}, $v + 1, 'which is a change');
    $r = $agent->api(PUT => "/tickets/$id/followers/$customer");
    is("$r->{status} $r->{json}{version}", '200 ' . ($v + 1), 'VIS-18: twice is once');
    $r = $agent->api(DELETE => "/tickets/$id/followers/$customer");
    is(scalar(grep { $_ == $customer } @{ $r->{json}{message_partner_ids} }), 0, 'and no longer');
    $r = $agent->api(DELETE => "/tickets/$id/followers/$customer");
    is("$r->{status} $r->{json}{version}", '200 ' . ($v + 2), 'twice is once');
    $t = patch($agent, $id, { message_partner_ids => [ $customer, $customer, $contact{agent} ] });
    is_deeply($t->{message_partner_ids}, [ sort { $a <=> $b } $customer, $contact{agent} ], 'VIS-18: followers are a set');

    # VIS-20, VIS-21: followers of the team.
    my $asleep = make($agent, '/contacts', { name => 'Asleep', active => $false });
    $admin->api(PATCH => "/teams/$sales", { message_partner_ids => [ $customer, $asleep ] });
    $t = $agent->api(POST => '/tickets', { name => 'y', team_id => $sales })->{json};
    is_deeply($t->{message_partner_ids}, [ sort { $a <=> $b } $customer, $contact{agent} ],
              'VIS-20, VIS-21: active team followers follow a new ticket');
    $id = make($agent, '/tickets', { name => 'z' });
    $t = patch($agent, $id, { team_id => $sales });
    ok((grep { $_ == $customer } @{ $t->{message_partner_ids} }), 'MAN-6: and one that is moved in');
    $admin->api(PATCH => "/teams/$sales", { message_partner_ids => [] });
    $t = $agent->api(GET => "/tickets/$id")->{json};
    is(scalar(grep { $_ == $customer } @{ $t->{message_partner_ids} }), 0, 'D-8: unfollowing the team unfollows its tickets');
    my $before = scalar $desk->ctl(['dump']);
    patch($agent, $id, { name => 'z', priority => '0' });
    is(strip(scalar $desk->ctl(['dump'])), strip($before), 'a change that changes nothing writes nothing');
}

sub archive_and_delete {
    my $id = make($agent, '/tickets', { name => 'Goes away', team_id => $sales });
    my $count = $agent->api(GET => '/tickets/count')->{json}{count};
    my $t = patch($agent, $id, { active => $false });
    is($t->{active}, $false, 'TKT-6: a user archives');
    is($agent->api(GET => '/tickets/count')->{json}{count}, $count - 1, 'TKT-6: it leaves the counts');
    is(scalar(grep { $_ == $id } ids($agent, '/tickets?limit=200')), 0, 'and the lists');
    is(scalar(grep { $_ == $id } board_ids($sales)), 0, 'and the board');
    is(scalar(grep { $_ == $id } ids($agent, '/tickets?active=false&limit=200')), 1, 'and is with the archived');
    is(scalar(grep { $_ == $id } ids($agent, '/tickets?active=any&limit=200')), 1, 'and with any');
    is($agent->api(GET => "/tickets/$id")->{status}, 200, 'and can be read');
    patch($agent, $id, { active => $true });
    is($agent->api(GET => '/tickets/count')->{json}{count}, $count, 'TKT-6: and comes back');
    is($admin->api(PATCH => "/teams/$sales", { active => $false })->{status}, 200, 'TEAM-8: a team is archived');
    is(scalar(grep { $_ == $id } ids($agent, '/tickets?limit=200')), 0, 'TEAM-8: its tickets leave the lists');
    is(scalar(grep { $_ == $id } ids($agent, '/tickets?active=false&limit=200')), 1, 'and are with the archived');
    is($agent->api(POST => '/tickets', { name => 'x', team_id => $sales })->{status}, 422, 'nothing is created in it');
    $admin->api(PATCH => "/teams/$sales", { active => $true });
    is(scalar(grep { $_ == $id } ids($agent, '/tickets?limit=200')), 1, 'TEAM-8: and come back');

    is($agent->api(DELETE => "/tickets/$id")->{status}, 403, 'TKT-6: a user deletes nothing');
    is($admin->api(DELETE => "/tickets/$id")->{status}, 204, 'an administrator does');
    is($admin->api(GET => "/tickets/$id")->{status}, 404, 'then it is gone');
    is($admin->api(DELETE => "/tickets/$id")->{status}, 404, 'and cannot go twice');
    is($agent->api(GET => '/tickets/count')->{json}{count}, $count - 1, 'and is not counted');
    my $next = make($agent, '/tickets', { name => 'next' });
    cmp_ok($next, '>', $id, 'TKT-1: its number is not given again');
}

# ---- versions ----

sub versions {
    my $id = make($agent, '/tickets', { name => 'Versions' });
    my $r = $agent->api(GET => "/tickets/$id");
    my $tag = $r->{headers}{etag};
    for my $h ($tag, "W/$tag", "\"v0\", $tag", '*') {
        my $x = $agent->api(GET => "/tickets/$id", undef, headers => { 'If-None-Match' => $h });
        is("$x->{status} $x->{headers}{etag}", "304 $tag", "If-None-Match: $h: 304");
        is($x->{body}, '', 'without a body');
    }
    is($agent->api(GET => "/tickets/$id", undef, headers => { 'If-None-Match' => '"v999"' })->{status}, 200, 'another tag: 200');
    $r = $agent->api(PATCH => "/tickets/$id", { name => 'one' }, headers => { 'If-Match' => $tag });
    is($r->{status}, 200, 'If-Match with what was read');
    isnt($r->{headers}{etag}, $tag, 'gives a new tag');
    is($agent->api(GET => "/tickets/$id", undef, headers => { 'If-None-Match' => $tag })->{status}, 200, 'the old tag no longer holds');
    is($ada->api(PATCH => "/tickets/$id", { name => 'two' }, headers => { 'If-Match' => $tag })->{status}, 412,
       'T-19: who read before gets 412');
    is($agent->api(GET => "/tickets/$id")->{json}{name}, 'one', 'and changed nothing');
    is($admin->api(DELETE => "/tickets/$id", undef, headers => { 'If-Match' => $tag })->{status}, 412, 'a deletion too');
    my @cookies = map { [ $_->{cookie}, $_->{csrf} ] } $agent, $ada;
    $tag = $r->{headers}{etag};
    my @status = parallel(8, sub {
        my ($i) = @_;
        my $c = Helpdesk::Client->new($port);
        @$c{qw(cookie csrf)} = @{ $cookies[ $i % 2 ] };
        return $c->api(PATCH => "/tickets/$id", { name => "by $i" }, headers => { 'If-Match' => $tag })->{status};
    });
    is(join(',', sort @status), join(',', 200, (412) x 7), 'T-19: of eight at once with one version, one wins');
}

# ---- idempotency ----

sub idempotency {
    my $n = $agent->api(GET => '/tickets/count?active=any')->{json}{count};
    my %t = (name => 'Once');
    my $r = $agent->api(POST => '/tickets', \%t, key => 'key-1');
    is($r->{status}, 201, 'a request with a key');
    my $id = $r->{json}{id};
    my $again = $agent->api(POST => '/tickets', \%t, key => 'key-1');
    is("$again->{status} $again->{json}{id}", "201 $id", 'the same again: the same answer');
    is($again->{headers}{'idempotency-replayed'}, 'true', 'marked as such');
    is($again->{headers}{location}, $r->{headers}{location}, 'with the same Location');
    is($agent->api(POST => '/tickets', { name => 'Other' }, key => 'key-1')->{json}{code}, 'key_reuse', 'another body: key_reuse');
    is($agent->api(POST => '/tickets?x=1', \%t, key => 'key-1')->{json}{code}, 'key_reuse', 'another query: key_reuse');
    isnt($ada->api(POST => '/tickets', \%t, key => 'key-1')->{json}{id}, $id, 'T-03: another user\'s key is another key');
    is($agent->api(POST => '/contacts', { name => 'x' }, key => 'key-1')->{status}, 201, 'another operation\'s too');
    is($agent->api(POST => '/tickets', { name => '' }, key => 'key-2')->{status}, 422, 'a refusal');
    is($agent->api(POST => '/tickets', { name => 'mended' }, key => 'key-2')->{status}, 201, 'does not use the key up');
    is($agent->api(POST => '/tickets', \%t, key => $_)->{status}, 400, 'a key that is none: ' . substr $_, 0, 10)
        for 'x' x 256, "a b", "k\x{7f}";
    is($agent->api(POST => '/tickets', \%t, key => 'x' x 255)->{status}, 201, 'a key of 255 is one');
    is($agent->api(GET => '/tickets/count?active=any')->{json}{count}, $n + 4, 'four tickets came of all that');

    my @auth = @$agent{qw(cookie csrf)};
    my @all = parallel(8, sub {
        my $c = Helpdesk::Client->new($port);
        @$c{qw(cookie csrf)} = @auth;
        my $x = $c->api(POST => '/tickets', { name => 'At once' }, key => 'key-at-once');
        return "$x->{status} " . ($x->{json}{id} // $x->{json}{code});
    });
    my %seen = map { $_ => 1 } grep { /^201/ } @all;
    is(scalar keys %seen, 1, '4.1: eight at once with one key make one ticket') or diag("@all");
    is(scalar(grep { !/^201|^409/ } @all), 0, 'and all get it, or are told to wait') or diag("@all");
    is($agent->api(GET => '/tickets/count?active=any&name=At+once')->{json}{count}, 1, 'there is one');

    $admin->api(PATCH => "/tickets/$id", { active => $false });
    is($agent->api(POST => '/tickets', \%t, key => 'key-1')->{json}{active}, $false, 'a replay shows the record as it is now');
    $admin->api(DELETE => "/tickets/$id");
    is($agent->api(POST => '/tickets', \%t, key => 'key-1')->{status}, 404, 'and nothing when it is gone');
}

# ---- filters against brute force ----

sub filters {
    srand 42;
    my @users = (undef, values %uid);
    my @contacts = (undef, $customer, values %contact);
    for my $i (1 .. 120) {
        my $team = rand() < 0.6 ? 1 : $sales;
        make($agent, '/tickets', {
            name => "Filter $i " . ('Printer', "\x{160}altas", 'VPN', 'invoice')[ rand 4 ], team_id => $team,
            stage_id => $team == 1 ? 1 + int rand 4 : rand() < 0.5 ? $deal : $lost,
            priority => '' . int rand 4, kanban_state => (qw(normal done blocked))[ rand 3 ],
            user_id => $users[ rand @users ], partner_id => $contacts[ rand @contacts ],
            active => rand() < 0.85 ? $true : $false,
        });
    }
    my @all = rows($agent, '/tickets?active=any&limit=200');
    my @dump = $desk->dump_records('ticket');
    is_deeply([ sort { $a <=> $b } map { $_->{id} } @all ], [ sort { $a <=> $b } map { $_->{id} } @dump ],
              'active=any lists every row of the store');
    my @sorted = sort { $b->{priority} <=> $a->{priority} || $b->{id} <=> $a->{id} } @dump;
    is_deeply([ map { $_->{id} } @all ], [ map { $_->{id} } @sorted ], 'TKT-3: by priority, then the newest first');
    my $mid = $sorted[ @sorted / 2 ];
    my $eq = sub { my ($f, $v) = @_; sub { ($_[0]{$f} // 'null') eq $v } };
    my @cases = (
        (map { [ "team_id=$_", $eq->(team_id => $_) ] } 1, $sales, 999),
        (map { [ "stage_id=$_", $eq->(stage_id => $_) ] } 1 .. 4, $deal, $lost),
        (map { [ "user_id=$_", $eq->(user_id => $_) ] } values %uid, 'null', 999),
        (map { [ "partner_id=$_", $eq->(partner_id => $_) ] } values %contact, $customer, 'null'),
        (map { [ "priority=$_", $eq->(priority => $_) ] } 0 .. 3),
        (map { [ "kanban_state=$_", $eq->(kanban_state => $_) ] } qw(normal done blocked)),
        [ 'closed=true', sub { $_[0]{closed} } ], [ 'closed=false', sub { !$_[0]{closed} } ],
        [ 'closed.ne=true', sub { !$_[0]{closed} } ],
        [ 'priority.gte=2', sub { $_[0]{priority} >= 2 } ], [ 'priority.lt=1', sub { $_[0]{priority} < 1 } ],
        [ 'priority.in=1,3', sub { $_[0]{priority} == 1 || $_[0]{priority} == 3 } ],
        [ 'name.contains=printer', sub { $_[0]{name} =~ /printer/i } ],
        [ 'name.contains=' . join('', map { sprintf '%%%02X', $_ } 0xC5, 0xA0) . 'ALT', sub { $_[0]{name} =~ /\x{160}alt/i } ],
        [ "create_date.lte=$mid->{create_date}", sub { $_[0]{create_date} le $mid->{create_date} } ],
        [ "create_date.gt=$mid->{create_date}", sub { $_[0]{create_date} gt $mid->{create_date} } ],
        [ 'assign_date=null', sub { !defined $_[0]{assign_date} } ], [ 'close_date.ne=null', sub { defined $_[0]{close_date} } ],
        [ "message_partner_ids=$customer", sub { grep { $_ == $customer } @{ $_[0]{message_partner_ids} } } ],
        [ "user_id.ne=$uid{ada}", sub { ($_[0]{user_id} // 0) != $uid{ada} } ],
        [ "user_id.in=$uid{ada},$uid{agent}", sub { my $u = $_[0]{user_id} // 0; $u == $uid{ada} || $u == $uid{agent} } ],
        [ "create_uid=$uid{agent}", $eq->(create_uid => $uid{agent}) ],
        [ "team_id=1&user_id=$uid{ada}&priority.gte=1", sub { $_[0]{team_id} == 1 && ($_[0]{user_id} // 0) == $uid{ada} && $_[0]{priority} >= 1 } ],
        [ "team_id=1&stage_id=2&user_id=null", sub { $_[0]{team_id} == 1 && $_[0]{stage_id} == 2 && !defined $_[0]{user_id} } ],
        [ "partner_id=$customer&stage_id=1", sub { ($_[0]{partner_id} // 0) == $customer && $_[0]{stage_id} == 1 } ],
        [ "user_id=$uid{ada}&partner_id=$customer", sub { ($_[0]{partner_id} // 0) == $customer && ($_[0]{user_id} // 0) == $uid{ada} } ],
        [ "stage_id=$deal&team_id=1", sub { 0 } ], [ "id.in=3,5,7", sub { $_[0]{id} == 3 || $_[0]{id} == 5 || $_[0]{id} == 7 } ],
        [ 'ticket_ref=x', undef ],
    );
    my (@bad, %full);
    for my $case (@cases) {
        my ($q, $fits) = @$case;
        for my $active (qw(true false any)) {
            if (!$fits) {
                push @bad, $q if $agent->api(GET => "/tickets?active=$active&$q")->{status} != 422;
                next;
            }
            my @want = map { $_->{id} } grep { $fits->($_) && ($active eq 'any' || !!$_->{active} eq !!($active eq 'true')) } @sorted;
            my @got = map { $_->{id} } rows($agent, "/tickets?active=$active&limit=37&$q");
            my $count = $agent->api(GET => "/tickets/count?active=$active&$q")->{json}{count};
            push @bad, "$active $q: got " . @got . " count $count, want " . @want if "@got" ne "@want" || $count != @want;
            $full{$q} += @want;
        }
    }
    is_deeply(\@bad, [], 'VIS-16: each filter lists and counts what brute force finds, in order');
    cmp_ok(scalar(grep { $_ } values %full), '>', 30, 'and most of them find something');

    my @cols = @{ $agent->api(GET => '/teams/1/board?limit=5')->{json}{columns} };
    my @shown = grep { $_->{active} } @sorted;
    my @wrong;
    for my $col (@cols) {
        my @in = map { $_->{id} } grep { $_->{team_id} == 1 && $_->{stage_id} == $col->{stage}{id} } @shown;
        my @walk = map { $_->{id} } @{ $col->{tickets} };
        push @wrong, "count $col->{stage}{name}" if $col->{count} != @in;
        push @wrong, "first $col->{stage}{name}" if "@walk" ne "@in[0 .. ($#in > 4 ? 4 : $#in)]";
        push @walk, map { $_->{id} } rows($agent, "/tickets?team_id=1&stage_id=$col->{stage}{id}&limit=7&after=$col->{next}") if $col->{next};
        push @wrong, "rest $col->{stage}{name}" if "@walk" ne "@in";
    }
    is_deeply(\@wrong, [], 'STG-21: the board counts and shows the same, and its cursors go on');
    my @stages = grep { grep { $_ == 1 } @{ $_->{team_ids} } } @{ $admin->api(GET => '/stages')->{json}{items} };
    is_deeply([ map { $_->{stage}{id} } @cols ], [ map { $_->{id} } @stages ], 'STG-4, STG-21: every stage in order, empty ones too');
    my $one = $agent->api(GET => '/tickets?limit=1&fields=name,description')->{json}{items}[0];
    is_deeply([ sort keys %$one ], [qw(description id name version)], 'fields shows what was asked for');
}

# ---- cursors while tickets come in ----

sub cursors {
    for my $limit (1, 7, 50) {
        my @before = map { $_->{id} } rows($agent, '/tickets?limit=200');
        my $writer = fork // die "fork: $!";
        if ($writer == 0) {
            my $c = Helpdesk::Client->new($port);
            @$c{qw(cookie csrf)} = @$ada{qw(cookie csrf)};
            $c->api(POST => '/tickets', { name => "meanwhile $_", priority => '' . $_ % 4 }) for 1 .. 60;
            POSIX::_exit(0);
        }
        my @walk = map { $_->{id} } rows($agent, "/tickets?limit=$limit");
        waitpid $writer, 0;
        my %n;
        $n{$_}++ for @walk;
        is_deeply([ grep { $n{$_} > 1 } keys %n ], [], "pages of $limit: none comes twice while tickets come in");
        is_deeply([ grep { !$n{$_} } @before ], [], "pages of $limit: none that was there is missing");
        my %was = map { $_ => 1 } @before;
        is_deeply([ grep { $was{$_} } @walk ], \@before, "pages of $limit: in the same order");
    }
    for my $path ('/contacts', '/stages', '/users', '/teams') {
        my @one = ids($admin, "$path?limit=200");
        my @walk = map { $_->{id} } rows($admin, "$path?limit=1");
        is_deeply(\@walk, \@one, "$path: pages of one are the whole list");
    }
    my $r = $agent->api(GET => '/tickets?limit=3');
    my $cursor = $r->{json}{next};
    substr($cursor, 2, 1) = substr($cursor, 2, 1) eq 'A' ? 'B' : 'A';
    is($agent->api(GET => "/tickets?after=$cursor")->{json}{code}, 'bad_cursor', 'a changed cursor is refused');
    my ($out, $err, $status) = $desk->ctl(['fsck'], ok => 0);
    is($status, 0, '4.1: fsck finds nothing after all this') or diag("$out$err");
}

# ---- helpers ----

sub make {
    my ($client, $path, $body) = @_;
    my $r = $client->api(POST => $path, $body);
    $r->{status} == 201 or die "POST $path: $r->{status} $r->{body}";
    return $r->{json}{id};
}

sub patch {
    my ($client, $id, $body) = @_;
    my $r = $client->api(PATCH => "/tickets/$id", $body);
    $r->{status} == 200 or die "PATCH $id: $r->{status} $r->{body}";
    return $r->{json};
}

sub refused {
    my ($name, $body, $field, $code) = @_;
    my $r = $agent->api(POST => '/tickets', $body);
    my $f = $r->{json}{fields}[0] // {};
    return is("$r->{status} " . ($f->{field} // '') . ' ' . ($f->{code} // ''), "422 $field $code", $name);
}

# Every row of a list, page by page.
sub rows {
    my ($client, $path) = @_;
    my ($after, @rows) = ('');
    for (1 .. 2000) {
        my $r = $client->api(GET => $path . ($after ? "&after=$after" : ''));
        $r->{status} == 200 or die "$path: $r->{status} $r->{body}";
        push @rows, @{ $r->{json}{items} };
        $after = $r->{json}{next} // return @rows;
        $path =~ s/&after=[^&]*//;
    }
    die "$path: no end";
}

sub ids { my ($client, $path) = @_; return map { $_->{id} } @{ $client->api(GET => $path)->{json}{items} } }

sub board_ids {
    my ($team) = @_;
    return map { map { $_->{id} } @{ $_->{tickets} } } @{ $agent->api(GET => "/teams/$team/board?limit=200")->{json}{columns} };
}

sub portal_id { return (grep { $_->{login} eq 'pia' } $desk->dump_records('user'))[0]{id} }

sub strip { return join "\n", grep { !/^\{"helpdesk_dump"/ && !/^\{"type":"session"/ } split /\n/, $_[0] }
