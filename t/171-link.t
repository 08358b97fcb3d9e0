#!/usr/bin/perl

# The link that shows one ticket without a login: when it works, what it shows, where its token goes (VIS-12, VIS-22, D-17, PRT-2, PRT-4).

use strict;
use utf8;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Helpdesk;

binmode Test::More->builder->$_, ':utf8' for qw(output failure_output todo_output);
my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $desk = Helpdesk->new(workers => 2, sync => 'off',
                         server => 'set_real_ip_from 127.0.0.1; real_ip_header X-Real-IP;')->seed;
$desk->add_user(nora => 'none')->add_user(pia => 'portal')->start;
my ($admin, $agent, $anon) = ($desk->login('admin'), $desk->login('agent'), $desk->client);

sub made { return $admin->made(@_) }
sub patch { my ($path, $body) = @_; my $r = $admin->api(PATCH => $path, $body); $r->{status} == 200 or diag($r->{body}); return $r }
sub link_of { my ($id, $c) = @_; return ($c // $agent)->api(POST => "/tickets/$id/link") }
sub path_of { my ($r) = @_; return ($r->{json}{url} // '') =~ m{^http://127\.0\.0\.1:\d+(/support/ticket/.*)} ? $1 : '/none' }
sub opens { my ($path) = @_; return $anon->request(GET => $path)->{status} }

my $team = made('/teams', { name => 'Öppna teamet', use_website_helpdesk_form => $true });
my $id = made('/tickets', { name => 'Skrivaren <b>brinner</b>', team_id => $team, priority => '3', partner_name => 'Anna', color => 7,
                            partner_email => 'anna@example.com', description => "Rök.\n<script>alert(1)</script>Eld.", user_id => $agent->{user}{id} });

# ---- who gets it, and the token ----

my $r = link_of($id);
is($r->{status}, 200, 'PRT-4: made on demand') or diag($r->{body});
my $path = path_of($r);
like($path, qr{^/support/ticket/$id\?access_token=[\w-]{43}$}, 'PRT-4: 256 bits in an address below the configured one');
is(path_of(link_of($id, $admin)), $path, 'PRT-4: the same one for whoever asks next');
is(link_of($id, $_)->{status}, 403, "ACC-1: $_->{user}{role} gets none") for $desk->login('nora'), $desk->login('pia');
is($anon->api(POST => "/tickets/$id/link")->{status}, 401, 'nor does anybody else');
is(link_of(99999)->{status}, 404, 'no ticket, no link');
my ($token) = $path =~ /=(.*)/;
unlike(scalar $desk->ctl(['dump']), qr/\Q$token\E/, 'a dump of the store hands out no links');
unlike($agent->api(GET => "/tickets/$id")->{body}, qr/access_token/, 'the API does not show what it is made of');

# ---- the page ----

my $page = $anon->request(GET => $path, undef, headers => { 'Accept-Language' => 'sv' });
is($page->{status}, 200, 'VIS-22: with the token, without a login');
my $html = $page->{body};
utf8::decode($html);
like($html, qr/Skrivaren &lt;b&gt;brinner&lt;\/b&gt;/, 'PRT-2: title, as text');
like($html, qr/#0*$id</, 'PRT-2: reference');
like($html, qr/<dd[^>]*>New</, 'PRT-2: stage');
like($html, qr/<dd[^>]*>Öppna teamet</, 'PRT-2: team');
like($html, qr/<dd[^>]*>Agent</, 'PRT-2: assignee');
like($html, qr/\d{4}-\d\d-\d\d \d\d:\d\d UTC|\d+ \w+\.? \d{4} \d\d:\d\d UTC/, 'PRT-2: dates, in the zone they name');
like($html, qr/Rök\.<\/p>\n<p[^>]*>&lt;script&gt;/, 'PRT-2: description, line by line');
is(join(' ', $html =~ /<script[^>]*>/g), '<script src="/public/times.js" type="module">', 'whose markup is text: the one script tells times by the reader\'s clock');
unlike($html, qr/anna\@example|priority|follower|internal|color(?!-scheme)|kanban/i, 'PRT-2: nothing of what is the desk\'s own');
is(join(' ', $html =~ /<(?:input|textarea|select|button)[^>]* name="(\w+)"/g), 'token name text files do', 'PRT-5: read only, but for an answer');
my @with = grep { /\Q$token\E/ } $html =~ /href="([^"]*)"/g;
is(join(' ', @with), join(' ', map { "?access_token=$token&amp;lang=$_" } qw(en lt sv fa vi es)), 'the token stands in no link but those to the page in other languages');
is(() = $html =~ /\Q$token\E/g, 6, 'nor anywhere else');
like(get_text("$path&lang=fa"), qr/<html lang="fa" dir="rtl">/, 'which work');
like($html, qr/lang="sv"/, 'in the reader\'s language');
my %h = %{ $page->{headers} };
is($h{'referrer-policy'}, 'no-referrer', 'no Referer leaves it');
is($h{'cache-control'}, 'no-store', 'no cache keeps it');
like($h{'x-robots-tag'}, qr/noindex/, 'no search engine either');
like($h{'content-security-policy'}, qr/default-src 'none'/, 'nothing runs in it');
is($anon->request(GET => $path, undef, headers => { 'Accept-Language' => $_ })->{status}, 200, "language $_") for qw(en lt fa vi es);

# ---- whose clock ----

sub get_text { my $t = $anon->request(GET => $_[0], undef, headers => { 'Accept-Language' => 'sv' })->{body}; utf8::decode($t); return $t }
sub in_tehran {
    my ($h, $m) = $_[0] =~ /datetime="[^"]*T(\d\d):(\d\d)/ or return '?';
    my $at = ($h * 60 + $m + 210) % 1440;
    return sprintf '%02d:%02d', int $at / 60, $at % 60;
}
my $calendar = made('/calendars', { name => 'Tehran', tz => 'Asia/Tehran' });
patch('/companies/1', { resource_calendar_id => $calendar });
like(get_text($path), qr/ \Q${\in_tehran(get_text($path))}\E GMT\+3:30</, 'PRT-2: the company\'s, named');
patch("/teams/$team", { resource_calendar_id => made('/calendars', { name => 'Here', tz => 'UTC' }) });
like(get_text($path), qr/ \d\d:\d\d UTC</, 'PRT-2: or the team\'s');

# ---- when it does not work: like a ticket that does not exist ----

my $network = 0;
sub same_as_missing {
    my ($path, $name) = @_;
    my %from = (headers => { 'X-Real-IP' => '198.51.' . ++$network . '.7' });        # wrong ones are counted by network
    my $r = $anon->request(GET => $path, undef, %from);
    my $none = $anon->request(GET => "/support/ticket/99999?access_token=$token", undef, %from);
    my $strip = sub { my %x = %{ $_[0]{headers} }; delete $x{date}; return json_text([ $_[0]{status}, \%x, $_[0]{body} ]) };
    is($none->{status}, 404, 'a ticket that does not exist');
    is($strip->($r), $strip->($none), $name);
}
my $second = made('/tickets', { name => 'Another', team_id => $team });
my $other = path_of(link_of($second));
(my $swapped = $path) =~ s{/ticket/\d+}{/ticket/$second};
(my $near = $path) =~ s/(.)$/$1 eq 'A' ? 'B' : 'A'/e;
same_as_missing("/support/ticket/$id", 'without a token');
same_as_missing("/support/ticket/$id?access_token=", 'with an empty one');
same_as_missing($near, 'with one that is nearly right');
same_as_missing($swapped, 'with that of another ticket');
same_as_missing("$path" . 'x', 'with something behind it');
same_as_missing("/support/ticket/" . made('/tickets', { name => 'Never asked', team_id => $team }) . "?access_token=$token", 'of a ticket nobody made a link to');
my $cookie = $admin->request(GET => "/support/ticket/$id");
is($cookie->{status}, 404, 'a session does not replace it');

for my $mode (qw(internal invited_internal)) {
    patch("/teams/$team", { privacy_visibility => $mode });
    same_as_missing($path, "D-17: not while the team is $mode");
    my $r = link_of($id, $admin);
    is("$r->{status} $r->{json}{code}", '409 no_customer_link', "D-17: no new one while the team is $mode");
    patch("/teams/$team", { privacy_visibility => 'portal' });
    same_as_missing($path, 'VIS-12: nor afterwards: the change cleared it');
    my $new = path_of(link_of($id, $admin));
    isnt($new, $path, 'VIS-12: a new one is another one');
    is(opens($new), 200, 'and works');
    $path = $new;
}
patch("/tickets/$id", { active => $false });
same_as_missing($path, 'TKT-6: not while it is archived');
is(link_of($id)->{json}{code}, 'no_customer_link', 'nor is one made');
patch("/tickets/$id", { active => $true });
is(opens($path), 200, 'restored');
patch("/teams/$team", { active => $false });
same_as_missing($path, 'TEAM-8: not while the team is archived');
patch("/teams/$team", { active => $true });
my $closed = made('/teams', { name => 'Closed', privacy_visibility => 'internal' });
patch("/tickets/$id", { team_id => $closed });
same_as_missing($path, 'D-17: not in a team that is not open');
patch("/tickets/$id", { team_id => $team });
is(opens($path), 200, 'and again in one that is');
$admin->api(DELETE => "/tickets/$id");
same_as_missing($path, 'deleted');

# ---- guessing ----

$other = path_of(link_of($second));
my $guess = sub { $anon->request(GET => $_[0], undef, headers => { 'X-Real-IP' => $_[1] }) };
(my $wrong = $other) =~ s/=.*/=@{[ 'x' x 43 ]}/;
is(join(' ', map { $guess->($wrong, "203.0.113.$_")->{status} } 1 .. 20), join(' ', (404) x 20), 'T-04: twenty wrong tokens of one network are answered');
my $stopped = $guess->($wrong, '203.0.113.99');
is($stopped->{status}, 429, 'no more within the minute');
cmp_ok($stopped->{headers}{'retry-after'} // 0, '>', 0, 'and it is said when again');
is($guess->($other, '203.0.113.200')->{status}, 429, 'not even the right one');
is($guess->("/api/v1/linked/$second?access_token=" . 'x' x 43, '203.0.113.1')->{status}, 429, 'at the API as well');
is($guess->($other, '203.0.114.1')->{status}, 200, 'other networks do not notice');
is($guess->("/support/ticket/$second", '203.0.115.1')->{status}, 404, 'no token is no guess') for 1 .. 21;
is($guess->($other, '203.0.115.1')->{status}, 200, 'and right ones do not count') for 1 .. 21;

# ---- another secret, another link ----

$other = path_of(link_of($second));
is(opens($other), 200, 'before');
$desk->stop;
Helpdesk::write_file("$desk->{dir}/secret", 'f' x 64);
$desk->start;
is(opens($other), 404, 'a new secret ends all links');

# ---- where the token goes ----

unlike(Helpdesk::slurp("$FindBin::Bin/../conf/$_"), qr/\$request\b|\$request_uri|\$args|\$query_string|\$http_referer/, "$_ logs no query")
    for qw(nginx.conf helpdesk.conf);
unlike($desk->log, qr/\Q$token\E/, 'nor does the error log of the desk name it');
my ($out, $err, $status) = $desk->ctl(['fsck'], ok => 0);
is($status, 0, 'fsck finds nothing: links are counted') or diag("$out$err");
done_testing;
