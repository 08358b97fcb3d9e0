#!/usr/bin/perl

# F01, F02: kill -9 of the worker that holds the clock, of the master, of all.  The clock goes to another worker at once.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Time::HiRes qw(sleep time);
use Helpdesk;
use Faults;

my $desk = Helpdesk->new(workers => 2)->seed;
$desk->expect(qr/exited on signal 9/);
$desk->start;
my $admin = $desk->login('admin');

# A new desk walks over its activities once; after that nothing is due for minutes.
ok(wait_until(3, sub { (metric($desk, 'timers_fired_total') // 0) == 1 }), 'CLOCK: the one timer of a new desk has fired');

# Pids that hold, and that wait for, the lock on clock.lock.
sub clock_locks {
    my ($want) = @_;
    my $inode = (stat "$desk->{store}/clock.lock")[1] // return;
    my @pids;
    for (split /\n/, slurp('/proc/locks')) {
        my ($waits, $pid, $i) = /^\d+:\s+(-> )?FLOCK\s+\S+\s+WRITE\s+(-?\d+)\s+[0-9a-f]+:[0-9a-f]+:(\d+)/ or next;
        push @pids, $pid if $i == $inode && ($want eq 'waits') == !!$waits;
    }
    return @pids;
}

my ($holder) = clock_locks('holds');
ok($holder && grep({ $_ == $holder } $desk->worker_pids), 'CLOCK: one worker holds the clock');

for my $round (1 .. 3) {
    ($holder) = clock_locks('holds');
    my ($other) = grep { $_ != $holder } $desk->worker_pids;
    my $batches = metric($desk, 'batch_size_count');
    my $began = time;
    kill KILL => $holder;
    # The other worker takes the lock and runs what is due: a command of its own, in a batch.
    ok(wait_until(3, sub { my ($now) = clock_locks('holds'); $now && $now != $holder }), "CLOCK: round $round: it is taken over");
    cmp_ok(time - $began, '<', patience(1), "CLOCK: round $round: within a second");
    ok(wait_until(3, sub { (metric($desk, 'batch_size_count') // 0) > $batches }), "CLOCK: round $round: the new holder ran the clock");
    cmp_ok(time - $began, '<', patience(1), "CLOCK: round $round: that too within a second");
    ok(wait_until(5, sub { $desk->worker_pids == 2 }), "F01: round $round: a new worker");
    ok(Helpdesk::is_alive($other), "F01: round $round: the other worker lives");
}

# Timers are there once: two periodic ones, however often the clock changed hands.
is(metric($desk, 'timers_behind'), 0, 'CLOCK: nothing is overdue');
is(metric($desk, 'timers_fired_total'), 1, 'CLOCK: nothing fired out of its turn');

# ---- the master dies; its workers are orphans; a new master starts ----

my $load = Faults->new($desk, $admin)->writers(2)->streams(1);
$load->wait_for(writes => 30);
my ($master, @orphans) = ($desk->master, $desk->worker_pids);
kill KILL => $master;
ok(wait_until(3, sub { !Helpdesk::is_alive($master) }), 'F02: the master is dead');
$load->wait_for(writes => $load->count('writes') + 20, 5);
is(scalar(grep { Helpdesk::is_alive($_) } @orphans), 2, 'F02: its workers go on');
is($admin->api(GET => '/session')->{status}, 200, 'F02: and answer');
my ($before) = clock_locks('holds');
ok((grep { $_ == $before } @orphans), 'F02: one of them has the clock');
kill QUIT => @orphans;
ok(wait_until(8, sub { !grep { Helpdesk::is_alive($_) } @orphans }), 'F02: they can be sent away');
$desk->start;
$load->wait_for(writes => $load->count('writes') + 20, 5);
my $got = $load->stop;
$load->check($got->{writes}, 'F02');
my @answered = grep { $_->{status} } @{ $got->{writes} };
is($load->by_status(\@answered), '201: ' . @answered, 'F02: no wrong answer');
($holder) = clock_locks('holds');
ok($holder && grep({ $_ == $holder } $desk->worker_pids), 'F02: a new worker has the clock');
my @unanswered = grep { !$_->{status} } @{ $got->{writes} };
$#unanswered = 19 if @unanswered > 20;
$load->repeat(\@unanswered, 'F02');
$load->check_events($got->{events}, 'F02');

# ---- all at once ----

$load = Faults->new($desk, $admin)->writers(3);
$load->wait_for(writes => 60);
($master, my @workers) = ($desk->master, $desk->worker_pids);
kill KILL => $master, @workers;
ok(wait_until(3, sub { !grep { Helpdesk::is_alive($_) } $master, @workers }), 'F03: all are dead');
sleep 0.1;
$got = $load->stop;
$load->check($got->{writes}, 'F03');
my $began = time;
$desk->start;
is($admin->api(GET => '/session')->{status}, 200, 'F03: it starts without help');
cmp_ok(time - $began, '<', patience(2), 'F03: within two seconds');
$load->check($got->{writes}, 'F03: afterwards');
cmp_ok(metric($desk, 'store_readers'), '<', 20, 'F03: the slots of the dead are free');

done_testing();
