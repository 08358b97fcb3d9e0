# The client's ledger (trust.md 4.1), outside the server: one file a writer, fsync'ed.  A line is
#
#     KEY STATE ID NAME          state: begun, ok, fail, unknown
#
# and the last line of a key counts.  Loaded with require by kill.t.

package Ledger;

use strict;
use warnings;
use IO::Handle;

sub open_at {
    my ($class, $path) = @_;
    open my $f, '>>', $path or die "$path: $!";
    $f->autoflush(1);
    return bless { f => $f }, $class;
}

sub note {
    my ($self, $key, $state, $id, $name) = @_;
    print { $self->{f} } join(' ', $key, $state, $id || 0, $name), "\n" or die "ledger: $!";
    $self->{f}->sync or die "ledger: $!";
}

# What an answer means: a whole 2xx is a promise kept, a whole 4xx a promise that nothing was done.
# 409 in_progress and 429 are not about the outcome of the write.
sub state_of {
    my ($r) = @_;
    return 'ok' if $r->{status} >= 200 && $r->{status} < 300 && $r->{json};
    return 'fail' if $r->{status} >= 400 && $r->{status} < 500 && $r->{status} != 409 && $r->{status} != 429;
    return 'unknown';
}

# key -> {state, id, name}; what was begun and never ended is unknown.
sub load {
    my (@paths) = @_;
    my %entries;
    for my $path (@paths) {
        open my $f, '<', $path or die "$path: $!";
        while (<$f>) {
            chomp;
            my ($key, $state, $id, $name) = split ' ', $_, 4;
            $entries{$key} = { state => $state eq 'begun' ? 'unknown' : $state, id => $id, name => $name };
        }
    }
    return \%entries;
}

1;
