#!/usr/bin/perl

# The log for people: the audit of administrators, a ticket's history, the ticket as it was, the chain.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Time::HiRes qw(sleep);
use Helpdesk;

my $desk = Helpdesk->new(workers => 2, sync => 'off')->seed;
$desk->add_user(nora => 'none')->add_user(pia => 'portal')->start;
my $admin = $desk->login('admin');
my ($agent, $nora, $pia) = map { $desk->login($_) } qw(agent nora pia);
my $elsewhere = $admin->api(POST => '/companies', { name => 'Elsewhere' })->{json}{id};
$desk->add_user(boss => 'admin', '--company', 'Test Company');
my $boss = $desk->login('boss');
my $second = $admin->api(POST => '/teams', { name => 'Second' })->{json}{id};
my $secret = $admin->api(POST => '/teams', { name => 'Secret', privacy_visibility => 'invited_internal' })->{json}{id};
my $far = $admin->api(POST => '/teams', { name => 'Far', company_id => $elsewhere })->{json}{id};

# The time of the last change of a ticket; whatever is written next is later.
sub mark { my ($id) = @_; my $t = $admin->api(GET => "/tickets/$id")->{json}{write_date}; sleep 0.01; return $t }
sub audit { my ($who, $query) = @_; my $r = $who->api(GET => "/audit?$query"); return $r->{status} == 200 ? @{ $r->{json}{items} } : die "$r->{status} $r->{body}" }

# ---- a ticket's life ----

my $id = $admin->api(POST => '/tickets', { name => 'First name', team_id => 1, description => 'first text' })->{json}{id};
my $made = mark($id);
$agent->api(PATCH => "/tickets/$id", { name => 'Second name', priority => '2', description => 'second text' });
my $renamed = mark($id);
$admin->api(PATCH => "/tickets/$id", { team_id => $secret, user_id => undef });
my $hidden = mark($id);
$admin->api(PATCH => "/tickets/$id", { team_id => $second, priority => '3', active => JSON::PP::false });
my $now = mark($id);

my $r = $agent->api(GET => "/tickets/$id/history");
is($r->{status}, 200, 'CHT-5: the history of a ticket');
my @h = @{ $r->{json}{items} };
is_deeply([ map { $_->{kind} } @h ], [ ('changed') x 3, 'created' ], 'newest first');
is_deeply([ map { $_->{actor} } @h ], [ ($admin->{user}{id}) x 2, $agent->{user}{id}, $admin->{user}{id} ], 'by whom');
is($h[2]{actor_name}, $agent->{user}{name}, 'with his name');
is_deeply($h[2]{changes}, { name => [ 'First name', 'Second name' ], priority => [ '0', '2' ] }, 'tracked fields with old and new values');
is_deeply([ grep { exists $_->{changes}{team_id} } @h ], [], 'VIS-16: not from and to a team that is hidden');
is(scalar(grep { exists $_->{changes}{team_id} } @{ $admin->api(GET => "/tickets/$id/history")->{json}{items} }), 2, 'which an administrator sees');
my @paged;
for (my $after = ''; defined $after;) {
    $r = $agent->api(GET => "/tickets/$id/history?limit=1" . ($after eq '' ? '' : "&after=$after"));
    push @paged, map { $_->{seq} } @{ $r->{json}{items} };
    $after = $r->{json}{next};
}
is_deeply(\@paged, [ map { $_->{seq} } @h ], 'page by page the same');
is($nora->api(GET => "/tickets/$id/history")->{status}, 404, 'VIS-16: not of a hidden ticket');
my $shown = $admin->api(POST => '/tickets', { name => 'Shown', team_id => 1, message_partner_ids => [ $nora->{user}{partner_id}, $pia->{user}{partner_id} ] })->{json}{id};
$admin->api(PATCH => '/teams/1', { privacy_visibility => 'portal' });
is($pia->api(GET => "/tickets/$shown")->{status}, 200, 'a customer sees the ticket');
is($pia->api(GET => "/tickets/$shown/history")->{status}, 404, 'CHT-9: and not what is for internal users');
is($pia->api(GET => "/tickets/$shown?at=2099-01-01T00:00:00Z")->{status}, 404, 'CHT-9: nor as it was');
is($nora->api(GET => "/tickets/$shown/history")->{status}, 200, 'a follower without helpdesk rights does');

# ---- as it was ----

my $at = sub { my ($who, $time, $t) = @_; $who->api(GET => '/tickets/' . ($t // $id) . "?at=$time") };
my $then = $at->($agent, $made)->{json};
is_deeply([ @$then{qw(name priority team_id)}, $then->{active} ? 1 : 0 ], [ 'First name', '0', 1, 1 ], 'at=: as it was made');
is($then->{at}, $made, 'with the time');
ok(!exists $then->{description} && !exists $then->{version}, 'what is not tracked is left out');
$then = $at->($agent, $renamed)->{json};
is_deeply([ @$then{qw(name priority team_id)} ], [ 'Second name', '2', 1 ], 'at=: after the first change');
$then = $at->($admin, $hidden)->{json};
is_deeply([ @$then{qw(name priority team_id user_id)} ], [ 'Second name', '2', $secret, undef ], 'at=: after the second');
$then = $at->($agent, $hidden)->{json};
ok(!exists $then->{team_id} && !exists $then->{stage_id}, 'VIS-16: without the team that is hidden');
is($then->{name}, 'Second name', 'the rest is there');
my ($present, $last) = ($agent->api(GET => "/tickets/$id")->{json}, $at->($agent, $now)->{json});
is_deeply([ grep { $_ ne 'at' && JSON::PP->new->canonical->allow_nonref->encode([ $last->{$_} ]) ne JSON::PP->new->canonical->allow_nonref->encode([ $present->{$_} ]) } keys %$last ],
          [], 'at=: now, it is as it is');
is($at->($agent, '2001-01-01T00:00:00Z')->{status}, 404, 'at=: it was not yet there');
for my $bad ('yesterday', '2026-13-01T00:00:00Z', '1') {
    $r = $at->($agent, $bad);
    is("$r->{status} $r->{json}{fields}[0]{field} $r->{json}{fields}[0]{code}", '422 at bad_time', "at=$bad is refused");
}

# ---- the audit ----

is($_->[1]->api(GET => '/audit')->{status}, 403, "the audit is not for $_->[0]") for [ 'an agent', $agent ], [ 'nora', $nora ], [ 'a customer', $pia ];
is($desk->client->api(GET => '/audit')->{status}, 401, 'nor for nobody');
my @all = audit($admin, 'limit=200');
is_deeply([ map { $_->{seq} } @all ], [ sort { $b <=> $a } map { $_->{seq} } @all ], 'newest first');
is_deeply([ map { $_->{seq} } audit($admin, "type=ticket&id=$id") ], [ map { $_->{seq} } @h ], 'type and id: one record');
is_deeply([ audit($admin, 'type=ticket') ], [ grep { $_->{type} eq 'ticket' } @all ], 'type');
is_deeply([ audit($admin, 'kind=login&limit=200') ], [ grep { $_->{kind} eq 'login' } @all ], 'kind');
is_deeply([ audit($admin, "actor=$agent->{user}{id}") ], [ grep { $_->{actor} == $agent->{user}{id} } @all ], 'actor');
is_deeply([ audit($admin, "from=$made&to=$hidden&limit=200") ], [ grep { $_->{time} ge $made && $_->{time} lt $hidden } @all ], 'from and to');
is_deeply([ audit($admin, 'to=2001-01-01T00:00:00Z') ], [], 'before everything');
my @both;
for (my $after = ''; defined $after;) {
    $r = $admin->api(GET => '/audit?limit=7' . ($after eq '' ? '' : "&after=$after"));
    push @both, @{ $r->{json}{items} };
    $after = $r->{json}{next};
}
is_deeply([ map { $_->{seq} } @both ], [ map { $_->{seq} } @all ], 'page by page the same');
for my $bad (['actor=x', 'actor'], ['kind=eaten', 'kind'], ['type=horse', 'type'], ['id=0&type=ticket', 'id'], ['id=4', 'type'], ['from=now', 'from'],
             ['limit=201', 'limit'], ['colour=red', 'colour']) {
    $r = $admin->api(GET => "/audit?$bad->[0]");
    is("$r->{status} " . ($r->{json}{fields}[0]{field} // ''), "422 $bad->[1]", "refused: $bad->[0]");
}
is($admin->api(GET => '/audit?after=x')->{json}{code}, 'bad_cursor', 'refused: a cursor that is none');

# ---- VIS-17, T-23: only their companies, and nothing secret ----

my $token = $admin->api(POST => '/tokens', { name => 'key', scopes => ['read'] })->{json}{token};
$admin->api(PUT => "/users/$agent->{user}{id}/password", { password => 'violet-harbour-77-softly' });
my $away = $admin->api(POST => '/tickets', { name => 'Far away', team_id => $far })->{json}{id};
$admin->api(PATCH => "/tickets/$away", { name => 'Far indeed' });
$admin->api(PATCH => "/tickets/$shown", { name => 'Shown and gone' });
for my $what ([ messages => $admin->api(POST => "/tickets/$away/messages", { body => 'x' }) ],
              [ activities => $admin->api(POST => '/activities', { ticket_id => $away, activity_type_id => 1 }) ],
              [ attachments => $admin->api(POST => "/tickets/$away/attachments?name=a.txt", undef, raw_body => 'a', type => 'application/octet-stream') ],
              [ canned_responses => $admin->api(POST => '/canned_responses', { name => 'R', body => 'x', team_id => $far }) ],
              [ stages => $admin->api(POST => '/stages', { name => 'S', team_ids => [$far] }) ]) {
    my ($path, $made) = ($what->[0], $what->[1]{json}{id});
    my $type = $path =~ s/ies$/y/r =~ s/s$//r;
    is($admin->api(DELETE => "/$path/$made")->{status}, 204, "DELETE /$path");
    my $is = sub { scalar grep { $_->{kind} eq 'deleted' && $_->{type} eq $type && $_->{id} == $made } audit($_[0], 'kind=deleted&limit=200') };
    is($is->($admin) . $is->($boss), '10', "VIS-17: that one of the $path of another company is gone is told to its administrators only");
}
$admin->api(DELETE => "/tickets/$_") for $away, $shown;
my %of = map { my $who = $_->[0]; ($who => [ audit($_->[1], 'limit=200') ]) } [ admin => $admin ], [ boss => $boss ];
my $text = JSON::PP->new->canonical->encode($of{boss});
unlike($text, qr/Far away|Far indeed|Elsewhere/, 'VIS-17: nothing of another company, also when it is gone');
is_deeply([ map { $_->{kind} } grep { $_->{type} eq 'ticket' && $_->{id} == $shown } @{ $of{boss} } ], [ qw(deleted changed created) ],
          'what is gone is still told, of one\'s own company');
my %kinds = map { $_->{kind} => 1 } grep { $_->{type} eq 'ticket' && $_->{id} == $away } @{ $of{admin} };
is(join(' ', sort keys %kinds), 'changed created deleted', 'and of all of one\'s companies');
unlike($admin->api(GET => '/audit?limit=200')->{body}, qr/hash|argon2|\Q$token\E|violet-harbour/, 'T-23: nothing secret');

# ---- CSV ----

$admin->api(PATCH => "/tickets/$id", { name => '=cmd|calc' });
$r = $admin->api(GET => '/audit?type=ticket&format=csv');
is($r->{status}, 200, 'CSV');
like($r->{headers}{'content-type'}, qr{^text/csv}, 'of the right type');
my @lines = split /\r\n/, $r->{body};
is($lines[0], 'seq,time,actor,actor_name,kind,type,id,changes', 'its head');
is($#lines, scalar(audit($admin, 'type=ticket&limit=200')), 'all that match');
like($r->{body}, qr/""=cmd\|calc""/, 'T-08: values stand inside JSON');
is_deeply([ grep { !/^\d+,/ } @lines[ 1 .. $#lines ] ], [], 'T-08: no cell begins a formula');

# ---- the chain ----

my ($head) = $desk->ctl(['fsck']) =~ /the log ends with ([0-9a-f]{64})$/m;
ok($head, 'fsck names the head of the chain') or diag($desk->ctl(['fsck']));
my $dump = $desk->dir . '/dump.json';
$desk->ctl([ 'dump', $dump ]);
my $copy = $desk->dir . '/copy';
my ($out) = $desk->ctl([ 'load', $dump ], store => $copy);
($out) = $desk->ctl(['fsck'], store => $copy);
like($out, qr/the log ends with $head$/m, 'dump and load keep the chain');
like($out, qr/ 0 problems$/m, 'and everything else');
done_testing;
