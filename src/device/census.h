/* Who has announced itself: puts devices together from mDNS records that come in several
 * packets, and decides what is new, what changed, what is gone. No sockets; the caller
 * says what time it is. */
/* SPDX-License-Identifier: MIT */
#ifndef DEVICE_CENSUS_H
#define DEVICE_CENSUS_H

#include "device/discover.h"
#include "wire/mdns.h"

struct census;

#define CENSUS_DEVICES_MOST 1024 /* more are not listened to */

/* How long a device may keep back its A record, and the rest, before it is reported with
 * what is known. */
#define CENSUS_ADDRESS_GRACE_MS 400
#define CENSUS_RECORD_GRACE_MS	2000

/* A goodbye holds after this long, so that a second responder can contradict (RFC 6762
 * §10.1). */
#define CENSUS_GOODBYE_MS 1000

/* Where a packet came from. */
struct census_origin {
	const char *interface;
	struct in_addr own; /* this computer's address there */
	struct in_addr netmask;
	struct in_addr source;
};

struct census *census_new(void);
void census_free(struct census *census);
DEFINE_OWN(census)

void census_hear(struct census *census, const struct mdns_packet *packet,
	const struct census_origin *origin, int64_t now_ms);

/* The next thing to report, if there is one by now. */
bool census_next(struct census *census, int64_t now_ms, struct device *device,
	enum discover_change *change);

/* When census_next() may have something without another packet; INT64_MAX: never. */
int64_t census_due_ms(const struct census *census);

/* Questions for records that have not come by now, at most `most`; each record is asked
 * for a few times, a second apart. Names are borrowed until the next census_hear(). */
size_t census_missing(struct census *census, int64_t now_ms,
	struct mdns_question *questions, size_t most);

#endif
