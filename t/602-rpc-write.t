#!/usr/bin/perl

# Methods of the Odoo-compatible door that write (spec.md 4.5, 4.7): every one of them, what they refuse, that a refusal leaves
# nothing behind, and that the desk's rules hold here as in REST.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use JSON::PP ();
use MIME::Base64;
use Test::More;
use Helpdesk;
use Rpc;

my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $desk = Helpdesk->new(server => $LOCATION, clock => '2026-01-05T10:00:00Z')->seed;
$desk->add_user(pia => 'portal')->start;
my $admin = Rpc->new($desk, 'admin');
my $agent = Rpc->new($desk, 'agent');
my $pia = Rpc->new($desk, 'pia');
my $rest = $desk->login('admin');

sub one { my ($rpc, $model, $id, @fields) = @_; return $rpc->kw($model, 'read', [ [$id], \@fields ])->[0] }
sub count { return $admin->kw($_[0], 'search_count', [ [] ], { context => { active_test => $false } }) }
sub fault_is {
    my ($rpc, $model, $method, $args, $kwargs, $name, $like, $what) = @_;
    my $e = $rpc->fault($model, $method, $args, $kwargs) || { name => 'none', message => '' };
    is($e->{name}, $name, $what);
    like($e->{message}, $like, '... and says why');
}
my ($ticket, $team, $contact) = ('helpdesk.ticket', 'helpdesk.team', 'res.partner');

# ---- create ----

my $carla = $admin->kw($contact, 'create', [ { name => 'Carla', email => 'carla@example.com', company_type => 'person', lang => 'lt_LT' } ]);
is_deeply([ @{ one($admin, $contact, $carla, qw(is_company lang email phone)) }{qw(is_company lang email phone)} ],
          [ $false, 'lt_LT', 'carla@example.com', $false ], '4.7: values in and out');
my $id = $agent->kw($ticket, 'create', [ { name => 'First', description => '<p>Hello <b>you</b> &amp; me</p><p>Bye</p>', priority => 2,
                                           partner_id => $carla, user_id => $false, id => 99, create_date => '2020-01-01' } ]);
like($id, qr/^\d+$/, '4.5: create() gives the id');
my $t = $rest->api(GET => "/tickets/$id")->{json};
is_deeply([ @$t{qw(name description priority partner_id user_id team_id stage_id)} ],
          [ 'First', "Hello you & me\n\nBye", '2', $carla, undef, 1, 1 ], '4.7: HTML becomes text, false is unset; STG-7 as in REST');
my $two = $agent->kw($ticket, 'create', [ [ { name => 'A' }, { name => 'B', tag_ids => [ [ 0, 0, { name => 'New tag' } ] ] } ] ]);
is(ref $two eq 'ARRAY' && @$two, 2, '4.5: create([..]) gives a list');
is(one($agent, $ticket, $two->[1], 'tag_ids')->{tag_ids} && scalar @{ one($agent, $ticket, $two->[1], 'tag_ids')->{tag_ids} }, 1,
   '4.7: [0,0,vals] makes the tag');
is($agent->kw($ticket, 'create', [ [] ]) && 0 + @{ $agent->kw($ticket, 'create', [ [] ]) }, 0, 'create([]) makes nothing');
$id = $agent->kw($ticket, 'create', [ { name => 'With defaults' } ],
                 { context => { default_priority => '3', default_partner_id => $carla, default_nonsense => 1, mail_create_nosubscribe => $true } });
$t = $rest->api(GET => "/tickets/$id")->{json};
is_deeply([ @$t{qw(priority partner_id)} ], [ '3', $carla ], '4.5: default_<field> of the context');
is_deeply($t->{message_partner_ids}, [$carla], '4.5: mail_create_nosubscribe: the creator does not follow');
is($agent->kw($ticket, 'create', [ { name => 'Said', priority => '1' } ], { context => { default_priority => '3' } }) &&
   $agent->kw($ticket, 'search_count', [ [ [ 'name', '=', 'Said' ], [ 'priority', '=', '1' ] ] ]), 1, 'a value goes before its default');

is(one($agent, $ticket, $two->[0] - 1, 'description')->{description}, '<p>Hello you &amp; me</p>' . "\n" . '<p>Bye</p>', '4.7: read again as HTML');

# ---- refusals leave nothing ----

my $before = count($ticket);
fault_is($agent, $ticket, 'create', [ [ { name => 'Good' }, { name => '' } ] ], {}, 'odoo.exceptions.ValidationError', qr/name: /, 'required');
is(count($ticket), $before, '4.5: every record or none');
fault_is($agent, $ticket, 'create', [ [ { name => 'Good' }, { name => 'x', nonsense => 1 } ] ], {}, 'builtins.ValueError',
         qr/Invalid field 'nonsense' on model 'helpdesk.ticket'/, 'an unknown field');
fault_is($agent, $ticket, 'create', [ { name => 'x', access_token => 'y' } ], {}, 'builtins.ValueError', qr/Invalid field 'access_token'/, 'a secret has no name');
fault_is($agent, $ticket, 'create', [ { name => 'x', close_date => '2026-01-01' } ], {}, 'builtins.ValueError', qr/close_date/, 'a read-only one');
fault_is($agent, $ticket, 'create', [ { name => 'x', partner_id => 'Carla' } ], {}, 'builtins.ValueError', qr/whole number/, 'a name where an id belongs');
fault_is($agent, $ticket, 'create', [ { name => 'x', partner_id => 9999 } ], {}, 'odoo.exceptions.ValidationError', qr/partner_id/, 'no such customer');
fault_is($agent, $ticket, 'create', [ 'x' ], {}, 'builtins.TypeError', qr/struct of values/, 'no values');
fault_is($agent, $ticket, 'create', [ { name => 'x', tag_ids => [ [ 9, 1, 1 ] ] } ], {}, 'builtins.ValueError', qr/list of commands/, 'no command');
fault_is($agent, $ticket, 'create', [ { name => 'x', tag_ids => [ [ 0, 0, { name => '' } ] ] } ], {}, 'odoo.exceptions.ValidationError', qr/name/, 'a tag without a name');
fault_is($agent, $ticket, 'create', [ [ map { { name => "n$_" } } 1 .. 1001 ] ], {}, 'odoo.exceptions.UserError', qr/at most 1000 records/, 'too many at once');
is(count($ticket), $before, 'nothing of all that was kept');
fault_is($pia, $ticket, 'create', [ { name => 'x' } ], {}, 'odoo.exceptions.AccessError', qr/./, 'ACC-2: customers make no tickets here');
fault_is($agent, $team, 'create', [ { name => 'x' } ], {}, 'odoo.exceptions.AccessError', qr/./, 'ACC-1: teams are for administrators');

# ---- write ----

is($agent->kw($ticket, 'write', [ $two, { priority => '3', kanban_state => 'blocked' } ]), $true, '4.5: write() of several');
is_deeply([ map { $_->{priority} } @{ $agent->kw($ticket, 'read', [ $two, ['priority'] ]) } ], [ '3', '3' ], 'both changed');
is($agent->kw($ticket, 'write', [ $two->[0], { priority => '0' } ]), $true, '4.2: a bare id');
is($agent->kw($ticket, 'write', [ [], { priority => '0' } ]), $true, 'of nothing');
is(one($agent, $ticket, $two->[1], 'priority')->{priority}, '3', 'the other stays');
fault_is($agent, $ticket, 'write', [ [ $two->[0], 9999 ], { priority => '1' } ], {}, 'odoo.exceptions.MissingError', qr/9999/, 'one that is not there');
is(one($agent, $ticket, $two->[0], 'priority')->{priority}, '0', '... and none changed');
my $sales = $admin->kw($team, 'create', [ { name => 'Sales', stage_ids => [ [ 0, 0, { name => 'Deal' } ], [ 0, 0, { name => 'Lost', fold => $true } ] ] } ]);
my $stages = one($admin, $team, $sales, 'stage_ids')->{stage_ids};
is(scalar @$stages, 2, '4.7: a team with its stages in one call');
fault_is($agent, $ticket, 'write', [ [ $two->[0] ], { stage_id => $stages->[0] } ], {}, 'odoo.exceptions.ValidationError', qr/stage_id/, 'STG-6: a stage of another team');
is($agent->kw($ticket, 'write', [ [ $two->[0] ], { team_id => $sales } ]), $true, 'another team');
is(one($agent, $ticket, $two->[0], 'stage_id')->{stage_id}[0], $stages->[0], 'STG-9: with its first stage');

# ---- commands on lists ----

my @tag = map { $admin->kw('helpdesk.tag', 'create', [ { name => "T$_" } ]) } 1 .. 4;
sub tags { return join ' ', @{ one($agent, $ticket, $two->[1], 'tag_ids')->{tag_ids} } }
for my $c ([ [ [ 6, 0, [ @tag[ 0, 1 ] ] ] ], "$tag[0] $tag[1]" ], [ [ [ 4, $tag[2], 0 ] ], "$tag[0] $tag[1] $tag[2]" ],
           [ [ [ 3, $tag[0], 0 ], [ 4, $tag[3] ] ], "$tag[1] $tag[2] $tag[3]" ], [ [ @tag[ 0, 3 ] ], "$tag[0] $tag[3]" ],
           [ [ [ 1, $tag[0], { name => 'Renamed' } ] ], "$tag[0] $tag[3]" ], [ [ [ 5, 0, 0 ] ], '' ], [ $false, '' ]) {
    is($admin->kw($ticket, 'write', [ [ $two->[1] ], { tag_ids => $c->[0] } ]), $true, '4.7: commands');
    is(tags(), $c->[1], '... ' . ($c->[1] || 'empty'));
}
is(one($admin, 'helpdesk.tag', $tag[0], 'name')->{name}, 'Renamed', '4.7: [1,id,vals]');
is($admin->kw($ticket, 'write', [ $two->[1], { tag_ids => [ [ 4, $tag[2] ], [ 2, $tag[3] ] ] } ]), $true, '4.7: [2,id]');
is(tags() . join(' ', @{ $admin->kw('helpdesk.tag', 'exists', [ [ @tag[ 2, 3 ] ] ]) }), "$tag[2]$tag[2]", '... removes and ends it');
fault_is($admin, $ticket, 'write', [ $two->[1], { tag_ids => [ [ 2, 9999 ] ] } ], {}, 'odoo.exceptions.MissingError', qr/9999/, '... if it is there');
is($admin->kw($ticket, 'write', [ $two->[1], { tag_ids => [ [ 2, $tag[2] ] ] } ]), $true, 'also one this ticket alone carries');
my $firm = $admin->kw($contact, 'create', [ { name => 'Firm', is_company => $true, child_ids => [ [ 0, 0, { name => 'Kid' } ], [ 4, $carla, 0 ] ] } ]);
my $kids = $admin->kw($contact, 'search', [ [ [ 'parent_id', '=', $firm ] ] ], { order => 'id' });
is(scalar @$kids, 2, '4.7: children made and linked with their parent');
is($admin->kw($contact, 'write', [ [$firm], { child_ids => [ [ 3, $carla ] ] } ]), $true, 'unlinked');
is_deeply($admin->kw($contact, 'search', [ [ [ 'parent_id', '=', $firm ] ] ]), [ grep { $_ != $carla } @$kids ], 'one is left');

# ---- archive, copy, name_create, unlink ----

is($agent->kw($ticket, 'action_archive', [ [ $two->[1] ] ]), $true, '4.5: action_archive');
is($agent->kw($ticket, 'search_count', [ [ [ 'id', '=', $two->[1] ] ] ]), 0, 'archived');
is($agent->kw($ticket, 'action_unarchive', [ $two->[1] ]), $true, '4.5: action_unarchive');
is($agent->kw($ticket, 'toggle_active', [ $two ]), $true, 'toggle_active');
is($agent->kw($ticket, 'search_count', [ [ [ 'id', 'in', $two ], [ 'active', '=', $false ] ] ]), 2, 'both into the opposite');
$agent->kw($ticket, 'action_unarchive', [ $two ]);
my $copy = $agent->kw($ticket, 'copy', [ $id, { priority => '1' } ]);
is_deeply([ @{ one($agent, $ticket, $copy, qw(name priority)) }{qw(name priority)} ], [ $t->{name}, '1' ], 'TKT-11: copy(), with a change');
is_deeply([ map { one($admin, 'helpdesk.tag', $_, 'name')->{name} } $admin->kw('helpdesk.tag', 'copy', [ $tag[1] ]) ], ['T2 (copy)'], '4.5: copy() of a tag');
my $named = $admin->kw('helpdesk.tag', 'name_create', ['By name']);
is_deeply([ $named->[1], one($admin, 'helpdesk.tag', $named->[0], 'name')->{name} ], [ 'By name', 'By name' ], '4.5: name_create');
fault_is($agent, $ticket, 'unlink', [ [$copy] ], {}, 'odoo.exceptions.AccessError', qr/./, 'TKT-6: administrators delete tickets');
fault_is($admin, $ticket, 'unlink', [ [ $copy, 9999 ] ], {}, 'odoo.exceptions.MissingError', qr/9999/, 'one is missing');
is($admin->kw($ticket, 'exists', [ [$copy] ])->[0], $copy, '... so none went');
is($admin->kw($ticket, 'unlink', [ [$copy] ]), $true, '4.5: unlink');
is_deeply($admin->kw($ticket, 'exists', [ [$copy] ]), [], 'it is gone');

# ---- users: groups are the role ----

my $user = $admin->kw('res.users', 'create', [ { name => 'Nina', login => 'nina', groups_id => [ [ 4, 3 ] ] } ]);
is($rest->api(GET => "/users/$user")->{json}{role}, 'user', 'ACC-1: the group makes a helpdesk user');
is($admin->kw('res.users', 'write', [ $user, { groups_id => [ [ 6, 0, [ 1, 3, 4 ] ] ] } ]), $true, 'groups replaced');
is($rest->api(GET => "/users/$user")->{json}{role}, 'admin', 'an administrator now');
fault_is($agent, 'res.users', 'write', [ $user, { groups_id => [ [ 3, 4 ] ] } ], {}, 'odoo.exceptions.AccessError', qr/./, 'ACC-1: not by an agent');

# ---- messages ----

sub messages { return $rest->api(GET => "/tickets/$_[0]/messages")->{json}{items} }
my $said = $agent->kw($ticket, 'message_post', [ $id ], { body => '<b>Hi</b> & bye', subtype_xmlid => 'mail.mt_comment', partner_ids => [$carla] });
my ($m) = grep { $_->{id} == $said } @{ messages($id) };
is_deeply([ @$m{qw(subtype body format partner_ids)} ], [ 'comment', '<b>Hi</b> & bye', 'plain', [$carla] ],
          '4.5: message_post: plain stays as it is, with recipients');
$said = $agent->kw($ticket, 'message_post', [ [$id] ], { body => '<p>Look <i>here</i></p>', body_is_html => $true, parent_id => $said, partner_ids => [] });
($m) = grep { $_->{id} == $said } @{ messages($id) };
is_deeply([ @$m{qw(subtype body)} ], [ 'note', 'Look here' ], '4.5: HTML when marked; a note unless it is said');
fault_is($agent, $ticket, 'message_post', [ $two ], { body => 'x' }, 'builtins.ValueError', qr/Expected singleton/, 'to one record');
fault_is($agent, $ticket, 'message_post', [ 9999 ], { body => 'x' }, 'odoo.exceptions.MissingError', qr/9999/, 'to one that is there');
fault_is($agent, $ticket, 'message_post', [ $id ], { body => 'x', subtype_xmlid => 'mail.mt_nothing' }, 'builtins.ValueError', qr/mt_comment or/, 'of a known subtype');
fault_is($agent, $ticket, 'message_post', [ $id ], { body => ' ' }, 'odoo.exceptions.ValidationError', qr/body/, 'with a body');
fault_is($agent, $ticket, 'message_post', [ $id ], { body => 'x', author_id => $carla }, 'odoo.exceptions.AccessError', qr/signed/, 'in nobody else\'s name');
my $by_record = $agent->kw('mail.message', 'create', [ { model => $ticket, res_id => $id, body => '<p>As a record</p>', subtype_id => 1 } ]);
like(one($agent, 'mail.message', $by_record, 'body')->{body}, qr{^<p>As a record</p>\s*$}, '4.8: mail.message create(), and its body as HTML');
is($agent->kw('mail.message', 'write', [ $by_record, { body => 'Edited' } ]), $true, 'CHT-7: edited');
fault_is($agent, 'mail.message', 'unlink', [ [$by_record] ], {}, 'odoo.exceptions.AccessError', qr/./, 'CHT-7: administrators delete');
is($admin->kw('mail.message', 'unlink', [ [$by_record] ]), $true, 'and do');

# ---- followers ----

my $own = one($agent, 'res.users', $agent->{uid}, 'partner_id')->{partner_id}[0];
sub followers { return join ' ', sort { $a <=> $b } @{ $rest->api(GET => "/tickets/$id")->{json}{message_partner_ids} } }
is($agent->kw($ticket, 'message_subscribe', [ [$id], [ $carla, $own ] ]), $true, '4.5: message_subscribe');
is(followers(), join(' ', sort { $a <=> $b } $carla, $own), 'they follow');
is($agent->kw($ticket, 'message_unsubscribe', [ [$id], [ $carla, 9999 ] ]), $true, '4.5: message_unsubscribe');
is(followers(), $own, 'one does no more');
my $line = $agent->kw('mail.followers', 'create', [ { res_model => $ticket, res_id => $id, partner_id => $carla, subtype_ids => [ [ 6, 0, [1] ] ] } ]);
is($agent->kw('mail.followers', 'search_read', [ [ [ 'res_model', '=', $ticket ], [ 'res_id', '=', $id ], [ 'partner_id', '=', $carla ] ], ['partner_id'] ])->[0]{id},
   $line, '4.8: mail.followers create()');
is($agent->kw('mail.followers', 'unlink', [ [$line] ]), $true, '... and unlink()');
is(followers(), $own, 'he follows no more');
is($agent->kw($ticket, 'write', [ $id, { message_follower_ids => [ [ 0, 0, { partner_id => $carla } ] ] } ]), $true, 'by a command of the ticket');
is(followers(), join(' ', sort { $a <=> $b } $carla, $own), 'the same');
fault_is($pia, $ticket, 'message_subscribe', [ [$id], [$carla] ], {}, 'odoo.exceptions.MissingError', qr/./, 'VIS-16: what one does not see is not there');

# ---- activities ----

my $type = $admin->kw('mail.activity.type', 'search', [ [] ], { limit => 1 })->[0];
my $todo = $agent->kw($ticket, 'activity_schedule', [ $id ], { activity_type_id => $type, summary => 'Call back', date_deadline => '2031-02-03', user_id => $agent->{uid} });
is_deeply([ @{ one($agent, 'mail.activity', $todo, qw(summary date_deadline res_id)) }{qw(summary date_deadline res_id)} ],
          [ 'Call back', '2031-02-03', $id ], '4.5: activity_schedule');
is(scalar @{ $agent->kw('mail.activity', 'search', [ [ [ 'date_deadline', '>', '2031-01-01' ], [ 'date_deadline', '<=', '2031-02-03' ] ] ]) }, 1, '4.6: days have an order');
like($agent->kw('mail.activity', 'action_feedback', [ [$todo] ], { feedback => 'Done it' }), qr/^\d+$/, '4.5: action_feedback gives the message');
is_deeply($agent->kw('mail.activity', 'exists', [ [$todo] ]), [], 'it is done');
like(messages($id)->[-1]{body}, qr/Done it/, 'ACT-6: the thread says so') or diag explain messages($id)->[-1];
$todo = $agent->kw('mail.activity', 'create', [ { res_model => $ticket, res_id => $id, activity_type_id => $type, summary => 'Again' } ]);
is($agent->kw('mail.activity', 'unlink', [ [$todo] ]), $true, 'ACT-6: cancelled');
my $other_type = $admin->kw('mail.activity.type', 'create', [ { name => 'Think' } ]);
my ($call) = @{ $admin->kw('mail.activity.type', 'search', [ [ [ 'category', '=', 'phonecall' ] ] ], { limit => 1 }) };
my @xmlids = ( ['mail.mail_activity_data_call'] );
sub to_do { return join ' ', map { $_->{summary} } @{ $agent->kw('mail.activity', 'search_read', [ [ [ 'res_id', '=', $id ] ], ['summary'] ], { order => 'id' }) } }
sub schedule { my ($rpc, $summary, %v) = @_; return $rpc->kw($ticket, 'activity_schedule', [ [$id], 'mail.mail_activity_data_call' ],
                                                        { summary => $summary, date_deadline => '2031-02-03', %v }) }
my $planned = schedule($agent, 'one', note => '<p>Ask for <b>Ann</b></p>', user_id => $agent->{uid});
is_deeply([ one($agent, 'mail.activity', $planned->[0], 'activity_type_id')->{activity_type_id}[0], one($agent, 'mail.activity', $planned->[0], 'note')->{note} =~ /Ask for Ann/ ],
          [ $call, 1 ], '4.5: activity_schedule of several, by the name Odoo gives the type');
schedule($agent, 'two', user_id => $admin->{uid});
$agent->kw($ticket, 'activity_schedule', [$id], { activity_type_id => $other_type, summary => 'three' });
is(to_do(), 'one two three', 'three are planned');
is($agent->kw($ticket, 'activity_feedback', [ [$id], @xmlids ], { user_id => $admin->{uid}, feedback => 'Reached' }), $true, '4.5: activity_feedback of a type, of a user');
is(to_do(), 'one three', '... and of no other');
like(messages($id)->[-1]{body}, qr/two\n\nReached/, 'ACT-6: what came of it stands in the thread');
my $proof = $agent->kw('ir.attachment', 'create', [ { name => 'proof.txt', datas => encode_base64('yes') } ]);
is($agent->kw($ticket, 'activity_feedback', [ [$id], @xmlids ], { feedback => 'With a file', attachment_ids => [$proof] }), $true, '... with a file');
is_deeply(messages($id)->[-1]{attachment_ids}, [$proof], '... which goes with the message');
schedule($agent, $_) for 'four', 'five';
my $before_unlink = @{ messages($id) };
is($agent->kw($ticket, 'activity_unlink', [ [$id], @xmlids ]), $true, '4.5: activity_unlink');
is(to_do() . @{ messages($id) }, "three$before_unlink", '... and nobody hears of it');
is($agent->kw($ticket, 'activity_unlink', [ [$id], ['mail.no_such_type'] ]), $true, '... of a type there is not, nothing');
fault_is($agent, $ticket, 'activity_unlink', [ [$id] ], {}, 'builtins.TypeError', qr/act_type_xmlids/, '... of no type, a fault');
fault_is($agent, $ticket, 'activity_feedback', [ [9999], @xmlids ], {}, 'odoo.exceptions.MissingError', qr/9999/, '... of no ticket');
my ($three) = @{ $agent->kw('mail.activity', 'search', [ [ [ 'summary', '=', 'three' ] ] ]) };
like($agent->kw('mail.activity', 'action_done', [ [$three] ]), qr/^\d+$/, '4.5: action_done');
fault_is($agent, 'mail.activity', 'action_done', [ [$three] ], {}, 'odoo.exceptions.MissingError', qr/./, '... once');
schedule($agent, 'six');
fault_is($agent, 'mail.activity', 'action_feedback', [ $agent->kw('mail.activity', 'search', [ [ [ 'res_id', '=', $id ] ] ]) ], { attachment_ids => [$proof] },
         'odoo.exceptions.ValidationError', qr/attachment_ids/, 'a file that belongs to something does not go elsewhere');
is(to_do(), 'six', '... and the activity stays');
fault_is($pia, $ticket, 'activity_unlink', [ [$id], @xmlids ], {}, 'odoo.exceptions.MissingError', qr/./, 'VIS-16: not of a ticket one does not see');
$agent->kw($ticket, 'activity_unlink', [ [$id], @xmlids ]);
fault_is($agent, $ticket, 'activity_schedule', [ $id ], { summary => 'x' }, 'builtins.ValueError', qr/activity_type_id/, 'with a type');

# ---- files ----

my $file = $agent->kw('ir.attachment', 'create', [ { name => 'a.txt', datas => encode_base64("hello\n" x 30), res_model => $ticket, res_id => $id } ]);
is($agent->kw('ir.attachment', 'read', [ [$file], [ 'datas', 'file_size' ] ])->[0]{datas}, encode_base64("hello\n" x 30, ''), '4.8: a file and its content');
my $loose = $agent->kw('ir.attachment', 'create', [ { name => 'b.txt', datas => encode_base64('bye') } ]);
$said = $agent->kw($ticket, 'message_post', [ $id ], { body => 'with files', attachment_ids => [$loose], attachments => [ [ 'c.txt', encode_base64('see') ] ] });
($m) = grep { $_->{id} == $said } @{ messages($id) };
is(scalar @{ $m->{attachment_ids} }, 2, '4.5: a message with files');
fault_is($agent, 'ir.attachment', 'create', [ { name => 'x', datas => '***' } ], {}, 'builtins.ValueError', qr/base64/, 'no base64');
fault_is($pia, 'ir.attachment', 'create', [ { name => 'x', datas => 'eA==', res_model => $ticket, res_id => $id } ], {}, 'odoo.exceptions.MissingError', qr/./, 'VIS-16: of a ticket one sees');
is($agent->kw('ir.attachment', 'unlink', [ [$file] ]), $true, 'a file ends');
fault_is($pia, $ticket, 'message_post', [ $id ], { body => 'x', attachments => [ [ 'x', 'eA==' ] ] }, 'odoo.exceptions.MissingError', qr/./, '... nor with a message');
fault_is($agent, $ticket, 'message_post', [ $id ], { body => 'x', attachments => [ [ 'x', '***' ] ] }, 'builtins.ValueError', qr/base64/, 'a message with no base64');
fault_is($agent, $ticket, 'message_post', [ $id ], { body => 'x', attachments => [ map { [ $_, 'eA==' ] } 1 .. 21 ] }, 'odoo.exceptions.UserError', qr/20 files/, '... or too many');
my $many = $agent->kw('ir.attachment', 'create', [ [ map { { name => "$_.txt", datas => encode_base64("file $_"), res_model => $ticket, res_id => $id } } 1 .. 3 ] ]);
is_deeply([ map { decode_base64($_->{datas}) } @{ $agent->kw('ir.attachment', 'read', [ $many, ['datas'] ]) } ], [ 'file 1', 'file 2', 'file 3' ], '4.8: each has its own content');
fault_is($agent, 'ir.attachment', 'create', [ [ { name => 'y', datas => 'eA==', res_model => $ticket, res_id => $id }, { name => 'z' } ] ], {}, 'builtins.ValueError', qr/datas/, 'one without content');
is($agent->kw('ir.attachment', 'search_count', [ [ [ 'res_model', '=', $ticket ], [ 'res_id', '=', $id ], [ 'name', '=', 'y' ] ] ]), 0, '... and none is made');

# ---- long texts are converted before the write begins ----

my $long = '<p>' . join('</p><p>', map { "Line <b>$_</b> &amp; more" } 1 .. 1500) . '</p>';
my $plain = join "\n\n", map { "Line $_ & more" } 1 .. 1500;
cmp_ok(length $long, '>', 32 * 1024, 'a long text');
sub squeezed { return $_[0] =~ s/\s+/ /gr =~ s/^ | $//gr }
$said = $agent->kw($ticket, 'message_post', [ $id ], { body => $long, body_is_html => $true });
($m) = grep { $_->{id} == $said } @{ messages($id) };
is(squeezed($m->{body}), squeezed($plain), '4.5: the text of a long message in HTML');
$agent->kw($ticket, 'write', [ $id, { description => $long } ]);
is(squeezed($rest->api(GET => "/tickets/$id")->{json}{description}), squeezed($plain), '4.7: ... and of a long description');
$agent->kw($ticket, 'write', [ $id, { name => 'a <b>', description => $long } ], { context => { lang => 'en_US' } });
is(one($agent, $ticket, $id, 'name')->{name}, 'a <b>', '4.7: what is no HTML field stays as it is');

my @up = map { $agent->kw('ir.attachment', 'create', [ { name => "up$_.txt", datas => encode_base64("up$_") } ]) } 1 .. 6;
sub files { return join ' ', map { $_->{name} } @{ $agent->kw('ir.attachment', 'search_read', [ [ [ 'res_id', '=', $id ], [ 'name', 'like', 'up' ] ], ['name'] ], { order => 'id' }) } }
sub give { return $agent->kw($ticket, 'write', [ [$id], { attachment_ids => $_[0] } ]) }
is(give([ [ 4, $up[0] ], [ 4, $up[1], 0 ] ]) && files(), 'up1.txt up2.txt', '4.7: files linked to a ticket by [4, id]');
is(give([ [ 4, $up[0] ] ]) && files(), 'up1.txt up2.txt', '... twice does no harm');
is(give([ [ 0, 0, { name => 'up-new.txt', datas => encode_base64('new') } ] ]) && files(), 'up1.txt up2.txt up-new.txt', '... made by [0, 0, vals]');
my $all = $agent->kw('ir.attachment', 'search', [ [ [ 'res_id', '=', $id ], [ 'res_model', '=', $ticket ] ] ]);
is(give([ [ 6, 0, [ @$all, $up[2] ] ] ]) && files(), 'up1.txt up2.txt up3.txt up-new.txt', '... [6, 0, ids] adds what is not there');
is(give([ @$all, $up[2] ]) && files(), 'up1.txt up2.txt up3.txt up-new.txt', '... a list of numbers, too');
fault_is($agent, $ticket, 'write', [ [$id], { attachment_ids => $_ } ], {}, 'odoo.exceptions.UserError', qr/Delete it/, '... and none is lost')
    for [ [ 6, 0, [ $up[0] ] ] ], [ [ 3, $up[0] ] ], [ [ 5, 0, 0 ] ];
is(give([ [ 2, $up[1] ] ]) && files(), 'up1.txt up3.txt up-new.txt', '... one is deleted by [2, id]');
fault_is($agent, $ticket, 'write', [ [ $two->[0] ], { attachment_ids => [ [ 4, $up[0] ] ] } ], {}, 'odoo.exceptions.UserError', qr/belongs to something else/, "another's");
fault_is($admin, $ticket, 'write', [ [$id], { attachment_ids => [ [ 4, $up[3] ] ] } ], {}, 'odoo.exceptions.MissingError', qr/ir\.attachment/, "T-02: a loose file is its author's");
my $with = $agent->kw($ticket, 'create', [ { name => 'With a file', attachment_ids => [ [ 6, 0, [ $up[3] ] ] ] } ]);
is_deeply(one($agent, $ticket, $with, 'attachment_ids')->{attachment_ids}, [ $up[3] ], '4.7: of a new ticket');
$said = $agent->kw('mail.message', 'create', [ { model => $ticket, res_id => $id, body => 'x', attachment_ids => [ [ 6, 0, [ $up[4] ] ] ] } ]);
is($agent->kw('mail.message', 'write', [ [$said], { attachment_ids => [ [ 4, $up[5] ], [ 0, 0, { name => 'up7.txt', datas => encode_base64('7') } ] ] } ]), $true,
   '4.7: files of a message');
is(scalar @{ one($agent, 'mail.message', $said, 'attachment_ids')->{attachment_ids} }, 3, '... three');
fault_is($agent, 'mail.message', 'write', [ [$said], { attachment_ids => [ [ 3, $up[5] ] ] } ], {}, 'odoo.exceptions.UserError', qr/Delete it/, '... which stay');
fault_is($agent, 'mail.message', 'write', [ [$said], { attachment_ids => [ [ 4, $up[0] ] ] } ], {}, 'odoo.exceptions.ValidationError', qr/attachment_ids/, '... and are loose before');
is_deeply([ map { $_->{internal} ? 1 : 0 } grep { ($_->{message_id} // 0) == $said } @{ $rest->api(GET => "/tickets/$id/attachments")->{json}{items} } ], [ 1, 1, 1 ], 'CHT-9: files of a note are internal');

# ---- hours of a calendar, how one is told ----

my $cal = 'resource.calendar';
my @week = map { [ 0, 0, { name => 'x', dayofweek => "$_", hour_from => 8.5, hour_to => 12, day_period => 'morning' } ] } 0, 1;
my $calendar = $admin->kw($cal, 'create', [ { name => 'Mornings', tz => 'Europe/Vilnius', attendance_ids => [ @week,
    [ 0, 0, { name => 'lunch', dayofweek => '0', hour_from => 12, hour_to => 13, day_period => 'lunch' } ] ] } ]);
sub hours { return join ' ', map { "$_->{dayofweek}:$_->{hour_from}-$_->{hour_to}" } @{ $admin->kw("$cal.attendance", 'search_read', [ [ [ 'calendar_id', '=', $calendar ] ] ]) } }
sub set_hours { return $admin->kw($cal, 'write', [ [$calendar], { attendance_ids => $_[0] } ]) }
is(hours(), '0:8.5-12 1:8.5-12', '4.7: hours of a new calendar by [0, 0, vals]; a break is no working time');
my ($mon, $tue) = @{ one($admin, $cal, $calendar, 'attendance_ids')->{attendance_ids} };
is(set_hours([ [ 1, $mon, { hour_to => 11.75 } ], [ 0, 0, { dayofweek => '4', hour_from => 13, hour_to => 24 } ] ]) && hours(),
   '0:8.5-11.75 1:8.5-12 4:13-24', '... changed by [1, id, vals], and midnight');
is(set_hours([ [ 2, $tue, 0 ] ]) && hours(), '0:8.5-11.75 4:13-24', '... one goes by [2, id]');
is(set_hours([ [ 6, 0, [$mon] ] ]) && hours(), '0:8.5-11.75', '... [6, 0, ids] keeps those');
is(set_hours([ [ 5, 0, 0 ], [ 0, 0, { dayofweek => 2, hour_from => 9, hour_to => 10 } ] ]) && hours(), '2:9-10', '... [5] empties');
is(one($admin, $cal, $calendar, 'attendance_ids')->{attendance_ids} && $rest->api(GET => "/calendars/$calendar")->{json}{hours}[0]{from}, '09:00', 'SLA-7: REST sees the same');
for ([ [ [ 0, 0, { dayofweek => '7', hour_from => 8, hour_to => 9 } ] ], 'ValidationError', qr/hours/ ], [ [ [ 0, 0, { dayofweek => '1', hour_from => 9, hour_to => 8 } ] ], 'ValidationError', qr/hours/ ],
     [ [ [ 0, 0, { dayofweek => '2', hour_from => 9.5, hour_to => 11 } ] ], 'ValidationError', qr/hours/ ], [ [ [ 1, 7, { hour_to => 9 } ] ], 'MissingError', qr/attendance\(7/ ],
     [ [ [ 0, 0, { dayofweek => '1', hour_from => 8, hour_to => 9, week_type => '1' } ] ], 'ValueError', qr/every week/ ], [ [ [ 0, 0, { nonsense => 1 } ] ], 'ValueError', qr/Invalid field/ ],
     [ 'x', 'ValueError', qr/list of commands/ ]) {
    my $e = $admin->fault($cal, 'write', [ [$calendar], { attendance_ids => $_->[0] } ]) || { name => 'none', message => '' };
    like("$e->{name} $e->{message}", qr/\.$_->[1] .*$_->[2]/s, "... and what cannot be is a fault: $_->[1]");
}
is(hours(), '2:9-10', '... that changed nothing');
fault_is($agent, $cal, 'write', [ [$calendar], { attendance_ids => [ [ 5, 0, 0 ] ] } ], {}, 'odoo.exceptions.AccessError', qr/./, 'ACC-1: calendars are for administrators');
is($admin->kw($cal, 'fields_get', [ ['attendance_ids'] ])->{attendance_ids}{readonly}, $false, 'fields_get says that it can be set');
sub told { return one($agent, 'res.users', $agent->{uid}, 'notification_type')->{notification_type} }
is($agent->kw('res.users', 'write', [ [ $agent->{uid} ], { notification_type => 'email' } ]) && told(), 'email', 'CHT-2: notification_type');
is_deeply([ do { my %by = %{ $rest->api(GET => "/users/$agent->{uid}")->{json}{notify_by} }; my %way = map { $_ => 1 } values %by; sort keys %way } ], ['email'], '... of every kind');
is($agent->kw('res.users', 'write', [ [ $agent->{uid} ], { notification_type => 'inbox' } ]) && told(), 'inbox', '... and back');
fault_is($agent, 'res.users', 'write', [ [ $agent->{uid} ], { notification_type => 'fax' } ], {}, 'builtins.ValueError', qr/email or inbox/, '... one of two');

# ---- nobody is told when nobody is to be ----

sub unread { return $rest->api(GET => '/notifications/count')->{json}{unread} }
my $unread = unread();
my $hushed = $agent->kw($ticket, 'create', [ { name => 'Hush', user_id => $admin->{uid} } ], { context => { tracking_disable => $true } });
is(unread(), $unread, '4.5: tracking_disable: who gets a ticket is not told');
$agent->kw($ticket, 'create', [ { name => 'Aloud', user_id => $admin->{uid} } ]);
is(unread(), $unread + 1, 'MAN-4: ... and otherwise is');
cmp_ok(scalar @{ $rest->api(GET => "/tickets/$hushed/history")->{json}{items} }, '>', 0, '... but the audit is not switched off');

# ---- external ids (ir.model.data) ----

my $data = 'ir.model.data';
my $xid = $agent->kw($data, 'create', [ [ { module => '__api__', name => 'ticket_1', model => $ticket, res_id => $id } ] ])->[0];
is_deeply($agent->kw($data, 'search_read', [ [ [ 'name', '=', 'ticket_1' ], [ 'model', '=', $ticket ] ], [ 'module', 'model', 'res_id', 'complete_name' ] ]),
          [ { id => $xid, module => '__api__', model => $ticket, res_id => $id, complete_name => '__api__.ticket_1' } ], '4.8: an external id, found by its name');
is_deeply($agent->kw($data, 'search', [ [ [ 'module', '=', '__api__' ], [ 'name', '=', 'ticket_1' ] ] ]), [$xid], '... by module and name');
is_deeply($agent->kw($data, 'search', [ [ [ 'module', '=', '__api__' ], [ 'name', '=', 'ticket_1' ], [ 'res_id', '=', 9999 ] ] ]), [], '... and nothing else must fail');
is_deeply($agent->kw($data, 'search', [ [ [ 'module', '=', '__api__' ], [ 'name', '=', 'TICKET_1' ] ] ]), [], '... which mind case');
my $pair = { module => '__api__', name => 'ticket_1', model => $ticket, res_id => $two->[0] };
fault_is($agent, $data, 'create', [$pair], {}, 'odoo.exceptions.ValidationError', qr/name/, 'taken');
fault_is($agent, $data, 'create', [ { %$pair, name => 'y', res_id => 9999 } ], {}, 'odoo.exceptions.ValidationError', qr/res_id/, 'of a record that is there');
fault_is($agent, $data, 'create', [ { %$pair, name => 'y', model => 'no.model' } ], {}, 'builtins.ValueError', qr/model/, 'of a model there is');
fault_is($agent, $data, 'create', [ { %$pair, name => 'y', module => 'a.b' } ], {}, 'odoo.exceptions.ValidationError', qr/module/, 'a module has no dot');
is_deeply($pia->kw($data, 'search', [ [] ]), [], 'VIS-16: none for customers');
is($admin->kw($ticket, 'unlink', [ [$id] ]), $true, 'the record goes');
is($admin->kw($data, 'search_count', [ [ [ 'name', '=', 'ticket_1' ] ] ]), 0, '... and its name with it');

# ---- API keys ----

my $key = $agent->kw('res.users.apikeys', 'generate', [ $false, 'rpc', 'script', '2030-01-01' ]);
is(Rpc->new($desk, 'agent', $key)->{uid}, $agent->{uid}, '4.4: a key is a password');
is(scalar @{ $agent->kw('res.users.apikeys', 'search', [ [ [ 'name', '=', 'script' ] ] ]) }, 1, 'one sees his own');
is(scalar @{ $admin->kw('res.users.apikeys', 'search', [ [ [ 'name', '=', 'script' ] ] ]) }, 0, '... only');
fault_is($admin, 'res.users.apikeys', 'revoke', [$key], {}, 'odoo.exceptions.AccessDenied', qr/of yours/, 'nobody else ends it');
is($agent->kw('res.users.apikeys', 'revoke', [$key]), $true, 'its owner does');
fault_is($agent, 'res.users.apikeys', 'revoke', [$key], {}, 'odoo.exceptions.AccessDenied', qr/of yours/, 'once');

# ---- a session that only reads is alive (T-12); last: it moves the clock ----

my $r = json_rpc($desk->client, '/web/session/authenticate', { db => $DB, login => 'agent', password => $Helpdesk::PASSWORD });
my ($cookie) = $r->{cookies}[0] =~ /^(session_id=[^;]+)/;
my $browser = $desk->client;
sub in_session {
    my ($time, $method, @args) = @_;
    $desk->at("2026-01-$time:00Z");
    my $r = json_rpc($browser, '/web/dataset/call_kw', { model => $ticket, method => $method, args => \@args, kwargs => {} }, headers => { Cookie => $cookie });
    my ($seen) = sort { $b cmp $a } map { $_->{seen} } $desk->dump_records('session');
    return ($r->{json}{error} ? $r->{json}{error}{code} : 'well') . ' ' . substr $seen // '', 8, 8;
}
is(in_session('05T10:05', 'fields_get', ['name']), 'well 05T10:00', 'five minutes later a read writes nothing');
is(in_session('05T10:11', 'fields_get', ['name']), 'well 05T10:11', 'a short read is a sign of life');
is(in_session('05T21:00', 'read_group', [], [], ['team_id']), 'well 05T21:00', '... so is a long one');
is(in_session('06T08:50', 'search_read', [], ['name']), 'well 06T08:50', '... and the session goes on past twelve hours');
is(in_session('06T09:10', 'read', [9999], ['name']), '200 06T08:50', 'what is refused is none');
is(in_session('06T20:55', 'read', [9999], ['name']), '100 06T08:50', 'and it goes idle at last');

done_testing();
