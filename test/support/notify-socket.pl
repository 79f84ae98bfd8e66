# Receives what a daemon tells systemd: a datagram socket at the path given, @name for an abstract one. Prints `listening`, then
# each message as a line, with its line ends as |.
use strict;
use warnings;
use Socket;

$| = 1;
my ($path) = @ARGV;
$path =~ s/^@/\0/;
socket(my $socket, PF_UNIX, SOCK_DGRAM, 0) or die "socket: $!\n";
bind($socket, pack_sockaddr_un($path)) or die "bind: $!\n";
print "listening\n";
while (defined recv($socket, my $message, 65536, 0)) {
    $message =~ tr/\n/|/;
    print "$message\n";
}
