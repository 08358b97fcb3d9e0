#!/usr/bin/perl
# make shots: pictures of the main pages of a desk with demo data, into DATA or build/shots.  Arguments: parts of the names of those wanted.
use strict;
use warnings;
use Cwd qw(abs_path getcwd);
use File::Basename qw(dirname);
use File::Spec;
my $root;
BEGIN { $root = abs_path(dirname(__FILE__) . '/../..'); }
use lib "$root/t/lib";
use Pages;
use Test::More;

my $dir = File::Spec->rel2abs($ENV{DATA} || "$root/build/shots", getcwd());
chdir $root or die $!;
my $desk = desk_start();
is(system('node', 't/ui/shots.mjs', $desk->{url}, $dir, map({ ($_, $desk->{password}{$_}) } qw(admin emma)), @ARGV), 0, "pictures in $dir");
desk_stop($desk);
done_testing();
