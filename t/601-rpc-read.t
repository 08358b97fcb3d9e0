#!/usr/bin/perl

# Methods that read, by the Odoo-compatible door (spec.md 4.5, 4.7, 4.8): every method, on every model, for people of every kind.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Helpdesk;
use Rpc;

my $desk = Helpdesk->new(server => $LOCATION)->seed;
$desk->add_user($_->[0] => $_->[1]) for [ una => 'user' ], [ nils => 'none' ], [ pia => 'portal' ];
$desk->start;
my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my %rpc = map { $_ => Rpc->new($desk, $_) } qw(admin una nils pia);
my $rpc = $rpc{admin};
my $api = $desk->login('admin');
my %user = map { $_->{login} => $_ } $desk->dump_records('user');

# ---- a small world ----

sub make {
    my ($path, $body) = @_;
    my $r = $api->api(POST => $path, $body);
    $r->{json} && $r->{json}{id} or die "$path: $r->{status} $r->{body}";
    return $r->{json}{id};
}
my $firm = make('/contacts', { name => 'Acme', is_company => $true });
my $anna = make('/contacts', { name => 'Anna Berg', email => 'anna@acme.example', parent_id => $firm, lang => 'lt' });
my $tag = make('/tags', { name => 'printer', color => 3 });
my $type = make('/types', { name => 'Question' });
my $team = make('/teams', { name => 'Printers', description => 'All about paper' });
my $secret = make('/teams', { name => 'Secret', privacy_visibility => 'invited_internal' });
my @stages = map { make('/stages', { name => $_->[0], team_ids => [ $team, $secret ], fold => $_->[1] ? $true : $false }) }
    [ 'Fresh', 0 ], [ 'Over', 1 ];
my $one = make('/tickets', { name => 'Printer is on fire', team_id => $team, priority => '3', partner_id => $anna,
                             user_id => $user{una}{id}, tag_ids => [$tag], ticket_type_id => $type, description => 'It burns' });
my $two = make('/tickets', { name => 'Paper <jam>', team_id => $team, priority => '1' });
my $three = make('/tickets', { name => 'Toner', team_id => $team, priority => '1',
                               message_partner_ids => [ $user{pia}{partner_id}, $user{nils}{partner_id} ] });
my $hidden = make('/tickets', { name => 'Nobody knows', team_id => $secret });
my $done = make('/tickets', { name => 'Old', team_id => $team });
$api->api(PATCH => "/tickets/$done", { active => $false });
my $said = $api->api(POST => "/tickets/$three/messages", { body => 'Hello **you**', subtype => 'comment' })->{json}{id};
my $noted = $api->api(POST => "/tickets/$three/messages", { body => 'Between us', subtype => 'note' })->{json}{id};
my $act = make('/activities', { ticket_id => $three, activity_type_id => 1, summary => 'Call', date_deadline => '2026-01-05' });
my ($first) = map { [ $_->{id}, $_->{name} ] } grep { $_->{id} == $api->api(GET => "/tickets/$one")->{json}{stage_id} } $desk->dump_records('stage');
my $stamp = qr/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;

# ---- search, search_count, search_read, read ----

is_deeply($rpc->kw('helpdesk.ticket', 'search', [ [] ]), [ $one, $three, $two, $hidden ], '4.5: search, in the order of the model');
is_deeply($rpc->kw('helpdesk.ticket', 'search', [ [] ], { order => 'name desc' }), [ $three, $one, $two, $hidden ], 'order by name');
is_deeply($rpc->kw('helpdesk.ticket', 'search', [ [], 0, 0, 'priority, id' ]), [ $hidden, $two, $three, $one ], 'by several fields');
is_deeply($rpc->kw('helpdesk.ticket', 'search', [ [] ], { offset => 1, limit => 2 }), [ $three, $two ], 'offset and limit');
is_deeply($rpc->kw('helpdesk.ticket', 'search', [ [], 1, 2, 'id' ]), [ $two, $three ], '... by place, with an order');
is_deeply($rpc->kw('helpdesk.ticket', 'search', [ [ [ 'active', '=', $false ] ] ]), [$done], 'archived ones when they are asked for');
is_deeply([ sort @{ $rpc->kw('helpdesk.ticket', 'search', [ [] ], { context => { active_test => $false } }) } ],
          [ sort $one, $two, $three, $hidden, $done ], 'active_test false');
is($rpc->kw('helpdesk.ticket', 'search_count', [ [ [ 'team_id', '=', $team ] ] ]), 3, 'search_count');
is($rpc->kw('helpdesk.ticket', 'search_count', [ [] ], { limit => 2 }), 2, '... up to a limit');
is($rpc->kw('res.partner', 'search_count', [ [ [ 'email', '=', 'anna@acme.example' ] ] ]), 1, '... of contacts, by address');
is_deeply($rpc->kw('helpdesk.ticket', 'search_read', [ [ [ 'priority', '=', '3' ] ], [ 'name', 'team_id' ] ], { limit => 5 }),
          [ { id => $one, name => 'Printer is on fire', team_id => [ $team, 'Printers' ] } ], '4.2: the example of the specification');
my ($t) = @{ $rpc->kw('helpdesk.ticket', 'read', [ [$one] ]) };
is_deeply([ @$t{qw(id name ticket_ref display_name priority kanban_state active description color)} ],
          [ $one, 'Printer is on fire', sprintf('%05d', $one), sprintf('Printer is on fire (#%05d)', $one), '3', 'normal', $true,
            '<p>It burns</p>', 0 ], '4.7: read: texts, selections, booleans, numbers');
is_deeply([ @$t{qw(user_id partner_id commercial_partner_id ticket_type_id stage_id create_uid tag_ids)} ],
          [ [ $user{una}{id}, $user{una}{name} ], [ $anna, 'Anna Berg' ], [ $firm, 'Acme' ], [ $type, 'Question' ],
            $first, [ $user{admin}{id}, $user{admin}{name} ], [$tag] ], '4.7: relations');
like($t->{create_date}, $stamp, '4.7: times');
is_deeply([ @$t{qw(close_date email_cc partner_phone)} ], [ ($false) x 3 ], '4.7: what is empty is false');
ok(!exists $t->{access_token} && !exists $t->{follow_epoch} && !exists $t->{version}, 'secrets have no name');
is_deeply([ map { $_->{id} } @{ $rpc->kw('helpdesk.ticket', 'read', [ [ $two, $one ], ['name'] ]) } ], [ $two, $one ],
          'read: in the order of the ids');
is_deeply($rpc->kw('helpdesk.ticket', 'read', [ $one, ['team_id'] ]), [ { id => $one, team_id => [ $team, 'Printers' ] } ], 'a bare id');
is_deeply($rpc->kw('helpdesk.ticket', 'read', [ [$one], ['team_id'] ], { load => undef }), [ { id => $one, team_id => $team } ],
          'load null: bare ids');
is($rpc->fault('helpdesk.ticket', 'read', [ [ $one, 999 ], ['name'] ])->{name}, 'odoo.exceptions.MissingError', 'a missing id');
is($rpc->fault('helpdesk.ticket', 'read', [ [$one], ['no_such'] ])->{message},
   "Invalid field 'no_such' on model 'helpdesk.ticket'", 'a field that does not exist');
is($rpc->fault('helpdesk.ticket', 'read', [ [$one], ['access_token'] ])->{name}, 'builtins.ValueError', 'a secret one neither');
is($rpc->fault('helpdesk.ticket', 'search', [ [] ], { order => 'access_token' })->{name}, 'builtins.ValueError', '... to sort by');
is($rpc->fault('helpdesk.ticket', 'search', [ [] ], { order => 'name sideways' })->{name}, 'odoo.exceptions.UserError', 'a bad order');
is($rpc->fault('helpdesk.ticket', 'search', [ [] ], { limit => -1 })->{name}, 'builtins.ValueError', 'a bad limit');

my $cars = make('/teams', { name => 'Cars', ticket_properties => [ { type => 'text', label => 'Plate' },
    { type => 'selection', label => 'Colour', options => [ 'red', 'blue' ] }, { type => 'many2one', label => 'Owner', comodel => 'contact' } ] });
my @defs = @{ $api->api(GET => "/teams/$cars")->{json}{ticket_properties} };
my $car = make('/tickets', { name => 'Flat tyre', team_id => $cars, properties => { $defs[0]{name} => 'ABC 123' } });
my @props = @{ $rpc->kw('helpdesk.ticket', 'read', [ $car, ['properties'] ])->[0]{properties} };
is_deeply([ map { [ @$_{qw(name type string value)} ] } @props ],
          [ [ $defs[0]{name}, 'char', 'Plate', 'ABC 123' ], [ $defs[1]{name}, 'selection', 'Colour', $false ], [ $defs[2]{name}, 'many2one', 'Owner', $false ] ],
          '4.7: properties, defined by the team');
is_deeply([ $props[1]{selection}, $props[2]{comodel} ], [ [ map { [ $_->{value}, $_->{label} ] } @{ $defs[1]{options} } ], 'res.partner' ], '... their options and relations');
$api->api(DELETE => "/tickets/$car")->{status} == 204 && $api->api(DELETE => "/teams/$cars")->{status} == 204 or die 'cars stay';

# ---- what belongs to a ticket ----

($t) = @{ $rpc->kw('helpdesk.ticket', 'read', [ [$three], [qw(message_ids activity_ids message_follower_ids message_partner_ids)] ]) };
is_deeply([ grep { $_ == $said || $_ == $noted } @{ $t->{message_ids} } ], [ $noted, $said ], '4.8: message_ids, the newest first');
is_deeply($t->{activity_ids}, [$act], '4.8: activity_ids');
my $followers = $rpc->kw('mail.followers', 'search_read', [ [ [ 'res_model', '=', 'helpdesk.ticket' ], [ 'res_id', '=', $three ] ] ]);
is_deeply([ sort map { $_->{id} } @$followers ], [ sort @{ $t->{message_follower_ids} } ], '4.8: mail.followers, the same lines');
is_deeply([ sort map { $_->{partner_id}[0] } @$followers ], [ sort @{ $t->{message_partner_ids} } ], '... of the same people');
is_deeply($rpc->kw('mail.followers', 'read', [ [ $followers->[0]{id} ], ['res_id'] ]), [ { id => $followers->[0]{id}, res_id => $three } ],
          '... which can be read by number');
is_deeply($rpc->kw('mail.followers', 'search', [ [ [ 'id', 'in', [ $followers->[0]{id}, 8_000_000_001 ] ] ] ]), [ $followers->[0]{id} ], '... and found by it');
my ($m) = @{ $rpc->kw('mail.message', 'read', [ [$said] ]) };
is_deeply([ @$m{qw(model res_id record_name message_type is_internal)} ],
          [ 'helpdesk.ticket', $three, sprintf('Toner (#%05d)', $three), 'comment', $false ], '4.8: a message and its document');
is($m->{subtype_id}[1], 'Discussions', '... its subtype');
like($m->{body}, qr{<strong>you</strong>}, '... its text as HTML');
is($m->{body_source}, 'Hello **you**', '... and as it was typed');
is_deeply($rpc->kw('mail.message', 'search', [ [ [ 'model', '=', 'helpdesk.ticket' ], [ 'res_id', '=', $three ], [ 'is_internal', '=', $true ] ] ]),
          [$noted], '4.8: messages by document and kind');
is_deeply($rpc->kw('mail.activity', 'search_read', [ [ [ 'res_id', '=', $three ] ], [qw(summary date_deadline res_model state)] ]),
          [ { id => $act, summary => 'Call', date_deadline => '2026-01-05', res_model => 'helpdesk.ticket', state => 'overdue' } ],
          '4.8: activities, their day, their state');
my $file = $api->request(POST => "/api/v1/tickets/$three/attachments?name=a.txt", 'content of it', type => 'application/octet-stream');
my $fid = $file->{json}{id} or diag($file->{body});
is_deeply($rpc->kw('ir.attachment', 'read', [ [$fid], [qw(name datas file_size res_model res_id)] ]),
          [ { id => $fid, name => 'a.txt', datas => 'Y29udGVudCBvZiBpdA==', file_size => 13, res_model => 'helpdesk.ticket', res_id => $three } ],
          '4.8: a file with its content');
ok(!exists $rpc->kw('ir.attachment', 'read', [ [$fid] ])->[0]{datas}, '... which is read when it is named');

my $all = $rpc->kw('mail.message', 'search', [ [] ]);
is_deeply($all, [ sort { $b <=> $a } map { $_->{id} } $desk->dump_records('message') ], '4.8: messages, the newest first');
is_deeply($rpc->kw('mail.message', 'search', [ [], 1, 2 ]), [ @$all[ 1 .. $#$all ] ], '... from an offset');
is_deeply($rpc{pia}->kw('mail.message', 'search', [ [] ]), [$said], 'VIS-16: ... as far as they are seen');

# ---- people ----

my ($p) = @{ $rpc->kw('res.partner', 'read', [ [$anna] ]) };
is_deeply([ @$p{qw(lang parent_id commercial_partner_id company_type user_ids)} ],
          [ 'lt_LT', [ $firm, 'Acme' ], [ $firm, 'Acme' ], 'person', [] ], '4.8: a contact');
is_deeply($rpc->kw('res.partner', 'read', [ $firm, ['child_ids'] ])->[0]{child_ids}, [$anna], '... and who works for it');
my ($u) = @{ $rpc->kw('res.users', 'search_read', [ [ [ 'login', '=', 'pia' ] ], [qw(share partner_id groups_id lang)] ]) };
is_deeply([ $u->{share}, $u->{partner_id}[0], $u->{groups_id}, $u->{lang} ], [ $true, $user{pia}{partner_id}, [2], 'en_US' ], '4.8: a user');
is_deeply($rpc->kw('res.users', 'search', [ [ [ 'share', '=', $true ] ] ]), [ $user{pia}{id} ], '... found by share');

# ---- names ----

is_deeply($rpc->kw('helpdesk.ticket', 'name_search', ['fire']), [ [ $one, sprintf('Printer is on fire (#%05d)', $one) ] ], '4.5: name_search');
is_deeply($rpc->kw('helpdesk.ticket', 'name_search', [ "$two" ]), [ [ $two, sprintf('Paper <jam> (#%05d)', $two) ] ], '... by reference');
is_deeply($rpc->kw('res.partner', 'name_search', [], { name => 'anna@', limit => 1 }), [ [ $anna, 'Anna Berg' ] ], '... contacts by address');
is_deeply($rpc->kw('helpdesk.stage', 'name_search', [ 'Over', [ [ 'team_ids', 'in', [$team] ] ], '=' ]), [ [ $stages[1], 'Over' ] ],
          '... with a domain and an operator');
is(scalar @{ $rpc->kw('helpdesk.ticket', 'name_search', []) }, 4, '... without a name all of them');
is_deeply($rpc->kw('helpdesk.team', 'name_get', [ [ $secret, $team ] ]), [ [ $secret, 'Secret' ], [ $team, 'Printers' ] ], '4.5: name_get');
is_deeply($rpc->kw('helpdesk.ticket', 'exists', [ [ 999, $two ] ]), [$two], '4.5: exists');

# ---- groups ----

my @groups = @{ $rpc->kw('helpdesk.ticket', 'read_group', [ [ [ 'team_id', '=', $team ] ], [], ['priority'] ]) };
is_deeply([ map { [ @$_{qw(priority priority_count __domain)} ] } @groups ],
          [ [ '1', 2, [ [ 'priority', '=', '1' ], [ 'team_id', '=', $team ] ] ], [ '3', 1, [ [ 'priority', '=', '3' ], [ 'team_id', '=', $team ] ] ] ],
          '4.5: read_group by an option, with counts and domains');
is($rpc->kw('helpdesk.ticket', 'search_count', [ $groups[0]{__domain} ]), 2, '... whose domains find as many');
@groups = @{ $rpc->kw('helpdesk.ticket', 'read_group', [ [], ['name'], ['team_id', 'priority' ] ]) };
is_deeply([ map { [ @$_{qw(team_id team_id_count __context)} ] } @groups ],
          [ [ [ $team, 'Printers' ], 3, { group_by => ['priority'] } ], [ [ $secret, 'Secret' ], 1, { group_by => ['priority'] } ] ], '... lazily');
@groups = @{ $rpc->kw('helpdesk.ticket', 'read_group', [ [], ['color:max'], [ 'team_id', 'priority' ] ], { lazy => $false, orderby => 'team_id, priority desc' }) };
is_deeply([ map { [ $_->{team_id}[0], @$_{qw(priority __count color)} ] } @groups ],
          [ [ $team, '3', 1, 0 ], [ $team, '1', 2, 0 ], [ $secret, '0', 1, 0 ] ], '... all levels, in an order, with an aggregate');
@groups = @{ $rpc->kw('helpdesk.ticket', 'read_group', [ [], [], ['tag_ids'] ]) };
is_deeply([ map { [ $_->{tag_ids}, $_->{tag_ids_count} ] } @groups ], [ [ [ $tag, 'printer' ], 1 ], [ $false, 3 ] ], '... by tags, the untagged last');
my ($y, $mon) = (gmtime)[ 5, 4 ];
my $month = sprintf '%04d-%02d', $y + 1900, $mon + 1;
is_deeply([ map { [ $_->{company_id}[0], $_->{company_id_count} ] } @{ $rpc->kw('helpdesk.ticket', 'read_group', [ [], [], ['company_id'] ]) } ],
          [ [ 1, $rpc->kw('helpdesk.ticket', 'search_count', [ [] ]) ] ], '... by company, which is that of the team');
my ($g) = @{ $rpc->kw('helpdesk.ticket', 'read_group', [ [], [], ['create_date:month'] ], { context => { lang => 'sv_SE', tz => 'Europe/Vilnius' } }) };
like($g->{'create_date:month'}, qr/^\p{L}+ \d{4}$/, '... by month, in words');
is($g->{create_date_count}, 4, '... counted');
like($g->{__range}{'create_date:month'}{from}, qr/^\d{4}-\d\d-\d\d 2[12]:00:00$/, '... begins at midnight of the zone');
is($rpc->kw('helpdesk.ticket', 'search_count', [ $g->{__domain} ]), 4, '... and its domain finds them');
($g) = @{ $rpc->kw('helpdesk.ticket', 'read_group', [ [], [], ['create_date:year'] ], { context => { tz => 'UTC' } }) };
is_deeply($g->{__range}, { 'create_date:year' => { from => substr($month, 0, 4) . '-01-01 00:00:00', to => (substr($month, 0, 4) + 1) . '-01-01 00:00:00' } },
          '... by year in UTC, from the facts');
($g) = @{ $rpc->kw('mail.activity', 'read_group', [ [], [], ['date_deadline:month'] ]) };
is_deeply([ @$g{qw(date_deadline:month date_deadline_count __range)} ], [ 'January 2026', 1, { 'date_deadline:month' => { from => '2026-01-01', to => '2026-02-01' } } ],
          '... by month of a day');
my ($agg) = @{ $rpc->kw('helpdesk.tag', 'read_group', [ [], [ 'color:sum', 'mean:avg(color)', 'n:count(color)', 'all:array_agg(color)', 'd:count_distinct(color)' ], [] ]) };
is_deeply([ @$agg{qw(color mean n all d __count)} ], [ 3, 3, 1, [3], 1, 1 ], '... sums without groups');
is_deeply($rpc->kw('helpdesk.ticket', 'formatted_read_group', [ [ [ 'team_id', '=', $team ] ] ], { groupby => ['priority'], aggregates => [ '__count', 'color:max' ], having => [ [ '__count', '>', 1 ] ] }),
          [ { priority => '1', __count => 2, 'color:max' => 0, __extra_domain => [ [ 'priority', '=', '1' ] ] } ], '4.5: formatted_read_group');
is($rpc->fault('helpdesk.ticket', 'read_group', [ [], [], ['description'] ])->{name}, 'builtins.ValueError', '... not by a long text');
is($rpc->fault('helpdesk.ticket', 'read_group', [ [], [], ['access_token'] ])->{message}, "Invalid field 'access_token' on model 'helpdesk.ticket'", '... nor by a secret');
is_deeply([ map { $_->{team_id}[0] } @{ $rpc{una}->kw('helpdesk.ticket', 'read_group', [ [], [], ['team_id'] ]) } ], [$team], 'VIS-16: groups');

# ---- fields_get, default_get ----

my $fields = $rpc->kw('helpdesk.ticket', 'fields_get', [], { attributes => [] });
is_deeply([ map { [ $_, $fields->{$_}{type} ] } qw(name team_id tag_ids priority create_date active properties message_ids) ],
          [ [ name => 'char' ], [ team_id => 'many2one' ], [ tag_ids => 'many2many' ], [ priority => 'selection' ],
            [ create_date => 'datetime' ], [ active => 'boolean' ], [ properties => 'properties' ], [ message_ids => 'one2many' ] ],
          '4.5: fields_get: types');
is_deeply($fields->{priority}{selection}, [ [ '0', 'Low' ], [ '1', 'Medium' ], [ '2', 'High' ], [ '3', 'Urgent' ] ], '... options');
is_deeply([ @{ $fields->{team_id} }{qw(relation string store searchable sortable)} ], [ 'helpdesk.team', 'Team', ($true) x 3 ], '... relations');
is_deeply([ $fields->{name}{required}, $fields->{name}{readonly}, $fields->{close_date}{readonly} ], [ $true, $false, $true ], '... rights');
ok(!grep({ exists $fields->{$_} } qw(access_token properties_kept follow_epoch assign_trace)), '... and no secrets');
is_deeply($rpc->kw('helpdesk.ticket', 'fields_get', [ ['name'], ['string'] ], { context => { lang => 'lt_LT' } }),
          { name => { string => 'Pavadinimas' } }, '... in the language of the context, attributes as asked');
is_deeply($rpc->kw('helpdesk.ticket', 'default_get', [ [qw(priority active team_id name color_nothing)] ], { context => { default_name => 'X' } }),
          { priority => '0', active => $true, team_id => $rpc->kw('helpdesk.ticket', 'default_get', [ ['team_id'] ])->{team_id}, name => 'X' },
          '4.5: default_get');

# ---- rights ----

for my $case ([ admin => 'helpdesk.team', 'write', $true ], [ una => 'helpdesk.team', 'write', $false ], [ una => 'helpdesk.ticket', 'create', $true ],
              [ una => 'helpdesk.ticket', 'unlink', $false ], [ una => 'helpdesk.tag', 'create', $true ], [ una => 'helpdesk.tag', 'write', $false ],
              [ nils => 'helpdesk.ticket', 'read', $true ], [ nils => 'helpdesk.ticket', 'write', $false ], [ nils => 'helpdesk.tag', 'read', $false ],
              [ pia => 'helpdesk.ticket', 'read', $true ], [ pia => 'helpdesk.team', 'read', $false ], [ pia => 'res.partner', 'write', $false ],
              [ una => 'res.partner', 'create', $true ], [ una => 'ir.model', 'read', $true ], [ admin => 'ir.model', 'write', $false ]) {
    my ($who, $model, $op, $want) = @$case;
    is($rpc{$who}->kw($model, 'check_access_rights', [$op], { raise_exception => $false }), $want, "ACC-1: $who may $op $model: $want");
    my $fault = $rpc{$who}->fault($model, 'check_access_rights', [$op]);
    is($fault && $fault->{name}, $want ? undef : 'odoo.exceptions.AccessError', '... and the fault');
    is($rpc{$who}->kw($model, 'has_access', [ [], $op ]), $want, '... by has_access');
}
is($rpc{una}->kw('helpdesk.ticket', 'has_access', [ [$hidden], 'read' ]), $false, 'VIS-1: no access to what is hidden');
is($rpc{una}->fault('helpdesk.ticket', 'check_access', [ [$hidden], 'read' ])->{name}, 'odoo.exceptions.MissingError', '... nor by check_access');
is($rpc{una}->fault('helpdesk.ticket', 'check_access', [ [$one], 'write' ]), undef, '... and to what is not');

# ---- what is hidden does not exist (VIS-16) ----

is_deeply([ sort @{ $rpc{una}->kw('helpdesk.ticket', 'search', [ [] ]) } ], [ sort $one, $two, $three ], 'VIS-16: una finds what she sees');
is_deeply($rpc{pia}->kw('helpdesk.ticket', 'search', [ [] ]), [$three], 'VIS-7: pia what she follows');
is_deeply($rpc{nils}->kw('helpdesk.ticket', 'search', [ [] ]), [$three], 'ACC-2: nils, too');
is($rpc{una}->kw('helpdesk.ticket', 'search_count', [ [] ]), 3, 'VIS-16: counts');
is($rpc{una}->fault('helpdesk.ticket', 'read', [ [$hidden] ])->{name}, 'odoo.exceptions.MissingError', 'VIS-16: read');
is_deeply($rpc{una}->kw('helpdesk.ticket', 'exists', [ [ $hidden, $one ] ]), [$one], 'VIS-16: exists');
is_deeply($rpc{una}->kw('helpdesk.ticket', 'name_search', ['Nobody']), [], 'VIS-16: names');
is($rpc{una}->kw('helpdesk.team', 'search_count', [ [ [ 'id', '=', $secret ] ] ]), 0, 'VIS-16: a team');
ok(!grep({ $_ == $secret } @{ $rpc{una}->kw('helpdesk.stage', 'read', [ $stages[0], ['team_ids'] ])->[0]{team_ids} }), 'VIS-16: its number on a stage');
is_deeply($rpc{una}->kw('mail.followers', 'search', [ [ [ 'res_model', '=', 'helpdesk.ticket' ], [ 'res_id', '=', $hidden ] ] ]), [], 'VIS-16: its followers');
is_deeply($rpc{pia}->kw('mail.message', 'search', [ [ [ 'res_id', '=', $three ] ] ]), [$said], 'CHT-9: customers read no notes');
is($rpc{pia}->fault('mail.message', 'read', [ [$noted] ])->{name}, 'odoo.exceptions.MissingError', '... not by number either');
($t) = @{ $rpc{pia}->kw('helpdesk.ticket', 'read', [ [$three] ]) };
is_deeply([ @$t{qw(team_id stage_id message_ids)} ], [ [ $team, 'Printers' ], $first, [$said] ], 'PRT-2: what a customer reads of a ticket');
ok(!exists $t->{message_partner_ids} && !exists $t->{activity_ids}, '... and what not');
is($rpc{pia}->fault('helpdesk.ticket', 'search', [ [ [ 'message_partner_ids', '=', 1 ] ] ])->{name}, 'builtins.ValueError', '... nor asks for it');
is($rpc{pia}->fault('res.users', 'read', [ [ $user{admin}{id} ] ])->{name}, 'odoo.exceptions.MissingError', 'VIS-16: people');
my $fault = $rpc{admin}->fault('res.users', 'search_read', [ [], ['password'] ]);
is($fault->{name}, 'builtins.ValueError', 'no password has a name');

# ---- every method on every model, for everybody: an answer, or the right fault ----

my @models = map { $_->{model} } @{ $rpc->kw('ir.model', 'search_read', [ [], ['model'] ]) };
cmp_ok(scalar @models, '>=', 20, '4.8: the models');
my @methods = ([ search => [ [] ] ], [ search_count => [ [] ] ], [ search_read => [ [] ], { limit => 3 } ], [ name_search => [] ], [ fields_get => [] ],
               [ default_get => [ ['name'] ] ], [ check_access_rights => ['read'], { raise_exception => $false } ], [ has_access => [ [], 'read' ] ],
               [ read => [ [] ] ], [ read_group => [ [], [], [] ] ], [ formatted_read_group => [ [] ], { aggregates => ['__count'] } ], [ name_get => [ [] ] ], [ exists => [ [ 999999 ] ] ]);
my @wrong;
for my $who (sort keys %rpc) {
    for my $model (@models) {
        for my $call (@methods) {
            my ($method, $args, $kwargs) = @$call;
            my $f = $rpc{$who}->fault($model, $method, $args, $kwargs);
            push @wrong, "$who $model $method: $f->{name} $f->{message}" if $f;
        }
        for my $row (@{ $rpc{$who}->kw($model, 'search_read', [ [] ], { limit => 3 }) }) {
            my ($again) = @{ $rpc{$who}->kw($model, 'read', [ [ $row->{id} ] ]) };
            delete $_->{open_hours} for $row, $again;
            push @wrong, "$who $model: read and search_read differ" if json_text($row) ne json_text($again);
            my $known = $rpc{$who}->kw($model, 'fields_get', [ [], ['type'] ]);
            push @wrong, map { "$who $model.$_ is not in fields_get" } grep { !$known->{$_} } keys %$row;
        }
    }
}
is_deeply(\@wrong, [], '4.5: every method on every model for everybody');
is($rpc->fault('no.model', 'search', [ [] ])->{name}, 'builtins.KeyError', 'a model that is none');

done_testing();
