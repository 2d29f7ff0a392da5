/* Plays one device's part on the mDNS group, packet by packet, with none of our code.
 *
 * mdns-send INTERFACE SOURCE-IP PACKETS STEP...
 *   NAME    sends the packet of that name in the file PACKETS (test/golden/mdns)
 *   ?NAME   waits until somebody sends exactly that packet
 *   :MS     waits so many milliseconds
 */
/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PACKET_MOST = 9000, LINE_MOST = 20000, PORT = 5353 };

struct packet {
	uint8_t bytes[PACKET_MOST];
	size_t len;
};

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static struct packet
packet_named(const char *file, const char *name)
{
	static char line[LINE_MOST];
	struct packet packet = { .len = 0 };
	FILE *in = fopen(file, "r");
	size_t name_len = strlen(name);

	if (in == NULL)
		die(file);
	while (fgets(line, sizeof line, in) != NULL) {
		unsigned byte;

		if (strncmp(line, name, name_len) != 0 || line[name_len] != '\t')
			continue;
		for (char *at = line + name_len + 1; sscanf(at, "%2x", &byte) == 1;
			at += 2)
			packet.bytes[packet.len++] = (uint8_t)byte;
		fclose(in);
		return packet;
	}
	fprintf(stderr, "mdns-send: no packet %s in %s\n", name, file);
	exit(64);
}

static int
open_socket(const char *interface, const char *source)
{
	struct sockaddr_in group = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	struct ip_mreqn join = { .imr_ifindex = (int)if_nametoindex(interface) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), yes = 1, hops = 255;

	inet_pton(AF_INET, "224.0.0.251", &join.imr_multiaddr);
	inet_pton(AF_INET, source, &join.imr_address);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
	setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &hops, sizeof hops);
	if (bind(fd, (struct sockaddr *)&group, sizeof group) != 0 ||
		setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &join, sizeof join) != 0 ||
		setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &join, sizeof join) != 0)
		die("socket");
	return fd;
}

static void
send_packet(int fd, const struct packet *packet)
{
	struct sockaddr_in group = { .sin_family = AF_INET, .sin_port = htons(PORT) };

	inet_pton(AF_INET, "224.0.0.251", &group.sin_addr);
	if (sendto(fd, packet->bytes, packet->len, 0, (struct sockaddr *)&group,
		    sizeof group) < 0)
		die("sendto");
}

static void
wait_for(int fd, const struct packet *wanted)
{
	uint8_t bytes[PACKET_MOST];
	ssize_t len;

	do
		len = recv(fd, bytes, sizeof bytes, 0);
	while (len != (ssize_t)wanted->len ||
		memcmp(bytes, wanted->bytes, wanted->len) != 0);
}

int
main(int argc, char **argv)
{
	int fd;

	if (argc < 5)
		return 64;
	fd = open_socket(argv[1], argv[2]);
	for (int i = 4; i < argc; i++) {
		const char *step = argv[i];
		struct packet packet;

		if (*step == ':') {
			usleep((useconds_t)atoi(step + 1) * 1000);
			continue;
		}
		packet = packet_named(argv[3], *step == '?' ? step + 1 : step);
		if (*step == '?')
			wait_for(fd, &packet);
		else
			send_packet(fd, &packet);
	}
	return 0;
}
