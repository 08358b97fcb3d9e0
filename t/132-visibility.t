#!/usr/bin/perl

# Who sees what over HTTP, in random worlds, against an oracle written from the requirements alone.  t/unit/test_worlds.c asks
# the same handlers in 2,000 worlds, also while changes of followers are on their way; here are those paths that need a server
# as well: streams, exports, commands in pieces.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use IO::Select;
use Time::HiRes qw(time);
use Helpdesk;

my $worlds = $ENV{HD_WORLDS} // ($ENV{HD_SANITIZED} ? 20 : 100);
my $seed = $ENV{HD_SEED} // 20261121;
my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $desk = Helpdesk->new(workers => 2, sync => 'off')->seed->start;
srand $seed;

# root works in both companies and always stays; the others change from world to world.  Each has a token: a
# session would end with every change of a role.
my $root = $desk->login('admin');
my @companies = (1, make('/companies', { name => 'Second Company' }));
my @people;
for my $n (0 .. 8) {
    my $id = make('/users', { login => "p$n", name => "Person $n", role => 'user', company_ids => [1],
                              password => $Helpdesk::PASSWORD });
    my $session = $desk->login("p$n");
    my $c = $desk->client;
    $c->{token} = $session->api(POST => '/tokens', { name => 't', scopes => [ 'read', 'write' ] })->{json}{token};
    push @people, { id => $id, client => $c, partner => $session->{user}{partner_id}, n => $n };
}
# An administrator's rights end at the scopes of his token, so administrators come by tokens made as one.
for my $p (@people[ 0, 1 ]) {
    change("/users/$p->{id}", { role => 'admin' });
    my $session = $desk->login("p$p->{n}");
    $p->{client}{token} = $session->api(POST => '/tokens', { name => 'a', scopes => [qw(read write admin)] })->{json}{token};
}
my @strangers = map { make('/contacts', { name => "Stranger $_" }) } 1 .. 3;
my @firms = map { make('/contacts', { name => "Firm $_", is_company => $true }) } 1, 2;
my @teams = map { make('/teams', { name => "Team $_", company_id => $companies[ $_ % 2 ] }) } 0 .. 5;
my @stages = map { make('/stages', { name => "Stage $_", team_ids => \@teams, fold => $_ == 2 ? $true : $false }) } 0 .. 2;

my (%seen, @wrong);
for my $world (1 .. $worlds) {
    my $from = last_seq();
    shuffle_world();
    push @wrong, map { "world $world: $_" } check_world($from);
    last if @wrong > 20;
}
is_deeply(\@wrong, [], "VIS-1..8, VIS-16, VIS-17, ACC-2: $worlds worlds (HD_SEED=$seed)");
note(join ', ', map { "$_ $seen{$_}" } sort keys %seen);
for my $kind (qw(admin user none portal)) {
    cmp_ok($seen{"$kind sees"} // 0, '>', $worlds / 2, "worlds where a ticket is seen: $kind");
    cmp_ok($seen{"$kind not"} // 0, '>', $worlds, "and hidden: $kind");
}
cmp_ok($seen{"$_ at the start"}, '>', $worlds / 5, "tickets were counted at the start: $_") for qw(my unassigned);
cmp_ok($seen{"colleagues see"} // 0, ">", $worlds / 8, 'D-11: tickets were shared in a company') if $worlds >= 100;     # in few by chance none is
cmp_ok($seen{events} // 0, '>', 20 * $worlds, 'and events were told');
my ($out, $err, $status) = $desk->ctl(['fsck'], ok => 0);
is($status, 0, 'fsck finds nothing') or diag("$out$err");
done_testing;

# ---- a random world ----

sub pick { my (@from) = @_; return $from[ rand @from ] }
sub some { my ($p, @from) = @_; return grep { rand() < $p } @from }

sub shuffle_world {
    for my $p (@people) {
        my $role = $p->{n} < 2 ? pick(qw(admin admin user)) : pick(qw(user user none portal portal));
        my @c = some(0.55, @companies);
        @c = (pick(@companies)) if !@c && $role ne 'portal';
        change("/users/$p->{id}", { role => $role, company_ids => \@c, company_id => $c[0], active => rand() < 0.93 ? $true : $false });
    }
    for my $t (@teams) {
        change("/teams/$t", { privacy_visibility => pick(qw(portal internal invited_internal)),
                              portal_share_company => rand() < 0.5 ? $true : $false, active => rand() < 0.9 ? $true : $false,
                              message_partner_ids => [ some(0.15, map({ $_->{partner} } @people), @strangers) ] });
    }
    change("/contacts/$_->{partner}", { parent_id => pick(undef, @firms) }) for some(0.4, @people);
    my @open = map { $_->{id} } grep { $_->{active} } my_teams();
    my @tickets = map { $_->{id} } $desk->dump_records('ticket');
    for my $id (some(0.3, @tickets)) {
        answer(DELETE => "/tickets/$id");
    }
    for (1 .. 6) {
        last if !@open;
        answer(POST => '/tickets', { name => 'Ticket', team_id => pick(@open), priority => '' . int rand 4,
                                     message_partner_ids => [ some(0.3, map { $_->{partner} } @people) ] });
    }
    for my $id (some(0.5, map { $_->{id} } $desk->dump_records('ticket'))) {
        answer(PATCH => "/tickets/$id", pick({ message_partner_ids => [ some(0.3, map { $_->{partner} } @people) ] },
            { active => rand() < 0.7 ? $true : $false }, { stage_id => pick(@stages) }, { team_id => pick(@teams) },
            { user_id => pick(undef, map { $_->{id} } @people) }, { priority => '' . int rand 4 },
            { partner_id => pick(undef, @strangers, @firms, map { $_->{partner} } @people) }));
    }
}

sub my_teams { my %own = map { $_ => 1 } @teams; return grep { $own{ $_->{id} } } $desk->dump_records('team') }

# ---- the oracle ----

sub has { my ($list, $id) = @_; return scalar grep { $_ == $id } @$list }

my %works_for;      # contact -> company or himself, in this world

sub sees_ticket {
    my ($u, $t, $team) = @_;
    return 0 if !$u->{active};
    my $follows = has($t->{message_partner_ids}, $u->{partner_id});
    if ($u->{role} eq 'portal') {
        # VIS-7, VIS-8, TKT-6; VIS-17 for portal users who have companies at all
        return 0 if @{ $u->{company_ids} } && !has($u->{company_ids}, $t->{company_id});
        my $shared = $team->{portal_share_company} && $t->{partner_id}                              # D-11
            && $works_for{ $t->{partner_id} } == $works_for{ $u->{partner_id} };
        $seen{'colleagues see'}++ if $shared && !$follows && $team->{privacy_visibility} eq 'portal';
        return $team->{privacy_visibility} eq 'portal' && $team->{active} && $t->{active} && ($follows || $shared);
    }
    return 0 if !has($u->{company_ids}, $t->{company_id});                       # VIS-17
    return 1 if $u->{role} eq 'admin';                                           # VIS-5
    return $follows if $u->{role} eq 'none';                                     # ACC-2
    return $team->{privacy_visibility} eq 'invited_internal' ? $follows : 1;     # VIS-1, VIS-3, VIS-6, VIS-7
}

sub reaches_team {
    my ($u, $team, $tickets) = @_;
    return 0 if $u->{role} eq 'portal' || !$u->{active} || !has($u->{company_ids}, $team->{company_id});
    return 1 if $u->{role} eq 'admin' || ($u->{role} eq 'user' && $team->{privacy_visibility} ne 'invited_internal');
    return 1 if has($team->{message_partner_ids}, $u->{partner_id});             # VIS-1
    return scalar grep { $_->{team_id} == $team->{id} && has($_->{message_partner_ids}, $u->{partner_id}) } @$tickets;   # VIS-2
}

# ---- the check ----

sub check_world {
    my ($from) = @_;
    my @tickets = sort { $b->{priority} <=> $a->{priority} || $b->{id} <=> $a->{id} } $desk->dump_records('ticket');
    my %team = map { $_->{id} => $_ } $desk->dump_records('team');
    my %user = map { $_->{id} => $_ } $desk->dump_records('user');
    %works_for = map { $_->{id} => $_->{is_company} ? $_->{id} : $_->{parent_id} // $_->{id} } $desk->dump_records('contact');
    my @bad;
    my %stream = map { $_->{id} => open_stream($_->{client}, $from) } grep { $user{ $_->{id} }{active} } @people;
    for my $p (@people) {
        my ($u, $c) = ($user{ $p->{id} }, $p->{client});
        my $name = "p$p->{n} $u->{role}" . ($u->{active} ? '' : ' archived');
        if (!$u->{active}) {
            my $r = $c->api(GET => '/tickets');
            push @bad, "$name: $r->{status}" if $r->{status} != 401;
            next;
        }
        my %may = map { $_->{id} => sees_ticket($u, $_, $team{ $_->{team_id} }) ? 1 : 0 } @tickets;
        $seen{"$u->{role} " . ($may{ $_->{id} } ? 'sees' : 'not')}++ for @tickets;

        # list, all pages, and count
        for my $active (qw(true false any)) {
            my @want = map { $_->{id} } grep { $may{ $_->{id} } && ($active eq 'any'
                || ($_->{active} && $team{ $_->{team_id} }{active} ? $active eq 'true' : $active eq 'false')) } @tickets;
            my @got = pages($c, "/tickets?active=$active&limit=7");
            push @bad, "$name: list $active: got @got want @want" if "@got" ne "@want";
            my $n = $c->api(GET => "/tickets/count?active=$active")->{json}{count};
            push @bad, "$name: count $active: $n, want " . @want if $n != @want;
        }
        for my $f (map { ("team_id=$_") } @teams) {
            my ($id) = $f =~ /(\d+)/;
            my $want = grep { $may{ $_->{id} } && $_->{team_id} == $id && $_->{active} && $team{$id}{active} } @tickets;
            my $n = $c->api(GET => "/tickets/count?$f")->{json}{count};
            push @bad, "$name: count $f: $n, want $want" if $n != $want;
        }
        my $someone = pick(@people);
        for my $f ([ user_id => $someone->{id} ], [ partner_id => $someone->{partner} ], [ stage_id => pick(@stages) ]) {
            my @want = map { $_->{id} } grep { $may{ $_->{id} } && ($_->{ $f->[0] } // 0) == $f->[1] } @tickets;
            my @got = pages($c, "/tickets?active=any&$f->[0]=$f->[1]");
            push @bad, "$name: list $f->[0]: got @got want @want" if "@got" ne "@want";
        }
        # export, groups, and what a command for many would touch
        my @active = map { $_->{id} } grep { $may{ $_->{id} } && $_->{active} && $team{ $_->{team_id} }{active} } @tickets;
        my $csv = $c->api(GET => '/tickets?format=csv&fields=id');
        my @rows = map { /^(\d+)/ ? $1 : () } split /\r?\n/, $csv->{body};
        push @bad, "$name: CSV @rows want @active" if "@rows" ne "@active";
        my $groups = $c->api(GET => '/tickets/groups?by=team_id')->{json};
        my %per;
        $per{ $_->{team_id} }++ for grep { has(\@active, $_->{id}) } @tickets;
        my %got = map { ($_->{value} => $_->{count}) } @{ $groups->{groups} };
        push @bad, "$name: groups " . json_text(\%got) if join(' ', map { "$_ $got{$_}" } sort keys %got) ne join ' ', map { "$_ $per{$_}" } sort keys %per;
        my $bulk = $c->api(POST => '/tickets/bulk?dry_run=1', { ids => [ map { $_->{id} } @tickets ], set => { priority => '1' } });
        if ($u->{role} !~ /^(?:user|admin)$/) {
            push @bad, "$name: bulk $bulk->{status}" if $bulk->{status} != 403;
        } elsif (@tickets) {
            my %status = map { ($_->{id} => $_->{status}) } @{ $bulk->{json}{results} };
            push @bad, "$name: bulk " . json_text($bulk->{json}) if grep { ($status{ $_->{id} } // 0) != ($may{ $_->{id} } ? 200 : 404) } @tickets;
        }
        # what pages begin with
        my $start = $c->api(GET => '/start')->{json};
        for my $list ($p->{n} % 4 ? () : qw(users teams stages types tags activity_types)) {
            my $alone = $c->api(GET => "/$list?active=any&limit=200")->{json};
            push @bad, "$name: start: $list" if json_text($start->{$list}) ne json_text($alone);
        }
        my @open = grep { has(\@active, $_->{id}) && !$_->{closed} } @tickets;
        my %want = (my => scalar(grep { ($_->{user_id} // 0) == $u->{id} } @open), unassigned => scalar(grep { !$_->{user_id} } @open));
        push @bad, map { "$name: start: $_ $start->{$_}, want $want{$_}" } grep { $start->{$_} != $want{$_} } keys %want;
        $seen{"$_ at the start"} += $want{$_} for keys %want;
        push @bad, "$name: start: who" if $start->{user}{id} != $u->{id};
        # read
        for my $t (@tickets) {
            my $r = $c->api($t->{id} % 4 ? 'HEAD' : 'GET', "/tickets/$t->{id}");
            push @bad, "$name: read $t->{id}: $r->{status}" if $r->{status} != ($may{ $t->{id} } ? 200 : 404);
        }
        # teams and boards
        my @reach = grep { reaches_team($u, $team{$_}, \@tickets) } @teams;
        my %shown = map { $_ => 1 } pages($c, '/teams?active=any');
        for my $id (@teams) {
            my $reaches = has(\@reach, $id);
            push @bad, "$name: team $id listed" if !!$shown{$id} ne !!$reaches;
            my $r = $c->api(GET => "/teams/$id");
            push @bad, "$name: team $id: $r->{status}" if $r->{status} != ($reaches ? 200 : 404);
            $r = $c->api(GET => "/teams/$id/board?limit=200");
            my $staff = $u->{role} eq 'user' || $u->{role} eq 'admin';
            my $want = !$staff ? 403 : $reaches ? 200 : 404;
            push @bad, "$name: board $id: $r->{status} want $want" if $r->{status} != $want;
            next if $r->{status} != 200;
            for my $col (@{ $r->{json}{columns} }) {
                my @in = map { $_->{id} } grep { $may{ $_->{id} } && $_->{team_id} == $id && $_->{active} && $team{$id}{active}
                    && $_->{stage_id} == $col->{stage}{id} } @tickets;
                my @got = map { $_->{id} } @{ $col->{tickets} };
                push @bad, "$name: board $id $col->{stage}{id}: got @got ($col->{count}) want @in"
                    if "@got" ne "@in" || $col->{count} != @in;
                push @bad, "$name: board $id shows hidden teams" if grep { !has(\@reach, $_) && $_ != 1 } @{ $col->{stage}{team_ids} };
            }
        }
        # events
        my %exists = map { $_->{id} => 1 } @tickets;
        for my $e (events($stream{ $p->{id} })) {
            $seen{events}++;
            if ($e->{type} eq 'ticket') {
                push @bad, "$name: event of hidden ticket $e->{id}" if $exists{ $e->{id} } && !$may{ $e->{id} };
                push @bad, "$name: event of gone ticket $e->{id}" if !$exists{ $e->{id} } && !($u->{role} eq 'admin' && $e->{kind} eq 'deleted');
                my $ids = $e->{changes}{team_id} // [];
                my %known = map { $_->{team_id} => 1 } grep { $may{ $_->{id} } } @tickets;
                push @bad, "$name: event names a hidden team"
                    if grep { defined && $team{$_} && $_ != 1 && !has(\@reach, $_) && !$known{$_} } @$ids;
            } elsif ($e->{type} eq 'team') {
                push @bad, "$name: event of hidden team $e->{id}" if $e->{id} != 1 && !has(\@reach, $e->{id});
            } elsif ($e->{type} eq 'notification') {
                push @bad, "$name: event of somebody's notification $e->{id}" if $u->{role} eq 'portal'
                    || !grep { $_->{id} == $e->{id} } @{ $c->api(GET => '/notifications?limit=200')->{json}{items} };
            } elsif ($u->{role} eq 'portal' || $u->{role} eq 'none') {
                push @bad, "$name: event of $e->{type} $e->{id}"
                    if $e->{type} !~ /^(?:company|stage)$/ && !($e->{type} eq 'user' && $e->{id} == $u->{id})
                    && !($e->{type} eq 'contact' && $e->{id} == $u->{partner_id});
                push @bad, "$name: event of $e->{type} $e->{id}" if $u->{role} eq 'portal' && $e->{type} =~ /^(?:company|stage)$/;
            }
        }
    }
    return @bad;
}

# ---- helpers ----

sub answer { my ($method, $path, $body) = @_; return $root->api($method, $path, $body) }

sub make {
    my ($path, $body) = @_;
    my $r = answer(POST => $path, $body);
    $r->{status} == 201 or die "POST $path: $r->{status} $r->{body}";
    return $r->{json}{id};
}

sub change {
    my ($path, $body) = @_;
    my $r = answer(PATCH => $path, $body);
    $r->{status} == 200 or die "PATCH $path " . json_text($body) . ": $r->{status} $r->{body}";
}

sub pages {
    my ($c, $path) = @_;
    my ($after, @ids) = ('');
    while (defined $after) {
        my $r = $c->api(GET => "$path&fields=id" . ($after ne '' ? "&after=$after" : ''));
        $r->{status} == 200 or die "$path: $r->{status} $r->{body}";
        push @ids, map { $_->{id} } @{ $r->{json}{items} };
        $after = $r->{json}{next};
    }
    return @ids;
}

sub last_seq { return (map { /"type":"event","seq":(\d+)/ ? $1 : () } split /\n/, scalar $desk->ctl(['dump']))[-1] // 0 }

# A stream of everything after a number; it is read when the other doors were asked, so the frames are there.
sub open_stream {
    my ($c, $after) = @_;
    my $s = $c->connect or die 'no connection';
    syswrite $s, "GET /api/v1/events?after=$after HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer $c->{token}\r\n\r\n";
    return $s;
}

sub events {
    my ($s) = @_;
    my ($got, $sel, $end) = ('', IO::Select->new($s), time + patience(5));
    while ($got !~ /\r\n\r\n.*retry: \d+/s && time < $end) {
        $sel->can_read(0.5) and sysread $s, $got, 65536, length $got or last;
    }
    while ($sel->can_read(0.002)) {
        sysread $s, $got, 65536, length $got or last;
    }
    $got =~ s/\r\n[0-9a-f]+\r\n//g;
    return map { JSON::PP::decode_json($_) } $got =~ /^data: (\{.*\})/mg;
}
