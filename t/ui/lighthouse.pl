#!/usr/bin/perl
# make lighthouse: Lighthouse on the public form and a board of a desk with demo data, as on a telephone and on a desk; fails below 95.
# LIGHTHOUSE: where the npm package is, or is put; build/lighthouse if not given.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(make_path);
my $root;
BEGIN { $root = abs_path(dirname(__FILE__) . '/../..'); }
use lib "$root/t/lib";
use Pages;
use Test::More;

my $VERSION = '^12';
my $where = $ENV{LIGHTHOUSE} //= "$root/build/lighthouse";
chdir $root or die $!;
if (!-e "$where/node_modules/lighthouse/package.json") {
    make_path($where);
    open my $f, '>', "$where/package.json" or die "$where/package.json: $!";
    print $f qq({"private":true,"dependencies":{"lighthouse":"$VERSION"}}\n);
    close $f or die $!;
    is(system('npm', 'install', '--prefix', $where, '--no-audit', '--no-fund', '--loglevel=error'), 0, 'npm install lighthouse') or BAIL_OUT('no Lighthouse');
}
my $desk = desk_start();
tap('node', 't/ui/lighthouse.mjs', $desk->{url}, 'admin', $desk->{password}{admin});
desk_stop($desk);
done_testing();
