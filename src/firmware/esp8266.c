/* The three kinds of ESP8266 files: the Arduino layout, a lone 0xE9 image, and the
 * vendor's update file (0xEA). What one 0xE9 image is: esp8266_part.c. */
/* SPDX-License-Identifier: MIT */
#include "firmware/esp8266.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "firmware/bytes.h"
#include "firmware/crc.h"
#include "firmware/flaw.h"

static const struct err_code e_boot = { "E-IMAGE-BOOT", ERR_IMAGE_REFUSED,
	"The file has an unknown boot loader in front: take an ordinary Tasmota build." };
static const struct err_code e_rboot = {
	"E-IMAGE-RBOOT", ERR_IMAGE_REFUSED,
	"Firmware with the rBoot loader has killed devices this way: take tasmota-lite."
};
static const struct err_code e_vendor_flash = { "E-IMAGE-VENDOR-FLASH", ERR_IMAGE_REFUSED,
	"This is a copy of a device's flash with the vendor's firmware: take a firmware "
	"file." };
static const struct err_code e_second_magic = { "E-IMAGE-SECOND-MAGIC", ERR_IMAGE_REFUSED,
	"The file is damaged: take the file as it was published." };
static const struct err_code e_flash_part = { "E-IMAGE-FLASH-PART", ERR_IMAGE_REFUSED,
	"The file is damaged: take the file as it was published." };
static const struct err_code e_ram_part = { "E-IMAGE-RAM-PART", ERR_IMAGE_REFUSED,
	"The file is damaged: take the file as it was published." };
static const struct err_code e_two_entries = { "E-IMAGE-TWO-ENTRIES", ERR_IMAGE_REFUSED,
	"The file is damaged: take the file as it was published." };
static const struct err_code w_filler = { "W-IMAGE-FILLER", ERR_NONE,
	"Nothing needs to be done; those bytes are never used." };
static const struct err_code w_no_crc = { "W-IMAGE-NO-CRC", ERR_NONE,
	"Nothing needs to be done; older files have none." };
static const struct err_code w_slot = { "W-IMAGE-SLOT", ERR_NONE,
	"Find out for which slot the file was made before it is used." };
static const struct err_code w_update_size = { "W-IMAGE-UPDATE-SIZE", ERR_NONE,
	"Old vendor firmware refuses an update of this size: take a smaller one." };

enum {
	EBOOT_SECTOR = 0x1000,
	CORE3_WORDS = 0x1010, /* file length, CRC */
	EBOOT_FILLER = 0xaa,
	RBOOT_CONFIG = 0xe1, /* first byte of the sector where rBoot keeps its settings */
	RBOOT_ROM = 0x2000, /* where rBoot's first program lies */
	EA_HEADER = 16,
	UPDATE_MOST = 471040 /* 460 KiB: what the vendor's updater takes */
};

static const uint32_t eboot_from = 0x4010f000, eboot_to = 0x40110000;

static bool
is_filled_with(const struct image *image, uint32_t from, uint32_t to, uint8_t filler)
{
	for (uint32_t at = from; at < to; at++)
		if (image->bytes[at] != filler)
			return false;
	return true;
}

static void
check_eboot(struct image *image, const struct image_part *boot)
{
	if (boot->entry < eboot_from || boot->entry >= eboot_to)
		flaw_add(image, &e_boot,
			"the first part starts at 0x%08" PRIx32
			", eboot would start at 0x%08" PRIx32 " or a little behind",
			boot->entry, eboot_from);
	if (!is_filled_with(image, boot->end, EBOOT_SECTOR, EBOOT_FILLER))
		flaw_add(image, &w_filler,
			"the bytes behind the boot loader are not the usual filler");
}

/* Says what is at 0x1000 when it is no application. */
static void
name_other_content(struct image *image)
{
	uint8_t first = image->bytes[EBOOT_SECTOR];
	uint8_t rom = image->len > RBOOT_ROM ? image->bytes[RBOOT_ROM] : 0;

	if (first == RBOOT_CONFIG || (first == 0xff && (rom == 0xe9 || rom == 0xea)))
		flaw_add(image, &e_rboot,
			"the boot loader is rBoot (homekit firmware and others)");
	else if (first == 0xea)
		flaw_add(image, &e_vendor_flash,
			"an update file of the vendor lies at 0x1000");
	else
		flaw_add(image, &flaw_no_application,
			"there is no application at 0x1000: 0x%02x instead of 0xe9",
			first);
}

static void
check_end(struct image *image, uint32_t end)
{
	if (image->len > end)
		flaw_add(image, &flaw_trailing,
			"%zu bytes lie behind the end of the image at 0x%" PRIx32,
			image->len - end, end);
}

static void
check_core3_crc(struct image *image)
{
	uint32_t stored, counted;

	image->has_crc = esp8266_has_core3_words(image);
	if (!image->has_crc)
		return;
	stored = bytes_u32(image->bytes + CORE3_WORDS + 4);
	counted = crc_arduino(image->bytes, image->len, CORE3_WORDS);
	image->crc_is_good = stored == counted;
	if (!image->crc_is_good)
		flaw_add(image, &flaw_crc,
			"the CRC of the file is 0x%08" PRIx32
			", its content gives 0x%08" PRIx32,
			stored, counted);
}

static void
parse_arduino(struct image *image)
{
	const struct image_part *boot, *application;

	image->format = IMAGE_ARDUINO;
	boot = esp8266_read_part(image, "boot loader", 0, LOADER_ROM);
	if (image->bytes[EBOOT_SECTOR] != 0xe9) {
		name_other_content(image);
		return;
	}
	if (boot != NULL)
		check_eboot(image, boot);
	application = esp8266_read_part(
		image, "application", IMAGE_APPLICATION_AT, LOADER_EBOOT);
	if (application != NULL)
		check_end(image, application->end);
	check_core3_crc(image);
}

static void
parse_alone(struct image *image)
{
	const struct image_part *part;

	image->format = IMAGE_V1;
	part = esp8266_read_part(image, "image", 0, LOADER_ROM);
	if (part != NULL && part->end < image->len &&
		!is_filled_with(image, part->end, (uint32_t)image->len, EBOOT_FILLER) &&
		!is_filled_with(image, part->end, (uint32_t)image->len, 0xff))
		check_end(image, part->end);
}

void
esp8266_parse_e9(struct image *image)
{
	uint32_t end = esp8266_part_end(image, 0);

	text_copy(image->chip, sizeof image->chip, "esp8266");
	if (end != 0 && end <= EBOOT_SECTOR && image->len > EBOOT_SECTOR)
		parse_arduino(image);
	else
		parse_alone(image);
}

/* An update file holds many absolute addresses of the slot it was linked for; a few
 * words look like the other slot's by accident. Without any it fits both. */
static void
find_slots(struct image *image)
{
	enum { FEW = 16, CLEARLY = 4 };
	size_t first = 0, second = 0;

	for (size_t at = 0; at + 4 <= image->len; at += 4) {
		uint32_t word = bytes_u32(image->bytes + at);

		first += word >= 0x40201000 && word < 0x40280000;
		second += word >= 0x40281000 && word < 0x40300000;
	}
	image->fits_slot[0] = first + second < FEW || first >= CLEARLY * second;
	image->fits_slot[1] = first + second < FEW || second >= CLEARLY * first;
	if (!image->fits_slot[0] && !image->fits_slot[1])
		flaw_add(image, &w_slot,
			"%zu addresses of slot 1 and %zu of slot 2: neither clearly",
			first, second);
}

/* The CRC word may be missing in files of 2017; otherwise it is the last thing. */
static void
check_vendor_crc(struct image *image, uint32_t end)
{
	uint32_t stored, counted;

	if (image->len == end) {
		flaw_add(image, &w_no_crc, "there is no CRC word at the end");
		return;
	}
	if (image->len < end + 4) {
		flaw_add(
			image, &flaw_truncated, "the file ends within the last CRC word");
		return;
	}
	stored = bytes_u32(image->bytes + end);
	counted = crc_vendor(image->bytes, end);
	image->has_crc = true;
	image->crc_is_good = stored == counted;
	if (!image->crc_is_good)
		flaw_add(image, &flaw_crc,
			"the last CRC word is 0x%08" PRIx32
			", the content gives 0x%08" PRIx32,
			stored, counted);
	check_end(image, end + 4);
}

static bool
read_ea_header(struct image *image)
{
	const uint8_t *bytes = image->bytes;
	uint64_t ram_part;

	if (image->len < EA_HEADER)
		return flaw_add(
			image, &flaw_truncated, "the file ends within its header");
	if (bytes[1] != 4)
		return flaw_add(image, &e_second_magic,
			"the second byte is 0x%02x, an update file of the vendor has 4",
			bytes[1]);
	image->flash_part_len = bytes_u32(bytes + 12);
	ram_part = (uint64_t)EA_HEADER + image->flash_part_len;
	if (bytes_u32(bytes + 8) != 0 || image->flash_part_len % 16 != 0)
		return flaw_add(image, &e_flash_part,
			"the flash part has address 0x%" PRIx32 " and %" PRIu32
			" bytes; the address is 0 and the length a multiple of 16",
			bytes_u32(bytes + 8), image->flash_part_len);
	if (ram_part >= image->len)
		return flaw_add(image, &flaw_truncated,
			"the flash part needs %" PRIu64
			" bytes of file, there are only %zu",
			ram_part, image->len);
	if (bytes[ram_part] != 0xe9)
		return flaw_add(image, &e_ram_part,
			"behind the flash part stands 0x%02x instead of 0xe9",
			bytes[ram_part]);
	return true;
}

void
esp8266_parse_ea(struct image *image)
{
	const struct image_part *part;

	image->format = IMAGE_V2;
	text_copy(image->chip, sizeof image->chip, "esp8266");
	if (!read_ea_header(image))
		return;
	part = esp8266_read_part(
		image, "RAM part", EA_HEADER + image->flash_part_len, LOADER_ROM);
	if (part == NULL)
		return;
	if (part->entry != bytes_u32(image->bytes + 4))
		flaw_add(image, &e_two_entries,
			"the two headers name the entry points 0x%08" PRIx32
			" and 0x%08" PRIx32,
			bytes_u32(image->bytes + 4), part->entry);
	check_vendor_crc(image, part->end);
	find_slots(image);
	if (image->len > UPDATE_MOST)
		flaw_add(image, &w_update_size,
			"%zu bytes; old vendor firmware takes at most %d", image->len,
			UPDATE_MOST);
}
