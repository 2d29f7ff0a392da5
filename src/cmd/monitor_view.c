/* The table of monitor. */
/* SPDX-License-Identifier: MIT */
#include "cmd/monitor_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/terminal.h"

#define PLAIN "\033[0m"

enum column { DEVICE, STATE, POWER, SIGNAL, ADDRESS, FIRMWARE, HEARD, COLUMNS };

static const struct {
	const char *title;
	unsigned width;
	unsigned importance; /* 0: never left out */
} columns[COLUMNS] = {
	[DEVICE] = { "device", 22, 0 },
	[STATE] = { "state", 7, 0 },
	[POWER] = { "power", 8, 5 },
	[SIGNAL] = { "signal", 6, 2 },
	[ADDRESS] = { "address", 15, 3 },
	[FIRMWARE] = { "firmware", 24, 1 },
	[HEARD] = { "heard", 8, 4 },
};

enum { NAME_LEAST = 8, NAME_USEFUL = 14, NAME_MOST = 40, LINES_BESIDE = 2 };

/* Which columns there is room for, and how wide the first one is. */
struct layout {
	bool shown[COLUMNS];
	unsigned name;
};

static unsigned
width_of(const struct layout *layout)
{
	unsigned width = layout->name;

	for (unsigned i = DEVICE + 1; i < COLUMNS; i++)
		if (layout->shown[i])
			width += 2 + columns[i].width;
	return width;
}

static struct layout
lay_out(const struct monitor_view *view)
{
	struct layout layout = { .name = view->width > 0 ? NAME_USEFUL
							 : columns[DEVICE].width };

	for (unsigned i = 0; i < COLUMNS; i++)
		layout.shown[i] = true;
	for (unsigned least = 1; view->width > 0 && least <= 5; least++)
		for (unsigned i = 0; i < COLUMNS; i++)
			if (width_of(&layout) > view->width &&
				columns[i].importance == least)
				layout.shown[i] = false;
	while (view->width > 0 && layout.name > NAME_LEAST &&
		width_of(&layout) > view->width)
		layout.name--;
	/* Names are what people look for: they get what is left. */
	while (view->width > 0 && layout.name < NAME_MOST &&
		width_of(&layout) < view->width)
		layout.name++;
	return layout;
}

/* Text in a column, cut with a mark only in a window. */
static void
add_cell(struct buf *out, const char *text, unsigned width, bool may_cut)
{
	size_t taken = 0, bytes = 0, cut = 0, taken_until_cut = 0, len;

	for (; text[bytes] != '\0'; bytes += len) {
		taken += terminal_columns(text + bytes, &len);
		if (taken < width) {
			/* The last place is the mark's, if one is needed. */
			cut = bytes + len;
			taken_until_cut = taken;
		}
	}
	if (may_cut && taken > width) {
		buf_add(out, text, cut);
		buf_add_text(out, "~");
		taken = taken_until_cut + 1;
	} else {
		buf_add(out, text, bytes);
	}
	for (; taken < width; taken++)
		buf_add_text(out, " ");
}

static const char *
or_dash(const char *text)
{
	return *text != '\0' ? text : "-";
}

void
monitor_view_time(int64_t at_ms, char out[16])
{
	time_t seconds = (time_t)(at_ms / 1000);
	struct tm parts;

	localtime_r(&seconds, &parts);
	strftime(out, 16, "%H:%M:%S", &parts);
}

static void
add_line(const struct monitor_view *view, struct buf *out,
	const char *const cells[COLUMNS], const char *tint)
{
	struct layout layout = lay_out(view);

	for (unsigned i = 0; i < COLUMNS; i++) {
		bool tinted = i == STATE && view->color && tint != NULL;

		if (!layout.shown[i])
			continue;
		if (i > 0)
			buf_add_text(out, "  ");
		if (tinted)
			buf_add_text(out, tint);
		add_cell(out, cells[i], i == DEVICE ? layout.name : columns[i].width,
			view->width > 0);
		if (tinted)
			buf_add_text(out, PLAIN);
	}
	while (out->len > 0 && out->data[out->len - 1] == ' ')
		out->data[--out->len] = '\0';
	buf_add_text(out, "\n");
}

void
monitor_view_heading(const struct monitor_view *view, struct buf *out)
{
	const char *cells[COLUMNS];

	for (unsigned i = 0; i < COLUMNS; i++)
		cells[i] = columns[i].title;
	add_line(view, out, cells, NULL);
}

/* "ON OFF ON OFF" is too long for a column: "1010". */
static const char *
shorten_power(const char *power, char out[TASMOTA_TEXT_SIZE])
{
	size_t len = 0;

	if (strlen(power) <= columns[POWER].width)
		return or_dash(power);
	for (const char *word = power; word != NULL && len + 1 < TASMOTA_TEXT_SIZE;
		word = strchr(word, ' ')) {
		word += *word == ' ';
		out[len++] = strncmp(word, "ON", 2) == 0 ? '1'
			: strncmp(word, "OFF", 3) == 0	 ? '0'
							 : '?';
	}
	out[len] = '\0';
	return out;
}

void
monitor_view_row(
	const struct monitor_view *view, const struct roster_row *row, struct buf *out)
{
	static const char *const tints[] = {
		[PRESENCE_UNKNOWN] = "\033[33m",
		[PRESENCE_ONLINE] = "\033[32m",
		[PRESENCE_OFFLINE] = "\033[31m",
	};
	char signal[8] = "-", at[16] = "-", power[TASMOTA_TEXT_SIZE];
	const char *cells[COLUMNS] = {
		[DEVICE] = row->topic,
		[STATE] = roster_presence_name(row->presence),
		[POWER] = shorten_power(row->power, power),
		[SIGNAL] = signal,
		[ADDRESS] = or_dash(row->address),
		[FIRMWARE] = or_dash(row->version),
		[HEARD] = at,
	};

	if (row->has_signal)
		snprintf(signal, sizeof signal, "%d%%", row->signal_percent);
	if (row->heard_ms > 0)
		monitor_view_time(row->heard_ms, at);
	add_line(view, out, cells, tints[row->presence]);
}

static int
by_topic(const void *a, const void *b)
{
	const struct roster_row *const *one = a, *const *other = b;

	return strcmp((*one)->topic, (*other)->topic);
}

static void
add_count(const struct monitor_view *view, const struct roster *roster, size_t shown,
	bool is_connected, struct buf *out)
{
	OWN(buf) line = BUF_UP_TO(MONITOR_LINE_MOST);
	size_t count = roster_count(roster), online = 0;

	for (size_t i = 0; i < count; i++)
		online += roster_row(roster, i)->presence == PRESENCE_ONLINE;
	if (!is_connected)
		buf_add_text(&line, "The broker is gone; trying again. ");
	buf_addf(&line, "%zu device%s, %zu online", count, count == 1 ? "" : "s", online);
	if (shown < count)
		buf_addf(&line, ", %zu not shown: the window is too low", count - shown);
	/* One column stays free: a full line would make some terminals go on below. */
	if (view->width > 1 && line.len >= view->width)
		buf_add(out, buf_text(&line), view->width - 1);
	else
		buf_add_text(out, buf_text(&line));
}

size_t
monitor_view_table(const struct monitor_view *view, const struct roster *roster,
	bool is_connected, struct buf *out)
{
	size_t count = roster_count(roster), shown = count;
	const struct roster_row **rows = xcalloc(count + 1, sizeof *rows);

	for (size_t i = 0; i < count; i++)
		rows[i] = roster_row(roster, i);
	qsort(rows, count, sizeof *rows, by_topic);
	if (view->height > 0 && count + LINES_BESIDE > view->height)
		shown = view->height > LINES_BESIDE ? view->height - LINES_BESIDE : 0;
	monitor_view_heading(view, out);
	for (size_t i = 0; i < shown; i++)
		monitor_view_row(view, rows[i], out);
	free(rows);
	add_count(view, roster, shown, is_connected, out);
	return shown + 1;
}
