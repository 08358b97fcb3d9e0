#!/usr/bin/perl
# The black-box tests once more, with the module and the tool built under AddressSanitizer and UBSan and loaded into
# Debian's nginx.  A sanitizer's report in an error log fails the file (Helpdesk.pm looks for it at its end).
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/..');
chdir $root or die $!;
# Those of process life (9xx) measure times that sanitizers stretch.  The longest come first.
my @first = map { glob "t/$_-*.t" } qw(132 110 152 154);
my @files = (@first, grep { my $f = $_; !grep { $_ eq $f } @first } sort glob 't/[1-8]??-*.t');
plan tests => scalar @files;

my @preload = map { my $f = `gcc -print-file-name=$_`; chomp $f; abs_path($f) } qw(libasan.so libubsan.so);
$ENV{HD_MODULE} = "$root/build/nginx-asan/ngx_http_helpdesk_module.so";
$ENV{HD_CTL} = "$root/build/asan/helpdeskctl";
$ENV{HD_PRELOAD} = "@preload";
$ENV{HD_SANITIZED} = 1;
$ENV{ASAN_OPTIONS} = 'detect_leaks=0:abort_on_error=1:detect_odr_violation=0:detect_stack_use_after_return=1';
$ENV{UBSAN_OPTIONS} = 'print_stacktrace=1:halt_on_error=1';

my (%running, %log, %began, @queue);
@queue = @files;
while (@queue || %running) {
    while (@queue && keys %running < 4) {
        my $f = shift @queue;
        $log{$f} = "$root/build/sanitized-" . ($f =~ s{.*/}{}r) . '.log';
        my $pid = fork // die "fork: $!";
        if ($pid == 0) {
            open STDOUT, '>', $log{$f};
            open STDERR, '>&', \*STDOUT;
            exec 'timeout', '-k', '5', '240', $^X, '-It/lib', $f;
        }
        $running{$pid} = $f;
        $began{$f} = time;
    }
    my $pid = wait;
    my $rc = $?;
    my $f = delete $running{$pid} // next;
    ok($rc == 0, "$f, sanitized, " . (time - $began{$f}) . ' s') or diag(`grep -vE '^ok |^#? *\$' $log{$f} | tail -16`);
}
