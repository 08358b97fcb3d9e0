#!/usr/bin/perl

# The first whole path: a visitor sends the public form, the ticket is stored, assigned, and an agent sees it.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Helpdesk;

my $desk = Helpdesk->new(workers => 2)->seed->start;
my $admin = $desk->login('admin');
my $agent = $desk->login('agent');
my $uid = $agent->{user}{id};

my $r = $admin->api(PATCH => '/teams/1', {
    use_website_helpdesk_form => JSON::PP::true, website_published => JSON::PP::true, slug => 'printers',
    auto_assignment => JSON::PP::true, assign_method => 'balanced', member_ids => [$uid],
});
is($r->{status}, 200, 'CHN-12: an administrator publishes the form of a team');

$r = $desk->client->request(GET => '/support');
like($r->{body}, qr{href="/support/printers"}, 'the list of forms links to it');

my %token;
for my $n (1 .. 4) {
    $r = $desk->client->request(GET => '/support/printers');
    is($r->{status}, 200, "visitor $n: the form opens");
    ($token{$n}) = $r->{body} =~ /name="token" value="([\w-]+)"/;
}
sleep 2;                                                    # nobody fills in a form within a second
for my $n (1 .. 4) {
    my $title = "Printer $n \xD0\xB3\xD0\xBE\xD1\x80\xD0\xB8\xD1\x82";
    my $visitor = $desk->client;                     # another connection, perhaps the other worker
    $r = $visitor->request(POST => '/support/printers', form(
        token => $token{$n}, partner_name => "Visitor $n", partner_email => "v$n\@example.com", name => $title,
        description => "It burns.\nReally."), type => 'application/x-www-form-urlencoded');
    is($r->{status}, 201, "visitor $n: the form is taken") or diag($r->{body});
    my ($ref) = $r->{body} =~ /class="reference"[^>]*>#(\d{5})</;
    is($ref, sprintf('%05d', $n), "TKT-1: visitor $n reads the reference");

    # Each reading on a connection of its own: both workers must know it at once.
    for my $try (1 .. 3) {
        my $c = $desk->client;
        $c->{cookie} = $agent->{cookie};
        my $t = $c->api(GET => '/tickets/' . int $ref)->{json};
        is_deeply([ @$t{qw(ticket_ref name partner_email partner_name description user_id team_id closed)} ],
                  [ $ref, "Printer $n \x{433}\x{43E}\x{440}\x{438}\x{442}", "v$n\@example.com", "Visitor $n",
                    "It burns.\nReally.", $uid, 1, JSON::PP::false ],
                  "ASG-2: the agent sees ticket $n, assigned, reading $try") or diag(json_text($t));
        is($t->{stage_id}, 1, "STG-7: ticket $n is in the first stage") if $try == 1;
        ok($t->{assign_date}, "MAN-3: ticket $n has its first assignment") if $try == 1;
    }
}

is($agent->api(GET => '/tickets/count?user_id=' . $uid)->{json}{count}, 4, 'all four are counted');
is_deeply([ map { $_->{id} } @{ $agent->api(GET => '/tickets')->{json}{items} } ], [ 4, 3, 2, 1 ],
          'TKT-3: the newest is first');
is(scalar $desk->dump_records('ticket'), 4, 'the store holds four tickets');
my ($out, $err, $status) = $desk->ctl(['fsck'], ok => 0);
is($status, 0, 'fsck finds nothing') or diag("$out$err");

# What was acknowledged is there after the server ends at once.
kill KILL => $desk->master, $desk->worker_pids;
wait_until(5, sub { !$desk->is_listening });
$desk->start;
is($desk->login('agent')->api(GET => '/tickets/count')->{json}{count}, 4, 'all are there after a kill');
done_testing;

sub form {
    my (@pairs) = @_;
    my @out;
    while (my ($k, $v) = splice @pairs, 0, 2) {
        $v =~ s/([^A-Za-z0-9_.-])/sprintf '%%%02X', ord $1/ge;
        push @out, "$k=$v";
    }
    return join '&', @out;
}
