#!/usr/bin/perl

# Clients from npm, unchanged (spec.md 4.9): odoo-await, odoo-xmlrpc, @fernandoslim/odoo-jsonrpc.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use JSON::PP ();
use Test::More;
use Helpdesk;
use Rpc;

my $root = "$FindBin::Bin/..";
plan skip_all => 'the npm libraries of the tests are not installed' unless -d "$root/html/node_modules/odoo-await";
my $desk = Helpdesk->new(workers => 2, server => $LOCATION)->seed->start;
my $token = $desk->login('admin')->api(POST => '/tokens', { name => 'npm', scopes => [ 'read', 'write', 'admin' ] })->{json}{token};
my %steps = ('odoo-await' => 15, 'odoo-xmlrpc' => 9, 'odoo-jsonrpc password' => 14, 'odoo-jsonrpc key' => 11);

for my $client (sort keys %steps) {
    open my $out, '-|', 'node', '--no-deprecation', "$FindBin::Bin/lib/rpc_clients.mjs", $client, $desk->base, $DB, 'admin', $Helpdesk::PASSWORD, $token
        or die "node: $!";
    my @steps = map { JSON::PP::decode_json($_) } <$out>;
    close $out;
    is($?, 0, "4.9: $client ends well");
    is(scalar @steps, $steps{$client}, '... after all its steps');
    ok($_->{ok}, "4.9: $client: $_->{step}") or diag $_->{got} for @steps;
}

done_testing();
