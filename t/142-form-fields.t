#!/usr/bin/perl

# The fields of a team's form: what a definition may hold, what a visitor meets, what is stored (CHN-13, CHN-14, CHN-16).

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Helpdesk;

my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $desk = Helpdesk->new(workers => 2, sync => 'off', server => 'set_real_ip_from 127.0.0.1; real_ip_header X-Real-IP;')->seed->add_user(pia => 'portal', '--email', 'pia@example.com')->start;
my $admin = $desk->login('admin');
my %publish = (use_website_helpdesk_form => $true, website_published => $true);
my ($bug) = map { $admin->api(POST => '/types', { name => $_ })->{json}{id} } 'Bug';
my ($question) = map { $admin->api(POST => '/types', { name => $_, sequence => -5 })->{json}{id} } 'Question';
my $gone = $admin->api(POST => '/types', { name => 'Gone', active => $false })->{json}{id};
my ($vip, $print) = map { $admin->api(POST => '/tags', { name => $_ })->{json}{id} } 'VIP', 'Printers';
my @props = (
    { name => 'colour', type => 'selection', label => 'Colour', options => [ { value => 'red', label => 'Red' }, { value => 'blue', label => 'Blue' } ] },
    { name => 'serial', type => 'text', label => 'Serial number' }, { name => 'count', type => 'integer', label => 'How many' },
    { name => 'price', type => 'decimal', label => 'Price' }, { name => 'bought', type => 'date', label => 'Bought on' },
    { name => 'visit', type => 'datetime', label => 'Visit at' },
    { name => 'used', type => 'checkbox', label => 'In use' }, { name => 'notes', type => 'multiline', label => 'Notes' },
);
my $vilnius = $admin->api(POST => '/calendars', { name => 'Office', tz => 'Europe/Vilnius' })->{json}{id};
my $r = $admin->api(PATCH => '/teams/1', { %publish, resource_calendar_id => $vilnius, ticket_properties => \@props });
is($r->{status}, 200, 'a team with properties') or diag($r->{body});

# ---- definitions: what is refused, and where ----

my $text = { field => 'text', label => 'Serial' };
my @bad = (
    [ 'no list', { field => 'name' }, 'form_fields', 'wrong_type' ],
    [ 'a number', [ 7 ], 'form_fields[0]', 'wrong_type' ],
    [ 'a list', [ [] ], 'form_fields[0]', 'wrong_type' ],
    [ 'no field', [ {} ], 'form_fields[0].field', 'required' ],
    [ 'a field that is a number', [ { field => 7 } ], 'form_fields[0].field', 'wrong_type' ],
    [ 'a field that is none', [ { field => 'zz' } ], 'form_fields[0].field', 'not_an_option' ],
    (map { [ "T-10: the field $_", [ { field => $_ } ], 'form_fields[0].field', 'not_an_option' ] }
        qw(user_id team_id stage_id partner_id active access_token id create_uid closed properties)),
    [ 'a property the team does not have', [ { field => 'properties.zz' } ], 'form_fields[0].field', 'not_found' ],
    [ 'a field twice', [ { field => 'name' }, { field => 'name' } ], 'form_fields[1].field', 'taken' ],
    [ 'a name twice', [ { %$text, name => 'a' }, { %$text, name => 'a' } ], 'form_fields[1].field', 'taken' ],
    [ 'an unknown member', [ { field => 'name', colour => 1 } ], 'form_fields[0].colour', 'unknown_field' ],
    [ 'an input that is none', [ { field => 'name', input => 'zz' } ], 'form_fields[0].input', 'not_an_option' ],
    [ 'an input that does not fit', [ { field => 'name', input => 'checkbox' } ], 'form_fields[0].input', 'not_allowed' ],
    [ 'an input that is a number', [ { field => 'name', input => 1 } ], 'form_fields[0].input', 'wrong_type' ],
    [ 'a property with an input that does not fit', [ { field => 'properties.bought', input => 'text' } ], 'form_fields[0].input', 'not_allowed' ],
    [ 'an own question without label', [ { field => 'text' } ], 'form_fields[0].label', 'required' ],
    [ 'an empty label', [ { field => 'text', label => ' ' } ], 'form_fields[0].label', 'required' ],
    [ 'a label that is a number', [ { field => 'text', label => 1 } ], 'form_fields[0].label', 'wrong_type' ],
    [ 'a label of no language', [ { field => 'text', label => {} } ], 'form_fields[0].label', 'required' ],
    [ 'a label of another language', [ { field => 'text', label => { xx => 'a' } } ], 'form_fields[0].label', 'not_an_option' ],
    [ 'a long label', [ { field => 'text', label => 'x' x 201 } ], 'form_fields[0].label', 'too_long' ],
    [ 'long help', [ { %$text, help => 'x' x 1001 } ], 'form_fields[0].help', 'too_long' ],
    [ 'a placeholder that is a list', [ { %$text, placeholder => [] } ], 'form_fields[0].placeholder', 'wrong_type' ],
    [ 'a label position that is none', [ { %$text, label_position => 'left' } ], 'form_fields[0].label_position', 'not_an_option' ],
    [ 'a name with other letters', [ { %$text, name => 'A b' } ], 'form_fields[0].name', 'not_allowed' ],
    [ 'a name of what has one', [ { field => 'name', name => 'x' } ], 'form_fields[0].name', 'not_allowed' ],
    [ 'required that is a text', [ { %$text, required => 'yes' } ], 'form_fields[0].required', 'wrong_type' ],
    [ 'CHN-13: the title not required', [ { field => 'name', required => $false } ], 'form_fields[0].required', 'not_allowed' ],
    [ 'CHN-13: a hidden address', [ { field => 'partner_email', visibility => 'hidden' } ], 'form_fields[0].visibility', 'not_allowed' ],
    [ 'CHN-13: a title with a condition', [ $text, { field => 'name', visibility => 'conditional', condition => { field => 'text.1', op => 'set' } } ],
      'form_fields[1].visibility', 'not_allowed' ],
    [ 'a hidden title without default', [ { field => 'name', visibility => 'hidden' } ], 'form_fields[0].default', 'required' ],
    [ 'a choice without options', [ { %$text, input => 'select' } ], 'form_fields[0].options', 'required' ],
    [ 'tags without options', [ { field => 'tag_ids' } ], 'form_fields[0].options', 'required' ],
    [ 'options of a text', [ { %$text, options => ['a'] } ], 'form_fields[0].options', 'not_allowed' ],
    [ 'options that are a text', [ { %$text, input => 'radio', options => 'a' } ], 'form_fields[0].options', 'wrong_type' ],
    [ 'an empty option', [ { %$text, input => 'radio', options => [ 'a', '' ] } ], 'form_fields[0].options[1]', 'required' ],
    [ 'an option twice', [ { %$text, input => 'radio', options => [ 'a', 'a' ] } ], 'form_fields[0].options[1]', 'taken' ],
    [ 'too many options', [ { %$text, input => 'radio', options => [ 1 .. 201 ] } ], 'form_fields[0].options', 'too_many' ],
    [ 'a type that is not there', [ { field => 'ticket_type_id', options => [ 999 ] } ], 'form_fields[0].options[0]', 'not_an_option' ],
    [ 'an archived type', [ { field => 'ticket_type_id', options => [ $bug, $gone ] } ], 'form_fields[0].options[1]', 'not_an_option' ],
    [ 'a priority that is none', [ { field => 'priority', options => [ '4' ] } ], 'form_fields[0].options[0]', 'not_an_option' ],
    [ 'an option the property does not have', [ { field => 'properties.colour', options => ['green'] } ], 'form_fields[0].options[0]', 'not_an_option' ],
    [ 'a default that is no option', [ { field => 'priority', default => '7' } ], 'form_fields[0].default', 'not_an_option' ],
    [ 'a default that is no number', [ { field => 'properties.count', default => 'x' } ], 'form_fields[0].default', 'bad_number' ],
    [ 'a default that is no date', [ { field => 'properties.bought', default => '2026-02-30' } ], 'form_fields[0].default', 'bad_date' ],
    [ 'a default that is no day and time', [ { field => 'properties.visit', default => '2026-11-30' } ], 'form_fields[0].default', 'bad_datetime' ],
    [ 'a property of days and times with another input', [ { field => 'properties.visit', input => 'date' } ], 'form_fields[0].input', 'not_allowed' ],
    [ 'a default that is an object', [ { %$text, default => {} } ], 'form_fields[0].default', 'wrong_type' ],
    [ 'a long default', [ { %$text, default => 'x' x 1001 } ], 'form_fields[0].default', 'too_long' ],
    [ 'a visibility that is none', [ { %$text, visibility => 'never' } ], 'form_fields[0].visibility', 'not_an_option' ],
    [ 'no condition', [ { %$text, visibility => 'conditional' } ], 'form_fields[0].condition', 'required' ],
    [ 'a condition that is a text', [ { %$text, visibility => 'conditional', condition => 'x' } ], 'form_fields[0].condition', 'wrong_type' ],
    (map { my ($what, $c, $field, $code) = @$_; [ $what, [ $text, { %$text, visibility => 'conditional', condition => $c } ], "form_fields[1].condition$field", $code ] }
        [ 'a condition about nothing', { op => '=', value => 'a' }, '.field', 'required' ],
        [ 'a condition about what is not there', { field => 'zz', op => '=', value => 'a' }, '.field', 'not_found' ],
        [ 'a condition about itself', { field => 'text.2', op => '=', value => 'a' }, '.field', 'not_found' ],
        [ 'a condition without op', { field => 'name', value => 'a' }, '.op', 'required' ],
        [ 'a condition with another op', { field => 'name', op => '~', value => 'a' }, '.op', 'not_an_option' ],
        [ 'a condition without value', { field => 'name', op => '=' }, '.value', 'required' ],
        [ 'a condition with an empty value', { field => 'name', op => '=', value => '' }, '.value', 'required' ],
        [ 'a condition with a list', { field => 'name', op => '=', value => [] }, '.value', 'wrong_type' ]),
    [ 'a condition about a field further down', [ { %$text, visibility => 'conditional', condition => { field => 'text.2', op => 'set' } }, $text ],
      'form_fields[0].condition.field', 'not_found' ],
    [ 'too many fields', [ map { $text } 1 .. 61 ], 'form_fields', 'too_many' ],
);
for my $case (@bad) {
    my ($name, $fields, $field, $code) = @$case;
    $r = $admin->api(PATCH => '/teams/1', { form_fields => $fields });
    my @got = grep { $_->{field} eq $field && $_->{code} eq $code } @{ $r->{json}{fields} // [] };
    ok($r->{status} == 422 && @got, "CHN-14: $name: $field $code") or diag("$r->{status} $r->{body}");
}
is($admin->api(GET => '/teams/1')->{json}{form_fields}, undef, 'nothing of that was stored');

# ---- a form of every kind of field ----

my @form = (
    { field => 'ticket_type_id', required => $true, placeholder => { en => 'Which kind?', lt => 'Kokios rūšies?' } },
    { field => 'priority', input => 'radio', options => [ '0', { value => '3', label => { en => 'It is on fire', fa => 'فوری است' } } ], default => '0' },
    { field => 'name', label => { en => 'In one line', lt => 'Viena eilute' }, label_position => 'beside' },
    { field => 'description', help => 'Say it all.', placeholder => 'Once upon a time' },
    { field => 'tag_ids', options => [ $print ], label => 'Topics' },
    { field => 'properties.colour' }, { field => 'properties.serial', required => $true, label_position => 'hidden' },
    { field => 'properties.count' }, { field => 'properties.price' }, { field => 'properties.bought' }, { field => 'properties.visit', help => 'We come to you.' }, { field => 'properties.used' },
    { field => 'properties.notes', input => 'hidden', default => 'from the form' },
    { field => 'text', name => 'site', input => 'url', label => { en => 'Your page', sv => 'Din sida' } },
    { field => 'text', name => 'days', input => 'checkbox', label => 'Which days?', options => [ 'Mon', 'Tue', { value => 'wed', label => 'Wednesday' } ] },
    { field => 'text', name => 'call', input => 'datetime', label => 'Call me at' },
    { field => 'text', name => 'agree', input => 'checkbox', label => 'I agree', required => $true },
    { field => 'text', name => 'src', input => 'hidden', label => 'Source', default => 'web' },
    { field => 'text', name => 'why', input => 'textarea', label => 'Why on fire?', required => $true, visibility => 'conditional',
      condition => { field => 'priority', op => '=', value => '3' } },
);
$r = $admin->api(PATCH => '/teams/1', { form_fields => \@form });
is($r->{status}, 200, 'CHN-14: a form of all kinds is taken') or diag($r->{body});
is_deeply($admin->api(GET => '/teams/1')->{json}{form_fields}, \@form, 'and kept as it was given');

my $page = get('/support/helpdesk');
is($page->{status}, 200, 'the page opens') or diag($page->{body});
my @order = $page->{body} =~ / name="([\w.]+)"/g;
my %seen;
@order = grep { !$seen{$_}++ && !/^(?:viewport|token|homepage)$/ } @order;
is("@order", 'partner_name partner_email ticket_type_id priority name description tag_ids properties.colour properties.serial properties.count '
    . 'properties.price properties.bought properties.visit properties.used text.site text.days text.call text.agree text.why', 'CHN-14: fields in the order of the team; name and address first');
like($page->{body}, qr{<select id="ticket_type_id"[^>]* required>\n<option value="">Which kind\?</option>\n<option value="$question">Question</option>\n<option value="$bug">Bug</option>\n</select>},
     'CHN-14: types in their order, without the archived one');
like($page->{body}, qr{<input type="radio" id="priority-2" name="priority" value="3"> <span dir="auto">It is on fire<}, 'CHN-14: the label of an option');
like($page->{body}, qr{<input type="radio" id="priority" name="priority" checked value="0"> <span dir="auto">Not urgent<}, 'with the default chosen, and our own words where the team gave none');
unlike($page->{body}, qr/VIP/, 'TEAM-4: tags that are not offered are not named');
like($page->{body}, qr{<div class="field beside">\n<label for="name">In one line</label>}, 'CHN-14: a label beside');
like($page->{body}, qr{<label for="properties.serial" class="away">Serial number</label>}, 'CHN-14: a label for screen readers only');
like($page->{body}, qr{<p class="hint" id="description-hint" dir="auto">Say it all.</p>}, 'CHN-14: help');
like($page->{body}, qr{<textarea id="description"[^>]* placeholder="Once upon a time" aria-describedby="description-hint">}, 'CHN-14: a placeholder, and the help is tied to the field');
like($page->{body}, qr{id="properties.visit-hint" dir="auto">We come to you\. Time zone: \xE2\x81\xA8Europe/Vilnius\xE2\x81\xA9\.<}, 'CHN-14: whose clock a time is of');
like($page->{body}, qr{<input id="properties.visit" name="properties.visit" type="datetime-local" aria-describedby="properties.visit-hint" value="">}, 'CHN-14: a day with a time');
unlike($page->{body}, qr/from the form|text\.src|"web"/, 'CHN-14: hidden fields are not on the page');
like($page->{body}, qr{data-when="priority" data-op="=" data-value="3" data-required>}, 'CHN-14: the condition is there for the script');
like($page->{body}, qr{id="text.why-when" dir="auto">Only if “\xE2\x81\xA8How urgent is it\?\xE2\x81\xA9” is “\xE2\x81\xA8It is on fire\xE2\x81\xA9”\.<}, 'and for people without');
unlike($page->{body} =~ s/.*(<textarea id="text.why"[^>]*>).*/$1/sr, qr/ required/, 'and is not required by the browser');
like($page->{body}, qr{<script src="/public/form.js" type="module"></script>}, 'one script of this site, none inline');
is(() = $page->{body} =~ /<script/g, 1, 'and no other');
like(get('/support/helpdesk?lang=lt')->{body}, qr/<label for="name">Viena eilute</, 'CHN-14: a label in the language of the visitor');
like(get('/support/helpdesk?lang=sv')->{body}, qr/<label for="name">In one line</, 'or in English');
like(get('/support/helpdesk?lang=sv')->{body}, qr/<label for="text.site">Din sida/, 'or the one there is');

# ---- what is stored ----

my %fill = (partner_name => 'Vera', partner_email => 'vera@example.com', ticket_type_id => $bug, name => 'It broke', description => "One\n  two",
    'properties.serial' => 'A-1', 'text.agree' => 'true');
my %all = (%fill, priority => 3, tag_ids => $print, 'properties.colour' => 'red', 'properties.count' => '3', 'properties.price' => '12,50',
    'properties.bought' => '2026-11-01', 'properties.visit' => '2026-07-01T14:30', 'text.call' => '2026-12-01 09:05', 'properties.used' => 'true', 'properties.notes' => 'tampered', 'text.site' => 'https://a.example/?q=1',
    'text.days' => [ 'Mon', 'wed' ], 'text.src' => 'tampered', 'text.why' => "Fire\nand smoke", user_id => 1, stage_id => 2);
my $t = stored(\%all, 'all fields');
is_deeply([ @$t{qw(name ticket_type_id priority tag_ids partner_name)} ], [ 'It broke', $bug, '3', [$print], 'Vera' ], 'CHN-14: each in its field');
is_deeply($t->{properties}, { colour => 'red', serial => 'A-1', count => 3, price => 12.5, bought => '2026-11-01', visit => '2026-07-01T11:30:00.000Z', used => $true, notes => 'from the form' },
          'CHN-14: properties with their types; the hidden one as the team says') or diag(json_text($t->{properties}));
is($t->{description}, "One\n  two\n\nOther Information:\nYour page: https://a.example/?q=1\nWhich days?: Mon, Wednesday\nCall me at: 2026-12-01 09:05 (Europe/Vilnius)\nI agree: yes\nSource: web\nWhy on fire?:\nFire\nand smoke",
   'CHN-14: own questions below "Other Information", with the lines as they were typed');
is_deeply([ @$t{qw(user_id stage_id)} ], [ undef, 1 ], 'T-10: other fields are not looked at');
$t = stored({ %fill }, 'what is required');
is_deeply([ @$t{qw(priority tag_ids description)} ], [ '0', [], "One\n  two\n\nOther Information:\nI agree: yes\nSource: web" ], 'an answer that was not given is not stored');
is_deeply($t->{properties}, { serial => 'A-1', used => $false, notes => 'from the form' }, 'nor a property; a box that is not ticked is no');
$t = stored({ %fill, 'text.why' => 'secret', priority => 0 }, 'a condition that does not hold');
unlike($t->{description}, qr/secret|Why/, 'CHN-14: what was typed into a field that does not matter is not stored');

# ---- what is asked again ----

my @again = (
    [ ticket_type_id => '', 'Please choose an answer' ], [ ticket_type_id => $gone, 'cannot be accepted' ], [ ticket_type_id => 'x', 'cannot be accepted' ],
    [ priority => '1', 'cannot be accepted' ], [ tag_ids => $vip, 'cannot be accepted' ], [ 'properties.serial' => '', 'fill in' ],
    [ 'properties.serial' => 'x' x 1001, '1000 characters' ], [ 'properties.colour' => 'green', 'cannot be accepted' ],
    [ 'properties.count' => '1.5', 'a number' ], [ 'properties.count' => 'many', 'a number' ], [ 'properties.price' => '1e9', 'a number' ],
    [ 'properties.bought' => '30.11.2026', 'a date' ], [ 'properties.bought' => '2026-13-01', 'a date' ],
    (map { [ 'properties.visit' => $_, 'a day and a time' ] } '2026-11-30', 'tomorrow at noon', '2026-11-31T10:00', '2026-11-30T24:30'),
    [ 'text.site' => 'javascript:alert(1)', 'https://' ], [ 'text.site' => 'https://a b', 'https://' ],
    [ 'text.days' => 'Sun', 'cannot be accepted' ], [ 'text.agree' => '', 'tick this box' ],
);
my $before = $desk->dump_records('ticket');
for my $case (@again) {
    my ($field, $value, $sentence) = @$case;
    my %typed = (%fill, $field => $value);
    $r = send_form(\%typed);
    my $name = "$field=" . substr($value, 0, 20);
    is($r->{status}, 422, "CHN-14: $name is asked again") or diag($r->{body});
    like($r->{body}, qr/<a href="#\Q$field\E">[^<]+\Q$sentence\E/, "$name: with a sentence and a link");
    like($r->{body}, qr/<p class="error" id="\Q$field\E-error">/, "$name: and beside the field");
    like($r->{body}, qr/aria-describedby="\Q$field\E-error/, "$name: which is tied to it");
    is(() = $r->{body} =~ /class="error"/g, 1, "$name: one error");
    like($r->{body}, qr/value="It broke"/, "$name: what was typed is kept");
    like($r->{body}, qr/<option value="$bug" selected>/, "$name: and what was chosen") if $field ne 'ticket_type_id';
}
$r = send_form({ %fill, priority => 3 });
like($r->{body}, qr/<p class="error" id="text.why-error">/, 'CHN-14: a required field whose condition holds is asked for');
is(scalar $desk->dump_records('ticket'), $before, 'no ticket came of all that');

# ---- conditions ----

my @when = ([ '=', 'a', 'a' => 1, 'b' => 0, 'A' => 0, '' => 0 ], [ '!=', 'a', 'a' => 0, 'b' => 1, '' => 1 ], [ 'contains', "B\x{dc}RO", 'im buro!' => 1, 'im bu ro' => 0, '' => 0 ],
    [ 'set', undef, 'x' => 1, ' ' => 0, '' => 0 ], [ 'not_set', undef, 'x' => 0, '' => 1 ], [ '>', '10', '9' => 0, '10' => 0, '10.5' => 1, '100' => 1, '' => 0 ],
    [ '<', '10', '9' => 1, '-3' => 1, '10' => 0, '11' => 0, '' => 0 ], [ '>', '2026-01-01', '2026-02-01' => 1, '2025-12-31' => 0 ]);
for my $case (@when) {
    my ($op, $value, %typed) = @$case;
    $r = $admin->api(PATCH => '/teams/1', { form_fields => [ { field => 'text', name => 'a', label => 'A' },
        { field => 'text', name => 'b', label => 'B', required => $true, visibility => 'conditional',
          condition => { field => 'text.a', op => $op, defined $value ? (value => $value) : () } },
        { field => 'text', name => 'c', label => 'C', required => $true, visibility => 'conditional', condition => { field => 'text.b', op => 'set' } } ] });
    is($r->{status}, 200, "a condition with $op") or diag($r->{body});
    for my $v (sort keys %typed) {
        my %typed_b = (partner_name => 'V', partner_email => 'v@example.com', name => 'x', 'text.a' => $v, 'text.c' => 'c');
        $r = send_form(\%typed_b);
        is($r->{status}, $typed{$v} ? 422 : 201, "CHN-14: \"$v\" $op " . ($value // '') . ($typed{$v} ? ': asked' : ': not asked'));
        $r = send_form({ %typed_b, 'text.b' => 'bb' });
        is($r->{status}, 201, 'filled in it is taken');
        my ($last) = sort { $b->{id} <=> $a->{id} } $desk->dump_records('ticket');
        is($last->{description} =~ /^B: bb$/m ? 1 : 0, $typed{$v}, 'and stored only if its condition holds');
        is($last->{description} =~ /^C: c$/m ? 1 : 0, $typed{$v}, 'and so is what depends on it');
    }
}

# ---- what goes away ----

$admin->api(PATCH => '/teams/1', { form_fields => [ { field => 'properties.colour', required => $true }, { field => 'ticket_type_id', required => $true, options => [ $bug, $question ], default => $bug } ] });
is($admin->api(PATCH => '/teams/1', { ticket_properties => [ $props[1] ] })->{status}, 200, 'a property of the form is taken from the team');
is($admin->api(PATCH => "/types/$bug", { active => $false })->{status}, 200, 'a type of the form is archived');
$page = get('/support/helpdesk');
unlike($page->{body}, qr/properties\.colour|>Bug</, 'CHN-14: neither is asked for any more');
is(send_form({ partner_name => 'V', partner_email => 'v@example.com', name => 'x', ticket_type_id => $question })->{status}, 201, 'and the form works without them');
is($admin->api(PATCH => '/teams/1', { form_fields => undef })->{status}, 200, 'null');
like(get('/support/helpdesk')->{body}, qr/id="partner_phone"/, 'CHN-13: brings the usual fields back');

# ---- CHN-16: who is signed in ----

$admin->api(PATCH => '/teams/1', { form_fields => [ { field => 'description' } ], privacy_visibility => 'portal' });
my $pia = $desk->login('pia');
$page = get('/support/helpdesk', $pia);
is($page->{status}, 200, 'CHN-16: a customer who is signed in opens the form') or diag($page->{body});
unlike($page->{body}, qr/name="partner_(?:name|email)"/, 'CHN-13: and is asked neither for a name nor for an address');
like($page->{body}, qr/signed in as/, 'but told who he is');
like($page->{headers}{vary}, qr/Cookie/, 'caches are told');
my ($token) = $page->{body} =~ /name="token" value="([\w-]+)"/;
sleep 2;
is(post($desk->client, token => $token, name => 'Stolen')->{status}, 422, 'T-11: his form is no good without his session');
$r = post($pia, token => $token, name => 'Mine', partner_name => 'Somebody else', partner_email => 'other@example.com');
is($r->{status}, 201, 'CHN-16: he sends it') or diag($r->{body});
my ($mine) = grep { $_->{name} eq 'Mine' } $desk->dump_records('ticket');
is_deeply([ @$mine{qw(partner_id create_uid partner_name)} ], [ $pia->{user}{partner_id}, $pia->{user}{id}, $pia->{user}{name} ], 'CHN-16: and is its customer, whatever else was sent') or diag(json_text($mine));
is($pia->api(GET => "/tickets/$mine->{id}")->{status}, 200, 'VIS-13: and follows it');
unlike($r->{body}, qr{href="[^"]*(?:token|tickets)|$mine->{access_token}} , 'the page that thanks opens nothing') if $mine->{access_token};
$r = $pia->request(POST => '/support/helpdesk', pairs(token => fresh(), partner_name => 'V', partner_email => 'v@example.com', name => 'Nobody'), type => 'application/x-www-form-urlencoded',
                   headers => { Origin => 'https://evil.example' });
is($r->{status}, 201, 'T-11: a form of nobody is sent by nobody, whatever cookies came along');
my ($nobody) = grep { $_->{name} eq 'Nobody' } $desk->dump_records('ticket');
is_deeply([ @$nobody{qw(partner_id create_uid)} ], [ undef, undef ], 'T-11: nobody made it');
done_testing;

sub get { my ($path, $c) = @_; return ($c // $desk->client)->request(GET => $path) }
sub token_of { return $_[0]{body} =~ /name="token" value="([\w-]+)"/ ? $1 : '' }
sub fresh { return token_of(post($desk->client)) }

sub pairs {
    my (@p) = @_;
    my @out;
    while (my ($k, $v) = splice @p, 0, 2) {
        push @out, map { my $x = "$_"; utf8::encode($x) if utf8::is_utf8($x); "$k=" . ($x =~ s/([^A-Za-z0-9_.-])/sprintf '%%%02X', ord $1/ger) } ref $v ? @$v : $v;
    }
    return join '&', @out;
}

# Each from an address of its own: an address may send thirty.
sub post {
    my ($c, @pairs) = @_;
    my $ip = join '.', 10, map { int rand 250 } 1 .. 3;
    return $c->request(POST => '/support/helpdesk', pairs(@pairs), type => 'application/x-www-form-urlencoded', headers => { 'X-Real-IP' => $ip });
}
sub send_form { my ($typed) = @_; return post($desk->client, token => fresh(), %$typed) }

sub stored {
    my ($typed, $name) = @_;
    my $x = send_form($typed);
    is($x->{status}, 201, "$name: taken") or diag($x->{body} =~ /<p class="error".*/g);
    my ($last) = sort { $b->{id} <=> $a->{id} } $desk->dump_records('ticket');
    return $last;
}
