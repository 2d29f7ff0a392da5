/* The Range header: every row of test/golden/http/ranges.txt, and what is written back. */
/* SPDX-License-Identifier: MIT */
#include "wire/range.h"

#include <inttypes.h>

#include "base/memory.h"
#include "unit.h"

static void
describe(const char *header, uint64_t total, char *out, size_t size)
{
	static const char *const names[] = { "whole", "part", "unsatisfiable",
		"garbled" };
	struct range part = { 0 };
	enum range_kind kind = range_read(header, total, &part);

	if (kind == RANGE_PART)
		snprintf(out, size, "part %" PRIu64 " %" PRIu64, part.first, part.last);
	else
		snprintf(out, size, "%s", names[kind]);
}

static void
reads_golden_rows(void **state)
{
	const char *root = getenv("AIRLIFT_SOURCE");
	OWN_STR path = xasprintf(
		"%s/test/golden/http/ranges.txt", root != NULL ? root : ".");
	FILE *file = fopen(path, "r");
	char line[256], got[64];
	unsigned rows = 0;

	(void)state;
	assert_non_null(file);
	while (fgets(line, sizeof line, file) != NULL) {
		char *total = strstr(line, " | "), *wanted;

		if (line[0] == '#')
			continue;
		assert_non_null(total);
		*total = '\0';
		wanted = strstr(total + 3, " | ");
		assert_non_null(wanted);
		wanted[strcspn(wanted, "\n")] = '\0';
		describe(line, strtoull(total + 3, NULL, 10), got, sizeof got);
		if (strcmp(got, wanted + 3) != 0)
			fail_msg("\"%s\": %s instead of %s", line, got, wanted + 3);
		rows++;
	}
	fclose(file);
	assert_true(rows > 30);
}

static void
no_header_is_whole(void **state)
{
	struct range part;

	(void)state;
	assert_int_equal(range_read(NULL, 10, &part), RANGE_WHOLE);
}

static void
an_empty_body_has_no_part(void **state)
{
	struct range part;

	(void)state;
	assert_int_equal(range_read("bytes=0-0", 0, &part), RANGE_UNSATISFIABLE);
	assert_int_equal(range_read("bytes=-5", 0, &part), RANGE_UNSATISFIABLE);
}

static void
writes_content_range(void **state)
{
	char text[RANGE_TEXT_SIZE];

	(void)state;
	range_write(&(struct range){ 0, 4095 }, 477328, text);
	assert_string_equal(text, "bytes 0-4095/477328");
	range_write(&(struct range){ UINT64_MAX, UINT64_MAX }, UINT64_MAX, text);
	assert_string_equal(text,
		"bytes 18446744073709551615-18446744073709551615/18446744073709551615");
	range_write_refusal(477328, text);
	assert_string_equal(text, "bytes */477328");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_golden_rows),
		cmocka_unit_test(no_header_is_whole),
		cmocka_unit_test(an_empty_body_has_no_part),
		cmocka_unit_test(writes_content_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
