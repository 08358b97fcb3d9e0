#!/usr/bin/perl

# F12: a worker is stopped (SIGSTOP) while it holds the write lock.  The other one reads on; its writes are refused after
# about three seconds instead of hanging; after SIGCONT everything goes on and nothing acknowledged is lost.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Time::HiRes qw(sleep time);
use Helpdesk;
use Faults;

my ($desk, $control) = shimmed();
$desk->start;
my $admin = $desk->login('admin');
my $stopped;
END { kill CONT => $stopped if $stopped }

my ($victim, $other) = $desk->worker_pids;
my $to_victim = client_of($desk, $admin, $victim);
my $to_other = client_of($desk, $admin, $other);
my @clients = map { client_of($desk, $admin, $other) } 1 .. 4;          # now: a stopped worker may be handed new connections
is($to_other->api(POST => '/tickets', { name => 'before' })->{status}, 201, 'both are well');

# The victim's sync takes three seconds: while it holds the lock it is stopped.
write_file($control, "s 0 0 3000\n");
my $result = $desk->dir . '/victim';
my $pid = fork // die "fork: $!";
if ($pid == 0) {
    my $r = $to_victim->api(POST => '/tickets', { name => 'of the stopped one' });
    write_file($result, "$r->{status}");
    POSIX::_exit(0);
}
ok(wait_until(2, sub { -e "$control.waits" }), 'F12: a worker syncs');
kill STOP => $stopped = $victim;
unlink $control;
ok(wait_until(3, sub { slurp("/proc/$victim/stat") =~ /\) T / }), 'F12: the worker is stopped');

# Writes of the other worker: the first one is inside the batch and waits for the lock; the next are queued.
my @writers = map {
    my $n = $_;
    my $file = $desk->dir . "/writer-$n";
    my $p = fork // die "fork: $!";
    if ($p == 0) {
        my $c = $clients[ $n - 1 ];
        my $began = time;
        my $r = $c->api(POST => '/tickets', { name => "queued $n" }, key => "queued-$n");
        write_file($file, join ' ', $r->{status}, $r->{json}{code} // '-', time - $began, $r->{headers}{'retry-after'} // '-');
        POSIX::_exit(0);
    }
    sleep 0.1;
    [ $p, $file ];
} 1 .. 4;

my (@took, %status);
my $end = time + patience(5);
while (time < $end && 3 > grep { -s $_->[1] } @writers) {
    my $began = time;
    $status{ $to_other->api(GET => '/tickets')->{status} }++;
    $status{ $to_other->api(GET => '/tickets/count')->{status} }++;
    push @took, (time - $began) / 2;
    sleep 0.01;
}
is(join(' ', keys %status), '200', 'F12: reading goes on');
cmp_ok(percentile(0.99, @took), '<', 0.5, sprintf 'F12: and fast (99th of 100: %.1f ms)', 1000 * percentile(0.99, @took));

my @answers = map { [ split ' ', slurp($_->[1]) ] } @writers;
my @refused = grep { ($_->[0] // 0) == 503 } @answers;
cmp_ok(scalar @refused, '>=', 3, 'F12: queued writes are refused') or diag join "\n", map { "@$_" } @answers;
is(join(' ', map { $_->[1] } @refused), join(' ', ('busy') x @refused), 'F12: as busy');
is(scalar(grep { $_->[2] > 3 + patience(1.5) } @refused), 0, 'F12: within about four seconds') or diag join "\n", map { "@$_" } @answers;
is(scalar(grep { $_->[3] eq '-' } @refused), 0, 'F12: and told when to come again');
my ($busy) = $to_other->request(GET => '/metrics')->{body} =~ /^helpdesk_refused_busy_total (\d+)/m;
cmp_ok($busy, '>=', 3, 'F12: /metrics counts them');

kill CONT => $victim;
$stopped = 0;
ok(wait_until(10, sub { !grep { !-s $_->[1] } @writers }), 'F12: all are answered in the end');
waitpid $_, 0 for $pid, map { $_->[0] } @writers;
is(slurp($result), '201', 'F12: the stopped one finishes its write');
ok(wait_until(5, sub { $to_other->api(POST => '/tickets', { name => 'afterwards' })->{status} == 201 }), 'F12: writing goes on');
is($to_victim->api(POST => '/tickets', { name => 'afterwards too' })->{status}, 201, 'F12: by both');
my %there;
$there{ $_->{name} }++ for $desk->dump_records('ticket');
is($there{'of the stopped one'}, 1, 'F12: the write of the stopped one is there');
for my $n (1 .. 4) {
    my ($status) = split ' ', slurp($writers[ $n - 1 ][1]);
    is($there{"queued $n"} // 0, $status == 201 ? 1 : 0, "F12: queued $n ($status) is there when it was acknowledged, and only then");
}
is(join(' ', sort $desk->worker_pids), join(' ', sort $victim, $other), 'F12: no worker died');

done_testing();
