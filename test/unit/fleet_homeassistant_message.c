/* SPDX-License-Identifier: MIT */
#include "test/unit/golden.h"

#include "base/json.h"
#include "fleet/homeassistant_message.h"

static struct tasmota_discovery
device(const char *name, const char *mac)
{
	OWN_STR payload = golden_line("mqtt/discovery.txt", name);
	OWN_STR topic = xasprintf("tasmota/discovery/%s/config", mac);
	struct tasmota_discovery out;

	assert_true(tasmota_read_discovery(topic, payload, strlen(payload), &out, NULL));
	return out;
}

static void
each_output_has_its_topic(void **state)
{
	struct tasmota_discovery dual = device("dual", "5CCF7F3D5E27");
	struct tasmota_discovery bulb = device("bulb", "5CCF7F3D5E28");
	char topic[TASMOTA_MQTT_TOPIC_SIZE];

	(void)state;
	homeassistant_topic(&dual, 2, topic);
	assert_string_equal(topic, "homeassistant/switch/5CCF7F3D5E27_2/config");
	homeassistant_topic(&bulb, 1, topic);
	assert_string_equal(topic, "homeassistant/light/5CCF7F3D5E28_1/config");
}

static void
the_payload_speaks_as_the_device_does(void **state)
{
	struct tasmota_discovery dual = device("dual", "5CCF7F3D5E27");
	OWN_STR payload = homeassistant_payload(&dual, 2);
	OWN_JSON object = json_read(payload, strlen(payload), TASMOTA_JSON_MOST);
	const json_t *whole = json_object_get(object, "device");
	const json_t *pair = json_array_get(json_object_get(whole, "connections"), 0);

	(void)state;
	assert_string_equal(json_text(object, "name"), "Hall");
	assert_string_equal(json_text(object, "state_topic"), "home/landing/s/POWER2");
	assert_string_equal(json_text(object, "command_topic"), "home/landing/c/POWER2");
	assert_string_equal(
		json_text(object, "availability_topic"), "home/landing/t/LWT");
	assert_string_equal(json_text(object, "payload_on"), "an");
	assert_string_equal(json_text(object, "payload_available"), "here");
	assert_string_equal(
		json_string_value(json_array_get(pair, 1)), "5C:CF:7F:3D:5E:27");
	assert_string_equal(json_text(whole, "configuration_url"), "http://192.0.2.10/");
}

static bool
is_ours(const char *payload, const char *name)
{
	return homeassistant_is_ours(payload, strlen(payload), name);
}

static void
only_our_own_are_taken_back(void **state)
{
	struct tasmota_discovery dual = device("dual", "5CCF7F3D5E27");
	OWN_STR payload = homeassistant_payload(&dual, 1);

	(void)state;
	assert_true(is_ours(payload, "landing"));
	assert_true(is_ours(payload, "5CCF7F3D5E27"));
	assert_false(is_ours(payload, "land"));
	assert_false(is_ours(payload, "5CCF7F3D5E2"));
	assert_false(is_ours(payload, ""));
	assert_false(is_ours("", "landing"));
	assert_false(is_ours("{\"command_topic\":\"cmnd/landing/POWER\","
			     "\"unique_id\":\"5CCF7F3D5E27_1\"}",
		"landing"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_output_has_its_topic),
		cmocka_unit_test(the_payload_speaks_as_the_device_does),
		cmocka_unit_test(only_our_own_are_taken_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
