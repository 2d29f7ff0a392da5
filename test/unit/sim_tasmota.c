/* The parts of the simulated Tasmota that are rules about text: which version does what,
 * what is hidden in events, which file is asked for. */
/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <stdlib.h>

#include "sim/tasmota_firmware.h"
#include "sim/tasmota_log.h"
#include "sim/tasmota_settings.h"
#include "sim/tasmota_upgrade.h"
#include "sim/web_request.h"

static void
versions(void **state)
{
	struct tasmota_firmware firmware;
	uint32_t version;
	char text[48];

	(void)state;
	assert_true(tasmota_version_read("9.5.0.7", &version));
	assert_int_equal(version, 0x09050007);
	assert_false(tasmota_version_read("9", &version));
	assert_false(tasmota_version_read("9.5x", &version));
	assert_false(tasmota_version_read("999.1", &version));
	tasmota_firmware_set(&firmware, 0x09050006, "lite", 0);
	assert_true(tasmota_has(&firmware, TRAIT_API_OFF));
	assert_false(tasmota_has(&firmware, TRAIT_DISCOVERY));
	assert_int_equal(firmware.bytes, 487824);
	tasmota_firmware_set(&firmware, 0x09050007, "tasmota", 0);
	assert_false(tasmota_has(&firmware, TRAIT_API_OFF));
	assert_string_equal(
		tasmota_version_text(&firmware, text, sizeof text), "9.5.0.7(tasmota)");
	tasmota_firmware_set(&firmware, 0x06070100, "tasmota", 0);
	assert_string_equal(
		tasmota_version_text(&firmware, text, sizeof text), "6.7.1(sonoff)");
}

static void
is_masked(const char *command, const char *wanted)
{
	char *got = tasmota_mask(command);

	assert_string_equal(got, wanted);
	free(got);
}

static void
secrets(void **state)
{
	(void)state;
	is_masked("Status 2", "Status 2");
	is_masked("Password1 a;b c", "Password1 ****");
	is_masked(" password4 x", " password4 ****");
	is_masked("WebPassword2 x", "WebPassword2 ****");
	is_masked("cmnd/lamp/MqttPassword x", "cmnd/lamp/MqttPassword ****");
	is_masked("Password1", "Password1");
	is_masked("WifiTest0 home+a+b;c", "WifiTest0 home+****");
	is_masked("Backlog SSID1 home;Password1 x;MqttHost h",
		"Backlog SSID1 home;Password1 ****;MqttHost h");
	is_masked("Backlog0 Password1 a;b;c d;Topic t",
		"Backlog0 Password1 ****;****;****;Topic t");
	is_masked("Backlog WifiTest1 a+b; Power 1", "Backlog WifiTest1 a+****; Power 1");
}

static void
becomes_minimal(const char *url, const char *wanted)
{
	char *got = tasmota_minimal_url(url);

	assert_string_equal(got, wanted);
	free(got);
}

static void
minimal_names(void **state)
{
	(void)state;
	becomes_minimal("http://a-b/tasmota.bin.gz", "http://a-b/tasmota-minimal.bin.gz");
	becomes_minimal(
		"http://a/tasmota-lite.bin.gz", "http://a/tasmota-minimal.bin.gz");
	becomes_minimal("http://a/my_fw.bin", "http://a/my_fw-minimal.bin");
}

/* All texts share 699 bytes; the one too many leaves the old value. */
static void
the_pool(void **state)
{
	struct tasmota_firmware firmware;
	struct tasmota_settings settings;
	char large[120];

	(void)state;
	memset(large, 'x', sizeof large - 1);
	large[sizeof large - 1] = '\0';
	tasmota_firmware_set(&firmware, 0x0F050000, "tasmota", 0);
	tasmota_settings_init(&settings, &firmware);
	assert_true(tasmota_settings_text(&settings, TEXT_MQTT_HOST, large));
	assert_true(tasmota_settings_text(&settings, TEXT_MQTT_USER, large));
	assert_true(tasmota_settings_text(&settings, TEXT_MQTT_PASSWORD, large));
	assert_false(tasmota_settings_text(&settings, TEXT_DEVICE_NAME, large));
	assert_string_equal(settings.text[TEXT_DEVICE_NAME], "Tasmota");
	assert_true(tasmota_settings_text(&settings, TEXT_DEVICE_NAME, "short"));
}

static bool
reads(struct web_request *request, const char *text, bool semicolons)
{
	return web_request_read(request, text, strlen(text), semicolons);
}

static void
requests(void **state)
{
	struct web_request request;

	(void)state;
	assert_true(reads(&request,
		"POST /wi?save= HTTP/1.1\r\nHost: x\r\nreferer: http://a/\r\n"
		"Content-Type: application/x-www-form-urlencoded\r\n"
		"Content-Length: 16\r\n\r\ns1=a%3Bb&p1=c+%2B",
		true));
	assert_string_equal(request.path, "/wi");
	assert_string_equal(request.referer, "http://a/");
	assert_string_equal(web_request_argument(&request, "save"), "");
	assert_string_equal(web_request_argument(&request, "s1"), "a;b");
	assert_string_equal(web_request_argument(&request, "p1"), "c %2");
	assert_null(web_request_argument(&request, "s2"));
	web_request_clear(&request);
	assert_true(reads(&request, "GET /cm?cmnd=a;b HTTP/1.0\r\n\r\n", true));
	assert_false(request.http_1_1);
	assert_string_equal(web_request_argument(&request, "cmnd"), "a");
	web_request_clear(&request);
	assert_true(reads(&request, "GET /cm?cmnd=a;b HTTP/1.0\r\n\r\n", false));
	assert_string_equal(web_request_argument(&request, "cmnd"), "a;b");
	web_request_clear(&request);
	assert_false(reads(&request, "GET /cm\r\n\r\n", true));
	web_request_clear(&request);
	assert_false(reads(&request, "GET cm HTTP/1.1\r\n\r\n", true));
	web_request_clear(&request);
	assert_false(
		reads(&request, "GET / HTTP/1.1\r\nContent-Length: 99\r\n\r\nx", true));
	web_request_clear(&request);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions),
		cmocka_unit_test(secrets),
		cmocka_unit_test(minimal_names),
		cmocka_unit_test(the_pool),
		cmocka_unit_test(requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
