#!/usr/bin/perl

# The route matrix: every operation of the OpenAPI document, every way to be refused, and nothing changed by it.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Helpdesk;
use Routes;

my $desk = Helpdesk->new(workers => 2, sync => 'off')->seed;
$desk->add_user(boss => 'admin')->add_user(nora => 'none')->add_user(pia => 'portal')->start;
my %errors = read_errors();

# ---- a small world: boss works in company 1 only, admin in both ----

my $admin = $desk->login('admin');
my %who = map { $_ => $desk->login($_) } qw(boss agent nora pia);
my ($boss, $agent, $anon) = ($who{boss}, $who{agent}, $desk->client);

my $made = sub {
    my ($client, $path, $body) = @_;
    my $r = $client->api(POST => $path, $body);
    $r->{status} == 201 or BAIL_OUT("POST $path: $r->{status} $r->{body}");
    return $r->{json}{id};
};
my %own = (company => 1, user => $agent->{user}{id}, contact => $agent->{user}{partner_id}, team => 1, stage => 1);
$own{$_} = $made->($admin, "/${_}s", { name => "A $_" }) for qw(type tag);
$own{calendar} = $made->($admin, '/calendars', { name => 'A calendar', tz => 'UTC', company_id => 1 });
my %off = (date_from => '2030-01-01T00:00:00Z', date_to => '2030-01-02T00:00:00Z');
$own{leave} = $made->($agent, '/leaves', \%off);
$own{ticket} = $made->($admin, '/tickets', { name => 'A ticket', team_id => 1 });
my $upload = sub {
    my ($client, $id) = @_;
    my $r = $client->api(POST => "/tickets/$id/attachments?name=a.txt", undef, raw_body => 'a', type => 'text/plain');
    $r->{status} == 201 or BAIL_OUT("upload: $r->{status} $r->{body}");
    return $r->{json}{id};
};
$own{attachment} = $upload->($boss, $own{ticket});
$own{message} = $made->($agent, "/tickets/$own{ticket}/messages", { body => 'A note', subtype => 'note' });
$own{canned_response} = $made->($admin, '/canned_responses', { name => 'A response', body => 'x' });
$own{view} = $made->($admin, '/views', { name => 'A view', shared => 'everyone' });
$own{token} = $made->($boss, '/tokens', { name => 'mine', scopes => ['read'] });
my %other = (company => $made->($admin, '/companies', { name => 'Other Company' }));
$other{team} = $made->($admin, '/teams', { name => 'Other team', company_id => $other{company} });
$other{stage} = $made->($admin, '/stages', { name => 'Other stage', team_ids => [$other{team}] });
$other{ticket} = $made->($admin, '/tickets', { name => 'Other ticket', team_id => $other{team} });
$other{contact} = $made->($admin, '/contacts', { name => 'Other contact', company_id => $other{company} });
$other{user} = $made->($admin, '/users', { login => 'other', name => 'Other', role => 'user',
                                           company_ids => [$other{company}] });
$other{message} = $made->($admin, "/tickets/$other{ticket}/messages", { body => 'Other' });
$other{canned_response} = $made->($admin, '/canned_responses', { name => 'Other', body => 'x', team_id => $other{team} });
$other{calendar} = $made->($admin, '/calendars', { name => 'Other calendar', tz => 'UTC', company_id => $other{company} });
$other{leave} = $made->($admin, '/leaves', { %off, user_id => $other{user} });
$other{token} = $made->($admin, '/tokens', { name => 'of admin', scopes => ['read'] });
$made->($admin, '/tickets', { name => 'Of boss', team_id => 1, user_id => $boss->{user}{id} });
$made->($boss, '/tickets', { name => 'Of admin', team_id => 1, user_id => $admin->{user}{id} });
($own{notification}, $other{notification}) = map { $_->api(GET => '/notifications')->{json}{items}[0]{id} } $boss, $admin;
$own{activity_type} = 1;
$own{activity} = $made->($admin, '/activities', { ticket_id => $own{ticket}, activity_type_id => 1 });
$other{activity} = $made->($admin, '/activities', { ticket_id => $other{ticket}, activity_type_id => 1 });
my %hidden = (team => $made->($admin, '/teams', { name => 'Private', company_id => 1,
                                                  privacy_visibility => 'invited_internal' }));
$made->($admin, '/stages', { name => 'Private stage', team_ids => [$hidden{team}] });
$hidden{leave} = $made->($boss, '/leaves', { %off, user_id => $boss->{user}{id} });
$hidden{ticket} = $made->($admin, '/tickets', { name => 'Hidden ticket', team_id => $hidden{team} });
$hidden{activity} = $made->($admin, '/activities', { ticket_id => $hidden{ticket}, activity_type_id => 1 });
$other{attachment} = $upload->($admin, $other{ticket});
$hidden{attachment} = $upload->($admin, $hidden{ticket});
$hidden{message} = $made->($admin, "/tickets/$hidden{ticket}/messages", { body => 'Hidden' });
$other{view} = $made->($admin, '/views', { name => 'Other', shared => 'team', team_id => $other{team} });
$hidden{view} = $made->($boss, '/views', { name => 'Mine' });
$hidden{canned_response} = $made->($boss, '/canned_responses', { name => 'Mine', body => 'x', user_id => $boss->{user}{id} });

# ---- the operations ----

my $doc = $anon->api(GET => '/openapi.json')->{json};
my (@ops, %methods);
for my $path (sort keys %{ $doc->{paths} }) {
    for my $method (sort keys %{ $doc->{paths}{$path} }) {
        my $o = $doc->{paths}{$path}{$method};
        push @ops, { %$o, id => $o->{operationId}, path => $path =~ s{^/api/v1}{}r, method => uc $method };
        $methods{ $path =~ s{^/api/v1}{}r }{ uc $method } = 1;
    }
}
is_deeply([ sort map { $_->{id} } @ops ], [ sort keys %NEED ], 'coverage: the table knows every operation');
is_deeply({ map { $_->{id} => $_->{'x-need'} } @ops }, \%NEED, 'ACC-1: every operation needs what the table says');
for my $op (@ops) {
    ($op->{type}) = $op->{id} =~ /^(activity_type|activity|ticket|team|stage|type|tag|contact|company|user|token|calendar|leave|notification|message|canned_response|view)_/;
    $op->{type} = '' if $op->{id} =~ /^(?:ticket_(?:bulk|import)|stage_order|notification_read)$/;
    $op->{type} = 'attachment' if $op->{id} =~ /^attachment_(?!create)/;
    $op->{type} = 'team' if $op->{id} eq 'board_get';
    $op->{type} = 'ticket' if $op->{id} eq 'assignment_get';
    is(!!$op->{requestBody}, !!$BODY{ $op->{id} }, "$op->{id}: the table has a body when the operation has one");
}

my $before = state();
my @pids = sort { $a <=> $b } $desk->worker_pids;
my (%refused, %tried);

no_login();
no_right();
wrong_types();
unknown_fields();
bad_bodies();
big_bodies();
wrong_media();
missing_records();
wrong_methods();
unknown_paths();
bad_queries();
stale_versions();

is_deeply([ grep { $NEED{$_} ne 'public' && !$refused{$_} } sort keys %NEED ], [],
          'coverage: every operation was refused to who may not');
is_deeply([ grep { !$tried{$_} } sort keys %NEED ], [], 'coverage: every operation was asked');
my $after = state();
is_deeply($after, $before, 'T-23: nothing was written by all that');
is_deeply([ sort { $a <=> $b } $desk->worker_pids ], \@pids, 'T-23: the same workers are alive');
twice();
done_testing;

# ---- the rounds ----

sub no_login {
    for my $op (@ops) {
        my $id = $op->{id};
        my $r = ask($anon, $op);
        if ($NEED{$id} eq 'public') {
            my %want = (login => 401, setup => 410, invitation_use => 410, password_forgotten => 204, setup_get => 200, openapi_get => 200,
                        map { ($_ => 404) } grep { /^linked_/ } keys %NEED);     # without the token
            is($r->{status}, $want{$id}, "$id: open to everybody");
            next;
        }
        $refused{$id} = problem("$id: nobody signed in", $r, 401, 'login_required');
        my @bad = grep { $_ } map {
            my ($header, $code) = @$_;
            my $x = ask($anon, $op, headers => $header);
            $x->{status} == 401 && ($x->{json}{code} // '') eq $code ? '' : "$code: $x->{status} $x->{body}";
        } [ { Authorization => 'Bearer ' . 'x' x 60 }, 'bad_token' ],
          [ { Authorization => "Bearer hd_00000001_$CANARY" }, 'bad_token' ],
          [ { Authorization => 'Basic YWRtaW46YWRtaW4=' }, 'login_required' ],
          [ { 'X-Remote-User' => 'admin' }, 'login_required' ],
          [ { Cookie => 'sid=short' }, 'login_required' ];
        is_deeply(\@bad, [], "$id: nor with credentials that are none");
    }
}

sub no_right {
    for my $op (@ops) {
        my $id = $op->{id};
        my @poor = $NEED{$id} eq 'staff' ? qw(nora pia) : $NEED{$id} eq 'admin' ? qw(nora pia agent) : ();
        for my $name (@poor) {
            problem("$id: $name may not", ask($who{$name}, $op), 403, 'forbidden') or delete $refused{$id};
        }
    }
}

sub wrong_types {
    my %samples = (string => "text $CANARY", integer => 7, real => 1.5, boolean => JSON::PP::true, array => [],
                   object => {}, null => undef);
    for my $op (grep { is_json($_) } @ops) {
        my ($schema) = map { $_->{schema} } values %{ $op->{requestBody}{content} };
        my $props = properties($schema);
        my @bad;
        for my $field (sort keys %$props) {
            my $p = $props->{$field};
            my %ok = map { $_ => 1 } ref $p->{type} ? @{ $p->{type} } : $p->{type} // 'object';
            my @values = map { $samples{$_} } grep { !$ok{$_} } sort keys %samples;
            push @values, 'x' x (4 * $p->{maxLength} + 1) if $p->{maxLength};
            push @values, $p->{maximum} + 1 if defined $p->{maximum};
            push @values, $p->{minimum} - 1 if defined $p->{minimum};
            push @values, "no-option-$CANARY" if $p->{enum} || ($p->{format} // '') eq 'date-time';
            push @values, ["e-$CANARY"], [ {} ], [ 1 .. ($p->{maxItems} // 0) + 1 ] if $ok{array};
            for my $v (@values) {
                my $r = ask($boss, $op, body => { %{ $BODY{ $op->{id} } }, $field => $v });
                my $named = grep { $_->{field} =~ /^\Q$field\E(?:\[\d+\](?:\.\w+)?)?$/ } @{ $r->{json}{fields} // [] };
                push @bad, "$field=" . substr(json_text($v), 0, 40) . ": $r->{status} $r->{body}"
                    unless $r->{status} == 422 && $named && is_problem($r) eq '';
            }
        }
        ok(keys %$props > 0, "$op->{id}: the document describes the body");
        is_deeply(\@bad, [], "$op->{id}: wrong types are 422 and name the field");
    }
}

sub unknown_fields {
    for my $op (grep { is_json($_) } @ops) {
        my @bad;
        my $custom = !$op->{type} || $op->{id} =~ /^(?:user_password|notification_patch|activity_done|\w+_follower_\w+)$/;
        for my $name ('zz_unknown', '__proto__', 'constructor', 'x' x 300, "\x{20AC}uro",
                      $custom ? () : qw(id version create_uid write_date), $op->{type} && !$custom ? 'hash' : ()) {
            my $r = ask($boss, $op, body => { %{ $BODY{ $op->{id} } }, $name => $CANARY });
            push @bad, substr($name, 0, 20) . ": $r->{status} $r->{body}"
                unless $r->{status} == 422 && $r->{json}{code} eq 'unknown_field' && is_problem($r) eq '';
        }
        is_deeply(\@bad, [], "T-10: $op->{id}: unknown and read-only fields are refused");
    }
}

sub bad_bodies {
    my $deep = 200;
    my %bodies = (
        'empty' => '', 'cut' => '{"name":"x"', 'array' => '[1]', 'string' => '"x"', 'null' => 'null',
        'raw NUL' => qq({"name":"a\0$CANARY"}), 'escaped NUL' => qq({"name":"a\\u0000$CANARY"}),
        'invalid UTF-8' => qq({"name":"\xC3\x28$CANARY"}), 'overlong UTF-8' => qq({"name":"\xC0\xAF"}),
        'lone surrogate' => '{"name":"\ud800"}', 'bytes after' => '{"name":"x"} {"name":"y"}',
        'duplicate keys' => qq({"name":"$CANARY","name":"b"}), 'NaN' => '{"name":NaN}', 'comment' => '{/**/}',
        'deep' => '{"name":' . '[' x $deep . ']' x $deep . '}', 'huge number' => '{"name":1e999}',
        'trailing comma' => '{"name":"x",}', 'byte order mark' => "\xEF\xBB\xBF{\"name\":\"x\"}",
    );
    for my $op (grep { is_json($_) } @ops) {
        my @bad;
        for my $case (sort keys %bodies) {
            my $r = ask($boss, $op, raw => $bodies{$case});
            push @bad, "$case: $r->{status} $r->{body}" unless $r->{status} == 400 && is_problem($r) eq '';
        }
        is_deeply(\@bad, [], "$op->{id}: what is not one JSON object is 400");
    }
}

sub big_bodies {
    my $text = '{"name":"' . 'x' x (1024 * 1024) . '"}';
    my $chunked = join('', map { sprintf "%x\r\n%s\r\n", length, $_ } unpack '(a65536)*', $text) . "0\r\n\r\n";
    for my $op (grep { $_->{requestBody} && media($_) ne 'application/octet-stream' } @ops) {     # files: t/187
        problem("$op->{id}: a body over the limit by Content-Length", ask($boss, $op, raw => $text), 413, 'too_large');
        my $c = client_of($boss);
        problem("$op->{id}: a body over the limit in chunks",
                ask($c, $op, raw => $chunked, headers => { 'Content-Length' => undef,
                                                           'Transfer-Encoding' => 'chunked' }), 413, 'too_large');
    }
    my $r = ask($boss, op('ticket_create'), raw => '{"zz":"' . 'x' x (1024 * 1024 - 9) . '"}');
    problem('T-18: a body of exactly the limit is read', $r, 422, 'unknown_field');
}

sub wrong_media {
    for my $op (grep { $_->{requestBody} } @ops) {
        my @bad;
        my @types = ('text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x',
                     'application/jsonx', '', undef);
        for my $type (media($op) eq 'application/octet-stream' ? () : @types) {
            my $r = ask($boss, $op, headers => { 'Content-Type' => $type });
            push @bad, ($type // 'none') . ": $r->{status}"
                unless $r->{status} == 415 && is_problem($r) eq '' && $r->{json}{code} eq 'unsupported_media';
        }
        for my $coding (qw(gzip br deflate x-unknown)) {
            my $r = ask($boss, $op, headers => { 'Content-Encoding' => $coding });
            push @bad, "$coding: $r->{status}" unless $r->{status} == 415 && is_problem($r) eq '';
        }
        is_deeply(\@bad, [], "T-15: $op->{id}: other media types and encodings are 415");
    }
}

sub missing_records {
    my $reference = $boss->api(GET => '/tickets/99999999')->{body};
    for my $op (grep { $_->{path} =~ /\{id\}/ && $_->{type} } @ops) {
        my @bad;
        my $type = $op->{type};
        my @cases = map { [ $boss, $_ ] } '0', '99999999', '4294967296', '4294967297', '9007199254740991',
                                          '18446744073709551616', '9' x 40;
        # stages, types and tags are shared between companies (ACC-5)
        push @cases, [ $boss, $other{$type} ] if $type !~ /^(?:stage|type|tag|activity_type)$/;
        push @cases, [ $agent, $hidden{$type} ] if $hidden{$type} && $NEED{ $op->{id} } ne 'admin';
        push @cases, [ $who{pia}, $own{$type} ] if $NEED{ $op->{id} } eq 'login';
        push @cases, [ $who{nora}, $own{$type} ] if $NEED{ $op->{id} } eq 'login' && $type ne 'company';
        for my $case (@cases) {
            my ($client, $n) = @$case;
            my $r = ask($client, $op, id => $n);
            push @bad, "$client->{user}{login} $n: $r->{status} $r->{body}"
                unless $r->{status} == 404 && $r->{body} eq $reference && is_problem($r) eq '';
        }
        is_deeply(\@bad, [], "T-03, VIS-16: $op->{id}: hidden, foreign and impossible ids are one and the same 404");
    }
    for my $op (op('ticket_follow'), op('ticket_unfollow')) {
        for my $n ('0', '4294967296', '9' x 40) {
            my $r = ask($boss, $op, id2 => $n);
            ok($r->{status} == 404 || $r->{status} == 422, "$op->{id}: an impossible contact $n")
                or diag("$r->{status} $r->{body}");
        }
    }
}

sub wrong_methods {
    for my $path (sort keys %methods) {
        my %has = %{ $methods{$path} };
        my $allow = join ', ', map { $_ eq 'GET' ? 'GET, HEAD' : $_ } grep { $has{$_} } qw(GET POST PUT PATCH DELETE);
        my @bad;
        for my $method (grep { !$has{$_} } qw(GET HEAD POST PUT PATCH DELETE OPTIONS PROPFIND)) {
            next if $method eq 'HEAD' && $has{GET};
            my $r = $boss->api($method, fill($path), undef, raw_body => '{}');
            my $ok = $r->{status} == 405 && ($r->{headers}{allow} // '') eq $allow
                && ($method eq 'HEAD' || (is_problem($r) eq '' && $r->{json}{code} eq 'method_not_allowed'));
            push @bad, "$method: $r->{status} " . ($r->{headers}{allow} // 'no Allow') unless $ok;
        }
        is_deeply(\@bad, [], "$path: other methods are 405 with Allow");
    }
}

sub unknown_paths {
    for my $path ('/', '', '/nothing', '/tickets/', '/tickets/abc', '/tickets/-1', '/tickets/1.0', '/tickets/01',
                  '/tickets/1/', '/tickets/1/nothing', '/tickets/%00', '/tickets/1e3', '/Tickets', '/sessions',
                  '/users/1/password/x', '/../v1/x', '/users/me', '/tokens/1/secret') {
        my $r = $boss->api(GET => $path);
        $path eq '/tickets/%00' ? ok($r->{status} == 400 || $r->{status} == 404, 'a NUL in the path')
                                : problem("GET $path", $r, 404, 'not_found');
    }
    problem('another version', $boss->request(GET => '/api/v2/tickets'), 404, 'not_found');
}

sub bad_queries {
    for my $op (grep { $_->{method} eq 'GET' && $_->{id} ne 'event_stream' } @ops) {
        my $client = $NEED{ $op->{id} } eq 'public' ? $anon : $boss;
        my @bad;
        my @queries = ("zz=$CANARY", "password=$CANARY", "hash=$CANARY", '__proto__=1', 'a[$gt]=1');
        if ($op->{id} =~ /_(?:list|count)$/) {
            push @queries, 'id=abc', 'id.zz=1', 'id.=1', 'name.gt=1', 'create_date=yesterday', 'id.gt=1', 'id=0',
                "id=1.5", 'limit=0', 'limit=201', 'limit=-1', 'limit=abc', 'limit=', 'fields=nosuch', 'fields=password',
                'fields=hash', 'id.in=1,x', 'version.contains=1',
                join('&', map { "id.ne=$_" } 1 .. 21);
            push @queries, 'active=2', 'team_id=x', 'priority=9', 'display_name=x' if ($op->{type} // '') eq 'ticket';
        }
        push @queries, 'limit=0', 'limit=500' if $op->{id} eq 'board_get';
        for my $q (@queries) {
            next if $q =~ /^limit/ && $op->{id} eq 'ticket_count';
            my $r = ask($client, $op, query => $q);
            push @bad, substr($q, 0, 60) . ": $r->{status} $r->{body}"
                unless $r->{status} == 422 && is_problem($r) eq '' && $r->{json}{code} eq 'bad_filter'
                && @{ $r->{json}{fields} };
        }
        for my $q ('%zz=1', 'name=%ff', 'name=%00') {
            my $r = ask($client, $op, query => $q);
            push @bad, "$q: $r->{status} $r->{body}" unless $r->{status} =~ /^4(?:00|22)$/ && is_problem($r) eq '';
        }
        is_deeply(\@bad, [], "T-25: $op->{id}: unknown names and unusable values are bad_filter");
        next unless $op->{id} =~ /_list$/;
        @bad = ();
        for my $after ('x', 'AAAAAAAAAAAA', $CANARY, '%00', 'A' x 5000, '////') {
            my $r = ask($client, $op, query => "after=$after");
            push @bad, substr($after, 0, 20) . ": $r->{status} $r->{body}"
                unless $r->{status} == 400 && is_problem($r) eq '';
        }
        is_deeply(\@bad, [], "$op->{id}: a cursor not given out is 400");
    }
}

sub stale_versions {
    for my $op (grep { my $o = $_; grep { $_->{name} eq 'If-Match' } @{ $o->{parameters} } } @ops) {
        problem("$op->{id}: a stale If-Match", ask($boss, $op, headers => { 'If-Match' => '"v999999"' }), 412,
                'version_mismatch');
        my @bad;
        for my $tag ('v1', '"1"', "\"$CANARY\"", '"v"', '"v1" "v2"', '"v-1"', '"v1', '"v' . '9' x 30 . '"') {
            my $r = ask($boss, $op, headers => { 'If-Match' => $tag });
            push @bad, "$tag: $r->{status}" unless $r->{status} == 400 && is_problem($r) eq '';
        }
        is_deeply(\@bad, [], "$op->{id}: an If-Match that is no ETag of ours is 400");
    }
}

# Idempotency-Key: every POST there is, sent three times with one key: one answer, one effect.
sub twice {
    my %no_key = map { $_ => 1 } qw(login setup invitation_use),           # their answers are secrets
        qw(ticket_presence canned_response_expand canned_response_preview);     # these store nothing
    my $ok = sub { my $r = $admin->api(@_); $r->{status} < 300 or BAIL_OUT("@_[0, 1]: $r->{status} $r->{body}"); return $r->{json} };
    $ok->(PATCH => '/teams/1', { allow_portal_ticket_closing => JSON::PP::true });
    my $kim = $ok->(POST => '/contacts', { name => 'Kim', email => 'kim@example.com', company_id => 1 })->{id};
    my $ina = $ok->(POST => '/users', { login => 'ina', name => 'Ina', role => 'user', email => 'ina@example.com', company_ids => [1] })->{id};
    my $of_pia = $ok->(POST => '/tickets', { name => "Pia's", team_id => 1, partner_id => $who{pia}{user}{partner_id} })->{id};
    my ($token) = $ok->(POST => "/tickets/$own{ticket}/link")->{url} =~ /(access_token=.*)/;
    my ($leaving, $changing) = ($desk->login('agent'), $desk->login('nora'));
    my %as = (ticket_close => [ $who{pia}, id => $of_pia ], portal_grant => [ $admin, id => $kim ], user_invite => [ $admin, id => $ina ],
              logout => [$leaving], leave_import => [ $boss, query => "user_id=$boss->{user}{id}" ], canned_response_expand => [$boss],
              session_password => [ $changing, body => { old_password => $Helpdesk::PASSWORD, new_password => "$CANARY-new-one" } ],
              ticket_bulk => [ $boss, body => { ids => [ $own{ticket} ], set => { color => 3 } } ],
              notification_read => [ $boss, body => { all => JSON::PP::true } ],
              (map { ("linked_$_" => [ $anon, query => $token ]) } qw(message_post close)),
              linked_attachment_create => [ $anon, query => "name=a.txt&$token" ],
              (map { ("${_}_follower_add" => [ $admin, body => { partner_ids => [$kim], notify => JSON::PP::true } ]) } qw(ticket team)),
              stage_create => [ $boss, body => { name => 'Twice', team_ids => [1] } ],
              user_create => [ $boss, body => { login => 'twice', name => 'Twice', role => 'user', password => "$CANARY-$CANARY" } ],
              activity_create => [ $boss, body => { ticket_id => $own{ticket}, activity_type_id => 1 } ]);
    local $BODY{leave_import} = join "\r\n", 'BEGIN:VCALENDAR', 'VERSION:2.0', 'BEGIN:VEVENT', 'UID:twice', 'DTSTART:20300301T000000Z',
        'DTEND:20300302T000000Z', 'END:VEVENT', 'END:VCALENDAR', '';
    my @posts = grep { $_->{method} eq 'POST' && !$no_key{ $_->{id} } } @ops;
    is_deeply([ grep { my $o = $_; !grep { $_->{name} eq 'Idempotency-Key' } @{ $o->{parameters} } } map { $_ } @posts ], [],
              'Idempotency-Key: the document has it at every POST that stores');
    is_deeply([ map { $_->{id} } grep { $no_key{ $_->{id} } && grep { $_->{name} eq 'Idempotency-Key' } @{ $_->{parameters} } } @ops ], [],
              'Idempotency-Key: and at no other');
    my $send = sub {
        my ($op) = @_;
        my ($c, %opt) = @{ $as{ $op->{id} } // [ $NEED{ $op->{id} } eq 'public' ? $anon : $boss ] };
        return ask($c, $op, %opt, headers => { 'Idempotency-Key' => "twice-$op->{id}" });
    };
    # what ends a session comes last
    for my $op ((grep { $_->{id} ne 'logout' } @posts), op('logout')) {
        my ($one, $two) = map { $send->($op) } 1, 2;
        my ($gone, $id) = ($op->{id} eq 'logout', $op->{id});
        delete $one->{json}{token} if $id eq 'token_create';       # shown once
        ok($one->{status} < 300, "$id: is done") or diag("$one->{status} $one->{body}");
        is_deeply([ @$two{qw(status json)}, $two->{headers}{'idempotency-replayed'} // '' ],
                  $gone ? [ 401, $two->{json}, '' ] : [ @$one{qw(status json)}, 'true' ], "Idempotency-Key: $id is answered the same again");
    }
    my $once = state();
    $send->($_) for @posts;
    is_deeply(state(), $once, 'Idempotency-Key: and done once');
}

# ---- helpers ----

sub op { my ($id) = @_; return (grep { $_->{id} eq $id } @ops)[0] }

# A copy that keeps no connection: for requests whose end the server may not wait for.
sub client_of {
    my ($c) = @_;
    my $copy = $desk->client;
    $copy->{$_} = $c->{$_} for qw(cookie csrf user);
    return $copy;
}

sub fill {
    my ($path, %opt) = @_;
    my ($noun) = $path =~ m{^/(?:my/)?(\w+)/\{id\}};
    my %types = (tickets => 'ticket', linked => 'ticket', teams => 'team', stages => 'stage', contacts => 'contact',
                 companies => 'company', users => 'user', tokens => 'token', types => 'type', tags => 'tag',
                 calendars => 'calendar', leaves => 'leave', notifications => 'notification', activities => 'activity', activity_types => 'activity_type',
                 attachments => 'attachment', messages => 'message', canned_responses => 'canned_response', views => 'view');
    my $id = $opt{id} // ($noun ? $own{ $types{$noun} } : 0);
    my $id2 = $opt{id2} // $own{contact};
    $path =~ s/\{id\}/$id/;
    $path =~ s/\{id2\}/$id2/;
    return $path;
}

sub media {
    my ($op) = @_;
    return (keys %{ $op->{requestBody}{content} })[0];
}

sub is_json { return $_[0]{requestBody} && media($_[0]) =~ /json$/ }

sub ask {
    my ($client, $op, %opt) = @_;
    $tried{ $op->{id} } = 1;
    $opt{query} //= 'name=a.txt' if $op->{id} =~ /attachment_create$/;
    my $path = fill($op->{path}, %opt) . (defined $opt{query} ? "?$opt{query}" : '');
    my $body = $opt{body} // $BODY{ $op->{id} };
    my $raw = $opt{raw} // ($op->{requestBody} ? ref $body ? json_text($body) : $body : undef);
    my @type = $op->{requestBody} && !is_json($op) ? (type => media($op)) : ();
    my $r = $client->api($op->{method}, $path, undef, raw_body => $raw, headers => $opt{headers}, @type);
    delete $client->{socket} if $opt{headers} && ($opt{headers}{'Transfer-Encoding'} || '');
    return $r;
}

# '' when the answer is a problem of ours that shows nothing of what was sent.
sub is_problem {
    my ($r) = @_;
    my ($h, $p) = ($r->{headers}, $r->{json});
    return "status $r->{status}" if $r->{status} < 400;
    return 'type ' . ($h->{'content-type'} // '') if ($h->{'content-type'} // '') ne 'application/problem+json';
    return 'no object' if ref $p ne 'HASH';
    return 'members ' . join ',', sort keys %$p
        if join(',', sort keys %$p) ne 'code,fields,status,title,type' || $p->{type} ne 'about:blank';
    return "code $p->{code}" if !$errors{ $p->{code} } || $errors{ $p->{code} } != $r->{status};
    return 'status' if $p->{status} != $r->{status};
    for my $f (@{ $p->{fields} }) {
        return 'field' if join(',', sort keys %$f) ne 'code,field,sentence' || $f->{code} !~ /^[a-z0-9_]+$/;
    }
    return 'echo' if $r->{body} =~ /\Q$CANARY\E/ || grep { /\Q$CANARY\E/ } values %$h;
    return '';
}

sub problem {
    my ($name, $r, $status, $code) = @_;
    my $why = is_problem($r);
    my $is = "$r->{status} " . (ref $r->{json} eq 'HASH' ? $r->{json}{code} // '' : '') . " $why";
    return is($is, "$status $code ", $name) || !diag(substr $r->{body} // '', 0, 300);
}

sub properties {
    my ($s) = @_;
    if ($s->{'$ref'}) {
        my ($name) = $s->{'$ref'} =~ m{([^/]+)$};
        return properties($doc->{components}{schemas}{$name});
    }
    return { %{ $s->{properties} // {} }, map { %{ properties($_) } } @{ $s->{allOf} // [] } };
}

# Every line of a dump, but for the time it was made and the sessions.
sub state {
    return [ grep { !/^\{"helpdesk_dump"/ && !/^\{"type":"session"/ } split /\n/, scalar $desk->ctl(['dump']) ];
}

sub read_errors {
    my $file = "$FindBin::Bin/../src/base/base_err.def";
    return map { /HD_ERR\(\w+,\s*(\d+),\s*"(\w+)"/ ? ($2 => $1) : () } split /\n/, slurp($file);
}
