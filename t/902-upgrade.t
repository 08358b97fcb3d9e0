#!/usr/bin/perl

# F19: the binary is upgraded under writes (USR2, WINCH, QUIT), and an upgrade is taken back.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use IO::Select;
use Test::More;
use Time::HiRes qw(sleep time);
use Helpdesk;
use Faults;

my $desk = Helpdesk->new(workers => 2, sync => 'off')->seed->start;
my $admin = $desk->login('admin');

sub new_master {
    my ($old) = @_;
    Helpdesk::signal(USR2 => $old);
    my $new = wait_until(10, sub { my $m = $desk->master; $m && $m != $old && $desk->worker_pids($m) == 2 && $m });
    ok($new, 'F19: a second master with two workers');
    return $new;
}

sub workers_gone { my ($master) = @_; return wait_until(8, sub { !$desk->worker_pids($master) }) }

# ---- forward ----

my $old = $desk->master;
my $load = Faults->new($desk, $admin)->writers(2)->readers(1)->streams(2);
$load->wait_for(writes => 30);
my $new = new_master($old);
$load->wait_for(writes => $load->count('writes') + 30);
ok(1, 'F19: both serve');
Helpdesk::signal(WINCH => $old);
ok(workers_gone($old), 'F19: the old workers end');
ok(Helpdesk::is_alive($old), 'F19: the old master stays until it is told');
$load->wait_for(writes => $load->count('writes') + 30);
$desk->end_with(QUIT => $old);
is($desk->master, $new, 'F19: the new master has the pid file');
$load->wait_for(writes => $load->count('writes') + 20);
my $got = $load->stop;
is($load->by_status($got->{writes}), '201: ' . @{ $got->{writes} }, 'F19: every write was acknowledged');
is($load->by_status($got->{reads}), '200: ' . @{ $got->{reads} }, 'F19: every read was answered');
$load->check($got->{writes}, 'F19');
$load->check_events($got->{events}, 'F19');

# ---- and back ----

$load = Faults->new($desk, $admin)->writers(2)->readers(1)->streams(2);
$load->wait_for(writes => 30);
$old = $new;
$new = new_master($old);
Helpdesk::signal(WINCH => $old);
ok(workers_gone($old), 'F19: the old workers end');
$load->wait_for(writes => $load->count('writes') + 20);
Helpdesk::signal(HUP => $old);                                  # the old master starts workers again, without reading the file
ok(wait_until(8, sub { $desk->worker_pids($old) == 2 }), 'F19: the old master works again');
$desk->end_with(QUIT => $new);
ok(wait_until(5, sub { $desk->master == $old }), 'F19: and has its pid file back');
$load->wait_for(writes => $load->count('writes') + 30);
$got = $load->stop;
is($load->by_status($got->{writes}), '201: ' . @{ $got->{writes} }, 'F19: taken back: every write was acknowledged');
is($load->by_status($got->{reads}), '200: ' . @{ $got->{reads} }, 'F19: taken back: every read was answered');
$load->check($got->{writes}, 'F19: taken back');
$load->check_events($got->{events}, 'F19: taken back');

is(scalar(grep { @$_ == 0 } @{ $got->{events} }), 0, 'F19: each stream saw something');

# ---- workers of both masters hear of each other's writes ----

$new = new_master($old);
my @all = ($desk->worker_pids($old), $desk->worker_pids($new));
my $there = client_of($desk, $admin, ($desk->worker_pids($new))[0], @all);
my $here = client_of($desk, $admin, ($desk->worker_pids($old))[0], @all);
my $s = $here->{socket};
print $s "GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1:$desk->{port}\r\nCookie: $admin->{cookie}\r\n\r\n";
my $text = '';
sub heard {
    my ($what, $seconds) = @_;
    my $end = time + patience($seconds);
    while ((my $left = $end - time) > 0) {
        sysread $s, $text, 65536, length $text or last if IO::Select->new($s)->can_read($left);
        return 1 if $text =~ $what;
    }
    return 0;
}
ok(heard(qr/^retry: /m, 3), 'F19: a stream of the old master');
my $r = $there->api(POST => '/tickets', { name => 'said by the other' });
is($r->{status}, 201, 'F19: a worker of the new master writes');
ok(heard(qr/"type":"ticket","id":$r->{json}{id}\b/, 3), 'F19: a stream of the old master shows it soon');
$desk->ctl([ 'user', 'add', 'late', '--name', 'Late', '--role', 'user', '--password-stdin' ], input => "$Helpdesk::PASSWORD\n");
my ($late) = grep { $_->{login} eq 'late' } $desk->dump_records('user');
ok(heard(qr/"type":"user","id":$late->{id}\b/, 3), 'LIVE: and so does what helpdeskctl changes beside the server');
$desk->end_with(QUIT => $old);
ok(wait_until(5, sub { $desk->master == $new }), 'F19: upgraded in the end');

done_testing();

END { kill TERM => grep { $_ && Helpdesk::is_alive($_) } $old, $new }
