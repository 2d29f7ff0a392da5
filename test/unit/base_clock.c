/* SPDX-License-Identifier: MIT */
#include "test/unit/unit.h"

#include "base/clock.h"
#include "base/monitor.h"

static void
times_are_written_in_utc(void **state)
{
	char out[CLOCK_TEXT_SIZE];

	(void)state;
	clock_text(1714558830123, out);
	assert_string_equal(out, "2024-05-01T10:20:30.123Z");
}

static void
a_passed_deadline_has_nothing_left(void **state)
{
	(void)state;
	assert_true(deadline_passed(deadline_in(-5)));
	assert_int_equal(deadline_left_ms(deadline_in(-5)), 0);
	assert_false(deadline_passed(deadline_in(60000)));
	assert_true(
		deadline_passed(deadline_sooner(deadline_in(60000), deadline_in(-1))));
}

static void
a_cancelled_pause_ends(void **state)
{
	struct cancel cancel = { 0 };

	(void)state;
	assert_true(clock_pause(1, &cancel));
	cancel_ask(&cancel);
	assert_false(clock_pause(3600000, &cancel));
	assert_true(clock_pause(0, NULL));
}

static void
a_cancelled_wait_ends(void **state)
{
	struct cancel cancel = { 0 };
	struct monitor monitor;

	(void)state;
	monitor_init(&monitor);
	monitor_enter(&monitor);
	assert_false(monitor_wait(&monitor, deadline_in(-1), &cancel));
	cancel_ask(&cancel);
	assert_false(monitor_wait(&monitor, deadline_in(3600000), &cancel));
	monitor_leave(&monitor);
	monitor_clear(&monitor);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_written_in_utc),
		cmocka_unit_test(a_passed_deadline_has_nothing_left),
		cmocka_unit_test(a_cancelled_pause_ends),
		cmocka_unit_test(a_cancelled_wait_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
