/* SPDX-License-Identifier: MIT */
#include "test/unit/unit.h"

#include "base/log.h"
#include "base/text.h"
#include "fleet/screen.h"

static const struct err_code e_test = { "E-TEST", ERR_LOST, "Look at it." };

static struct job_view
downloading(void)
{
	return (struct job_view){
		.device = "1000a00001",
		.step = "download",
		.per_mille = 420,
		.bytes = 200000,
		.total = 480000,
		.bytes_per_second = 46080,
		.left_ms = 6200,
		.outcome = JOB_RUNNING,
	};
}

static void
a_download_shows_bar_rate_and_time_left(void **state)
{
	struct job_view view = downloading();
	char line[SCREEN_LINE_SIZE];

	(void)state;
	assert_string_equal(screen_line(&view, 100, line),
		"1000a00001      download   [========>           ]  42 %  45.0 KiB/s  6 s "
		"left");
}

static void
lines_never_grow_wider_than_the_terminal(void **state)
{
	struct job_view view = downloading();
	char line[SCREEN_LINE_SIZE];

	(void)state;
	for (unsigned width = 0; width < 100; width++)
		assert_true(strlen(screen_line(&view, width, line)) <= width);
	view.total = 0;
	strcpy(view.say, "für öäü");
	for (unsigned width = 0; width < 100; width++)
		assert_true(text_is_utf8(line, strlen(screen_line(&view, width, line))));
}

static void
ends_say_how(void **state)
{
	struct job_view view = downloading();
	char line[SCREEN_LINE_SIZE];

	(void)state;
	view.outcome = JOB_DONE;
	strcpy(view.proof, "Tasmota 14.1.0(lite) at 192.0.2.7");
	assert_string_equal(screen_line(&view, 100, line),
		"1000a00001      done       Tasmota 14.1.0(lite) at 192.0.2.7");
	view.outcome = JOB_RETRY;
	err_set(&view.err, &e_test, "silent");
	assert_string_equal(
		screen_line(&view, 100, line), "1000a00001      failed     silent");
}

static void
durations_are_for_people(void **state)
{
	char out[32];

	(void)state;
	assert_string_equal(screen_duration(499, out, sizeof out), "0 s");
	assert_string_equal(screen_duration(59400, out, sizeof out), "59 s");
	assert_string_equal(screen_duration(80000, out, sizeof out), "1 min 20 s");
	assert_string_equal(screen_duration(3700000, out, sizeof out), "1 h 1 min");
}

static void
set_view(struct job_view *view, const void *what)
{
	*view = *(const struct job_view *)what;
}

/* What a screen of one downloading device and one log line writes. */
static char *
written_by(enum screen_style style)
{
	OWN_NEW(board) board = board_new(1);
	struct job_view view = downloading();
	struct job_listener listener;
	struct screen *screen;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	board_change(board, 0, set_view, &view);
	screen = screen_new(board, style, out);
	listener = screen_listener(screen);
	listener.step(listener.context, "1000a00001", "download");
	screen_draw(screen);
	log_warn("by the way");
	screen_draw(screen);
	screen_free(screen);
	fclose(out);
	return text;
}

static unsigned
count_of(const char *text, const char *part)
{
	unsigned count = 0;

	while ((text = strstr(text, part)) != NULL) {
		text += strlen(part);
		count++;
	}
	return count;
}

static void
plain_lines_hold_no_escape(void **state)
{
	OWN_STR text = written_by(SCREEN_LINES);

	(void)state;
	assert_null(strchr(text, '\033'));
	assert_int_equal(count_of(text, "1000a00001: download\n"), 1);
	assert_int_equal(count_of(text, "1000a00001: download 40 %"), 1);
	assert_int_equal(count_of(text, "airlift: warning: by the way\n"), 1);
}

static void
a_log_line_stands_above_the_picture(void **state)
{
	OWN_STR text = written_by(SCREEN_REDRAW);
	const char *log = strstr(text, "airlift: warning: by the way\n");

	(void)state;
	assert_non_null(log);
	assert_non_null(strstr(log, "42 %"));
	assert_memory_equal(log - 4, "\r\033[J", 4);
}

static void
quiet_shows_only_log_lines(void **state)
{
	OWN_STR text = written_by(SCREEN_NONE);

	(void)state;
	assert_string_equal(text, "airlift: warning: by the way\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_download_shows_bar_rate_and_time_left),
		cmocka_unit_test(lines_never_grow_wider_than_the_terminal),
		cmocka_unit_test(ends_say_how),
		cmocka_unit_test(durations_are_for_people),
		cmocka_unit_test(plain_lines_hold_no_escape),
		cmocka_unit_test(a_log_line_stands_above_the_picture),
		cmocka_unit_test(quiet_shows_only_log_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
