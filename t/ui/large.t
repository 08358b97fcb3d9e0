#!/usr/bin/perl
# The agents' pages at 100,000 tickets: scrolling, order, groups, what is copied; what a first load weighs, and how soon views answer.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
my $root;
BEGIN { $root = abs_path(dirname(__FILE__) . '/../..'); }
use lib "$root/t/lib";
use Pages;
use Test::More;

chdir $root or die $!;
my $desk = desk_start(tickets => 100_000);
tap('node', "t/ui/$_.mjs", $desk->{url}, 'admin', $desk->{password}{admin} // '') for qw(large speed);
desk_stop($desk);
done_testing();
