#!/usr/bin/perl

# T-11: a request a foreign page made a browser send changes nothing.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Helpdesk;

my $desk = Helpdesk->new(workers => 2, sync => 'off')->seed->start;
my $admin = $desk->login('admin');
my $agent = $desk->login('agent');
my $second = $desk->login('admin');
my $id = $admin->api(POST => '/tickets', { name => 'before' })->{json}{id};
my $own = $desk->base;

# Each needs a session; the body is one that would be accepted.
my @writes = (
    [ POST => '/tickets', { name => 'forged' } ], [ PATCH => "/tickets/$id", { name => 'forged' } ],
    [ DELETE => "/tickets/$id" ], [ PUT => "/tickets/$id/followers/2" ], [ DELETE => "/tickets/$id/followers/1" ],
    [ POST => '/teams', { name => 'forged' } ], [ PATCH => '/teams/1', { name => 'forged' } ],
    [ PATCH => '/users/1', { tz => 'Europe/Vilnius' } ], [ PUT => '/users/2/password', { password => 'forged-forged-12' } ],
    [ POST => '/users', { login => 'forged', name => 'F', role => 'admin' } ],
    [ POST => '/tokens', { name => 'forged', scopes => ['read'] } ], [ POST => '/logout' ],
    [ POST => '/session/keep' ],
    [ POST => '/session/password', { old_password => $Helpdesk::PASSWORD, new_password => 'forged-forged-12' } ],
);
my %forged = (
    '(a) foreign Origin' => { Origin => 'https://evil.example' },
    '(a) Origin null' => { Origin => 'null' },
    '(a) Origin with another port' => { Origin => 'http://127.0.0.1:1' },
    '(a) Origin that begins like ours' => { Origin => "$own.evil.example" },
    '(a) Origin with a path' => { Origin => "$own/" },
    '(a) two Origins' => { Origin => "$own, https://evil.example" },
    '(b) cross-site, no Origin' => { Origin => undef, 'Sec-Fetch-Site' => 'cross-site' },
    '(b) same-site, no Origin' => { Origin => undef, 'Sec-Fetch-Site' => 'same-site' },
    '(b) none, no Origin' => { Origin => undef, 'Sec-Fetch-Site' => 'none' },
    '(b) neither header' => { Origin => undef },
    '(e) token of another session' => { 'X-CSRF' => $second->{csrf} },
    '(e) token of another user' => { 'X-CSRF' => $agent->{csrf} },
    '(f) no token' => { 'X-CSRF' => undef },
    '(f) empty token' => { 'X-CSRF' => '' },
    '(f) cut token' => { 'X-CSRF' => substr($admin->{csrf}, 0, 42) },
    '(f) token of zeroes' => { 'X-CSRF' => 'A' x 43 },
    '(f) cookie as token' => { 'X-CSRF' => $admin->{cookie} =~ s/^sid=//r },
);
my $before = state();
for my $case (sort keys %forged) {
    my @bad;
    for my $w (@writes) {
        my ($method, $path, $body) = @$w;
        my $r = $admin->api($method, $path, $body, headers => $forged{$case});
        push @bad, "$method $path: $r->{status} $r->{body}"
            unless $r->{status} == 403 && $r->{json}{code} eq 'csrf'
            && $r->{headers}{'content-type'} eq 'application/problem+json';
    }
    is_deeply(\@bad, [], "T-11$case: 403 csrf on every write");
}
for my $type ('text/plain', 'text/plain;application/json', 'application/x-www-form-urlencoded', 'multipart/form-data') {
    my @bad;
    for my $w (grep { $_->[2] } @writes) {
        my $r = $admin->api(@$w, type => $type);
        push @bad, "$w->[0] $w->[1]: $r->{status}" unless $r->{status} == 415;
        $r = $admin->api(@$w, type => $type, headers => { Origin => 'https://evil.example', 'X-CSRF' => undef });
        push @bad, "foreign $w->[0] $w->[1]: $r->{status}" unless $r->{status} == 415 || $r->{status} == 403;
    }
    is_deeply(\@bad, [], "T-11(c)(d): $type is no JSON");
}
my $cookies = $admin->api(POST => '/tickets', { name => 'x' },
                          headers => { Cookie => "sid=" . 'B' x 43 . "; $admin->{cookie}" });
ok($cookies->{status} == 403 || $cookies->{status} == 401, 'T-11: a second cookie of the name helps nobody');
is_deeply(state(), $before, 'T-11: nothing was written by all that');
is($admin->api(GET => '/session')->{status}, 200, 'T-11: and nobody was signed out');

# Reading never writes.
for my $path ('/tickets', "/tickets/$id", '/tickets/count', '/teams/1/board', '/teams', '/stages', '/contacts', '/users',
              '/companies', '/tokens', '/session', '/schema', '/setup', '/openapi.json') {
    is($admin->api(GET => $path, undef, headers => { Origin => 'https://evil.example' })->{status}, 200, "GET $path");
    $admin->api(HEAD => $path);
}
$desk->client->request(GET => '/support');
is_deeply(state(), $before, 'T-11: GET and HEAD write nothing');

# Login itself is protected against pages that sign somebody in.
my %login = (login => 'agent', password => $Helpdesk::PASSWORD);
for my $h ({ Origin => 'https://evil.example' }, { 'Sec-Fetch-Site' => 'cross-site' }, { Origin => 'null' },
           { 'Sec-Fetch-Site' => 'same-site' }) {
    my $r = $desk->client->api(POST => '/login', \%login, headers => $h);
    is("$r->{status} " . ($r->{json}{code} // ''), '403 csrf', 'T-11: login from ' . join ' ', %$h);
    ok(!$r->{headers}{'set-cookie'}, 'and no cookie is set');
}
is($desk->client->api(POST => '/login', \%login, headers => $_)->{status}, 200, 'login from ' . join ' ', %$_)
    for {}, { Origin => $own }, { 'Sec-Fetch-Site' => 'same-origin' };

# What does come from our own pages passes.
for my $h ({ Origin => $own }, { Origin => undef, 'Sec-Fetch-Site' => 'same-origin' }) {
    is($admin->api(PATCH => "/tickets/$id", { name => 'by the page' }, headers => $h)->{status}, 200,
       'our own page passes with ' . join ' ', map { $_ // 'undef' } %$h);
}
# Tokens are not ambient: no CSRF token is needed, whatever the Origin.
my $token = $admin->api(POST => '/tokens', { name => 't', scopes => [ 'read', 'write' ] })->{json}{token};
my $script = $desk->client;
$script->{token} = $token;
is($script->api(POST => '/tickets', { name => 'by a script' })->{status}, 201, 'an API token needs no CSRF token');
my $r = $script->api(GET => '/session');
is($r->{json}{csrf}, undef, 'and gets none');
unlike(join(',', keys %{ $r->{headers} }), qr/access-control/, 'T-11: no CORS header invites other sites');
$r = $desk->client->api(OPTIONS => '/tickets', undef,
                        headers => { Origin => 'https://evil.example', 'Access-Control-Request-Method' => 'POST' });
is($r->{status}, 405, 'T-11: a preflight is refused');
done_testing;

sub state {
    return [ grep { !/^\{"helpdesk_dump"/ && !/^\{"type":"session"/ } split /\n/, scalar $desk->ctl(['dump']) ];
}
