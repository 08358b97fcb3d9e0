#!/usr/bin/perl
# The pages in Debian's Chromium against a desk started by conf/desk.sh with demo data: what `make start` gives.
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
tap('node', "t/ui/$_.mjs", $desk->{url}, 'admin', $desk->{password}{admin} // '') for qw(ui home desk work);
tap('node', "t/ui/$_.mjs") for qw(i18n pieces);
desk_stop($desk);
done_testing();
