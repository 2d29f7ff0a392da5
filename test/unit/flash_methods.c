/* SPDX-License-Identifier: MIT */
#include "test/unit/unit.h"

#include "flash/methods.h"

static void
the_table_of_methods_is_sound(void **state)
{
	(void)state;
	for (const struct flash_method *const *each = flash_methods; *each != NULL;
		each++) {
		unsigned shares = 0;

		assert_ptr_equal(flash_method_named((*each)->name), *each);
		assert_non_null((*each)->accepts);
		assert_true((*each)->summary[0] != '\0');
		for (const struct flash_step *step = (*each)->steps; step->name != NULL;
			step++) {
			shares += step->share;
			assert_true(step->patience_ms > 0);
			assert_non_null(step->run);
			for (const struct flash_step *other = (*each)->steps;
				other != step; other++)
				assert_string_not_equal(other->name, step->name);
		}
		assert_int_equal(shares, 100);
	}
	assert_null(flash_method_named("magic"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_of_methods_is_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
