# A desk with demo data for tests in a browser, and the TAP of programs in other languages as our own.
package Pages;
use strict;
use warnings;
use Exporter 'import';
use File::Path qw(remove_tree);
use File::Temp ();
use IO::Socket::INET;
use Test::More;

our @EXPORT = qw(desk_start desk_stop tap);

# Starts what `make start` gives.  Returns { url, data, passwords by login, screen }.
sub desk_start {
    my $s = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1', LocalPort => 0) or die $@;
    my $port = $s->sockport;
    close $s;
    my $data = File::Temp::tempdir('hd-ui-XXXXXX', TMPDIR => 1);
    @ENV{qw(PORT DATA WORKERS DEMO)} = ($port, $data, 2, 1);
    delete $ENV{EXTRA_CONF};
    my $screen = `conf/desk.sh start 2>&1`;
    is($?, 0, 'desk.sh start') or diag($screen);
    my %password = $screen =~ /^(\w+)\s+(\S+)\s+(?:admin|user|portal)\s/mg;
    return { url => "http://127.0.0.1:$port", data => $data, password => \%password, screen => $screen };
}

sub desk_stop {
    my ($desk) = @_;
    my $stop = `conf/desk.sh stop 2>&1`;
    is($?, 0, 'desk.sh stop') or diag($stop);
    my $log = do { local (@ARGV, $/) = ("$desk->{data}/logs/error.log"); <> } // '';
    unlike($log, qr/\[(?:alert|emerg|crit)\]|exited on signal|open socket/, 'nothing alarming in the error log');
    remove_tree($desk->{data}) if Test::More->builder->is_passing;
    return;
}

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
    return;
}

1;
