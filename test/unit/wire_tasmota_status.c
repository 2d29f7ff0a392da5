/* SPDX-License-Identifier: MIT */
#include "test/unit/golden.h"
#include "wire/tasmota_status.h"

static enum tasmota_reply
read_reply(const char *text, json_t **object)
{
	return tasmota_read_reply(text, strlen(text), object);
}

static void
read_state(const char *name, struct tasmota_state *out)
{
	OWN_STR text = golden_line("tasmota/answers.txt", name);
	OWN_JSON object = NULL;

	tasmota_state_init(out);
	assert_int_equal(read_reply(text, &object), TASMOTA_RESULTS);
	assert_true(tasmota_read_state(object, out));
}

static void
status_0_of_a_current_version_is_read_whole(void **state)
{
	struct tasmota_state is;

	(void)state;
	read_state("status-15", &is);
	assert_int_equal(is.module, 1);
	assert_string_equal(is.device_name, "Hall lamp");
	assert_string_equal(is.friendly_name, "Lamp");
	assert_string_equal(is.topic, "lamp1");
	assert_string_equal(is.group_topic, "tasmotas");
	assert_string_equal(
		is.ota_url, "http://ota.tasmota.com/tasmota/release/tasmota-lite.bin.gz");
	assert_int_equal(is.boot_count, 7);
	assert_string_equal(is.version, "15.2.0(release-lite)");
	assert_int_equal(is.free_kib, 524);
	assert_string_equal(is.hostname, "tasmota-3D5E26-7718");
	assert_string_equal(is.mac, "5CCF7F3D5E26");
	assert_int_equal(is.http_api, 1);
	assert_true(is.has_mqtt);
	assert_string_equal(is.mqtt_host, "192.0.2.2");
	assert_int_equal(is.mqtt_port, 1883);
	assert_int_equal(is.mqtt_count, 1);
	assert_string_equal(is.timezone, "+02:00");
	assert_string_equal(is.ssid, "home");
	assert_int_equal(is.wifi_slot, 1);
	assert_int_equal(is.signal_percent, 82);
	read_state("networks", &is);
	assert_string_equal(is.stored_ssid[0], "home");
	assert_string_equal(is.stored_ssid[1], "attic");
	assert_int_equal(is.wifi_slot, 0);
}

static void
old_versions_say_less_and_otherwise(void **state)
{
	struct tasmota_state is;

	(void)state;
	read_state("status-5", &is);
	assert_string_equal(is.friendly_name, "Sonoff");
	assert_string_equal(is.device_name, "");
	assert_int_equal(is.boot_count, -1);
	read_state("firmware-5", &is);
	assert_string_equal(is.version, "5.9.1");
	assert_false(is.has_status);
	read_state("no-mqtt", &is);
	assert_false(is.has_mqtt);
	assert_int_equal(is.http_api, -1);
}

static void
refusals_are_told_apart(void **state)
{
	static const struct {
		const char *name;
		enum tasmota_reply reply;
	} rows[] = {
		{ "unknown", TASMOTA_UNKNOWN },
		{ "error", TASMOTA_ERROR },
		{ "password", TASMOTA_WANTS_PASSWORD },
		{ "backlog", TASMOTA_RESULTS },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		OWN_STR text = golden_line("tasmota/answers.txt", rows[i].name);
		OWN_JSON object = NULL;

		assert_int_equal(read_reply(text, &object), rows[i].reply);
		assert_true((object != NULL) == (rows[i].reply == TASMOTA_RESULTS));
	}
}

static void
pages_and_rubbish_are_not_answers(void **state)
{
	static const char *const texts[] = { "", "<html></html>", "[]", "7", "{\"a\":" };
	struct tasmota_state is;
	OWN_JSON wrong = json_pack("{s:i,s:{s:[],s:s}}", "Status", 1, "StatusNET", "Mac",
		"IPAddress", "\033[2J");

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		OWN_JSON object = NULL;

		assert_int_equal(read_reply(texts[i], &object), TASMOTA_NOT_JSON);
		assert_null(object);
	}
	tasmota_state_init(&is);
	assert_true(tasmota_read_state(wrong, &is));
	assert_false(is.has_status);
	assert_string_equal(is.mac, "");
	assert_null(strchr(is.address, '\033'));
}

static void
values_come_in_every_shape(void **state)
{
	static const struct {
		const char *json, *name, *value;
	} rows[] = {
		{ "{\"Module\":{\"1\":\"Sonoff Basic\"}}", "module", "1" },
		{ "{\"PowerOnState\":3}", "PowerOnState", "3" },
		{ "{\"SSId1\":\"home\"}", "SSID1", "home" },
		{ "{\"Timezone\":\"+01:00\"}", "Timezone", "+01:00" },
		{ "{\"Timezone\":99}", "Timezone", "99" },
	};
	char value[65];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		OWN_JSON object = json_loads(rows[i].json, 0, NULL);

		assert_true(
			tasmota_read_value(object, rows[i].name, value, sizeof value));
		assert_string_equal(value, rows[i].value);
		assert_false(tasmota_read_value(object, "Topic", value, sizeof value));
	}
}

static void
time_zones_are_minutes(void **state)
{
	static const struct {
		const char *text;
		int minutes;
	} rows[] = { { "1", 60 }, { "+01:00", 60 }, { "-3:30", -210 }, { "99", 5940 },
		{ "0", 0 }, { "-13", -780 } };
	static const char *const wrong[] = { "", "+", "CET", "15", "-99", "1:60",
		"1:", "99:30", "--1", "0x1" };
	int minutes = 7;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		assert_true(tasmota_read_timezone(rows[i].text, &minutes));
		assert_int_equal(minutes, rows[i].minutes);
	}
	minutes = 7;
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		assert_false(tasmota_read_timezone(wrong[i], &minutes));
	assert_int_equal(minutes, 7);
}

static void
macs_are_twelve_digits(void **state)
{
	static const char *const wrong[] = { "", "5C:CF:7F:3D:5E", "5CCF7F3D5E2",
		"5CCF7F3D5E260", "5C:CF:7F:3D:5E:2G", "lamp1" };
	char mac[13];

	(void)state;
	assert_true(tasmota_read_mac("5c:cf:7f:3d:5e:26", mac));
	assert_string_equal(mac, "5CCF7F3D5E26");
	assert_true(tasmota_read_mac("5CCF7F3D5E26", mac));
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		assert_false(tasmota_read_mac(wrong[i], mac));
}

static void
wifi_tests_have_reasons(void **state)
{
	static const struct {
		const char *json;
		enum tasmota_wifi_test meaning;
	} rows[] = {
		{ "{\"WifiTest1\":\"Not Started\"}", WIFI_TEST_NONE },
		{ "{\"WifiTest1\":\"Testing\"}", WIFI_TEST_RUNS },
		{ "{\"WifiTest0\":\"Busy\"}", WIFI_TEST_RUNS },
		{ "{\"WifiTest\":\"Successful\"}", WIFI_TEST_GOOD },
		{ "{\"WifiTest1\":\"Connect failed with wrong password\"}",
			WIFI_TEST_WRONG_PASSWORD },
		{ "{\"WifiTest1\":\"Connect failed with AP incorrect password\"}",
			WIFI_TEST_WRONG_PASSWORD },
		{ "{\"WifiTest1\":\"Connect failed as AP cannot be reached\"}",
			WIFI_TEST_NO_NETWORK },
		{ "{\"WifiTest1\":\"Connect failed as no IP address received\"}",
			WIFI_TEST_NO_ADDRESS },
		{ "{\"WifiTest1\":\"Connect failed with AP timeout\"}",
			WIFI_TEST_TIMEOUT },
		{ "{\"WifiTest1\":\"Connect failed\"}", WIFI_TEST_FAILED },
		{ "{\"Command\":\"Successful\"}", WIFI_TEST_NONE },
		{ "{}", WIFI_TEST_NONE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		OWN_JSON object = json_loads(rows[i].json, 0, NULL);

		assert_int_equal(tasmota_read_wifi_test(object), rows[i].meaning);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(status_0_of_a_current_version_is_read_whole),
		cmocka_unit_test(old_versions_say_less_and_otherwise),
		cmocka_unit_test(refusals_are_told_apart),
		cmocka_unit_test(pages_and_rubbish_are_not_answers),
		cmocka_unit_test(values_come_in_every_shape),
		cmocka_unit_test(time_zones_are_minutes),
		cmocka_unit_test(macs_are_twelve_digits),
		cmocka_unit_test(wifi_tests_have_reasons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
