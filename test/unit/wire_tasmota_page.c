/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>

#include "test/unit/golden.h"
#include "wire/tasmota_page.h"

static void
the_form_changed_twice(void **state)
{
	static const struct {
		const char *version, *golden;
	} rows[] = { { "5.9.1", "form-5" }, { "8.5.1", "form-8" }, { "9.2.0", "form-8" },
		{ "15.5.0", "form-15" } };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		OWN(buf) target = BUF_UP_TO(1024);
		OWN_STR golden = golden_line("tasmota/requests.txt", rows[i].golden);
		struct tasmota_version version;

		assert_true(tasmota_read_version(rows[i].version, &version));
		assert_true(tasmota_form_target(&target, &version, "my home", "s&cr+t"));
		assert_string_equal(buf_text(&target), golden);
	}
}

static void
old_forms_take_no_asterisk(void **state)
{
	struct tasmota_version old, current;

	(void)state;
	tasmota_read_version("6.7.1", &old);
	tasmota_read_version("9.2.0", &current);
	assert_false(tasmota_form_takes(&old, "a*b"));
	assert_true(tasmota_form_takes(&old, "ab"));
	assert_true(tasmota_form_takes(&current, "a*b"));
}

static void
the_page_after_the_form_tells_the_address(void **state)
{
	OWN_STR trying = golden_line("tasmota/pages.txt", "trying");
	OWN_STR good = golden_line("tasmota/pages.txt", "good");
	OWN_STR again = golden_line("tasmota/pages.txt", "again");
	struct in_addr address;
	char text[INET_ADDRSTRLEN];

	(void)state;
	assert_int_equal(
		tasmota_read_form_result(trying, strlen(trying), &address), FORM_WAIT);
	assert_int_equal(
		tasmota_read_form_result(again, strlen(again), &address), FORM_AGAIN);
	assert_int_equal(
		tasmota_read_form_result(good, strlen(good), &address), FORM_GOOD);
	assert_string_equal(inet_ntop(AF_INET, &address, text, sizeof text), "192.0.2.7");
}

static void
cut_pages_tell_nothing(void **state)
{
	OWN_STR good = golden_line("tasmota/pages.txt", "good");
	struct in_addr address;
	size_t enough = (size_t)(strstr(good, "192.0.2.7") - good) + strlen("192.0.2.");

	(void)state;
	for (size_t len = 0; len <= enough; len++)
		assert_int_equal(
			tasmota_read_form_result(good, len, &address), FORM_WAIT);
	assert_int_equal(
		tasmota_read_form_result("location.href='http://0.0.0.0'", 30, &address),
		FORM_WAIT);
}

static void
minimal_builds_say_so(void **state)
{
	OWN_STR minimal = golden_line("tasmota/pages.txt", "minimal");
	OWN_STR other = golden_line("tasmota/pages.txt", "again");

	(void)state;
	assert_true(tasmota_page_is_minimal(minimal, strlen(minimal)));
	assert_false(tasmota_page_is_minimal(other, strlen(other)));
}

static void
uploads_fail_for_a_reason(void **state)
{
	OWN_STR good = golden_line("tasmota/pages.txt", "upload-good");
	OWN_STR bad = golden_line("tasmota/pages.txt", "upload-bad");
	char why[TASMOTA_WHY_SIZE];

	(void)state;
	assert_true(tasmota_read_upload(good, strlen(good), why));
	assert_string_equal(why, "");
	assert_false(tasmota_read_upload(bad, strlen(bad), why));
	assert_string_equal(why, "Not enough space");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_form_changed_twice),
		cmocka_unit_test(old_forms_take_no_asterisk),
		cmocka_unit_test(the_page_after_the_form_tells_the_address),
		cmocka_unit_test(cut_pages_tell_nothing),
		cmocka_unit_test(minimal_builds_say_so),
		cmocka_unit_test(uploads_fail_for_a_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
