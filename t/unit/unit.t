#!/usr/bin/perl
# Builds and runs the unit tests twice: as shipped, and under AddressSanitizer and UndefinedBehaviorSanitizer.
# They link the objects make built; each program is one room's.  Their stores are in build/unit-*.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(basename dirname);
use File::Path qw(remove_tree);
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/../..');
chdir $root or die $!;
my @libs = qw(-llmdb -ljansson -lsodium -lical -lcmark-gfm-extensions -lcmark-gfm -lxml2 -licui18n -licuuc -lpthread -lcmocka);
my @flags = qw(-std=gnu17 -O1 -g -Wall -Wextra -Isrc -isystem /usr/include/libxml2);
my @asan = ('-fsanitize=address,undefined', '-fno-sanitize-recover=undefined', '-fno-omit-frame-pointer');
my @tests = sort glob 't/unit/test_*.c';
plan tests => 2 * @tests;

for my $kind ([ 'as shipped', 'build/o', [] ], [ 'sanitized', 'build/o-asan', \@asan ]) {
    my ($name, $dir, $extra) = @$kind;
    mkdir "$dir/t";
    my @objects = grep { !m{/tool/} } glob "$dir/*/*.o";
    for my $test (@tests) {
        my $bin = "$dir/t/" . basename($test, '.c');
        my $log = "$bin.log";
        # test_worlds.c brings a copy of desk_sweep.c with other limits; the linker takes the first
        system("gcc @flags @$extra $test @objects -o $bin -Wl,-z,muldefs @libs >$log 2>&1") == 0 or diag(tail($log));
        local $ENV{ASAN_OPTIONS} = 'abort_on_error=0:detect_leaks=1';
        my $rc = system("timeout 900 $bin >>$log 2>&1");
        remove_tree(glob 'build/unit-*');
        ok($rc == 0, basename($test) . ", $name") or diag(tail($log));
    }
}

sub tail {
    open my $f, '<', $_[0] or return "no log";
    my @lines = <$f>;
    return join '', @lines > 40 ? @lines[-40 .. -1] : @lines;
}
