/* Where a simulated Tasmota puts new firmware until it restarts. */
/* SPDX-License-Identifier: MIT */
#include "sim/tasmota_store.h"

#include <string.h>
#include <zlib.h>

#include "base/memory.h"
#include "sim/flash_image.h"

enum {
	STAGE_END = 0xFB000,
	IMAGE_MAGIC = 0xE9,
	GZIP_MAGIC = 0x1F,
	SIZE_1_MIB = 2, /* in the high nibble of byte 3; more is larger */
	COPY_MS = 10000
};

static uint32_t
rounded_up(size_t len)
{
	return (uint32_t)((len + FLASH_SECTOR - 1) / FLASH_SECTOR * FLASH_SECTOR);
}

uint32_t
tasmota_store_room(const struct tasmota *t, enum tasmota_room way)
{
	uint32_t room = STAGE_END - rounded_up(t->firmware.bytes);

	return way == ROOM_BY_OTA ? room
				  : (room - FLASH_SECTOR) / FLASH_SECTOR * FLASH_SECTOR;
}

enum tasmota_verdict
tasmota_store_judge(const struct tasmota *t, const uint8_t first[4], size_t len,
	enum tasmota_room way)
{
	bool gzip = first[0] == GZIP_MAGIC && tasmota_has(&t->firmware, TRAIT_GZIP);

	if (len > tasmota_store_room(t, way))
		return VERDICT_NO_SPACE;
	if (first[0] != IMAGE_MAGIC && !gzip)
		return VERDICT_BAD_MAGIC;
	return !gzip && first[3] >> 4 > SIZE_1_MIB ? VERDICT_WRONG_SIZE : VERDICT_TAKEN;
}

static void
write_flash(struct flash_memory *flash, uint32_t at, const uint8_t *bytes, size_t len)
{
	for (size_t done = 0; done < len; done += FLASH_SECTOR) {
		size_t rest = len - done < FLASH_SECTOR ? len - done : FLASH_SECTOR;

		flash_write_sector(flash, at + (uint32_t)done, bytes + done, rest);
	}
}

void
tasmota_store_take(struct tasmota *t, uint8_t *bytes, size_t len)
{
	free(t->upgrade.staged);
	t->upgrade.staged = bytes;
	t->upgrade.staged_len = len;
	write_flash(t->flash, STAGE_END - rounded_up(len), bytes, len);
}

/* Unpacks a gzip file; NULL when it is damaged or unpacks to more than the chip holds. */
static uint8_t *
unpack(const uint8_t *bytes, size_t len, size_t *out_len)
{
	uint8_t *out = xmalloc(FLASH_BYTES);
	z_stream stream = { .next_in = (Bytef *)(uintptr_t)bytes,
		.avail_in = (uInt)len,
		.next_out = out,
		.avail_out = FLASH_BYTES };
	int result = Z_DATA_ERROR;

	if (inflateInit2(&stream, 16 + MAX_WBITS) == Z_OK) {
		result = inflate(&stream, Z_FINISH);
		inflateEnd(&stream);
	}
	*out_len = stream.total_out;
	if (result == Z_STREAM_END)
		return out;
	free(out);
	return NULL;
}

static void
die(const struct tasmota *t, const char *why)
{
	world_tell(t->world, "dead", t->id, "{s:s}", "why", why);
}

/* What lies at 0 now; false when nobody will hear of the device again. */
static bool
start(struct tasmota *t, size_t len)
{
	struct flash_image image;

	flash_image_read(t->flash->bytes, len, &image);
	if (!image.starts) {
		die(t, image.why_not);
		return false;
	}
	if (strcmp(image.program, "Tasmota") != 0) {
		world_tell(t->world, "boots", t->id, "{s:s,s:s,s:s,s:s}", "program",
			image.program, "version", image.version, "variant", image.variant,
			"where", "access-point");
		return false;
	}
	tasmota_firmware_set(
		&t->firmware, image.version_word, image.variant, (uint32_t)len);
	return true;
}

static bool
put_in_place(struct tasmota *t, const uint8_t *bytes, size_t len)
{
	struct world *world = t->world;
	struct err err = { 0 };
	char sha256[65];

	if (len > STAGE_END) {
		die(t, "the image is larger than the program part of the flash");
		return false;
	}
	write_flash(t->flash, 0, bytes, len);
	flash_sha256(t->flash, 0, len, sha256);
	if (world->flash_dir != NULL &&
		!flash_save(t->flash, world->flash_dir, t->id, &err))
		world_tell(world, "error", t->id, "{s:s}", "text", err.text);
	world_tell(world, "flashed", t->id, "{s:s,s:i}", "sha256", sha256, "bytes",
		(int)len);
	return start(t, len);
}

bool
tasmota_store_boot(struct tasmota *t)
{
	uint8_t *staged = t->upgrade.staged, *unpacked = NULL;
	size_t len = t->upgrade.staged_len;
	bool starts = true;

	if (staged == NULL)
		return true;
	t->upgrade.staged = NULL;
	if (!clock_pause(tasmota_ms(t, COPY_MS), &t->world->cancel)) {
		starts = false;
	} else if (staged[0] != GZIP_MAGIC) {
		starts = put_in_place(t, staged, len);
	} else if ((unpacked = unpack(staged, len, &len)) != NULL) {
		starts = put_in_place(t, unpacked, len);
	} else {
		die(t, "the gzip file is damaged");
		starts = false;
	}
	free(unpacked);
	free(staged);
	return starts;
}
