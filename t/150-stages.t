#!/usr/bin/perl

# Stages: order, folding, what may go.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Helpdesk;

my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $MANY = $ENV{HD_SANITIZED} ? 2500 : 12000;
my $desk = Helpdesk->new(workers => 2, sync => 'off')->seed->start;
my ($admin, $agent) = map { $desk->login($_) } qw(admin agent);
my $team = $admin->api(POST => '/teams', { name => 'Line' })->{json}{id};
my @stage = map { stage(name => $_->[0], fold => $_->[1], team_ids => [$team]) } [ 'A', $false ], [ 'B', $false ], [ 'C', $true ], [ 'D', $false ];
my %shared = map { $_->{id} => $_ } @{ $admin->api(GET => '/stages?limit=200')->{json}{items} };

# ---- STG-3 ----

my $r = $admin->api(PATCH => "/stages/$stage[0]", { legend_normal => 'Waits', legend_done => 'Ready', legend_blocked => 'Stuck', description => 'First' });
is_deeply([ @{ $r->{json} }{qw(legend_normal legend_done legend_blocked description)} ], [qw(Waits Ready Stuck First)], 'STG-3: legends of the kanban states');
is($admin->api(POST => '/stages', { team_ids => [$team] })->{status}, 422, 'STG-3: a stage has a name');

# ---- STG-4 ----

my $own = sub { my %mine = map { $_ => 1 } @stage; return [ grep { $mine{$_} } map { $_->{id} } @{ $agent->api(GET => '/stages?limit=200')->{json}{items} } ] };
is_deeply($own->(), \@stage, 'STG-4: new stages come last');
is($admin->api(PUT => '/stages/order', { ids => [ @stage[ 2, 0, 3, 1 ] ] })->{status}, 204, 'STG-4: a new order in one call');
is_deeply($own->(), [ @stage[ 2, 0, 3, 1 ] ], 'STG-4: is the order of the list');
is_deeply([ map { $_->{stage}{id} } grep { my $s = $_->{stage}{id}; grep { $s == $_ } @stage } @{ $agent->api(GET => "/teams/$team/board")->{json}{columns} } ],
          [ @stage[ 2, 0, 3, 1 ] ], 'STG-4, STG-21: and of the board, empty columns too');
my %after = map { $_->{id} => $_ } @{ $admin->api(GET => '/stages?limit=200')->{json}{items} };
my %mine = map { $_ => 1 } @stage;
is_deeply([ grep { !$mine{$_} && $after{$_}{version} != $shared{$_}{version} } keys %after ], [], 'STG-5: stages of others are not touched');
$admin->api(PATCH => "/stages/$_", { sequence => 7 }) for @stage;
is_deeply($own->(), [ sort { $a <=> $b } @stage ], 'STG-4: one sequence: by id');
$admin->api(PUT => '/stages/order', { ids => [ @stage[ 3, 2, 1, 0 ] ] });
is_deeply($own->(), [ @stage[ 3, 2, 1, 0 ] ], 'STG-4: also when they had one sequence');
my $versions = join ',', map { $_->{version} } @{ $admin->api(GET => '/stages?limit=200')->{json}{items} };
$admin->api(PUT => '/stages/order', { ids => [ @stage[ 3, 2, 1, 0 ] ] });
is(join(',', map { $_->{version} } @{ $admin->api(GET => '/stages?limit=200')->{json}{items} }), $versions, 'STG-4: the same order changes nothing');
for my $case ([ 'not there', [ $stage[0], 9999 ] ], [ 'twice', [ @stage[ 0, 0 ] ] ], [ 'no list', 5 ], [ 'no number', ['x'] ]) {
    is($admin->api(PUT => '/stages/order', { ids => $case->[1] })->{status}, 422, "STG-4: $case->[0]");
}
is($agent->api(PUT => '/stages/order', { ids => \@stage })->{status}, 403, 'STG-4: for administrators');
is_deeply($own->(), [ @stage[ 3, 2, 1, 0 ] ], 'STG-4: nothing of that was done');

# ---- STG-6, STG-7, STG-20 ----

my $t = $agent->api(POST => '/tickets', { name => 'x', team_id => $team, stage_id => $stage[0], kanban_state => 'blocked' })->{json};
is($agent->api(PATCH => "/tickets/$t->{id}", { stage_id => 1 })->{json}{fields}[0]{code}, 'not_of_team', 'STG-6: a stage of another team') if !grep { $_ == $team } @{ $shared{1}{team_ids} };
select undef, undef, undef, 0.005;        # times are milliseconds, and two writes fit into one
my $moved = $agent->api(PATCH => "/tickets/$t->{id}", { stage_id => $stage[1] })->{json};
is_deeply([ $moved->{kanban_state}, $moved->{date_last_stage_update} ne $t->{date_last_stage_update} ? 1 : 0 ], [ 'normal', 1 ],
          'STG-20: a move resets the state and is dated');
$moved = $agent->api(PATCH => "/tickets/$t->{id}", { stage_id => $stage[2] })->{json};
ok($moved->{closed} && $moved->{close_date}, 'STG-9, TKT-10: a folded stage closes');
$moved = $agent->api(PATCH => "/tickets/$t->{id}", { stage_id => $stage[0] })->{json};
is_deeply([ $moved->{closed}, $moved->{close_date} ], [ $false, undef ], 'TKT-10: an open one opens again');
my ($column) = grep { $_->{stage}{id} == $stage[0] } @{ $agent->api(GET => "/teams/$team/board")->{json}{columns} };
is_deeply([ (map { $_->{id} } @{ $column->{tickets} }), $agent->api(GET => "/teams/$team")->{json}{open_ticket_count} ], [ $t->{id}, 1 ],
          'STG-8: one that is not folded shows its tickets, and they count as open');

# ---- STG-18, STG-19 ----

$agent->api(PATCH => "/tickets/$t->{id}", { active => $false });
is($admin->api(DELETE => "/stages/$stage[0]")->{json}{code}, 'in_use', 'STG-18: an archived ticket keeps its stage');
is($admin->api(PATCH => "/stages/$stage[0]", { active => $false })->{status}, 409, 'STG-18: it is not archived either');
is($admin->api(PATCH => "/stages/$stage[0]", { team_ids => [] })->{status}, 409, 'STG-19: nor taken from the team');
$r = $admin->api(PATCH => "/teams/$team", { auto_close_ticket => $true, auto_close_day => 7, to_stage_id => $stage[2], from_stage_ids => [ $stage[1] ] });
is($r->{status}, 200, 'a team closes into C, out of B') or diag($r->{body});
for my $case ([ DELETE => 2 ], [ DELETE => 1 ], [ PATCH => 2, { active => $false } ], [ PATCH => 2, { team_ids => [] } ]) {
    my ($method, $i, $body) = @$case;
    my $x = $admin->api($method, "/stages/$stage[$i]", $body);
    is("$x->{status} $x->{json}{code}", '409 in_use', "STG-18: $method of a stage a team closes tickets with");
}
$admin->api(PATCH => "/teams/$team", { to_stage_id => undef, from_stage_ids => [] });
is($admin->api(DELETE => "/stages/$stage[2]")->{status}, 204, 'STG-18: an empty one nobody uses can go');

# ---- STG-11 with many tickets ----

my $file = $desk->dir . '/many.csv';
Helpdesk::write_file($file, "name,team_id,stage_id\n" . join '', map { "n$_,$team,$stage[3]\n" } 1 .. $MANY);
$desk->ctl([ 'import', $file ]);
my ($last) = sort { $a <=> $b } map { $_->{stage_id} == $stage[3] ? $_->{id} : () } $desk->dump_records('ticket');
$r = $admin->api(PATCH => "/stages/$stage[3]", { fold => $true });
is($r->{status}, 200, "STG-11: a stage with $MANY tickets is folded") or diag($r->{body});
my $touched = $agent->api(PATCH => "/tickets/$last", { priority => '3' })->{json};
is($touched->{closed}, $true, 'STG-11: what is changed meanwhile is closed at once');
ok(wait_until(60, sub { open_count() == 0 }), 'STG-11: the clock closes the rest') or diag(open_count());
my @tickets = grep { $_->{stage_id} == $stage[3] } $desk->dump_records('ticket');
is(scalar(grep { $_->{closed} && $_->{close_date} } @tickets), $MANY, 'STG-11: all are closed and dated');
my %dates = map { $_->{close_date} => 1 } grep { $_->{id} != $last } @tickets;
is(scalar keys %dates, 1, 'STG-11: with one date: the moment the stage was folded');
my ($mine) = map { $_->{write_uid} } grep { $_->{id} == $last + 1 } @tickets;
is($mine, $admin->{user}{id}, 'STG-11: in the name of who folded it');
$admin->api(PATCH => "/stages/$stage[3]", { fold => $false });
$admin->api(PATCH => "/stages/$stage[3]", { fold => $true });
$admin->api(PATCH => "/stages/$stage[3]", { fold => $false });
ok(wait_until(60, sub { open_count() == $MANY }), 'STG-11: back and forth: all are open in the end') or diag(open_count());
is(scalar(grep { $_->{stage_id} == $stage[3] && ($_->{closed} || $_->{close_date}) } $desk->dump_records('ticket')), 0, 'STG-11: without a date');
my ($out, $err, $status) = $desk->ctl(['fsck'], ok => 0);
is($status, 0, 'counters equal recounts') or diag("$out$err");
done_testing;

sub stage {
    my $x = $admin->api(POST => '/stages', {@_});
    $x->{status} == 201 or die "stage: $x->{body}";
    return $x->{json}{id};
}

sub open_count { return $agent->api(GET => "/tickets/count?stage_id=$stage[3]&closed=false")->{json}{count} }
