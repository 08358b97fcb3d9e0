#!/usr/bin/perl

# CHT-4: what was acknowledged is whole, whatever dies; what nothing names goes, whatever is uploaded meanwhile; fsck,
# backup, restore, dump and load know the files.  HD_FILES: uploads under kill -9 (1000 by hand, fewer in make test).

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Digest::SHA qw(sha256_hex);
use File::Path qw(remove_tree);
use Test::More;
use Time::HiRes qw(sleep time);
use Helpdesk;

my $FILES = $ENV{HD_FILES} // 200;
my $desk = Helpdesk->new(workers => 2)->seed->start;
$desk->expect(qr/exited on signal 9/);
my $admin = $desk->login('admin');
my $ticket = $admin->api(POST => '/tickets', { name => 'Files', team_id => 1 })->{json}{id};
my $files = "$desk->{store}/files";
my $token = ($desk->ctl(['token', 'add', 'admin', '--name', 'up', '--scopes', 'read,write,admin']) =~ /(hd_\S+)/)[0];

sub blobs { my @f = glob "$files/??/??/*"; return @f }

sub upload {
    my ($c, $path, $bytes) = @_;
    return $c->request(POST => "/api/v1$path?name=f", $bytes, type => 'application/octet-stream');
}

sub by_token { my $c = $desk->client; $c->{token} = $token; return $c }

# ---- kill -9 ----

my $senders = 4;
my $of_one = 100;                                       # files of one ticket, which has room for 500
my @tickets = map { $admin->api(POST => '/tickets', { name => "Files $_", team_id => 1 })->{json}{id} } 0 .. $FILES / $of_one;
my $stop = time + patience(60);
my $killer = fork // die;
if ($killer == 0) {
    while (!-e "$desk->{dir}/sent") {
        sleep patience(0.15 + rand 0.3);
        my @w = $desk->worker_pids;
        kill KILL => $w[rand @w] if @w;
    }
    POSIX::_exit(0);
}
my @sent = parallel($senders, sub {
    my ($n) = @_;
    my %acked;
    my $c = by_token();
    for my $i (1 .. $FILES / $senders) {
        my $bytes = "file $n.$i " . 'x' x int(rand 60_000);
        my $to = $tickets[ ($n * $FILES / $senders + $i) / $of_one ];
        for my $try (1 .. 5) {
            my $r = upload($c, "/tickets/$to/attachments", $bytes);
            next if $r->{status} != 201;
            $acked{ $r->{json}{id} } = sha256_hex($bytes);
            last;
        }
        last if time > $stop;
    }
    return \%acked;
});
write_file("$desk->{dir}/sent", '');
waitpid $killer, 0;
my %acked = map { %$_ } @sent;
cmp_ok(scalar keys %acked, '>', $FILES / 2, 'uploads were acknowledged while workers were killed: ' . keys %acked);
my $c = by_token();
my @lost = grep { my $id = $_; my $r; wait_until(5, sub { $r = $c->request(GET => "/api/v1/attachments/$id/content"); $r->{status} == 200 });
                  sha256_hex($r->{body} // '') ne $acked{$id} } sort keys %acked;
is_deeply(\@lost, [], 'every acknowledged file is whole by its hash');
my $fsck = $desk->ctl(['fsck']);
like($fsck, qr/ 0 problems/, 'fsck: every file is there and whole') or diag($fsck);

# ---- what nothing names ----

my $keep = upload($admin, "/tickets/$ticket/attachments", 'kept by another ticket');
my $other = $admin->api(POST => '/tickets', { name => 'Other', team_id => 1 })->{json}{id};
my $twin = upload($admin, "/tickets/$other/attachments", 'kept by another ticket')->{json}{id};
my $gone = upload($admin, "/tickets/$ticket/attachments", 'named by nobody soon')->{json}{id};
my $fresh = upload($admin, "/tickets/$ticket/attachments", 'just put')->{json}{id};
$admin->api(DELETE => "/attachments/$_")->{status} == 204 or BAIL_OUT('delete') for $keep->{json}{id}, $gone, $fresh;
my %at = map { my $h = sha256_hex($_); $_ => (grep { m{/$h$} } blobs())[0] } 'kept by another ticket', 'named by nobody soon', 'just put';
ok(!(grep { !$_ } values %at), 'deleted records leave their content');
my @old = grep { $_ ne $at{'just put'} } blobs();
write_file("$files/new/dead", 'half');
utime time - 7200, time - 7200, @old, glob "$files/new/*";
$desk->quit->start;
ok(wait_until(30, sub { !-e $at{'named by nobody soon'} && !-e "$files/new/dead" }), 'the desk removes old content nobody names, and what a dead writer left');
ok(-e $at{'kept by another ticket'}, 'not what another record names');
ok(-e $at{'just put'}, 'nor what was put a moment ago');
is($c->request(GET => "/api/v1/attachments/$twin/content")->{body}, 'kept by another ticket', 'which is sent as before');
wait_until(30, sub { ($desk->ctl(['fsck']) =~ /\((\d+) unused\)/)[0] == 1 });
like($desk->ctl(['fsck']), qr/\(1 unused\), 0 problems/, 'fsck counts what is left: the one just put');

# ---- loose files go after a day ----

my $day = Helpdesk->new(workers => 1, sync => 'off', clock => '2026-03-01T08:00:00Z')->seed->start;
my $who = $day->login('admin');
my $loose = upload($who, '/attachments', 'for a message that never came')->{json}{id};
$day->at('2026-03-02T07:00:00Z');
$who = $day->login('admin');
is($who->api(GET => "/attachments/$loose")->{status}, 200, 'an upload waits for its message');
$day->at('2026-03-02T09:00:00Z');
ok(wait_until(30, sub { $day->login('admin')->api(GET => "/attachments/$loose")->{status} == 404 }), 'a day, then it is gone');

# ---- backup, restore, dump, load ----

my $dir = $desk->{dir};
my $backup = "$dir/copy.mdb";
my $n = () = blobs();
$desk->ctl(['backup', $backup]);
my @copied = glob "$backup.files/??/??/*";
is(scalar @copied, $n, 'a backup has the files beside it');
like(($desk->ctl(['backup', $backup], ok => 0))[1], qr/exists already/, 'and replaces none');
$desk->ctl(['restore', $backup], store => "$dir/restored");
like($desk->ctl(['fsck'], store => "$dir/restored"), qr/ 0 problems/, 'a restored store has them all');
is(scalar(my @r = glob "$dir/restored/files/??/??/*"), $n, 'each of them');
rename "$backup.files", "$backup.lost";
my (undef, $err, $rc) = $desk->ctl(['restore', $backup], store => "$dir/lame", ok => 0);
isnt($rc, 0, 'a backup whose files are missing is not restored');
like($err, qr/its file is missing.*Nothing was restored/s, 'and says which');
ok(!-e "$dir/lame/data.mdb", 'nothing was made');
rename "$backup.lost", "$backup.files";
my ($one) = glob "$backup.files/??/??/*";
unlink $one;                                                 # a link: the desk's own file stays
write_file($one, 'another content');
isnt(($desk->ctl(['restore', $backup], store => "$dir/lame", ok => 0))[2], 0, 'nor one with a file that was changed');
like($desk->ctl(['fsck']), qr/ 0 problems/, 'the desk itself is not touched by that');

upload($admin, "/tickets/$other/attachments", 'z' x 600_000);
upload($admin, "/tickets/$other/attachments", '');
my $dump = $desk->ctl(['dump']);
like($dump, qr/\{"type":"file","hash":"[0-9a-f]{64}","size":600000,"at":262144,/, 'a dump has the files in pieces');
write_file("$dir/dump.jsonl", $dump);
like(($desk->ctl(['load', "$dir/dump.jsonl"], store => "$dir/loaded"))[1], qr/files loaded/, 'which load puts together');
like($desk->ctl(['fsck'], store => "$dir/loaded"), qr/ 0 problems/, 'all of them whole');
is($desk->ctl(['dump'], store => "$dir/loaded") =~ s/^.*\n//r, $dump =~ s/^.*\n//r, 'a dump of that is the same dump');
for my $case ([ 'a changed piece', sub { $_[0] =~ s/("at":0,"data":")e/${1}f/ } ], [ 'a missing piece', sub { $_[0] =~ s/^\{"type":"file"[^\n]*"at":262144[^\n]*\n//m } ],
              [ 'a missing file', sub { $_[0] =~ s/^\{"type":"file"[^\n]*"size":0,[^\n]*\n//m } ]) {
    my ($what, $break) = @$case;
    my $text = $dump;
    $break->($text);
    isnt($text, $dump, "$what: the dump differs");
    write_file("$dir/broken.jsonl", $text);
    my (undef, $says, $status) = $desk->ctl(['load', "$dir/broken.jsonl"], store => "$dir/broken", ok => 0);
    isnt($status, 0, "$what is refused") or diag($says);
    remove_tree("$dir/broken");
}

done_testing;
