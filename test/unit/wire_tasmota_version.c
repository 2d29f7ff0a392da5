/* SPDX-License-Identifier: MIT */
#include "test/unit/unit.h"
#include "wire/tasmota_version.h"

static struct tasmota_version
version(const char *text)
{
	struct tasmota_version out;

	assert_true(tasmota_read_version(text, &out));
	return out;
}

static void
versions_have_up_to_four_parts_and_a_name(void **state)
{
	static const struct {
		const char *text;
		uint32_t number;
		const char *variant;
	} rows[] = {
		{ "15.2.0(release-lite)", TASMOTA_VERSION(15, 2, 0, 0), "lite" },
		{ "9.3.1.3(tasmota)", TASMOTA_VERSION(9, 3, 1, 3), "tasmota" },
		{ "5.14.0", TASMOTA_VERSION(5, 14, 0, 0), "" },
		{ "5.9.1b", TASMOTA_VERSION(5, 9, 1, 0), "" },
		{ "12.1", TASMOTA_VERSION(12, 1, 0, 0), "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct tasmota_version is = version(rows[i].text);

		assert_int_equal(is.number, rows[i].number);
		assert_string_equal(is.variant, rows[i].variant);
	}
}

static void
other_text_is_no_version(void **state)
{
	static const char *const texts[] = { "", "v15.2", "15", "tasmota", "300.1.0",
		"-1.2.3", ".", "1." };
	struct tasmota_version out;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		assert_false(tasmota_read_version(texts[i], &out));
		assert_int_equal(out.number, 0);
	}
}

static void
features_begin_with_their_version(void **state)
{
	static const struct {
		enum tasmota_feature feature;
		const char *last_without, *first_with;
	} rows[] = {
		{ TASMOTA_SAVES_AT_WI, "5.14.0", "6.0.0" },
		{ TASMOTA_GZIP, "8.1.0.11", "8.2.0" },
		{ TASMOTA_JUMPS, "7.2.0", "8.1.0" },
		{ TASMOTA_TESTED_FORM, "9.3.1.2", "9.3.1.3" },
		{ TASMOTA_WIFI_TEST, "12.0.2", "12.1.0" },
		{ TASMOTA_PINS_14, "8.5.1", "9.1.0" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct tasmota_version without = version(rows[i].last_without),
				       with = version(rows[i].first_with);

		assert_false(tasmota_has(&without, rows[i].feature));
		assert_true(tasmota_has(&with, rows[i].feature));
	}
}

static void
old_versions_take_short_commands(void **state)
{
	struct tasmota_version old = version("6.7.1"), current = version("15.5.0");

	(void)state;
	assert_true(tasmota_command_most(&old) < 250);
	assert_int_equal(tasmota_command_most(&current), 1199);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_have_up_to_four_parts_and_a_name),
		cmocka_unit_test(other_text_is_no_version),
		cmocka_unit_test(features_begin_with_their_version),
		cmocka_unit_test(old_versions_take_short_commands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
