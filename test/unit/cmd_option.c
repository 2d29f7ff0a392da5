/* SPDX-License-Identifier: MIT */
#include "test/unit/unit.h"

#include "cmd/command.h"
#include "cmd/option.h"

static const struct option_spec rows[] = {
	{ 'f', "firmware", "FILE", "image" },
	{ 0, "all", NULL, "every device" },
	{ 0, "jobs", "N", "how many at once" },
	{ 0 },
};

static bool
read_words(struct options *out, struct err *err, const char *const *words)
{
	int count = 0;

	while (words[count] != NULL)
		count++;
	*out = (struct options){ 0 };
	return options_read(
		out, rows, app_options, false, count, (char **)(uintptr_t)words, err);
}

/* The words live as long as the test: static storage. */
#define READ(out, err, ...) \
	({ \
		static const char *words[] = { __VA_ARGS__, NULL }; \
		read_words(out, err, words); \
	})

static void
options_and_operands_may_mix(void **state)
{
	struct options out;
	struct err err = { 0 };

	(void)state;
	assert_true(READ(
		&out, &err, "flash", "1000a1b2c3", "-f", "a.bin", "--all", "--", "--x"));
	assert_string_equal(option_value(&out, "firmware"), "a.bin");
	assert_true(option_given(&out, "all"));
	assert_false(option_given(&out, "jobs"));
	assert_int_equal(out.argc, 2);
	assert_string_equal(out.argv[0], "1000a1b2c3");
	assert_string_equal(out.argv[1], "--x");
}

static void
bad_options_are_named(void **state)
{
	struct options out;
	struct err err = { 0 };

	(void)state;
	assert_false(READ(&out, &err, "flash", "--frimware=a"));
	assert_string_equal(err.code->name, "E-USAGE");
	assert_non_null(strstr(err.text, "--frimware=a"));
	assert_false(READ(&out, &err, "flash", "--firmware"));
	assert_non_null(strstr(err.text, "needs a value"));
	assert_false(READ(&out, &err, "flash", "-x"));
	assert_non_null(strstr(err.text, "-x"));
	assert_false(READ(&out, &err, "flash", "--all=3"));
	assert_non_null(strstr(err.text, "takes no value"));
}

static void
options_are_not_abbreviated(void **state)
{
	struct options out;
	struct err err = { 0 };

	(void)state;
	assert_false(READ(&out, &err, "flash", "--firm", "a.bin"));
	assert_string_equal(err.text, "there is no option --firm");
	assert_false(READ(&out, &err, "flash", "--firm=a.bin"));
	assert_string_equal(err.text, "there is no option --firm");
	assert_false(READ(&out, &err, "flash", "x", "--al"));
	assert_true(READ(&out, &err, "flash", "x", "--firmware", "--all", "y"));
	assert_string_equal(option_value(&out, "firmware"), "--all");
	assert_true(READ(&out, &err, "flash", "x", "--firmware=--all"));
}

static void
numbers_have_bounds(void **state)
{
	struct options out;
	struct err err = { 0 };
	int64_t jobs;

	(void)state;
	assert_true(READ(&out, &err, "flash", "--jobs", "7"));
	assert_true(option_number(&out, "jobs", 1, 1000, 16, &jobs, &err));
	assert_int_equal(jobs, 7);
	assert_true(READ(&out, &err, "flash", "--jobs", "0"));
	assert_false(option_number(&out, "jobs", 1, 1000, 16, &jobs, &err));
	assert_non_null(strstr(err.text, "1 to 1000"));
	assert_true(READ(&out, &err, "flash", "x"));
	assert_true(option_number(&out, "jobs", 1, 1000, 16, &jobs, &err));
	assert_int_equal(jobs, 16);
}

static void
the_table_of_commands_is_sound(void **state)
{
	(void)state;
	for (const struct command *const *each = commands; *each != NULL; each++) {
		assert_true((*each)->summary[0] != '\0');
		assert_non_null((*each)->arguments);
		assert_non_null((*each)->run);
		for (const struct command *const *other = commands; other < each; other++)
			assert_string_not_equal((*each)->name, (*other)->name);
	}
}

static void
a_mistyped_command_is_guessed(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_null(command_named("hepl", &err));
	assert_non_null(strstr(err.remedy, "airlift help"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_and_operands_may_mix),
		cmocka_unit_test(bad_options_are_named),
		cmocka_unit_test(options_are_not_abbreviated),
		cmocka_unit_test(numbers_have_bounds),
		cmocka_unit_test(the_table_of_commands_is_sound),
		cmocka_unit_test(a_mistyped_command_is_guessed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
