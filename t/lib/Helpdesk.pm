package Helpdesk;

# A private nginx with the module in a temporary directory, and a client for it.  Core Perl only.
#
#     my $desk = Helpdesk->new(workers => 2)->seed->start;
#     my $admin = $desk->login('admin');
#     my $r = $admin->api(POST => '/tickets', { name => 'x' });        # {status, headers, cookies, json, body}
#
# Environment: HD_MODULE, HD_CTL (defaults under build/), HD_PRELOAD (LD_PRELOAD for nginx), NGINX.
# At the end of a test file nothing may be left in the error log that is an alert, an emergency, a sanitizer's
# report, a died worker or a leaked connection, unless the test called expect(regex).

use strict;
use warnings;
use Cwd qw(abs_path);
use Exporter 'import';
use File::Basename qw(dirname);
use File::Path qw(remove_tree);
use File::Temp ();
use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;
use JSON::PP ();
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);
use Time::Local qw(timegm);

our @EXPORT = qw(parallel patience slurp write_file json_text wait_until);

my $root = abs_path(dirname(__FILE__) . '/../..');
my $json = JSON::PP->new->utf8->canonical->allow_nonref;
our $PASSWORD = 'amber-lantern-42-quietly';
my @all;

sub slurp {
    my ($path) = @_;
    open my $f, '<:raw', $path or return '';
    local $/;
    return scalar(<$f>) // '';
}

sub write_file {
    my ($path, $text) = @_;
    open my $f, '>:raw', $path or die "$path: $!";
    print $f $text;
    close $f or die "$path: $!";
}

sub json_text { return $json->encode($_[0]) }

# The longest that something may take which takes so many seconds on an idle machine.  Others run beside the tests, machines
# are slow, and sanitizers stretch everything.
sub patience { return $_[0] * ($ENV{HD_SANITIZED} ? 10 : 4) }

# True as soon as the code is, at the latest after so many seconds.
sub wait_until {
    my ($seconds, $code) = @_;
    my $end = time + patience($seconds);
    while (time < $end) {
        my $v = $code->();
        return $v if $v;
        sleep 0.02;
    }
    return $code->();
}

# Runs the code in n processes at once; returns what each returned (anything JSON can carry), in order.
sub parallel {
    my ($n, $code) = @_;
    my (@pipes, @pids, @results);
    for my $i (0 .. $n - 1) {
        pipe my $r, my $w or die "pipe: $!";
        my $pid = fork // die "fork: $!";
        if ($pid == 0) {
            close $r;
            my $v = eval { $code->($i) };
            print $w $json->encode($@ ? { died => "$@" } : { value => $v });
            close $w;
            POSIX::_exit(0);
        }
        close $w;
        push @pipes, $r;
        push @pids, $pid;
    }
    for my $r (@pipes) {
        local $/;
        my $text = <$r>;
        push @results, $text ? $json->decode($text) : { died => 'no answer' };
    }
    waitpid $_, 0 for @pids;
    $_->{died} and diag("parallel: $_->{died}") for @results;
    return map { $_->{value} } @results;
}

# ---- the server ----

# Options: workers, sync, size, shutdown, main, http, server (lines of configuration), env (names of variables to keep),
# connections (of a worker), reuseport (the kernel shares clients out to the workers), preload, port, store; clock: the
# time nginx believes in, at() sets it (clock_shim.c; standing still until then).
sub new {
    my ($class, %opt) = @_;
    my $self = bless {
        workers => 1, sync => 'full', size => '1g', shutdown => '5s', main => '', http => '', server => '', env => [],
        connections => 1024,
        expected => [], preload => $ENV{HD_PRELOAD} // '', owner => $$, %opt,
    }, $class;
    $self->{dir} = File::Temp::tempdir('hd-XXXXXX', TMPDIR => 1, CLEANUP => 0);
    chmod 0755, $self->{dir};
    $self->{store} //= "$self->{dir}/store";
    $self->{module} = abs_path($ENV{HD_MODULE} // "$root/build/ngx_http_helpdesk_module.so");
    $self->{module} && -e $self->{module} or BAIL_OUT('the module is not built (HD_MODULE)');
    $self->{ctl} = $ENV{HD_CTL} // "$root/build/helpdeskctl";
    $self->{nginx} = $ENV{NGINX} // '/usr/sbin/nginx';
    $self->{port} //= free_port();
    push @all, $self;
    mkdir "$self->{dir}/logs";
    mkdir "$self->{dir}/html";
    symlink "$root/html", "$self->{dir}/pages";
    write_file("$self->{dir}/secret", join('', map { sprintf '%02x', int rand 256 } 1 .. 32) . "\n");
    chmod 0600, "$self->{dir}/secret";
    $self->fake_clock if $self->{clock};
    $self->write_conf;
    return $self;
}

# t/lib/clock_shim.c as a library for LD_PRELOAD, built once.
sub clock_library {
    my ($source, $library) = ("$root/t/lib/clock_shim.c", "$root/build/clock_shim.so");
    return $library if -e $library && -M $library <= -M $source;
    system('gcc', qw(-std=gnu17 -O2 -Wall -Wextra -Werror -shared -fPIC -o), "$library.$$", $source) == 0
        && rename("$library.$$", $library) or BAIL_OUT('the clock for tests cannot be built');
    return $library;
}

sub fake_clock {
    my ($self) = @_;
    $self->{preload} = join ' ', grep { length } $self->{preload}, clock_library();
    $self->{env} = [ @{ $self->{env} }, 'HD_CLOCK' ];
    return $self->at($self->{clock});
}

# From now on it is this time ("2026-01-05T10:00:00Z") for nginx; with ahead, so many seconds more have passed since it began.
sub at {
    my ($self, $time, $ahead) = @_;
    $self->{ahead} = $ahead // $self->{ahead};
    set_clock("$self->{dir}/clock", $time, $self->{ahead});
    return $self;
}

# The same, and waits until what is due by then is done: the clock takes its next look, every five seconds, for come.
# The time stands meanwhile: what is done in slices, one a second, goes on when it is moved again.
sub settle {
    my ($self, $time) = @_;
    $self->at($time, ($self->{ahead} // 0) + 6);
    wait_until(30, sub { $self->client->request(GET => '/metrics')->{body} =~ /^helpdesk_timers_behind 0$/m })
        or die "$time: timers that are due do not fire\n";
    return $self;
}

sub set_clock {
    my ($file, $time, $ahead) = @_;
    my @part = $time =~ /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z$/ or die "not a time: $time";
    write_file("$file.new", timegm(@part[ 5, 4, 3, 2 ], $part[1] - 1, $part[0]) . ($ahead ? " $ahead" : '') . "\n");
    rename "$file.new", $file or die "$file: $!";
}

# A port of this machine that nobody else takes while this process lives: below those the kernel gives to clients, and
# claimed among tests by a name (an abstract socket) that goes with the process.
my @claimed;

sub free_port {
    for my $i (0 .. 9999) {
        my $port = 10000 + ($$ * 7 + @claimed + $i) % 20000;
        my $claim = IO::Socket::UNIX->new(Listen => 1, Local => "\0hd-port-$port") or next;
        IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1', LocalPort => $port, ReuseAddr => 1) or next;
        push @claimed, $claim;
        return $port;
    }
    die "no port: $!";
}

sub base { return "http://127.0.0.1:$_[0]{port}" }
sub dir  { return $_[0]{dir} }

sub write_conf {
    my ($self, %opt) = @_;
    $self->{$_} = $opt{$_} for keys %opt;
    my $s = $self;
    my $user = $> == 0 ? 'user root;' : '';
    my $env = join '', map { "env $_;\n" } @{ $s->{env} };
    my $store = $s->{no_store} ? '' : "helpdesk_store $s->{store} size=$s->{size} sync=$s->{sync};";
    my $html = -d "$s->{dir}/pages" ? 'pages' : 'html';
    my $listen = $s->{reuseport} ? ' reuseport' : '';
    write_file("$s->{dir}/nginx.conf", <<"CONF");
load_module $s->{module};
$user
worker_processes $s->{workers};
pid $s->{dir}/nginx.pid;
error_log $s->{dir}/logs/error.log info;
worker_shutdown_timeout $s->{shutdown};
thread_pool default threads=4 max_queue=4096;
$env$s->{main}
events { worker_connections $s->{connections}; }
http {
    access_log $s->{dir}/logs/access.log;
    client_body_temp_path $s->{dir}/body;
    proxy_temp_path $s->{dir}/proxy;
    fastcgi_temp_path $s->{dir}/fastcgi;
    uwsgi_temp_path $s->{dir}/uwsgi;
    scgi_temp_path $s->{dir}/scgi;
    default_type application/octet-stream;
    types { text/html html; text/css css; application/javascript js mjs; application/json json; }
    $store
    helpdesk_base_url http://127.0.0.1:$s->{port};
    helpdesk_secret_file $s->{dir}/secret;
    helpdesk_html $s->{dir}/$html;
    $s->{http}
    server {
        listen 127.0.0.1:$s->{port}$listen;
        server_name 127.0.0.1;
        root $s->{dir}/$html;
        client_max_body_size 2m;
        location /api/ { helpdesk api files; }
        location /support { helpdesk page files; }
        location /my { helpdesk page files; }
        location ~ ^/(?:signin|signout|reset|invitation|setup)\$ { helpdesk page; }
        location /website/ { helpdesk page files; }
        location = / { helpdesk page; }
        location = /healthz { helpdesk health; }
        location = /metrics { helpdesk metrics; }
        $s->{server}
    }
}
CONF
    return $self;
}

sub nginx {
    my ($self, @args) = @_;
    local $ENV{LD_PRELOAD} = $self->{preload} if $self->{preload};
    local $ENV{HD_CLOCK} = "$self->{dir}/clock" if $self->{clock};
    my @cmd = ($self->{nginx}, '-p', "$self->{dir}/", '-c', "$self->{dir}/nginx.conf",
               '-e', "$self->{dir}/logs/error.log", @args);
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        open STDOUT, '>>', "$self->{dir}/logs/out.log";
        open STDERR, '>>', "$self->{dir}/logs/out.log";
        chdir $self->{dir};
        exec @cmd or POSIX::_exit(127);
    }
    waitpid $pid, 0;
    return $? >> 8 || $? & 127;
}

sub start {
    my ($self) = @_;
    my $rc = $self->nginx;
    $rc == 0 or BAIL_OUT("nginx does not start: " . slurp("$self->{dir}/logs/out.log") . $self->log);
    wait_until(10, sub { $self->is_listening }) or BAIL_OUT('nginx does not answer');
    return $self;
}

sub is_listening { return !!IO::Socket::INET->new(PeerAddr => "127.0.0.1:$_[0]{port}", Timeout => 1) }
sub master { my $p = slurp("$_[0]{dir}/nginx.pid"); return $p =~ /(\d+)/ ? $1 : 0 }

sub worker_pids {
    my ($self, $master) = @_;
    $master //= $self->master or return;
    my @tasks = glob "/proc/$master/task/*/children";
    my @pids = map { split ' ', slurp($_) } @tasks;
    return grep { slurp("/proc/$_/cmdline") =~ /worker process/ } @pids;
}

# A dead process that nobody has waited for yet is dead.
sub is_alive { my ($pid) = @_; return kill(0, $pid) && slurp("/proc/$pid/stat") !~ /\) Z / }

sub reload  { my ($self) = @_; signal(HUP => $self->master); return $self }

# kill with an empty pid would reach this process's own group.
sub signal {
    my ($name, $pid) = @_;
    $pid && $pid > 1 or die "there is no process to send $name to";
    kill $name => $pid;
}
sub stop    { return $_[0]->end_with('TERM') }
sub quit    { return $_[0]->end_with('QUIT') }

sub end_with {
    my ($self, $signal, $master) = @_;
    $master //= $self->master or return $self;
    signal($signal => $master);
    wait_until(20, sub { !is_alive($master) }) or fail("nginx does not end on $signal");
    return $self;
}

# Binary upgrade: the old master ends after the new one serves.
sub upgrade {
    my ($self) = @_;
    my $old = $self->master;
    signal(USR2 => $old);
    wait_until(10, sub { my $new = $self->master; $new && $new != $old && $self->worker_pids($new) })
        or fail('no new master');
    signal(WINCH => $old);
    return $self->end_with(QUIT => $old);
}

sub log { return slurp("$_[0]{dir}/logs/error.log") }
sub expect { my ($self, @res) = @_; push @{ $self->{expected} }, @res; return $self }

# ---- helpdeskctl ----

# In scalar context standard output; dies when the command fails, unless ok => 0.  input => text for stdin;
# clock => the time it believes in; store => another store.
sub ctl {
    my ($self, $args, %opt) = @_;
    my ($out, $in) = ("$self->{dir}/ctl.out.$$", "$self->{dir}/ctl.in.$$");
    write_file($in, $opt{input} // '');
    set_clock("$out.clock", $opt{clock}) if $opt{clock};
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        open STDIN, '<', $in;
        open STDOUT, '>', $out;
        open STDERR, '>', "$out.err";
        @ENV{qw(LD_PRELOAD HD_CLOCK)} = (join(' ', $ENV{HD_PRELOAD} // (), clock_library()), "$out.clock") if $opt{clock};
        exec $self->{ctl}, '-d', $opt{store} // $self->{store}, @$args or POSIX::_exit(127);
    }
    waitpid $pid, 0;
    my $status = $? >> 8 || $? & 127;
    my ($text, $err) = (slurp($out), slurp("$out.err"));
    unlink $in, $out, "$out.err", "$out.clock";
    die "helpdeskctl @$args: $status: $err$text" if $status != 0 && ($opt{ok} // 1);
    return wantarray ? ($text, $err, $status) : $text;
}

sub add_user {
    my ($self, $login, $role, @more) = @_;
    $self->ctl([ 'user', 'add', $login, '--name', ucfirst($login), '--role', $role, '--password-stdin', @more ],
               input => "$PASSWORD\n");
    return $self;
}

# A store with a company, a first team and the users admin and agent.
sub seed {
    my ($self) = @_;
    $self->ctl([ 'init', '--company', 'Test Company' ]);
    return $self->add_user(admin => 'admin')->add_user(agent => 'user');
}

# All records of a type, from a dump of the store.
sub dump_records {
    my ($self, $type, %opt) = @_;
    my @rows = map { $json->decode($_) } grep { /^\{"type":"\Q$type\E"/ } split /\n/, scalar $self->ctl(['dump'], %opt);
    return map { $_->{record} } grep { ($_->{type} // '') eq $type } @rows;
}

# ---- the client ----

sub client { my ($self) = @_; return Helpdesk::Client->new($self->{port}) }

sub login {
    my ($self, $login, $password) = @_;
    my $c = $self->client;
    my $r = $c->api(POST => '/login', { login => $login, password => $password // $PASSWORD });
    $r->{status} == 200 or die "login of $login: $r->{status} $r->{body}";
    ($c->{cookie}) = map { /^([^;]+)/ } grep { defined } $r->{headers}{'set-cookie'};
    $c->{csrf} = $r->{json}{csrf};
    $c->{user} = $r->{json}{user};
    return $c;
}

# ---- the end of every test ----

sub finish {
    my ($self) = @_;
    return if $self->{finished}++;
    $self->stop if $self->master && kill 0, $self->master;
    my @bad = grep {
        my $line = $_;
        $line =~ /\[(?:alert|emerg)\]|Sanitizer|runtime error|exited on signal|open socket|core dumped/
            && !grep { $line =~ $_ } @{ $self->{expected} };
    } split /\n/, $self->log . slurp("$self->{dir}/logs/out.log");
    is(scalar @bad, 0, 'nothing alarming in the log') or diag(join "\n", @bad[0 .. ($#bad > 20 ? 20 : $#bad)]);
    my @cores = glob "$self->{dir}/core* $self->{dir}/store/core*";
    is(scalar @cores, 0, 'no core files');
    remove_tree($self->{dir}) unless $ENV{HD_KEEP};
    diag("kept $self->{dir}") if $ENV{HD_KEEP};
}

sub finish_all { $_->{owner} == $$ and $_->finish for @all }

# A test that dies, or is told to end, leaves neither servers nor directories.
END {
    my $status = $?;
    $_->put_away for grep { $_->{owner} == $$ && !$_->{finished} } @all;
    $? = $status;
}
my $main = $$;
$SIG{$_} //= sub { $$ == $main ? exit 1 : POSIX::_exit(1) } for qw(INT TERM HUP PIPE);

sub put_away {
    my ($self) = @_;
    my $master = $self->master;
    my @pids = grep { $_ && is_alive($_) } $master, $self->worker_pids;
    kill TERM => $master if @pids;
    wait_until(5, sub { !grep { is_alive($_) } @pids }) or kill KILL => @pids;
    remove_tree($self->{dir}) unless $ENV{HD_KEEP};
}

# Checks run before the plan is closed.
{
    no warnings 'redefine';
    my $done = \&Test::More::done_testing;
    *Helpdesk::done_testing = sub { finish_all(); $done->(@_) };
    push @EXPORT, 'done_testing';
}

package Helpdesk::Client;

use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;

sub new {
    my ($class, $port) = @_;
    return bless { port => $port, timeout => Helpdesk::patience(10) }, $class;
}

sub connect {
    my ($self) = @_;
    my @from = $self->{from} ? (LocalAddr => $self->{from}) : ();      # another address of this machine
    return IO::Socket::INET->new(PeerAddr => "127.0.0.1:$self->{port}", @from, Timeout => 5);
}

# Sends the bytes as they are; what came back until the server closed or the time was over.
sub raw {
    my ($self, $bytes, $seconds) = @_;
    my $s = $self->connect or return '';
    local $SIG{PIPE} = 'IGNORE';
    my ($got, $sel) = ('', IO::Select->new($s));
    for (my $at = 0; $at < length $bytes;) {
        my $n = syswrite $s, $bytes, 65536, $at;
        last unless $n;
        $at += $n;
    }
    while ($sel->can_read($seconds // 5)) {
        sysread $s, $got, 65536, length $got or last;
    }
    return $got;
}

# An API call: path below /api/v1.  status 0 means that no whole answer came.
# Options: headers => {} (undef leaves one out), type, raw_body, key (Idempotency-Key).
sub api {
    my ($self, $method, $path, $body, %opt) = @_;
    return $self->request($method, "/api/v1$path", defined $body ? $json->encode($body) : $opt{raw_body}, %opt);
}

# For what a test stands on: the answer's JSON; any other status than the one wanted (200) ends the file.
sub must {
    my ($self, $method, $path, $body, $want) = @_;
    my $r = $self->api($method, $path, $body);
    $r->{status} == ($want // 200) or die "$method $path: $r->{status} $r->{body}\n";
    return $r->{json};
}

# The number of a record it makes.
sub made {
    my ($self, $path, $body) = @_;
    return $self->must(POST => $path, $body, 201)->{id};
}

sub request {
    my ($self, $method, $path, $text, %opt) = @_;
    my %h = ('Host' => "127.0.0.1:$self->{port}");
    $h{'Content-Type'} = $opt{type} // 'application/json' if defined $text;
    $h{'Content-Length'} = length($text // '') if defined $text || $method =~ /^P/;
    $h{Cookie} = $self->{cookie} if $self->{cookie};
    $h{'X-CSRF'} = $self->{csrf} if $self->{csrf} && $method ne 'GET';
    $h{Origin} = "http://127.0.0.1:$self->{port}" if $self->{cookie} && $method ne 'GET';
    $h{Authorization} = "Bearer $self->{token}" if $self->{token};
    $h{'Idempotency-Key'} = $opt{key} if defined $opt{key};
    %h = (%h, %{ $opt{headers} // {} });
    my $head = join '', map { defined $h{$_} ? "$_: $h{$_}\r\n" : '' } sort keys %h;
    my $r = $self->exchange("$method $path HTTP/1.1\r\n$head\r\n" . ($text // ''), $method eq 'HEAD');
    $r->{json} = eval { $json->decode($r->{body}) } if length $r->{body} && !$opt{unread};
    return $r;
}

# One request on the kept connection; a new one when there is none or it died before any byte came.
sub exchange {
    my ($self, $bytes, $no_body) = @_;
    local $SIG{PIPE} = 'IGNORE';
    my $r = { status => 0, headers => {}, body => '' };
    my $s = delete $self->{socket};
    undef $s if $s && IO::Select->new($s)->can_read(0);        # closed by the server meanwhile
    $s //= $self->connect or return $r;
    my ($got, $sel, $end) = ('', IO::Select->new($s), Time::HiRes::time() + $self->{timeout});
    for (my $at = 0; $at < length $bytes;) {
        my $n = syswrite $s, $bytes, length($bytes) - $at, $at;
        return $r unless $n;
        $at += $n;
    }
    while (1) {
        my $done = parse($got, $r, $no_body);
        if ($done) {
            $self->{socket} = $s if ($r->{headers}{connection} // '') ne 'close' && $done eq 'whole';
            return $r;
        }
        my $left = $end - Time::HiRes::time();
        my $n = $left > 0 && $sel->can_read($left) ? sysread $s, $got, 65536, length $got : 0;
        return { status => 0, headers => {}, body => '', partial => $got } unless $n;
    }
}

# Fills r when the bytes hold a whole answer.
sub parse {
    my ($got, $r, $no_body) = @_;
    my $at = index $got, "\r\n\r\n";
    return if $at < 0;
    my ($first, @lines) = split /\r\n/, substr $got, 0, $at;
    my ($status) = $first =~ m{^HTTP/1\.[01] (\d{3})} or return;
    my %h = map { /^([^:]+):\s*(.*)$/ ? (lc $1 => $2) : () } @lines;
    my @cookies = map { /^set-cookie:\s*(.*)$/i ? $1 : () } @lines;
    my $body = substr $got, $at + 4;
    if (!$no_body && $status != 204 && $status != 304) {
        if (($h{'transfer-encoding'} // '') eq 'chunked') {
            return unless $body =~ /(?:^|\r\n)0\r\n\r\n\z/;
            my ($out, $at) = ('', 0);
            while (1) {
                return unless substr($body, $at, 20) =~ /^(([0-9a-fA-F]+)\r\n)/;
                my $n = hex $2;
                $at += length $1;
                return if length($body) - $at < $n + 2;
                $out .= substr $body, $at, $n;
                $at += $n + 2;
                last if $n == 0;
            }
            $body = $out;
        } elsif (defined $h{'content-length'}) {
            return if length $body < $h{'content-length'};
        } else {
            return;
        }
    } else {
        $body = '';
    }
    @$r{qw(status headers cookies body)} = ($status, \%h, \@cookies, $body);
    return 'whole';
}

1;
