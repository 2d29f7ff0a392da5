/* SPDX-License-Identifier: MIT */
#include "test/unit/unit.h"

#include <errno.h>

#include "base/err.h"

static const struct err_code plug_is_gone = { "E-TEST-GONE", ERR_LOST, "Plug it in." };

static void
an_error_has_code_cause_and_remedy(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_false(err_set(&err, &plug_is_gone, "no answer for %d s", 5));
	assert_string_equal(err.code->name, "E-TEST-GONE");
	assert_string_equal(err.text, "no answer for 5 s");
	assert_string_equal(err.remedy, "Plug it in.");
	assert_int_equal(err_kind(&err), ERR_LOST);
}

static void
context_goes_in_front(void **state)
{
	struct err err = { 0 };

	(void)state;
	err_set(&err, &plug_is_gone, "no answer");
	assert_false(err_while(&err, "asking %s", "192.0.2.7"));
	assert_string_equal(err.text, "asking 192.0.2.7: no answer");
}

static void
a_full_disk_is_told_as_such(void **state)
{
	struct err err = { 0 };

	(void)state;
	errno = ENOSPC;
	err_errno(&err, &err_file, "cannot write x");
	assert_string_equal(err.code->name, "E-DISK-FULL");
}

static void
long_text_is_cut_not_overrun(void **state)
{
	struct err err = { 0 };
	char text[2000];

	(void)state;
	memset(text, 'x', sizeof text);
	text[sizeof text - 1] = '\0';
	err_set(&err, &plug_is_gone, "%s", text);
	err_while(&err, "%s", text);
	assert_int_equal(strlen(err.text), ERR_TEXT_SIZE - 1);
}

static void
null_means_nobody_wants_to_know(void **state)
{
	(void)state;
	assert_false(err_set(NULL, &plug_is_gone, "gone"));
	assert_int_equal(err_kind(NULL), ERR_NONE);
	assert_int_equal(err_exit_status(ERR_NONE), 0);
	assert_int_equal(err_exit_status(ERR_UNPROVEN), 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_error_has_code_cause_and_remedy),
		cmocka_unit_test(context_goes_in_front),
		cmocka_unit_test(a_full_disk_is_told_as_such),
		cmocka_unit_test(long_text_is_cut_not_overrun),
		cmocka_unit_test(null_means_nobody_wants_to_know),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
