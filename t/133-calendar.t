#!/usr/bin/perl

# Calendars and time off as records: who may write them, what is refused, what refers to them.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Helpdesk;

my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $desk = Helpdesk->new(workers => 1, sync => 'off')->seed->add_user(ann => 'user')->add_user(pia => 'portal')->start;
my ($admin, $ann, $agent, $pia) = map { $desk->login($_) } qw(admin ann agent pia);
my %uid = map { $_->{login} => $_->{id} } $desk->dump_records('user');

# ---- calendars ----

my $cal = call($admin, POST => '/calendars', { name => 'Office', tz => 'Europe/Vilnius' }, 201);
is(scalar @{ $cal->{hours} }, 10, 'SLA-7: without hours: the stock calendar, two intervals on five days');
is_deeply([ @{ $cal->{hours} }[ 0, 1, 9 ] ],
          [ hour(0, '08:00', '12:00'), hour(0, '13:00', '17:00'), hour(4, '13:00', '17:00') ], 'Mon-Fri 08-12 and 13-17');
my $odd = call($admin, POST => '/calendars', { name => 'Odd', tz => 'Asia/Tehran', hours =>
    [ hour(6, '20:00', '24:00'), hour(5, '12:00', '12:30'), hour(5, '00:00', '12:00') ] }, 201);
is_deeply($odd->{hours}, [ hour(5, '00:00', '12:00'), hour(5, '12:00', '12:30'), hour(6, '20:00', '24:00') ],
          'hours are kept in order; they may meet, and end at midnight');
my @bad = (
    [ 'zone', { tz => 'Mars/Olympus' }, 'tz', 'not_an_option' ],
    [ 'no zone', { tz => undef }, 'tz', 'required' ],
    [ 'no hours at all', { hours => [] }, 'hours', 'required' ],
    [ 'day 7', { hours => [ hour(0, '08:00', '09:00'), hour(7, '08:00', '09:00') ] }, 'hours[1]', 'out_of_range' ],
    [ 'backwards', { hours => [ hour(0, '09:00', '09:00') ] }, 'hours[0]', 'out_of_range' ],
    [ '24:30', { hours => [ hour(0, '09:00', '24:30') ] }, 'hours[0]', 'not_hours' ],
    [ '9:00', { hours => [ hour(0, '9:00', '10:00') ] }, 'hours[0]', 'not_hours' ],
    [ 'minutes', { hours => [ hour(0, '09:60', '10:00') ] }, 'hours[0]', 'not_hours' ],
    [ 'another member', { hours => [ { %{ hour(0, '09:00', '10:00') }, x => 1 } ] }, 'hours[0]', 'not_hours' ],
    [ 'a real day', { hours => [ { day => 0.5, from => '09:00', to => '10:00' } ] }, 'hours[0]', 'not_hours' ],
    [ 'no object', { hours => [5] }, 'hours[0]', 'not_hours' ],
    [ 'too many', { hours => [ map { hour($_ % 7, '09:00', '10:00') } 0 .. 336 ] }, 'hours', 'not_hours' ],
    [ 'overlap', { hours => [ hour(1, '08:00', '12:00'), hour(2, '08:00', '12:00'), hour(0, '08:00', '12:00'),
                              hour(1, '11:59', '13:00') ] }, 'hours[3]', 'overlaps' ],
    [ 'company', { company_id => 99 }, 'company_id', 'not_found' ],
);
for my $case (@bad) {
    my ($name, $change, $field, $code) = @$case;
    refused($admin->api(POST => '/calendars', { name => 'x', tz => 'UTC', %$change }), $field, $code, "calendar: $name");
}
is($ann->api(GET => "/calendars/$cal->{id}")->{status}, 200, 'staff read calendars');
is($ann->api(PATCH => "/calendars/$cal->{id}", { name => 'x' })->{status}, 403, 'but do not write them');
is($pia->api(GET => "/calendars/$cal->{id}")->{status}, 404, 'customers see none');
is(scalar @{ $pia->api(GET => '/calendars')->{json}{items} }, 0, 'nor any in the list');

# ---- who refers to them ----

my $two = call($admin, POST => '/companies', { name => 'Two' }, 201)->{id};
my $cal2 = call($admin, POST => '/calendars', { name => 'Of two', tz => 'UTC', company_id => $two }, 201)->{id};
my $old = call($admin, POST => '/calendars', { name => 'Old', tz => 'UTC', active => $false }, 201)->{id};
for my $path ("/users/$uid{ann}", '/teams/1', '/companies/1') {
    refused($admin->api(PATCH => $path, { resource_calendar_id => 99 }), 'resource_calendar_id', 'not_found', "$path: no such calendar");
    refused($admin->api(PATCH => $path, { resource_calendar_id => $cal2 }), 'resource_calendar_id', 'not_allowed', "$path: another company's");
    refused($admin->api(PATCH => $path, { resource_calendar_id => $old }), 'resource_calendar_id', 'not_allowed', "$path: an archived one");
    call($admin, PATCH => $path, { resource_calendar_id => $odd->{id} }, 200);
    is($admin->api(DELETE => "/calendars/$odd->{id}")->{status}, 409, "$path: a calendar in use stays");
    refused($admin->api(PATCH => "/calendars/$odd->{id}", { company_id => $two }), 'company_id', 'not_allowed',
            "$path: nor does it go to another company");
    call($admin, PATCH => $path, { resource_calendar_id => undef }, 200);
}
is($admin->api(DELETE => "/calendars/$odd->{id}")->{status}, 204, 'an unused one goes');
is($ann->api(PATCH => "/users/$uid{ann}", { resource_calendar_id => $cal->{id} })->{status}, 403, 'nobody sets his own hours');

# ---- time off ----

my %week = (date_from => '2026-02-02T00:00:00Z', date_to => '2026-02-09T00:00:00Z');
my $mine = call($ann, POST => '/leaves', { name => 'Sea', %week }, 201);
is_deeply([ @$mine{qw(user_id team_id company_id state)} ], [ $uid{ann}, undef, 1, 'draft' ], 'a user drafts his own');
my $r = $ann->api(POST => '/leaves', { %week, user_id => $uid{agent} });
refused($r, 'user_id', 'not_allowed', "nobody drafts somebody else's");
refused($ann->api(POST => '/leaves', { %week, state => 'approved' }), 'state', 'not_allowed', 'nor approves his own');
refused($ann->api(POST => '/leaves', { %week, team_id => 1 }), 'user_id', 'not_allowed', "nor a team's");
refused($ann->api(PATCH => "/leaves/$mine->{id}", { state => 'approved' }), 'state', 'not_allowed', 'nor later');
is($agent->api(GET => "/leaves/$mine->{id}")->{status}, 404, 'colleagues do not see it');
is($agent->api(PATCH => "/leaves/$mine->{id}", { name => 'x' })->{status}, 404, 'nor change it');
is($ann->api(DELETE => "/leaves/$mine->{id}")->{status}, 403, 'users delete nothing');
call($ann, PATCH => "/leaves/$mine->{id}", { date_to => '2026-02-10T00:00:00Z' }, 200);
call($admin, PATCH => "/leaves/$mine->{id}", { state => 'approved' }, 200);
refused($ann->api(PATCH => "/leaves/$mine->{id}", { date_to => '2026-02-11T00:00:00Z' }), 'state', 'not_draft',
        'what was approved is not changed');
is(call($ann, PATCH => "/leaves/$mine->{id}", { state => 'cancelled' }, 200)->{state}, 'cancelled', 'but cancelled');
refused($ann->api(PATCH => "/leaves/$mine->{id}", { state => 'draft' }), 'state', 'not_allowed', 'for good');
is(call($admin, PATCH => "/leaves/$mine->{id}", { state => 'refused' }, 200)->{state}, 'refused', 'administrators do everything');

refused($admin->api(POST => '/leaves', { date_from => $week{date_to}, date_to => $week{date_from} }), 'date_to', 'not_after',
        'an end before the beginning');
refused($admin->api(POST => '/leaves', { %week, date_to => $week{date_from} }), 'date_to', 'not_after', 'or equal to it');
refused($admin->api(POST => '/leaves', { date_from => $week{date_from} }), 'date_to', 'required', 'no end');
refused($admin->api(POST => '/leaves', { %week, user_id => $uid{ann}, team_id => 1 }), 'team_id', 'not_allowed', 'of two');
refused($admin->api(POST => '/leaves', { %week, user_id => 99 }), 'user_id', 'not_found', 'of nobody');
refused($admin->api(POST => '/leaves', { %week, company_id => 99 }), 'company_id', 'not_found', 'of no company');
is_deeply([ @{ call($admin, POST => '/leaves', { %week }, 201) }{qw(user_id team_id company_id)} ], [ undef, undef, 1 ],
          'without user and team: of the whole company');
my $teams = call($admin, POST => '/teams', { name => 'Of two', company_id => $two }, 201)->{id};
is(call($admin, POST => '/leaves', { %week, team_id => $teams }, 201)->{company_id}, $two, "a team's is of the team's company");
is_deeply([ map { $_->{user_id} } @{ $ann->api(GET => '/leaves')->{json}{items} } ], [ $uid{ann} ], 'a user lists his own');
is(scalar @{ $admin->api(GET => '/leaves?state=draft')->{json}{items} }, 2, 'administrators list and filter all');

# What a record takes with it.
my $bob = call($admin, POST => '/users', { login => 'bob', name => 'Bob', role => 'user' }, 201)->{id};
call($admin, POST => '/leaves', { %week, user_id => $bob }, 201);
is($admin->api(DELETE => "/users/$bob")->{status}, 204, 'a user goes');
is($admin->api(DELETE => "/teams/$teams")->{status}, 204, 'and a team');
is(scalar(grep { ($_->{user_id} // 0) == $bob || ($_->{team_id} // 0) == $teams } $desk->dump_records('leave')), 0, 'with their leaves');
is($admin->api(DELETE => "/companies/$two")->{status}, 409, 'a company with a calendar stays');
my ($out, $err, $status) = $desk->ctl(['fsck'], ok => 0);
is($status, 0, 'the store is sound') or diag("$out$err");
done_testing;

sub hour { my ($day, $from, $to) = @_; return { day => $day, from => $from, to => $to } }

sub call { my $client = shift; return $client->must(@_) }

sub refused {
    my ($x, $field, $code, $name) = @_;
    my @f = map { "$_->{field} $_->{code}" } @{ $x->{json}{fields} // [] };
    is("$x->{status} $f[0]", "422 $field $code", $name) or diag($x->{body});
}
