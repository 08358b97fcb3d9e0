#!/usr/bin/perl

# Time off from and to iCalendar: the same text twice changes nothing, what changed is updated, what went is cancelled.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Helpdesk;

my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $desk = Helpdesk->new(workers => 1, sync => 'off', clock => '2026-01-05T08:00:00Z')->seed->add_user(ann => 'user');
$desk->add_user(pia => 'portal')->start;
my ($admin, $ann, $pia) = map { $desk->login($_) } qw(admin ann pia);
my %uid = map { $_->{login} => $_->{id} } $desk->dump_records('user');
$admin->api(PATCH => "/users/$uid{ann}", { tz => 'Europe/Vilnius' })->{status} == 200 or die;

my $sea = event('sea', 'SUMMARY:Sea\, sun', 'DTSTART;VALUE=DATE:20260202', 'DTEND;VALUE=DATE:20260204');
my $fridays = "DTSTART;TZID=America/New_York:20260109T130000\r\nDURATION:PT4H\r\nRRULE:FREQ=WEEKLY;COUNT=4";
my $text = ics($sea, event('fri', 'SUMMARY:Fridays', $fridays));

is_deeply(take_in($admin, "user_id=$uid{ann}&dry_run=1", $text), [ 200, 5, 0, 0 ], 'import: a dry run counts');
is(scalar $desk->dump_records('leave'), 0, 'and stores nothing');
is_deeply(take_in($admin, "user_id=$uid{ann}", $text), [ 200, 5, 0, 0 ], 'import: one event and four Fridays');
my @l = leaves();
is_deeply([ @{ $l[0] }{qw(name user_id state date_from date_to)} ],
          [ 'Sea, sun', $uid{ann}, 'approved', '2026-02-01T22:00:00.000Z', '2026-02-03T22:00:00.000Z' ],
          'days are days where she lives; an administrator approves');
is_deeply([ map { substr $_->{date_from}, 0, 16 } @l[ 1 .. 4 ] ],
          [ map { "2026-01-${_}T18:00" } '09', 16, 23, 30 ], 'one leave an occurrence, in instants');
is_deeply(take_in($admin, "user_id=$uid{ann}", $text), [ 200, 0, 0, 5 ], 'import: again: nothing changes');
is_deeply([ map { $_->{version} } leaves() ], [ (1) x 5 ], 'no row was written');

# One moves, one Friday is left out, the series is shorter.
my $changed = ics(event('sea', 'SUMMARY:Sea', 'DTSTART;VALUE=DATE:20260203', 'DTEND;VALUE=DATE:20260205'),
                  event('fri', 'SUMMARY:Fridays', $fridays =~ s/COUNT=4/COUNT=3/r, 'EXDATE;TZID=America/New_York:20260116T130000'));
is_deeply(take_in($admin, "user_id=$uid{ann}", $changed), [ 200, 0, 3, 2 ], 'import: three differ');
@l = leaves();
is($l[0]{date_from}, '2026-02-02T22:00:00.000Z', 'the one that moved');
is_deeply([ map { $_->{state} } @l ], [ qw(approved approved cancelled approved cancelled) ], 'those that went are cancelled');
is_deeply(take_in($admin, "user_id=$uid{ann}", ics($sea)), [ 200, 0, 1, 0 ], 'a text without the series leaves it alone');
$admin->api(PATCH => "/leaves/$l[0]{id}", { state => 'refused' });
is_deeply(take_in($admin, "user_id=$uid{ann}", ics($sea)), [ 200, 0, 0, 1 ], 'what was refused stays refused');
is((leaves())[0]{state}, 'refused', 'as long as the event is the same');
is_deeply(take_in($admin, "user_id=$uid{ann}", $text), [ 200, 0, 2, 3 ], 'the Fridays that came back are back');
is_deeply(take_in($admin, "user_id=$uid{ann}", ics(event('fri', 'STATUS:CANCELLED', $fridays))), [ 200, 0, 4, 0 ],
          'STATUS:CANCELLED cancels all of it');

# It counts: ann is off, the agent gets the ticket (and she the next).
my $team = $admin->api(POST => '/teams', { name => 'T', auto_assignment => $true, assign_method => 'balanced',
                                           member_ids => [ @uid{qw(ann)} ] })->{json}{id};
take_in($admin, "user_id=$uid{ann}", ics(event('now', 'DTSTART:20260105T070000Z', 'DTEND:20260105T110000Z')));
my $t = $admin->api(POST => '/tickets', { name => 'x', team_id => $team })->{json}{id};
is($admin->api(GET => "/tickets/$t/assignment")->{json}{looked_ahead_to}, '2026-01-05T11:00:00.000Z', 'ASG-4: imported time off counts');

# ---- bad input ----

my $r = send_text($admin, "user_id=$uid{ann}", ics(event('a', 'DTSTART:nonsense'),
    event('b', 'DTSTART:20260301T080000Z', 'DTEND:20260301T090000Z'), event('c', 'DTSTART;TZID=Mars/Olympus:20260301T080000')));
is_deeply([ @{ $r->{json} }{qw(created updated unchanged)} ], [ 1, 0, 0 ], 'errors: what is right is stored');
is_deeply([ map { "$_->{line} $_->{code}" } @{ $r->{json}{errors} } ], [ '5 bad_time', '14 unknown_zone' ], 'errors: the others by line');
ok(!(grep { !length $_->{message} } @{ $r->{json}{errors} }), 'with a sentence each');
is_deeply([ map { $_->{code} } @{ send_text($admin, "user_id=$uid{ann}", 'hello')->{json}{errors} } ], ['not_icalendar'], 'no iCalendar');
is_deeply([ map { $_->{code} } @{ send_text($admin, "user_id=$uid{ann}", substr $text, 0, 110)->{json}{errors} } ],
          [ 'cut_off', 'not_closed' ], 'cut off');
for my $case ([ '', 422 ], [ "user_id=$uid{ann}&team_id=1", 422 ], [ 'user_id=999', 422 ], [ 'user_id=x', 422 ],
              [ 'zz=1', 422 ], [ "user_id=$uid{ann}&dry_run=maybe", 422 ]) {
    is(send_text($admin, $case->[0], $text)->{status}, $case->[1], "query '$case->[0]'");
}
is_deeply([ map { "$_->{field} $_->{code}" } @{ send_text($admin, 'user_id=999', $text)->{json}{fields} } ], ['user_id not_found'],
          'a refusal names its field, once');
is($admin->api(POST => "/leaves/import?user_id=$uid{ann}", { a => 1 })->{status}, 415, 'JSON is not iCalendar');
is(send_text($admin, "user_id=$uid{ann}", 'x' x (1024 * 1024 + 1))->{status}, 413, 'too large');
my $before = scalar $desk->dump_records('leave');
is(take_in($admin, "user_id=$uid{ann}", ics(event('often', "DTSTART:20260105T080000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=DAILY")))->[1], 1000,
   'a rule without end: the first thousand within three years');

# ---- who may ----

is(send_text($pia, "user_id=$uid{pia}", $text)->{status}, 403, 'customers import nothing');
is(send_text($ann, "user_id=$uid{agent}", $text)->{status}, 422, 'users nothing for others');
is(send_text($ann, 'company_id=1', $text)->{status}, 422, 'nor for the company');
is_deeply(take_in($ann, "user_id=$uid{ann}", ics(event('own', 'DTSTART:20260601T080000Z', 'DTEND:20260601T090000Z'))), [ 200, 1, 0, 0 ],
          'but for themselves');
is((leaves())[-1]{state}, 'draft', 'as drafts');
is_deeply(take_in($admin, 'company_id=1', ics(event('xmas', 'DTSTART;VALUE=DATE:20261225'))), [ 200, 1, 0, 0 ], 'a company gets holidays');
is_deeply(take_in($admin, 'team_id=1', ics(event('xmas', 'DTSTART;VALUE=DATE:20261225'))), [ 200, 1, 0, 0 ], 'a team its own, of the same name');

# ---- export ----

$admin->api(POST => '/leaves', { user_id => $uid{agent}, name => "Long; name, with \\ and \x{105}\x{10d}" . 'x' x 90, state => 'approved',
                                 date_from => '2026-03-01T00:00:00Z', date_to => '2026-03-02T00:00:00Z' })->{status} == 201 or die;
$r = $admin->api(GET => "/leaves/ical?user_id=$uid{agent}");
is($r->{status}, 200, 'export');
is($r->{headers}{'content-type'}, 'text/calendar; charset=utf-8', 'as iCalendar');
like($r->{body}, qr/\ABEGIN:VCALENDAR\r\n.*DTSTART:20260301T000000Z\r\n.*END:VCALENDAR\r\n\z/s, 'with the times');
is_deeply([ grep { length > 75 } split /\r\n/, $r->{body} ], [], 'folded');
is_deeply(take_in($admin, "user_id=$uid{agent}", $r->{body}), [ 200, 0, 0, 1 ], 'export, then import: nothing changes');
$r = $admin->api(GET => "/leaves/ical?user_id=$uid{ann}");
is(take_in($admin, "user_id=$uid{ann}", $r->{body})->[1], 0, 'nor with a thousand occurrences');
is($ann->api(GET => "/leaves/ical?user_id=$uid{agent}")->{status}, 422, "nobody exports another's");
is($ann->api(GET => "/leaves/ical?user_id=$uid{ann}")->{status}, 200, 'but his own');
my ($out, $err, $status) = $desk->ctl(['fsck'], ok => 0);
is($status, 0, 'the store is sound') or diag("$out$err");
done_testing;

sub event { my ($id, @lines) = @_; return join "\r\n", 'BEGIN:VEVENT', "UID:$id", @lines, 'END:VEVENT', '' }
sub ics { return join '', "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", @_, "END:VCALENDAR\r\n" }
sub leaves { return sort { $a->{id} <=> $b->{id} } $desk->dump_records('leave') }

sub send_text {
    my ($c, $query, $body) = @_;
    return $c->api(POST => "/leaves/import?$query", undef, raw_body => $body, type => 'text/calendar; charset=utf-8');
}

sub take_in {
    my ($c, $query, $body) = @_;
    my $x = send_text($c, $query, $body);
    diag($x->{body}) if $x->{status} != 200;
    return [ $x->{status}, @{ $x->{json} }{qw(created updated unchanged)} ];
}
