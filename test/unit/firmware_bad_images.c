/* Every way an image can be bad, one row each: what is changed in a good file, which
 * method is asked, which reason must be given. */
/* SPDX-License-Identifier: MIT */
#include "firmware/accept.h"
#include "test/unit/image_maker.h"

/* The good file a row starts from. */
enum start { LITE, CORE3, UPDATE, GZIP, NOTHING };

enum change_kind {
	SAME,
	BYTE, /* at, value */
	WORD, /* at, value */
	CUT_TO, /* at: new length */
	CUT_BY, /* at: bytes fewer */
	GROW_BY, /* at: bytes more, filled with value */
	BOOT_ADDRESS, /* at: segment, value */
	BOOT_LENGTH,
	APP_ADDRESS,
	APP_LENGTH,
	TEXT_IS, /* at: offset, words: replaces bytes there */
	FILE_IS, /* words: the whole file */
	FILL_WITH, /* at: length, value: the whole file */
	FLIP /* at: from the end, its bits */
};

struct change {
	enum change_kind kind;
	uint32_t at, value;
	const char *words;
};

enum {
	PLAIN,
	SUMMED
}; /* SUMMED: checksums are counted anew, so they are not the fault */

static const struct bad {
	const char *name;
	enum start start;
	struct recipe recipe;
	struct change changes[2];
	int sums;
	const char *method, *code;
} bads[] = {
	/* Not firmware at all. */
	{ "empty", NOTHING, { 0 }, { { SAME } }, PLAIN, "diy", "E-IMAGE-EMPTY" },
	{ "zeros", NOTHING, { 0 }, { { FILL_WITH, 200000, 0 } }, PLAIN, "diy",
		"E-IMAGE-BLANK" },
	{ "erased flash", NOTHING, { 0 }, { { FILL_WITH, 200000, 0xff } }, PLAIN, "diy",
		"E-IMAGE-BLANK" },
	{ "web page", NOTHING, { 0 },
		{ { FILE_IS, 0, 0, "\n<!DOCTYPE html>\n<html><body>404</body>" } }, PLAIN,
		"diy", "E-IMAGE-HTML" },
	{ "web page without doctype", NOTHING, { 0 },
		{ { FILE_IS, 0, 0, "<HTML><head>Not found" } }, PLAIN, "tasmota",
		"E-IMAGE-HTML" },
	{ "text", NOTHING, { 0 }, { { FILE_IS, 0, 0, "version https://git-lfs\n" } },
		PLAIN, "diy", "E-IMAGE-TEXT" },
	{ "Intel hex", NOTHING, { 0 }, { { FILE_IS, 0, 0, ":10000000E90103\r\n" } },
		PLAIN, "diy", "E-IMAGE-TEXT" },
	{ "ELF", NOTHING, { 0 }, { { FILE_IS, 0, 0, "\177ELF\1\1\1" } }, PLAIN, "diy",
		"E-IMAGE-ELF" },
	{ "zip", NOTHING, { 0 }, { { FILE_IS, 0, 0, "PK\3\4\24" } }, PLAIN, "diy",
		"E-IMAGE-ARCHIVE" },
	{ "xz", NOTHING, { 0 }, { { FILL_WITH, 400, 0 }, { TEXT_IS, 0, 0, "\3757zXZ" } },
		PLAIN, "diy", "E-IMAGE-ARCHIVE" },
	{ "7z", NOTHING, { 0 }, { { FILE_IS, 0, 0, "7z\274\257\47\34\3" } }, PLAIN, "diy",
		"E-IMAGE-ARCHIVE" },
	{ "tar", NOTHING, { 0 }, { { FILL_WITH, 1024, 1 }, { TEXT_IS, 257, 0, "ustar" } },
		PLAIN, "diy", "E-IMAGE-ARCHIVE" },
	{ "BL602", NOTHING, { 0 }, { { FILE_IS, 0, 0, "BFNP\1\2\3" } }, PLAIN, "diy",
		"E-IMAGE-BL602" },
	{ "noise", LITE, { 0 }, { { BYTE, 0, 0x42 } }, PLAIN, "diy", "E-IMAGE-MAGIC" },
	{ "noise for takeover", LITE, { 0 }, { { BYTE, 0, 0xe8 } }, PLAIN, "takeover",
		"E-IMAGE-MAGIC" },
	{ "one byte", LITE, { 0 }, { { CUT_TO, 1 } }, PLAIN, "diy", "E-IMAGE-TRUNCATED" },

	/* The boot loader's part. */
	{ "seven bytes", LITE, { 0 }, { { CUT_TO, 7 } }, PLAIN, "diy",
		"E-IMAGE-TRUNCATED" },
	{ "cut in a segment header", LITE, { 0 }, { { CUT_TO, 12 } }, PLAIN, "diy",
		"E-IMAGE-TRUNCATED" },
	{ "cut in the boot loader", LITE, { 0 }, { { CUT_TO, 0x400 } }, PLAIN, "diy",
		"E-IMAGE-TRUNCATED" },
	{ "cut before its checksum", LITE, { 0 }, { { CUT_TO, 0xe10 } }, PLAIN, "diy",
		"E-IMAGE-TRUNCATED" },
	{ "boot loader only", LITE, { 0 }, { { CUT_TO, 0x1000 } }, PLAIN, "diy",
		"E-IMAGE-NO-APPLICATION" },
	{ "cut in the filler", LITE, { 0 }, { { CUT_TO, 0xf00 } }, PLAIN, "takeover",
		"E-IMAGE-NO-APPLICATION" },
	{ "no segments", LITE, { 0 }, { { BYTE, 1, 0 } }, PLAIN, "diy",
		"E-IMAGE-SEGMENT-COUNT" },
	{ "17 segments", LITE, { 0 }, { { BYTE, 1, 17 } }, PLAIN, "diy",
		"E-IMAGE-SEGMENT-COUNT" },
	{ "boot loader damaged", LITE, { 0 }, { { BYTE, 0x200, 0x99 } }, PLAIN, "diy",
		"E-IMAGE-CHECKSUM" },
	{ "its checksum damaged", LITE, { 0 }, { { BYTE, 0xe1f, 0x00 } }, PLAIN,
		"takeover", "E-IMAGE-CHECKSUM" },
	{ "its entry in data", LITE, { .eboot_data_len = 40 },
		{ { WORD, 4, 0x3ffe8000 } }, SUMMED, "diy", "E-IMAGE-ENTRY" },
	{ "its entry behind the segment", LITE, { 0 }, { { WORD, 4, 0x4010fe00 } },
		SUMMED, "diy", "E-IMAGE-ENTRY" },
	{ "an ESP32's entry", LITE, { 0 }, { { WORD, 4, 0x40081000 } }, SUMMED, "diy",
		"E-IMAGE-ENTRY" },
	{ "another boot loader", LITE, { 0 },
		{ { BOOT_ADDRESS, 0, 0x40100000 }, { WORD, 4, 0x40100004 } }, SUMMED,
		"diy", "E-IMAGE-BOOT" },
	{ "boot loader in flash", LITE, { 0 },
		{ { BOOT_ADDRESS, 0, 0x40200010 }, { WORD, 4, 0x40200020 } }, SUMMED,
		"diy", "E-IMAGE-SEGMENT-MAPPED" },
	{ "boot loader at an odd address", LITE, { 0 },
		{ { BOOT_ADDRESS, 0, 0x4010f002 } }, SUMMED, "diy",
		"E-IMAGE-SEGMENT-ALIGN" },
	{ "boot loader too high", LITE, { 0 }, { { BOOT_ADDRESS, 0, 0x4010f400 } },
		SUMMED, "diy", "E-IMAGE-SEGMENT-MEMORY" },
	{ "its data on the stack", LITE, { .eboot_data_len = 40 },
		{ { BOOT_ADDRESS, 1, 0x3fffff00 } }, SUMMED, "diy",
		"E-IMAGE-SEGMENT-STACK" },

	/* What follows the boot loader. */
	{ "application missing", LITE, { 0 }, { { BYTE, 0x1000, 0xff } }, PLAIN, "diy",
		"E-IMAGE-NO-APPLICATION" },
	{ "rBoot", LITE, { 0 }, { { BYTE, 0x1000, 0xe1 } }, PLAIN, "diy",
		"E-IMAGE-RBOOT" },
	{ "rBoot, blank settings", LITE, { 0 },
		{ { BYTE, 0x1000, 0xff }, { BYTE, 0x2000, 0xea } }, PLAIN, "takeover",
		"E-IMAGE-RBOOT" },
	{ "copy of a stock device", LITE, { 0 }, { { BYTE, 0x1000, 0xea } }, PLAIN, "diy",
		"E-IMAGE-VENDOR-FLASH" },

	/* The application's part. */
	{ "cut in its header", LITE, { 0 }, { { CUT_TO, 0x1004 } }, PLAIN, "diy",
		"E-IMAGE-TRUNCATED" },
	{ "half a download", LITE, { 0 }, { { CUT_TO, 243912 } }, PLAIN, "diy",
		"E-IMAGE-TRUNCATED" },
	{ "last byte missing", LITE, { 0 }, { { CUT_BY, 1 } }, PLAIN, "diy",
		"E-IMAGE-TRUNCATED" },
	{ "last row missing", LITE, { 0 }, { { CUT_BY, 16 } }, PLAIN, "takeover",
		"E-IMAGE-TRUNCATED" },
	{ "one byte more", LITE, { 0 }, { { GROW_BY, 1, 0 } }, PLAIN, "diy",
		"E-IMAGE-TRAILING" },
	{ "a row more", LITE, { 0 }, { { GROW_BY, 16, 0xff } }, PLAIN, "takeover",
		"E-IMAGE-TRAILING" },
	{ "a line end more", LITE, { 0 }, { { GROW_BY, 2, '\n' } }, PLAIN, "tasmota",
		"E-IMAGE-TRAILING" },
	{ "a bit wrong in the middle", LITE, { 0 }, { { FLIP, 200000, 0x10 } }, PLAIN,
		"diy", "E-IMAGE-CHECKSUM" },
	{ "a bit wrong in the data", LITE, { 0 }, { { FLIP, 100, 1 } }, PLAIN, "tasmota",
		"E-IMAGE-CHECKSUM" },
	{ "checksum wrong", LITE, { 0 }, { { FLIP, 1, 0x80 } }, PLAIN, "takeover",
		"E-IMAGE-CHECKSUM" },
	{ "no segments", LITE, { 0 }, { { BYTE, 0x1001, 0 } }, PLAIN, "diy",
		"E-IMAGE-SEGMENT-COUNT" },
	{ "too many segments", LITE, { 0 }, { { BYTE, 0x1001, 200 } }, PLAIN, "diy",
		"E-IMAGE-SEGMENT-COUNT" },
	{ "one segment fewer", LITE, { 0 }, { { BYTE, 0x1001, 4 } }, SUMMED, "diy",
		"E-IMAGE-TRAILING" },
	{ "one segment more", LITE, { 0 }, { { BYTE, 0x1001, 6 } }, PLAIN, "diy",
		"E-IMAGE-SEGMENT-MEMORY" },
	{ "entry at zero", LITE, { 0 }, { { WORD, 0x1004, 0 } }, SUMMED, "diy",
		"E-IMAGE-ENTRY" },
	{ "entry in flash", LITE, { 0 }, { { WORD, 0x1004, 0x40201010 } }, SUMMED, "diy",
		"E-IMAGE-ENTRY" },
	{ "entry in the boot loader", LITE, { 0 }, { { WORD, 0x1004, 0x4010f3e4 } },
		SUMMED, "diy", "E-IMAGE-ENTRY" },
	{ "flash part elsewhere", LITE, { 0 }, { { APP_ADDRESS, 0, 0x40202010 } }, SUMMED,
		"diy", "E-IMAGE-SEGMENT-PLACE" },
	{ "linked for slot 2", LITE, { 0 }, { { APP_ADDRESS, 0, 0x40281010 } }, SUMMED,
		"takeover", "E-IMAGE-SEGMENT-PLACE" },
	{ "flash part behind the flash", LITE, { 0 }, { { APP_ADDRESS, 0, 0x402ff010 } },
		SUMMED, "diy", "E-IMAGE-SEGMENT-MEMORY" },
	{ "flash part reaches the settings", LITE, { .len = 0xf4000 }, { { SAME } },
		PLAIN, "tasmota", "E-IMAGE-SEGMENT-SETTINGS" },
	{ "segment at zero", LITE, { 0 }, { { APP_ADDRESS, 1, 0 } }, SUMMED, "diy",
		"E-IMAGE-SEGMENT-MEMORY" },
	{ "segment at the end of addresses", LITE, { 0 },
		{ { APP_ADDRESS, 1, 0xfffffffc } }, SUMMED, "diy",
		"E-IMAGE-SEGMENT-MEMORY" },
	{ "segment of an ESP32", LITE, { 0 }, { { APP_ADDRESS, 3, 0x3ffb0000 } }, SUMMED,
		"diy", "E-IMAGE-SEGMENT-MEMORY" },
	{ "segment below the data memory", LITE, { 0 },
		{ { APP_ADDRESS, 3, 0x3ffe7ffc } }, SUMMED, "diy",
		"E-IMAGE-SEGMENT-MEMORY" },
	{ "segment runs into ROM data", LITE, { 0 }, { { APP_ADDRESS, 4, 0x3fffbffc } },
		SUMMED, "diy", "E-IMAGE-SEGMENT-MEMORY" },
	{ "segment in ROM data", LITE, { 0 }, { { APP_ADDRESS, 4, 0x3fffc000 } }, SUMMED,
		"diy", "E-IMAGE-SEGMENT-STACK" },
	{ "segment on top of eboot", LITE, { 0 }, { { APP_ADDRESS, 2, 0x4010f000 } },
		SUMMED, "diy", "E-IMAGE-SEGMENT-EBOOT" },
	{ "segment reaches eboot", LITE, { 0 }, { { APP_ADDRESS, 2, 0x4010be04 } },
		SUMMED, "diy", "E-IMAGE-SEGMENT-EBOOT" },
	{ "segments overlap", LITE, { 0 }, { { APP_ADDRESS, 2, 0x401005fc } }, SUMMED,
		"diy", "E-IMAGE-SEGMENT-OVERLAP" },
	{ "segment twice", LITE, { 0 }, { { APP_ADDRESS, 4, 0x3ffe8000 } }, SUMMED,
		"takeover", "E-IMAGE-SEGMENT-OVERLAP" },
	{ "segment inside another", LITE, { 0 }, { { APP_ADDRESS, 4, 0x3ffe8100 } },
		SUMMED, "diy", "E-IMAGE-SEGMENT-OVERLAP" },
	{ "odd address", LITE, { 0 }, { { APP_ADDRESS, 1, 0x40100002 } }, SUMMED, "diy",
		"E-IMAGE-SEGMENT-ALIGN" },
	{ "odd length", LITE, { 0 }, { { APP_LENGTH, 4, 0xfe } }, SUMMED, "diy",
		"E-IMAGE-SEGMENT-ALIGN" },
	{ "length of a gigabyte", LITE, { 0 }, { { APP_LENGTH, 1, 0x40000000 } }, PLAIN,
		"diy", "E-IMAGE-TRUNCATED" },
	{ "length of minus four", LITE, { 0 }, { { APP_LENGTH, 4, 0xfffffffc } }, PLAIN,
		"diy", "E-IMAGE-TRUNCATED" },
	{ "segment too long", LITE, { .data_len = 0x10004 }, { { SAME } }, PLAIN, "diy",
		"E-IMAGE-SEGMENT-SIZE" },
	{ "core-3 CRC wrong", CORE3, { 0 }, { { FLIP, 0, 0 }, { BYTE, 0x1014, 0x5a } },
		PLAIN, "diy", "E-IMAGE-CRC" },
	{ "core-3 file changed, checksum repaired", CORE3, { 0 },
		{ { FLIP, 200000, 0x10 }, { FLIP, 1, 0x10 } }, PLAIN, "diy",
		"E-IMAGE-CRC" },
	{ "core-3 filler changed", CORE3, { 0 }, { { BYTE, 0xfff, 0 } }, PLAIN,
		"takeover", "E-IMAGE-CRC" },

	/* Good files the method does not take. */
	{ "one byte of mode: QIO", LITE, { .mode = 0x80 }, { { SAME } }, PLAIN, "diy",
		"E-IMAGE-FLASH-MODE" },
	{ "QOUT", LITE, { .mode = 0x81 }, { { SAME } }, PLAIN, "takeover",
		"E-IMAGE-FLASH-MODE" },
	{ "DIO", LITE, { .mode = 0x82 }, { { SAME } }, PLAIN, "tasmota",
		"E-IMAGE-FLASH-MODE" },
	{ "no mode at all", LITE, { 0 }, { { BYTE, 2, 0x77 } }, PLAIN, "diy",
		"E-IMAGE-FLASH-MODE" },
	{ "for 4 MiB", LITE, { .size_speed = 0x40 }, { { SAME } }, PLAIN, "diy",
		"E-IMAGE-FLASH-SIZE" },
	{ "for 512 KiB", LITE, { 0 }, { { BYTE, 3, 0x00 } }, PLAIN, "takeover",
		"E-IMAGE-FLASH-SIZE" },
	{ "for no known size", LITE, { .size_speed = 0xf0 }, { { SAME } }, PLAIN,
		"tasmota", "E-IMAGE-FLASH-SIZE" },
	{ "wrong size before wrong mode", LITE, { .size_speed = 0x40, .mode = 0x80 },
		{ { SAME } }, PLAIN, "diy", "E-IMAGE-FLASH-SIZE" },
	{ "too small", LITE, { .len = 99984 }, { { SAME } }, PLAIN, "diy",
		"E-IMAGE-TOO-SMALL" },
	{ "one row too large", LITE, { .len = 520208 }, { { SAME } }, PLAIN, "diy",
		"E-IMAGE-TOO-LARGE" },
	{ "the full build", LITE, { .len = 609536 }, { { SAME } }, PLAIN, "diy",
		"E-IMAGE-TOO-LARGE" },
	{ "one row too large for takeover", LITE, { .len = 524304 }, { { SAME } }, PLAIN,
		"takeover", "E-IMAGE-TOO-LARGE" },
	{ "minimal near the format", LITE, { TEXT("Tasmota\0minimal\0(release-%s)") },
		{ { SAME } }, PLAIN, "diy", "E-IMAGE-MINIMAL" },
	{ "minimal alone", LITE, { TEXT("Tasmota\0minimal") }, { { SAME } }, PLAIN,
		"takeover", "E-IMAGE-MINIMAL" },
	{ "minimal by its page", LITE,
		{ TEXT("Tasmota\0MINIMAL firmware - please upgrade") }, { { SAME } },
		PLAIN, "diy", "E-IMAGE-MINIMAL" },
	{ "unknown program", LITE, { TEXT("Blink") }, { { SAME } }, PLAIN, "diy",
		"E-IMAGE-FOREIGN" },
	{ "ESPEasy", LITE, { TEXT("ESP Easy") }, { { SAME } }, PLAIN, "takeover",
		"E-IMAGE-FOREIGN" },
	{ "ESPHome from inside Tasmota", LITE, { TEXT("ESPHome") }, { { SAME } }, PLAIN,
		"tasmota", "E-IMAGE-FOREIGN" },

	/* The vendor's update files. */
	{ "update file", UPDATE, { 0 }, { { SAME } }, PLAIN, "diy",
		"E-IMAGE-VENDOR-UPDATE" },
	{ "update file as last stage", UPDATE, { 0 }, { { SAME } }, PLAIN, "takeover",
		"E-IMAGE-VENDOR-UPDATE" },
	{ "update file for Tasmota", UPDATE, { 0 }, { { SAME } }, PLAIN, "tasmota",
		"E-IMAGE-VENDOR-UPDATE" },
	{ "its header cut", UPDATE, { 0 }, { { CUT_TO, 15 } }, PLAIN, "diy",
		"E-IMAGE-TRUNCATED" },
	{ "its second magic", UPDATE, { 0 }, { { BYTE, 1, 3 } }, PLAIN, "diy",
		"E-IMAGE-SECOND-MAGIC" },
	{ "its flash part at an address", UPDATE, { 0 }, { { WORD, 8, 0x40201010 } },
		PLAIN, "diy", "E-IMAGE-FLASH-PART" },
	{ "its flash part of odd length", UPDATE, { 0 }, { { WORD, 12, 0x32774 } }, PLAIN,
		"diy", "E-IMAGE-FLASH-PART" },
	{ "its flash part longer than the file", UPDATE, { 0 },
		{ { WORD, 12, 0xfffffff0 } }, PLAIN, "diy", "E-IMAGE-TRUNCATED" },
	{ "its RAM part missing", UPDATE, { 0 }, { { BYTE, 0x32780, 0xea } }, PLAIN,
		"diy", "E-IMAGE-RAM-PART" },
	{ "its RAM part in flash", UPDATE, { 0 }, { { WORD, 0x32788, 0x40240000 } },
		PLAIN, "diy", "E-IMAGE-SEGMENT-MAPPED" },
	{ "its RAM part damaged", UPDATE, { 0 }, { { FLIP, 3000, 4 } }, PLAIN, "diy",
		"E-IMAGE-CHECKSUM" },
	{ "its entries differ", UPDATE, { 0 }, { { WORD, 4, 0x40100008 } }, SUMMED, "diy",
		"E-IMAGE-TWO-ENTRIES" },
	{ "its CRC wrong", UPDATE, { 0 }, { { FLIP, 1, 1 } }, PLAIN, "takeover",
		"E-IMAGE-CRC" },
	{ "its flash part damaged", UPDATE, { 0 }, { { BYTE, 0x1000, 1 } }, PLAIN, "diy",
		"E-IMAGE-CRC" },
	{ "its CRC cut", UPDATE, { 0 }, { { CUT_BY, 2 } }, PLAIN, "diy",
		"E-IMAGE-TRUNCATED" },
	{ "more behind its CRC", UPDATE, { 0 }, { { GROW_BY, 4, 0 } }, PLAIN, "diy",
		"E-IMAGE-TRAILING" },

	/* Compressed files. */
	{ "gzip", GZIP, { 0 }, { { SAME } }, PLAIN, "diy", "E-IMAGE-GZIP" },
	{ "gzip for takeover", GZIP, { 0 }, { { SAME } }, PLAIN, "takeover",
		"E-IMAGE-GZIP" },
	{ "gzip header only", GZIP, { 0 }, { { CUT_TO, 3 } }, PLAIN, "tasmota",
		"E-IMAGE-TRUNCATED" },
	{ "gzip cut", GZIP, { 0 }, { { CUT_BY, 1 } }, PLAIN, "tasmota",
		"E-IMAGE-TRUNCATED" },
	{ "gzip with a wrong CRC", GZIP, { 0 }, { { FLIP, 8, 1 } }, PLAIN, "tasmota",
		"E-IMAGE-GZIP-DAMAGED" },
	{ "gzip with a wrong length", GZIP, { 0 }, { { FLIP, 1, 1 } }, PLAIN, "tasmota",
		"E-IMAGE-GZIP-DAMAGED" },
	{ "gzip with more behind", GZIP, { 0 }, { { GROW_BY, 3, 0 } }, PLAIN, "tasmota",
		"E-IMAGE-TRAILING" },
	{ "gzip of too much", GZIP, { .len = 0xf2800, TEXT("Tasmota") }, { { SAME } },
		PLAIN, "diy", "E-IMAGE-GZIP" },
	{ "gzip of another mode", GZIP, { .mode = 0x80 }, { { SAME } }, PLAIN, "tasmota",
		"E-IMAGE-FLASH-MODE" },
	{ "gzip of a foreign program", GZIP, { TEXT("Blink") }, { { SAME } }, PLAIN,
		"tasmota", "E-IMAGE-FOREIGN" },
};

static void
change_segment(struct made *made, size_t start, const struct change *change, size_t field)
{
	made_put32(made, made_segment_at(made, start, change->at) + field, change->value);
}

static void
replace(struct made *made, const char *words)
{
	made_clear(made);
	made_add(made, words, strlen(words));
}

static void
apply(struct made *made, const struct change *change)
{
	size_t was = made->len;

	switch (change->kind) {
	case SAME:
		break;
	case BYTE:
		made->bytes[change->at] = (uint8_t)change->value;
		break;
	case WORD:
		made_put32(made, change->at, change->value);
		break;
	case CUT_TO:
		made->len = change->at;
		break;
	case CUT_BY:
		made->len -= change->at;
		break;
	case GROW_BY:
		made_add(made, NULL, change->at);
		memset(made->bytes + was, (int)change->value, change->at);
		break;
	case BOOT_ADDRESS:
		change_segment(made, 0, change, 0);
		break;
	case BOOT_LENGTH:
		change_segment(made, 0, change, 4);
		break;
	case APP_ADDRESS:
		change_segment(made, 0x1000, change, 0);
		break;
	case APP_LENGTH:
		change_segment(made, 0x1000, change, 4);
		break;
	case TEXT_IS:
		memcpy(made->bytes + change->at, change->words, strlen(change->words));
		break;
	case FILE_IS:
		replace(made, change->words);
		break;
	case FILL_WITH:
		made_clear(made);
		made_add(made, NULL, change->at);
		memset(made->bytes, (int)change->value, change->at);
		break;
	case FLIP:
		if (change->at > 0)
			made->bytes[was - change->at] ^= (uint8_t)change->value;
		break;
	}
}

static struct made
start_from(const struct bad *bad)
{
	struct recipe recipe = bad->recipe;

	if (bad->start == NOTHING)
		return (struct made){ 0 };
	if (bad->start == UPDATE)
		return make_update(0, 0x32770, false, true);
	recipe.core3 = bad->start == CORE3;
	if (bad->start == GZIP) {
		OWN(made) content = make_arduino(&recipe);

		return make_gzip(&content, 6);
	}
	return make_arduino(&recipe);
}

static void
sum_again(struct made *made, enum start start)
{
	if (start == UPDATE) {
		uint32_t sum = (uint32_t)crc32_z(0, made->bytes, made->len - 4);

		made_put32(made, made->len - 4, sum >> 31 ? ~sum : sum + 1);
		return;
	}
	made_sum_again(made, 0);
	made_sum_again(made, 0x1000);
}

static void
bad_images_are_refused_for_the_right_reason(void **state)
{
	unsigned wrong = 0;

	(void)state;
	assert_true(COUNT_OF(bads) >= 60);
	for (size_t i = 0; i < COUNT_OF(bads); i++) {
		const struct bad *bad = &bads[i];
		OWN(made) made = start_from(bad);
		struct err err = { 0 };

		for (size_t k = 0; k < COUNT_OF(bad->changes); k++)
			apply(&made, &bad->changes[k]);
		if (bad->sums == SUMMED)
			sum_again(&made, bad->start);
		OWN_NEW(image) image = image_parse("firmware.bin", made.bytes, made.len);
		accept_image(image, bad->method, NULL, NULL, &err);
		if (err.code != NULL && strcmp(err.code->name, bad->code) == 0 &&
			err.code->kind == ERR_IMAGE_REFUSED && err.remedy[0] != '\0')
			continue;
		print_error("%s for %s: %s instead of %s\n", bad->name, bad->method,
			err.code != NULL ? err.code->name : "accepted", bad->code);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_images_are_refused_for_the_right_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
