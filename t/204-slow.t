#!/usr/bin/perl

# Slow clients (F20): who sends a byte now and then, or hardly reads, waits alone; he is cut off in the end, costs
# little memory, and nobody else notices.  Times are those of conf/nginx.conf, shortened.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Errno qw(EAGAIN EWOULDBLOCK);
use IO::Socket::INET;
use Socket qw(SOL_SOCKET SO_RCVBUF);
use Test::More;
use Time::HiRes qw(sleep time);
use Helpdesk;

my ($HEADS, $BODIES, $READERS, $SIZE) = (600, 60, 20, 12_000_000);
my $desk = Helpdesk->new(workers => 1, sync => 'off', http => 'client_header_timeout 2s; client_body_timeout 2s; send_timeout 2s;')->seed->start;
my $agent = $desk->login('agent');
my $id = $agent->api(POST => '/tickets', { name => 'With a long file' })->{json}{id};
my $file = $agent->api(POST => "/tickets/$id/attachments?name=long.bin", undef, raw_body => 'x' x $SIZE, type => 'application/octet-stream');
is($file->{status}, 201, 'a long file') or diag($file->{body});

sub memory { my ($kb) = Helpdesk::slurp('/proc/' . ($desk->worker_pids)[0] . '/status') =~ /^VmRSS:\s+(\d+)/m; return $kb }
sub sockets { return scalar grep { (readlink($_) // '') =~ /^socket/ } glob '/proc/' . ($desk->worker_pids)[0] . '/fd/*' }
sub slow {
    my ($text, %o) = @_;
    my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$desk->{port}", Timeout => 5) or die "connect: $!";
    setsockopt $s, SOL_SOCKET, SO_RCVBUF, 4096 if $o{narrow};
    $s->blocking(0);
    syswrite $s, $text;
    return $s;
}
# Not cut off: there is nothing to read yet, or (a reader) more than one byte.
sub is_open {
    my ($s) = @_;
    my $n = sysread $s, my $byte, 1;
    return defined $n ? $n : $! == EAGAIN || $! == EWOULDBLOCK;
}

my $head = "Host: 127.0.0.1\r\nCookie: $agent->{cookie}\r\nX-CSRF: $agent->{csrf}\r\n";
my ($before, $quiet) = (memory(), sockets());
my @heads = map { slow('GET /healthz HTTP/1.1') } 1 .. $HEADS;
my @bodies = map { slow("POST /api/v1/tickets HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{") } 1 .. $BODIES;
my @readers = map { slow("GET /api/v1/attachments/$file->{json}{id}/content HTTP/1.1\r\n$head\r\n", narrow => 1) } 1 .. $READERS;

# Meanwhile somebody works.
my (@took, $most);
my $next = time + 0.5;
for (my $over = time + 2; time < $over;) {
    my $begin = time;
    my $r = $agent->api(GET => "/tickets/$id");
    push @took, time - $begin;
    $r->{status} == 200 or die "beside slow clients: $r->{status}";
    if (time > $next) {
        syswrite $_, 'X' for @heads, @bodies;
        sysread $_, my $byte, 1 for @readers;
        $next = time + 0.5;
    }
    sleep 0.005;
}
$most = memory();
@took = sort { $a <=> $b } @took;
my $p99 = $took[ 0.99 * @took ] * 1000;
cmp_ok($p99, '<', patience(50), sprintf 'others wait %.1f ms at most, but for one in a hundred', $p99);
my $all = @heads + @bodies + @readers;
cmp_ok(($most - $before) / $all, '<', 40, sprintf 'a slow client costs %.1f KB', ($most - $before) / $all);

ok(wait_until(15, sub { !grep { is_open($_) } @heads }), 'who never ends his header is cut off');
ok(wait_until(15, sub { my @open = grep { sysread $_, my $answer, 4096; defined fileno $_ && is_open($_) } @bodies; !@open }), 'who never ends his body, too');
is($agent->api(GET => '/tickets/count')->{json}{count}, 1, 'and has made no ticket');
ok(wait_until(15, sub { sockets() <= $quiet }), 'who hardly reads, too: the worker has no connection of them') or diag(sockets() . " sockets, $quiet before");
is($agent->api(GET => "/tickets/$id")->{status}, 200, 'the desk goes on');
done_testing;
