/* flash --dry-run: the whole plan, for people or as JSON. */
/* SPDX-License-Identifier: MIT */
#ifndef CMD_FLASH_PLAN_H
#define CMD_FLASH_PLAN_H

#include "fleet/job.h"

/* What would be done to each device, on standard output; nothing is changed. */
void flash_plan_print(
	const struct image *image, const struct job *jobs, size_t count, bool json);

#endif
