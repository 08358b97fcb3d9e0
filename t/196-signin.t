#!/usr/bin/perl

# Sign-in, sign-out, links to set a password and /my/account without a script: PRT-6, T-04, T-11, T-12, T-13, T-21.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Digest::SHA qw(hmac_sha256 sha256);
use JSON::PP ();
use MIME::Base64 qw(decode_base64 encode_base64url);
use Test::More;
use Helpdesk;

my $desk = Helpdesk->new(workers => 2)->seed;
$desk->add_user(pia => 'portal', '--email', 'pia@example.com')->start;
my $admin = $desk->login('admin');
my $NEW = 'violet-harbour-77-softly';
my $key = sha256(slurp($desk->dir . '/secret') =~ s/\s+\z//r);

sub token {
    my ($i) = sort { $b->{id} <=> $a->{id} } $desk->dump_records('invitation');
    my $mac = hmac_sha256('invite' . chr($i->{purpose} eq 'password') . pack('Q>', $i->{id}) . decode_base64($i->{seed} =~ tr{-_}{+/}r), $key);
    return encode_base64url($mac . pack('N', $i->{id} ^ unpack 'N', $mac));
}
sub encode { my ($s) = @_; utf8::encode($s) if utf8::is_utf8($s); return $s =~ s/([^A-Za-z0-9_.-])/sprintf '%%%02X', ord $1/ger }

# A browser: keeps its cookies, says where its forms stood.
sub browser { return { c => $desk->client, jar => {} } }
sub ask {
    my ($b, $method, $path, $form, %h) = @_;
    my $text = $form && join '&', map { "$_=" . encode($form->{$_}) } sort keys %$form;
    my $jar = join '; ', map { "$_=$b->{jar}{$_}" } sort keys %{ $b->{jar} };
    my $r = $b->{c}->request($method, $path, $text, type => 'application/x-www-form-urlencoded', headers => {
        ($jar ? (Cookie => $jar) : ()), ($form ? (Origin => $desk->base, 'Sec-Fetch-Site' => 'same-origin') : ()), %h });
    for (@{ $r->{cookies} }) {
        my ($name, $value, $life) = /^(\w+)=([^;]*);.*Max-Age=(\d+)/ or next;
        if ($life) { $b->{jar}{$name} = $value } else { delete $b->{jar}{$name} }
    }
    return $r;
}
sub hidden { my ($r, $name) = @_; return $r->{body} =~ /name="$name" value="([^"]*)"/ ? $1 : '' }
sub goes { my ($r) = @_; return "$r->{status} " . ($r->{headers}{location} // '') }
sub signed_in { my ($b) = @_; return $b->{c}->api(GET => '/session', undef, headers => { Cookie => "sid=" . ($b->{jar}{sid} // '') })->{status} == 200 }

# ---- in and out ----

my $b = browser();
my $r = ask($b, GET => '/signin?next=/my/tickets');
is("$r->{status} " . hidden($r, 'next'), '200 /my/tickets', 'PRT-6: page.signin is for everybody');
ok(!%{ $b->{jar} }, 'T-12: which leaves no session');
unlike($r->{body}, qr/<script|\son\w+=|\sstyle=/, 'and needs no script');
is(goes(ask($b, POST => '/signin', { login => 'pia', password => $Helpdesk::PASSWORD, next => '/my/tickets' })), '303 /my/tickets', 'page.signin_post goes on to where one wanted to go');
ok(signed_in($b), 'signed in');
is(goes(ask($b, GET => '/signin')), '303 /my', 'customers go to their pages');
is(goes(ask($b, GET => '/signin?next=/agent/tickets')), '303 /my', "and not to colleagues'");
my $staff = browser();
is(goes(ask($staff, POST => '/signin', { login => 'agent', password => $Helpdesk::PASSWORD })), '303 /agent', 'agents go to theirs');
for my $evil ('//evil', '/\\evil', '/%5cevil', 'https:evil', "/\r\nLocation: x", 'javascript:alert(1)', '/', '', '/ x', "/\x{e9}x", '/a\\b') {
    my $x = ask(browser(), POST => '/signin', { login => 'pia', password => $Helpdesk::PASSWORD, next => $evil });
    is(goes($x), '303 /my', 'T-21: next=' . encode($evil));
}
my @wrong = map { ask(browser(), POST => '/signin', $_) } { login => 'pia', password => 'wrong' }, { login => 'no <b>one', password => 'wrong' },
    { login => '', password => '' };
is(join(' ', map { $_->{status} } @wrong), '401 401 401', 'T-13: wrong, unknown, empty: 401');
like($wrong[1]{body}, qr/role="alert".*Login or password is wrong.*value="no &lt;b&gt;one"/s, 'the page says so and keeps the login');
unlike($wrong[0]{body}, qr/\Q$Helpdesk::PASSWORD\E|value="wrong"/, 'no password comes back');
for my $from ({ Origin => 'https://evil.example', 'Sec-Fetch-Site' => 'cross-site' }, { Origin => 'null', 'Sec-Fetch-Site' => 'cross-site' },
              { Origin => 'null', 'Sec-Fetch-Site' => undef }, { Origin => undef, 'Sec-Fetch-Site' => 'cross-site' }) {
    my $thief = browser();
    is(ask($thief, POST => '/signin', { login => 'pia', password => $Helpdesk::PASSWORD }, %$from)->{status} . keys %{ $thief->{jar} }, '4030', 'T-11: no other site signs anybody in');
}
is(ask($b, POST => '/signout', { csrf => 'x' })->{status}, 403, 'T-11: nor out');
ok(signed_in($b), 'still signed in');
my $page = ask($b, GET => '/my/account');
my $before = { %$b, jar => { %{ $b->{jar} } } };
is(goes(ask($b, POST => '/signout', { csrf => hidden($page, 'csrf') })), '303 /signin?out=1', 'page.signout: the own form does');
ok(!$b->{jar}{sid} && !signed_in($before), 'T-12: the session is over on the server, too');
is(goes(ask($b, GET => '/my/account')), '303 /signin?next=/my/account', 'then the sign-in page comes first');
is(goes(ask($b, POST => '/my/account', { csrf => 'x', do => 'profile' })), '303 /signin?next=/my/account', 'also for a form');

# ---- /my/account ----

ask($b, POST => '/signin', { login => 'pia', password => $Helpdesk::PASSWORD });
$page = ask($b, GET => '/my/account');
my %own = (csrf => hidden($page, 'csrf'));
my $other = ask(browser(), POST => '/signin', { login => 'pia', password => $Helpdesk::PASSWORD });
like($page->{body}, qr/<option value="Europe\/Vilnius">/, 'PRT: page.account has time zones to choose from');
is(goes(ask($b, POST => '/my/account', { %own, do => 'profile', name => "Pia \x{160}", lang => 'lt', tz => 'Europe/Vilnius' })), '303 /my/account?done=profile', 'page.account_post: name, language and time zone change');
my ($pia) = grep { $_->{login} eq 'pia' } @{ $admin->api(GET => '/users')->{json}{items} };
is("$pia->{name} $pia->{lang} $pia->{tz}", "Pia \x{160} lt Europe/Vilnius", 'and are kept');
like(ask($b, GET => '/my/account?done=profile')->{body}, qr/<html lang="lt".*role="status"/s, 'the page says so, in the new language');
is(ask($b, POST => '/my/account', { %own, do => 'profile', @$_ })->{status}, 422, 'refused: ' . join ' ', @$_)
    for [ name => ' ', lang => 'lt', tz => 'UTC' ], [ name => 'x' x 201, lang => 'lt', tz => 'UTC' ], [ name => 'P', lang => 'xx', tz => 'UTC' ],
        [ name => 'P', lang => 'lt', tz => 'Mars/Base' ];
is(ask($b, POST => '/my/account', { do => 'profile', csrf => hidden(ask($staff, GET => '/my/account'), 'csrf'), name => 'P' })->{status}, 403, "T-11: another session's token");
is(ask($b, POST => '/my/account', { %own, do => 'profile', name => 'P' }, Origin => 'https://evil.example')->{status}, 403, "T-11: another site's form");
my $change = sub { return ask($b, POST => '/my/account', { %own, do => 'password', old_password => $_[0], new_password => $_[1], again => $_[2] // $_[1] }) };
like($change->(@{ $_->[0] })->{body}, $_->[1], "refused: $_->[2]")
    for [ [ 'wrong', $NEW ], qr/id="old_password" name="old_password"[^>]*aria-invalid/, 'the old password is wrong' ],
        [ [ $Helpdesk::PASSWORD, 'short' ], qr/id="new_password-error"/, 'too short' ],
        [ [ $Helpdesk::PASSWORD, $NEW, 'other' ], qr/id="new_password-error"/, 'not the same twice' ];
is(goes($change->($Helpdesk::PASSWORD, $NEW)), '303 /my/account?done=password', 'the password changes');
my ($old) = map { /^sid=([^;]+)/ } @{ $other->{cookies} };
is($desk->client->api(GET => '/session', undef, headers => { Cookie => "sid=$old" })->{status}, 401, 'T-12: other sessions end');
ok(signed_in($b), 'this one stays');

# ---- links ----

is(ask(browser(), GET => '/reset')->{status}, 200, 'PRT-6: page.reset asks for a link');
my @same = map { my $x = ask(browser(), POST => '/reset', { login => $_ }); "$x->{status} $x->{body}" } 'nobody@example.com', 'pia@example.com';
is($same[0], $same[1], 'T-13: page.reset_post has one answer, known or not');
my $token = token();
my $scanner = ask(browser(), GET => "/reset?token=$token");
is("$scanner->{status} $scanner->{headers}{'referrer-policy'} $scanner->{headers}{'x-robots-tag'} $scanner->{headers}{'cache-control'}", '200 no-referrer noindex no-store', 'T-04: a link shows a form, and leaves no trace');
is(ask(browser(), GET => "/reset?token=$token")->{status}, 200, 'T-04: looking does not use it up');
is(ask(browser(), GET => "/invitation?token=$token")->{status}, 410, 'T-04: it is for one purpose');
my $link = browser();
my %form = (token => hidden($scanner, 'token'));
is(ask($link, POST => '/reset', { %form, password => 'short', again => 'short' })->{status}, 422, 'a bad password does not use it up');
is(ask($link, POST => '/reset', { %form, password => $NEW . 'x', again => $NEW })->{status}, 422, 'nor a mistyped one');
is(ask($link, POST => '/reset', { %form, password => "$NEW-2", again => "$NEW-2" }, Origin => 'https://evil.example', 'Sec-Fetch-Site' => 'cross-site')->{status}, 403, 'T-11: nor another site');
is(goes(ask($link, POST => '/reset', { %form, password => "$NEW-2", again => "$NEW-2" }, Origin => 'null')), '303 /my', 'PRT-6: it sets the password and signs in (such pages send Origin: null)');
ok(signed_in($link) && !signed_in($b), 'T-12: and ends all other sessions');
is(ask(browser(), GET => "/reset?token=$token")->{status}, 410, 'T-04: used once');
like(ask(browser(), GET => '/reset?token=nonsense&lang=fa')->{body}, qr/<html lang="fa" dir="rtl">/, 'T-04: what is no link gets the same page, in six languages');
my $ann = $admin->api(POST => '/contacts', { name => 'Ann', email => 'ann@example.com', lang => 'fa' })->{json};
$admin->api(POST => "/contacts/$ann->{id}/portal");
$token = token();
like(ask(browser(), GET => "/invitation?token=$token&lang=en")->{body}, qr/ann\@example\.com.*name="password"/s, 'PRT-6: page.invitation');
is(goes(ask(browser(), POST => '/invitation', { token => $token, password => $NEW, again => $NEW })), '303 /my', 'page.invitation_post opens the portal');
unlike($desk->log, qr/\Q$token\E/, 'T-04: no token in the error log');
is(ask(browser(), GET => '/invitation')->{status}, 410, 'without a token there is nothing');

# ---- counted ----

my @status = map { ask(browser(), POST => '/signin', { login => 'agent', password => 'wrong' })->{status} } 1 .. 11;
is("$status[9] $status[10]", '401 429', 'T-27: the 11th wrong password is too many');
is(goes(ask($staff, POST => '/signin', { login => 'agent', password => $Helpdesk::PASSWORD })), '303 /agent', 'T-27: but for a browser that signed in before');
is(ask(browser(), POST => '/signin', { login => 'agent', password => $Helpdesk::PASSWORD })->{status}, 429, 'others wait');
done_testing;
