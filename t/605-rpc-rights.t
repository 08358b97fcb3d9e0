#!/usr/bin/perl

# Every method of the Odoo-compatible door on every model, for an administrator, a Helpdesk User, somebody internal without a
# right, a customer and somebody with a wrong key: the right value, or the right fault.  Methods and models come from the door's
# own tables; what is right REST says, which the other tests hold to the rules: the same record, the same person, the same deed.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use JSON::PP ();
use Test::More;
use Helpdesk;
use Rpc;

my $desk = Helpdesk->new(sync => 'off', server => $LOCATION)->seed;
$desk->add_user(nora => 'none')->add_user(pia => 'portal')->start;
my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my @people = ('admin', 'agent', 'nora', 'pia');
my %api = map { $_ => $desk->login($_) } @people;
my %rpc = map { $_ => Rpc->new($desk, $_) } @people;
my $src = "$FindBin::Bin/../src/rpc";
my %methods;                                  # name => { flags, models => [undef or name] }
my $table = slurp("$src/rpc_methods.c");
while ($table =~ /^\s+\{ "(\w+)", ([A-Z_| ]+), (?:NULL|"([\w.]+)"),/mg) {
    $methods{$1}{flags} = $2;
    push @{ $methods{$1}{models} }, $3;
}
my @models = slurp("$src/rpc_models.c") =~ /^\s+\{ \.name = "([\w.]+)"/mg;
cmp_ok(scalar keys %methods, '>', 15, 'methods in the table: ' . keys %methods);
cmp_ok(scalar @models, '>', 15, 'models in the table: ' . @models);

# ---- a world: one record a model, and how REST calls it ----

my $n = 0;
sub made {
    my ($path, $body, %opt) = @_;
    my $r = $api{admin}->api(POST => $path, $body, %opt);
    $r->{json} && $r->{json}{id} or die "$path: $r->{status} $r->{body}";
    return $r->{json}{id};
}
my %user = map { $_ => $api{$_}{user} } @people;
my $team = made('/teams', { name => 'Open team', privacy_visibility => 'portal' });
my $stage = made('/stages', { name => 'Open stage', team_ids => [$team] });
my $ticket = made('/tickets', { name => 'A ticket', team_id => $team, message_partner_ids => [ $user{pia}{partner_id} ] });
sub upload { return made("/tickets/$ticket/attachments?name=a" . ++$n . '.txt', undef, raw_body => 'a', type => 'text/plain') }
my %off = (date_from => '2030-01-01T00:00:00Z', date_to => '2030-01-02T00:00:00Z');
my %rest = (                                  # path, what makes another one, what to change; no path: REST has it not, or not so
    'helpdesk.ticket' => [ 'tickets', sub { { name => 'T' . ++$n, team_id => $team } } ],
    'helpdesk.team' => [ 'teams', sub { { name => 'Team ' . ++$n } } ],
    'helpdesk.stage' => [ 'stages', sub { { name => 'Stage ' . ++$n, team_ids => [$team] } } ],
    'helpdesk.tag' => [ 'tags', sub { { name => 'tag ' . ++$n } } ],
    'helpdesk.ticket.type' => [ 'types', sub { { name => 'Type ' . ++$n } } ],
    'res.partner' => [ 'contacts', sub { { name => 'Contact ' . ++$n } } ],
    'res.users' => [ 'users', sub { { name => 'User ' . ++$n, login => "user$n" } } ],
    'res.company' => [ 'companies', sub { { name => 'Company ' . ++$n } } ],
    'mail.activity.type' => [ 'activity_types', sub { { name => 'Activity type ' . ++$n } } ],
    'resource.calendar' => [ 'calendars', sub { { name => 'Calendar ' . ++$n, tz => 'UTC' } } ],
    'resource.calendar.leaves' => [ 'leaves', undef ],
    'mail.message' => [ 'messages', undef ],
    'mail.activity' => [ 'activities', undef ],
    'ir.attachment' => [ 'attachments', undef ],
);
my %id = ('helpdesk.ticket' => $ticket, 'helpdesk.team' => $team, 'helpdesk.stage' => $stage, 'res.company' => 1,
          'ir.attachment' => upload(), 'mail.followers' => 0,
          'resource.calendar.leaves' => made('/leaves', { %off, user_id => $user{agent}{id} }),
          'mail.message' => made("/tickets/$ticket/messages", { body => 'A note', subtype => 'note' }),
          'mail.activity' => made('/activities', { ticket_id => $ticket, activity_type_id => 1 }));
$id{$_} //= made("/$rest{$_}[0]", $rest{$_}[1]->()) for grep { $rest{$_}[1] } keys %rest;
for my $model (grep { !$id{$_} } @models) {
    $id{$model} = (eval { $rpc{admin}->kw($model, 'search', [ [] ], { limit => 1 })->[0] }) // 0;
}

# ---- what is right ----

my %fault_of = (403 => 'AccessError', 404 => 'MissingError', 409 => 'UserError', 422 => 'ValidationError');
my ($who, $model, $tries) = ('', '', 0);
my (%sees, %found);                           # of this person and model
my @wrong;

# What came: the value, or the class of the fault without its module.
sub ask {
    my ($method, $args, $kwargs) = @_;
    my $r = $rpc{$who}->answer($model, $method, $args, $kwargs);
    $tries++;
    return { fault => 'none: ' . $r->{status} . ' ' . $r->{body} } if !$r->{json} || $r->{status} != 200;
    return $r->{json}{error} ? { fault => $r->{json}{error}{data}{name} =~ s/.*\.//r, text => $r->{json}{error}{data}{message} }
                             : { value => $r->{json}{result} };
}
sub wrong { my ($method, $what, $got) = @_; push @wrong, "$model.$method, $who: $what, not " . substr Helpdesk::json_text($got), 0, 200 }

# The same by REST had this status.  REST may know from the route that he has no right; here it is asked first whether he sees it.
sub as_rest {
    my ($method, $status, $got, $hidden) = @_;
    my $want = $status =~ /^2/ ? undef : $fault_of{$status} // "a fault for $status";
    $want = 'MissingError' if $status == 403 && ($hidden // !$sees{it});
    return if defined $want ? ($got->{fault} // '') eq $want : exists $got->{value};
    wrong($method, $want // 'a value', $got);
}
sub holds { my ($method, $what, $ok, $got) = @_; $ok or wrong($method, $what, $got) }

my $status = sub { my ($verb, $path, $body) = @_; return $api{$who}->api($verb => $path, $body)->{status} };
my $same_deed = sub {
    my ($method, $verb, $change, $args) = @_;
    my $path = $rest{$model} ? "/$rest{$model}[0]/$id{$model}" : undef;
    if (!$rest{$model} || !$rest{$model}[1]) {
        my $got = ask($method, $args);
        return holds($method, 'a value or a fault of rights', exists $got->{value} || $got->{fault} =~ /^(?:Access|Missing|User|Validation|Value)Error$/, $got);
    }
    as_rest($method, $status->($verb, $path, $change), ask($method, $args));
};
my $listed = sub {
    my ($method, $args, $count) = @_;
    my $got = ask($method, $args);
    holds($method, 'as many as search finds', exists $got->{value} && $count->($got->{value}) == @{ $found{all} }, $got);
};
my $of_the_record = sub {
    my ($method, $args, $value_holds) = @_;
    my $got = ask($method, $args);
    holds($method, $sees{it} ? 'a value' : 'MissingError', $sees{it} ? exists $got->{value} && $value_holds->($got->{value})
                                                                    : ($got->{fault} // '') eq 'MissingError', $got);
};
my $ticket_deed = sub {
    my ($method, $path, $verb, $body, $args, $kwargs, $hidden) = @_;
    my $plural = $model eq 'helpdesk.team' ? "/teams/$team" : "/tickets/$ticket";
    as_rest($method, $status->($verb, $path =~ /^\// ? $path : "$plural/$path", $body), ask($method, $args, $kwargs), $hidden);
};
my $may_create = sub { my $got = ask('check_access_rights', [ 'create', $false ]); return $got->{value} ? 1 : 0 };
my $active = sub {
    my ($method) = @_;
    return $same_deed->($method, PATCH => { active => $method eq 'action_unarchive' ? $true : $false }, [ [ $id{$model} ] ])
        if $model =~ /^(?:helpdesk\.(?:ticket|team|stage)|res\.partner)$/;
    my $got = ask($method, [ [ $id{$model} ] ]);
    holds($method, 'a value, or a fault of rights or fields', exists $got->{value} || $got->{fault} =~ /Error$/, $got);
    # nobody may stay archived who asks next
    $api{admin}->api(PATCH => "/$rest{$model}[0]/$id{$model}", { active => $true }) if $rest{$model};
};

my %test = (
    search => sub {
        my $got = ask('search', [ [] ]);
        $found{all} = $got->{value} // [];
        holds('search', $sees{it} ? 'the record' : 'without the record', exists $got->{value}
              && ($sees{it} ? 1 : 0) == grep({ $_ == $id{$model} } @{ $got->{value} }), $got) if $id{$model};
    },
    search_count => sub { $listed->('search_count', [ [] ], sub { $_[0] }) },
    search_read => sub { $listed->('search_read', [ [], ['id'] ], sub { scalar @{ $_[0] } }) },
    read_group => sub { $listed->('read_group', [ [], [], [] ], sub { $_[0][0]{__count} // 0 }) },
    formatted_read_group => sub { $listed->('formatted_read_group', [ [], [], ['__count'] ], sub { $_[0][0]{__count} // 0 }) },
    name_search => sub {
        my $got = ask('name_search', [''], { limit => 0 });
        holds('name_search', 'pairs of what search finds', exists $got->{value} && @{ $got->{value} } == @{ $found{all} }, $got);
    },
    read => sub { $of_the_record->('read', [ [ $id{$model} ], ['id'] ], sub { $_[0][0]{id} == $id{$model} }) },
    name_get => sub { $of_the_record->('name_get', [ [ $id{$model} ] ], sub { $_[0][0][0] == $id{$model} }) },
    check_access => sub { $of_the_record->('check_access', [ [ $id{$model} ], 'read' ], sub { 1 }) },
    exists => sub {
        my $got = ask('exists', [ [ $id{$model}, 4000000000 ] ]);
        holds('exists', 'what is there', exists $got->{value} && @{ $got->{value} } == ($sees{it} ? 1 : 0), $got);
    },
    has_access => sub {
        my $got = ask('has_access', [ [ $id{$model} ], 'read' ]);
        holds('has_access', 'whether he sees it', exists $got->{value} && !$got->{value} == !$sees{it}, $got);
    },
    fields_get => sub {
        my $got = ask('fields_get', []);
        holds('fields_get', 'fields without secrets', ref $got->{value} eq 'HASH' && $got->{value}{id}
              && !grep({ /^(?:password|hash|seed|access_token|phc)$/ } keys %{ $got->{value} }), $got);
    },
    default_get => sub { my $got = ask('default_get', [ [] ]); holds('default_get', 'a struct', ref $got->{value} eq 'HASH', $got) },
    check_access_rights => sub {
        for my $op ('read', 'write', 'create', 'unlink') {
            my $got = ask('check_access_rights', [ $op, $false ]);
            holds('check_access_rights', 'true or false', JSON::PP::is_bool($got->{value}), $got);
            my $raised = ask('check_access_rights', [$op]);
            holds('check_access_rights', 'the same with a fault', $got->{value} ? $raised->{value} : ($raised->{fault} // '') eq 'AccessError', $raised);
        }
    },
    context_get => sub { my $got = ask('context_get', []); holds('context_get', 'his own', $got->{value}{uid} == $user{$who}{id}, $got) },
    write => sub {
        my $name = 'Renamed ' . ++$n;
        $same_deed->('write', PATCH => { name => $name }, [ [ $id{$model} ], { name => $name } ]);
    },
    create => sub {
        my $make = $rest{$model} && $rest{$model}[1];
        my $got = ask('create', [ $make ? $make->() : { name => 'x' } ]);
        return as_rest('create', $status->(POST => "/$rest{$model}[0]", $make->()), $got, 0) if $make;
        holds('create', 'a fault', $got->{fault} || $may_create->(), $got);
    },
    unlink => sub {
        my $make = $rest{$model} && $rest{$model}[1];
        if (!$make) {
            my $got = ask('unlink', [ [4000000000] ]);
            return holds('unlink', 'a fault', ($got->{fault} // '') =~ /^(?:Missing|Access|User)Error$/, $got);
        }
        my ($one, $other) = map { made("/$rest{$model}[0]", $make->()) } 1, 2;
        my $hidden = $status->(GET => "/$rest{$model}[0]/$other") != 200;
        as_rest('unlink', $status->(DELETE => "/$rest{$model}[0]/$one"), ask('unlink', [ [$other] ]), $hidden);
    },
    copy => sub {
        return $ticket_deed->('copy', "/tickets/$ticket/duplicate", 'POST', undef, [$ticket]) if $model eq 'helpdesk.ticket';
        my $got = ask('copy', [ $id{$model} ]);
        holds('copy', 'a number for who may create', exists $got->{value} ? $may_create->() && $sees{it} : $got->{fault} =~ /Error$/, $got);
    },
    name_create => sub {
        my $got = ask('name_create', [ 'Name ' . ++$n ]);
        holds('name_create', 'a pair for who may create', exists $got->{value} ? $may_create->() : $got->{fault} =~ /Error$/, $got);
        holds('name_create', 'no AccessError for who may', $got->{fault} ne 'AccessError', $got) if $got->{fault} && $may_create->();
    },
    action_archive => sub { $active->('action_archive') },
    action_unarchive => sub { $active->('action_unarchive') },
    toggle_active => sub {
        my $got = ask('toggle_active', [ [ $id{$model} ] ]);
        holds('toggle_active', 'a value, or a fault of rights or fields', exists $got->{value} || $got->{fault} =~ /Error$/, $got);
        $api{admin}->api(PATCH => "/$rest{$model}[0]/$id{$model}", { active => $true }) if $rest{$model};
    },
    message_post => sub { $ticket_deed->('message_post', 'messages', POST => { body => 'x', subtype => 'note' }, [ [ $id{$model} ], 'x' ]) },
    message_subscribe => sub {
        my @p = ($user{agent}{partner_id});
        $ticket_deed->('message_subscribe', 'followers', POST => { partner_ids => \@p }, [ [ $id{$model} ], \@p ]);
    },
    message_unsubscribe => sub {
        my $p = $user{agent}{partner_id};
        $ticket_deed->('message_unsubscribe', "followers/$p", DELETE => undef, [ [ $id{$model} ], [$p] ]);
    },
    activity_schedule => sub {
        $ticket_deed->('activity_schedule', '/activities', POST => { ticket_id => $ticket, activity_type_id => 1, date_deadline => '2030-01-01' },
                       [ [$ticket] ], { activity_type_id => 1, date_deadline => '2030-01-01' }, 0);         # his role is asked first
    },
    activity_feedback => sub {
        my $got = ask('activity_feedback', [ [$ticket], ['mail.mail_activity_data_call'] ], { feedback => 'done' });
        holds('activity_feedback', 'a value for who sees the ticket', $sees{it} && $who ne 'pia' && $who ne 'nora' ? exists $got->{value} : 1, $got);
    },
    activity_unlink => sub {
        my $got = ask('activity_unlink', [ [$ticket], ['mail.mail_activity_data_call'] ]);
        holds('activity_unlink', 'a value for who sees the ticket', $sees{it} && $who ne 'pia' && $who ne 'nora' ? exists $got->{value} : 1, $got);
    },
    (map { my $method = $_; ($method => sub {
        my ($one, $other) = map { made('/activities', { ticket_id => $ticket, activity_type_id => 1, user_id => $user{admin}{id} }) } 1, 2;
        my $hidden = $status->(GET => "/activities/$other") != 200;
        as_rest($method, $status->(POST => "/activities/$one/done", {}), ask($method, [ [$other] ]), $hidden);
    }) } 'action_feedback', 'action_done'),
    generate => sub {
        my $got = ask('generate', [], { key => undef, scope => 'rpc', name => 'a key', expiration_date => '2030-01-01 00:00:00' });
        holds('generate', 'a value or a fault', exists $got->{value} || $got->{fault} =~ /Error$/, $got);
    },
    change_password => sub {
        my $got = ask('change_password', [ 'not-the-present-one', 'violet-harbour-77' ]);
        holds('change_password', 'AccessDenied', ($got->{fault} // '') eq 'AccessDenied', $got);
    },
    revoke => sub { my $got = ask('revoke', ['hd_no_such_key']); holds('revoke', 'a fault', $got->{fault}, $got) },
);
is_deeply([ grep { !$test{$_} } sort keys %methods ], [], 'every method of the table is tested here');

# ---- everybody, everything ----

sub step { my ($m) = @_; return $m eq 'search' ? 0 : $m eq 'unlink' ? 3 : $methods{$m}{flags} =~ /RPC_READ/ ? 1 : 2 }
my @order = sort { step($a) <=> step($b) || $a cmp $b } keys %methods;       # what counts before what changes
for my $person (@people) {
    $who = $person;
    for my $m (@models) {
        $model = $m;
        %found = ();
        my $rest = $rest{$m} ? $status->(GET => "/$rest{$m}[0]/$id{$m}") == 200 : undef;
        $sees{it} = $rest // scalar grep { $_ == $id{$m} } @{ ask('search', [ [] ])->{value} // [] };
        for my $method (@order) {
            my @of = @{ $methods{$method}{models} };
            if (!grep { !defined || $_ eq $m } @of) {
                my $got = ask($method, [ [1] ]);
                holds($method, 'AttributeError', ($got->{fault} // '') eq 'AttributeError', $got);
                next;
            }
            next if !$id{$m} && $methods{$method}{flags} =~ /RPC_RECORDS/;
            $test{$method}->();
        }
    }
    is(scalar @wrong, 0, "4.5: every method on every model, as $who ($tries calls so far)") or diag join "\n", @wrong > 25 ? @wrong[ 0 .. 24 ] : @wrong;
    @wrong = ();
}

# ---- a wrong key: nobody learns anything, not even which names there are ----

my $stranger = bless { %{ $rpc{admin} }, client => $desk->client, password => 'hd_0f0f0f0f_' . 'A' x 43 . '_000000' }, 'Rpc';
$stranger->{client}{from} = '127.0.0.8';
my %said;
for my $m (@models, 'no.model') {
    $said{ ($stranger->fault($m, $_, [ [1] ]) // { name => 'nothing' })->{name} }++ for sort(keys %methods), '_private', 'no_method';
}
is_deeply(\%said, { 'odoo.exceptions.AccessDenied' => (@models + 1) * (2 + keys %methods) }, '4.2: AccessDenied for every method of every model');

# The same by every wire: what a wrong key, a key of somebody else, an ended session and none at all are told.
my ($wrong_key, $pia_key) = ($stranger->{password}, $api{pia}->api(POST => '/tokens', { name => 'own', scopes => ['read'] })->{json}{token});
my $by = $desk->client;
$by->{from} = '127.0.0.12';
my @names = ([ 'helpdesk.ticket', 'search', [ [] ] ], [ 'res.users', 'context_get', [] ], [ 'no.model', 'search', [ [] ] ], [ 'helpdesk.ticket', '_private', [] ]);
for my $name (@names) {
    my ($m, $method, $args) = @$name;
    for my $key (grep { defined } $wrong_key, $pia_key, 'hd_', '', "hd_\x{e4}") {
        my @call = ($DB, $user{admin}{id}, $key, $m, $method, $args);
        my $what = "$m.$method with " . ($key eq ($pia_key // '') ? "another's key" : $key eq $wrong_key ? 'a wrong key' : 'no key at all');
        next if $key =~ /[^ -~]/;
        is(xml_call($by, '/xmlrpc/2/object', 'execute_kw', @call)->{fault}{faultCode}, 3, "4.2: XML-RPC: fault 3 for $what");
        is(xml_call($by, '/xmlrpc/object', 'execute_kw', @call)->{fault}{faultCode}, 'AccessDenied', '... version 1');
        is(xml_call($by, '/xmlrpc/2/object', 'execute', @call[ 0 .. 4 ], @$args)->{fault}{faultCode}, 3, '... execute');
        is(json_rpc($by, '/jsonrpc', { service => 'object', method => 'execute_kw', args => \@call })->{json}{error}{data}{name},
           'odoo.exceptions.AccessDenied', '4.3: JSON-RPC');
        next if $key eq ($pia_key // '');                # by JSON-2 it is hers
        my $r = $by->request(POST => "/json/2/$m/$method", '{}', headers => { length $key ? (Authorization => "bearer $key") : () });
        is_deeply([ $r->{status}, $r->{json}{name} ], [ 401, 'odoo.exceptions.AccessDenied' ], '4.4: JSON-2');
    }
    for my $session ('A' x 43, '', $wrong_key) {
        my %call = (model => $m, method => $method, args => $args, kwargs => {});
        is(json_rpc($by, $_, \%call, headers => { 'X-Openerp-Session-Id' => $session })->{json}{error}{code}, 100, "4.3: no session, $_")
            for '/web/dataset/call_kw', "/web/dataset/call_kw/$m/$method";
    }
}

done_testing();
