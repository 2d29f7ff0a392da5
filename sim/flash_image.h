/* What the chip and its second boot loader make of a flash image: the simulator's own
 * reading, independent of the product's. Source: doc/protocol/images.md. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_FLASH_IMAGE_H
#define SIM_FLASH_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How an image of `airlift-sim image` tells that it holds Wi-Fi data. */
#define FLASH_IMAGE_WIFI_MARK "airlift-sim: Wi-Fi data inside"

struct flash_image {
	bool starts; /* the ROM loads the boot loader, and that the application */
	char why_not[96];
	char program[16]; /* "Tasmota", "" when not found */
	char variant[16]; /* "lite" */
	char version[16]; /* "14.1.0"; "0.0.0" when not found */
	uint32_t version_word; /* 0x0E010000 */
	bool has_wifi_data;
};

/* Looks at the content of flash from address 0, len bytes of which were written. */
void flash_image_read(const uint8_t *bytes, size_t len, struct flash_image *out);

#endif
