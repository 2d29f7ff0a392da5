/* A minimal mDNS responder for one device with a fault: no compression, no probing, no
 * known-answer suppression. */
/* SPDX-License-Identifier: MIT */
#include "sim/bare_responder.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <resolv.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "net/socket.h"
#include "sim/announcement.h"

enum {
	MDNS_PORT = 5353,
	PACKET_MOST = 9000,
	NAME_MOST = 256,
	HEAD = 12,
	TTL = 120,
	ANSWERS = 0x84, /* first flag byte: an authoritative answer */
	QUESTIONS_MOST = 32,
	SECOND_MS = 1000
};

static const struct err_code e_bare = { "E-SIM-MDNS-SOCKET", ERR_SYSTEM,
	"Look who else uses UDP port 5353 without sharing it." };

struct bare_responder {
	struct plug *plug;
	unsigned interface;
	int ears; /* hears the multicast group */
	int64_t to_ignore; /* queries still not heard; thread only */
	struct cancel cancel;
	pthread_t thread;
	bool thread_is_set;
};

/* The packet being written; `len` stays at most PACKET_MOST. */
struct packet {
	uint8_t bytes[PACKET_MOST];
	size_t len;
};

static void
add_number(struct packet *p, unsigned width, uint32_t number)
{
	for (unsigned i = width; i-- > 0 && p->len < PACKET_MOST;)
		p->bytes[p->len++] = (uint8_t)(number >> (8 * i));
}

static void
add_name(struct packet *p, const char *name)
{
	int used = dn_comp(
		name, p->bytes + p->len, (int)(PACKET_MOST - p->len), NULL, NULL);

	if (used > 0)
		p->len += (size_t)used;
}

/* Opens a record; close_record() fills in its length. */
static size_t
open_record(struct packet *p, const char *name, unsigned type, bool unique)
{
	add_name(p, name);
	add_number(p, 2, type);
	add_number(p, 2, ns_c_in | (unsigned)(unique ? 0x8000 : 0));
	add_number(p, 4, TTL);
	add_number(p, 2, 0);
	return p->len;
}

static void
close_record(struct packet *p, size_t data)
{
	size_t len = p->len - data;

	p->bytes[data - 2] = (uint8_t)(len >> 8);
	p->bytes[data - 1] = (uint8_t)len;
	p->bytes[7]++;
}

static void
add_text(struct packet *p, const char *name, const struct announcement *a)
{
	size_t data = open_record(p, name, ns_t_txt, true);

	for (unsigned i = 0; i < a->count; i++) {
		size_t len = strlen(a->strings[i]);

		if (len > 255 || p->len + 1 + len > PACKET_MOST)
			continue;
		p->bytes[p->len++] = (uint8_t)len;
		memcpy(p->bytes + p->len, a->strings[i], len);
		p->len += len;
	}
	close_record(p, data);
}

/* Everything the device says: PTR, SRV, TXT and, unless that is the fault, A. */
static void
write_answer(struct plug *plug, const struct announcement *a, struct packet *p)
{
	OWN_STR name = xasprintf("%s.%s", a->instance, EWELINK_SERVICE);
	size_t data;

	memset(p->bytes, 0, HEAD);
	p->bytes[2] = ANSWERS;
	p->len = HEAD;
	data = open_record(p, EWELINK_SERVICE, ns_t_ptr, false);
	add_name(p, name);
	close_record(p, data);
	data = open_record(p, name, ns_t_srv, true);
	add_number(p, 4, 0);
	add_number(p, 2, plug->world->api_port);
	add_name(p, a->host);
	close_record(p, data);
	add_text(p, name, a);
	if (plug->faults.has[FAULT_NO_A_RECORD])
		return;
	data = open_record(p, a->host, ns_t_a, true);
	add_number(p, 4, ntohl(a->address.s_addr));
	close_record(p, data);
}

/* Sends from the device's address, which is all that some answers tell about it. */
static void
send_from(const struct bare_responder *r, struct in_addr from, const struct packet *p,
	const struct sockaddr_in *to)
{
	struct sockaddr_in own = {
		.sin_family = AF_INET, .sin_port = htons(MDNS_PORT), .sin_addr = from
	};
	struct ip_mreqn way = { .imr_ifindex = (int)r->interface };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int on = 1, far = 255;

	if (fd < 0)
		return;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &way, sizeof way);
	setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &far, sizeof far);
	if (bind(fd, (struct sockaddr *)&own, sizeof own) == 0)
		(void)!sendto(
			fd, p->bytes, p->len, 0, (const struct sockaddr *)to, sizeof *to);
	close(fd);
}

static void
speak(const struct bare_responder *r, const struct sockaddr_in *to)
{
	struct packet *p = xmalloc(sizeof *p);
	struct announcement a;

	announcement_make(r->plug, &a);
	write_answer(r->plug, &a, p);
	send_from(r, a.address, p, to);
	announcement_clear(&a);
	free(p);
}

static struct sockaddr_in
everybody(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(MDNS_PORT) };

	inet_pton(AF_INET, "224.0.0.251", &to.sin_addr);
	return to;
}

static bool
is_our_name(const struct announcement *a, const char *name)
{
	size_t instance = strlen(a->instance);

	if (strcasecmp(name, EWELINK_SERVICE) == 0)
		return true;
	return strncasecmp(name, a->instance, instance) == 0 && name[instance] == '.' &&
		strcasecmp(name + instance + 1, EWELINK_SERVICE) == 0;
}

/* Whether a packet asks for the service or for this device. */
static bool
asks_for_us(const struct announcement *a, const uint8_t *bytes, size_t len)
{
	unsigned questions = len < HEAD ? 0 : (unsigned)(bytes[4] << 8 | bytes[5]);
	size_t at = HEAD;

	if (questions == 0 || questions > QUESTIONS_MOST || (bytes[2] & 0x80) != 0)
		return false;
	while (questions-- > 0) {
		char name[NAME_MOST];
		int used = dn_expand(bytes, bytes + len, bytes + at, name, sizeof name);

		if (used < 0 || len - at < (size_t)used + 4)
			return false;
		if (is_our_name(a, name))
			return true;
		at += (size_t)used + 4;
	}
	return false;
}

static void
hear(struct bare_responder *r, const uint8_t *bytes, size_t len,
	const struct sockaddr_in *from)
{
	struct announcement a;
	struct sockaddr_in all = everybody();
	bool asked;

	announcement_make(r->plug, &a);
	asked = asks_for_us(&a, bytes, len);
	announcement_clear(&a);
	if (!asked)
		return;
	if (r->to_ignore > 0) {
		r->to_ignore--;
		return;
	}
	/* A questioner on another port hears no multicast. */
	speak(r, ntohs(from->sin_port) == MDNS_PORT ? &all : from);
}

static void *
run(void *context)
{
	struct bare_responder *r = context;
	uint8_t bytes[PACKET_MOST];
	struct sockaddr_in from;

	while (!cancel_asked(&r->cancel)) {
		socklen_t size = sizeof from;
		ssize_t len;

		if (!socket_wait(r->ears, POLLIN, deadline_in(SECOND_MS), &r->cancel))
			continue;
		len = recvfrom(r->ears, bytes, sizeof bytes, MSG_DONTWAIT,
			(struct sockaddr *)&from, &size);
		if (len > 0)
			hear(r, bytes, (size_t)len, &from);
	}
	return NULL;
}

static bool
open_ears(struct bare_responder *r, struct err *err)
{
	struct sockaddr_in group = everybody();
	struct ip_mreqn where = { .imr_multiaddr = group.sin_addr,
		.imr_ifindex = (int)r->interface };
	int on = 1, off = 0;

	r->ears = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (r->ears < 0)
		return err_errno(err, &e_bare, "no socket for mDNS");
	setsockopt(r->ears, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	setsockopt(r->ears, IPPROTO_IP, IP_MULTICAST_ALL, &off, sizeof off);
	if (bind(r->ears, (struct sockaddr *)&group, sizeof group) < 0 ||
		setsockopt(r->ears, IPPROTO_IP, IP_ADD_MEMBERSHIP, &where, sizeof where) <
			0)
		return err_errno(err, &e_bare, "can not hear mDNS");
	return true;
}

struct bare_responder *
bare_responder_new(struct plug *plug, unsigned interface, struct err *err)
{
	struct bare_responder *r = xcalloc(1, sizeof *r);

	r->plug = plug;
	r->interface = interface;
	if (plug->faults.has[FAULT_DEAF_MDNS])
		r->to_ignore = plug->faults.point[FAULT_DEAF_MDNS];
	if (!open_ears(r, err)) {
		bare_responder_free(r);
		return NULL;
	}
	r->thread_is_set = thread_start(&r->thread, run, r);
	if (!r->thread_is_set) {
		err_errno(err, &e_bare, "can not start a thread");
		bare_responder_free(r);
		return NULL;
	}
	bare_responder_renew(r);
	return r;
}

/* A device that is deaf does not speak up by itself either. */
void
bare_responder_renew(struct bare_responder *responder)
{
	struct sockaddr_in all = everybody();

	if (!responder->plug->faults.has[FAULT_DEAF_MDNS])
		speak(responder, &all);
}

void
bare_responder_free(struct bare_responder *responder)
{
	if (responder == NULL)
		return;
	cancel_ask(&responder->cancel);
	if (responder->thread_is_set)
		pthread_join(responder->thread, NULL);
	if (responder->ears >= 0)
		close(responder->ears);
	free(responder);
}
