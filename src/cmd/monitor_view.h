/* The table of monitor: one line per device, as wide and as high as the window allows. */
/* SPDX-License-Identifier: MIT */
#ifndef CMD_MONITOR_VIEW_H
#define CMD_MONITOR_VIEW_H

#include "base/buf.h"
#include "fleet/roster.h"

#define MONITOR_LINE_MOST 1024

struct monitor_view {
	unsigned width, height; /* of the window; 0: no limit, nothing is cut */
	bool color;
};

/* Appends the heading, or one device, as a line. Where the window is narrow, the columns
 * that matter least are left out, and long names end in "~". */
void monitor_view_heading(const struct monitor_view *view, struct buf *out);
void monitor_view_row(
	const struct monitor_view *view, const struct roster_row *row, struct buf *out);

/* Appends the whole table, by topic, and a last line without its end that counts; what
 * does not fit into the window is told there. Returns the lines above the last one. */
size_t monitor_view_table(const struct monitor_view *view, const struct roster *roster,
	bool is_connected, struct buf *out);

/* "14:03:59", in this computer's time zone. */
void monitor_view_time(int64_t at_ms, char out[16]);

#endif
