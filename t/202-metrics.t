#!/usr/bin/perl

# /metrics is Prometheus text by a strict reading, counts exactly; /healthz says whether the store can be used.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Helpdesk;

# ---- a strict reader of the text format 0.0.4: dies at the first mistake ----

sub read_labels {
    my ($text, $line) = @_;
    my %labels;
    while (length $text) {
        $text =~ s/^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)// or die "labels: $line\n";
        die "label twice: $line\n" if exists $labels{$1};
        $labels{$1} = $2;
        die "comma at the end: $line\n" if $3 && !length $text;
    }
    return \%labels;
}

sub check_histogram {
    my ($name, $samples) = @_;
    my ($last, $bound, $inf) = (0, '-inf');
    for my $s (grep { $_->{name} eq "${name}_bucket" } @$samples) {
        my $le = $s->{labels}{le} // die "$name: a bucket without le\n";
        die "$name: after +Inf\n" if defined $inf;
        die "$name: le=$le does not grow\n" if $le ne '+Inf' && $bound ne '-inf' && $le <= $bound;
        die "$name: not cumulative at $le\n" if $s->{value} < $last;
        ($last, $bound) = ($s->{value}, $le);
        $inf = $s->{value} if $le eq '+Inf';
    }
    my %plain = map { $_->{name} => $_->{value} } grep { !defined $_->{labels}{le} } @$samples;
    die "$name: no +Inf\n" unless defined $inf;
    die "$name: _count is not +Inf's\n" unless ($plain{"${name}_count"} // -1) == $inf;
    die "$name: no _sum\n" unless defined $plain{"${name}_sum"};
}

# name{labels in order} => value; $types gets name => type.
sub read_metrics {
    my ($text, $types) = @_;
    my (%seen, %help, %type, %family, @order);
    die "the last line does not end\n" unless $text =~ /\n\z/;
    for my $line (split /\n/, $text) {
        if ($line =~ /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (\S.*)$/) {
            my ($what, $name, $rest) = ($1, $2, $3);
            die "$what of $name twice\n" if ($what eq 'HELP' ? \%help : \%type)->{$name};
            die "$what of $name after its samples\n" if $family{$name};
            die "unknown type: $line\n" if $what eq 'TYPE' && $rest !~ /^(counter|gauge|histogram|summary|untyped)$/;
            ($what eq 'HELP' ? $help{$name} : $type{$name}) = $rest;
            next;
        }
        $line =~ /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (-?[0-9]+(?:\.[0-9]+)?(?:e[-+][0-9]+)?|\+Inf|NaN)$/
            or die "not a sample: $line\n";
        my ($name, $labels, $value) = ($1, read_labels($2 // '', $line), $3);
        my $base = $name;
        $base =~ s/_(bucket|sum|count)$// if !$type{$name};
        die "no TYPE before: $line\n" unless $type{$base};
        die "no HELP before: $line\n" unless $help{$base};
        die "not a histogram: $line\n" if $base ne $name && $type{$base} ne 'histogram';
        die "a counter without _total: $line\n" if $type{$base} eq 'counter' && $base !~ /_total$/;
        die "$base is torn apart\n" if $family{$base} && $order[-1] ne $base;
        push @order, $base if !@order || $order[-1] ne $base;
        my $key = $name . join ',', map { "{$_=$labels->{$_}}" } sort keys %$labels;
        die "twice: $line\n" if exists $seen{$key};
        $seen{$key} = $value;
        push @{ $family{$base} }, { name => $name, labels => $labels, value => $value };
    }
    check_histogram($_, $family{$_}) for grep { $type{$_} eq 'histogram' } keys %type;
    %$types = %type if $types;
    return \%seen;
}

# The reader itself refuses what is wrong.
my $ok = "# HELP a_total x\n# TYPE a_total counter\na_total 1\n";
ok(eval { read_metrics($ok); 1 }, 'the reader takes what is right');
for my $bad ("a_total 1\n", "${ok}a_total 2\n", "# TYPE a_total counter\na_total 1\n", substr($ok, 0, -1),
             "${ok}b{x=\"1} 2\n", $ok =~ s/1\n$/one\n/r, $ok =~ s/counter/integer/r,
             "# HELP h x\n# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n",
             "# HELP h x\n# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_sum 1\nh_count 2\n") {
    ok(!eval { read_metrics($bad); 1 }, 'the reader refuses what is wrong: ' . ($@ =~ s/\n//r));
}

# ---- the desk ----

my $desk = Helpdesk->new(workers => 2)->seed->start;
my $admin = $desk->login('admin');

sub metrics {
    my $r = $desk->client->request(GET => '/metrics');
    is($r->{status}, 200, 'OBS: /metrics answers') if $r->{status} != 200;
    my $m = eval { read_metrics($r->{body}, $_[0]) } // fail("OBS: /metrics is not Prometheus text: $@");
    return wantarray ? ($m, $r) : $m;
}

sub requests {
    my ($m, $door, $route, $class) = @_;
    return $m->{"helpdesk_requests_total{door=$door},{route=$route},{status=$class}"} // 0;
}

my %types;
my ($before, $r) = metrics(\%types);
is($r->{headers}{'content-type'}, 'text/plain; version=0.0.4; charset=utf-8', 'OBS: the type of /metrics');
for my $want (qw(requests_total:counter lane_queue:gauge batch_size:histogram commit_seconds:histogram
                 commit_failed_total:counter refused_busy_total:counter timers_fired_total:counter
                 worker_starts_total:counter store_bytes:gauge store_bytes_max:gauge store_commits_total:counter
                 store_readers:gauge store_oldest_reader_commits:gauge timers_behind:gauge)) {
    my ($name, $type) = split /:/, $want;
    is($types{"helpdesk_$name"}, $type, "OBS: helpdesk_$name is a $type");
}
is($before->{helpdesk_worker_starts_total}, 2, 'OBS: two workers were started');
is($before->{helpdesk_store_bytes_max}, 1 << 30, 'OBS: the size of the store');
cmp_ok($before->{helpdesk_store_bytes}, '>', 4096, 'OBS: some of it is used');

# So many of each, over both workers.
my %n = (ticket_list => [ 17, sub { $_[0]->api(GET => '/tickets') } ], ticket_count => [ 5, sub { $_[0]->api(GET => '/tickets/count') } ],
         ticket_create => [ 11, sub { $_[0]->api(POST => '/tickets', { name => 'counted' }) } ]);
my %refused = (ticket_get => [ 7, sub { $_[0]->api(GET => '/tickets/4000000') } ],
               ticket_create => [ 3, sub { $_[0]->api(POST => '/tickets', { nonsense => 1 }) } ],
               contact_create => [ 4, sub { $_[0]->api(POST => '/contacts', undef, raw_body => '{') } ]);
for my $what (values %n, values %refused) {
    for (1 .. $what->[0]) {
        delete $admin->{socket};                       # another connection, perhaps another worker
        $what->[1]->($admin);
    }
}
$desk->client->request(GET => '/support') for 1 .. 6;
my $after = metrics();
is(requests($after, 'api', $_, '2xx') - requests($before, 'api', $_, '2xx'), $n{$_}[0], "OBS: $_ counts exactly") for sort keys %n;
is(requests($after, 'api', $_, '4xx') - requests($before, 'api', $_, '4xx'), $refused{$_}[0],
   "OBS: refusals of $_ count exactly") for sort keys %refused;
is(requests($after, 'page', 'page.list', '2xx') - requests($before, 'page', 'page.list', '2xx'), 6, 'OBS: pages count exactly');
is(requests($after, 'api', 'ticket_create', '5xx'), 0, 'OBS: nothing else was counted');

sub moved { return $after->{ $_[0] } - $before->{ $_[0] } }
# bodies that are no JSON are among them: the writer's thread parses
is(moved('helpdesk_batch_size_sum'), 18, 'OBS: commands that were written or refused in a batch');
is(moved('helpdesk_batch_size_count'), 18, 'OBS: one after the other, each was a batch of its own');
is(moved('helpdesk_batch_size_bucket{le=1}'), 18, 'OBS: and stands in the first bucket');
is(moved('helpdesk_commit_seconds_count'), 11, 'OBS: a commit for each ticket, none for a refusal');
cmp_ok(moved('helpdesk_commit_seconds_sum'), '>', 0, 'OBS: commits take time');
is(moved('helpdesk_store_commits_total'), 11, 'OBS: the store counts the same');
is(moved('helpdesk_commit_failed_total'), 0, 'OBS: none failed');

# Many at once: batches, the sum stays exact.
parallel(4, sub {
    my $c = $desk->client;
    @$c{qw(cookie csrf)} = @$admin{qw(cookie csrf)};
    $c->api(POST => '/tickets', { name => "many $_[0] $_" }) for 1 .. 25;
    return 1;
});
($before, $after) = ($after, scalar metrics());
is(requests($after, 'api', 'ticket_create', '2xx') - requests($before, 'api', 'ticket_create', '2xx'), 100,
   'OBS: exact under load');
is(moved('helpdesk_batch_size_sum'), 100, 'OBS: batches add up to the commands');
is($after->{'helpdesk_lane_queue{lane=write}'}, 0, 'OBS: nothing waits afterwards');
is($after->{'helpdesk_lane_queue{lane=pool}'}, 0, 'OBS: nothing runs in the pool afterwards');

# Streams.
my @streams = map {
    my $s = $desk->client->connect;
    print $s "GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1:$desk->{port}\r\nCookie: $admin->{cookie}\r\n\r\n";
    sysread $s, my $head, 65536;
    $s;
} 1 .. 3;
is(metrics()->{'helpdesk_lane_queue{lane=stream}'}, 3, 'OBS: three streams are open');
close $_ for @streams;
ok(wait_until(3, sub { metrics()->{'helpdesk_lane_queue{lane=stream}'} == 0 }), 'OBS: and closed');

# Methods.
$r = $desk->client->request(HEAD => '/metrics');
is($r->{status}, 200, 'HEAD /metrics');
$r = $desk->client->request(POST => '/metrics', '');
is($r->{status}, 405, 'POST /metrics is refused');

# A reload keeps the counters, and so does the death of a worker.
my $created = requests(scalar metrics(), 'api', 'ticket_create', '2xx');
my %old = map { $_ => 1 } $desk->worker_pids;
$desk->reload;
ok(wait_until(10, sub { my @p = $desk->worker_pids; @p == 2 && !grep { $old{$_} } @p }), 'reloaded');
is(requests(scalar metrics(), 'api', 'ticket_create', '2xx'), $created, 'OBS: the counters survive a reload');
is(metrics()->{helpdesk_worker_starts_total}, 4, 'OBS: which started two workers');

@streams = map {
    my $s = $desk->client->connect;
    print $s "GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1:$desk->{port}\r\nCookie: $admin->{cookie}\r\n\r\n";
    sysread $s, my $head, 65536;
    $s;
} 1 .. 4;
$desk->expect(qr/exited on signal 9/);
kill KILL => $desk->worker_pids;
ok(wait_until(5, sub { my $r = $desk->client->request(GET => '/metrics'); $r->{status} == 200
                       && $r->{body} =~ /^helpdesk_lane_queue\{lane="stream"\} 0$/m }), 'OBS: killed workers leave no streams in the gauge');
is(requests(scalar metrics(), 'api', 'ticket_create', '2xx'), $created, 'OBS: the counters survive the death of the workers');

# ---- health ----

my $health = $desk->client->request(GET => '/healthz');
is("$health->{status} $health->{body}", '200 {"status":"ok"}', 'OPS: healthy');
is($health->{headers}{'content-type'}, 'application/json', 'OPS: in JSON');
is($desk->client->request(POST => '/healthz', '')->{status}, 405, 'POST /healthz is refused');

my $sick = Helpdesk->new(no_store => 1, store => 'x');
mkdir $sick->dir . '/bad';
write_file($sick->dir . '/bad/data.mdb', 'this is no store' x 4096);
$sick->write_conf(http => 'helpdesk_store ' . $sick->dir . '/bad;')->start;
$health = $sick->client->request(GET => '/healthz');
is("$health->{status} $health->{body}", '503 {"status":"store_unavailable"}', 'OPS: not healthy without a store');
$r = $sick->client->request(GET => '/metrics');
ok(eval { read_metrics($r->{body}); 1 }, 'OBS: /metrics is right without a store') or diag $@;
is($sick->client->api(GET => '/setup')->{json}{code}, 'store_unavailable', 'OPS: and the API says so');

done_testing();
