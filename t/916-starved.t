#!/usr/bin/perl

# F11: no memory.  Each allocation of a request fails once, and then all that follow it: the answer is whole or a refusal, no
# worker dies, no lock stays taken, nothing is half stored.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Time::HiRes qw(sleep time);
use Helpdesk;
use Faults;

# 500 without a code is nginx's own, for what it cannot allocate
plan(skip_all => 'sanitizers have an allocator of their own') if $ENV{HD_PRELOAD};
my $desk = Helpdesk->new(workers => 1, sync => 'off', env => [ 'HD_MALLOC_CONTROL', 'LD_PRELOAD' ]);
my $control = $ENV{HD_MALLOC_CONTROL} = $desk->dir . '/malloc';
$desk->{preload} = built('malloc_shim', $desk->dir . '/shim.so') or plan(skip_all => 'no C compiler');
$desk->expect(qr/\[(?:alert|emerg|crit)\].*(?:Cannot allocate memory|failed)/);
memory(0);
$desk->seed->start;
my $admin = $desk->login('admin');
my ($worker) = $desk->worker_pids;
my $ticket = $admin->api(POST => '/tickets', { name => 'Printer', description => 'It is *on fire*' })->{json}{id};
my $file = $admin->api(POST => "/tickets/$ticket/attachments?name=a.txt", undef, raw_body => 'x' x 30_000, type => 'text/plain')->{json}{id};
$admin->api(PATCH => '/teams/1', { use_website_helpdesk_form => JSON::PP::true, website_published => JSON::PP::true });
my $markdown = "# Title\n\n" . join "\n", map { "- item *$_* with [a link](http://x.example/$_) and `code`" } 1 .. 200;
my $ical = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTART:20300105T080000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=WEEKLY;COUNT=5\r\n"
    . "END:VEVENT\r\nEND:VCALENDAR\r\n";

my @ops = (
    [ 'a record' => sub { $_[0]->api(GET => "/tickets/$ticket") } ],
    [ 'a list' => sub { $_[0]->api(GET => '/tickets?limit=20') } ],
    [ 'a search' => sub { $_[0]->api(GET => '/tickets?name.contains=%C5%A0printer&expand=team_id') } ],
    [ 'CSV' => sub { $_[0]->api(GET => '/tickets?format=csv') } ],
    [ 'groups' => sub { $_[0]->api(GET => '/tickets/groups?by=user_id') } ],
    [ 'a board' => sub { $_[0]->api(GET => '/teams/1/board') } ],
    [ 'the document' => sub { $_[0]->api(GET => '/openapi.json') } ],
    [ 'a thread' => sub { $_[0]->api(GET => "/tickets/$ticket/thread") } ],
    [ 'a file' => sub { $_[0]->api(GET => "/attachments/$file/content") } ],
    [ 'the form' => sub { $_[0]->request(GET => '/support', undef, headers => { 'Accept-Language' => 'fa' }) } ],
    [ 'signing in' => sub { $desk->client->api(POST => '/login', { login => 'agent', password => $Helpdesk::PASSWORD }) } ],
    [ 'a ticket' => sub { $_[0]->api(POST => '/tickets', { name => "made $_[1]", description => 'x' x 3000 }) } ],
    [ 'a change' => sub { $_[0]->api(PATCH => "/tickets/$ticket", { priority => '' . int rand 4 }) } ],
    [ 'a bulk change' => sub { $_[0]->api(POST => '/tickets/bulk', { ids => [$ticket], set => { color => int rand 11 } }) } ],
    [ 'a message' => sub { $_[0]->api(POST => "/tickets/$ticket/messages", { body => $markdown }) } ],
    [ 'an upload' => sub { $_[0]->api(POST => "/tickets/$ticket/attachments?name=b.txt", undef, raw_body => "$_[1]" x 9000, type => 'text/plain') } ],
    [ 'an import' => sub { $_[0]->api(POST => '/tickets/import', undef, raw_body => "name\r\nimported $_[1]\r\n", type => 'text/csv') } ],
);

my (%seen, @odd);
for my $op (@ops) {
    my ($what, $ask) = @$op;
    my $r = $ask->(fresh(), 'first');
    ok($r->{status} >= 200 && $r->{status} < 300, "F11: $what") or diag("$r->{status} $r->{body}"), next;
    memory(1, 1 << 40, 0);
    $ask->(fresh(), 'count');
    my $calls = calls();
    memory(0);
    my $last = 0;
    for my $times (1, -1) {
        for my $n (0 .. ($calls > 60 ? 60 : $calls)) {
            my $at = $calls > 60 ? int($n * $calls / 60) : $n;
            my $c = fresh();
            memory(1, $at, $times);
            $r = $ask->($c, "$at-$times");
            memory(0);
            $last++ if $r->{status} < 300 && $r->{status};
            my $code = $r->{json} && ref $r->{json} eq 'HASH' ? $r->{json}{code} // '' : '';
            $seen{"$r->{status} $code"}++;
            push @odd, "$what at $at of $calls, $times: $r->{status} $code" unless "$r->{status} $code" =~ /^(?:0 |20\d |500 |503 \w*)$/;
        }
    }
    is(join(' ', $desk->worker_pids), $worker, "F11: $what: no worker died ($calls allocations)") or do { ($worker) = $desk->worker_pids; $admin = $desk->login('admin') };
}
diag join ', ', map { "$_: $seen{$_}" } sort keys %seen;
is_deeply(\@odd, [], 'F11: every answer is whole or a refusal');
is($admin->api(PATCH => "/tickets/$ticket", { name => 'after' })->{status}, 200, 'F11: writes go on, no lock was kept');
is($_->[1]->(fresh(), 'after')->{status} =~ /^20\d$/, 1, "F11: $_->[0] works again") for @ops;
is(($desk->ctl(['fsck'], ok => 0))[2], 0, 'F11: fsck is clean');
done_testing();

sub fresh {
    my $c = $desk->client;
    @$c{qw(cookie csrf)} = @$admin{qw(cookie csrf)};
    $c->{timeout} = patience(1);
    return $c;
}

sub memory {
    my ($mode, $after, $times) = @_;
    my $bytes = pack 'q4', 0, $after // 0, $times // 0, 0;
    open my $f, -e $control ? '+<:raw' : '+>:raw', $control or die "$control: $!";
    syswrite $f, $bytes;
    sysseek $f, 0, 0;
    syswrite $f, pack 'q', $mode;
    close $f;
}

sub calls { return (unpack 'q4', slurp($control))[3] }

sub built {
    my ($name, $to) = @_;
    my @cmd = ($ENV{CC} // 'cc', qw(-std=gnu17 -O2 -Wall -Wextra -Werror -shared -fPIC -o), $to, "$FindBin::Bin/faults/$name.c", '-ldl');
    return system(@cmd) == 0 ? $to : undef;
}
