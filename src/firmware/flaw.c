/* What is wrong with an image: the list, and the codes several readers share. */
/* SPDX-License-Identifier: MIT */
#include "firmware/flaw.h"

#include <stdarg.h>
#include <stdio.h>

const struct err_code flaw_truncated = { "E-IMAGE-TRUNCATED", ERR_IMAGE_REFUSED,
	"The file is cut short: download or copy it again." };
const struct err_code flaw_trailing = { "E-IMAGE-TRAILING", ERR_IMAGE_REFUSED,
	"The file holds more than one image: take the file as it was published." };
const struct err_code flaw_checksum = { "E-IMAGE-CHECKSUM", ERR_IMAGE_REFUSED,
	"The file is damaged: download it again and compare its published checksum." };
const struct err_code flaw_crc = { "E-IMAGE-CRC", ERR_IMAGE_REFUSED,
	"The file is damaged: download it again and compare its published checksum." };
const struct err_code flaw_segment_count = { "E-IMAGE-SEGMENT-COUNT", ERR_IMAGE_REFUSED,
	"The file is damaged or not firmware: take the file as it was published." };
const struct err_code flaw_no_application = { "E-IMAGE-NO-APPLICATION", ERR_IMAGE_REFUSED,
	"Take the complete firmware file: boot loader and application in one." };

bool
flaw_add(struct image *image, const struct err_code *code, const char *format, ...)
{
	struct image_flaw *flaw;
	va_list args;

	if (image->flaw_count == IMAGE_FLAWS_MOST)
		return false;
	flaw = &image->flaws[image->flaw_count++];
	flaw->code = code;
	va_start(args, format);
	vsnprintf(flaw->text, sizeof flaw->text, format, args);
	va_end(args);
	return false;
}
