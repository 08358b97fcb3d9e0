#!/usr/bin/perl

# The public pages in the language of the visitor: ?lang=, a cookie, Accept-Language; and what nginx itself refuses.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Helpdesk;

my $root = "$FindBin::Bin/..";
my $true = JSON::PP::true;
# the limit of the configuration we ship, in a server of this test
my ($zone) = slurp("$root/conf/nginx.conf") =~ /(map \$request_method \$form_sender \{.*?zone=form:2m rate=1r\/s;)/s;
ok($zone, 'conf/nginx.conf limits what is sent by forms');
my ($limit) = slurp("$root/conf/helpdesk.conf") =~ /location \/support \{\s*(limit_req [^;]+;)/;
ok($limit, 'conf/helpdesk.conf uses the limit');
my $desk = Helpdesk->new(workers => 2, sync => 'off', http => $zone, server => <<"CONF")->seed->start;
limit_req_status 429;
error_page 400 403 404 405 408 413 414 429 500 502 503 504 /problem;
location = /problem { internal; helpdesk problem; }
location /support/limited { $limit helpdesk page; }
CONF
my $admin = $desk->login('admin');
$admin->api(PATCH => '/teams/1', { use_website_helpdesk_form => $true, website_published => $true });
$admin->api(POST => '/teams', { name => 'Limited', slug => 'limited', use_website_helpdesk_form => $true, website_published => $true });
my @LANGUAGES = qw(en lt sv fa vi es);
my $words = sub { JSON::PP->new->utf8->decode(slurp("$root/html/i18n/$_[0].json")) };
my %say = map { $_ => { %{ $words->($_) }, %{ $words->("server/$_") } } } @LANGUAGES;

# ---- which language ----

my @cases = (
    [ 'nothing', '', '', '', 'en' ], [ 'the header', '', '', 'sv', 'sv' ], [ 'a region', '', '', 'es-MX', 'es' ],
    [ 'the best by weight', '', '', 'lt;q=0.4, fa;q=0.9, sv;q=0.5', 'fa' ], [ 'the first of equals', '', '', 'vi, lt', 'vi' ],
    [ 'none of ours first', '', '', 'de, fr;q=0.9, lt;q=0.1', 'lt' ], [ 'one that is refused', '', '', 'sv;q=0, vi;q=0.2', 'vi' ],
    [ 'any but English', '', '', 'en;q=0, *', 'lt' ], [ 'only others', '', '', 'de, fr', 'en' ], [ 'a broken weight', '', '', 'sv;q=x, vi;q=0.1', 'vi' ],
    [ 'the cookie before the header', '', 'lang=lt', 'sv', 'lt' ], [ 'among other cookies', '', 'a=b; lang=fa; c=d', 'sv', 'fa' ],
    [ 'a cookie of no language', '', 'lang=xx', 'sv', 'sv' ], [ 'a cookie of markup', '', 'lang="><script>', 'sv', 'sv' ],
    [ 'the query before all', 'vi', 'lang=lt', 'sv', 'vi' ], [ 'a query of no language', 'xx', 'lang=lt', 'sv', 'lt' ],
    [ 'a long query', 'x' x 3000, '', 'es', 'es' ], [ 'a long header', '', '', join(',', map { "x$_" } 1 .. 400) . ',fa', 'fa' ],
);
for my $case (@cases) {
    my ($name, $query, $cookie, $accept, $want) = @$case;
    my $r = $desk->client->request(GET => '/support/helpdesk' . ($query ne '' ? "?lang=$query" : ''), undef,
                                   headers => { Cookie => $cookie, 'Accept-Language' => $accept });
    my ($lang, $dir) = $r->{body} =~ /^<!doctype html>\n<html lang="(\w+)" dir="(\w+)">/;
    is("$lang $dir $r->{headers}{'content-language'}", "$want " . ($want eq 'fa' ? 'rtl' : 'ltr') . " $want", "language: $name: $want");
    like($r->{headers}{vary}, qr/Accept-Language/, "$name: caches are told of the header");
    like($r->{headers}{vary}, qr/Cookie/, "$name: and of the cookie");
}

# ---- the cookie ----

my $r = $desk->client->request(GET => '/support?lang=fa');
is_deeply($r->{headers}{'set-cookie'}, 'lang=fa; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax', 'who chooses a language gets a cookie');
$r = $desk->client->request(GET => '/support?lang=fa', undef, headers => { Cookie => 'lang=fa' });
is($r->{headers}{'set-cookie'}, undef, 'once');
$r = $desk->client->request(GET => '/support', undef, headers => { 'Accept-Language' => 'fa' });
is($r->{headers}{'set-cookie'}, undef, 'T-11: who does not gets none');

$r = $desk->client->request(GET => "/support?a=\xBB&b=\xC3");
ok(utf8::decode(my $text = $r->{body}), 'T-23: bytes of an address that are no UTF-8 do not get into the page');
like($r->{body}, qr/href="\?a=%BB&amp;b=%C3&amp;lang=sv"/, 'and links that keep them say the same');

# ---- the switch ----

for my $path ('/support', '/support/helpdesk', '/support/nowhere') {
    $r = $desk->client->request(GET => $path);
    for my $lang (@LANGUAGES) {
        my $name = $say{$lang}{'page.language_name'};
        utf8::encode($name);
        my $dir = $lang eq 'fa' ? 'rtl' : 'ltr';
        like($r->{body}, qr{<a href="\?lang=$lang" hreflang="$lang" lang="$lang" dir="$dir"[^>]*>\Q$name\E</a>}, "$path: a link to $lang in its own words");
    }
    is(() = $r->{body} =~ /aria-current="true"/g, 1, "$path: the present one is marked");
}

$r = $desk->client->request(GET => '/signin?next=/my/tickets%3Fq%3D1&lang=fa&x="><b>');
my @switch = $r->{body} =~ m{<a href="\?([^"]*)" hreflang="(\w+)"}g;
is_deeply([ @switch ], [ map { ("next=/my/tickets%3Fq%3D1&amp;x=" . ($r->{body} =~ /(%22%3E%3Cb%3E|&quot;&gt;&lt;b&gt;)/)[0] . "&amp;lang=$_", $_) } @LANGUAGES ],
          'PRT-6: where one wanted to go, and what else the address asks, stays');

# ---- texts ----

for my $lang (@LANGUAGES) {
    my @keys = grep { /^(?:form|page)\./ } keys %{ $say{$lang} };
    my @same = $lang eq 'en' ? () : grep { text($say{$lang}{$_}) eq text($say{en}{$_}) && text($say{en}{$_}) !~ /^(?:Normal|Helpdesk)$/ } @keys;
    is("@same", '', "$lang: every text of the public pages is its own");
}

# ---- what nginx itself refuses ----

my $sent = 0;
for my $lang (@LANGUAGES) {
    my %ask = (headers => { 'Accept-Language' => $lang }, type => 'application/x-www-form-urlencoded');
    do { $r = $desk->client->request(POST => '/support/limited', 'name=x', %ask) } while $r->{status} != 429 && $sent++ < 60;
    is($r->{status}, 429, "T-14c: $lang: too many forms at once are refused");
    my $text = $say{$lang}{'page.problem.throttled'};
    utf8::encode($text);
    my $dir = $lang eq 'fa' ? 'rtl' : 'ltr';
    like($r->{body}, qr/^<!doctype html>\n<html lang="$lang" dir="$dir">/, "$lang: with a page");
    like($r->{body}, qr{<h1>\Q$text\E</h1>}, "$lang: that says so");
    is($r->{headers}{'content-language'}, $lang, "$lang: Content-Language");
}
cmp_ok($sent, '<=', 22, 'after twenty');
is($desk->client->request(GET => '/support/limited')->{status}, 200, 'who only reads is not counted');
$r = $desk->client->request(POST => '/support/limited?lang=sv', 'name=x', type => 'application/x-www-form-urlencoded', headers => { 'Accept-Language' => 'lt' });
is($r->{headers}{'content-language'}, 'sv', '?lang= counts there too');
$r = $desk->client->request(POST => '/support/helpdesk', 'name=' . 'x' x (3 * 1024 * 1024), type => 'application/x-www-form-urlencoded', headers => { 'Accept-Language' => 'es' });
is("$r->{status} $r->{headers}{'content-language'}", '413 es', 'T-18: a form that is too big is refused in the language of the visitor');
$r = $desk->client->request(POST => '/support/helpdesk', 'name=' . 'x' x (1024 * 1024), type => 'application/x-www-form-urlencoded', headers => { 'Accept-Language' => 'vi' });
is("$r->{status} $r->{headers}{'content-language'}", '413 vi', 'T-18: by our own limit as well');
done_testing;

sub text { my ($v) = @_; return ref $v ? $v->{other} : $v }
