/* Can this device be freed, by which method, and if not, why: decided from what is known,
 * without touching the device. The knowledge is the catalog's. */
/* SPDX-License-Identifier: MIT */
#ifndef DEVICE_VERDICT_H
#define DEVICE_VERDICT_H

#include "base/clock.h"
#include "device/catalog.h"

#define VERDICT_WARNINGS_MOST 4
#define VERDICT_WEAK_DBM      (-75) /* below this, downloads break off */

struct verdict {
	bool can_be_freed;
	const char *method; /* "diy"; NULL when it can not */
	const char *perhaps; /* "takeover": by that method, maybe; NULL: by none */
	struct err why_not; /* code, cause and remedy; no code when it can */
	char reason[ERR_TEXT_SIZE]; /* one sentence, whichever way it went */
	char next_step[ERR_TEXT_SIZE]; /* one sentence */
	unsigned warning_count;
	struct {
		const char *code; /* "W-WEAK-SIGNAL" */
		char text[256];
	} warnings[VERDICT_WARNINGS_MOST];
};

/* What the user insists on where the facts leave doubt. */
struct verdict_overrides {
	bool allow_untried; /* models of which few were freed */
};

/* Judges a probed device. `failure` is why the probe failed, or NULL. */
void verdict_judge(const struct catalog *catalog, const struct device *device,
	const struct err *failure, const struct verdict_overrides *overrides,
	struct verdict *out);

extern const struct err_code err_already_free; /* E-ALREADY-FREE: it runs Tasmota */

#define VERDICT_RESOLVE_MS 2000

/* The host of the vendor's service that decides about unlocking; NULL when the device is
 * not locked or no such host is known. Borrowed from the catalog. */
const char *verdict_unlock_host(
	const struct catalog *catalog, const struct device *device);

/* Whether the host resolves from this computer, which is most likely as well connected as
 * the device. Takes up to VERDICT_RESOLVE_MS. */
bool verdict_host_resolves(const char *host, const struct cancel *cancel);

/* Adds the warning that it does not. */
void verdict_warn_unlock(struct verdict *verdict, const char *host);

#endif
