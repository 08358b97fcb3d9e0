#!/usr/bin/perl

# Attacks of trust.md that go across the desk: T-03 foreign ids in bodies and queries, T-09 Host, T-10 who may write which
# field, T-16 inputs that cost more than their length, T-19 races, T-20 placeholders, T-24 doors for machines.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use POSIX ();
use Test::More;
use Helpdesk;

my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $desk = Helpdesk->new(workers => 2, sync => 'off')->seed;
$desk->add_user(nora => 'none')->add_user(pia => 'portal')->add_user(ben => 'user')->start;
my %c = map { $_ => $desk->login($_) } qw(admin agent ben nora pia);
my ($admin, $agent, $ben, $pia) = @c{qw(admin agent ben pia)};
my $doc = $desk->client->api(GET => '/openapi.json')->{json};

sub made {
    my ($path, $body, $by) = @_;
    my $r = ($by // $admin)->api(POST => $path, $body);
    $r->{status} == 201 or die "POST $path: $r->{status} $r->{body}";
    return $r->{json}{id};
}

made('/tickets', { name => "Before $_", team_id => 1 }) for 1 .. 20;      # so that a hidden number is no count
my $secret = made('/teams', { name => 'Private', privacy_visibility => 'invited_internal' });
my $hidden = made('/tickets', { name => 'Hidden canary-5d1f', team_id => $secret });
my $note = made("/tickets/$hidden/messages", { body => 'canary-5d1f', subtype => 'note' });
my $file = $admin->api(POST => "/tickets/$hidden/attachments?name=canary-5d1f.txt", undef, raw_body => 'canary-5d1f', type => 'text/plain')->{json}{id};
my $open = made('/tickets', { name => 'Open', team_id => 1 });

# ---- T-03: a hidden record named in a body or a query is one that does not exist ----

my $NONE = 4_000_000_000;
my @named = (
    (map { my ($id, $field) = @$_; [ "$field of a message", sub { $agent->api(POST => "/tickets/$open/messages", { body => 'x', $field => $_[0] }) }, $id ] }
        [ $note, 'parent_id' ]),
    [ 'attachment_ids of a message', sub { $agent->api(POST => "/tickets/$open/messages", { body => 'x', attachment_ids => [ $_[0] ] }) }, $file ],
    [ 'ticket_id of an activity', sub { $agent->api(POST => '/activities', { ticket_id => $_[0], activity_type_id => 1 }) }, $hidden ],
    [ 'team_id of a ticket', sub { $agent->api(PATCH => "/tickets/$open", { team_id => $_[0] }) }, $secret ],
    [ 'team_id of a new ticket', sub { $agent->api(POST => '/tickets', { name => 'x', team_id => $_[0] }) }, $secret ],
    [ 'ticket_id of notifications read', sub { $agent->api(POST => '/notifications/read', { ticket_id => $_[0] }) }, $hidden ],
    [ 'ids of a bulk change', sub { $agent->api(POST => '/tickets/bulk', { ids => [ $_[0] ], set => { priority => '3' } }) }, $hidden ],
    (map { my $q = $_; [ "$q of tickets", sub { $agent->api(GET => "/tickets?$q=$_[0]") }, $q eq 'id' ? $hidden : $secret ] } qw(id team_id)),
    (map { my $q = $_; [ "$q in a count", sub { $agent->api(GET => "/tickets/count?$q=$_[0]") }, $q eq 'id' ? $hidden : $secret ] } qw(id team_id)),
    [ 'ticket_id of activities', sub { $agent->api(GET => "/activities?ticket_id=$_[0]") }, $hidden ],
    [ 'ticket_id of notifications', sub { $agent->api(GET => "/notifications?ticket_id=$_[0]") }, $hidden ],
    [ 'the stream of a ticket', sub { my $r = $agent->api(GET => "/events?ticket_id=$_[0]"); delete $agent->{socket}; $r }, $hidden ],
);
for my $case (@named) {
    my ($what, $ask, $id) = @$case;
    local $agent->{timeout} = patience(0.3) if $what =~ /stream/;
    my ($of_hidden, $of_none) = map { my $n = $_; my $r = $ask->($n); my $b = $r->{body} // ''; $b =~ s/\b$n\b/ID/g; "$r->{status} $b" } $id, $NONE;
    is($of_hidden, $of_none, "T-03: $what: as if it were not there");
    unlike($of_hidden, qr/canary-5d1f/, "T-03: $what: nothing of it shows");
}
is($admin->api(GET => "/tickets/$hidden")->{json}{priority}, '0', 'T-03: and it is as it was');

# ---- T-10: which fields of which record each role may write ----

my %own = (ticket => $open, team => 1, contact => $agent->{user}{partner_id}, company => 1, stage => 1, type => 1, tag => made('/tags', { name => 'T' }),
           calendar => made('/calendars', { name => 'C', tz => 'UTC', company_id => 1 }));
my %may = (
    ticket => { nora => '', pia => '' }, team => { map { $_ => '' } qw(agent nora pia) }, company => { map { $_ => '' } qw(agent nora pia) },
    stage => { map { $_ => '' } qw(agent nora pia) }, type => { map { $_ => '' } qw(agent nora pia) }, tag => { map { $_ => '' } qw(agent nora pia) },
    calendar => { map { $_ => '' } qw(agent nora pia) }, contact => { nora => '', pia => '' },
    user => { (map { $_ => 'developer_mode email_sign lang name notify_by resource_calendar_id signature tz' } qw(nora pia)),
              agent => 'helpdesk_target_closed lang name notify_by tz view_id' },
);
sub properties {
    my ($s) = @_;
    return properties($doc->{components}{schemas}{ $s->{'$ref'} =~ s{.*/}{}r }) if $s->{'$ref'};
    return { %{ $s->{properties} // {} }, map { %{ properties($_) } } @{ $s->{allOf} // [] } };
}
for my $type (sort keys %may) {
    my ($path) = grep { ($doc->{paths}{$_}{patch}{operationId} // '') eq "${type}_patch" } keys %{ $doc->{paths} };
    my ($read) = map { $_->{schema} } values %{ $doc->{paths}{$path}{get}{responses}{200}{content} };
    my %fields = map { $_ => 1 } keys %{ properties($read) }, qw(password hash access_token role id version __proto__ create_uid);
    for my $who (sort keys %{ $may{$type} }) {
        my $id = $own{$type} // $c{$who}{user}{id};
        my $now = $admin->api(GET => ($path =~ s{^/api/v1}{}r =~ s/\{id\}/$id/r))->{json};
        my @took;
        for my $f (sort keys %fields) {
            my $r = $c{$who}->api(PATCH => ($path =~ s{^/api/v1}{}r =~ s/\{id\}/$id/r), { $f => exists $now->{$f} ? $now->{$f} : 'x' });
            push @took, $f if $r->{status} == 200;
        }
        my @more = grep { my $f = $_; !grep { $_ eq $f } split ' ', $may{$type}{$who} } @took;
        is("@more", '', "T-10: $who writes no other field of $type") or diag("took: @took");
    }
}

# ---- T-16: twice the input takes about twice the time, of the processor: others run beside the test ----

sub cpu {
    my $ticks = 0;
    for my $pid ($desk->worker_pids) {
        my @f = split ' ', slurp("/proc/$pid/stat") =~ s/.*\) //sr;
        $ticks += $f[11] + $f[12];
    }
    return $ticks / POSIX::sysconf(POSIX::_SC_CLK_TCK());
}


my %shape = (
    'brackets' => sub { '[' x $_[0] }, 'closed brackets' => sub { '[x](' x ($_[0] / 4) }, 'images' => sub { '![' x ($_[0] / 2) },
    'quotes' => sub { '>' x $_[0] }, 'quotes line by line' => sub { join "\n", map { '> ' x ($_ % 40) . 'x' } 1 .. $_[0] / 42 },
    'stars' => sub { '*a_' x ($_[0] / 3) }, 'back ticks' => sub { join ' ', map { '`' x $_ } 1 .. sqrt 2 * $_[0] }, 'a table' => sub { '|a' x ($_[0] / 4) . "\n" . '|-' x ($_[0] / 4) . "\n" },
    'rows' => sub { "|a|b|\n|-|-|\n" . "|x\n" x ($_[0] / 3 - 4) }, 'links' => sub { 'http://a.b/' x ($_[0] / 11) }, 'mails' => sub { 'a@b.' x ($_[0] / 4) },
    'tags' => sub { '<a ' x ($_[0] / 3) }, 'comments' => sub { '<!--' x ($_[0] / 4) }, 'entities' => sub { '&#' x ($_[0] / 2) }, 'lists' => sub { '- ' x ($_[0] / 2) },
    'definitions' => sub { join "\n", map { "[a$_]: http://x/ '" } 1 .. $_[0] / 20 }, 'emphasis' => sub { '**x ' x ($_[0] / 4) },
);
for my $name (sort keys %shape) {
    my %took;
    for my $n (15_000, 59_000) {
        my $text = substr $shape{$name}->($n), 0, $n;
        my $began = cpu();
        my $r = $agent->api(POST => "/tickets/$open/messages", { body => $text });
        $took{$n} = cpu() - $began;
        ok($r->{status} == 201, "T-16: $name of $n bytes") or diag("$r->{status} $r->{body}");
    }
    ok($took{59_000} < patience(0.25) || $took{59_000} < 12 * $took{15_000}, "T-16: $name: four times as long does not take the square")
        or diag(sprintf '%.3f s, %.3f s', @took{ 15_000, 59_000 });
}
my %calendar = (
    'folded lines' => "BEGIN:VCALENDAR\r\nX-A:b\r\n" . " c\r\n" x 200_000 . "END:VCALENDAR\r\n",
    'nested parts' => "BEGIN:VCALENDAR\r\n" . "BEGIN:VEVENT\r\n" x 50_000,
    'rules' => "BEGIN:VCALENDAR\r\n" . "BEGIN:VEVENT\r\nUID:a\r\nDTSTART:20300105T080000Z\r\nRRULE:FREQ=SECONDLY\r\nEND:VEVENT\r\n" x 1000 . "END:VCALENDAR\r\n",
);
for my $name (sort keys %calendar) {
    my $began = cpu();
    my $r = $agent->api(POST => "/leaves/import?dry_run=1&user_id=$agent->{user}{id}", undef, raw_body => $calendar{$name}, type => 'text/calendar');
    ok($r->{status} =~ /^(?:200|201|422)$/ && cpu() - $began < patience(1), "T-16: a calendar of $name") or diag(sprintf '%s %s %.1f s', $r->{status}, substr($r->{body}, 0, 200), cpu() - $began);
}

# ---- T-19: 64 at once over two workers ----

my ($port, %auth) = ($desk->{port}, map { $_ => { map { $_ => $c{agent}{$_} } qw(cookie csrf) } } 'agent');
my $race = sub {
    my ($code) = @_;
    return parallel(64, sub {
        my ($i) = @_;
        my $x = Helpdesk::Client->new($port);
        @$x{qw(cookie csrf)} = @{ $auth{agent} }{qw(cookie csrf)};
        return $code->($x, $i);
    });
};
my $free = $agent->api(POST => '/tickets', { name => 'Claim me', team_id => 1 })->{json};
my @got = $race->(sub { my ($x, $i) = @_; $x->api(PATCH => "/tickets/$free->{id}", { name => "claimed by $i" }, headers => { 'If-Match' => qq("v$free->{version}") })->{status} });
is(join(' ', sort @got), join(' ', 200, (412) x 63), 'T-19: of 64 claims one wins');
@got = $race->(sub { $_[0]->api(POST => '/tickets', { name => 'once' }, key => 'the-same-key')->{json}{id} // 0 });
my %ids = map { $_ => 1 } grep { $_ } @got;
is(scalar keys %ids, 1, 'T-19: of 64 with one key one ticket comes');
my $gone = made('/users', { login => 'gone', name => 'Gone', role => 'user', password => 'violet-harbour-77-softly' });
my @both = parallel(16, sub {
    my ($i) = @_;
    my $x = Helpdesk::Client->new($port);
    @$x{qw(cookie csrf)} = @$admin{qw(cookie csrf)};
    return $i == 8 ? $x->api(DELETE => "/users/$gone")->{status} : $x->api(POST => '/tickets', { name => "race $i", user_id => $gone })->{status};
});
ok(!(grep { !/^(?:201|204|409|422)$/ } @both), 'T-19: a user deleted while he gets tickets') or diag("@both");
is(($desk->ctl(['fsck'], ok => 0))[2], 0, 'T-19: nothing dangles') or diag($desk->ctl(['fsck'], ok => 0));

# ---- T-20: what customers type is never a placeholder ----

my $evil = '{{user.name}} {{7*7}} ${7*7} #{1+1} <%= 1 %> {{customer.password_hash}}';
my $victim = made('/tickets', { name => $evil, partner_id => made('/contacts', { name => $evil }), team_id => 1 });
my $canned = made('/canned_responses', { name => 'Hi', body => 'About {{ticket.name}} / {{customer.name}} / {{me.password_hash}}' });
my $said = $agent->api(POST => "/canned_responses/$canned/expand", { ticket_id => $victim });
is($said->{status}, 200, 'T-20: a response is filled in') or diag($said->{body});
like($said->{json}{body}, qr/\Q$evil\E/, 'T-20: once: what was put in is not looked at again');
unlike($said->{body}, qr/argon2|49/, 'T-20: and shows nothing');

# ---- T-09: links come from the configuration ----

my $link = $agent->api(POST => "/tickets/$open/link", undef, headers => { Host => 'evil.example', 'X-Forwarded-Host' => 'evil.example', Forwarded => 'host=evil.example' });
is(index($link->{json}{url} // '', $desk->base . '/'), 0, 'T-09: a link begins with the address of the desk') or diag($link->{body});
for my $case ([ 'two Hosts', "GET /support HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n", qr/^HTTP\/1.1 400/ ],
              [ 'an address in the request line', "GET http://evil.example/support HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", qr/^HTTP/ ]) {
    my $text = $desk->client->raw($case->[1], 1);
    like($text, $case->[2], "T-09: $case->[0]");
    unlike($text, qr/evil\.example/, "T-09: $case->[0]: shows nowhere");
}

# ---- T-24, T-21: doors for machines, and where one is sent after signing in ----

my $shipped = slurp("$FindBin::Bin/../conf/helpdesk.conf");
for my $door (qw(healthz metrics)) {
    my ($block) = $shipped =~ m{location = /$door \{(.*?)\}}s;
    like($block // '', qr/allow 127\.0\.0\.0\/8;.*deny all;/s, "T-24: /$door is for this machine only");
}
unlike($desk->client->request(GET => '/metrics')->{body}, qr/canary|argon2|admin\b.*@/, 'T-24: metrics name nobody');
for my $next ('//evil.example', '/\\evil.example', '/%5cevil.example', 'https:evil.example', 'javascript:alert(1)', '/%0d%0aLocation:x') {
    my $r = $desk->client->request(GET => "/support?next=$next&redirect=$next&url=$next");
    # Links to the same page in another language keep the query; nothing leads where it says.
    ok(!defined $r->{headers}{location} && $r->{body} !~ m{="\s*(?:https?:|[/\\]{2}|javascript:)[^"]*(?:evil|alert)}i, "T-21: nobody is sent to $next");
}
done_testing();
