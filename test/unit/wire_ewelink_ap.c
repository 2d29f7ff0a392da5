/* SPDX-License-Identifier: MIT */
#include "test/unit/golden.h"

#include "wire/ewelink_ap.h"

/* Takes `written`. */
static void
expect(char *written, const char *name)
{
	OWN_STR owned = written;
	OWN_STR wanted = golden_line("ewelink/pairing.txt", name);

	assert_non_null(written);
	assert_string_equal(written, wanted);
}

static const struct ewelink_ap_settings home = {
	.ssid = "Home", .password = "correct horse", .server = "192.168.1.5", .port = 8443
};

static void
requests_are_byte_for_byte_as_devices_need_them(void **state)
{
	struct ewelink_ap_settings odd = home;

	(void)state;
	odd.ssid = "Caf\xc3\xa9 \"5\"";
	odd.password = "back\\slash/";
	odd.port = 443;
	expect(ewelink_ap_write_settings(&home), "settings");
	expect(ewelink_ap_write_settings(&odd), "settings-odd");
}

static void
expect_refusal(const struct ewelink_ap_settings *settings, const char *code)
{
	struct err err = { 0 };

	assert_false(ewelink_ap_check(settings, &err));
	assert_string_equal(err.code->name, code);
	assert_null(strstr(err.text, "password1"));
}

static void
limits_are_checked_before_anything_is_sent(void **state)
{
	struct ewelink_ap_settings settings = home;

	(void)state;
	assert_true(ewelink_ap_check(&settings, NULL));
	settings.ssid = "0123456789012345678901234567890";
	assert_true(ewelink_ap_check(&settings, NULL));
	settings.ssid = "01234567890123456789012345678901";
	expect_refusal(&settings, "E-WIFI-NAME");
	settings.ssid = "";
	expect_refusal(&settings, "E-WIFI-NAME");
	settings.ssid = "caf\xe9";
	expect_refusal(&settings, "E-WIFI-NAME");
	settings.ssid = "tab\there";
	expect_refusal(&settings, "E-WIFI-NAME");
	settings = home;
	settings.password = "";
	assert_true(ewelink_ap_check(&settings, NULL));
	settings.password = "seven77";
	expect_refusal(&settings, "E-WIFI-PASSWORD");
	settings.password =
		"password1password1password1password1password1password1password1x";
	expect_refusal(&settings, "E-WIFI-PASSWORD");
	settings = home;
	settings.server = "";
	expect_refusal(&settings, "E-SERVER-NAME");
}

static void
answers_are_read(void **state)
{
	OWN_STR plain = golden_line("ewelink/device.txt", "device");
	OWN_STR chip = golden_line("ewelink/device.txt", "device-chip");
	OWN_STR done = golden_line("ewelink/device.txt", "ap-done");
	struct ewelink_ap_device device;
	int error = -1;

	(void)state;
	assert_true(ewelink_ap_read_device(plain, strlen(plain), &device));
	assert_string_equal(device.id, "1000abcdef");
	assert_string_equal(device.chip, "");
	assert_true(ewelink_ap_read_device(chip, strlen(chip), &device));
	assert_string_equal(device.chip, "00ABCDEF");
	assert_false(ewelink_ap_read_device("{\"deviceid\":\"x\"}", 16, &device));
	assert_false(ewelink_ap_read_device("<html>", 6, &device));
	assert_true(ewelink_ap_read_result(done, strlen(done), &error));
	assert_int_equal(error, 0);
	assert_false(ewelink_ap_read_result("{}", 2, &error));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_byte_for_byte_as_devices_need_them),
		cmocka_unit_test(limits_are_checked_before_anything_is_sent),
		cmocka_unit_test(answers_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
