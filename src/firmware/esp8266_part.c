/* One 0xE9 image of an ESP8266: header, segments, entry point, checksum. */
/* SPDX-License-Identifier: MIT */
#include "firmware/esp8266.h"

#include <inttypes.h>
#include <string.h>

#include "firmware/bytes.h"
#include "firmware/flaw.h"

enum use { LOADED, MAPPED, TAKEN };

/* The memory of the chip, as its loaders see it. */
static const struct memory {
	uint32_t from, to;
	const char *name;
	enum use use;
} memories[] = {
	{ 0x3ffe8000, 0x3fffc000, "DRAM", LOADED },
	{ 0x3fffc000, 0x40000000, "ROM data and stack", TAKEN },
	{ 0x40100000, 0x40110000, "IRAM", LOADED },
	{ 0x40200000, 0x40300000, "flash", MAPPED },
};

enum {
	HEADER = 8, /* magic, count, mode, size and speed, entry point */
	SEGMENT_HEADER = 8, /* address, length */
	SEGMENT_MOST = 0x10000, /* loaders refuse longer ones */
	ROW = 16 /* the checksum is the last byte of such a row */
};

static const uint32_t iram_from = 0x40100000, iram_to = 0x40110000;
static const uint32_t eboot_from = 0x4010c000; /* eboot loads nothing from here on */
static const uint32_t flash_from = 0x40200000;
static const uint32_t settings_from = 0x402f3000; /* Tasmota keeps its settings there */

static const struct err_code e_align = {
	"E-IMAGE-SEGMENT-ALIGN", ERR_IMAGE_REFUSED,
	"The file is damaged or made for another chip: take the file as it was published."
};
static const struct err_code e_memory = {
	"E-IMAGE-SEGMENT-MEMORY", ERR_IMAGE_REFUSED,
	"The file is damaged or made for another chip: take the file as it was published."
};
static const struct err_code e_stack = { "E-IMAGE-SEGMENT-STACK", ERR_IMAGE_REFUSED,
	"The file would overwrite the boot ROM's own data: take another build." };
static const struct err_code e_size = {
	"E-IMAGE-SEGMENT-SIZE", ERR_IMAGE_REFUSED,
	"The file is damaged or made for another chip: take the file as it was published."
};
static const struct err_code e_mapped = { "E-IMAGE-SEGMENT-MAPPED", ERR_IMAGE_REFUSED,
	"Its loader would crash on that segment: take the complete firmware file." };
static const struct err_code e_place = { "E-IMAGE-SEGMENT-PLACE", ERR_IMAGE_REFUSED,
	"The program is linked for another place in flash: take the complete file." };
static const struct err_code e_settings = { "E-IMAGE-SEGMENT-SETTINGS", ERR_IMAGE_REFUSED,
	"The program is too large for 1 MiB of flash: take a smaller build." };
static const struct err_code e_eboot = { "E-IMAGE-SEGMENT-EBOOT", ERR_IMAGE_REFUSED,
	"The boot loader would not load that segment: take another build." };
static const struct err_code e_overlap = { "E-IMAGE-SEGMENT-OVERLAP", ERR_IMAGE_REFUSED,
	"The file is damaged: take the file as it was published." };
static const struct err_code e_entry = {
	"E-IMAGE-ENTRY", ERR_IMAGE_REFUSED,
	"The file is damaged or made for another chip: take the file as it was published."
};

static const struct memory *
memory_of(uint32_t address)
{
	for (size_t i = 0; i < COUNT_OF(memories); i++)
		if (address >= memories[i].from && address < memories[i].to)
			return &memories[i];
	return NULL;
}

const char *
image_memory_name(uint32_t address)
{
	const struct memory *memory = memory_of(address);

	return memory != NULL ? memory->name : "unknown";
}

static bool
is_iram(const struct image_segment *segment)
{
	return segment->address >= iram_from && segment->address < iram_to;
}

/* Rules of a segment that stays in flash and is seen there through the cache. */
static void
check_mapped(struct image *image, const struct image_part *part,
	const struct image_segment *segment, enum esp8266_loader loader)
{
	if (loader == LOADER_ROM)
		flaw_add(image, &e_mapped,
			"%s: a segment belongs into flash at 0x%08" PRIx32
			", where its loader can not write",
			part->name, segment->address);
	else if (segment->address - flash_from != segment->offset)
		flaw_add(image, &e_place,
			"%s: the flash segment is linked for offset 0x%" PRIx32
			" but lies at 0x%" PRIx32,
			part->name, segment->address - flash_from, segment->offset);
	else if (segment->address + segment->length > settings_from)
		flaw_add(image, &e_settings,
			"%s: the flash segment ends at 0x%" PRIx32 ", behind 0x%" PRIx32
			" where settings are kept",
			part->name, segment->address + segment->length - flash_from,
			settings_from - flash_from);
}

/* Rules of a segment that is copied into RAM. */
static void
check_loaded(struct image *image, const struct image_part *part,
	const struct image_segment *segment, enum esp8266_loader loader)
{
	if (segment->length > SEGMENT_MOST)
		flaw_add(image, &e_size,
			"%s: a RAM segment of %" PRIu32 " bytes, more than %d",
			part->name, segment->length, SEGMENT_MOST);
	else if (loader == LOADER_EBOOT && is_iram(segment) &&
		segment->address + segment->length > eboot_from)
		flaw_add(image, &e_eboot,
			"%s: the segment at 0x%08" PRIx32 " reaches behind 0x%08" PRIx32
			", where eboot runs",
			part->name, segment->address, eboot_from);
}

static void
check_range(struct image *image, const struct image_part *part,
	struct image_segment *segment, enum esp8266_loader loader)
{
	const struct memory *memory = memory_of(segment->address);

	if (memory == NULL || segment->length > memory->to - segment->address) {
		flaw_add(image, &e_memory,
			"%s: the segment 0x%08" PRIx32 " + %" PRIu32
			" bytes is not inside %s",
			part->name, segment->address, segment->length,
			memory == NULL ? "any memory of an ESP8266" : memory->name);
		return;
	}
	segment->mapped = memory->use == MAPPED;
	if (segment->length == 0)
		return; /* nothing is loaded; compilers leave such segments behind */
	if (memory->use == TAKEN)
		flaw_add(image, &e_stack,
			"%s: the segment at 0x%08" PRIx32 " lies in the boot ROM's data",
			part->name, segment->address);
	else if (memory->use == MAPPED)
		check_mapped(image, part, segment, loader);
	else
		check_loaded(image, part, segment, loader);
}

static void
check_overlap(struct image *image, const struct image_part *part, unsigned index)
{
	const struct image_segment *one = &part->segments[index];

	for (unsigned i = 0; i < index; i++) {
		const struct image_segment *other = &part->segments[i];
		uint64_t one_end = (uint64_t)one->address + one->length;
		uint64_t other_end = (uint64_t)other->address + other->length;

		if (one->length > 0 && other->length > 0 && one->address < other_end &&
			other->address < one_end) {
			flaw_add(image, &e_overlap,
				"%s: the segments at 0x%08" PRIx32 " and 0x%08" PRIx32
				" overlap",
				part->name, other->address, one->address);
			return;
		}
	}
}

/* Reads the segment header at *at and steps over its data; false: the file ends first. */
static bool
read_segment(struct image *image, struct image_part *part, uint64_t *at,
	enum esp8266_loader loader)
{
	struct image_segment *segment = &part->segments[part->segment_count];

	if (*at + SEGMENT_HEADER > image->len)
		return flaw_add(image, &flaw_truncated,
			"%s: the file ends within segment %u", part->name,
			part->segment_count + 1);
	segment->address = bytes_u32(image->bytes + *at);
	segment->length = bytes_u32(image->bytes + *at + 4);
	segment->offset = (uint32_t)*at + SEGMENT_HEADER;
	if (((segment->address | segment->length) & 3) != 0)
		flaw_add(image, &e_align,
			"%s: address 0x%08" PRIx32 " or length %" PRIu32
			" of segment %u is not a multiple of 4",
			part->name, segment->address, segment->length,
			part->segment_count + 1);
	*at = (uint64_t)segment->offset + segment->length;
	if (*at > image->len)
		return flaw_add(image, &flaw_truncated,
			"%s: segment %u needs %" PRIu64
			" bytes of file, there are only %zu",
			part->name, part->segment_count + 1, *at, image->len);
	check_range(image, part, segment, loader);
	check_overlap(image, part, part->segment_count++);
	return true;
}

static void
check_entry(struct image *image, const struct image_part *part)
{
	for (unsigned i = 0; i < part->segment_count; i++) {
		const struct image_segment *segment = &part->segments[i];

		if (is_iram(segment) && part->entry >= segment->address &&
			part->entry - segment->address < segment->length)
			return;
	}
	flaw_add(image, &e_entry,
		"%s: the entry point 0x%08" PRIx32 " is in no segment loaded into IRAM",
		part->name, part->entry);
}

bool
esp8266_has_core3_words(const struct image *image)
{
	uint32_t words = IMAGE_APPLICATION_AT + 0x10;

	return image->len >= words + 8 && bytes_u32(image->bytes + words) == image->len;
}

static uint8_t
sum(const uint8_t *bytes, size_t len, uint8_t start)
{
	while (len-- > 0)
		start ^= *bytes++;
	return start;
}

static uint8_t
sum_of_segments(const struct image *image, const struct image_part *part)
{
	uint8_t all = 0xef;

	for (unsigned i = 0; i < part->segment_count; i++)
		all = sum(image->bytes + part->segments[i].offset,
			part->segments[i].length, all);
	return all;
}

uint8_t
esp8266_checksum_without_words(const struct image *image)
{
	return sum(image->bytes + IMAGE_APPLICATION_AT + 0x10, 8,
		sum_of_segments(image, &image->parts[image->part_count - 1]));
}

/* The toolchain of core 3 fills its two words in after the checksum was made, so files
 * of it carry the checksum of zeros in their place. Both ways of counting are fine:
 * the CRC covers what the checksum does not. */
static void
check_checksum(struct image *image, struct image_part *part, uint64_t end)
{
	uint64_t position = part->offset + ((end - part->offset) | (ROW - 1));

	part->checksum_wanted = sum_of_segments(image, part);
	if (position >= image->len) {
		flaw_add(image, &flaw_truncated,
			"%s: the file ends before the checksum at 0x%" PRIx64, part->name,
			position);
		return;
	}
	part->has_checksum = true;
	part->checksum_found = image->bytes[position];
	part->end = (uint32_t)position + 1;
	if (part->offset == IMAGE_APPLICATION_AT && esp8266_has_core3_words(image) &&
		part->checksum_found == esp8266_checksum_without_words(image))
		part->checksum_wanted = part->checksum_found;
	if (part->checksum_found != part->checksum_wanted)
		flaw_add(image, &flaw_checksum,
			"%s: the checksum is 0x%02x, its content gives 0x%02x",
			part->name, part->checksum_found, part->checksum_wanted);
}

struct image_part *
esp8266_read_part(struct image *image, const char *name, uint32_t offset,
	enum esp8266_loader loader)
{
	struct image_part *part = &image->parts[image->part_count];
	const uint8_t *header = image->bytes + offset;
	uint64_t at = (uint64_t)offset + HEADER;
	unsigned count;

	if (at > image->len) {
		flaw_add(image, &flaw_truncated, "%s: the file ends within its header",
			name);
		return NULL;
	}
	image->part_count++;
	*part = (struct image_part){
		.name = name,
		.offset = offset,
		.flash_mode_byte = header[2],
		.size_speed_byte = header[3],
		.entry = bytes_u32(header + 4),
	};
	count = header[1];
	if (count == 0 || count > IMAGE_SEGMENTS_MOST) {
		flaw_add(image, &flaw_segment_count,
			"%s: %u segments, possible are 1 to %d", name, count,
			IMAGE_SEGMENTS_MOST);
		return NULL;
	}
	while (part->segment_count < count)
		if (!read_segment(image, part, &at, loader))
			return NULL;
	check_entry(image, part);
	check_checksum(image, part, at);
	return part->end != 0 ? part : NULL;
}

uint32_t
esp8266_part_end(const struct image *image, uint32_t offset)
{
	uint64_t at = (uint64_t)offset + HEADER;

	if (at > image->len)
		return 0;
	for (unsigned left = image->bytes[offset + 1]; left > 0; left--) {
		if (at + SEGMENT_HEADER > image->len)
			return 0;
		at += SEGMENT_HEADER + (uint64_t)bytes_u32(image->bytes + at + 4);
	}
	at = offset + ((at - offset) | (ROW - 1)) + 1;
	return at <= image->len ? (uint32_t)at : 0;
}
