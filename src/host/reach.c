/* Can a device reach a port of this computer? We can not ask it before it is flashed, so
 * this checks what can be checked from here: the address, the server, the firewall. */
/* SPDX-License-Identifier: MIT */
#include "host/reach.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "host/firewall.h"
#include "host/route.h"
#include "net/socket.h"

#define FETCH_PATIENCE_MS 5000
#define HEAD_MOST	  1024 /* as much as a device takes */

static const struct err_code own_address = { "E-OWN-ADDRESS", ERR_UNREACHABLE,
	"Connect this computer to the network the device is in, and switch off a VPN." };
static const struct err_code self_test = { "E-SELF-TEST", ERR_UNREACHABLE,
	"Look for a firewall or security program that keeps programs from listening." };
static const struct err_code no_fetch = { "E-NO-FETCH", ERR_UNREACHABLE,
	"Open the port in the firewall of this computer, and check that device and "
	"computer are in the same network." };

static bool
is_within(struct in_addr address, uint32_t net, unsigned bits)
{
	return (ntohl(address.s_addr) ^ net) >> (32 - bits) == 0;
}

static bool
is_loopback(struct in_addr address)
{
	return is_within(address, 0x7F000000, 8);
}

static bool
is_link_local(struct in_addr address)
{
	return is_within(address, 0xA9FE0000, 16);
}

bool
reach_own_address(struct in_addr peer, struct in_addr *own, struct err *err)
{
	char ours[INET_ADDRSTRLEN], theirs[INET_ADDRSTRLEN];

	if (!route_own_address(peer, own, err))
		return false;
	inet_ntop(AF_INET, own, ours, sizeof ours);
	inet_ntop(AF_INET, &peer, theirs, sizeof theirs);
	if (own->s_addr == INADDR_ANY || (is_loopback(*own) && !is_loopback(peer)) ||
		(is_link_local(*own) && !is_link_local(peer)))
		return err_set(err, &own_address,
			"this computer would be %s for the device at %s, which it can "
			"not reach",
			ours, theirs);
	return true;
}

static bool
connect_to(int fd, const struct sockaddr_in *to, struct deadline until)
{
	int failed = 0;
	socklen_t len = sizeof failed;

	if (connect(fd, (const struct sockaddr *)to, sizeof *to) == 0)
		return true;
	if (errno != EINPROGRESS)
		return false;
	if (!socket_wait(fd, POLLOUT, until, NULL)) {
		errno = ETIMEDOUT;
		return false;
	}
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &len);
	errno = failed;
	return failed == 0;
}

/* The very request a device sends. */
static bool
ask(int fd, const char *path)
{
	char request[512];
	int len = snprintf(request, sizeof request,
		"GET %s?deviceid=airlift&ts=1&sign=0 HTTP/1.1\r\nHost: dl.itead.cn\r\n"
		"Range: bytes=0-4095\r\nUser-Agent: airlift self-test\r\n\r\n",
		path);

	return len > 0 && (size_t)len < sizeof request &&
		send(fd, request, (size_t)len, MSG_NOSIGNAL) == len;
}

static bool
read_head(int fd, struct deadline until)
{
	static const char wanted[] = "HTTP/1.1 206 Partial Content\r\n";
	char head[HEAD_MOST + 1];
	size_t len = 0;

	errno = 0;
	while (len < HEAD_MOST && socket_wait(fd, POLLIN, until, NULL)) {
		ssize_t got = recv(fd, head + len, HEAD_MOST - len, 0);

		if (got <= 0)
			return false;
		len += (size_t)got;
		head[len] = '\0';
		if (strstr(head, "\r\n\r\n") != NULL)
			return text_starts_with(head, wanted);
	}
	return false;
}

bool
reach_fetch(struct in_addr own, uint16_t port, const char *path, struct err *err)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = own
	};
	struct deadline until = deadline_in(FETCH_PATIENCE_MS);
	char shown[INET_ADDRSTRLEN];
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	bool ok;

	inet_ntop(AF_INET, &own, shown, sizeof shown);
	if (fd < 0)
		return err_errno(err, &err_system, "cannot open a socket");
	ok = connect_to(fd, &to, until);
	if (!ok)
		err_errno(err, &self_test, "cannot connect to this computer at %s:%u",
			shown, port);
	else if (!(ok = ask(fd, path) && read_head(fd, until)))
		err_set(err, &self_test,
			"something between us and our own server at %s:%u changes or "
			"swallows the answer",
			shown, port);
	close(fd);
	return ok;
}

void
reach_warn(struct in_addr peer, struct in_addr own, uint16_t port,
	char warning[REACH_TEXT_SIZE])
{
	char ours[INET_ADDRSTRLEN];
	struct firewall wall;

	warning[0] = '\0';
	firewall_look("", peer, port, &wall);
	if (wall.state < FIREWALL_PERHAPS)
		return;
	inet_ntop(AF_INET, &own, ours, sizeof ours);
	snprintf(warning, REACH_TEXT_SIZE,
		"The firewall of this computer (%s) %s the device from %s:%u. To let it "
		"in: %s",
		wall.name, wall.state == FIREWALL_CLOSED ? "probably keeps" : "may keep",
		ours, port, wall.command);
}

bool
reach_explain_silence(
	struct in_addr peer, struct in_addr own, uint16_t port, struct err *err)
{
	char ours[INET_ADDRSTRLEN], theirs[INET_ADDRSTRLEN];
	struct firewall wall;

	inet_ntop(AF_INET, &own, ours, sizeof ours);
	inet_ntop(AF_INET, &peer, theirs, sizeof theirs);
	firewall_look("", peer, port, &wall);
	err_set(err, &no_fetch,
		"the device at %s was told to fetch from %s:%u but has not connected",
		theirs, ours, port);
	if (wall.command[0] != '\0')
		return err_remedy(err,
			"Open the port in this computer's firewall (%s): %s - then run "
			"the same command again.",
			wall.name, wall.command);
	return err_remedy(err,
		"Let TCP port %u of %s through every firewall between this computer and "
		"the device, check that guest or client isolation of the Wi-Fi is off, "
		"then run the same command again.",
		port, ours);
}
