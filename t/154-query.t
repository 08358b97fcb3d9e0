#!/usr/bin/perl

# Queries through the API: expressions, orders, groups, expansion, boards with conditions, CSV in any order (t/137-export.t has
# what else is to say of CSV).

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Helpdesk;

my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $desk = Helpdesk->new(workers => 1, sync => 'off');
$desk->ctl([ 'gen', 2500 ]);
$desk->add_user(admin => 'admin')->add_user(agent => 'user')->add_user(pia => 'portal')->start;
my ($admin, $agent, $pia) = map { $desk->login($_) } qw(admin agent pia);
my @all = @{ dump_tickets() };

sub dump_tickets { return [ $desk->dump_records('ticket') ] }
sub esc { return $_[0] =~ s/([^A-Za-z0-9_.,~-])/sprintf '%%%02X', ord $1/ger }
sub get { my ($path, $c) = @_; return ($c // $admin)->api(GET => $path) }
sub count { my ($q, $c) = @_; my $r = get("/tickets/count?$q", $c); return $r->{json}{count} // "$r->{status} $r->{body}" }
sub where { return 'filter=' . esc($_[0]) }

# Ids of all pages of a list.
sub ids {
    my ($q, $c) = @_;
    my ($after, @ids) = ('');
    do {
        my $r = get("/tickets?limit=200&fields=id&$q" . ($after ? "&after=$after" : ''), $c);
        return "$r->{status} $r->{body}" if $r->{status} != 200;
        push @ids, map { $_->{id} } @{ $r->{json}{items} };
        $after = $r->{json}{next};
    } while ($after);
    return join ' ', @ids;
}

sub by { my ($cmp, $fits) = @_; return join ' ', map { $_->{id} } sort { $cmp->($a, $b) || $b->{id} <=> $a->{id} } grep { $fits->($_) } @all }
sub expect_count { my ($what, $q, $fits) = @_; is(count($q), scalar(grep { $fits->($_) } @all), $what) }

expressions();
standard_filters();
orders();
groups();
expansion();
boards();
others();
hidden_values();
csv_small();
csv_long();
dashboard();
together();
views();
done_testing;

# ---- expressions ----

sub expressions {
    my $u = $all[5]{user_id} // 3;
    expect_count("VIS-16: $_->[0]", where($_->[0]), $_->[1]) for
        [ 'priority >= 2 and closed = false', sub { $_[0]{priority} >= 2 && !$_[0]{closed} } ],
        [ "user_id = null or user_id = $u", sub { !$_[0]{user_id} || $_[0]{user_id} == $u } ],
        [ 'not (team_id in (1, 2) or priority = 3)', sub { $_[0]{team_id} > 2 && $_[0]{priority} != 3 } ],
        [ 'kanban_state="blocked" and priority != 0', sub { $_[0]{kanban_state} eq 'blocked' && $_[0]{priority} } ],
        [ 'id in (1, 64, 65, 128, 2500, 99999)', sub { grep { $_[0]{id} == $_ } 1, 64, 65, 128, 2500 } ];
    my @one = grep { $_->{id} == 1000 } @all;
    is(ids(where("create_date = $one[0]{create_date} and id = 1000")), '1000', 'a time to the millisecond');
    is(count(where('priority >= 2') . '&' . where('priority <= 2') . '&closed=true'),
       scalar(grep { $_->{priority} == 2 && $_->{closed} } @all), 'conditions of all kinds hold together');
    my ($some) = grep { ($_->{partner_email} // '') =~ /\@/ && $_->{active} } @all;
    expect_count('an address', "partner_email=" . esc(uc $some->{partner_email}), sub { $_[0]{active} && lc $_[0]{partner_email} eq lc $some->{partner_email} });
    my $r = get('/tickets?' . where('priority >= 2 and (closed ='));
    is("$r->{status} $r->{json}{code} $r->{json}{fields}[0]{field} $r->{json}{fields}[0]{code}", '422 bad_filter filter syntax',
       'a broken expression');
    like($r->{json}{fields}[0]{sentence}, qr/^At character 28: /, 'says where');
    $r = get('/tickets?' . where('name contains "e"') . '&limit=5');
    is(scalar @{ $r->{json}{items} }, 5, 'a text: rows are read in order');
}

# TKT-8
sub standard_filters {
    my $id = $agent->api(POST => '/tickets', { name => 'Mine', team_id => 1, user_id => $agent->{user}{id}, priority => '3' })->{json}{id};
    my $a = $agent->api(POST => '/tickets', { name => 'Old', team_id => 1 })->{json}{id};
    $agent->api(PATCH => "/tickets/$a", { active => $false });
    @all = @{ dump_tickets() };
    my $in_force = sub { my ($f) = @_; return sub { $_[0]{active} && $f->($_[0]) } };
    expect_count('TKT-8: open', 'closed=false', $in_force->(sub { !$_[0]{closed} }));
    expect_count('TKT-8: closed', 'closed=true', $in_force->(sub { $_[0]{closed} }));
    expect_count('TKT-8: unassigned', 'user_id=null&closed=false', $in_force->(sub { !$_[0]{user_id} && !$_[0]{closed} }));
    expect_count('TKT-8: my tickets', "user_id=$agent->{user}{id}", $in_force->(sub { ($_[0]{user_id} // 0) == $agent->{user}{id} }));
    expect_count('TKT-8: high and urgent', 'priority.gte=2', $in_force->(sub { $_[0]{priority} >= 2 }));
    is(ids('active=false'), "$a", 'TKT-8: archived');
    is(ids(where('active = false')), "$a", 'TKT-8: archived, said in an expression');
    my $t = $all[2000]{create_date};
    expect_count('TKT-8: creation period', 'create_date.gte=' . esc($t), $in_force->(sub { $_[0]{create_date} ge $t }));
    expect_count('TKT-8: and its end', 'create_date.lt=' . esc($t), $in_force->(sub { $_[0]{create_date} lt $t }));
}

# ---- orders ----

sub orders {
    my $on = sub { $_[0]{active} };
    my $s = sub { my ($t) = @_; return defined $t ? substr $t, 0, 19 : '' };
    is(ids('sort=-create_date'), by(sub { $s->($_[1]{create_date}) cmp $s->($_[0]{create_date}) }, $on), 'sort=-create_date, page after page');
    is(ids('sort=close_date,priority&closed=true'),
       by(sub { $s->($_[0]{close_date}) cmp $s->($_[1]{close_date}) || $_[0]{priority} <=> $_[1]{priority} },
          sub { $_[0]{active} && $_[0]{closed} }), 'sort=close_date,priority');
    is(ids('sort=-priority'), ids(''), 'TKT-3: the default order by its name');
    is(ids('priority.gte=0'), ids(''), 'TKT-3: the same order with a condition');
    is(ids('sort=id&limit=77'), by(sub { $_[0]{id} <=> $_[1]{id} }, $on), 'sort=id');
    my $some = where('id > 2300');
    is(ids('id.in=' . join(',', 2300 .. 2499) . '&sort=-name,id'),
       by(sub { lc $_[1]{name} cmp lc $_[0]{name} || $_[0]{id} <=> $_[1]{id} }, sub { $_[0]{active} && $_[0]{id} >= 2300 && $_[0]{id} <= 2499 }),
       'sort=-name of a few hundred') if !grep { $_->{name} =~ /[^ -~]/ } @all;
    my $r = get('/tickets?sort=zz');
    is("$r->{status} $r->{json}{fields}[0]{field}", '422 sort', 'no such field to sort by');
    $r = get('/tickets?sort=id,name,priority,team_id');
    is("$r->{status} $r->{json}{fields}[0]{code}", '422 too_many', 'at most three');
    $r = get('/tickets?sort=tag_ids');
    is($r->{status}, 422, 'a list has no order');
    $r = get('/tickets?sort=-priority&after=AAAAAAAAAAAA&closed=true');
    is("$r->{status} $r->{json}{code}", '400 bad_cursor', 'a cursor that is none');
}

# ---- groups ----

sub groups {
    my $tag = $agent->api(POST => '/tags', { name => 'Vip' })->{json}{id};
    $agent->api(PATCH => "/tickets/$_", { tag_ids => [$tag] }) for 1, 100, 2500;
    @all = @{ dump_tickets() };
    for my $case ([ stage_id => 'stage_id' ], [ user_id => 'user_id', 'closed=false' ], [ priority => 'priority', where('closed = true') ],
                  [ kanban_state => 'kanban_state' ], [ partner_id => 'partner_id' ]) {
        my ($by, $field, $q) = @$case;
        my $r = get("/tickets/groups?by=$by" . ($q ? "&$q" : ''));
        my $fits = !$q ? sub { 1 } : $q eq 'closed=false' ? sub { !$_[0]{closed} } : sub { $_[0]{closed} };
        my %want;
        $want{ $_->{$field} // 'null' }++ for grep { $_->{active} && $fits->($_) } @all;
        is_deeply({ map { ($_->{value} // 'null') => $_->{count} } @{ $r->{json}{groups} } }, \%want, "TKT-8: groups by $by");
        is($r->{json}{total}, count($q // ''), 'with their total');
    }
    my $r = get('/tickets/groups?by=create_date.month');
    my %month;
    $month{ substr($_->{create_date}, 0, 7) . '-01T00:00:00.000Z' }++ for grep { $_->{active} } @all;
    is_deeply({ map { $_->{value} => $_->{count} } @{ $r->{json}{groups} } }, \%month, 'TKT-8: groups by month');
    $r = get('/tickets/groups?by=create_date.quarter');
    is(scalar(grep { substr($_->{value}, 5, 5) !~ /^(?:01|04|07|10)-01$/ } @{ $r->{json}{groups} }), 0, 'and by quarter');
    $r = get("/tickets/groups?by=tag_ids&" . where("tag_ids = $tag"));
    is_deeply($r->{json}, { groups => [ { value => $tag, count => 3 } ], total => 3, other => 0 }, 'TKT-8: groups by tag');
    is(ids("tag_ids=$tag&sort=id"), '1 100 2500', 'TKT-5: tickets of a tag');
    is(get("/tickets/groups?$_")->{status}, 422, "groups: $_") for '', 'by=name', 'by=zz', 'by=priority.month', 'by=create_date.hour';
}

# ---- expansion ----

sub expansion {
    my $r = get('/tickets?expand=team_id,user_id,tag_ids,partner_id,create_uid&limit=3&id.in=100,101');
    my ($t) = grep { $_->{id} == 100 } @{ $r->{json}{items} };
    is($t->{team}{id}, $t->{team_id}, 'expand=team_id');
    ok($t->{team}{name}, 'with its name');
    is($t->{user}{id}, $t->{user_id}, 'expand=user_id');
    is_deeply([ map { $_->{name} } @{ $t->{tags} } ], ['Vip'], 'expand=tag_ids');
    is($t->{partner}{id}, $t->{partner_id}, 'expand=partner_id');
    ok(exists $t->{create_user}, 'expand=create_uid');
    $r = get('/tickets/100?expand=stage_id');
    is($r->{json}{stage}{id}, $r->{json}{stage_id}, 'expand of one ticket');
    is(get('/users?expand=company_ids&limit=1')->{json}{items}[0]{companys}[0]{id}, 1, 'expand of other records');
    is(get("/tickets?expand=$_")->{status}, 422, "expand=$_") for qw(name zz team);
    my ($stranger) = map { $_->{id} } grep { $_->{message_partner_ids} && @{ $_->{message_partner_ids} } } @all;
    $admin->api(PUT => "/tickets/$stranger/followers/$pia->{user}{partner_id}");
    $r = get('/tickets?expand=team_id,user_id,partner_id', $pia);
    is(join(' ', map { $_->{id} } @{ $r->{json}{items} }), $stranger, 'a portal user sees what he follows');
    is_deeply([ @{ $r->{json}{items}[0] }{qw(team user partner)} ], [ undef, undef, undef ], 'VIS-16: and not the records it names');
}

# ---- boards ----

sub boards {
    my $team = $all[0]{team_id};
    my $r = get("/teams/$team/board?limit=5&priority.gte=2&" . where('user_id != null'));
    is($r->{status}, 200, 'a board with conditions');
    for my $col (@{ $r->{json}{columns} }) {
        my @want = sort { $b->{priority} <=> $a->{priority} || $b->{id} <=> $a->{id} }
            grep { $_->{active} && $_->{team_id} == $team && $_->{stage_id} == $col->{stage}{id} && $_->{priority} >= 2 && $_->{user_id} } @all;
        is($col->{count}, scalar @want, "STG-21: stage $col->{stage}{id}: how many");
        is(join(' ', map { $_->{id} } @{ $col->{tickets} }), join(' ', map { $_->{id} } grep { defined } @want[0 .. 4]), 'and the first');
    }
    is(get("/teams/$team/board?$_")->{status}, 422, "board: $_") for qw(sort=id after=x format=csv zz=1);
}

# ---- the dashboard ----

sub dashboard {
    my $me = $agent->{user}{id};
    for my $case ([ 2, 5 ], [ 1, 200 ], [ 3, 40 ]) {             # some tickets of one's own, and one closed just now
        my @some = grep { $_->{active} && !$_->{closed} && $_->{id} > $case->[1] } @all;
        $agent->api(PATCH => "/tickets/$some[0]{id}", { user_id => $me, priority => "$case->[0]" });
    }
    my ($done) = grep { $_->{active} && !$_->{closed} && $_->{id} > 600 } @all;
    my ($fold) = grep { $_->{fold} } @{ get('/stages?fields=id,fold,team_ids')->{json}{items} };
    $agent->api(PATCH => "/tickets/$done->{id}", { user_id => $me, team_id => $fold->{team_ids}[0] });
    is($agent->api(PATCH => "/tickets/$done->{id}", { stage_id => $fold->{id} })->{json}{closed}, $true, 'one is closed');
    my $r = get('/dashboard', $agent);
    is($r->{status}, 200, 'DSH-1: the dashboard');
    my $d = $r->{json};
    my ($today, $week) = map { 'close_date.gte=' . esc($_) . '&closed=true' } @$d{qw(today_from week_from)};
    my %mine = (all => '', high => '&priority=2', urgent => '&priority=3');
    is($d->{mine}{$_}{open}, count("user_id=$me&closed=false$mine{$_}", $agent), "DSH-2: mine, $_, as its list counts") for sort keys %mine;
    cmp_ok($d->{mine}{urgent}{open}, '>', 0, 'and there are some');
    cmp_ok($d->{mine}{all}{seconds}, '>=', 0, 'DSH-2: how long they are open');
    is($d->{closed}{today}, count("user_id=$me&$today", $agent), 'DSH-4: closed today');
    is($d->{closed}{week}, count("user_id=$me&$week", $agent), 'DSH-4: closed in 7 x 24 hours');
    cmp_ok($d->{closed}{today}, '>', 0, 'and there are some');
    is($d->{closed}{target}, 0, 'DSH-3: no target yet');
    is($agent->api(PATCH => "/users/$me", { helpdesk_target_closed => 5 })->{status}, 200, 'DSH-3: one sets his own');
    is($agent->api(PATCH => "/users/$admin->{user}{id}", { helpdesk_target_closed => 5 })->{status}, 403, 'DSH-3: and no other\'s');
    is(get('/dashboard', $agent)->{json}{closed}{target}, 5, 'DSH-3: and is shown it');
    is(join(' ', map { $_->{team_id} } @{ $d->{teams} }), join(' ', map { $_->{id} } sort { $a->{id} <=> $b->{id} } @{ get('/teams?limit=200', $agent)->{json}{items} }),
       'DSH-5: a line a team one sees');
    my %of = (open => 'closed=false', unassigned => 'closed=false&user_id=null', urgent => 'closed=false&priority=3',
              waiting => 'closed=false&waiting=true', closed_week => $week);
    for my $line (@{ $d->{teams} }[ 0 .. 2 ]) {
        is($line->{$_}, count("team_id=$line->{team_id}&$of{$_}", $agent), "DSH-5: team $line->{team_id}: $_") for sort keys %of;
    }
    is(get('/dashboard', $pia)->{status}, 403, 'DSH-1: for helpdesk users');
    my $hidden = $admin->api(POST => '/teams', { name => 'Closed shop', privacy_visibility => 'invited_internal', company_id => 1 })->{json}{id};
    my $t = $admin->api(POST => '/tickets', { name => 'Secret', team_id => $hidden, user_id => undef })->{json}{id};
    my $now = get('/dashboard', $agent)->{json};
    is(scalar(grep { $_->{team_id} == $hidden } @{ $now->{teams} }), 0, 'VIS-16: no line of a hidden team');
    $admin->api(PUT => "/tickets/$t/followers/$agent->{user}{partner_id}");
    $admin->api(PATCH => "/tickets/$t", { user_id => $me });
    $admin->api(POST => '/tickets', { name => 'Another secret', team_id => $hidden });
    my $then = get('/dashboard', $agent)->{json};
    is($then->{mine}{all}{open} - $now->{mine}{all}{open}, 1, 'DSH-2: one\'s own, though of a team one does not see as a whole');
    is_deeply([ map { @$_{qw(open unassigned)} } grep { $_->{team_id} == $hidden } @{ $then->{teams} } ], [ 1, 0 ], 'VIS-16: and its line counts what one sees');
}

# ---- saved views ----

sub why {
    my ($c, @ask) = @_;
    my $r = $c->api(@ask);
    return join ' ', $r->{status}, map { "$_->{field}:$_->{code}" } @{ ($r->{json} // {})->{fields} // [] };
}

sub person {
    my ($login) = @_;
    $admin->api(POST => '/users', { login => $login, name => ucfirst $login, role => 'user', company_ids => [1], password => $Helpdesk::PASSWORD });
    return $desk->login($login);
}

sub views {
    my ($ben, $carl) = map { person($_) } qw(ben carl);
    my $seen = sub { my ($c) = @_; return join ' ', map { $_->{name} } @{ get('/views', $c)->{json}{items} } };
    my $made = sub { my ($c, %v) = @_; my $r = $c->api(POST => '/views', \%v); return $r->{json}{id} // die $r->{body} };
    my $where = 'priority>=2 and (user_id=null or not name contains "x")';
    my $mine = $made->($agent, name => 'Mine', query => { filter => 'open', where => $where, sort => '-create_date', group => 'stage_id', columns => [qw(ref name)] });
    my $kept = get("/views/$mine", $agent)->{json};
    is_deeply([ @$kept{qw(user_id shared layout)}, $kept->{query}{where} ], [ $agent->{user}{id}, 'private', 'list', $where ], 'TKT-8: a view is kept as it was');
    my $secret = $admin->api(POST => '/teams', { name => 'Sealed', privacy_visibility => 'invited_internal', company_id => 1 })->{json}{id};
    my $all = $made->($agent, name => 'All', shared => 'everyone', layout => 'board', query => { team => "$secret" });
    my $ours = $made->($admin, name => 'Ours', shared => 'team', team_id => $secret);
    is($seen->($agent), 'Mine All', 'one\'s own and shared ones');
    is($seen->($ben), 'All', 'nobody else\'s own');
    is($seen->($admin), 'All Ours', 'nor does an administrator see them');
    is(get('/views', $pia)->{status} . $seen->($pia), '200', 'none for portal users');
    is(get("/views/$mine", $ben)->{status}, 404, 'hidden is 404');
    is(get("/tickets?team_id=$secret", $agent)->{json}{items}[0], undef, 'VIS-16: a view widens nothing');
    is(why($ben, PATCH => "/views/$all", { name => 'x' }), '403', 'a shared one is its owner\'s to change');
    is(why($ben, DELETE => "/views/$all"), '403', 'and to delete');
    is(why($admin, PATCH => "/views/$all", { name => 'Everybody' }), '200', 'or an administrator\'s');
    is(why($admin, PATCH => "/views/$all", { shared => 'private' }), '422 shared:not_allowed', 'who takes it from nobody\'s sight');
    is(why($agent, PATCH => "/views/$mine", { shared => 'team' }), '422 team_id:required', 'shared with a team: with which?');
    is(why($agent, PATCH => "/views/$mine", { shared => 'team', team_id => $secret }), '422 team_id:not_found', 'VIS-16: one that is seen');
    is(why($agent, PATCH => "/views/$mine", { user_id => $ben->{user}{id} }), '422 user_id:read_only', 'nobody gives his away');
    is(why($agent, PATCH => "/views/$mine", { query => $_->[0] }), "422 query.$_->[1]", "not kept: $_->[1]") for
        [ { zz => 'x' }, 'zz:unknown_field' ], [ { sort => 5 }, 'sort:wrong_type' ], [ { columns => 'ref' }, 'columns:wrong_type' ],
        [ { columns => [ map { "c$_" } 1 .. 41 ] }, 'columns:too_many' ], [ { where => 'priority >=' }, 'where:syntax' ],
        [ { where => 'password = "x"' }, 'where:unknown_field' ], [ { q => 'x' x 4001 }, 'q:too_long' ];
    is(why($agent, POST => '/views', { name => '' }), '422 name:too_short', 'a view has a name');
    is(why($pia, POST => '/views', { name => 'x' }), '403', 'views are for helpdesk users');
    is(why($agent, PATCH => "/users/$agent->{user}{id}", { view_id => $mine }), '200', 'one begins with a view');
    is(why($ben, PATCH => "/users/$ben->{user}{id}", { view_id => $mine }), '422 view_id:not_found', 'that one sees');
    my $v = get("/views/$mine", $agent)->{json}{version};
    is(why($agent, PATCH => "/views/$mine", { shared => 'team', team_id => 1 }), '200', 'shared with a team one sees');
    like($seen->($ben), qr/Mine/, 'whose people then see it');
    is($agent->api(PATCH => "/views/$mine", { name => 'Late' }, headers => { 'If-Match' => "\"v$v\"" })->{status}, 412, 'changed since');
    is(why($agent, DELETE => "/views/$mine"), '204', 'the owner deletes his');
    is(get("/users/$agent->{user}{id}", $agent)->{json}{view_id}, $mine, 'who began with it begins with nothing');
    is(why($agent, PATCH => "/users/$agent->{user}{id}", { lang => 'sv' }), '200', 'and is none the worse');
    $made->($carl, name => 'Carl alone');
    my $shared = $made->($carl, name => 'Of Carl', shared => 'everyone');
    is(why($admin, DELETE => "/users/$carl->{user}{id}"), '204', 'a user goes');
    is($seen->($admin), 'Everybody Ours Of Carl', 'what he shared stays, his own went with him');
    is(get("/views/$shared", $ben)->{json}{user_id}, undef, 'it is nobody\'s now');
    is(why($admin, PATCH => "/views/$shared", { name => 'Kept' }), '200', 'administrators keep it');
    is(why($admin, DELETE => "/teams/$secret"), '204', 'a team goes');
    is(get("/views/$ours", $admin)->{json}{shared}, 'private', 'what it shared is its owner\'s again');
    my (undef, $err, $status) = $desk->ctl(['fsck'], ok => 0);
    is($status, 0, 'fsck finds nothing') or diag($err);
}

# ---- other records ----

sub others {
    my $r = get('/users?sort=-login&' . where('login contains "agent1"'));
    my @logins = map { $_->{login} } @{ $r->{json}{items} };
    is("@logins", join(' ', reverse sort @logins), 'other lists: sort');
    ok(@logins > 3 && !grep({ !/agent1/ } @logins), 'and filter');
    my ($after, @names) = ('');
    do {
        my $x = get('/contacts?sort=name&limit=50&fields=name' . ($after ? "&after=$after" : ''));
        push @names, map { $_->{name} } @{ $x->{json}{items} };
        $after = $x->{json}{next};
    } while ($after);
    is(scalar @names, scalar(grep { $_->{active} } $desk->dump_records('contact')), 'contacts by name, page after page');
    my @ascii = grep { !/[^ -~]/ } @names;
    is_deeply(\@ascii, [ sort { lc $a cmp lc $b } @ascii ], 'in order');
    is(get('/contacts?' . where('zz = 1'))->{status}, 422, 'an unknown field');
}

# What a viewer may not see he cannot ask for either.
sub hidden_values {
    for my $q (where('message_partner_ids = 1'), 'message_partner_ids=1', 'sort=message_partner_ids', 'expand=message_partner_ids',
               where('access_token = "x"'), 'sort=access_token', 'fields=message_partner_ids') {
        is(get("/tickets?$q", $pia)->{status}, 422, "VIS-16: a portal user asks $q");
    }
    is(get('/tickets/groups?by=message_partner_ids', $pia)->{status}, 422, 'VIS-16: or groups by it');
    is(get('/tickets/groups?by=priority', $pia)->{json}{total}, 1, 'VIS-16: groups count what he sees');
    is(count(where('priority >= 0'), $pia), 1, 'VIS-16: so do counts');
    is(get('/users?sort=login', $pia)->{status}, 422, 'nor sorts he by the logins of others');
    my $r = get('/tickets?format=csv', $pia);
    is(scalar(my @l = split /\r\n/, $r->{body}), 2, 'VIS-16: an export holds what he sees');
}

# ---- CSV ----

# RFC 4180, as written by us.
sub csv {
    my ($text) = @_;
    my (@rows, @row);
    while ($text =~ /\G(?:"((?:[^"]|"")*)"|([^,\r\n"]*))(,|\r\n)/g) {
        push @row, defined $1 ? $1 =~ s/""/"/gr : $2;
        if ($3 ne ',') {
            push @rows, [@row];
            @row = ();
        }
    }
    return @rows;
}

sub csv_small {
    my $r = $admin->api(GET => '/tickets?id.in=1,2,3&sort=id&fields=id,name,team_id', undef, headers => { Accept => 'text/csv' });
    like($r->{headers}{'content-type'}, qr{^text/csv}, 'Accept: text/csv');
    like($r->{headers}{'content-disposition'}, qr/tickets\.csv/, 'with a name');
    my @rows = csv($r->{body});
    is_deeply($rows[0], [qw(id name team_id)], 'the asked columns');
    is_deeply([ map { $_->[0] } @rows[1 .. 3] ], [ 1, 2, 3 ], 'the asked rows');
    $r = get('/contacts?format=csv&' . where('email contains "R1"'));
    @rows = csv($r->{body});
    is(scalar @rows - 1, scalar(grep { $_->{active} && $_->{email} =~ /r1/i } $desk->dump_records('contact')), 'contacts as CSV, every match');
    is(get('/tickets?format=xml')->{status}, 422, 'no such format');
    is(get('/tickets?format=csv&zz=1')->{status}, 422, 'what is wrong is said before it begins');
}

# Several reads as one: each as at its own address, for who asks.
sub together {
    my $ask = sub { my ($c, @paths) = @_; return $c->api(GET => '/together?' . join '&', map { 'get=' . esc($_) } @paths) };
    my @paths = ('/start', '/tickets/1', '/tickets?team_id=1&limit=3&filter=' . esc('priority=2 or name contains "a&b?"'), '/teams/1/board?limit=2',
                 '/tickets/1/thread', '/activities?user_id=me', '/tickets/count?active=any', '/tickets/999999', '/tickets?zz=1', '/users/1');
    for my $c ($admin, $agent, $pia) {
        my $r = $ask->($c, @paths);
        my @alone = map { my $x = get($_, $c); { get => $_, status => $x->{status}, body => $x->{json} } } @paths;
        delete $_->{body}{seq} for @alone, my @got = @{ $r->{json}{answers} };
        is_deeply(\@got, \@alone, "together: what $c->{user}{login} is told at each address alone");
    }
    my @none = ('/together', '/together?get=/start', '/events', '/login', '/attachments/1/content', '/tickets?format=csv', '/nowhere', '', '?', '/tickets/1%00');
    is(join(' ', map { $_->{status} } @{ $ask->($admin, @none)->{json}{answers} }), join(' ', (404) x @none), 'commands, streams, files, CSV and itself are not there');
    is($desk->client->api(GET => '/together?get=/openapi.json')->{status}, 401, 'nobody signed in: nothing, not even what everybody may read');
    is($ask->($admin, ('/start') x 12)->{status}, 200, 'twelve');
    is_deeply([ map { $_->{status}, $_->{json}{fields}[0]{code} } $ask->($admin, ('/start') x 13) ], [ 422, 'too_many' ], 'thirteen are refused');
    my $token = $admin->api(POST => '/tokens', { name => 'No reading', scopes => ['write'] })->{json}{token};
    is($desk->client->request(GET => '/api/v1/together?get=/start', undef, headers => { Authorization => "Bearer $token" })->{status}, 403, 'a token without read reads nothing');
}

sub csv_long {
    my @want = sort { $a <=> $b } map { $_->{id} } grep { $_->{active} } @all;
    for my $q ('&sort=create_date', '&priority.gte=0', '&sort=-close_date,user_id', '&sort=-name') {
        my $r = get("/tickets?format=csv$q");
        my @rows = csv($r->{body});
        is(join(' ', sort { $a <=> $b } map { $_->[0] } @rows[1 .. $#rows]), "@want", "an export of every ticket$q");
        cmp_ok(length $r->{body}, '>', 2_500_000, 'of some megabytes, in pieces');
    }
    is($desk->ctl(['fsck']) =~ /0 problems/, 1, 'the store is in order');
}
