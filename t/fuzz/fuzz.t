#!/usr/bin/perl
# Builds every fuzz target with clang's libFuzzer, ASan and UBSan and runs each for HD_FUZZ_SECONDS (30 for what everybody can
# reach, 10 for the others), two at a time.  HD_FUZZ_ONLY names the targets that are wanted.
# A crash leaves its input in build/fuzz/; make it a regression test.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(basename dirname);
use File::Path qw(make_path);
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/../..');
chdir $root or die $!;
my %long = map { $_ => 30 } qw(fz_record fz_cursor fz_json fz_filter fz_door);
my @san = (qw(-std=gnu17 -O1 -g -fvisibility=hidden -fno-sanitize-recover=undefined -Isrc -isystem /usr/include/libxml2),
    '-fsanitize=fuzzer-no-link,address,undefined');
my @libs = qw(-llmdb -ljansson -lsodium -lical -lcmark-gfm-extensions -lcmark-gfm -lxml2 -licui18n -licuuc -lpthread);
my %only = map { $_ => 1 } split ' ', $ENV{HD_FUZZ_ONLY} // '';
my @targets = grep { !%only || $only{$_} } map { basename($_, '.c') } sort glob 't/fuzz/fz_*.c';
my $dir = 'build/fuzz';
make_path($dir);
plan tests => scalar(@targets) * 2;

# the rooms once, as a library; rebuilt when a source is newer
my @sources = map { glob "src/$_/*.c" } qw(base text model store desk door api page rpc);
my @headers = (glob('src/*/*.h'), glob('src/*/*.def'));
my $newest = 0;
for (@sources, @headers) { my $m = (stat)[9]; $newest = $m if $m > $newest }
if (!-e "$dir/rooms.a" || (stat "$dir/rooms.a")[9] < $newest) {
    unlink "$dir/rooms.a";
    my $list = join "\n", @sources;
    my $rc = system("printf '%s\\n' '$list' | xargs -P2 -I{} sh -c 'clang-14 @san -c {} -o $dir/\$(basename {} .c).o'");
    $rc == 0 or BAIL_OUT('the rooms do not compile with clang');
    my @o = map { "$dir/" . basename($_, '.c') . '.o' } @sources;
    system("ar rcs $dir/rooms.a @o") == 0 or BAIL_OUT('ar failed');
}
for my $t (@targets) {
    my $rc = system("clang-14 @san -fsanitize=fuzzer t/fuzz/$t.c $dir/rooms.a -o $dir/$t @libs >$dir/$t.log 2>&1");
    ok($rc == 0, "$t builds") or diag(`tail -20 $dir/$t.log`);
}

# Many small seeds stand in one file, between lines of "==".
sub unpack_seeds {
    my ($t) = @_;
    open my $f, '<:raw', "t/fuzz/$t.seeds" or return;
    my @seeds = split /\n==\n/, do { local $/; <$f> };
    make_path("$dir/seeds-$t");
    for my $i (0 .. $#seeds) {
        open my $to, '>:raw', "$dir/seeds-$t/$i" or die $!;
        print $to $seeds[$i];
    }
    return "$dir/seeds-$t";
}

my (%running, @queue);
@queue = @targets;
while (@queue || %running) {
    while (@queue && keys %running < 2) {
        my $t = shift @queue;
        make_path("$dir/corpus-$t");
        my $pid = fork // die "fork: $!";
        if ($pid == 0) {
            $ENV{ASAN_OPTIONS} = 'detect_leaks=0';
            open STDOUT, '>', "$dir/$t.log";
            open STDERR, '>&', \*STDOUT;
            my @seeds = (-d "t/fuzz/seeds-$t" ? "t/fuzz/seeds-$t" : (), unpack_seeds($t));
            exec "$dir/$t", '-max_total_time=' . ($ENV{HD_FUZZ_SECONDS} // $long{$t} // 10), '-rss_limit_mb=2048', '-timeout=60',
                "-artifact_prefix=$dir/$t-", "$dir/corpus-$t", @seeds;
        }
        $running{$pid} = $t;
    }
    my $pid = wait;
    my $rc = $?;
    my $t = delete $running{$pid} or next;
    my ($runs) = (`tail -5 $dir/$t.log` =~ /Done (\d+) runs/);
    ok($rc == 0 && $runs, "$t: " . ($runs // 0) . " inputs, no finding") or diag(`tail -40 $dir/$t.log`);
}
