/* What the chip and its second boot loader make of a flash image. */
/* SPDX-License-Identifier: MIT */
#include "sim/flash_image.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

enum {
	APPLICATION_AT = 0x1000,
	HEADER_BYTES = 8,
	MAGIC = 0xE9,
	MODE_DOUT = 3, /* the only mode these boards' flash chips are wired for */
	SEGMENTS_MOST = 16,
	CHECKSUM_SEED = 0xEF
};

#define MAPPED_FROM 0x40200000u
#define MAPPED_TO   0x40300000u

struct part {
	const uint8_t *bytes; /* the whole flash */
	size_t len;
	size_t at; /* of the header */
	uint32_t entry;
	unsigned segments;
	bool entry_is_loaded;
	uint8_t sum;
	size_t end; /* behind the last segment */
	size_t mapped_at, mapped_len; /* flash part of an application */
};

static uint32_t
word_at(const uint8_t *bytes, size_t at)
{
	return (uint32_t)bytes[at] | (uint32_t)bytes[at + 1] << 8 |
		(uint32_t)bytes[at + 2] << 16 | (uint32_t)bytes[at + 3] << 24;
}

static bool
is_ram(uint32_t address, uint32_t len)
{
	static const struct {
		uint32_t from, to;
	} ranges[] = { { 0x3FFE8000, 0x3FFFC000 }, { 0x40100000, 0x40110000 } };

	for (size_t i = 0; i < COUNT_OF(ranges); i++)
		if (address >= ranges[i].from && address < ranges[i].to &&
			len <= ranges[i].to - address)
			return true;
	return false;
}

/* Returns NULL or what is wrong. */
static const char *
read_segment(struct part *part)
{
	uint32_t address, len;
	size_t data = part->end + 8;

	if (part->end > part->len || part->len - part->end < 8)
		return "ends inside a segment header";
	address = word_at(part->bytes, part->end);
	len = word_at(part->bytes, part->end + 4);
	if (len > part->len - data)
		return "ends inside a segment";
	if (len % 4 != 0 || address % 4 != 0)
		return "has a segment that is not word aligned";
	if (address >= MAPPED_FROM && address < MAPPED_TO) {
		if (part->at == 0)
			return "makes the ROM load into mapped flash";
		if (address - MAPPED_FROM != data)
			return "has its flash part at another place than linked";
		part->mapped_at = data;
		part->mapped_len = len;
	} else if (!is_ram(address, len)) {
		return "has a segment outside of RAM";
	} else if (part->entry >= address && part->entry - address < len) {
		part->entry_is_loaded = true;
	}
	for (size_t i = 0; i < len; i++)
		part->sum ^= part->bytes[data + i];
	part->end = data + len;
	return NULL;
}

/* Core 3.0's tools write the file's length and CRC into the first eight bytes of the
 * flash part after the checksum was made: what they add to the sum. */
static uint8_t
late_words(const struct part *part)
{
	uint8_t sum = 0;

	if (part->mapped_len < 8 ||
		word_at(part->bytes, part->mapped_at) != (part->end | 15) + 1)
		return 0;
	for (size_t i = 0; i < 8; i++)
		sum ^= part->bytes[part->mapped_at + i];
	return sum;
}

static const char *
read_part(struct part *part)
{
	const char *wrong = NULL;

	if (part->len < part->at + HEADER_BYTES)
		return "is too short for a header";
	if (part->bytes[part->at] != MAGIC)
		return "has no E9 in front";
	part->segments = part->bytes[part->at + 1];
	part->entry = word_at(part->bytes, part->at + 4);
	part->end = part->at + HEADER_BYTES;
	part->sum = CHECKSUM_SEED;
	if (part->segments == 0 || part->segments > SEGMENTS_MOST)
		return "has an impossible number of segments";
	for (unsigned i = 0; i < part->segments && wrong == NULL; i++)
		wrong = read_segment(part);
	if (wrong != NULL)
		return wrong;
	if (!part->entry_is_loaded)
		return "starts outside of what it loads";
	if ((part->end | 15) >= part->len)
		return "ends before its checksum";
	if (part->bytes[part->end | 15] != (part->sum ^ late_words(part)))
		return "has a wrong checksum";
	return NULL;
}

static bool
is_version(uint32_t word)
{
	uint32_t major = word >> 24, minor = word >> 16 & 0xFF, patch = word >> 8 & 0xFF;

	return major >= 5 && major <= 40 && minor <= 30 && patch <= 30 &&
		(word & 0xFF) <= 40;
}

/* Where an l32r instruction at `at` reads its word from; 0 when it is none or points
 * out of the flash part. */
static size_t
literal_of(const struct part *part, size_t at)
{
	uint32_t target;

	if ((part->bytes[at] & 0x0F) != 1)
		return 0;
	target = ((uint32_t)at + 3) & ~3u;
	target += (0xFFFF0000u | part->bytes[at + 1] | (uint32_t)part->bytes[at + 2] << 8)
		<< 2;
	return target >= part->mapped_at &&
			target + 4 <= part->mapped_at + part->mapped_len
		? target
		: 0;
}

/* Tasmota's version is a constant that code loads: the word looking like a version that
 * most instructions load. */
static void
find_version(const struct part *part, struct flash_image *out)
{
	uint8_t *counts = xcalloc(part->mapped_len / 4 + 1, 1);
	size_t best = 0;
	uint32_t word;

	text_copy(out->version, sizeof out->version, "0.0.0");
	for (size_t i = 0; i + 3 < part->mapped_len; i++) {
		size_t literal = literal_of(part, part->mapped_at + i);
		size_t slot = (literal - part->mapped_at) / 4;

		if (literal == 0 || !is_version(word_at(part->bytes, literal)))
			continue;
		if (counts[slot] < 255 && ++counts[slot] > 1 &&
			(best == 0 ||
				counts[slot] > counts[(best - part->mapped_at) / 4]))
			best = literal;
	}
	free(counts);
	if (best == 0)
		return;
	word = word_at(part->bytes, best);
	out->version_word = word;
	snprintf(out->version, sizeof out->version, "%u.%u.%u", word >> 24,
		word >> 16 & 0xFF, word >> 8 & 0xFF);
}

static bool
holds(const struct part *part, const char *text, size_t len)
{
	return memmem(part->bytes + part->at, part->end - part->at, text, len) != NULL;
}

static void
find_program(const struct part *part, struct flash_image *out)
{
	static const char *const programs[] = { "Tasmota", "ESPHome", "ESPurna" };
	static const char *const variants[] = { "minimal", "lite", "sensors", "display",
		"knx", "ir", "tasmota" };

	for (size_t i = 0; i < COUNT_OF(programs) && out->program[0] == '\0'; i++)
		if (holds(part, programs[i], strlen(programs[i])))
			text_copy(out->program, sizeof out->program, programs[i]);
	for (size_t i = 0; i < COUNT_OF(variants) && out->variant[0] == '\0'; i++) {
		char whole[16] = { 0 };

		/* The word alone, with a NUL on both sides. */
		text_copy(whole + 1, sizeof whole - 1, variants[i]);
		if (holds(part, whole, strlen(variants[i]) + 2))
			text_copy(out->variant, sizeof out->variant, variants[i]);
	}
	out->has_wifi_data = holds(
		part, FLASH_IMAGE_WIFI_MARK, strlen(FLASH_IMAGE_WIFI_MARK));
}

void
flash_image_read(const uint8_t *bytes, size_t len, struct flash_image *out)
{
	struct part boot = { .bytes = bytes, .len = len };
	struct part application = { .bytes = bytes, .len = len, .at = APPLICATION_AT };
	const char *wrong;

	*out = (struct flash_image){ 0 };
	if ((wrong = read_part(&boot)) != NULL) {
		snprintf(out->why_not, sizeof out->why_not, "the boot loader %s", wrong);
	} else if (bytes[2] != MODE_DOUT) {
		snprintf(out->why_not, sizeof out->why_not,
			"flash mode byte %u is not DOUT", bytes[2]);
	} else if ((wrong = read_part(&application)) != NULL) {
		snprintf(out->why_not, sizeof out->why_not, "the application %s", wrong);
	} else {
		out->starts = true;
		find_program(&application, out);
		find_version(&application, out);
	}
}
