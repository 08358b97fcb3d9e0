#!/usr/bin/perl

# F07, F10, F11: no room for logs, bodies or files, no descriptors, no memory.  Each allocation of a request fails once, and then all that follow it: the answer is whole or a refusal, no
# worker dies, no lock stays taken, nothing is half stored.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);
use Helpdesk;
use Faults;

# 500 without a code is nginx's own, for what it cannot allocate
plan(skip_all => 'sanitizers have an allocator of their own') if $ENV{HD_PRELOAD};
my $desk = Helpdesk->new(workers => 1, sync => 'off', env => [ 'HD_MALLOC_CONTROL', 'LD_PRELOAD' ]);
my $control = $ENV{HD_MALLOC_CONTROL} = $desk->dir . '/malloc';
$desk->{preload} = built('malloc_shim', $desk->dir . '/shim.so') or plan(skip_all => 'no C compiler');
$desk->expect(qr/\[(?:alert|emerg|crit)\].*(?:Cannot allocate memory|failed)/);
memory(0);
$desk->seed->start;
my $admin = $desk->login('admin');
my ($worker) = $desk->worker_pids;
my $ticket = $admin->api(POST => '/tickets', { name => 'Printer', description => 'It is *on fire*' })->{json}{id};
my $file = $admin->api(POST => "/tickets/$ticket/attachments?name=a.txt", undef, raw_body => 'x' x 30_000, type => 'text/plain')->{json}{id};
$admin->api(PATCH => '/teams/1', { use_website_helpdesk_form => JSON::PP::true, website_published => JSON::PP::true });
my $markdown = "# Title\n\n" . join "\n", map { "- item *$_* with [a link](http://x.example/$_) and `code`" } 1 .. 200;
my $ical = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTART:20300105T080000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=WEEKLY;COUNT=5\r\n"
    . "END:VEVENT\r\nEND:VCALENDAR\r\n";

my @ops = (
    [ 'a record' => sub { $_[0]->api(GET => "/tickets/$ticket") } ],
    [ 'a list' => sub { $_[0]->api(GET => '/tickets?limit=20') } ],
    [ 'a search' => sub { $_[0]->api(GET => '/tickets?name.contains=%C5%A0printer&expand=team_id') } ],
    [ 'CSV' => sub { $_[0]->api(GET => '/tickets?format=csv') } ],
    [ 'groups' => sub { $_[0]->api(GET => '/tickets/groups?by=user_id') } ],
    [ 'a board' => sub { $_[0]->api(GET => '/teams/1/board') } ],
    [ 'the document' => sub { $_[0]->api(GET => '/openapi.json') } ],
    [ 'a thread' => sub { $_[0]->api(GET => "/tickets/$ticket/thread") } ],
    [ 'a file' => sub { $_[0]->api(GET => "/attachments/$file/content") } ],
    [ 'the form' => sub { $_[0]->request(GET => '/support', undef, headers => { 'Accept-Language' => 'fa' }) } ],
    [ 'signing in' => sub { $desk->client->api(POST => '/login', { login => 'agent', password => $Helpdesk::PASSWORD }) } ],
    [ 'a ticket' => sub { $_[0]->api(POST => '/tickets', { name => "made $_[1]", description => 'x' x 3000 }) } ],
    [ 'a change' => sub { $_[0]->api(PATCH => "/tickets/$ticket", { priority => '' . int rand 4 }) } ],
    [ 'a bulk change' => sub { $_[0]->api(POST => '/tickets/bulk', { ids => [$ticket], set => { color => int rand 11 } }) } ],
    [ 'a message' => sub { $_[0]->api(POST => "/tickets/$ticket/messages", { body => $markdown }) } ],
    [ 'an upload' => sub { $_[0]->api(POST => "/tickets/$ticket/attachments?name=b.txt", undef, raw_body => "$_[1]" x 9000, type => 'text/plain') } ],
    [ 'an import' => sub { $_[0]->api(POST => '/tickets/import', undef, raw_body => "name\r\nimported $_[1]\r\n", type => 'text/csv') } ],
);

my (%seen, @odd);
for my $op (@ops) {
    my ($what, $ask) = @$op;
    my $r = $ask->(fresh(), 'first');
    ok($r->{status} >= 200 && $r->{status} < 300, "F11: $what") or diag("$r->{status} $r->{body}"), next;
    memory(1, 1 << 40, 0);
    $ask->(fresh(), 'count');
    my $calls = calls();
    memory(0);
    my $last = 0;
    for my $times (1, -1) {
        for my $n (0 .. ($calls > 60 ? 60 : $calls)) {
            my $at = $calls > 60 ? int($n * $calls / 60) : $n;
            my $c = fresh();
            memory(1, $at, $times);
            $r = $ask->($c, "$at-$times");
            memory(0);
            $last++ if $r->{status} < 300 && $r->{status};
            my $code = $r->{json} && ref $r->{json} eq 'HASH' ? $r->{json}{code} // '' : '';
            $seen{"$r->{status} $code"}++;
            push @odd, "$what at $at of $calls, $times: $r->{status} $code" unless "$r->{status} $code" =~ /^(?:0 |20\d |500 |503 \w*)$/;
        }
    }
    is(join(' ', $desk->worker_pids), $worker, "F11: $what: no worker died ($calls allocations)") or do { ($worker) = $desk->worker_pids; $admin = $desk->login('admin') };
}
diag join ', ', map { "$_: $seen{$_}" } sort keys %seen;
is_deeply(\@odd, [], 'F11: every answer is whole or a refusal');
is($admin->api(PATCH => "/tickets/$ticket", { name => 'after' })->{status}, 200, 'F11: writes go on, no lock was kept');
is($_->[1]->(fresh(), 'after')->{status} =~ /^20\d$/, 1, "F11: $_->[0] works again") for @ops;
is(($desk->ctl(['fsck'], ok => 0))[2], 0, 'F11: fsck is clean');
# ---- F11: an end to address space: big bodies, many at once ----

my $small = Helpdesk->new(workers => 1, sync => 'off')->seed->start;
$small->expect(qr/Cannot allocate memory|\[(?:alert|emerg)\].*(?:failed|could not)/);
$admin = $small->login('admin');
($worker) = $small->worker_pids;
SKIP: {
    my ($now) = slurp("/proc/$worker/status") =~ /^VmSize:\s+(\d+) kB/m;
    skip 'prlimit is not to be had', 1 if system("prlimit --pid $worker --as=" . (($now + 12_000) * 1024) . ': 2>/dev/null') != 0;
    my $calendar = join "\r\n", 'BEGIN:VCALENDAR', (map { ('BEGIN:VEVENT', "UID:$_", 'DTSTART:20300105T080000Z', 'DURATION:PT1H', 'END:VEVENT') } 1 .. 4000), 'END:VCALENDAR', '';
    my @answers = parallel(8, sub {
        my ($i) = @_;
        my $c = $small->client;
        @$c{qw(cookie csrf)} = @$admin{qw(cookie csrf)};
        my @r = map { $_->{status} . ' ' . (ref $_->{json} eq 'HASH' ? $_->{json}{code} // '' : '') }
            $c->api(POST => '/tickets', { name => 'big', description => 'x' x 60_000 }),
            $c->api(POST => '/tickets/import', undef, raw_body => "name\r\n" . "row\r\n" x 100_000, type => 'text/csv'),
            $c->api(POST => "/leaves/import?user_id=$admin->{user}{id}", undef, raw_body => $calendar, type => 'text/calendar'),
            $small->client->api(POST => '/login', { login => 'agent', password => $Helpdesk::PASSWORD }),
            $c->api(GET => '/tickets?limit=200');
        return \@r;
    });
    my %n;
    $n{$_}++ for map { @$_ } @answers;
    is_deeply([ grep { !/^(?:0 |20\d |413 |422 |500 |503 )/ } sort keys %n ], [], 'F11: at the limit of memory: done, or refused') or diag(explain(\%n));
    cmp_ok($n{'503 out_of_memory'} // 0, '>', 0, 'F11: some are refused for want of memory') or diag(explain(\%n));
    is(join(' ', $small->worker_pids), $worker, 'F11: the worker lives');
    system "prlimit --pid $worker --as=unlimited:";
    is($small->client->api(POST => '/login', { login => 'agent', password => $Helpdesk::PASSWORD })->{status}, 200, 'F11: with memory again it signs in: nobody was locked');
    is($admin->api(POST => '/tickets', { name => 'after' })->{status}, 201, 'F11: and writes');
}

# ---- F10: no descriptors ----

$small->end_with('TERM');
$small->write_conf(main => 'worker_rlimit_nofile 48;')->start;
$small->expect(qr/Too many open files/);
$admin = $small->login('admin');
is($admin->api(GET => '/tickets')->{status}, 200, 'F10: somebody is there');
($worker) = $small->worker_pids;
my @idle = map { $small->client->connect } 1 .. 60;
ok(wait_until(5, sub { $small->log =~ /Too many open files/ }), 'F10: no descriptor is left');
my $used = ticks($worker);
sleep 1;
cmp_ok((ticks($worker) - $used) / POSIX::sysconf(POSIX::_SC_CLK_TCK()), '<', 0.3, 'F10: it does not spin');
is($admin->api(GET => '/tickets?limit=5')->{status}, 200, 'F10: who is connected is served');
is($admin->api(POST => '/tickets', { name => 'no descriptor' })->{status}, 201, 'F10: and writes');
my $up = $admin->api(POST => '/attachments?name=a.txt', undef, raw_body => 'x' x 20_000, type => 'text/plain');
like($up->{status}, qr/^50[03]$/, 'F10: a file is refused') or diag($up->{body});
$_ && close $_ for @idle;
ok(wait_until(5, sub { $small->client->api(GET => '/openapi.json')->{status} == 200 }), 'F10: then new ones are');
is($admin->api(POST => '/attachments?name=a.txt', undef, raw_body => 'x' x 20_000, type => 'text/plain')->{status}, 201, 'F10: files too');
is(join(' ', $small->worker_pids), $worker, 'F10: no worker died');

# ---- F07: other disks are full ----

my @disks;
END { local $?; system "umount $_ 2>/dev/null" for @disks }

$small->end_with('TERM');
SKIP: {
    my %at = (log => $small->dir . '/logs', temp => $small->dir . '/body', files => "$small->{store}/files");
    for my $dir (values %at) {
        mkdir $dir;
        skip 'no right to mount', 1 if $> != 0 || system("mount -t tmpfs -o size=1m tmpfs $dir 2>/dev/null") != 0;
        push @disks, $dir;
    }
    $small->write_conf(main => '')->start;
    $small->expect(qr/No space left on device|pwritev?\(\).*failed/);
    $admin = $small->login('admin');
    ($worker) = $small->worker_pids;
    my $name = 'a';
    my $file = sub { $admin->api(POST => '/attachments?name=' . $name++ . '.txt', undef, raw_body => 'x' x $_[0], type => 'text/plain') };
    my $status = sub { my ($r) = @_; return join ' ', grep { defined && length } $r->{status}, ref $r->{json} eq 'HASH' ? $r->{json}{code} : '' };
    my %full = (
        log => sub { },
        files => sub { is($status->($file->(5_000 + rand 1000)), '507 storage_full', 'F07: where files are: 507') },
        temp => sub { like($status->($file->(200_000)), qr/^50[037]/, 'F07: where bodies wait: one that does not fit into memory is refused') },
    );
    for my $which (sort keys %full) {
        system "dd if=/dev/zero of=$at{$which}/filler bs=4k 2>/dev/null";
        is($admin->api(GET => '/tickets')->{status}, 200, "F07: no room for $which: reads go on");
        is($admin->api(POST => '/tickets', { name => "full $which" })->{status}, 201, "F07: $which: writes go on");
        is($small->client->api(POST => '/login', { login => 'agent', password => $Helpdesk::PASSWORD })->{status}, 200, "F07: $which: signing in");
        is($small->client->request(GET => '/healthz')->{status}, 200, "F07: $which: healthy");
        $full{$which}->();
        unlink "$at{$which}/filler";
        is($file->(20_000 + length $name)->{status}, 201, "F07: $which: with room again everything goes");
    }
    is(join(' ', $small->worker_pids), $worker, 'F07: no worker died');
    $small->end_with('TERM');
    my $log = $small->log;
    is(system("umount $_"), 0, 'the disk is taken away') for splice @disks;
    write_file($small->dir . '/logs/error.log', $log);
}
done_testing();

# Processor time a process has used.
sub ticks {
    my ($pid) = @_;
    my @f = split ' ', slurp("/proc/$pid/stat") =~ s/.*\) //sr;
    return $f[11] + $f[12];
}

sub fresh {
    my $c = $desk->client;
    @$c{qw(cookie csrf)} = @$admin{qw(cookie csrf)};
    $c->{timeout} = patience(1);
    return $c;
}

sub memory {
    my ($mode, $after, $times) = @_;
    my $bytes = pack 'q4', 0, $after // 0, $times // 0, 0;
    open my $f, -e $control ? '+<:raw' : '+>:raw', $control or die "$control: $!";
    syswrite $f, $bytes;
    sysseek $f, 0, 0;
    syswrite $f, pack 'q', $mode;
    close $f;
}

sub calls { return (unpack 'q4', slurp($control))[3] }

sub built {
    my ($name, $to) = @_;
    my @cmd = ($ENV{CC} // 'cc', qw(-std=gnu17 -O2 -Wall -Wextra -Werror -shared -fPIC -o), $to, "$FindBin::Bin/faults/$name.c", '-ldl');
    return system(@cmd) == 0 ? $to : undef;
}
