#!/usr/bin/perl

# F17, F18: reloads under writers, readers and event streams.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Time::HiRes qw(sleep time);
use Helpdesk;
use Faults;

my $desk = Helpdesk->new(workers => 2, sync => 'off')->seed->start;
my $admin = $desk->login('admin');

sub readers_used { return metric($desk, 'store_readers') }

# Warm: each worker has opened what it needs.
my $warm = Faults->new($desk, $admin)->writers(2)->readers(2)->streams(2);
$warm->wait_for(writes => 50);
$warm->stop;
my @fds = map { fds_of($_) } $desk->worker_pids;
my $slots = readers_used();
my $fired = metric($desk, 'timers_fired_total');

my $load = Faults->new($desk, $admin)->writers(2)->readers(1)->streams(2);
$load->wait_for(writes => 20);
my $reloads = 6;
sub streams_open {
    return wait_until(5, sub { $desk->client->request(GET => '/metrics')->{body} =~ /^helpdesk_lane_queue\{lane="stream"\} 2$/m });
}
for my $n (1 .. $reloads) {
    my @old = $desk->worker_pids;
    my $before = $load->count('writes');
    streams_open() or diag 'the streams are late';
    $desk->reload;
    ok(new_workers($desk, 8, @old), "F17: reload $n: the old workers are gone") or diag join ' ', @old, '/', $desk->worker_pids;
    $load->wait_for(writes => $before + 20);
}
streams_open();
my $got = $load->stop;
diag scalar(@{ $got->{writes} }) . ' writes, ' . scalar(@{ $got->{reads} }) . ' reads';

is($load->by_status($got->{writes}), '201: ' . @{ $got->{writes} }, 'F17: every write was acknowledged');
is($load->by_status($got->{reads}), '200: ' . @{ $got->{reads} }, 'F17: every read was answered');
$load->check($got->{writes}, 'F17');
cmp_ok(percentile(1, map { $_->{took} } @{ $got->{writes} }), '<', patience(2), 'F17: no write was held up');
$load->check_events($got->{events}, 'F17');
for my $i (0, 1) {
    my @ends = grep { $_->{closed} && $_->{retries} } @{ $got->{events}[$i] };       # without: a worker that was leaving
    is(scalar @ends, $reloads, "F17: stream $i was closed at each reload");
    is(scalar(grep { $_->{retries} != 2 } @ends), 0, "F17: stream $i was told when to come again");
}

# Back to the start.
my @now = map { fds_of($_) } $desk->worker_pids;
cmp_ok($_, '<=', (sort { $b <=> $a } @fds)[0] + 2, 'F17: file descriptors are back at the start') for @now;
cmp_ok(readers_used(), '<=', $slots + 2, 'F17: slots of the reader table are back at the start');
is(metric($desk, 'timers_fired_total'), $fired, 'F17: no timer fired out of its turn');
is($desk->client->request(GET => '/metrics')->{body} =~ /^helpdesk_lane_queue\{lane="stream"\} (\d+)/m ? $1 : undef, 0,
   'F17: no stream is counted that is not there');

# A slow client cannot keep an old worker longer than worker_shutdown_timeout.
{
    my @old = $desk->worker_pids;
    my $s = $desk->client->connect;
    print $s "POST /api/v1/tickets HTTP/1.1\r\nHost: 127.0.0.1:$desk->{port}\r\nCookie: $admin->{cookie}\r\n"
           . "Origin: http://127.0.0.1:$desk->{port}\r\nX-CSRF: $admin->{csrf}\r\n"
           . "Content-Type: application/json\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n{";
    sysread $s, my $go_on, 100;
    like($go_on, qr{^HTTP/1\.1 100 }, 'F17: a worker waits for a body');
    my $began = time;
    $desk->reload;
    ok(new_workers($desk, 10, @old), 'F17: a worker with a slow client ends');
    cmp_ok(time - $began, '>', 3, 'F17: it waited for its client');
    cmp_ok(time - $began, '<', 5 + patience(2), 'F17: not longer than worker_shutdown_timeout (5 s)');
}

# F18: a broken configuration changes nothing.
{
    my @old = sort $desk->worker_pids;
    my $conf = slurp("$desk->{dir}/nginx.conf");
    write_file("$desk->{dir}/nginx.conf", $conf =~ s/helpdesk_html [^;]*;/helpdesk_html;/r);
    $desk->expect(qr/invalid number of arguments in "helpdesk_html"/);
    $desk->reload;
    ok(wait_until(5, sub { $desk->log =~ /invalid number of arguments in "helpdesk_html"/ }), 'F18: the mistake is said');
    is(join(' ', sort $desk->worker_pids), "@old", 'F18: the old workers go on');
    is($admin->api(GET => '/session')->{status}, 200, 'F18: and answer');
    write_file("$desk->{dir}/nginx.conf", $conf =~ s/helpdesk_secret_file [^;]*;/helpdesk_secret_file none;/r);
    $desk->expect(qr/cannot read ".*none"/);
    $desk->reload;
    ok(wait_until(5, sub { $desk->log =~ /cannot read ".*none"/ }), 'F18: a missing secret is said');
    is(join(' ', sort $desk->worker_pids), "@old", 'F18: the old workers go on');
    write_file("$desk->{dir}/nginx.conf", $conf);
    $desk->reload;
    ok(new_workers($desk, 8, @old), 'F18: a right one is taken');
    is($admin->api(GET => '/session')->{status}, 200, 'F18: sessions last');
}

done_testing();
