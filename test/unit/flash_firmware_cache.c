/* Copies of downloads: kept whole, and worth nothing when anything about them is odd. */
/* SPDX-License-Identifier: MIT */
#include "flash/firmware_cache.h"

#include <dirent.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "firmware/digest.h"
#include "test/unit/unit.h"

static const char url[] = "http://192.0.2.1/a/../b.bin?x=\"1\"";

static int
set_up(void **state)
{
	char *directory = xstrdup("/tmp/airlift-cache-XXXXXX");

	assert_non_null(mkdtemp(directory));
	*state = directory;
	return 0;
}

/* The path of the one file with this ending; the caller frees. */
static char *
file_in(const char *directory, const char *ending)
{
	DIR *open = opendir(directory);
	char *found = NULL;

	for (struct dirent *each; (each = readdir(open)) != NULL;)
		if (found == NULL && text_ends_with(each->d_name, ending))
			found = xasprintf("%s/%s", directory, each->d_name);
	closedir(open);
	return found;
}

static int
tear_down(void **state)
{
	char *path;

	while ((path = file_in(*state, "n")) != NULL) { /* .bin, .json */
		unlink(path);
		free(path);
	}
	rmdir(*state);
	free(*state);
	return 0;
}

static void
put(const char *directory, const char *text)
{
	struct cached copy = { .etag = "\"v1\"", .modified = "Wed, 01 May 2024" };
	struct err err = { 0 };

	copy.bytes = (uint8_t *)xstrdup(text);
	copy.len = strlen(text);
	digest_sha256(copy.bytes, copy.len, copy.sha256);
	assert_true(firmware_cache_put(directory, url, &copy, &err));
	cached_clear(&copy);
}

static void
what_is_put_comes_back(void **state)
{
	OWN(cached) copy = { 0 };
	OWN(cached) other = { 0 };

	assert_false(firmware_cache_get(*state, url, &copy));
	put(*state, "first");
	put(*state, "second");
	assert_true(firmware_cache_get(*state, url, &copy));
	assert_int_equal(copy.len, 6);
	assert_memory_equal(copy.bytes, "second", 6);
	assert_string_equal(copy.etag, "\"v1\"");
	assert_false(firmware_cache_get(*state, "http://192.0.2.1/other", &other));
	assert_false(firmware_cache_get(NULL, url, &other));
}

/* Overwrites the file with this ending. */
static void
spoil(const char *directory, const char *ending, const char *text)
{
	OWN_STR path = file_in(directory, ending);
	struct err err = { 0 };

	assert_true(file_write(path, text, strlen(text), 0600, &err));
}

static void
odd_copies_count_as_nothing(void **state)
{
	static const struct {
		const char *ending, *text;
	} oddities[] = {
		{ ".bin", "other bytes" }, /* also a power cut between the two files */
		{ ".bin", "" },
		{ ".json", "" },
		{ ".json", "{" },
		{ ".json", "[]" },
		{ ".json", "{\"url\":\"http://elsewhere/\",\"sha256\":\"00\"}" },
		{ ".json", "{\"url\":7,\"sha256\":{}}" },
	};

	for (size_t i = 0; i < COUNT_OF(oddities); i++) {
		OWN(cached) copy = { 0 };

		put(*state, "good");
		spoil(*state, oddities[i].ending, oddities[i].text);
		assert_false(firmware_cache_get(*state, url, &copy));
		assert_null(copy.bytes);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			what_is_put_comes_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			odd_copies_count_as_nothing, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
