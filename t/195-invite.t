#!/usr/bin/perl

# PRT-6: portal access by invitation; passwords set by link: T-04, T-09, T-12, T-13, T-19.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Digest::SHA qw(hmac_sha256 sha256);
use MIME::Base64 qw(decode_base64 encode_base64url);
use Test::More;
use Helpdesk;

my $desk = Helpdesk->new(workers => 2)->seed;
$desk->add_user(boss => 'admin', '--email', 'boss@example.com')->start;
my ($admin, $agent, $anon) = ($desk->login('admin'), $desk->login('agent'), $desk->client);
my $NEW = 'violet-harbour-77-softly';
my $key = sha256(slurp($desk->dir . '/secret') =~ s/\s+\z//r);

# What the mail will carry: made of the row and the site's secret.
sub token_of {
    my ($i) = @_;
    my $seed = decode_base64($i->{seed} =~ tr{-_}{+/}r);
    my $mac = hmac_sha256('invite' . chr($i->{purpose} eq 'password') . pack('Q>', $i->{id}) . $seed, $key);
    return encode_base64url($mac . pack('N', $i->{id} ^ unpack 'N', $mac));
}
sub invitations { return sort { $a->{id} <=> $b->{id} } $desk->dump_records('invitation') }
sub count_links { my @all = invitations(); return scalar @all }
sub newest { return (invitations())[-1] }
sub mails { my ($state) = @_; return grep { $_->{kind} ne 'notification' && $_->{state} eq $state } $desk->dump_records('mail') }
sub contact { return $admin->api(POST => '/contacts', { @_ })->{json} }
sub portal { my ($who, $method, $c) = @_; return $who->api($method, "/contacts/$c->{id}/portal") }
sub is_refused {
    my ($r, $status, $code, $name) = @_;
    is(join(' ', $r->{status}, $r->{json}{code} // (), map { "$_->{field}:$_->{code}" } @{ $r->{json}{fields} // [] }),
       "$status $code", $name);
}

# ---- granting ----

my $ann = contact(name => 'Ann', email => 'Ann@Customer.example', lang => 'sv');
is(portal($agent, GET => $ann)->{json}{state}, 'none', 'PRT-6: a contact has no access of itself');
my $r = portal($agent, POST => $ann);
is("$r->{status} $r->{json}{state} $r->{json}{login}", '200 invited Ann@Customer.example', 'PRT-6: an agent gives it access');
my $user = $admin->api(GET => "/users/$r->{json}{user_id}")->{json};
is("$user->{role} $user->{partner_id} $user->{lang}", "portal $ann->{id} sv", 'PRT-6: by a portal user of that contact');
my ($mail) = mails('queued');
my $link = newest();
is("$mail->{kind} $mail->{email} $mail->{partner_id} $mail->{invitation_id}", "invitation Ann\@Customer.example $ann->{id} $link->{id}",
   'PRT-6: the mail waits in the outbox');
is($link->{mail_id}, $mail->{id}, 'and the link knows it');
my $hours = sub { my ($i) = @_; my ($x, $y) = map { Time::Piece->strptime(substr($_, 0, 19), '%Y-%m-%dT%H:%M:%S')->epoch } @$i{qw(create_date expires)}; return ($y - $x) / 3600 };
require Time::Piece;
is($hours->($link), 72, 'T-04: an invitation is good for 72 hours');
is(index(slurp($desk->{store} . '/data.mdb'), token_of($link)), -1, 'T-04: the store does not hold the token');
is($desk->client->api(POST => '/login', { login => 'ann@customer.example', password => $NEW })->{status}, 401, 'without a password nobody signs in');

is_refused(portal($agent, POST => contact(name => 'No address')), 422, 'invalid email:required', 'PRT-6: no e-mail address, no access');
is_refused(portal($agent, POST => contact(name => 'Bad', email => 'nonsense')), 422, 'invalid email:bad_email', 'nor with one that is none');
is_refused(portal($agent, POST => contact(name => 'Ann two', email => 'ANN@customer.example')), 422, 'invalid email:taken', 'nor with a login of somebody else');
is_refused(portal($agent, POST => { id => $admin->{user}{partner_id} }), 409, 'conflict', 'PRT-6: nobody makes a customer of a colleague');
is_refused(portal($agent, DELETE => { id => $admin->{user}{partner_id} }), 409, 'conflict', 'nor takes his access');
my $gone = contact(name => 'Gone', email => 'gone@customer.example', active => JSON::PP::false);
is_refused(portal($agent, POST => $gone), 409, 'conflict', 'nor invites who is archived');

portal($agent, POST => $ann);
is(count_links(), 1, 'PRT-6: sent again, there is one link');
is(join(' ', map { scalar mails($_) } qw(queued cancelled)), '1 1', 'and one mail that waits');
my $use = sub { my ($token, $password) = @_; return $desk->client->api(POST => '/invitation', { token => $token, password => $password // $NEW }) };
is_refused($use->(token_of($link)), 410, 'expired', 'T-04: the link of the first mail is over');

# ---- using the link ----

my $token = token_of(newest());
my $swap = $token =~ s/^(.)/$1 eq 'A' ? 'B' : 'A'/er;
is_refused($use->($_), 410, 'expired', 'T-04: a wrong token') for $swap, 'x', substr($token, 0, 47), reverse($token) . '';
is_refused($use->($token, 'short'), 422, 'invalid password:weak_password', 'T-04: a bad password does not use the link up');
is_refused($use->($token, 'ann@customer.example'), 422, 'invalid password:weak_password', 'the login is none');
my @got = sort map { $_->{status} } parallel(4, sub { my $x = $use->($token); return { status => $x->{status} } });
is("@got", '200 410 410 410', 'T-19: a link used by four at once counts once');
is(count_links(), 0, 'T-04: and is gone');
my $customer = $desk->login('ann@customer.example', $NEW);
is($customer->{user}{role}, 'portal', 'PRT-6: now she signs in');
is(portal($agent, GET => $ann)->{json}{state}, 'active', 'PRT-6: agents see that she has access');
is_refused(portal($agent, POST => $ann), 409, 'conflict', 'PRT-6: who has a password is not invited');

# ---- revoking ----

is(portal($agent, DELETE => $ann)->{json}{state}, 'revoked', 'PRT-6: revoked');
is($customer->api(GET => '/session')->{status}, 401, 'T-12: sessions end at once');
is(portal($agent, GET => $ann)->{json}{state}, 'revoked', 'PRT-6: and agents see it');
is_refused(portal($agent, DELETE => $ann), 404, 'not_found', 'twice is once');
portal($agent, POST => $ann);
is(portal($agent, GET => $ann)->{json}{state}, 'invited', 'PRT-6: given back by a new invitation');
is($desk->client->api(POST => '/login', { login => 'ann@customer.example', password => $NEW })->{status}, 401, 'the old password does not come back');
$link = newest();
portal($agent, DELETE => $ann);
is_refused($use->(token_of($link)), 410, 'expired', 'PRT-6: a link ends with the access');
is(join(' ', map { scalar mails($_) } qw(queued cancelled)), '0 3', 'and its mail, if it still waits');

# ---- addresses: links go to that of the login, which only its owner and administrators change ----

portal($agent, POST => $ann);
$link = newest();
$agent->api(PATCH => "/contacts/$ann->{id}", { email => 'ann.new@customer.example' });
is($admin->api(GET => "/users/$user->{id}")->{json}{$_}, 'ann.new@customer.example', "PRT-6: the $_ of a customer follows the contact") for qw(email login);
is_refused($use->(token_of($link)), 410, 'expired', 'T-04: a link dies when the address changes');
my $bob = contact(name => 'Bob', email => 'bob@customer.example');
is_refused($agent->api(PATCH => "/contacts/$ann->{id}", { email => 'admin' }), 422, 'invalid email:taken', 'a login of another is not taken');

my $boss = { id => $desk->login('boss')->{user}{partner_id} };
is_refused($agent->api(PATCH => "/contacts/$boss->{id}", { email => 'thief@example.com' }), 403, 'forbidden', "PRT-6: an agent does not change an administrator's address");
is($agent->api(PATCH => "/contacts/$boss->{id}", { phone => '5' })->{status}, 200, 'other fields he does');
$agent->api(POST => '/tickets', { name => 'x', partner_id => $admin->{user}{partner_id}, partner_email => 'thief@example.com' });
is($admin->api(GET => "/contacts/$admin->{user}{partner_id}")->{json}{email}, '', "nor fills in one by way of a ticket's customer");
is($admin->api(PATCH => "/contacts/$boss->{id}", { email => 'chief@example.com' })->{status}, 200, 'administrators do');
my ($of_boss) = grep { $_->{login} eq 'boss' } $desk->dump_records('user');
is($of_boss->{email}, 'chief@example.com', 'and the login has the same address');

# ---- forgotten passwords (T-13) ----

$desk->add_user(sso => 'user', '--email', 'sso@example.com')->add_user(off => 'user', '--email', 'off@example.com');
my %id = map { $_->{login} => $_->{id} } $desk->dump_records('user');
$admin->api(PATCH => "/users/$id{off}", { active => JSON::PP::false });
my $proxy = $admin->api(POST => '/users', { login => 'proxied', name => 'P', role => 'user', email => 'p@example.com' })->{json};
my $forgot = sub { my ($name, %h) = @_; return $anon->api(POST => '/password/forgotten', { login => $name }, headers => \%h) };
my $before = @{ [ $desk->dump_records('mail') ] };
my @answers;
for my $name ('nobody@example.com', 'chief@example.com', 'off@example.com', 'p@example.com', 'SSO') {
    my $x = $forgot->($name);
    push @answers, join '|', $x->{status}, $x->{body}, map { "$_=$x->{headers}{$_}" } grep { $_ ne 'date' } sort keys %{ $x->{headers} };
}
is(scalar(keys %{ { map { $_ => 1 } @answers } }), 1, 'T-13: known, unknown, disabled, without a password: one answer') or diag explain \@answers;
is(@{ [ $desk->dump_records('mail') ] } - $before, 2, 'T-13: only who has a password gets a mail');
is(scalar(grep { !$_->{user_id} } invitations()), 0, 'T-13: of the others nothing stays');
$forgot->('boss', 'Host' => 'evil.example', 'X-Forwarded-Host' => 'evil.example');
my ($reset) = grep { $_->{user_id} == $id{boss} } invitations();
is($hours->($reset), 0.5, 'T-04: good for 30 minutes');
is(scalar(grep { $_->{kind} eq 'password' && $_->{email} eq 'chief@example.com' } mails('queued')), 1, 'one mail waits, to the address of the login');
my $old = $desk->login('boss');
$r = $use->(token_of($reset));
is("$r->{status} $r->{json}{user}{login}", '200 boss', 'T-04: the link sets the password and signs in');
is($old->api(GET => '/session')->{status}, 401, 'T-12: all other sessions end');
is($forgot->('nobody@example.com')->{status}, 204, 'asked again');
my @status = map { $forgot->("who-$_\@example.com")->{status} } 1 .. 20;
is($status[-1], 429, 'T-13: the 20th call from one address is refused');
is_refused($forgot->('x@example.com'), 429, 'throttled', 'and says so');

# ---- administrators send links ----

$r = $admin->api(POST => "/users/$proxy->{id}/invitation", undef, headers => { 'Idempotency-Key' => 'link' });
is($r->{status}, 200, 'PRT-6: an administrator sends a user a link');
is($r->{json}{url}, "http://127.0.0.1:$desk->{port}/invitation?token=" . token_of(newest()), 'PRT-6: and is told it, for who gets no mail');
my $again = $admin->api(POST => "/users/$proxy->{id}/invitation", undef, headers => { 'Idempotency-Key' => 'link' });
is($again->{json}{url}, $r->{json}{url}, 'the same one when it is asked again under its key');
is(index(slurp($desk->{store} . '/data.mdb'), token_of(newest())), -1, 'T-04: the store does not hold it');
is(newest()->{purpose}, 'invitation', 'an invitation when there was no password yet');
is($agent->api(POST => "/users/$proxy->{id}/invitation")->{status}, 403, 'an agent does not');
is_refused($admin->api(POST => "/users/$id{agent}/invitation"), 422, 'invalid email:required', 'nor to nowhere');
is_refused($admin->api(POST => "/users/$id{off}/invitation"), 409, 'conflict', 'nor to who is archived');
$admin->api(PUT => "/users/$proxy->{id}/password", { password => 'a-password-given-by-hand' });
is(scalar(grep { $_->{user_id} == $proxy->{id} } invitations()), 0, 'T-04: a link dies when a password is set');

# ---- the trail, wrong tokens ----

my @events = map { "$_->{kind} " . ($_->{actor} // '') } @{ $admin->api(GET => '/audit?type=invitation&limit=200')->{json}{items} };
ok((grep { $_ eq "created $id{agent}" } @events) && (grep { $_ eq "deleted $id{boss}" } @events), 'OBS: links are in the audit log with who made and used them')
    or diag join ', ', @events;
my @wrong = map { $use->($swap)->{status} } 1 .. 25;
is($wrong[-1], 429, 'T-04: wrong tokens are counted');
is_refused($use->($swap), 429, 'throttled', 'after 20 in a minute');
done_testing;
