/* SPDX-License-Identifier: MIT */
#include "test/unit/unit.h"

#include "wire/tasmota.h"

static bool
read_text(const char *text, struct tasmota_firmware *out, struct err *err)
{
	return tasmota_read_firmware(text, strlen(text), out, err);
}

static void
status_2_names_version_and_chip(void **state)
{
	struct tasmota_firmware firmware;
	struct err err = { 0 };

	(void)state;
	assert_true(
		read_text("{\"StatusFWR\":{\"Version\":\"14.1.0(lite)\","
			  "\"BuildDateTime\":\"2024-06-02T13:29:31\",\"Core\":\"2_7_6\","
			  "\"Hardware\":\"ESP8285N08\"}}",
			&firmware, &err));
	assert_string_equal(firmware.version, "14.1.0(lite)");
	assert_string_equal(firmware.hardware, "ESP8285N08");
}

static void
old_versions_have_no_hardware(void **state)
{
	struct tasmota_firmware firmware;
	struct err err = { 0 };

	(void)state;
	assert_true(read_text(
		"{\"StatusFWR\":{\"Version\":\"5.14.0\",\"Boot\":31}}", &firmware, &err));
	assert_string_equal(firmware.version, "5.14.0");
	assert_string_equal(firmware.hardware, "");
}

static void
a_password_is_told_apart(void **state)
{
	struct tasmota_firmware firmware;
	struct err err = { 0 };

	(void)state;
	assert_false(
		read_text("{\"WARNING\":\"Need user=<username>&password=<password>\"}",
			&firmware, &err));
	assert_string_equal(err.code->name, "E-TASMOTA-PASSWORD");
}

static void
anything_else_is_no_proof(void **state)
{
	static const char *const texts[] = { "", "{}", "[]", "null", "<html>",
		"{\"StatusFWR\":1}", "{\"StatusFWR\":{}}",
		"{\"StatusFWR\":{\"Version\":14}}", "{\"StatusFWR\":{\"Version\":\"\"}}",
		"{\"StatusFWR\":{\"Version\":\"soon\"}}", "{\"Command\":\"Unknown\"}",
		"{\"Version\":\"14.1.0\"}", "{\"StatusFWR\":{\"Version\":\"14.1.0\"}" };
	struct tasmota_firmware firmware;
	struct err err = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		assert_false(read_text(texts[i], &firmware, &err));
		assert_string_equal(err.code->name, "E-TASMOTA-GARBLED");
	}
}

static void
devices_do_not_command_the_terminal(void **state)
{
	struct tasmota_firmware firmware;
	struct err err = { 0 };

	(void)state;
	assert_true(read_text(
		"{\"StatusFWR\":{\"Version\":\"1\\u001b[2J\"}}", &firmware, &err));
	assert_null(strchr(firmware.version, '\033'));
}

static void
versions_are_compared_as_a_whole(void **state)
{
	(void)state;
	assert_true(tasmota_is_version("14.1.0(lite)", "14.1.0"));
	assert_true(tasmota_is_version("14.1.0", "14.1.0"));
	assert_false(tasmota_is_version("14.1.0.2(lite)", "14.1.0"));
	assert_false(tasmota_is_version("14.1.01", "14.1.0"));
	assert_false(tasmota_is_version("9.1.0(lite)", "14.1.0"));
	assert_false(tasmota_is_version("14.1.0(lite)", ""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(status_2_names_version_and_chip),
		cmocka_unit_test(old_versions_have_no_hardware),
		cmocka_unit_test(a_password_is_told_apart),
		cmocka_unit_test(anything_else_is_no_proof),
		cmocka_unit_test(devices_do_not_command_the_terminal),
		cmocka_unit_test(versions_are_compared_as_a_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
