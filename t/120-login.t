#!/usr/bin/perl

# Signing in and out: cookies, ends of sessions, throttling, no enumeration, API tokens, nothing raw in the store.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Time::HiRes qw(time);
use Helpdesk;

my $desk = Helpdesk->new(workers => 2, sync => 'off')->seed;
$desk->add_user($_ => 'user') for qw(ann ben cid dora eve fay gus);
$desk->add_user(pia => 'portal')->start;
my $good = $Helpdesk::PASSWORD;
my $anon = $desk->client;

# ---- the cookie ----

my $r = attempt('ann', $good);
is($r->{status}, 200, 'the right password signs in');
like($r->{headers}{'set-cookie'}, qr/^sid=[A-Za-z0-9_-]{43}; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Lax$/,
     'T-12: attributes of the cookie over http');
is($r->{json}{user}{login}, 'ann', 'the answer shows the user');
like($r->{json}{csrf}, qr/^[A-Za-z0-9_-]{43}$/, 'and the CSRF token');
ok(!exists $r->{json}{user}{password}, 'and no hash');
is($r->{headers}{'cache-control'}, 'no-store', 'and is stored nowhere');
is(attempt('ANN', $good)->{status}, 200, 'logins know no case');

{
    my $tls = Helpdesk->new(sync => 'off');
    my $conf = slurp($tls->dir . '/nginx.conf');
    $conf =~ s{helpdesk_base_url http:}{helpdesk_base_url https:};
    write_file($tls->dir . '/nginx.conf', $conf);
    $tls->seed->start;
    my $c = $tls->client->api(POST => '/login', { login => 'admin', password => $good })->{headers}{'set-cookie'};
    like($c, qr/^__Host-sid=[\w-]{43}; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Lax; Secure$/,
         'T-12: behind https the cookie is __Host- and Secure');
    my ($secret) = $c =~ /=([\w-]{43})/;
    my $other = $tls->client;
    $other->{cookie} = "sid=$secret";
    is($other->api(GET => '/session')->{status}, 401, 'and the plain name is not looked at');
    $other->{cookie} = "__Host-sid=$secret";
    is($other->api(GET => '/session')->{status}, 200, 'but the right one is');
}

# ---- sessions and their end ----

my $ann = $desk->login('ann');
is($ann->api(GET => '/session')->{json}{csrf}, $ann->{csrf}, 'GET /session tells the same CSRF token');
is($ann->api(POST => '/session/keep')->{status}, 204, 'a sign of life');
my $second = $desk->login('ann');
isnt($second->{cookie}, $ann->{cookie}, 'each sign-in has a session of its own');
$r = $ann->api(POST => '/logout');
is($r->{status}, 204, 'logout');
like($r->{headers}{'set-cookie'}, qr/^sid=; Path=\/; Max-Age=0;/, 'it takes the cookie away');
everywhere($ann, 401, 'session_expired', 'T-12: after logout the old cookie is nothing in either worker');
everywhere($second, 200, undef, 'the other session goes on');
my @sessions = grep { $_->{user_id} == $second->{user}{id} } $desk->dump_records('session');
is(scalar(grep { $_->{id} } @sessions), 3, 'T-12: logout removes the record from the store');

my $third = $desk->login('ann');
my $new = 'violet-harbour-77-softly';
$r = $second->api(POST => '/session/password', { old_password => 'not-this-one-at-all', new_password => $new });
is($r->{status}, 422, 'a change of password needs the old one');
is($r->{json}{fields}[0]{field}, 'old_password', 'and says so');
for my $weak ('short', 'password1234', 'ann', 'qwertyuiop12') {
    $r = $second->api(POST => '/session/password', { old_password => $good, new_password => $weak });
    is("$r->{status} " . ($r->{json}{fields}[0]{field} // ''), '422 new_password', "5.1: \"$weak\" is too weak");
}
is($second->api(POST => '/session/password', { old_password => $good, new_password => $new })->{status}, 204,
   'the password changes');
everywhere($second, 200, undef, 'the session that changed it goes on');
everywhere($third, 401, 'session_expired', 'T-12: the others end at once');
is(attempt('ann', $good)->{status}, 401, 'the old password is nothing');
is(attempt('ann', $new)->{status}, 200, 'the new one is');

my $admin = $desk->login('admin');
my $ben = $desk->login('ben');
is($admin->api(PUT => "/users/$ben->{user}{id}/password", { password => $new })->{status}, 204,
   'an administrator sets a password');
everywhere($ben, 401, 'session_expired', 'T-12: which ends the sessions of that user');
$ben = $desk->login('ben', $new);
is($admin->api(PATCH => "/users/$ben->{user}{id}", { role => 'none' })->{status}, 200, 'a role changes');
everywhere($ben, 401, 'session_expired', 'T-12: which ends the sessions too');
$ben = $desk->login('ben', $new);
my $ben_token = token($ben, ['read']);
is($admin->api(PATCH => "/users/$ben->{user}{id}", { active => JSON::PP::false })->{status}, 200, 'a user is archived');
everywhere($ben, 401, 'session_expired', 'T-12: an archived user has no session');
is(bearer($ben_token)->api(GET => '/session')->{status}, 401, 'nor a token');
is(attempt('ben', $new)->{body}, attempt('nobody-at-all', $new)->{body}, 'T-13: and signs in like nobody');

# ---- fixation ----

{
    my $c = $desk->client;
    $c->{cookie} = 'sid=' . 'A' x 43;
    $r = $c->api(POST => '/login', { login => 'cid', password => $good });
    is($r->{status}, 200, 'a sign-in with a cookie somebody planted');
    unlike($r->{headers}{'set-cookie'}, qr/sid=A{43}/, 'T-12: gets another value');
    $c = $desk->client;
    $c->{cookie} = 'sid=' . 'A' x 43;
    is($c->api(GET => '/session')->{status}, 401, 'T-12: the planted one is nothing');
    my $cid = $desk->login('cid');
    my $again = $desk->client;
    $again->{cookie} = $cid->{cookie};
    is($again->api(POST => '/login', { login => 'cid', password => $good })->{status}, 200, 'signing in again');
    everywhere($cid, 401, 'session_expired', 'T-12: ends the session the browser had');
}
my $n = $desk->dump_records('session');
$desk->client->api(GET => $_) for ('/session', '/tickets', '/openapi.json') x 20;
$desk->client->request(GET => '/support') for 1 .. 20;
is(scalar $desk->dump_records('session'), $n, 'T-12: anonymous requests make no session');

# ---- enumeration ----

{
    my (%time, %answer);
    for my $round (1 .. 7) {
        for my $login ('dora', "no-such-$round") {
            my $start = time;
            $r = attempt($login, 'wrong-but-long-enough');
            my $kind = $login eq 'dora' ? 'known' : 'unknown';
            push @{ $time{$kind} }, time - $start;
            delete $r->{headers}{date};
            $answer{$kind} = json_text([ $r->{status}, $r->{body}, $r->{headers} ]);
        }
    }
    is($answer{known}, $answer{unknown}, 'T-13: a known and an unknown login get the same answer');
    like($answer{known}, qr/bad_login/, 'which is bad_login');
    my ($known, $unknown) = map { (sort { $a <=> $b } @{ $time{$_} })[0] } qw(known unknown);
    ok($unknown > $known / 3 && $unknown < $known * 3 + 0.05, 'T-13: both pay for a hash')
        or diag("known $known s, unknown $unknown s");
}

# ---- API tokens ----

my $dora = $desk->login('dora');
{
    my $end = '2100-01-01T00:00:00.000Z';
    $r = $dora->api(POST => '/tokens', { name => 'script', scopes => [ 'read', 'write' ], expires => $end });
    is($r->{status}, 201, 'a token is made');
    my $text = $r->{json}{token};
    like($text, qr/^hd_[0-9a-f]{8}_[A-Za-z0-9_-]{43}_[0-9a-f]{6}$/, '5.1: its form');
    is($r->{json}{expires}, $end, 'with the end that was asked for');
    my $list = $dora->api(GET => '/tokens');
    unlike($list->{body}, qr/\Q$text\E|hash/, 'T-04: it is shown once');
    is_deeply([ map { $_->{name} } @{ $list->{json}{items} } ], ['script'], 'and listed to its owner');
    is_deeply($admin->api(GET => '/tokens')->{json}{items}, [], 'and to nobody else');
    my $c = bearer($text);
    is($c->api(GET => '/session')->{json}{user}{login}, 'dora', 'it signs in');
    is($c->api(POST => '/contacts', { name => 'By token' })->{status}, 201, 'and writes without CSRF');
    my $typo = $text;
    substr($typo, 20, 1) = substr($typo, 20, 1) eq 'x' ? 'y' : 'x';
    is(bearer($typo)->api(GET => '/session')->{json}{code}, 'bad_token', '5.1: a typo is refused by its check');
    is(bearer(substr $text, 0, 30)->api(GET => '/session')->{status}, 401, 'and so is a part of it');
    is($admin->api(DELETE => "/tokens/$list->{json}{items}[0]{id}")->{status}, 404, 'nobody else ends it');
    is($dora->api(DELETE => "/tokens/$list->{json}{items}[0]{id}")->{status}, 204, 'its owner does');
    is(bearer($text)->api(GET => '/session')->{json}{code}, 'bad_token', 'then it is nothing');
}
{
    my $read = token($dora, ['read']);
    is(bearer($read)->api(GET => '/tickets')->{status}, 200, 'scope read reads');
    is(bearer($read)->api(POST => '/tickets', { name => 'x' })->{json}{code}, 'scope', 'and does not write');
    $r = bearer($read)->api(POST => '/tokens', { name => 'more', scopes => ['write'] });
    is($r->{status}, 403, 'nor makes a token that may more');
    $r = $dora->api(POST => '/tokens', { name => 'more', scopes => ['admin'] });
    is($r->{status}, 422, 'a user makes no administrator\'s token');
    my $small = token($admin, [ 'read', 'write' ]);
    is(bearer($small)->api(POST => '/companies', { name => 'x' })->{json}{code}, 'scope',
       'an administrator\'s token without admin does nothing of an administrator');
    is(bearer($small)->api(DELETE => '/tickets/1')->{status}, 403, 'nor deletes');
    is(bearer(token($admin, [ 'read', 'write', 'admin' ]))->api(POST => '/companies', { name => 'x' })->{status}, 201,
       'with admin it does');
    is(bearer($small)->api(POST => '/session/password', { old_password => $good, new_password => $new })->{status},
       403, 'T-12: a token changes no password');
    for my $bad ({ name => 'x', scopes => [] }, { name => 'x' }, { name => 'x', scopes => ['all'] },
                 { name => 'x', scopes => ['read'], expires => '2001-01-01T00:00:00Z' }, { scopes => ['read'] }) {
        is($dora->api(POST => '/tokens', $bad)->{status}, 422, 'refused: ' . json_text($bad));
    }
    my $soon = time + 2.5;
    my @t = gmtime $soon;
    my $text = sprintf '%04d-%02d-%02dT%02d:%02d:%02d.%03dZ', $t[5] + 1900, $t[4] + 1, @t[ 3, 2, 1, 0 ],
        ($soon - int $soon) * 1000;
    my $short = token($dora, ['read'], expires => $text);
    my $early = bearer($short)->api(GET => '/session')->{status};
    ok($early == 200 || time >= $soon, 'a token works until its end');
    ok(wait_until(5, sub { bearer($short)->api(GET => '/session')->{status} == 401 }), 'and not after it');
    ok(time >= $soon - 0.01, 'which is not before its time');
}

# ---- throttling ----

{
    my @status = parallel(30, sub { attempt('fay', "wrong-number-$_[0]-at-once", '127.8.0.1')->{status} });
    is(scalar(grep { $_ == 401 } @status), 10, 'T-27: of thirty wrong passwords at once ten are tried');
    is(scalar(grep { $_ == 429 } @status), 20, 'and the others are told to wait');
    @status = parallel(10, sub { attempt('gus', $good, '127.8.1.1')->{status} });
    is(join(' ', @status), join(' ', (200) x 10), 'ten right ones at once all sign in');
    is(attempt('gus', "wrong-one-$_", '127.8.2.1')->{status}, 401, 'and leave nothing counted') for 1 .. 8;
    $r = attempt('gus', $good);
}
{
    my ($device) = map { /^(dev=[^;]+)/ } $r->{cookies}->@*;
    my ($line) = grep { /^dev=/ } $r->{cookies}->@*;
    like($line, qr/^dev=[\w.-]+; Path=\/api\/v1\/login; Max-Age=7776000; HttpOnly; SameSite=Strict$/, 'T-27: a browser that signed in is known');
    my $try = sub {
        my ($login, $password, $cookie) = @_;
        my $c = $desk->client;
        @$c{qw(cookie from)} = ($cookie, '127.9.0.1');
        return $c->api(POST => '/login', { login => $login, password => $password })->{status};
    };
    $try->('gus', "somebody-else-guesses-$_") for 1 .. 10;
    is($try->('gus', $good), 429, 'T-27: an account strangers guess at is locked');
    is($try->('gus', $good, $device), 200, 'but not for the browser that signed in before');
    is($try->('GUS', $good, $device), 200, 'in any case of letters');
    (my $forged = $device) =~ s/(.)$/$1 eq 'A' ? 'B' : 'A'/e;
    is($try->('gus', $good, $forged), 429, 'a forged one is worth nothing');
    is($try->('gus', $good, $_), 429, "nor is $_") for 'dev=', 'dev=.', 'dev=1.2.' . 'A' x 43, 'dev=' . '9' x 300;
    my ($other) = map { /^(dev=[^;]+)/ } attempt('cid', $good)->{cookies}->@*;
    is($try->('gus', $good, $other), 429, 'nor that of somebody else');
    is($try->('gus', "wrong-from-her-own-$_", $device), 401, "her own wrong password $_") for 1 .. 10;
    is($try->('gus', $good, $device), 429, 'T-27: her own wrong ones lock her browser too');
}
{
    is(attempt('eve', 'wrong-number-' . $_ . '-of-ten')->{status}, 401, "wrong password $_") for 1 .. 10;
    $r = attempt('eve', 'wrong-number-11');
    is($r->{status}, 429, 'T-27: the eleventh is throttled');
    like($r->{headers}{'retry-after'}, qr/^[1-9]\d*$/, 'with Retry-After');
    cmp_ok($r->{headers}{'retry-after'}, '<=', 900, 'of at most 15 minutes');
    is(attempt('eve', $good)->{status}, 429, 'T-27: the right password too');
    is(attempt('EvE', $good)->{status}, 429, 'T-27: in any case of letters');
    is(attempt('cid', $good)->{status}, 200, 'another account from here still signs in');
    is($desk->login('admin')->api(GET => '/session')->{status}, 200, 'and so does the administrator');
    my @status = map { attempt("guess-$_", 'wrong-anyway-123')->{status} } 1 .. 30;
    is($status[-1], 429, 'T-27: an address that tries many accounts is throttled too');
    ok($status[0] == 401 || $status[0] == 429, 'after some tries');
    $desk->reload;
    wait_until(5, sub { $desk->log =~ /exiting/ });
    is(attempt('eve', $good)->{status}, 429, '5.1: the counters survive a reload');
}

# ---- nothing raw in the store ----

{
    my $text = token($admin, ['read']);
    my ($secret) = $admin->{cookie} =~ /=(.+)/;
    $desk->stop;
    my $data = slurp("$desk->{store}/data.mdb") . slurp($desk->dir . '/logs/error.log')
        . slurp($desk->dir . '/logs/access.log');
    ok(length $data > 40000, 'the data file was read');
    my ($part) = $text =~ /^hd_[0-9a-f]+_(.+)_/;
    is(index($data, $_->[1]), -1, "T-04: no raw $_->[0] in store or logs")
        for [ token => $part ], [ session => $secret ], [ password => $good ], [ password => $new ];
}
done_testing;

# ---- helpers ----

sub attempt {
    my ($login, $password, $from) = @_;
    my $c = $desk->client;
    $c->{from} = $from;
    return $c->api(POST => '/login', { login => $login, password => $password });
}

sub token {
    my ($client, $scopes, %more) = @_;
    my $x = $client->api(POST => '/tokens', { name => 'test', scopes => $scopes, %more });
    $x->{status} == 201 or die "token: $x->{status} $x->{body}";
    return $x->{json}{token};
}

sub bearer {
    my ($text) = @_;
    my $c = $desk->client;
    $c->{token} = $text;
    return $c;
}

# Asks on several connections, so that both workers are asked.
sub everywhere {
    my ($client, $status, $code, $name) = @_;
    my %seen;
    for (1 .. 6) {
        my $c = $desk->client;
        $c->{cookie} = $client->{cookie};
        my $x = $c->api(GET => '/session');
        $seen{ $x->{status} . ' ' . ($x->{json}{code} // '') }++;
    }
    return is(join(',', keys %seen), "$status " . ($code // ''), $name);
}
