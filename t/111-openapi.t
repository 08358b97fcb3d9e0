#!/usr/bin/perl

# The OpenAPI document is sound, and what the server answers is what the document says.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use B ();
use Test::More;
use Helpdesk;

my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $desk = Helpdesk->new(workers => 2, sync => 'off')->seed->add_user(nora => 'none')->add_user(pia => 'portal')->start;
my $admin = $desk->login('admin');
my $anon = $desk->client;
my $r = $anon->api(GET => '/openapi.json');
my $doc = $r->{json};
is($r->{status}, 200, 'the document is public');

# ---- structure ----

is($doc->{openapi}, '3.1.0', 'OpenAPI 3.1');
ok($doc->{info}{title} && $doc->{info}{version}, 'info has title and version');
is_deeply([ grep { !/^(?:openapi|info|servers|paths|components|security|tags)$/ } keys %$doc ], [], 'no member that is none');
my (%ids, @bad, %ops);
for my $path (sort keys %{ $doc->{paths} }) {
    my @in_path = $path =~ /\{(\w+)\}/g;
    push @bad, "$path: a name twice" if keys %{ { map { $_ => 1 } @in_path } } != @in_path;
    for my $method (sort keys %{ $doc->{paths}{$path} }) {
        my $o = $doc->{paths}{$path}{$method};
        my $where = "$method $path";
        push @bad, "$where: no method" if $method !~ /^(?:get|put|post|patch|delete)$/;
        push @bad, "$where: operationId" if !$o->{operationId} || $ids{ $o->{operationId} }++;
        push @bad, "$where: summary" if !$o->{summary};
        my @declared = map { $_->{name} } grep { $_->{in} eq 'path' } @{ $o->{parameters} };
        push @bad, "$where: path parameters @declared" if "@declared" ne "@in_path";
        my %names;
        for my $p (@{ $o->{parameters} }) {
            push @bad, "$where: $p->{name} twice" if $names{"$p->{in} $p->{name}"}++;
            push @bad, "$where: $p->{name}: in" if $p->{in} !~ /^(?:path|query|header|cookie)$/;
            push @bad, "$where: $p->{name}: not required" if $p->{in} eq 'path' && !$p->{required};
            push @bad, "$where: $p->{name}: no schema" if ref $p->{schema} ne 'HASH' || !$p->{schema}{type};
        }
        push @bad, "$where: responses" if !$o->{responses}{default} || !grep { /^2\d\d$/ } keys %{ $o->{responses} };
        for my $status (keys %{ $o->{responses} }) {
            my $a = $o->{responses}{$status};
            push @bad, "$where: $status: description" if !$a->{'$ref'} && !$a->{description};
            push @bad, "$where: 204 with content" if $status eq '204' && $a->{content};
        }
        push @bad, "$where: body of a $method" if $o->{requestBody} && $method =~ /^(?:get|delete)$/;
        push @bad, "$where: body without content" if $o->{requestBody} && !%{ $o->{requestBody}{content} };
        for my $s (@{ $o->{security} // $doc->{security} }) {
            push @bad, "$where: security $_" for grep { !$doc->{components}{securitySchemes}{$_} } keys %$s;
        }
        $ops{ $o->{operationId} } = { %$o, method => uc $method, path => $path };
    }
}
is_deeply(\@bad, [], 'every operation is complete');
my @refs;
walk($doc, sub { push @refs, $_[0]{'$ref'} if ref $_[0] eq 'HASH' && defined $_[0]{'$ref'} && !ref $_[0]{'$ref'} });
ok(@refs > 40, 'the document has references');
is_deeply([ grep { !resolve($_) } @refs ], [], 'and all resolve');
my %used = map { $_ => 1 } @refs;
for my $name (sort keys %{ $doc->{components}{schemas} }) {
    my @unknown;
    schema_words($doc->{components}{schemas}{$name}, \@unknown);
    is_deeply(\@unknown, [], "schema $name uses only words the checker knows");
}
my $text = $r->{body};
unlike($text, qr/"(?:hash|password_hash)"/, 'T-03: no secret field is in the document');
is_deeply([ grep { $doc->{components}{schemas}{User}{properties}{$_} } qw(password hash) ], [], 'T-03: nor a password in User');

# ---- the checker can say no ----

my $ticket = $doc->{components}{schemas}{Ticket};
my $sample = $admin->api(POST => '/tickets', { name => 'Sample' })->{json};
is_deeply([ faults($ticket, $sample) ], [], 'a ticket is a Ticket');
for my $change ([ id => 'x' ], [ id => 0 ], [ priority => 5 ], [ priority => '5' ], [ name => undef ], [ active => 1 ],
                [ create_date => 'today' ], [ message_partner_ids => [0] ], [ message_partner_ids => [ 1, 1 ] ], [ name => 'x' x 251 ]) {
    ok(scalar faults($ticket, { %$sample, @$change }), "but not with $change->[0] = " . substr json_text($change->[1]), 0, 20);
}
ok(scalar faults($doc->{components}{schemas}{TicketCreate}, { zz => 1 }), 'nor is an unknown member a TicketCreate');

# ---- what the server answers ----

my (%done, @wrong);
my $cid = step(company_create => {}, { name => 'Second' })->{id};
step(company_list => {});
step(company_get => { id => $cid });
step(company_patch => { id => $cid }, { name => 'Second Company' });
my $contact = step(contact_create => {}, { name => 'Carla', email => 'c@example.com', is_company => $true })->{id};
step(contact_list => {});
step(contact_get => { id => $contact });
step(contact_patch => { id => $contact }, { phone => '5', lang => 'lt' });
my $user = step(user_create => {}, { login => 'new', name => 'New', role => 'user', password => 'long-enough-and-new' })->{id};
step(user_list => {});
step(user_get => { id => $user });
step(user_patch => { id => $user }, { tz => 'Europe/Vilnius' });
step(user_password => { id => $user }, { password => 'long-enough-and-newer' });
my $team = step(team_create => {}, { name => 'Team', description => 'x', member_ids => [$user], assign_method => 'balanced' })->{id};
step(team_list => {});
step(team_get => { id => $team });
step(team_patch => { id => $team }, { color => 11, auto_assignment => $true });
my $stage = step(stage_create => {}, { name => 'Stage', team_ids => [$team], sequence => -5, fold => $false })->{id};
step(stage_list => {});
step(stage_get => { id => $stage });
step(stage_patch => { id => $stage }, { description => 'x' });
my $type = step(type_create => {}, { name => 'Question', sequence => 4 })->{id};
step(type_list => {});
step(type_get => { id => $type });
step(type_patch => { id => $type }, { name => 'Issue' });
my $tag = step(tag_create => {}, { name => 'vpn', color => 3, member_ids => [$user] })->{id};
step(tag_list => {});
step(tag_get => { id => $tag });
step(tag_patch => { id => $tag }, { member_ids => [] });
my $id = step(ticket_create => {}, { name => 'T', team_id => $team, priority => '3', partner_id => $contact, description => '<b>' })->{id};
step(ticket_list => {});
step(ticket_list => {}, undef, '?fields=description,name&limit=1');
step(ticket_count => {});
step(ticket_get => { id => $id });
step(ticket_patch => { id => $id }, { stage_id => $stage, kanban_state => 'done', user_id => undef, message_partner_ids => [] });
step(ticket_follow => { id => $id, id2 => $contact });
step(ticket_unfollow => { id => $id, id2 => $contact });
step(board_get => { id => $team });
my $token = step(token_create => {}, { name => 'Tok', scopes => [ 'read', 'admin' ], expires => '2099-01-01T00:00:00Z' })->{id};
step(token_list => {});
step(token_delete => { id => $token });
step($_ => {}) for qw(session_get session_keep setup_get schema_get openapi_get);
step(session_password => {}, { old_password => $Helpdesk::PASSWORD, new_password => 'violet-harbour-77-softly' });
step(ticket_delete => { id => $id });
step(type_delete => { id => $type });
step(tag_delete => { id => $tag });
step(stage_delete => { id => $stage });
step(team_patch => { id => $team }, { member_ids => [] });
step(contact_delete => { id => $contact });
step(user_delete => { id => $user });

# Others see less, in the same shapes.
for my $who (qw(nora pia)) {
    my $c = $desk->login($who);
    for my $op (qw(ticket_list team_list stage_list contact_list user_list company_list token_list session_get schema_get)) {
        my $x = $c->api(GET => $ops{$op}{path} =~ s{^/api/v1}{}r);
        my @f = faults($ops{$op}{responses}{200}{content}{'application/json'}{schema}, $x->{json});
        is("$x->{status} @f", '200 ', "$op as $who");
    }
}
for my $case ([ GET => '/tickets/999' ], [ POST => '/tickets', { name => 5, zz => 1 } ], [ GET => '/tickets?zz=1' ], [ PATCH => '/tickets', {} ]) {
    my $x = $admin->api(@$case);
    is_deeply([ faults($doc->{components}{schemas}{Problem}, $x->{json}) ], [], "$x->{status} is a Problem");
}
step(logout => {});
step(login => {}, { login => 'admin', password => 'violet-harbour-77-softly' });
is_deeply(\@wrong, [], 'every answer is what the document says') or diag(join "\n", @wrong);
my @never = grep { !$done{$_} } sort keys %ops;
is_deeply(\@never, [qw(company_delete event_stream setup team_delete)], 'all but these were asked');
done_testing;

# ---- asking ----

sub step {
    my ($op, $ids, $body, $query) = @_;
    my $o = $ops{$op} or die "no operation $op";
    my $path = ($o->{path} =~ s{^/api/v1}{}r) . ($query // '');
    $path =~ s/\{(\w+)\}/$ids->{$1}/g;
    my $x = $admin->api($o->{method}, $path, $body);
    my ($want) = grep { /^2/ } keys %{ $o->{responses} };
    $done{$op}++;
    if ($x->{status} != $want) {
        push @wrong, "$op: $x->{status}, not $want: $x->{body}";
        return $x->{json};
    }
    if ($body) {
        my ($content) = values %{ $o->{requestBody}{content} };
        push @wrong, map { "$op: body: $_" } faults($content->{schema}, $body);
    }
    my $content = $o->{responses}{$want}{content};
    if (!$content) {
        push @wrong, "$op: a body" if length $x->{body};
        return;
    }
    my ($type) = keys %$content;
    push @wrong, "$op: type $x->{headers}{'content-type'}" if index($x->{headers}{'content-type'}, $type) != 0;
    push @wrong, map { "$op: answer: $_" } faults($content->{$type}{schema}, $x->{json});
    if (my ($name) = ($content->{$type}{schema}{'$ref'} // '') =~ m{([^/]+)$}) {
        my $props = $doc->{components}{schemas}{$name}{properties};
        push @wrong, map { "$op: $_ is not in $name" } grep { !$props->{$_} && !($op eq 'token_create' && $_ eq 'token') } keys %{ $x->{json} };
        push @wrong, map { "$op: $_ of $name is missing" } grep { !exists $x->{json}{$_} } keys %$props;
    }
    return $x->{json};
}

# ---- JSON Schema, as far as the document uses it ----

my %words;
BEGIN {
    %words = map { $_ => 1 } qw($ref type enum required properties additionalProperties unevaluatedProperties allOf items minimum
        maximum minLength maxLength minItems maxItems uniqueItems minProperties format description readOnly writeOnly);
}

sub schema_words {
    my ($s, $bad) = @_;
    push @$bad, grep { !$words{$_} } keys %$s;
    schema_words($_, $bad) for values %{ $s->{properties} // {} }, @{ $s->{allOf} // [] }, $s->{items} // ();
}

sub kind {
    my ($v) = @_;
    return 'null' if !defined $v;
    return ref $v eq 'HASH' ? 'object' : ref $v eq 'ARRAY' ? 'array' : 'boolean' if ref $v;
    my $flags = B::svref_2object(\$v)->FLAGS;
    return $flags & B::SVf_POK() ? 'string' : $v == int $v ? 'integer' : 'number';
}

sub resolve {
    my ($ref) = @_;
    my $at = $doc;
    $ref =~ m{^#/} or return;
    for my $part (split m{/}, substr $ref, 2) {
        $at = ref $at eq 'HASH' ? $at->{$part} : undef;
    }
    return $at;
}

# What is wrong with a value, as "path: why".
sub faults {
    my ($s, $v, $at) = @_;
    $at //= '';
    $s = resolve($s->{'$ref'}) // die $s->{'$ref'} if $s->{'$ref'};
    my $kind = kind($v);
    my @f = map { faults($_, $v, $at) } @{ $s->{allOf} // [] };
    if ($s->{type}) {
        my %ok = map { $_ => 1 } ref $s->{type} ? @{ $s->{type} } : $s->{type};
        return (@f, "$at: $kind") if !$ok{$kind} && !($kind eq 'integer' && $ok{number});
    }
    push @f, "$at: no option" if $s->{enum} && $kind ne 'null' && !grep { $_ eq $v } @{ $s->{enum} };
    if ($kind eq 'object') {
        push @f, map { "$at/$_: missing" } grep { !exists $v->{$_} } @{ $s->{required} // [] };
        my %known = map { $_ => 1 } known($s);
        my $closed = grep { defined && !$_ } @$s{qw(additionalProperties unevaluatedProperties)};
        my $own = defined $s->{additionalProperties} && !$s->{additionalProperties} ? $s->{properties} : \%known;
        push @f, map { "$at/$_: unknown" } grep { $closed && !$own->{$_} } keys %$v;
        push @f, map { faults($s->{properties}{$_}, $v->{$_}, "$at/$_") } grep { exists $v->{$_} } keys %{ $s->{properties} // {} };
        push @f, "$at: too few" if $s->{minProperties} && keys %$v < $s->{minProperties};
    } elsif ($kind eq 'array') {
        push @f, map { faults($s->{items}, $v->[$_], "$at/$_") } $s->{items} ? 0 .. $#$v : ();
        push @f, "$at: too many" if defined $s->{maxItems} && @$v > $s->{maxItems};
        push @f, "$at: not unique" if $s->{uniqueItems} && keys %{ { map { json_text($_) => 1 } @$v } } != @$v;
    } elsif ($kind eq 'string') {
        push @f, "$at: too short" if defined $s->{minLength} && length $v < $s->{minLength};
        push @f, "$at: too long" if defined $s->{maxLength} && length $v > $s->{maxLength};
        push @f, "$at: no time" if ($s->{format} // '') eq 'date-time' && $v !~ /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;
    } elsif ($kind eq 'integer' || $kind eq 'number') {
        push @f, "$at: too small" if defined $s->{minimum} && $v < $s->{minimum};
        push @f, "$at: too big" if defined $s->{maximum} && $v > $s->{maximum};
    }
    return @f;
}

sub known {
    my ($s) = @_;
    $s = resolve($s->{'$ref'}) if $s->{'$ref'};
    return (keys %{ $s->{properties} // {} }, map { known($_) } @{ $s->{allOf} // [] });
}

sub walk {
    my ($v, $fn) = @_;
    $fn->($v);
    walk($_, $fn) for ref $v eq 'HASH' ? values %$v : ref $v eq 'ARRAY' ? @$v : ();
}
