#!/usr/bin/perl

# T-22: a header that names the user is believed only from a trusted peer that knows the secret.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use IO::Socket::INET;
use Helpdesk;

my @names = ('X-Remote-User', 'Remote-User', 'X-Forwarded-User', 'X_Remote_User', 'x-remote-user', 'REMOTE_USER');

# ---- off: the headers mean nothing ----

my $off = Helpdesk->new(sync => 'off')->seed->start;
for my $name (@names) {
    my $r = $off->client->api(GET => '/session', undef, headers => { $name => 'admin' });
    is("$r->{status} $r->{json}{code}", '401 login_required', "T-22: off: $name is ignored");
}
my $agent = $off->login('agent');
is($agent->api(GET => '/session', undef, headers => { 'X-Remote-User' => 'admin' })->{json}{user}{login}, 'agent',
   'T-22: off: the session counts');
is($off->client->api(POST => '/login', { login => 'agent', password => $Helpdesk::PASSWORD },
                     headers => { 'X-Remote-User' => 'admin' })->{status}, 200, 'T-22: off: login still works');

# ---- on: 127.0.0.2 is the proxy ----

my $on = Helpdesk->new(workers => 2, sync => 'off');
my $secret = 'proxy-secret-0123456789abcdef-0123456789abcdef';
write_file($on->dir . '/proxy.secret', "$secret\n");
chmod 0600, $on->dir . '/proxy.secret';
$on->write_conf(http => 'helpdesk_trusted_proxy 127.0.0.2; helpdesk_proxy_secret_file ' . $on->dir . '/proxy.secret;');
$on->seed->start;
my %good = ('X-Remote-User' => 'agent', 'X-Helpdesk-Proxy-Secret' => $secret);

my $r = from('127.0.0.2')->api(GET => '/session', undef, headers => \%good);
is($r->{status}, 200, 'T-22: the proxy signs a user in') or diag($r->{body});
is($r->{json}{user}{login}, 'agent', 'the one it names');
my $csrf = $r->{json}{csrf};
like($csrf, qr/^[\w-]{43}$/, 'with a CSRF token');

for my $name ("ag\xC3\xA9nt", "\xEF\xBD\x81gent", "agent\xE2\x80\x8B", "ag\xC4\xB1nt", 'a gent') {
    $r = from('127.0.0.2')->api(GET => '/session', undef, headers => { %good, 'X-Remote-User' => $name });
    is("$r->{status} $r->{json}{code}", '401 login_required', "T-22: $name is somebody else");
}
is(from('127.0.0.2')->api(GET => '/session', undef, headers => { %good, 'X-Remote-User' => 'AGent' })->{status}, 200, 'T-22: case is no difference');

my %bad = (
    'from another peer' => [ '127.0.0.1', {%good} ],
    'from a third peer' => [ '127.0.0.3', {%good} ],
    'without the secret' => [ '127.0.0.2', { 'X-Remote-User' => 'agent' } ],
    'with a wrong secret' => [ '127.0.0.2', { %good, 'X-Helpdesk-Proxy-Secret' => 'x' . substr $secret, 1 } ],
    'with a part of it' => [ '127.0.0.2', { %good, 'X-Helpdesk-Proxy-Secret' => substr $secret, 0, 20 } ],
    'with an empty secret' => [ '127.0.0.2', { %good, 'X-Helpdesk-Proxy-Secret' => '' } ],
    'of another peer that says who it is' => [ '127.0.0.1', { %good, 'X-Forwarded-For' => '127.0.0.2',
                                                              'X-Real-IP' => '127.0.0.2' } ],
);
for my $case (sort keys %bad) {
    my ($peer, $headers) = @{ $bad{$case} };
    $r = from($peer)->api(GET => '/session', undef, headers => $headers);
    is("$r->{status} $r->{json}{code}", '401 bad_proxy', "T-22: $case: refused");
    unlike($r->{body}, qr/\Q$secret\E|agent/, 'and nothing comes back');
}
my $twice = from('127.0.0.2')->raw("GET /api/v1/session HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Remote-User: agent\r\n"
    . "X-Remote-User: admin\r\nX-Helpdesk-Proxy-Secret: $secret\r\nConnection: close\r\n\r\n");
like($twice, qr{^HTTP/1.1 401 .*bad_proxy}s, 'T-22: the header twice: refused');

# A session cookie does not carry a refused header through.
my $admin = $on->login('admin');
$r = $admin->api(GET => '/session', undef, headers => { 'X-Remote-User' => 'agent' });
is("$r->{status} $r->{json}{code}", '401 bad_proxy', 'T-22: a forged header with a session: refused');
is($admin->api(GET => '/session')->{json}{user}{login}, 'admin', 'without it the session works');

for my $user ('nobody-here', '', ' ', "agent'--", 'x' x 4000) {
    $r = from('127.0.0.2')->api(GET => '/session', undef, headers => { %good, 'X-Remote-User' => $user });
    is($r->{status}, 401, 'T-22: an unknown user is nobody: ' . substr $user, 0, 20);
}
is($admin->api(PATCH => '/users/2', { active => JSON::PP::false })->{status}, 200, 'a user is archived');
is(from('127.0.0.2')->api(GET => '/session', undef, headers => \%good)->{status}, 401, 'T-22: then the proxy cannot bring him');
is($admin->api(PATCH => '/users/2', { active => JSON::PP::true })->{status}, 200, 'and comes back');

# The name is ambient, so writes need the CSRF token and our own page.
my %write = (%good, Origin => $on->base, 'X-CSRF' => $csrf);
is(from('127.0.0.2')->api(POST => '/tickets', { name => 'by proxy' }, headers => \%write)->{status}, 201,
   'a write through the proxy');
for my $change ([ 'X-CSRF' => undef ], [ 'X-CSRF' => $admin->{csrf} ], [ Origin => 'https://evil.example' ], [ Origin => undef ]) {
    $r = from('127.0.0.2')->api(POST => '/tickets', { name => 'x' }, headers => { %write, @$change });
    is("$r->{status} $r->{json}{code}", '403 csrf', "T-11: behind the proxy too: $change->[0] " . ($change->[1] // 'absent'));
}
my ($ticket) = $on->dump_records('ticket');
is($ticket->{create_uid}, 2, 'the record says who it was');

# The address that is throttled and logged is the peer's, whatever headers say.
my @addresses = map { $_->{address} } $on->dump_records('session');
$on->client->api(POST => '/login', { login => 'admin', password => $Helpdesk::PASSWORD },
                 headers => { 'X-Forwarded-For' => '203.0.113.9', Forwarded => 'for=203.0.113.9', 'X-Real-IP' => '203.0.113.9' });
is_deeply([ grep { $_->{address} ne '127.0.0.1' } $on->dump_records('session') ], [],
          'T-22: X-Forwarded-For from a peer that is no proxy is not believed');
done_testing;

sub from {
    my ($address) = @_;
    my $c = $on->client;
    $c->{from} = $address;
    return bless $c, 'FromAddress';
}

package FromAddress;
use parent -norequire, 'Helpdesk::Client';

sub connect {
    my ($self) = @_;
    return IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->{port}, LocalAddr => $self->{from});
}
