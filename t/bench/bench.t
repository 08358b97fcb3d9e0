#!/usr/bin/perl
# The benchmark in its short form: every row can be measured; figures are judged by `make bench` only.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use Test::More tests => 2;

my $root = abs_path(dirname(__FILE__) . '/../..');
chdir $root or die $!;
my $out = `perl t/bench/bench.pl --short 2>&1`;
is($? >> 8, 0, 'bench --short measures every row') or diag($out);
like($out, qr/^GET one ticket.*return 200/m, 'and prints them');
