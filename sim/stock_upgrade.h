/* Reading the cloud's `upgrade` request as stock firmware does.
 * Source: doc/protocol/simulator-stock.md, "Upgrade". */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_STOCK_UPGRADE_H
#define SIM_STOCK_UPGRADE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/stock_personality.h"

#define STOCK_SEQUENCE_SIZE 51
#define STOCK_URL_SIZE	    150

/* What the device's reports say. 404 is no HTTP status: any failed download. */
enum stock_result {
	RESULT_GOOD = 0,
	RESULT_UNUSABLE = 400,
	RESULT_DOWNLOAD = 404,
	RESULT_MODEL = 406,
	RESULT_DIGEST = 409,
	RESULT_VERSION = 410
};

struct stock_upgrade {
	char sequence[STOCK_SEQUENCE_SIZE];
	char url[STOCK_URL_SIZE];
	char digest[65];
	bool restarts_by_itself;
};

/* Looks at a request for a device that runs from `slot`: fills *out or says why not. The
 * sequence is filled as far as there is one. */
enum stock_result stock_upgrade_read(const char *text, size_t len,
	const struct stock_personality *personality, unsigned slot,
	struct stock_upgrade *out);

struct stock_url {
	char host[50];
	uint16_t port;
	char path[100]; /* with its slash */
};

/* The firmware's own limits; http:// only, no colon but one in front of a port. */
bool stock_url_read(const char *text, struct stock_url *out);

#endif
