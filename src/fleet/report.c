/* What came of the jobs. */
/* SPDX-License-Identifier: MIT */
#include "fleet/report.h"

#include <string.h>

#include "base/terminal.h"
#include "fleet/event.h"
#include "fleet/screen.h"

static const struct err_code e_some_failed = { "E-SOME-FAILED", ERR_SOME_FAILED,
	"Read what is said above for each device, and run the command again for those." };
static const struct err_code e_some_unproven = { "E-SOME-NOT-PROVEN", ERR_UNPROVEN,
	"Do what is said above for the devices that were not seen again." };

static const char *
words_for(const struct job_view *view)
{
	static const char *const words[] = {
		[JOB_RUNNING] = "still running",
		[JOB_WAITING] = "not started",
		[JOB_DONE] = "free",
		[JOB_RETRY] = "failed, may be tried again",
		[JOB_GAVE_UP] = "failed",
		[JOB_NEEDS_HANDS] = "please look at it",
		[JOB_STOPPED] = "stopped",
	};

	if (err_kind(&view->err) == ERR_UNPROVEN)
		return "flashed, not proven";
	if (err_kind(&view->err) == ERR_NOT_ELIGIBLE)
		return "refused";
	if (err_kind(&view->err) == ERR_NOTHING_TO_DO)
		return "nothing to do";
	return words[view->outcome];
}

enum { INDENT = 16 };

static void
print_row(const struct job_view *view, FILE *out)
{
	char took[32] = "";

	if (view->outcome == JOB_DONE) {
		screen_duration(view->ended_ms - view->started_ms, took, sizeof took);
		terminal_say(out, INDENT, "%-15s %s: %s (%s)", view->device,
			words_for(view), view->proof, took);
		return;
	}
	if (view->err.code == NULL) {
		fprintf(out, "%-15s %s\n", view->device, words_for(view));
		return;
	}
	terminal_say(out, INDENT, "%-15s %s: %s (%s)", view->device, words_for(view),
		view->err.text, view->err.code->name);
	terminal_say(out, INDENT + 6, "%-15s next: %s", "", view->err.remedy);
}

/* How many rows ended how. */
struct tally {
	size_t all, done, unproven, stopped, refused, failed;
};

/* Nothing was tried, and there was nothing to try. */
static bool
is_refused(const struct job_view *view)
{
	return err_kind(&view->err) == ERR_NOT_ELIGIBLE ||
		err_kind(&view->err) == ERR_NOTHING_TO_DO;
}

static void
count_row(struct tally *tally, const struct job_view *view)
{
	tally->all++;
	if (view->outcome == JOB_DONE)
		tally->done++;
	else if (err_kind(&view->err) == ERR_UNPROVEN)
		tally->unproven++;
	else if (is_refused(view))
		tally->refused++;
	else if (view->outcome == JOB_WAITING || err_kind(&view->err) == ERR_CANCELLED)
		tally->stopped++;
	else
		tally->failed++;
}

static struct tally
count_rows(struct board *board)
{
	struct tally tally = { 0 };
	struct job_view view;

	for (size_t row = 0; row < board_count(board); row++) {
		board_look(board, row, &view);
		count_row(&tally, &view);
	}
	return tally;
}

size_t
report_print(struct board *board, FILE *out)
{
	struct tally tally = count_rows(board);
	struct job_view view;

	for (size_t row = 0; row < board_count(board); row++) {
		board_look(board, row, &view);
		print_row(&view, out);
	}
	if (tally.all < 2)
		return tally.done;
	fprintf(out, "\n%zu of %zu devices are free.", tally.done, tally.all);
	if (tally.unproven > 0)
		fprintf(out, " %zu flashed, but not seen again.", tally.unproven);
	if (tally.refused > 0)
		fprintf(out, " %zu refused or free already.", tally.refused);
	if (tally.failed > 0)
		fprintf(out, " %zu failed.", tally.failed);
	if (tally.stopped > 0)
		fprintf(out, " %zu stopped or not started.", tally.stopped);
	fputc('\n', out);
	return tally.done;
}

/* True when no row failed in another way than the first that did. */
static bool
all_fail_alike(struct board *board, struct err *err)
{
	struct job_view view;

	for (size_t row = 0; row < board_count(board); row++) {
		board_look(board, row, &view);
		if (view.err.code == NULL)
			continue;
		if (err->code == NULL)
			*err = view.err;
		else if (err->code->kind != view.err.code->kind)
			return false;
	}
	return true;
}

bool
report_result(struct board *board, bool forgive_refused, struct err *err)
{
	struct tally tally = count_rows(board);
	size_t flashed = tally.done + tally.unproven;
	size_t wanted = tally.all - (forgive_refused ? tally.refused : 0);
	struct err common = { 0 };

	if (tally.done == wanted && tally.done > 0)
		return true;
	if (tally.stopped > 0)
		return err_set(err, &err_cancelled,
			"interrupted: %zu of %zu devices are done", tally.done, wanted);
	if (tally.all == 1) {
		all_fail_alike(board, err);
		return false;
	}
	if (flashed == wanted && flashed > 0)
		return err_set(err, &e_some_unproven,
			"flashed, but not seen again: %zu of %zu devices", tally.unproven,
			wanted);
	if (flashed > 0 || !all_fail_alike(board, &common))
		return err_set(err, &e_some_failed, "%zu of %zu devices are not free",
			wanted - tally.done, wanted);
	*err = common;
	return err_while(err, "all %zu devices failed, the first one with", tally.all);
}

static void
on_step(void *context, const char *device, const char *step)
{
	(void)context;
	event_print("step", device, json_pack("{s:s}", "step", step));
}

static void
on_sentence(void *context, const char *device, const char *sentence)
{
	(void)context;
	event_print("message", device, json_pack("{s:s}", "text", sentence));
}

static void
on_end(void *context, const struct job_view *view)
{
	json_t *fields = json_pack("{s:s, s:s, s:I}", "outcome",
		job_outcome_name(view->outcome), "step", view->step, "took_ms",
		(json_int_t)(view->ended_ms - view->started_ms));

	(void)context;
	if (view->proof[0] != '\0')
		json_object_set_new(fields, "proof", json_string(view->proof));
	if (view->err.code != NULL) {
		json_object_set_new(fields, "code", json_string(view->err.code->name));
		json_object_set_new(fields, "cause", json_string(view->err.text));
		json_object_set_new(fields, "remedy", json_string(view->err.remedy));
	}
	event_print("outcome", view->device, fields);
}

struct job_listener
report_listener(void)
{
	return (struct job_listener){ NULL, on_step, on_sentence, on_end };
}

struct report_progress {
	struct board *board;
	unsigned *told; /* per cent + 1, by row */
};

struct report_progress *
report_progress_new(struct board *board)
{
	struct report_progress *progress = xcalloc(1, sizeof *progress);

	progress->board = board;
	progress->told = xcalloc(board_count(board) + 1, sizeof *progress->told);
	return progress;
}

static void
print_progress(const struct job_view *view)
{
	json_t *fields = json_pack("{s:s, s:f, s:I, s:I, s:I}", "step", view->step,
		"percent", view->per_mille / 10.0, "bytes", (json_int_t)view->bytes,
		"total", (json_int_t)view->total, "bytes_per_second",
		(json_int_t)view->bytes_per_second);

	if (view->left_ms >= 0)
		json_object_set_new(
			fields, "left_ms", json_integer((json_int_t)view->left_ms));
	event_print("progress", view->device, fields);
}

void
report_progress_print(struct report_progress *progress)
{
	struct job_view view;

	for (size_t row = 0; row < board_count(progress->board); row++) {
		board_look(progress->board, row, &view);
		if (view.outcome != JOB_RUNNING ||
			view.per_mille / 10 + 1 == progress->told[row])
			continue;
		progress->told[row] = view.per_mille / 10 + 1;
		print_progress(&view);
	}
}

void
report_progress_free(struct report_progress *progress)
{
	if (progress == NULL)
		return;
	free(progress->told);
	free(progress);
}
