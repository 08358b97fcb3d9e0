#!/usr/bin/perl

# The thread of a ticket: messages and tracked changes in one call, pages both ways, words (CHT-5, CHT-8, CHT-9); drafts
# and canned responses.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Helpdesk;

my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $desk = Helpdesk->new(workers => 2, sync => 'off')->seed;
$desk->add_user(ben => 'user')->add_user(pia => 'portal')->start;
my %c = map { $_ => $desk->login($_) } qw(admin agent ben pia);
my ($admin, $agent, $ben, $pia) = @c{qw(admin agent ben pia)};
my $team = made('/teams', { name => 'Open', privacy_visibility => 'portal' });
my @stages = @{ $admin->api(GET => "/teams/$team")->{json}{stage_ids} };
my $carla = made('/contacts', { name => 'Carla {{me.name}}', email => 'c@example.com' });
my $ticket = made('/tickets', { name => 'Printer', team_id => $team, partner_id => $carla, user_id => $agent->{user}{id},
                                message_partner_ids => [ $pia->{user}{partner_id} ] });
my $thread = "/tickets/$ticket/thread";

# ---- merged by time (CHT-5) ----

say_it($agent, "number $_ brown fox") for 1 .. 3;
change($ben, { stage_id => $stages[1], priority => '2' });
say_it($pia, 'Ünterwegs mit number 4');
say_it($agent, 'internal number 5', 'note');
change($admin, { user_id => $ben->{user}{id} });
say_it($ben, 'number 6');

my $t = page($agent, '');
is_deeply([ map { $_->{kind} } @{ $t->{items} } ], [qw(created message message message change message message change message)],
          'CHT-5: one thread, newest last');
is_deeply([ $t->{prev}, $t->{next} ], [ undef, undef ], 'all of it on one page');
my $change = $t->{items}[4];
is_deeply([ @$change{qw(user_id user_name)} ], [ $ben->{user}{id}, 'Ben' ], 'CHT-5: who changed it');
my %by = map { $_->{field} => $_ } @{ $change->{changes} };
is_deeply([ @{ $by{stage_id} }{qw(old new)} ], [ @stages[ 0, 1 ] ], 'CHT-5: old and new value');
is_deeply([ @{ $by{stage_id} }{qw(old_name new_name)} ], [ map { $admin->api(GET => "/stages/$_")->{json}{name} } @stages[ 0, 1 ] ], 'with their names');
is_deeply([ @{ $by{priority} }{qw(old new)} ], [ '0', '2' ], 'and of what has none');
my ($moved) = grep { $_->{field} eq 'user_id' } @{ $t->{items}[7]{changes} };
is_deeply([ @$moved{qw(old_name new_name)} ], [ 'Agent', 'Ben' ], 'CHT-5: assignee');
my @times = map { $_->{time} // $_->{message}{create_date} } @{ $t->{items} };
is_deeply([ sort @times ], \@times, 'by time');
like($t->{items}[5]{message}{body_html}, qr/<p>\x{dc}nterwegs/, 'ready to show');

my $p = page($pia, '');
is_deeply([ map { $_->{kind} . ($_->{message}{subtype} // '') } @{ $p->{items} } ], [ ('messagecomment') x 5 ],
          'CHT-9: a portal user sees comments, no notes and no tracking');
is($desk->client->api(GET => $thread)->{status}, 401, 'a stranger nothing');

# A message that is read often is kept as it was written (store_hot.c); its author's name is not the row's.
page($agent, '') for 1 .. 4;
is($admin->api(PATCH => "/contacts/$ben->{user}{partner_id}", { name => 'Benjamin' })->{status}, 200, 'Ben is renamed');
my @by_ben = grep { $_->{kind} eq 'message' && ($_->{message}{author_id} // 0) == $ben->{user}{partner_id} } @{ page($agent, '')->{items} };
is_deeply([ map { $_->{message}{author_name} } @by_ben ], [ ('Benjamin') x @by_ben ], 'and so he is called in the thread, however often it was read');
my $edited = $by_ben[-1]{message}{id};
is($ben->api(PATCH => "/messages/$edited", { body => 'number 6, corrected' })->{status}, 200, 'he edits a message');
like(page($agent, '')->{items}[-1]{message}{body_html}, qr/corrected/, 'and it is read as it is now');
$admin->api(PATCH => "/contacts/$ben->{user}{partner_id}", { name => 'Ben' });
is($ben->api(PATCH => "/messages/$edited", { body => 'number 6' })->{status}, 200, 'and puts it back');

# ---- pages ----

sub key { return $_[0]{seq} ? "e$_[0]{seq}" : "m$_[0]{message}{id}" }
my @all = map { key($_) } @{ $t->{items} };
for my $limit (1, 2, 3, 4, 8) {
    my ($q, @back, @cursors) = ("limit=$limit");
    for (1 .. 20) {
        my $x = page($agent, $q);
        unshift @back, map { key($_) } @{ $x->{items} };
        push @cursors, $x;
        last unless $x->{prev};
        $q = "limit=$limit&before=$x->{prev}";
    }
    is_deeply(\@back, \@all, "back in pages of $limit: nothing lost, nothing twice");
    my @forth = map { key($_) } @{ $cursors[-1]{items} };
    for (my $x = $cursors[-1]; $x->{next}; push @forth, map { key($_) } @{ $x->{items} }) {
        $x = page($agent, "limit=$limit&after=$x->{next}");
    }
    is_deeply(\@forth, \@all, "and forth again");
}
my $first = page($agent, 'limit=4');
say_it($agent, 'later');
my $older = page($agent, "limit=4&before=$first->{prev}");
my $newer = page($agent, "limit=20&after=$older->{next}");
is_deeply([ map { key($_) } @{ $newer->{items} }[ 0 .. 3 ] ], [ map { key($_) } @{ $first->{items} } ], 'what comes later is behind what was there');
is($newer->{items}[4]{message}{body}, 'later', 'and found');
is($agent->api(GET => "$thread?$_")->{status}, 400, "not a cursor: $_") for 'before=x', 'after=AAAA', "before=$first->{prev}&after=$first->{prev}";
is($agent->api(GET => "$thread?limit=$_")->{status}, 422, "not a limit: $_") for 0, 201, 'x';

# ---- words (CHT-8) ----

is_deeply([ found('fox') ], [ map { "number $_ brown fox" } 1 .. 3 ], 'CHT-8: a word');
is_deeply([ found('BROWN+2') ], ['number 2 brown fox'], 'several, whatever their case and order');
is_deeply([ found('unterwegs') ], ["Ünterwegs mit number 4"], 'whatever their accents');
is_deeply([ found('internal') ], ['internal number 5'], 'in notes');
is_deeply([ found('internal', $pia) ], [], 'CHT-9: not for portal users');
is_deeply([ found('nosuchword') ], [], 'nothing');
my $few = $agent->api(GET => "/tickets/$ticket/messages?q=number&limit=2")->{json};
my $more = $agent->api(GET => "/tickets/$ticket/messages?q=number&limit=20&before=$few->{prev}")->{json};
is(@{ $few->{items} } + @{ $more->{items} }, 6, 'in pages');

# ---- drafts ----

my $draft = "/tickets/$ticket/draft";
is($agent->api(GET => $draft)->{json}{draft}, undef, 'no draft');
my $r = $agent->api(PUT => $draft, { body => 'Dear Carl', notify_customer => $true });
is_deeply([ $r->{status}, $r->{json}{draft}{body} ], [ 200, 'Dear Carl' ], 'kept');
$agent->api(PUT => $draft, { body => 'Dear Carla' });
$agent->api(PUT => "$draft?subtype=note", { body => 'for us' });
$r = $agent->api(GET => $draft)->{json}{draft};
is_deeply([ $r->{body}, $r->{notify_customer} ], [ 'Dear Carla', $true ], 'what is typed on');
is($agent->api(GET => "$draft?subtype=note")->{json}{draft}{body}, 'for us', 'one for each kind');
is($_->api(GET => $draft)->{json}{draft}, undef, "nobody else's: $_->{user}{login}") for $ben, $admin, $pia;
is($pia->api(PUT => "$draft?subtype=note", { body => 'x' })->{status}, 403, 'CHT-9: no note of a portal user');
is($agent->api(PUT => $draft, { body => 'x', user_id => 1 })->{status}, 422, 'nor for somebody else');
is($agent->api(GET => "$draft?subtype=activity")->{status}, 422, 'no other kinds');
$r = $agent->api(POST => "/tickets/$ticket/messages", { body => '' });
is($agent->api(GET => $draft)->{json}{draft}{body}, 'Dear Carla', 'a message that is refused keeps it');
say_it($agent, 'Dear Carla');
is($agent->api(GET => $draft)->{json}{draft}, undef, 'posting ends it');
is($agent->api(GET => "$draft?subtype=note")->{json}{draft}{body}, 'for us', 'and not the other');
$agent->api(PUT => "$draft?subtype=note", { body => ' ' });
is($agent->api(GET => "$draft?subtype=note")->{json}{draft}, undef, 'an empty text ends it');
$agent->api(PUT => "/teams/$team/draft", { body => 'to all' });
is($agent->api(GET => "/teams/$team/draft")->{json}{draft}{body}, 'to all', 'of a team');
is($agent->api(DELETE => "/teams/$team/draft")->{status}, 204, 'thrown away');
is($agent->api(GET => "/teams/$team/draft")->{json}{draft}, undef, 'and gone');

# ---- canned responses ----

my $mine = made_by($agent, { name => 'Mine', body => "Hi {{customer.name}} / {{ ticket.ref }} {{nope}} {{ticket.name} {{me.name}} {{{me.name}}}" });
my $all = made_by($admin, { name => 'All', body => 'Regards' });
my $ours = made_by($admin, { name => 'Team', body => 'x', team_id => $team });
is_deeply([ map { $_->{id} } @{ $agent->api(GET => '/canned_responses')->{json}{items} } ], [ $mine, $all, $ours ], 'one\'s own, those of the team, those of all');
is_deeply([ map { $_->{id} } @{ $ben->api(GET => '/canned_responses')->{json}{items} } ], [ $all, $ours ], 'nobody else\'s own');
is($pia->api(GET => "/canned_responses/$all")->{status}, 404, 'none for portal users');
my $ref = sprintf '%05d', $ticket;
$r = $agent->api(POST => "/canned_responses/$mine/expand", { ticket_id => $ticket });
is($r->{json}{body}, "Hi Carla {{me.name}} / $ref {{nope}} {{ticket.name} Agent {Agent}", 'filled in once: a value is not looked at again');
is($agent->api(POST => "/canned_responses/$mine/expand", { ticket_id => 99999 })->{status}, 404, 'for a ticket one sees');
$r = $agent->api(POST => '/canned_responses/preview', { ticket_id => $ticket, body => '{{ ticket.ref }} {{nothing.here}}' });
is($r->{json}{body}, sprintf('%05d {{nothing.here}}', $ticket), 'a text that is not kept is filled in the same way') or diag($r->{body});
is($agent->api(POST => '/canned_responses/preview', { ticket_id => $ticket })->{json}{fields}[0]{code}, 'required', 'given one');
is($agent->api(POST => '/canned_responses/preview', { ticket_id => $ticket, body => 'x' x 20_001 })->{json}{fields}[0]{code}, 'too_long', 'not too long');
is($agent->api(POST => '/canned_responses/preview', { ticket_id => 99999, body => 'x' })->{status}, 404, 'for a ticket one sees, too');
is($agent->api(POST => '/canned_responses', { name => 'x', body => 'x', user_id => $ben->{user}{id} })->{status}, 422, 'nobody writes another\'s');
is($agent->api(PATCH => "/canned_responses/$all", { body => 'y' })->{status}, 403, 'nor those of all');
is($agent->api(PATCH => "/canned_responses/$mine", { user_id => undef })->{status}, 422, 'nor makes his own everybody\'s');
is($agent->api(DELETE => "/canned_responses/$all")->{status}, 403, 'nor deletes them');
is($agent->api(DELETE => "/canned_responses/$mine")->{status}, 204, 'but his own');
is($admin->api(DELETE => "/canned_responses/$all")->{status}, 204, 'administrators all');

# ---- what goes with a ticket (TKT-13) ----

my $doomed = made('/tickets', { name => 'To be deleted', team_id => $team, message_partner_ids => [ $pia->{user}{partner_id} ] });
my $type = $admin->api(GET => '/activity_types')->{json}{items}[0]{id};
my $upload = $agent->request(POST => "/api/v1/tickets/$doomed/attachments?name=log.txt", 'text of a file');
is($upload->{status}, 201, 'a file') or diag($upload->{body});
is($agent->api(POST => "/tickets/$doomed/messages", { subtype => 'note', body => 'for @Ben',
    mention_ids => [ $ben->{user}{partner_id} ] })->{status}, 201, 'a note that Ben is told of');
is($agent->api(PUT => "/tickets/$doomed/draft?subtype=comment", { body => 'not sent' })->{status}, 200, 'a draft');
is($admin->api(POST => '/activities', { ticket_id => $doomed, activity_type_id => $type, user_id => $ben->{user}{id} })->{status}, 201,
    'an activity');
my $naming = sub {
    my @lines = grep { /"ticket_id":$doomed\b|"type":"ticket","record":\{"id":$doomed\b/ && !/^\{"type":"event"/ }
        split /\n/, scalar $desk->ctl(['dump']);
    return join ' ', sort keys %{ { map { /^\{"type":"(\w+)"/ ? ($1 => 1) : () } @lines } };
};
is($naming->(), 'activity attachment draft message notification ticket', 'TKT-13: a ticket has all this');
is($admin->api(DELETE => "/tickets/$doomed")->{status}, 204, 'it is deleted');
is($naming->(), '', 'TKT-13: and nothing of it is left');
is($ben->api(GET => '/notifications')->{status}, 200, 'his inbox goes on');

$desk->stop;
my ($out, $err, $status) = $desk->ctl(['fsck'], ok => 0);
is($status, 0, 'fsck finds nothing') or diag("$out$err");

done_testing;

sub made { return $admin->made(@_) }
sub made_by { my ($client, $body) = @_; return $client->made('/canned_responses', $body) }

# A change and a message of one millisecond have no order: let one pass.
sub tick { select undef, undef, undef, 0.003; return }

sub say_it {
    my ($client, $text, $subtype) = @_;
    tick();
    return $client->made("/tickets/$ticket/messages", { body => utf($text), subtype => $subtype // 'comment' });
}

sub change {
    my ($client, $body) = @_;
    tick();
    my $x = $client->api(PATCH => "/tickets/$ticket", $body);
    is($x->{status}, 200, 'changed') or diag($x->{body});
    return;
}

sub page {
    my ($client, $query) = @_;
    my $x = $client->api(GET => "$thread?$query");
    is($x->{status}, 200, "a page: $query") or diag($x->{body});
    return $x->{json};
}

sub found {
    my ($words, $client) = @_;
    my $x = ($client // $agent)->api(GET => "/tickets/$ticket/messages?q=$words");
    return map { my $b = $_->{body}; utf8::encode($b); $b } @{ $x->{json}{items} };
}

sub utf { my ($s) = @_; utf8::decode($s); return $s }
