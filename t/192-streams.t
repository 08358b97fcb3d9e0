#!/usr/bin/perl

# Many streams: each is told every event its user may see, once, in the order of the commits, while many write; what an
# idle one costs; how they come back.
#
#     HD_STREAMS=1000 HD_IDLE=10000 prove -It/lib t/192-streams.t        the long form; else 200 and 1000

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Time::HiRes qw(time sleep);
use Helpdesk;
use Hearers;
use Stream;

my $streams = $ENV{HD_STREAMS} // 200;
my $idle = $ENV{HD_IDLE} // ($ENV{HD_SANITIZED} ? 100 : 1000);
my $writers = $streams >= 1000 ? 64 : 16;
my $each = 6;

sub quantile { my ($q, @v) = @_; return (sort { $a <=> $b } @v)[$q * $#v] }

# ---- 64 write, 1000 listen ----

my $desk = Helpdesk->new(workers => 2, sync => 'off', reuseport => 1, connections => 4096,
                         http => 'helpdesk_stream_max 4000;')->seed;
$desk->add_user(pia => 'portal')->add_user(ben => 'user')->start;
my %who = map { $_ => $desk->login($_) } qw(admin agent ben pia);
my $admin = $who{admin};
my $open = $admin->api(POST => '/teams', { name => 'Open', privacy_visibility => 'portal' })->{json}{id};
my $private = $admin->api(POST => '/teams', { name => 'Private', privacy_visibility => 'invited_internal' })->{json}{id};
my $follow = sub { my ($id, @names) = @_;
    $admin->api(PATCH => "/tickets/$id", { message_partner_ids => [ map { $who{$_}{user}{partner_id} } @names ] }) };
my ($shared, $hidden) = map { $admin->api(POST => '/tickets', { name => 'T', team_id => $_ })->{json}{id} } $open, $private;
$follow->($shared, qw(agent ben pia));
$follow->($hidden, qw(ben));
my $last_seq = sub { $admin->api(GET => '/audit?limit=1')->{json}{items}[0]{seq} };
my $from = $last_seq->();

my @names = sort keys %who;
my $many = Hearers->new($desk, map { [ $streams / @names, $who{$_} ] } @names);
ok(defined $many->opened, "$streams streams are open");
my @sockets = map { my $pid = $_; scalar grep { (readlink $_ // '') =~ /^socket:/ } glob "/proc/$pid/fd/*" } $desk->worker_pids;
cmp_ok($sockets[$_], '>', $streams / 5, "worker $_ has some of them") for 0, 1;

# Each writer keeps a ledger of what was acknowledged.
my @ledger = map { @{ $_ // [] } } parallel($writers, sub {
    my ($i) = @_;
    my $c = $desk->client;
    @$c{qw(cookie csrf)} = @$admin{qw(cookie csrf)};
    my @said;
    for my $n (1 .. $each) {
        my $team = ($open, $private, 1)[ $n % 3 ];
        my $r = $c->api(POST => '/tickets', { name => "Writer $i, $n", team_id => $team });
        my $new = $r->{json}{id};
        push @said, [ $r->{status}, 'created', $new ];
        for my $id ($shared, $hidden, $new) {
            $r = $c->api(PATCH => "/tickets/$id", { name => "By $i, $n" });
            push @said, [ $r->{status}, 'changed', $id ];
        }
    }
    return \@said;
});
is_deeply([ grep { $_->[0] != 201 && $_->[0] != 200 } @ledger ], [], 'every write is acknowledged');
is(scalar @ledger, $writers * $each * 4, "by $writers writers");
$admin->api(PATCH => "/tickets/$shared", { name => 'The end' });
my $end = $last_seq->();
my ($behind, $ms) = $many->wait_for($end, patience(5));
is($behind, 0, "every stream hears the last event (${ms} ms)");

my @heard = $many->tell;
for my $g (0 .. $#names) {
    my $h = $heard[$g];
    is("$h->{closed} $h->{odd}", '0 0', "$names[$g]: all $h->{n} streams heard the same, and none ended");
    my $log = Stream->new($who{ $names[$g] }, after => $from);
    $log->until(5, sub { grep { $_->{seq} == $end } $_[0]->events });
    my @events = $log->events;
    is_deeply($h->{seqs}, [ map { $_->{seq} } @events ], "$names[$g]: each event of the log that may be seen, once, in its order");
    is(scalar(grep { $h->{seqs}[$_] <= $h->{seqs}[ $_ - 1 ] } 1 .. $#{ $h->{seqs} }), 0, "$names[$g]: upwards");
    $h->{count} = {};
    $h->{count}{"$_->{kind} $_->{id}"}++ for grep { $_->{type} eq 'ticket' } @events;
    $log->close;
}
my %want = ("changed $shared" => 1);                     # the end
$want{"$_->[1] $_->[2]"}++ for @ledger;
my %of = map { $names[$_] => $heard[$_]{count} } 0 .. $#names;
is_deeply($of{admin}, \%want, 'who sees everything hears of every acknowledged write, once');
is($of{pia}{"changed $shared"}, $want{"changed $shared"}, 'a customer hears of the ticket he follows');
is_deeply([ sort keys %{ $of{pia} } ], [ "changed $shared" ], 'and of no other');
is($of{agent}{"changed $hidden"}, undef, 'VIS-16: an agent hears nothing of a team that is not his');
is($of{ben}{"changed $hidden"}, $want{"changed $hidden"}, 'but a follower does');

# ---- F29: who is cut off comes back at a time of his own ----

my @retry = map { @{ $_->{retries} } } @heard;
is(scalar(grep { $_ < 2000 || $_ >= 6000 } @retry), 0, 'the time for coming back is between two seconds and six');
for my $quarter (0 .. 3) {
    my $n = grep { int(($_ - 2000) / 1000) == $quarter } @retry;
    cmp_ok($n, '>', @retry / 10, "a fair part of the streams comes back in second $quarter ($n)");
}

# ---- F22: the end of a session ends all its streams ----

my $start = time;
$admin->api(PATCH => "/users/$who{ben}{user}{id}", { active => JSON::PP::false });
my ($of_ben) = grep { $names[$_] eq 'ben' } 0 .. $#names;
my @after;
ok(wait_until(2, sub { @after = $many->tell; $after[$of_ben]{closed} == $after[$of_ben]{n} }),
   sprintf('all streams of who was archived end (%.0f ms)', 1000 * (time - $start)));
is(scalar(grep { $_->{closed} } @after), 1, 'and nobody else\'s');
$many->close;

# ---- F22: idle ones ----

# With less than a sixteenth of its connections free nginx closes those that have asked for nothing yet.
my $room = int(1.2 * $idle) + 200;
my $quiet = Helpdesk->new(sync => 'off', connections => $room, main => "worker_rlimit_nofile $room;",
                          http => 'helpdesk_stream_max ' . ($idle + 10) . ';')->seed->start;
my $boss = $quiet->login('admin');
my $kb = sub { my ($pid) = $quiet->worker_pids; slurp("/proc/$pid/status") =~ /RssAnon:\s+(\d+) kB/ or die 'RssAnon'; return $1 };
$boss->api(GET => '/tickets') for 1 .. 3;
my $before = $kb->();
my @took;
my $herd = Hearers->new($quiet, [ $idle, $boss ]);
my $is_open = sub { vec(my $bits = '', fileno $herd->{out}, 1) = 1; return select $bits, undef, undef, 0 };
do {
    my $t = time;
    $boss->api(GET => '/tickets')->{status} == 200 or fail('a list while streams are opened');
    push @took, time - $t;
} until $is_open->();
my $opened = $herd->opened;
ok(defined $opened, "$idle streams on one worker are open (${\ ($opened // '-') } ms)");
my $slow = quantile(0.99, @took);
cmp_ok($slow, '<', patience(0.125), sprintf('F29: meanwhile a list takes %.0f ms at the 99th percentile', 1000 * $slow));
my $first = $boss->api(POST => '/tickets', { name => 'To all' });
($behind, $ms) = $herd->wait_for($boss->api(GET => '/audit?limit=1')->{json}{items}[0]{seq}, patience(2));
is($behind, 0, "all are told of a ticket (${ms} ms)");
my $cost = ($kb->() - $before) / $idle;
SKIP: {
    skip 'under a sanitizer memory says nothing', 1 if $ENV{HD_SANITIZED};
    cmp_ok($cost, '<', $idle < 1000 ? 12 : 10, sprintf('an idle stream costs %.2f KB', $cost));
}
my $now = time;
$boss->api(POST => '/logout');
ok(wait_until(2, sub { my ($g) = $herd->tell; $g->{closed} == $idle }), sprintf('logout ends all (%.0f ms)', 1000 * (time - $now)));
$herd->close;

# ---- presence ends when nobody says again that he is there ----

my $day = '2026-03-02T10:00:00Z';
my $timed = Helpdesk->new(sync => 'off', clock => $day)->seed->start;
my ($one, $two) = map { $timed->login($_) } qw(admin agent);
my $seen = $one->api(POST => '/tickets', { name => 'Looked at', team_id => 1 })->{json}{id};
my $watch = Stream->new($one);
my $states = sub { join ' ', map { $_->{state} } $_[0]->presence };
$two->api(POST => "/tickets/$seen/presence", { state => 'typing' });
ok($watch->until(2, sub { $states->($_[0]) eq 'typing' }), 'somebody writes');
$timed->at($day, 20);
$two->api(POST => "/tickets/$seen/presence", { state => 'typing' });
$timed->at($day, 44);                              # 24 seconds since the sign, and up to 4 pass here
$watch->until(0.4, sub { 0 });
is($states->($watch), 'typing', 'and is there 24 seconds after the last sign');
$timed->at($day, 51);
ok($watch->until(3, sub { $states->($_[0]) eq 'typing gone' }), 'after 30 he is gone') or diag($states->($watch));
$watch->close;
done_testing;
