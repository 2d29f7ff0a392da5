/* What the vendor's boot loader makes of a slot: a version 2 header, RAM segments with a
 * good checksum; and whether the code behind it was linked for that slot. */
/* SPDX-License-Identifier: MIT */
#include "sim/stock_image.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "sim/flash_memory.h"
#include "sim/stock.h"

enum {
	HEAD_BYTES = 16,
	PART_HEAD = 8,
	SEGMENT_HEAD = 8,
	SEGMENTS_MOST = 16,
	CHECKSUM_SEED = 0xEF,
	SLOT_BYTES = 0x7B000
};

struct slot {
	const uint8_t *bytes;
	size_t mapped_len; /* of the flash part */
	size_t end; /* behind the checksum */
};

static uint32_t
word_at(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
		(uint32_t)bytes[3] << 24;
}

static bool
is_ram(uint32_t address, uint32_t len)
{
	return (address >= 0x3FFE8000 && address < 0x3FFFC000 &&
		       len <= 0x3FFFC000 - address) ||
		(address >= 0x40100000 && address < 0x40110000 &&
			len <= 0x40110000 - address);
}

/* NULL or what the boot loader stops at. */
static const char *
read_segments(struct slot *slot, size_t at)
{
	unsigned segments = slot->bytes[at + 1];
	uint8_t sum = CHECKSUM_SEED;

	if (segments == 0 || segments > SEGMENTS_MOST)
		return "has an impossible number of segments";
	at += PART_HEAD;
	for (; segments > 0; segments--) {
		uint32_t len;

		if (at > SLOT_BYTES - SEGMENT_HEAD)
			return "ends inside its segments";
		len = word_at(slot->bytes + at + 4);
		if (len % 4 != 0 || !is_ram(word_at(slot->bytes + at), len))
			return "has a segment outside of RAM";
		at += SEGMENT_HEAD;
		if (len > SLOT_BYTES - at)
			return "ends inside its segments";
		for (uint32_t i = 0; i < len; i++)
			sum ^= slot->bytes[at + i];
		at += len;
	}
	slot->end = (at | 15) + 1;
	if (slot->end > SLOT_BYTES || slot->bytes[slot->end - 1] != sum)
		return "has a wrong checksum";
	return NULL;
}

static const char *
read_slot(struct slot *slot)
{
	const uint8_t *bytes = slot->bytes;

	if (bytes[0] != 0xEA || bytes[1] != 4)
		return "does not begin with EA 04";
	slot->mapped_len = word_at(bytes + 12);
	if (word_at(bytes + 8) != 0 || slot->mapped_len % 16 != 0 ||
		slot->mapped_len > SLOT_BYTES - HEAD_BYTES - PART_HEAD)
		return "has an impossible flash part";
	if (bytes[HEAD_BYTES + slot->mapped_len] != 0xE9)
		return "has no E9 behind its flash part";
	return read_segments(slot, HEAD_BYTES + slot->mapped_len);
}

/* More pointers into the other slot than into this one: the first jump goes wrong. */
static bool
is_linked_for(const struct slot *slot, unsigned number)
{
	unsigned counts[2] = { 0 };

	for (size_t at = 0; at + 4 <= slot->end; at += 4) {
		uint32_t word = word_at(slot->bytes + at);

		counts[0] += word >= 0x40201000 && word < 0x40280000;
		counts[1] += word >= 0x40281000 && word < 0x40300000;
	}
	return counts[number - 1] > counts[2 - number];
}

static bool
has_crc(const struct slot *slot)
{
	uint32_t crc = (uint32_t)crc32(0, slot->bytes, (uInt)slot->end);

	crc = (crc & 0x80000000) != 0 ? ~crc : crc + 1;
	return slot->end + 4 <= SLOT_BYTES && word_at(slot->bytes + slot->end) == crc;
}

static bool
holds(const struct slot *slot, const char *text)
{
	return memmem(slot->bytes, slot->end, text, strlen(text)) != NULL;
}

void
stock_image_read(const uint8_t *flash, unsigned slot, struct stock_image *out)
{
	struct slot in = { .bytes = flash + (slot == 1 ? SLOT_1_AT : SLOT_2_AT) };
	const char *wrong = read_slot(&in);

	*out = (struct stock_image){ .starts = false };
	if (wrong == NULL && !is_linked_for(&in, slot))
		wrong = "was linked for the other slot";
	if (wrong == NULL && (!holds(&in, "FinalStage") || !holds(&in, "192.168.4.2")))
		wrong = "is no intermediate image the simulator knows";
	if (wrong == NULL) {
		out->starts = true;
		out->resumes = has_crc(&in);
	} else {
		snprintf(out->why_not, sizeof out->why_not, "the image in slot %u %s",
			slot, wrong);
	}
}
