package Hearers;

# Many event streams at once (hearers.c): Hearers->new($desk, [ 50, $client ], ...) opens 50 streams with that session.

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use IPC::Open2 qw(open2);
use Helpdesk ();

my $root = abs_path(dirname(__FILE__) . '/../..');

sub program {
    my ($source, $program) = ("$root/t/lib/hearers.c", "$root/build/hearers");
    return $program if -e $program && -M $program <= -M $source;
    system('gcc', qw(-std=gnu17 -O2 -Wall -Wextra -Werror -o), "$program.$$", $source) == 0
        && rename("$program.$$", $program) or die 'hearers.c cannot be built';
    return $program;
}

sub new {
    my ($class, $desk, @groups) = @_;
    my $pid = open2(my $out, my $in, program(), $desk->{port}, map { $_->[0], $_->[1]{cookie} } @groups);
    return bless { pid => $pid, out => $out, in => $in }, $class;
}

# The milliseconds it took until all were open, undef when one was not.
sub opened {
    my ($self) = @_;
    my $n = readline $self->{out};
    return defined $n && $n =~ /^open (\d+)/ ? $1 : undef;
}

# Waits until each heard of the event; how many did not, and the milliseconds it took.
sub wait_for {
    my ($self, $seq, $seconds) = @_;
    syswrite $self->{in}, "wait $seq " . int(1000 * $seconds) . "\n";
    my ($ms, $behind) = (readline($self->{out}) // '') =~ /^waited (\d+) behind=(\d+)/ or die 'the streams are gone';
    return wantarray ? ($behind, $ms) : $behind;
}

# What each group heard: { n, closed, odd, seqs => [...], retries => [...] }.
sub tell {
    my ($self) = @_;
    my @groups;
    syswrite $self->{in}, "tell\n";
    while (defined(my $line = readline $self->{out})) {
        return @groups if $line eq "told\n";
        my %g = map { /^(\w+)=(.*)/ ? ($1 => $2) : () } split / /, $line =~ s/\n//r;
        $g{$_} = [ split /,/, $g{$_} ] for qw(seqs retries);
        push @groups, \%g;
    }
    die 'the streams are gone';
}

sub close {
    my ($self) = @_;
    close $self->{in};
    waitpid $self->{pid}, 0;
}

1;
