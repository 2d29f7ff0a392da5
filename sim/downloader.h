/* How stock firmware fetches an image: strictly sequential 4096-byte ranges over one
 * connection, with the limits of the vendor's published cloud firmware.
 * Source: doc/protocol/diy.md, "The download". */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_DOWNLOADER_H
#define SIM_DOWNLOADER_H

#include "sim/plug.h"

/* Starts plug->order in a thread of its own, 50 ms from now. */
void download_start(struct plug *plug);

bool download_is_running(struct plug *plug);

/* What ota_flash answers after the attempt when it answers late: 0, 408, 413, 424, 471. */
int download_outcome(struct plug *plug);

/* Waits for the thread, if there is one. */
void download_join(struct plug *plug);

#endif
