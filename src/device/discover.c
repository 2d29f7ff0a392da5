/* Asks and listens; what the answers mean is decided in device/census. */
/* SPDX-License-Identifier: MIT */
#include "device/discover.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "device/census.h"
#include "host/interfaces.h"
#include "net/multicast.h"
#include "wire/mdns.h"

enum {
	ASK_EVERY_MS = 1000, /* some devices answer only every so often */
	EAGER_MS = 30000, /* after that, asking every second would be noise */
	ASK_LATER_MS = 5000,
	LOOK_EVERY_MS = 5000, /* interfaces come and go */
	QUESTIONS_MOST = 16, /* of one packet */
	ASKED_MOST = 1024
};

struct discovery {
	char *only; /* the interface named by the user, or NULL */
	struct interface listed[INTERFACES_MOST]; /* what there was at the last look */
	size_t listed_count;
	struct interface interfaces[INTERFACES_MOST]; /* those that could be opened */
	size_t interface_count;
	struct multicast *multicast; /* a socket for each, in the same order */
	struct buf asked;
	struct census *census;
	int64_t started_ms;
	int64_t ask_ms;
	int64_t look_ms;
	struct mdns_packet packet;
	uint8_t bytes[MDNS_PACKET_MOST];
};

static void
name_interface(struct discovery *discovery, const struct interface *interface)
{
	char address[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &interface->address, address, sizeof address);
	buf_addf(&discovery->asked, "%s%s (%s)", discovery->asked.len > 0 ? ", " : "",
		interface->name, address);
}

/* Opens what can be opened; one interface is enough. */
static bool
open_sockets(struct discovery *discovery, struct err *err)
{
	multicast_free(discovery->multicast);
	discovery->multicast = multicast_new();
	discovery->interface_count = 0;
	buf_reset(&discovery->asked);
	for (size_t i = 0; i < discovery->listed_count; i++) {
		const struct interface *interface = &discovery->listed[i];
		const struct multicast_link link = { interface->index, interface->address,
			interface->netmask };

		if (!multicast_add(discovery->multicast, &link, err)) {
			log_debug("mDNS: %s can not be used", interface->name);
			continue;
		}
		discovery->interfaces[discovery->interface_count++] = *interface;
		name_interface(discovery, interface);
	}
	return discovery->interface_count > 0;
}

struct discovery *
discover_start(const char *interface, struct err *err)
{
	struct discovery *discovery = xcalloc(1, sizeof *discovery);

	discovery->listed_count = interfaces_for_multicast(
		interface, discovery->listed, err);
	discovery->only = interface != NULL ? xstrdup(interface) : NULL;
	discovery->asked.limit = ASKED_MOST;
	discovery->census = census_new();
	discovery->started_ms = discovery->ask_ms = clock_steady_ms();
	discovery->look_ms = discovery->started_ms + LOOK_EVERY_MS;
	if (discovery->listed_count == 0 || !open_sockets(discovery, err)) {
		discover_free(discovery);
		return NULL;
	}
	if (err != NULL)
		err_clear(err);
	log_debug("mDNS: asking on %s", discover_asked(discovery));
	return discovery;
}

void
discover_free(struct discovery *discovery)
{
	if (discovery == NULL)
		return;
	free(discovery->only);
	multicast_free(discovery->multicast);
	buf_clear(&discovery->asked);
	census_free(discovery->census);
	free(discovery);
}

const char *
discover_asked(const struct discovery *discovery)
{
	return buf_text(&discovery->asked);
}

static bool
is_as_before(
	const struct discovery *discovery, const struct interface *list, size_t count)
{
	if (count != discovery->listed_count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (list[i].index != discovery->listed[i].index ||
			list[i].address.s_addr != discovery->listed[i].address.s_addr)
			return false;
	return true;
}

/* A laptop that joins another Wi-Fi goes on looking there. */
static void
look_at_interfaces(struct discovery *discovery, int64_t now_ms)
{
	struct interface list[INTERFACES_MOST];
	size_t count;

	if (now_ms < discovery->look_ms)
		return;
	discovery->look_ms = now_ms + LOOK_EVERY_MS;
	count = interfaces_for_multicast(discovery->only, list, NULL);
	if (count == 0 || is_as_before(discovery, list, count))
		return;
	memcpy(discovery->listed, list, count * sizeof list[0]);
	discovery->listed_count = count;
	open_sockets(discovery, NULL);
	discovery->started_ms = now_ms;
	log_debug("mDNS: now asking on %s", discover_asked(discovery));
}

static void
ask(struct discovery *discovery, const struct mdns_question *questions, size_t count)
{
	uint8_t bytes[MDNS_QUERY_MOST];

	for (size_t i = 0; i < discovery->interface_count; i++) {
		bool alone = !multicast_is_shared(discovery->multicast, i);
		size_t len = mdns_write_query(
			questions, count, alone, bytes, sizeof bytes);

		if (len == 0 || !multicast_send(discovery->multicast, i, bytes, len))
			log_debug(
				"mDNS: cannot ask on %s", discovery->interfaces[i].name);
	}
}

/* Long names: what does not fit into one packet goes into several. */
static void
ask_for_missing(struct discovery *discovery, int64_t now_ms)
{
	enum { FEW = MDNS_QUERY_MOST / (MDNS_NAME_SIZE + 4) };
	struct mdns_question questions[QUESTIONS_MOST];
	size_t count = census_missing(
		discovery->census, now_ms, questions, QUESTIONS_MOST);

	for (size_t at = 0; at < count; at += FEW)
		ask(discovery, questions + at, count - at < FEW ? count - at : FEW);
}

static void
ask_when_due(struct discovery *discovery, int64_t now_ms)
{
	static const struct mdns_question all = { MDNS_EWELINK, MDNS_PTR };

	if (now_ms < discovery->ask_ms)
		return;
	look_at_interfaces(discovery, now_ms);
	ask(discovery, &all, 1);
	ask_for_missing(discovery, now_ms);
	discovery->ask_ms = now_ms +
		(now_ms - discovery->started_ms < EAGER_MS ? ASK_EVERY_MS : ASK_LATER_MS);
}

static const char *
name_of_link(const struct discovery *discovery, const struct multicast_link *link)
{
	for (size_t i = 0; i < discovery->interface_count; i++)
		if (discovery->interfaces[i].index == link->index)
			return discovery->interfaces[i].name;
	return "";
}

static void
hear(struct discovery *discovery, size_t len, const struct multicast_link *link,
	const struct sockaddr_in *from)
{
	struct census_origin origin = { .interface = name_of_link(discovery, link),
		.own = link->address,
		.netmask = link->netmask,
		.source = from->sin_addr };
	char shown[INET_ADDRSTRLEN];
	struct err err = { 0 };
	int64_t now_ms = clock_steady_ms();

	if (!mdns_read(discovery->bytes, len, MDNS_EWELINK, &discovery->packet, &err)) {
		log_debug("mDNS packet from %s: %s",
			inet_ntop(AF_INET, &from->sin_addr, shown, sizeof shown),
			err.text);
		return;
	}
	census_hear(discovery->census, &discovery->packet, &origin, now_ms);
	ask_for_missing(discovery, now_ms);
}

bool
discover_next(struct discovery *discovery, struct device *device,
	enum discover_change *change, struct deadline until, const struct cancel *cancel)
{
	while (!cancel_asked(cancel)) {
		struct multicast_link link;
		struct sockaddr_in from;
		struct deadline wake;
		int64_t now_ms = clock_steady_ms();
		ssize_t len;

		if (census_next(discovery->census, now_ms, device, change))
			return true;
		if (deadline_passed(until))
			return false;
		ask_when_due(discovery, now_ms);
		wake.at_ms = census_due_ms(discovery->census);
		wake = deadline_sooner(wake, until);
		wake = deadline_sooner(
			wake, (struct deadline){ .at_ms = discovery->ask_ms });
		len = multicast_receive(discovery->multicast, discovery->bytes,
			sizeof discovery->bytes, &link, &from, wake, cancel);
		if (len >= 0)
			hear(discovery, (size_t)len, &link, &from);
	}
	return false;
}
