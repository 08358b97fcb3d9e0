#!/usr/bin/perl

# Followers and what they hear of, the inbox and the outbox, how each is told (VIS-18 .. VIS-21, CHT-2, CHT-6, MAN-4, ASG-12).

use strict;
use utf8;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Helpdesk;

my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $desk = Helpdesk->new(workers => 2, sync => 'off')->seed;
$desk->add_user($_ => 'user') for qw(ann ben);
$desk->add_user(nora => 'none')->add_user(pia => 'portal')->start;
my %who = map { $_ => $desk->login($_) } qw(admin agent ann ben nora pia);
my $admin = $who{admin};
my %p = map { $_ => $who{$_}{user}{partner_id} } keys %who;
my %uid = map { $_ => $who{$_}{user}{id} } keys %who;

sub asked {
    my ($c, $method, $path, $body, $want) = @_;
    my $r = $c->api($method => $path, $body);
    is($r->{status}, $want // 200, "$method $path") or diag($r->{body});
    return $r->{json};
}
sub made { my ($path, $body, $c) = @_; return asked($c // $admin, POST => $path, $body, 201)->{id} }
sub inbox { my ($name, $query) = @_; return @{ $who{$name}->api(GET => '/notifications' . ($query // ''))->{json}{items} } }
sub kinds { my ($name, $ticket) = @_; return join ' ', sort map { $_->{kind} } grep { ($_->{ticket_id} // 0) == $ticket } inbox($name) }
sub unread { my ($name) = @_; return $who{$name}->api(GET => '/notifications/count')->{json}{unread} }
sub mails { return sort { $a->{id} <=> $b->{id} } $desk->dump_records('mail') }
sub subtypes {
    my ($path, $name) = @_;
    my ($f) = grep { $_->{partner_id} == $p{$name} } @{ $admin->api(GET => "$path/followers")->{json}{items} };
    return $f ? join ' ', @{ $f->{subtypes} } : 'follows not';
}

my $contact = $p{carla} = made('/contacts', { name => 'Carla', email => 'carla@example.com' });
asked($admin, PATCH => "/contacts/$p{pia}", { email => 'pia@example.com' });
my $team = made('/teams', { name => 'Team', privacy_visibility => 'internal' });
my $t = made('/tickets', { name => 'One', team_id => $team });

# ---- who follows, and what they hear of ----

my $list = asked($admin, POST => "/tickets/$t/followers", { partner_ids => [ $p{ann}, $contact, $p{pia} ] });
is(join(' ', map { "$_->{name}:$_->{kind}:@{ $_->{subtypes} }" } sort { $a->{partner_id} <=> $b->{partner_id} } @{ $list->{items} }),
   'Admin:internal:comment Ann:internal:comment Pia:portal:comment Carla:contact:comment', 'CHT-6: who follows hears of comments');
my $v = $admin->api(GET => "/tickets/$t")->{json}{version};
asked($admin, POST => "/tickets/$t/followers", { partner_ids => [ $p{ann} ] });
is($admin->api(GET => "/tickets/$t")->{json}{version}, $v, 'VIS-18: following twice is following once');
asked($who{ann}, PATCH => "/tickets/$t/followers/$p{ann}", { subtypes => [ 'note', 'stage' ] });
is(subtypes("/tickets/$t", 'ann'), 'note stage', 'CHT-6: a follower chooses');
asked($admin, PATCH => "/tickets/$t/followers/$p{ann}", { subtypes => [] });
is(subtypes("/tickets/$t", 'ann'), '', 'CHT-6: or hears of nothing; others may choose for him');
is($who{$_}->api(PATCH => "/tickets/$t/followers/$contact", { subtypes => [$_ eq 'ann' ? 'note' : 'activity'] })->{status}, 422,
   'VIS-19: nothing internal for a contact') for qw(ann admin);
is($admin->api(PATCH => "/tickets/$t/followers/$p{pia}", { subtypes => ['note'] })->{json}{fields}[0]{field}, 'subtypes', 'VIS-19: nor for a portal user');
is($admin->api(PATCH => "/tickets/$t/followers/$p{ben}", { subtypes => [] })->{status}, 404, 'who does not follow has nothing to choose');
is($admin->api(POST => "/tickets/$t/followers", { partner_ids => [999] })->{json}{fields}[0]{code}, 'not_found', 'an unknown contact');
asked($admin, DELETE => "/tickets/$t/followers/$p{ann}");
asked($admin, POST => "/tickets/$t/followers", { partner_ids => [ $p{ann} ] });
is(subtypes("/tickets/$t", 'ann'), 'comment', 'who comes back begins as usual');
is(scalar @{ $who{nora}->api(GET => "/tickets/$t/followers")->{json}{items} // [] }, 0, 'a hidden ticket has no followers');
asked($admin, POST => "/tickets/$t/followers", { partner_ids => [ $p{nora} ] });
is(join(' ', map { $_->{partner_id} } @{ asked($who{nora}, GET => "/tickets/$t/followers")->{items} }), $p{nora}, 'without a right one sees only himself');
asked($who{nora}, PATCH => "/tickets/$t/followers/$p{nora}", { subtypes => ['stage'] });
asked($who{nora}, PATCH => "/tickets/$t/followers/$contact", { subtypes => ['stage'] }, 403);

# ---- with and without notification ----

is(unread('ben'), 0, 'an empty inbox');
asked($admin, POST => "/tickets/$t/followers", { partner_ids => [ $p{ben} ], notify => $true });
is(kinds('ben', $t), 'follow', 'CHT-6: added with notification');
is(kinds('ann', $t), '', 'CHT-6: and without');
asked($admin, POST => "/tickets/$t/followers", { partner_ids => [ $p{ben} ], notify => $true });
is(unread('ben'), 1, 'who follows already is not told again');

# ---- created, stage, assigned ----

my $stages = $admin->api(GET => "/teams/$team/board")->{json}{columns};
my ($s1, $s2) = map { $_->{stage}{id} } @$stages;
asked($admin, PATCH => "/tickets/$t/followers/$_", { subtypes => [ 'comment', 'stage' ] }) for @p{qw(ann carla)}, $p{admin};
asked($who{agent}, PATCH => "/tickets/$t", { stage_id => $s2 });
is(kinds('ann', $t), 'stage', 'a subscriber to stages hears of a change');
is(kinds('admin', $t), 'stage', 'so does the administrator who chose it');
is(kinds('ben', $t), 'follow', 'who did not subscribe does not');
is(join(' ', map { "$_->{email}:$_->{why}:$_->{state}" } mails()), 'carla@example.com:stage:queued', 'a contact gets mail');
asked($who{ann}, PATCH => "/tickets/$t", { stage_id => $s1 });
is(kinds('ann', $t), 'stage', 'CHT-2: who changes it is not told');
is(kinds('nora', $t), 'stage stage', 'an internal user without a right has an inbox too');
asked($who{agent}, PATCH => "/tickets/$t", { user_id => $uid{ben} });
is(kinds('ben', $t), 'assigned follow', 'MAN-4: the new assignee is told');
asked($who{ann}, PATCH => "/tickets/$t", { user_id => $uid{ann} });
is(kinds('ann', $t), 'stage', 'MAN-4: not who takes it himself');
my $auto = made('/teams', { name => 'Auto', auto_assignment => $true, member_ids => [ $uid{ben} ] });
my $a = made('/tickets', { name => 'For Ben', team_id => $auto }, $who{ann});
is(kinds('ben', $a), 'assigned', 'ASG-12: automatic assignment tells the assignee');

# ---- following a team ----

asked($who{ann}, POST => "/teams/$team/followers", { partner_ids => [ $p{ann} ], subtypes => [ 'comment', 'created' ] });
asked($who{ann}, POST => "/teams/$team/followers", { partner_ids => [ $p{ben} ] }, 403);
asked($who{ben}, PATCH => "/teams/$team/followers/$p{ann}", { subtypes => [] }, 403);
is(subtypes("/teams/$team", 'ann'), 'comment created', 'VIS-20: a follower of a team chooses what to hear of');
my $n = made('/tickets', { name => 'New', team_id => $team });
is(kinds('ann', $n), 'created', 'VIS-20: and hears of its new tickets');
is(subtypes("/tickets/$n", 'ann'), 'comment created', 'VIS-20: with the subtypes of the team');
asked($who{ann}, PATCH => "/tickets/$n/followers/$p{ann}", { subtypes => ['note'] });
asked($who{ann}, PATCH => "/teams/$team/followers/$p{ann}", { subtypes => [ 'comment', 'stage' ] });
is(subtypes("/tickets/$n", 'ann'), 'note', 'VIS-21: a choice made on the ticket stays');
is(kinds('ann', made('/tickets', { name => 'Newer', team_id => $team })), '', 'no longer subscribed to new tickets');
my $own = made('/tickets', { name => 'Own', team_id => $team }, $who{ann});
is(kinds('ann', $own), '', 'CHT-2: nobody hears of what he made');
my $version = $admin->api(GET => "/teams/$team")->{json}{version};
is($who{ann}->api(DELETE => "/teams/$team/followers/$p{ann}", undef, headers => { 'If-Match' => '"v999"' })->{status}, 412, 'If-Match');
asked($who{ann}, DELETE => "/teams/$team/followers/$p{ann}", undef, 204);
is(subtypes("/teams/$team", 'ann') . ', ' . subtypes("/tickets/$n", 'ann'), 'follows not, follows not', 'D-8: who leaves the team leaves its tickets');
my $private = made('/teams', { name => 'Private', privacy_visibility => 'invited_internal' });
my $secret = made('/tickets', { name => 'Secret', team_id => $private });
asked($admin, POST => "/tickets/$secret/followers", { partner_ids => [ $p{ben} ], notify => $true });
asked($who{ben}, POST => "/teams/$private/followers", { partner_ids => [ $p{ben} ] }, 403);
is($who{ben}->api(GET => '/tickets?team_id=' . $private)->{json}{items}[0]{id}, $secret, 'VIS-2: a follower of one ticket cannot let himself into the team');
asked($who{ann}, POST => "/teams/$private/followers", { partner_ids => [ $p{ann} ] }, 404);

# ---- the inbox ----

my @lines = inbox('ben');
is(join(' ', map { $_->{kind} } @lines), 'follow assigned assigned follow', 'newest first');
is($lines[0]{author_id}, $p{admin}, 'with who did it');
asked($who{ben}, PATCH => "/notifications/$lines[1]{id}", { read => $true });
is(join(' ', map { $_->{id} } inbox('ben')), join(' ', map { $_->{id} } @lines[ 0, 2, 3, 1 ]), 'unread ones first');
is(join(' ', map { $_->{id} } inbox('ben', '?unread=true')), join(' ', map { $_->{id} } @lines[ 0, 2, 3 ]), 'only unread ones');
asked($who{ann}, PATCH => "/notifications/$lines[1]{id}", { read => $false }, 404);
my $page = asked($who{ben}, GET => '/notifications?limit=2');
is(join(' ', map { $_->{id} } @{ $page->{items} }, @{ asked($who{ben}, GET => "/notifications?limit=2&after=$page->{next}")->{items} }),
   join(' ', map { $_->{id} } @lines[ 0, 2, 3, 1 ]), 'pages');
is(asked($who{ben}, GET => '/notifications?expand=ticket_id,author_id')->{items}[0]{ticket}{name}, 'Secret', 'with its ticket');
is(json_text(asked($who{ben}, POST => '/notifications/read', { ids => [ $lines[1]{id}, $lines[2]{id}, 999 ] })), '{"more":false,"read":1,"unread":2}', 'read several');
is(json_text(asked($who{ben}, POST => '/notifications/read', { ticket_id => $secret })), '{"more":false,"read":1,"unread":1}', 'read those of a ticket');
asked($admin, POST => "/tickets/$secret/followers", { partner_ids => [ $p{agent} ], notify => $true });
is(unread('agent'), 1, 'told of a private ticket');
asked($admin, DELETE => "/tickets/$secret/followers/$p{agent}");
is(unread('agent') . scalar(inbox('agent')), '00', 'VIS-16: a line about a ticket one may no longer read does not exist');
is(json_text(asked($who{ben}, POST => '/notifications/read', { all => $true })), '{"more":false,"read":1,"unread":0}', 'read all');
is($who{ben}->api(POST => '/notifications/read', $_)->{status}, 422, 'one way at a time: ' . json_text($_))
    for {}, { all => $false }, { ids => [1], all => $true };
is(scalar(inbox('pia')), 0, 'portal users have no inbox');

# ---- how to be told (CHT-2) ----

asked($who{ann}, PATCH => "/users/$uid{ann}", { notify_by => { assigned => 'email', stage => 'none' } });
asked($admin, PATCH => "/users/$uid{ann}", { email => 'ann@example.com' });
my $before = () = mails();
my $x = made('/tickets', { name => 'By mail', team_id => $team, user_id => $uid{ann} });
my @new = splice @{ [ mails() ] }, $before;
is(join(' ', map { "$_->{email}:$_->{why}:$_->{partner_id}" } @new), "ann\@example.com:assigned:$p{ann}", 'CHT-2: by mail, in the same transaction');
is(kinds('ann', $x), '', 'and not twice');
asked($admin, PATCH => "/tickets/$x/followers/$p{ann}", { subtypes => ['stage'] });
asked($admin, PATCH => "/tickets/$x", { stage_id => $s2 });
is(kinds('ann', $x) . (() = mails()), $before + 1, 'CHT-2: not at all');
for my $case ([ { nonsense => 'inbox' }, 'notify_by.nonsense', 'unknown_field' ], [ { comment => 'pigeon' }, 'notify_by.comment', 'not_an_option' ],
              [ { comment => 5 }, 'notify_by.comment', 'not_an_option' ]) {
    my $r = $who{ann}->api(PATCH => "/users/$uid{ann}", { notify_by => $case->[0] });
    is(join(' ', $r->{status}, map { ($_->{field}, $_->{code}) } @{ $r->{json}{fields} }), "422 $case->[1] $case->[2]", "refused: $case->[1]");
}
is($who{pia}->api(PATCH => "/users/$uid{pia}", { notify_by => { comment => 'inbox' } })->{status}, 422, 'a portal user has no inbox to choose');
is($who{pia}->api(PATCH => "/users/$uid{pia}", { notify_by => { comment => 'none' } })->{status}, 200, 'but may want no mail');
is($who{ben}->api(PATCH => "/users/$uid{ann}", { notify_by => {} })->{status}, 403, 'nobody chooses for somebody else');

# ---- what goes takes its lines along ----

asked($admin, DELETE => "/tickets/$t", undef, 204);
is((grep { ($_->{ticket_id} // 0) == $t } inbox('ann'), $desk->dump_records('notification'), mails(), $desk->dump_records('follower')), 0,
   'nothing tells of a ticket that is gone');
is($desk->ctl(['fsck']) =~ /, 0 problems/ ? 1 : 0, 1, 'fsck') or diag(scalar $desk->ctl(['fsck']));
done_testing;
