#!/usr/bin/perl

# F01, F17: random workers are killed and the configuration is reloaded while writers create tickets.  Every write
# carries an Idempotency-Key and goes into a ledger outside the server.  200 kills and 50 reloads take about a minute.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(sleep time);
use Helpdesk;
require "$FindBin::Bin/ledger.pl";

my $KILLS   = 200;
my $RELOADS = 50;
my $WRITERS = 4;

my $desk = Helpdesk->new(workers => 2)->seed;
$desk->expect(qr/exited on signal 9/);
$desk->start;
my $agent = $desk->login('agent');
my $stop = $desk->dir . '/stop';
my @ledgers = map { $desk->dir . "/ledger-$_" } 0 .. $WRITERS - 1;
my $serial = 0;

sub body_of {
    my ($name) = @_;
    return { name => $name, description => "description of $name " x 30 };
}

sub writer {
    my ($i) = @_;
    srand(1000 + $i);
    my $ledger = Ledger->open_at($ledgers[$i]);
    my ($sent, $longest) = (0, 0);
    until (-e $stop) {
        my $n = $sent++;
        my ($key, $name) = ("k-$$-$i-$n", "kill $i-$n");
        my $bad = $n % 25 == 24;                       # a name that is refused: 422, must stay absent
        my $body = body_of($name);
        $body->{priority} = 'no such priority' if $bad;
        $ledger->note($key, 'begun', 0, $name);
        my $began = time;
        my $r = $agent->api(POST => '/tickets', $body, key => $key);
        $longest = time - $began if time - $began > $longest;
        $ledger->note($key, Ledger::state_of($r), $r->{json} && $r->{json}{id}, $name);
    }
    return { sent => $sent, longest => $longest };
}

sub killer {
    srand(7);
    my ($kills, $reloads) = (0, 0);
    my $step = $KILLS / $RELOADS;
    while ($kills < $KILLS) {
        sleep 0.05 + rand 0.15;
        my @pids = $desk->worker_pids or next;
        $kills += kill KILL => $pids[rand @pids];
        if ($kills / $step >= $reloads + 1) {
            $desk->reload;
            $reloads++;
            sleep 0.1;
        }
    }
    open my $f, '>', $stop;
    return { kills => $kills, reloads => $reloads };
}

my @results = parallel($WRITERS + 1, sub {
    my ($i) = @_;
    delete $agent->{socket};
    return $i < $WRITERS ? writer($i) : killer();
});
my $faults = pop @results;
my ($sent, $longest) = (0, 0);
for my $w (@results) {
    $sent += $w->{sent};
    $longest = $w->{longest} if $w->{longest} > $longest;
}
diag(sprintf '%d kills, %d reloads, %d writes, the longest took %.3f s', @$faults{qw(kills reloads)}, $sent, $longest);
cmp_ok($sent, '>', $KILLS, 'the writers got on');
cmp_ok($longest, '<', patience(3), 'no write was held up for long');

ok(wait_until(5, sub { my $r = $agent->api(GET => '/session'); $r->{status} == 200 }), 'the desk answers afterwards');

# ---- the checker ----

my $entries = Ledger::load(@ledgers);

sub present {
    my %by_name;
    push @{ $by_name{ $_->{name} } }, $_ for $desk->dump_records('ticket');
    return \%by_name;
}

my $there = present();
my (@wrong, %count);
for my $key (sort keys %$entries) {
    my $e = $entries->{$key};
    my @found = @{ $there->{ $e->{name} } // [] };
    $count{ $e->{state} }++;
    push @wrong, "$key: twice" if @found > 1;
    push @wrong, "$key: acknowledged and lost" if $e->{state} eq 'ok' && @found != 1;
    push @wrong, "$key: another id" if $e->{state} eq 'ok' && @found == 1 && $found[0]{id} != $e->{id};
    push @wrong, "$key: refused and there" if $e->{state} eq 'fail' && @found;
    push @wrong, "$key: not whole" if @found && $found[0]{description} . ' ' ne body_of($e->{name})->{description};
}
my %known = map { $_->{name} => 1 } values %$entries;
push @wrong, map { "$_: never sent" } grep { !$known{$_} } keys %$there;
is(scalar @wrong, 0, 'ok is there once, fail is absent, nothing else is there')
    or diag(join "\n", @wrong[0 .. ($#wrong > 9 ? 9 : $#wrong)]);
diag(join ', ', map { "$count{$_} $_" } sort keys %count);

# What is unknown is repeated with its key: afterwards it is there once, with the id that was answered.
my @unclear = grep { $entries->{$_}{state} eq 'unknown' } sort keys %$entries;
@wrong = ();
for my $key (@unclear) {
    my $e = $entries->{$key};
    my $body = body_of($e->{name});
    my ($n) = $e->{name} =~ /-(\d+)$/;
    my $refused = $n % 25 == 24;
    $body->{priority} = 'no such priority' if $refused;
    my $r = $agent->api(POST => '/tickets', $body, key => $key);
    my @before = @{ $there->{ $e->{name} } // [] };
    if ($refused) {
        push @wrong, "$key: $r->{status} instead of a refusal" if $r->{status} != 422;
        next;
    }
    push @wrong, "$key: repeated: $r->{status}" if $r->{status} != 201 && $r->{status} != 200;
    push @wrong, "$key: a second id" if @before && ($r->{json}{id} // 0) != $before[0]{id};
    $e->{id} = $r->{json}{id} // 0;
}
$there = present();
for my $key (@unclear) {
    my $e = $entries->{$key};
    my @found = @{ $there->{ $e->{name} } // [] };
    push @wrong, "$key: " . scalar(@found) . ' after the repeat' if $e->{id} && (@found != 1 || $found[0]{id} != $e->{id});
}
is(scalar @wrong, 0, scalar(@unclear) . ' unknown ones, repeated by key, are there once')
    or diag(join "\n", @wrong[0 .. ($#wrong > 9 ? 9 : $#wrong)]);

my ($out, $err, $rc) = $desk->ctl(['fsck'], ok => 0);
is($rc, 0, 'fsck is clean') or diag("$err$out");
ok(wait_until(10, sub { $desk->worker_pids == 2 }), 'two workers are back');

done_testing();
