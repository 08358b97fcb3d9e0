#!/usr/bin/perl

# F09, F13: the disk fails at the n-th write, sync or meta write, once and for ever; the disk is slow.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Time::HiRes qw(sleep time);
use Helpdesk;
use Faults;

my ($desk, $control) = shimmed();
$desk->expect(qr/writing failed/);
$desk->start;
my $admin = $desk->login('admin');
my @workers = sort $desk->worker_pids;

# A new file by rename, so that the shim begins to count; no line: the disk is well.
sub disk {
    my ($line) = @_;
    return unlink $control unless $line;
    write_file("$control.new", "$line\n");
    rename "$control.new", $control;
}

my @reads_odd;
sub reads_go_on {
    my ($what) = @_;
    my $c = $desk->client;
    $c->{cookie} = $admin->{cookie};
    my @status = map { delete $c->{socket}; $c->api(GET => $_)->{status} } ('/tickets', '/tickets/count', '/session') x 2;
    is("@status", '200 200 200 200 200 200', "F09: $what: reading goes on");
}

my $serial = 0;

# One write after the other while the disk fails; then the disk is well again and what was refused is repeated.
sub fails {
    my ($what, $line, %opt) = @_;
    my $load = Faults->new($desk, $admin);
    my (@writes, %n);
    disk($line);
    my $c = $load->fresh_client;
    for my $k (1 .. 6) {
        delete $c->{socket};                           # both workers
        my $w = { name => "io-" . ++$serial, key => "io-key-$serial" };
        my $r = $c->api(POST => '/tickets', { name => $w->{name}, description => "text of $w->{name}" }, key => $w->{key});
        @$w{qw(status code id)} = ($r->{status}, $r->{json}{code}, $r->{json}{id});
        $n{"$r->{status} " . ($r->{json}{code} // '')}++;
        push @writes, $w;
    }
    my @odd = grep { !/^(?:201 |503 outcome_unknown|503 store_unavailable|507 storage_full)$/ } keys %n;
    is(scalar @odd, 0, "F09: $what: " . join ', ', map { "$_: $n{$_}" } sort keys %n);
    cmp_ok(scalar(grep { $_->{status} != 201 } @writes), '>', 0, "F09: $what: a failure was not acknowledged") if $opt{hurts} // 1;
    reads_go_on($what) unless $opt{no_reads};
    if ($opt{once}) {
        my @later = grep { $_->{status} == 201 } @writes;
        cmp_ok(scalar @later, '>=', 2, "F09: $what: later writes work");
    }
    disk('');
    ok(wait_until(5, sub { $admin->api(POST => '/session/keep', undef, raw_body => '')->{status} == 204 }), "F09: $what: well again, writes work");
    $load->check(\@writes, "F09: $what");
    $load->repeat(\@writes, "F09: $what");
    is(join(' ', sort $desk->worker_pids), "@workers", "F09: $what: no worker died");
}

fails('the first write of pages, once', 'w 0 1 0', once => 1);
fails('the second write of pages, once', 'w 1 1 0', once => 1, hurts => 0);
fails('the first sync, once', 's 0 1 0', once => 1);
fails('the third sync, once', 's 2 1 0', once => 1, hurts => 0);
fails('the first meta write, once', 'm 0 1 0', once => 1);
fails('two meta writes', 'm 0 2 0', once => 1);
fails('writes of pages, for ever', 'w 0 -1 0');
fails('syncs, for ever', 's 0 -1 0');
fails('meta writes, for ever', 'm 0 -1 0');
fails('everything, for ever', 'wsm 0 -1 0');

# Under load: batches of several, each answered rightly.
for my $line ('m 3 2 0', 's 3 3 0', 'w 3 3 0') {
    my $load = Faults->new($desk, $admin)->writers(4);
    $load->wait_for(writes => 20);
    disk($line);
    my $n = $load->count('writes');
    $load->wait_for(writes => $n + 60);
    disk('');
    $n = $load->count('writes');
    $load->wait_for(writes => $n + 20);
    my $writes = $load->stop->{writes};
    my @odd = grep { $_->{status} != 201 && ($_->{code} // '') !~ /^(?:outcome_unknown|storage_full|store_unavailable)$/ } @$writes;
    is(scalar @odd, 0, "F09: $line under load: " . $load->by_status($writes));
    $load->check($writes, "F09: $line under load");
    $load->repeat($writes, "F09: $line under load");
}
is(join(' ', sort $desk->worker_pids), "@workers", 'F09: the workers are the same to the end');

# F13: every sync takes half a second.  Readers must not notice: none waits for half of one.
{
    disk('s 0 0 500');
    my $load = Faults->new($desk, $admin)->writers(3)->readers(2, '/tickets?limit=5');
    $load->wait_for(writes => 9);
    my $got = $load->stop;
    disk('');
    cmp_ok(percentile(0.5, map { $_->{took} } @{ $got->{writes} }), '>', 0.4, 'F13: the disk is slow for writers');
    is($load->by_status($got->{writes}), '201: ' . @{ $got->{writes} }, 'F13: who are patient');
    is($load->by_status($got->{reads}), '200: ' . @{ $got->{reads} }, 'F13: readers are answered');
    my $p99 = percentile(0.99, map { $_->{took} } @{ $got->{reads} });
    cmp_ok($p99, '<', 0.25, sprintf 'F13: the 99th of 100 reads took %.1f ms (%d reads)', $p99 * 1000, scalar @{ $got->{reads} });
}

done_testing();
