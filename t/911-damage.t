#!/usr/bin/perl

# F25: a damaged store.  What is wrong is said in clear words, nothing else suffers, and no worker dies of it, let alone
# again and again.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use File::Copy qw(copy);
use Test::More;
use Time::HiRes qw(sleep time);
use Helpdesk;
use Faults;

my $marker = 'Unmistakable9f3c7';

# A store with some tickets, the marked one among them; stopped.
my $desk = Helpdesk->new(workers => 2)->seed->start;
my $admin = $desk->login('admin');
my @ids = map { $admin->api(POST => '/tickets', { name => "ticket $_", description => join(' ', map { "word$_" } 1 .. 2000) })->{json}{id} } 1 .. 60;
my $hurt = $ids[30];
my $r = $admin->api(PATCH => "/tickets/$hurt", { description => "before $marker after" });
is($r->{status}, 200, 'a ticket with a marked text');
my $data = "$desk->{store}/data.mdb";
my $good = $desk->dir . '/good.mdb';
$desk->end_with('QUIT');
copy($data, $good) or die "copy: $!";

sub damaged {
    my ($code) = @_;
    copy($good, $data) or die "copy: $!";
    my $bytes = slurp($data);
    write_file($data, $code->($bytes));
    return length $desk->log;
}

# Starts on the damaged store; the desk must refuse cleanly and its workers must stay.
sub refuses {
    my ($what, $says, $code) = @_;
    my $mark = damaged($code);
    my $size = -s $data;
    is($desk->nginx, 0, "F25: $what: nginx starts");
    wait_until(5, sub { $desk->is_listening });
    wait_until(5, sub { $desk->worker_pids == 2 });
    my @workers = sort $desk->worker_pids;
    my %status;
    for (1 .. 8) {
        my $r = $desk->client->api(GET => '/setup');
        $status{"$r->{status} " . ($r->{json}{code} // '')}++;
    }
    is(join(', ', sort keys %status), '503 store_unavailable', "F25: $what: 503");
    is($desk->client->request(GET => '/healthz')->{status}, 503, "F25: $what: not healthy");
    sleep 1.2;                                         # long enough for a second try
    $desk->client->api(GET => '/setup');
    is(join(' ', sort $desk->worker_pids), "@workers", "F25: $what: the workers are the same");
    my $log = substr $desk->log, $mark;
    like($log, qr/\[crit\].*helpdesk: .*$says/, "F25: $what: said in clear words") or diag $log;
    unlike($log, qr/exited on signal|SIGBUS/, "F25: $what: nobody died");
    my $lines = () = $log =~ /\[crit\]/g;
    cmp_ok($lines, '<=', 12, "F25: $what: the log is not flooded ($lines lines)");
    is(-s $data, $size, "F25: $what: the file was left as it is");

    # The repaired store is picked up without a restart.
    copy($good, "$data.new") and rename "$data.new", $data;
    ok(wait_until(5, sub { $desk->client->request(GET => '/healthz')->{status} == 200 }), "F25: $what: put right, it is picked up");
    delete $admin->{socket};
    # each worker tries again at most once a second
    ok(wait_until(3, sub { delete $admin->{socket}; $admin->api(GET => "/tickets/$hurt")->{status} == 200 }), "F25: $what: and read");
    $desk->end_with('TERM');
}

refuses('cut to half', qr/cut off: \d+ bytes are there, \d+ are needed; restore a backup/, sub { substr $_[0], 0, int(length($_[0]) / 8192) * 4096 });
refuses('cut to two pages', qr/cut off|damaged/, sub { substr $_[0], 0, 8192 });
refuses('both meta pages zeroed', qr/damaged, restore a backup/, sub { ("\0" x 8192) . substr $_[0], 8192 });
# LMDB itself would quietly begin anew, and the desk be open to be set up by anybody.
refuses('empty', qr/data\.mdb in \S+ is empty; restore a backup/, sub { '' });
refuses('garbage', qr/damaged, restore a backup/, sub { 'garbage!' x 20000 });
refuses('another version', qr/version|VERSION|damaged/i, sub { my $b = $_[0]; substr($b, $_ * 4096 + 20, 4) = pack 'V', 999 for 0, 1; $b });

# A few pages at the end may be missing rightly (allocated, never written), so such a file opens; what was in them is
# refused record by record.
{
    my $mark = damaged(sub { substr $_[0], 0, length($_[0]) - 10 * 4096 });
    $desk->nginx;
    ok(wait_until(5, sub { $desk->worker_pids == 2 && $desk->is_listening }), 'F25: ten pages short: it starts');
    delete $admin->{socket};
    my %n;
    $n{ $admin->api(GET => "/tickets/$_")->{status} }++ for @ids;
    is(scalar(grep { !/^(?:200|401|404|500)$/ } keys %n), 0, 'F25: ten pages short: answers, if only refusals') or diag join ' ', %n;
    unlike(substr($desk->log, $mark), qr/exited on signal/, 'F25: ten pages short: nobody died');
    $desk->end_with('TERM');
}

# One meta page is enough: the other one counts.
{
    for my $page (0, 1) {
        damaged(sub { my $b = $_[0]; substr($b, $page * 4096, 4096) = "\0" x 4096; $b });
        is($desk->nginx, 0, "F25: meta page $page zeroed: nginx starts");
        wait_until(5, sub { $desk->is_listening });
        $r = $desk->client->api(GET => '/setup');
        my $ok = $r->{status} == 200 || $r->{status} == 503;
        ok($ok, "F25: meta page $page zeroed: works or refuses ($r->{status})");
        unlike($desk->log, qr/exited on signal/, "F25: meta page $page zeroed: nobody died");
        $desk->end_with('TERM');
    }
}

# One byte of one ticket.
{
    my $flips = 0;
    damaged(sub {
        my $b = $_[0];
        for (my $at = 0; ($at = index $b, $marker, $at) >= 0; $at++) {
            substr($b, $at + 3, 1) ^= "\x20";
            $flips++;
        }
        return $b;
    });
    cmp_ok($flips, '>', 0, 'the text stands in the file');
    $desk->nginx;
    wait_until(5, sub { $desk->is_listening });
    delete $admin->{socket};
    wait_until(5, sub { $desk->worker_pids == 2 });
    my @workers = sort $desk->worker_pids;
    $r = $admin->api(GET => "/tickets/$hurt");
    is("$r->{status} " . ($r->{json}{code} // ''), '500 data_error', 'F25: a flipped byte: this ticket is refused');
    unlike($r->{body}, qr/before|after/, 'F25: and nothing of it is shown');
    is($admin->api(PATCH => "/tickets/$hurt", { name => 'x' })->{json}{code}, 'data_error', 'F25: nor can it be changed');
    is($admin->api(GET => "/tickets/$_")->{status}, 200, "F25: its neighbour $_ is well") for $ids[29], $ids[31];
    my ($after, %seen) = ('');
    do {
        $r = $admin->api(GET => '/tickets?limit=20' . ($after ? "&after=$after" : ''));
        is($r->{status}, 200, 'F25: lists go on');
        $seen{ $_->{id} }++ for @{ $r->{json}{items} // [] };
        $after = $r->{json}{next};
    } while ($after);
    is(scalar(grep { !$seen{$_} } grep { $_ != $hurt } @ids), 0, 'F25: a list shows all the others');
    is($admin->api(POST => '/tickets', { name => 'later' })->{status}, 201, 'F25: writing goes on');
    my ($out, $err, $rc) = $desk->ctl(['fsck'], ok => 0);
    isnt($rc, 0, 'F25: fsck finds it');
    like($out . $err, qr/ticket\D*\b$hurt\b/, 'F25: and names it') or diag $out . $err;
    is(join(' ', sort $desk->worker_pids), "@workers", 'F25: no worker died');
    $desk->end_with('TERM');
}

$desk->expect(qr/helpdesk: cannot open/);
done_testing();
