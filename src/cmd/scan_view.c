/* What scan shows while it looks around. The live manners keep a few lines at the bottom of
 * the terminal that are erased and drawn again; what is final scrolls away above them. */
/* SPDX-License-Identifier: MIT */
#include "cmd/scan_view.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/terminal.h"
#include "base/text.h"
#include "cmd/scan_row.h"
#include "fleet/event.h"

#define LINE_UP	    "\033[A"
#define CLEAR_BELOW "\033[J"

enum {
	STATUS_SIZE = 256,
	PICTURE_MOST = 256 * 1024,
	HEIGHT_SPARE = 3, /* the header, the status, the line of the cursor */
	TIME_SIZE = 16
};

/* A device as it is shown. */
struct shown {
	struct sighting sighting;
	bool is_final; /* printed in full, above the live lines */
	char *line; /* as printed last, SCAN_NEWS */
	char *advice;
};

struct scan_view {
	pthread_mutex_t lock; /* other threads print log lines */
	enum scan_manner manner;
	bool color;
	FILE *out;
	struct shown *shown;
	size_t count;
	bool has_header;
	unsigned drawn; /* live lines on the terminal */
	char status[STATUS_SIZE];
};

static bool
is_live(const struct scan_view *view)
{
	return view->manner == SCAN_LIVE_TABLE || view->manner == SCAN_LIVE_PICTURE;
}

static struct scan_style
style_of(const struct scan_view *view)
{
	return (struct scan_style){ .width = is_live(view) ? terminal_width(view->out)
							   : 0,
		.color = view->color };
}

static void
erase(struct scan_view *view)
{
	for (; view->drawn > 0; view->drawn--)
		fputs(LINE_UP, view->out);
	if (is_live(view))
		fputs("\r" CLEAR_BELOW, view->out);
}

static unsigned
lines_in(const char *text)
{
	unsigned lines = 0;

	for (; *text != '\0'; text++)
		lines += *text == '\n';
	return lines;
}

/* Adds as many devices as fit, and says how many do not. */
static void
add_live_rows(struct scan_view *view, struct buf *out, const struct scan_style *style)
{
	unsigned height = terminal_height(view->out), left_out = 0;

	for (size_t i = 0; i < view->count; i++) {
		OWN(buf) row = BUF_UP_TO(SCAN_ROW_MOST);

		if (view->shown[i].is_final)
			continue;
		scan_row_line(&row, &view->shown[i].sighting, style);
		scan_row_advice(&row, &view->shown[i].sighting, style);
		if (lines_in(buf_text(out)) + lines_in(buf_text(&row)) + HEIGHT_SPARE >
			height)
			left_out++;
		else
			buf_add_text(out, buf_text(&row));
	}
	if (left_out > 0)
		buf_addf(out, "... and %u more; a larger window shows them\n", left_out);
}

static void
draw(struct scan_view *view)
{
	OWN(buf) picture = BUF_UP_TO(PICTURE_MOST);
	struct scan_style style = style_of(view);
	size_t width = style.width;

	if (!is_live(view))
		return;
	if (view->manner == SCAN_LIVE_PICTURE && view->count > 0)
		scan_row_header(&picture, &style);
	add_live_rows(view, &picture, &style);
	if (view->status[0] != '\0')
		buf_addf(&picture, "%.*s\n", (int)(width > 1 ? width - 1 : 1),
			view->status);
	erase(view);
	fputs(buf_text(&picture), view->out);
	view->drawn = lines_in(buf_text(&picture));
	fflush(view->out);
}

static void
print_log_line(const char *line, void *context)
{
	struct scan_view *view = context;

	pthread_mutex_lock(&view->lock);
	erase(view);
	fflush(view->out);
	fprintf(stderr, "airlift: %s\n", line);
	draw(view);
	pthread_mutex_unlock(&view->lock);
}

struct scan_view *
scan_view_new(enum scan_manner manner, bool color, FILE *out)
{
	struct scan_view *view = xcalloc(1, sizeof *view);

	pthread_mutex_init(&view->lock, NULL);
	view->manner = manner;
	view->color = color;
	view->out = out;
	if (is_live(view))
		log_redirect(print_log_line, view);
	return view;
}

void
scan_view_close(struct scan_view *view)
{
	if (view == NULL)
		return;
	if (is_live(view))
		log_redirect(NULL, NULL);
	for (size_t i = 0; i < view->count; i++) {
		free(view->shown[i].line);
		free(view->shown[i].advice);
	}
	free(view->shown);
	pthread_mutex_destroy(&view->lock);
	free(view);
}

/* The place of a device: the one it had, or the one it had before it was gone. */
static struct shown *
place_of(struct scan_view *view, const struct sighting *sighting)
{
	const char *id = sighting->device.id;
	struct shown *shown;

	for (size_t i = 0; i < view->count; i++) {
		shown = &view->shown[i];
		if (shown->sighting.number == sighting->number ||
			(shown->sighting.change == DISCOVER_GONE && *id != '\0' &&
				strcmp(shown->sighting.device.id, id) == 0))
			return shown;
	}
	view->shown = xrealloc(view->shown, view->count + 1, sizeof *view->shown);
	shown = &view->shown[view->count++];
	*shown = (struct shown){ 0 };
	return shown;
}

/* Once, above the first device. */
static void
print_header(struct scan_view *view)
{
	OWN(buf) text = BUF_UP_TO(SCAN_ROW_MOST);
	struct scan_style style = style_of(view);

	if (view->has_header)
		return;
	view->has_header = true;
	scan_row_header(&text, &style);
	erase(view);
	fputs(buf_text(&text), view->out);
}

static void
print_row(struct scan_view *view, struct shown *shown)
{
	OWN(buf) text = BUF_UP_TO(SCAN_ROW_MOST);
	struct scan_style style = style_of(view);

	print_header(view);
	scan_row_line(&text, &shown->sighting, &style);
	scan_row_advice(&text, &shown->sighting, &style);
	erase(view);
	fputs(buf_text(&text), view->out);
	fflush(view->out);
	shown->is_final = true;
}

static void
print_time(char out[TIME_SIZE])
{
	time_t now = (time_t)(clock_wall_ms() / 1000);
	struct tm parts;

	strftime(out, TIME_SIZE, "%H:%M:%S", localtime_r(&now, &parts));
}

/* Keeps the text; false when it was the same already. */
static bool
replace(char **old, struct buf *text)
{
	bool differs = *old == NULL || strcmp(*old, buf_text(text)) != 0;

	free(*old);
	*old = xstrdup(buf_text(text));
	return differs;
}

static void
print_news(struct scan_view *view, struct shown *shown)
{
	static const char *const words[] = { "new", "changed", "gone" };
	OWN(buf) line = BUF_UP_TO(SCAN_ROW_MOST);
	OWN(buf) advice = BUF_UP_TO(SCAN_ROW_MOST);
	struct scan_style style = style_of(view);
	char time[TIME_SIZE];
	bool is_new_line, is_new_advice;

	scan_row_line(&line, &shown->sighting, &style);
	scan_row_advice(&advice, &shown->sighting, &style);
	is_new_line = replace(&shown->line, &line);
	is_new_advice = replace(&shown->advice, &advice);
	if (!is_new_line && !is_new_advice)
		return;
	print_time(time);
	fprintf(view->out, "%s  %-7s  %s%s", time, words[shown->sighting.change],
		buf_text(&line), is_new_advice ? buf_text(&advice) : "");
	fflush(view->out);
}

void
scan_view_show(struct scan_view *view, const struct sighting *sighting)
{
	char name[DEVICE_ID_SIZE];
	struct shown *shown;

	pthread_mutex_lock(&view->lock);
	shown = place_of(view, sighting);
	shown->sighting = *sighting;
	if (view->manner == SCAN_LIVE_TABLE)
		print_header(view);
	if (view->manner == SCAN_JSON)
		event_print("device", device_name(&sighting->device, name),
			scan_row_json(sighting));
	else if (view->manner == SCAN_NEWS)
		print_news(view, shown);
	else if (view->manner != SCAN_LIVE_PICTURE && sighting->is_judged &&
		!shown->is_final)
		print_row(view, shown);
	draw(view);
	pthread_mutex_unlock(&view->lock);
}

void
scan_view_status(struct scan_view *view, const char *text)
{
	if (!is_live(view) || strcmp(view->status, text) == 0)
		return;
	pthread_mutex_lock(&view->lock);
	text_copy(view->status, sizeof view->status, text);
	draw(view);
	pthread_mutex_unlock(&view->lock);
}

void
scan_view_end(struct scan_view *view)
{
	pthread_mutex_lock(&view->lock);
	view->status[0] = '\0';
	if (view->manner == SCAN_LIVE_TABLE || view->manner == SCAN_TABLE)
		for (size_t i = 0; i < view->count; i++)
			if (!view->shown[i].is_final)
				print_row(view, &view->shown[i]);
	draw(view);
	pthread_mutex_unlock(&view->lock);
}

unsigned
scan_view_found(const struct scan_view *view)
{
	unsigned found = 0;

	for (size_t i = 0; i < view->count; i++)
		found += view->shown[i].sighting.is_there;
	return found;
}

unsigned
scan_view_free(const struct scan_view *view)
{
	unsigned found = 0;

	for (size_t i = 0; i < view->count; i++)
		found += view->shown[i].sighting.is_judged &&
			view->shown[i].sighting.verdict.can_be_freed;
	return found;
}

const struct err *
scan_view_failure(const struct scan_view *view)
{
	for (size_t i = 0; i < view->count; i++)
		if (!view->shown[i].sighting.is_there)
			return &view->shown[i].sighting.verdict.why_not;
	return NULL;
}
