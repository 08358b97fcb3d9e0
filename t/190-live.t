#!/usr/bin/perl

# The live stream, further: what it is about, presence, and that a reload loses and doubles nothing.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Time::HiRes qw(time sleep);
use Helpdesk;
use Stream;

my $desk = Helpdesk->new(workers => 2, sync => 'off')->seed;
$desk->add_user(nora => 'none')->add_user(pia => 'portal')->add_user(ben => 'user')->start;
my $admin = $desk->login('admin');
my ($agent, $ben, $nora, $pia) = map { $desk->login($_) } qw(agent ben nora pia);
my $secret = $admin->api(POST => '/teams', { name => 'Private', privacy_visibility => 'invited_internal' })->{json}{id};
my $other = $admin->api(POST => '/teams', { name => 'Other', privacy_visibility => 'portal' })->{json}{id};
my $partners = sub { [ map { $_->{user}{partner_id} } @_ ] };
my $make = sub { my ($name, $team, @who) = @_;
    $admin->api(POST => '/tickets', { name => $name, team_id => $team, message_partner_ids => $partners->(@who) })->{json}{id} };

# ---- what a stream is about ----

my ($one, $two, $three) = ($make->('One', 1), $make->('Two', 1), $make->('Three', $other));
my %s = (one => Stream->new($agent, after => 0, query => "ticket_id=$one"),
         team => Stream->new($agent, after => 0, query => 'team_id=1'),
         both => Stream->new($agent, after => 0, query => "team_id=$other&ticket_id=$one"));
$admin->api(PATCH => "/tickets/$one", { priority => '1' });
$admin->api(PATCH => "/tickets/$three", { priority => '1' });
$admin->api(PATCH => "/tickets/$two", { team_id => $other });
my $end = $make->('End', 1);
ok($s{team}->until(5, sub { grep { $_->{id} == $end && $_->{type} eq 'ticket' } $_[0]->events }), 'the stream of a team goes on');
my @of = map { "$_->{type} $_->{id}" } $s{one}->drain->events;
is_deeply(\@of, [ ("ticket $one") x 2 ], 'ticket_id=: that ticket and no other');
my %ids = map { $_->{id} => 1 } grep { $_->{type} eq 'ticket' } $s{team}->events;
is_deeply([ sort { $a <=> $b } keys %ids ], [ $one, $two, $end ], 'team_id=: tickets of the team, also the one that left');
is(scalar(grep { $_->{id} == $two && $_->{kind} eq 'changed' } $s{team}->events), 1, 'of which it is told that it left');
is_deeply([ grep { $_->{type} ne 'ticket' && !($_->{type} eq 'team' && $_->{id} == 1) } $s{team}->events ], [], 'and nothing else');
is_deeply([ $s{both}->drain->events ], [], 'both: what fits both');
for my $bad ('ticket_id=0', 'ticket_id=x', 'team_id=', 'team_id=99999999999', 'tickets=1') {
    my $r = $agent->api(GET => "/events?$bad");
    is("$r->{status} $r->{json}{code}", '422 bad_filter', "$bad is refused");
    is($r->{json}{fields}[0]{field}, (split /=/, $bad)[0], 'and named');
}

# ---- presence ----

my $hidden = $make->('Hidden', $secret, $ben);
my $shown = $make->('Shown', $other, $nora, $pia);
my %hear = map { $_->[0] => Stream->new($_->[1]) } [ agent => $agent ], [ ben => $ben ], [ nora => $nora ], [ pia => $pia ], [ admin => $admin ];
my $say = sub { my ($who, $ticket, $state) = @_; $who->api(POST => "/tickets/$ticket/presence", { state => $state }) };
my $heard = sub { my ($s, $ticket) = @_; [ map { "$_->{user_id} $_->{state}" } grep { $_->{ticket_id} == $ticket } $s->presence ] };
my $start = time;
is($say->($agent, $shown, 'viewing')->{status}, 204, 'somebody looks at a ticket');
ok($hear{admin}->until(2, sub { $_[0]->presence }), 'another is told');
cmp_ok(time - $start, '<', patience(0.2) + 0.2, 'at once');
my ($p) = $hear{admin}->presence;
is_deeply($p, { ticket_id => $shown, user_id => $agent->{user}{id}, name => $agent->{user}{name}, state => 'viewing' }, 'who, and what');
$say->($agent, $shown, 'viewing') for 1 .. 3;
$say->($agent, $shown, 'typing');
$say->($pia, $shown, 'typing');
$say->($ben, $hidden, 'viewing');
$say->($agent, $shown, 'gone');
my $ag = $agent->{user}{id};
my $c = $pia->{user}{id};
my @said = ("$ag viewing", "$ag typing", "$c typing", "$ag gone");
for my $who (qw(admin ben nora)) {
    ok($hear{$who}->until(2, sub { @{ $heard->($_[0], $shown) } >= 4 }), "$who hears to the end");
    is_deeply($heard->($hear{$who}, $shown), \@said, "$who hears what changes, once");
}
ok($hear{admin}->until(2, sub { @{ $heard->($_[0], $hidden) } }), 'an administrator hears of the hidden ticket');
is_deeply($heard->($hear{agent}->drain, $shown), [ "$c typing" ], 'nobody hears of himself');
is_deeply([ map { @{ $heard->($hear{$_}->drain, $hidden) } } qw(agent nora) ], [], 'VIS-16: of a hidden ticket only who sees it');
is_deeply([ $hear{pia}->drain->presence ], [], 'customers hear of nobody');
unlike($hear{admin}{text}, qr/^event: presence\nid:/m, 'presence has no number: it is not resumed');
my $late = Stream->new($admin);
is_deeply($heard->($late->drain, $shown), [ "$c typing" ], 'who comes later is told who is there now');

for (['not yours to see', $agent, $hidden, 'viewing', '404 not_found'], ['not there', $agent, 99999, 'viewing', '404 not_found'],
     ['no state', $agent, $shown, 'asleep', '422 invalid'], ['empty', $agent, $shown, '', undef]) {
    my ($name, $who, $ticket, $state, $want) = @$_;
    my $r = $say->($who, $ticket, $state);
    defined $want ? is("$r->{status} $r->{json}{code}", $want, "refused: $name") : cmp_ok($r->{status}, '>=', 400, "refused: $name");
}
is($desk->client->api(POST => "/tickets/$shown/presence", { state => 'viewing' })->{status}, 401, 'refused: nobody');
my @many = map { $make->("Many $_", 1) } 1 .. 20;
$say->($ben, $_, 'viewing') for @many;
ok($hear{agent}->until(2, sub { @{ $heard->($_[0], $many[-1]) } }), 'the last of many is told');
my $again = Stream->new($agent)->drain;
cmp_ok(scalar(grep { $_->{user_id} == $ben->{user}{id} } $again->presence), '<=', 16, 'but one user is in so many places at most');
$_->close for values %s, values %hear, $late, $again;

# ---- CHT: a write on one worker is seen on the other at once ----

my @both = map { Stream->new($agent) } 1 .. 8;             # of both workers, whoever accepts
my (@slow, $n);
for my $i (1 .. 20) {
    my $t = time;
    my $id = $make->("Fast $i", 1);
    my $answered = time;
    for my $s (@both) {
        $s->until(2, sub { grep { $_->{type} eq 'ticket' && $_->{id} == $id } $_[0]->events }) or fail('a stream is not told');
    }
    push @slow, time - $answered;
}
@slow = sort { $a <=> $b } @slow;
cmp_ok($slow[10], '<', patience(0.2), sprintf('200 ms from the answer to all streams (%.0f ms)', $slow[10] * 1000));

# ---- a reload: nothing lost, nothing twice ----

my @made;
for my $i (1 .. 30) {
    push @made, $make->("Reload $i", 1);
    $desk->reload if $i == 5 || $i == 18;
    for my $s (@both) {
        $s->read(0);
        $s->resume if $s->{closed};
    }
}
for my $s (@both) {
    next if $s->{resumed};
    $s->until(8, sub { $_[0]{closed} });            # what was written meanwhile came through the old worker
    $s->resume;
}
push @made, $make->('Reloaded', 1);
for my $s (@both) {
    my $until = time + patience(8);
    while (time < $until && !grep { $_->{type} eq 'ticket' && $_->{id} == $made[-1] } $s->events) {
        $s->read(0.2);
        $s->resume if $s->{closed};
    }
    my %seen;
    my @got = grep { $_->{type} eq 'ticket' && $_->{id} >= $made[0] } $s->events;
    is_deeply([ map { $_->{id} } @got ], \@made, 'a reload moves the stream: each event once, in order');
}
cmp_ok(scalar(grep { $_->{resumed} } @both), '>=', 8, 'each was cut off and came back');
$_->close for @both;
done_testing;
