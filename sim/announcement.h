/* The TXT record of a simulated device, string by string.
 * Source: doc/protocol/diy.md, "What is announced". */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_ANNOUNCEMENT_H
#define SIM_ANNOUNCEMENT_H

#include "sim/plug.h"

#define ANNOUNCEMENT_STRINGS_MOST 12
#define ANNOUNCEMENT_NAME_SIZE	  64
#define EWELINK_SERVICE		  "_ewelink._tcp.local"

struct announcement {
	char instance[ANNOUNCEMENT_NAME_SIZE]; /* "eWeLink_1000a1b2c3" */
	char host[ANNOUNCEMENT_NAME_SIZE + 8]; /* "eWeLink_1000a1b2c3.local" */
	struct in_addr address;
	char *strings[ANNOUNCEMENT_STRINGS_MOST]; /* owned, in the order on the wire */
	unsigned count;
};

/* What the device would announce now. */
void announcement_make(struct plug *plug, struct announcement *out);
void announcement_clear(struct announcement *announcement);

#endif
