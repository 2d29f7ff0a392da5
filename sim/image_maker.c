/* Builds flash images as the Arduino core lays them out.
 * Source: doc/protocol/images.md, "Arduino file layout". */
/* SPDX-License-Identifier: MIT */
#include "sim/image_maker.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "sim/flash_image.h"

enum {
	EBOOT_BYTES = 0xE00,
	APPLICATION_AT = 0x1000,
	HEADER_BYTES = 8,
	SEGMENT_HEADER = 8,
	FILLER = 0xAA,
	SIZE_SPEED = 0x20, /* 1 MiB, 40 MHz */
	CHECKSUM_SEED = 0xEF,
	VERSION_USES = 5, /* instructions that load the version, as in real images */
	CORE3_WORDS = 8
};

#define EBOOT_ADDRESS  0x4010F000u
#define MAPPED_ADDRESS 0x40201010u
#define IRAM_ADDRESS   0x40100000u

/* The segments of the application behind its flash part, all multiples of 16 bytes. */
static const struct {
	uint32_t address, len;
} ram_segments[] = { { 0x40100000, 0x6800 }, { 0x40106800, 0x200 }, { 0x3FFE8000, 0x500 },
	{ 0x3FFE8500, 0xC00 } };

struct maker {
	const struct image_plan *plan;
	uint8_t *bytes;
	size_t at;
	uint32_t noise;
	uint8_t sum;
};

static void
put_word(uint8_t *at, uint32_t word)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(word >> (8 * i));
}

/* Never a byte that would begin an l32r instruction: the version is loaded on purpose. */
static void
fill(struct maker *m, uint8_t *to, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		m->noise = m->noise * 1664525u + 1013904223u;
		to[i] = (uint8_t)(m->noise >> 24);
		if ((to[i] & 0x0F) == 1)
			to[i] ^= 2;
	}
}

static void
put_header(struct maker *m, unsigned segments, uint32_t entry)
{
	uint8_t *at = m->bytes + m->at;

	at[0] = 0xE9;
	at[1] = (uint8_t)segments;
	at[2] = m->plan->mode;
	at[3] = SIZE_SPEED;
	put_word(at + 4, entry);
	m->at += HEADER_BYTES;
}

/* Opens a segment of noise; returns where its data lies. */
static uint8_t *
put_segment(struct maker *m, uint32_t address, size_t len)
{
	uint8_t *data;

	put_word(m->bytes + m->at, address);
	put_word(m->bytes + m->at + 4, (uint32_t)len);
	data = m->bytes + m->at + SEGMENT_HEADER;
	fill(m, data, len);
	m->at += SEGMENT_HEADER + len;
	return data;
}

/* The last byte of the row in which at least one byte is left. */
static void
put_checksum(struct maker *m, size_t from)
{
	size_t at = from + HEADER_BYTES;
	unsigned segments = m->bytes[from + 1];
	uint8_t sum = CHECKSUM_SEED;

	while (segments-- > 0) {
		size_t len = m->bytes[at + 4] | m->bytes[at + 5] << 8 |
			(size_t)m->bytes[at + 6] << 16;

		for (size_t i = 0; i < len; i++)
			sum ^= m->bytes[at + SEGMENT_HEADER + i];
		at += SEGMENT_HEADER + len;
	}
	m->bytes[at | 15] = sum;
	m->at = (at | 15) + 1;
}

/* Words and texts by which Tasmota images are known; each with its NUL on both sides. */
static void
put_texts(const struct maker *m, uint8_t *to, size_t room)
{
	const struct image_plan *plan = m->plan;
	bool tasmota = strcmp(plan->program, "Tasmota") == 0;
	OWN_STR url = xasprintf(
		"http://ota.tasmota.com/tasmota/release/tasmota-%s.bin.gz",
		plan->variant);
	const char *const tasmota_texts[] = { "", plan->program, "%s(release-%s)",
		plan->variant, url, "2.2.2-dev(38a443e)",
		plan->wifi ? FLASH_IMAGE_WIFI_MARK : "", NULL };
	const char *const other_texts[] = { "", plan->program, plan->version_text,
		"2.2.2-dev(38a443e)", plan->wifi ? FLASH_IMAGE_WIFI_MARK : "", NULL };
	const char *const *text = tasmota ? tasmota_texts : other_texts;

	for (; *text != NULL; text++) {
		size_t len = strlen(*text) + 1;

		if (len > room)
			return;
		memcpy(to, *text, len);
		to += len;
		room -= len;
	}
}

/* The version as a literal at the start of the flash part, and code that loads it. */
static void
put_version(const struct maker *m, uint8_t *mapped)
{
	size_t literal = 0x10;

	put_word(mapped + literal, m->plan->version);
	for (size_t i = 0; i < VERSION_USES; i++) {
		size_t at = 0x800 + 0x100 * i;
		/* Offsets count words backwards from the next word boundary; both are
		 * relative to the same 16-byte-aligned start. */
		int32_t words = ((int32_t)literal - (int32_t)((at + 3) & ~(size_t)3)) / 4;

		mapped[at] = 0x21;
		mapped[at + 1] = (uint8_t)words;
		mapped[at + 2] = (uint8_t)((uint32_t)words >> 8);
	}
}

static void
put_eboot(struct maker *m)
{
	put_header(m, 1, EBOOT_ADDRESS + 0x3E4);
	put_segment(m, EBOOT_ADDRESS, EBOOT_BYTES);
	put_checksum(m, 0);
	memset(m->bytes + m->at, FILLER, APPLICATION_AT - m->at);
	m->at = APPLICATION_AT;
}

static uint32_t
crc_of(const uint8_t *bytes, size_t len)
{
	uint32_t crc = 0xFFFFFFFF;

	for (size_t i = 0; i < len; i++)
		for (int bit = 7; bit >= 0; bit--) {
			bool out = (crc >> 31) != (uint32_t)(bytes[i] >> bit & 1);

			crc = crc << 1 ^ (out ? 0x04C11DB7 : 0);
		}
	return crc;
}

uint8_t *
image_make(const struct image_plan *plan)
{
	struct maker m = { .plan = plan,
		.bytes = xcalloc(plan->size, 1),
		.noise = (uint32_t)plan->size ^ plan->version };
	size_t rest = 0, mapped_len;
	uint8_t *mapped;

	put_eboot(&m);
	for (size_t i = 0; i < COUNT_OF(ram_segments); i++)
		rest += SEGMENT_HEADER + ram_segments[i].len;
	mapped_len = plan->size - 16 - APPLICATION_AT - HEADER_BYTES - SEGMENT_HEADER -
		rest;
	put_header(&m, 1 + COUNT_OF(ram_segments), IRAM_ADDRESS + 4);
	mapped = put_segment(&m, MAPPED_ADDRESS, mapped_len);
	put_version(&m, mapped);
	put_texts(&m, mapped + 0x2000, 0x400);
	for (size_t i = 0; i < COUNT_OF(ram_segments); i++)
		put_segment(&m, ram_segments[i].address, ram_segments[i].len);
	if (plan->core3_crc)
		memset(mapped, 0, CORE3_WORDS);
	put_checksum(&m, APPLICATION_AT);
	if (plan->core3_crc) {
		uint32_t crc = crc_of(m.bytes, plan->size);

		put_word(mapped, (uint32_t)plan->size);
		put_word(mapped + 4, crc);
	}
	return m.bytes;
}
