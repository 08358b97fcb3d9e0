#!/usr/bin/perl

# F04, F05: power cuts.  A shim records what nginx and helpdeskctl ask of the disk while 400 tickets are created;
# from the record, disk states are built that a cut may leave, and each must open, be sound, hold every ticket that
# was acknowledged before the cut exactly once, and none that was not sent.  The same run with sync=off must show
# losses: otherwise the harness would see nothing.  HD_FAULTS=full builds more states.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Path qw(remove_tree);
use Test::More;
use Helpdesk;

my $full    = ($ENV{HD_FAULTS} // '') eq 'full';
my $STATES  = $full ? 5000 : 300;
my $FIRST   = $full ? 1000 : 60;       # cuts inside the first creation
my $TEETH   = $full ? 300 : 40;
my $CLIENTS = 8;
my $EACH    = 50;
my $shm     = -d '/dev/shm' ? '/dev/shm' : '/tmp';
my $work    = "$shm/hd-powercut-$$";
my $owner   = $$;
my $seed    = $ENV{HD_SEED} // 20261121;

mkdir $work or die "$work: $!";
END { remove_tree($work) if $work && $owner == $$ && !$ENV{HD_KEEP} }

my @cc = qw(-std=gnu17 -O2 -Wall -Wextra);
for my $job ([ '-shared', '-fPIC', '-o', "$work/shim.so", "$FindBin::Bin/powercut_shim.c", '-ldl' ],
             [ '-o', "$work/replay", "$FindBin::Bin/powercut_replay.c" ]) {
    system($ENV{CC} // 'cc', @cc, @$job) == 0 or plan(skip_all => 'no compiler');
}

sub mark {
    my ($trace, $op, $n) = @_;
    open my $f, '>>:raw', $trace or die "$trace: $!";
    syswrite($f, pack('L<L<Q<5', 0x52544448, ord $op, $n, 0, 0, 0, 0)) == 48 or die "mark: $!";
}

# Phase 1 ends when the store is made, phase 2 when the users are there, phase 3 after the last ticket.
sub run_desk {
    my ($name, $sync) = @_;
    my $trace = "$work/$name.trace";
    my $desk = Helpdesk->new(workers => 2, sync => $sync, preload => join(' ', grep { $_ } $ENV{HD_PRELOAD},
        "$work/shim.so"));
    mkdir "$desk->{dir}/disk";
    $desk->write_conf(store => "$desk->{dir}/disk/store");
    local $ENV{HD_TRACE_DIR} = "$desk->{dir}/disk";
    local $ENV{HD_TRACE_FILE} = $trace;
    {
        local $ENV{LD_PRELOAD} = "$work/shim.so";
        my @off = $sync eq 'off' ? ('--sync', 'off') : ();
        $desk->ctl([ @off, 'init', '--company', 'Test Company' ]);
        mark($trace, 'P', 1);
        $desk->add_user(agent => 'user');
        mark($trace, 'P', 2);
    }
    $desk->start;
    my $agent = $desk->login('agent');
    my @ok = parallel($CLIENTS, sub {
        my ($i) = @_;
        delete $agent->{socket};
        my $ok = 0;
        for my $k (0 .. $EACH - 1) {
            my $n = 1 + $i * $EACH + $k;
            mark($trace, 'Q', $n);
            my $r = $agent->api(POST => '/tickets', { name => "cut $n", description => "text of $n " x 60 });
            next unless $r->{status} == 201;
            mark($trace, 'A', $n);
            $ok++;
        }
        return $ok;
    });
    my $sum = 0;
    $sum += $_ // 0 for @ok;
    is($sum, $CLIENTS * $EACH, "$name: every ticket was acknowledged");
    $desk->quit;
    mark($trace, 'P', 3);
    return ($desk, $trace);
}

sub phases {
    my ($trace) = @_;
    my $text = `$work/replay $trace --phases`;
    my %at = $text =~ /^phase (\d+) (\d+)$/mg;
    $at{all} = $1 if $text =~ /^records (\d+)$/m;
    return \%at;
}

# What is wrong with one state, or ''.
sub check_state {
    my ($desk, $trace, $nr, @range) = @_;
    my $disk = "$work/state-$nr";
    my $text = `$work/replay $trace $disk @{[ $seed + $nr ]} @range 2>&1`;
    return "replay: $text" if $? != 0;
    my ($sent, $acked) = map { { map { $_ => 1 } split ' ', $text =~ /^$_(.*)$/m ? $1 : '' } } qw(sent acked);
    my ($phase) = $text =~ /^phase(?: \d+)* (\d+)$/m;
    my $bad = check_disk($desk, "$disk/store", $phase // 0, $sent, $acked);
    remove_tree($disk) unless $bad && $ENV{HD_KEEP};
    return $bad ? "state $nr ($1): $bad" : '' if $text =~ /^(cut \d+)/m;
}

sub check_disk {
    my ($desk, $store, $phase, $sent, $acked) = @_;
    if ($phase == 0 && !-e "$store/data.mdb") {
        my ($out, $err, $rc) = $desk->ctl([ 'init', '--company', 'Again' ], store => $store, ok => 0);
        return "a new start fails: $err" if $rc != 0;
    }
    my ($out, $err, $rc) = $desk->ctl(['fsck'], store => $store, ok => 0);
    return "fsck: $rc $err$out" if $rc != 0;
    my %seen;
    my @tickets = eval { $desk->dump_records('ticket', store => $store) };
    return "dump: $@" if $@;
    for my $t (@tickets) {
        my ($n) = $t->{name} =~ /^cut (\d+)$/ or return "a stranger: $t->{name}";
        return "ticket $n was never sent" unless $sent->{$n};
        return "ticket $n is there twice" if $seen{$n}++;
        return "ticket $n has another text" if ($t->{description} . ' ') ne "text of $n " x 60;
    }
    my @lost = grep { !$seen{$_} } keys %$acked;
    return @lost ? "lost: @lost" : '';
}

# Two checkers side by side; returns what they found wrong.
sub check_states {
    my ($desk, $trace, $from, $n, @range) = @_;
    return grep { $_ } map { @{ $_ // ['a checker died'] } } parallel(2, sub {
        my ($i) = @_;
        my @bad;
        for (my $nr = $from + $i; $nr < $from + $n; $nr += 2) {
            my $bad = check_state($desk, $trace, $nr, @range);
            push @bad, $bad if $bad;
        }
        return \@bad;
    });
}

my ($desk, $trace) = run_desk(full => 'full');
my $at = phases($trace);
my @bad = check_states($desk, $trace, 0, $FIRST, 1, $at->{1});
is(scalar @bad, 0, "$FIRST cuts inside the first creation") or diag(join "\n", @bad[0 .. ($#bad > 9 ? 9 : $#bad)]);
@bad = check_states($desk, $trace, $FIRST, $STATES, $at->{1} + 1, $at->{all});
is(scalar @bad, 0, "$STATES cuts while tickets come in") or diag(join "\n", @bad[0 .. ($#bad > 9 ? 9 : $#bad)]);

# The server itself starts on such a disk without help, and writes.
sub start_on {
    my ($nr, $users, @range) = @_;
    my $disk = "$work/start-$nr";
    `$work/replay $trace $disk @{[ $seed + $nr ]} @range`;
    mkdir "$disk/store";
    my $again = Helpdesk->new(store => "$disk/store")->start;
    is($again->client->request(GET => '/healthz')->{status}, 200, "start on state $nr: healthy");
    if ($users) {
        my $r = $again->login('agent')->api(POST => '/tickets', { name => 'after the cut' });
        is($r->{status}, 201, "start on state $nr: a ticket is created");
    }
    $again->quit;
}
start_on($_, 0, 1, $at->{1}) for 1 .. 3;
start_on($_, 1, $at->{2} + 1, $at->{all}) for 4 .. 6;

($desk, $trace) = run_desk(off => 'off');
$at = phases($trace);
@bad = check_states($desk, $trace, 0, $TEETH, $at->{2} + 1, $at->{3});
cmp_ok(scalar @bad, '>', $TEETH / 4, 'without syncs the harness sees losses');
diag(scalar(@bad) . " of $TEETH states have lost something without syncs, as they should");

done_testing();
