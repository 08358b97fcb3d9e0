#!/usr/bin/perl

# The customer's portal: /my, /my/tickets, /my/ticket/{id}, and the page of a link, without JavaScript (PRT-1 .. PRT-5,
# SLF-6, CHT-9, VIS-7, VIS-8, VIS-11 .. VIS-13, T-03, T-11).
#
# page.my, page.my_tickets, page.my_ticket, page.my_ticket_post, page.my_ticket_file; page.ticket_post of a link.

use strict;
use utf8;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Helpdesk;

binmode Test::More->builder->$_, ':utf8' for qw(output failure_output todo_output);
my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $desk = Helpdesk->new(workers => 2, sync => 'off', server => 'set_real_ip_from 127.0.0.1; real_ip_header X-Real-IP;')->seed;
$desk->add_user(pia => 'portal', '--email', 'pia@example.com')->add_user(paul => 'portal')->start;
my ($admin, $agent, $pia, $paul, $anon) = ((map { $desk->login($_) } qw(admin agent pia paul)), $desk->client);
my $PIA = $pia->{user}{partner_id};
my $from = 0;

sub asked { my $c = shift; return $c->must(@_) }
sub made { my ($path, $body, $c) = @_; return ($c // $admin)->made($path, $body) }
sub text { my ($r) = @_; my $t = $r->{body}; utf8::decode($t); return $t }
sub get { my ($c, $path, %h) = @_; my $r = $c->request(GET => $path, undef, headers => \%h); $r->{text} = text($r); return $r }
sub token { my ($r) = @_; return $r->{body} =~ /name="token" value="([\w-]{64})"/ ? $1 : '' }
sub titles { my ($r) = @_; return join '|', $r->{text} =~ m{class="title"[^>]*>([^<]*)<}g }

# As a browser sends it; files as [name, content].
sub post {
    my ($c, $path, $fields, @files) = @_;
    my $body = join '', map { my $v = $fields->{$_}; utf8::encode($v); qq(--xyz\r\nContent-Disposition: form-data; name="$_"\r\n\r\n$v\r\n) } sort keys %$fields;
    $body .= qq(--xyz\r\nContent-Disposition: form-data; name="files"; filename="$_->[0]"\r\nContent-Type: image/png\r\n\r\n$_->[1]\r\n) for @files;
    my $r = $c->request(POST => $path, "$body--xyz--\r\n", type => 'multipart/form-data; boundary=xyz',
                        headers => { 'X-CSRF' => undef, 'X-Real-IP' => '192.0.2.' . (++$from % 250) });
    $r->{text} = text($r);
    return $r;
}
sub reply { my ($c, $path, $fields, @files) = @_; return post($c, $path, { token => token(get($c, $path)), do => 'say', %$fields }, @files) }
sub comments { my ($id) = @_; return grep { $_->{subtype} eq 'comment' } @{ asked($admin, GET => "/tickets/$id/messages")->{items} } }

my $team = made('/teams', { name => 'Öppna teamet', allow_portal_ticket_closing => $true });
my ($new, $doing, $solved) = map { $_->{id} } sort { $a->{sequence} <=> $b->{sequence} } grep { grep { $_ == $team } @{ $_->{team_ids} } } @{ asked($admin, GET => '/stages')->{items} };
my @t = map { made('/tickets', { name => $_->[0], team_id => $team, partner_id => $PIA, description => $_->[1], user_id => $agent->{user}{id} }) }
    [ 'Büro printer', "Smoke.\n<script>alert(1)</script>" ], [ 'Chair', 'It wobbles; "quoted" \\ too' ], [ 'Ärger', 'with the printer' ], [ 'Zebra', '' ];
my $other = made('/tickets', { name => 'Of somebody else', team_id => $team });
my $id = $t[0];

# ---- who is let in (PRT-3) ----

for my $path ('/my', '/my/tickets', "/my/ticket/$id", "/my/ticket/$other", '/my/ticket/99999') {
    my $r = get($anon, $path);
    is("$r->{status} $r->{headers}{location}", "303 /signin?next=$path", "PRT-3: $path asks who it is, whether it exists or not");
}
is(get($agent, $_)->{headers}{location}, '/agent', "$_: agents have pages of their own") for '/my', '/my/tickets';
my $same = sub { my ($r) = @_; my %h = %{ $r->{headers} }; delete $h{date}; return json_text([ $r->{status}, \%h, $r->{body} ]) };
is($same->(get($pia, "/my/ticket/$other")), $same->(get($pia, '/my/ticket/99999')), 'T-03: what she may not read is as what is not there');
is(get($pia, "/my/ticket/$other")->{status}, 404, 'PRT-3: and that is 404');

# ---- /my, /my/tickets (PRT-1) ----

my $r = get($pia, '/my');
is($r->{status}, 200, 'PRT-1: /my');
like($r->{text}, qr{href="/my/tickets\?state=open">4 open tickets</a>}, 'PRT-1: counts what is open');
like($r->{text}, qr{>0 closed tickets</a>}, 'PRT-1: and closed');
unlike($r->{text}, qr/<script|style=|onclick/, 'T-01: nothing runs in it');
like(get($pia, '/support')->{text}, qr{href="/my/tickets"}, 'PRT-1: from where tickets are sent a customer finds her own');
unlike(get($pia, '/support')->{text}, qr{href="/signin"}, 'and is not asked to sign in');
like(get($anon, '/support')->{text}, qr{href="/signin"}, 'PRT-1: who is not signed in finds the way in');
unlike(get($anon, '/support')->{text}, qr{href="/my}, 'and nothing that needs it');
unlike(get($agent, '/support')->{text}, qr{class="mine"}, 'agents have pages of their own');
$r = get($pia, '/my/tickets');
is(titles($r), 'Zebra|Ärger|Chair|Büro printer', 'PRT-1: the tickets she follows, newest first');
is(titles(get($paul, '/my/tickets')), '', 'VIS-7: nobody else\'s');
my $firm = made('/contacts', { name => 'Acme', is_company => $true });
asked($admin, PATCH => "/contacts/$_", { parent_id => $firm }) for $PIA, $paul->{user}{partner_id};
asked($admin, PATCH => "/teams/$team", { portal_share_company => $true });
my $shared = get($paul, '/my/tickets');
is(titles($shared), 'Zebra|Ärger|Chair|Büro printer', 'D-11: those of his company where the team shares them');
is(() = $shared->{text} =~ m{class="customer"[^>]*>Pia<}g, 4, 'D-11: and whose they are');
like(get($paul, "/my/ticket/$id")->{text}, qr{<dt>Customer</dt>\s*<dd[^>]*>Pia</dd>}, 'D-11: on the page of one, too');
unlike(get($pia, $_)->{text}, qr{class="customer"|<dt>Customer</dt>}, "D-11: of one's own that goes without saying") for '/my/tickets', "/my/ticket/$id";
asked($admin, PATCH => "/teams/$team", { portal_share_company => $false });
like($r->{text}, qr{<option value="newest" selected>}, 'the form says what is shown');
my $second = time;
wait_until(3, sub { time > $second });         # orders go by whole seconds
asked($admin, PATCH => "/tickets/$t[1]", { stage_id => $doing });
asked($admin, PATCH => "/tickets/$t[3]", { stage_id => $solved });
my %want = (
    'state=open' => 'Ärger|Chair|Büro printer', 'state=closed' => 'Zebra', 'state=all' => 'Zebra|Ärger|Chair|Büro printer',
    'state=all&sort=title' => 'Ärger|Büro printer|Chair|Zebra', 'state=all&sort=stage' => 'Ärger|Büro printer|Chair|Zebra',
    'state=all&sort=updated' => 'Zebra|Chair|Ärger|Büro printer', 'state=all&q=printer' => 'Ärger|Büro printer',
    'state=all&q=printer&in=title' => 'Büro printer', 'state=all&q=buro' => 'Büro printer', "state=all&q=%2300$t[1]&in=reference" => 'Chair',
    "state=all&q=$t[1]" => 'Chair', 'state=all&q=nothing&in=reference' => '', 'state=all&q=%22quoted%22+%5C' => 'Chair', 'state=all&q=%22' => 'Chair',
    'from=2020-01-01&to=2020-01-02' => '', 'from=2020-01-01&to=2099-01-01' => 'Ärger|Chair|Büro printer', 'state=nonsense&sort=x' => 'Ärger|Chair|Büro printer',
);
is(titles(get($pia, "/my/tickets?$_")), $want{$_}, "PRT-1: $_") for sort keys %want;
$r = get($pia, '/my/tickets?state=all&group=stage&sort=title');
is(join('|', $r->{text} =~ m{<h2[^>]*>([^<]*)</h2>}g), 'New|In Progress|Solved', 'PRT-1: grouped by stage');
is(titles($r), 'Ärger|Büro printer|Chair|Zebra', 'PRT-1: sorted inside');
is(get($pia, "/my/tickets?$_")->{status}, 422, "T-25: $_ is refused in words") for 'from=yesterday', 'to=2026-13-45', 'q=' . 'x' x 300;
is(get($pia, '/my/tickets?after=nonsense')->{status}, 303, 'T-25: a cursor that is none');
my @more = map { made('/tickets', { name => "More $_", team_id => $team, partner_id => $PIA }) } 10 .. 34;
my ($path, @seen) = '/my/tickets?sort=title&q=More';
for (1 .. 3) {
    $r = get($pia, $path);
    push @seen, $r->{text} =~ m{class="title"[^>]*>([^<]*)<}g;
    ($path) = $r->{text} =~ m{<a href="(/my/tickets\?[^"]*after=[\w-]+)">Next page} or last;
    $path =~ s/&amp;/&/g;
}
is("@seen", join(' ', map { "More $_" } 10 .. 34), 'PRT-1: page by page');

# ---- /my/ticket/{id} (PRT-2, CHT-9) ----

my $note = made("/tickets/$id/messages", { subtype => 'note', body => 'SECRET-NOTE' }, $agent);
made("/tickets/$id/messages", { body => '**Hello** <b>x</b> https://example.com' }, $agent);
my $put = sub { my ($q, $what) = @_; return $agent->api(POST => "/tickets/$id/attachments?name=$q", undef, raw_body => $what, type => 'text/plain')->{json}{id} };
my ($public, $internal) = ($put->('plan.txt', 'the plan'), $put->('secret.txt&internal=true', 'the secret'));
$r = get($pia, "/my/ticket/$id");
is($r->{status}, 200, 'PRT-2: her ticket');
like($r->{text}, $_->[1], "PRT-2: $_->[0]") for [ title => qr{<h1 dir="auto">Büro printer</h1>} ], [ reference => qr/#0*$id</ ], [ stage => qr/<dd[^>]*>New</ ],
    [ team => qr/<dd[^>]*>Öppna teamet</ ], [ assignee => qr/<dd[^>]*>Agent</ ], [ description => qr/Smoke\.<\/p>\n<p[^>]*>&lt;script&gt;/ ],
    [ file => qr{href="/my/ticket/$id/file/$public"[^>]*>plan\.txt<} ], [ message => qr{<strong>Hello</strong> &lt;b&gt;} ],
    [ 'comment box' => qr{<textarea id="text"} ], [ 'close' => qr{value="close"[^>]*>Close ticket<} ];
unlike($r->{text}, qr/SECRET-NOTE|secret\.txt|<script|admin|follower|priority/i, 'CHT-9: no notes, no internal files, nobody else');
is(get($pia, "/my/ticket/$id/file/$public")->{body}, 'the plan', 'PRT-2: the file');
is(get($pia, "/my/ticket/$id/file/$internal")->{status}, 404, 'CHT-4: not one that is internal');
is(get($paul, "/my/ticket/$id/file/$public")->{status}, 404, 'T-03: nor for others');
like(get($pia, "/my/ticket/$id?lang=fa")->{text}, qr/<html lang="fa" dir="rtl">/, 'in six languages: Persian from right to left');
asked($admin, PATCH => "/users/$pia->{user}{id}", { lang => 'sv' });
like(get($pia, '/my')->{text}, qr/lang="sv"/, 'her own language where she chose no other');
like(get($pia, '/my?lang=lt')->{text}, qr/lang="lt"/, 'and another when she does');
# Tehran is 3:30 ahead of UTC; one of the other two is on another day than UTC now.
asked($admin, PATCH => "/users/$pia->{user}{id}", { tz => 'Asia/Tehran' });
for my $page ('/my/tickets', "/my/ticket/$id") {
    my $t = get($pia, $page)->{text};
    my ($h, $m, $text) = $t =~ m{<time datetime="[^"]*T(\d\d):(\d\d)[^"]*">([^<]*)</time>};
    my $at = ($h * 60 + $m + 210) % 1440;
    my $clock = sprintf '%02d:%02d', int $at / 60, $at % 60;
    like($text, qr/ $clock\z/, "PRT-2: $page: times by her clock");
    unlike($t, qr/<script|UTC|GMT/, 'which is not named and needs no script');
}
my $day = sub { my @d = gmtime(time + 3600 * $_[0]); return sprintf '%d-%02d-%02d', $d[5] + 1900, $d[4] + 1, $d[3] };
my ($zone, $ahead) = (gmtime)[2] < 10 ? ('Pacific/Pago_Pago', -11) : ('Pacific/Kiritimati', 14);
asked($admin, PATCH => "/users/$pia->{user}{id}", { tz => $zone });
my $titles = sub { my ($d) = @_; return titles(get($pia, "/my/tickets?q=wobbles&from=$d&to=$d")) };
is($titles->($day->($ahead)), 'Chair', 'PRT-1: the days of a search are hers, too');
is($titles->($day->(0)), '', 'and not those of UTC');
asked($admin, PATCH => "/users/$pia->{user}{id}", { lang => 'en', tz => 'UTC' });

# ---- answering, closing (PRT-5, SLF-6, T-11) ----

$r = reply($pia, "/my/ticket/$id", { text => "It still smokes.\r\n<i>Very</i> much." }, [ 'C:\shot.png', "\x89PNG\r\n\x1a\nxx" ]);
is($r->{status}, 303, 'CHT-9: a comment is answered by 303') or diag($r->{text});
my ($said) = (comments($id))[-1];
like($r->{headers}{location}, qr{^/my/ticket/$id#m$said->{id}$}, 'to where it stands');
is_deeply([ @$said{qw(author_id body format subtype message_type)} ], [ $PIA, "It still smokes.\n<i>Very</i> much.", 'plain', 'comment', 'comment' ], 'as it was typed');
$r = get($pia, "/my/ticket/$id");
like($r->{text}, qr{id="m$said->{id}".*&lt;i&gt;Very&lt;/i&gt;.*href="/my/ticket/$id/file/$said->{attachment_ids}[0]"[^>]*>shot\.png<}s, 'PRT-2: it stands on the page with its file');
my %sent = (token => token($r), text => 'Twice', do => 'say');
my @twice = map { post($pia, "/my/ticket/$id", \%sent) } 1, 2;
is(scalar(grep { $_->{body} eq 'Twice' } comments($id)), 1, 'a form sent twice says it once');
is($twice[1]{headers}{location}, $twice[0]{headers}{location}, 'and is answered the same');
my $before = comments($id);
my $own = token(get($pia, "/my/ticket/$id"));
my %bad = ('no token' => '', 'token of another ticket' => token(get($pia, "/my/ticket/$t[1]")), 'a token that is nearly right' => $own =~ s/.$/$own =~ m{A$} ? 'B' : 'A'/er);
for my $what (sort keys %bad) {
    $r = post($pia, "/my/ticket/$id", { token => $bad{$what}, text => 'Forged & kept', do => 'say' });
    is($r->{status}, 403, "T-11: $what");
    like($r->{text}, qr{>\s*Forged &amp; kept</textarea>}, 'what was typed is still there');
}
asked($admin, PUT => "/tickets/$id/followers/$paul->{user}{partner_id}");
is(post($paul, "/my/ticket/$id", { token => $own, text => 'x' })->{status}, 403, 'T-11: the token of another session');
asked($admin, DELETE => "/tickets/$id/followers/$paul->{user}{partner_id}");
is(post($paul, "/my/ticket/$id", { token => $own, text => 'x' })->{status}, 404, 'T-03: no ticket of hers for him');
is(post($anon, "/my/ticket/$id", { token => $own, text => 'x' })->{status}, 401, 'T-11: nobody is signed in');
is(post($agent, "/my/ticket/$id", { token => token(get($agent, "/my/ticket/$id")), text => 'x' })->{status}, 403, 'agents only look');
unlike(get($agent, "/my/ticket/$id")->{text}, qr/<form|SECRET-NOTE/, 'and see what customers see');
is($pia->request(POST => "/my/ticket/$id", '{}')->{status}, 415, 'T-11: JSON is no form');
is(reply($pia, "/my/ticket/$id", { text => " \n " })->{status}, 422, 'an empty answer is asked about');
is(comments($id), $before, 'T-11: nothing of all that was written');
my @blobs = glob "$desk->{store}/files/??/??/*";
post($paul, "/my/ticket/$id", { token => $own, text => 'x' }, [ 'x', 'bytes of a stranger' ]);
is(scalar(my @now = glob "$desk->{store}/files/??/??/*"), scalar @blobs, 'T-03: a stranger leaves no file behind');
is(reply($pia, "/my/ticket/$id", { text => 'x' }, map { [ "f$_", "content $_" ] } 1 .. 11)->{status}, 422, 'too many files');

$r = reply($pia, "/my/ticket/$t[2]", { text => 'It works again.', do => 'close' });
is($r->{status}, 303, 'SLF-6: she closes it');
my $closed = asked($admin, GET => "/tickets/$t[2]");
is_deeply([ @$closed{qw(stage_id closed closed_by_partner)} ], [ $solved, $true, $true ], 'SLF-6: into the first folded stage, by the customer');
ok($closed->{close_date}, 'and when');
is_deeply([ map { "$_->{message_type} $_->{author_id} $_->{body}" } comments($t[2]) ],
          [ "comment $PIA It works again.", "notification $PIA I have closed this ticket." ], 'SLF-6: the thread says so, after what she typed');
unlike(get($pia, "/my/ticket/$t[2]")->{text}, qr/value="close"/, 'SLF-6: no button on a closed ticket');
ok((grep { $_->{ticket_id} == $t[2] } @{ asked($agent, GET => '/notifications')->{items} }), 'the assignee is told');
asked($admin, PATCH => "/teams/$team", { allow_portal_ticket_closing => $false });
unlike(get($pia, "/my/ticket/$id")->{text}, qr/value="close"/, 'SLF-6: nor where the team does not allow it');
is(reply($pia, "/my/ticket/$id", { do => 'close', text => 'still open' })->{status}, 303, 'who tries all the same');
is(asked($admin, GET => "/tickets/$id")->{closed}, $false, 'has said something and closed nothing');
asked($admin, PATCH => "/teams/$team", { allow_portal_ticket_closing => $true });
asked($admin, PATCH => "/tickets/$t[2]", { stage_id => $new });
is(asked($admin, GET => "/tickets/$t[2]")->{closed_by_partner}, $false, 'who opens it again forgets who closed it');

# ---- the same by a link (VIS-22) ----

my $link = asked($agent, POST => "/tickets/$id/link")->{url} =~ s{^http://[^/]+}{}r;
my ($key) = $link =~ /=(.*)/;
$r = get($anon, $link);
like($r->{text}, qr{<strong>Hello</strong>.*It still smokes}s, 'PRT-2: the link shows the thread');
unlike($r->{text}, qr/SECRET-NOTE|secret\.txt/, 'CHT-9: without notes');
like($r->{text}, qr{<input id="name"[^>]* value="Pia"}, 'and asks for a name');
$r = reply($anon, $link, { name => 'Åsa <x>', text => 'From the link' }, [ 'a.txt', 'linked file' ]);
is($r->{status}, 303, 'VIS-22: its holder answers') or diag($r->{text});
like($r->{headers}{location}, qr{^/support/ticket/$id\?access_token=\Q$key\E#m\d+$}, 'and is back on the page');
$said = (comments($id))[-1];
is_deeply([ @$said{qw(author_id author_name body)} ], [ undef, 'Åsa <x>', 'From the link' ], 'under the name given');
like(get($anon, $link)->{text}, qr{Åsa &lt;x&gt;.*>a\.txt<}s, 'which is text');
my ($file) = get($anon, $link)->{text} =~ m{href="([^"]+)"[^>]*>a\.txt<};
is(get($anon, $file =~ s/&amp;/&/gr)->{body}, 'linked file', 'CHT-4: with its file');
is(reply($anon, $link, { name => ' ', text => 'Who?' })->{status}, 422, 'nobody without a name');
is(post($anon, $link, { token => $own, name => 'x', text => 'x' })->{status}, 403, 'T-11: a token of a session is none of the link');
is(post($anon, "/support/ticket/$id", { name => 'x', text => 'x' })->{status}, 404, 'T-04: without the token of the link');
is(post($pia, "/support/ticket/$t[1]?access_token=$key", { name => 'x', text => 'x' })->{status}, 404, 'T-03: with that of another');
like(get($anon, "/my/ticket/$id?access_token=$key")->{text}, qr/From the link/, 'PRT-2: the token opens /my/ticket, too');
is(reply($anon, $link, { name => 'Åsa', do => 'close' })->{status}, 303, 'SLF-6: its holder closes it');
is(asked($admin, GET => "/tickets/$id")->{closed_by_partner}, $true, 'as the customer');
is((comments($id))[-1]{author_name}, 'Åsa', 'and the thread says who');

# ---- when the team leaves public mode (VIS-8, VIS-11 .. VIS-13) ----

for my $mode (qw(internal invited_internal)) {
    asked($admin, PATCH => "/teams/$team", { privacy_visibility => $mode });
    is(get($anon, $link)->{status}, 404, "VIS-12: $mode: the link is dead");
    is(post($anon, $link, { name => 'x', text => 'x' })->{status}, 404, 'VIS-12: also to who writes');
    is(get($pia, "/my/ticket/$id")->{status}, 404, 'VIS-8: and so is her page');
    is(post($pia, "/my/ticket/$id", { token => $own, text => 'x' })->{status}, 404, 'VIS-8: and her form');
    is(titles(get($pia, '/my/tickets?state=all')), '', 'VIS-8: nothing is listed');
    like(get($pia, '/my')->{text}, qr/>0 open tickets</, 'VIS-8: or counted');
    asked($admin, PATCH => "/teams/$team", { privacy_visibility => 'portal' });
    is(get($anon, $link)->{status}, 404, 'VIS-12: the old link stays dead');
    is(get($pia, "/my/ticket/$id")->{status}, 200, 'VIS-13: the customer is back');
}
like(scalar $desk->ctl(['fsck']), qr/, 0 problems/, 'fsck');
done_testing;
