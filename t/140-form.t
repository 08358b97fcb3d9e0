#!/usr/bin/perl

# The public form as a visitor without JavaScript meets it.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Digest::SHA qw(hmac_sha256 sha256);
use MIME::Base64 qw(encode_base64url);
use Test::More;
use Time::HiRes qw(time);
use Helpdesk;

my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $desk = Helpdesk->new(workers => 2, sync => 'off')->seed->start;
my $admin = $desk->login('admin');
my $hostile = q{<script>alert(1)</script>"'><img src=x onerror=alert(2)>&amp;{{7*7}}};
my $escaped = qr/&lt;script&gt;alert\(1\)&lt;\/script&gt;(?:&quot;|&#34;)(?:&#39;|&#x27;|&apos;)&gt;&lt;img/;
my %publish = (use_website_helpdesk_form => $true, website_published => $true);
$admin->api(PATCH => '/teams/1', { %publish, name => "Help $hostile", description => "Line one\nLine two $hostile" });
my $r;

# ---- the page ----

$r = get('/support/helpdesk');
is($r->{status}, 200, 'CHN-12: a published form opens');
like($r->{headers}{'content-type'}, qr{^text/html; charset=utf-8$}, 'as HTML');
unlike($r->{body} =~ s/Help &lt;.*?\}\}//gr, qr/<script|\son\w+=|javascript:|style=/i, 'no JavaScript, no inline style');
like($r->{body}, qr/<form class="card" method="post" action="\/support\/helpdesk" enctype="multipart\/form-data">/, 'a plain form that posts to itself');
for my $name (qw(partner_name partner_email partner_phone name description)) {
    like($r->{body}, qr/<label for="$name">/, "$name has a label");
    like($r->{body}, qr/id="$name" name="$name"/, "which belongs to it");
}
unlike($r->{body}, qr/set-cookie/i, 'no cookie');
ok(!$r->{headers}{'set-cookie'}, 'T-11: the public page sets none');
like($r->{body}, $escaped, 'TEAM-4: name and description are there, escaped') or diag($r->{body});
unlike($r->{body}, qr/member_ids|auto_assign|privacy/, 'TEAM-4: and nothing else of the team');
is(token_of($r) ne token_of(get('/support/helpdesk')), 1, 'each form has a token of its own');

# ---- closed forms ----

my $closed = $admin->api(POST => '/teams', { name => 'Closed', use_website_helpdesk_form => $true })->{json};
my $unknown = get('/support/no-such-team');
is($unknown->{status}, 404, 'an unknown form is 404');
for my $case ([ 'not published' => { website_published => $false } ], [ 'no form' => { use_website_helpdesk_form => $false, website_published => $true } ],
              [ 'archived' => { %publish, active => $false } ]) {
    is($admin->api(PATCH => "/teams/$closed->{id}", $case->[1])->{status}, 200, "the team is $case->[0]");
    $r = get("/support/$closed->{slug}");
    is("$r->{status} $r->{body}", "404 $unknown->{body}", "T-03: $case->[0] looks as if it were not there");
    is(post("/support/$closed->{slug}", token => 'x')->{status}, 404, "$case->[0]: nor can it be sent");
    unlike(get('/support')->{body}, qr/\Q$closed->{slug}\E/, "$case->[0]: nor is it listed");
}

# ---- what can be mended comes back with all that was typed ----

my %fill = (partner_name => 'Vera', partner_email => 'vera@example.com', partner_phone => '+370 5', name => 'It broke',
            description => "\nFirst\n  second");
my %faults = (
    partner_name => [ '', ' ', 'x' x 201 ], name => [ '', 'x' x 251 ], description => [ '', 'x' x 60001 ],
    partner_phone => [ '1' x 61 ],
    partner_email => [ '', 'vera', 'vera@', '@example.com', 'a b@example.com', 'vera@example', "v\@example.com\r\nBcc: x\@y.com",
                       'vera@@example.com', 'vera@-x.com', 'v' x 250 . '@example.com', '"a"@example.com', 'vera@127.0.0.1',
                       "vera\@example.com\nx" ],
);
for my $field (sort keys %faults) {
    for my $value (@{ $faults{$field} }) {
        my %typed = (%fill, $field => $value);
        $r = post('/support/helpdesk', token => fresh(), %typed);
        my $name = "$field \"" . substr($value =~ s/[\r\n]/~/gr, 0, 24) . '"';
        is($r->{status}, 422, "$name is refused");
        like($r->{body}, qr/<p class="error" id="$field-error">[^<]+<\/p>\s*<(?:input|textarea) id="$field"/, "$name: the error stands beside the field");
        like($r->{body}, qr/id="$field"[^>]* aria-invalid="true" aria-describedby="$field-error/, "$name: and is tied to it");
        my @lost = grep { $_ ne $field && index($r->{body}, html($typed{$_})) < 0 } sort keys %typed;
        is("@lost", '', "$name: what was typed is kept");
        is(() = $r->{body} =~ /class="error"/g, 1, "$name: one error");
    }
}
$r = post('/support/helpdesk', token => fresh());
is(() = $r->{body} =~ /class="error"/g, 4, 'an empty form: four errors at once');
like($r->{body}, qr/role="alert"/, 'with a summary');
is($desk->dump_records('ticket'), 0, 'no ticket came of all that');

$r = post('/support/helpdesk', token => fresh(), map { $_ => $hostile } keys %fill);
is($r->{status}, 422, 'hostile values with a bad address come back');
unlike($r->{body}, qr/<script|<img|onerror=alert\(2\)>/i, 'T-01: escaped in every place');
is(() = $r->{body} =~ /$escaped/g, 7, 'T-01: all of them: five fields and the name of the team twice') or diag($r->{body});

# ---- sent ----

my $t1 = fresh();
$r = post('/support/helpdesk', token => $t1, %fill, name => $hostile, partner_name => $hostile);
is($r->{status}, 201, 'a form is taken');
unlike($r->{body}, qr/<script|<img/i, 'T-01: the thanks escape too');
like($r->{body}, $escaped, 'and show the subject');
my ($ticket) = $desk->dump_records('ticket');
is($ticket->{name}, $hostile, 'T-20: the text is stored as it was typed');
is($ticket->{description}, "\nFirst\n  second" =~ s/^\n//r, 'with its lines') or diag(json_text($ticket));
is($ticket->{partner_email}, 'vera@example.com', 'and the address');
is("@{ $ticket->{message_partner_ids} }", '', 'T-14: a typed address follows nothing');
my ($ref) = $r->{body} =~ /class="reference"[^>]*>#(\d{5})</;
is($ref, sprintf('%05d', $ticket->{id}), 'TKT-1: the reference is the ticket\'s');

# ---- sent twice ----

my $again = post('/support/helpdesk', token => $t1, %fill, name => $hostile, partner_name => $hostile);
is($again->{status}, 201, 'the same form again');
like($again->{body}, qr/#$ref</, 'gives the same reference');
$again = post('/support/helpdesk', token => $t1, %fill, name => 'Another text');
is($again->{status}, 409, 'the same form with another text asks');
like($again->{body}, qr/#$ref/, 'and names the reference');
like($again->{body}, qr/value="Another text"/, 'and keeps the text');
isnt(token_of($again), $t1, 'with a new token');
is($desk->dump_records('ticket'), 1, 'one ticket came of all that');
is(post('/support/helpdesk', token => token_of($again), %fill, name => 'Another text')->{status}, 201, 'which, sent again, is taken');

my $both = fresh();
my $port = $desk->{port};
my @all = parallel(8, sub {
    my $x = Helpdesk::Client->new($port)->request(POST => '/support/helpdesk', pairs(token => $both, %fill, name => 'Double click'),
                                                  type => 'application/x-www-form-urlencoded');
    return $x->{status} . ' ' . ($x->{body} =~ /#(\d{5})</ ? $1 : $x->{body});
});
my %answers = map { $_ => 1 } @all;
is(join(',', keys %answers) =~ /^201 \d{5}$/, 1, '4.1: eight at once with one token: one reference') or diag("@all");
is(scalar(grep { $_->{name} eq 'Double click' } $desk->dump_records('ticket')), 1, 'and one ticket');

# ---- the trap, and tokens ----

my $n = $desk->dump_records('ticket');
$r = post('/support/helpdesk', token => fresh(), %fill, homepage => 'http://spam.example');
is($r->{status}, 422, 'the hidden field filled in: refused');
unlike($r->{body}, qr/spam\.example/, 'and empty again');
like($r->{body}, qr/value="It broke"/, 'with what a person typed');
my $good = fresh();
my $flip = $good;
substr($flip, 30, 1) = substr($flip, 30, 1) eq 'A' ? 'B' : 'A';
my $other = $admin->api(POST => '/teams', { name => 'Other', %publish })->{json};
my %tokens = (
    'none' => '', 'forged' => 'A' x 64, 'changed' => $flip, 'cut' => substr($good, 0, 63), 'long' => $good . 'A' x 4,
    'of another form' => token_of(post("/support/$other->{slug}")), 'markup' => $hostile,
    'expired' => made(time - 2 * 3600 - 5), 'of tomorrow' => made(time + 86400),
);
for my $case (sort keys %tokens) {
    $r = post('/support/helpdesk', token => $tokens{$case}, %fill);
    is($r->{status}, 422, "a token that is $case: refused");
    like($r->{body}, qr/value="It broke"/, "$case: what was typed is kept");
    is(post('/support/helpdesk', token => token_of($r), %fill, name => "after $case")->{status}, 201, "$case: sent once more it is taken")
        if $case =~ /^(?:none|expired)$/;
}
is(post('/support/helpdesk', token => made(time - 2 * 3600 + 60), %fill, name => 'old')->{status}, 201, 'a token of nearly two hours is good (so the forged ones were refused for their time)');
is($desk->dump_records('ticket'), $n + 3, 'three tickets came of all that');

# ---- nobody is signed in here ----

my $c = $desk->client;
$c->{cookie} = $admin->{cookie};
$r = $c->request(POST => '/support/helpdesk', pairs(token => fresh(), %fill, name => 'With a cookie', team_id => $other->{id},
                 user_id => 1, priority => 3, stage_id => 3, active => 'false', id => 1),
                 type => 'application/x-www-form-urlencoded', headers => { Origin => 'https://evil.example' });
is($r->{status}, 201, 'T-11: the public form ignores cookies');
my ($made) = grep { $_->{name} eq 'With a cookie' } $desk->dump_records('ticket');
is($made->{create_uid}, undef, 'T-11: nobody made it');
is_deeply([ @$made{qw(team_id user_id priority stage_id active)} ], [ 1, undef, '0', 1, $true ], 'T-10: other fields are not looked at');
is(scalar(grep { $_->{user_id} != 1 } $desk->dump_records('session')), 0, 'T-12: no session came of it');

# ---- languages ----

for my $lang (qw(en lt sv fa vi es)) {
    my $x = get("/support/helpdesk?lang=$lang");
    my $dir = $lang eq 'fa' ? 'rtl' : 'ltr';
    like($x->{body}, qr/^<!doctype html>\n<html lang="$lang" dir="$dir">/, "the form in $lang, $dir");
    is($x->{headers}{'content-language'}, $lang, "$lang: Content-Language");
    my $say = JSON::PP->new->utf8->decode(slurp("$FindBin::Bin/../html/i18n/$lang.json"));
    my $send = $say->{'form.send'};
    utf8::encode($send);
    like($x->{body}, qr/<button type="submit">\Q$send\E</, "$lang: the button in words of the catalog");
    like($x->{body}, qr{action="/support/helpdesk\?lang=$lang"}, "$lang: and the answer will be too");
    is($desk->client->request(GET => '/support/helpdesk', undef, headers => { 'Accept-Language' => "xx, $lang;q=0.8, en;q=0.1" })->{headers}{'content-language'},
       $lang, "$lang: by Accept-Language");
    $x = post("/support/helpdesk?lang=$lang", token => 'x');
    like($x->{body}, qr/<html lang="$lang" dir="$dir">/, "$lang: the errors too");
}
is(get('/support?lang=xx')->{headers}{'content-language'}, 'en', 'another language: English');
like(get('/support')->{headers}{vary} // '', qr/Accept-Language/, 'caches are told');

# ---- methods and types ----

is($desk->client->request(POST => '/support/helpdesk', '{}')->{status}, 415, 'JSON is not for forms');
is($desk->client->request(PUT => '/support/helpdesk', '')->{status}, 405, 'nor are other methods');
is($desk->client->request(GET => $_)->{status}, 404, "$_: 404") for '/support/', '/support/UPPER', '/support/a%2Fb', '/support/helpdesk/x';
$r = $desk->client->request(GET => '/');
is("$r->{status} $r->{headers}{location}", '303 /support', 'the home page leads to the list');

# ---- throttle ----

my ($last, $i) = ({ status => 0 }, 0);
while ($last->{status} != 429 && $i++ < 40) {
    $last = post('/support/helpdesk', token => made(time - 60 + $i / 1000), %fill, name => "Flood $i");
}
is($last->{status}, 429, 'T-14c: an address that sends many is throttled');
like($last->{headers}{'retry-after'} // '', qr/^[1-9]\d*$/, 'with Retry-After');
like($last->{body}, qr/value="Flood $i"/, 'and keeps its text');
cmp_ok(scalar(grep { $_->{create_uid} ? 0 : 1 } $desk->dump_records('ticket')), '<=', 31, 'after at most thirty');
done_testing;

sub get { return $desk->client->request(GET => $_[0]) }
sub token_of { return $_[0]{body} =~ /name="token" value="([\w-]+)"/ ? $1 : '' }
# A page that comes back can be sent at once; one just opened cannot.
sub fresh { return token_of(post('/support/helpdesk')) }

# Of a name that comes twice the last value counts.
sub pairs {
    my (%p) = @_;
    return join '&', map { "$_=" . ($p{$_} =~ s/([^A-Za-z0-9_.-])/sprintf '%%%02X', ord $1/ger) } sort keys %p;
}

sub post {
    my ($path, @pairs) = @_;
    return $desk->client->request(POST => $path, pairs(@pairs), type => 'application/x-www-form-urlencoded');
}

# A token as the site makes it, of any time.
sub made {
    my ($at) = @_;
    my $head = pack('Q>', int $at * 1000) . pack 'N2', rand 2**32, rand 2**32;
    return encode_base64url($head . hmac_sha256("formhelpdesk$head", secret()));
}

sub secret {
    my ($text) = slurp($desk->dir . '/secret') =~ /^(\S+)/;
    return sha256($text);
}

sub html {
    my ($s) = @_;
    $s =~ s/^\n//;
    return $s =~ s/&/&amp;/gr =~ s/</&lt;/gr =~ s/>/&gt;/gr =~ s/"/&quot;/gr;
}
