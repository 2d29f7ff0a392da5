/* SPDX-License-Identifier: MIT */
#include "test/unit/unit.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"

static int
make_place(void **state)
{
	char pattern[] = "/tmp/airlift-file-XXXXXX";

	*state = xstrdup(mkdtemp(pattern));
	return 0;
}

static int
remove_place(void **state)
{
	OWN_STR command = xasprintf("rm -r '%s'", (char *)*state);
	int status = system(command);

	free(*state);
	return status;
}

static void
what_was_written_is_read(void **state)
{
	OWN_STR path = xasprintf("%s/a", (char *)*state);
	struct err err = { 0 };
	uint8_t *bytes;
	size_t len;

	assert_true(file_write(path, "secret\nmore", 11, 0600, &err));
	assert_true(file_read(path, 100, &bytes, &len, &err));
	assert_int_equal(len, 11);
	assert_memory_equal(bytes, "secret\nmore", 12);
	free(bytes);
	assert_false(file_read(path, 10, &bytes, &len, &err));
	assert_string_equal(err.code->name, "E-FILE");
}

static void
a_line_ends_at_its_end(void **state)
{
	OWN_STR path = xasprintf("%s/a", (char *)*state);
	OWN_STR line = NULL;
	struct err err = { 0 };

	assert_true(file_write(path, "pass word\r\n", 11, 0600, &err));
	line = file_read_line(path, 100, &err);
	assert_string_equal(line, "pass word");
	assert_null(file_read_line(path, 8, &err));
	assert_non_null(strstr(err.text, "longer than 8"));
}

static void
a_pipe_has_a_first_line_too(void **state)
{
	OWN_STR path = NULL;
	OWN_STR line = NULL;
	struct err err = { 0 };
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "secret\n", 7), 7);
	close(ends[1]);
	path = xasprintf("/dev/fd/%d", ends[0]);
	line = file_read_line(path, 100, &err);
	assert_string_equal(line, "secret");
	close(ends[0]);
}

static void
directories_are_no_files(void **state)
{
	struct err err = { 0 };
	uint8_t *bytes;
	size_t len;

	assert_false(file_read(*state, 100, &bytes, &len, &err));
	assert_false(file_write("/nowhere/at/all", "x", 1, 0600, &err));
	assert_string_equal(err.code->name, "E-FILE");
}

static void
parents_are_made(void **state)
{
	OWN_STR path = xasprintf("%s/x/y/z", (char *)*state);
	struct err err = { 0 };
	struct stat info;

	assert_true(file_make_directory(path, &err));
	assert_true(file_make_directory(path, &err));
	assert_int_equal(stat(path, &info), 0);
	assert_true(S_ISDIR(info.st_mode));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			what_was_written_is_read, make_place, remove_place),
		cmocka_unit_test_setup_teardown(
			a_line_ends_at_its_end, make_place, remove_place),
		cmocka_unit_test(a_pipe_has_a_first_line_too),
		cmocka_unit_test_setup_teardown(
			directories_are_no_files, make_place, remove_place),
		cmocka_unit_test_setup_teardown(
			parents_are_made, make_place, remove_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
