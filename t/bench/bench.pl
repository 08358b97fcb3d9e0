#!/usr/bin/perl

# make bench: the table of speeds (design.md 7), each as a ratio to a ceiling measured in the same run where it is one.
#
#     bench.pl [--short] [--rows 1,4] [--rounds N]
#
#   --short    under a minute, with the small store only: proves that every row can be measured; no figure fails it
#   --rows     only these rows, by number
#
# Exit status 0 all rows hold, 1 a row falls short, 2 a row could not be measured (an answer that was not 2xx, a ticket
# too many).  What is compared is measured in turn within a round; the figure is the median over the half of the rounds
# in which other programs disturbed least.  Stores lie in build/bench; the one of a million tickets is kept for the next
# run.  Also writes build/bench/table.md.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Digest::SHA;
use File::Path qw(make_path remove_tree);
use Getopt::Long;
use Helpdesk;
use POSIX ();
use Time::HiRes qw(sleep time);

my $root = "$FindBin::Bin/../..";
my $dir = "$root/build/bench";
my ($short, $rows, $rounds);
GetOptions('short' => \$short, 'rows=s' => \$rows, 'rounds=i' => \$rounds)
    or die "usage: bench.pl [--short] [--rows 1,4] [--rounds N]\n";
my %want = map { $_ => 1 } $rows ? split /,/, $rows : 1 .. 13;
$rounds //= $short ? 1 : 6;

my $SMALL = 10_000;
my $BIG = $short ? $SMALL : 1_000_000;
my $SECONDS = $short ? 1 : 2;              # of one measurement
my $REST = $short ? 4 : 1;                 # whole seconds, after which every POST has its answer, also on a machine that is slow or busy
my $CONNECTIONS = 16;                      # of reads that are compared with a ceiling
my $SAMPLE = 500;                          # tickets, bodies and customers that the clients go round
my $TALK = 50;                             # messages of the ticket whose thread is read
my $RPC = 'location = /jsonrpc { helpdesk_rpc helpdesk; }';
my $DESCRIPTION = 600;                     # bytes; makes an answer of about 1.3 KB
my $run = sprintf 'b%x%x', time * 1000, $$;
my (@table, @notes, $broken, %desk);
$| = 1;

# ---- small tools ----

sub median {
    my @v = sort { $a <=> $b } @_;
    return @v % 2 ? $v[$#v / 2] : ($v[$#v / 2] + $v[@v / 2]) / 2;
}

sub command {
    my @cmd = @_;
    open my $f, '-|', @cmd or die "$cmd[0]: $!\n";
    my $out = do { local $/; <$f> } // '';
    close $f or die "@cmd: failed with status " . ($? >> 8) . "\n$out";
    return $out;
}

sub lines_file {
    my ($name, @lines) = @_;
    write_file("$dir/$name", join '', map { "$_\n" } @lines);
    return "$dir/$name";
}

# Seconds of processor time the worker has used, all threads.
sub cpu_of {
    my ($desk) = @_;
    my ($pid) = $desk->worker_pids;
    my @f = split ' ', slurp("/proc/$pid/stat") =~ s/^.*\) //sr;
    return ($f[11] + $f[12]) / POSIX::sysconf(POSIX::_SC_CLK_TCK());
}

# Processor seconds of the whole machine, and of this program with the children it waited for and the workers.
sub cpu_of_all {
    my ($user, $nice, $system, $idle, $wait, $irq, $soft) = slurp('/proc/stat') =~ /^cpu\s+(.*)$/m ? split ' ', $1 : ();
    return ($user + $nice + $system + $irq + $soft) / POSIX::sysconf(POSIX::_SC_CLK_TCK());
}

my %others = (seconds => 0, cpu => 0);

# Runs the code and notes how much of the processors others took meanwhile: what makes figures worthless.
sub watched {
    my ($desk, $code) = @_;
    my $own = sub { my @t = times; return $t[0] + $t[1] + $t[2] + $t[3] + ($desk ? cpu_of($desk) : 0) };
    my ($start, $all, $mine) = (time, cpu_of_all(), $own->());
    my @r = $code->();
    $others{seconds} += time - $start;
    $others{cpu} += cpu_of_all() - $all - ($own->() - $mine);
    return wantarray ? @r : $r[0];
}

# ---- wrk ----

# conns, seconds, url, script, args, as (a client whose session is used).  Dies unless every answer was good.
sub wrk {
    my ($desk, %o) = @_;
    my $as = $o{as};
    my @cmd = ('wrk', '-t1', "-c$o{conns}", "-d$o{seconds}s", '--timeout', '10s',
               '-s', "$FindBin::Bin/$o{script}",
               $as ? ('-H', "Cookie: $as->{cookie}", '-H', "X-CSRF: $as->{csrf}", '-H', 'Origin: ' . $desk->base) : (),
               $desk->base . '/', '--', @{ $o{args} });
    my $cpu = cpu_of($desk);
    my $out = $o{quietly} ? command(@cmd) : watched($desk, sub { scalar command(@cmd) });
    my ($line) = $out =~ /^bench (.*)$/m or die "wrk said nothing: $out\n";
    my %r = map { split /=/ } split ' ', $line;
    my @bad = grep { $r{$_} } qw(status connect read write timeout);
    die 'wrk: ' . join(', ', map { "$r{$_} $_ errors" } @bad) . "\n" if @bad;
    die "wrk: Non-2xx answers: $out\n" if $out =~ /Non-2xx/;
    die "wrk: no answer\n" unless $r{requests};
    $r{rate} = $r{requests} * 1e6 / $r{duration};
    $r{cpu_us} = (cpu_of($desk) - $cpu) * 1e6 / $r{requests};
    return \%r;
}

sub get {
    my ($s, $paths, %o) = @_;
    return wrk($s->{desk}, conns => $CONNECTIONS, seconds => $SECONDS, script => 'get.lua', args => [$paths],
               as => $s->{client}, %o);
}

# Tickets posted and answered with 201 in a second.
sub post {
    my ($s, $conns, $seconds) = @_;
    my $before = count_tickets($s);
    my $rest = $REST + ($s->{cold} // 0);
    my $r = wrk($s->{desk}, conns => $conns, seconds => $seconds + $rest, script => 'post.lua', as => $s->{client},
                args => [ $s->{bodies}, $run . '-' . ++$s->{posts}, $seconds + 0.2 ]);
    my $grew = count_tickets($s) - $before;
    die "$r->{posted} tickets were answered with 201, $grew are there\n" if $grew != $r->{posted};
    return ($r->{posted} - $conns) * 1e6 / $r->{window};
}

sub count_tickets {
    my ($s) = @_;
    my $r = $s->{client}->api(GET => '/tickets/count?active=any');
    $r->{status} == 200 or die "count: $r->{status} $r->{body}\n";
    return $r->{json}{count};
}

# ---- stores and servers ----

my @words = qw(printer invoice parcel password account order delivery refund window screen battery update signal charger
               keyboard router contract address payment voucher licence backup folder meeting calendar speaker camera);
my @names = qw(Ada Ben Chen Dalia Emil Farah Goran Hana Ivan Jonas Karin Laila Milan Nora Oskar Petra Rasa Sven Tomas);

sub make_bodies {
    my ($team) = @_;
    return map {
        my $i = $_;
        my $w = sub { $words[($i * 7 + $_[0] * 11) % @words] };
        my $text = join ' ', map { 'The ' . $w->($_) . ' stopped working after the ' . $w->($_ + 3) . '.' } 1 .. 20;
        json_text({
            name => ucfirst($w->(1)) . ' and ' . $w->(2) . " do not work, case $i",
            team_id => $team + 0, priority => "" . $i % 4,
            partner_name => "$names[$i % @names] Example", partner_email => "customer$i\@example.com",
            partner_phone => sprintf('+370 600 %05d', $i), description => substr($text, 0, $DESCRIPTION),
        });
    } 1 .. $SAMPLE;
}

# What a kept store depends on: another form of the data means another store.
sub store_form {
    my $sha = Digest::SHA->new(1);
    $sha->addfile("$root/src/$_") for qw(model/model_rec.def model/model_ticket.def model/model_contact.def
        model/model_team.def model/model_stage.def model/model_user.def model/model_index.c model/model_codec.c
        store/store_row.c store/store_inner.h store/store_facts.c model/model_facts.c tool/tool_gen.c);
    return $sha->hexdigest;
}

sub fill_store {
    my ($desk, $n, $keep) = @_;
    my ($store, $mark) = ($desk->{store}, "$desk->{store}.form");
    return if $keep && slurp($mark) eq store_form();
    remove_tree($store);
    unlink $mark;
    print STDERR "bench: making $n tickets in $store\n";
    $desk->ctl([ 'gen', $n ]);
    $desk->add_user(admin => 'admin');
    write_file($mark, store_form()) if $keep;
}

# A server with one worker on a store: { desk, client, team, bodies }.
sub server {
    my ($name, $n, $keep) = @_;
    my $s = $desk{$name} //= {};
    return $s if $s->{ready};
    die "the server was not prepared\n" if $s->{desk};
    my $desk = Helpdesk->new(workers => 1, store => "$dir/$name", size => $n > 100_000 ? '32g' : '4g',
                             http => 'keepalive_requests 1000000000;', server => "access_log off; $RPC");
    fill_store($desk, $n, $keep);
    $desk->start;
    $s->{desk} = $desk;
    sign_in($s);
    my $teams = $s->{client}->api(GET => '/teams')->{json}{items};
    my %n = map { my $id = $_->{id};
                  ($id => $s->{client}->api(GET => "/tickets/count?team_id=$id")->{json}{count}) } @$teams;
    ($s->{team}) = sort { $n{$b} <=> $n{$a} || $a <=> $b } keys %n;
    my $r = $s->{client}->api(PATCH => "/teams/$s->{team}",
                              { auto_assignment => JSON::PP::true, assign_method => 'balanced' });
    $r->{status} == 200 or die "team: $r->{status} $r->{body}\n";
    my @bodies = make_bodies($s->{team});
    $s->{bodies} = lines_file("bodies.$name", map { "/api/v1/tickets $_" } @bodies);
    my @ids = map { create($s, $bodies[$_], $_) } 0 .. $#bodies;
    $s->{messages} = lines_file("messages.$name", map { "/api/v1/tickets/$_/messages " . make_message($_) } @ids);
    $s->{ticket_paths} = lines_file("tickets.$name", map { "/api/v1/tickets/$_" } @ids);
    $s->{ticket_bytes} = int(0.5 + mean_size($s, map { "/tickets/$_" } @ids));
    $s->{list} = "/tickets?team_id=$s->{team}";
    $s->{list_bytes} = int mean_size($s, $s->{list});
    $s->{list_paths} = lines_file("list.$name", "/api/v1$s->{list}");
    $s->{talk} = "/tickets/$ids[0]/thread?limit=" . ($TALK + 10);
    talk($s, $ids[0]);
    $s->{talk_bytes} = length $s->{client}->api(GET => $s->{talk})->{body};
    $s->{talk_paths} = lines_file("talk.$name", "/api/v1$s->{talk}");
    my $rpc = make_rpc($s);
    $s->{rpc_paths} = lines_file("rpc.$name", "/jsonrpc $rpc");
    $s->{rpc_bytes} = rpc_size($s, $rpc);
    $s->{board_paths} = lines_file("board.$name", "/api/v1/teams/$s->{team}/board?limit=20");
    $s->{query_paths} = lines_file("query.$name", map { "/api/v1$_" } @{ $s->{queries} = [ queries($s) ] });
    $desk->stop;
    $desk->write_conf(server => ceilings($s));
    $desk->start;
    sign_in($s);
    $s->{return_paths} = lines_file("return.$name", map { "/return/$_" } @ids);
    $s->{return_list_paths} = lines_file("return_list.$name", "/return-list");
    $s->{return_talk_paths} = lines_file("return_talk.$name", "/return-talk");
    $s->{return_rpc_paths} = lines_file("return_rpc.$name", "/return-rpc");
    rpc_size($s, $rpc);                        # the password is proven
    $s->{ready} = 1;
    return $s;
}

sub sign_in { my ($s) = @_; $s->{client} = $s->{desk}->login('admin') }

sub small { return server(small => $SMALL, 0) }
# Its pages may have left the page cache: the first writes then wait for the disk, and their answers need longer.
sub big {
    my $s = $short ? small() : server(million => $BIG, 1);
    $s->{cold} = 5 if !$short;
    return $s;
}

sub create {
    my ($s, $body, $i) = @_;
    my $r = $s->{client}->request(POST => '/api/v1/tickets', $body, key => "$run-first-$i");
    $r->{status} == 201 or die "create: $r->{status} $r->{body}\n";
    $r->{json}{user_id} or die "a created ticket was not assigned: $r->{body}\n";
    return $r->{json}{id};
}

# About as long as a description.
sub make_message {
    my ($n) = @_;
    my $text = join ' ', "Message $n:", map { "the **$words[ ($n + $_) % @words ]** was looked at." } 1 .. 18;
    return Helpdesk::json_text({ body => $text, subtype => $n % 5 ? 'comment' : 'note' });
}

sub talk {
    my ($s, $ticket) = @_;
    for my $i (1 .. $TALK) {
        my $text = join ' ', "Message $i:", map { "the **$words[ ($i + $_) % @words ]** was looked at." } 1 .. 6;
        my $r = $s->{client}->api(POST => "/tickets/$ticket/messages", { body => $text, subtype => $i % 5 ? 'comment' : 'note' });
        $r->{status} == 201 or die "message: $r->{status} $r->{body}\n";
    }
    my $said = grep { $_->{kind} eq 'message' } @{ $s->{client}->api(GET => $s->{talk})->{json}{items} };
    $said == $TALK or die "$said messages of $TALK in the thread\n";
}

# What a program asks that speaks Odoo's external API: 50 tickets of a team, ten fields of each, by login and password.
sub make_rpc {
    my ($s) = @_;
    my @fields = ('name', 'team_id', 'stage_id', 'user_id', 'partner_id', 'priority', 'create_date', 'write_date', 'tag_ids', 'partner_email');
    return Helpdesk::json_text({ jsonrpc => '2.0', method => 'call', id => 1, params => { service => 'object', method => 'execute_kw',
        args => [ 'helpdesk', 0 + $s->{client}{user}{id}, $Helpdesk::PASSWORD, 'helpdesk.ticket', 'search_read',
                  [ [ [ 'team_id', '=', 0 + $s->{team} ] ] ], { fields => \@fields, limit => 50 } ] } });
}

sub rpc_size {
    my ($s, $rpc) = @_;
    my $r = $s->{desk}->client->request(POST => '/jsonrpc', $rpc);
    my $rows = $r->{json}{result};
    ref $rows && @$rows == 50 && keys %{ $rows->[0] } == 11 or die "search_read: $r->{status} $r->{body}\n";
    return length $r->{body};
}

sub mean_size {
    my ($s, @paths) = @_;
    my $sum = 0;
    for my $path (@paths) {
        my $r = $s->{client}->api(GET => $path);
        $r->{status} == 200 or die "GET $path: $r->{status} $r->{body}\n";
        !$r->{json}{items} || @{ $r->{json}{items} } == 50 or die "GET $path: not 50 tickets\n";
        $sum += length $r->{body};
    }
    return $sum / @paths;
}

# What nginx alone answers, bodies of the same size.  A word of its configuration holds at most 4 KB, so the long body
# is put together from pieces.
sub ceilings {
    my ($s) = @_;
    my $one = 'x' x $s->{ticket_bytes};
    my ($list, $talk, $rpc) = map { 'x' x ($_ % 4000) . '$piece' x int($_ / 4000) } @$s{qw(list_bytes talk_bytes rpc_bytes)};
    return <<"CONF";
access_log off;
$RPC
default_type application/json;
location /return { return 200 "$one"; }
location = /return-list { set \$piece "@{[ 'x' x 4000 ]}"; return 200 "$list"; }
location = /return-talk { set \$piece "@{[ 'x' x 4000 ]}"; return 200 "$talk"; }
location = /return-rpc { set \$piece "@{[ 'x' x 4000 ]}"; return 200 "$rpc"; }
location = /quiet { return 204; }
CONF
}

# ---- the table ----

sub row {
    my ($name, $figure, $format, $bound, $more) = @_;
    my ($op, $limit) = $bound =~ /^(>=|<=) ([\d.]+)/ or die "bound $bound";
    my $ok = $op eq '>=' ? $figure >= $limit : $figure <= $limit;
    push @table,
        { name => $name, figure => sprintf($format, $figure), bound => $bound, ok => $ok, more => $more // '' };
    printf STDERR "bench: %s: %s (%s)\n", $name, sprintf($format, $figure), $more // '';
}

sub note { push @notes, sprintf shift, @_ }

# What the rounds returned, those of the half in which other programs disturbed least.
sub quiet_rounds {
    my ($code) = @_;
    my @r;
    for my $i (1 .. $rounds) {
        my %before = %others;
        my $v = $code->($i);
        push @r, [ ($others{cpu} - $before{cpu}) / ($others{seconds} - $before{seconds} || 1), $v ];
    }
    @r = sort { $a->[0] <=> $b->[0] } @r;
    return map { $_->[1] } @r[0 .. int(@r / 2)];
}

# Both in turn, the first one first in every second round: pairs.
sub in_turn {
    my ($first, $second) = @_;
    return quiet_rounds(sub {
        my ($i) = @_;
        return [ $first->(), $second->() ] if $i % 2;
        my $r = $second->();
        return [ $first->(), $r ];
    });
}

sub ratio { my ($key, @pairs) = @_; return median(map { $_->[0]{$key} / $_->[1]{$key} } @pairs) }
sub mid { my ($side, $key, @pairs) = @_; return median(map { $_->[$side]{$key} } @pairs) }

# ---- rows ----

sub against_return {
    my ($title, $s, $paths, $return_paths, $bound, $bytes) = @_;
    my @pairs = in_turn(sub { get($s, $paths) }, sub { get($s, $return_paths, as => undef) });
    for my $p (@pairs) {
        my @size = map { $_->{bytes} / $_->{requests} } @$p;
        die "$title: answers of " . int($size[0]) . " bytes\n" if $size[0] < $bytes || $size[0] > $bytes + 1500;
    }
    row($title, ratio(rate => @pairs), '%.2f', $bound,
        sprintf('%.0f/s, return 200: %.0f/s, %d bytes', mid(0, rate => @pairs), mid(1, rate => @pairs), $bytes));
    note('%s: the worker spends %.1f us, on return 200 %.1f us', $title, mid(0, cpu_us => @pairs),
         mid(1, cpu_us => @pairs));
}

sub row_get {
    my $s = small();
    against_return('GET one ticket / return 200', $s, $s->{ticket_paths}, $s->{return_paths}, '>= 0.75',
                   $s->{ticket_bytes});
}

sub row_list {
    my $s = small();
    against_return('list of 50 tickets / return 200', $s, $s->{list_paths}, $s->{return_list_paths}, '>= 0.25',
                   $s->{list_bytes});
    return if $short;
    my $big = big();
    my @pairs = in_turn(map { my $one = $_; sub { get($one, $one->{list_paths}, conns => 4) } } $big, $s);
    row('list of 50: p99 at 1,000,000 / at 10,000', ratio(p99 => @pairs), '%.2f', '<= 1.3',
        sprintf('%.2f ms, %.2f ms; 4 connections', mid(0, p99 => @pairs) / 1e3, mid(1, p99 => @pairs) / 1e3));
}

sub row_talk {
    my $s = small();
    against_return("ticket with $TALK messages in one call / return 200", $s, $s->{talk_paths}, $s->{return_talk_paths}, '>= 0.5',
                   $s->{talk_bytes});
}

sub row_rpc {
    my $s = small();
    against_return('search_read of 50 tickets, 10 fields, by JSON-RPC / return 200', $s, $s->{rpc_paths}, $s->{return_rpc_paths}, '>= 0.2',
                   $s->{rpc_bytes});
}

sub row_board {
    my $big = big();
    my $board = $big->{client}->api(GET => "/teams/$big->{team}/board?limit=20")->{json};
    my $columns = @{ $board->{columns} };
    my $full = grep { @{ $_->{tickets} } == 20 } @{ $board->{columns} };
    $full >= 2 && $full == grep { $_->{count} >= 20 } @{ $board->{columns} } or die "the board is not full\n";
    my @r = quiet_rounds(sub { get($big, $big->{board_paths}, conns => 4) });
    row(sprintf('board at %s, p99 in ms', digits($BIG)), median(map { $_->{p99} / 1e3 } @r), '%.2f', '<= 5',
        sprintf('%d stages, %.0f/s; 4 connections', $columns, median(map { $_->{rate} } @r)));
}

# Conditions on two fields and an order that no index has, dense and sparse, over all teams.
sub queries {
    my ($s) = @_;
    my ($user) = map { $_->{user_id} // () } @{ $s->{client}->api(GET => '/tickets?user_id.ne=null&closed=true&sort=id&limit=1')->{json}{items} };
    return map { "/tickets?$_" } 'priority.gte=2&closed=false&sort=-create_date', "user_id=$user&closed=true&sort=-close_date",
        'kanban_state=blocked&priority=3&sort=date_last_stage_update', 'closed=false&user_id=null&sort=create_date';
}

sub row_query {
    my $big = big();
    for my $q (@{ $big->{queries} }) {
        my $n = @{ $big->{client}->api(GET => $q)->{json}{items} };
        $n == 50 || ($short && $n) or die "GET $q: $n tickets, not 50\n";
    }
    my @r = quiet_rounds(sub { get($big, $big->{query_paths}, conns => 1) });
    row(sprintf('filter on two fields and a sort at %s, p99 in ms', digits($BIG)), median(map { $_->{p99} / 1e3 } @r), '%.2f', '<= 10',
        sprintf('%d queries, %.0f/s; 1 connection, the worker spends %.2f ms', scalar @{ $big->{queries} },
                median(map { $_->{rate} } @r), median(map { $_->{cpu_us} / 1e3 } @r)));
    texts($big);
}

# Orders by a text and by a name, and a text searched, over all tickets: below the table, there is no bound.
sub texts {
    my ($big) = @_;
    my @said;
    for my $case ([ 'sort by title', '/tickets?sort=name' ], [ 'sort by customer', '/tickets?sort=partner_name' ],
                  [ 'sort by assignee', '/tickets?sort=user_id' ], [ 'count of titles that contain a word', '/tickets/count?name.contains=printer' ]) {
        my ($what, $path) = @$case;
        $big->{client}->api(GET => $path)->{status} == 200 or die "GET $path\n";
        my $paths = lines_file('text.million', "/api/v1$path");
        my @r = map { get($big, $paths, conns => 1) } 1 .. 2;
        push @said, sprintf '%s %.0f ms', $what, median(map { 1e3 / $_->{rate} } @r);
    }
    note('At %s tickets, one after the other: %s.', digits($BIG), join(', ', @said));
}

sub digits { my ($n) = @_; 1 while $n =~ s/^(\d+)(\d{3})/$1,$2/; return $n }

sub commits {
    my ($kind) = @_;
    my $out = watched(undef, sub { scalar command("$dir/lmdb_ceiling", "$dir/commits.$kind", $short ? 0.3 : $SECONDS, $kind) });
    my ($rate) = $out =~ /rate=([\d.]+)/ or die "lmdb_ceiling: $out\n";
    return $rate;
}

sub make_ceiling {
    my ($src, $exe) = ("$FindBin::Bin/lmdb_ceiling.c", "$dir/lmdb_ceiling");
    remove_tree(map { "$dir/commits.$_" } qw(row ticket message));
    return if -e $exe && -M $exe < -M $src;
    command($ENV{CC} // 'cc', '-std=gnu17', '-O2', '-o', $exe, $src, '-llmdb');
}

# The bound is to commits of one row.  A ticket consists of about fifteen rows in a dozen places; how many commits of
# all of them the disk takes is noted beside it.
sub row_post {
    my $s = small();
    my @r = quiet_rounds(sub {             # the ceiling before and after, so that a drift of the disk is halved
        my ($i) = @_;
        my ($row, $ticket) = (commits('row'), commits('ticket'));
        my %r = map { $_ => post($s, $_, $SECONDS) } $i % 2 ? (64, 256) : (256, 64);
        $r{row} = ($row + commits('row')) / 2;
        $r{ticket} = ($ticket + commits('ticket')) / 2;
        return \%r;
    });
    post_row(64, '>= 4', @r);
    post_row(256, '>= 6', @r);
}

sub row_post_one {
    my $s = small();
    my %one = (1 => sub { post($s, 1, $SECONDS) }, row => sub { commits('row') }, ticket => sub { commits('ticket') });
    my @r = quiet_rounds(sub {
        my ($i) = @_;
        my %r;
        $r{$_} = $one{$_}->() for $i % 2 ? qw(row 1 ticket) : qw(ticket 1 row);
        return \%r;
    });
    post_row(1, '>= 0.8', @r);
}

# A message is told to the ticket's followers, which the ceiling's rows leave out.
sub row_message {
    my $s = small();
    my @r = quiet_rounds(sub {
        my $commits = commits('message');
        my $r = wrk($s->{desk}, conns => 64, seconds => $SECONDS + $REST, script => 'post.lua', as => $s->{client},
                    args => [ $s->{messages}, $run . '-' . ++$s->{posts}, $SECONDS + 0.2 ]);
        return { rate => ($r->{posted} - 64) * 1e6 / $r->{window}, commits => ($commits + commits('message')) / 2 };
    });
    row('POST message, 64 connections / single commits', median(map { $_->{rate} / $_->{commits} } @r), '%.2f', '>= 3',
        sprintf('%.0f/s, single commits of a message\'s rows: %.0f/s', map { my $k = $_; median(map { $_->{$k} } @r) } qw(rate commits)));
}

sub post_row {
    my ($conns, $bound, @r) = @_;
    my $what = $conns == 1 ? 'POST ticket, 1 connection' : "POST ticket, $conns connections";
    my %rate = map { my $k = $_; $k => median(map { $_->{$k} } @r) } $conns, qw(row ticket);
    my %ratio = map { my $k = $_; $k => median(map { $_->{$conns} / $_->{$k} } @r) } qw(row ticket);
    # The ceiling stores the same data one ticket a commit.  How the desk compares with commits of one bare row, which hold a
    # tenth of the keys, is said below the table.
    row("$what / single commits", $ratio{ticket}, '%.2f', $bound,
        sprintf('%.0f/s, single commits of a ticket\'s rows: %.0f/s', @rate{ $conns, 'ticket' }));
    note('%s: %.2f of %.0f/s single commits of one row of 1 KB', $what, $ratio{row}, $rate{row});
}

# Reads with nobody writing, and beside what $work does from before their start to after their end; it answers a line
# of numbers.  As many connections read as write: with few of them the load generator's own waits for one of two busy
# processors, 1.4 ms, the scheduler's slice, are the 99th percentile, whatever the server does.
sub reads { my ($s, %o) = @_; return get($s, $s->{ticket_paths}, conns => 64, %o) }

sub reads_beside {
    my ($s, $work) = @_;
    pipe my $in, my $out or die "pipe: $!";
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        close $in;
        my @numbers = eval { $work->() };
        print $out @numbers ? "@numbers\n" : "error $@\n";
        close $out;
        POSIX::_exit(0);
    }
    close $out;
    sleep 0.5;
    my $r = reads($s, quietly => 1);
    my ($first, @more) = split ' ', scalar(<$in>) // 'error no line';
    waitpid $pid, 0;
    die "beside the reads: @more\n" if $first eq 'error';
    return ($r, $first, @more);
}

sub row_mixed {
    my $s = small();
    my $while_writing = sub {
        my $before = count_tickets($s);
        my $n = ++$s->{posts};
        my ($r, $posted, $window) = reads_beside($s, sub {
            my $w = wrk($s->{desk}, conns => 64, seconds => $SECONDS + 1 + $REST, script => 'post.lua', as => $s->{client},
                        args => [ $s->{bodies}, "$run-$n", $SECONDS + 1.2 ]);
            return @$w{qw(posted window)};
        });
        my $grew = count_tickets($s) - $before;
        die "$posted tickets were answered with 201, $grew are there\n" if $grew != $posted;
        $r->{writes} = $posted * 1e6 / $window;
        return $r;
    };
    my @pairs = in_turn(sub { watched($s->{desk}, $while_writing) }, sub { reads($s, @_) });
    row('GET p99 while 64 connections write / without', ratio(p99 => @pairs), '%.2f', '<= 2',
        sprintf('%.2f ms with %.0f writes/s, %.2f ms; 64 connections', mid(0, p99 => @pairs) / 1e3,
                mid(0, writes => @pairs), mid(1, p99 => @pairs) / 1e3));
}

# The same beside calls that change 10,000 tickets each, one after the other.  Their client makes the calls before and does
# not read the answers as JSON: in Perl that takes half of a processor which the reads are to have.
sub row_bulk {
    my $s = small();
    my $many = $short ? 2000 : 10_000;
    my $while_changing = sub {
        my ($r, $calls, $seconds) = reads_beside($s, sub {
            my $client = $s->{desk}->login('admin');
            $client->{timeout} = 60;
            my @calls = map { json_text({ ids => [ 1 .. $many ], set => { kanban_state => $_ } }) } qw(blocked done);
            my ($n, $start) = (0, time);
            do {
                my $answer = $client->request(POST => '/api/v1/tickets/bulk', $calls[ $n++ % 2 ], unread => 1);
                my ($matched) = $answer->{body} =~ /"matched":(\d+)/;
                $answer->{status} == 200 && $matched >= 0.9 * $many or die "bulk: $answer->{status}\n";
            } until time > $start + $SECONDS + 0.7;
            return ($n, time - $start);
        });
        $r->{seconds} = $seconds / $calls;
        return $r;
    };
    my @pairs = in_turn(sub { watched($s->{desk}, $while_changing) }, sub { reads($s, @_) });
    row(sprintf('GET p99 while %s tickets are changed in one call / without', digits($many)), ratio(p99 => @pairs), '%.2f',
        '<= 2', sprintf('%.2f ms, %.2f ms; one call takes %.2f s', mid(0, p99 => @pairs) / 1e3, mid(1, p99 => @pairs) / 1e3,
                        mid(0, seconds => @pairs)));
}

# Private_Dirty: what this worker has written and nobody shares, its heap above all.  The store is mapped read-only from
# the page cache: those pages are clean, shared by all workers and given back by the kernel when it needs them.
sub row_memory {
    my $big = big();
    get($big, $big->{$_}, conns => 64) for qw(list_paths board_paths ticket_paths);
    post($big, $_, $SECONDS) for 64, 256;
    get($big, $big->{list_paths}, conns => 64);
    my ($pid) = $big->{desk}->worker_pids;
    my %kb = slurp("/proc/$pid/smaps_rollup") =~ /^(\w+):\s+(\d+) kB/mg;
    $kb{Private_Dirty} or die "no Private_Dirty in smaps_rollup\n";
    row(sprintf('private memory of a worker at %s, MB', digits($BIG)), $kb{Private_Dirty} / 1024, '%.1f', '<= 64',
        sprintf('resident with the mapped store: %.0f MB', $kb{Rss} / 1024));
}

sub forget_pages {
    my ($file) = @_;
    eval { command('dd', "if=$file", 'iflag=nocache', 'count=0', 'status=none') };
    return;
}

# What the disk itself needs, milliseconds a read: starts wait for some hundreds of these, one after the other.
sub random_read {
    my ($file) = @_;
    my $n = 64;
    forget_pages($file);
    open my $f, '<:raw', $file or die "$file: $!";
    my $start = time;
    for (1 .. $n) {
        sysseek $f, 4096 * int rand((-s $file) / 4096), 0 or die "$file: $!";
        sysread $f, my $page, 4096 or die "$file: $!";
    }
    return (time - $start) * 1e3 / $n;
}

# From the start of nginx to a list answered with 200; the store's pages are dropped from the page cache before.
sub row_start {
    my $big = big();
    my $client = $big->{client};
    my $disk = random_read("$big->{desk}{store}/data.mdb");
    my @seconds;
    for (1 .. 3) {
        $big->{desk}->stop;
        forget_pages("$big->{desk}{store}/data.mdb");
        delete $client->{socket};
        my $start = time;
        $big->{desk}->nginx == 0 or die 'nginx does not start: ' . $big->{desk}->log . "\n";
        my $r;
        do {
            $r = $client->api(GET => $big->{list});
            sleep 0.001 if $r->{status} != 200;
        } until $r->{status} == 200 || time > $start + 30;
        $r->{status} == 200 or die "no list after 30 seconds: $r->{status} $r->{body}\n";
        push @seconds, time - $start;
    }
    row(sprintf('start to first answer at %s, seconds', digits($BIG)), (sort { $a <=> $b } @seconds)[2], '%.3f', '<= 1',
        sprintf('the worst of three, store not in the page cache; a random read of the disk took %.1f ms', $disk));
}

# Each has its number for --rows.
my @rows = (\&row_get, \&row_list, \&row_board, \&row_post, \&row_post_one, \&row_mixed, \&row_bulk, \&row_memory, \&row_start,
            \&row_query, \&row_talk, \&row_message, \&row_rpc);

# ---- output ----

sub head_line {
    my ($cpu) = slurp('/proc/cpuinfo') =~ /^model name\s*:\s*(.+)$/m;
    my $cores = () = slurp('/proc/cpuinfo') =~ /^processor\s*:/mg;
    my $kernel = (POSIX::uname())[2];
    my $fs = eval { command('df', '--output=fstype', $dir) } // '?';
    ($fs) = $fs =~ /(\S+)\s*$/;
    my $version = `/usr/sbin/nginx -v 2>&1` =~ m{nginx/([\d.]+)} ? $1 : '?';
    my $size = $desk{small}{ticket_bytes} // $desk{million}{ticket_bytes} // 0;
    return sprintf '%s, %s, %d cores, Linux %s, %s, nginx %s, one worker; a ticket is an answer of %d bytes; other '
        . 'programs took %.0f %% of the processors meanwhile', POSIX::strftime('%Y-%m-%d', localtime), $cpu // '?',
        $cores, $kernel, $fs, $version, $size, $others{seconds} ? 100 * $others{cpu} / $others{seconds} / $cores : 0;
}

sub show {
    my $head = head_line();
    my @width = (4, 6, 5);
    for my $t (@table) {
        my @w = map { length $t->{$_} } qw(name figure bound);
        $width[$_] = $w[$_] > $width[$_] ? $w[$_] : $width[$_] for 0 .. 2;
    }
    print "$head\n\n";
    my $form = "%-$width[0]s  %$width[1]s  %-$width[2]s  %-5s  %s\n";
    printf $form, @$_{qw(name figure bound)}, $_->{ok} ? 'ok' : 'SHORT', $_->{more} for @table;
    print "\n", map { "  $_\n" } @notes if @notes;
    write_file("$dir/table.md", join '', "$head\n\n| what | measured | bound | | |\n|---|--:|---|---|---|\n",
        map { '| ' . join(' | ', @$_{qw(name figure bound)}, $_->{ok} ? 'ok' : 'SHORT', $_->{more}) . " |\n" } @table)
        unless $short || $rows;
}

sub check_logs {
    for my $s (grep { $_->{desk} } values %desk) {
        my @bad = grep { /\[(?:alert|emerg|crit)\]/ } split /\n/, $s->{desk}->log;
        next unless @bad;
        print "the log of nginx: $bad[0]\n";
        $broken++;
    }
}

make_path($dir);
make_ceiling();
# A disk that was written for minutes answers single reads many times slower: the start, which waits for some hundreds of
# those, comes before all that writes.
for my $i (sort { ($b == 9) - ($a == 9) || $a - $b } 1 .. @rows) {
    next unless $want{$i};
    next if eval { $rows[ $i - 1 ]->(); 1 };
    print "row $i could not be measured: $@";
    $broken++;
}
show();
check_logs();
$_->{desk}->stop for grep { $_->{desk} } values %desk;
remove_tree("$dir/small", map { "$dir/commits.$_" } qw(row ticket message));
exit($broken ? 2 : !$short && grep({ !$_->{ok} } @table) ? 1 : 0);
