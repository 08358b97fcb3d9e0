#!/usr/bin/perl

# Messages and notes (CHT-1, CHT-3, CHT-7, CHT-9): who may say what where, what comes out as HTML, editing, deleting.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Helpdesk;

my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $desk = Helpdesk->new(workers => 2, sync => 'off')->seed;
$desk->add_user(boss => 'admin')->add_user(ben => 'user')->add_user(nora => 'none')->add_user(pia => 'portal')->start;
my %c = map { $_ => $desk->login($_) } qw(admin agent ben nora pia);
my ($admin, $agent, $ben, $nora, $pia) = @c{qw(admin agent ben nora pia)};
my $anon = $desk->client;

my $open = made('/teams', { name => 'Open', privacy_visibility => 'portal' });
my $private = made('/teams', { name => 'Private', privacy_visibility => 'invited_internal' });
my $ticket = made('/tickets', { name => 'Printer', team_id => $open, message_partner_ids => [ map { $_->{user}{partner_id} } $pia, $nora ] });
my $hidden = made('/tickets', { name => 'Secret', team_id => $private });
my $at = "/tickets/$ticket/messages";

# ---- saying something ----

my $r = $agent->api(POST => $at, { body => 'Hello **Pia**' });
is($r->{status}, 201, 'CHT-1: a comment') or diag($r->{body});
my $m = $r->{json};
my $comment = $m->{id};
is_deeply([ @$m{qw(subtype message_type format ticket_id team_id author_id author_name body)} ],
          [ 'comment', 'comment', 'markdown', $ticket, undef, $agent->{user}{partner_id}, 'Agent', 'Hello **Pia**' ],
          'CHT-10: as what, by whom');
is($m->{body_html}, "<p>Hello <strong>Pia</strong></p>\n", 'Markdown in, HTML out');
is($r->{headers}{location}, "/api/v1/messages/$comment", 'Location');
$r = $agent->api(POST => $at, { subtype => 'note', body => 'She is upset', mention_ids => [ $ben->{user}{partner_id} ] });
is($r->{status}, 201, 'CHT-1: a note, with a mention (CHT-3)');
my $note = $r->{json}{id};
$r = $pia->api(POST => $at, { body => "line <b>one</b>\nsee https://x.example/a?b=1&c=2.", format => 'plain' });
is($r->{status}, 201, 'CHT-9: a portal user comments on a ticket he may read') or diag($r->{body});
is($r->{json}{body_html}, "<p>line &lt;b&gt;one&lt;/b&gt;<br>\nsee <a href=\"https://x.example/a?b=1&amp;c=2\">https://x.example/a?b=1&amp;c=2</a>.</p>\n",
   'plain text: escaped, lines and links kept');
my $of_pia = $r->{json}{id};
is_deeply([ grep { exists $r->{json}{$_} } qw(mention_ids partner_ids notify_customer notified_ids) ], [],
          'CHT-9: a portal user is not told who else was told');
is($nora->api(POST => $at, { body => 'me too' })->{status}, 201, 'ACC-2: who may read it without a right comments too');
$r = $ben->api(POST => $at, { body => 'Yes.', parent_id => $of_pia });
is_deeply([ $r->{status}, $r->{json}{parent_id} ], [ 201, $of_pia ], 'an answer to a message');

# ---- who may be mentioned ----

my $offered = sub {
    my ($client, $of, $q) = @_;
    return join ' ', map { $_->{login} } @{ $client->api(GET => "$of/mentionable" . (defined $q ? "?q=$q" : ''))->{json}{items} || [] };
};
is_deeply($admin->api(GET => "/tickets/$ticket")->{json}{message_partner_ids}, [ sort { $a <=> $b } map { $_->{user}{partner_id} } $admin, $nora, $pia ], 'who follows');
is($offered->($agent, "/tickets/$ticket"), 'admin nora boss ben', 'CHT-3: colleagues who read the ticket, first who follows it; no portal user, not oneself');
is($offered->($agent, "/tickets/$ticket", 'bO'), 'boss', 'by the beginning of the name');
is($offered->($agent, "/tickets/$ticket", 'os'), '', 'not by its middle');
is($offered->($admin, "/tickets/$hidden"), 'boss', 'CHT-3: of a ticket only some may read nobody else is offered');
$admin->api(PUT => "/tickets/$hidden/followers/" . $ben->{user}{partner_id});
is($offered->($admin, "/tickets/$hidden"), 'ben boss', 'but who was invited to it');
$admin->api(DELETE => "/tickets/$hidden/followers/" . $ben->{user}{partner_id});
is($agent->api(GET => "/tickets/$hidden/mentionable")->{status}, 404, 'of a hidden ticket nobody is told anything');
is($pia->api(GET => "/tickets/$ticket/mentionable")->{status}, 403, 'CHT-9: nor are portal users');
is($offered->($agent, "/teams/$open"), 'admin boss ben', 'of a team those who read its own thread');
is($offered->($admin, "/teams/$private"), 'boss', 'and nobody else');

# ---- refusals ----

refused('CHT-9: no note by a portal user', $pia, $at, { subtype => 'note', body => 'x' }, 403, 'forbidden');
refused('nor a mention', $pia, $at, { body => 'x', mention_ids => [ $pia->{user}{partner_id} ] }, 403, 'forbidden');
refused('nor recipients', $pia, $at, { body => 'x', partner_ids => [ $pia->{user}{partner_id} ] }, 403, 'forbidden');
refused('an empty text', $agent, $at, { body => " \n " }, 422, 'invalid', 'body:required');
refused('no text', $agent, $at, {}, 422, 'invalid', 'body:required');
refused('an activity is not said', $agent, $at, { subtype => 'activity', body => 'x' }, 422, 'invalid', 'subtype:not_allowed');
refused('CHT-3: nobody to mention', $agent, $at, { body => 'x', mention_ids => [99999] }, 422, 'invalid', 'mention_ids:not_found');
refused('no such recipient', $agent, $at, { body => 'x', partner_ids => [99999] }, 422, 'invalid', 'partner_ids:not_found');
refused('a note has no recipients', $agent, $at, { subtype => 'note', body => 'x', notify_customer => $true }, 422, 'invalid', 'notify_customer:not_allowed');
refused('an answer to nothing', $agent, $at, { body => 'x', parent_id => 99999 }, 422, 'invalid', 'parent_id:not_found');
refused('CHT-9: a portal user answers no note', $pia, $at, { body => 'x', parent_id => $note }, 422, 'invalid', 'parent_id:not_found');
refused('a comment answers no note: it would show that there is one', $agent, $at, { body => 'x', parent_id => $note }, 422, 'invalid', 'parent_id:not_allowed');
is($agent->api(POST => $at, { subtype => 'note', body => 'so?', parent_id => $note })->{status}, 201, 'a note does');
my $elsewhere = made('/tickets', { name => 'Other', team_id => $open });
refused('nor a message of another ticket', $agent, "/tickets/$elsewhere/messages", { body => 'x', parent_id => $comment }, 422, 'invalid', 'parent_id:not_found');
refused('VIS-1: on a ticket that is hidden', $agent, "/tickets/$hidden/messages", { body => 'x' }, 404, 'not_found');
refused('VIS-7: on a ticket one does not follow', $pia, "/tickets/$elsewhere/messages", { body => 'x' }, 404, 'not_found');
refused('T-10: nobody names the author', $agent, $at, { body => 'x', author_id => 1 }, 422, 'unknown_field');
refused('T-10: nor writes the HTML', $agent, $at, { body => 'x', body_html => '<script>' }, 422, 'unknown_field');
is($anon->api(POST => $at, { body => 'x' })->{status}, 401, 'nor does a stranger say anything');

# ---- who reads what ----

is_deeply([ ids($agent, $at) ], [ $comment .. $comment + 5 ], 'CHT-1: staff reads all, oldest first');
is_deeply([ ids($nora, $at) ], [ ids($agent, $at) ], 'an internal follower too');
is_deeply([ ids($pia, $at) ], [ grep { $_ != $note && $_ != $note + 4 } ids($agent, $at) ], 'CHT-9: a portal user the comments');
is($pia->api(GET => "/messages/$note")->{status}, 404, 'CHT-9: to him a note is not there');
is($pia->api(GET => "/messages/$comment")->{json}{author_name}, 'Agent', 'of a comment he reads who wrote it');
is($pia->api(GET => "/messages/$comment/history")->{status}, 403, 'but no earlier texts');
is($agent->api(GET => "/tickets/$hidden/messages")->{status}, 404, 'VIS-16: a hidden ticket has no messages');
my $secret = $admin->api(POST => "/tickets/$hidden/messages", { body => 'psst' })->{json}{id};
is($agent->api(GET => "/messages/$secret")->{status}, 404, 'VIS-16: nor does a message of it exist');
is($agent->api($_->[0], "/messages/$secret", $_->[1])->{status}, $_->[2], "VIS-16: $_->[0] neither")
    for [ PATCH => { body => 'x' }, 404 ], [ DELETE => undef, 403 ];
is_deeply([ ids($admin, "/tickets/$hidden/messages") ], [$secret], 'VIS-5: administrators see it');
$admin->api(PATCH => "/teams/$open", { privacy_visibility => 'internal' });
is($pia->api(GET => $at)->{status}, 404, 'VIS-8: closed to portal users, the thread is, too');
is($pia->api(GET => "/messages/$comment")->{status}, 404, 'VIS-8: and each message');
$admin->api(PATCH => "/teams/$open", { privacy_visibility => 'portal' });
$admin->api(PUT => "/tickets/$ticket/followers/" . $pia->{user}{partner_id});

# ---- teams ----

$r = $agent->api(POST => "/teams/$open/messages", { subtype => 'note', body => 'Team meeting' });
is_deeply([ $r->{status}, $r->{json}{team_id}, $r->{json}{ticket_id} ], [ 201, $open, undef ], 'a note to a team');
is_deeply([ ids($ben, "/teams/$open/messages") ], [ $r->{json}{id} ], 'read by its colleagues');
is($_->[1]->api(GET => "/teams/$_->[2]/messages")->{status}, 404, "not $_->[0]")
    for [ 'by portal users', $pia, $open ], [ 'without an invitation', $agent, $private ], [ 'without a right', $nora, $open ];
my $invited = made('/tickets', { name => 'Invited', team_id => $private, message_partner_ids => [ $agent->{user}{partner_id} ] });
is($agent->api(GET => "/teams/$private/messages")->{status}, 404, 'VIS-2: nor by who follows one of its tickets only');
is($agent->api(POST => "/tickets/$invited/messages", { body => 'x' })->{status}, 201, 'who talks about that ticket');

# ---- editing (CHT-7) ----

$r = $agent->api(PATCH => "/messages/$comment", { body => 'Hello *Pia*!' });
is_deeply([ $r->{status}, @{ $r->{json} }{qw(body body_html edit_uid)} ], [ 200, 'Hello *Pia*!', "<p>Hello <em>Pia</em>!</p>\n", $agent->{user}{id} ],
          'CHT-7: one edits one\'s own message');
ok($r->{json}{edit_date}, 'which shows when');
is($agent->api(PATCH => "/messages/$comment", { body => 'Third' }, headers => { 'If-Match' => $r->{headers}{etag} })->{status}, 200, 'again');
is($agent->api(PATCH => "/messages/$comment", { body => 'Lost' }, headers => { 'If-Match' => $r->{headers}{etag} })->{status}, 412, 'not over somebody else\'s edit');
my $h = $ben->api(GET => "/messages/$comment/history")->{json}{items};
is_deeply([ map { $_->{body} } @$h ], [ 'Hello **Pia**', 'Hello *Pia*!' ], 'CHT-7: earlier texts are kept');
is_deeply([ map { $_->{user_id} } @$h ], [ ($agent->{user}{id}) x 2 ], 'with whose they were');
is($ben->api(PATCH => "/messages/$comment", { body => 'x' })->{status}, 403, 'CHT-7: nobody edits another\'s');
is($pia->api(PATCH => "/messages/$of_pia", { body => 'x' })->{status}, 403, 'PRT-5: nor portal users their own');
is($admin->api(PATCH => "/messages/$of_pia", { body => 'Softened' })->{json}{edit_uid}, $admin->{user}{id}, 'CHT-7: administrators edit all');
is($admin->api(GET => "/messages/$of_pia")->{json}{author_name}, 'Pia', 'which changes no author');
is($agent->api(PATCH => "/messages/$comment", { body => '' })->{status}, 422, 'nothing is edited away');
is($agent->api(PATCH => "/messages/$comment", { subtype => 'note' })->{status}, 422, 'nor a comment into a note');
is($agent->api(GET => "/messages/$comment")->{json}{body}, 'Third', 'as before');

# ---- deleting ----

is($_->api(DELETE => "/messages/$comment")->{status}, 403, "$_->{user}{login} deletes nothing") for $agent, $pia;
is($admin->api(DELETE => "/messages/$comment")->{status}, 204, 'administrators do');
is($admin->api(GET => "/messages/$comment")->{status}, 404, 'gone');
my $gone = made('/tickets', { name => 'Gone', team_id => $open });
my @said = map { $agent->api(POST => "/tickets/$gone/messages", { body => "m$_" })->{json}{id} } 1 .. 3;
$agent->api(PUT => "/tickets/$gone/draft", { body => 'unsent' });
is($admin->api(DELETE => "/tickets/$gone")->{status}, 204, 'a ticket is deleted');
is_deeply([ map { $admin->api(GET => "/messages/$_")->{status} } @said ], [ (404) x 3 ], 'its messages with it');

# ---- safe HTML ----

my @html = (
    [ 'a script', '<script>alert(1)</script>', qr/&lt;script&gt;alert\(1\)/, qr/<script/ ],
    [ 'an event handler', 'x <img src=x onerror=alert(1)> y', qr/&lt;img src=x onerror=alert\(1\)&gt;/, qr/<img/ ],
    [ 'a link that runs', '[x](javascript:alert(1))', qr/<p>x<\/p>/, qr/href|javascript/ ],
    [ 'hidden letters in it', "[x](java&#115;cript:alert(1)) [y](data:text/html,z)", qr/<p>x y<\/p>/, qr/href/ ],
    [ 'an image of elsewhere', '![logo](http://track.example/p.png)', qr/<a href="http:\/\/track\.example\/p\.png">logo<\/a>/, qr/<img/ ],
    [ 'a quote in an address', '[x](http://e.example/"onmouseover=alert(1))', qr/href="http:\/\/e\.example\/%22onmouseover/, qr/ onmouseover/ ],
    [ 'a heading', '# Big', qr/<h3>Big<\/h3>/, qr/<h1/ ],
    [ 'a table', "|a|b|\n|-|-|\n|1|2|", qr/<td>2<\/td>/, qr/\|/ ],
    [ 'code', "```\n<b>\n```", qr/<pre><code>&lt;b&gt;/, qr/<b>/ ],
    [ 'a bare link', 'www.example.com and ~~old~~', qr/<a href="http:\/\/www\.example\.com">.*<del>old<\/del>/, qr/~/ ],
    [ 'a line break', "one\ntwo", qr/one<br \/>\ntwo/, qr/one two/ ],
    [ 'a reference bomb', '[a]: http://' . 'x' x 20000 . "\n\n" . '[a] ' x 5000, qr/\[a\] \[a\]/, qr/<img/ ],
    [ 'a table bomb', ('|a' x 500) . "\n" . ('|-' x 500) . "\n" . "a\n" x 500, qr/a/, qr/<td/ ],
);
for my $case (@html) {
    my ($name, $text, $like, $unlike) = @$case;
    my $x = $agent->api(POST => "/tickets/$elsewhere/messages", { body => $text });
    is($x->{status}, 201, "T-01: $name");
    like($x->{json}{body_html}, $like, "T-01: $name is shown");
    unlike($x->{json}{body_html}, $unlike, "T-01: $name does nothing");
    is($x->{json}{body}, $text =~ s/\s+$//r, "$name is kept as typed");
}

# ---- events tell nobody of what he does not see ----

my $stream = $pia->connect;
print $stream "GET /api/v1/events?after=0 HTTP/1.1\r\nHost: 127.0.0.1:$desk->{port}\r\nCookie: $pia->{cookie}\r\n\r\n";
my $last = $pia->api(POST => $at, { body => 'the last one' })->{json}{id};
my ($got, $sel) = ('', IO::Select->new($stream));
wait_until(10, sub { $sel->can_read(0.2) && sysread $stream, $got, 65536, length $got; $got =~ /"type":"message","id":$last\b/ })
    or fail('the stream says nothing of the last message');
my @seen = $got =~ /"type":"message","id":(\d+)/g;
is_deeply([ grep { $_ == $note || $_ == $secret } @seen ], [], 'CHT-9: the stream of a portal user knows no note');
unlike($got, qr/upset|psst|Hello/, 'and no text at all');
close $stream;

# ---- Idempotency-Key, dump, fsck ----

my @twice = map { $agent->api(POST => $at, { body => 'once' }, key => 'k-1')->{json}{id} } 1, 2;
is($twice[0], $twice[1], 'a repeated request says it once');
my ($row) = grep { $_->{id} == $of_pia } $desk->dump_records('message');
ok(!exists $row->{body_html}, 'a dump holds what was typed, not what was made of it');
$desk->stop;
my $dump = "$desk->{dir}/dump.jsonl";
$desk->ctl([ 'dump', $dump ]);
$desk->ctl([ 'load', $dump ], store => "$desk->{dir}/other");
$desk->{store} = "$desk->{dir}/other";
$desk->write_conf->start;
$agent = $desk->login('agent');
is($agent->api(GET => "/messages/$of_pia")->{json}{body_html}, "<p>Softened</p>\n", 'which is made again after a load');
my ($out, $err, $status) = $desk->ctl(['fsck'], ok => 0);
is($status, 0, 'fsck finds nothing') or diag("$out$err");
done_testing;

sub made { return $admin->made(@_) }

sub ids {
    my ($client, $path) = @_;
    return map { $_->{id} } @{ $client->api(GET => $path)->{json}{items} };
}

sub refused {
    my ($name, $client, $path, $body, $status, $code, $field) = @_;
    my $x = $client->api(POST => $path, $body);
    my ($f) = map { "$_->{field}:$_->{code}" } @{ $x->{json}{fields} // [] };
    is(join(' ', $x->{status}, $x->{json}{code} // '', $field ? $f // '' : ()), join(' ', $status, $code, $field // ()), $name) or diag($x->{body});
}
