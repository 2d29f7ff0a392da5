/* What people see while jobs run, on standard error: one line per device drawn again in
 * place, or plain lines where nothing can be drawn again. */
/* SPDX-License-Identifier: MIT */
#ifndef FLEET_SCREEN_H
#define FLEET_SCREEN_H

#include <stdio.h>

#include "fleet/board.h"
#include "fleet/job.h"

enum screen_style {
	SCREEN_NONE, /* --quiet */
	SCREEN_LINES, /* a line per step, sentence and ten per cent */
	SCREEN_REDRAW /* a terminal */
};

#define SCREEN_DRAW_EVERY_MS 125

struct screen;

/* Also takes the log lines, so that they do not land in the picture. One at a time. */
struct screen *screen_new(struct board *board, enum screen_style style, FILE *out);

/* Draws the board as it is now; for the one thread that watches the board. */
void screen_draw(struct screen *screen);

/* What the jobs call: lines of SCREEN_LINES. */
struct job_listener screen_listener(struct screen *screen);

/* A last picture stays behind. */
void screen_free(struct screen *screen);
DEFINE_OWN(screen)

/* One device's line without line end, at most `width` columns. Returns out. */
#define SCREEN_LINE_SIZE 512
char *screen_line(
	const struct job_view *view, unsigned width, char out[SCREEN_LINE_SIZE]);

/* "1 min 20 s" */
char *screen_duration(int64_t ms, char *out, size_t size);

#endif
