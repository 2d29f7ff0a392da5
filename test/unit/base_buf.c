/* SPDX-License-Identifier: MIT */
#include "test/unit/unit.h"

#include "base/buf.h"

static void
a_buffer_never_exceeds_its_limit(void **state)
{
	OWN(buf) buf = BUF_UP_TO(8);

	(void)state;
	assert_true(buf_add_text(&buf, "12345678"));
	assert_false(buf_add(&buf, "9", 1));
	assert_true(buf.cut);
	assert_string_equal(buf_text(&buf), "12345678");
	assert_false(buf_addf(&buf, "%d", 1));
}

static void
taking_empties_it(void **state)
{
	OWN(buf) buf = BUF_UP_TO(100);
	OWN_STR taken = NULL;

	(void)state;
	assert_string_equal(buf_text(&buf), "");
	buf_addf(&buf, "%s-%d", "a", 1);
	taken = buf_take(&buf);
	assert_string_equal(taken, "a-1");
	assert_int_equal(buf.len, 0);
	assert_true(buf_add_text(&buf, "again"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_buffer_never_exceeds_its_limit),
		cmocka_unit_test(taking_empties_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
