# A desk with demo data for tests in a browser, and the TAP of programs in other languages as our own.
package Pages;
use strict;
use warnings;
use Exporter 'import';
use File::Path qw(remove_tree);
use File::Temp ();
use Helpdesk ();
use Test::More;

our @EXPORT = qw(desk_start desk_stop tap);
my ($owner, $running) = ($$);

# Starts what `make start` gives, with so many generated tickets more.  Returns { url, data, passwords by login, screen }.
sub desk_start {
    my (%o) = @_;
    my $port = Helpdesk::free_port();
    my $data = File::Temp::tempdir('hd-ui-XXXXXX', TMPDIR => 1);
    @ENV{qw(PORT DATA WORKERS DEMO)} = ($port, $data, 2, 1);
    $ENV{HD_UI_DATA} = $data;           # where programs find its master
    delete $ENV{EXTRA_CONF};
    $running = { url => "http://127.0.0.1:$port", data => $data };
    my $screen = `conf/desk.sh start 2>&1`;
    is($?, 0, 'desk.sh start') or diag($screen);
    like($screen, qr{\Q$running->{url}\E/agent}, 'the screen says where to click');
    my %password = $screen =~ /^(\w+)\s+(\S+)\s+(?:admin|user|portal)\s/mg;
    ok($password{admin}, 'and the password of the administrator');
    if ($o{tickets}) {          # the tool writes while nobody serves
        `conf/desk.sh stop 2>&1`;
        my $made = `build/helpdeskctl -d $data/store gen $o{tickets} 2>&1`;
        is($?, 0, "$o{tickets} tickets more") or diag($made);
        `conf/desk.sh start 2>&1`;
        is($?, 0, 'desk.sh start') or diag($made);
    }
    return { %$running, password => \%password, screen => $screen };
}

sub desk_stop {
    my ($desk) = @_;
    my $stop = `conf/desk.sh stop 2>&1`;
    is($?, 0, 'desk.sh stop') or diag($stop);
    undef $running;
    my $log = Helpdesk::slurp("$desk->{data}/logs/error.log");
    unlike($log, qr/\[(?:alert|emerg|crit)\]|exited on signal|open socket/, 'nothing alarming in the error log')
        or diag(grep { /alert|emerg|crit|signal|open socket/ } map { "$_\n" } split /\n/, $log);
    remove_tree($desk->{data}) unless $ENV{HD_KEEP};
    return;
}

# A test that dies, or is told to end, leaves neither a desk nor its directory.
END {
    my $status = $?;
    if ($running && $$ == $owner) {
        system 'conf/desk.sh stop >/dev/null 2>&1';
        remove_tree($running->{data}) unless $ENV{HD_KEEP};
    }
    $? = $status;
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
