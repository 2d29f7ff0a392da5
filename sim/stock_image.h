/* What the vendor's boot loader makes of a slot, and what then runs there.
 * Source: doc/protocol/simulator-stock.md, "Intermediate image". */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_STOCK_IMAGE_H
#define SIM_STOCK_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stock_image {
	bool starts;
	char why_not[96];
	bool resumes; /* built since September 2018: goes on from a half-written flash */
};

/* Looks at slot 1 or 2 of a whole chip. */
void stock_image_read(const uint8_t *flash, unsigned slot, struct stock_image *out);

#endif
