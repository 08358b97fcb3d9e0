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

my $desk = Helpdesk->new(server => $LOCATION)->seed;
$desk->add_user(pia => 'portal')->start;
my $client = $desk->client;
my $pw = $Helpdesk::PASSWORD;
my $json = JSON::PP->new->utf8->canonical->allow_nonref;
my ($true, $false) = (JSON::PP::true, JSON::PP::false);

# operations: rpc.xml2_common rpc.xml2_object rpc.xml2_db rpc.xml2_report rpc.xml1_common rpc.xml1_object rpc.xml1_db rpc.json
# rpc.session_authenticate rpc.session_info rpc.session_destroy rpc.session_call rpc.session_call_named rpc.version_info
# rpc.database_list rpc.json2 rpc.version

# ---- common ----

my %version = (server_version => '17.0', server_version_info => [ 17, 0, 0, 'final', 0, '' ], server_serie => '17.0',
               protocol_version => 1);
for my $path (qw(/xmlrpc/2/common /xmlrpc/common)) {             # rpc.xml2_common, rpc.xml1_common
    my $r = xml_call($client, $path, 'version');
    is_deeply([ @$r{qw(status value)} ], [ 200, \%version ], "4.2: version() at $path");
    like($r->{headers}{'content-type'}, qr{^text/xml}, 'text/xml');
}
my $r = json_rpc($client, '/jsonrpc', { service => 'common', method => 'version', args => [] });
is_deeply($r->{json}, { jsonrpc => '2.0', id => 17, result => \%version }, '4.3: version() by JSON-RPC');
my $uid = xml_call($client, '/xmlrpc/2/common', 'authenticate', $DB, 'admin', $pw, {})->{value};
like($uid, qr/^\d+$/, '4.2: authenticate() tells the uid');
is(xml_call($client, '/xmlrpc/2/common', 'authenticate', $DB, 'admin', 'wrong', {})->{value}, $false, '4.2: ... or false');
is_deeply(xml_call($client, '/xmlrpc/2/object', 'execute_kw', $DB, $uid, $pw, 'res.users', 'context_get', [])->{value},
          { lang => 'en_US', tz => 'UTC', uid => $uid }, '4.5: context_get');
is_deeply(Rpc->new($desk, 'admin')->kw('res.users', 'context_get'), { lang => 'en_US', tz => 'UTC', uid => $uid }, '4.3: by JSON');

done_testing();
