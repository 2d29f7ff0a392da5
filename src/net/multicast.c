/* One UDP socket for each interface in the mDNS group. The kernel gives every socket on
 * port 5353 a copy of what comes in anywhere, so each drops what arrived elsewhere. */
/* SPDX-License-Identifier: MIT */
#include "net/multicast.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "wire/mdns.h"

static const struct err_code e_multicast = { "E-MULTICAST", ERR_SYSTEM,
	"Check the interface with \"airlift doctor\", or ask devices directly with "
	"--address." };

enum { HOPS = 255 }; /* RFC 6762 §11 */

struct member {
	int fd;
	bool is_shared;
	struct multicast_link link;
};

struct multicast {
	struct member members[MULTICAST_LINKS_MOST];
	size_t count;
	size_t turn; /* who is looked at first, so that nobody starves */
};

struct multicast *
multicast_new(void)
{
	return xcalloc(1, sizeof(struct multicast));
}

void
multicast_free(struct multicast *multicast)
{
	if (multicast == NULL)
		return;
	for (size_t i = 0; i < multicast->count; i++)
		close(multicast->members[i].fd);
	free(multicast);
}

static bool
set_option(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

static bool
bind_to(int fd, uint16_t port)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(port) };

	return bind(fd, (struct sockaddr *)&any, sizeof any) == 0;
}

/* The interface is named by its number: its address may be another one's as well. */
static bool
join(int fd, const struct multicast_link *link)
{
	struct ip_mreqn group = { .imr_address = link->address,
		.imr_ifindex = (int)link->index };

	inet_pton(AF_INET, MDNS_GROUP, &group.imr_multiaddr);
	return setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &group, sizeof group) == 0 &&
		setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group) == 0;
}

/* Both kinds of sharing: other responders may have asked for only one of them. Answers
 * sent to us alone would go to any one of those that share, so nobody asks for them. */
static bool
open_member(struct member *member)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	member->fd = fd;
	if (fd < 0)
		return false;
	set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	member->is_shared = bind_to(fd, MDNS_PORT);
	if (!member->is_shared)
		log_debug("mDNS: port %d can not be shared (%s), using another one",
			MDNS_PORT, strerror(errno));
	return (member->is_shared || bind_to(fd, 0)) && join(fd, &member->link) &&
		set_option(fd, IPPROTO_IP, IP_PKTINFO, 1) &&
		set_option(fd, IPPROTO_IP, IP_MULTICAST_TTL, HOPS) &&
		set_option(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 1);
}

bool
multicast_add(
	struct multicast *multicast, const struct multicast_link *link, struct err *err)
{
	struct member *member = &multicast->members[multicast->count];
	char shown[INET_ADDRSTRLEN];

	if (multicast->count == MULTICAST_LINKS_MOST)
		return err_set(err, &e_multicast, "more than %d interfaces",
			MULTICAST_LINKS_MOST);
	member->link = *link;
	if (!open_member(member)) {
		err_errno(err, &e_multicast, "cannot ask for devices from address %s",
			inet_ntop(AF_INET, &link->address, shown, sizeof shown));
		if (member->fd >= 0)
			close(member->fd);
		return false;
	}
	multicast->count++;
	return true;
}

size_t
multicast_count(const struct multicast *multicast)
{
	return multicast->count;
}

bool
multicast_is_shared(const struct multicast *multicast, size_t at)
{
	return multicast->members[at].is_shared;
}

bool
multicast_send(struct multicast *multicast, size_t at, const uint8_t *bytes, size_t len)
{
	struct sockaddr_in group = { .sin_family = AF_INET,
		.sin_port = htons(MDNS_PORT) };

	inet_pton(AF_INET, MDNS_GROUP, &group.sin_addr);
	return sendto(multicast->members[at].fd, bytes, len, 0, (struct sockaddr *)&group,
		       sizeof group) == (ssize_t)len;
}

/* False for what came in on another interface, or from beyond this one's network. */
static bool
is_ours(const struct member *member, struct msghdr *message,
	const struct sockaddr_in *from)
{
	const struct multicast_link *link = &member->link;

	for (struct cmsghdr *each = CMSG_FIRSTHDR(message); each != NULL;
		each = CMSG_NXTHDR(message, each)) {
		struct in_pktinfo info;

		if (each->cmsg_level != IPPROTO_IP || each->cmsg_type != IP_PKTINFO)
			continue;
		memcpy(&info, CMSG_DATA(each), sizeof info);
		if (info.ipi_ifindex != (int)link->index)
			return false;
		return IN_MULTICAST(ntohl(info.ipi_addr.s_addr)) ||
			((from->sin_addr.s_addr ^ link->address.s_addr) &
				link->netmask.s_addr) == 0;
	}
	return false;
}

/* One packet if there is one for us, else -1. */
static ssize_t
read_member(const struct member *member, uint8_t *bytes, size_t size,
	struct sockaddr_in *from)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
	} control;
	struct iovec part = { .iov_base = bytes, .iov_len = size };
	struct msghdr message = {
		.msg_name = from,
		.msg_namelen = sizeof *from,
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof control,
	};
	ssize_t len = recvmsg(member->fd, &message, 0);

	if (len < 0 || (message.msg_flags & MSG_TRUNC) != 0 ||
		message.msg_namelen != sizeof *from || from->sin_family != AF_INET ||
		!is_ours(member, &message, from))
		return -1;
	return len;
}

/* Looks once at every socket, beginning behind the one that had something last time. */
static ssize_t
read_any(struct multicast *multicast, uint8_t *bytes, size_t size,
	struct multicast_link *link, struct sockaddr_in *from)
{
	for (size_t i = 0; i < multicast->count; i++) {
		size_t at = (multicast->turn + i) % multicast->count;
		ssize_t len = read_member(&multicast->members[at], bytes, size, from);

		if (len < 0)
			continue;
		multicast->turn = at + 1;
		*link = multicast->members[at].link;
		return len;
	}
	return -1;
}

ssize_t
multicast_receive(struct multicast *multicast, uint8_t *bytes, size_t size,
	struct multicast_link *link, struct sockaddr_in *from, struct deadline until,
	const struct cancel *cancel)
{
	struct pollfd wanted[MULTICAST_LINKS_MOST];

	for (size_t i = 0; i < multicast->count; i++)
		wanted[i] = (struct pollfd){ multicast->members[i].fd, POLLIN, 0 };
	while (!cancel_asked(cancel)) {
		ssize_t len = read_any(multicast, bytes, size, link, from);
		int64_t left = deadline_left_ms(until);

		if (len >= 0)
			return len;
		if (left == 0)
			break;
		if (left > CANCEL_SLICE_MS)
			left = CANCEL_SLICE_MS;
		poll(wanted, multicast->count, (int)left);
	}
	return -1;
}
