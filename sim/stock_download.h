/* How stock firmware of 2016-2018 fetches an image into the slot that is not running: in
 * ranges of 4096 bytes, or all of it in one answer.
 * Source: doc/protocol/simulator-stock.md, "Download". */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_STOCK_DOWNLOAD_H
#define SIM_STOCK_DOWNLOAD_H

#include "sim/stock.h"
#include "sim/stock_upgrade.h"

#define STOCK_IMAGE_MOST 471040 /* 460 KiB */

/* Called again and again meanwhile, so that the websocket lives on. */
struct stock_pastime {
	void (*pass)(void *context);
	void *context;
};

/* RESULT_GOOD, RESULT_DOWNLOAD or RESULT_DIGEST; the image is in the other slot. */
enum stock_result stock_download(struct stock *stock, const struct stock_upgrade *upgrade,
	const struct stock_pastime *pastime);

#endif
