#!/usr/bin/perl

# Who is told of what, and who reads what: every kind of person, every visibility of a team, every kind of message, as one
# table that is printed (CHT-1 .. CHT-3, VIS-1 .. VIS-9, VIS-16, VIS-19, VIS-22).
#
#     inbox  a line of the inbox      mail  a row of the outbox      reads  may read it      -  neither

use strict;
use utf8;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Helpdesk;

binmode Test::More->builder->$_, ':utf8' for qw(output failure_output todo_output);
my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $desk = Helpdesk->new(workers => 2, sync => 'off')->seed;
my @internal = qw(teamf ticketf notef unrel otherc othercf);
$desk->add_user($_ => 'user') for @internal;
$desk->add_user(portalf => 'portal')->add_user(portals => 'portal')->start;
my %who = map { $_ => $desk->login($_) } 'admin', 'agent', @internal, qw(portalf portals);
my ($admin, $agent) = @who{qw(admin agent)};
my %p = map { $_ => $who{$_}{user}{partner_id} } keys %who;

sub asked { my $c = shift; return $c->must(@_) }
sub made { my ($path, $body, $c) = @_; return ($c // $admin)->made($path, $body) }

my $second = made('/companies', { name => 'Second' });
asked($admin, PATCH => "/users/$who{$_}{user}{id}", { company_ids => [$second], company_id => $second }) for qw(otherc othercf);
asked($admin, PATCH => "/contacts/$p{$_}", { email => "$_\@example.com" }) for qw(portalf portals);
$p{contact} = made('/contacts', { name => 'Contact', email => 'contact@example.com' });
$p{customer} = made('/contacts', { name => 'Customer', email => 'customer@example.com' });
$p{mention} = made('/contacts', { name => 'Mentioned', email => 'mention@example.com' });

my @rows = ([ teamf => 'team follower' ], [ ticketf => 'ticket follower' ], [ notef => 'ticket follower, notes too' ],
            [ unrel => 'unrelated colleague' ], [ otherc => 'other company' ], [ othercf => "other company's follower" ],
            [ portalf => 'portal follower' ], [ portals => 'portal stranger' ], [ contact => 'contact without login' ],
            [ mention => 'contact, mentioned' ], [ customer => 'customer, ticked' ], [ anonymous => 'anonymous' ],
            [ link => 'link holder' ], [ admin => 'administrator' ], [ agent => 'author' ]);
my @modes = qw(invited_internal internal portal);
my (%cell, %team, %ticket, %message, %link);
for my $mode (@modes) {
    my $t = $team{$mode} = made('/teams', { name => $mode, privacy_visibility => 'portal', company_id => 1,
                                            message_partner_ids => [ $p{teamf}, $p{agent} ] });
    my $id = $ticket{$mode} = made('/tickets', { name => "T $mode", team_id => $t, partner_id => $p{customer} }, $agent);
    $link{$mode} = asked($agent, POST => "/tickets/$id/link")->{url} =~ s{^http://[^/]+}{}r;
    asked($admin, PATCH => "/teams/$t", { privacy_visibility => $mode }) if $mode ne 'portal';
    asked($admin, DELETE => "/tickets/$id/followers/$p{customer}");
    asked($admin, POST => "/tickets/$id/followers", { partner_ids => [ @p{qw(ticketf notef othercf portalf contact)} ] });
    asked($admin, PATCH => "/tickets/$id/followers/$p{notef}", { subtypes => [ 'comment', 'note' ] });
    my %told = (comment => { notify_customer => $true }, note => { mention_ids => [ @p{qw(mention portals)} ] });
    $message{$mode}{$_} = made("/tickets/$id/messages", { subtype => $_, body => "$_ in $mode", %{ $told{$_} } }, $agent) for qw(comment note);
}

my @lines = $desk->dump_records('notification');
my @mails = $desk->dump_records('mail');
for my $mode (@modes) {
    for my $row (@rows) {
        my $name = $row->[0];
        for my $kind (qw(comment note)) {
            my $m = $message{$mode}{$kind};
            my @in = $p{$name} ? grep { ($_->{message_id} // 0) == $m && $_->{partner_id} == $p{$name} } @lines : ();
            my @out = $p{$name} ? grep { ($_->{message_id} // 0) == $m && ($_->{partner_id} // 0) == $p{$name} } @mails : ();
            $cell{$mode}{$name}{$kind} = join('+', ('inbox') x @in, ('mail') x @out) || '-';
            my $reads = $name eq 'link' ? reads_page($link{$mode}, "$kind in $mode")
                : $name eq 'anonymous' ? $desk->client->api(GET => "/messages/$m")->{status} == 200
                : $who{$name} ? $who{$name}->api(GET => "/messages/$m")->{status} == 200 : 0;
            $cell{$mode}{$name}{$kind} .= ' reads' if $reads;
        }
    }
}

sub reads_page {
    my ($path, $text) = @_;
    my $r = $desk->client->request(GET => $path);
    return $r->{status} == 200 && index($r->{body}, $text) >= 0;
}

# ---- the table ----

my %want = (
    #             invited: comment, note           company                          public
    teamf     => [ 'inbox reads', '- reads',       'inbox reads', '- reads',        'inbox reads', '- reads' ],
    ticketf   => [ 'inbox reads', '- reads',       'inbox reads', '- reads',        'inbox reads', '- reads' ],
    notef     => [ 'inbox reads', 'inbox reads',   'inbox reads', 'inbox reads',    'inbox reads', 'inbox reads' ],
    unrel     => [ '-', '-',                       '- reads', '- reads',            '- reads', '- reads' ],
    otherc    => [ '-', '-',                       '-', '-',                        '-', '-' ],
    othercf   => [ '-', '-',                       '-', '-',                        '-', '-' ],
    portalf   => [ 'mail', '-',                    'mail', '-',                     'mail reads', '-' ],
    portals   => [ '-', '-',                       '-', '-',                        '-', '-' ],
    contact   => [ 'mail', '-',                    'mail', '-',                     'mail', '-' ],
    mention   => [ '-', 'mail',                    '-', 'mail',                     '-', 'mail' ],
    customer  => [ 'mail', '-',                    'mail', '-',                     'mail', '-' ],
    anonymous => [ '-', '-',                       '-', '-',                        '-', '-' ],
    link      => [ '-', '-',                       '-', '-',                        '- reads', '-' ],
    admin     => [ '- reads', '- reads',           '- reads', '- reads',            '- reads', '- reads' ],
    agent     => [ '- reads', '- reads',           '- reads', '- reads',            '- reads', '- reads' ],
);
diag(sprintf "%-27s %-25s %-25s %-25s", '', 'private', 'company', 'public');
diag(sprintf "%-27s" . ' %-12s %-12s' x 3, '', ('comment', 'note') x 3);
for my $row (@rows) {
    my @got = map { my $mode = $_; map { $cell{$mode}{ $row->[0] }{$_} } qw(comment note) } @modes;
    diag(sprintf "%-27s" . ' %-12s %-12s' x 3, $row->[1], @got);
    is_deeply(\@got, $want{ $row->[0] }, "told and reads: $row->[1]");
}

# ---- of each message ----

my $m = asked($agent, GET => "/messages/$message{portal}{comment}");
is_deeply([ sort { $a <=> $b } @{ $m->{notified_ids} } ], [ sort { $a <=> $b } @p{qw(teamf ticketf notef portalf contact customer)} ],
          'CHT-1: the message knows whom it was sent to');
is($who{portalf}->api(GET => "/messages/$message{portal}{comment}")->{json}{notified_ids}, undef, 'VIS-16: customers do not see that');
my ($line) = grep { $_->{message_id} == $message{portal}{note} } @{ asked($who{notef}, GET => '/notifications')->{items} };
is("$line->{kind} $line->{author_id}", "note $p{agent}", 'the line names kind and author');

# ---- once, and as chosen ----

my $id = $ticket{internal};
my $both = made("/tickets/$id/messages", { body => 'all at once', mention_ids => [ $p{ticketf}, $p{contact} ], partner_ids => [ $p{ticketf}, $p{contact}, $p{unrel} ],
                                          notify_customer => $true }, $agent);
my %kinds = map { $_->{partner_id} => $_->{kind} } grep { ($_->{message_id} // 0) == $both } $desk->dump_records('notification');
is_deeply(\%kinds, { $p{teamf} => 'comment', $p{ticketf} => 'mention', $p{notef} => 'comment', $p{unrel} => 'comment' },
          'each person once, the nearest reason first; recipients added by hand are told');
my %mail = map { $_->{partner_id} => $_->{why} } grep { ($_->{message_id} // 0) == $both } $desk->dump_records('mail');
is_deeply(\%mail, { $p{contact} => 'mention', $p{portalf} => 'comment', $p{customer} => 'comment' }, 'each address once');
my $own = made('/contacts', { name => 'Same address', email => 'CUSTOMER@example.com' });
asked($admin, POST => "/tickets/$id/followers", { partner_ids => [$own] });
my $same = made("/tickets/$id/messages", { body => 'x', notify_customer => $true }, $agent);
is((grep { ($_->{message_id} // 0) == $same && lc $_->{email} eq 'customer@example.com' } $desk->dump_records('mail')), 1, 'one mail an address');
my $bare = made('/tickets', { name => 'Bare', team_id => $team{internal}, partner_email => 'nobody@example.org' }, $agent);
my $to = made("/tickets/$bare/messages", { body => 'x', notify_customer => $true }, $agent);
is(join(' ', map { "$_->{email}:" . ($_->{partner_id} // '-') } grep { ($_->{message_id} // 0) == $to } $desk->dump_records('mail')),
   'nobody@example.org:-', 'a customer who is only an address');
asked($who{ticketf}, PATCH => "/users/$who{ticketf}{user}{id}", { notify_by => { comment => 'none', mention => 'inbox' } });
my $none = made("/tickets/$id/messages", { body => 'x' }, $agent);
my $named = made("/tickets/$id/messages", { body => 'x', mention_ids => [ $p{ticketf} ] }, $agent);
is(join(' ', map { $_->{message_id} } grep { $_->{partner_id} == $p{ticketf} && ($_->{message_id} // 0) >= $none } $desk->dump_records('notification')),
   $named, 'CHT-2: not of comments, but when mentioned');
my $about = made("/teams/$team{internal}/messages", { body => 'to the team', subtype => 'comment' }, $admin);
is(join(' ', sort { $a <=> $b } map { $_->{partner_id} } grep { ($_->{message_id} // 0) == $about } $desk->dump_records('notification')),
   join(' ', sort { $a <=> $b } @p{qw(teamf agent)}), 'a message to the team reaches its followers');

# ---- what goes takes its lines along ----

asked($admin, DELETE => "/messages/$both", undef, 204);
is((grep { ($_->{message_id} // 0) == $both } $desk->dump_records('notification'), $desk->dump_records('mail')), 0, 'nothing tells of a message that is gone');
like(scalar $desk->ctl(['fsck']), qr/, 0 problems/, 'fsck');
done_testing;
