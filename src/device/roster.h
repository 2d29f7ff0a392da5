/* Who has announced itself: puts devices together from mDNS records that come in several
 * packets, and decides what is new, what changed, what is gone. No sockets; the caller
 * says what time it is. */
/* SPDX-License-Identifier: MIT */
#ifndef DEVICE_ROSTER_H
#define DEVICE_ROSTER_H

#include "device/discover.h"
#include "wire/mdns.h"

struct roster;

#define ROSTER_DEVICES_MOST 1024 /* more are not listened to */

/* How long a device may keep back its A record, and the rest, before it is reported with
 * what is known. */
#define ROSTER_ADDRESS_GRACE_MS 400
#define ROSTER_RECORD_GRACE_MS	2000

/* A goodbye holds after this long, so that a second responder can contradict (RFC 6762
 * §10.1). */
#define ROSTER_GOODBYE_MS 1000

/* Where a packet came from. */
struct roster_origin {
	const char *interface;
	struct in_addr own; /* this computer's address there */
	struct in_addr netmask;
	struct in_addr source;
};

struct roster *roster_new(void);
void roster_free(struct roster *roster);
DEFINE_OWN(roster)

void roster_hear(struct roster *roster, const struct mdns_packet *packet,
	const struct roster_origin *origin, int64_t now_ms);

/* The next thing to report, if there is one by now. */
bool roster_next(struct roster *roster, int64_t now_ms, struct device *device,
	enum discover_change *change);

/* When roster_next() may have something without another packet; INT64_MAX: never. */
int64_t roster_due_ms(const struct roster *roster);

/* Questions for records that have not come by now, at most `most`; each record is asked
 * for a few times, a second apart. Names are borrowed until the next roster_hear(). */
size_t roster_missing(struct roster *roster, int64_t now_ms,
	struct mdns_question *questions, size_t most);

#endif
