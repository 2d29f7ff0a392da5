/* What scan shows while it looks around: a table that grows, a live picture, lines of
 * news, or JSON. */
/* SPDX-License-Identifier: MIT */
#ifndef CMD_SCAN_VIEW_H
#define CMD_SCAN_VIEW_H

#include <stdio.h>

#include "fleet/survey.h"

enum scan_manner {
	SCAN_JSON, /* an event for each piece of news */
	SCAN_TABLE, /* each device once, as soon as all is known about it */
	SCAN_NEWS, /* a line with the time for each piece of news */
	SCAN_LIVE_TABLE, /* a terminal: devices that are still being asked show below */
	SCAN_LIVE_PICTURE /* a terminal: all devices as they are now, drawn again */
};

struct scan_view;

/* For the live manners it also takes the log lines. One at a time. */
struct scan_view *scan_view_new(enum scan_manner manner, bool color, FILE *out);

void scan_view_show(struct scan_view *view, const struct sighting *sighting);

/* The line below the live manners: what is going on. Nothing for the others. */
void scan_view_status(struct scan_view *view, const char *text);

/* Shows what was held back, leaves the last picture without status. */
void scan_view_end(struct scan_view *view);

/* Devices that were seen, and of those the ones that can be freed. */
unsigned scan_view_found(const struct scan_view *view);
unsigned scan_view_free(const struct scan_view *view);

/* The first failure among the devices that are not there, for the end; NULL: none. */
const struct err *scan_view_failure(const struct scan_view *view);

void scan_view_close(struct scan_view *view);

#endif
