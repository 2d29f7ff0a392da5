/* SPDX-License-Identifier: MIT */
#include "test/unit/unit.h"

#include <stdatomic.h>

#include "base/clock.h"
#include "fleet/scheduler.h"

struct counts {
	atomic_uint runs[600];
	atomic_uint now, most;
	struct cancel cancel;
	unsigned cancel_at;
};

static void
count_run(void *context, size_t index)
{
	struct counts *counts = context;
	unsigned now = atomic_fetch_add(&counts->now, 1) + 1;
	unsigned most = atomic_load(&counts->most);

	while (now > most && !atomic_compare_exchange_weak(&counts->most, &most, now))
		;
	atomic_fetch_add(&counts->runs[index], 1);
	if (counts->cancel_at != 0 && index + 1 == counts->cancel_at)
		cancel_ask(&counts->cancel);
	clock_pause(1, NULL);
	atomic_fetch_sub(&counts->now, 1);
}

static void
run_all(struct counts *counts, size_t jobs, unsigned threads)
{
	struct err err = { 0 };
	struct scheduler *scheduler = scheduler_start(
		jobs, threads, count_run, counts, &counts->cancel, &err);

	assert_non_null(scheduler);
	while (scheduler_is_busy(scheduler))
		clock_pause(1, NULL);
	assert_int_equal(counts->now, 0);
	scheduler_free(scheduler);
}

static void
every_job_runs_once(void **state)
{
	static const unsigned shapes[][2] = { { 0, 4 }, { 1, 16 }, { 37, 5 },
		{ 256, 256 }, { 600, 16 } };

	(void)state;
	for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
		struct counts *counts = calloc(1, sizeof *counts);

		run_all(counts, shapes[i][0], shapes[i][1]);
		for (unsigned job = 0; job < shapes[i][0]; job++)
			assert_int_equal(counts->runs[job], 1);
		assert_true(counts->most <= shapes[i][1]);
		free(counts);
	}
}

static void
a_cancel_starts_no_more(void **state)
{
	struct counts *counts = calloc(1, sizeof *counts);

	(void)state;
	counts->cancel_at = 5;
	run_all(counts, 100, 1);
	assert_int_equal(counts->runs[4], 1);
	for (unsigned job = 5; job < 100; job++)
		assert_int_equal(counts->runs[job], 0);
	free(counts);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_job_runs_once),
		cmocka_unit_test(a_cancel_starts_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
