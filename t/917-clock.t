#!/usr/bin/perl

# The time of day jumps, back and ahead, while the desk runs (F16): numbers and order do not come from it, nothing fires
# twice, nobody is let in again.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Helpdesk;

my $desk = Helpdesk->new(workers => 2, sync => 'off', clock => '2026-03-28T10:00:00Z')->seed->start;
my $admin = $desk->login('admin');
my ($script, @ids);             # a script works all the time; people are signed out after some idle hours

sub asked {
    my ($c, $method, $path, $body) = @_;
    my $r = $c->api($method => $path, $body);
    like($r->{status}, qr/^20[014]$/, "$method $path") or diag($r->{body});
    return $r->{json};
}
sub new_ticket {
    my ($when) = @_;
    my $t = asked($script // $admin, POST => '/tickets', { name => $when });
    push @ids, $t->{id};
    return $t;
}
sub status { my ($c) = @_; return $c->api(GET => '/tickets?limit=1')->{status} }
sub with_token { my ($token) = @_; my $c = $desk->client; $c->{token} = $token; return $c }

asked($admin, PATCH => "/users/$admin->{user}{id}", { tz => 'Europe/Vilnius' });
my $t = new_ticket('at first');
$script = with_token(asked($admin, POST => '/tokens', { name => 'stays', scopes => [qw(read write)], expires => '2040-01-01T00:00:00Z' })->{token});
my $for_a_day = with_token(asked($admin, POST => '/tokens', { name => 'ends', scopes => ['read'], expires => '2026-03-29T10:00:00Z' })->{token});
asked($admin, POST => '/activities', { ticket_id => $t->{id}, activity_type_id => 1, date_deadline => '2026-03-29' });

sub reminders { return scalar grep { ($_->{kind} // '') =~ /activity/ || $_->{activity_id} } $desk->dump_records('notification') }
is(reminders(), 0, 'no reminder the day before');

$desk->at('2026-03-28T09:00:00Z');
is(new_ticket('an hour earlier')->{create_date} =~ s/\..*//r, '2026-03-28T09:00:00', 'an hour back: dates follow the clock');
is(status($admin), 200, 'sessions live on');
is(status($for_a_day), 200, 'so do tokens');

# Clocks go ahead in Vilnius on the 29th: its morning comes an hour earlier.
$desk->at('2026-03-29T05:00:30Z');
new_ticket('the morning the clocks change');
ok(wait_until(30, sub { reminders() == 1 }), 'the reminder comes, by the new summer time');
$desk->at('2026-03-28T09:30:00Z');
new_ticket('a day back');
$desk->at('2026-03-29T05:00:40Z');
new_ticket('and there again');
is(reminders(), 1, 'nothing fires twice');

$desk->at('2027-03-29T05:00:00Z');
is(status($admin), 401, 'a year later the session is over');
is(status($for_a_day), 401, 'and what had an end');
is(status($script), 200, 'not what ends later');
my $old = $admin;
$admin = $desk->login('admin');
new_ticket('a year later');
ok(wait_until(30, sub { !grep { $_->{create_date} lt '2027' } $desk->dump_records('session') }), 'sessions that are over are cleared away');
$desk->at('2026-03-29T05:01:00Z');
is(status($old), 401, 'and do not come to life when the clock goes back');
is(status($admin), 200, 'who signed in meanwhile may stay');
new_ticket('back again');

$desk->at('2026-12-31T23:59:59Z');
new_ticket('before a leap second');
$desk->at('2038-01-19T03:14:09Z');
$admin = $desk->login('admin');
is(new_ticket('behind 31 bits')->{create_date} =~ s/\..*//r, '2038-01-19T03:14:09', 'dates of 2038');

is_deeply([ sort { $a <=> $b } @ids ], \@ids, 'numbers grow whatever the clock says');
my @made = grep { $_->{kind} eq 'create' || $_->{kind} eq 'created' } @{ asked($admin, GET => '/audit?type=ticket&limit=100')->{items} };
is_deeply([ reverse map { $_->{id} } @made ], \@ids, 'so does the log');
like(scalar $desk->ctl(['fsck']), qr/ 0 problems/, 'fsck');
done_testing;
