#!/usr/bin/perl

# The rules of the house, by reading the sources: which room may look into which, what is not used, how long things are.
#
#     base <- text <- model <- store <- desk <- door <- {api, page, rpc} <- ngx; tool: everything but ngx and the doors

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Cwd qw(abs_path);
use Test::More;
use Helpdesk ();

my $root = abs_path("$FindBin::Bin/..");
my $src = "$root/src";
my @files = sort map { glob "$src/*/*.$_" } qw(c h def);
cmp_ok(scalar @files, '>', 50, 'sources are there');

sub none {
    my ($name, @found) = @_;
    is(scalar @found, 0, $name) or diag join "\n", @found[0 .. ($#found > 30 ? 30 : $#found)];
}
sub short { return $_[0] =~ s/^\Q$root\E\///r }

# Without comments, strings and characters; the lines stay where they are.
sub bare {
    my ($text) = @_;
    my $keep = sub { my ($s) = @_; return $s =~ /^"/ ? '""' : "'x'" if $s =~ /^["']/; return ' ' . "\n" x ($s =~ tr/\n//) };
    $text =~ s{(/\*.*?\*/|//[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')}{$keep->($1)}ges;
    return $text;
}
my %text = map { $_ => Helpdesk::slurp($_) } @files;
my %bare = map { $_ => bare($text{$_}) } @files;

# ---- who includes whom ----

my %may = (base => [], text => [qw(base)], model => [qw(base text)], store => [qw(base text model)],
           desk => [qw(base text model store)], door => [qw(base text model store desk)]);
$may{api} = $may{page} = $may{rpc} = [ @{ $may{door} }, 'door' ];
$may{ngx} = [ @{ $may{door} }, qw(door api page rpc) ];
$may{tool} = $may{door};
none('ROOMS: every folder is a known room', grep { !$may{ (split m{/})[-1] } } grep { -d } glob "$src/*");

my (@wrong, @foreign, @faces);
my %only = ('lmdb.h' => 'store', 'jansson.h' => 'base', 'sodium.h' => 'base', map({ $_ => 'text' } 'cmark-gfm.h', 'cmark-gfm-extension_api.h', 'cmark-gfm-core-extensions.h'));
for my $file (@files) {
    my ($room, $name) = $file =~ m{/([a-z]+)/([^/]+)$};
    while ($text{$file} =~ /^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)/mg) {
        my ($how, $what) = ($1, $2);
        my $where = short($file) . ": $what";
        if ($how eq '"') {
            my $other = $what =~ m{^(?:\.\./)?([a-z]+)/} ? $1 : $room;
            push @wrong, $where if $other ne $room && !grep { $_ eq $other } @{ $may{$room} };
            push @wrong, "$where is not there" unless grep { -e } "$src/$room/$what", "$src/$what";
            push @faces, $where if $other ne $room && $what =~ m{_impl\.h$|_inner\.h$};
        } else {
            push @foreign, $where if $only{$what} && $only{$what} ne $room;
            push @foreign, $where if $what =~ /^ngx_/ && $room ne 'ngx';
            push @foreign, $where if $what =~ m{^unicode/} && $room ne 'text';
            push @foreign, $where if $what =~ m{^libxml/} && $room ne 'rpc';
        }
    }
}
none('ROOMS: a room looks only into the rooms below it', @wrong);
none('ROOMS: inner headers stay in their room', @faces);
none('ROOMS: lmdb.h, jansson.h, sodium.h, unicode/, libxml/ and ngx_*.h each in one room', @foreign);
none('ROOMS: names of nginx stand in ngx only',
     map { my $f = $_; $bare{$f} =~ /\bngx_\w+/ && $f !~ m{/ngx/} ? short($f) . ": $&" : () } @files);
none('ROOMS: names of LMDB stand in store only',
     map { my $f = $_; $bare{$f} =~ /\b(?:mdb_|MDB_)\w+/ && $f !~ m{/store/} ? short($f) . ": $&" : () } @files);

# ---- what is not used ----

my @banned = qw(strcpy strcat sprintf vsprintf gets strtok alloca scanf strncpy strncat atoi atol atof system popen tmpnam
                mktemp rand srand setjmp_unsafe);
my $banned = join '|', @banned;
none('STYLE: banned functions', map {
    my $f = $_;
    my @hits;
    while ($bare{$f} =~ /(?<![\w.>])($banned)\s*\(/g) {
        my $line = 1 + (substr($bare{$f}, 0, $-[0]) =~ tr/\n//);
        push @hits, short($f) . ":$line: $1";
    }
    @hits;
} @files);
none('STYLE: no TODO, FIXME, XXX', map {
    my $f = $_;
    map { short($f) . ": $_" } grep { /\b(?:TODO|FIXME|XXX|HACK)\b/ } split /\n/, Helpdesk::slurp($f);
} @files, grep { !/990-rooms\.t$/ } glob "$root/t/*.t $root/t/lib/*.pm $root/t/*/*.[cht] $root/conf/* $root/config $root/README.md");
none('STYLE: no tabs, no blanks at the end of a line', map {
    my $f = $_;
    my $n = 0;
    map { $n++; /\t|\s$/ ? short($f) . ":$n" : () } split /\n/, $text{$f};
} @files);
# ---- how long ----

none('STYLE: files of at most 500 lines, the glue to nginx included', map {
    my $n = $text{$_} =~ tr/\n//;
    $n > 500 ? short($_) . ": $n" : ();
} @files);
my @long;
my $functions = 0;
for my $file (grep { /\.c$/ } @files) {
    my ($n, $start, $name) = (0);
    for (split /\n/, $bare{$file}) {
        $n++;
        $name = $1 if !$start && /^(?:[\w\s*]*?)\b(\w+)\(/;
        $start = $n if /^\{/ || (!$start && /^\w.*\)\s*\{$/);
        next unless $start && /^\}/;
        $functions++;
        push @long, short($file) . ":$start: " . ($name // '?') . ': ' . ($n - $start + 1) if $n - $start + 1 > 80 && !/^\}.*;/;
        undef $start;
    }
}
cmp_ok($functions, '>', 500, "functions were found ($functions)");
none('STYLE: functions of at most 80 lines', @long);

# ---- symbols ----

SKIP: {
    my $so = $ENV{HD_MODULE} // "$root/build/ngx_http_helpdesk_module.so";
    my @lines = -e $so ? `nm --defined-only --extern-only $so 2>/dev/null` : ();
    skip 'no module or no nm', 2 unless @lines;
    my @names = map { (split)[-1] } @lines;
    cmp_ok(scalar @names, '>', 100, 'symbols of the module');
    none('STYLE: symbols begin with hd_, rpc_ or ngx_http_helpdesk',
         grep { !/^(?:hd_|rpc_|ngx_http_helpdesk|_init$|_fini$|ngx_modules$|ngx_module_names$|ngx_module_order$|__asan|__odr_asan|__sanitizer|__ubsan)/ } @names);
}

# ---- documents ----

my ($commands) = $text{"$src/ngx/ngx_http_helpdesk_conf.c"} =~ /ngx_command_t\s+\w+\[\] = \{(.*?)ngx_null_command/s;
my @directives = sort $commands =~ /ngx_string\("(\w+)"\)/g;
cmp_ok(scalar @directives, '>=', 12, 'directives of the module');
SKIP: {
    skip 'no README.md yet', 2 unless -e "$root/README.md";
    my $readme = Helpdesk::slurp("$root/README.md");
    none('DOC: README.md explains every directive', grep { $readme !~ /`\Q$_\E\b/ && $readme !~ /^\s*\Q$_\E\s/m } @directives);
    my %known = map { $_ => 1 } @directives;
    my %said = map { $_ => 1 } $readme =~ /(?<![\w\$.\/-])(helpdesk_[a-z_]+)\b(?![.(\/*-])/g;
    none('DOC: README.md names no directive that is not there',
         grep { !$known{$_} && $text{"$src/ngx/ngx_http_helpdesk_status.c"} !~ /\Q@{[ s{^helpdesk_}{}r ]}\E/ } sort keys %said);
}
{
    my @tests = map { Helpdesk::slurp($_) } grep { !/990-rooms\.t$/ } glob "$root/t/*.t";
    my $config = Helpdesk::slurp("$root/t/200-config.t");
    none('TEST: every directive is tested', grep { $config !~ /\b\Q$_\E\b/ } @directives);
    my @ops = map { /(?:ROW\(\w+, |UPLOAD\()"[^"]*", "(\w+)"/g, /\.op = "([\w.]+)"/g } @text{"$src/api/api_routes.c", "$src/page/page_routes.c", "$src/rpc/rpc_routes.c"};
    my @five = $text{"$src/api/api_routes.c"} =~ /^\s+FIVE\("(\w+)"/mg;
    push @ops, map { my $noun = $_; map { "${noun}_$_" } qw(list create get patch delete) } @five;
    cmp_ok(scalar @ops, '>', 50, 'operations of the doors (' . @ops . ')');
    none('TEST: every operation is named in a test', grep { my $op = $_; !grep { /\b\Q$op\E\b/ } @tests } sort @ops);
}
{
    my %agreed = map { $_ => 1 } qw(config Makefile README.md LICENSE src conf html t build);
    opendir my $d, $root or die "$root: $!";
    none('HOUSE: nothing else at the top', grep { !/^\./ && !$agreed{$_} } sort readdir $d);
    my @odd = grep { !/\.(?:c|h|def)$/ } map { glob "$_/*" } grep { -d } glob "$src/*";
    none('HOUSE: only sources in src', map { short($_) } @odd);
    my (%seen, @twice);
    $seen{$_}++ and push @twice, $_ for map { m{([^/]+)\.c$} ? $1 : () } @files;
    none('HOUSE: file names are unique (nginx names objects after them)', @twice);
}

Test::More::done_testing();
