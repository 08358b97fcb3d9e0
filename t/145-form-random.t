#!/usr/bin/perl

# Random forms, random answers: never a 5xx, and what is stored is exactly what the definition allows (CHN-14, T-10).
# The expectation is worked out here, from the definition alone.  SEED=n repeats a run, ROUNDS=n makes it longer.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Helpdesk;

my $seed = $ENV{SEED} // 20261122;
my $rounds = $ENV{ROUNDS} // 60;
srand $seed;
diag("SEED=$seed") if $ENV{ROUNDS};
my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $desk = Helpdesk->new(workers => 2, sync => 'off', server => 'set_real_ip_from 127.0.0.1; real_ip_header X-Real-IP;')->seed->start;
my $admin = $desk->login('admin');
my @types = map { $admin->api(POST => '/types', { name => "Type $_" })->{json}{id} } 1 .. 3;
my @tags = map { $admin->api(POST => '/tags', { name => "Tag $_" })->{json}{id} } 1 .. 4;
my %prop = (p_text => 'text', p_lines => 'multiline', p_bool => 'checkbox', p_int => 'integer', p_num => 'decimal', p_date => 'date', p_sel => 'selection', p_tags => 'tags');
my $r = $admin->api(PATCH => '/teams/1', { use_website_helpdesk_form => $true, website_published => $true, ticket_properties => [
    map { { name => $_, label => uc, type => $prop{$_}, $prop{$_} =~ /^(?:selection|tags)$/ ? (options => [ map { { value => $_, label => uc } } qw(a b c) ]) : () } } sort keys %prop ] });
is($r->{status}, 200, 'a team') or diag($r->{body});

my @pool = ('', '', ' ', 'a', 'b', 'true', 'x y', '1', '10', '-2', '1.5', '007', '1,25', '2026-11-01', '2026-02-30', 'https://a.example/', 'javascript:x', 'v@example.com',
            "two\nlines", "cr\r\nlf", '<b>&"\'', "\x{6CC}\x{627}\x{62F}", 'x' x 1001, "\x{202E}abc", "tab\tend", '0', '3', '4', 'Tag 1', $tags[0], $tags[3], $types[0], 999);
my %GOOD = (email => ['v@example.com'], url => ['https://a.example/'], number => [ '1', '10', '-2' ], date => ['2026-11-01'], checkbox => ['true']);
my @TEXT = qw(text email tel url);
my (%statuses, $stored, @wrong);

for my $round (1 .. $rounds) {
    my @form = random_form();
    $r = $admin->api(PATCH => '/teams/1', { form_fields => \@form });
    push(@wrong, "round $round: definition: $r->{status} $r->{body} " . json_text(\@form)), next if $r->{status} != 200;
    my @items = items(@form);
    my $page = $desk->client->request(GET => '/support/helpdesk?lang=' . pick(qw(en lt sv fa vi es)));
    push @wrong, "round $round: page: $page->{status}" if $page->{status} != 200;
    for my $try (1 .. 6) {
        my %sent = random_answers(@items);
        my ($bad, $want) = expected(\%sent, @items);
        my $x = post(token => token(), map { ($_ => $sent{$_}) } sort keys %sent);
        $statuses{ $x->{status} }++;
        my @errors = map { s/-error$//r } $x->{body} =~ /<p class="error" id="([^"]+)">/g;
        my $case = "round $round: " . json_text({ form => \@form, sent => \%sent });
        if (@$bad) {
            push @wrong, "$case: $x->{status}, errors @errors, not @$bad" unless $x->{status} == 422 && "@{[ sort @errors ]}" eq "@{[ sort @$bad ]}";
            next;
        }
        push(@wrong, "$case: $x->{status}, errors @errors"), next if $x->{status} != 201;
        my ($ref) = $x->{body} =~ /class="reference"[^>]*>#(\d+)</;
        my $t = $admin->api(GET => '/tickets/' . int $ref)->{json};
        $stored++;
        my %got = map { $_ => $t->{$_} } keys %$want;
        $got{properties} = { map { $_ => $t->{properties}{$_} } grep { filled($t->{properties}{$_}) } keys %{ $t->{properties} // {} } };
        push @wrong, "$case: stored " . json_text(\%got) . ' not ' . json_text($want) if canon(\%got) ne canon($want);
    }
}
is(scalar @wrong, 0, "CHN-14: $rounds random forms: stored is what the definition allows (SEED=$seed)") or diag(join "\n", map { substr $_, 0, 3000 } @wrong[0 .. ($#wrong > 2 ? 2 : $#wrong)]);
is(join(' ', grep { $_ >= 500 } keys %statuses), '', 'T-23: never a 5xx');
ok($statuses{422} > $rounds && $stored > $rounds, "both refused ($statuses{422}) and stored ($stored)");

# Definitions that are noise: refused or taken, never a 5xx, and the page opens afterwards.
my @noise;
for my $i (1 .. 200) {
    my $x = $admin->api(PATCH => '/teams/1', { form_fields => noise(0) });
    push @noise, "$x->{status} $x->{body}" unless $x->{status} == 200 || $x->{status} == 422;
    next unless $x->{status} == 200;
    $x = $desk->client->request(GET => '/support/helpdesk');
    push @noise, "page $x->{status}" if $x->{status} != 200;
}
is("@noise", '', 'T-23: definitions of noise are refused or work');
done_testing;

# ---- definitions ----

sub pick { return $_[ rand @_ ] }
sub maybe { my ($p, @v) = @_; return rand() < $p ? @v : () }

sub random_form {
    my (@form, @before);
    my $n = 1 + int rand 9;
    my @fields = (qw(partner_name partner_email partner_phone name description ticket_type_id priority tag_ids), map({ "properties.$_" } keys %prop), ('text') x 6);
    my %used;
    for my $i (1 .. $n) {
        my $field = pick(@fields);
        next if $field ne 'text' && $used{$field}++;
        my %f = (field => $field);
        my $always = $field =~ /^(?:partner_name|partner_email|name)$/;
        my ($kind) = $field =~ /^properties\.(.*)/ ? $prop{$1} : $field;
        if ($field eq 'text') {
            $f{name} = "q$i";
            $f{label} = "Question $i";
            $f{input} = pick(@TEXT, qw(textarea number date select radio checkbox checkbox));
            $f{options} = [ qw(a b), 'x y', '10' ] if $f{input} =~ /select|radio/ || ($f{input} eq 'checkbox' && rand() < 0.5);
        } elsif ($kind eq 'tag_ids') {
            $f{options} = [ @tags[ 0 .. int rand 3 ] ];
            $f{input} = pick(qw(checkbox select radio));
        } elsif ($kind eq 'ticket_type_id') {
            $f{options} = [ @types[ 0 .. int rand 3 ] ] if rand() < 0.5;
        } elsif ($kind eq 'tags') {
            $f{input} = pick(qw(checkbox select));
        } elsif ($kind eq 'text') {
            $f{input} = pick(@TEXT);
        }
        $f{required} = $true if $always || rand() < 0.3;
        if (!$always && rand() < 0.4 && @before) {
            my $op = pick('=', '!=', 'contains', 'set', 'not_set', '>', '<');
            $f{visibility} = 'conditional';
            $f{condition} = { field => pick(@before), op => $op, $op =~ /set/ ? () : (value => pick('a', 'b', 'true', '1', '10', '2026-01-01', 'x y')) };
        } elsif ($field !~ /^(?:partner_|description|name$)/ && rand() < 0.15) {
            $f{visibility} = 'hidden';
            my $d = default_of($kind, \%f);
            $f{default} = $d if defined $d;
        }
        push @form, \%f;
        push @before, $field eq 'text' ? "text.q$i" : $field;
    }
    return @form;
}

sub default_of {
    my ($kind, $f) = @_;
    return $f->{options}[0] if $f->{options};
    my $input = $f->{input} // '';
    return { priority => '2', ticket_type_id => $types[1], checkbox => 'true', integer => 7, decimal => '1.5', date => '2026-10-10', selection => 'b', tags => 'a' }->{$kind}
        // { number => '7', date => '2026-10-10', email => 'd@example.com', url => 'https://d.example/', checkbox => $true }->{$input} // 'given';
}

# The form with what is always there, as far as the expectation needs it.
sub items {
    my (@form) = @_;
    my %listed = map { $_->{field} => 1 } @form;
    my @items = map { { name => $_, field => $_, required => 1, input => $_ eq 'partner_email' ? 'email' : 'text' } } grep { !$listed{$_} } qw(partner_name partner_email name);
    for my $f (@form) {
        my %i = (%$f, name => $f->{field} eq 'text' ? "text.$f->{name}" : $f->{field}, required => $f->{required} ? 1 : 0);
        my ($p) = $f->{field} =~ /^properties\.(.*)/;
        $i{kind} = $p ? $prop{$p} : $f->{field} eq 'text' ? 'own' : $f->{field};
        $i{input} //= { partner_email => 'email', partner_phone => 'tel', description => 'textarea', ticket_type_id => 'select', priority => 'select', multiline => 'textarea',
                        checkbox => 'checkbox', integer => 'number', decimal => 'number', date => 'date', selection => 'select' }->{ $i{kind} } // 'text';
        $i{options} //= $i{kind} eq 'ticket_type_id' ? [@types] : $i{kind} eq 'priority' ? [ 0 .. 3 ] : $i{kind} =~ /^(?:selection|tags)$/ ? [qw(a b c)] : undef;
        $i{many} = $i{input} eq 'checkbox' && $i{options} ? 1 : 0;
        push @items, \%i;
    }
    return @items;
}

# ---- answers ----

sub random_answers {
    my (@items) = @_;
    my %sent;
    for my $i (@items) {
        next if rand() < 0.1 && !$i->{required};
        my @good = $i->{options} ? @{ $i->{options} } : @{ $GOOD{ $i->{input} } // [ 'a', 'x y', '10', "two\nlines", 'true' ] };
        $sent{ $i->{name} } = $i->{many} && rand() < 0.5 ? [ map { pick(@good) } 1 .. 2 ] : rand() < 0.88 ? pick(@good) : pick(@pool);
    }
    $sent{ pick(qw(user_id stage_id priority team_id active homepage2 properties.zz partner_id)) } //= pick('1', 'x') if rand() < 0.5 ;
    return %sent;
}

sub clean {
    my ($v, $lines) = @_;
    $v =~ s/\r\n?/\n/g;
    $v =~ s/\x{202E}//g;
    $v =~ s/[\n\t]/ /g if !$lines;
    $v =~ s/^\s+|\s+$//g;
    return $v;
}

sub number { return $_[0] =~ /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,6})?$/ }

sub problem {
    my ($i, $v) = @_;
    my $max = { partner_name => 200, partner_email => 254, partner_phone => 60, name => 250, description => 60000 }->{ $i->{field} } // ($i->{input} eq 'textarea' ? 10000 : 1000);
    return 1 if length $v > $max;
    return !grep { $_ eq $v } @{ $i->{options} } if $i->{options};
    return $v !~ /^[\w.+-]+@[\w-]+(?:\.[\w-]+)+$/ || $v =~ /[^\x00-\x7F]/ if $i->{input} eq 'email';
    return $v !~ m{^https?://[A-Za-z0-9][^\s<>"]*$} if $i->{input} eq 'url';
    return !number($v) || ($i->{kind} eq 'integer' && $v =~ /\./) if $i->{input} eq 'number';
    return $v !~ /^2026-1\d-\d\d$/ if $i->{input} eq 'date';
    return 0;
}

sub holds {
    my ($c, @values) = @_;
    my ($op, $want) = @$c{qw(op value)};
    my $any = grep {
        my $v = $_;
        my $order = !defined $want ? 0 : number($v) && number($want) ? $v <=> $want : $v cmp $want;
          $op =~ /set/ ? 1 : $op =~ /=/ ? $v eq $want : $op eq 'contains' ? index(lc $v, lc $want) >= 0 : $op eq '>' ? $order > 0 : $order < 0;
    } @values;
    return $op eq '!=' || $op eq 'not_set' ? !$any : !!$any;
}

# Names of the items that are asked again, and the ticket as it must be.
sub expected {
    my ($sent, @items) = @_;
    my (%value, %counts, @bad, %t, %p, @own);
    for my $i (@items) {
        my $hidden = ($i->{visibility} // '') eq 'hidden';
        my @v;
        if ($hidden) {
            @v = map { ref $_ eq 'JSON::PP::Boolean' ? 'true' : $_ } grep { defined } $i->{default};
        } elsif (exists $sent->{ $i->{name} }) {
            my @typed = ref $sent->{ $i->{name} } ? @{ $sent->{ $i->{name} } } : $sent->{ $i->{name} };
            my %seen;
            @v = grep { $_ ne '' && !$seen{$_}++ } map { clean($_, $i->{input} eq 'textarea') } @typed;
            s/,/./ for $i->{input} eq 'number' ? @v : ();
            @v = ('true') if @v && $i->{input} eq 'checkbox' && !$i->{many};
        }
        my $shown = !$hidden && (($i->{visibility} // '') ne 'conditional'
            || holds($i->{condition}, $counts{ $i->{condition}{field} } ? @{ $value{ $i->{condition}{field} } } : ()));
        $value{ $i->{name} } = \@v;
        $counts{ $i->{name} } = $hidden || $shown;
        if ($shown) {
            my $broken = $i->{input} eq 'email' && !ref $sent->{ $i->{name} } && ($sent->{ $i->{name} } // '') =~ /\S[\r\n]+.*\S/s;
            push @bad, $i->{name} if (!@v && $i->{required}) || $broken || grep { problem($i, $_) } @v;
        }
        next unless ($hidden || $shown) && (@v || $i->{kind} && $i->{kind} eq 'checkbox');
        my $k = $i->{kind} // $i->{field};
        if ($k eq 'own') {
            my $say = join ', ', map { $i->{input} eq 'checkbox' && !$i->{many} ? 'yes' : $_ } @v;
            push @own, "$i->{label}:" . ($say =~ /\n/ ? "\n" : ' ') . $say;
        } elsif ($i->{name} =~ /^properties\.(.*)/) {
            $p{$1} = $k eq 'checkbox' ? (@v ? $true : $false) : $k eq 'tags' ? [@v] : $v[0];
        } else {
            $t{$k} = $k eq 'tag_ids' ? [@v] : $v[0];
        }
    }
    $t{description} = join "\n\n", grep { length } $t{description}, @own ? join("\n", 'Other Information:', @own) : ();
    $t{$_} //= undef for qw(ticket_type_id user_id);
    $t{tag_ids} //= [];
    $t{priority} //= '0';
    $t{stage_id} = 1;
    $t{properties} = { map { $_ => $p{$_} } grep { filled($p{$_}) } keys %p };
    return (\@bad, \%t);
}

sub filled { my ($v) = @_; return defined $v && (ref $v eq 'ARRAY' ? @$v : ref $v ? $v : length $v) }

# Numbers and their texts are equal here.
sub canon {
    my ($v) = @_;
    return 'null' unless defined $v;
    return '[' . join(',', sort map { canon($_) } @$v) . ']' if ref $v eq 'ARRAY';
    return '{' . join(',', map { "$_=" . canon($v->{$_}) } sort keys %$v) . '}' if ref $v eq 'HASH';
    return ref $v ? ($v ? 'true' : 'false') : number($v) ? 0 + $v : "$v";
}

# ---- sending ----

sub token { return post()->{body} =~ /name="token" value="([\w-]+)"/ ? $1 : '' }

sub post {
    my (@p) = @_;
    my (@out, $ip);
    while (my ($k, $v) = splice @p, 0, 2) {
        push @out, map { my $x = "$_"; utf8::encode($x); "$k=" . ($x =~ s/([^A-Za-z0-9_.-])/sprintf '%%%02X', ord $1/ger) } ref $v ? @$v : $v;
    }
    $ip = join '.', 10, map { int rand 250 } 1 .. 3;
    return $desk->client->request(POST => '/support/helpdesk', join('&', @out), type => 'application/x-www-form-urlencoded', headers => { 'X-Real-IP' => $ip });
}

sub noise {
    my ($depth) = @_;
    return [ map { noise(1) } 1 .. 1 + rand 4 ] if $depth == 0;
    my @keys = qw(field name input label label_position help placeholder default options required visibility condition op value en xx);
    my @leaf = ('name', 'text', 'partner_email', 'priority', 'tag_ids', 'properties.p_sel', 'properties.', 'select', 'checkbox', 'hidden', 'conditional', 'always', '=', '', 'a' x 300, 0, 1, 1.5, -1, $true, $false, undef, $types[0]);
    return pick(@leaf) if $depth > 3 || rand() < 0.3 && $depth > 1;
    return [ map { noise($depth + 1) } 1 .. rand 4 ] if rand() < 0.2;
    return { map { pick(@keys) => noise($depth + 1) } 1 .. 1 + rand 6 };
}
