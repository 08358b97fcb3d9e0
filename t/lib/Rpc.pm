package Rpc;

# A client of the Odoo-compatible door, by hand: the bytes are the point.
#
#     my $rpc = Rpc->new($desk, 'admin');                               # JSON-RPC as that user with the usual password
#     my $rows = $rpc->kw('helpdesk.ticket', 'search_read', [ [] ], { limit => 5 });     # dies with the fault
#     my $e = $rpc->fault('helpdesk.ticket', 'read', [ [ 999 ] ]);      # data of the error; undef when there was none
#     my $r = xml_call($client, '/xmlrpc/2/common', 'version');        # {status, value} or {status, fault => {...}}

use strict;
use warnings;
use Exporter 'import';
use JSON::PP ();
use Helpdesk ();
our @EXPORT = qw(xml_value xml_post xml_call xml_read json_rpc $LOCATION $DB);

our $DB = 'helpdesk';
our $LOCATION = "location ~ ^/(?:xmlrpc/|jsonrpc\$|web/|json/2) { helpdesk_rpc $DB; }";
my $json = JSON::PP->new->utf8->canonical->allow_nonref;

# ---- XML-RPC ----

# Perl's values as XML; a reference to a scalar is XML itself.
sub xml_value {
    my ($v) = @_;
    return '<value><nil/></value>' if !defined $v;
    return "<value>$$v</value>" if ref $v eq 'SCALAR';
    return '<value><boolean>' . ($v ? 1 : 0) . '</boolean></value>' if JSON::PP::is_bool($v);
    return '<value><array><data>' . join('', map { xml_value($_) } @$v) . '</data></array></value>' if ref $v eq 'ARRAY';
    return '<value><struct>' . join('', map { "<member><name>$_</name>" . xml_value($v->{$_}) . '</member>' } sort keys %$v)
        . '</struct></value>' if ref $v eq 'HASH';
    return "<value><int>$v</int></value>" if $v =~ /^-?\d+$/;
    return '<value><string>' . ($v =~ s/&/&amp;/gr =~ s/</&lt;/gr) . '</string></value>';
}

sub xml_post {
    my ($client, $path, $body, %opt) = @_;
    my $r = $client->request(POST => $path, $body, type => 'text/xml', %opt);
    my $root = $r->{body} =~ /^<\?xml/ ? xml_read($r->{body}) : undef;
    $r->{fault} = $root->{fault} if $root && exists $root->{fault};
    $r->{value} = $root->{value} if $root && exists $root->{value};
    return $r;
}

sub xml_call {
    my ($client, $path, $name, @args) = @_;
    return xml_post($client, $path, qq{<?xml version="1.0"?>\n<methodCall><methodName>$name</methodName><params>}
        . join('', map { '<param>' . xml_value($_) . '</param>' } @args) . '</params></methodCall>');
}

# Strict on purpose: what is not exactly spec.md 4.2's answer dies.
sub xml_read {
    my ($text) = @_;
    my @token = $text =~ /(<[^>]*>|[^<]+)/g;
    my $blank = sub { shift @token while @token && $token[0] =~ /^\s+$/ };
    my $take = sub {
        my ($want) = @_;
        $blank->();
        my $got = shift @token // 'the end';
        $got =~ $want or die "XML: $got where $want was to stand";
        return $got;
    };
    my $text_of = sub {
        my ($tag) = @_;
        my $t = @token && $token[0] !~ /^</ ? shift @token : '';
        (shift(@token) // '') eq "</$tag>" or die "XML: <$tag> does not end";
        my %entity = (lt => '<', gt => '>', amp => '&', '#13' => "\r");
        $t =~ s/&([^;]*);/$entity{$1} \/\/ die "XML: &$1;"/ge;
        utf8::decode($t) or die 'XML: not UTF-8';
        return $t;
    };
    my $value;
    $value = sub {
        $take->(qr/^<value>$/);
        my $v;
        my $kind = shift @token // '';
        if ($kind eq '<struct>') {
            $v = {};
            while ($blank->(), $token[0] eq '<member>') {
                shift @token;
                $take->(qr/^<name>$/);
                my $name = $text_of->('name');
                $v->{$name} = $value->();
                $take->(qr/^<\/member>$/);
            }
            $take->(qr/^<\/struct>$/);
        } elsif ($kind eq '<array>') {
            $take->(qr/^<data>$/);
            $v = [];
            push @$v, $value->() while $blank->(), $token[0] eq '<value>';
            $take->(qr/^<\/data>$/);
            $take->(qr/^<\/array>$/);
        } elsif ($kind =~ /^<(int|double|string|boolean)>$/) {
            my $type = $1;
            $v = $text_of->($type);
            die "XML: <$type>$v" unless $type eq 'string' || $v =~ ($type eq 'boolean' ? qr/^[01]$/ : qr/^-?[\d.eE+-]+$/);
            $v = $type eq 'string' ? $v : $type eq 'boolean' ? ($v ? JSON::PP::true : JSON::PP::false) : 0 + $v;
        } else {
            die "XML: $kind in a value";
        }
        $take->(qr/^<\/value>$/);
        return $v;
    };
    $take->(qr/^<\?xml version="1\.0"\?>$/);
    $take->(qr/^<methodResponse>$/);
    my $fault = $take->(qr/^<(?:fault|params)>$/) eq '<fault>';
    $take->(qr/^<param>$/) if !$fault;
    my $v = $value->();
    $take->(qr/^<\/param>$/) if !$fault;
    $take->($fault ? qr/^<\/fault>$/ : qr/^<\/params>$/);
    $take->(qr/^<\/methodResponse>$/);
    $blank->();
    die "XML: $token[0] behind the end" if @token;
    return { $fault ? 'fault' : 'value' => $v };
}

# ---- JSON-RPC ----

# A call of a path; the answer's json is the envelope.
sub json_rpc {
    my ($client, $path, $params, %opt) = @_;
    return $client->request(POST => $path, $json->encode({ jsonrpc => '2.0', method => 'call', id => 17, params => $params }), %opt);
}

sub new {
    my ($class, $desk, $login, $password) = @_;
    my $self = bless { client => $desk->client, password => $password // $Helpdesk::PASSWORD }, $class;
    my $r = json_rpc($self->{client}, '/jsonrpc',
                     { service => 'common', method => 'authenticate', args => [ $DB, $login, $self->{password}, {} ] });
    $self->{uid} = $r->{json}{result} or die "authenticate as $login: $r->{status} $r->{body}";
    return $self;
}

sub answer {
    my ($self, $model, $method, $args, $kwargs) = @_;
    return json_rpc($self->{client}, '/jsonrpc', { service => 'object', method => 'execute_kw', args =>
        [ $DB, $self->{uid}, $self->{password}, $model, $method, $args // [], $kwargs // {} ] });
}

sub kw {
    my $self = shift;
    my $r = $self->answer(@_);
    die "$_[0] $_[1]: $r->{status} $r->{body}" if !$r->{json} || $r->{json}{error} || !exists $r->{json}{result};
    return $r->{json}{result};
}

sub fault {
    my $self = shift;
    my $r = $self->answer(@_);
    return $r->{json} && $r->{json}{error} ? $r->{json}{error}{data} : undef;
}

1;
