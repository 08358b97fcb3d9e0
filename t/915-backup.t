#!/usr/bin/perl

# F24, F27, F28: a backup while the desk is written to, also a slow one; what is restored is the desk as it was at one
# commit, with its keys; two servers on one store.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use IO::Handle;
use Test::More;
use Time::HiRes qw(sleep time);
use Helpdesk;
use Faults;

my $desk = Helpdesk->new(workers => 2, sync => 'off')->seed->start;
my $admin = $desk->login('admin');
my $text = join ' ', map { "word$_" } 1 .. 1500;
$admin->api(POST => '/tickets', { name => "ballast $_", description => $text }) for 1 .. 60;
my $load = Faults->new($desk, $admin)->writers(2);
$load->wait_for(writes => 40);

# ---- one commit ----

my $file = $desk->dir . '/backup.mdb';
my $began = time;
$desk->ctl([ 'backup', $file ]);
my $ended = time;
$load->wait_for(writes => $load->count('writes') + 20);

# A target that takes a while: writes go on beside it, and the copy is of the time it began.
my $slow = $desk->dir . '/slow.mdb';
{
    my $before = $load->count('writes');
    my $size = metric($desk, 'store_bytes');
    open my $pipe, '-|', $desk->{ctl}, '-d', $desk->{store}, 'backup', '-' or die "backup: $!";
    open my $out, '>', $slow or die "$slow: $!";
    sysread $pipe, my $bytes, 4096;
    print $out $bytes;
    ok($load->wait_for(writes => $before + 100), 'F24: a backup that waits for its target stops nobody');
    while (sysread $pipe, $bytes, 1 << 20) {
        print $out $bytes;
    }
    close $out;
    ok(close $pipe, 'F24: and comes to its end');
    diag 'the store grew by ' . (metric($desk, 'store_bytes') - $size) . ' bytes meanwhile';
}

my $got = $load->stop;
is($load->by_status($got->{writes}), '201: ' . @{ $got->{writes} }, 'F24: every write was acknowledged');
cmp_ok(percentile(1, map { $_->{took} } @{ $got->{writes} }), '<', patience(1), 'F24: none was held up');

my ($out, $err, $rc) = $desk->ctl([ 'backup', $file ], ok => 0);
isnt($rc, 0, 'F27: a backup never replaces a file');
like($err, qr/exists already/, 'F27: in words');

# ---- restored elsewhere ----

sub restored {
    my ($from, $what) = @_;
    my $there = $desk->dir . "/restored-$what";
    $desk->ctl([ 'restore', $from ], store => $there);
    is(($desk->ctl(['fsck'], ok => 0, store => $there))[2], 0, "F27: $what: fsck is clean");
    return $there;
}

my $there = restored($file, 'quick');
my %has = map { $_->{name} => $_->{id} } $desk->dump_records('ticket', store => $there);
my @acked = @{ $got->{writes} };
is(scalar(grep { $_->{at} + $_->{took} < $began && ($has{ $_->{name} } // 0) != $_->{id} } @acked), 0,
   'F27: what was acknowledged before is in it');
is(scalar(grep { $_->{at} > $ended && $has{ $_->{name} } } @acked), 0, 'F27: what was sent later is not');
my $newest = (sort { $b <=> $a } values %has)[0];
is(scalar(grep { $_->{id} <= $newest && !$has{ $_->{name} } } @acked), 0, 'F27: one commit: no hole before its newest ticket');
restored($slow, 'slow');

# With the secret: keys are kept under a hash that it makes.
sub server_on_copy {
    my $server = Helpdesk->new(workers => 2, sync => 'off', store => $there);
    write_file($server->dir . '/secret', slurp($desk->dir . '/secret'));
    return $server->start;
}

my $twin = server_on_copy();
my $c = $twin->login('admin');
my ($known) = grep { $has{ $_->{name} } } @acked;
my ($lost) = grep { !$has{ $_->{name} } } @acked;
my $r = $c->api(POST => '/tickets', { name => $known->{name}, description => "text of $known->{name}" }, key => $known->{key});
is("$r->{status} $r->{json}{id}", "201 $known->{id}", 'F27: a key from before is known');
is($r->{headers}{'idempotency-replayed'}, 'true', 'F27: nothing is made twice');
$r = $c->api(POST => '/tickets', { name => $lost->{name}, description => "text of $lost->{name}" }, key => $lost->{key});
is($r->{status}, 201, 'F27: what came after it can be sent again with its key');
isnt($r->{headers}{'idempotency-replayed'} // '', 'true', 'F27: and is made');

($out, $err, $rc) = $desk->ctl([ 'restore', $file ], ok => 0, store => $there);
isnt($rc, 0, 'F27: never over a store');
my $bytes = slurp($file);
write_file("$file.bad", substr($bytes, 0, length($bytes) - 40 * 4096));
($out, $err, $rc) = $desk->ctl([ 'restore', "$file.bad" ], ok => 0, store => $desk->dir . '/restored-bad');
isnt($rc, 0, 'F27: a copy that is cut off is refused');
ok(!-e $desk->dir . '/restored-bad/data.mdb', 'F27: and leaves nothing behind');

# ---- two servers, one store ----

my $second = server_on_copy();
my @loads = map { Faults->new($_, $_->login('admin'))->writers(1) } $twin, $second;
$_->wait_for(writes => 60) for @loads;
my @writes = map { @{ $_->stop->{writes} } } @loads;
is($load->by_status(\@writes), '201: ' . @writes, 'F28: two servers write into one store');
$loads[0]->check(\@writes, 'F28', store => $there);
my %n;
$n{ $_->{id} }++ for @writes;
is(scalar(grep { $_ > 1 } values %n), 0, 'F28: no number was given twice');
is($second->client->request(GET => '/healthz')->{status}, 200, 'F28: the second is well');

done_testing();
