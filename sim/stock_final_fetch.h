/* How the intermediate image fetches one file and writes it.
 * Source: doc/protocol/simulator-stock.md, "Intermediate image". */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_STOCK_FINAL_FETCH_H
#define SIM_STOCK_FINAL_FETCH_H

#include "sim/stock.h"

struct final_file {
	const char *path;
	size_t most; /* bytes */
	uint32_t erase_at, erase_len; /* before anything of the body is read on */
	bool boot_sector_last; /* written from 0 up; else from 0x81000 */
};

extern const struct final_file final_file_slot_2;
extern const struct final_file final_file_arduino;

enum final_end {
	FINAL_FAILED, /* worth another try */
	FINAL_RESTARTS, /* the power was cut: from the beginning */
	FINAL_OTHER_SLOT, /* the slot 2 image is there */
	FINAL_IS_WHOLE, /* the last firmware is there */
	FINAL_ENDS /* the world ends, or nothing more will come of this device */
};

/* One try. */
enum final_end final_fetch(struct stock *stock, const struct final_file *file);

#endif
