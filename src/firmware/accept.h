/* Which flash method accepts an image, and why not: checked before any device hears of
 * it. Every refusal has its own code; the limits are those of doc/protocol/images.md. */
/* SPDX-License-Identifier: MIT */
#ifndef FIRMWARE_ACCEPT_H
#define FIRMWARE_ACCEPT_H

#include "firmware/image.h"

/* What the user insists on where the facts leave doubt; never one big force. */
struct accept_overrides {
	bool allow_foreign; /* --allow-foreign: program is not one we know */
	bool allow_size_nibble; /* --allow-flash-size: header names another flash size
				 * than 1 MiB */
};

/* Method names: "diy", "takeover" (final image), "tasmota". Kind of every refusal is
 * ERR_IMAGE_REFUSED; an unknown method is E-USAGE. The first reason is given, faults of
 * the file before rules of the method; the flash mode is looked at last, so that
 * E-IMAGE-FLASH-MODE means: image_with_dout() would be accepted. Warnings (508,000
 * bytes...) are left in `warning`, "" when there is none; both it and `overrides` may be
 * NULL. */
#define ACCEPT_WARNING_SIZE 160
bool accept_image(const struct image *image, const char *method,
	const struct accept_overrides *overrides, char warning[ACCEPT_WARNING_SIZE],
	struct err *err);

/* NULL-terminated list of method names accept_image() knows. */
extern const char *const accept_methods[];

/* Sizes a method takes. False: no such method. */
struct accept_limits {
	size_t least, most; /* bytes of the image, unpacked when it is a gzip */
	size_t warn_from; /* bytes of the file as it is sent; 0: no warning */
	bool takes_gzip;
};
bool accept_limits(const char *method, struct accept_limits *out);

#endif
