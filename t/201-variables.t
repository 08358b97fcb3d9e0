#!/usr/bin/perl

# $helpdesk_* in log_format: what each says in each lane.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Helpdesk;
use Rpc;

my $desk = Helpdesk->new(http => <<'CONF')->seed;
log_format desk escape=json '$status|$request_method $uri|$helpdesk_route|$helpdesk_lane|$helpdesk_user|$helpdesk_error|$helpdesk_queue_ms|$helpdesk_run_ms';
CONF
$desk->write_conf(server => "location /off/ { return 204; }\naccess_log $desk->{dir}/logs/desk.log desk;\n$LOCATION")->start;
my $admin = $desk->login('admin');
my $uid = $admin->{user}{id};

# The next line of the log that names the address, which nginx writes just after the client has the answer; empty variables
# are empty with escape=json.
my %seen;
sub logged {
    my ($what) = @_;
    my @found;
    wait_until(3, sub {
        @found = grep { index($_, "|$what|") >= 0 } split /\n/, slurp("$desk->{dir}/logs/desk.log");
        @found > ($seen{$what} // 0);
    });
    $seen{$what} = @found;
    my %r;
    @r{qw(status what route lane user error queue run)} = split /\|/, $found[-1] // '', -1;
    return \%r;
}

sub is_logged {
    my ($what, %want) = @_;
    my $r = logged($what);
    is_deeply({ map { $_ => $r->{$_} } sort keys %want }, \%want, "OBS: $what");
    return $r;
}

my $r = is_logged('POST /api/v1/login', status => 200, route => 'login', lane => 'write', user => '', error => '');
like($r->{run}, qr/^\d+\.\d{3}$/, 'OBS: the run time is in milliseconds');

is($admin->api(GET => '/tickets')->{status}, 200, 'INLINE');
$r = is_logged('GET /api/v1/tickets', status => 200, route => 'ticket_list', lane => 'inline', user => $uid, error => '');
like($r->{run}, qr/^\d+\.\d{3}$/, 'OBS: INLINE has a run time');
is($r->{queue}, '0.000', 'OBS: INLINE does not wait');

is($admin->api(GET => '/tickets/count')->{status}, 200, 'POOL');
is_logged('GET /api/v1/tickets/count', status => 200, route => 'ticket_count', lane => 'pool', user => $uid, error => '');

is($admin->api(POST => '/tickets', { name => 'logged' })->{status}, 201, 'WRITE');
$r = is_logged('POST /api/v1/tickets', status => 201, route => 'ticket_create', lane => 'write', user => $uid, error => '');
cmp_ok($r->{run}, '>', 0, 'OBS: WRITE took some time');
like($r->{queue}, qr/^\d+\.\d{3}$/, 'OBS: WRITE says how long it waited');

is($admin->api(GET => '/tickets/999')->{status}, 404, 'a refusal in the handler');
ok($admin->api(PATCH => '/teams/1?dry_run=1', { privacy_visibility => 'internal' })->{json}{dry_run}, 'VIS-7: what a change of visibility would do ...');
is_logged('PATCH /api/v1/teams/1', status => 200, route => 'team_patch', lane => 'pool', user => $uid, error => '');       # ... keeps no writer waiting
ok($admin->api(PATCH => '/teams/1', { color => 3 })->{json}{id}, 'the change itself ...');
is_logged('PATCH /api/v1/teams/1', status => 200, route => 'team_patch', lane => 'write', user => $uid, error => '');
is_logged('GET /api/v1/tickets/999', status => 404, route => 'ticket_get', lane => 'inline', user => $uid, error => 'not_found');
is($admin->api(POST => '/tickets', { nonsense => 1 })->{status}, 422, 'a refusal of the body');
is_logged('POST /api/v1/tickets', status => 422, route => 'ticket_create', user => $uid, error => 'unknown_field');
is($desk->client->api(GET => '/contacts')->{status}, 401, 'nobody');
is_logged('GET /api/v1/contacts', status => 401, route => 'contact_list', user => '', error => 'login_required');
is($admin->api(GET => '/nothing')->{status}, 404, 'no route');
is_logged('GET /api/v1/nothing', status => 404, route => '', lane => '', user => '', error => 'not_found');
is($admin->api(POST => '/tickets', undef, raw_body => 'x', type => 'text/plain')->{status}, 415, 'a refusal of the head');
is_logged('POST /api/v1/tickets', status => 415, route => 'ticket_create', lane => 'write', error => 'unsupported_media');

is($admin->request(GET => '/support')->{status}, 200, 'a page');
is_logged('GET /support', status => 200, route => 'page.list', lane => 'inline', user => $uid, error => '');
is($admin->request(GET => '/')->{status}, 303, 'the first page');
is_logged('GET /', status => 303, route => 'page.home', lane => 'inline', error => '');
is($admin->request(GET => '/support/nowhere')->{status}, 404, 'a form that is not there');
is_logged('GET /support/nowhere', status => 404, route => 'page.form', lane => 'inline', error => 'not_found');
is($admin->request(GET => '/support/ticket/9')->{status}, 404, 'a ticket without a link');
is_logged('GET /support/ticket/9', status => 404, route => 'page.ticket', lane => 'inline');
is($desk->client->request(POST => '/support/nowhere', 'a=b', type => 'application/x-www-form-urlencoded')->{status}, 404,
   'sent to a form that is not there');
is_logged('POST /support/nowhere', status => 404, route => 'page.submit', lane => 'write', error => 'not_found');
is($admin->request(GET => '/off/')->{status}, 204, 'a location without a door');
is_logged('GET /off/', status => 204, route => '', lane => '', user => '', error => '', queue => '', run => '');

# The external API: what is short is read on the event loop, by what is asked for, with the ids by place or by name.
my $rpc = Rpc->new($desk, 'admin');
is_logged('POST /jsonrpc', status => 200, lane => 'pool');        # where the password was proved
for my $case ([ 'inline', [ [1], ['name'] ] ], [ 'inline', [], { ids => [1], fields => ['name'] } ], [ 'pool', [ [1] ] ],
              [ 'pool', [ [ 1 .. 201 ], ['name'] ] ], [ 'pool', [], { ids => [ 1 .. 201 ], fields => ['name'] } ]) {
    my ($lane, $args, $kwargs) = @$case;
    $rpc->fault('helpdesk.ticket', 'read', $args, $kwargs // {});
    is_logged('POST /jsonrpc', status => 200, lane => $lane);
}

# A stream is logged when it ends.
my $s = $desk->client->connect;
print $s "GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1:$desk->{port}\r\nCookie: $admin->{cookie}\r\n\r\n";
sysread $s, my $head, 65536;
like($head, qr{^HTTP/1\.1 200 }, 'STREAM');
close $s;
is_logged('GET /api/v1/events', status => 200, route => 'event_stream', lane => 'stream', user => $uid, error => '');

done_testing();
