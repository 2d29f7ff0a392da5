/* The method for devices that run Tasmota already: what the user may add to it. */
/* SPDX-License-Identifier: MIT */
#ifndef FLASH_TASMOTA_H
#define FLASH_TASMOTA_H

#include "flash/method.h"

/* flash_job.wishes of the method "tasmota"; NULL: none of these. All is borrowed. */
struct upgrade_wishes {
	const struct image *minimal; /* the step between when there is no room; or NULL */
	const char *web_password; /* or NULL */
	bool by_upload; /* push it through the upload form: the device fetches nothing */
	bool allow_jump; /* skip releases that should come between */
};

#endif
