#!/usr/bin/perl
# What people say to each other: the conversation, files, the form, the portal, the inbox; in Debian's Chromium, against
# a desk with demo data.
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
tap('node', "t/ui/$_.mjs", $desk->{url}, 'admin', $desk->{password}{admin} // '') for qw(talk form files inbox portal access);
desk_stop($desk);
done_testing();
