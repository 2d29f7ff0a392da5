/* Which flash method accepts an image, and why not: checked before any device hears of
 * it. Every refusal has its own code; the limits are those of doc/protocol/images.md. */
/* SPDX-License-Identifier: MIT */
#ifndef FIRMWARE_ACCEPT_H
#define FIRMWARE_ACCEPT_H

#include "firmware/image.h"

/* What the user insists on where the facts leave doubt; never one big force. */
struct accept_overrides {
	bool allow_foreign; /* program is not one we know */
	bool allow_size_nibble; /* header names another flash size than 1 MiB */
};

/* Method names: "diy", "takeover" (final image), "tasmota". Kind of every refusal is
 * ERR_IMAGE_REFUSED; an unknown method is E-USAGE. Warnings (508,000 bytes…) are left in
 * `warning`, "" when there is none. */
bool accept_image(const struct image *image, const char *method,
	const struct accept_overrides *overrides, char warning[160], struct err *err);

/* NULL-terminated list of method names accept_image() knows. */
extern const char *const accept_methods[];

#endif
