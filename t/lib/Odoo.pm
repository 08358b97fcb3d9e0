package Odoo;

# A server that speaks as much of Odoo's external API as import-odoo asks for: a process of its own on loopback that reads
# what it holds from a file, so that a test can change it between two runs.
#
#     my $odoo = Odoo->new({ 'res.partner' => { fields => { name => 'char' }, rows => [ { id => 7, name => 'Ann' } ] } });
#     $odoo->change(sub { $_[0]{'res.partner'}{rows}[0]{name} = 'Anna' });
#     $odoo->behave('http500');      # endless, slow, elsewhere, long, text; '' is well again
#     $odoo->behave('text read res.partner 2');       # from its third such call on; so does fault
#     $odoo->calls;                  # how many calls it answered; {method => how many}

use strict;
use warnings;
use IO::Socket::INET;
use JSON::PP ();
use POSIX ();
use Helpdesk;

my $json = JSON::PP->new->utf8->canonical->allow_nonref;
our $PASSWORD = 'key-of-the-other-server';

sub new {
    my ($class, $data) = @_;
    my $self = bless { dir => File::Temp::tempdir('odoo-XXXXXX', TMPDIR => 1, CLEANUP => 0), owner => $$ }, $class;
    $self->{port} = Helpdesk::free_port();
    my $listen = IO::Socket::INET->new(Listen => 20, LocalAddr => '127.0.0.1', LocalPort => $self->{port}, ReuseAddr => 1)
        or die "listen: $!";
    $self->{data} = $data;
    $self->save->behave('');
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP PIPE);
        $SIG{PIPE} = 'IGNORE';
        serve($self, $listen);
        POSIX::_exit(0);
    }
    close $listen;
    $self->{pid} = $pid;
    return $self;
}

sub save { my ($self) = @_; write_file("$self->{dir}/data.new", $json->encode($self->{data}));
           rename "$self->{dir}/data.new", "$self->{dir}/data"; return $self }
sub change { my ($self, $code) = @_; $code->($self->{data}); return $self->save }
sub behave { my ($self, $how) = @_; write_file("$self->{dir}/how", $how); write_file("$self->{dir}/calls", ''); return $self }
sub url { return "http://127.0.0.1:$_[0]{port}" }

sub calls {
    my ($self) = @_;
    my %n;
    $n{$_}++ for split /\n/, slurp("$self->{dir}/calls");
    return %n;
}

sub DESTROY {
    my ($self) = @_;
    return if $self->{owner} != $$ || !$self->{pid};
    local ($?, $!);
    kill KILL => $self->{pid};
    waitpid $self->{pid}, 0;
    File::Path::remove_tree($self->{dir});
}

# ---- the process ----

sub serve {
    my ($self, $listen) = @_;
    while (my $c = $listen->accept) {
        my $pid = fork // next;
        if ($pid == 0) {
            close $listen;
            while (defined(my $body = read_request($c))) {
                answer($self, $c, $body) or last;
            }
            POSIX::_exit(0);
        }
        close $c;
        1 while waitpid(-1, POSIX::WNOHANG()) > 0;
    }
}

sub read_request {
    my ($c) = @_;
    my ($head, $length) = ('', 0);
    while (defined(my $line = <$c>)) {
        $length = $1 if $line =~ /^Content-Length:\s*(\d+)/i;
        print $c "HTTP/1.1 100 Continue\r\n\r\n" if $line =~ /^Expect:/i;
        $head .= $line;
        last if $line eq "\r\n";
    }
    return undef if $head !~ /\r\n\r\n\z/;
    my $body = '';
    while (length $body < $length) {
        read($c, $body, $length - length $body, length $body) or return undef;
    }
    return $body;
}

sub send_text {
    my ($c, $status, $text, @more) = @_;
    print $c join("\r\n", "HTTP/1.1 $status", 'Content-Type: application/json', 'Content-Length: ' . length $text, @more, '', '')
        . $text;
    return $c->flush;
}

sub send_huge {
    my ($c) = @_;
    print $c "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n{";
    return 0;
}

sub answer {
    my ($self, $c, $body) = @_;
    my $how = slurp("$self->{dir}/how");
    my $call = $json->decode($body)->{params};
    my ($method, @args) = $call->{service} eq 'object' ? @{ $call->{args} }[ 4, 3, 5, 6 ] : ($call->{method}, @{ $call->{args} });
    open my $log, '>>', "$self->{dir}/calls";
    print $log "$method\n", $call->{service} eq 'object' ? "$method $args[0]\n" : ();
    close $log;
    return send_text($c, '500 Internal Server Error', 'oops') if $how eq 'http500' || $how eq "http500 $method";
    return send_text($c, '200 OK', 'hello') if $how eq 'text' || ($how =~ /^text (\S+ \S+) (\d+)$/ && is_beyond($self, $1, $2, "$method $args[0]"));
    return send_text($c, '308 Permanent Redirect', '', 'Location: ' . slurp("$self->{dir}/elsewhere")) if $how eq 'elsewhere';
    return send_huge($c) if $how eq 'long';
    if ($how eq 'endless') {
        print $c "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"result\":\"";
        my $piece = 'x' x 65536;
        1 while print $c $piece;
        return 0;
    }
    if ($how eq 'slow' || $how eq "slow $method") {
        sleep 30;
        return 0;
    }
    my $data = $json->decode(slurp("$self->{dir}/data"));
    my $result = eval { $call->{service} eq 'object' ? object($data, $method, @args) : common($method, @args) };
    return send_huge($c) if ref $@ eq 'HASH' && $@->{huge};
    my $fault = $how =~ /^fault (\S+ \S+) (\d+)$/ && is_beyond($self, $1, $2, "$method $args[0]")
              ? { name => 'builtins.Exception', message => 'out of order' } : $@;
    return send_text($c, '200 OK', $json->encode({ jsonrpc => '2.0', id => 1, $fault
        ? (error => { code => 200, message => 'Odoo Server Error', data => { name => $fault->{name}, message => $fault->{message} } })
        : (result => $result) }));
}

# Is this the call meant, and were there more than so many?
sub is_beyond {
    my ($self, $meant, $n, $call) = @_;
    return $call eq $meant && grep({ $_ eq $meant } split /\n/, slurp("$self->{dir}/calls")) > $n;
}

sub common {
    my ($method, $db, $login, $password) = @_;
    return { server_serie => '17.0' } if $method eq 'version';
    return $db eq 'shop' && $login eq 'boss' && $password eq $PASSWORD ? 2 : JSON::PP::false;
}

sub object {
    my ($data, $method, $model, $args, $kwargs) = @_;
    my $m = $data->{$model} or die { name => 'builtins.KeyError', message => "'$model'" };
    my %type = (create_date => 'datetime', write_date => 'datetime', %{ $m->{fields} });
    if ($method eq 'fields_get') {
        return { map { my ($type, $relation) = split ' ', $type{$_};
                       ($_ => { type => $type, $relation ? (relation => $relation) : () }) } keys %type };
    }
    if ($method eq 'read') {
        my %by = map { $_->{id} => $_ } @{ $m->{rows} };
        return [ map { one($by{$_}, \%type, $args->[1]) } map { $by{$_} || die { name => 'odoo.exceptions.MissingError', message => 'gone' } ; $_ } @{ $args->[0] } ];
    }
    my @found = grep { fits($_, $args->[0]) } sort { $a->{id} <=> $b->{id} } @{ $m->{rows} };
    return [ map { $_->{id} } @found ] if $method eq 'search';
    my $n = $kwargs->{limit} || @found;
    return [ map { one($_, \%type, $args->[1]) } @found[ 0 .. ($n < @found ? $n : @found) - 1 ] ] if $method eq 'search_read';
    die { name => 'builtins.AttributeError', message => $method };
}

sub one {
    my ($row, $type, $fields) = @_;
    die { name => 'odoo.exceptions.AccessError', message => 'Not this one.' } if $row->{_forbidden};
    my @names = $fields && @$fields ? @$fields : keys %$type;
    die { huge => 1 } if $row->{_huge} && grep { $_ eq 'datas' } @names;
    for (@names) {
        $type->{$_} or $_ eq 'id' or die { name => 'builtins.ValueError', message => "Invalid field $_" };
    }
    return { id => $row->{id}, map { $_ => $row->{$_} // ($type->{$_} =~ /2many/ ? [] : JSON::PP::false) } grep { $_ ne 'id' } @names };
}

sub fits {
    my ($row, $domain) = @_;
    for my $c (@{ $domain || [] }) {
        my ($field, $op, $want) = @$c;
        my $v = $row->{$field} // '';
        my %in = map { $_ => 1 } ref $want eq 'ARRAY' ? @$want : $want // '';
        my $ok = $op eq '=' ? $v eq $want : $op eq 'in' ? $in{$v} : $op eq 'not in' ? !$in{$v} : $op eq '>' ? $v > $want
               : $op eq '!=' ? (ref $v ? @$v > 0 : $v) : die { name => 'builtins.ValueError', message => $op };
        return 0 if !$ok;
    }
    return 1;
}

1;
