#!/usr/bin/perl

# The wires of the Odoo-compatible door (spec.md 4.1 to 4.4): what comes in, what goes out, who is asking, and every fault.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use JSON::PP ();
use Test::More;
use Helpdesk;
use Rpc;

my $desk = Helpdesk->new(workers => 2, server => $LOCATION)->seed;
$desk->add_user(pia => 'portal')->add_user(left => 'user')->add_user(cora => 'user')->start;
my $client = $desk->client;
my $pw = $Helpdesk::PASSWORD;
my $json = JSON::PP->new->utf8->canonical->allow_nonref;
my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my ($common, $object) = qw(/xmlrpc/2/common /xmlrpc/2/object);

# operations: rpc.xml2_common rpc.xml2_object rpc.xml2_db rpc.xml2_report rpc.xml1_common rpc.xml1_object rpc.xml1_db rpc.json
# rpc.session_authenticate rpc.session_info rpc.session_destroy rpc.session_password rpc.session_call rpc.session_call_named rpc.version_info
# rpc.database_list rpc.json2 rpc.version

sub data_is {
    my ($r, $class, $like, $name) = @_;
    my $e = $r->{json}{error} // {};
    is_deeply([ $r->{status}, $e->{data}{name} ], [ 200, $class ], $name) or diag $r->{body};
    like($e->{data}{message}, $like, '... and what it says');
}

sub fault_is {
    my ($r, $code, $like, $name) = @_;
    is_deeply([ $r->{status}, $r->{fault}{faultCode} ], [ 200, $code ], $name) or diag $r->{body};
    like($r->{fault}{faultString}, $like, '... and what it says');
}

# ---- common, db: what nobody need sign in for ----

my %version = (server_version => '17.0', server_version_info => [ 17, 0, 0, 'final', 0, '' ], server_serie => '17.0',
               protocol_version => 1);
for my $path (qw(/xmlrpc/2/common /xmlrpc/common)) {
    my $r = xml_call($client, $path, 'version');
    is_deeply([ @$r{qw(status value)} ], [ 200, \%version ], "4.2: version() at $path");
    like($r->{headers}{'content-type'}, qr{^text/xml}, 'text/xml');
}
my $r = json_rpc($client, '/jsonrpc', { service => 'common', method => 'version', args => [] });
is_deeply($r->{json}, { jsonrpc => '2.0', id => 17, result => \%version }, '4.3: version() by JSON-RPC');
is_deeply(json_rpc($client, '/web/webclient/version_info', {})->{json}{result}, \%version, '4.3: version_info');
$r = $client->request(GET => '/web/version');
is_deeply([ $r->{status}, $r->{json} ], [ 200, { version_info => [ 19, 0, 0, 'final', 0, '' ], version => '19.0' } ], '4.1: GET /web/version');
for my $path (qw(/xmlrpc/2/db /xmlrpc/db)) {
    is_deeply(xml_call($client, $path, 'list')->{value}, [$DB], "4.1: db list at $path");
}
is(xml_call($client, '/xmlrpc/2/db', 'db_exist', $DB)->{value}, $true, '4.1: db_exist');
is(xml_call($client, '/xmlrpc/2/db', 'db_exist', 'other')->{value}, $false, '... of another');
is(xml_call($client, '/xmlrpc/2/db', 'server_version')->{value}, '17.0', '4.1: server_version');
is_deeply(json_rpc($client, '/jsonrpc', { service => 'db', method => 'list', args => [] })->{json}{result}, [$DB], '4.3: db.list');
is_deeply(json_rpc($client, '/web/database/list', {})->{json}{result}, [$DB], '4.1: /web/database/list');

# ---- authenticate ----

my %uid;
for my $login ('admin', 'agent', 'pia', 'left', 'cora') {
    $uid{$login} = xml_call($client, $common, 'authenticate', $DB, $login, $pw, {})->{value};
    like($uid{$login}, qr/^[1-9]\d*$/, "4.2: authenticate() tells the uid of $login");
}
is(xml_call($client, $common, 'login', $DB, 'admin', $pw)->{value}, $uid{admin}, '4.2: login() too');
is(xml_call($client, $common, 'authenticate', $DB, 'ADMIN', $pw, {})->{value}, $uid{admin}, 'a login in any case');
for my $try ([ 'admin', 'wrong' ], [ 'nobody', $pw ], [ 'admin', '' ], [ '', '' ], [ undef, undef ], [ 'admin', 7 ], [ 'admin', $false ],
             [ 'admin', 'x' x 5000 ], [ 'admin', 'hd_' . 'a' x 60 ]) {
    my $r = xml_call($client, $common, 'authenticate', $DB, @$try, {});
    is($r->{value}, $false, '4.2: bad credentials are false: ' . substr join(' ', map { $_ // 'nil' } @$try), 0, 40) or diag $r->{body};
}
fault_is(xml_call($client, $common, 'authenticate', 'other', 'admin', $pw, {}), 1, qr/database "other" does not exist/, 'a wrong database');
fault_is(xml_call($client, $common, 'nothing'), 1, qr/"common" has no method "nothing"/, 'no such call');
fault_is(xml_call($client, '/xmlrpc/2/report', 'render_report', $DB, 1, 'x', 'y', [1]), 1, qr/"report" has no method/, '4.9: reports are gone');
fault_is(xml_call($client, $object, 'exec_workflow', $DB, 1, 'x', 'y', 'z', 1), 1, qr/"object" has no method/, '4.9: so are workflows');

# ---- object ----

sub kw { return xml_call($client, $object, 'execute_kw', $DB, @_) }
my %me = (lang => 'en_US', tz => 'UTC', uid => $uid{admin});
is_deeply(kw($uid{admin}, $pw, 'res.users', 'context_get', [])->{value}, \%me, '4.2: execute_kw');
is_deeply(kw($uid{admin}, $pw, 'res.users', 'context_get')->{value}, \%me, '... without arguments');
for my $none ({}, undef, '', $false, []) {
    is_deeply(kw($uid{admin}, $pw, 'res.users', 'context_get', [], $none)->{value}, \%me,
              '4.2: no arguments by name: ' . (defined $none ? $json->encode($none) : 'nil'));
}
is_deeply(kw($uid{admin}, $pw, 'res.users', 'context_get', [], { context => { lang => 'lt_LT' } })->{value}, \%me, 'with a context');
is_deeply(xml_call($client, $object, 'execute', $DB, $uid{admin}, $pw, 'res.users', 'context_get')->{value}, \%me, '4.2: execute');
is_deeply(kw($uid{pia}, $pw, 'res.users', 'context_get', [])->{value}{uid}, $uid{pia}, 'a customer, too');
fault_is(kw($uid{admin}, 'wrong', 'res.users', 'context_get', []), 3, qr/Login or password is wrong/, '4.2: fault 3 for a wrong password');
fault_is(kw($uid{agent}, "$pw-of-another", 'res.users', 'context_get', []), 3, qr/wrong/, '... of another');
fault_is(kw(999, $pw, 'res.users', 'context_get', []), 3, qr/wrong/, '... for no user');
for my $odd (0, -1, \'<string>1</string>', $true, 4294967296, \'<i8>9223372036854775807</i8>', undef) {
    fault_is(kw($odd, $pw, 'res.users', 'context_get', []), 3, qr/wrong/, '... for an odd uid');
}
fault_is(xml_call($client, $object, 'execute_kw', 'other', $uid{admin}, $pw, 'res.users', 'context_get', []), 1, qr/database "other"/, 'a wrong database');
fault_is(xml_call($client, $object, 'execute_kw', $DB, $uid{admin}, $pw), 1, qr/^TypeError: .* needs database/, 'too few arguments');
fault_is(kw($uid{admin}, $pw, 'res.users', '_private', []), 4, qr/Private methods/, '4.2: a name that begins with _ is fault 4');
fault_is(kw($uid{admin}, $pw, 'no.model', 'search', []), 1, qr/^KeyError: 'no\.model'/, 'no such model');
fault_is(kw($uid{admin}, $pw, 'res.users', 'no_method', []), 1, qr/^AttributeError: .*'res\.users\.no_method'/, 'no such method');
fault_is(kw(999, $pw, 'no.model', 'search', []), 3, qr/wrong/, '... which nobody learns who did not sign in');
fault_is(kw($uid{admin}, $pw, 'res.users', 'context_get', [1]), 1, qr/takes 0 positional arguments but 1 were given/, 'too many');
fault_is(kw($uid{admin}, $pw, 'res.users', 'context_get', [], { limit => 1 }), 1, qr/unexpected keyword argument 'limit'/, '4.2: unknown by name');
fault_is(kw($uid{admin}, $pw, 'res.users', 'context_get', [], { ids => [1] }), 1, qr/called without ids/, 'ids where there are none');
fault_is(kw($uid{admin}, $pw, 'res.users', 'context_get', 'x'), 1, qr/Arguments must be a list/, 'no list');
fault_is(kw($uid{admin}, $pw, 'res.users', 'context_get', [], 'x'), 1, qr/must be a struct/, 'no struct');
fault_is(kw($uid{admin}, $pw, 'res.users', 'context_get', [], { context => 'x' }), 1, qr/context must be a struct/, 'no context');
fault_is(kw($uid{admin}, $pw, 'res.users', 'context_get', [], { context => { allowed_company_ids => [77] } }), 4, qr/compan/,
         "another company's");
is_deeply(kw($uid{admin}, $pw, 'res.users', 'context_get', [], { context => { allowed_company_ids => [1] } })->{value}, \%me, "one's own");

# ---- version 1: string codes ----

sub v1 { return xml_call($client, '/xmlrpc/object', 'execute_kw', $DB, @_) }
is_deeply(v1($uid{admin}, $pw, 'res.users', 'context_get', [])->{value}, \%me, '4.1: version 1');
is_deeply(v1($uid{admin}, 'wrong', 'res.users', 'context_get', [])->{fault}, { faultCode => 'AccessDenied', faultString => 'Login or password is wrong.' },
          '4.2: version 1: AccessDenied');
$r = v1($uid{admin}, $pw, 'res.users', '_x', [])->{fault};
like($r->{faultCode}, qr/^warning -- AccessError\n\nPrivate/, '4.2: version 1: a warning');
is($r->{faultString}, '', '... and no text');
$r = v1($uid{admin}, $pw, 'res.users', 'no_method', [])->{fault};
like($r->{faultCode}, qr/^The method/, '4.2: version 1: the message');
like($r->{faultString}, qr/^AttributeError/, '... and its class');

# ---- bytes that are no call ----

for my $body ('', 'x', '<methodCall/>', '{"a":1}', "\0", '<!DOCTYPE a [<!ENTITY b "c">]><methodCall><methodName>version</methodName></methodCall>') {
    fault_is(xml_post($client, $common, $body), 1, qr/is not an XML-RPC call/, 'no call: ' . substr $body, 0, 30);
}
my $deep = '<value><array><data>' x 60 . '</data></array></value>' x 60;
fault_is(xml_post($client, $common, "<methodCall><methodName>version</methodName><params><param>$deep</param></params></methodCall>"), 1,
         qr/too deeply/, 'too deep');
is($client->request(POST => $common, 'a=b', type => 'application/x-www-form-urlencoded')->{status}, 200, 'a form is no call');
fault_is(xml_post($client, $common, 'a=b', type => 'text/plain'), 1, qr/application\/json|Content-Type|text\/xml/, '... a fault');
is($client->request(GET => $common)->{status}, 405, 'GET is refused');
is($client->request(POST => '/xmlrpc/2/nothing', '', type => 'text/xml')->{status}, 404, 'no such path');
is($client->request(POST => '/jsonrpc', '{"a":', type => 'application/json')->{status}, 400, '4.3: malformed JSON is 400');
like($client->request(POST => '/jsonrpc', '{"a":')->{headers}{'content-type'}, qr{^text/plain}, '... with a text');
is($client->request(POST => '/jsonrpc', '[1]')->{status}, 400, '... and so is a batch');
is(json_rpc($client, '/jsonrpc', { service => 'common', method => 'version' }, type => 'application/json-rpc')->{status}, 200, '4.3: application/json-rpc');
is(json_rpc($client, '/jsonrpc', { service => 'common', method => 'version' }, type => 'text/plain')->{status}, 415, 'T-11: nothing a form can send');
data_is(json_rpc($client, '/jsonrpc', []), 'builtins.ValueError', qr/params must be an object/, 'params');
data_is(json_rpc($client, '/jsonrpc', {}), 'builtins.ValueError', qr/needs service, method/, 'no service');
data_is(json_rpc($client, '/jsonrpc', { service => 'session', method => 'destroy', args => [] }), 'builtins.AttributeError', qr/has no method/,
        'names of other wires are not services');

# ---- JSON-RPC ----

sub jkw { return json_rpc($client, '/jsonrpc', { service => 'object', method => 'execute_kw', args => [ $DB, @_ ] }) }
is_deeply(jkw($uid{admin}, $pw, 'res.users', 'context_get', [])->{json}, { jsonrpc => '2.0', id => 17, result => \%me }, '4.3: execute_kw');
$r = jkw($uid{admin}, $pw, 'res.users', '_x', []);
my $e = $r->{json}{error};
is_deeply([ $r->{status}, $r->{json}{id}, @$e{qw(code message)}, sort keys %{ $e->{data} } ],
          [ 200, 17, 200, 'Odoo Server Error', qw(arguments context debug message name) ], '4.3: an error object with status 200');
is_deeply([ $e->{data}{name}, $e->{data}{arguments}, $e->{data}{context} ], [ 'odoo.exceptions.AccessError', [ $e->{data}{message} ], {} ], '... its data');
data_is(jkw($uid{admin}, 'wrong', 'res.users', 'context_get', []), 'odoo.exceptions.AccessDenied', qr/wrong/, '4.3: AccessDenied');
data_is(jkw($uid{admin}, $pw, 'no.model', 'search', []), 'builtins.KeyError', qr/no\.model/, '4.3: KeyError');
data_is(jkw($uid{admin}, $pw, 'res.users', 'search_x', []), 'builtins.AttributeError', qr/search_x/, '4.3: AttributeError');
for my $id (undef, 'abc', 1.5, [1], { a => 1 }) {
    my $r = $client->request(POST => '/jsonrpc', $json->encode({ id => $id, params => { service => 'common', method => 'version' } }));
    is_deeply($r->{json}{id}, $id, '4.3: the id comes back');
}

# ---- what a call costs: one hash, then none; and it counts at once that a password changed or a user left ----

my $admin = $desk->login('admin');
{
    kw($uid{agent}, $pw, 'res.users', 'context_get', []);
    my $n = 20;
    my $begin = Time::HiRes::time();
    kw($uid{agent}, $pw, 'res.users', 'context_get', []) for 1 .. $n;
    my $per_call = (Time::HiRes::time() - $begin) / $n;
    $begin = Time::HiRes::time();
    kw($uid{agent}, "$pw-$_", 'res.users', 'context_get', []) for 1 .. 2;
    my $per_hash = (Time::HiRes::time() - $begin) / 2;
    cmp_ok($per_call, '<', $per_hash / 2, sprintf 'a proven password is not hashed again (%.1f ms, a hash %.1f ms)', 1000 * $per_call, 1000 * $per_hash);
}
my $left = $admin->api(GET => "/users/$uid{left}")->{json};
is(kw($uid{left}, $pw, 'res.users', 'context_get', [])->{value}{uid}, $uid{left}, 'while he is there');
is($admin->api(PATCH => "/users/$uid{left}", { active => $false })->{status}, 200, 'archived');
fault_is(kw($uid{left}, $pw, 'res.users', 'context_get', []), 3, qr/wrong/, 'T-12: an archived user is refused at once');
is($admin->api(PATCH => "/users/$uid{left}", { active => $true })->{status}, 200, 'back again');
my $new = 'cobalt-window-77-softly';
is($admin->api(PUT => "/users/$uid{left}/password", { password => $new })->{status} =~ /^20[04]$/ ? 1 : 0, 1, 'another password');
fault_is(kw($uid{left}, $pw, 'res.users', 'context_get', []), 3, qr/wrong/, 'T-12: the old password is refused at once');
is(kw($uid{left}, $new, 'res.users', 'context_get', [])->{value}{uid}, $uid{left}, '... the new one counts');

# twenty at once before anything is proven: two hashes a worker, and nobody is taken for a guesser
$desk->stop->start;
my @first = parallel(20, sub {
    my $c = $desk->client;
    return xml_call($c, $object, 'execute_kw', $DB, $uid{agent}, $pw, 'res.users', 'context_get', [])->{value}{uid};
});
is_deeply(\@first, [ ($uid{agent}) x 20 ], 'T-27: twenty connections prove their password together') or diag explain \@first;

# ---- API tokens ----

my %token = map { my $scopes = $_; $scopes => $admin->api(POST => '/tokens', { name => $scopes, scopes => [ split /,/, $scopes ] })->{json}{token} }
    'read', 'read,write', 'read,write,admin';
is(xml_call($client, $common, 'authenticate', $DB, 'admin', $token{read}, {})->{value}, $uid{admin}, '4.4: a token is a password');
is(xml_call($client, $common, 'authenticate', $DB, 'agent', $token{read}, {})->{value}, $false, "... its owner's alone");
is_deeply(kw($uid{admin}, $token{read}, 'res.users', 'context_get', [])->{value}, \%me, '4.4: in a call');
fault_is(kw($uid{agent}, $token{read}, 'res.users', 'context_get', []), 3, qr/wrong/, "... of its owner alone");

# ---- sessions ----

sub session_call {
    my ($path, $params, %headers) = @_;
    return json_rpc($client, $path, $params, headers => \%headers);
}
$r = session_call('/web/session/authenticate', { db => $DB, login => 'agent', password => $pw });
my $s = $r->{json}{result};
is_deeply([ @$s{qw(uid is_admin is_system is_internal_user db server_version name username partner_display_name user_id web.base.url)} ],
          [ $uid{agent}, $false, $false, $true, $DB, '17.0', 'Agent', 'agent', 'Agent', [ $uid{agent} ], $desk->base ], '4.3: authenticate');
is_deeply($s->{user_context}, { lang => 'en_US', tz => 'UTC', uid => $uid{agent} }, '... user_context');
is_deeply($s->{user_companies}, { current_company => 1, allowed_companies => { 1 => { id => 1, name => 'Test Company', sequence => 0 } } }, '... companies');
like($r->{cookies}[0], qr/^session_id=[A-Za-z0-9_-]{43};/, '4.3: session_id is the first cookie, without "=" in its value');
like($r->{cookies}[0], qr/; HttpOnly; SameSite=Lax$/, '... HttpOnly, SameSite');
my ($sid) = $r->{cookies}[0] =~ /^session_id=([^;]+)/;
my %call = (model => 'res.users', method => 'context_get', args => [], kwargs => {});
for my $how ([ 'X-Openerp-Session-Id' => $sid ], [ Cookie => "a=b; session_id=$sid" ]) {
    is_deeply(session_call('/web/dataset/call_kw', \%call, @$how)->{json}{result}{uid}, $uid{agent}, "4.3: call_kw by $how->[0]");
    is_deeply(session_call('/web/dataset/call_kw/res.users/context_get', \%call, @$how)->{json}{result}{uid}, $uid{agent}, '... with names in the path');
    is(session_call('/web/session/get_session_info', {}, @$how)->{json}{result}{username}, 'agent', '... get_session_info');
}
for my $none ([], [ Cookie => 'session_id=' . 'A' x 43 ], [ 'X-Openerp-Session-Id' => 'x' ], [ Cookie => "sid=$sid" ]) {
    my $r = session_call('/web/dataset/call_kw', \%call, @$none);
    is_deeply([ $r->{status}, @{ $r->{json}{error} }{qw(code message)}, $r->{json}{error}{data}{name} ],
              [ 200, 100, 'Odoo Session Expired', 'odoo.http.SessionExpiredException' ], '4.3: without a session');
}
is(session_call('/web/session/get_session_info', {})->{json}{error}{code}, 100, '... get_session_info without one');
for my $foreign ([ Origin => 'https://elsewhere.example' ], [ 'Sec-Fetch-Site' => 'cross-site' ]) {
    my $r = session_call('/web/dataset/call_kw', \%call, Cookie => "session_id=$sid", @$foreign);
    is($r->{json}{error}{data}{name}, 'odoo.exceptions.AccessError', "T-11: from another site's page: $foreign->[0]");
    $r = json_rpc($client, '/web/dataset/call_kw', \%call, type => 'text/plain', headers => { Cookie => "session_id=$sid", @$foreign });
    is($r->{status}, 415, '... as a form could send it');
}
data_is(session_call('/web/session/authenticate', { db => $DB, login => 'agent', password => 'wrong' }), 'odoo.exceptions.AccessDenied', qr/wrong/, '4.3: a bad login');
data_is(session_call('/web/session/authenticate', { db => 'other', login => 'agent', password => $pw }), 'psycopg2.OperationalError', qr/"other"/, 'a wrong database');
data_is(session_call('/web/session/authenticate', { db => $DB, login => 'admin', password => $token{read} }), 'odoo.exceptions.AccessDenied', qr/wrong/,
        'a token begins no session: it may do less');
data_is(session_call('/web/session/authenticate', { db => $DB }), 'odoo.exceptions.AccessDenied', qr/wrong/, 'without a login');
$r = session_call('/web/session/authenticate', { db => $DB, login => 'agent', password => $pw }, Cookie => "session_id=$sid");
is(session_call('/web/dataset/call_kw', \%call, Cookie => "session_id=$sid")->{json}{error}{code}, 100, 'T-12: a new session ends the one before');
($sid) = $r->{cookies}[0] =~ /^session_id=([^;]+)/;
$r = session_call('/web/session/destroy', {}, Cookie => "session_id=$sid");
is_deeply($r->{json}, { jsonrpc => '2.0', id => 17, result => undef }, '4.3: destroy');
is(session_call('/web/dataset/call_kw', \%call, Cookie => "session_id=$sid")->{json}{error}{code}, 100, '... and it is over');
is(session_call('/web/session/destroy', {})->{json}{result}, undef, '... twice does no harm');

# ---- JSON-2 ----

sub json2 {
    my ($path, $body, $token, %headers) = @_;
    return $client->request(POST => "/json/2/$path", ref $body ? $json->encode($body) : $body, type => 'application/json; charset=utf-8',
                            headers => { defined $token ? (Authorization => "bearer $token") : (), %headers });
}
$r = json2('res.users/context_get', {}, $token{read});
is_deeply([ $r->{status}, $r->{json} ], [ 200, \%me ], '4.4: the bare value');
is(json2('res.users/context_get', {}, $token{read}, 'X-Odoo-Database' => $DB)->{status}, 200, '4.4: the database, named');
my @tries = (
    [ 'res.users/context_get', {}, undef, 401, 'odoo.exceptions.AccessDenied' ],
    [ 'res.users/context_get', {}, 'hd_wrong', 401, 'odoo.exceptions.AccessDenied' ],
    [ 'res.users/context_get', {}, $pw, 401, 'odoo.exceptions.AccessDenied' ],
    [ 'no.model/search', {}, $token{read}, 404, 'builtins.KeyError' ],
    [ 'res.users/no_method', {}, $token{read}, 404, 'builtins.AttributeError' ],
    [ 'res.users', {}, $token{read}, 404, 'builtins.KeyError' ],
    [ 'res.users/context_get/x', {}, $token{read}, 404, 'builtins.KeyError' ],
    [ 'res.%FFusers/search', {}, $token{read}, 404, 'builtins.KeyError' ],
    [ 'res.users/_x', {}, $token{read}, 403, 'odoo.exceptions.AccessError' ],
    [ 'res.users/context_get', { limit => 1 }, $token{read}, 422, 'builtins.TypeError' ],
    [ 'res.users/context_get', { ids => [1] }, $token{read}, 422, 'builtins.TypeError' ],
    [ 'res.users/context_get', [], $token{read}, 422, 'builtins.TypeError' ],
    [ 'res.users/context_get', '{', $token{read}, 400, 'builtins.ValueError' ],
);
for my $t (@tries) {
    my $r = json2(@$t[ 0 .. 2 ]);
    is_deeply([ $r->{status}, $r->{json}{name} ], [ @$t[ 3, 4 ] ], "4.4: $t->[3] for $t->[0]") or diag $r->{body};
    is_deeply([ sort keys %{ $r->{json} // {} } ], [ 'arguments', 'context', 'debug', 'message', 'name' ], '... in its form');
}
is(json2('res.users/context_get', {}, $token{read}, 'X-Odoo-Database' => 'other')->{status}, 404, '4.4: another database');
for my $path ('/json/2', '/json/2/', '/json/2/res.users/context_get') {
    my $r = $client->request(GET => $path);
    is_deeply([ $r->{status}, $r->{json}{message} =~ m{POST /json/2/<model>/<method>} ], [ 404, 1 ], "4.4: GET $path is 404 with a hint");
}

# ---- one's own password (T-04, T-12): by the rules of REST ----

sub begin_session {
    my $r = session_call('/web/session/authenticate', { db => $DB, login => 'cora', password => $_[0] });
    return [ Cookie => ($r->{cookies}[0] // '') =~ /^(session_id=[^;]+)/ ? $1 : die $r->{body} ];
}
sub uid_in { return session_call('/web/dataset/call_kw', \%call, @{ $_[0] })->{json}{result}{uid} // 'expired' }
sub change { my ($secret, @args) = @_; return xml_call($client, $object, 'execute_kw', $DB, $uid{cora}, $secret, 'res.users', 'change_password', @args) }
my ($first, $second, $third) = map { "violet-harbour-$_-softly" } 1 .. 3;
my $before = begin_session($pw);
fault_is(change($pw, [ 'not-this-one-at-all', $first ]), 3, qr/not the present password/, 'change_password: a wrong one');
fault_is(change($pw, [ $pw, 'short' ]), 2, qr/new_password/, '... a weak one');
fault_is(change($pw, [ $pw, 7 ]), 1, qr/takes the present password/, '... no text');
fault_is(change($pw, [$pw]), 1, qr/missing 1 required positional argument: 'new_passwd'/, '... half of it');
is(uid_in($before), $uid{cora}, '... and nothing has changed');
is(change($pw, [ $pw, $first ])->{value}, $true, 'change_password');
is(uid_in($before), 'expired', 'T-12: ... ends the sessions');
fault_is(kw($uid{cora}, $pw, 'res.users', 'context_get', []), 3, qr/wrong/, '... and the old one, proven as it was');
my ($here, $elsewhere) = map { begin_session($first) } 1, 2;
$r = session_call('/web/dataset/call_kw', { model => 'res.users', method => 'change_password', args => [],
                                            kwargs => { old_passwd => $first, new_passwd => $second } }, @$here);
is($r->{json}{result}, $true, '... within a session, by name') or diag $r->{body};
is_deeply([ uid_in($here), uid_in($elsewhere) ], [ $uid{cora}, 'expired' ], 'T-12: ... which goes on; others end');
sub form { my ($old, $new, $again) = @_; return { fields => [ { name => 'old_pwd', value => $old }, { name => 'new_password', value => $new },
                                                             { name => 'confirm_pwd', value => $again } ] } }
data_is(session_call('/web/session/change_password', form($second, $third, $first), @$here), 'odoo.exceptions.UserError', qr/confirmation/,
        '/web/session/change_password: not the same twice');
data_is(session_call('/web/session/change_password', form('wrong-wrong-wrong', $third, $third), @$here), 'odoo.exceptions.AccessDenied', qr/present/, '... a wrong one');
is(session_call('/web/session/change_password', form($second, $third, $third))->{json}{error}{code}, 100, '... without a session');
is(session_call('/web/session/change_password', form($second, $third, $third), @$here)->{json}{result}, $true, '... the right one');
is(kw($uid{cora}, $third, 'res.users', 'context_get', [])->{value}{uid}, $uid{cora}, '... counts from now on');
my $key = $desk->login('cora', $third)->api(POST => '/tokens', { name => 'k', scopes => [ 'read', 'write' ] })->{json}{token};
fault_is(change($key, [ $third, $pw ]), 4, qr/./, 'an API token changes no password');
is(json2('res.users/change_password', { old_passwd => $third, new_passwd => $pw }, $key)->{status}, 403, '... nor by JSON-2');
my $guesser = $desk->client;
$guesser->{from} = '127.0.0.11';
$r = undef;
for (1 .. 14) {
    $r = xml_call($guesser, $object, 'execute_kw', $DB, $uid{cora}, $third, 'res.users', 'change_password', [ "guess-number-$_", $first ]);
}
fault_is($r, 3, qr/Too many attempts/, 'T-27: throttled as signing in is');

# ---- throttled as the login is (T-27); last, because it locks ----

kw($uid{pia}, $pw, 'res.users', 'context_get', []);
my $stranger = $desk->client;
$stranger->{from} = '127.0.0.9';
my ($denied, $last) = (0);
for my $i (1 .. 14) {
    $last = xml_call($stranger, $object, 'execute_kw', $DB, $uid{pia}, "guess-number-$i", 'res.users', 'context_get', []);
    $denied++ if ($last->{fault}{faultString} // '') =~ /wrong/;
}
is($denied, 10, 'T-27: ten wrong passwords an account');
fault_is($last, 3, qr/Too many attempts/, '... then it must wait');
like($last->{headers}{'retry-after'}, qr/^\d+$/, '... so long');
fault_is(xml_call($stranger, $common, 'authenticate', $DB, 'pia', $pw, {}), 3, qr/Too many attempts/, '... also the right one, from there');
is(kw($uid{pia}, $pw, 'res.users', 'context_get', [])->{value}{uid}, $uid{pia}, '... but who proved it from elsewhere goes on');
my $insider = $desk->client;
$insider->{from} = '127.0.0.10';
is(xml_call($insider, $common, 'authenticate', $DB, 'agent', $pw, {})->{value}, $uid{agent}, 'proven at an address');
xml_call($insider, $common, 'authenticate', $DB, 'agent', "guess-$_", {}) for 1 .. 12;
fault_is(xml_call($insider, $object, 'execute_kw', $DB, $uid{agent}, $pw, 'res.users', 'context_get', []), 3, qr/Too many attempts/,
         'T-27: from which wrong ones came too often: a proof does not help to guess');

# ---- closed without the directive ----

$desk->write_conf(server => '')->reload;
ok(wait_until(5, sub { $desk->client->request(POST => '/jsonrpc', '{}')->{status} =~ /^40[45]$/ }), 'closed until helpdesk_rpc stands there');

done_testing();
