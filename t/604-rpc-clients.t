#!/usr/bin/perl

# Clients, unchanged: of npm (spec.md 4.9) odoo-await, odoo-xmlrpc, @fernandoslim/odoo-jsonrpc; of Python its own xmlrpc.client.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use JSON::PP ();
use Test::More;
use Helpdesk;
use Rpc;

my $root = "$FindBin::Bin/..";
my $desk = Helpdesk->new(workers => 2, server => $LOCATION)->seed->start;
my $token = $desk->login('admin')->api(POST => '/tokens', { name => 'npm', scopes => [ 'read', 'write', 'admin' ] })->{json}{token};
my %steps = ('odoo-await' => 15, 'odoo-xmlrpc' => 9, 'odoo-jsonrpc password' => 14, 'odoo-jsonrpc key' => 11);

my $has_npm = -d "$root/html/node_modules/odoo-await" or diag 'the npm libraries of the tests are not installed';
for my $client ($has_npm ? sort keys %steps : ()) {
    open my $out, '-|', 'node', '--no-deprecation', "$FindBin::Bin/lib/rpc_clients.mjs", $client, $desk->base, $DB, 'admin', $Helpdesk::PASSWORD, $token
        or die "node: $!";
    my @steps = map { JSON::PP::decode_json($_) } <$out>;
    close $out;
    is($?, 0, "4.9: $client ends well");
    is(scalar @steps, $steps{$client}, '... after all its steps');
    ok($_->{ok}, "4.9: $client: $_->{step}") or diag $_->{got} for @steps;
}

# ---- xmlrpc.client of Python: every type of value there and back, and a fault ----

SKIP: {
    skip 'there is no python3 with xmlrpc.client', 1 if system("python3 -c 'import xmlrpc.client' 2>/dev/null") != 0;
    open my $out, '-|', 'python3', "$FindBin::Bin/lib/rpc_client.py", $desk->base, $DB, 'admin', $Helpdesk::PASSWORD or die "python3: $!";
    my @steps = map { JSON::PP::decode_json($_) } <$out>;
    close $out;
    is($?, 0, "4.2: Python's client ends well");
    is(scalar @steps, 22, '... after all its steps');
    ok($_->{ok}, "4.2: xmlrpc.client: $_->{step}") or diag $_->{got} for @steps;
}

done_testing();
