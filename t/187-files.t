#!/usr/bin/perl

# CHT-4, T-02, T-03, T-06, T-17: files through the API: who may send, see and delete them, how they come back, what their
# names become, and that too large ones are refused before they are read.

use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Digest::SHA qw(sha256_hex);
use Encode qw(encode);
use Test::More;
use Helpdesk;

my $desk = Helpdesk->new(workers => 2, sync => 'off', http => 'helpdesk_file_max 3m; client_body_buffer_size 16k;')->seed;
$desk->add_user(pia => 'portal')->add_user(nora => 'none')->start;
my %who = map { $_ => $desk->login($_) } qw(admin agent pia nora);
my ($admin, $agent, $pia) = @who{qw(admin agent pia)};
my $anon = $desk->client;

my $open = ok_json($admin->api(PATCH => '/teams/1', { privacy_visibility => 'portal' }))->{id};
my $ticket = ok_json($admin->api(POST => '/tickets', { name => 'Files', team_id => 1 }))->{id};
my $other = ok_json($admin->api(POST => '/tickets', { name => 'Not for customers', team_id => 1 }))->{id};
$admin->api(PUT => "/tickets/$ticket/followers/$pia->{user}{partner_id}")->{status} == 200 or BAIL_OUT('follow');

sub ok_json { my ($r) = @_; $r->{status} =~ /^2/ or BAIL_OUT("$r->{status} $r->{body}"); return $r->{json} }

sub escape { return encode('UTF-8', $_[0]) =~ s/([^A-Za-z0-9])/sprintf '%%%02X', ord $1/ger }

sub upload {
    my ($c, $path, $name, $bytes, %opt) = @_;
    my $query = '?name=' . ($opt{raw_name} // escape($name)) . ($opt{query} // '');
    return $c->request(POST => "/api/v1$path$query", $bytes, type => 'application/octet-stream', %opt);
}

sub content { my ($c, $id, %opt) = @_; return $c->request(GET => "/api/v1/attachments/$id/content", undef, %opt) }

sub blobs { my @f = glob "$desk->{store}/files/??/??/*"; return map { m{([^/]+)$} } @f }

# ---- a file there and back ----

my $png = "\x89PNG\r\n\x1a\n" . join '', map { chr int rand 256 } 1 .. 200_000;
my $r = upload($agent, "/tickets/$ticket/attachments", 'screen.png', $png);
is($r->{status}, 201, 'CHT-4: an agent adds a file to a ticket') or diag($r->{body});
my $f = $r->{json};
is_deeply([ @$f{qw(name mimetype file_size ticket_id internal author_id)} ],
          [ 'screen.png', 'image/png', length $png, $ticket, JSON::PP::false, $agent->{user}{partner_id} ], 'its record');
is($r->{headers}{location}, "/api/v1/attachments/$f->{id}", 'and where it is');
ok(!exists $f->{hash}, 'the hash stays inside');
is_deeply([ blobs() ], [ sha256_hex($png) ], 'its content stands under its hash');
is($agent->api(GET => "/attachments/$f->{id}")->{json}{name}, 'screen.png', 'the record can be read');
$r = content($agent, $f->{id});
is($r->{body}, $png, 'and the content, byte for byte');
my $h = $r->{headers};
is($h->{'content-type'}, 'image/png', 'T-02: an image keeps its type');
is($h->{'content-disposition'}, q{attachment; filename="screen.png"; filename*=UTF-8''screen.png}, 'T-02: as attachment');
is($h->{'x-content-type-options'}, 'nosniff', 'T-02: nosniff');
is($h->{'content-security-policy'}, "sandbox; default-src 'none'", 'T-02: in a sandbox, and only one policy');
is($h->{'cross-origin-resource-policy'}, 'same-origin', 'T-02: for our own pages');
is($h->{'cache-control'}, 'private, no-store', 'T-02: not kept by caches');
is(content($anon, $f->{id})->{status}, 401, 'T-04: its number alone opens nothing');

# ---- ranges ----

$r = content($agent, $f->{id}, headers => { Range => 'bytes=10-19' });
is("$r->{status} $r->{headers}{'content-range'}", '206 bytes 10-19/' . length $png, 'a range');
is($r->{body}, substr($png, 10, 10), 'is that part');
$r = content($agent, $f->{id}, headers => { Range => 'bytes=-5', 'If-Range' => $h->{etag} });
is($r->{body}, substr($png, -5), 'If-Range with its tag');
$r = content($agent, $f->{id}, headers => { Range => 'bytes=-5', 'If-Range' => '"f0"' });
is("$r->{status} " . length $r->{body}, '200 ' . length $png, 'If-Range with another tag: all of it');
$r = content($agent, $f->{id}, headers => { Range => 'bytes=' . join ',', map { "$_-$_" } 1 .. 1000 });
is("$r->{status} " . length $r->{body}, '200 ' . length $png, 'a thousand ranges are not served');
is(content($agent, $f->{id}, headers => { Range => 'bytes=99999999-' })->{status}, 416, 'a range behind the end');
$r = $agent->request(HEAD => "/api/v1/attachments/$f->{id}/content");
is("$r->{status} $r->{headers}{'content-length'}", '200 ' . length $png, 'HEAD');

# ---- the same content once, an empty one ----

my $again = ok_json(upload($admin, "/tickets/$other/attachments", 'copy.bin', $png));
is_deeply([ blobs() ], [ sha256_hex($png) ], 'the same content is stored once');
my $empty = ok_json(upload($agent, "/tickets/$ticket/attachments", 'empty.txt', ''));
$r = content($agent, $empty->{id});
is("$r->{status} [$r->{body}] $empty->{file_size}", '200 [] 0', 'an empty file is a file');
for my $size (1, 16383, 16384, 16385, 1_048_576, 3 * 1_048_576) {
    my $bytes = substr(pack('N*', map { $_ * 2654435761 % 4294967296 } 1 .. $size / 4 + 1), 0, $size);
    my $x = ok_json(upload($agent, "/tickets/$ticket/attachments", "s$size", $bytes));
    is(sha256_hex(content($agent, $x->{id})->{body}), sha256_hex($bytes), "$size bytes come back");
    my $chunks = join '', map { sprintf "%x\r\n%s\r\n", length $_, $_ } unpack '(a60000)*', $bytes;
    my $y = upload($agent, "/tickets/$ticket/attachments", 'chunked', "${chunks}0\r\n\r\n",
                   headers => { 'Content-Length' => undef, 'Transfer-Encoding' => 'chunked' });
    is($y->{json}{file_size}, $size, "$size bytes in chunks");
}

# ---- too large: before it is read ----

my $head = "POST /api/v1/tickets/$ticket/attachments?name=big HTTP/1.1\r\nHost: 127.0.0.1:$desk->{port}\r\n"
    . "Cookie: $agent->{cookie}\r\nX-CSRF: $agent->{csrf}\r\nOrigin: http://127.0.0.1:$desk->{port}\r\n";
my $raw = sub { my ($bytes) = @_; return $agent->raw($bytes, patience(3)) =~ m{^HTTP/1\.1 (\d+)} ? $1 : 'none' };
is($raw->("${head}Content-Length: 1073741824\r\nExpect: 100-continue\r\n\r\n"), 413, 'F21: 1 GB is refused by its length');
is($raw->("${head}Content-Length: 3145729\r\nExpect: 100-continue\r\n\r\n"), 413, 'F21: and one byte too many');
is(upload($agent, "/tickets/$ticket/attachments", 'big', 'x' x (3 * 1_048_576 + 1))->{status}, 413, 'and when it is sent');
is(upload($agent, "/tickets/$ticket/attachments", 'big', sprintf("%x\r\n%s\r\n0\r\n\r\n", 3 * 1_048_576 + 1, 'x' x (3 * 1_048_576 + 1)),
          headers => { 'Content-Length' => undef, 'Transfer-Encoding' => 'chunked' })->{status}, 413, 'and in chunks');
my $stranger = $head =~ s/Cookie: .*?\r\n//r;
is($raw->("${stranger}Content-Length: 3000000\r\nExpect: 100-continue\r\n\r\n"), 401, 'a stranger is refused before the body');
(my $hidden = $head) =~ s{tickets/\d+}{tickets/99999};
is($raw->("${hidden}Content-Length: 3000000\r\nExpect: 100-continue\r\n\r\n"), 404, 'and who sends to a ticket he does not see');
is($raw->("${head}Content-Length: 1073741824\r\n\r\n" . 'x' x 100000), 413, 'F21: also when bytes follow');
is($agent->api(GET => "/tickets/$ticket")->{status}, 200, 'the worker goes on');
is(scalar(my @left = glob "$desk->{dir}/body/*"), 0, 'F21: no temporary file is left');

# ---- refused ----

for my $case ([ '', '422 invalid', 'no name' ], [ '%FF%FE', '400 bad_request', 'a name that is no UTF-8' ],
              [ 'a%00.png', '400 bad_request', 'a NUL in the name' ], [ '%C0%AE%C0%AE%2Fx', '400 bad_request', 'overlong dots' ]) {
    my ($name, $want, $what) = @$case;
    my $x = upload($agent, "/tickets/$ticket/attachments", '', 'x', raw_name => $name);
    is("$x->{status} $x->{json}{code}", $want, "T-17: $what");
}
$r = upload($agent, "/tickets/$ticket/attachments", 'x', 'x', query => '&path=/etc');
is($r->{status}, 422, 'an unknown parameter');
is(upload($agent, "/tickets/$ticket/attachments", 'x', 'x', headers => { 'X-CSRF' => 'no' })->{json}{code}, 'csrf', 'T-11: no CSRF token');
is(upload($agent, "/tickets/$ticket/attachments", 'x', 'x', headers => { 'Content-Encoding' => 'gzip' })->{status}, 415,
   'T-15: compressed bodies are not opened');

# ---- T-17: names ----

for my $case (
    [ '../../etc/passwd', 'passwd' ], [ '..\\..\\x.exe', 'x.exe' ], [ '/abs', 'abs' ], [ 'C:\\x', 'x' ], [ 'C:x', 'x' ],
    [ '.htaccess', 'htaccess' ], [ "\x{200B}.htaccess", 'htaccess' ], [ ".\x{200B}./\x{FEFF}.bashrc", 'bashrc' ],
    [ '%2e%2e/y', 'y' ], [ '...', 'file' ], [ ' . . ', 'file' ], [ "invoice\x{202E}fdp.exe", 'invoicefdp.exe' ],
    [ "a\r\nSet-Cookie: x=1", 'a Set-Cookie: x=1' ], [ 'con', '_con' ], [ 'LPT1.txt', '_LPT1.txt' ], [ 'console.log', 'console.log' ],
    [ "e\x{301}t\x{e9}.txt", "\x{e9}t\x{e9}.txt" ], [ "\x{646}\x{200C}\x{645}.pdf", "\x{646}\x{200C}\x{645}.pdf" ],
    [ ('x' x 4096) . '.png', ('x' x 196) . '.png' ], [ ("\x{df}" x 300) . '.txt', ("\x{df}" x 98) . '.txt' ],
    [ '"quoted"; filename="evil.html', '"quoted"; filename="evil.html' ], [ '<img src=x onerror=alert(1)>.png', '<img src=x onerror=alert(1)>.png' ],
) {
    my ($sent, $want) = @$case;
    my $short = encode('UTF-8', substr $sent, 0, 30);
    my $x = ok_json(upload($agent, "/tickets/$other/attachments", $sent, 'x'));
    is($x->{name}, $want, "T-17: $short =~ s/[^ -~]/?/gr") or next;
    my $d = content($agent, $x->{id})->{headers};
    my ($plain, $coded) = $d->{'content-disposition'} =~ /^attachment; filename="([^"\\]*)"; filename\*=UTF-8''([!#-~]+)$/;
    ok(defined $plain && $plain =~ /^[ -~]+$/, 'T-02, T-06: nothing in the header ends early') or diag($d->{'content-disposition'});
    is($coded =~ s/%(..)/chr hex $1/ger, encode('UTF-8', $want), 'T-02: the name comes back whole');
    ok(!$d->{'set-cookie'}, 'no header of the name');
}
is_deeply([ grep { !/^(?:[0-9a-f]{2}|new|lock)$/ } map { m{([^/]+)$} } glob "$desk->{store}/files/*" ], [],
          'T-17: nothing but hashes was written');

# ---- T-02: what is not an image is nothing ----

for my $case (
    [ 'x.svg', '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>' ], [ 'x.html', '<script>alert(1)</script>' ],
    [ 'x.xhtml', '<html xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></html>' ], [ 'x.xml', '<?xml version="1.0"?><x/>' ],
    [ 'x.mht', "MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n<b>" ], [ 'x.pdf', '%PDF-1.7' ], [ 'x.png', '<html><script>' ],
    [ 'gif.html', 'GIF89a/*<script>alert(1)</script>*/', 'image/gif' ], [ 'real.jpg', "\xff\xd8\xff\xe0JFIF", 'image/jpeg' ],
    [ 'w.webp', "RIFF\x10\0\0\0WEBPVP8 ", 'image/webp' ], [ 'almost.png', "\x89PNG\r\n\x1a" ],
) {
    my ($name, $bytes, $type) = @$case;
    my $x = ok_json(upload($agent, "/tickets/$ticket/attachments", $name, $bytes, type => 'image/png'));
    my $d = content($agent, $x->{id});
    is(join(' ', $d->{headers}{'content-type'}, substr($d->{headers}{'content-disposition'}, 0, 10), $d->{headers}{'content-security-policy'}),
       ($type // 'application/octet-stream') . " attachment sandbox; default-src 'none'", "T-02: $name");
}

# ---- who sees what ----

my $note = ok_json(upload($agent, "/tickets/$ticket/attachments", 'internal.txt', 'not for Pia', query => '&internal=true'));
is($note->{internal}, JSON::PP::true, 'CHT-4: an internal file');
is(content($pia, $f->{id})->{body}, $png, 'CHT-4: a customer has the files of the ticket');
for my $case ([ $pia, $note->{id}, 'an internal one' ], [ $pia, $again->{id}, 'of a ticket not followed' ], [ $who{nora}, $f->{id}, 'without right' ],
              [ $pia, 999_999, 'there is none' ]) {
    my ($c, $id, $what) = @$case;
    my @answers = map { my ($m, $p) = @$_; my $x = $c->api($m => $p); "$x->{status} $x->{body}" }
        [ GET => "/attachments/$id" ], [ GET => "/attachments/$id/content" ], [ DELETE => "/attachments/$id" ];
    my $none = $c->api(GET => '/attachments/4294967290')->{body};
    is_deeply(\@answers, [ ("404 $none") x 3 ], "T-03: $what: as if it were not there");
}
my $list = $pia->api(GET => "/tickets/$ticket/attachments")->{json}{items};
is(scalar(grep { $_->{id} == $note->{id} } @$list), 0, 'CHT-4: the list leaves internal files out');
ok(scalar(grep { $_->{id} == $f->{id} } @$list), 'and has the others');
is($pia->api(GET => "/tickets/$other/attachments")->{status}, 404, 'no list of a ticket not followed');
is(upload($pia, "/tickets/$ticket/attachments", 'x', 'x', query => '&internal=true')->{status}, 403, 'a customer sends no internal file');
is(upload($pia, "/tickets/$other/attachments", 'x', 'x')->{status}, 404, 'PRT-5: nor to a ticket not followed');
my $hers = ok_json(upload($pia, "/tickets/$ticket/attachments", 'photo.jpg', "\xff\xd8\xff"));
is($hers->{author_id}, $pia->{user}{partner_id}, 'PRT-5: but to the one she follows');

# ---- loose files ----

my $loose = ok_json(upload($pia, '/attachments', 'draft.txt', 'for a message that follows'));
is($loose->{ticket_id}, undef, 'an upload for a message that follows');
is(content($pia, $loose->{id})->{status}, 200, 'is its author\'s');
is(content($_, $loose->{id})->{status}, 404, 'and nobody else\'s') for $admin, $agent;
is(upload($pia, '/attachments', 'x', 'x', query => '&internal=true')->{status}, 422, 'it cannot be internal before its message is');
for (2 .. 50) { ok_json(upload($pia, '/attachments', "n$_", "n$_")) }
$r = upload($pia, '/attachments', 'one more', 'x');
is("$r->{status} $r->{json}{code}", '422 too_many_files', 'fifty of them wait at most');
is(upload($agent, '/attachments', 'one more', 'x')->{status}, 201, 'of one person');

# ---- files of messages follow their message ----

my $talk = ok_json($admin->api(POST => '/tickets', { name => 'Talk', team_id => 1 }))->{id};
$admin->api(PUT => "/tickets/$talk/followers/$pia->{user}{partner_id}")->{status} == 200 or BAIL_OUT('follow');
my $say = sub { my ($c, $subtype, @ids) = @_; return $c->api(POST => "/tickets/$talk/messages", { subtype => $subtype, body => 'see file', attachment_ids => \@ids }) };
my ($plan, $secret) = map { ok_json(upload($agent, '/attachments', $_, "bytes of $_"))->{id} } 'plan.txt', 'secret.txt';
is($say->($pia, comment => $plan)->{json}{fields}[0]{field}, 'attachment_ids', 'T-03: nobody sends what somebody else uploaded');
is($say->($agent, comment => $again->{id})->{json}{fields}[0]{code}, 'not_found', 'nor what a ticket has already');
is($agent->api(GET => "/attachments/$plan")->{json}{ticket_id}, undef, 'a refused message takes nothing');
my $comment = ok_json($say->($agent, comment => $plan));
my $memo = ok_json($say->($agent, note => $secret));
is_deeply([ @{ $agent->api(GET => "/attachments/$plan")->{json} }{qw(ticket_id message_id internal)} ], [ $talk, $comment->{id}, JSON::PP::false ],
          'CHT-4: a file belongs to message and ticket');
is(content($pia, $plan)->{body}, 'bytes of plan.txt', 'CHT-4: who reads the comment has its file');
is(content($pia, $secret)->{status}, 404, 'CHT-4: files of notes are not for customers');
is(content($admin, $secret)->{status}, 200, 'but for agents');
is(join(',', map { $_->{name} } @{ $pia->api(GET => "/tickets/$talk/attachments")->{json}{items} }), 'plan.txt', 'CHT-4: nor in her list');
is($say->($agent, comment => $plan)->{status}, 422, 'a file is sent once');

# VIS-22: whoever holds the link has what customers have.
my ($link) = ok_json($agent->api(POST => "/tickets/$talk/link"))->{url} =~ m{(/support/ticket/.*)};
my ($key) = $link =~ /access_token=(.*)/;
my $page = $anon->request(GET => $link)->{body};
my ($at) = $page =~ m{<a href="(/support/ticket/$talk/file/$plan\?access_token=[\w-]+)"[^>]*>plan\.txt</a>};
ok($at, 'PRT-2: the page of the link lists the files');
unlike($page, qr/secret\.txt/, 'PRT-2: those of comments only');
$r = $anon->request(GET => $at // '/');
is("$r->{status} $r->{body} $r->{headers}{'content-security-policy'} $r->{headers}{'referrer-policy'}",
   "200 bytes of plan.txt sandbox; default-src 'none' no-referrer", 'page.ticket_file: and hands them out, as the API does');
is($anon->request(GET => $_)->{status}, 404, 'T-04: but not ' . s/access_token.*//r) for "/support/ticket/$talk/file/$secret?access_token=$key",
    "/support/ticket/$talk/file/$plan", "/support/ticket/$talk/file/$plan?access_token=" . 'x' x 43,
    "/support/ticket/$talk/file/$again->{id}?access_token=$key", "/support/ticket/$other/file/$plan?access_token=$key",
    "/support/ticket/$talk/file/$loose->{id}?access_token=$key";
$admin->api(PATCH => '/teams/1', { privacy_visibility => 'internal' });
is($anon->request(GET => $at // '/')->{status}, 404, 'VIS-12: and nothing when the link ends');
is(content($pia, $plan)->{status}, 404, 'VIS-11: nor has she, who lost the ticket');
$admin->api(PATCH => '/teams/1', { privacy_visibility => 'portal' });
$admin->api(PUT => "/tickets/$ticket/followers/$pia->{user}{partner_id}")->{status} == 200 or BAIL_OUT('follow');
is($agent->api(DELETE => "/attachments/$plan")->{status}, 204, 'a file is deleted');
is_deeply($agent->api(GET => "/messages/$comment->{id}")->{json}{attachment_ids}, [], 'and its message forgets it');
is($admin->api(DELETE => "/messages/$memo->{id}")->{status}, 204, 'a message that is deleted');
is(content($agent, $secret)->{status}, 404, 'takes its files along');

# ---- deleting ----

is($agent->api(DELETE => "/attachments/$hers->{id}")->{status}, 403, 'an agent does not delete what others sent');
is($pia->api(DELETE => "/attachments/$hers->{id}", undef, headers => { 'If-Match' => '"v9"' })->{status}, 412, 'If-Match is heard');
is($pia->api(DELETE => "/attachments/$hers->{id}")->{status}, 204, 'its author does');
is(content($pia, $hers->{id})->{status}, 404, 'and it is gone');
is($admin->api(DELETE => "/attachments/$note->{id}")->{status}, 204, 'administrators delete any');

# ---- repeated ----

my @twice = map { upload($agent, "/tickets/$ticket/attachments", 'once.txt', 'once', key => 'up-1') } 1, 2;
is($twice[1]{json}{id}, $twice[0]{json}{id}, 'Idempotency-Key: the same file once');
is(upload($agent, "/tickets/$ticket/attachments", 'once.txt', 'other', key => 'up-1')->{json}{code}, 'key_reuse', 'but not other content');

# ---- what breaks ----

my $sha = sha256_hex($png);
my ($path) = glob "$desk->{store}/files/??/??/$sha";
$desk->expect(qr/a file is (?:missing|damaged)/);
open my $cut, '+<', $path or die $!;
truncate $cut, 100;
close $cut;
is(content($agent, $f->{id})->{json}{code}, 'data_error', 'F25: a file that is not whole is not sent');
like($desk->ctl(['fsck'], ok => 0), qr/attachment $f->{id}: its file is damaged/, 'fsck names it');
unlink $path;
is(content($agent, $f->{id})->{json}{code}, 'data_error', 'F25: nor one that is missing');
like($desk->ctl(['fsck'], ok => 0), qr/attachment $f->{id}: its file is missing/, 'fsck names it');
is(upload($agent, "/tickets/$ticket/attachments", 'again.png', $png)->{status}, 201, 'sent again');
is(content($agent, $f->{id})->{body}, $png, 'it is whole again');
is($admin->api(DELETE => "/tickets/$ticket")->{status}, 204, 'a ticket that is deleted');
is(content($agent, $f->{id})->{status}, 404, 'takes its files along');
like($desk->ctl(['fsck']), qr/ 0 problems/, 'fsck: nothing is wrong');

done_testing;
