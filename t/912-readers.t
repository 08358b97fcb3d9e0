#!/usr/bin/perl

# F23: the reader table is small and full of the dead: their slots are found and used again.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Time::HiRes qw(sleep time);
use Helpdesk;
use Faults;

my $desk = Helpdesk->new(workers => 2, sync => 'off');
$desk->{size} = '64m readers=64';
$desk->write_conf->seed;
$desk->expect(qr/exited on signal 9/);
$desk->start;
my $admin = $desk->login('admin');
is($admin->api(POST => '/tickets', { name => 'read' })->{status}, 201, 'a ticket');

my ($most, $bad, $reads, $kills) = (0, 0, 0, 0);
my $refused = '';
for my $round (1 .. 30) {
    # Streams and counts use slots in all threads of the workers; then all workers are killed.
    my @streams = map {
        my $s = $desk->client->connect;
        print $s "GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1:$desk->{port}\r\nCookie: $admin->{cookie}\r\n\r\n" if $s;
        $s // ();
    } 1 .. 3;
    for (1 .. 4) {
        delete $admin->{socket};
        for my $path ('/tickets', '/tickets/count') {
            my $r = $admin->api(GET => $path);
            $reads++;
            next if $r->{status} == 200;
            $bad++;
            $refused = "$r->{status} $r->{body}";
        }
    }
    my $used = metric($desk, 'store_readers') // 0;
    $most = $used if $used > $most;
    my @old = $desk->worker_pids;
    $kills += kill KILL => @old;
    new_workers($desk, 5, @old);
    wait_until(3, sub { $desk->client->request(GET => '/healthz')->{status} == 200 });
}
cmp_ok($kills, '>=', 60, "$kills workers were killed");
is($bad, 0, "F23: not one of $reads reads was refused") or diag $refused;
cmp_ok($most, '<=', 64, "F23: at most $most of 64 slots were taken");
cmp_ok(metric($desk, 'store_readers'), '<=', 64, 'F23: and are now');
is($admin->api(POST => '/tickets', { name => 'after' })->{status}, 201, 'F23: writing goes on');

is(($desk->ctl(['fsck'], ok => 0))[2], 0, 'fsck is clean');

done_testing();
