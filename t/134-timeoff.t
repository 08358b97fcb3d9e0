#!/usr/bin/perl

# Who is at work when a ticket comes in: every sequence below was worked out by hand on a calendar.
# 2026-01-05 is a Monday; Vilnius is at +02 in winter, New York at -05.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Helpdesk;

my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $desk = Helpdesk->new(workers => 2, sync => 'off', clock => '2026-01-05T08:00:00Z')->seed;
$desk->add_user($_ => 'user') for qw(ann ben cid);
$desk->start;
my $admin = $desk->login('admin');
$admin->{token} = call(POST => '/tokens', { name => 't', scopes => [qw(read write admin)] }, 201)->{token};
delete @$admin{qw(cookie csrf)};            # a session would end while days go by
my %uid = map { $_->{login} => $_->{id} } $desk->dump_records('user');
my %login = reverse %uid;
my $two = call(POST => '/companies', { name => 'Two' }, 201)->{id};
my $vilnius = call(POST => '/calendars', { name => 'Office', tz => 'Europe/Vilnius' }, 201)->{id};
my $boston = call(POST => '/calendars', { name => 'Overseas', tz => 'America/New_York' }, 201)->{id};
my $late = call(POST => '/calendars', { name => 'Saturdays', tz => 'Europe/Vilnius',
                                        hours => [ { day => 5, from => '20:00', to => '24:00' } ] }, 201)->{id};

# ---- time off, by turns: ever counts ann 0, ben 0, cid 0 ----

my $team = team('Turns', 'randomly', qw(ann ben cid));
is(who($team, 4), 'ann ben cid ann', 'ASG-7, D-1: everybody is there');
my $off = leave(user_id => $uid{ben}, date_from => '2026-01-05T08:30:00Z', date_to => '2026-01-05T10:30:00Z');
is(who($team, 1), 'ben', 'ASG-4: before his time off begins: 2, 1, 1: the next after ann');
$desk->at('2026-01-05T08:30:00Z');
# ann 2, ben 2, cid 1; the last was ben
is(who($team, 4), 'cid ann cid ann', 'ASG-4: part of a day: ben is away from its first instant');
# ann 4, ben 2, cid 3
is(why($team, 'ben'), 'time_off', 'the explanation says so');
$desk->at('2026-01-05T10:29:59Z');
is(who($team, 1), 'cid', 'ASG-4: until its last second');
$desk->at('2026-01-05T10:30:00Z');
is(who($team, 2), 'ben ben', 'ASG-4: back at the very instant: he catches up');
is(who($team, 3), 'cid ann ben', 'D-1: at 4, 4, 4 the turn goes on after ben');

for my $state (qw(draft refused cancelled)) {
    my $id = leave(user_id => $uid{cid}, date_from => '2026-01-05T10:00:00Z', date_to => '2026-01-06T10:00:00Z', state => $state);
    # 5, 5, 5, then 6, 6, 6 ...: a round each
    is(who($team, 3), 'cid ann ben', "ASG-5: $state leave does not count");
}
my $holiday = leave(company_id => $two, date_from => '2026-01-05T10:00:00Z', date_to => '2026-01-06T10:00:00Z');
is(who($team, 3), 'cid ann ben', "ASG-5: nor a holiday of another company");
call(PATCH => "/leaves/$holiday", { state => 'cancelled' }, 200);

# Everybody off: the first one back gets it, at once.
leave(user_id => $uid{ann}, date_from => '2026-01-05T10:00:00Z', date_to => '2026-01-08T06:00:00Z');
leave(user_id => $uid{ben}, date_from => '2026-01-05T10:00:00Z', date_to => '2026-01-07T06:00:00Z');
my $cids = leave(user_id => $uid{cid}, date_from => '2026-01-05T10:00:00Z', date_to => '2026-01-07T06:00:00Z');
# all equal (9 each), the last was ben: among ben and cid the next after ben is cid, then ben
is(who($team, 2), 'cid ben', 'ASG-4, D-9: everybody off: those who are back first');
my $last = last_of($team);
is($last->{assign_date}, '2026-01-05T10:30:00.000Z', 'ASG-4: assigned at once');
my $x = assignment($last->{id});
is($x->{looked_ahead_to}, '2026-01-07T06:00:00.000Z', 'the explanation names the instant looked ahead to');
is(why($team, 'ann'), 'time_off', 'and who is off even then');
call(PATCH => "/leaves/$cids", { state => 'refused' }, 200);
is(who($team, 1), 'cid', 'ASG-5: leave refused after the fact: cid is there now');
call(PATCH => "/leaves/$cids", { state => 'approved' }, 200);
my $all = leave(company_id => 1, date_from => '2026-01-05T10:00:00Z', date_to => '2027-06-01T00:00:00Z');
is(who($team, 1), '-', 'ASG-6: a holiday of the company for longer than 366 days: nobody');
is(assignment(last_of($team)->{id})->{waiting}, $false, 'and such a ticket does not wait for room');
call(PATCH => "/leaves/$all", { date_to => '2027-01-06T10:30:00Z' }, 200);
is(who($team, 1), 'ann', 'ASG-6: of 366 days to the second: all there again: 9, 10, 11');
call(PATCH => "/leaves/$all", { date_to => '2027-01-06T10:30:01Z' }, 200);
is(who($team, 1), '-', 'ASG-6: one second more: nobody');
call(PATCH => "/leaves/$all", { state => 'cancelled' }, 200);
my $teams = leave(team_id => $team, date_from => '2026-01-05T10:00:00Z', date_to => '2026-01-07T07:00:00Z');
who($team, 1);
is(assignment(last_of($team)->{id})->{looked_ahead_to}, '2026-01-07T07:00:00.000Z', "ASG-4: a team's own day off counts for all of it");

# ---- working hours ----

$desk->at('2026-01-08T08:00:00Z');          # Thursday 10:00 in Vilnius, 03:00 in New York
$team = team('Hours', 'balanced', qw(ann ben cid));
archive_all();
is(who($team, 3), 'ann ben cid', 'ASG-5: no calendar anywhere: always');
call(PATCH => "/companies/1", { resource_calendar_id => $boston }, 200);
my $turn = who($team, 1);
is(assignment(last_of($team)->{id})->{looked_ahead_to}, '2026-01-08T13:00:00.000Z', "ASG-5: the company's calendar: at 08:00 in New York");
is($turn, 'ann', 'ASG-8: and then the lowest id of those with one');
call(PATCH => "/teams/$team", { resource_calendar_id => $vilnius }, 200);
is(who($team, 1), 'ben', "ASG-5: the team's comes before the company's: everybody is there: 2, 1, 1");
is(assignment(last_of($team)->{id})->{looked_ahead_to}, undef, 'nothing to look ahead to');
call(PATCH => "/users/$uid{cid}", { resource_calendar_id => $boston }, 200);
is(who($team, 1), 'ann', "ASG-5: one's own comes first: cid has one ticket but sleeps: 2, 2");
is(why($team, 'cid'), 'off_hours', 'off hours, not time off');
$desk->at('2026-01-08T13:00:00Z');          # Thursday 15:00 in Vilnius, 08:00 in New York
is(who($team, 2), 'cid ben', 'ASG-8: cid is at work at 08:00 sharp: 3, 2, 1; then the lowest id of 3, 2, 2');
$desk->at('2026-01-08T15:00:00Z');          # Thursday 17:00 in Vilnius
is(who($team, 2), 'cid cid', 'ASG-4: after hours in Vilnius only cid is there: the load does not matter');
$desk->at('2026-01-08T17:30:00Z');          # lunch in New York ends at 18:00Z
is(who($team, 1), 'cid', 'ASG-4: off hours for all: cid is back from lunch before Vilnius opens');
is(assignment(last_of($team)->{id})->{looked_ahead_to}, '2026-01-08T18:00:00.000Z', 'at 13:00 in New York');
# ann 3, ben 3, cid 5
$desk->at('2026-01-09T22:30:00Z');          # Saturday 00:30 in Vilnius, Friday 17:30 in New York
is(who($team, 3), 'ann ben ann', 'ASG-4: the weekend: Vilnius opens first on Monday');
is(assignment(last_of($team)->{id})->{looked_ahead_to}, '2026-01-12T06:00:00.000Z', 'at 08:00 there');
call(PATCH => "/users/$uid{ben}", { resource_calendar_id => $late }, 200);
is(who($team, 2), 'ben ben', 'ASG-4: ben has Saturday from 20:00 to midnight');
is(assignment(last_of($team)->{id})->{looked_ahead_to}, '2026-01-10T18:00:00.000Z', 'so he is the first');
$desk->at('2026-01-10T21:59:59Z');
is(who($team, 1), 'ben', 'ASG-4: to the last second before midnight');
is(assignment(last_of($team)->{id})->{looked_ahead_to}, undef, 'while he works');
$desk->at('2026-01-10T22:00:00Z');
is(who($team, 1), 'ann', 'ASG-4: at 24:00 he is off: Monday again');
leave(user_id => $uid{ann}, date_from => '2026-01-12T00:00:00Z', date_to => '2026-01-12T12:00:00Z');
is(who($team, 1), 'ann', 'ASG-4: hours and time off together: ann on Monday at 14:00 (12:00Z) is still before New York opens');
is(assignment(last_of($team)->{id})->{looked_ahead_to}, '2026-01-12T12:00:00.000Z', 'the end of her time off, inside her hours');

# The day clocks go forward, Vilnius works 09:00-12:00 that Sunday: from 06:00Z, not 07:00Z.
my $sunday = call(POST => '/calendars', { name => 'Sundays', tz => 'Europe/Vilnius',
                                          hours => [ { day => 6, from => '09:00', to => '12:00' } ] }, 201)->{id};
my $solo = team('Sunday', 'balanced', 'ann');
call(PATCH => "/users/$uid{ann}", { resource_calendar_id => $sunday }, 200);
$desk->at('2026-03-28T12:00:00Z');
who($solo, 1);
is(assignment(last_of($solo)->{id})->{looked_ahead_to}, '2026-03-29T06:00:00.000Z', 'SLA-7: on the day clocks go forward');
$desk->at('2026-10-24T12:00:00Z');
who($solo, 1);
is(assignment(last_of($solo)->{id})->{looked_ahead_to}, '2026-10-25T07:00:00.000Z', 'and back');
my ($out, $err, $status) = $desk->ctl(['fsck'], ok => 0);
is($status, 0, '4.1: counters equal recounts') or diag("$out$err");
done_testing;

sub call { return $admin->must(@_) }

sub team {
    my ($name, $method, @members) = @_;
    return call(POST => '/teams', { name => $name, auto_assignment => $true, assign_method => $method,
                                    member_ids => [ @uid{@members} ] }, 201)->{id};
}

sub leave { my (%l) = @_; return call(POST => '/leaves', { state => 'approved', %l }, 201)->{id} }

# Logins of who got the next n tickets, "-" for nobody.
sub who {
    my ($t, $n) = @_;
    return join ' ', map {
        my $user = call(POST => '/tickets', { name => "n $_", team_id => $t }, 201)->{user_id};
        defined $user ? $login{$user} : '-';
    } 1 .. $n;
}

sub last_of { my ($t) = @_; return call(GET => "/tickets?team_id=$t&limit=1", undef, 200)->{items}[0] }
sub assignment { my ($id) = @_; return call(GET => "/tickets/$id/assignment", undef, 200) }
sub why {
    my ($t, $name) = @_;
    my ($c) = grep { $_->{user_id} == $uid{$name} } @{ assignment(last_of($t)->{id})->{candidates} };
    return $c->{reason};
}

sub archive_all { call(PATCH => "/tickets/$_->{id}", { active => $false }, 200) for grep { $_->{active} } $desk->dump_records('ticket') }
