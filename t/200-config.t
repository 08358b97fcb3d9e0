#!/usr/bin/perl

# Every directive: what is wrong is refused by nginx -t with the file, the line and a sentence that says what to write.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Helpdesk;

my $desk = Helpdesk->new(no_store => 1);
my $dir = $desk->dir;
my $root = "$FindBin::Bin/..";
my $conf = "$dir/try.conf";
my %good = (
    helpdesk_store => "$dir/store size=64m",
    helpdesk_base_url => 'https://desk.example.com',
    helpdesk_secret_file => "$dir/secret",
    helpdesk_html => "$root/html",
);

# Writes a configuration; each http directive and each location has a line of its own.  Returns text => line.
sub write_try {
    my ($http, $server) = @_;
    my @text = (
        "load_module $desk->{module};", "pid $dir/try.pid;", "error_log $dir/logs/error.log info;", 'events { }',
        'http {', "access_log off;", "client_body_temp_path $dir/body;", "proxy_temp_path $dir/proxy;",
        "fastcgi_temp_path $dir/fastcgi;", "uwsgi_temp_path $dir/uwsgi;", "scgi_temp_path $dir/scgi;", @$http,
        'server {', "listen 127.0.0.1:$desk->{port};", @$server, '}', '}',
    );
    write_file($conf, join '', map { "$_\n" } @text);
    my %line;
    $line{ $text[$_] } //= $_ + 1 for 0 .. $#text;
    return \%line;
}

sub test_conf {
    local $ENV{LD_PRELOAD} = $desk->{preload} if $desk->{preload};
    my $out = "$dir/try.out";
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        open STDOUT, '>', $out;
        open STDERR, '>&', \*STDOUT;
        exec $desk->{nginx}, '-t', '-p', "$dir/", '-c', $conf, '-e', "$dir/logs/try.log" or POSIX::_exit(127);
    }
    waitpid $pid, 0;
    return ($? >> 8 || $? & 127, slurp($out));
}

# The four directives that are needed, with some replaced (undef leaves one out), and more lines.
sub http_lines {
    my ($more, %change) = @_;
    my %all = (%good, %change);
    return [ (map { defined $all{$_} ? "$_ $all{$_};" : () } sort keys %all), @{ $more // [] } ];
}

my @api = ('location /api/ { helpdesk api; }');

sub passes {
    my ($name, $http, $server) = @_;
    write_try($http, $server // \@api);
    my ($rc, $text) = test_conf();
    is($rc, 0, "OPS: passes: $name") or diag $text;
    return $text;
}

# The message names the line on which the text stands, and what to write.
sub refused {
    my ($name, $http, $server, $where, $says) = @_;
    my $lines = write_try($http, $server // \@api);
    my ($rc, $text) = test_conf();
    subtest "OPS: refused: $name" => sub {
        isnt($rc, 0, 'nginx -t fails');
        like($text, $says, 'a sentence says what to write');
        my $n = $lines->{$where} or die "no such line: $where";
        like($text, qr/in \Q$conf\E:$n\b/, 'file and line') or diag $text;
        unlike($text, qr/signal|core/, 'no crash');
    };
}

# ---- what is right ----

passes('the four needed ones', http_lines());
passes('every door', http_lines(), [
    'location /api/ { helpdesk api; }', 'location /support { helpdesk page; }', 'location = /healthz { helpdesk health; }',
    'location = /metrics { helpdesk metrics; }', 'location = /problem { helpdesk problem; }',
]);
passes('the door of RPC', http_lines(), [ 'location /jsonrpc { helpdesk_rpc helpdesk; }', 'location /xmlrpc/ { helpdesk_rpc My-desk_2.test; }' ]);
for my $name ('"two words"', '-x', 'a/b', '"a<b"', 'x' x 64) {
    refused("helpdesk_rpc $name", http_lines(), ["location / { helpdesk_rpc $name; }"], "location / { helpdesk_rpc $name; }",
            qr/cannot name a database; write up to 63 letters.*helpdesk_rpc helpdesk;/);
}
refused('two doors in a location', http_lines(), [ 'location / {', 'helpdesk api;', 'helpdesk_rpc helpdesk;', '}' ], 'helpdesk_rpc helpdesk;',
        qr/is duplicate: a location has one door/);
refused('the same, the other way', http_lines(), [ 'location / {', 'helpdesk_rpc helpdesk;', 'helpdesk api;', '}' ], 'helpdesk api;',
        qr/is duplicate: a location has one door/);
passes('the door of a server', http_lines(), ['helpdesk api;', 'location /static/ { root /tmp; }']);
passes('all options of the store', http_lines([], helpdesk_store => "$dir/store size=1m sync=full readers=64"));
passes('readers at the top', http_lines([], helpdesk_store => "$dir/store readers=65536"));
passes('a slash at the end of the store', http_lines([], helpdesk_store => "$dir/store/"));
passes('a relative store', http_lines([], helpdesk_store => 'store'));
passes('http with a port', http_lines([], helpdesk_base_url => 'http://127.0.0.1:8080'));
passes('the bounds', http_lines([
    'helpdesk_batch_max 1;', 'helpdesk_queue_max 1000000;', 'helpdesk_stream_max 0;', 'helpdesk_stream_heartbeat 100ms;',
]));
passes('files', http_lines(['helpdesk_file_max 1024m;']), [ 'location /api/ { helpdesk api files; }', 'location /support { helpdesk page files; }' ]);
for my $try ('health files', 'api file', 'api files more') {
    refused("helpdesk $try", http_lines(), ["helpdesk $try;"], "helpdesk $try;",
            $try =~ /more/ ? qr/invalid number of arguments/ : qr/what may follow is "files", after "helpdesk api" or "helpdesk page"/);
}
refused('helpdesk_file_max lots', http_lines(['helpdesk_file_max lots;']), undef, 'helpdesk_file_max lots;', qr/invalid value/);
passes('a proxy', http_lines([
    'helpdesk_trusted_proxy 10.0.0.5;', 'helpdesk_trusted_proxy 10.1.0.0/16;', 'helpdesk_trusted_proxy ::1;',
    "helpdesk_proxy_secret_file $dir/secret;", 'helpdesk_proxy_user_header X-User;',
]));
passes('loaded and not used', [], ['location / { return 204; }']);
for my $sync (qw(meta off)) {
    like(passes("sync=$sync", http_lines([], helpdesk_store => "$dir/store sync=$sync")),
         qr/\[warn\].*sync=$sync: a power cut can lose writes/, "OPS: sync=$sync warns");
}
like(passes('low bits of a network', http_lines([
    'helpdesk_trusted_proxy 10.0.0.5/24;', "helpdesk_proxy_secret_file $dir/secret;",
])), qr/\[warn\].*low address bits of 10\.0\.0\.5\/24 are meaningless/, 'OPS: low bits warn');

# ---- what is missing: the message names a line of the http block's end or the directive ----

for my $name (sort keys %good) {
    write_try(http_lines([], $name => undef), \@api);
    my ($rc, $text) = test_conf();
    isnt($rc, 0, "OPS: refused: no $name");
    like($text, qr/"$name" is missing in the http block of \Q$conf\E.*write, for example: $name \S+;/,
         "OPS: without $name an example is given");
}
write_try(http_lines(["helpdesk_proxy_secret_file $dir/secret;"]), \@api);
like((test_conf())[1], qr/"helpdesk_trusted_proxy" is missing.*helpdesk_trusted_proxy 10\.0\.0\.5;/,
     'OPS: a proxy secret without a proxy');
write_try(http_lines(['helpdesk_trusted_proxy 10.0.0.5;']), \@api);
like((test_conf())[1], qr/"helpdesk_proxy_secret_file" is missing.*helpdesk_proxy_secret_file \S+;/,
     'OPS: a proxy without its secret');

# ---- what is wrong ----

refused('an unknown door', http_lines(), ['location /api/ { helpdesk apj; }'], 'location /api/ { helpdesk apj; }',
        qr/"helpdesk apj" is not known; write one of: api, page, health, metrics, problem/);
refused('two doors', http_lines(), ['location /api/ { helpdesk api; helpdesk page; }'],
        'location /api/ { helpdesk api; helpdesk page; }', qr/"helpdesk" directive is duplicate: a location has one door/);
refused('a door without a name', http_lines(), ['location /api/ { helpdesk; }'], 'location /api/ { helpdesk; }',
        qr/invalid number of arguments in "helpdesk"/);
refused('a door in http', http_lines(['helpdesk api;']), undef, 'helpdesk api;', qr/"helpdesk" directive is not allowed here/);

for my $try (
    [ 'size=100', qr/"size=100" is not a usable size; write, for example, size=64g \(at least 1m/ ],
    [ 'size=1023k', qr/is not a usable size/ ],
    [ 'size=-1g', qr/is not a usable size/ ],
    [ 'size=', qr/is not a usable size/ ],
    [ 'size=99999999999999999999g', qr/is not a usable size/ ],
    [ 'size=64x', qr/is not a usable size/ ],
    [ 'sync=never', qr/"sync=never" is not known; write sync=full, sync=meta or sync=off/ ],
    [ 'sync=', qr/is not known; write sync=full/ ],
    [ 'readers=63', qr/"readers=63" must be between readers=64 and readers=65536/ ],
    [ 'readers=65537', qr/must be between/ ],
    [ 'readers=x', qr/must be between/ ],
    [ 'mode=fast', qr/"mode=fast" is not an option of helpdesk_store; there are size=, sync= and readers=/ ],
    [ '64g', qr/is not an option of helpdesk_store/ ],
) {
    my ($option, $says) = @$try;
    refused("helpdesk_store $option", http_lines([], helpdesk_store => "$dir/store $option"), undef,
            "helpdesk_store $dir/store $option;", $says);
}

for my $url ('desk.example.com', 'ftp://desk.example.com', 'https://desk.example.com/', 'https://desk.example.com/path',
             'https://', 'http://', 'HTTPS://x/') {
    refused("helpdesk_base_url $url", http_lines([], helpdesk_base_url => $url), undef, "helpdesk_base_url $url;",
            qr/"\Q$url\E" must be a scheme and a host without a path.*write, for example, https:\/\/desk\.example\.com/);
}

write_file("$dir/short", "x" x 31 . "\n\n");
write_file("$dir/white", " " x 100);
write_file("$dir/exact", "x" x 32 . "\n");
passes('a secret of 32 bytes', http_lines([], helpdesk_secret_file => "$dir/exact"));
for my $name (qw(helpdesk_secret_file helpdesk_proxy_secret_file)) {
    my @more = $name =~ /proxy/ ? ('helpdesk_trusted_proxy 10.0.0.5;') : ();
    for my $try ([ "$dir/none", qr/cannot read "\Q$dir\E\/none"; make it with: \(umask 077; head -c 32 \/dev\/urandom \| base64 > / ],
                 [ "$dir/short", qr/holds fewer than 32 bytes; make it with:/ ], [ "$dir/white", qr/holds fewer than 32 bytes/ ],
                 [ '/dev/null', qr/holds fewer than 32 bytes/ ], [ $dir, qr/32 bytes|cannot read/ ]) {
        refused("$name $try->[0]", http_lines(\@more, $name => $try->[0]), undef, "$name $try->[0];", $try->[1]);
    }
}

for my $try ([ helpdesk_batch_max => 0, 1, 4096 ], [ helpdesk_batch_max => 4097, 1, 4096 ],
             [ helpdesk_queue_max => 0, 1, 1000000 ], [ helpdesk_queue_max => 1000001, 1, 1000000 ],
             [ helpdesk_stream_max => 1000001, 0, 1000000 ], [ helpdesk_file_max => 0, '1 bytes', '1073741824 bytes' ],
             [ helpdesk_file_max => '2048m', '1 bytes', '1073741824 bytes' ]) {
    my ($name, $value, $low, $high) = @$try;
    refused("$name $value", http_lines(["$name $value;"]), undef, "$name $value;",
            qr/the value must be between $low and $high/);
}
for my $name (qw(helpdesk_batch_max helpdesk_queue_max helpdesk_stream_max)) {
    refused("$name many", http_lines(["$name many;"]), undef, "$name many;", qr/invalid number/);
    refused("$name -1", http_lines(["$name -1;"]), undef, "$name -1;", qr/invalid number/);
}
refused('helpdesk_stream_heartbeat soon', http_lines(['helpdesk_stream_heartbeat soon;']), undef,
        'helpdesk_stream_heartbeat soon;', qr/invalid value/);
refused('helpdesk_stream_heartbeat 0', http_lines(['helpdesk_stream_heartbeat 0;']), undef,
        'helpdesk_stream_heartbeat 0;', qr/the value must be between 10ms and 3600000ms/);

for my $value ('everyone', '10.0.0.0/33', '10.0.0', '::/129') {
    refused("helpdesk_trusted_proxy $value", http_lines(["helpdesk_trusted_proxy $value;",
            "helpdesk_proxy_secret_file $dir/secret;"]), undef, "helpdesk_trusted_proxy $value;",
            qr/"\Q$value\E" is not an address or network; write, for example, 10\.0\.0\.5 or 10\.0\.0\.0\/24/);
}

for my $line ("helpdesk_store $dir/other;", 'helpdesk_base_url http://two.example.com;', "helpdesk_secret_file $dir/exact;",
              "helpdesk_html $root/html/;") {
    my ($name) = split ' ', $line;
    refused("$name twice", http_lines([$line]), undef, $line, qr/"$name" directive is duplicate/);
}
for my $line (map { "$_;" } 'helpdesk_batch_max 9', 'helpdesk_queue_max 9', 'helpdesk_stream_max 9',
              'helpdesk_file_max 9', 'helpdesk_stream_heartbeat 9s', 'helpdesk_proxy_user_header X-B', "helpdesk_proxy_secret_file $dir/exact") {
    my ($name) = split ' ', $line;
    my $first = $line =~ s/(\S+);$/$name =~ m{secret_file} ? "$dir\/secret;" : $name =~ m{header} ? 'X-A;' : '8;'/er;
    refused("$name twice", http_lines(['helpdesk_trusted_proxy 10.0.0.5;',
            $name =~ /secret/ ? () : "helpdesk_proxy_secret_file $dir/secret;", $first, $line]), undef, $line,
            qr/"$name" directive is duplicate/);
}
for my $name (qw(helpdesk_store helpdesk_base_url helpdesk_secret_file helpdesk_html helpdesk_trusted_proxy
                 helpdesk_proxy_user_header helpdesk_proxy_secret_file helpdesk_batch_max helpdesk_queue_max
                 helpdesk_stream_max helpdesk_stream_heartbeat helpdesk_file_max)) {
    refused("$name without a value", http_lines([], $name => ''), undef, "$name ;",
            qr/invalid number of arguments in "$name"/);
    refused("$name in a server", http_lines(), [ @api, "$name 8;" ], "$name 8;", qr/"$name" directive is not allowed here/);
}

# A catalog of texts that is not there: helpdesk_html is not the directory that came with the module.
$desk->expect(qr/must name the html directory/);
write_try(http_lines([], helpdesk_html => "$dir/html"), \@api);
my ($rc, $text) = test_conf();
isnt($rc, 0, 'OPS: refused: helpdesk_html without catalogs');
like($text, qr/helpdesk_html must name the html directory that came with the module.* in \S+:\d+/,
    'OPS: helpdesk_html says which, with file and line');

# ---- no side effect ----

{
    write_try(http_lines([], helpdesk_store => "$dir/untouched"), \@api);
    is((test_conf())[0], 0, 'nginx -t of a store that is not there');
    my @made = glob "$dir/untouched/* $dir/untouched/.[a-z]*";
    is("@made", '', 'OPS: nginx -t creates no store');
    ok(!-e "$dir/store/data.mdb", 'OPS: nor does any of the tests above');
}

done_testing();
