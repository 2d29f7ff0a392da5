/* Files that are no ESP firmware: named, so that the user hears what was taken instead
 * of firmware. */
/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "firmware/flaw.h"
#include "firmware/format.h"

static const struct err_code e_empty = { "E-IMAGE-EMPTY", ERR_IMAGE_REFUSED,
	"Download or copy the file again." };
static const struct err_code e_elf = { "E-IMAGE-ELF", ERR_IMAGE_REFUSED,
	"Take the .bin file that the build makes of it." };
static const struct err_code e_archive = { "E-IMAGE-ARCHIVE", ERR_IMAGE_REFUSED,
	"Unpack it and take the .bin file inside." };
static const struct err_code e_html = { "E-IMAGE-HTML", ERR_IMAGE_REFUSED,
	"A web page was saved instead of the file: use the direct download link." };
static const struct err_code e_text = { "E-IMAGE-TEXT", ERR_IMAGE_REFUSED,
	"Take the binary .bin file." };
static const struct err_code e_blank = { "E-IMAGE-BLANK", ERR_IMAGE_REFUSED,
	"There is nothing in it: download or copy the file again." };
static const struct err_code e_bl602 = { "E-IMAGE-BL602", ERR_IMAGE_REFUSED,
	"Take a file for the ESP8266, such as tasmota-lite.bin." };
static const struct err_code e_magic = { "E-IMAGE-MAGIC", ERR_IMAGE_REFUSED,
	"Take the .bin file that its publisher made for the ESP8266." };

/* What a file begins with. */
static const struct beginning {
	const char *bytes;
	size_t len;
	const struct err_code *code;
	const char *says;
} beginnings[] = {
	{ "\177ELF", 4, &e_elf, "this is an ELF file, the linker's output" },
	{ "PK\3\4", 4, &e_archive, "this is a zip archive" },
	{ "7z\274\257\47\34", 6, &e_archive, "this is a 7z archive" },
	{ "Rar!\32\7", 6, &e_archive, "this is a rar archive" },
	{ "\3757zXZ\0", 6, &e_archive, "this is compressed by xz" },
	{ "BZh", 3, &e_archive, "this is compressed by bzip2" },
	{ "\50\265\57\375", 4, &e_archive, "this is compressed by zstd" },
	{ "BFNP", 4, &e_bl602, "this is firmware for a BL602, another processor" },
};

enum { LOOK_AT = 512, TAR_MAGIC = 257 };

static bool
contains(const uint8_t *bytes, size_t len, const char *word)
{
	size_t needed = strlen(word);

	for (size_t i = 0; i + needed <= len; i++)
		if (strncasecmp((const char *)bytes + i, word, needed) == 0)
			return true;
	return false;
}

static bool
is_text(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] < 0x20 && !isspace(bytes[i]))
			return false;
	for (size_t cut = 0; cut < 4 && cut < len; cut++) /* within a character */
		if (text_is_utf8((const char *)bytes, len - cut))
			return true;
	return false;
}

static bool
is_blank(const struct image *image)
{
	uint8_t first = image->bytes[0];

	if (first != 0x00 && first != 0xff)
		return false;
	return memcmp(image->bytes, image->bytes + 1, image->len - 1) == 0;
}

void
foreign_parse(struct image *image)
{
	const uint8_t *bytes = image->bytes;
	size_t look = image->len < LOOK_AT ? image->len : LOOK_AT;

	image->format = IMAGE_OTHER;
	if (image->len == 0) {
		flaw_add(image, &e_empty, "the file is empty");
		return;
	}
	for (size_t i = 0; i < COUNT_OF(beginnings); i++) {
		const struct beginning *each = &beginnings[i];

		if (image->len >= each->len &&
			memcmp(bytes, each->bytes, each->len) == 0) {
			if (each->code == &e_elf)
				image->format = IMAGE_ELF;
			flaw_add(image, each->code, "%s", each->says);
			return;
		}
	}
	if (look > TAR_MAGIC + 5 && memcmp(bytes + TAR_MAGIC, "ustar", 5) == 0)
		flaw_add(image, &e_archive, "this is a tar archive");
	else if (is_text(bytes, look) &&
		(contains(bytes, look, "<html") ||
			contains(bytes, look, "<!doctype html")))
		flaw_add(image, &e_html, "this is a web page");
	else if (is_text(bytes, look))
		flaw_add(image, &e_text, "this is text");
	else if (is_blank(image))
		flaw_add(image, &e_blank, "all bytes are 0x%02x", bytes[0]);
	else
		flaw_add(image, &e_magic,
			"it begins with 0x%02x; ESP8266 firmware begins with 0xe9",
			bytes[0]);
}
