#!/usr/bin/perl

# CHN-13, CHN-15: files that come with the public form: stored before the ticket names them, refused without losing what
# was typed, never more than the form and the desk take.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Digest::SHA qw(sha256_hex);
use Test::More;
use Time::HiRes qw(sleep);
use Helpdesk;

my $true = JSON::PP::true;
my $desk = Helpdesk->new(workers => 2, sync => 'off', http => 'helpdesk_file_max 2m; client_body_buffer_size 16k;',
                         server => 'set_real_ip_from 127.0.0.1; real_ip_header X-Real-IP;')
    ->seed->add_user(pia => 'portal', '--email', 'pia@example.com')->start;
my $admin = $desk->login('admin');
my $URL = '/website/form/helpdesk.ticket';
my $from = 0;
$admin->api(PATCH => '/teams/1', { use_website_helpdesk_form => $true, website_published => $true })->{status} == 200
    or BAIL_OUT('publish');
my %fill = (partner_name => 'Vera', partner_email => 'vera@example.com', name => 'With files', description => 'See there');

sub part {
    my ($name, $value, %opt) = @_;
    my $file = exists $opt{filename} ? qq(; filename="$opt{filename}"\r\nContent-Type: image/png) : '';
    return qq(--xyz\r\nContent-Disposition: form-data; name="$name"$file\r\n\r\n$value\r\n);
}

sub send_parts {
    my ($url, @parts) = @_;
    return $desk->client->request(POST => $url, join('', @parts, "--xyz--\r\n"), type => 'multipart/form-data; boundary=xyz',
                                  headers => { 'X-Real-IP' => '192.0.2.' . (++$from % 250) });
}

sub fields { my %f = (%fill, @_); return map { part($_, $f{$_}) } sort keys %f }
sub token { my ($b) = $desk->client->request(GET => '/support/helpdesk')->{body} =~ /name="token" value="([\w-]{64})"/; sleep 1.1; return $b }
sub files { my ($id) = @_; return @{ $admin->api(GET => "/tickets/$id/attachments")->{json}{items} } }
sub tickets { return scalar $desk->dump_records('ticket') }
sub blobs { my @f = glob "$desk->{store}/files/??/??/*"; return scalar @f }

# ---- the page ----

my $page = $desk->client->request(GET => '/support/helpdesk')->{body};
like($page, qr/<form class="card" method="post" action="[^"]*" enctype="multipart\/form-data">/, 'CHN-13: the form can carry files');
like($page, qr/<label for="attachments">Files <span class="optional">/, 'CHN-13: it asks for them, and they may be left out');
like($page, qr/<input id="attachments" name="attachments" type="file" multiple/, 'several of them');

my $png = "\x89PNG\r\n\x1a\n" . join '', map { chr(int rand 256) } 1 .. 300_000;
my $boundaryish = "\r\n--xy" x 1000 . "\r\n-" . "\r\n--xyZ--\r\n" . "\0" x 100;
my $r = send_parts('/support/helpdesk', part(token => token()), fields(), part('attachments', $png, filename => 'C:\fakepath\shot.png'),
                   part('attachments', $boundaryish, filename => 'odd'), part('attachments', '', filename => ''));
is($r->{status}, 201, 'CHN-15: a form with files is taken') or diag($r->{body});
my ($ref) = $r->{body} =~ /class="reference"[^>]*>#0*(\d+)</;
my @f = files($ref);
is_deeply([ map { [ @$_{qw(name mimetype file_size internal message_id author_id)} ] } @f ],
          [ [ 'shot.png', 'image/png', length $png, JSON::PP::false, undef, undef ],
            [ 'odd', 'application/octet-stream', length $boundaryish, JSON::PP::false, undef, undef ] ], 'they are files of the ticket');
is(sha256_hex($admin->request(GET => "/api/v1/attachments/$f[$_]{id}/content")->{body}), sha256_hex((($png, $boundaryish))[$_]), 'byte for byte')
    for 0, 1;

# ---- another site's page ----

$r = send_parts($URL, part(team_id => 1), fields(), part('anything', 'a,b', filename => '../../etc/<b>.csv'));
ok($r->{json}{id}, 'CHN-15: files under any name') or diag($r->{body});
@f = files($r->{json}{id});
is(join(' ', map { "$_->{name} $_->{file_size}" } @f), '<b>.csv 3', 'T-17: with a name made harmless');
unlike($admin->api(GET => "/tickets/$r->{json}{id}")->{json}{description}, qr/anything/, 'and nothing of it in the description');
for my $size (1, 4095, 16384, 1_048_576, 2 * 1_048_576) {
    my $bytes = substr(pack('N*', map { $_ * 2654435761 % 4294967296 } 1 .. $size / 4 + 1), 0, $size);
    my $x = send_parts($URL, part(team_id => 1), fields(), part('attachments', $bytes, filename => "s$size"));
    my ($file) = files($x->{json}{id} // 0);
    is(sha256_hex($admin->request(GET => "/api/v1/attachments/$file->{id}/content")->{body}), sha256_hex($bytes), "$size bytes");
}

# ---- CHN-16: who is signed in ----

my $pia = $desk->login('pia');
$r = $pia->request(POST => $URL, join('', part(team_id => 1), part(name => 'Mine'), part(description => 'x'), part('attachments', 'hers', filename => 'h.txt'),
                                      part(csrf_token => $pia->{csrf}), "--xyz--\r\n"), type => 'multipart/form-data; boundary=xyz');
is((files($r->{json}{id}))[0]{author_id}, $pia->{user}{partner_id}, 'CHN-16: her file is hers');

# ---- refused, and nothing typed is lost ----

my $n = tickets();
for my $case ([ 'form.files_large', 'larger than this desk takes', part('attachments', 'x' x (2 * 1_048_576 + 1), filename => 'big') ],
              [ 'form.files_many', 'at most ten files', map { part('attachments', "x$_", filename => "f$_") } 1 .. 11 ]) {
    my ($what, $says, @more) = @$case;
    my $x = send_parts('/support/helpdesk', part(token => token()), fields(description => 'Kept text'), @more);
    is($x->{status}, 422, "$what: the form comes back");
    like($x->{body}, qr/\Q$says\E/, 'and says why');
    like($x->{body}, qr/Kept text/, 'with what was typed');
}
my $x = send_parts('/support/helpdesk', part(token => token()), fields(partner_email => 'vera'), part('attachments', 'again', filename => 'a.txt'));
is($x->{status}, 422, 'another mistake');
like($x->{body}, qr/choose your files again/, 'says that the files are to be chosen again');
is(send_parts($URL, part(team_id => 1), fields(), part('attachments', 'x' x (2 * 1_048_576 + 1), filename => 'big'))->{json}{code}, 'too_large',
   'CHN-15: too large, from another site');
my $blobs = blobs();
is(send_parts($URL, part(team_id => 1), fields(homepage => 'x'), part('attachments', 'of a machine', filename => 'm'))->{json}{code}, 'trapped', 'a machine');
is(blobs(), $blobs, 'T-14: leaves no file');
is(send_parts($URL, part(team_id => 1), fields(), part('attachments', 'x' x (4 * 1_048_576), filename => 'big'))->{status}, 413, 'F21: more than any form may bring');
my @codes = map { $desk->client->request(POST => $URL, join('', part(team_id => 1), fields(name => ''), part('a', 'x', filename => 'x'), "--xyz--\r\n"),
                                         type => 'multipart/form-data; boundary=xyz', headers => { 'X-Real-IP' => '198.51.100.7' })->{json}{code} // '' } 1 .. 31;
is($codes[30], 'throttled', 'T-14: thirty forms with files from one address, also when nothing comes of them');
is(tickets(), $n, 'no ticket came of all that');

# ---- a form that takes none, and one that wants some ----

$admin->api(PATCH => '/teams/1', { form_fields => [ { field => 'description' } ] });
$page = $desk->client->request(GET => '/support/helpdesk')->{body};
unlike($page, qr/type="file"|multipart/, 'CHN-14: a team\'s form without files');
$x = send_parts('/support/helpdesk', part(token => token()), fields(), part('attachments', 'x', filename => 'a.txt'));
is($x->{status}, 422, 'refuses them');
like($x->{body}, qr/takes no files/, 'and says so');
is($admin->api(PATCH => '/teams/1', { form_fields => [ { field => 'attachments', required => $true, label => { en => 'Photo of the damage' } } ] })->{status}, 200,
   'CHN-14: a form that wants a file');
$x = send_parts('/support/helpdesk', part(token => token()), fields());
like($x->{body}, qr/id="attachments-error">/, 'asks for it');
is(send_parts('/support/helpdesk', part(token => token()), fields(), part('attachments', 'x', filename => 'a.txt'))->{status}, 201, 'and takes it');
for my $bad ([ input => 'text' ], [ visibility => 'hidden' ], [ input => 'hidden' ]) {
    is($admin->api(PATCH => '/teams/1', { form_fields => [ { field => 'attachments', @$bad } ] })->{status}, 422, "CHN-14: attachments with $bad->[0] $bad->[1]");
}
is($admin->api(PATCH => '/teams/1', { form_fields => [ { field => 'text', label => 'x', input => 'file' } ] })->{status}, 422, 'CHN-14: only attachments are files');
like($desk->ctl(['fsck']), qr/ 0 problems/, 'fsck: nothing is wrong');

done_testing;
