# The operations of the API as t/110-routes.t knows them: who may, and a body that would be accepted.

package Routes;

use strict;
use warnings;
use JSON::PP ();
use Exporter 'import';
our @EXPORT = qw(%NEED %BODY $CANARY);

# OpenAPI must say the same (x-need), so a route whose right was changed by mistake fails.
our %NEED = (
    ticket_get => 'login', ticket_patch => 'staff', ticket_delete => 'admin', ticket_list => 'login',
    ticket_create => 'staff', ticket_count => 'login', ticket_groups => 'login', ticket_follow => 'staff', ticket_unfollow => 'staff',
    ticket_bulk => 'staff', ticket_import => 'staff', ticket_duplicate => 'staff',
    board_get => 'staff', dashboard_get => 'staff', assignment_get => 'staff',
    ticket_history => 'login', audit_list => 'admin',
    ticket_followers => 'login', ticket_follower_add => 'staff', ticket_follower_patch => 'login',
    team_followers => 'login', team_follower_add => 'staff', team_follower_patch => 'login', team_follower_remove => 'login',
    activity_type_list => 'login', (map { ("activity_type_$_" => 'admin') } qw(create patch delete)), activity_type_get => 'login',
    activity_list => 'login', activity_count => 'login', activity_get => 'login',
    (map { ("activity_$_" => 'staff') } qw(create patch cancel done)),
    notification_list => 'login', notification_count => 'login', notification_patch => 'login', notification_read => 'login',
    ticket_attachments => 'login', ticket_attachment_create => 'login',
    attachment_create => 'login', attachment_get => 'login', attachment_content => 'login', attachment_delete => 'login',
    ticket_link => 'staff', ticket_presence => 'login', ticket_close => 'login',
    (map { ("my_ticket_$_" => 'login') } qw(list count get)),
    (map { ("linked_$_" => 'public') } qw(get messages message_post close attachments attachment_create attachment_content)),
    map({ ("${_}_messages" => 'login', "${_}_thread" => 'login', "${_}_mentionable" => 'staff', "${_}_message_post" => 'login', "${_}_draft_get" => 'login', "${_}_draft_put" => 'login',
           "${_}_draft_delete" => 'login') } qw(ticket team)),
    message_get => 'login', message_patch => 'login', message_delete => 'admin', message_history => 'staff',
    view_list => 'login', view_get => 'login', (map { ("view_$_" => 'staff') } qw(create patch delete)),
    canned_response_list => 'login', canned_response_create => 'staff', canned_response_get => 'login',
    canned_response_patch => 'staff', canned_response_delete => 'staff', canned_response_expand => 'staff',
    canned_response_preview => 'staff',
    team_list => 'login', team_create => 'admin', team_get => 'login', team_patch => 'admin', team_delete => 'admin',
    stage_list => 'login', stage_create => 'admin', stage_get => 'login', stage_patch => 'admin',
    stage_delete => 'admin', stage_order => 'admin',
    type_list => 'login', type_create => 'admin', type_get => 'login', type_patch => 'admin', type_delete => 'admin',
    tag_list => 'login', tag_create => 'staff', tag_get => 'login', tag_patch => 'admin', tag_delete => 'admin',
    calendar_list => 'login', calendar_create => 'admin', calendar_get => 'login', calendar_patch => 'admin',
    calendar_delete => 'admin', leave_list => 'login', leave_create => 'staff', leave_get => 'login',
    leave_patch => 'staff', leave_delete => 'admin', leave_import => 'staff', leave_ical => 'staff',
    contact_list => 'login', contact_create => 'staff', contact_get => 'login', contact_patch => 'staff',
    contact_delete => 'admin', portal_get => 'staff', portal_grant => 'staff', portal_revoke => 'staff',
    company_list => 'login', company_create => 'admin', company_get => 'login', company_patch => 'admin',
    company_delete => 'admin',
    user_list => 'login', user_create => 'admin', user_get => 'login', user_patch => 'login', user_delete => 'admin',
    user_password => 'admin', user_invite => 'admin', password_forgotten => 'public', invitation_use => 'public',
    login => 'public', logout => 'login', session_get => 'login', start_get => 'login', together_get => 'login', session_keep => 'login',
    session_password => 'login', setup_get => 'public', setup => 'public',
    token_list => 'login', token_create => 'login', token_delete => 'login',
    event_stream => 'login', schema_get => 'login', openapi_get => 'public',
);
our $CANARY = 'canary-7f3d-do-not-echo';
our %BODY = (
    ticket_create => { name => "T $CANARY" }, ticket_patch => { name => "T2 $CANARY" },
    (map { ("${_}_follower_add" => { partner_ids => [1] }, "${_}_follower_patch" => { subtypes => ['comment'] }) } qw(ticket team)),
    activity_type_create => { name => "At $CANARY" }, activity_type_patch => { name => "At2 $CANARY" },
    activity_create => { ticket_id => 1, activity_type_id => 1, summary => "Ac $CANARY" }, activity_patch => { summary => "Ac2 $CANARY" },
    activity_done => { feedback => "F $CANARY" },
    notification_patch => { read => JSON::PP::true }, notification_read => { ids => [99999] },
    ticket_presence => { state => 'viewing' },
    map({ ("${_}_message_post" => { body => "M $CANARY" }, "${_}_draft_put" => { body => "D $CANARY" }) } qw(ticket team)),
    message_patch => { body => "M2 $CANARY" }, canned_response_create => { name => "R $CANARY", body => 'x' },
    view_create => { name => "V $CANARY" }, view_patch => { name => "V2 $CANARY" },
    canned_response_patch => { name => "R2 $CANARY" }, canned_response_expand => { ticket_id => 99999 },
    canned_response_preview => { ticket_id => 99999, body => $CANARY },
    stage_order => { ids => [99999] },
    ticket_import => "name\r\nT $CANARY\r\n", ticket_bulk => { ids => [1], set => { name => "B $CANARY" } },
    team_create => { name => "Team $CANARY" }, team_patch => { name => "Team2 $CANARY" },
    stage_create => { name => "S $CANARY" }, stage_patch => { name => "S2 $CANARY" },
    type_create => { name => "Ty $CANARY" }, type_patch => { name => "Ty2 $CANARY" },
    tag_create => { name => "Ta $CANARY" }, tag_patch => { name => "Ta2 $CANARY" },
    calendar_create => { name => "Ca $CANARY", tz => 'UTC' }, calendar_patch => { name => "Ca2 $CANARY" },
    leave_create => { name => "L $CANARY", date_from => '2030-01-01T00:00:00Z', date_to => '2030-01-02T00:00:00Z' },
    leave_patch => { name => "L2 $CANARY" }, leave_import => 'BEGIN:VCALENDAR',
    contact_create => { name => "C $CANARY" }, contact_patch => { name => "C2 $CANARY" },
    company_create => { name => "Co $CANARY" }, company_patch => { name => "Co2 $CANARY" },
    user_create => { login => "u-$CANARY", name => "U $CANARY" }, user_patch => { name => "U2 $CANARY" },
    user_password => { password => "$CANARY-$CANARY" }, password_forgotten => { login => "nobody-$CANARY" },
    invitation_use => { token => "t-$CANARY", password => "$CANARY-pass-word" },
    login => { login => "nobody-$CANARY", password => "$CANARY-pass" },
    session_password => { old_password => "$CANARY-wrong", new_password => "$CANARY-new-one" },
    setup => { secret => $CANARY, company => "Co $CANARY", login => "a-$CANARY", name => "A $CANARY",
               password => "$CANARY-pass-word" },
    token_create => { name => "Tok $CANARY", scopes => ['read'] },
    linked_message_post => { name => "N $CANARY", body => "M $CANARY" }, linked_attachment_create => "content $CANARY",
    ticket_attachment_create => "content $CANARY", attachment_create => "content $CANARY",
);

1;
