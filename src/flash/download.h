/* Fetching a firmware file over HTTP, whole or not at all. */
/* SPDX-License-Identifier: MIT */
#ifndef FLASH_DOWNLOAD_H
#define FLASH_DOWNLOAD_H

#include "flash/firmware_cache.h"
#include "flash/firmware_source.h"

enum download_end {
	DOWNLOAD_NEW, /* bytes, digest and validators are in *out */
	DOWNLOAD_UNCHANGED, /* the server says that `known` is still right */
	DOWNLOAD_NO_SERVER, /* nobody answered; `known` may still serve. *err says why */
	DOWNLOAD_FAILED /* *err says why */
};

/* `known` may hold an older copy (or nothing). An HTML page, an empty or short answer and
 * any other status than 200 are failures. */
enum download_end download_firmware(const char *url, const struct cached *known,
	const struct firmware_source_options *options, struct cached *out,
	struct err *err);

/* The digest published at URL.sha256: the first 64 hexadecimal digits there. */
bool download_digest(const char *url, const struct firmware_source_options *options,
	char out[65], struct err *err);

#endif
