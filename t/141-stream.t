#!/usr/bin/perl

# Server-sent events: order, resumption, what is hidden, the end of a session, the limit of streams.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use IO::Select;
use Test::More;
use Time::HiRes qw(time);
use Helpdesk;

my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $desk = Helpdesk->new(workers => 2, sync => 'off', http => 'helpdesk_stream_heartbeat 300ms;')->seed;
$desk->add_user(nora => 'none')->add_user(pia => 'portal')->start;
my $admin = $desk->login('admin');
my $agent = $desk->login('agent');
my $secret_team = $admin->api(POST => '/teams', { name => 'Private', privacy_visibility => 'invited_internal' })->{json}{id};

# ---- opening ----

my $r = $desk->client->api(GET => '/events');
is($r->{status}, 401, 'a stream needs a login');
my $s = stream($agent);
is($s->{status}, 200, 'a stream opens');
is($s->{head}{'content-type'}, 'text/event-stream', 'of the right type');
is($s->{head}{'cache-control'}, 'no-store', 'and is stored nowhere');
is($s->{head}{'x-content-type-options'}, 'nosniff', '5.2: with the browser\'s rules');
is($s->{head}{'content-security-policy'}, "default-src 'none'; frame-ancestors 'none'", '5.2: all of them');
like($s->{text}, qr/^retry: \d+$/m, 'with a time for coming back');
ok(until_(2, $s, sub { $_[0]{text} =~ /^:$/m }), 'a heartbeat comes');

# ---- order, and both workers ----

my @made = map { my $x = $admin->api(POST => '/tickets', { name => "Event $_" }); $x->{json}{id} } 1 .. 20;
my @streams = map { stream($agent, after => 0) } 1 .. 6;
for my $x ($s, @streams) {
    ok(until_(2, $x, sub { (grep { $_->{type} eq 'ticket' } events($_[0])) >= 20 }), 'twenty tickets are told of');
    is_deeply([ map { $_->{id} } grep { $_->{type} eq 'ticket' } events($x) ], \@made, 'in order, each once');
    my @seq = map { $_->{seq} } events($x);
    is_deeply(\@seq, [ sort { $a <=> $b } @seq ], 'the numbers grow');
    my @ids = $x->{text} =~ /^id: (\d+)$/mg;
    is_deeply(\@ids, \@seq, 'and are the ids');
}
my @all = events($streams[0]);
my ($created) = grep { $_->{type} eq 'ticket' } @all;
is($created->{kind}, 'created', 'kind');
is($created->{actor}, $admin->{user}{id}, 'actor');
like($created->{time}, qr/^\d{4}-\d\d-\d\dT[\d:.]+Z$/, 'time');
$_->{socket}->close for @streams;

my $start = time;
$admin->api(PATCH => "/tickets/$made[0]", { priority => '2', description => 'long text', stage_id => 2 });
ok(until_(2, $s, sub { grep { $_->{kind} eq 'changed' && $_->{type} eq 'ticket' } events($_[0]) }), 'a change is told of');
cmp_ok(time - $start, '<', patience(1), 'within a second');
my ($change) = grep { $_->{kind} eq 'changed' && $_->{type} eq 'ticket' } events($s);
is_deeply($change->{changes}{priority}, [ '0', '2' ], 'CHT-5: with old and new values');
is_deeply($change->{changes}{stage_id}, [ 1, 2 ], 'of each tracked field');
ok(!exists $change->{changes}{description}, 'and of no other');

# ---- resumption ----

my @numbers = map { $_->{seq} } @all;
for my $at (0, 5, $#numbers - 3, $#numbers) {
    my @want = (grep({ $_ > $numbers[$at] } @numbers), $change->{seq});
    for my $how ([ header => $numbers[$at] ], [ after => $numbers[$at] ]) {
        my $x = stream($agent, @$how);
        until_(2, $x, sub { my @e = events($_[0]); @e && $e[-1]{seq} >= $change->{seq} });
        is_deeply([ map { $_->{seq} } events($x) ], \@want, "4.1: $how->[0] $numbers[$at] resumes exactly");
        $x->{socket}->close;
    }
}
for my $odd ('abc', '-1', '99999999999999999999999', '18446744073709551615', '', "1 2") {
    my $x = stream($agent, header => $odd);
    is($x->{status}, 200, "a Last-Event-ID that is none: \"$odd\"");
    is_deeply([ events($x) ], [], 'begins now');
    $x->{socket}->close;
}

# ---- what is hidden ----

my $now = (events($s))[-1]{seq};
my ($nora, $pia) = map { $desk->login($_) } qw(nora pia);
my %hear = (agent => stream($agent), nora => stream($nora), pia => stream($pia), admin => stream($admin));
my $hidden = $admin->api(POST => '/tickets', { name => 'Hidden', team_id => $secret_team })->{json}{id};
$admin->api(PATCH => "/tickets/$hidden", { name => 'Hidden too', priority => '3' });
$admin->api(PATCH => "/teams/$secret_team", { name => 'Renamed secret' });
my $open = $admin->api(POST => '/tickets', { name => 'Open' })->{json}{id};
my $followed = $admin->api(POST => '/tickets', { name => 'Followed', message_partner_ids => [ map { $_->{user}{partner_id} } $nora, $pia ] })->{json}{id};
$admin->api(POST => '/tokens', { name => 'secret token', scopes => ['read'] });
$desk->login('agent');
my $end = $admin->api(POST => '/tickets', { name => 'The end', message_partner_ids => [ map { $_->{user}{partner_id} } $nora, $pia ] })->{json}{id};
my %want = (agent => [ $open, $followed, $end ], nora => [ $followed, $end ], pia => [ $followed, $end ],
            admin => [ $hidden, $open, $followed, $end ]);
for my $who (sort keys %hear) {
    my $x = $hear{$who};
    ok(until_(2, $x, sub { grep { $_->{type} eq 'ticket' && $_->{id} == $end } events($_[0]) }), "$who hears to the end");
    my %ids = map { $_->{id} => 1 } grep { $_->{type} eq 'ticket' } events($x);
    is_deeply([ sort { $a <=> $b } keys %ids ], [ sort { $a <=> $b } @{ $want{$who} } ], "VIS-16: $who hears of what may be seen");
    next if $who eq 'admin';
    unlike($x->{text}, qr/Renamed secret|Hidden too/, "VIS-16: $who hears no hidden name");
    is(scalar(grep { $_->{type} =~ /^(?:session|token)$/ } events($x)), 0, "T-23: $who hears of no session or token");
    unlike($x->{text}, qr/hash|argon2/, "T-23: and of no secret");
    $x->{socket}->close if $who ne 'agent';
}
my $back = stream($agent, after => $now);
until_(2, $back, sub { grep { $_->{type} eq 'ticket' && $_->{id} == $end } events($_[0]) });
unlike($back->{text}, qr/Hidden|Renamed secret|"id":$hidden,/, 'VIS-16: nor afterwards, by resuming') or diag($back->{text});

# ---- the end ----

sub ends {
    my ($name, $client, $act) = @_;
    my @open = map { stream($client) } 1 .. 4;
    until_(1, $_, sub { $_[0]{text} =~ /retry/ }) for @open;
    my $t = time;
    $act->();
    my @late = grep { !until_(2, $_, sub { $_[0]{closed} }) } @open;
    is(scalar @late, 0, "T-12: $name closes the streams, in both workers");
    cmp_ok(time - $t, '<', patience(1.2), "T-12: $name: within a second");
    is(scalar(grep { $_->{text} =~ /"type":"(?:session|token)"/ } @open), 0, "$name: nothing leaks on the way");
}
my $one = $desk->login('agent');
ends('logout', $one, sub { $one->api(POST => '/logout') });
$one = $desk->login('agent');
my $other = $desk->login('agent');
my $kept = stream($other);
my $new = 'violet-harbour-77-softly';
ends('a change of password elsewhere', $one, sub {
    $other->api(POST => '/session/password', { old_password => $Helpdesk::PASSWORD, new_password => $new })->{status} == 204 or die 'password';
});
ok(!until_(0.4, $kept, sub { $_[0]{closed} }), 'the session that changed it listens on');
$one = $desk->login('agent', $new);
ends('a password set by an administrator', $one, sub { $admin->api(PUT => "/users/$one->{user}{id}/password", { password => $Helpdesk::PASSWORD }) });
$one = $desk->login('agent');
ends('archiving the user', $one, sub { $admin->api(PATCH => "/users/$one->{user}{id}", { active => $false }) });
$admin->api(PATCH => "/users/$one->{user}{id}", { active => $true });
$one = $desk->login('agent');
ends('another role', $one, sub { $admin->api(PATCH => "/users/$one->{user}{id}", { role => 'none' }) });
$admin->api(PATCH => "/users/$one->{user}{id}", { role => 'user' });
my $script = $desk->client;
my $token = $admin->api(POST => '/tokens', { name => 't', scopes => ['read'] })->{json};
$script->{token} = $token->{token};
ends('the end of an API token', $script, sub { $admin->api(DELETE => "/tokens/$token->{id}") });

# Losing sight of a ticket is silent: the stream goes on without it.
$one = $desk->login('agent');
$r = $admin->api(POST => '/tickets', { name => 'Invited', team_id => $secret_team, message_partner_ids => [ $one->{user}{partner_id} ] });
my $x = stream($one);
$admin->api(PATCH => "/tickets/$r->{json}{id}", { priority => '1' });
ok(until_(2, $x, sub { grep { $_->{id} == $r->{json}{id} && $_->{type} eq 'ticket' } events($_[0]) }), 'VIS-3: a follower hears of it');
$admin->api(DELETE => "/tickets/$r->{json}{id}/followers/$one->{user}{partner_id}");
my $n = (events($x))[-1]{seq};
$admin->api(PATCH => "/tickets/$r->{json}{id}", { priority => '2' });
my $last = $admin->api(POST => '/tickets', { name => 'Then' })->{json}{id};
ok(until_(2, $x, sub { grep { $_->{id} == $last && $_->{type} eq 'ticket' } events($_[0]) }), 'the stream goes on');
is(scalar(grep { $_->{seq} > $n && $_->{type} eq 'ticket' && $_->{id} == $r->{json}{id} } events($x)), 0, 'VIS-3: without the ticket');
$_->{socket}->close for $x, $kept, $s, $back, @hear{qw(agent admin)};

# What is gone belongs to no company any more: its old values are told to nobody.
my $company = $admin->api(POST => '/companies', { name => 'Elsewhere' })->{json}{id};
$desk->add_user(boss => 'admin', '--company', 'Test Company');
my $far = $admin->api(POST => '/teams', { name => 'Far', company_id => $company })->{json}{id};
my $gone = $admin->api(POST => '/tickets', { name => 'Far away', team_id => $far })->{json}{id};
$admin->api(PATCH => "/tickets/$gone", { name => 'Secret of another company' });
is($admin->api(DELETE => "/tickets/$gone")->{status}, 204, 'a ticket of another company is deleted');
$last = $admin->api(POST => '/tickets', { name => 'Afterwards' })->{json}{id};
my $boss_of_one = stream($desk->login('boss'), after => $n);
ok(until_(2, $boss_of_one, sub { grep { $_->{type} eq 'ticket' && $_->{id} == $last } events($_[0]) }), 'an administrator resumes');
unlike($boss_of_one->{text}, qr/Secret of another company|Far away/, 'VIS-17: and hears nothing of what it said');
is_deeply([ grep { $_->{kind} ne 'deleted' && $_->{type} eq 'ticket' && $_->{id} == $gone } events($boss_of_one) ], [],
          'VIS-17: nor that it was made and changed');
$boss_of_one->{socket}->close;

# ---- reload, stop ----

my @live = map { stream($admin) } 1 .. 3;
$desk->reload;
my @open = grep { !until_(3, $_, sub { $_[0]{closed} }) } @live;
is(scalar @open, 0, '1.3: a reload ends the streams of the old workers');
is(scalar(grep { $_->{text} =~ /retry: \d+\n\n\z/ } @live), 3, 'with a hint to come back');
{
    my $early = $admin->connect;               # a connection of an old worker, asked for something only when that ends
    wait_until(2, sub { stream($admin)->{status} == 200 });
    my $down = () = $desk->log =~ /gracefully shutting down/g;
    $desk->reload;
    wait_until(3, sub { (() = $desk->log =~ /gracefully shutting down/g) == $down + 2 });
    syswrite $early, "GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1:$desk->{port}\r\nCookie: $admin->{cookie}\r\n\r\n";
    my $y = { socket => $early, raw => '', text => '' };
    ok(until_(3, $y, sub { $_[0]{closed} }), 'a stream that an old worker is asked for at its last moment ends at once');
    like($y->{raw}, qr{^HTTP/1\.1 200 .*text/event-stream}s, 'with 200: after any other a browser never asks again');
    like($y->{raw}, qr/^retry: \d+\r?$/m, 'and the hint to come back');
}
my $fresh = stream($admin, after => 0);
is($fresh->{status}, 200, 'and the new ones take them');
$fresh->{socket}->close;

# ---- the limit ----

my $small = Helpdesk->new(workers => 1, sync => 'off', http => 'helpdesk_stream_max 3;')->seed->start;
my $boss = $small->login('admin');
my @three = map { stream($boss) } 1 .. 3;
is_deeply([ map { $_->{status} } @three ], [ 200, 200, 200 ], 'three streams of three');
$r = $boss->api(GET => '/events');
is("$r->{status} $r->{json}{code}", '503 busy', 'the fourth is told to wait');
like($r->{headers}{'retry-after'} // '', qr/^[1-9]/, 'with Retry-After');
is($boss->api(GET => '/tickets')->{status}, 200, 'everything else goes on');
$three[0]{socket}->close;
ok(wait_until(3, sub { my $y = stream($boss); $y->{socket}->close; $y->{status} == 200 }), 'a place is free when one leaves');
done_testing;

# ---- helpers ----

# Opens a stream; its state is read by pull.
sub stream {
    my ($client, $how, $value) = @_;
    my $socket = $client->connect or die 'no connection';
    my $path = '/api/v1/events' . (($how // '') eq 'after' ? "?after=$value" : '');
    my $head = "Host: 127.0.0.1\r\n";
    $head .= "Cookie: $client->{cookie}\r\n" if $client->{cookie};
    $head .= "Authorization: Bearer $client->{token}\r\n" if $client->{token};
    $head .= "Last-Event-ID: $value\r\n" if ($how // '') eq 'header';
    syswrite $socket, "GET $path HTTP/1.1\r\n$head\r\n";
    my $st = { socket => $socket, raw => '', text => '', closed => 0, status => 0 };
    until_(5, $st, sub { $_[0]{raw} =~ /\r\n\r\n/ && ($_[0]{raw} !~ m{^HTTP/1.1 200} || $_[0]{text} =~ /retry/) });
    ($st->{status}) = $st->{raw} =~ m{^HTTP/1\.1 (\d+)};
    my ($top) = $st->{raw} =~ /^(.*?)\r\n\r\n/s;
    $st->{head} = { map { /^([\w-]+): (.*)$/ ? (lc $1 => $2) : () } split /\r\n/, $top // '' };
    return $st;
}

# Reads until the code is true of the stream, at the latest after so many seconds.
sub until_ {
    my ($seconds, $st, $code) = @_;
    my $until = time + patience($seconds);
    my $sel = IO::Select->new($st->{socket});
    while (1) {
        my $v = $code->($st);
        return $v if $v || $st->{closed};
        my $left = $until - time;
        return $code->($st) if $left <= 0;
        $sel->can_read($left) or next;
        my $n = sysread $st->{socket}, $st->{raw}, 65536, length $st->{raw};
        $st->{closed} = 1 if !$n;
        my $body = $st->{raw} =~ /\r\n\r\n(.*)$/s ? $1 : '';
        my $text = '';
        while ($body =~ s/^([0-9a-f]+)\r\n//) {
            my $len = hex $1;
            last if length $body < $len + 2;
            $text .= substr $body, 0, $len;
            $body = substr $body, $len + 2;
        }
        $st->{text} = $text;
    }
}

sub events { my ($st) = @_; return map { JSON::PP::decode_json($_) } $st->{text} =~ /^data: (\{"seq".*\})$/mg }
