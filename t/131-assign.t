#!/usr/bin/perl

# Automatic assignment under load: equal numbers, whatever worker takes the ticket; ties worked by hand.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Helpdesk;

my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $desk = Helpdesk->new(workers => 2, sync => 'off')->seed;
$desk->add_user($_ => 'user') for qw(ann ben cid);
$desk->add_user(pia => 'portal')->start;
my $admin = $desk->login('admin');
my %uid = map { $_->{login} => $_->{id} } $desk->dump_records('user');
my @members = @uid{qw(ann ben cid)};

# ---- by hand ----

my $team = team('Balanced', 'balanced');
is_deeply([ who($team, 6) ], [ @members, @members ], 'ASG-8: balanced: ties go to the lowest id, in turn');
my @open = map { $_->{id} } grep { ($_->{user_id} // 0) == $uid{ben} } $desk->dump_records('ticket');
change($_, { stage_id => closing($team) }) for @open;
is_deeply([ who($team, 3) ], [ @uid{qw(ben ben ann)} ], 'ASG-8: closed tickets do not count: ben catches up, then the lowest id');
change($open[0], { stage_id => opening($team) });
is_deeply([ who($team, 2) ], [ @uid{qw(cid ann)} ], 'ASG-8: a reopened one counts again: 3, 3 and 2 give cid, then the lowest id');

my $other = team('Elsewhere', 'balanced');
is_deeply([ who($other, 2) ], [ @uid{qw(ben cid)} ], 'D-2: open tickets of other teams count: 4, 3 and 3');
change((tickets($other))[0], { active => $false });
is_deeply([ who($other, 1) ], [ $uid{ben} ], 'D-2: archived ones do not');

$team = team('Random', 'randomly');
is_deeply([ who($team, 4) ], [ @uid{qw(ann ben cid ann)} ], 'ASG-7, D-1: no previous one: the lowest id; then each in turn');
my ($first) = tickets($team);
change($first, { stage_id => closing($team) });
is_deeply([ who($team, 2) ], [ @uid{qw(ben cid)} ], 'ASG-7: the state of a ticket does not matter');
change($first, { active => $false });
is_deeply([ who($team, 1) ], [ $uid{ann} ], 'ASG-7: nor that it is archived');
# ever: ann 3, ben 2, cid 2; the last automatic one got ann
is_deeply([ who($team, 1) ], [ $uid{ben} ], 'D-1: the next tied member after the last one');
my $r = $admin->api(POST => '/tickets', { name => 'by hand', team_id => $team, user_id => $uid{cid} });
is($r->{json}{user_id}, $uid{cid}, 'ASG-2: an explicit assignee wins');
# ever: ann 3, ben 3, cid 3; the last automatic one got ben
is_deeply([ who($team, 1) ], [ $uid{cid} ], 'D-1: what was given by hand counts, but the turn goes on after ben');
is_deeply([ who($team, 2) ], [ @uid{qw(ann ben)} ], 'D-1: then around');

# Who may not hold a ticket is no candidate.
$admin->api(PATCH => "/users/$uid{cid}", { active => $false });
is_deeply([ sort { $a <=> $b } who($team, 4) ], [ (@uid{qw(ann)}) x 2, (@uid{qw(ben)}) x 2 ], 'ASG-3: an archived member gets none');
$admin->api(PATCH => "/users/$uid{cid}", { active => $true });
is($admin->api(PATCH => "/teams/$team", { member_ids => [ @members, $uid{pia} ] })->{status}, 422, 'MAN-2: a portal user is no member');
$r = $admin->api(POST => '/tickets', { name => 'closed', team_id => $team, stage_id => closing($team) });
is($r->{json}{user_id}, undef, 'ASG-11: created in a folded stage: not assigned');
is($admin->api(PATCH => "/teams/$team", { auto_assignment => $false })->{status}, 200, 'the option goes off');
is_deeply([ who($team, 2) ], [ undef, undef ], 'ASG-1: then nobody is assigned');
is($admin->api(POST => '/teams', { name => 'New team' })->{json}{auto_assignment}, $false, 'ASG-1: off by default');

# Entering a team (D-15).
my $plain = $admin->api(POST => '/tickets', { name => 'moves', team_id => 1 })->{json};
is($plain->{user_id}, undef, 'a ticket without assignee');
my $moved = change($plain->{id}, { team_id => $other });
ok((grep { $_ == ($moved->{user_id} // 0) } @members), 'ASG-2, D-15: is assigned when it moves into a team with the option on');
my $kept = change(make(1, user_id => $uid{admin}), { team_id => $other });
is($kept->{user_id}, $uid{admin}, 'D-15: an assignee it has is kept');

# All with rights when the list is empty (ASG-3).
my $all = team('Everybody', 'randomly', member_ids => []);
is_deeply([ sort { $a <=> $b } who($all, 5) ], [ sort { $a <=> $b } @uid{qw(admin agent ann ben cid)} ],
          'ASG-3: no members: every user and administrator once, no portal user');

# Nine tickets in one call, balanced: each sees where the one before went.
my $one_call = team('In one call', 'balanced');
change($_->{id}, { active => $false }) for grep { $_->{active} } $desk->dump_records('ticket');
my $csv = join '', map { "$_\r\n" } 'name,team_id', map { "row $_,In one call" } 1 .. 9;
is($admin->api(POST => '/tickets/import', undef, raw_body => $csv, type => 'text/csv')->{status}, 200, 'imported');
my %each;
$each{ $_->{user_id} // 'nobody' }++ for grep { $_->{team_id} == $one_call } $desk->dump_records('ticket');
is_deeply(\%each, { map { $_ => 3 } @members }, 'ASG-10: of a batch each is assigned after the one before');

# ---- at once, over two workers ----

for my $method (qw(balanced randomly)) {
    my $t = team("At once $method", $method);
    if ($method eq 'balanced') {
        change($_->{id}, { active => $false }) for grep { $_->{active} } $desk->dump_records('ticket');
    }
    my ($port, @auth) = ($desk->{port}, @$admin{qw(cookie csrf)});
    my @got = parallel(30, sub {
        my ($i) = @_;
        my $c = Helpdesk::Client->new($port);
        @$c{qw(cookie csrf)} = @auth;
        my $x = $c->api(POST => '/tickets', { name => "at once $i", team_id => $t });
        return $x->{json}{user_id} // "$x->{status} $x->{body}";
    });
    my %n;
    $n{$_}++ for @got;
    is_deeply(\%n, { map { $_ => 10 } @members }, "ASG-13: $method: 30 at once over two workers: 10 each") or diag("@got");
    my %stored;
    $stored{ $_->{user_id} }++ for grep { $_->{team_id} == $t } $desk->dump_records('ticket');
    is_deeply(\%stored, \%n, "$method: the store says the same");
    my @refs = map { $_->{ticket_ref} } $desk->dump_records('ticket');
    my %refs = map { $_ => 1 } @refs;
    is(scalar keys %refs, scalar @refs, 'T-19: every reference is given once');
}
my ($out, $err, $status) = $desk->ctl(['fsck'], ok => 0);
is($status, 0, '4.1: counters equal recounts') or diag("$out$err");
done_testing;

sub team {
    my ($name, $method, %more) = @_;
    my $x = $admin->api(POST => '/teams', { name => $name, auto_assignment => $true, assign_method => $method,
                                            member_ids => \@members, %more });
    $x->{status} == 201 or die "team: $x->{body}";
    my $id = $x->{json}{id};
    for my $stage ([ "Open $name", $false ], [ "Closed $name", $true ]) {
        my $s = $admin->api(POST => '/stages', { name => $stage->[0], fold => $stage->[1], team_ids => [$id] });
        $s->{status} == 201 or die "stage: $s->{body}";
    }
    return $id;
}

sub stage_of { my ($t, $fold) = @_;
    my @own = grep { !!$_->{fold} == $fold && grep { $_ == $t } @{ $_->{team_ids} } } $desk->dump_records('stage');
    return $own[0]{id};
}
sub opening { return stage_of($_[0], !!0) }
sub closing { return stage_of($_[0], !!1) }

sub make {
    my ($t, %more) = @_;
    my $x = $admin->api(POST => '/tickets', { name => 'x', team_id => $t, %more });
    $x->{status} == 201 or die "ticket: $x->{body}";
    return $x->{json}{id};
}

# Makes n tickets; who got them.
sub who {
    my ($t, $n) = @_;
    return map { $admin->api(POST => '/tickets', { name => "n $_", team_id => $t })->{json}{user_id} } 1 .. $n;
}

sub tickets { my ($t) = @_; return sort { $a <=> $b } map { $_->{id} } grep { $_->{team_id} == $t } $desk->dump_records('ticket') }

sub change {
    my ($id, $body) = @_;
    my $x = $admin->api(PATCH => "/tickets/$id", $body);
    $x->{status} == 200 or die "change $id: $x->{body}";
    return $x->{json};
}
