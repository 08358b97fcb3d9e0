#!/usr/bin/perl

# T-18: what the bytes of a body can do.  Raw sockets; after each try a marked request (/api/v1/canary..., or one with
# a name of its own) shows whether bytes of a body were read as a request.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use IO::Select;
use Test::More;
use Time::HiRes qw(sleep time);
use Helpdesk;

my $desk = Helpdesk->new(workers => 2)->seed;
$desk->write_conf(server => <<'CONF')->start;
client_body_buffer_size 1k;
large_client_header_buffers 4 8k;
lingering_time 2s;
lingering_timeout 500ms;
keepalive_timeout 20s;
CONF
my $admin = $desk->login('admin');
my $port = $desk->{port};
my $host = "Host: 127.0.0.1:$port\r\n";
my $token = ($desk->ctl(['token', 'add', 'admin', '--name', 'raw', '--scopes', 'read,write,admin']) =~ /(hd_\S+)/)[0];
my $auth = "${host}Authorization: Bearer $token\r\n";
my @workers = sort $desk->worker_pids;
my $mark = 0;

# ---- a raw connection ----

sub dial { return IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port", Timeout => 5) // die "connect: $@" }

sub send_all {
    my ($s, $bytes) = @_;
    local $SIG{PIPE} = 'IGNORE';
    for (my $at = 0; $at < length $bytes;) {
        my $n = syswrite $s, $bytes, length($bytes) - $at, $at;
        return 0 unless $n;
        $at += $n;
    }
    return 1;
}

# Takes whole answers off the connection: up to $n of them, until it is closed or the time is over.
sub answers {
    my ($s, $n, $seconds, %opt) = @_;
    my ($got, @all, $closed) = ('');
    my $end = time + ($seconds // 5);
    my $sel = IO::Select->new($s);
    while (@all < $n) {
        my $r = {};
        if (Helpdesk::Client::parse($got, $r, $opt{head}) && defined $r->{status}) {
            my $at = index($got, "\r\n\r\n") + 4;
            my $len = $opt{head} || $r->{status} == 204 ? 0 : $r->{headers}{'content-length'} // length $got;
            $r->{body} = $opt{head} ? '' : substr $got, $at, $len;
            $got = substr $got, $at + $len;
            push @all, $r;
            next;
        }
        if ($got =~ s{^HTTP/1\.1 100 [^\r]*\r\n\r\n}{}) {
            push @all, { status => 100, headers => {} };
            next;
        }
        my $left = $end - time;
        last if $left <= 0 || !$sel->can_read($left);
        sysread($s, $got, 65536, length $got) or $closed = 1, last;
    }
    return wantarray ? @all : { all => \@all, closed => $closed, rest => $got };
}

sub is_closed {
    my ($s, $seconds) = @_;
    my $end = time + $seconds;
    my $sel = IO::Select->new($s);
    while ((my $left = $end - time) > 0) {
        next unless $sel->can_read($left);
        return 1 unless sysread $s, my $ignored, 65536;
    }
    return 0;
}

# All that comes back for these bytes, as statuses; then whether the connection is closed.
sub statuses {
    my ($bytes, $seconds) = @_;
    my $s = dial();
    send_all($s, $bytes);
    my $r = answers($s, 10, $seconds // 3);
    return join ' ', (map { $_->{status} } @{ $r->{all} }), $r->{closed} ? 'closed' : 'open';
}

# Lines of the access log; nginx writes one just after the client has the answer, so $least are waited for.
sub accessed {
    my ($what, $least) = @_;
    for (my $end = time + 5; ; sleep 0.02) {
        my $n = grep { /$what/ } split /\n/, slurp("$desk->{dir}/logs/access.log");
        return $n if $n >= ($least // 0) || time > $end;
    }
}
sub next_mark { return 'canary' . ++$mark }
sub tickets_named { return $admin->api(GET => "/tickets/count?name=$_[0]")->{json}{count} }
sub json_named { return qq({"name":"$_[0]"}) }

# A marked request that must never be answered.
sub canary { return "GET /api/v1/$_[0] HTTP/1.1\r\n$auth\r\n" }

sub post {
    my ($headers, $body) = @_;
    return "POST /api/v1/tickets HTTP/1.1\r\n${auth}Content-Type: application/json\r\n$headers\r\n" . ($body // '');
}

sub chunked { return join('', map { sprintf "%x\r\n%s\r\n", length, $_ } @_) . "0\r\n\r\n" }

# ---- a-d: two readings of one message ----

my $body = json_named('smuggled');
my $len = length $body;
for my $try (
    [ 'Content-Length and Transfer-Encoding', "Content-Length: $len\r\nTransfer-Encoding: chunked\r\n", chunked($body) ],
    [ 'Transfer-Encoding and Content-Length', "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", chunked($body) ],
    [ 'two Content-Lengths', "Content-Length: $len\r\nContent-Length: 0\r\n", $body ],
    [ 'the same Content-Length twice', "Content-Length: $len\r\nContent-Length: $len\r\n", $body ],
    [ 'Content-Length: 5, 5', "Content-Length: $len, $len\r\n", $body ],
    [ 'a negative Content-Length', "Content-Length: -1\r\n", $body ],
    [ 'Content-Length: +5', "Content-Length: +$len\r\n", $body ],
    [ 'Content-Length: 0x5', "Content-Length: 0x5\r\n", $body ],
    [ 'an empty Content-Length', "Content-Length: \r\n", $body ],
    [ 'a Content-Length of 20 digits', "Content-Length: 99999999999999999999\r\n", $body ],
    [ 'two Transfer-Encodings', "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", chunked($body) ],
    [ 'chunk size 0x5', "Transfer-Encoding: chunked\r\n", "0x5\r\nhello\r\n0\r\n\r\n" ],
    [ 'chunk size +5', "Transfer-Encoding: chunked\r\n", "+5\r\nhello\r\n0\r\n\r\n" ],
    [ 'chunk size -5', "Transfer-Encoding: chunked\r\n", "-5\r\nhello\r\n0\r\n\r\n" ],
    [ 'a chunk size of 17 digits', "Transfer-Encoding: chunked\r\n", "fffffffffffffffff\r\nhello\r\n0\r\n\r\n" ],
    [ 'a chunk without its end', "Transfer-Encoding: chunked\r\n", "5\r\nhelloX\r\n0\r\n\r\n" ],
    [ 'an empty chunk size', "Transfer-Encoding: chunked\r\n", "\r\nhello\r\n0\r\n\r\n" ],
) {
    my ($name, $headers, $bytes) = @$try;
    my $canary = next_mark();
    is(statuses(post($headers, $bytes) . canary($canary)), '400 closed', "T-18: $name: 400 and the end");
    is(accessed($canary), 0, "T-18: $name: what follows is no request");
}
for my $try (
    [ 'chunked, identity', "Transfer-Encoding: chunked, identity\r\n" ], [ 'identity', "Transfer-Encoding: identity\r\n" ],
    [ 'gzip, chunked', "Transfer-Encoding: gzip, chunked\r\n" ], [ 'xchunked', "Transfer-Encoding: xchunked\r\n" ],
) {
    my ($name, $headers) = @$try;
    my $canary = next_mark();
    is(statuses(post($headers, chunked($body)) . canary($canary)), '501 closed', "T-18: Transfer-Encoding: $name: 501 and the end");
    is(accessed($canary), 0, "T-18: $name: what follows is no request");
}
for my $try ([ 'a space before the colon', "Transfer-Encoding : chunked\r\n" ],
             [ 'a tab before the colon', "Transfer-Encoding\t: chunked\r\n" ],
             [ 'a folded header', "X-A: 1\r\n Transfer-Encoding: chunked\r\n" ],
             [ 'an underscore', "Transfer_Encoding: chunked\r\n" ]) {
    my ($name, $headers) = @$try;
    my $canary = next_mark();
    my $got = statuses(post($headers, chunked($body)) . canary($canary));
    # Such a header does not count: no body, so the bytes are a broken request line, or the whole is refused.
    like($got, qr/^(?:400|400 400|411) closed$/, "T-18: $name: refused");
    is(accessed($canary), 0, "T-18: $name: what follows is no request");
}
{
    my $canary = next_mark();
    my $s = post("Transfer-Encoding: chunked\r\n", chunked($body)) . canary($canary);
    $s =~ s{HTTP/1\.1}{HTTP/1.0};
    is(statuses($s), '400 closed', 'T-18: chunked in HTTP/1.0: 400');
    is(accessed($canary), 0, 'T-18: chunked in HTTP/1.0: what follows is no request');
}
is(tickets_named('smuggled'), 0, 'T-18: none of them made a ticket');

# A chunk extension and a trailer are allowed and ignored.
{
    my $name = next_mark();
    my $json = json_named($name);
    my $text = sprintf "%x;a=b\r\n%s\r\n0\r\nX-Trailer: 1\r\n\r\n", length $json, $json;
    is(statuses(post("Transfer-Encoding: chunked\r\n", $text) . canary('after-trailer')), '201 404 open', 'T-18: extension and trailer');
    is(tickets_named($name), 1, 'T-18: and the ticket is there');
}

# ---- e: the answer comes early, the body is still coming ----

my %early = (
    401 => "POST /api/v1/tickets HTTP/1.1\r\n${host}Content-Type: application/json\r\n",
    404 => "POST /api/v1/nothing HTTP/1.1\r\n${auth}Content-Type: application/json\r\n",
    405 => "PUT /api/v1/tickets HTTP/1.1\r\n${auth}Content-Type: application/json\r\n",
    413 => "POST /api/v1/tickets HTTP/1.1\r\n${auth}Content-Type: application/json\r\n",
    415 => "POST /api/v1/tickets HTTP/1.1\r\n${auth}Content-Type: text/plain\r\n",
);
# 401 is known only with the store, after the body: it is the one that waits.
for my $status (grep { $_ != 401 } sort keys %early) {
    my $big = $status == 413 ? 10_000_000 : 1_900_000;
    my $canary = next_mark();
    my $s = dial();
    my $began = time;
    send_all($s, $early{$status} . "Content-Length: $big\r\n\r\n");
    my ($r) = answers($s, 1, 10);
    is($r->{status}, $status, "T-18: $status comes though the body does not");
    cmp_ok(time - $began, '<', patience(1.5), "T-18: $status comes at once");
    like($r->{headers}{'content-type'} // '', qr{^application/problem\+json}, "T-18: $status is a problem") if $status != 413;
    send_all($s, canary($canary)) for 1 .. 3;
    my ($more) = answers($s, 1, 0.3);
    is($more, undef, "T-18: $status: the body is not read as a request");
    ok(is_closed($s, patience(5)), "T-18: $status: closed within the lingering time");
    is(accessed($canary), 0, "T-18: $status: the canary was never served");
}

# The same with an endless chunked body: cut within lingering_time, although it never ends.
for my $status (404, 415) {
    my $canary = next_mark();
    my $s = dial();
    send_all($s, $early{$status} . "Transfer-Encoding: chunked\r\n\r\n");
    my ($r) = answers($s, 1, 10);
    is($r->{status}, $status, "T-18: $status comes though the chunks do not end");
    my ($began, $sent) = (time, 0);
    $s->blocking(0);
    local $SIG{PIPE} = 'IGNORE';
    my $piece = sprintf "%x\r\n%s\r\n", 4096, canary($canary) . 'x' x (4096 - length canary($canary));
    while (time - $began < patience(8)) {
        my $n = syswrite $s, $piece;
        last if !defined $n && !$!{EAGAIN};
        $sent += $n // 0;
        last if IO::Select->new($s)->can_read(0) && !sysread $s, my $ignored, 65536;
        sleep 0.02;
    }
    cmp_ok(time - $began, '<', patience(7), "T-18: $status: endless chunks are cut");
    is(accessed($canary), 0, "T-18: $status: the canary was never served");
}

# One byte at a time.
{
    my $s = dial();
    send_all($s, $early{404} . "Content-Length: 1000000\r\n\r\n");
    is((answers($s, 1, 10))[0]{status}, 404, 'T-18: a slow body');
    my $began = time;
    while (time - $began < patience(8)) {
        last unless send_all($s, 'x');
        last if IO::Select->new($s)->can_read(0.2) && !sysread $s, my $ignored, 65536;
    }
    cmp_ok(time - $began, '<', patience(6), 'T-18: a slow body is cut within lingering_time');
}

# A small body of a refused request is dropped and the connection stays in step.
for my $status (sort keys %early) {
    next if $status == 413;
    my ($name, $json) = (next_mark(), json_named('x'));
    my $s = dial();
    send_all($s, $early{$status} . 'Content-Length: ' . length($json) . "\r\n\r\n$json" . canary($name));
    is(join(' ', map { $_->{status} } answers($s, 2, 10)), "$status 404", "T-18: $status with a whole body: the next request is answered");
    is(accessed($name, 1), 1, "T-18: $status: in step");
    $s = dial();
    send_all($s, $early{$status} . "Transfer-Encoding: chunked\r\n\r\n" . chunked($json) . canary($name));
    is(join(' ', map { $_->{status} } answers($s, 2, 10)), "$status 404", "T-18: $status with a chunked body: likewise");
}

# ---- f: just at and over the limit ----

sub sized { my ($name, $n) = @_; my $head = qq({"name":"$name","description":"); return $head . 'x' x ($n - length($head) - 2) . '"}' }
{
    my $limit = 1024 * 1024;
    for my $try ([ $limit, 'at' ], [ $limit + 1, 'over' ]) {
        my ($n, $what) = @$try;
        for my $how (qw(length chunks)) {
            my $name = next_mark();
            my $json = sized($name, $n);
            my $s = dial();
            send_all($s, $how eq 'length' ? post("Content-Length: $n\r\n", $json)
                                          : post("Transfer-Encoding: chunked\r\n", chunked($json =~ /(.{1,50000})/gs)));
            my ($r) = answers($s, 1, 10);
            # The description itself may be shorter than the body may be: 422 then, never 413.
            if ($what eq 'at') {
                like($r->{status}, qr/^(?:201|422)$/, "T-18: a body at the limit by $how is read");
            } else {
                is($r->{status}, 413, "T-18: a body over the limit by $how: 413");
            }
        }
    }
}

# ---- g: one result, however the body comes ----

# In memory (below 1k), in a temporary file (above), in chunks: byte by byte what was sent.
for my $size (100, 1000, 1024, 1025, 5000, 60_000) {
    for my $how (qw(length chunks)) {
        my $name = next_mark();
        my $json = sized($name, $size);
        my ($want) = $json =~ /"description":"(x*)"/;
        my $s = dial();
        send_all($s, $how eq 'length' ? post("Content-Length: $size\r\n", $json)
                                      : post("Transfer-Encoding: chunked\r\n", chunked($json =~ /(.{1,777})/gs)));
        my ($r) = answers($s, 1, 10);
        my $t = eval { JSON::PP::decode_json($r->{body}) } // {};
        is("$r->{status} " . ($t->{description} // '' ) =~ s/<[^>]*>//gr, "201 $want", "T-18: $size bytes by $how arrive whole");
    }
}
{
    # Split at 60 places of the whole request, in turn with Content-Length and chunks.
    my $json = qq({"name":"split \\u00e9 here","description":") . join(' ', 1 .. 300) . '"}';
    my @texts = (post('Content-Length: ' . length($json) . "\r\n", $json),
                 post("Transfer-Encoding: chunked\r\n", chunked($json =~ /(.{1,100})/gs)));
    my %results;
    for my $i (0 .. 59) {
        my $text = $texts[ $i % 2 ];
        my $at = 1 + int($i * (length($text) - 2) / 59);
        my $s = dial();
        $s->setsockopt(6, 1, 1);                       # TCP_NODELAY
        send_all($s, substr $text, 0, $at);
        sleep 0.004;
        send_all($s, substr $text, $at);
        my ($r) = answers($s, 1, 10);
        my $t = eval { JSON::PP::decode_json($r->{body}) } // {};
        $results{ join '|', $r->{status} // 'none', $t->{name} // '', $t->{description} // '' }++;
    }
    is(scalar keys %results, 1, 'T-18: split at 60 places: one result') or diag join "\n", keys %results;
    like((keys %results)[0], qr/^201\|split \x{e9} here\|/, 'T-18: and the right one');
    # Byte by byte.
    my $s = dial();
    $s->setsockopt(6, 1, 1);
    syswrite $s, $_ for split //, $texts[1];
    my ($r) = answers($s, 1, 10);
    is($r->{status}, 201, 'T-18: sent byte by byte');
}

# ---- h: Expect ----

{
    my $json = json_named(my $name = next_mark());
    my $s = dial();
    send_all($s, post('Content-Length: ' . length($json) . "\r\nExpect: 100-continue\r\n"));
    is((answers($s, 1, 10))[0]{status}, 100, 'T-18: Expect: 100-continue is answered');
    send_all($s, $json . canary($name));
    is(join(' ', map { $_->{status} } answers($s, 2, 10)), '201 404', 'T-18: then the body is taken');
    $s = dial();
    send_all($s, $early{415} . "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    like(join(' ', map { $_->{status} } answers($s, 2, 2)), qr/^(?:100 )?415$/, 'T-18: Expect for what is refused: the refusal');
    send_all($s, 'hello' . canary($name));
    is((answers($s, 1, 10))[0]{status}, 404, 'T-18: and in step');
    is(statuses(post("Content-Length: 5\r\nExpect: something\r\n", 'hello')) =~ s/ .*//r, '400', 'T-18: a body that is no JSON');
}

# ---- j: bodies where none belongs ----

{
    my $id = $admin->api(POST => '/tickets', { name => 'target' })->{json}{id};
    my $name = next_mark();
    for my $try ([ 'GET', "/tickets/$id", 200 ], [ 'GET', '/session', 200 ], [ 'GET', '/tickets/count', 200 ],
                 [ 'DELETE', "/tickets/$id", 204 ]) {
        my ($method, $path, $status) = @$try;
        my $inner = canary($name);
        my $s = dial();
        my $auth_by = $path eq '/session' ? "${host}Cookie: $admin->{cookie}\r\n" : $auth;
        send_all($s, "$method /api/v1$path HTTP/1.1\r\n${auth_by}Content-Length: " . length($inner) . "\r\n\r\n$inner"
                 . "GET /api/v1/after HTTP/1.1\r\n$auth\r\n");
        is(join(' ', map { $_->{status} } answers($s, 3, 2)), "$status 404", "T-18: $method $path with a body: ignored, in step");
    }
    is(accessed($name), 0, 'T-18: those bodies were never requests');
    is(accessed('/api/v1/after ', 4), 4, 'T-18: what followed them was');
    my $s = dial();
    send_all($s, "HEAD /api/v1/tickets HTTP/1.1\r\n$auth\r\n");
    my ($r) = answers($s, 1, 2, head => 1);
    is($r->{status}, 200, 'HTTP: HEAD');
    cmp_ok($r->{headers}{'content-length'} // 0, '>', 10, 'HTTP: HEAD says how long it would be');
    send_all($s, canary('x'));
    is((answers($s, 1, 10))[0]{status}, 404, 'HTTP: no body came after HEAD');
}

# ---- pipelining ----

{
    my $name = next_mark();
    my @json = map { json_named("$name-$_") } 1 .. 20;
    my $s = dial();
    send_all($s, join '', map { (post('Content-Length: ' . length($_) . "\r\n", $_), "GET /api/v1/tickets/count HTTP/1.1\r\n$auth\r\n") } @json);
    my @all = answers($s, 40, 20);
    is(join(' ', map { $_->{status} } @all), join(' ', ('201 200') x 20), 'HTTP: 40 pipelined requests, in order');
    my @names = map { eval { JSON::PP::decode_json($_->{body})->{name} } // () } @all[ grep { $_ % 2 == 0 } 0 .. $#all ];
    is("@names", join(' ', map { "$name-$_" } 1 .. 20), 'HTTP: each with its own answer');
}

# ---- the client leaves ----

{
    my $log = length $desk->log;
    my @names = map { next_mark() } 1 .. 40;
    for my $i (0 .. $#names) {
        my $json = json_named($names[$i]);
        my $text = post('Content-Length: ' . length($json) . "\r\n", $json);
        my $s = dial();
        send_all($s, $i % 4 == 3 ? substr($text, 0, length($text) - 3) : $text);
        sleep 0.001 * ($i % 3);
        setsockopt $s, Socket::SOL_SOCKET(), Socket::SO_LINGER(), pack 'ii', 1, 0 if $i % 2;     # a reset
        close $s;
    }
    is($admin->api(GET => '/session')->{status}, 200, 'T-18: the desk goes on');
    my @counts = map { tickets_named($_) } @names;
    is(scalar(grep { $_ > 1 } @counts), 0, 'T-18: a client that left made a ticket once or not');
    is(scalar(grep { $counts[$_] } grep { $_ % 4 == 3 } 0 .. $#counts), 0, 'T-18: half a body made none');
    is(join(' ', sort $desk->worker_pids), "@workers", 'T-18: the workers are the same');
    unlike(substr($desk->log, $log), qr/\[(?:alert|crit|emerg)\]/, 'T-18: and nobody was alarmed');
}
is(($desk->ctl(['fsck'], ok => 0))[2], 0, 'fsck is clean');

done_testing();
