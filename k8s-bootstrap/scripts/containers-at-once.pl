#!/usr/bin/perl
# containers-at-once.pl COUNT LABEL: makes and starts, through the Docker Engine's socket and nothing else, what COUNT pods of one
# container each consist of: a sandbox, and a container in it. All at once; ends when the last one runs.
use strict;
use warnings;
use IO::Socket::UNIX;

my ($count, $label) = @ARGV;

# post(PATH, BODY): the engine's answer; ends this process if it is a refusal
sub post {
    my ($path, $body) = @_;
    my $engine = IO::Socket::UNIX->new(Peer => '/var/run/docker.sock') or die "no engine: $!\n";
    my $length = length $body;
    print $engine "POST $path HTTP/1.1\r\nHost: engine\r\nConnection: close\r\n",
        "Content-Type: application/json\r\nContent-Length: $length\r\n\r\n$body";
    my $answer = do { local $/; <$engine> };
    die "$path: $answer\n" unless $answer =~ m{^HTTP/1\.1 2};
    return $answer;
}

# run(CONFIGURATION): makes and starts a container, and answers its id
sub run {
    my ($id) = post('/containers/create', shift) =~ /"Id":"([0-9a-f]+)"/;
    post("/containers/$id/start", '');
    return $id;
}

for (1 .. $count) {
    my $child = fork;
    die "cannot fork: $!\n" unless defined $child;
    next if $child;
    my $sandbox = run(qq({"Image":"kybern/pause:1","Labels":{"$label":""},"HostConfig":{"NetworkMode":"none","IpcMode":"shareable"}}));
    run(qq({"Image":"kybern/testbox:1","Labels":{"$label":""},"Cmd":["sleep","1000000"],)
        . qq("HostConfig":{"NetworkMode":"container:$sandbox","IpcMode":"container:$sandbox"}}));
    exit 0;
}
my $failed = 0;
while (wait != -1) { $failed ||= $? }
die "not all containers could be started\n" if $failed;
