/* Makes ESP8266 files for tests by the description in doc/protocol/images.md. It knows
 * nothing of src/firmware: where both agree, they agree with the description. */
/* SPDX-License-Identifier: MIT */
#ifndef TEST_UNIT_IMAGE_MAKER_H
#define TEST_UNIT_IMAGE_MAKER_H

#include <zlib.h>

#include "base/memory.h"
#include "test/unit/unit.h"

struct made {
	uint8_t *bytes;
	size_t len;
	size_t room; /* allocated by made_add() */
};

static inline void
made_clear(struct made *made)
{
	free(made->bytes);
	*made = (struct made){ 0 };
}

/* How an Arduino file is to look; zero members take the usual value. */
struct recipe {
	size_t eboot_len; /* 0xe00 */
	size_t eboot_data_len; /* a second segment of the boot loader, in DRAM */
	size_t len; /* of the file, a multiple of 16; 487824 */
	size_t data_len; /* of the DRAM segment; 0x400 */
	bool four_segments; /* without .text1 */
	uint8_t mode; /* 3; 0x80 | N means N */
	uint8_t size_speed; /* 0x20; 0x80 as it is */
	const char *text; /* put into the flash part with its NULs; NULL: Tasmota lite */
	size_t text_len;
	uint32_t version; /* 0x0e010000; 1: none */
	bool core3; /* length and CRC words */
	bool core3_counted; /* the checksum counts those words as stored */
};

#define TEXT(literal) .text = (literal), .text_len = sizeof(literal)
#define LITE_TEXT     "\0Tasmota\0\0lite\0(%s)\0/wi"

static inline void
made_add(struct made *made, const void *bytes, size_t len)
{
	/* Doubling: images are put together from very small pieces. */
	if (made->len + len > made->room) {
		made->room = 2 * (made->len + len);
		made->bytes = xrealloc(made->bytes, made->room, 1);
	}
	if (bytes != NULL)
		memcpy(made->bytes + made->len, bytes, len);
	else
		memset(made->bytes + made->len, 0, len);
	made->len += len;
}

static inline void
made_put32(struct made *made, size_t at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		made->bytes[at + (size_t)i] = (uint8_t)(value >> (8 * i));
}

static inline uint32_t
made_get32(const struct made *made, size_t at)
{
	uint32_t value = 0;

	for (int i = 3; i >= 0; i--)
		value = value << 8 | made->bytes[at + (size_t)i];
	return value;
}

static inline void
made_add32(struct made *made, uint32_t value)
{
	made_add(made, NULL, 4);
	made_put32(made, made->len - 4, value);
}

static inline void
made_header(struct made *made, unsigned segments, uint8_t mode, uint8_t size_speed,
	uint32_t entry)
{
	const uint8_t head[] = { 0xe9, (uint8_t)segments, mode, size_speed };

	made_add(made, head, sizeof head);
	made_add32(made, entry);
}

/* A segment of `len` bytes that count up from `seed`. */
static inline void
made_segment(struct made *made, uint32_t address, size_t len, uint8_t seed)
{
	made_add32(made, address);
	made_add32(made, (uint32_t)len);
	for (size_t i = 0; i < len; i++) {
		uint8_t byte = (uint8_t)(seed + i * 7);

		made_add(made, &byte, 1);
	}
}

/* A segment of zeros, quick for large ones. */
static inline void
made_zeros(struct made *made, uint32_t address, size_t len)
{
	made_add32(made, address);
	made_add32(made, (uint32_t)len);
	made_add(made, NULL, len);
}

/* Where the header of a segment lies in the 0xE9 image at `start`; one behind the last
 * gives their end. */
static inline size_t
made_segment_at(const struct made *made, size_t start, unsigned index)
{
	size_t at = start + 8;

	while (index-- > 0)
		at += 8 + made_get32(made, at + 4);
	return at;
}

/* Pads with zeros and puts the checksum into the last byte of the row. */
static inline void
made_close(struct made *made, size_t start)
{
	size_t pad = 15 - made->len % 16;
	uint8_t sum = 0xef;

	for (unsigned i = 0; i < made->bytes[start + 1]; i++) {
		size_t at = made_segment_at(made, start, i);

		for (size_t k = 0; k < made_get32(made, at + 4); k++)
			sum ^= made->bytes[at + 8 + k];
	}
	made_add(made, NULL, pad);
	made_add(made, &sum, 1);
}

/* Counts the checksum of the image at `start` anew; the layout must still hold. */
static inline void
made_sum_again(struct made *made, size_t start)
{
	struct made copy = { 0 };
	size_t end = made_segment_at(made, start, made->bytes[start + 1]);
	size_t position = end + 15 - end % 16;

	if (end > made->len || position >= made->len)
		return;
	made_add(&copy, made->bytes, end);
	made_close(&copy, start);
	made->bytes[position] = copy.bytes[position];
	made_clear(&copy);
}

/* CRC, most significant bit first, by long division of the message and 32 zero bits. */
static inline uint32_t
made_crc_msb(const uint8_t *bytes, size_t len)
{
	uint64_t rest = 0;

	for (size_t i = 0; i < len + 4; i++) {
		uint8_t byte = i < len ? bytes[i] : 0;

		if (i < 4)
			byte ^= 0xff; /* a start value of all ones */
		for (int bit = 7; bit >= 0; bit--) {
			rest = rest << 1 | (byte >> bit & 1);
			if (rest >> 32)
				rest ^= 0x104c11db7ULL;
		}
	}
	return (uint32_t)rest;
}

static inline void
made_core3_words(struct made *made)
{
	memset(made->bytes + 0x1010, 0, 8);
	made_put32(made, 0x1014, made_crc_msb(made->bytes, made->len));
	made_put32(made, 0x1010, (uint32_t)made->len);
}

/* The flash part: texts at its start, then a literal and code that loads it five times. */
static inline void
made_flash_part(struct made *made, size_t len, const struct recipe *recipe)
{
	const char *text = recipe->text != NULL ? recipe->text : LITE_TEXT;
	size_t text_len = recipe->text != NULL ? recipe->text_len : sizeof LITE_TEXT;
	uint32_t version = recipe->version != 0 ? recipe->version : 0x0e010000;
	size_t start = made->len + 8;

	made_zeros(made, 0x40201010, len);
	memset(made->bytes + start, 0x55, 16); /* what core 2.7 has at 0x1010 */
	if (recipe->core3)
		memset(made->bytes + start, 0, 8);
	memcpy(made->bytes + start + 64, text, text_len);
	if (version == 1)
		return;
	made_put32(made, start + 0x800, version);
	for (uint32_t i = 0; i < 5; i++) {
		uint32_t pc = 0x900 + 8 * i, words = (0x800 - pc) / 4;

		made->bytes[start + pc] = 0x21; /* l32r a2 */
		made->bytes[start + pc + 1] = (uint8_t)words;
		made->bytes[start + pc + 2] = (uint8_t)(words >> 8);
	}
}

static inline struct made
make_arduino(const struct recipe *recipe)
{
	struct made made = { 0 };
	size_t len = recipe->len != 0 ? recipe->len : 487824;
	size_t data_len = recipe->data_len != 0 ? recipe->data_len : 0x400;
	unsigned count = recipe->four_segments ? 4 : 5;
	uint8_t mode = recipe->mode != 0 ? recipe->mode & 0x7f : 3;
	uint8_t size_speed = recipe->size_speed != 0 ? recipe->size_speed : 0x20;
	size_t others = 8 + 8 * count + 0x600 + data_len + 0x100 +
		(recipe->four_segments ? 0 : 0x200);

	made_header(
		&made, recipe->eboot_data_len != 0 ? 2 : 1, mode, size_speed, 0x4010f3e4);
	made_segment(
		&made, 0x4010f000, recipe->eboot_len != 0 ? recipe->eboot_len : 0xe00, 1);
	if (recipe->eboot_data_len != 0)
		made_segment(&made, 0x3ffe8000, recipe->eboot_data_len, 2);
	made_close(&made, 0);
	while (made.len < 0x1000)
		made_add(&made, "\xaa", 1);
	made_header(&made, count, mode, size_speed, 0x40100200);
	made_flash_part(&made, (len - 0x1000 - others - 1) & ~(size_t)15, recipe);
	made_segment(&made, 0x40100000, 0x600, 3);
	if (!recipe->four_segments)
		made_segment(&made, 0x40100600, 0x200, 4);
	made_segment(&made, 0x3ffe8000, data_len, 5);
	made_segment(&made, (uint32_t)(0x3ffe8000 + data_len), 0x100, 6);
	made_close(&made, 0x1000);
	if (recipe->core3)
		made_core3_words(&made);
	for (unsigned byte = 0; recipe->core3_counted && byte < 256; byte++) {
		/* The words change the checksum and the checksum the words: search. */
		uint8_t was;

		made.bytes[made.len - 1] = (uint8_t)byte;
		made_core3_words(&made);
		was = made.bytes[made.len - 1];
		made_sum_again(&made, 0x1000);
		if (made.bytes[made.len - 1] == was)
			break;
	}
	return made;
}

/* The vendor's update file; slot 0 or 1. `ram_only`: nothing is linked for a slot. */
static inline struct made
make_update(unsigned slot, size_t flash_len, bool ram_only, bool crc)
{
	struct made made = { 0 };
	const uint8_t head[] = { 0xea, 4, 0, 0x20 };
	uint32_t base = slot == 0 ? 0x40201010 : 0x40281010;
	uint32_t sum;

	made_add(&made, head, sizeof head);
	made_add32(&made, 0x40100004);
	made_add32(&made, 0);
	made_add32(&made, (uint32_t)flash_len);
	made_add(&made, NULL, flash_len);
	for (uint32_t i = 0; !ram_only && i < 40; i++)
		made_put32(&made, 16 + 4 * i, base + 8 * i);
	made_header(&made, 3, 0, 0x20, 0x40100004);
	made_zeros(&made, 0x3ffe8000, 884);
	made_zeros(&made, 0x3ffe8380, 2892);
	made_segment(&made, 0x40100000, 28684, 9);
	made_close(&made, 16 + flash_len);
	sum = (uint32_t)crc32_z(0, made.bytes, made.len);
	if (crc)
		made_add32(&made, sum >> 31 ? ~sum : sum + 1);
	return made;
}

static inline struct made
make_gzip(const struct made *content, int level)
{
	struct made made = { 0 };
	z_stream stream = { 0 };

	assert_int_equal(
		deflateInit2(&stream, level, Z_DEFLATED, 16 + 15, 8, Z_DEFAULT_STRATEGY),
		Z_OK);
	made_add(&made, NULL, deflateBound(&stream, content->len));
	stream.next_in = content->bytes;
	stream.avail_in = (unsigned)content->len;
	stream.next_out = made.bytes;
	stream.avail_out = (unsigned)made.len;
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	made.len = stream.total_out;
	deflateEnd(&stream);
	return made;
}

/* A small application of the ESP32 family. */
static inline struct made
make_esp32(uint16_t chip, uint32_t entry, uint32_t address)
{
	struct made made = { 0 };
	uint8_t more[16] = { 0xee, 0, 0, 0, (uint8_t)chip };

	made_header(&made, 1, 2, 0x20, entry);
	made_add(&made, more, sizeof more);
	made_segment(&made, address, 0x400, 0);
	made_put32(&made, 32, 0xabcd5432);
	memcpy(made.bytes + 48, "14.1.0", 7);
	memcpy(made.bytes + 80, "tasmota32", 10);
	made_add(&made, NULL, 16 - made.len % 16);
	made.bytes[made.len - 1] = 0xef;
	for (size_t i = 32; i < 32 + 0x400; i++)
		made.bytes[made.len - 1] ^= made.bytes[i];
	return made;
}

#endif
