/* One sighting as people read it: a line of a table, and below it what to do next. */
/* SPDX-License-Identifier: MIT */
#ifndef CMD_SCAN_ROW_H
#define CMD_SCAN_ROW_H

#include "base/buf.h"
#include "base/json.h"
#include "fleet/survey.h"

struct scan_style {
	unsigned width; /* columns; 0: do not wrap */
	bool color;
};

#define SCAN_ROW_MOST 4096 /* bytes of one sighting */

/* "ID  ADDRESS  MODEL ..." with its line end. */
void scan_row_header(struct buf *out, const struct scan_style *style);

/* The line of the table with its line end. */
void scan_row_line(
	struct buf *out, const struct sighting *sighting, const struct scan_style *style);

/* Why and what next, indented, in as many lines as it takes; nothing while the device has
 * not been asked. */
void scan_row_advice(
	struct buf *out, const struct sighting *sighting, const struct scan_style *style);

/* The members of a "device" event. */
json_t *scan_row_json(const struct sighting *sighting);

#endif
