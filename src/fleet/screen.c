/* What people see while jobs run. Only words a job has said: nothing is computed here
 * but where it stands on the screen. */
/* SPDX-License-Identifier: MIT */
#include "fleet/screen.h"

#include <inttypes.h>
#include <pthread.h>
#include <string.h>

#include "base/log.h"
#include "base/terminal.h"
#include "base/text.h"

enum { BAR_CELLS = 20, NAME_COLUMNS = 15, STEP_COLUMNS = 10, WIDTH_MOST = 200 };

/* Of the terminal: the summary, and the line the cursor stands on. */
enum { LINES_KEPT = 2 };

#define CLEAR_TO_END "\033[K"
#define LINE_UP	     "\033[A"
#define CLEAR_BELOW  "\033[J"

struct screen {
	pthread_mutex_t lock; /* jobs print lines while the picture is drawn */
	struct board *board;
	enum screen_style style;
	FILE *out;
	unsigned drawn; /* lines of the picture on the terminal */
	unsigned *told; /* SCREEN_LINES: tens of per cent, by row */
};

char *
screen_duration(int64_t ms, char *out, size_t size)
{
	int64_t seconds = (ms + 500) / 1000;

	if (seconds < 60)
		snprintf(out, size, "%" PRId64 " s", seconds);
	else if (seconds < 3600)
		snprintf(out, size, "%" PRId64 " min %" PRId64 " s", seconds / 60,
			seconds % 60);
	else
		snprintf(out, size, "%" PRId64 " h %" PRId64 " min", seconds / 3600,
			seconds / 60 % 60);
	return out;
}

/* The words in front of the bar. */
static const char *
phase(const struct job_view *view)
{
	static const char *const words[] = {
		[JOB_WAITING] = "waiting",
		[JOB_DONE] = "done",
		[JOB_RETRY] = "failed",
		[JOB_GAVE_UP] = "failed",
		[JOB_NEEDS_HANDS] = "unproven",
		[JOB_STOPPED] = "stopped",
	};

	if (view->outcome == JOB_RUNNING)
		return view->step;
	if (err_kind(&view->err) == ERR_NOT_ELIGIBLE)
		return "refused";
	return words[view->outcome];
}

static void
print_bar(const struct job_view *view, char *out, size_t size)
{
	char bar[BAR_CELLS + 1], rate[32] = "", left[32] = "", size_text[24];
	unsigned full = view->per_mille * BAR_CELLS / 1000;

	memset(bar, ' ', BAR_CELLS);
	memset(bar, '=', full);
	if (full < BAR_CELLS)
		bar[full] = '>';
	bar[BAR_CELLS] = '\0';
	if (view->bytes_per_second >= 1)
		snprintf(rate, sizeof rate, "  %s/s",
			text_size(size_text, sizeof size_text,
				(uint64_t)view->bytes_per_second));
	if (view->left_ms >= 0) {
		screen_duration(view->left_ms, size_text, sizeof size_text);
		snprintf(left, sizeof left, "  %s left", size_text);
	}
	if (view->total > 0)
		snprintf(out, size, "[%s] %3u %%%s%s", bar, view->per_mille / 10, rate,
			left);
	else
		snprintf(out, size, "[%s] %3u %%  %s", bar, view->per_mille / 10,
			view->say);
}

char *
screen_line(const struct job_view *view, unsigned width, char out[SCREEN_LINE_SIZE])
{
	char rest[SCREEN_LINE_SIZE - 64] = "";

	if (view->outcome == JOB_RUNNING)
		print_bar(view, rest, sizeof rest);
	else if (view->outcome == JOB_DONE)
		text_copy(rest, sizeof rest, view->proof);
	else if (view->outcome != JOB_WAITING)
		text_copy(rest, sizeof rest, view->err.text);
	snprintf(out, SCREEN_LINE_SIZE, "%-*s %-*s %s", NAME_COLUMNS, view->device,
		STEP_COLUMNS, phase(view), rest);
	if (width < SCREEN_LINE_SIZE && strlen(out) > width) {
		while (width > 0 && ((unsigned char)out[width] & 0xC0) == 0x80)
			width--; /* not in the middle of a character */
		out[width] = '\0';
	}
	return out;
}

static void
erase(struct screen *screen)
{
	for (; screen->drawn > 0; screen->drawn--)
		fputs(LINE_UP, screen->out);
	fputs("\r" CLEAR_BELOW, screen->out);
}

static void
print_line(struct screen *screen, const char *line)
{
	pthread_mutex_lock(&screen->lock);
	if (screen->style == SCREEN_REDRAW)
		erase(screen);
	fprintf(screen->out, "%s\n", line);
	fflush(screen->out);
	pthread_mutex_unlock(&screen->lock);
}

static void
print_log_line(const char *line, void *context)
{
	char whole[1100];

	snprintf(whole, sizeof whole, "airlift: %s", line);
	print_line(context, whole);
}

struct screen *
screen_new(struct board *board, enum screen_style style, FILE *out)
{
	struct screen *screen = xcalloc(1, sizeof *screen);

	pthread_mutex_init(&screen->lock, NULL);
	screen->board = board;
	screen->style = style;
	screen->out = out;
	screen->told = xcalloc(board_count(board) + 1, sizeof *screen->told);
	log_redirect(print_log_line, screen);
	return screen;
}

/* Which rows are worth a line when not all fit: those that run. */
static bool
is_worth_a_line(const struct job_view *view, bool all_fit)
{
	return all_fit || view->outcome == JOB_RUNNING;
}

static void
print_summary(struct screen *screen, const unsigned counts[], size_t count)
{
	unsigned failed = counts[JOB_RETRY] + counts[JOB_GAVE_UP] +
		counts[JOB_NEEDS_HANDS] + counts[JOB_STOPPED];

	fprintf(screen->out,
		"%zu devices: %u waiting, %u running, %u done, %u not done" CLEAR_TO_END
		"\n",
		count, counts[JOB_WAITING], counts[JOB_RUNNING], counts[JOB_DONE],
		failed);
	screen->drawn++;
}

static void
draw_picture(struct screen *screen)
{
	size_t count = board_count(screen->board);
	unsigned width = terminal_width(screen->out) - 1;
	unsigned height = terminal_height(screen->out);
	unsigned room = height > LINES_KEPT ? height - LINES_KEPT : 1;
	unsigned counts[JOB_STOPPED + 1] = { 0 };
	char line[SCREEN_LINE_SIZE];
	struct job_view view;

	for (; screen->drawn > 0; screen->drawn--)
		fputs(LINE_UP, screen->out);
	for (size_t row = 0; row < count; row++) {
		board_look(screen->board, row, &view);
		counts[view.outcome]++;
		if (screen->drawn >= room || !is_worth_a_line(&view, count <= room))
			continue;
		screen_line(&view, width < WIDTH_MOST ? width : WIDTH_MOST, line);
		fprintf(screen->out, "%s" CLEAR_TO_END "\n", line);
		screen->drawn++;
	}
	if (count > 1)
		print_summary(screen, counts, count);
	fputs(CLEAR_BELOW, screen->out);
}

static void
print_tens(struct screen *screen, const struct job_view *view, unsigned tens)
{
	char size[24], rate[32] = "";

	if (view->bytes_per_second >= 1)
		snprintf(rate, sizeof rate, ", %s/s",
			text_size(size, sizeof size, (uint64_t)view->bytes_per_second));
	fprintf(screen->out, "%s: %s %u %%%s\n", view->device, view->step, tens * 10,
		rate);
}

/* Every ten per cent of a download, once. */
static void
print_all_tens(struct screen *screen)
{
	size_t count = board_count(screen->board);
	struct job_view view;

	for (size_t row = 0; row < count; row++) {
		unsigned tens;

		board_look(screen->board, row, &view);
		tens = view.total > 0 ? (unsigned)(view.bytes * 10 / view.total) : 0;
		if (tens > screen->told[row])
			print_tens(screen, &view, tens);
		if (view.total > 0)
			screen->told[row] = tens;
	}
}

void
screen_draw(struct screen *screen)
{
	pthread_mutex_lock(&screen->lock);
	if (screen->style == SCREEN_REDRAW)
		draw_picture(screen);
	else if (screen->style == SCREEN_LINES)
		print_all_tens(screen);
	fflush(screen->out);
	pthread_mutex_unlock(&screen->lock);
}

static void
on_step(void *context, const char *device, const char *step)
{
	struct screen *screen = context;
	char line[128];

	if (screen->style != SCREEN_LINES)
		return;
	snprintf(line, sizeof line, "%s: %s", device, step);
	print_line(screen, line);
}

static void
on_sentence(void *context, const char *device, const char *sentence)
{
	struct screen *screen = context;
	char line[SCREEN_LINE_SIZE];

	if (screen->style != SCREEN_LINES)
		return;
	snprintf(line, sizeof line, "%s: %s", device, sentence);
	print_line(screen, line);
}

static void
on_end(void *context, const struct job_view *view)
{
	struct screen *screen = context;
	char line[SCREEN_LINE_SIZE + 64];

	if (screen->style != SCREEN_LINES)
		return;
	snprintf(line, sizeof line, "%s: %s: %s", view->device, phase(view),
		view->outcome == JOB_DONE ? view->proof : view->err.text);
	print_line(screen, line);
}

struct job_listener
screen_listener(struct screen *screen)
{
	return (struct job_listener){ screen, on_step, on_sentence, on_end };
}

void
screen_free(struct screen *screen)
{
	if (screen == NULL)
		return;
	screen_draw(screen);
	log_redirect(NULL, NULL);
	pthread_mutex_destroy(&screen->lock);
	free(screen->told);
	free(screen);
}
