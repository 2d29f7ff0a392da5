/* The world the simulated devices live in: the options they share, the end of it all, and
 * the event lines on standard output that tests and demos read. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/clock.h"

struct plug;
struct presence;

struct world {
	struct cancel cancel; /* SIGTERM or SIGINT: everything ends at once */
	pthread_mutex_t print_lock;
	FILE *out;
	int64_t began_ms;
	int64_t pace_ms; /* what a device needs to erase and write one sector */
	int64_t boot_ms; /* from the verdict until the new firmware answers */
	int64_t unlock_hang_ms; /* how long a hanging unlock hangs */
	int64_t silence_ms; /* how long a connection without an answer stays open */
	bool internet; /* the devices' network reaches the vendor's service */
	const char *internet_ssid; /* joining this network gives Internet; or NULL */
	uint16_t api_port;
	uint16_t web_port;
	const char *home_ssid; /* the one Wi-Fi network Tasmota gets into; NULL: none */
	const char *home_password; /* NULL: any will do */
	const char *other_ssid, *other_password; /* another network there; or NULL */
	int64_t speed; /* percent, of Tasmota's own delays; 0: as in reality */
	const char *flash_dir; /* where flash contents are left; or NULL */
	struct presence *presence; /* NULL without mDNS */
};

void world_init(struct world *world, FILE *out);
void world_clear(struct world *world);

/* Prints one JSON line: {"sim":WHAT,"device":DEVICE,...,"ms":since the start}. The
 * members in between are packed as json_pack() does ("{s:s,s:i}"), NULL for none.
 * Threads may call it at the same time; lines never mix. `device` may be NULL. */
void world_tell(struct world *world, const char *what, const char *device,
	const char *format, ...);

/* Prints the "ready" line of a device that can be found and asked. */
void world_ready(struct world *world, struct plug *plug);

#endif
