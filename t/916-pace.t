#!/usr/bin/perl

# F30, bad neighbours: two programs that never rest and a client that reads without a pause.  The thread that writes then
# takes what they leave (ngx_http_helpdesk_pace.c); it must come to its turn all the same, and be like others afterwards.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Time::HiRes qw(time);
use Helpdesk;

my $SECONDS = 3;
my $SCHED_IDLE = 5;
my $desk = Helpdesk->new->seed->start;
$desk->login('admin')->api(POST => '/tickets', { name => "Printer $_", team_id => 1 }) for 1 .. 3;

sub policies {
    my ($pid) = $desk->worker_pids;
    return map { my @f = split ' ', slurp($_) =~ s/^.*\) //sr; $f[38] // () } glob "/proc/$pid/task/*/stat";
}

my $hog = sub { my ($end) = @_; my $n = 0; $n++ while time < $end; return { rounds => $n } };
my $reader = sub {
    my ($end) = @_;
    my $c = $desk->login('admin');
    my %seen;
    $seen{ $c->api(GET => '/tickets/1')->{status} }++ while time < $end;
    return \%seen;
};
my $writer = sub {
    my ($end) = @_;
    my $c = $desk->login('admin');
    my ($worst, $n, %seen) = (0, 0);
    while (time < $end) {
        my $start = time;
        my $r = $c->api(POST => '/tickets/bulk', { ids => [ 1 .. 3 ], set => { kanban_state => $n++ % 2 ? 'done' : 'blocked' } });
        $seen{ $r->{status} }++;
        $worst = time - $start if time - $start > $worst;
    }
    return { worst => $worst, seen => \%seen };
};
my $sampler = sub {
    my ($end) = @_;
    my $idle = 0;
    while (time < $end) {
        $idle += grep { $_ == $SCHED_IDLE } policies();
        select undef, undef, undef, 0.002;
    }
    return { idle => $idle };
};

my @part = ($hog, $hog, $reader, $reader, $writer, $sampler);
my @r = parallel(scalar @part, sub { $part[ $_[0] ]->(time + $SECONDS) });
my ($read, $write, $sampled) = @r[ 2, 4, 5 ];
is_deeply([ keys %$read ], [200], 'F30: every read is answered');
is_deeply([ keys %{ $write->{seen} } ], [200], 'F30: every write is answered');
cmp_ok($write->{worst}, '<', 2.5, sprintf 'F30: and none starves (worst %.0f ms of %d writes)', 1000 * $write->{worst},
    $write->{seen}{200} // 0);
note("seen standing back: $sampled->{idle} times");
is(scalar(grep { $_ == $SCHED_IDLE } policies()), 0, 'F30: afterwards no thread stands back');

done_testing();
