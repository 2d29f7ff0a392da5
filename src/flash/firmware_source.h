/* Where --firmware comes from: a file, an http(s) address or a name of the catalog. */
/* SPDX-License-Identifier: MIT */
#ifndef FLASH_FIRMWARE_SOURCE_H
#define FLASH_FIRMWARE_SOURCE_H

#include "base/clock.h"
#include "firmware/image.h"

/* Tasmota's release server, for names. It speaks plain HTTP only. */
#define FIRMWARE_BASE_URL "http://ota.tasmota.com/tasmota/release/"

struct firmware_source_options {
	const char *cache_directory; /* downloads are kept there; NULL: nowhere */
	const char *base_url; /* where names lead; NULL: FIRMWARE_BASE_URL */
	const char *sha256; /* 64 hexadecimal digits the bytes must have, or "beside":
			     * what the server publishes at URL.sha256; NULL: no check */
	bool fix_flash_mode; /* hand out image_with_dout() of an image that needs it */
	const struct cancel *cancel; /* may be NULL */

	/* Both may be NULL. `total` is 0 while it is not known. `say` gets one sentence
	 * about something that went on without stopping us: the cache is full, the server
	 * silent but a copy there, the flash mode corrected. */
	void (*progress)(void *context, uint64_t bytes, uint64_t total);
	void (*say)(void *context, const char *sentence);
	void *context;
};

/* The image SPEC leads to, the caller's to free. It is parsed but not judged: what is
 * wrong with it is in its flaws, accept_image() decides. SPEC with "://" is an address;
 * an existing file or anything with a slash is a file; the rest is a name.
 *
 * A download is kept under the address's digest and asked for again only when the server
 * has something newer; it is served from there when the server can not be reached.
 * NULL with E-FILE, E-FIRMWARE-NAME, E-DOWNLOAD-STATUS, -HTML, -TRUNCATED, -TOO-LARGE,
 * -CHECKSUM, E-HTTP-..., E-CANCELLED, E-USAGE for a bad sha256 or address. */
struct image *firmware_source_open(
	const char *spec, const struct firmware_source_options *options, struct err *err);

#endif
