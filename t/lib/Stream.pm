package Stream;

# An event stream of a test: opened with a client's cookie or token, read without blocking longer than asked.

use strict;
use warnings;
use IO::Select;
use JSON::PP ();
use Time::HiRes qw(time);
use Helpdesk ();

# after => sequence, query => "ticket_id=7"
sub new {
    my ($class, $client, %o) = @_;
    my $self = bless { client => $client, query => $o{query}, resumed => 0 }, $class;
    $self->_open($o{after});
    return $self;
}

sub _open {
    my ($self, $after) = @_;
    my $client = $self->{client};
    my $socket = $client->connect or die 'no connection';
    my $query = join '&', grep { defined } $self->{query}, defined $after ? "after=$after" : undef;
    my $head = "Host: 127.0.0.1\r\n";
    $head .= "Cookie: $client->{cookie}\r\n" if $client->{cookie};
    $head .= "Authorization: Bearer $client->{token}\r\n" if $client->{token};
    syswrite $socket, 'GET /api/v1/events' . ($query eq '' ? '' : "?$query") . " HTTP/1.1\r\n$head\r\n";
    @$self{qw(socket raw body closed)} = ($socket, '', '', 0);
    $self->{text} //= '';
    my $before = length $self->{text};
    $self->until(10, sub { length($_[0]{text}) > $before });
    ($self->{status}) = $self->{raw} =~ m{^HTTP/1\.1 (\d+)};
}

# Goes on behind the last event, as a browser does.
sub resume {
    my ($self) = @_;
    my @e = $self->events;
    $self->{socket}->close;
    $self->{text} =~ s/[^\n]*\z//;                  # half a line
    $self->{resumed}++;
    $self->_open(@e ? $e[-1]{seq} : 0);
}

# Reads what is there, waiting for it at most so many seconds.
sub read {
    my ($self, $seconds) = @_;
    return 0 if $self->{closed} || !IO::Select->new($self->{socket})->can_read($seconds);
    my $n = sysread $self->{socket}, my $bytes, 65536;
    $self->{closed} = 1 if !$n;
    $self->_take($bytes) if $n;
    return $n;
}

sub _take {
    my ($self, $bytes) = @_;
    if ($self->{raw} !~ /\r\n\r\n/) {
        $self->{raw} .= $bytes;
        return if $self->{raw} !~ s/\r\n\r\n(.*)\z/\r\n\r\n/s;
        $bytes = $1;
    }
    $self->{body} .= $bytes;
    while ($self->{body} =~ /\A([0-9a-f]+)\r\n/) {
        my ($len, $head) = (hex $1, length($1) + 2);
        last if length $self->{body} < $head + $len + 2;
        $self->{text} .= substr $self->{body}, $head, $len;
        substr($self->{body}, 0, $head + $len + 2) = '';
    }
}

# Reads until the code is true of the stream, at the latest after so many seconds.
sub until {
    my ($self, $seconds, $code) = @_;
    my $end = time + Helpdesk::patience($seconds);
    while (1) {
        my $v = $code->($self);
        return $v if $v || $self->{closed} || time >= $end;
        $self->read($end - time);
    }
}

# What is on its way: a command of one's own is seen when everything before it was.
sub drain {
    my ($self) = @_;
    my $quiet = 0;
    $quiet = $self->read(0.15) ? 0 : $quiet + 1 while $quiet < 2 && !$self->{closed};
    return $self;
}

sub close { $_[0]{socket}->close }
sub events { return map { JSON::PP::decode_json($_) } $_[0]{text} =~ /^data: (\{"seq".*\})$/mg }
sub presence { return map { JSON::PP::decode_json($_) } $_[0]{text} =~ /^event: presence\ndata: (\{.*\})$/mg }

1;
