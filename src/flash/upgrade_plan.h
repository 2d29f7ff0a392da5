/* What can be put on a running Tasmota, and how: decided from its version, its room and
 * the image, without touching it. */
/* SPDX-License-Identifier: MIT */
#ifndef FLASH_UPGRADE_PLAN_H
#define FLASH_UPGRADE_PLAN_H

#include "device/tasmota_client.h"
#include "firmware/image.h"
#include "flash/tasmota.h"

struct upgrade_plan {
	const struct image *send; /* the image, or `packed` */
	struct image *packed; /* owned: compressed because there is little room */
	bool needs_minimal; /* first the minimal build, which makes room */
};
void upgrade_plan_clear(struct upgrade_plan *plan);

/* E-UPGRADE-CHIP: Tasmota also runs on chips that these images are not for. */
bool upgrade_takes_chip(const struct tasmota_state *state, struct err *err);

/* E-UPGRADE-CHIP as above. E-UPGRADE-STEP: a release must come between. E-UPGRADE-GZIP: the version takes no
 * compressed file. E-UPGRADE-ROOM: too large, and no way around it. */
bool upgrade_plan_make(const struct tasmota_state *state, const struct image *image,
	const struct upgrade_wishes *wishes, struct upgrade_plan *plan, struct err *err);

/* Whether `seen` ("15.2.0(release-lite)") is what the image holds. Where the image's version
 * is a guess, another one than `before` will do; with NULL the guess is taken at its word. */
bool upgrade_is_it(const struct image *image, const char *seen, const char *before);

#endif
