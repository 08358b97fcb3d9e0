#!/usr/bin/perl

# A graceful stop (QUIT) and a fast one (TERM) with writes in flight: what was acknowledged is there.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Time::HiRes qw(sleep time);
use Helpdesk;
use Faults;

my $desk = Helpdesk->new(workers => 2)->seed->start;
my $admin = $desk->login('admin');

for my $signal (qw(QUIT TERM QUIT TERM)) {
    my $load = Faults->new($desk, $admin)->writers(3)->streams(1);
    $load->wait_for(writes => 40);
    my ($master, @workers) = ($desk->master, $desk->worker_pids);
    my $mark = length $desk->log;
    my $began = time;
    $desk->end_with($signal);
    cmp_ok(time - $began, '<', $signal eq 'QUIT' ? 5 + patience(1) : patience(1), "F: $signal: the desk stops soon");
    is(scalar(grep { Helpdesk::is_alive($_) } @workers), 0, "F: $signal: its workers with it");
    ok(!-e "$desk->{dir}/nginx.pid", "F: $signal: the pid file is gone");
    unlike(substr($desk->log, $mark), qr/\[(?:alert|crit|emerg|error)\](?!.*prematurely)/, "F: $signal: the log is quiet");
    sleep 0.1;
    my $got = $load->stop;
    my @done = grep { $_->{status} } @{ $got->{writes} };
    is($load->by_status(\@done), '201: ' . @done, "F: $signal: whoever was answered was answered well");
    $load->check($got->{writes}, "F: $signal");
    is(scalar(glob "$desk->{store}/new.*"), undef, "F: $signal: nothing is left behind in the store");
    $desk->start;
    is($admin->api(GET => '/session')->{status}, 200, "F: $signal: it starts again, sessions last");
    my @unknown = grep { !$_->{status} && length $_->{name} } @{ $got->{writes} };
    $#unknown = 4 if @unknown > 5;
    $load->repeat(\@unknown, "F: $signal");
}

# QUIT while a batch is in flight: its clients get their answers on the way out.
my $batches = metric($desk, 'batch_size_count');
my @results = parallel(9, sub {
    my ($i) = @_;
    if ($i == 8) {
        wait_until(10, sub { metric($desk, 'batch_size_count') > $batches + 20 });
        kill QUIT => $desk->master;
        return {};
    }
    my $c = $desk->client;
    $c->{$_} = $admin->{$_} for qw(cookie csrf);
    my %n = (none => 0, ok => 0, odd => 0);
    for my $k (1 .. 400) {
        my $r = $c->api(POST => '/tickets', { name => "leaving $i-$k" });
        if ($r->{status} == 0) { $n{none}++; last }
        $n{ $r->{status} == 201 ? 'ok' : 'odd' }++;
    }
    return \%n;
});
ok(wait_until(10, sub { !$desk->is_listening }), 'F: QUIT: stopped');
my ($ok, $odd) = (0, 0);
$ok += $_->{ok} // 0, $odd += $_->{odd} // 0 for @results;
is($odd, 0, 'F: QUIT: nobody got an error');
my $there = grep { $_->{name} =~ /^leaving / } $desk->dump_records('ticket');
is($there, $ok, 'F: QUIT: as many tickets as answers, not one more') or diag "$there there, $ok answered";

# Workers that leave together: the clock passes from one to the next while they unload.  A worker that dies of that
# stands in the log, which is read at the end.
for (1 .. 15) {
    $desk->{workers} = 4;
    $desk->write_conf->start;
    $desk->end_with('TERM');
}
unlike($desk->log, qr/exited on signal/, 'F: no worker dies while it leaves');

done_testing();
