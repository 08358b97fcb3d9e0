#!/usr/bin/perl

# Properties of tickets: definitions on the team, values on the ticket (TKT-12).

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Helpdesk;

my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $desk = Helpdesk->new(workers => 2, sync => 'off')->seed->start;
my ($admin, $agent) = map { $desk->login($_) } qw(admin agent);

# ---- definitions ----

my @all = ({ label => 'Serial number', type => 'text' }, { label => 'Story', type => 'multiline' }, { label => 'Rich', type => 'html' },
           { label => 'Paid', type => 'checkbox', default => $true }, { label => 'Count', type => 'integer', default => 7 },
           { label => 'Weight', type => 'decimal' }, { label => 'Price', type => 'monetary', currency => 'EUR', in_cards => $true },
           { label => 'Bought', type => 'date' }, { label => 'Seen', type => 'datetime' }, { label => 'Rest', type => 'separator' },
           { label => 'Colour', type => 'selection', options => [ 'red', { value => 'b', label => 'Blue', color => 4 } ], default => 'b' },
           { label => 'Parts', type => 'tags', options => [qw(door wheel seat)] },
           { label => 'Owner', type => 'many2one', comodel => 'contact' }, { label => 'Teams', type => 'many2many', comodel => 'team' });
my $r = $admin->api(POST => '/teams', { name => 'Cars', ticket_properties => \@all });
is($r->{status}, 201, 'TKT-12: a team with every type of property') or BAIL_OUT($r->{body});
my $cars = $r->{json}{id};
my @made = @{ $admin->api(GET => "/teams/$cars")->{json}{ticket_properties} };
is_deeply([ map { $_->{name} } @made ], [qw(serial_number story rich paid count weight price bought seen rest colour parts owner teams)],
          'TKT-12: names are made from labels');
is_deeply($made[10], { name => 'colour', type => 'selection', label => 'Colour', in_cards => $false, default => 'b',
                       options => [ { value => 'red', label => 'red' }, { value => 'b', label => 'Blue', color => 4 } ] },
          'TKT-12: options are stored in full');
is_deeply([ @{ $made[6] }{qw(currency in_cards)} ], [ 'EUR', $true ], 'TKT-12: money has a currency; what stands on cards says so');
is_deeply($admin->api(PATCH => "/teams/$cars", { ticket_properties => \@made })->{json}{ticket_properties}, \@made,
          'TKT-12: written back they are the same');

my %bad = (
    'ticket_properties[0].type required' => [ { label => 'x' } ],
    'ticket_properties[1].type not_an_option' => [ $all[0], { label => 'x', type => 'char' } ],
    'ticket_properties[0].type wrong_type' => [ { label => 'x', type => 5 } ],
    'ticket_properties[0] wrong_type' => ['x'],
    'ticket_properties[0].label required' => [ { type => 'text' } ],
    'ticket_properties[0].label too_long' => [ { type => 'text', label => 'x' x 121 } ],
    'ticket_properties[0].name not_allowed' => [ { name => 'Big Name', type => 'text' } ],
    'ticket_properties[1].name taken' => [ { name => 'a', type => 'text' }, { name => 'a', type => 'integer' } ],
    'ticket_properties[0].options required' => [ { label => 'x', type => 'selection' } ],
    'ticket_properties[0].options not_allowed' => [ { label => 'x', type => 'text', options => ['a'] } ],
    'ticket_properties[0].options[1] taken' => [ { label => 'x', type => 'tags', options => [qw(a a)] } ],
    'ticket_properties[0].comodel required' => [ { label => 'x', type => 'many2one' } ],
    'ticket_properties[0].comodel not_an_option' => [ { label => 'x', type => 'many2one', comodel => 'session' } ],
    'ticket_properties[0].currency not_allowed' => [ { label => 'x', type => 'monetary', currency => 'euro' } ],
    'ticket_properties[0].default not_an_option' => [ { label => 'x', type => 'selection', options => ['a'], default => 'b' } ],
    'ticket_properties[0].default wrong_type' => [ { label => 'x', type => 'integer', default => 'b' } ],
    'ticket_properties[0].default not_allowed' => [ { label => 'x', type => 'separator', default => 1 } ],
    'ticket_properties[0].in_cards wrong_type' => [ { label => 'x', type => 'text', in_cards => 1 } ],
    'ticket_properties[0].zz unknown_field' => [ { label => 'x', type => 'text', zz => 1 } ],
    'ticket_properties too_many' => [ map { { label => "x$_", type => 'text' } } 1 .. 101 ],
);
for my $want (sort keys %bad) {
    my $x = $admin->api(PATCH => "/teams/$cars", { ticket_properties => $bad{$want} });
    is(join(', ', $x->{status}, map { "$_->{field} $_->{code}" } @{ $x->{json}{fields} }), "422, $want", "TKT-12: $want");
}
$r = $admin->api(PATCH => "/teams/1", { ticket_properties => [ { label => "\x{0160}altis", type => 'text' }, { label => '7', type => 'text' },
                                                               { label => '7', type => 'text' }, { label => "\x{6f22}", type => 'text' } ] });
is_deeply([ map { $_->{name} } @{ $r->{json}{ticket_properties} } ], [qw(saltis p_7 p_7_2 p_)], 'TKT-12: names of odd labels differ');
is($agent->api(PATCH => "/teams/$cars", { ticket_properties => [] })->{status}, 403, 'TKT-12: definitions are for administrators');

# ---- values ----

my $owner = $admin->api(POST => '/contacts', { name => 'Owner' })->{json}{id};
my %values = (serial_number => ' AX-17 ', story => "one\ntwo", rich => '<b>x</b>', paid => $false, count => -5, weight => 1.5,
              price => 19.99, bought => '2024-02-29', seen => '2026-11-21T10:00:00+02:00', colour => 'red', parts => [qw(seat door seat)],
              owner => $owner, teams => [ $cars, 1, 1 ]);
my %stored = (%values, serial_number => 'AX-17', seen => '2026-11-21T08:00:00.000Z', parts => [qw(door seat)], teams => [ 1, $cars ]);
$r = $agent->api(POST => '/tickets', { name => 'Full', team_id => $cars, properties => \%values });
is($r->{status}, 201, 'TKT-12: a ticket with a value of every type') or diag($r->{body});
my $full = $r->{json}{id};
is_deeply($r->{json}{properties}, \%stored, 'TKT-12: stored in one form');
is_deeply($agent->api(GET => "/tickets/$full")->{json}{properties}, \%stored, 'TKT-12: and read back');
my $plain = $agent->api(POST => '/tickets', { name => 'Plain', team_id => $cars })->{json};
is_deeply($plain->{properties}, { paid => $true, count => 7, colour => 'b' }, 'TKT-12: defaults on create');
is_deeply($agent->api(POST => '/tickets', { name => 'x', team_id => $cars, properties => { count => undef, colour => 'red' } })->{json}{properties},
          { paid => $true, colour => 'red' }, 'TKT-12: null takes a default away');

my %wrong = (
    'serial_number wrong_type' => { serial_number => 5 }, 'serial_number too_long' => { serial_number => 'x' x 1001 },
    'paid wrong_type' => { paid => 1 }, 'count wrong_type' => { count => 1.5 }, 'count out_of_range' => { count => 9007199254740993 },
    'weight wrong_type' => { weight => 'heavy' }, 'price out_of_range' => { price => 1.5e15 }, 'bought bad_date' => { bought => '2023-02-29' },
    'seen bad_time' => { seen => '2026-11-21' }, 'colour not_an_option' => { colour => 'green' },
    'parts[1] not_an_option' => { parts => [qw(door roof)] }, 'parts wrong_type' => { parts => 'door' },
    'owner not_found' => { owner => 9999 }, 'owner not_an_id' => { owner => -1 }, 'teams[0] not_found' => { teams => [77] },
    'rest not_allowed' => { rest => 'x' }, 'zz unknown_field' => { zz => 'x' },
);
for my $want (sort keys %wrong) {
    my $x = $agent->api(PATCH => "/tickets/$full", { properties => $wrong{$want} });
    is(join(', ', $x->{status}, map { "$_->{field} $_->{code}" } @{ $x->{json}{fields} }), "422, properties.$want", "TKT-12: $want");
}
is($agent->api(PATCH => "/tickets/$full", { properties => [] })->{status}, 422, 'TKT-12: a list is no set of properties');
is_deeply($agent->api(GET => "/tickets/$full")->{json}{properties}, \%stored, 'TKT-12: nothing of that was stored');

my $patch = sub { my $x = $agent->api(PATCH => "/tickets/$_[0]", { properties => $_[1] }); return $x->{json}{properties} // $x->{body} };
is_deeply($patch->($plain->{id}, { count => 8, story => 'x' }), { paid => $true, count => 8, colour => 'b', story => 'x' }, 'TKT-12: PATCH merges');
is_deeply($patch->($plain->{id}, { count => undef, story => '' }), { paid => $true, colour => 'b' }, 'TKT-12: null and the empty text remove');
is_deeply($patch->($plain->{id}, {}), { paid => $true, colour => 'b' }, 'TKT-12: an empty object changes nothing');
my $version = $agent->api(GET => "/tickets/$plain->{id}")->{json}{version};
$patch->($plain->{id}, { paid => $true });
is($agent->api(GET => "/tickets/$plain->{id}")->{json}{version}, $version, 'TKT-12: the same value again is no change');
is($agent->api(PATCH => "/tickets/$plain->{id}", { properties => undef })->{json}{properties}, undef, 'TKT-12: null for all takes all');

# ---- moving (another team's properties; nothing is lost) ----

my $homes = $admin->api(POST => '/teams', { name => 'Homes', ticket_properties => [ { label => 'Street', type => 'text', default => 'Main' },
    { name => 'count', label => 'Rooms', type => 'integer' }, { name => 'colour', label => 'Colour', type => 'text' },
    { name => 'price', label => 'Price', type => 'text' } ] })->{json}{id};
my $move = sub { my $x = $agent->api(PATCH => "/tickets/$_[0]", $_[1]); return $x->{json}{properties} // $x->{body} };
is_deeply($move->($full, { team_id => $homes }), { street => 'Main', count => -5, colour => 'red' },
          'TKT-12: moved: values the new team knows go along, its defaults come');
is_deeply($patch->($full, { street => undef, price => 'much' }), { count => -5, colour => 'red', price => 'much' }, 'TKT-12: and it is changed there');
is_deeply($move->($full, { team_id => $cars }), \%stored, 'TKT-12: moved back: everything is there again');
is_deeply($move->($full, { team_id => $homes, properties => { count => 3 } }), { count => 3, colour => 'red', price => 'much' },
          'TKT-12: and in the other team what was typed there; a default taken away stays away');
$agent->api(PATCH => "/tickets/$full", { team_id => 1 });
is($agent->api(GET => "/tickets/$full")->{json}{properties}, undef, 'TKT-12: a team that knows none of them shows none');
unlike($agent->api(GET => "/tickets/$full")->{body}, qr/kept|AX-17/, 'TKT-12: what waits is not shown');
is_deeply($move->($full, { team_id => $cars }), { %stored }, 'TKT-12: over three teams nothing is lost: as it left this one');

# ---- a changed definition destroys nothing ----

my @changed = map { { %$_ } } @made;
$changed[4] = { name => 'count', type => 'text', label => 'Count' };
$admin->api(PATCH => "/teams/$cars", { ticket_properties => [ @changed[ 1 .. $#changed ] ] });
is_deeply($agent->api(GET => "/tickets/$full")->{json}{properties}, \%stored, 'TKT-12: a definition goes or changes: values stay');
is($agent->api(PATCH => "/tickets/$full", { properties => { story => 'new' } })->{status}, 200, 'TKT-12: others can be written');
is_deeply($agent->api(GET => "/tickets/$full")->{json}{properties}, { %stored, story => 'new' }, 'TKT-12: without harm to them');
is_deeply($patch->($full, { %stored, count => 'many' }), { %stored, count => 'many' }, 'TKT-12: sent back as it is, an unknown one is no mistake');
is($agent->api(PATCH => "/tickets/$full", { properties => { serial_number => 'other' } })->{status}, 422, 'TKT-12: but it is not written anew');
$admin->api(PATCH => "/teams/$cars", { ticket_properties => \@made });
is($agent->api(GET => "/tickets/$full")->{json}{properties}{serial_number}, 'AX-17', 'TKT-12: the definition returns, the value is there');

my ($out, $err, $status) = $desk->ctl(['fsck'], ok => 0);
is($status, 0, 'the store is sound') or diag("$out$err");
done_testing;
