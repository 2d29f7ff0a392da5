/* Jobs with a method that does what the test wants: what journal, board and listener hear,
 * and in which order. */
/* SPDX-License-Identifier: MIT */
#include "test/unit/unit.h"

#include "base/text.h"
#include "fleet/job.h"
#include "fleet/report.h"

static const struct err_code codes[] = {
	{ "E-TEST-LOST", ERR_LOST, "Test." },
	{ "E-TEST-UNPROVEN", ERR_UNPROVEN, "Test." },
	{ "E-TEST-REFUSED", ERR_REFUSED, "Test." },
	{ "E-TEST-ELIGIBLE", ERR_NOT_ELIGIBLE, "Test." },
	{ "E-TEST-UNLOCK", ERR_UNLOCK_REFUSED, "Test." },
};

/* The device's address says what becomes of it: 192.0.2.N, N - 1 is an index into codes,
 * 100 is good. */
static bool
run_step(struct flash_job *job, struct err *err)
{
	unsigned last = ntohl(job->device.address.sin_addr.s_addr) & 0xFF;

	job->watch.progress(job->watch.context, 500, 500, 1000);
	flash_say(job, "half of it");
	job->image_was_sent = last == 2;
	if (last != 100)
		return err_set(err, &codes[last - 1], "as told");
	strcpy(job->proof, "Tasmota 14.1.0 at 192.0.2.100");
	return true;
}

static bool
accept_all(const struct flash_job *job, struct err *err)
{
	(void)job;
	(void)err;
	return true;
}

static bool
pass(struct flash_job *job, struct err *err)
{
	return flash_note(job, err, "a detail with \x1b[31m in it");
}

static const struct flash_step steps[] = {
	{ "first", 30, 1000, pass },
	{ "second", 70, 1000, run_step },
	{ 0 },
};

static const struct flash_method method = {
	.name = "test",
	.summary = "for tests",
	.accepts = accept_all,
	.steps = steps,
};

static struct {
	struct journal *journal;
	char heard[512];
	bool fact_was_there[8];
	unsigned steps;
} the_test;

static void
count_fact(const struct fact *fact, void *context)
{
	*(unsigned *)context += strcmp(fact->detail, "") == 0;
}

/* Fact first: the step is in the journal when it is told. */
static void
on_step(void *context, const char *device, const char *step)
{
	unsigned facts = 0;
	struct err err = { 0 };

	(void)context;
	assert_true(journal_read(the_test.journal, device, 0, count_fact, &facts, &err));
	assert_int_equal(facts, ++the_test.steps);
	strcat(strcat(the_test.heard, step), " ");
}

static void
on_end(void *context, const struct job_view *view)
{
	(void)context;
	strcat(the_test.heard, job_outcome_name(view->outcome));
}

static struct job_view
run(unsigned last, const struct err *refusal)
{
	OWN_NEW(board) board = board_new(1);
	struct image image = { .len = 1000 };
	struct job_world world = {
		.image = &image,
		.journal = the_test.journal,
		.board = board,
		.listeners = { { NULL, on_step, NULL, on_end } },
		.patience_percent = 100,
		.web_port = 1,
	};
	struct job job = { .world = &world, .method = &method };
	struct job_view view;

	job.device.address.sin_family = AF_INET;
	job.device.address.sin_addr.s_addr = htonl(0xC0000200 + last);
	snprintf(job.device.id, sizeof job.device.id, "1000a000%02x", last);
	if (refusal != NULL)
		job.refusal = *refusal;
	the_test.heard[0] = '\0';
	the_test.steps = 0;
	job_run(&job);
	board_look(board, 0, &view);
	return view;
}

static void
remember(const struct fact *fact, void *context)
{
	snprintf(context, 600, "%s|%s|%s", fact->method, fact->step, fact->detail);
}

static void
last_fact_is(const char *device, const char *expected)
{
	char last[600] = "";
	struct err err = { 0 };

	assert_true(journal_read(the_test.journal, device, 0, remember, last, &err));
	assert_string_equal(last, expected);
}

static void
a_good_end_is_told_everywhere(void **state)
{
	struct job_view view = run(100, NULL);

	(void)state;
	assert_int_equal(view.outcome, JOB_DONE);
	assert_int_equal(view.per_mille, 1000);
	assert_string_equal(view.proof, "Tasmota 14.1.0 at 192.0.2.100");
	assert_string_equal(view.device, "1000a00064");
	assert_string_equal(the_test.heard, "first second done");
	last_fact_is("1000a00064", "test|outcome|done: Tasmota 14.1.0 at 192.0.2.100");
}

static void
every_kind_of_trouble_has_its_outcome(void **state)
{
	static const struct {
		unsigned last;
		enum job_outcome outcome;
		const char *fact;
	} rows[] = {
		{ 1, JOB_RETRY, "test|outcome|retry: E-TEST-LOST: as told" },
		{ 2, JOB_NEEDS_HANDS,
			"test|outcome|needs-hands: E-TEST-UNPROVEN: as told" },
		{ 3, JOB_GAVE_UP, "test|outcome|gave-up: E-TEST-REFUSED: as told" },
		{ 4, JOB_GAVE_UP, "test|outcome|gave-up: E-TEST-ELIGIBLE: as told" },
		{ 5, JOB_GAVE_UP, "test|outcome|gave-up: E-TEST-UNLOCK: as told" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct job_view view = run(rows[i].last, NULL);

		assert_int_equal(view.outcome, rows[i].outcome);
		assert_string_equal(view.err.text, "as told");
		last_fact_is(view.device, rows[i].fact);
	}
}

/* Silence after the whole image needs a person; before that it may be tried again. */
static void
silence_is_judged_by_what_was_sent(void **state)
{
	struct err lost = { .code = &codes[0] };
	struct err stopped = { .code = &err_cancelled };
	struct err none = { 0 };

	(void)state;
	assert_int_equal(job_outcome_for(&lost, false), JOB_RETRY);
	assert_int_equal(job_outcome_for(&lost, true), JOB_NEEDS_HANDS);
	assert_int_equal(job_outcome_for(&stopped, false), JOB_STOPPED);
	assert_int_equal(job_outcome_for(&stopped, true), JOB_NEEDS_HANDS);
	assert_int_equal(job_outcome_for(&none, true), JOB_DONE);
}

static void
a_refused_device_is_not_begun(void **state)
{
	struct err refusal = { 0 };
	struct job_view view;

	(void)state;
	err_set(&refusal, &codes[3], "another processor");
	view = run(7, &refusal);
	assert_int_equal(view.outcome, JOB_GAVE_UP);
	assert_string_equal(view.err.text, "another processor");
	assert_string_equal(the_test.heard, "gave-up");
	last_fact_is("1000a00007", "");
}

static void
details_hold_no_control_characters(void **state)
{
	char last[600] = "";
	struct err err = { 0 };

	(void)state;
	run(100, NULL);
	assert_true(journal_read(the_test.journal, NULL, 0, remember, last, &err));
	assert_null(strchr(last, '\x1b'));
}

static void
set_view(struct job_view *view, const void *what)
{
	*view = *(const struct job_view *)what;
}

/* What a run with these ends comes to: the exit status. */
static int
status_of(const struct job_view *views, size_t count, bool forgive_refused)
{
	OWN_NEW(board) board = board_new(count);
	struct err err = { 0 };

	for (size_t i = 0; i < count; i++)
		board_change(board, i, set_view, &views[i]);
	return report_result(board, forgive_refused, &err)
		? 0
		: err_exit_status(err_kind(&err));
}

static void
the_whole_run_has_one_exit_status(void **state)
{
	const struct job_view done = { .step = "", .outcome = JOB_DONE };
	const struct job_view lost = {
		.step = "", .outcome = JOB_RETRY, .err = { .code = &codes[0] }
	};
	const struct job_view unproven = {
		.step = "", .outcome = JOB_NEEDS_HANDS, .err = { .code = &codes[1] }
	};
	const struct job_view refused = {
		.step = "", .outcome = JOB_GAVE_UP, .err = { .code = &codes[3] }
	};
	const struct job_view waiting = { .step = "", .outcome = JOB_WAITING };

	(void)state;
#define STATUS_OF(forgive, ...) \
	status_of((struct job_view[]){ __VA_ARGS__ }, \
		sizeof((struct job_view[]){ __VA_ARGS__ }) / sizeof(struct job_view), \
		forgive)
#define STATUS(...) STATUS_OF(false, __VA_ARGS__)
	assert_int_equal(STATUS(done), 0);
	assert_int_equal(STATUS(done, done), 0);
	assert_int_equal(STATUS(lost), 1);
	assert_int_equal(STATUS(unproven), 5);
	assert_int_equal(STATUS(refused), 10);
	assert_int_equal(STATUS(refused, refused), 10);
	assert_int_equal(STATUS(done, lost), 4);
	assert_int_equal(STATUS(done, unproven), 5);
	assert_int_equal(STATUS(unproven, unproven), 5);
	assert_int_equal(STATUS(unproven, lost), 4);
	assert_int_equal(STATUS(done, refused, unproven), 4);
	assert_int_equal(STATUS(done, waiting), 130);
	assert_int_equal(STATUS(done, refused), 4);
	/* --all */
	assert_int_equal(STATUS_OF(true, done, refused), 0);
	assert_int_equal(STATUS_OF(true, refused, refused), 10);
	assert_int_equal(STATUS_OF(true, refused, unproven, done), 5);
	assert_int_equal(STATUS_OF(true, refused, lost, done), 4);
	assert_int_equal(STATUS_OF(true, refused), 10);
}

static int
open_journal(void **state)
{
	struct err err = { 0 };

	(void)state;
	the_test.journal = journal_open(NULL, &err);
	return the_test.journal == NULL;
}

static int
close_journal(void **state)
{
	(void)state;
	journal_free(the_test.journal);
	return 0;
}

int
main(void)
{
#define WITH_JOURNAL(test) \
	cmocka_unit_test_setup_teardown(test, open_journal, close_journal)
	const struct CMUnitTest tests[] = {
		WITH_JOURNAL(a_good_end_is_told_everywhere),
		WITH_JOURNAL(every_kind_of_trouble_has_its_outcome),
		WITH_JOURNAL(silence_is_judged_by_what_was_sent),
		WITH_JOURNAL(a_refused_device_is_not_begun),
		WITH_JOURNAL(details_hold_no_control_characters),
		cmocka_unit_test(the_whole_run_has_one_exit_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
