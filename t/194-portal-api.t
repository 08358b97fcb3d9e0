#!/usr/bin/perl

# What customers do through the API: their tickets in their own words, closing, and everything one may do with a link
# (PRT-1 .. PRT-5, SLF-6, CHT-4, CHT-9, VIS-12, VIS-22, T-03, T-04, T-14).

use strict;
use utf8;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Helpdesk;
use Rpc;

binmode Test::More->builder->$_, ':utf8' for qw(output failure_output todo_output);
my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $desk = Helpdesk->new(workers => 2, sync => 'off', server => 'set_real_ip_from 127.0.0.1; real_ip_header X-Real-IP; add_header X-Lane $helpdesk_lane always; ' . $LOCATION)->seed;
$desk->add_user($_ => 'portal') for qw(pia paul);
$desk->add_user(nora => 'none')->start;
my ($admin, $agent, $pia, $paul, $nora, $anon) = ((map { $desk->login($_) } qw(admin agent pia paul nora)), $desk->client);
my $PIA = $pia->{user}{partner_id};

sub asked { my $c = shift; return $c->must(@_) }
sub made { my ($path, $body, $c) = @_; return ($c // $admin)->made($path, $body) }
sub said { my ($r) = @_; return "$r->{status} " . ($r->{json}{code} // '') }
sub names { my ($c, $query) = @_; return join '|', map { $_->{name} } @{ asked($c, GET => "/my/tickets$query")->{items} } }

my $team = made('/teams', { name => 'Team', allow_portal_ticket_closing => $true });
my ($id, $second) = map { made('/tickets', { name => $_, team_id => $team, partner_id => $PIA, description => 'It smokes', user_id => $agent->{user}{id} }) } 'Printer', 'Chair';
my $other = made('/tickets', { name => 'Of somebody else', team_id => $team });
made("/tickets/$id/messages", { subtype => 'note', body => 'SECRET-NOTE' }, $agent);
made("/tickets/$id/messages", { body => 'Which printer?' }, $agent);

# ---- who is signed in ----

my $t = asked($pia, GET => "/my/tickets/$id");
is_deeply([ @$t{qw(id name description stage team assignee closed may_close)} ], [ $id, 'Printer', 'It smokes', 'New', 'Team', 'Agent', $false, $true ],
          'PRT-2: a ticket in a customer\'s words');
is_deeply([ grep { /partner|email|follower|priority|user|color/ } keys %$t ], [], 'PRT-2: and nothing of the desk\'s own');
is(names($pia, ''), 'Chair|Printer', 'PRT-1: hers, newest first');
is(names($pia, '?sort=title&state=open&q=smokes&limit=1'), 'Chair', 'PRT-1: as asked');
is(names($pia, '?q=print&in=title'), 'Printer', 'PRT-1: searched');
is(names($pia, '?to=2020-01-01T00:00:00Z'), '', 'PRT-1: by date');
is(names($paul, ''), '', 'VIS-7: not those of others');
is_deeply(asked($pia, GET => '/my/tickets/count'), { open => 2, closed => 0 }, 'PRT-1: counted');
is(said($pia->api(GET => "/my/tickets?$_")), '422 bad_filter', "T-25: $_") for qw(sort=zz state=x in=y group=z from=yesterday limit=0 name=x);
is(said($pia->api(GET => '/my/tickets?after=x')), '400 bad_cursor', 'T-25: a cursor that is none');
is(said($pia->api(GET => "/my/tickets/$other")), '404 not_found', 'T-03: of others nothing');
is(said($agent->api(POST => "/tickets/$id/close")), '403 forbidden', 'SLF-6: agents choose the stage');
is(said($pia->api(POST => "/tickets/$other/close")), '404 not_found', 'T-03: nor does she close those of others');
is(said($nora->api(POST => "/tickets/$id/close")), '404 not_found', 'nor does who may not read it') if asked($admin, PATCH => "/teams/$team", { privacy_visibility => 'portal' });
is(asked($pia, POST => "/tickets/$second/close")->{closed}, $true, 'SLF-6: her own');
is(said($pia->api(POST => "/tickets/$second/close")), '409 conflict', 'SLF-6: once');
is((asked($pia, GET => "/tickets/$second/messages")->{items})->[0]{body}, 'I have closed this ticket.', 'SLF-6: the thread says so');

# ---- a company whose people see each other's tickets (D-11) ----

{
    my ($firm, $branch) = map { made('/contacts', { name => $_, is_company => $true }) } 'Acme', 'Acme South';
    asked($admin, PATCH => "/contacts/$branch", { parent_id => $firm });
    asked($admin, PATCH => "/contacts/$_->{user}{partner_id}", { parent_id => $firm }) for $pia, $paul;
    my $sid = made('/contacts', { name => 'Sid of the branch', parent_id => $branch });
    my ($of_firm, $of_sid) = map { made('/tickets', { name => $_->[0], team_id => $team, partner_id => $_->[1] }) } [ 'Of the firm', $firm ], [ "Sid's", $sid ];
    my $see = sub { return join ' ', map { $paul->api(GET => "/my/tickets/$_")->{status} } $id, $second, $of_firm, $of_sid, $other };
    is($see->(), '404 404 404 404 404', 'D-11: a portal user sees what he follows and no more');
    my $set = sub { return asked($admin, PATCH => "/teams/$team$_[1]", { portal_share_company => $_[0] }) };
    my $told = $set->($true, '?dry_run=1');
    is_deeply({ map { $_->{name} => $_->{tickets} } @{ $told->{gain} } }, { Paul => 3, Pia => 1 }, 'D-11, VIS-14: who would gain what is told first');
    $set->($true, '');
    is($see->(), '200 200 200 404 404', 'D-11: where the team shares, he sees those of his company and no other');
    is(names($paul, ''), 'Of the firm|Chair|Printer', 'D-11: in his list');
    is(names($paul, '?q=smokes'), 'Chair|Printer', 'D-11: when he searches');
    is_deeply(asked($paul, GET => '/my/tickets/count'), { open => 2, closed => 1 }, 'D-11: counted');
    is_deeply([ sort map { $_->{name} } @{ asked($paul, GET => $_)->{items} } ], [ 'Chair', 'Of the firm', 'Printer' ], "D-11: $_")
        for '/tickets', "/tickets?team_id=$team", '/tickets?sort=name';
    my $together = asked($paul, GET => "/together?get=/tickets?team_id=$team&get=/tickets/count");
    is_deeply([ map { $_->{status} } @{ $together->{answers} } ], [ 200, 200 ], 'D-11: in several reads at once');
    is(@{ $together->{answers}[0]{body}{items} }, 3, 'D-11: and their answers are whole');
    my $rpc = bless { client => $desk->client, uid => $paul->{user}{id}, password => $Helpdesk::PASSWORD }, 'Rpc';
    my $found;
    for my $password ('is proved first', 'was proved') {
        $found = $rpc->answer('helpdesk.ticket', 'search_read', [ [ [ 'team_id', '=', $team ] ] ], { fields => ['name'], limit => 5 });
        is_deeply([ sort map { $_->{name} } @{ $found->{json}{result} } ], [ 'Chair', 'Of the firm', 'Printer' ], "D-11: by RPC, whose password $password");
    }
    my %asked = (list => $paul->api(GET => "/tickets?team_id=$team"), count => $paul->api(GET => "/tickets/count?team_id=$team"), rpc => $found);
    is_deeply({ map { $_ => $asked{$_}{headers}{'x-lane'} } keys %asked }, { map { $_ => 'pool' } keys %asked },
              'D-11: what goes through all tickets is no work for the event loop');
    is_deeply([ map { $_->{customer} } map { asked($_->[0], GET => "/my/tickets/$_->[1]") } [ $paul, $id ], [ $pia, $id ], [ $paul, $of_firm ] ],
              [ 'Pia', '', 'Acme' ], 'D-11: and whose each is');
    is_deeply([ grep { /email|phone|cc|follower/ && defined $_ } keys %{ asked($paul, GET => "/tickets/$id") } ], [], 'D-11: but not how to reach them');
    is_deeply([ map { $_->{body} } @{ asked($paul, GET => "/tickets/$id/messages")->{items} } ], ['Which printer?'], 'D-11: comments, no notes');
    asked($paul, POST => "/tickets/$of_firm/messages", { body => 'I see it smoke, too' }, 201);
    my @follow = map { $_->{partner_id} } @{ asked($agent, GET => "/tickets/$of_firm/followers")->{items} };
    is((grep { $_ == $paul->{user}{partner_id} } @follow), 0, 'D-11: to see is not to follow');
    asked($admin, PATCH => "/contacts/$paul->{user}{partner_id}", { parent_id => $branch });
    is($see->() =~ s/^\d+ //r, '404 404 200 404', 'D-11: with another company come its tickets');
    asked($admin, PATCH => "/teams/$team", { privacy_visibility => 'internal' });
    is($see->(), '404 404 404 404 404', 'VIS-8: nothing outside the public mode');
    asked($admin, PATCH => "/teams/$team", { privacy_visibility => 'portal' });
    $set->($false, '');
    is($see->() =~ s/^\d+ //r, '404 404 404 404', 'D-11: nor when it is switched off');
    asked($admin, PATCH => "/contacts/$PIA", { parent_id => undef });
}

# ---- who holds the link ----

my ($key) = asked($agent, POST => "/tickets/$id/link")->{url} =~ /access_token=(.*)/;
my $at = sub { my ($path, $more) = @_; return "/linked/$id$path?access_token=$key" . ($more // '') };
is_deeply(asked($anon, GET => $at->('')), asked($pia, GET => "/my/tickets/$id"), 'VIS-22: the holder of a link reads what its customer reads');
is($anon->api(GET => $at->(''))->{headers}{'referrer-policy'}, 'no-referrer', 'T-04: the token goes no further');
is_deeply([ map { "$_->{author_name}: $_->{body}" } @{ asked($anon, GET => $at->('/messages'))->{items} } ], [ 'Agent: Which printer?' ], 'CHT-9: comments, no notes');
my $m = asked($anon, POST => $at->('/messages'), { name => "Anna\x{202E}", body => "The *big* one <b>x</b>" });
is_deeply([ $m->{author_name}, $m->{body_html} ], [ 'Anna', "<p>The *big* one &lt;b&gt;x&lt;/b&gt;</p>\n" ], 'VIS-22: an answer under the name given, as text');
my ($kept) = grep { $_->{id} == $m->{id} } @{ asked($agent, GET => "/tickets/$id/messages")->{items} };
is_deeply([ @$kept{qw(author_id author_name subtype notify_customer)} ], [ undef, 'Anna', 'comment', $false ], 'PRT-5: a comment, of nobody with a login');
ok((grep { ($_->{message_id} // 0) == $m->{id} } @{ asked($agent, GET => '/notifications')->{items} }), 'CHT-1: the assignee is told');
my $f = $anon->api(POST => $at->('/attachments', '&name=..%2Fa.txt'), undef, raw_body => 'bytes', type => 'text/plain');
is_deeply([ $f->{status}, @{ $f->{json} }{qw(name mimetype file_size)} ], [ 200, 'a.txt', 'application/octet-stream', 5 ], 'CHT-4: a file');
my $hidden = $agent->api(POST => "/tickets/$id/attachments?name=s.txt&internal=true", undef, raw_body => 'secret', type => 'text/plain')->{json}{id};
is_deeply([ map { $_->{id} } @{ asked($anon, GET => $at->('/attachments'))->{items} } ], [ $f->{json}{id} ], 'CHT-4: files, but for internal ones');
is($anon->api(GET => $at->("/attachments/$f->{json}{id}/content"))->{body}, 'bytes', 'CHT-4: and what is in them');
is(said($anon->api(GET => $at->("/attachments/$hidden/content"))), '404 not_found', 'CHT-4: internal ones do not exist');

# ---- repeated under a key ----

my $once = sub { my ($c, $key, $path, @o) = @_; return $c->api(POST => $path, $o[0], headers => { 'Idempotency-Key' => $key }, @o[ 1 .. $#o ]) };
my @said = map { $once->($anon, 'say-1', $at->('/messages'), { name => 'Anna', body => 'Twice?' }) } 1, 2;
is_deeply([ $said[1]{status}, $said[1]{json}, $said[1]{headers}{'idempotency-replayed'} ], [ 200, $said[0]{json}, 'true' ], 'Idempotency-Key: a message with a link is said once, and answered the same');
is(scalar(grep { $_->{body} eq 'Twice?' } @{ asked($agent, GET => "/tickets/$id/messages")->{items} }), 1, 'Idempotency-Key: and stands in the thread once');
is(said($once->($anon, 'say-1', $at->('/messages'), { name => 'Anna', body => 'Something else' })), '422 key_reuse', 'Idempotency-Key: but not for another text');
is(said($once->($anon, 'say-1', "/linked/$id/messages?access_token=x", { name => 'Anna', body => 'Twice?' })), '404 not_found', 'T-04: a key opens nothing');
my ($key2) = asked($agent, POST => "/tickets/$second/link")->{url} =~ /access_token=(.*)/;
is($once->($anon, 'say-1', "/linked/$second/messages?access_token=$key2", { name => 'Bo', body => 'Mine' })->{json}{body}, 'Mine', 'Idempotency-Key: nor is it taken by that of another stranger');
my @sent = map { $once->($anon, 'send-1', $at->('/attachments', '&name=once.txt'), undef, raw_body => 'once', type => 'text/plain') } 1, 2;
is_deeply([ $sent[1]{status}, $sent[1]{json} ], [ 200, $sent[0]{json} ], 'Idempotency-Key: a file with a link is stored once');
is(said($once->($anon, 'send-1', $at->('/attachments', '&name=once.txt'), undef, raw_body => 'other', type => 'text/plain')), '422 key_reuse', 'Idempotency-Key: but not for other bytes');
asked($agent, DELETE => "/attachments/$sent[0]{json}{id}", undef, 403);
asked($admin, DELETE => "/attachments/$sent[0]{json}{id}", undef, 204);
is(said($once->($anon, 'send-1', $at->('/attachments', '&name=once.txt'), undef, raw_body => 'once', type => 'text/plain')), '404 not_found', 'Idempotency-Key: what is gone is not shown again');
my ($third, $fourth) = map { made('/tickets', { name => "Close $_", team_id => $team, partner_id => $PIA }) } 1, 2;
my ($key3) = asked($agent, POST => "/tickets/$third/link")->{url} =~ /access_token=(.*)/;
my @shut = map { $once->($anon, 'shut-1', "/linked/$third/close?access_token=$key3") } 1, 2;
is_deeply([ map { $_->{json}{closed} } @shut ], [ $true, $true ], 'Idempotency-Key: closing with a link, repeated');
@shut = map { $once->($pia, 'shut-1', "/tickets/$fourth/close") } 1, 2;
is_deeply([ map { $_->{json}{closed} } @shut ], [ $true, $true ], 'Idempotency-Key: and as a customer');
is(said($pia->api(POST => "/tickets/$fourth/close")), '409 conflict', 'without it, it is closed already');

# ---- what a customer who follows another's ticket reads ----

my $anna = made('/contacts', { name => 'Anna Andersson', email => 'anna@example.com', phone => '+46 1' });
my $hers = made('/tickets', { name => 'Of Anna', team_id => $team, partner_id => $anna, email_cc => 'boss@example.com' });
asked($admin, PUT => "/tickets/$hers/followers/$PIA");
is_deeply([ @{ asked($agent, GET => "/tickets/$hers") }{qw(partner_email partner_phone email_cc)} ], [ 'anna@example.com', '+46 1', 'boss@example.com' ], 'PRT-2: agents have the address');
for my $path ("/tickets/$hers", "/tickets/$id", "/tickets?id=$hers", "/tickets/$hers?expand=partner_id", "/tickets?id=$hers&format=csv") {
    my $r = $pia->api(GET => $path);
    is($r->{status}, 200, "PRT-2: a follower reads $path");
    unlike($r->{body}, qr/anna\@|boss\@|\+46|partner_email|partner_phone|email_cc/, 'PRT-2: without the addresses of the customer');
}
is(said($pia->api(GET => "/tickets?$_")), '422 bad_filter', "PRT-2: nor can she ask for $_")
    for 'partner_email.contains=a', 'partner_phone=1', 'email_cc.contains=b', 'sort=partner_email', 'where=partner_email%3D%22a%22';
unlike($pia->api(GET => "/tickets/$hers/$_")->{body}, qr/anna\@|boss\@|\+46/, "PRT-2: nor are they in its $_") for qw(history thread followers);

my %calls = (GET => [ '', '/messages', '/attachments', "/attachments/$f->{json}{id}/content" ], POST => [ '/messages', '/close', '/attachments' ]);
my %body = ('/messages' => '{"name":"x","body":"x"}', '/attachments' => 'x', '/close' => undef);
my $network = 2;            # each from another one: wrong tokens are counted (T-04)
my $ask = sub {
    my ($method, $path, $of, $token) = @_;
    my $query = "access_token=$token" . ($method eq 'POST' && $path eq '/attachments' ? '&name=a' : '');
    return $anon->api($method => "/linked/$of$path?$query", undef, headers => { 'X-Real-IP' => '192.0.' . $network++ . '.1' }, $method eq 'POST' ? (raw_body => $body{$path}, type => $path eq '/attachments' ? 'text/plain' : 'application/json') : ());
};
my $dump = json_text([ $desk->dump_records('ticket'), $desk->dump_records('message'), $desk->dump_records('attachment') ]);
my $same = sub { my ($r) = @_; return "$r->{status} $r->{body}" };
my @bad;
for my $method (sort keys %calls) {
    for my $path (@{ $calls{$method} }) {
        my $none = $same->($ask->($method, $path, 99999, $key));
        push @bad, "$method $path: $none" if $none !~ /^404 /;
        for my $case ([ $id, '' ], [ $id, 'x' x 43 ], [ $id, "${key}x" ], [ $second, $key ], [ $other, $key ]) {
            my $got = $same->($ask->($method, $path, @$case));
            push @bad, "$method $path @$case: $got" if $got ne $none;
        }
    }
}
is_deeply(\@bad, [], 'T-03, T-04: without the token of the ticket all is as if there were no ticket');
is($pia->api(GET => "/linked/$id")->{status}, 404, 'T-04: a session is no token');
is(said($anon->api(POST => $at->('/messages'), { name => 'x', body => 'x', subtype => 'note' })), '422 unknown_field', 'PRT-5: a note cannot even be asked for');
is(said($anon->api(POST => $at->('/messages'), { name => ' ', body => ' ' })), '422 invalid', 'nor nothing be said');
is(said($anon->api(POST => $at->('/messages'), { name => 'x', body => 'x' }, headers => { Origin => 'https://evil.example' })), '403 csrf', 'T-11: not from other sites');
is(json_text([ $desk->dump_records('ticket'), $desk->dump_records('message'), $desk->dump_records('attachment') ]), $dump, 'nothing of all that was written');
my %status;
$status{ said($anon->api(POST => $at->('/messages'), { name => 'x', body => "no $_" }, headers => { 'X-Real-IP' => '198.51.100.7' })) }++ for 1 .. 32;
is_deeply(\%status, { '200 ' => 30, '429 throttled' => 2 }, 'T-14: thirty from one address');
asked($admin, PATCH => "/teams/$team", { allow_portal_ticket_closing => $false });
is(said($anon->api(POST => $at->('/close'))), '409 conflict', 'SLF-6: not where the team does not allow it');
asked($admin, PATCH => "/teams/$team", { allow_portal_ticket_closing => $true });
is(asked($anon, POST => $at->('/close'))->{closed}, $true, 'SLF-6: closed by link');
is_deeply([ @{ asked($admin, GET => "/tickets/$id") }{qw(closed closed_by_partner)} ], [ $true, $true ], 'SLF-6: by the customer');

# ---- the end of public mode ----

asked($admin, PATCH => "/teams/$team", { privacy_visibility => 'internal' });
is_deeply([ map { my $m = $_; map { $ask->($m, $_, $id, $key)->{status} } @{ $calls{$m} } } sort keys %calls ], [ (404) x 7 ], 'VIS-12: the link is dead');
is(names($pia, ''), '', 'VIS-8: and her list is empty');
is(said($pia->api(GET => "/my/tickets/$id")), '404 not_found', 'VIS-8: her ticket gone');
like(scalar $desk->ctl(['fsck']), qr/, 0 problems/, 'fsck');
done_testing;
