#!/usr/bin/perl

# What tickets are labelled with: types and tags.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Helpdesk;

my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $desk = Helpdesk->new(workers => 2, sync => 'off')->seed;
$desk->add_user(nora => 'none')->add_user(pia => 'portal')->start;
my ($admin, $agent, $nora, $pia) = map { $desk->login($_) } qw(admin agent nora pia);

# ---- types (TKT-4) ----

my $question = made($admin, '/types', { name => 'Question' });
my $issue = made($admin, '/types', { name => 'Issue', sequence => 0 });
refused($admin, POST => '/types', { name => 'QUESTION' }, 422, 'name:taken', 'TKT-4: names are unique without regard to case');
refused($admin, POST => '/types', { name => ' ' }, 422, 'name:too_short', 'TKT-4: a type has a name');
refused($admin, PATCH => "/types/$issue", { name => 'question' }, 422, 'name:taken', 'TKT-4: also when renamed');
is($admin->api(PATCH => "/types/$issue", { name => 'ISSUE' })->{status}, 200, 'TKT-4: but its own name may change its case');
is($agent->api(POST => '/types', { name => 'Mine' })->{status}, 403, 'TKT-4: types are made by administrators');
is_deeply([ map { $_->{id} } @{ $agent->api(GET => '/types')->{json}{items} } ], [ $issue, $question ],
          'TKT-4: staff reads them in their sequence');
is_deeply($_->api(GET => '/types')->{json}{items}, [], 'TKT-4: nobody else does') for $nora, $pia;

# ---- tags (TKT-5) ----

my $vpn = made($agent, '/tags', { name => 'vpn', color => 3 });
my $vip = made($admin, '/tags', { name => 'VIP', member_ids => [ $agent->{user}{id} ] });
pass('TKT-5: an agent makes a tag on the fly');
refused($agent, POST => '/tags', { name => 'Vpn' }, 422, 'name:taken', 'TKT-5: names are unique without regard to case');
is($agent->api(POST => '/tags', { name => 'x', member_ids => [ $agent->{user}{id} ] })->{status}, 403,
   'TKT-5: who gets tickets with a tag is for administrators');
is($agent->api(PATCH => "/tags/$vpn", { name => 'y' })->{status}, 403, 'TKT-5: and so is changing one');
is($agent->api(DELETE => "/tags/$vpn")->{status}, 403, 'TKT-5: or deleting it');
is($_->api(POST => '/tags', { name => 'z' })->{status}, 403, 'TKT-5: others make none') for $nora, $pia;
refused($admin, PATCH => "/tags/$vpn", { member_ids => [ $pia->{user}{id} ] }, 422, 'member_ids:not_allowed',
        'MAN-2: a portal user gets no tickets');

# ---- on tickets ----

my $r = $agent->api(POST => '/tickets', { name => 'Labelled', ticket_type_id => $issue, tag_ids => [ $vip, $vpn, $vip ],
                                          color => 5, email_cc => 'a@example.com, b@example.com' });
is($r->{status}, 201, 'TKT-1: a ticket with type, tags, colour and addresses in copy');
my $t = $r->{json};
is_deeply([ @$t{qw(ticket_type_id color email_cc)} ], [ $issue, 5, 'a@example.com, b@example.com' ], 'TKT-1: keeps them');
is_deeply($t->{tag_ids}, [ $vpn, $vip ], 'TKT-5: each tag once');
refused($agent, POST => '/tickets', { name => 'x', ticket_type_id => 99 }, 422, 'ticket_type_id:not_found', 'TKT-4: no such type');
refused($agent, POST => '/tickets', { name => 'x', tag_ids => [99] }, 422, 'tag_ids:not_found', 'TKT-5: no such tag');

is($admin->api(PATCH => "/$_", { active => $false })->{status}, 200, "$_ is archived") for "types/$issue", "tags/$vpn";
refused($agent, POST => '/tickets', { name => 'x', ticket_type_id => $issue }, 422, 'ticket_type_id:archived',
        'TKT-4: an archived type is not chosen any more');
refused($agent, POST => '/tickets', { name => 'x', tag_ids => [$vpn] }, 422, 'tag_ids:archived', 'TKT-5: nor is an archived tag');
is($agent->api(PATCH => "/tickets/$t->{id}", { name => 'Renamed', tag_ids => [ $vpn, $vip ] })->{status}, 200,
   'TKT-5: a ticket keeps those it has');

for my $path ("types/$issue", "tags/$vpn", "tags/$vip") {
    $r = $admin->api(DELETE => "/$path");
    is($r->{json}{code}, 'in_use', "TKT-4, TKT-5: $path is carried and stays");
    like($r->{json}{title}, qr/Archive it/, 'and the answer says what to do');
}
is($admin->api(PATCH => "/tickets/$t->{id}", { active => $false })->{status}, 200, 'the ticket is archived');
is($admin->api(DELETE => "/tags/$vpn")->{status}, 409, 'TKT-5: an archived ticket carries its tags too');
is($admin->api(PATCH => "/tickets/$t->{id}", { tag_ids => [], ticket_type_id => undef })->{status}, 200, 'they are taken off');
is($admin->api(DELETE => "/$_")->{status}, 204, "$_ can go") for "types/$issue", "tags/$vpn", "tags/$vip";

# ---- the customer's company (TKT-1) ----

my $group = made($admin, '/contacts', { name => 'Group', is_company => $true });
my $anna = made($admin, '/contacts', { name => 'Anna', parent_id => $group });
my $solo = made($admin, '/contacts', { name => 'Solo' });
$t = $agent->api(POST => '/tickets', { name => 'x', partner_id => $anna })->{json};
is($t->{commercial_partner_id}, $group, 'TKT-1: commercial_partner_id is the company of the customer');
is($agent->api(PATCH => "/tickets/$t->{id}", { partner_id => $solo })->{json}{commercial_partner_id}, $solo,
   'TKT-1: or the customer');
is($agent->api(PATCH => "/tickets/$t->{id}", { partner_id => undef })->{json}{commercial_partner_id}, undef, 'TKT-1: or nobody');

# ---- the customer comes to another company ----

my $other = $agent->api(POST => '/contacts', { name => 'Other Group', is_company => $true })->{json}{id};
my $mover = $agent->api(POST => '/contacts', { name => 'Mover', parent_id => $group })->{json}{id};
my $csv = "name,partner_id\r\n" . join '', map { "of the mover $_,$mover\r\n" } 1 .. 1700;
is($agent->api(POST => '/tickets/import', undef, raw_body => $csv, type => 'text/csv')->{json}{created}, 1700, '1,700 tickets of one customer');
my $of = sub { $agent->api(GET => "/tickets/count?name.contains=of%20the%20mover&commercial_partner_id=$_[0]")->{json}{count} };
is($of->($group), 1700, 'TKT-1: all of his company');
is($agent->api(PATCH => "/contacts/$mover", { parent_id => $other })->{status}, 200, 'he comes to another');
ok(wait_until(20, sub { $of->($other) == 1700 }), 'TKT-1: his tickets follow, all of them') or diag($of->($other));
is($of->($group), 0, 'TKT-1: none is left behind');
$agent->api(PATCH => "/contacts/$mover", { is_company => $true });
ok(wait_until(20, sub { $of->($mover) == 1700 }), 'TKT-1: who becomes a company is his own') or diag($of->($mover));
is($agent->api(PATCH => "/contacts/$other", { phone => '7' })->{status}, 200, 'other changes of a company mean nothing to them');
is($of->($mover), 1700, 'TKT-1: so it stays');
$r = $agent->api(PATCH => "/contacts/$group", { is_company => $false });
is_deeply([ $r->{status}, map { "$_->{field} $_->{code}" } @{ $r->{json}{fields} } ], [ 422, 'is_company not_allowed' ], 'TKT-1: people work for it: it stays a company');
$t = $agent->api(PATCH => "/tickets/$t->{id}", { partner_id => $anna, partner_phone => '+370 5' })->{json};
is($agent->api(GET => "/contacts/$anna")->{json}{phone}, '+370 5', 'TKT-1: what the customer lacks is filled from the ticket');
$agent->api(PATCH => "/tickets/$t->{id}", { partner_phone => '+370 6' });
is($agent->api(GET => "/contacts/$anna")->{json}{phone}, '+370 5', 'TKT-1: what the customer has is left alone');

my ($out, $err, $status) = $desk->ctl(['fsck'], ok => 0);
is($status, 0, 'counters equal recounts') or diag("$out$err");
done_testing;

sub made { my $client = shift; return $client->made(@_) }

sub refused {
    my ($client, $method, $path, $body, $status, $field, $name) = @_;
    my $x = $client->api($method, $path, $body);
    my $is = join ' ', map { "$_->{field}:$_->{code}" } @{ $x->{json}{fields} // [] };
    return is("$x->{status} $is", "$status $field", $name);
}
