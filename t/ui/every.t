#!/usr/bin/perl
# A look at every page there is, in Debian's Chromium, against a desk with demo data.
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
my $desk = desk_start();
tap('node', 't/ui/every.mjs', $desk->{url}, map { ($_, $desk->{password}{$_} // '') } qw(admin emma));
desk_stop($desk);
done_testing();
