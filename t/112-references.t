#!/usr/bin/perl

# T-03, T-25: a record of another company that is named in a body or a query is one that does not exist.  Which bodies and
# parameters name records is drawn from the API's own document and from GET /schema, so a new field is tried without a word here.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Helpdesk;
use Routes;

my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $NONE = 4_000_000_000;
my $desk = Helpdesk->new(workers => 1, sync => 'off')->seed;
$desk->add_user(boss => 'admin')->start;        # admin works in both companies, boss and agent in the first
my ($admin, $boss, $agent) = map { $desk->login($_) } qw(admin boss agent);

sub made { return $admin->made(@_) }

# One record of every type that belongs to a company, in each of the two.
my (%own, %other);
my $n = 0;
for my $set (\%own, \%other) {
    my $company = $set->{company} = $n++ == 0 ? 1 : made('/companies', { name => 'Other canary-5d1f' });
    my %in = (company_id => $company);
    $set->{team} = made('/teams', { name => "Team canary-5d1f $n", %in });
    $set->{contact} = made('/contacts', { name => "Contact canary-5d1f $n", is_company => $true, %in });
    $set->{user} = made('/users', { login => "user$n", name => "User canary-5d1f $n", role => 'user', company_ids => [$company] });
    $set->{calendar} = made('/calendars', { name => "Calendar canary-5d1f $n", tz => 'UTC', %in });
    $set->{leave} = made('/leaves', { date_from => '2030-01-01T00:00:00Z', date_to => '2030-01-02T00:00:00Z', user_id => $set->{user} });
    $set->{ticket} = made('/tickets', { name => "Ticket canary-5d1f $n", team_id => $set->{team} });
    $set->{message} = made("/tickets/$set->{ticket}/messages", { body => "Said canary-5d1f $n" });
    $set->{activity} = made('/activities', { ticket_id => $set->{ticket}, activity_type_id => 1 });
    $set->{view} = made('/views', { name => "View canary-5d1f $n", shared => 'team', team_id => $set->{team} });
    $set->{canned_response} = made('/canned_responses', { name => "Canned canary-5d1f $n", body => 'x', team_id => $set->{team} });
    my $r = $admin->api(POST => "/tickets/$set->{ticket}/attachments?name=canary-5d1f.txt", undef, raw_body => 'x', type => 'text/plain');
    $set->{attachment} = $r->{json}{id} or BAIL_OUT("upload: $r->{status} $r->{body}");
}
$own{$_} = $other{$_} = 1 for qw(stage type tag activity_type);        # ACC-5: shared between companies, nothing to hide
$own{token} = $boss->api(POST => '/tokens', { name => 'mine', scopes => ['read'] })->{json}{id};
$admin->api(PATCH => "/tickets/$other{ticket}", { user_id => $other{user} });
($other{notification}) = map { $_->{id} } $desk->dump_records('notification');

# ---- what names which record ----

my $doc = $desk->client->api(GET => '/openapi.json')->{json};
my $schema = $admin->api(GET => '/schema')->{json};
my (%type_of, %fields);      # name => type; type => its fields that name records
for my $type (keys %$schema) {
    for my $f (grep { $_->{ref} } @{ $schema->{$type}{fields} }) {
        $fields{$type}{ $f->{name} } = $f->{ref};
        $type_of{ $f->{name} }{ $f->{ref} } = 1;
    }
}
my %ids = (ticket_bulk => 'ticket', stage_order => 'stage', notification_read => 'notification');      # plain `ids`
my %plural = (ticket_type => 'type');

sub names_what {
    my ($op, $name, $record) = @_;
    my $type = $name eq 'ids' ? $ids{$op} : $fields{$record}{$name};
    my @any = keys %{ $type_of{$name} // $type_of{ $name =~ s/^(?:add|remove)_//r } // {} };
    $type //= $any[0] if @any == 1;
    return $plural{ $type // '' } // $type;
}

sub properties {
    my ($s) = @_;
    $s = $doc->{components}{schemas}{ $s->{'$ref'} =~ s{.*/}{}r } if $s->{'$ref'};
    return { %{ $s->{properties} // {} }, map { %{ properties($_) } } @{ $s->{allOf} // [] } };
}

my (@ops, %unknown);
for my $path (sort keys %{ $doc->{paths} }) {
    for my $method (sort keys %{ $doc->{paths}{$path} }) {
        my $o = $doc->{paths}{$path}{$method};
        my ($media) = keys %{ $o->{requestBody}{content} // {} };
        push @ops, { id => $o->{operationId}, method => uc $method, path => $path =~ s{^/api/v1}{}r, need => $o->{'x-need'}, media => $media // '',
                     parameters => $o->{parameters} // [], body => ($media // '') =~ /json/ ? properties($o->{requestBody}{content}{$media}{schema}) : {} };
    }
}

sub record_of {
    my ($op) = @_;
    my ($noun) = $op->{path} =~ m{^/(\w+)};
    my ($type) = grep { $schema->{$_}{plural} eq $noun } keys %$schema;
    return $op->{id} =~ /message_post|message_patch/ ? 'message' : $op->{id} =~ /_draft_put/ ? 'draft' : $type // '';
}

sub fill { my ($op) = @_; my $id = $own{ $plural{ record_of_path($op) } // record_of_path($op) } // 1; return $op->{path} =~ s/\{id\}/$id/r =~ s/\{id2\}/$own{contact}/r }
sub record_of_path { my ($op) = @_; my ($noun) = $op->{path} =~ m{^/(\w+)}; my ($type) = grep { $schema->{$_}{plural} eq $noun } keys %$schema; return $type // '' }

# The answer, but for the number that was asked about.
sub answer {
    my ($c, $op, $id, $query, $body, $name) = @_;
    my $r = $c->api($op->{method}, fill($op) . ($query // ''), $body);
    if ($name && $r->{status} < 300) {           # taken as it stands, or passed over: of what was written only that
        my $kept = ref $r->{json}{draft} ? $r->{json}{draft}{$name} : $r->{json}{$name};
        return ("$r->{status} " . (json_text($kept) =~ s/\b$id\b/ID/gr), $r);
    }
    return ("$r->{status} $r->{body}", $r) if $r->{status} < 300;
    return ("$r->{status} " . (($r->{body} // '') =~ s/\b$id\b/ID/gr), $r);
}

# ---- bodies ----

my (%tried, %refused, %taken);
my $before = join "\n", sort map { json_text($_) } map { my $t = $_; map { +{ $t => $_ } } $desk->dump_records($t) } qw(ticket message activity team contact user company);
for my $op (grep { $_->{need} ne 'public' && %{ $_->{body} } } @ops) {
    my $c = $op->{need} eq 'admin' ? $boss : $agent;
    my @bad;
    for my $name (grep { /(?:_ids?|^ids)$/ } sort keys %{ $op->{body} }) {
        my $type = names_what($op->{id}, $name, record_of($op));
        if (!defined $type) {
            $unknown{"$op->{id}.$name"} = 1;
            next;
        }
        next if $own{$type} && $own{$type} == ($other{$type} // 0);          # shared
        my $many = $name =~ /ids$/;
        my %base = $op->{method} eq 'POST' || $op->{id} =~ /draft/ ? %{ $BODY{ $op->{id} } } : ();
        delete $base{set} if $op->{id} eq 'ticket_bulk';
        $base{action} = 'follow' if $op->{id} eq 'ticket_bulk' && $name eq 'ids';
        $base{ids} = [ $own{ticket} ] if $op->{id} eq 'ticket_bulk' && $name ne 'ids';
        $base{ticket_id} = $own{ticket} if exists $base{ticket_id};
        delete $base{ids} if $op->{id} eq 'notification_read';
        my ($of_other, $r) = answer($c, $op, $other{$type}, '', { %base, $name => $many ? [ $other{$type} ] : $other{$type} }, $name);
        my ($of_none) = answer($c, $op, $NONE, '', { %base, $name => $many ? [$NONE] : $NONE }, $name);
        $tried{$type}++;
        $refused{"$op->{id}.$name"} = 1 if grep { $_->{field} =~ /^\Q$name\E/ } @{ $r->{json}{fields} // [] };
        $taken{"$op->{id}.$name"} = 1 if $r->{status} < 300;
        push @bad, "$name of another company's $type: $of_other\n   and of none: $of_none" if $of_other ne $of_none;
        push @bad, "$name shows it: $of_other" if $of_other =~ /canary-5d1f/ && $r->{status} >= 400;
    }
    is_deeply(\@bad, [], "T-03: $op->{id}: what is named in its body") if grep { /(?:_ids?|^ids)$/ } keys %{ $op->{body} };
}
is_deeply([ sort keys %unknown ], [], 'T-03: this test knows what every reference in a body names');
# Drafts keep what was typed until it is sent; time off of a user has his company; a private view has no team;
# the others say of each record what came of it.
is(join(' ', sort keys %taken), join(' ', sort qw(leave_create.company_id notification_read.ids notification_read.ticket_id ticket_bulk.ids view_create.team_id),
    map { my $d = $_; map { "${d}_draft_put.$_" } qw(attachment_ids mention_ids parent_id partner_ids) } qw(team ticket)), 'T-03: what is not refused is known');
cmp_ok(scalar keys %refused, '>=', 30, 'T-03: most of them are refused by name') or diag(join ' ', sort keys %refused);
is_deeply([ grep { !$tried{$_} } qw(company team user contact calendar ticket message attachment) ], [], 'T-03: of each type some were tried');
my $after = join "\n", sort map { json_text($_) } map { my $t = $_; map { +{ $t => $_ } } $desk->dump_records($t) } qw(ticket message activity team contact user company);
is($after, $before, 'T-03: and nothing was written');

# ---- queries: where a colleague of one's own company works besides is shown with him, so it may be asked for, too ----

for my $op (grep { $_->{method} eq 'GET' && $_->{need} ne 'public' && $_->{id} ne 'event_stream' } @ops) {     # streams: t/203
    my $c = $op->{need} eq 'admin' ? $boss : $agent;
    my %names = map { $_->{name} => 1 } grep { $_->{in} eq 'query' } @{ $op->{parameters} };
    my @refs = grep { $_->[1] && $other{ $_->[1] } && $other{ $_->[1] } != ($own{ $_->[1] } // 0) }
        map { [ $_, names_what($op->{id}, $_, record_of($op)) ] } grep { /_ids?$/ && !/\./ && "$op->{id}.$_" ne 'user_list.company_ids' } sort keys %names;
    next if !@refs;
    my @bad;
    for my $ref (@refs) {
        my ($name, $type) = @$ref;
        for my $q ("$name=%s", $names{filter} ? ("filter=$name%%20=%%20%s", "$name.in=%s,1", "filter=not%%20$name%%20in%%20(%s)") : ()) {
            my ($of_other) = answer($c, $op, $other{$type}, '?' . sprintf $q, $other{$type});
            my ($of_none) = answer($c, $op, $NONE, '?' . sprintf $q, $NONE);
            push @bad, "$q of another company's $type: $of_other\n   and of none: $of_none" if $of_other ne $of_none;
        }
    }
    is_deeply(\@bad, [], "T-03, T-25: $op->{id}: what is named in its query (" . join(' ', map { $_->[0] } @refs) . ')');
}
done_testing;
