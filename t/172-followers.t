#!/usr/bin/perl

# Visibility and followers, requirement by requirement (VIS-1 .. VIS-22, D-8, D-10).  The property over random worlds stands in
# t/132-visibility.t and t/unit/test_worlds.c; links in t/171-link.t.

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
$desk->add_user($_ => 'user') for qw(ann ben);
$desk->add_user(nora => 'none');
$desk->add_user($_ => 'portal') for qw(pia pim);
$desk->start;
my %who = map { $_ => $desk->login($_) } qw(admin agent ann ben nora pia pim);
my $admin = $who{admin};
my %p = map { $_ => $who{$_}{user}{partner_id} } keys %who;

sub made { my ($path, $body, $c) = @_; return ($c // $admin)->made($path, $body) }
sub patch { my ($path, $body) = @_; my $r = $admin->api(PATCH => $path, $body); $r->{status} == 200 or diag("$path: $r->{body}"); return $r->{json} }
sub get { my ($path, $c) = @_; return ($c // $admin)->api(GET => $path)->{json} }
sub mode { my ($team, $mode) = @_; patch("/teams/$team", { privacy_visibility => $mode }) }
sub follow { my ($id, @names) = @_; $admin->api(PUT => "/tickets/$id/followers/$p{$_}") for @names }
sub unfollow { my ($id, @names) = @_; $admin->api(DELETE => "/tickets/$id/followers/$p{$_}") for @names }
# Names of those who may open it, by reading and by listing; both must say the same.
sub readers {
    my ($id) = @_;
    my @read = grep { $who{$_}->api(GET => "/tickets/$id")->{status} == 200 } sort keys %who;
    my @list = grep { grep { $_->{id} == $id } @{ get('/tickets?active=any&limit=200', $who{$_})->{items} } } sort keys %who;
    is("@list", "@read", "list and read of $id agree");
    return "@read";
}
sub followers { my ($id) = @_; my %n = reverse %p; return join ' ', sort map { $n{$_} // "#$_" } @{ get("/tickets/$id")->{message_partner_ids} } }

my $team = made('/teams', { name => 'Team', privacy_visibility => 'invited_internal' });
my $t1 = made('/tickets', { name => 'One', team_id => $team });
my $t2 = made('/tickets', { name => 'Two', team_id => $team });
my $staff = 'admin agent ann ben';

# ---- modes ----

is(readers($t1), 'admin', 'VIS-1: a private team: only who is invited; VIS-5: and administrators');
follow($t1, qw(ann nora pia));
is(readers($t1), 'admin ann nora', 'VIS-1: a follower is invited');
is($who{ann}->api(GET => "/teams/$team")->{status}, 200, 'VIS-2: and opens the team');
is(join(' ', map { $_->{id} } @{ get("/tickets?team_id=$team", $who{ann})->{items} }), $t1, 'VIS-2: where he sees what he follows');
is($who{ben}->api(GET => "/teams/$team")->{status}, 404, 'VIS-2: others do not');
patch("/teams/$team", { message_partner_ids => [ $p{ben}, $p{pia} ] });
is(readers($t2), 'admin ben', 'VIS-1: a follower of the team sees its tickets');
unfollow($t2, 'ben');
is(readers($t2), 'admin', 'VIS-3: taken from one ticket');
is($who{ben}->api(GET => "/teams/$team")->{status}, 200, 'VIS-3: the team stays his');
follow($t2, 'agent');
is(readers($t2), 'admin agent', 'VIS-3: given on one ticket');
my $held = made('/tickets', { name => 'Held', team_id => $team, user_id => $who{ann}{user}{id} });
is(followers($held), 'admin ann ben pia', 'VIS-4: creator and assignee follow; VIS-20: so do the team\'s followers');
mode($team, 'internal');
is(readers($t2), $staff, 'VIS-6: company: every internal user');
is(readers($t1), "admin agent ann ben nora", 'ACC-2: without a right, what he follows; VIS-8, D-10: no portal user, even as follower');
mode($team, 'portal');
is(readers($t1), "admin agent ann ben nora pia", 'VIS-7: public: portal users, what they follow');
is(readers($t2), "$staff pia", 'VIS-7: also by the team');
my $made = made('/tickets', { name => 'Of agent', team_id => $team }, $who{agent});
is(followers($made), 'agent ben pia', 'VIS-4: who makes it follows it');

# ---- VIS-9, VIS-18, VIS-20, VIS-21 ----

my $contact = made('/contacts', { name => 'Contact' });
my $asleep = made('/contacts', { name => 'Asleep' });
patch("/contacts/$asleep", { active => $false });
for my $m (qw(portal internal invited_internal)) {
    my $x = made('/teams', { name => "Mode $m", privacy_visibility => $m, message_partner_ids => [ $contact, $p{pim} ] });
    my $t = made('/tickets', { name => 'T', team_id => $x });
    is(followers($t), "#$contact admin pim", "VIS-9: contacts and portal users follow a team that is $m");
    is(readers($t) =~ /pim/ ? 1 : 0, $m eq 'portal' ? 1 : 0, "VIS-9: and see it only in public mode: $m");
}
my $v = get("/tickets/$t1")->{version};
follow($t1, 'pia');
is(get("/tickets/$t1")->{version}, $v, 'VIS-18: following twice is following once');
my $eager = made('/teams', { name => 'Eager', message_partner_ids => [ $contact, $asleep, $p{ann} ] });
my $enters = made('/tickets', { name => 'Enters', team_id => $eager });
is(followers($enters), "#$contact admin ann", 'VIS-20, VIS-21: created in the team: its active followers');
patch("/tickets/$t2", { team_id => $eager });
is(followers($t2), "#$contact admin agent ann pia", 'VIS-20: moved into it too; those who were there stay');

# ---- D-8 ----

my %d = map { $_ => made('/tickets', { name => $_, team_id => $eager }) } qw(open closed archived);
my $stages = get("/teams/$eager/board")->{columns};
my ($fold) = map { $_->{stage}{id} } grep { $_->{stage}{fold} } @$stages;
patch("/tickets/$d{closed}", { stage_id => $fold });
patch("/tickets/$d{archived}", { active => $false });
patch("/teams/$eager", { message_partner_ids => [ $contact, $p{ann}, $p{ben} ] });
is(join(' ', map { followers($d{$_}) =~ /ben/ ? 1 : 0 } qw(open closed archived)), '1 0 0', 'D-8: a new follower gets the open tickets');
follow($d{$_}, 'ben') for qw(closed archived);
patch("/teams/$eager", { message_partner_ids => [ $contact, $p{ann} ] });
is(join(' ', map { followers($d{$_}) =~ /ben/ ? 1 : 0 } qw(open closed archived)), '0 0 0', 'D-8: one who leaves loses all');

# ---- VIS-11, VIS-12, VIS-13, VIS-15: public to private and back ----

my $open = made('/teams', { name => 'Open', message_partner_ids => [ $contact, $p{pia}, $p{ann} ] });
my %o = map { $_ => made('/tickets', { name => $_, team_id => $open, partner_id => $p{pim} }) } qw(one two);
patch("/tickets/$o{two}", { active => $false });
follow($o{one}, 'nora');
my $url = $who{agent}->api(POST => "/tickets/$o{one}/link")->{json}{url};
my ($link) = $url =~ m{(/support/.*)};
is($desk->client->request(GET => $link)->{status}, 200, 'VIS-12: a link that works');
is(followers($o{$_}), "#$contact admin ann" . ($_ eq 'one' ? ' nora' : '') . ' pia pim', "before: $_") for qw(one two);

my $dry = $admin->api(PATCH => "/teams/$open?dry_run=1", { privacy_visibility => 'internal' });
is($dry->{status}, 200, 'VIS-14: asked before') or diag($dry->{body});
is(json_text([ map { [ $_->{kind}, $_->{tickets} ] } sort { $a->{partner_id} <=> $b->{partner_id} } @{ $dry->{json}{lose} } ]),
   '[["portal",1],["portal",1]]', 'VIS-14: who loses how many');
is(json_text([ @{ $dry->{json} }{qw(dry_run tickets links_end lose_total gain gain_total)} ]), '[true,2,1,2,[],0]', 'VIS-14: tickets, links, nobody gains');
is("@{ $dry->{json}{warning_codes} }", 'portal_users_leave', 'VIS-14: a warning by name');
like($dry->{json}{warning}, qr/archived ones included.*links.*not restore/s, 'VIS-14: and a warning in words');
is(get("/teams/$open")->{privacy_visibility}, 'portal', 'VIS-14: nothing was written');
$dry = $admin->api(PATCH => "/teams/$open?dry_run=1", { privacy_visibility => 'invited_internal' })->{json};
is("@{ $dry->{warning_codes} }", 'portal_users_leave internal_only_followed', 'VIS-14: private means both');
is(join(' ', map { "$_->{name}:$_->{tickets}" } grep { $_->{kind} eq 'internal' } @{ $dry->{lose} }), 'Agent:2 Ben:2', 'VIS-14: internal users who do not follow lose all');
$dry = $admin->api(PATCH => "/teams/$open?dry_run=1", { message_partner_ids => [ $p{pia}, $p{ann} ] })->{json};
is("@{ $dry->{warning_codes} }$dry->{warning}", '', 'VIS-14: nothing to warn of when visibility stays');
is(join(' ', map { "$_->{kind}:$_->{tickets}" } @{ $dry->{lose} }), 'contact:2', 'VIS-14: a contact who is dropped');
is($admin->api(PATCH => "/teams/$open?dry_run=1", { privacy_visibility => 'x' })->{status}, 422, 'VIS-14: what would be refused is');
is($who{ann}->api(PATCH => "/teams/$open?dry_run=1", { privacy_visibility => 'internal' })->{status}, 403, 'VIS-14: administrators only');
is($admin->api(PATCH => "/teams/$open?dry_run=maybe", {})->{status}, 422, 'dry_run is 1 or 0');

mode($open, 'internal');
is(followers($o{$_}), "#$contact admin ann" . ($_ eq 'one' ? ' nora' : ''), "VIS-11: portal users leave, contacts and internal users stay: $_") for qw(one two);
is(json_text(get("/teams/$open")->{message_partner_ids}), json_text([ sort { $a <=> $b } $contact, $p{ann} ]), 'VIS-11: they leave the team as well');
is($desk->client->request(GET => $link)->{status}, 404, 'VIS-12: the link ended');
$dry = $admin->api(PATCH => "/teams/$open?dry_run=1", { privacy_visibility => 'portal' })->{json};
is("@{ $dry->{warning_codes} }", 'customers_follow', 'VIS-13: said before');
is(join(' ', map { "$_->{name}:$_->{tickets}" } @{ $dry->{gain} }), 'Pim:1', 'VIS-14: the customer would gain his ticket');
mode($open, 'portal');
is(followers($o{$_}), "#$contact admin ann" . ($_ eq 'one' ? ' nora' : '') . ' pim', "VIS-13: the customer follows again, others do not: $_") for qw(one two);
is($desk->client->request(GET => $link)->{status}, 404, 'VIS-12: an old link stays dead');
for my $m (qw(invited_internal internal portal invited_internal portal)) {
    mode($open, $m);
    is(get("/teams/$open")->{privacy_visibility}, $m, "VIS-15: at any time: $m");
}

# ---- VIS-16, VIS-17, VIS-22 ----

mode($team, 'invited_internal');
is($who{agent}->api($_->[0], "/tickets/$t1$_->[1]", $_->[2])->{status}, 404, "VIS-16: hidden is not there: $_->[0] $_->[1]")
    for [ GET => '' ], [ PATCH => '', { name => 'x' } ], [ PUT => "/followers/$p{agent}" ], [ DELETE => "/followers/$p{agent}" ], [ POST => '/link' ],
        [ GET => '/assignment' ], [ POST => '/duplicate' ];
my $second = made('/companies', { name => 'Second' });
my $far = made('/teams', { name => 'Far', company_id => $second });
my $away = made('/tickets', { name => 'Away', team_id => $far });
follow($away, qw(ann nora));
is(readers($away), 'admin', 'VIS-17: of another company: never, follower or not');
my $anon = $desk->client;
is(join(' ', map { $anon->api(GET => $_)->{status} } '/tickets', "/tickets/$t1", '/teams', "/teams/$team", '/contacts', '/events', '/users'),
   join(' ', (401) x 7), 'VIS-22: a visitor reads nothing of the API');

# ---- a team too large for one transaction ----

my $big = made('/teams', { name => 'Big' });
my $n = 600;
my @ok = parallel(4, sub {
    my $c = $desk->login('admin');
    my $ok = 0;
    for my $i (1 .. $n) {
        $ok += $c->api(POST => '/tickets', { name => "B$i", team_id => $big, $i % 2 ? (partner_id => $p{pia}) : (),
                                             message_partner_ids => [ $p{pim}, $contact ] })->{status} == 201;
    }
    return $ok;
});
is("@ok", join(' ', ($n) x 4), 'made');
my $count = sub { return get("/tickets/count?team_id=$big", $who{ $_[0] })->{count} };
is($count->('pia') . ' ' . $count->('pim'), 2 * $n . ' ' . 4 * $n, 'before');
my ($last) = map { $_->{id} } @{ get("/tickets?team_id=$big&limit=1&fields=id")->{items} };
my ($oldest) = sort { $a <=> $b } map { $_->{id} } grep { $_->{team_id} == $big } $desk->dump_records('ticket');
my @links = map { ($who{agent}->api(POST => "/tickets/$_/link")->{json}{url} =~ m{(/support/.*)})[0] } $last, $oldest;
mode($big, 'internal');
is($count->('pia') . ' ' . $count->('pim'), '0 0', 'VIS-11: access ends with the answer, however many tickets');
is(join(' ', map { $desk->client->request(GET => $_)->{status} } @links), '404 404', 'VIS-12: so do links');
mode($big, 'portal');
is($count->('pim'), 0, 'VIS-13: going back before it was carried out brings nothing back');
is(join(' ', map { $desk->client->request(GET => $_)->{status} } @links), '404 404', 'VIS-12: no link either');
ok(wait_until(60, sub { $count->('pia') == 2 * $n }), 'VIS-13: customers follow again');
my @rows = grep { $_->{team_id} == $big } $desk->dump_records('ticket');
wait_until(60, sub { @rows = grep { $_->{team_id} == $big } $desk->dump_records('ticket'); !grep { grep { $_ == $p{pim} } @{ $_->{message_partner_ids} } } @rows });
is(scalar(grep { grep { $_ == $p{pim} } @{ $_->{message_partner_ids} } } @rows), 0, 'VIS-11: in the end no row names him');
is(scalar(grep { $_->{access_token} } @rows), 0, 'VIS-12: nor has a token');
is(scalar(grep { grep { $_ == $contact } @{ $_->{message_partner_ids} } } @rows), 4 * $n, 'VIS-11: contacts without a login stay');
my ($out, $err, $status) = $desk->ctl(['fsck'], ok => 0);
is($status, 0, 'fsck finds nothing') or diag("$out$err");
done_testing;
