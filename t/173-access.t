#!/usr/bin/perl

# Rights (ACC-1 .. ACC-6): every role against every record type and operation, links for those without a right, companies.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use IO::Select;
use Helpdesk;

my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $desk = Helpdesk->new(workers => 2, sync => 'off')->seed;
$desk->add_user(nora => 'none')->add_user(pia => 'portal')->start;
my %who = map { $_ => $desk->login($_) } qw(admin agent nora pia);
my $admin = $who{admin};

sub made { my ($path, $body, $c) = @_; return ($c // $admin)->made($path, $body) }
sub ids { my ($c, $path, %opt) = @_; return join ' ', map { $_->{id} } @{ $c->api(GET => $path, undef, %opt)->{json}{items} // [] } }

# ---- ACC-1: the matrix ----

my $n = 0;
my %type = (
    companies => sub { { name => 'Co ' . $n++ } }, users => sub { { login => 'u' . $n++, name => 'U', role => 'none' } },
    contacts => sub { { name => 'C' . $n++ } }, teams => sub { { name => 'T' . $n++ } }, stages => sub { { name => 'S' . $n++, team_ids => [1] } },
    types => sub { { name => 'Ty' . $n++ } }, tags => sub { { name => 'Ta' . $n++ } }, calendars => sub { { name => 'Ca' . $n++, tz => 'UTC' } },
    tickets => sub { { name => 'Ti' . $n++, team_id => 1 } },
);
# list read create change delete; a record that may not be seen is not there
my %want = (
    admin  => { map { $_ => '200 200 201 200 204' } keys %type },
    agent  => { (map { $_ => '200 200 403 403 403' } qw(companies users teams stages types calendars)),
                contacts => '200 200 201 200 403', tags => '200 200 201 403 403', tickets => '200 200 201 200 403' },
    nora   => { (map { $_ => '200 404 403 403 403' } keys %type) },
    pia    => { (map { $_ => '200 404 403 403 403' } keys %type) },
);
for my $t (sort keys %type) {
    for my $role (sort keys %want) {
        my $c = $who{$role};
        my $id = made("/$t", $type{$t}->());
        my $body = $type{$t}->();
        my @got = ($c->api(GET => "/$t")->{status}, $c->api(GET => "/$t/$id")->{status}, $c->api(POST => "/$t", $body)->{status},
                   $c->api(PATCH => "/$t/$id", { name => 'New ' . $n++ })->{status}, $c->api(DELETE => "/$t/$id")->{status});
        my $want = $want{$role}{$t};
        # a new company is used by who made it and seen by nobody else; everybody may ask to change a user, himself
        $want = $role eq 'admin' ? '200 200 201 200 409' : $role eq 'agent' ? '200 404 403 403 403' : $want if $t eq 'companies';
        $want =~ s/^(200 404 403) 403/$1 404/ if $t eq 'users';
        is("@got", $want, "ACC-1: $role, $t") or diag($c->api(GET => "/$t/$id")->{body});
    }
}
for my $role (qw(nora pia)) {
    is(ids($who{$role}, "/$_"), '', "ACC-1: $role lists none of $_") for qw(tickets teams tags types calendars);
    is($who{$role}->api(PATCH => "/users/$who{$role}{user}{id}", { tz => 'Europe/Vilnius' })->{status}, 200, "ACC-1: $role sets his own time zone");
    is($who{$role}->api(PATCH => "/users/$who{$role}{user}{id}", { role => 'admin' })->{status}, 403, "ACC-1: $role makes himself nothing");
}
is($who{agent}->api(PATCH => "/users/$who{agent}{user}{id}", { company_ids => [1] })->{status}, 403, 'ACC-1: nor does an agent choose companies');
my $private = made('/teams', { name => 'Private', privacy_visibility => 'invited_internal' });
is($admin->api(GET => "/teams/$private")->{status} . ' ' . $who{agent}->api(GET => "/teams/$private")->{status}, '200 404',
   'ACC-1, VIS-5: private teams are the administrators\'');

# ---- ACC-2: by link, not the app ----

my $t = made('/tickets', { name => 'Followed', team_id => 1 });
$admin->api(PUT => "/tickets/$t/followers/$who{nora}{user}{partner_id}");
is($who{nora}->api(GET => "/tickets/$t")->{status}, 200, 'ACC-2: without a right, a ticket he follows opens');
is(ids($who{nora}, '/tickets'), $t, 'ACC-2: it alone is listed');
my @no = map { $who{nora}->api(@$_)->{status} } [ PATCH => "/tickets/$t", { name => 'x' } ], [ POST => '/tickets', { name => 'x' } ],
    [ GET => '/teams/1/board' ], [ POST => "/tickets/$t/link" ], [ DELETE => "/tickets/$t" ], [ POST => '/tickets/bulk', { ids => [$t], set => { name => 'x' } } ];
is("@no", '403 403 403 403 403 403', 'ACC-2: the rest is not his');
$admin->api(DELETE => "/tickets/$t/followers/$who{nora}{user}{partner_id}");
is($who{nora}->api(GET => "/tickets/$t")->{status}, 404, 'ACC-2: and no more when he does not follow');

# ---- ACC-3, ACC-4 ----

is($admin->api(PATCH => "/users/$who{agent}{user}{id}", { developer_mode => $true })->{status}, 200, 'developer mode');
is(join(' ', map { $who{agent}->api(@$_)->{status} } [ POST => '/stages', { name => 'x' } ], [ PATCH => '/teams/1', { name => 'x' } ]), '403 403',
   'ACC-4: developer mode gives no right');

# ---- ACC-5: companies ----

my $second = made('/companies', { name => 'Second' });
my $third = made('/companies', { name => 'Third' });
my $both = made('/users', { login => 'both', name => 'Both', role => 'admin', company_ids => [ 1, $second ], password => $Helpdesk::PASSWORD });
my $lea = made('/users', { login => 'lea', name => 'Lea', role => 'admin', company_ids => [$second], password => $Helpdesk::PASSWORD });
my $c2 = $desk->login('both');
my %in = (1 => [ 1, $t ], map { my $team = made('/teams', { name => "Of $_", company_id => $_ }); ($_ => [ $team, made('/tickets', { name => "In $_", team_id => $team }) ]) } $second, $third);
is($admin->api(GET => "/tickets/$in{$second}[1]")->{json}{company_id}, $second, 'ACC-5: a ticket has its team\'s company');
is($c2->api(GET => "/tickets/$in{$_}[1]")->{status}, $_ == $third ? 404 : 200, "VIS-17: a ticket of company $_") for 1, $second, $third;
my %head = map { $_ => { headers => { 'X-Companies' => $_ } } } 1, $second, $third, "1,$second", "1, $second", '', 'x', "1,$third", '0', '1,,2', '-1';
for my $co (1, $second) {
    my ($other) = grep { $_ != $co } 1, $second;
    my @opt = %{ $head{$co} };
    is($c2->api(GET => "/tickets/$in{$co}[1]", undef, @opt)->{status}, 200, "ACC-5: working in $co, its ticket");
    is($c2->api(GET => "/tickets/$in{$other}[1]", undef, @opt)->{status}, 404, "ACC-5: and not that of $other");
    is(ids($c2, "/tickets?team_id=$in{$other}[0]", @opt), '', 'ACC-5: nor in lists');
    is($c2->api(GET => "/tickets/count?team_id=$in{$other}[0]", undef, @opt)->{json}{count}, 0, 'ACC-5: nor in counts');
    is(ids($c2, '/companies', @opt), $co, 'ACC-5: one company is listed');
    is($c2->api(GET => "/teams/$in{$other}[0]", undef, @opt)->{status}, 404, 'ACC-5: no team of the other');
    is($c2->api(PATCH => "/tickets/$in{$other}[1]", { name => 'x' }, @opt)->{status}, 404, 'ACC-5: nor is it changed');
    is($c2->api(POST => '/teams', { name => 'New in ' . $co }, @opt)->{json}{company_id}, $co, 'ACC-5: what is made belongs to it');
    is(json_text($c2->api(GET => '/session', undef, @opt)->{json}{companies}), "[$co]", 'ACC-5: the session says so');
    is($c2->api(GET => "/tickets/$in{$other}[1]")->{status}, 200, 'ACC-5: the next request works in all again');
}
is($c2->api(GET => "/tickets/$in{$_}[1]", undef, %{ $head{"1,$second"} })->{status}, 200, "ACC-5: both: $_") for 1, $second;
is($c2->api(GET => '/tickets', undef, %{ $head{"1, $second"} })->{status}, 200, 'ACC-5: with a space');
is($c2->api(GET => '/tickets', undef, %{ $head{$_} })->{status}, 403, "ACC-5: never another one: $_") for $third, "1,$third", '0';
is($c2->api(GET => '/tickets', undef, %{ $head{$_} })->{status}, 400, "ACC-5: numbers: '$_'") for 'x', '1,,2', '-1';
is($who{pia}->api(GET => '/tickets', undef, %{ $head{1} })->{status}, $desk->dump_records('user') ? 403 : 0, 'ACC-5: a customer without companies has none to choose')
    if !grep { $_->{login} eq 'pia' && @{ $_->{company_ids} } } $desk->dump_records('user');
is($c2->api(GET => "/$_", undef, %{ $head{1} })->{status}, 200, "ACC-5: $_") for qw(stages types tags);
my $shared = made('/stages', { name => 'Shared', team_ids => [ 1, $in{$second}[0] ] });
is(json_text($c2->api(GET => "/stages/$shared", undef, %{ $head{1} })->{json}{team_ids}), '[1]', 'ACC-5: shared stages, without teams of other companies');

# ---- ACC-6 ----

my $r = $admin->api(PATCH => "/tickets/$in{$second}[1]", { user_id => $who{agent}{user}{id} });
is("$r->{status} $r->{json}{fields}[0]{code}", '422 not_allowed', 'ACC-6: no assignee from another company');
$r = $admin->api(PATCH => "/teams/$in{$second}[0]", { member_ids => [ $who{agent}{user}{id} ] });
is("$r->{status} $r->{json}{fields}[0]{code}", '422 not_allowed', 'ACC-6: nor member');
is($admin->api(PATCH => "/tickets/$in{$second}[1]", { user_id => $both })->{status}, 200, 'ACC-6: one who works there');

# ---- VIS-17: what is gone, and sign-ins ----

my $seq = (map { /"type":"event","seq":(\d+)/ ? $1 : () } split /\n/, scalar $desk->ctl(['dump']))[-1];
$desk->login('lea');
$desk->login('agent');
my $token = $who{agent}->api(POST => '/tokens', { name => 'x', scopes => ['read'] })->{json}{id};
my $mine = made('/tickets', { name => 'Goes', team_id => 1 });
my $other = made('/tickets', { name => 'Goes too', team_id => $in{$second}[0] });
my $tag = made('/tags', { name => 'gone' });
$admin->api(DELETE => $_) for "/tickets/$mine", "/tickets/$other", "/tags/$tag";
my $told = sub {
    my ($login) = @_;
    my $c = $desk->login($login);
    my $s = $c->connect;
    syswrite $s, "GET /api/v1/events?after=$seq HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: $c->{cookie}\r\n\r\n";
    my ($got, $sel) = ('', IO::Select->new($s));
    while ($sel->can_read(0.5)) { sysread $s, $got, 65536, length $got or last }
    return [ map { JSON::PP::decode_json($_) } $got =~ /^data: (\{.*\})/mg ];
};
my $names = sub { my ($events) = @_; my %x = map { ("$_->{kind} $_->{type}" . ($_->{kind} eq 'deleted' ? " $_->{id}" : $_->{kind} =~ /^log/ ? " by $_->{actor}" : '')) => 1 } @$events; return \%x };
my ($of_lea, $of_admin) = map { $names->($told->($_)) } qw(lea admin);
ok(!$of_lea->{"deleted ticket $mine"} && $of_lea->{"deleted ticket $other"}, 'VIS-17: of a deleted ticket its own company hears');
ok($of_lea->{"deleted tag $tag"}, 'ACC-5: of what is shared, all');
ok(!$of_lea->{"login session by $who{agent}{user}{id}"} && $of_lea->{"login session by $lea"}, 'VIS-17: nor of sign-ins elsewhere');
ok(!$of_lea->{'created token'}, 'VIS-17: nor of tokens');
ok($of_admin->{"deleted ticket $mine"} && $of_admin->{"deleted ticket $other"} && $of_admin->{"login session by $lea"} && $of_admin->{'created token'},
   'who works in all hears all');
done_testing;
