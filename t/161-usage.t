#!/usr/bin/perl

# helpdeskctl used wrongly says how it is used, on standard error and with status 2; asked for help it answers with 0.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Helpdesk;

my $desk = Helpdesk->new;
my @commands = ('init', 'setup', 'user add', 'user passwd', 'user list', 'token add', 'fsck', 'backup', 'restore', 'dump', 'load',
                'gen', 'demo');
my ($help) = run('help');
like($help, qr/^  \Q$_\E\b/m, "help lists $_") for @commands;
for my $c (@commands) {
    for my $words ("$c --help", "help $c", "$c x --help") {
        my ($out, $err, $status) = run(split ' ', $words);
        is("$status $err", '0 ', "$words: no mistake");
        like($out, qr/^usage: helpdeskctl \[-d DIR\] \Q$c\E\b.*\n\n\S/s, "$words: usage and what it does");
    }
    my ($out, $err, $status) = run(split(' ', $c), '--bogus');
    is("$status $out", '2 ', "$c --bogus: status 2, nothing on standard output");
    like($err, qr/--bogus is not known here.*^usage: helpdeskctl \[-d DIR\] \Q$c\E/ms, "$c --bogus: which and how instead");
}
for my $group (qw(user token)) {
    for my $words ("$group --help", "help $group") {
        my ($out, $err, $status) = run(split ' ', $words);
        is("$status $err", '0 ', "$words: no mistake");
        like($out, qr/^usage: helpdeskctl \[-d DIR\] $group add/, "$words: its commands");
    }
    for my $words ($group, "$group --bogus", "$group nothing") {
        my (undef, $err, $status) = run(split ' ', $words);
        is($status, 2, "$words: status 2");
        like($err, qr/^usage: helpdeskctl \[-d DIR\] $group add/, "$words: its commands");
    }
}
for my $case ([ [], qr/^usage: helpdeskctl/ ], [ ['-d'], qr/-d needs a value/ ], [ [ '--sync', 'maybe', 'fsck' ], qr/--sync is full, meta or off/ ],
              [ ['--bogus'], qr/--bogus is not known here/ ], [ ['nothing'], qr/no command "nothing"/ ],
              [ [ 'help', 'nothing' ], qr/no command "nothing"/ ], [ [ 'backup', 'a', 'b' ], qr/"b" is one argument too many.*usage/s ],
              [ [ 'user', 'add', 'x', '--name' ], qr/--name needs a value.*usage/s ]) {
    my ($words, $like) = @$case;
    my (undef, $err, $status) = run(@$words);
    is($status, 2, "helpdeskctl @$words: status 2");
    like($err, $like, "helpdeskctl @$words: a sentence");
}
done_testing;

# The tool as it is, without the data directory that ctl gives it.
sub run {
    my @words = @_;
    my ($out, $err) = map { $desk->dir . "/$_" } qw(usage.out usage.err);
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', $out;
        open STDERR, '>', $err;
        exec $desk->{ctl}, @words or POSIX::_exit(127);
    }
    waitpid $pid, 0;
    return (slurp($out), slurp($err), $? >> 8);
}
