package Faults;

# Processes that use the desk while something happens to it, and what became of their requests.  Each writes one JSON
# line a request to a file of its own; stop() ends them and returns the lines.
#
#     my $load = Faults->new($desk, $agent);
#     $load->writers(2)->readers(1)->streams(2);
#     ...
#     my $got = $load->stop;           # { writes => [...], reads => [...], events => [[...], ...] }

use strict;
use warnings;
use Exporter 'import';
use File::Basename qw(dirname);
use IO::Select;
use JSON::PP ();
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);
use Helpdesk;

our @EXPORT = qw(client_of metric fds_of new_workers shimmed percentile);

my $json = JSON::PP->new->utf8->canonical;
my $serial = 0;

sub new {
    my ($class, $desk, $client, %opt) = @_;
    my $self = bless { desk => $desk, client => $client, pids => [], files => {}, pause => 0.002, %opt, id => ++$serial }, $class;
    $self->{stop} = $desk->dir . "/stop-$self->{id}";
    return $self;
}

sub fresh_client {
    my ($self) = @_;
    my $c = $self->{desk}->client;
    $c->{$_} = $self->{client}{$_} for qw(cookie csrf token);
    $c->{timeout} = $self->{timeout} if $self->{timeout};
    return $c;
}

sub spawn {
    my ($self, $kind, $n, $code) = @_;
    for my $i (1 .. $n) {
        my $file = $self->{desk}->dir . "/load-$self->{id}-$kind-$i";
        push @{ $self->{files}{$kind} }, $file;
        my $pid = fork // die "fork: $!";
        if ($pid == 0) {
            open my $out, '>', $file or POSIX::_exit(1);
            $out->autoflush(1);
            eval { $code->($i, sub { print $out $json->encode($_[0]), "\n" }); 1 }
                or print $out $json->encode({ died => "$@" }), "\n";
            close $out;
            POSIX::_exit(0);
        }
        push @{ $self->{pids} }, $pid;
    }
    return $self;
}

sub is_over { return -e $_[0]{stop} }

# One request; tried again only when a connection that was used before was closed without a byte of an answer.
sub steady {
    my ($self, $c, @request) = @_;
    my ($resets, $r) = (0);
    my $began = time;
    while (1) {
        my $reused = $c->{socket} ? 1 : 0;
        $r = $c->api(@request);
        last if $r->{status} || !$reused || length($r->{partial} // '') || ++$resets > 3;
    }
    return { status => $r->{status}, code => $r->{json} && $r->{json}{code}, id => $r->{json} && $r->{json}{id}, resets => $resets,
             took => time - $began, at => $began, replayed => $r->{headers}{'idempotency-replayed'} ? 1 : 0 };
}

# Tickets, each with a key and a name of its own.
sub writers {
    my ($self, $n, %opt) = @_;
    return $self->spawn(writes => $n, sub {
        my ($i, $say) = @_;
        my $c = $self->fresh_client;
        for (my $k = 1; !$self->is_over; $k++) {
            my $name = "load $self->{id}-$i-$k";
            my $key = "key-$self->{id}-$i-$k";
            my $r = $self->steady($c, POST => '/tickets', { name => $name, description => "text of $name" }, key => $key);
            $say->({ %$r, name => $name, key => $key });
            sleep $self->{pause};
        }
    });
}

sub readers {
    my ($self, $n, $path) = @_;
    return $self->spawn(reads => $n, sub {
        my ($i, $say) = @_;
        my $c = $self->fresh_client;
        until ($self->is_over) {
            $say->($self->steady($c, GET => $path // '/tickets?limit=5'));
            sleep $self->{pause};
        }
    });
}

# Streams that begin at the first event and resume with Last-Event-ID.
sub streams {
    my ($self, $n) = @_;
    return $self->spawn(events => $n, sub {
        my ($i, $say) = @_;
        my ($last, $retry) = (0);
        until ($self->is_over) {
            my $s = $self->{desk}->client->connect or sleep(0.05), next;
            my $head = "Host: 127.0.0.1:$self->{desk}{port}\r\nCookie: $self->{client}{cookie}\r\nLast-Event-ID: $last\r\n";
            print $s "GET /api/v1/events HTTP/1.1\r\n$head\r\n";
            my ($got, $sel, $retries, $open) = ('', IO::Select->new($s), 0, 1);
            while (!$self->is_over) {
                next unless $sel->can_read(0.1);
                sysread $s, $got, 65536, length $got or $open = 0;
                while ($got =~ s/^(.*)\n//) {
                    my $line = $1;
                    $last = $1, $say->({ seq => $1 + 0 }) if $line =~ /^id: (\d+)/;
                    $retries++ if $line =~ /^retry: /;
                    $say->({ odd => $line }) if $line =~ /^event: /;
                }
                last if !$open;
            }
            $say->({ closed => 1, retries => $retries }) if !$open;
            sleep 0.05;
        }
    });
}

sub stop {
    my ($self) = @_;
    write_file($self->{stop}, '');
    waitpid $_, 0 for @{ $self->{pids} };
    my %got;
    for my $kind (keys %{ $self->{files} }) {
        my @each = map { [ map { $json->decode($_) } split /\n/, slurp($_) ] } @{ $self->{files}{$kind} };
        $got{$kind} = $kind eq 'events' ? \@each : [ map { @$_ } @each ];
        $_->{died} and fail("load: $_->{died}") for map { @$_ } @each;
    }
    return \%got;
}

# So many lines of a kind so far.
sub count {
    my ($self, $kind) = @_;
    return scalar map { split /\n/, slurp($_) } @{ $self->{files}{$kind} };
}

sub wait_for {
    my ($self, $kind, $n, $seconds) = @_;
    return wait_until($seconds // 10, sub { $self->count($kind) >= $n });
}

# The ledger: acknowledged tickets are there once with their id, refused ones are not, unknown ones at most once.
sub check {
    my ($self, $writes, $what, %opt) = @_;
    my (%there, @wrong);
    push @{ $there{ $_->{name} } }, $_ for $self->{desk}->dump_records('ticket', %opt);
    for my $w (@$writes) {
        my @found = @{ $there{ $w->{name} } // [] };
        push @wrong, "$w->{name}: twice" if @found > 1;
        if ($w->{status} == 201) {
            push @wrong, "$w->{name}: acknowledged and lost" if !@found;
            push @wrong, "$w->{name}: another id" if @found && $found[0]{id} != $w->{id};
        } elsif ($w->{status} && ($w->{code} // '') ne 'outcome_unknown') {
            push @wrong, "$w->{name}: refused ($w->{status}) and there" if @found;
        }
        push @wrong, "$w->{name}: not whole" if @found && index($found[0]{description} // '', "text of $w->{name}") < 0;
    }
    is(scalar @wrong, 0, "$what: the ledger holds") or diag join "\n", @wrong[0 .. ($#wrong > 9 ? 9 : $#wrong)];
    my ($out, $err, $rc) = $self->{desk}->ctl(['fsck'], ok => 0, %opt);
    is($rc, 0, "$what: fsck is clean") or diag $out . $err;
}

# What was not acknowledged is sent again with its key: then it is there, once.
sub repeat {
    my ($self, $writes, $what) = @_;
    my $c = $self->fresh_client;
    my @wrong;
    for my $w (grep { $_->{status} != 201 } @$writes) {
        my $r = $c->api(POST => '/tickets', { name => $w->{name}, description => "text of $w->{name}" }, key => $w->{key});
        push @wrong, "$w->{name}: $r->{status}" if $r->{status} != 201;
        $w->{status} = $r->{status};
        $w->{id} = $r->{json} && $r->{json}{id};
    }
    is(scalar @wrong, 0, "$what: repeated with their keys, all are taken") or diag join "\n", @wrong[0 .. ($#wrong > 9 ? 9 : $#wrong)];
    $self->check($writes, "$what, repeated");
}

# The seqs of a stream grow by one.
sub check_events {
    my ($self, $events, $what) = @_;
    my $n = 0;
    for my $stream (@$events) {
        $n++;
        my @seqs = map { $_->{seq} // () } @$stream;
        my @gaps = grep { $seqs[$_] != $seqs[ $_ - 1 ] + 1 } 1 .. $#seqs;
        is(scalar @gaps, 0, "$what: stream $n has no gap and nothing twice (" . @seqs . ' events)')
            or diag join ' ', map { "$seqs[$_ - 1]>$seqs[$_]" } @gaps[0 .. ($#gaps > 9 ? 9 : $#gaps)];
        is(scalar(grep { $_->{odd} } @$stream), 0, "$what: stream $n was never told to start again");
    }
}

sub by_status {
    my ($self, $list) = @_;
    my %n;
    $n{ $_->{status} . ($_->{code} ? " $_->{code}" : '') }++ for @$list;
    return join ', ', map { "$_: $n{$_}" } sort keys %n;
}

# ---- functions ----

sub percentile {
    my ($p, @values) = @_;
    @values = sort { $a <=> $b } @values;
    return $values[ int($p * $#values) ] // 0;
}

sub metric {
    my ($desk, $name) = @_;
    my $text = $desk->client->request(GET => '/metrics')->{body};
    return $text =~ /^helpdesk_\Q$name\E ([0-9.e+-]+)$/m ? $1 : undef;
}

# A client whose connection belongs to the worker with that pid: the others are stopped while it connects.
sub client_of {
    my ($desk, $user, $pid, @others) = @_;
    @others = grep { $_ != $pid } @others ? @others : $desk->worker_pids;
    for (1 .. 5) {
        kill STOP => @others;
        wait_until(2, sub { !grep { slurp("/proc/$_/stat") !~ /\) [TZ] / } @others });
        my $c = $desk->client;
        my $usual = $c->{timeout};
        $c->{$_} = $user->{$_} for qw(cookie csrf);
        $c->{timeout} = 2;
        my $r = $c->api(GET => '/session');
        kill CONT => @others;
        $c->{timeout} = $usual;
        return $c if $r->{status} == 200 && $c->{socket};
    }
    die "no connection to worker $pid\n";
}

sub fds_of {
    my ($pid) = @_;
    my @fds = glob "/proc/$pid/fd/*";
    return scalar @fds;
}

# Waits until none of the old workers is left and as many new ones are there.
sub new_workers {
    my ($desk, $seconds, @old) = @_;
    my %old = map { $_ => 1 } @old;
    return wait_until($seconds, sub {
        my @now = $desk->worker_pids;
        @now == $desk->{workers} && !grep { $old{$_} } @now;
    });
}

# Builds t/faults/NAME.c as a shared object for LD_PRELOAD; undef without a compiler.
# A desk whose workers write through t/faults/io_shim.c; the file that says how the disk fails.
sub shimmed {
    plan(skip_all => 'another library is preloaded already') if $ENV{HD_PRELOAD};
    my $desk = Helpdesk->new(workers => 2, env => ['HD_IO_CONTROL', 'LD_PRELOAD'])->seed;
    $desk->{preload} = $desk->dir . '/shim.so';
    $ENV{HD_IO_CONTROL} = $desk->dir . '/io';
    my @cmd = ($ENV{CC} // 'cc', '-std=gnu17', '-O2', '-Wall', '-Wextra', '-Werror', '-shared', '-fPIC', '-o', $desk->{preload},
               dirname(__FILE__) . '/../faults/io_shim.c', '-ldl', '-lpthread');
    system(@cmd) == 0 or plan(skip_all => 'no C compiler');
    return ($desk, $ENV{HD_IO_CONTROL});
}

1;
