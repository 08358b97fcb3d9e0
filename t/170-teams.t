#!/usr/bin/perl

# Teams: their fields, defaults, addresses, pipeline, counts, archive and end.

use strict;
use utf8;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Helpdesk;

binmode Test::More->builder->$_, ':utf8' for qw(output failure_output todo_output);
my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $desk = Helpdesk->new(workers => 2, sync => 'off')->seed;
$desk->add_user(nora => 'none')->add_user(pia => 'portal')->start;
my $admin = $desk->login('admin');
my $agent = $desk->login('agent');
my $second = made('/companies', { name => 'Second Company' });

sub made { my ($path, $body, $c) = @_; return ($c // $admin)->made($path, $body) }
sub get { my ($path, $c) = @_; return ($c // $admin)->api(GET => $path)->{json} }
sub patch { my ($path, $body) = @_; return $admin->api(PATCH => $path, $body) }
sub refused {
    my ($r, $status, $field, $code, $name) = @_;
    my ($f) = grep { $_->{field} eq $field } @{ $r->{json}{fields} // [] };
    is("$r->{status} " . ($f->{code} // ''), "$status $code", $name) or diag($r->{body});
}

# ---- TEAM-1, TEAM-2, TEAM-3 ----

for my $c ($agent, $desk->login('nora'), $desk->login('pia')) {
    my @status = map { $_->{status} } $c->api(POST => '/teams', { name => 'X' }), $c->api(PATCH => '/teams/1', { name => 'X' }),
        $c->api(PATCH => '/teams/1', { active => $false }), $c->api(DELETE => '/teams/1');
    is("@status", '403 403 403 403', "TEAM-2: only administrators: $c->{user}{role}");
}
refused($admin->api(POST => '/teams', {}), 422, 'name', 'required', 'TEAM-3: a team has a name');
my $plain = $admin->api(POST => '/teams', { name => 'Kundtjänst Väst', description => '<b>Bold</b> text' })->{json};
is($plain->{company_id}, 1, 'TEAM-3: company of the creator');
is($plain->{description}, '<b>Bold</b> text', 'TEAM-3: description');
is(scalar @{ get('/teams')->{items} }, 2, 'TEAM-1: any number of teams');

# ---- TEAM-5, TEAM-6 ----

my %want = (use_sla => $true, use_alias => $true, alias_name => 'kundtjanst-vast', privacy_visibility => 'portal',
            auto_assignment => $false, auto_close_ticket => $false, auto_close_day => 7, resource_calendar_id => undef,
            active => $true, alias_contact => 'everyone', to_stage_id => undef);
is(json_text($plain->{$_}), json_text($want{$_}), "TEAM-6: default of $_") for sort keys %want;
my @shared = @{ get('/teams/1')->{stage_ids} };
is("@{ $plain->{stage_ids} }", "@shared", 'TEAM-6: it shares the stages of the first team');
my $special = made('/stages', { name => 'Only of the first', team_ids => [1] });
is("@{ $admin->api(POST => '/teams', { name => 'Third' })->{json}{stage_ids} }", "@shared", 'STG-5: a stage made for one team stays with it');
is($admin->api(DELETE => "/stages/$special")->{status}, 204, 'and goes again');
my $off = $admin->api(POST => '/teams', { name => 'Off', use_sla => $false, use_alias => $false, auto_close_day => 3,
                                          privacy_visibility => 'internal' })->{json};
is(json_text([ @$off{qw(use_sla use_alias alias_name auto_close_day privacy_visibility)} ]), '[false,false,"",3,"internal"]',
   'TEAM-6: what is said is not defaulted');
my @fields = qw(name description active company_id sequence color stage_ids auto_assignment assign_method member_ids
    privacy_visibility message_partner_ids use_alias alias_name alias_contact use_website_helpdesk_form website_published
    use_website_helpdesk_livechat use_website_helpdesk_forum use_website_helpdesk_slides use_website_helpdesk_knowledge
    allow_portal_ticket_closing auto_close_ticket auto_close_day from_stage_ids to_stage_id use_sla resource_calendar_id
    use_rating portal_show_rating use_helpdesk_timesheet use_helpdesk_sale_timesheet use_credit_notes use_coupons
    use_product_returns use_product_repairs use_fsm ticket_properties open_ticket_count unassigned_tickets urgent_ticket);
is(join(' ', grep { !exists $plain->{$_} } @fields), '', 'TEAM-5: a team shows its fields');
for my $flag (grep { /^use_|_closing$|_rating$|^website_pub/ } @fields) {
    my $r = patch("/teams/$off->{id}", { $flag => $off->{$flag} ? $false : $true });
    is("$r->{status} " . !!$r->{json}{$flag}, '200 ' . !$off->{$flag}, "TEAM-5: $flag is kept");
}
refused(patch("/teams/$off->{id}", { auto_close_day => -1 }), 422, 'auto_close_day', 'out_of_range', 'TEAM-5: days are not negative');
refused(patch("/teams/$off->{id}", { auto_close_ticket => $true, auto_close_day => 0 }), 422, 'auto_close_day', 'out_of_range',
        'TEAM-5: closing needs at least a day');
refused(patch("/teams/$off->{id}", { resource_calendar_id => 999 }), 422, 'resource_calendar_id', 'not_found',
        'TEAM-5: a calendar that is there');
refused(patch("/teams/$off->{id}", { privacy_visibility => 'secret' }), 422, 'privacy_visibility', 'not_an_option', 'TEAM-5: modes');
is(patch("/teams/$off->{id}", { open_ticket_count => 3 })->{status}, 422, 'TEAM-5: counts are not written');
is($admin->api(GET => '/teams?open_ticket_count=3')->{status}, 422, 'nor filtered by');
is($admin->api(GET => '/teams?stage_ids=1')->{status}, 422, 'nor are stages of teams');
unlike($admin->api(GET => "/teams/$off->{id}")->{body}, qr/follow_|access_token/, 'what is kept for the desk itself is not shown');

# ---- CHN-2 ----

my %alias = ('Support' => 'support', 'Émile & Söhne' => 'emile-sohne', 'sales@example.com' => 'sales', 'a..b' => 'a.b',
             '.dot.' => 'dot', 'Big  Blue!' => 'big-blue-', 'x_y+z' => 'x_y+z', 'A. B' => 'a.-b');
for my $in (sort keys %alias) {
    my $r = patch("/teams/$off->{id}", { alias_name => $in });
    is($r->{json}{alias_name}, $alias{$in}, "CHN-2: alias of '$in'") or diag($r->{body});
}
refused(patch("/teams/$off->{id}", { alias_name => $_ }), 422, 'alias_name', 'not_allowed', "CHN-2: '$_' is no alias")
    for 'catchall', 'Bounce', 'поддержка', '...', '@example.com', '--';
refused(patch("/teams/$off->{id}", { alias_name => 'Kundtjänst-Väst' }), 422, 'alias_name', 'taken', 'CHN-2: unique');
is($admin->api(POST => '/teams', { name => 'Kundtjanst Vast' })->{json}{alias_name}, 'kundtjanst-vast-2', 'TEAM-6: a derived alias is unique');
is($admin->api(POST => '/teams', { name => 'catchall' })->{json}{alias_name}, 'catchall-2', 'TEAM-6: nor reserved');
is($admin->api(POST => '/teams', { name => 'پشتیبانی' })->{json}{alias_name}, 'team', 'TEAM-6: a name without Latin letters');
is(patch("/teams/$off->{id}", { use_alias => $true, alias_name => '' })->{json}{alias_name}, 'off', 'CHN-1: switched on, it has one');

# ---- stages of a team ----

my @own = map { made('/stages', { name => "Own $_", fold => $_ == 3 ? $true : $false }) } 1 .. 3;
my $r = $admin->api(POST => '/teams', { name => 'Pipeline', stage_ids => \@own, to_stage_id => $own[2], from_stage_ids => [ $own[0] ] });
is("$r->{status} @{ $r->{json}{stage_ids} }", "201 @own", 'STG-5: a team made with its stages') or diag($r->{body});
my $pipe = $r->{json}{id};
is("@{ get(qq(/stages/$own[0]))->{team_ids} }", $pipe, 'STG-5: the stages say so too');
refused(patch("/teams/$pipe", { to_stage_id => $shared[0] }), 422, 'to_stage_id', 'not_of_team', 'TEAM-5: to_stage_id is a stage of the team');
refused(patch("/teams/$pipe", { from_stage_ids => [ $own[0], $shared[0] ] }), 422, 'from_stage_ids', 'not_of_team', 'TEAM-5: so are from_stage_ids');
refused(patch("/teams/$pipe", { stage_ids => [ @own[ 0, 1 ] ] }), 422, 'to_stage_id', 'not_of_team', 'TEAM-5: a stage in use does not leave');
my $in_pipe = made('/tickets', { name => 'In the pipe', team_id => $pipe, stage_id => $own[1] });
refused(patch("/teams/$pipe", { stage_ids => [ @own[ 0, 2 ] ] }), 422, 'stage_ids', 'in_use', 'STG-19: nor one with tickets');
refused(patch("/teams/$pipe", { stage_ids => [ @own, 999 ] }), 422, 'stage_ids', 'not_found', 'STG-5: stages that are there');
$r = patch("/teams/$pipe", { stage_ids => [ @own, $shared[0] ] });
is("$r->{status} @{ $r->{json}{stage_ids} }", '200 ' . join(' ', sort { $a <=> $b } @own, $shared[0]), 'STG-5: a stage comes');
$r = patch("/teams/$pipe", { stage_ids => \@own });
is("$r->{status} @{ $r->{json}{stage_ids} }", "200 @own", 'STG-5: and goes');
is(scalar(grep { $_ == $pipe } @{ get("/stages/$shared[0]")->{team_ids} }), 0, 'STG-5: in the stage too');
my $v = get("/teams/$pipe")->{version};
is(patch("/teams/$pipe", { stage_ids => \@own })->{json}{version}, $v, 'the same stages are no change');

# ---- counts ----

made('/tickets', { name => "T$_", team_id => $pipe, priority => $_ % 2 ? '3' : '0' }) for 1 .. 4;
my $mine = made('/tickets', { name => 'Mine', team_id => $pipe, user_id => $agent->{user}{id}, priority => '3' });
my $done = made('/tickets', { name => 'Done', team_id => $pipe, stage_id => $own[2], priority => '3' });
my $gone = made('/tickets', { name => 'Gone', team_id => $pipe, priority => '3' });
patch("/tickets/$gone", { active => $false });
my $counts = sub { my ($c, $id) = @_; return join ' ', @{ get("/teams/$id", $c) }{qw(open_ticket_count unassigned_tickets urgent_ticket)} };
is($counts->($agent, $pipe), '6 5 3', 'TEAM-5: open, unassigned, urgent');
my ($listed) = grep { $_->{id} == $pipe } @{ get('/teams', $agent)->{items} };
is(join(' ', @$listed{qw(open_ticket_count unassigned_tickets urgent_ticket)}), '6 5 3', 'TEAM-5: the same in lists');
patch("/teams/$pipe", { privacy_visibility => 'invited_internal' });
is($counts->($admin, $pipe), '6 5 3', 'VIS-5: an administrator counts all');
is($counts->($agent, $pipe), '1 0 1', 'VIS-2: who follows one ticket counts one');
$admin->api(PUT => "/tickets/$in_pipe/followers/$agent->{user}{partner_id}");
is($counts->($agent, $pipe), '2 1 1', 'VIS-3: and two when he follows two');
my $etag = $agent->api(GET => "/teams/$pipe")->{headers}{etag};
is($agent->api(GET => "/teams/$pipe", undef, headers => { 'If-None-Match' => $etag })->{status}, 200, 'counts change without the version');

# ---- TEAM-4 ----

patch("/teams/$pipe", { use_website_helpdesk_form => $true, website_published => $true, slug => 'pipe', description => 'For everybody' });
my $page = $desk->client->request(GET => '/support/pipe');
is($page->{status}, 200, 'TEAM-4: a published form is public');
like($page->{body}, qr/Pipeline.*For everybody/s, 'TEAM-4: with name and description');
unlike($page->{body}, qr/invited|alias|auto_close|sequence|company|member/i, 'TEAM-4: and nothing else of the team');
is($desk->client->api(GET => "/teams/$pipe")->{status}, 401, 'TEAM-4: the rest wants a sign-in');
patch("/teams/$pipe", { website_published => $false });
is($desk->client->request(GET => '/support/pipe')->{status}, 404, 'TEAM-4: unpublished, it is not there');

# ---- TEAM-7 ----

my $move = made('/teams', { name => 'Moves' });
my $bound = made('/contacts', { name => 'Bound', company_id => 1 });
my $ticket = made('/tickets', { name => 'Of the bound', team_id => $move, partner_id => $bound });
refused(patch("/teams/$move", { company_id => $second }), 422, 'company_id', 'in_use', 'TEAM-7: customers of the old company hold it back');
patch("/tickets/$ticket", { active => $false });
refused(patch("/teams/$move", { company_id => $second }), 422, 'company_id', 'in_use', 'TEAM-7: also those of archived tickets');
patch("/tickets/$ticket", { partner_id => undef, active => $true, user_id => $admin->{user}{id} });
my $of_first = made('/users', { login => 'first', name => 'First', role => 'user', password => $Helpdesk::PASSWORD, company_ids => [1] });
patch("/tickets/$ticket", { user_id => $of_first });
refused(patch("/teams/$move", { company_id => $second }), 422, 'company_id', 'in_use', 'ACC-6: nor may it leave its assignees behind');
patch("/tickets/$ticket", { user_id => undef });
is(patch("/teams/$move", { company_id => $second })->{status}, 200, 'TEAM-7: without them it moves');
is(get("/tickets/$ticket")->{company_id}, $second, 'TEAM-7: and its tickets with it');

# ---- TEAM-8 ----

is(patch("/teams/$pipe", { active => $false })->{status}, 200, 'TEAM-8: archived');
ok(!(grep { $_->{id} == $pipe } @{ get('/teams')->{items} }), 'TEAM-8: not in lists');
is(get("/tickets/count?team_id=$pipe")->{count}, 0, 'TEAM-8: nor its tickets');
is(get("/tickets/count?team_id=$pipe&active=false")->{count}, 8, 'TEAM-8: a search for archived ones shows them');
is($counts->($admin, $pipe), '0 0 0', 'TEAM-8: none is open');
patch("/teams/$pipe", { active => $true });
is(get("/tickets/count?team_id=$pipe")->{count}, 7, 'TEAM-8: restored');

# ---- TEAM-9 ----

$r = $admin->api(DELETE => "/teams/$pipe");
is("$r->{status} $r->{json}{code}", '409 in_use', 'TEAM-9: a team with tickets is not deleted');
like($r->{body}, qr/Archive it instead/, 'TEAM-9: with advice');
is($admin->api(DELETE => "/teams/$off->{id}")->{status}, 204, 'TEAM-9: one without is');
ok(!(grep { my $s = $_; grep { $_ == $off->{id} } @{ $s->{team_ids} } } $desk->dump_records('stage')), 'TEAM-9: and leaves its stages');

# ---- TEAM-10 ----

is(scalar(grep { $_->{name} =~ /^(?:Vilnius|Returns)$/ } map { get('/teams/' . made('/teams', { name => $_ })) } 'Vilnius', 'Returns'), 2,
   'TEAM-10: by place or by kind, the desk does not mind');
my ($out, $err, $status) = $desk->ctl(['fsck'], ok => 0);
is($status, 0, 'fsck finds nothing') or diag("$out$err");
done_testing;
