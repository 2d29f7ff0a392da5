/* Files of the ESP32 family: recognised and described, never sent to these devices. */
/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "firmware/bytes.h"
#include "firmware/flaw.h"
#include "firmware/format.h"

enum {
	HEADER = 24, /* the eight bytes of every 0xE9 image, sixteen more */
	PIN = 8, /* write-protect pin, 0xee for none; an address in ESP8266 files */
	CHIP = 12,
	FIRST_SEGMENT = HEADER,
	DESCRIPTION = 32, /* behind the first segment's header */
	VERSION = 48,
	PROJECT = 80,
	TEXT = 32, /* longest version or project name */
	FACTORY = 0x1000 /* the boot loader's place in a file for the whole flash */
};

static const uint32_t description_magic = 0xabcd5432;

static const struct chip {
	uint16_t id;
	const char *name;
} chips[] = {
	{ 0, "esp32" },
	{ 2, "esp32-s2" },
	{ 5, "esp32-c3" },
	{ 9, "esp32-s3" },
	{ 12, "esp32-c2" },
	{ 13, "esp32-c6" },
	{ 16, "esp32-h2" },
	{ 18, "esp32-p4" },
	{ 20, "esp32-c61" },
	{ 23, "esp32-c5" },
};

static const char *
chip_name(uint16_t id)
{
	for (size_t i = 0; i < COUNT_OF(chips); i++)
		if (chips[i].id == id)
			return chips[i].name;
	return NULL;
}

/* Addresses an ESP8266 has no memory at. */
static bool
is_esp32_address(uint32_t address)
{
	return (address >= 0x3c000000 && address < 0x3e000000) ||
		(address >= 0x3f400000 && address < 0x3ffc0000) ||
		(address >= 0x40080000 && address < 0x400e0000) ||
		(address >= 0x40370000 && address < 0x403f0000) ||
		(address >= 0x40800000 && address < 0x40900000) ||
		(address >= 0x42000000 && address < 0x44000000);
}

/* In an ESP8266 file the bytes from 8 on are an address: byte 11 is 0x3f or 0x40 and
 * byte 8 a multiple of 4, so the two can not be confused. */
static bool
has_longer_header(const uint8_t *at)
{
	bool is_address = at[11] == 0x3f || at[11] == 0x40;
	bool is_small = at[9] < 0x20 && at[10] < 0x20 && at[11] < 0x20;

	return !is_address &&
		(at[PIN] == 0xee ||
			(is_small && chip_name(bytes_u16(at + CHIP)) != NULL));
}

static bool
is_header(const struct image *image, size_t offset)
{
	const uint8_t *at = image->bytes + offset;

	if (image->len < offset + DESCRIPTION + 4 || at[0] != 0xe9)
		return false;
	return has_longer_header(at) &&
		(at[PIN] == 0xee || bytes_u32(at + DESCRIPTION) == description_magic ||
			is_esp32_address(bytes_u32(at + FIRST_SEGMENT)));
}

bool
esp32_is(const struct image *image)
{
	return is_header(image, 0) ||
		(image->bytes[0] == 0xff && is_header(image, FACTORY));
}

/* False: the file ends within the segment. */
static bool
read_segment(struct image *image, struct image_part *part, uint64_t *at)
{
	struct image_segment *segment = &part->segments[part->segment_count];
	const uint8_t *bytes = image->bytes;

	if (*at + 8 > image->len)
		return false;
	segment->address = bytes_u32(bytes + *at);
	segment->length = bytes_u32(bytes + *at + 4);
	segment->offset = (uint32_t)*at + 8;
	*at = (uint64_t)segment->offset + segment->length;
	if (*at > image->len)
		return false;
	for (uint64_t i = segment->offset; i < *at; i++)
		part->checksum_wanted ^= bytes[i];
	part->segment_count++;
	return true;
}

static void
read_part(struct image *image, uint32_t offset)
{
	struct image_part *part = &image->parts[image->part_count++];
	const uint8_t *header = image->bytes + offset;
	uint64_t at = (uint64_t)offset + HEADER;

	*part = (struct image_part){
		.name = offset == 0 ? "image" : "boot loader",
		.offset = offset,
		.flash_mode_byte = header[2],
		.size_speed_byte = header[3],
		.entry = bytes_u32(header + 4),
		.checksum_wanted = 0xef,
	};
	if (header[1] == 0 || header[1] > IMAGE_SEGMENTS_MOST) {
		flaw_add(image, &flaw_segment_count, "%u segments, possible are 1 to %d",
			header[1], IMAGE_SEGMENTS_MOST);
		return;
	}
	while (part->segment_count < header[1])
		if (!read_segment(image, part, &at)) {
			flaw_add(image, &flaw_truncated,
				"the file ends within segment %u",
				part->segment_count + 1);
			return;
		}
	at |= 15;
	if (at >= image->len) {
		flaw_add(image, &flaw_truncated, "the file ends before the checksum");
		return;
	}
	part->has_checksum = true;
	part->checksum_found = image->bytes[at];
	part->end = (uint32_t)at + 1;
	if (part->checksum_found != part->checksum_wanted)
		flaw_add(image, &flaw_checksum,
			"the checksum is 0x%02x, the content gives 0x%02x",
			part->checksum_found, part->checksum_wanted);
}

/* The application description, when there is one: names may fill their field. */
static void
read_description(struct image *image)
{
	char name[TEXT + 1];
	const uint8_t *bytes = image->bytes;

	if (image->len < PROJECT + TEXT ||
		bytes_u32(bytes + DESCRIPTION) != description_magic)
		return;
	text_copy_bytes(name, sizeof name, bytes + PROJECT, TEXT);
	text_printable(image->program, sizeof image->program, name);
	text_copy_bytes(name, sizeof name, bytes + VERSION, TEXT);
	text_printable(image->version, sizeof image->version, name);
}

void
esp32_parse(struct image *image)
{
	uint32_t offset = is_header(image, 0) ? 0 : FACTORY;
	const char *chip = chip_name(bytes_u16(image->bytes + offset + CHIP));

	image->format = IMAGE_ESP32;
	text_copy(image->chip, sizeof image->chip, chip != NULL ? chip : "esp32-?");
	read_part(image, offset);
	if (offset == 0)
		read_description(image);
}
