#!/usr/bin/perl

# CHN-15: POST /website/form/helpdesk.ticket (page.endpoint), the address other sites send a team's form to.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Helpdesk;

my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $URL = '/website/form/helpdesk.ticket';
my $desk = Helpdesk->new(workers => 2, sync => 'off', server => 'set_real_ip_from 127.0.0.1; real_ip_header X-Real-IP;')
    ->seed->add_user(pia => 'portal', '--email', 'pia@example.com')->start;
my $admin = $desk->login('admin');
my %publish = (use_website_helpdesk_form => $true, website_published => $true);
$admin->api(PATCH => '/teams/1', { %publish, form_fields => [ { field => 'partner_phone' }, { field => 'description' },
    { field => 'text', name => 'order', label => 'Order' } ] });
my $hidden = $admin->api(POST => '/teams', { name => 'Hidden', use_website_helpdesk_form => $true })->{json}{id};
my $archived = $admin->api(POST => '/teams', { name => 'Old', %publish })->{json}{id};
$admin->api(PATCH => "/teams/$archived", { active => $false });
my %fill = (team_id => 1, partner_name => 'Vera', partner_email => 'vera@example.com', name => 'From elsewhere', description => "One\nTwo");
my $n = 0;

# ---- stored ----

my $r = post(%fill, 'text.order' => '4711', 'Favourite colour' => 'green', user_id => 2, priority => 3, stage_id => 2, Notes => "a\nb");
is($r->{status}, 200, 'CHN-15: a form is taken') or diag($r->{body});
is(join(',', keys %{ $r->{json} }), 'id', 'with the id and nothing else');
like($r->{headers}{'content-type'}, qr{^application/json\b}, 'as JSON');
my ($t) = $desk->dump_records('ticket');
is($t->{id}, $r->{json}{id}, 'of the ticket');
is_deeply([ @$t{qw(name partner_name partner_email user_id priority stage_id team_id create_uid)} ],
          [ 'From elsewhere', 'Vera', 'vera@example.com', undef, '0', 1, 1, undef ], 'T-10: only fields of the form are written');
is($t->{description}, "One\nTwo\n\nOther Information:\nOrder: 4711\nFavourite colour: green\nuser_id: 2\npriority: 3\nstage_id: 2\nNotes:\na\nb",
   'CHN-15: what the form does not know goes below "Other Information"');
my @parts = map { part($_, $fill{$_}) } sort keys %fill;
$r = multipart(@parts, part("odd \"name\"%22", 'x'), part('file', '', filename => ''));
is($r->{status}, 200, 'CHN-15: multipart is read too') or diag($r->{body});
($t) = grep { $_->{id} == $r->{json}{id} } $desk->dump_records('ticket');
is_deeply([ @$t{qw(name partner_email)} ], [ 'From elsewhere', 'vera@example.com' ], 'with the same fields');
like($t->{description}, qr/^One\nTwo\n\nOther Information:\nodd "name"": x$/, 'and names as browsers escape them');
$r = $desk->client->request(POST => $URL, join('', @parts, "--xyz--\r\n"), type => 'multipart/form-data; charset=utf-8; boundary="xyz"');
like($r->{body}, qr/^\{"id":\d+\}$/, 'a quoted boundary');

# ---- not stored ----

$n = $desk->dump_records('ticket');
is_deeply(post(%fill, name => '', partner_email => 'vera')->{json}, { error_fields => [ 'partner_email', 'name' ] }, 'CHN-15: invalid values are named');
for my $case ([ 'no team' => team_id => '' ], [ 'no number' => team_id => 'x' ], [ 'unknown' => team_id => 999 ], [ 'huge' => team_id => '99999999999999999999' ],
              [ 'not published' => team_id => $hidden ], [ 'archived' => team_id => $archived ]) {
    my ($name, %more) = @$case;
    $r = post(%fill, %more);
    is_deeply([ $r->{status}, $r->{json} ], [ 200, { error => 'There is no form of such a team.', code => 'no_form' } ], "CHN-12: $name: the same answer");
}
$r = multipart(@parts, map { part('attachment', "bytes $_", filename => 'a.png') } 1 .. 11);
is($r->{json}{code}, 'too_many_files', 'CHN-15: more than ten files are refused with a code');
ok($r->{json}{error}, 'and a sentence');
is(post(%fill, homepage => 'x')->{json}{code}, 'trapped', 'the field for machines');
is(post(%fill, map { ("f$_" => 'x') } 1 .. 51)->{json}{code}, 'too_long', 'too many other fields');
is(post(%fill, other => 'x' x 4001)->{json}{code}, 'too_long', 'another field that is too long');
is(post(%fill, map { ("f$_" => 'x') } 1 .. 301)->{status}, 400, 'T-18: more fields than are looked at');
is($desk->client->request(POST => $URL, '{}')->{status}, 415, 'JSON is not for forms');
is($desk->client->request(GET => $URL)->{status}, 405, 'nor is reading');
is($desk->client->request(POST => '/website/form/res.partner', 'a=b', type => 'application/x-www-form-urlencoded')->{status}, 404, 'CHN-15: of other records there are no forms');
my %broken = (
    'no boundary' => [ 'multipart/form-data', join '', @parts, "--xyz--" ],
    'an empty boundary' => [ 'multipart/form-data; boundary=', join '', @parts, "--xyz--" ],
    'a long boundary' => [ 'multipart/form-data; boundary=' . 'x' x 71, '--' . 'x' x 71 . '--' ],
    'two boundaries' => [ 'multipart/form-data; boundary=xyz; boundary=abc', join '', @parts, "--xyz--" ],
    'no end' => [ undef, join '', @parts ], 'bytes before' => [ undef, "x" . join '', @parts, "--xyz--" ],
    'bytes after' => [ undef, join '', @parts, "--xyz--\r\nx" ], 'no name' => [ undef, "--xyz\r\nContent-Disposition: form-data\r\n\r\nx\r\n--xyz--" ],
    'another disposition' => [ undef, "--xyz\r\nContent-Disposition: attachment; name=a\r\n\r\nx\r\n--xyz--" ],
    'no disposition' => [ undef, "--xyz\r\nContent-Type: text/plain\r\n\r\nx\r\n--xyz--" ],
    'two dispositions' => [ undef, "--xyz\r\nContent-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b\r\n\r\nx\r\n--xyz--" ],
    'no quote' => [ undef, "--xyz\r\nContent-Disposition: form-data; name=\"a\r\n\r\nx\r\n--xyz--" ],
    'base64' => [ undef, "--xyz\r\nContent-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64\r\n\r\nx\r\n--xyz--" ],
    'bytes that are no text' => [ undef, "--xyz\r\nContent-Disposition: form-data; name=a\r\n\r\n\xFF\r\n--xyz--" ],
    'NUL' => [ undef, "--xyz\r\nContent-Disposition: form-data; name=a\r\n\r\n\0\r\n--xyz--" ],
    'many headers' => [ undef, "--xyz\r\nContent-Disposition: form-data; name=a\r\n" . "X-A: b\r\n" x 9 . "\r\nx\r\n--xyz--" ],
    'a long header' => [ undef, "--xyz\r\nContent-Disposition: form-data; name=a\r\nX-A: " . 'b' x 1000 . "\r\n\r\nx\r\n--xyz--" ],
    'a long name' => [ undef, "--xyz\r\nContent-Disposition: form-data; name=" . 'a' x 201 . "\r\n\r\nx\r\n--xyz--" ],
    'many parts' => [ undef, part('a', 'b') x 301 . '--xyz--' ], 'nothing' => [ undef, '' ], 'line feeds' => [ undef, "--xyz\nContent-Disposition: form-data; name=a\n\nx\n--xyz--" ],
);
for my $case (sort keys %broken) {
    my ($type, $body) = @{ $broken{$case} };
    $r = $desk->client->request(POST => $URL, $body, type => $type // 'multipart/form-data; boundary=xyz');
    is($r->{status}, 400, "T-18: multipart with $case: refused") or diag($r->{body});
}
is(scalar $desk->dump_records('ticket'), $n, 'no ticket came of all that');

# ---- who is signed in ----

my $pia = $desk->login('pia');
my $csrf = delete $pia->{csrf};                             # which the client would send by itself
my %typed = (team_id => 1, name => 'Mine', description => 'x');
$r = post_as($pia, {}, %typed);
is("$r->{status} $r->{json}{code}", '403 csrf', 'T-11: a session without its CSRF token sends nothing');
is(post_as($pia, {}, %typed, csrf_token => 'x' x 43)->{status}, 403, 'T-11: nor with a wrong one');
is(scalar $desk->dump_records('ticket'), $n, 'and nothing was stored');
$r = post_as($pia, {}, %typed, csrf_token => $csrf);
ok($r->{json}{id}, 'CHN-16: with it she sends') or diag($r->{body});
($t) = grep { $_->{id} == $r->{json}{id} } $desk->dump_records('ticket');
is_deeply([ @$t{qw(partner_id create_uid description)} ], [ $pia->{user}{partner_id}, $pia->{user}{id}, 'x' ], 'CHN-16: and is the customer; the token is no other information');
ok(post_as($pia, { 'X-CSRF' => $csrf }, %typed)->{json}{id}, 'the header does as well');
$pia->{csrf} = $csrf;
is($pia->api(POST => '/logout')->{status} < 300, 1, 'she signs out');
is_deeply(post_as($pia, {}, %typed)->{json}, { error_fields => [ 'partner_name', 'partner_email' ] }, 'T-11: a session that is over is nobody');

# ---- T-13: what is known of an address does not show ----

my @answers = map { my $x = post(%fill, partner_email => $_); $x->{body} =~ s/\d+/n/; "$x->{status} $x->{body} " . join ' ', sort grep { !/^date|length/ } %{ $x->{headers} } }
    'pia@example.com', 'nobody-knows@example.com';
$_ =~ s/\S+ GMT// for @answers;
is($answers[0], $answers[1], 'T-13: a known and an unknown address get the same answer');

# ---- throttle ----

my ($i, $last) = (0, { status => 0 });
$last = post_as($desk->client, { 'X-Real-IP' => '192.0.2.1' }, %fill, name => "Flood $i") while $last->{status} != 429 && $i++ < 40;
is("$last->{status} $last->{json}{code}", '429 throttled', 'T-14c: an address that sends many is throttled');
is($i, 31, 'after thirty');
done_testing;

sub pairs { my @out; while (my ($k, $v) = splice @_, 0, 2) { push @out, join '=', map { s/([^A-Za-z0-9_.-])/sprintf '%%%02X', ord $1/ger } $k, $v } return join '&', @out }
sub post_as {
    my ($c, $headers, @pairs) = @_;
    my $ip = join '.', 10, map { int rand 250 } 1 .. 3;
    my $x = $c->request(POST => $URL, pairs(@pairs), type => 'application/x-www-form-urlencoded', headers => { 'X-Real-IP' => $ip, %$headers });
    $x->{json} = eval { JSON::PP::decode_json($x->{body}) };
    return $x;
}
sub post { my (%p) = @_; return post_as($desk->client, {}, map { ($_ => $p{$_}) } sort { order($a) <=> order($b) || $a cmp $b } keys %p) }
sub order { my %o = (order => 1, 'Favourite colour' => 2, user_id => 3, priority => 4, stage_id => 5, Notes => 6); return $o{ $_[0] } // 0 }
sub part {
    my ($name, $value, %more) = @_;
    my $q = $name =~ s/"/%22/gr;
    my $file = exists $more{filename} ? "; filename=\"$more{filename}\"\r\nContent-Type: application/octet-stream" : '';
    return "--xyz\r\nContent-Disposition: form-data; name=\"$q\"$file\r\n\r\n$value\r\n";
}
sub multipart {
    my $x = $desk->client->request(POST => $URL, join('', @_, "--xyz--\r\n"), type => 'multipart/form-data; boundary=xyz');
    $x->{json} = eval { JSON::PP::decode_json($x->{body}) };
    return $x;
}
