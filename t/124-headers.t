#!/usr/bin/perl

# 5.2: the browser's rules are on every kind of answer, errors and nginx's own included.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Helpdesk;

my $root = "$FindBin::Bin/..";
my $shipped = "$root/conf/helpdesk.conf";
-e $shipped or plan(skip_all => 'conf/helpdesk.conf is not there');

# The shipped locations as they are, in a server of the test's.
my $desk = Helpdesk->new(workers => 2, sync => 'off')->seed;
my $conf = slurp($desk->dir . '/nginx.conf');
$conf =~ s/^\s*location .*\n//mg;
$conf =~ s/client_max_body_size 2m;/client_max_body_size 1m;\n        include $shipped;/;
$conf =~ s/(\n\s*server \{)/
    server_tokens off;
    limit_req_zone \$binary_remote_addr zone=form:2m rate=100r\/s;
    limit_req_zone \$binary_remote_addr zone=login:2m rate=100r\/s;
    limit_conn_zone \$binary_remote_addr zone=clients:2m;$1/;
write_file($desk->dir . '/nginx.conf', $conf);
$desk->start;
my $admin = $desk->login('admin');
my $anon = $desk->client;
$admin->api(PATCH => '/teams/1', { use_website_helpdesk_form => JSON::PP::true, website_published => JSON::PP::true });
my $id = $admin->api(POST => '/tickets', { name => 'x' })->{json}{id};

my %api = ('cache-control' => 'no-store', 'x-content-type-options' => 'nosniff',
           'content-security-policy' => "default-src 'none'; frame-ancestors 'none'",
           'cross-origin-resource-policy' => 'same-origin');
my %page = (
    'cache-control' => 'no-store', 'x-content-type-options' => 'nosniff', 'referrer-policy' => 'same-origin',
    'content-security-policy' => "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; "
        . "base-uri 'none'; frame-ancestors 'none'",
    'cross-origin-opener-policy' => 'same-origin', 'cross-origin-resource-policy' => 'same-origin',
    'permissions-policy' => 'camera=(), microphone=(), geolocation=(), payment=()',
);
my ($json, $problem, $html) = ('application/json; charset=utf-8', 'application/problem+json', 'text/html; charset=utf-8');

# ---- what the doors answer ----

check('a record', $admin->api(GET => "/tickets/$id"), 200, $json, %api);
check('a list', $admin->api(GET => '/tickets'), 200, $json, %api);
check('a count', $admin->api(GET => '/tickets/count'), 200, $json, %api);
check('a creation', $admin->api(POST => '/tickets', { name => 'y' }), 201, $json, %api);
check('304', $admin->api(GET => "/tickets/$id", undef, headers => { 'If-None-Match' => '*' }), 304, undef, %api);
check('204', $admin->api(POST => '/session/keep'), 204, undef, %api);
check('HEAD', $admin->api(HEAD => "/tickets/$id"), 200, $json, %api);
check('401', $anon->api(GET => '/tickets'), 401, $problem, %api);
check('403', $desk->login('agent')->api(DELETE => "/tickets/$id"), 403, $problem, %api);
check('404', $admin->api(GET => '/tickets/999'), 404, $problem, %api);
check('404 of a path', $admin->api(GET => '/nothing'), 404, $problem, %api);
check('405', $admin->api(PUT => '/tickets', {}), 405, $problem, %api);
check('412', $admin->api(PATCH => "/tickets/$id", { name => 'z' }, headers => { 'If-Match' => '"v999"' }), 412, $problem, %api);
check('415', $admin->api(POST => '/tickets', { name => 'z' }, type => 'text/plain'), 415, $problem, %api);
check('422', $admin->api(POST => '/tickets', { name => 5 }), 422, $problem, %api);
check('the OpenAPI document', $anon->api(GET => '/openapi.json'), 200, $json, %api);
check('the home page', $anon->request(GET => '/'), 303, undef, %page);
check('the list of forms', $anon->request(GET => '/support'), 200, $html, %page);
check('a form', $anon->request(GET => '/support/helpdesk'), 200, $html, %page);
check('no form', $anon->request(GET => '/support/nothing'), 404, $html, %page);
check('a form with faults', $anon->request(POST => '/support/helpdesk', 'name=', type => 'application/x-www-form-urlencoded'),
      422, $html, %page);
check('another method', $anon->request(PUT => '/support', ''), 405, $html, %page);
check('another type', $anon->request(POST => '/support/helpdesk', '{}'), 415, $html, %page);

# ---- nginx's own errors ----

my $port = $desk->{port};
check('413 by length', $admin->api(POST => '/tickets', undef, raw_body => '"' . 'x' x 1_048_600 . '"'), 413, $problem, %api);
$admin->{socket} = undef;
my %raw = (
    'malformed request line' => [ "GET /api/v1/tickets HTTP/1.1 x\r\n\r\n", 400 ],
    'no Host' => [ "GET /api/v1/tickets HTTP/1.1\r\n\r\n", 400 ],
    'two Hosts' => [ "GET /api/v1/tickets HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: b\r\n\r\n", 400 ],
    'two lengths' => [ "POST /api/v1/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", 400 ],
    'a long address' => [ 'GET /api/v1/' . 'x' x 40_000 . " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 414, 'uri_too_long' ],
    'a long address for people' => [ 'GET /support/' . 'x' x 40_000 . " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 414 ],
    'long headers' => [ "GET /api/v1/tickets HTTP/1.1\r\nHost: 127.0.0.1\r\n" . join('', map { "X-$_: " . 'x' x 4000 . "\r\n" } 1 .. 12)
                        . "\r\n", 431, 'headers_too_large' ],
    'another coding' => [ "POST /api/v1/login HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: rot13\r\n\r\n", 501, 'unknown_coding' ],
    'bad chunks' => [ "POST /api/v1/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                      . "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400 ],
    'another version' => [ "GET /api/v1/tickets HTTP/3.7\r\nHost: 127.0.0.1\r\n\r\n", 505, 'http_version' ],
);
for my $case (sort keys %raw) {
    my ($bytes, $status, $code) = @{ $raw{$case} };
    my $r = {};
    my $got = $anon->raw($bytes =~ s/\r\n\r\n/\r\nConnection: close\r\n\r\n/r);
    Helpdesk::Client::parse($got, $r);
    is($r->{status}, $status, "nginx's own: $case: $status") or diag(substr $got, 0, 200);
    next if !$r->{status};
    if ($code) {
        is($r->{headers}{'content-type'}, $problem, "$case: as a problem");
        is(eval { JSON::PP::decode_json($r->{body})->{code} }, $code, "$case: $code");
    }
    my %want = $r->{headers}{'content-type'} =~ /json/ ? %api : %page;     # no address was read: a page for people
    is($r->{headers}{$_}, $want{$_}, "$case: $_") for sort keys %want;
    unlike($r->{body} . join('', %{ $r->{headers} }), qr{nginx/\d}, "$case: no version");
    like($r->{headers}{'content-type'}, qr{^application/problem\+json|^text/html; charset=utf-8$}, "$case: in our own words");
}

# ---- static files ----

my %static = (
    '/css/page.css' => 'text/css', '/i18n/en.json' => 'application/json', '/agent' => 'text/html',
    '/agent/tickets/7' => 'text/html',
);
for my $path (sort keys %static) {
    my $r = $anon->request(GET => $path);
    is($r->{status}, 200, "$path is served");
    like($r->{headers}{'content-type'}, qr{^\Q$static{$path}\E}, "$path: type");
    is($r->{headers}{'x-content-type-options'}, 'nosniff', "$path: nosniff");
    is($r->{headers}{'cross-origin-resource-policy'}, 'same-origin', "$path: same-origin");
}
my $csp = $anon->request(GET => '/agent')->{headers}{'content-security-policy'};
like($csp, qr/\Q$_\E/, "/agent: $_") for "default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'",
    "require-trusted-types-for 'script'", "form-action 'self'";
like($csp, qr/; trusted-types dompurify(?:;|$)/, '/agent: T-01: one policy makes HTML, that of what cleans it');
unlike($csp, qr/unsafe-inline|unsafe-eval|\*|http:/, '/agent: nothing unsafe');
for my $path ('/index.html', '/package.json', '/node_modules/preact/package.json', '/../conf/nginx.conf', '/.git/config',
              '/css/../../conf/nginx.conf', '/css/%2e%2e/%2e%2e/conf/nginx.conf', '/app/', '/css/', '/i18n/', '//etc/passwd',
              '/support/../conf', '/css/%00') {
    my $r = $anon->request(GET => $path);
    ok($r->{status} == 404 || $r->{status} == 400 || $r->{status} == 403, "T-17: $path is not served") or diag($r->{status});
    is($r->{headers}{'x-content-type-options'}, 'nosniff', "$path: nosniff on the error");
    unlike($r->{body}, qr/nginx/i, "$path: in our own words");
}
done_testing;

sub check {
    my ($name, $r, $status, $type, %want) = @_;
    my %got = map { $_ => $r->{headers}{$_} } keys %want;
    my $ok = is($r->{status}, $status, "$name: $status");
    is($r->{headers}{'content-type'}, $type, "$name: content type") if defined $type;
    is_deeply(\%got, \%want, "$name: every header") or diag(json_text($r->{headers}));
    my $lines = join ' ', keys %{ $r->{headers} };
    unlike($lines, qr/x-powered-by|access-control/, "$name: none that should not be");
    return $ok;
}
