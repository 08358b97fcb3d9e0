#!/usr/bin/perl
# The pages in Debian's Chromium against a desk started by conf/desk.sh with demo data: what `make start` gives.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(remove_tree);
use File::Temp ();
use IO::Socket::INET;
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/../..');
chdir $root or die $!;
my $s = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1', LocalPort => 0) or die $@;
my $port = $s->sockport;
close $s;
my $data = File::Temp::tempdir('hd-ui-XXXXXX', TMPDIR => 1);
$ENV{PORT} = $port;
$ENV{DATA} = $data;
$ENV{WORKERS} = 2;
$ENV{DEMO} = 1;
delete $ENV{EXTRA_CONF};
my $screen = `conf/desk.sh start 2>&1`;
is($?, 0, 'desk.sh start') or diag($screen);
my ($password) = $screen =~ /^admin\s+(\S+)/m;
ok($password, 'the password of the demo administrator is on the screen');
like($screen, qr{http://127\.0\.0\.1:$port/agent}, 'and where to click');

tap('node', 't/ui/ui.mjs', "http://127.0.0.1:$port", 'admin', $password // '');
tap('node', 't/ui/desk.mjs', "http://127.0.0.1:$port", 'admin', $password // '');
tap('node', 't/ui/form.mjs', "http://127.0.0.1:$port", 'admin', $password // '');
tap('node', 't/ui/i18n.mjs');
tap('node', 't/ui/pieces.mjs');

my $stop = `conf/desk.sh stop 2>&1`;
is($?, 0, 'desk.sh stop') or diag($stop);
my $log = do { local (@ARGV, $/) = ("$data/logs/error.log"); <> } // '';
unlike($log, qr/\[(?:alert|emerg|crit)\]|exited on signal|open socket/, 'nothing alarming in the error log');
remove_tree($data) if Test::More->builder->is_passing;
done_testing();

# Runs a program that prints TAP; each of its lines becomes one of ours.
sub tap {
    my @cmd = @_;
    open my $p, '-|', @cmd or die "@cmd: $!";
    my ($n, $plan) = (0);
    while (my $line = <$p>) {
        if ($line =~ /^(not )?ok \d+(?: - (.*))?/) {
            ok(!$1, "$cmd[1]: " . ($2 // ''));
            $n++;
        } elsif ($line =~ /^1\.\.(\d+)/) {
            $plan = $1;
        } elsif ($line =~ /^#|^Bail/) {
            diag($line =~ s/\s+$//r);
        }
    }
    close $p;
    ok(defined $plan && $plan == $n, "$cmd[1] ran its whole plan");
}
