/* Builds images for one slot of a stock device. */
/* SPDX-License-Identifier: MIT */
#include "sim/user_image.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/file.h"
#include "base/memory.h"

enum {
	HEAD_BYTES = 16,
	PART_HEAD = 8,
	SEGMENT_HEAD = 8,
	CRC_BYTES = 4,
	SIZE_SPEED = 0x20,
	CHECKSUM_SEED = 0xEF,
	/* Pointers into the image's own slot, and a few into the other, as counted in
	 * images that ran on devices. */
	OWN_POINTERS = 500,
	OTHER_POINTERS = 20,
	POINTER_STEP = 16
};

#define ENTRY 0x40100004u

static const struct {
	uint32_t address, len;
} segments[] = { { 0x3FFE8000, 0x374 }, { 0x3FFE8380, 0xB4C }, { 0x40100000, 0x800 } };

static void
put_word(uint8_t *at, uint32_t word)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(word >> (8 * i));
}

static uint8_t *
put_head(uint8_t *at, uint8_t magic, uint8_t count, uint8_t mode)
{
	at[0] = magic;
	at[1] = count;
	at[2] = mode;
	at[3] = SIZE_SPEED;
	put_word(at + 4, ENTRY);
	return at + PART_HEAD;
}

/* What looks like code: bytes that are no pointers, from a small generator. */
static void
fill(uint8_t *to, size_t len, uint32_t noise)
{
	for (size_t i = 0; i < len; i++) {
		noise = noise * 1664525u + 1013904223u;
		to[i] = (uint8_t)(noise >> 25); /* never 0x80 and above */
		if (i % 4 == 3 && to[i] == 0x40)
			to[i] = 0x41;
	}
}

static void
put_pointers(uint8_t *mapped, size_t len, unsigned slot)
{
	static const uint32_t bases[] = { 0x40201010, 0x40281010 };
	size_t room = len / POINTER_STEP;

	for (size_t i = 0; i < OWN_POINTERS && i < room; i++) {
		bool other = i % (OWN_POINTERS / OTHER_POINTERS) == 1;

		put_word(mapped + i * POINTER_STEP,
			bases[other ? 2 - slot : slot - 1] + (uint32_t)i * 4);
	}
}

static void
put_texts(uint8_t *mapped, size_t len)
{
	static const char texts[] =
		"FinalStage\0"
		"192.168.4.2\0"
		"http://192.168.4.2:8080/ota/image_user2-0x81000.bin\0"
		"http://192.168.4.2:8080/ota/image_arduino.bin";

	memcpy(mapped + len - sizeof texts, texts, sizeof texts);
}

static size_t
ram_part_bytes(void)
{
	size_t len = PART_HEAD;

	for (size_t i = 0; i < COUNT_OF(segments); i++)
		len += SEGMENT_HEAD + segments[i].len;
	return (len | 15) + 1;
}

static void
put_ram_part(uint8_t *part, uint8_t mode)
{
	uint8_t *at = put_head(part, 0xE9, COUNT_OF(segments), mode);
	uint8_t sum = CHECKSUM_SEED;

	for (size_t i = 0; i < COUNT_OF(segments); i++) {
		put_word(at, segments[i].address);
		put_word(at + 4, segments[i].len);
		at += SEGMENT_HEAD;
		fill(at, segments[i].len, segments[i].address);
		for (uint32_t k = 0; k < segments[i].len; k++)
			sum ^= at[k];
		at += segments[i].len;
	}
	part[ram_part_bytes() - 1] = sum;
}

/* The usual CRC-32, complemented or one more. */
static void
put_crc(uint8_t *bytes, size_t len)
{
	uint32_t crc = (uint32_t)crc32(0, bytes, (uInt)len);

	put_word(bytes + len, (crc & 0x80000000) != 0 ? ~crc : crc + 1);
}

bool
user_image_write(const char *path, const struct user_image_plan *plan, struct err *err)
{
	uint8_t *bytes = xcalloc(plan->size, 1);
	size_t len = plan->size, mapped_len;
	uint8_t *mapped = bytes + HEAD_BYTES;
	bool good;

	mapped_len = len - CRC_BYTES - HEAD_BYTES - ram_part_bytes();
	put_head(bytes, 0xEA, 4, plan->mode);
	put_word(bytes + 12, (uint32_t)mapped_len);
	fill(mapped, mapped_len, (uint32_t)len);
	put_pointers(mapped, mapped_len, plan->slot);
	put_texts(mapped, mapped_len);
	put_ram_part(mapped + mapped_len, plan->mode);
	if (strcmp(plan->flaw, "checksum") == 0)
		mapped[mapped_len + 0x80] ^= 0x40;
	put_crc(bytes, len - CRC_BYTES);
	if (strcmp(plan->flaw, "crc") == 0)
		bytes[len - 1] ^= 0x40;
	if (strcmp(plan->flaw, "truncated") == 0)
		len -= 4096;
	good = file_write(path, bytes, len, 0644, err);
	free(bytes);
	return good;
}
