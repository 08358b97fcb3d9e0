#!/usr/bin/perl

# A cap on open tickets, what waits for room, and who gets it when there is some: worked out by hand.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Helpdesk;

my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $desk = Helpdesk->new(workers => 2, sync => 'off', clock => '2026-01-05T08:00:00Z')->seed;
$desk->add_user($_ => 'user') for qw(ann ben cid);
$desk->add_user(boss => 'admin')->start;
my $admin = $desk->login('admin');
$admin->{token} = call(POST => '/tokens', { name => 't', scopes => [qw(read write admin)] }, 201)->{token};
delete @$admin{qw(cookie csrf)};
my %uid = map { $_->{login} => $_->{id} } $desk->dump_records('user');
my %login = reverse %uid;
my ($closed) = map { $_->{id} } grep { $_->{fold} } $desk->dump_records('stage');

# ---- the cap ----

my $team = team('Capped', qw(ann ben), assign_cap => 2);
is(who($team, 6), 'ann ben ann ben - -', 'cap: two open tickets each, then nobody');
my @t = tickets($team);
my $x = assignment($t[4]);
is_deeply([ @$x{qw(method user_id waiting)} ], [ 'balanced', undef, $true ], 'cap: the fifth waits');
is_deeply($x->{candidates}, [ map { { user_id => $uid{$_}, load => 2, reason => 'at_cap' } } qw(ann ben) ], 'and says for whom');
is(call(GET => "/tickets/$t[4]", undef, 200)->{waiting}, $true, 'so does the ticket');
is_deeply([ map { $_->{id} } @{ call(GET => "/tickets?team_id=$team&waiting=true", undef, 200)->{items} } ], [ $t[5], $t[4] ],
          'the backlog can be listed');
change($t[0], { stage_id => $closed });
is(holders(@t), 'ann ben ann ben ann -', 'drain: ann closes one: the oldest that waits is hers, in the same transaction');
is(call(GET => "/tickets/$t[4]", undef, 200)->{assign_date}, '2026-01-05T08:00:00.000Z', 'MAN-3: with a date');
is(assignment($t[4])->{waiting}, $false, 'it waits no more');
is(last_event($t[4])->{actor}, 0, 'nobody gave it by hand: the desk did');
change($t[1], { active => $false });
is(holders(@t), 'ann ben ann ben ann ben', 'drain: ben archives one: the next is his');

is(who($team, 3), '- - -', 'three more wait');
@t = tickets($team);
change($t[2], { user_id => $uid{cid} });
is(holders(@t[ 6 .. 8 ]), 'ann - -', 'drain: one of hers goes to cid by hand: ann has room');
change($t[3], { user_id => undef });
is(holders(@t[ 3, 6 .. 8 ]), '- ann ben -', 'drain: unassigned by hand: another one comes, not the same');
is(assignment($t[3])->{method}, 'manual', 'that one does not wait: a person decided');
$admin->api(DELETE => "/tickets/$t[4]")->{status} == 204 or die;
is(holders($t[8]), 'ann', 'drain: a ticket is deleted: its place is given away');
my $by_hand = call(POST => '/tickets', { name => 'by hand', team_id => $team, user_id => $uid{ann} }, 201);
is($by_hand->{user_id}, $uid{ann}, 'cap: by hand she may get more than the cap');
is(assignment($by_hand->{id})->{method}, 'manual', 'MAN-2: and the explanation says by hand');

# ---- what the set-up frees ----

# ann 3 (one by hand), ben 2, cid 1 (elsewhere in this team by hand)
is(who($team, 4), '- - - -', 'four wait');
@t = (tickets($team))[ -4 .. -1 ];
call(PATCH => "/teams/$team", { member_ids => [ @uid{qw(ann ben cid)} ] }, 200);
is(holders(@t), 'cid - - -', 'drain: a member is added: cid has one, so one more');
call(PATCH => "/teams/$team", { assign_cap => 3 }, 200);
is(holders(@t), 'cid ben cid -', 'drain: the cap rises: ann has three, ben and cid one place each, the lowest id first');
call(PATCH => "/users/$uid{boss}", { role => 'user' }, 200);
is(holders($t[3]), '-', 'a user who is no member changes nothing');
call(PATCH => "/teams/$team", { member_ids => [] }, 200);
is(holders($t[3]), 'admin', 'drain: no list of members: all with rights: the lowest id without a ticket');

my $solo = team('Solo', qw(boss), assign_cap => 1);
is(who($solo, 2), 'boss -', 'boss alone has room for one');
call(PATCH => "/users/$uid{boss}", { active => $false }, 200);
is(who($solo, 1), '-', 'an archived member is no candidate');
my @s = tickets($solo);
is(assignment($s[2])->{candidates}[0]{reason}, 'not_allowed', 'and named as such');
is(assignment($s[2])->{waiting}, $false, 'that one does not wait: nobody is there to wait for');
call(PATCH => "/tickets/$s[0]", { user_id => $uid{ann} }, 200);
is(holders($s[1]), '-', 'drain: a place of somebody archived is none');
call(PATCH => "/users/$uid{boss}", { active => $true }, 200);
is(holders(@s), 'ann boss -', 'drain: he is back: what waited is his');

my $auto = team('Switched', qw(cid), assign_cap => 1);
who($auto, 2);
my @a = tickets($auto);
is(holders(@a), '- -', 'cid has three elsewhere: at the cap (D-2)');
call(PATCH => "/teams/$auto", { auto_assignment => $false }, 200);
call(PATCH => "/teams/$auto", { assign_cap => 0 }, 200);
is(holders(@a), '- -', 'drain: not while assignment is off');
call(PATCH => "/teams/$auto", { auto_assignment => $true }, 200);
is(holders(@a), 'cid cid', 'drain: it goes on again');

# ---- cap and time off: those who are at work decide ----

close_all();
my $off = team('Off', qw(ann ben), assign_cap => 1);
my $leave = call(POST => '/leaves', { user_id => $uid{ann}, state => 'approved', date_from => '2026-01-05T00:00:00Z',
                                      date_to => '2026-01-05T09:00:00Z' }, 201)->{id};
is(who($off, 3), 'ben - -', 'cap: ben is the one at work and full: the others wait, not for ann\'s holiday');
my @o = tickets($off);
is_deeply([ map { $_->{reason} } @{ assignment($o[1])->{candidates} } ], [ 'time_off', 'at_cap' ], 'the explanation tells both');
call(PATCH => "/leaves/$leave", { state => 'refused' }, 200);
is(holders(@o), 'ben ann -', 'drain: her time off is refused: she has room');
change($o[1], { stage_id => $closed });
is(holders($o[2]), 'ann', 'and again');
call(PATCH => "/leaves/$leave", { state => 'approved' }, 200);
change($o[2], { stage_id => $closed });
is(who($off, 1), '-', 'off again: it waits');
($x) = reverse tickets($off);
$desk->settle('2026-01-05T09:00:01Z');
is(holders($x), 'ann', 'drain: back at work: the clock gives it to her');

# ---- tags: each ticket has its own candidates ----

close_all();
my ($vpn, $mail) = map { call(POST => '/tags', { name => $_->[0], member_ids => [ @uid{ @{ $_->[1] } } ] }, 201)->{id} }
    [ vpn => [qw(ann boss)] ], [ mail => [qw(ben)] ];
my $plain = call(POST => '/tags', { name => 'plain' }, 201)->{id};
my $tags = team('Tags', qw(ann ben cid), assign_method => 'tags', assign_cap => 1);
my $make = sub { my (@ids) = @_; return call(POST => '/tickets', { name => 'x', team_id => $tags, tag_ids => \@ids }, 201)->{id} };
my @g = ($make->($vpn), $make->($vpn), $make->($mail), $make->($mail), $make->(), $make->($plain), $make->($vpn, $mail));
is(holders(@g), 'ann - ben - - - -', 'ASG-9: who knows the tag and is a member; without one that maps to somebody: nobody');
is_deeply([ map { assignment($_)->{waiting} ? 1 : 0 } @g ], [ 0, 1, 0, 1, 0, 0, 1 ], 'ASG-9: only those with somebody to wait for wait');
is_deeply([ map { $_->{reason} } @{ assignment($g[2])->{candidates} } ], [ 'no_tag', 'chosen', 'no_tag' ], 'the explanation names who lacks the tag');
change($g[2], { stage_id => $closed });
is(holders(@g), 'ann - ben ben - - -', 'drain: the oldest of those ben can take, not the oldest of all');
change($g[3], { stage_id => $closed });
is(holders($g[1], $g[6]), '- ben', 'drain: then the one that is for both');
call(PATCH => "/tags/$vpn", { member_ids => [ @uid{qw(ann cid)} ] }, 200);
is(holders($g[1]), 'cid', 'drain: a tag gets another member');

# ---- more than one transaction gives away ----

close_all();
my $many = team('Many', qw(ann), assign_cap => 1);
who($many, 1);
my @m = map { call(POST => '/tickets', { name => "m $_", team_id => $many }, 201)->{id} } 1 .. 130;
call(PATCH => "/teams/$many", { assign_cap => 0 }, 200);
my $now = scalar grep { $_ ne '-' } split ' ', holders(@m);
cmp_ok($now, '>=', 50, 'drain: one transaction gives away a slice');
ok(wait_until(20, sub { $desk->at('2026-01-05T09:00:0' . (2 + int rand 8) . 'Z'); call(PATCH => "/teams/1", { color => int rand 12 }, 200);
                        holders(@m) !~ /-/ }), 'drain: a timer goes on with the rest');
is(scalar(grep { $_->{waiting} } $desk->dump_records('ticket')), 0, 'nothing is left waiting');

# ---- another team, another company ----

my $two = call(POST => '/companies', { name => 'Two' }, 201)->{id};
my $from = team('From', qw(ben), assign_cap => 1);
close_all();
is(who($from, 2), 'ben -', 'one waits');
my ($held, $waits) = tickets($from);
my $to = team('To', qw(cid));
is(change($waits, { team_id => $to })->{user_id}, $uid{cid}, 'D-15: what waits is assigned where it goes');
my $abroad = call(POST => '/teams', { name => 'Abroad', company_id => $two, auto_assignment => $true, assign_method => 'balanced' }, 201)->{id};
is(change($waits, { user_id => undef })->{waiting}, $false, 'unassigned, it does not wait');
my $moved = change($waits, { team_id => $abroad });
is($moved->{user_id}, $uid{admin}, 'ACC-6: a team of another company: of those who work there');
is(assignment($waits)->{team_id}, $abroad, 'the explanation is of that team');
is($admin->api(PATCH => "/tickets/$waits", { user_id => $uid{cid} })->{status}, 422, 'ACC-6: nobody from outside by hand either');

# Who sees whom in an explanation (VIS-17): boss works in company 1 only.
call(PATCH => "/users/$uid{boss}", { role => 'admin' }, 200);
my $guest = call(POST => '/users', { login => 'guest', name => 'Guest', role => 'user', company_ids => [$two] }, 201)->{id};
call(PATCH => "/users/$uid{ann}", { company_ids => [ 1, $two ] }, 200);
my $shared = team('Shared', qw(ann ben));
who($shared, 1);
my ($s1) = tickets($shared);
call(PATCH => "/teams/$shared", { member_ids => [ $uid{ann} ] }, 200);
my $boss = $desk->login('boss');
is_deeply([ map { $_->{user_id} } @{ $boss->api(GET => "/tickets/$s1/assignment")->{json}{candidates} } ], [ @uid{qw(ann ben)} ],
          'staff who see the ticket see why');
is($boss->api(GET => "/tickets/$waits/assignment")->{status}, 404, 'VIS-16: not of a hidden ticket');
change($_->{id}, { user_id => $uid{ann} }) for grep { ($_->{user_id} // 0) == $uid{ben} && $_->{active} } $desk->dump_records('ticket');
call(PATCH => "/users/$uid{ben}", { company_ids => [$two], company_id => $two }, 200);
is_deeply([ map { $_->{user_id} } @{ $boss->api(GET => "/tickets/$s1/assignment")->{json}{candidates} } ], [ $uid{ann} ],
          'VIS-17: somebody who works elsewhere is left out');
my ($out, $err, $status) = $desk->ctl(['fsck'], ok => 0);
is($status, 0, '4.1: counters and the queue of waiting tickets equal recounts') or diag("$out$err");
done_testing;

sub call { return $admin->must(@_) }

sub team {
    my ($name, @rest) = @_;
    my @members;
    push @members, $uid{ shift @rest } while @rest && $uid{ $rest[0] };
    return call(POST => '/teams', { name => $name, auto_assignment => $true, assign_method => 'balanced',
                                    member_ids => \@members, @rest }, 201)->{id};
}

sub who {
    my ($t, $n) = @_;
    return join ' ', map { name(call(POST => '/tickets', { name => "n $_", team_id => $t }, 201)->{user_id}) } 1 .. $n;
}

sub name { my ($user) = @_; return defined $user ? $login{$user} : '-' }
sub holders { return join ' ', map { name(call(GET => "/tickets/$_", undef, 200)->{user_id}) } @_ }
sub assignment { my ($id) = @_; return call(GET => "/tickets/$id/assignment", undef, 200) }
sub change { my ($id, $body) = @_; return call(PATCH => "/tickets/$id", $body, 200) }
sub tickets { my ($t) = @_; return sort { $a <=> $b } map { $_->{id} } grep { $_->{team_id} == $t } $desk->dump_records('ticket') }
sub close_all { change($_->{id}, { active => $false }) for sort { $b->{id} <=> $a->{id} } grep { $_->{active} && !$_->{closed} } $desk->dump_records('ticket') }

sub last_event {
    my ($id) = @_;
    my @e = grep { ($_->{type} // '') eq 'event' && $_->{of} eq 'ticket' && $_->{id} == $id }
        map { JSON::PP::decode_json($_) } split /\n/, scalar $desk->ctl(['dump']);
    return $e[-1] // {};
}
