#!/usr/bin/perl

# Activities: types, days, who gets them, done and what comes next, reminders (ACT-1 .. ACT-7).

use strict;
use utf8;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Helpdesk;

my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $desk = Helpdesk->new(workers => 2, sync => 'off', clock => '2026-01-30T22:30:00Z')->seed;
$desk->add_user($_ => 'user') for qw(ann ben);
$desk->add_user(nora => 'none')->add_user(pia => 'portal')->start;
my %who = map { $_ => $desk->login($_) } qw(admin agent ann ben nora pia);
my ($admin, $ann, $ben) = @who{qw(admin ann ben)};
my %uid = map { $_ => $who{$_}{user}{id} } keys %who;
my %p = map { $_ => $who{$_}{user}{partner_id} } keys %who;

sub asked {
    my ($c, $method, $path, $body, $want) = @_;
    my $r = $c->api($method => $path, $body);
    is($r->{status}, $want // 200, "$method $path") or diag($r->{body});
    return $r->{json};
}
sub made { my ($path, $body, $c) = @_; return asked($c // $ann, POST => $path, $body, 201) }
sub refused {
    my ($c, $method, $path, $body) = @_;
    my $r = $c->api($method => $path, $body);
    return join ' ', $r->{status}, map { "$_->{field}:$_->{code}" } @{ $r->{json}{fields} // [] };
}
sub count { my ($c, $query) = @_; my $n = $c->api(GET => '/activities/count' . ($query // ''))->{json}; return "$n->{overdue} $n->{today} $n->{planned}" }

# ---- types (ACT-1, ACT-2) ----

my @types = @{ asked($ann, GET => '/activity_types')->{items} };
is(join(', ', map { $_->{name} } @types), 'To-Do, Call, Meeting, Upload document', 'ACT-1: a desk begins with types');
my %type = map { $_->{name} => $_->{id} } @types;
is(refused($ann, POST => '/activity_types', { name => 'X' }), '403', 'ACT-1: administrators set them up');
$type{Later} = made('/activity_types', { name => 'Later', summary => 'In a month', delay_count => 1, delay_unit => 'months', default_user_id => $uid{ben},
                                         default_note => 'Read the file first' }, $admin)->{id};
$type{Second} = made('/activity_types', { name => 'Second', delay_count => 2, delay_unit => 'weeks', delay_from => 'previous_activity' }, $admin)->{id};
is(refused($admin, POST => '/activity_types', { name => 'X', chaining_type => 'trigger' }), '422 triggered_next_type_id:required', 'ACT-2: a trigger needs a type');
$type{First} = made('/activity_types', { name => 'First', chaining_type => 'trigger', triggered_next_type_id => $type{Second} }, $admin)->{id};
$type{Ask} = made('/activity_types', { name => 'Ask', suggested_next_type_ids => [ $type{Call}, $type{Meeting} ] }, $admin)->{id};
is($admin->api(DELETE => "/activity_types/$type{Second}")->{status}, 409, 'what another type names stays');

# ---- defaults and days (ACT-3, ACT-4) ----

my $team = made('/teams', { name => 'Team', privacy_visibility => 'internal' }, $admin)->{id};
my $t = made('/tickets', { name => 'T', team_id => $team })->{id};
my $todo = made('/activities', { ticket_id => $t, activity_type_id => $type{'To-Do'}, summary => 'Look' });
is("$todo->{user_id} $todo->{date_deadline} $todo->{state}", "$uid{ann} 2026-02-04 planned", 'ACT-3: for its maker, in five days');
my $later = made('/activities', { ticket_id => $t, activity_type_id => $type{Later} });
is("$later->{user_id} $later->{date_deadline} $later->{summary} $later->{note}", "$uid{ben} 2026-02-28 In a month Read the file first",
   'ACT-3: user, day (a month from the 30th of January is the 28th), summary and note of the type');
is(refused($ann, POST => '/activities', { ticket_id => $t, activity_type_id => $type{Call}, date_deadline => $_ }), '422 date_deadline:bad_date', "no day: $_")
    for qw(2026-02-30 tomorrow 2026-2-3);
is(refused($ann, POST => '/activities', { ticket_id => 999, activity_type_id => $type{Call} }), '422 ticket_id:not_found', 'no such ticket');
is(refused($ann, POST => '/activities', { ticket_id => $t, activity_type_id => 999 }), '422 activity_type_id:not_found', 'no such type');
is(refused($who{$_}, POST => '/activities', { ticket_id => $t, activity_type_id => $type{Call} }), '403', "$_ plans nothing") for qw(nora pia);
asked($ben, PATCH => "/users/$uid{ben}", { tz => 'Asia/Tehran' });
my %day = map { my $d = $_; $d => made('/activities', { ticket_id => $t, activity_type_id => $type{Call}, date_deadline => $d, user_id => $uid{ben} })->{id} }
    qw(2026-01-30 2026-01-31 2026-02-01);
is(count($ben), '1 1 2', 'ACT-4: in Tehran it is the 31st already');
asked($ben, PATCH => "/users/$uid{ben}", { tz => 'America/New_York' });
is(count($ben), '0 1 3', 'ACT-4: in New York it is still the 30th');
is(count($ann, "?user_id=$uid{ben}") . ', ' . count($ann), '0 1 3, 0 0 1', 'ACT-4: by the clock of who does it, whoever asks');
is(join(' ', map { $_->{date_deadline} } @{ asked($ben, GET => '/activities?user_id=me')->{items} }), '2026-01-30 2026-01-31 2026-02-01 2026-02-28', 'ACT-7: mine, by day');
is(join(' ', map { $_->{id} } @{ asked($ben, GET => '/activities?state=today')->{items} }), $day{'2026-01-30'}, 'ACT-7: of today');
my $page = asked($ann, GET => "/activities?ticket_id=$t&limit=2");
is(join(' ', map { $_->{date_deadline} } @{ $page->{items} }, @{ asked($ann, GET => "/activities?ticket_id=$t&limit=9&after=$page->{next}")->{items} }),
   '2026-01-30 2026-01-31 2026-02-01 2026-02-04 2026-02-28', 'ACT-7: of a ticket, in pages');
is(asked($ann, GET => "/activities?ticket_id=$t&expand=activity_type_id,user_id")->{items}[0]{activity_type}{name}, 'Call', 'with its type');
is(count($ann, "?ticket_id=$t"), '0 1 4', 'ACT-7: counts of tickets');

# ---- what tickets show of them (ACT-7) ----

sub state { my ($id, $c) = @_; return ($c // $ann)->api(GET => "/tickets/$id")->{json}{activity_state} }
sub with { my ($query) = @_; my $r = asked($ann, GET => "/tickets?team_id=$team&$query"); return join ' ', sort { $a <=> $b } map { $_->{id} } @{ $r->{items} } }
my %tick = map { $_ => made('/tickets', { name => $_, team_id => $team })->{id} } qw(none planned today late);
my %acts = map { ($_->[0] => made('/activities', { ticket_id => $tick{ $_->[0] }, activity_type_id => $type{Call}, date_deadline => $_->[1], user_id => $uid{ann} })->{id}) }
    [ planned => '2026-01-31' ], [ today => '2026-01-30' ], [ late => '2026-01-29' ];
is(join(' ', map { state($tick{$_}) } qw(none planned today late)), 'none planned today overdue', 'ACT-7: the state of a ticket is that of its most urgent activity');
my ($of) = grep { $_->{id} == $tick{late} } map { @{ $_->{tickets} } } @{ asked($ann, GET => "/teams/$team/board")->{columns} };
is("$of->{activity_state} $of->{activity_due} $of->{activity_late}", 'overdue 2026-01-29T00:00:00.000Z 2026-01-30T00:00:00.000Z', 'ACT-7: and cards have it');
is(with("activity_state=$_->[0]"), $_->[1], "ACT-7: filter $_->[0]") for [ overdue => $tick{late} ], [ planned => $tick{planned} ], [ none => $tick{none} ];
is(with('activity_state=today'), "$t $tick{today}", 'ACT-7: filter today: Ben has one there, in New York');
is(with('activity_state.gte=today'), "$t $tick{today} $tick{late}", 'ACT-7: today and late');
is(with('filter=activity_state%20in%20(overdue,planned)%20and%20not%20activity_state=overdue'), $tick{planned}, 'ACT-7: in expressions');
is(with('activity_state=today&name.contains=toda'), $tick{today}, 'ACT-7: and beside what only rows know');
is(with('activity_state.ne=none&sort=activity_due&limit=1'), $tick{late}, 'ACT-7: in the order of their days');
is(asked($ann, GET => "/tickets/count?team_id=$team&activity_state.in=today,overdue")->{count}, 3, 'ACT-7: counted');
is(join(' ', map { "$_->{value}:$_->{count}" } @{ asked($ann, GET => "/tickets/groups?team_id=$team&by=activity_state")->{groups} }), 'none:1 planned:1 today:2 overdue:1', 'ACT-7: grouped');
is(join(' ', map { scalar @{ $_->{tickets} } } grep { $_->{count} } @{ asked($ann, GET => "/teams/$team/board?activity_state=overdue")->{columns} }), '1', 'ACT-7: and boards');
is($ann->api(GET => '/tickets?sort=activity_state')->{status}, 422, 'the state is no order: their day is');
is($who{pia}->api(GET => '/tickets?activity_state=today')->{json}{code}, 'bad_filter', 'customers ask nothing about activities');
asked($ann, PATCH => "/activities/$acts{planned}", { date_deadline => '2026-01-01' });
asked($ann, PATCH => "/activities/$acts{late}", { user_id => $uid{ben}, date_deadline => '2026-01-30' });
asked($ann, DELETE => "/activities/$acts{today}", undef, 204);
is(join(' ', map { state($tick{$_}) } qw(planned today late)), 'overdue none today', 'ACT-7: put off, cancelled, handed over');
asked($ben, PATCH => "/users/$uid{ben}", { tz => 'Asia/Tehran' });
is(state($tick{late}), 'overdue', 'ACT-4: whoever has it goes to Tehran, where it is the 31st');
asked($ben, PATCH => "/users/$uid{ben}", { tz => 'America/New_York' });
asked($ann, POST => "/activities/$acts{$_}/done", {}) for qw(planned late);
is(join(' ', map { state($tick{$_}) } qw(planned late)), 'none none', 'ACT-7: done');

# ---- all there is to do (ACT-7) ----

sub due { my ($c, $query) = @_; return join ' ', map { $_->{id} } @{ asked($c, GET => "/activities?$query")->{items} } }
my @day = @day{qw(2026-01-30 2026-01-31 2026-02-01)};
is(due($ann, 'user_id=any'), "@day $todo->{id} $later->{id}", 'ACT-7: of everybody, by day');
is(due($ann, "team_id=$team&activity_type_id=$type{Call}"), "@day", 'ACT-7: of a team, of a type');
is(due($ann, 'team_id=mine'), '', 'ACT-7: of teams one is no member of');
asked($admin, PATCH => "/teams/$team", { member_ids => [ $uid{ann} ] });
is(due($ann, 'team_id=mine&limit=2'), "@day[0,1]", 'ACT-7: of my teams');
is(due($ann, "team_id=mine&user_id=me&state=planned"), $todo->{id}, 'ACT-7: mine in my teams');
is(count($ann, '?user_id=any') . ', ' . count($ann, "?team_id=mine&activity_type_id=$type{Call}"), '0 1 4, 0 1 2', 'ACT-7: counted');
is(refused($ann, GET => "/activities?$_=x"), "422 $_:not_an_id", "no such $_") for qw(user_id team_id activity_type_id);

# ---- who gets it (ACT-5) ----

is(join(' ', map { $_->{kind} } @{ asked($ben, GET => '/notifications')->{items} }), 'activity ' x 3 . 'activity', 'ACT-5: told of each');
ok((grep { $_ == $p{ben} } @{ asked($ann, GET => "/tickets/$t")->{message_partner_ids} }), 'ACT-5: and subscribed');
my $private = made('/teams', { name => 'Private', privacy_visibility => 'invited_internal', message_partner_ids => [ $p{ann} ] }, $admin)->{id};
my $secret = made('/tickets', { name => 'Secret', team_id => $private })->{id};
is(refused($ann, POST => '/activities', { ticket_id => $secret, activity_type_id => $type{Call}, user_id => $uid{$_} }), '422 user_id:not_allowed',
   "ACT-5: refused for $_, who cannot read the ticket") for qw(ben pia);
my $hid = made('/activities', { ticket_id => $secret, activity_type_id => $type{Later} });
is($hid->{user_id}, $uid{ann}, 'a default user who cannot read it is passed over');
is($ben->api($_->[0] => "/activities/$hid->{id}$_->[1]", $_->[2])->{status}, 404, "VIS-16: hidden: $_->[0]")
    for [ GET => '' ], [ PATCH => '', { summary => 'x' } ], [ DELETE => '' ], [ POST => '/done', {} ];
is(scalar(@{ asked($ben, GET => "/activities?ticket_id=$secret")->{items} }) . ' ' . count($ben, "?ticket_id=$secret"), '0 0 0 0', 'VIS-16: nor in lists and counts');
is($who{pia}->api(GET => "/activities/$todo->{id}")->{status}, 404, 'portal users see none');
is(refused($ann, PATCH => "/activities/$hid->{id}", { user_id => $uid{ben} }), '422 user_id:not_allowed', 'ACT-5: nor handed over');

# ---- put off, done, cancelled (ACT-6) ----

asked($ann, PATCH => "/activities/$todo->{id}", { date_deadline => '2026-03-01' });
is($ann->api(PATCH => "/activities/$todo->{id}", { summary => 'x' }, headers => { 'If-Match' => '"v1"' })->{status}, 412, 'If-Match');
my $done = asked($ann, POST => "/activities/$todo->{id}/done", { feedback => 'All is well' });
is($done->{next}, undef, 'ACT-6: nothing comes next');
my $m = asked($ann, GET => "/messages/$done->{message_id}");
is("$m->{subtype} $m->{message_type} $m->{author_id} $m->{body}", "activity notification $p{ann} To-Do: Look\n\nAll is well", 'ACT-6: type, summary and feedback in the thread');
is($ann->api(GET => "/activities/$todo->{id}")->{status}, 404, 'ACT-6: and it is gone');
is($who{pia}->api(GET => "/messages/$done->{message_id}")->{status}, 404, 'customers do not read of it');
my $first = made('/activities', { ticket_id => $t, activity_type_id => $type{First}, date_deadline => '2026-02-10', user_id => $uid{ben} });
$done = asked($ann, POST => "/activities/$first->{id}/done", {});
is("$done->{next}{activity_type_id} $done->{next}{user_id} $done->{next}{date_deadline}", "$type{Second} $uid{ben} 2026-02-24",
   'ACT-2, ACT-6: a trigger makes the next, two weeks after the deadline before');
is($ann->api(GET => "/activities/$done->{next}{id}")->{status}, 200, 'and it is there');
my $ask = made('/activities', { ticket_id => $t, activity_type_id => $type{Ask} });
is(json_text(asked($ann, POST => "/activities/$ask->{id}/done", {})->{suggested_type_ids}), json_text([ sort { $a <=> $b } @type{qw(Call Meeting)} ]), 'ACT-2: types offered next');
my $said = () = $desk->dump_records('message');
asked($ann, DELETE => "/activities/$done->{next}{id}", undef, 204);
is(scalar(() = $desk->dump_records('message')), $said, 'ACT-6: cancelled silently');
is($admin->api(DELETE => "/activity_types/$type{Call}")->{status}, 409, 'a type in use stays');
is($admin->api(DELETE => "/users/$uid{ben}")->{status}, 409, 'so does a user with activities');

# ---- reminders ----

asked($ben, PATCH => "/users/$uid{ben}", { tz => 'Europe/Vilnius' });
asked($ben, POST => '/notifications/read', { all => $true });
my $due = made('/activities', { ticket_id => $t, activity_type_id => $type{Meeting}, date_deadline => '2026-02-03', user_id => $uid{ben} }, $ben)->{id};
my $moved = made('/activities', { ticket_id => $t, activity_type_id => $type{Meeting}, date_deadline => '2026-02-03', user_id => $uid{ben} }, $ben)->{id};
asked($ben, PATCH => "/activities/$moved", { date_deadline => '2026-02-05' });
my $unread = sub { join ' ', sort { $a <=> $b } map { $_->{activity_id} } grep { !$_->{read_date} } @{ $ben->api(GET => '/notifications')->{json}{items} } };
is($unread->(), '', 'ACT-5: nobody is told of what he plans for himself');
my $etag = $ben->api(GET => "/activities/$moved")->{headers}{etag};
is($ben->api(GET => "/activities/$moved", undef, headers => { 'If-None-Match' => $etag })->{status}, 200, 'ACT-4: its state changes with the day, without the version');
$desk->settle('2026-02-03T06:00:30Z');
($admin, $ann, $ben) = map { $desk->login($_) } qw(admin ann ben);       # sessions ended meanwhile
my $want = join ' ', sort { $a <=> $b } $due, @day{qw(2026-01-31 2026-02-01)};
is($unread->(), $want, 'reminded in the morning of the day, by the clock of Vilnius; not of what was put off');
asked($ben, POST => "/activities/$due/done", {});
is((grep { ($_->{activity_id} // 0) == $due } $desk->dump_records('notification')), 0, 'what is done reminds nobody');

# ---- a store written before tickets kept the days of their activities, and more activities than one piece ----

asked($admin, POST => '/activities', { ticket_id => $t, activity_type_id => 1, user_id => $ben->{user}{id}, date_deadline => '2026-02-20' }, 201)
    for 1 .. 520;
my $day = sub { join ' ', map { "$_->{id}:" . ($_->{activity_due} // '') . ':' . ($_->{activity_late} // '') } $desk->dump_records('ticket', @_) };
my ($kept, $today, $second) = ($day->(), '2026-02-03', 60);
my $tick = sub {           # the next slice
    $desk->settle(sprintf '%sT06:%02d:%02dZ', $today, int(++$second / 60), $second % 60);
    return $day->();
};
asked($admin, PATCH => "/users/$ben->{user}{id}", { tz => 'America/Bogota' });
ok(wait_until(30, sub { $tick->() ne $kept }), 'ACT-4: the days of many activities move with the clock of who does them');
$kept = $day->();
$desk->stop;
my $dump = $desk->dir . '/dump.jsonl';
$desk->ctl([ 'dump', $dump ]);
(my $old = Helpdesk::slurp($dump)) =~ s/,"activity_(?:due|late)":"[^"]*"//g;
Helpdesk::write_file($dump, $old);
$desk->{store} .= '-old';
$desk->ctl([ 'load', $dump ]);
is($day->() =~ s/[^ ]*?:[^ ]*//gr, $kept =~ s/[^ ]*?:[^ ]*//gr, 'as many tickets');
isnt($day->(), $kept, 'without their days');
$today = '2099-01-01';      # the tool has the real clock
$desk->at("${today}T06:00:00Z")->write_conf->start;
$admin = $desk->login('admin');
ok(wait_until(30, sub { $tick->() eq $kept }), 'ACT-7: they are filled in after the start') or diag($day->() . "\n$kept");

# ---- what was read long ago goes ----

my $read = sub { scalar grep { $_->{read_date} } $desk->dump_records('notification') };
my $news = asked($admin, POST => '/tickets', { name => 'for Ann', team_id => $team, user_id => $ann->{user}{id} }, 201)->{id};
ok(wait_until(30, sub { $read->() == 0 }), 'CHT-2: lines of an inbox that were read in February 2026 are gone by 2099');
asked($desk->login('ann'), POST => '/notifications/read', { ticket_id => $news });
my ($fresh, $never) = ($read->(), scalar grep { !$_->{read_date} } $desk->dump_records('notification'));
ok($fresh > 0 && $never > 0, 'lines that were read on 1 January 2099, and unread ones');
$desk->settle('2099-03-31T06:00:3' . $_ . 'Z') for 0 .. 2;       # three slices are enough for all lines
is($read->(), $fresh, 'CHT-2: lines of an inbox stay for 90 days after they were read');
$desk->settle('2099-04-02T06:00:3' . $_ . 'Z') for 0 .. 2;
is($read->(), 0, 'CHT-2: and go then');
is(scalar(grep { !$_->{read_date} } $desk->dump_records('notification')), $never, 'CHT-2: what was never read stays');

$admin = $desk->login('admin');
asked($admin, DELETE => "/tickets/$t", undef, 204);
is((grep { $_->{ticket_id} == $t } $desk->dump_records('activity')), 0, 'activities go with their ticket');
like(scalar $desk->ctl(['fsck']), qr/, 0 problems/, 'fsck');
done_testing;
