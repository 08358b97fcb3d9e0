#!/usr/bin/perl

# The demo: what it holds, that every record in it is one the desk itself would have made, and who sees what.

use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use POSIX ();
use Time::Local qw(timegm);
use Test::More;
use Helpdesk;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;
my $file = "$FindBin::Bin/../conf/demo.jsonl";
my $desk = Helpdesk->new;
my $said = $desk->ctl([ demo => $file ]);
my %password = $said =~ /^(\w+) +(\w{16}) (?:admin|user|portal) /mg;
my %all = map { my $type = $_; $type => [ $desk->dump_records($type) ] } qw(company contact user team stage ticket ticket_type tag calendar leave message activity view);
my %by = map { my $type = $_; $type => { map { $_->{id} => $_ } @{ $all{$type} } } } keys %all;
my @tickets = @{ $all{ticket} };

# ---- what it holds ----

is(scalar @{ $all{company} }, 2, 'two companies');
is_deeply({ map { $_->{name} => $_->{privacy_visibility} } @{ $all{team} } },
          { 'Customer Support' => 'portal', 'Internal IT' => 'internal', 'Financial Services' => 'invited_internal' },
          'three teams, one of each visibility');
is(scalar(grep { @{ $_->{team_ids} } > 1 } @{ $all{stage} }) > 2, 1, 'STG-5: stages that teams share');
is(scalar(grep { @{ $_->{team_ids} } == 1 } @{ $all{stage} }) >= 3, 1, 'STG-5: and stages of their own');
my %zone = map { $_->{tz} => 1 } grep { $_->{role} eq 'user' } @{ $all{user} };
ok($zone{'Europe/Vilnius'} && $zone{'America/Bogota'}, 'ASG-5: agents in two time zones');
is(keys %password, @{ $all{user} }, 'a password is printed for everybody');
is(scalar @tickets, 200, '200 tickets');
my %titles = map { $_->{name} => 1 } @tickets;
is(keys %titles, 200, 'each with a title of its own');

my %lang;
push @{ $lang{ $by{contact}{ $_->{partner_id} }{lang} } }, $_ for @tickets;
is_deeply([ sort keys %lang ], [ qw(en es fa lt sv vi) ], 'in six languages');
ok(@{ $lang{$_} } >= 30, "$_: " . @{ $lang{$_} } . ' tickets') for sort keys %lang;
my %letters = (en => qr/\b(?:the|a|to)\b/i, es => qr/[áéíóúñ¿]|\b(?:que|no)\b/, fa => qr/[پچگ]|\p{Arabic}/, lt => qr/[ąčęėįšųūž]/,
               sv => qr/[åäö]/, vi => qr/[ơưạảấầếềộở]/);
for my $l (sort keys %lang) {
    my @odd = grep { "$_->{name} $_->{description}" !~ $letters{$l} } @{ $lang{$l} };
    is(scalar @odd, 0, "$l: every text is written in it") or diag(join "\n", map { $_->{name} } @odd);
}
my @length = sort { $a <=> $b } map { length $_->{description} } @tickets;
ok($length[0] < 90 && $length[-1] > 600, "texts of $length[0] to $length[-1] characters");
my %count;
$count{priority}{ $_->{priority} }++, $count{kanban}{ $_->{kanban_state} }++, $count{stage}{ $by{stage}{ $_->{stage_id} }{name} }++
    for @tickets;
is(keys %{ $count{priority} }, 4, 'every priority');
is(keys %{ $count{kanban} }, 3, 'every kanban state');
is(keys %{ $count{stage} }, 7, 'a ticket in every stage');
for my $kind ([ closed => sub { $_->{closed} } ], [ archived => sub { !$_->{active} } ],
              [ unassigned => sub { !$_->{user_id} && !$_->{closed} } ], [ waiting => sub { $_->{waiting} } ], [ open => sub { $_->{active} && !$_->{closed} } ]) {
    my ($name, $is) = @$kind;
    my $n = grep { $is->() } @tickets;
    ok($n > 2 && $n < 197, "$n are $name");
}
is_deeply([ sort map { $_->{name} } @{ $all{ticket_type} } ], [ qw(Complaint Issue Question Request) ], 'TKT-4: types');
is(scalar(grep { !$_->{ticket_type_id} } @tickets), 0, 'TKT-4: every ticket has one');
my %used = map { $_ => 1 } map { @{ $_->{tag_ids} } } @tickets;
is(keys %used, @{ $all{tag} }, 'TKT-5: every tag is used');
ok(scalar(grep { @{ $_->{member_ids} } } @{ $all{tag} }), 'ASG-9: some tags have members');
my %views = map { $_->{shared} => 1 } @{ $all{view} };
is(join(' ', sort keys %views), 'everyone private team', 'TKT-8: saved views of one person, of a team, of everybody');
ok(scalar(grep { $_->{view_id} } @{ $all{user} }), 'TKT-8: and somebody begins with one');
is(scalar(grep { $_->{resource_calendar_id} } @{ $all{company} }), 2, 'ASG-5: both companies have working hours');
my %state = map { $_->{state} => 1 } @{ $all{leave} };
is_deeply([ sort keys %state ], [ qw(approved draft refused) ], 'ASG-4: time off, asked for, approved and refused');
my ($form, $props) = map { my $k = $_; scalar grep { ref $_->{$k} && @{ $_->{$k} } > 3 } @{ $all{team} } } qw(form_fields ticket_properties);
is("$form $props", '1 1', 'CHN-14, TKT-12: a form and properties of a team\'s own');
ok(scalar(grep { ref $_->{properties} && $_->{properties}{device} } @tickets) > 3, 'TKT-12: and values of them');
my @addresses = map { $_->{email} // () } @{ $all{contact} }, @{ $all{user} };
is_deeply([ grep { length && !/\@example\.(?:org|com|net)$/ } @addresses ], [], 'no address of real people');

# ---- every ticket is one the desk would have made ----

sub seconds {
    my ($y, $mo, $d, $h, $mi, $s) = $_[0] =~ /^(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)/ or return 0;
    return timegm($s, $mi, $h, $d, $mo - 1, $y);
}
my ($now, %wrong) = (time);
my $wrong = sub { $wrong{ $_[0] } .= " $_[1]{id}" };
for my $t (@tickets) {
    my ($team, $stage) = ($by{team}{ $t->{team_id} }, $by{stage}{ $t->{stage_id} });
    my @dates = map { seconds($_) } grep { defined } @$t{qw(create_date assign_date date_last_stage_update close_date write_date)};
    $wrong->('stage of another team', $t) unless grep { $_ == $team->{id} } @{ $stage->{team_ids} };
    $wrong->('closed without a folded stage', $t) if !!$t->{closed} != !!$stage->{fold};
    $wrong->('closed without a date', $t) if !!$t->{closed} != !!$t->{close_date};
    $wrong->('another company than its team', $t) if $t->{company_id} != $team->{company_id};
    $wrong->('no customer', $t) unless $t->{partner_id} && $t->{partner_email};
    $wrong->('assigned to nobody of the team', $t) if $t->{user_id} && !grep { $_ == $t->{user_id} } @{ $team->{member_ids} };
    $wrong->('older than 91 days or of tomorrow', $t) if grep { $_ > $now || $_ < $now - 91 * 86400 } @dates;
    $wrong->('done before it was created', $t) if grep { $_ < $dates[0] } @dates;
    $wrong->('an empty text', $t) unless length $t->{name} && length $t->{description};
}
is_deeply(\%wrong, {}, 'every ticket is in order') or diag(explain \%wrong);
my %said;
$said{ $_->{subtype} }++ for @{ $all{message} };
ok($said{comment} > 20 && $said{note} > 10, "CHT-1: $said{comment} answers and $said{note} notes");
my %author = map { $_->{author_id} => 1 } @{ $all{message} };
ok(scalar(grep { $author{ $_->{partner_id} } && $_->{role} eq 'portal' } @{ $all{user} }) > 4, 'CHT-9: by agents and customers');
is(scalar(grep { $by{ticket}{ $_->{ticket_id} }{create_date} gt $_->{create_date} } @{ $all{message} }), 0, 'each after its ticket');
my $today = POSIX::strftime('%Y-%m-%d', gmtime);
my $past = grep { $_->{date_deadline} lt $today } @{ $all{activity} };
ok($past > 1 && @{ $all{activity} } > 6, 'ACT-4: ' . @{ $all{activity} } . " activities, $past are overdue");
my $days = keys %{ { map { substr($_->{create_date}, 0, 10) => 1 } @tickets } };
ok($days > 60, "they came on $days days");
like($desk->ctl(['fsck']), qr/ 0 problems$/m, 'fsck finds nothing');

# ---- whatever the day: the times of the file stay in the past, and so does everybody's work ----

for my $at ('2027-01-04T00:01:00Z', '2027-07-10T23:58:00Z') {
    my ($out, $err, $status) = $desk->ctl([ demo => $file ], store => "$desk->{dir}/at-$at", clock => $at, ok => 0);
    is($status, 0, "made at $at") or diag("$out$err");
    my @late = grep { $_->{create_date} gt $at } $desk->dump_records('ticket', store => "$desk->{dir}/at-$at");
    is(scalar @late, 0, 'and nothing is of tomorrow');
}

# ---- deterministic: the same again, but for passwords and the minute it was made ----

my $again = "$desk->{dir}/again";
$desk->ctl([ demo => $file ], store => $again);
my $bare = sub {
    my @rows = @_;
    return [ map { my $r = $_; delete $r->{$_} for grep { /date|password|access_token|trace/ } keys %$r; $r } @rows ];
};
is_deeply($bare->($desk->dump_records('ticket', store => $again)), $bare->($desk->dump_records('ticket')),
          'the same file gives the same tickets');

# ---- who sees what ----

$desk->start;
my $admin = $desk->login('admin', $password{admin});
my ($odd, %load) = (0);
for my $t (grep { $_->{active} && !$_->{closed} } @tickets) {
    my $why = $admin->api(GET => "/tickets/$t->{id}/assignment")->{json};
    my @free = grep { $_->{reason} =~ /^(?:chosen|higher_load|tie)$/ } @{ $why->{candidates} };
    my ($chosen) = grep { $_->{reason} eq 'chosen' } @free or next;
    $odd++ if grep { $_->{load} < $chosen->{load} } @free;
    $load{ $t->{team_id} }{ $chosen->{load} }++;
}
is($odd, 0, 'ASG-8: whoever got an open ticket had the fewest of those who were there');
ok(keys %{ $load{ $all{team}[0]{id} } } > 3, 'and the explanations say so');
my $emma = $desk->login('emma', $password{emma});
my ($me) = grep { $_->{login} eq 'emma' } @{ $all{user} };
my ($portal_team) = grep { $_->{privacy_visibility} eq 'portal' } @{ $all{team} };
my %mine = map { $_->{id} => 1 } grep {
    $_->{active} && $_->{team_id} == $portal_team->{id} && grep { $_ == $me->{partner_id} } @{ $_->{message_partner_ids} }
} @tickets;
my $r = $emma->api(GET => '/tickets?limit=200');
is_deeply([ sort map { $_->{id} } @{ $r->{json}{items} } ], [ sort keys %mine ], 'VIS-7: a customer sees the tickets she follows');
cmp_ok(scalar keys %mine, '>', 2, 'and she has some');
my ($foreign) = grep { !$mine{ $_->{id} } && $_->{team_id} == $portal_team->{id} } @tickets;
is($emma->api(GET => "/tickets/$foreign->{id}")->{status}, 404, "VIS-16: somebody else's is not there");
my $ruta = $desk->login('ruta', $password{ruta});
my ($private) = grep { $_->{privacy_visibility} eq 'invited_internal' } @{ $all{team} };
is($ruta->api(GET => "/teams/$private->{id}")->{status}, 404, 'VIS-1: an agent who was not invited does not see the private team');
my $lucia = $desk->login('lucia', $password{lucia});
is($lucia->api(GET => "/teams/$private->{id}")->{status}, 200, 'one who was does');

# ---- what it refuses ----

my (undef, $err, $status) = $desk->ctl([ demo => $file ], ok => 0);
is($status, 1, 'a store in use is refused');
like($err, qr/needs an empty store/, 'with a sentence');
(undef, $err, $status) = $desk->ctl([ demo => "$desk->{dir}/none.jsonl" ], ok => 0, store => "$desk->{dir}/b");
like($err, qr/none\.jsonl cannot be read/, 'a file that is not there');
for my $bad ([ '{"create":"team"', qr/line 1: this is not a JSON object/ ],
             [ '{"at":"-1d","create":"thing","record":{}}', qr/line 1: "create" must name/ ],
             [ '{"at":"yesterday","create":"company","record":{}}', qr/line 1: "create" must name/ ],
             [ '{"at":"+1d","create":"company","record":{"name":"X"}}', qr/line 1: this lies in the future/ ],
             [ '{"at":"-1d","create":"company","record":{"name":"X"},"then":[["soon",{}]]}', qr/line 1: a step of "then"/ ],
             [ qq({"at":"-1d","create":"company","record":{"name":"X"}}\n{"at":"-1d","create":"team","record":{"name":"T","company_id":"X"}}\n)
               . '{"at":"-1h","create":"ticket","record":{"name":"n","team_id":"T"},"then":[["+1m",{"create":"tag","record":{}}]]}',
               qr/line 3: the desk refuses this\..*"by" must name the author/s ],
             [ qq({"at":"-1d","create":"company","record":{"name":"X"}}\n{"at":"-1h","create":"team","record":{"name":"T","company_id":"Y"}}),
               qr/line 2: the desk refuses this\..*company_id/s ]) {
    my ($text, $like) = @$bad;
    write_file("$desk->{dir}/bad.jsonl", "$text\n");
    (undef, $err, $status) = $desk->ctl([ demo => "$desk->{dir}/bad.jsonl" ], ok => 0, store => "$desk->{dir}/bad");
    is($status, 1, "refused: $text");
    like($err, $like, 'and says where');
}
done_testing;
