/* One mebibyte of simulated flash: sectors are erased, then programmed. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_FLASH_MEMORY_H
#define SIM_FLASH_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define FLASH_BYTES	  (1024 * 1024)
#define FLASH_SECTOR	  4096
#define FLASH_SECOND_HALF 0x81000 /* where a running stock firmware puts an update */

struct flash_memory {
	uint8_t *bytes; /* allocated at the first write; NULL reads as erased */
};

/* Erases the sector at `offset` and programs len (at most one sector) bytes. False when
 * it would not fit the chip. */
bool flash_write_sector(
	struct flash_memory *flash, uint32_t offset, const void *bytes, size_t len);

/* The two halves of that, for firmware that erases much first: whole sectors, and bytes
 * that can only be cleared. False when they are not inside the chip. */
bool flash_erase(struct flash_memory *flash, uint32_t offset, size_t len);
bool flash_program(
	struct flash_memory *flash, uint32_t offset, const void *bytes, size_t len);

/* Lower-case SHA-256 of what is there. */
void flash_sha256(
	const struct flash_memory *flash, uint32_t offset, size_t len, char out[65]);

/* Moves an image that was staged in the second half to address 0. */
void flash_put_in_place(struct flash_memory *flash, size_t len);

/* Writes the whole chip to DIRECTORY/NAME.bin. */
bool flash_save(const struct flash_memory *flash, const char *directory, const char *name,
	struct err *err);

void flash_clear(struct flash_memory *flash);

#endif
