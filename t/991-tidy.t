#!/usr/bin/perl

# A test that dies, is told to end or loses whom it talks to leaves no server and no directory behind.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Helpdesk;

my $start = '$| = 1; my $d = Helpdesk->new->seed->start; print join(" ", $d->dir, $d->master, $d->worker_pids), "\n";';

for my $case ([ 'dies', 'die "on purpose";' ], [ 'ends too early', '' ], [ 'bails out', 'BAIL_OUT("on purpose");' ],
              [ 'writes to nobody', 'pipe my $r, my $w; close $r; syswrite $w, "x"; sleep 60;' ],
              [ 'is told to end', 'kill TERM => $$; sleep 60;' ]) {
    my ($what, $code) = @$case;
    my $said = join '', map { /^(\/.*)/ ? $1 : () } readpipe "$^X -I$FindBin::Bin/lib -MTest::More -MHelpdesk -e '$start $code' 2>/dev/null";
    my ($dir, @pids) = split ' ', $said;
    ok($dir && @pids, "a test that $what had a server") or next;
    ok(!-e $dir, 'and leaves no directory');
    is(scalar(grep { Helpdesk::is_alive($_) } @pids), 0, 'nor a process');
}
done_testing;
