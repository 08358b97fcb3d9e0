#!/usr/bin/perl

# Tickets from CSV: through the API in pieces, through the tool by the hundred thousand, and out again the same.

use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Encode ();
use Test::More;
use Helpdesk;

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);
my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $MANY = $ENV{HD_SANITIZED} ? 3000 : 100000;
my $desk = Helpdesk->new(workers => 2, sync => 'off')->seed->add_user(nora => 'none')->start;
my ($admin, $agent, $nora) = map { $desk->login($_) } qw(admin agent nora);

my @props = ({ label => 'Serial', type => 'text', default => 'unknown' }, { label => 'Price', type => 'monetary' },
             { label => 'Parts', type => 'tags', options => [qw(door wheel seat)] }, { label => 'Bought', type => 'date' },
             { label => 'Paid', type => 'checkbox' });
my $support = made('/teams', { name => 'Customer Support', ticket_properties => \@props });
my $hidden = made('/teams', { name => 'Hidden', privacy_visibility => 'invited_internal' });
my %stage;
for (@{ $admin->api(GET => '/stages?limit=200')->{json}{items} }) {
    $stage{ $_->{name} } = $_->{id} if grep { $_ == $support } @{ $_->{team_ids} };
}
my %tag = map { $_ => made('/tags', { name => $_ }) } qw(printer urgent);
my %type = map { $_ => made('/types', { name => $_ }) } qw(Question Issue);
my $carla = made('/contacts', { name => 'Carla', email => 'carla@example.com', phone => '5' });

# ---- relations by name, values by type ----

my $r = import_csv($agent, <<"END");
name,team_id,stage_id,user_id,priority,kanban_state,ticket_type_id,tag_ids,partner_id,description,color,properties.serial,properties.price,properties.parts,properties.paid,properties.bought
Printer on fire,customer support,In Progress,AGENT,3,blocked,issue,Printer;urgent,carla\@example.com,"two
lines, and a ""quote""",4,AX-17,19.99,seat;door,true,2026-02-28
,Customer Support,,,,,,,,,,,,,,
Plain,$support,$stage{New},,,,,,,,,,,,,

Third,Customer Support,No such stage,nobody,9,,,printer;blue,,,,,much,roof,1,never
"'=1+1","Customer Support",,,,,,,,,,"'+17 a","-5",,,
END
is($r->{status}, 200, 'the import is answered') or diag($r->{body});
is_deeply([ @{ $r->{json} }{qw(created updated unchanged)} ], [ 3, 0, 0 ], 'good lines are stored');
is_deeply([ map { "$_->{line} $_->{field} $_->{code}" } @{ $r->{json}{errors} } ],
          [ '4 name required', '7 stage_id not_of_team', '7 user_id not_found', '7 priority not_an_option', '7 tag_ids not_found' ],
          'bad ones are told by their line, field by field');
ok(!(grep { !$_->{message} } @{ $r->{json}{errors} }), 'each with a sentence');
my %by = map { $_->{name} => $_ } grep { $_->{team_id} == $support } $desk->dump_records('ticket');
my $fire = $by{'Printer on fire'};
is_deeply({ map { $_ => $fire->{$_} } qw(team_id stage_id user_id priority kanban_state ticket_type_id partner_id description color) },
          { team_id => $support, stage_id => $stage{'In Progress'}, user_id => $agent->{user}{id}, priority => '3', kanban_state => 'blocked',
            ticket_type_id => $type{Issue}, partner_id => $carla, description => "two\nlines, and a \"quote\"", color => 4 },
          'team, stage, type by name, assignee by login, customer by address');
is_deeply($fire->{tag_ids}, [ sort { $a <=> $b } values %tag ], 'tags by name');
is_deeply($fire->{properties}, { serial => 'AX-17', price => 19.99, parts => [qw(door seat)], paid => $true, bought => '2026-02-28' },
          'TKT-12: properties');
is($fire->{partner_phone}, '5', 'TKT-9: the customer fills the rest, as in a single command');
is_deeply($by{Plain}{properties}, { serial => 'unknown' }, 'TKT-12: an empty cell of a new ticket is the default');
is($by{'=1+1'}{properties}{serial}, '+17 a', 'T-08: the apostrophe of a spreadsheet goes');

$r = import_csv($agent, "name,team_id,properties.price,properties.parts,properties.bought,properties.zz\r\nx,$support,much,,,\r\nx,$support,,roof,,\r\n"
                      . "x,$support,,,never,\r\nx,$support,,,,5\r\n");
is_deeply([ map { "$_->{line} $_->{field} $_->{code}" } @{ $r->{json}{errors} } ],
          [ '2 properties.price wrong_type', '3 properties.parts[0] not_an_option', '4 properties.bought bad_date', '5 properties.zz unknown_field' ],
          'TKT-12: properties that do not fit');

# ---- changing by id ----

my $secret = $admin->api(POST => '/tickets', { name => 'secret', team_id => $hidden })->{json}{id};
$r = import_csv($agent, "id,name,user_id,tag_ids,priority,create_date,ticket_ref\n$fire->{id},Printer out,,urgent,,2000-01-01T00:00:00Z,HT\n"
                      . "$secret,mine,,,,,\n999999,x,,,,,\nseven,x,,,,,\n$by{Plain}{id},Plain,,,,,\n");
is_deeply([ @{ $r->{json} }{qw(created updated unchanged)} ], [ 0, 1, 1 ], 'a line with an id changes that ticket');
is_deeply([ map { "$_->{line} $_->{field} $_->{code}" } @{ $r->{json}{errors} } ],
          [ '3 id not_found', '4 id not_found', '5 id not_an_id' ], 'VIS-16: what the caller may not see is not there');
my $now = $agent->api(GET => "/tickets/$fire->{id}")->{json};
is_deeply([ @$now{qw(name user_id tag_ids priority create_date)} ], [ 'Printer out', undef, [ $tag{urgent} ], '3', $fire->{create_date} ],
          'empty cells empty their fields where that can be; columns of the desk itself are passed over');

# ---- what is refused as a whole ----

is_deeply(fields(import_csv($agent, "name,colour,closed_at\nx,1,2\n")), 'colour unknown_field, closed_at unknown_field', 'unknown columns are named');
is_deeply(fields(import_csv($agent, "name,name\nx,1\n")), 'name taken', 'a column twice');
is_deeply(fields(import_csv($agent, "properties,properties.serial\n,1\n")), 'properties not_allowed', 'properties all or one by one');
is_deeply(fields(import_csv($agent, "access_token\nx\n")), 'access_token unknown_field', 'T-03: a secret field does not exist');
is(import_csv($agent, '')->{status}, 400, 'an empty file');
my $latin = $agent->api(POST => '/tickets/import', undef, raw_body => "name,T\xEDtulo\nx,y\n", type => 'text/csv');
is("$latin->{status} $latin->{json}{title}", '400 The header line is not UTF-8.', 'T-23: a refusal names columns, so they are UTF-8');
is(import_csv($nora, "name\nx\n")->{status}, 403, 'ACC-2: who has no right imports nothing');
$r = import_csv($agent, "name\nlast good\n\"open\nlost\n");
is_deeply([ $r->{json}{created}, map { "$_->{line} $_->{code}" } @{ $r->{json}{errors} } ], [ 1, '3 bad_csv' ], 'a quote that does not end');
$r = import_csv($agent, "name,color\nx\ny,1,2\n");
is(join(' ', map { "$_->{line}:$_->{message}" } @{ $r->{json}{errors} }), join(' ', map { "$_:The line has not as many cells as the header." } 2, 3),
   'lines of another length');
my $before = tickets();
$r = import_csv($agent, "id,name\n,new\n$fire->{id},other\n,\n", '?dry_run=1');
is_deeply([ @{ $r->{json} }{qw(created updated)}, scalar @{ $r->{json}{errors} } ], [ 1, 1, 1 ], 'a dry run tells');
is_deeply(tickets(), $before, 'and writes nothing');
my $piece = "name\n" . join '', map { "keyed $_\n" } 1 .. 600;
my @two = map { import_csv($agent, $piece, '', 'Idempotency-Key' => 'piece') } 1, 2;
is_deeply([ map { $_->{json}{created} } @two ], [ 600, 600 ], 'T-14: a piece sent again is answered the same');
is(scalar(grep { $_->{name} =~ /^keyed/ } $desk->dump_records('ticket')), 600, 'and not done again');

# ---- the tool: 100,000 ----

my @nasty = ('=SUM(A1)', "'=x", "''-y", '+370 5', '-5', '@here', "tab\there", 'semi;colon', 'com,ma', 'qu"ote', ' lead', 'Ąžuolas, سلام', "a'b", '1.50', '{"a":1}');
my @columns = qw(name team_id stage_id user_id priority kanban_state ticket_type_id tag_ids partner_name partner_email partner_phone
                 description color email_cc properties.serial properties.price properties.parts properties.paid);
my (@rows, @bad);
my $file = $desk->dir . '/in.csv';
open my $fh, '>:encoding(UTF-8)', $file or die;
print $fh join(',', @columns), "\r\n";
my $line = 1;
for my $i (1 .. $MANY) {
    my $n = $nasty[ $i % @nasty ];
    my %row = (name => "$n $i", team_id => 'Customer Support', stage_id => (qw(New Solved))[ $i % 2 ], user_id => $i % 3 ? 'agent' : 'admin',
               priority => $i % 4, kanban_state => (qw(normal done blocked))[ $i % 3 ], ticket_type_id => $i % 5 ? '' : 'Question',
               tag_ids => $i % 7 ? 'urgent' : 'printer;urgent', partner_name => $n =~ s/\s+/ /gr, partner_email => "p$i\@example.com",
               partner_phone => $i % 2 ? '' : "+370 $i", description => $i % 10 ? $n : "first $n\nsecond\n=third", color => $i % 12,
               email_cc => '', 'properties.serial' => "$n", 'properties.price' => $i / 4, 'properties.parts' => $i % 2 ? 'door;seat' : '',
               'properties.paid' => $i % 2 ? 'true' : 'false');
    if ($i % 5000 == 77) {
        $row{stage_id} = 'Nowhere';
        push @bad, [ $line + 1, 'stage_id', 'not_of_team' ];
    } elsif ($i % 5000 == 99) {
        $row{priority} = 'high';
        push @bad, [ $line + 1, 'priority', 'not_an_option' ];
    } else {
        push @rows, \%row;
    }
    my $text = join(',', map { cell($row{$_}) } @columns) . "\r\n";
    $line += $text =~ tr/\n//;
    print $fh $text;
}
close $fh;
my ($out, $err, $status) = $desk->ctl([ 'import', $file ], ok => 0);
is($status, 1, 'the tool says by its status that there were bad lines');
is_deeply([ map { [ (split /,/)[ 0, 1, 2 ] ] } grep { /^\d/ } split /\r\n/, $out ], \@bad, 'and tells them, line by line');
my ($good, $wrong) = (scalar @rows, scalar @bad);
like($err, qr/^$good tickets created, 0 changed, 0 unchanged, $wrong bad lines\.$/m, "$good tickets are there");
($out, $err, $status) = $desk->ctl([ 'import', $file, '--dry-run', '--user', 'nobody' ], ok => 0);
is($status, 1, 'an unknown user imports nothing');

# What was stored is what was written, by this test's own reading of the rules; of 100,000 every 20th, that is slow.
my %lines = map { /"partner_email":"(p\d+)\@/ ? ($1 => $_) : () } grep { /^\{"type":"ticket"/ } split /\n/, scalar $desk->ctl(['dump']);
is(scalar keys %lines, $good, 'every good line is one ticket');
my $step = $MANY > 5000 ? 20 : 1;
my %stored = map { my $t = JSON::PP::decode_json($lines{$_})->{record}; ($t->{partner_email} => $t) } grep { substr($_, 1) % $step == 1 % $step } keys %lines;
my %uid = map { $_->{login} => $_->{id} } $desk->dump_records('user');
my @differ;
for my $row (@rows) {
    my $t = $stored{ $row->{partner_email} } or next;
    my $want = Helpdesk::json_text([ clean($row->{name}), $support, $stage{ $row->{stage_id} }, $uid{ $row->{user_id} }, "$row->{priority}", $row->{kanban_state},
        $row->{ticket_type_id} ? $type{Question} : undef, [ sort { $a <=> $b } map { $tag{$_} } split /;/, $row->{tag_ids} ], clean($row->{partner_name}),
        $row->{partner_phone}, $row->{description} =~ s/^ +| +$//gr, 0 + $row->{color}, clean($row->{'properties.serial'}) ]);
    my $is = Helpdesk::json_text([ @$t{qw(name team_id stage_id user_id priority kanban_state ticket_type_id tag_ids partner_name partner_phone description color)},
                                   $t->{properties}{serial} ]);
    push @differ, [ $is, $want ] if $is ne $want && @differ < 3;
}
ok(scalar(grep { $stored{ $_->{partner_email} } } @rows) > 2000, 'enough of them are looked at') if $MANY > 5000;
is_deeply(\@differ, [], 'every value is what the file says') or diag(map { "$_->[0]\n$_->[1]\n" } @differ);

# ---- out and in again ----

$admin->{timeout} = 60;
my $csv = $admin->api(GET => '/tickets?format=csv&active=any');
like($csv->{headers}{'content-type'}, qr{^text/csv}, 'everything goes out as CSV') or diag($csv->{body});
my $exported = $desk->dir . '/out.csv';
Helpdesk::write_file($exported, $csv->{body});
my $all = tickets();
($out, $err, $status) = $desk->ctl([ 'import', $exported ], ok => 0);
is($status, 0, 'an export is imported without a bad line') or diag(substr $out, 0, 500);
my $n = @$all;
like($err, qr/^0 tickets created, 0 changed, $n unchanged/m, 'nothing differs: the writable values came back equal');
is_deeply(tickets(), $all, 'the store is as it was');
my ($first) = grep { $_->{partner_email} eq 'p1@example.com' } values %stored;
$admin->api(PATCH => "/tickets/$first->{id}", { name => 'Changed', priority => '0', color => 9, tag_ids => [], properties => { serial => undef, price => 1 } });
$desk->ctl([ 'import', $exported ]);
my $back = $admin->api(GET => "/tickets/$first->{id}")->{json};
is_deeply([ @$back{qw(name priority color tag_ids properties)} ], [ @$first{qw(name priority color tag_ids properties)} ],
          'what was changed meanwhile is as it was exported');
($out, $err, $status) = $desk->ctl(['fsck'], ok => 0);
is($status, 0, 'the store is sound') or diag("$out$err");
done_testing;

sub made { return $admin->made(@_) }

sub import_csv {
    my ($c, $text, $query, %headers) = @_;
    return $c->api(POST => '/tickets/import' . ($query // ''), undef, raw_body => Encode::encode_utf8($text), type => 'text/csv', headers => \%headers);
}

sub tickets { return [ grep { /^\{"type":"ticket"/ } split /\n/, scalar $desk->ctl(['dump']) ] }

sub fields { return join ', ', map { "$_->{field} $_->{code}" } @{ $_[0]{json}{fields} } }

sub cell {
    my ($s) = @_;
    $s = "'$s" if $s =~ /^'*[=+\-@\t]/m && $s !~ /^'*[-+]?\d+(?:\.\d+)?$/;
    return $s =~ /[",;\t\r\n]|^ | $/ ? '"' . ($s =~ s/"/""/gr) . '"' : $s;
}

# As a text is stored: trimmed, control characters dropped, a TAB is a space.
sub clean {
    my ($s) = @_;
    $s =~ tr/\t/ /;
    $s =~ s/^\s+|\s+$//g;
    return $s;
}
