/* The table of endpoints below /zeroconf/. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_ENDPOINTS_H
#define SIM_ENDPOINTS_H

#include "sim/diy_api.h"

struct endpoint {
	const char *name;
	unsigned families; /* enum family, or-ed */
	bool needs_info; /* came with the firmware that has `info` */
	void (*run)(struct plug *plug, const json_t *data, struct answer *out);
};

/* NULL when this device does not have it. */
const struct endpoint *endpoint_named(
	const struct personality *personality, const char *name);

#endif
