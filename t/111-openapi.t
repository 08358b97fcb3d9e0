#!/usr/bin/perl

# The OpenAPI document is sound, and what the server answers is what the document says.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use IPC::Open2;
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
my $pid = open2(my $from, my $to, 'node', "$FindBin::Bin/openapi.mjs");
is_deeply(ask({ document => $doc }), [], 'the validator of OpenAPI 3.1 accepts it');
for my $break ([ 'a path without a slash', sub { $_[0]{paths}{x} = {} } ], [ 'no title', sub { delete $_[0]{info}{title} } ],
               [ 'a parameter without a place', sub { delete $_[0]{paths}{'/api/v1/tickets/{id}'}{get}{parameters}[0]{in} } ],
               [ 'an answer without a description', sub { $_[0]{paths}{'/api/v1/tickets'}{get}{responses}{200} = {} } ]) {
    my $other = JSON::PP::decode_json($r->{body});
    $break->[1]->($other);
    isnt(scalar @{ ask({ document => $other }) }, 0, "but not $break->[0]");
}
ask({ document => $doc });

# What a schema of the format cannot say.
my (%ids, @bad, %ops);
for my $path (sort keys %{ $doc->{paths} }) {
    my @in_path = $path =~ /\{(\w+)\}/g;
    push @bad, "$path: a name twice" if keys %{ { map { $_ => 1 } @in_path } } != @in_path;
    for my $method (sort keys %{ $doc->{paths}{$path} }) {
        my $o = $doc->{paths}{$path}{$method};
        my $where = "$method $path";
        push @bad, "$where: operationId" if !$o->{operationId} || $ids{ $o->{operationId} }++;
        push @bad, "$where: summary" if !$o->{summary};
        my @declared = map { $_->{name} } grep { $_->{in} eq 'path' } @{ $o->{parameters} };
        push @bad, "$where: path parameters @declared" if "@declared" ne "@in_path";
        my %names;
        push @bad, map { "$where: $_->{name} twice" } grep { $names{"$_->{in} $_->{name}"}++ } @{ $o->{parameters} };
        push @bad, "$where: responses" if !$o->{responses}{default} || !grep { /^2\d\d$/ } keys %{ $o->{responses} };
        push @bad, "$where: 204 with content" if $o->{responses}{204} && $o->{responses}{204}{content};
        push @bad, "$where: body of a $method" if $o->{requestBody} && $method =~ /^(?:get|delete)$/;
        push @bad, "$where: an answer that says nothing" if grep { json_text($_) eq '{"type":"object"}' }
            map { map { $_->{schema} // () } values %{ $_->{content} // {} } } values %{ $o->{responses} };
        for my $s (@{ $o->{security} // $doc->{security} }) {
            push @bad, "$where: security $_" for grep { !$doc->{components}{securitySchemes}{$_} } keys %$s;
        }
        $ops{ $o->{operationId} } = { %$o, method => uc $method, path => $path, at => pointer('/paths', $path, $method) };
    }
}
is_deeply(\@bad, [], 'every operation is complete');
for my $name (sort keys %{ $doc->{components}{schemas} }) {
    my @f = grep { !m{^/} } faults("/components/schemas/$name", '{}');
    is_deeply(\@f, [], "schema $name is a JSON Schema");
}

# ---- parameters ----

my %has = map { my $op = $_; $op => { map { ("$_->{in} $_->{name}" => $_) } @{ $ops{$op}{parameters} } } } keys %ops;
my @missing;
my $noun = qr/^(?:company|contact|user|team|stage|type|tag|calendar|leave|ticket|token)/;
for my $op (grep { /${noun}_|^(?:board_get|event_stream)$/ } sort keys %ops) {
    my @want = $op =~ /${noun}_list$/ ? qw(limit after fields sort expand filter format) : $op eq 'ticket_count' ? 'filter' : $op eq 'ticket_groups' ? qw(filter by)
        : $op eq 'board_get' ? qw(filter limit expand) : $op =~ /^(?:ticket_bulk|ticket_import|leave_import|team_patch)$/ ? 'dry_run' : ();
    push @missing, map { "$op: $_" } grep { !$has{$op}{"query $_"} } @want;
    push @missing, "$op: If-Match" if $op =~ /${noun}_(?:patch|delete)$/ && $op ne 'token_delete' && !$has{$op}{'header If-Match'};
    push @missing, "$op: If-None-Match" if $op =~ /${noun}_get$/ && !$has{$op}{'header If-None-Match'};
    push @missing, "$op: Idempotency-Key" if $op =~ /${noun}_create$|^(?:ticket_duplicate|ticket_bulk|ticket_import)$/ && !$has{$op}{'header Idempotency-Key'};
    push @missing, "$op: text/csv" if $op =~ /${noun}_list$/ && !$ops{$op}{responses}{200}{content}{'text/csv'};
}
push @missing, 'event_stream: Last-Event-ID' if !$has{event_stream}{'header Last-Event-ID'};
is_deeply(\@missing, [], 'every parameter is named where it exists');
my @lies;
for my $p (grep { $_->{'x-operators'} } @{ $ops{ticket_list}{parameters} }) {
    my %may = map { $_ => 1 } @{ $p->{'x-operators'} };
    for my $op (qw(eq ne gt gte lt lte in contains)) {
        next if $p->{name} eq 'active';          # its own three words
        my $x = $admin->api(GET => "/tickets?limit=1&$p->{name}.$op=1");
        my $refused = grep { $_->{code} eq 'unknown_operator' } @{ ref $x->{json} ? $x->{json}{fields} // [] : [] };
        push @lies, "$p->{name}.$op" if !!$refused == !!$may{$op};
    }
}
is_deeply(\@lies, [], 'x-operators are those a field takes');

my $text = $r->{body};
unlike($text, qr/"(?:hash|password_hash)"/, 'T-03: no secret field is in the document');
is_deeply([ grep { $doc->{components}{schemas}{User}{properties}{$_} } qw(password hash) ], [], 'T-03: nor a password in User');

# ---- the checker can say no ----

my $ticket = '/components/schemas/Ticket';
my $sample = $admin->api(POST => '/tickets', { name => 'Sample' })->{json};
is_deeply([ faults($ticket, json_text($sample)) ], [], 'a ticket is a Ticket');
for my $change ([ id => 'x' ], [ id => 0 ], [ priority => 5 ], [ priority => '5' ], [ name => undef ], [ active => 1 ],
                [ create_date => 'today' ], [ message_partner_ids => [0] ], [ message_partner_ids => [ 1, 1 ] ], [ name => 'x' x 251 ]) {
    ok(scalar faults($ticket, json_text({ %$sample, @$change })), "but not with $change->[0] = " . substr json_text($change->[1]), 0, 20);
}
ok(scalar faults('/components/schemas/TicketCreate', '{"name":"x","zz":1}'), 'nor is an unknown member a TicketCreate');

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
step(team_patch => { id => $team }, { privacy_visibility => 'internal' }, '?dry_run=1');
my $stage = step(stage_create => {}, { name => 'Stage', team_ids => [$team], sequence => -5, fold => $false })->{id};
step(stage_order => {}, { ids => [$stage] });
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
my $cal = step(calendar_create => {}, { name => 'Office', tz => 'Asia/Tehran' })->{id};
step(calendar_list => {});
step(calendar_get => { id => $cal });
step(calendar_patch => { id => $cal }, { hours => [ { day => 5, from => '10:00', to => '24:00' } ] });
my $leave = step(leave_create => {}, { user_id => $user, date_from => '2030-01-01T00:00:00Z', date_to => '2030-01-02T00:00:00Z' })->{id};
step(leave_list => {});
step(leave_get => { id => $leave });
step(leave_import => {}, "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTART:20300105T080000Z\r\nDURATION:PT1H\r\nEND:VEVENT\r\n"
     . "BEGIN:VEVENT\r\nUID:b\r\nDTSTART:no\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", "?user_id=$user");
step(leave_ical => {}, undef, "?user_id=$user");
step(leave_patch => { id => $leave }, { state => 'approved', name => 'Sea' });
my $id = step(ticket_create => {}, { name => 'T', team_id => $team, priority => '3', partner_id => $contact, description => '<b>' })->{id};
step(ticket_list => {});
step(ticket_list => {}, undef, '?fields=description,name&limit=1');
step("${_}_list" => {}, undef, '?format=csv') for qw(ticket team stage type tag calendar leave contact company user);
step(ticket_count => {});
step(ticket_groups => {}, undef, "?by=$_") for qw(stage_id user_id priority active tag_ids create_date.month);
step(ticket_get => { id => $id });
step(ticket_patch => { id => $id }, { stage_id => $stage, kanban_state => 'done', user_id => undef, message_partner_ids => [] });
my $copy = step(ticket_duplicate => { id => $id })->{id};
step(ticket_bulk => {}, { ids => [$copy], action => 'delete' });
step(ticket_bulk => {}, { ids => [ $id, 999 ], set => { priority => '1' }, add_tag_ids => [$tag] });
step(ticket_bulk => {}, { ids => [$id], remove_tag_ids => [$tag] });
step(ticket_import => {}, "id,name\r\n$id,T2\r\n999,x\r\n", '?dry_run=1');
step(ticket_follow => { id => $id, id2 => $contact });
step(ticket_unfollow => { id => $id, id2 => $contact });
step(ticket_link => { id => $id });
step(ticket_get => { id => $id }, undef, '?at=2099-01-01T00:00:00Z');
step(ticket_history => { id => $id });
step(audit_list => {}, undef, '?limit=200');
step(ticket_presence => { id => $id }, { state => 'viewing' });
step(ticket_follower_add => { id => $id }, { partner_ids => [$contact], subtypes => [ 'comment', 'stage' ], notify => $true });
step(ticket_followers => { id => $id });
step(ticket_follower_patch => { id => $id, id2 => $contact }, { subtypes => [] });
step(team_follower_add => { id => $team }, { partner_ids => [$contact], notify => $false });
step(team_followers => { id => $team });
step(team_follower_patch => { id => $team, id2 => $contact }, { subtypes => ['created'] });
step(team_follower_remove => { id => $team, id2 => $contact });
$desk->login('agent')->api(PATCH => "/tickets/$id", { user_id => $admin->{user}{id} });
my $at = step(activity_type_create => {}, { name => 'Visit', delay_count => 3, suggested_next_type_ids => [1] })->{id};
step(activity_type_list => {});
step(activity_type_get => { id => $at });
step(activity_type_patch => { id => $at }, { icon => 'car' });
my ($act, $gone) = map { step(activity_create => {}, { ticket_id => $id, activity_type_id => $at })->{id} } 1, 2;
step(activity_list => {}, undef, "?ticket_id=$id");
step(activity_count => {});
step(activity_get => { id => $act });
step(activity_patch => { id => $act }, { date_deadline => '2030-01-01' });
step(activity_done => { id => $act }, { feedback => 'went well' });
step(activity_cancel => { id => $gone });
step(activity_type_delete => { id => $at });
my $line = step(notification_list => {})->{items}[0]{id};
step(notification_count => {});
step(notification_patch => { id => $line }, { read => $true });
step(notification_read => {}, { ticket_id => $id });
my $file = step(ticket_attachment_create => { id => $id }, 'content', '?name=a.txt')->{id};
step(ticket_attachments => { id => $id });
step(attachment_create => {}, 'content', '?name=b.txt');
step(attachment_get => { id => $file });
step(attachment_content => { id => $file }, undef, '?inline=true');
step(attachment_delete => { id => $file });
step(board_get => { id => $team });
step(dashboard_get => {});
step(assignment_get => { id => $id });
my $token = step(token_create => {}, { name => 'Tok', scopes => [ 'read', 'admin' ], expires => '2099-01-01T00:00:00Z' })->{id};
step(token_list => {});
step(token_delete => { id => $token });
step(together_get => {}, undef, "?get=/start&get=/tickets/$id%3Ffields%3Did&get=/tickets/99999");
step($_ => {}) for qw(session_get start_get session_keep setup_get schema_get openapi_get);
step(session_password => {}, { old_password => $Helpdesk::PASSWORD, new_password => 'violet-harbour-77-softly' });
my $said = step(ticket_message_post => { id => $id }, { body => 'Hello *you*', mention_ids => [$contact] })->{id};
step(ticket_message_post => { id => $id }, { body => 'A note', subtype => 'note', parent_id => $said });
step(team_message_post => { id => $team }, { body => 'To the team' });
step(message_get => { id => $said });
step(message_patch => { id => $said }, { body => 'Hello you' });
step(message_history => { id => $said });
step($_->[0] => { id => $_->[1] }) for [ ticket_messages => $id ], [ ticket_thread => $id ], [ team_messages => $team ],
    [ team_thread => $team ], [ ticket_mentionable => $id ], [ team_mentionable => $team ];
step(ticket_thread => { id => $id }, undef, '?limit=2&q=note');
for my $of ([ ticket => $id ], [ team => $team ]) {
    step("$of->[0]_draft_get" => { id => $of->[1] });
    step("$of->[0]_draft_put" => { id => $of->[1] }, { body => 'Half a sent', mention_ids => [$contact] }, '?subtype=note');
    step("$of->[0]_draft_delete" => { id => $of->[1] }, undef, '?subtype=note');
}
my $view = step(view_create => {}, { name => 'Hot', shared => 'everyone', layout => 'board', query => { where => 'priority>=2', columns => ['ref'] } })->{id};
step(view_list => {});
step(view_get => { id => $view });
step(view_patch => { id => $view }, { name => 'Hotter' });
step(view_delete => { id => $view });
my $canned = step(canned_response_create => {}, { name => 'Hi', body => 'Hi {{customer.name}}' })->{id};
step(canned_response_list => {});
step(canned_response_get => { id => $canned });
step(canned_response_patch => { id => $canned }, { shortcut => 'hi' });
step(canned_response_expand => { id => $canned }, { ticket_id => $id });
step(canned_response_preview => {}, { ticket_id => $id, body => '{{ticket.ref}}' });
step(canned_response_delete => { id => $canned });
step($_ => {}) for qw(my_ticket_list my_ticket_count);
step(my_ticket_list => {}, undef, '?state=all&sort=title&group=stage&q=a&in=title&from=2020-01-01T00:00:00Z&limit=2');
step(my_ticket_get => { id => $id });
my $key = ($admin->api(POST => "/tickets/$id/link")->{json}{url} // '') =~ /(\?access_token=.*)/ ? $1 : '';
step(linked_message_post => { id => $id }, { name => 'Anna', body => 'By the link' }, $key, $anon);
my $by_link = step(linked_attachment_create => { id => $id }, 'content', "$key&name=c.txt", $anon)->{id};
step($_ => { id => $id }, undef, $key, $anon) for qw(linked_get linked_messages linked_attachments);
step(linked_attachment_content => { id => $id, id2 => $by_link }, undef, $key, $anon);
$admin->api(PATCH => "/teams/$team", { allow_portal_ticket_closing => $true });
my $customer = $desk->login('pia');
$admin->api(PUT => "/tickets/$id/followers/$customer->{user}{partner_id}");
step(ticket_close => { id => $id }, undef, undef, $customer);
$admin->api(PATCH => "/tickets/$id", { stage_id => $stage });
step(linked_close => { id => $id }, undef, $key, $anon);
step(message_delete => { id => $said });
step(ticket_delete => { id => $id });
step(type_delete => { id => $type });
step(tag_delete => { id => $tag });
step(leave_delete => { id => $leave });
step(calendar_delete => { id => $cal });
step(stage_delete => { id => $stage });
step(team_patch => { id => $team }, { member_ids => [] });
step(contact_patch => { id => $contact }, { email => 'c@example.com' });
step($_ => { id => $contact }) for qw(portal_get portal_grant portal_get);
step(user_patch => { id => $user }, { email => 'u@example.com' });
step(user_invite => { id => $user });
step(password_forgotten => {}, { login => 'u@example.com' });
my $portal = $admin->api(GET => "/contacts/$contact/portal")->{json}{user_id};
step(portal_revoke => { id => $contact });
step(user_delete => { id => $portal });
step(contact_delete => { id => $contact });
step(user_delete => { id => $user });

# Others see less, in the same shapes.
for my $who (qw(nora pia)) {
    my $c = $desk->login($who);
    for my $op (qw(ticket_list team_list stage_list contact_list user_list company_list token_list session_get start_get schema_get)) {
        my $x = $c->api(GET => $ops{$op}{path} =~ s{^/api/v1}{}r);
        my @f = faults(answer_of($op, 200), $x->{body});
        is("$x->{status} @f", '200 ', "$op as $who");
    }
}
for my $case ([ GET => '/tickets/999' ], [ POST => '/tickets', { name => 5, zz => 1 } ], [ GET => '/tickets?zz=1' ], [ PATCH => '/tickets', {} ]) {
    my $x = $admin->api(@$case);
    is_deeply([ faults('/components/schemas/Problem', $x->{body}) ], [], "$x->{status} is a Problem");
}
step(logout => {});
step(login => {}, { login => 'admin', password => 'violet-harbour-77-softly' });
is_deeply(\@wrong, [], 'every answer is what the document says') or diag(join "\n", @wrong);
my @never = grep { !$done{$_} } sort keys %ops;
is_deeply(\@never, [qw(company_delete event_stream invitation_use setup team_delete)], 'all but these were asked');
done_testing;

# ---- asking ----

sub step {
    my ($op, $ids, $body, $query, $c) = @_;
    $c //= $admin;
    my $o = $ops{$op} or die "no operation $op";
    my $path = ($o->{path} =~ s{^/api/v1}{}r) . ($query // '');
    $path =~ s/\{(\w+)\}/$ids->{$1}/g;
    my ($media) = keys %{ ($o->{requestBody} // {})->{content} // {} };
    my $x = ref $body || !defined $body ? $c->api($o->{method}, $path, $body)
        : $c->api($o->{method}, $path, undef, raw_body => $body, type => $media);
    my ($want) = grep { /^2/ } keys %{ $o->{responses} };
    $done{$op}++;
    if ($x->{status} != $want) {
        push @wrong, "$op: $x->{status}, not $want: $x->{body}";
        return $x->{json};
    }
    if ($body) {
        my ($type) = keys %{ $o->{requestBody}{content} };
        push @wrong, map { "$op: body: $_" }
            faults($o->{at} . pointer('/requestBody/content', $type, 'schema'), json_text($body));
    }
    my $content = $o->{responses}{$want}{content};
    if (!$content) {
        push @wrong, "$op: a body" if length $x->{body};
        return;
    }
    my ($type) = grep { index($x->{headers}{'content-type'}, $_) == 0 } sort keys %$content;      # a list is JSON or CSV
    push @wrong, "$op: type $x->{headers}{'content-type'}" if !$type;
    $type //= (sort keys %$content)[0];
    push @wrong, map { "$op: answer: $_" } faults(answer_of($op, $want, $type), $type =~ /json$/ ? $x->{body} : json_text($x->{body}));
    if (my ($name) = ($content->{$type}{schema}{'$ref'} // '') =~ m{([^/]+)$}) {
        my $props = $doc->{components}{schemas}{$name}{properties};
        push @wrong, map { "$op: $_ is not in $name" } grep { !$props->{$_} && !($op eq 'token_create' && $_ eq 'token') } keys %{ $x->{json} };
        push @wrong, map { "$op: $_ of $name is missing" } grep { !exists $x->{json}{$_} } keys %$props;
    }
    return $x->{json};
}

# ---- the judge: t/openapi.mjs ----

sub ask {
    my ($question) = @_;
    print $to json_text($question), "\n";
    $to->flush;
    my $line = <$from> // BAIL_OUT('node t/openapi.mjs does not answer');
    return JSON::PP::decode_json($line);
}

# What is wrong with a text, by the schema at that place of the document.
sub faults {
    my ($at, $json) = @_;
    return @{ ask({ schema => $at, text => $json }) };
}

sub pointer {
    my ($start, @parts) = @_;
    return join '/', $start, map { s/~/~0/gr =~ s{/}{~1}gr } @parts;
}

sub answer_of {
    my ($op, $status, $type) = @_;
    return $ops{$op}{at} . pointer('/responses', $status, 'content', $type // 'application/json', 'schema');
}
