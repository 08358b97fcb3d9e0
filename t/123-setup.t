#!/usr/bin/perl

# First start: nobody exists; the link in the log makes the first administrator, once, and nothing else is open.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Helpdesk;

my $desk = Helpdesk->new(workers => 2)->start;
my $anon = $desk->client;
ok(wait_until(5, sub { $desk->log =~ m{/setup\?token=} }), 'the log has a set-up link');
my @links = $desk->log =~ m{(http\S+/setup\?token=[\w-]+)}g;
is(scalar @links, 1, 'one, although there are two workers');
my ($base, $secret) = $links[0] =~ m{^(http://127\.0\.0\.1:\d+)/setup\?token=([\w-]{43})$};
is($base, $desk->base, 'it begins with base_url') or BAIL_OUT($links[0]);
is_deeply($anon->api(GET => '/setup')->{json}, { open => JSON::PP::true }, 'GET /setup: open');

# ---- nothing else is open ----

for my $path ('/tickets', '/teams', '/users', '/session', '/schema', '/tokens', '/companies') {
    is($anon->api(GET => $path)->{status}, 401, "GET $path: 401");
}
is($anon->api(POST => '/login', { login => 'admin', password => $_ })->{status}, 401, 'no default password')
    for 'admin', 'helpdesk-admin', 'changeme-now-1';
is($anon->api(POST => '/users', { login => 'me', name => 'Me', role => 'admin' })->{status}, 401, 'no users without it');
is($desk->dump_records('user'), 0, 'the store has no user');
unlike(slurp("$desk->{store}/data.mdb"), qr/\Q$secret\E/, 'nor the secret of the link');

# ---- wrong wishes ----

my %wish = (secret => $secret, company => 'First Company', login => 'root', name => 'First Person',
            email => 'first@example.com', password => $Helpdesk::PASSWORD, tz => 'Europe/Vilnius', lang => 'lt');
my $r;
for my $wrong ('x' x 43, substr($secret, 0, 42), $secret . 'x', lc $secret, '') {
    next if $wrong eq $secret;
    $r = $anon->api(POST => '/setup', { %wish, secret => $wrong });
    ok($r->{status} == 410 || $wrong eq '' && $r->{status} == 422, "a wrong secret is refused: \"$wrong\"")
        or diag("$r->{status} $r->{body}");
}
for my $bad ([ password => 'short' ], [ password => 'First Person' ], [ tz => 'Moon/Base' ], [ lang => 'xx' ], [ company => '' ],
             [ login => '' ], [ name => '' ], [ email => 5 ]) {
    $r = $anon->api(POST => '/setup', { %wish, @$bad });
    is("$r->{status} " . ($r->{json}{fields}[0]{field} // ''), "422 $bad->[0]", "set-up names a bad $bad->[0]")
        or diag($r->{body});
}
$r = $anon->api(POST => '/setup', \%wish, headers => { Origin => 'https://evil.example' });
is("$r->{status} $r->{json}{code}", '403 csrf', 'T-11: a foreign page sets nothing up');
is($desk->dump_records('user'), 0, 'still no user');
is_deeply($anon->api(GET => '/setup')->{json}, { open => JSON::PP::true }, 'and the link is good still');

# ---- one use, even when tried at once ----

my $user_port = $desk->{port};
my @all = parallel(4, sub {
    my ($i) = @_;
    my $x = Helpdesk::Client->new($user_port)->api(POST => '/setup', { %wish, login => "root$i" });
    return { status => $x->{status}, cookie => $x->{headers}{'set-cookie'}, json => $x->{json} };
});
is(join(',', sort map { $_->{status} } @all), '200,410,410,410', 'one use: four at once make one administrator');
my ($won) = grep { $_->{status} == 200 } @all;
is($won->{json}{user}{role}, 'admin', 'who is an administrator');
is_deeply([ @{ $won->{json}{user} }{qw(name email tz lang)} ], [ @wish{qw(name email tz lang)} ], 'with what was wished');
like($won->{cookie}, qr/^sid=[\w-]{43}; .*HttpOnly/, 'and signed in');
$r = $anon->api(POST => '/setup', \%wish);
is("$r->{status} $r->{json}{code}", '410 expired', 'after that the link is used');
is_deeply($anon->api(GET => '/setup')->{json}, { open => JSON::PP::false }, 'GET /setup: closed');

my $admin = $desk->login($won->{json}{user}{login});
is($desk->dump_records('user'), 1, 'there is one user');
my ($company) = @{ $admin->api(GET => '/companies')->{json}{items} };
is($company->{name}, 'First Company', 'the company has the wished name');
my @teams = @{ $admin->api(GET => '/teams')->{json}{items} };
is(scalar @teams, 1, 'TEAM-6: there is a first team');
my @stages = @{ $admin->api(GET => '/stages')->{json}{items} };
ok(@stages >= 2 && (grep { $_->{fold} } @stages) && !$stages[0]{fold}, 'with stages, the first open, one closing');
is($admin->api(POST => '/tickets', { name => 'First' })->{status}, 201, 'and takes a ticket');

# ---- a restart prints no new link ----

$desk->stop->start;
is($desk->login($won->{json}{user}{login})->api(GET => '/session')->{status}, 200, 'the administrator signs in after a restart');
is(scalar(() = $desk->log =~ m{/setup\?token=}g), 1, 'a restart with users prints no link');

# ---- a restart without users prints a new one, and the old is dead ----

my $again = Helpdesk->new(sync => 'off')->start;
wait_until(5, sub { $again->log =~ m{/setup\?token=} });
my ($old) = $again->log =~ m{/setup\?token=([\w-]{43})};
$again->stop->start;
ok(wait_until(5, sub { (() = $again->log =~ m{/setup\?token=}g) == 2 }), 'a restart without users prints a new link');
my $new = ($again->log =~ m{/setup\?token=([\w-]{43})}g)[1];
isnt($new, $old, 'with another secret');
is($again->client->api(POST => '/setup', { %wish, secret => $old })->{status}, 410, 'the old link is dead');

# ---- the page, without a script ----

sub encode { my ($x) = @_; utf8::encode($x) if utf8::is_utf8($x); return $x =~ s/([^A-Za-z0-9_.-])/sprintf '%%%02X', ord $1/ger }
my $page = $again->client;
sub sent {
    my ($wish, %h) = @_;
    return $page->request(POST => '/setup', join('&', map { "$_=" . encode($wish->{$_}) } sort keys %$wish),
                          type => 'application/x-www-form-urlencoded', headers => { Origin => $again->base, %h });
}
sub bad { my ($x) = @_; return "$x->{status} " . join ' ', $x->{body} =~ /class="error" id="(\w+)-error"/g }
$r = $page->request(GET => '/signin');
is("$r->{status} $r->{headers}{location}", '303 /setup', 'nobody can sign in to a new desk: the sign-in page leads to the first step');
$r = $page->request(GET => '/setup');
like($r->{body}, qr/<input id="secret" name="secret" required type="text"/, 'page.setup: without a link it asks for the secret');
$r = $page->request(GET => "/setup?token=$new&lang=lt");
is($r->{status}, 200, 'the link opens the page');
like($r->{body}, qr/name="secret" value="$new"/, 'which has the secret of the link');
is("$r->{headers}{'referrer-policy'} $r->{headers}{'x-robots-tag'}", 'no-referrer noindex', 'and tells it to nobody');
like($r->{body}, qr/<html lang="lt"/, 'in the language of the reader');
like($r->{body}, qr{<option value="Europe/Vilnius">}, 'with time zones to choose');
my %form = (secret => $new, linked => 1, company => 'Pagė', name => 'Rūta', login => 'ruta', email => 'ruta@example.com', tz => 'Europe/Vilnius',
            password => 'violet-harbour-77-softly', again => 'violet-harbour-77-softly', lang => 'lt');
is(bad(sent({ %form, secret => $old })), '410 ', 'the page refuses an old secret');
is(sent(\%form, Origin => 'https://evil.example')->{status}, 403, 'T-11: a foreign page sets nothing up by it');
for ([ company => ' ' ], [ name => '' ], [ login => '' ], [ email => 'nowhere' ], [ password => 'short' ], [ password => 'Rūta' ], [ again => 'other' ]) {
    my ($field, $value) = @$_;
    is(bad(sent({ %form, $field => $value })), '422 ' . ($field eq 'again' ? 'password' : $field), "the page names a bad $field");
}
$r = sent({ %form, tz => 'Moon/Base' });
like("$r->{status} $r->{body}", qr/^422 .*role="alert".*value="ruta"/s, 'a time zone that is none is said, and what was typed is kept');
$r = sent(\%form, Cookie => 'lang=lt');
is("$r->{status} $r->{headers}{location}", '303 /agent/settings/teams', 'page.setup_post makes the administrator, who goes on to the teams');
my ($sid) = "@{ $r->{cookies} }" =~ /sid=([\w-]{43})/;
$r = $page->api(GET => '/session', undef, headers => { Cookie => "sid=$sid" })->{json}{user};
is("$r->{role} $r->{login} $r->{tz} $r->{lang}", 'admin ruta Europe/Vilnius lt', 'signed in, with zone and language of the form');
like($page->request(GET => '/setup')->{body}, qr{<a href="/signin">}, 'the page is closed then, and leads to the sign-in');
is(sent({ %form, login => 'second' })->{status}, 200, 'who sends it once more reads the same');
is($again->dump_records('user'), 1, 'and makes nobody');
done_testing;
