#!/usr/bin/perl

# A team of 100,000 tickets changes from public to private and back (VIS-11 .. VIS-13, VIS-15).  What is lost is lost at once in every
# list; what is gained opens at once by its number and stands in lists when the rows have followed.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Time::HiRes qw(time);
use Helpdesk;

my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $N = $ENV{HD_SANITIZED} ? 4000 : 100_000;
my $desk = Helpdesk->new(workers => 2, sync => 'off', size => '4g')->seed;
$desk->ctl([ 'gen', $N, '--seed', 7 ]);
$desk->add_user(pia => 'portal')->add_user(ann => 'user')->add_user(pim => 'portal')->add_user(ben => 'user')->start;
my ($admin, $agent, $ann, $pia, $pim) = map { $desk->login($_) } qw(admin ben ann pia pim);
my $anon = $desk->client;
my %p = map { $_->{user}{login} => $_->{user}{partner_id} } $ann, $pia, $pim;
my $team = 1;
is(count($agent, 'active=any'), $N, "a team of $N tickets");
# ---- the world before ----

my $of = sub { $admin->api(GET => "/tickets?team_id=1&limit=1&fields=id&$_[0]")->{json}{items}[0]{id} };
my %t = (new => $of->('closed=false&sort=-id'), old => $of->('closed=false&sort=id'), done => $of->('closed=true&sort=id'),
         archived => $of->('closed=false&sort=id&id.ne=' . $of->('closed=false&sort=id')));
patch("/tickets/$t{$_}", { partner_id => $p{pim}, message_partner_ids => [ @p{qw(ann pia pim)} ] }) for sort keys %t;
patch("/tickets/$t{archived}", { active => $false });
my $open = count($agent);
my $middle = $of->('closed=false&sort=id&id.ne=' . $of->('closed=false&sort=-id') . "&message_partner_ids.ne=$p{pia}");
my %link = map { $_ => ($agent->api(POST => "/tickets/$t{$_}/link")->{json}{url} // '') =~ m{(/support/.*)} } qw(new done);
is(join(' ', map { $anon->request(GET => $link{$_})->{status} } qw(new done)), '200 200', 'PRT-4: links work');
my $took = timed(sub { patch("/teams/$team", { message_partner_ids => [ @p{qw(ann pia)} ] }) });
is($pia->api(GET => "/tickets/$middle")->{status}, 200, 'D-8: who follows the team may open its open tickets, at once');
ok(wait_until(30, sub { count($pia) == $open }), 'D-8: they come into his list') or diag(count($pia));
settled('D-8: nothing else does', pia => $open + 2);

# ---- public -> private ----

my $dry = $admin->api(PATCH => "/teams/$team?dry_run=1", { privacy_visibility => 'invited_internal' })->{json};
is_deeply([ $dry->{tickets}, $dry->{links_end} ], [ $N, 2 ], 'VIS-14: said before');
is(join(' ', map { "$_->{name}:$_->{tickets}" } grep { $_->{kind} eq 'portal' } @{ $dry->{lose} }), 'Pia:' . ($open + 1) . ' Pim:3', 'VIS-14: who loses how many');
$took = timed(sub { patch("/teams/$team", { privacy_visibility => 'invited_internal' }) });
is_deeply([ map { count($_) } $pia, $pim ], [ 0, 0 ], 'VIS-8: portal users have none, at once');
is(join(' ', map { $pia->api(GET => "/tickets/$t{$_}")->{status} } sort keys %t), '404 404 404 404', 'VIS-16: not by number either');
is(join(' ', map { $anon->request(GET => $link{$_})->{status} } qw(new done)), '404 404', 'VIS-12: links are dead at once');
is(count($agent), 0, 'VIS-1: who does not follow has none');
is(count($ann), $open, 'VIS-3: who follows keeps all he followed');
is_deeply([ followers($t{$_}) ], [ $p{ann} ], "VIS-11: only the portal users left: $_") for sort keys %t;
cmp_ok($took, '<', patience(5), "the answer did not wait for the rows ($took s)");

# ---- and back, while that is under way ----

$took = timed(sub { patch("/teams/$team", { privacy_visibility => 'portal' }) });
is_deeply([ count($pia), count($agent) ], [ 0, $open ], 'VIS-13: others get nothing back; VIS-7: colleagues see all, at once');
is(join(' ', map { $pim->api(GET => "/tickets/$t{$_}")->{status} } qw(new old done archived)), '200 200 200 404', 'VIS-13, TKT-6: but for archived ones');
is_deeply([ followers($t{$_}) ], [ sort { $a <=> $b } @p{qw(ann pim)} ], "VIS-13: the customer follows: $_") for sort keys %t;
is(join(' ', map { $anon->request(GET => $link{$_})->{status} } qw(new done)), '404 404', 'VIS-12: old links stay dead');
ok(wait_until(30, sub { count($pim, '') == 3 }), 'VIS-13: the customer has his in his list') or diag(count($pim, ''));
settled('VIS-11: nowhere in the store is he left, archived tickets included', pia => 0);
my ($fresh) = $agent->api(POST => "/tickets/$t{new}/link")->{json}{url} =~ m{(/support/.*)};
isnt($fresh, $link{new}, 'VIS-12: a new link is another');
is($anon->request(GET => $fresh)->{status}, 200, 'VIS-12: and works');

# ---- TEAM-7 ----

my $second = $admin->api(POST => '/companies', { name => 'Second' })->{json}{id};
my $bound = $admin->api(POST => '/contacts', { name => 'Bound', company_id => 1 })->{json}{id};
patch("/users/$_", { company_ids => [ 1, $second ] }) for map { $_->{id} } @{ $admin->api(GET => '/users?limit=200')->{json}{items} };
patch("/tickets/$t{old}", { partner_id => $bound });
my $r = $admin->api(PATCH => "/teams/$team", { company_id => $second });
is_deeply([ $r->{status}, map { "$_->{field} $_->{code}" } @{ $r->{json}{fields} } ], [ 422, 'company_id in_use' ], "TEAM-7: one customer in $N tickets holds it back");
patch("/tickets/$t{old}", { partner_id => undef });
$took = timed(sub { patch("/teams/$team", { company_id => $second }) });
is($admin->api(GET => "/tickets/$t{$_}")->{json}{company_id}, $second, "TEAM-7: without him it moves, and $_ at once") for qw(new old archived);
ok(wait_until(30, sub { count($admin, "active=any&company_id=$second") == $N }), 'TEAM-7: all of them');

my ($out, $err, $status) = $desk->ctl(['fsck'], ok => 0);
is($status, 0, 'fsck: keys, facts and counters agree') or diag("$out$err");
done_testing;

sub count {
    my ($c, $query) = @_;
    my $x = $c->api(GET => '/tickets/count?team_id=1&' . ($query // 'closed=false'));
    return $x->{json}{count} // "$x->{status} $x->{json}{code}";
}

sub followers {
    my ($id) = @_;
    return grep { my $f = $_; grep { $_ == $f } values %p } @{ $admin->api(GET => "/tickets/$id")->{json}{message_partner_ids} };
}

sub patch {
    my ($path, $body) = @_;
    my $x = $admin->api(PATCH => $path, $body);
    $x->{status} == 200 or die "PATCH $path: $x->{status} $x->{body}";
}

sub timed {
    my ($code) = @_;
    my $start = time;
    $code->();
    return sprintf '%.3f', time - $start;
}

# What the rows say, not what readers make of them: the keys of who follows.
sub settled {
    my ($name, $who, $n) = @_;
    ok(wait_until(30, sub { keys_of($p{$who}) == $n }), $name) or diag(keys_of($p{$who}) . " rows, not $n");
}

sub keys_of {
    my ($partner) = @_;
    my $n = 0;
    open my $dump, '-|', $desk->{ctl}, '-d', $desk->{store}, 'dump' or die "dump: $!";
    while (my $line = <$dump>) {
        $n++ if $line =~ /^\{"type":"ticket","/ && $line =~ /"message_partner_ids":\[(?:\d+,)*$partner[],]/;
    }
    close $dump;
    return $n;
}
