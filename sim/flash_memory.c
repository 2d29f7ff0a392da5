/* One mebibyte of simulated flash. Programming can only clear bits, so a sector that was
 * not erased first shows as damage, as on a real chip. */
/* SPDX-License-Identifier: MIT */
#include "sim/flash_memory.h"

#include <gnutls/crypto.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

static void
erase(uint8_t *bytes, size_t len)
{
	memset(bytes, 0xFF, len);
}

static void
have_chip(struct flash_memory *flash)
{
	if (flash->bytes != NULL)
		return;
	flash->bytes = xmalloc(FLASH_BYTES);
	erase(flash->bytes, FLASH_BYTES);
}

static void
program(uint8_t *flash, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		flash[i] &= bytes[i];
}

bool
flash_write_sector(
	struct flash_memory *flash, uint32_t offset, const void *bytes, size_t len)
{
	if (len > FLASH_SECTOR || offset > FLASH_BYTES - FLASH_SECTOR)
		return false;
	have_chip(flash);
	erase(flash->bytes + offset, FLASH_SECTOR);
	program(flash->bytes + offset, bytes, len);
	return true;
}

bool
flash_erase(struct flash_memory *flash, uint32_t offset, size_t len)
{
	if (offset % FLASH_SECTOR != 0 || offset > FLASH_BYTES ||
		len > FLASH_BYTES - offset)
		return false;
	have_chip(flash);
	erase(flash->bytes + offset, len);
	return true;
}

bool
flash_program(struct flash_memory *flash, uint32_t offset, const void *bytes, size_t len)
{
	if (offset > FLASH_BYTES || len > FLASH_BYTES - offset)
		return false;
	have_chip(flash);
	program(flash->bytes + offset, bytes, len);
	return true;
}

void
flash_sha256(const struct flash_memory *flash, uint32_t offset, size_t len, char out[65])
{
	uint8_t digest[32] = { 0 };

	if (flash->bytes != NULL && offset <= FLASH_BYTES && len <= FLASH_BYTES - offset)
		gnutls_hash_fast(GNUTLS_DIG_SHA256, flash->bytes + offset, len, digest);
	text_hex(digest, sizeof digest, out);
}

void
flash_put_in_place(struct flash_memory *flash, size_t len)
{
	for (size_t at = 0; at < len; at += FLASH_SECTOR) {
		size_t rest = len - at < FLASH_SECTOR ? len - at : FLASH_SECTOR;

		flash_write_sector(
			flash, (uint32_t)at, flash->bytes + FLASH_SECOND_HALF + at, rest);
	}
}

bool
flash_save(const struct flash_memory *flash, const char *directory, const char *name,
	struct err *err)
{
	OWN_STR path = xasprintf("%s/%s.bin", directory, name);

	return file_write(path, flash->bytes, FLASH_BYTES, 0644, err);
}

void
flash_clear(struct flash_memory *flash)
{
	free(flash->bytes);
	flash->bytes = NULL;
}
