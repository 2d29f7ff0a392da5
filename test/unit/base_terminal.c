/* SPDX-License-Identifier: MIT */
#include "base/terminal.h"

#include "base/memory.h"
#include "test/unit/unit.h"

static void
columns_are_those_of_a_terminal(void **state)
{
	static const struct {
		const char *text;
		unsigned columns, bytes;
	} rows[] = {
		{ "a", 1, 1 },
		{ "\xc3\xbc", 1, 2 }, /* ü */
		{ "\xe2\x82\xac", 1, 3 }, /* the euro sign */
		{ "\xe7\x81\xaf", 2, 3 }, /* Chinese: lamp */
		{ "\xed\x95\x9c", 2, 3 }, /* Korean */
		{ "\xf0\x9f\x92\xa1", 2, 4 }, /* a light bulb */
		{ "\xcc\x88", 0, 2 }, /* dots for the letter before */
		{ "\xff", 1, 1 },
		{ "\xc3", 1, 1 }, /* cut off */
		{ "\xe7\x81", 1, 1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		size_t bytes;

		assert_int_equal(terminal_columns(rows[i].text, &bytes), rows[i].columns);
		assert_int_equal(bytes, rows[i].bytes);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_those_of_a_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
