#!/usr/bin/perl

# F06, F08: the map is full, the disk is full.  What grows the store answers 507 storage_full; reads, sign-in, small changes and
# deletions go on; deleting makes room, and more room is taken up without a restart.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Time::HiRes qw(sleep time);
use Helpdesk;
use Faults;

my $text = join ' ', map { "word$_" } 1 .. 1500;

# Creates tickets until one is refused; ids of those made, and the refusal.
sub fill {
    my ($client, $max, $body) = @_;
    my @ids;
    for my $n (1 .. $max) {
        my $r = $client->api(POST => '/tickets', { name => "fill $n", description => $body // $text });
        return (\@ids, $r) if $r->{status} != 201;
        push @ids, $r->{json}{id};
    }
    return (\@ids, { status => 201 });
}

# A request that has sent all but the end of its body, and its answer once that is sent too.
sub slow_post {
    my ($desk, $client) = @_;
    my $s = $desk->client->connect;
    print $s "POST /api/v1/tickets HTTP/1.1\r\nHost: 127.0.0.1:$desk->{port}\r\nCookie: $client->{cookie}\r\n"
           . "Origin: http://127.0.0.1:$desk->{port}\r\nX-CSRF: $client->{csrf}\r\n"
           . "Content-Type: application/json\r\nContent-Length: 16\r\nExpect: 100-continue\r\n\r\n{";
    sysread $s, my $go_on, 100;
    like($go_on, qr{^HTTP/1\.1 100 }, 'F08: a worker waits for a body');
    return $s;
}

sub rest_of {
    my ($s) = @_;
    print $s '"name":"slow1"}';
    sysread $s, my $answer, 65536;
    close $s;
    return $answer // '';
}

# ---- the map ----

my $desk = Helpdesk->new(workers => 2, size => '4m', sync => 'off', shutdown => '60s')->seed->start;
my $admin = $desk->login('admin');
$desk->expect(qr/writing failed: storage_full/);
my ($ids, $r) = fill($admin, 3000);
is("$r->{status} " . ($r->{json}{code} // ''), '507 storage_full', 'F08: a full map: 507');
like($r->{json}{title}, qr/full/, 'F08: in words');
cmp_ok(scalar @$ids, '>', 50, 'F08: ' . @$ids . ' tickets fit');
my $load = Faults->new($desk, $admin)->readers(2, '/tickets?limit=20');
my $stop = Faults->new($desk, $admin)->writers(2);
$stop->wait_for(writes => 60);
my $got = $stop->stop;
my @odd = grep { $_->{status} != 201 && $_->{status} != 507 } @{ $got->{writes} };
is(scalar @odd, 0, 'F08: under load: 201 or 507, nothing else') or diag $stop->by_status($got->{writes});
cmp_ok(scalar(grep { $_->{status} == 507 } @{ $got->{writes} }), '>', 0, 'F08: some do not fit');
$stop->check($got->{writes}, 'F08');
is($admin->api(GET => "/tickets/$ids->[0]")->{status}, 200, 'F08: reading goes on');
is($admin->api(GET => '/tickets/count')->{status}, 200, 'F08: counting too');
is($desk->client->request(GET => '/healthz')->{status}, 200, 'F08: the desk is healthy, for reading');
is($desk->client->api(POST => '/login', { login => 'admin', password => 'wrong-wrong-wrong' })->{status}, 401,
   'F08: a wrong password is a wrong password');

# What makes room, or takes next to none, goes through.
is($desk->client->api(POST => '/login', { login => 'agent', password => $Helpdesk::PASSWORD })->{status}, 200, 'F08: sign-in');
my @changed = map { $admin->api(PATCH => "/tickets/$_", { name => "changed $_" })->{status} } @$ids[20 .. 59];
is(scalar(grep { $_ != 200 } @changed), 0, 'F08: small changes') or diag "@changed";
is($admin->api(PATCH => "/tickets/$ids->[60]", { description => "$text $text" })->{status}, 507, 'F08: a change that grows is refused');
my @deleted = map { $admin->api(DELETE => "/tickets/$_")->{status} } @$ids[0 .. 19];
is(scalar(grep { $_ != 204 } @deleted), 0, 'F08: twenty deletions in a full store') or diag "@deleted";
is($admin->api(POST => '/tickets', { name => 'room again', description => $text })->{status}, 201, 'F08: make room');

# Filled by small ones, under load, and emptied again: full is no dead end.
(my $small, $r) = fill($admin, 6000, 'small');
is("$r->{status} " . ($r->{json}{code} // ''), '507 storage_full', 'F08: full again, of ' . @$small . ' small tickets');
@deleted = map { $admin->api(DELETE => "/tickets/$_")->{status} } @$ids[20 .. 60], @$small;
is(scalar(grep { $_ != 204 } @deleted), 0, 'F08: ' . @deleted . ' deletions') or diag "@deleted";
is($admin->api(POST => '/tickets', { name => 'room again', description => $text })->{status}, 201, 'F08: make room');

# A larger size by reload: workers of both generations read on while the new ones write.
($ids, $r) = fill($admin, 3000);
is($r->{status}, 507, 'F08: full again');
my @slow = map { slow_post($desk, $admin) } 1, 2;      # keep old workers alive through the reload
my @old = $desk->worker_pids;
$desk->write_conf(size => '64m')->reload;
ok(wait_until(8, sub { !grep { slurp("/proc/$_/cmdline") !~ /shutting down/ } grep { Helpdesk::is_alive($_) } @old }),
   'F08: new workers with a larger size');
like(rest_of($slow[0]), qr{^HTTP/1\.1 201 }, 'F08: an old worker learns the larger size before anything was written past the old one');
ok((grep { Helpdesk::is_alive($_) } @old), 'F08: an old worker is still there');
ok(wait_until(5, sub { delete $admin->{socket}; $admin->api(POST => '/tickets', { name => 'larger' })->{status} == 201 }),
   'F08: writes go on after the reload');
(my $more, $r) = fill($admin, 60);
is($r->{status}, 201, 'F08: beyond the old size') or diag "$r->{status} " . @$more;
cmp_ok(metric($desk, 'store_bytes'), '>', 4 << 20, 'F08: really');
like(rest_of($slow[1]), qr{^HTTP/1\.1 201 }, 'F08: an old worker writes into the larger map');
my $reads = $load->stop->{reads};
is($load->by_status($reads), '200: ' . @$reads, 'F08: not one read failed in all this');
is(($desk->ctl(['fsck'], ok => 0))[2], 0, 'F08: fsck is clean');
ok(new_workers($desk, 8, @old), 'F08: the old workers end');

# ---- the disk ----

my $disk;
END { local $?; system "umount $disk 2>/dev/null" if $disk }

SKIP: {
    $disk = $desk->dir . '/disk';
    mkdir $disk;
    skip 'no right to mount', 1 if $> != 0 || system("mount -t tmpfs -o size=3m tmpfs $disk 2>/dev/null") != 0;
    my $small = Helpdesk->new(workers => 2, store => "$disk/store", size => '256m');
    eval {
        $small->seed->start;
        $small->expect(qr/writing failed: (?:storage_full|outcome_unknown)/);
        my $c = $small->login('admin');
        my @workers = sort $small->worker_pids;
        my $load = Faults->new($small, $c)->readers(2, '/tickets?limit=20');
        my $text4k = substr $text, 0, 4000;
        (my $ids, $r) = fill($c, 3000, $text4k);
        is("$r->{status} " . ($r->{json}{code} // ''), '507 storage_full', 'F06: a full disk refuses, and says so');
        cmp_ok(scalar @$ids, '>', 30, 'F06: ' . @$ids . ' tickets fit');
        write_file("$disk/filler", '');
        system "dd if=/dev/zero of=$disk/filler bs=4k 2>/dev/null";      # what else is on that disk takes the rest
        my $writes = Faults->new($small, $c)->writers(2);
        $writes->wait_for(writes => 60);
        my $got = $writes->stop;
        my @odd = grep { $_->{status} !~ /^(?:201|507)$/ } @{ $got->{writes} };
        is(scalar @odd, 0, 'F06: under load: 201 or 507') or diag $writes->by_status($got->{writes});
        is($c->api(GET => "/tickets/$ids->[0]")->{status}, 200, 'F06: reading goes on');
        is($small->client->api(POST => '/login', { login => 'admin', password => 'wrong-wrong-wrong' })->{status}, 401,
           'F06: a wrong password is a wrong password');
        is($small->client->api(POST => '/login', { login => 'agent', password => $Helpdesk::PASSWORD })->{status}, 200, 'F06: sign-in');
        my @changed = map { $c->api(PATCH => "/tickets/$_", { priority => '2' })->{status} } @$ids[0 .. 9];
        is(scalar(grep { $_ != 200 } @changed), 0, 'F06: small changes') or diag "@changed";
        my $file = $c->api(POST => "/tickets/$ids->[0]/attachments?name=a.bin", undef, raw_body => 'x' x 100_000, type => 'application/octet-stream');
        is("$file->{status} " . ($file->{json}{code} // ''), '507 storage_full', 'F06: a file finds no room');
        my @deleted = map { $c->api(DELETE => "/tickets/$_")->{status} } splice @$ids, 10;
        is(scalar(grep { $_ != 204 } @deleted), 0, 'F06: ' . @deleted . ' deletions on a full disk') or diag "@deleted";
        is($c->api(POST => '/tickets', { name => 'room again', description => $text4k })->{status}, 201, 'F06: make room in the store, though not on the disk');
        is($small->ctl([ 'user', 'list' ]) =~ /agent/, 1, 'F06: the tool works beside it');
        (my $more, $r) = fill($c, 3000, $text4k);
        is($r->{status}, 507, 'F06: full again');
        my $began = time;
        system "mount -o remount,size=64m $disk";
        ok(wait_until(6, sub { $c->api(POST => '/tickets', { name => 'room again' })->{status} == 201 }), 'F06: space comes back, writes go on');
        cmp_ok(time - $began, '<', patience(5), 'F06: within five seconds, without a restart');
        is(join(' ', sort $small->worker_pids), "@workers", 'F06: no worker died');
        my $reads = $load->stop->{reads};
        is($load->by_status($reads), '200: ' . @$reads, 'F06: not one read failed in all this');
        $writes->check($got->{writes}, 'F06');
        $writes->repeat($got->{writes}, 'F06');
        $small->end_with('TERM');
        1;
    } or fail("F06: $@");
    $small->finish;
    ok(system("umount $disk") == 0, 'the disk is taken away');
}

done_testing();
