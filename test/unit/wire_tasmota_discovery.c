/* SPDX-License-Identifier: MIT */
#include "test/unit/golden.h"

#include "wire/tasmota_discovery.h"
#include "wire/tasmota_status.h"

#define FILE_NAME "mqtt/discovery.txt"

static bool
read_payload(const char *mac, const char *payload, struct tasmota_discovery *out,
	struct err *err)
{
	OWN_STR topic = xasprintf("tasmota/discovery/%s/config", mac);

	return tasmota_read_discovery(topic, payload, strlen(payload), out, err);
}

static struct tasmota_discovery
golden(const char *name, const char *mac)
{
	OWN_STR payload = golden_line(FILE_NAME, name);
	struct tasmota_discovery out;

	assert_true(read_payload(mac, payload, &out, NULL));
	return out;
}

static void
a_basic_is_read_whole(void **state)
{
	struct tasmota_discovery out = golden("basic", "5CCF7F3D5E26");

	(void)state;
	assert_string_equal(out.mac, "5CCF7F3D5E26");
	assert_string_equal(out.device_name, "Lamp");
	assert_string_equal(out.friendly[0], "Lamp");
	assert_string_equal(out.friendly[1], "");
	assert_string_equal(out.hostname, "lamp1-7718");
	assert_string_equal(out.module, "Sonoff Basic");
	assert_string_equal(out.address, "192.0.2.9");
	assert_string_equal(out.version, "15.5.0");
	assert_string_equal(out.topic, "lamp1");
	assert_string_equal(out.online, "Online");
	assert_string_equal(out.off, "OFF");
	assert_string_equal(out.on, "ON");
	assert_int_equal(tasmota_discovery_outputs(&out), 1);
	assert_int_equal(out.output[0], TASMOTA_OUTPUT_RELAY);
	assert_int_equal(golden("bulb", "5CCF7F3D5E28").output[0], TASMOTA_OUTPUT_LIGHT);
}

static void
topic_is(const struct tasmota_discovery *device, enum tasmota_prefix prefix,
	const char *last, const char *wanted)
{
	char topic[TASMOTA_MQTT_TOPIC_SIZE];

	tasmota_discovery_topic(device, prefix, last, topic);
	assert_string_equal(topic, wanted);
}

static void
topics_follow_the_device(void **state)
{
	struct tasmota_discovery basic = golden("basic", "5CCF7F3D5E26");
	struct tasmota_discovery dual = golden("dual", "5CCF7F3D5E27");

	(void)state;
	topic_is(&basic, TASMOTA_CMND, "POWER", "cmnd/lamp1/POWER");
	topic_is(&basic, TASMOTA_TELE, "LWT", "tele/lamp1/LWT");
	topic_is(&dual, TASMOTA_STAT, "POWER2", "home/landing/s/POWER2");
	text_copy(dual.full_topic, sizeof dual.full_topic, "%hostname%//%id%");
	topic_is(&dual, TASMOTA_STAT, "POWER", "landing/5CCF7F3D5E27/POWER");
	topic_is(&dual, TASMOTA_CMND, "POWER", "landing/5CCF7F3D5E27/c/POWER");
}

static void
relays_are_numbered_when_there_are_several(void **state)
{
	struct tasmota_discovery basic = golden("basic", "5CCF7F3D5E26");
	struct tasmota_discovery dual = golden("dual", "5CCF7F3D5E27");
	char word[TASMOTA_POWER_SIZE];

	(void)state;
	tasmota_discovery_power(&basic, 1, word);
	assert_string_equal(word, "POWER");
	tasmota_discovery_power(&dual, 2, word);
	assert_string_equal(word, "POWER2");
	basic.numbers_one = true;
	tasmota_discovery_power(&basic, 1, word);
	assert_string_equal(word, "POWER1");
}

static void
is_refused(const char *mac, const char *payload)
{
	struct tasmota_discovery out;
	struct err err = { 0 };

	assert_false(read_payload(mac, payload, &out, &err));
	assert_string_equal(err.code->name, "E-TASMOTA-DISCOVERY");
}

static void
what_could_not_be_used_is_refused(void **state)
{
	(void)state;
	is_refused("5CCF7F3D5E26", "");
	is_refused("5CCF7F3D5E26", "[]");
	is_refused("5CCF7F3D5E26", "{\"dn\":\"no topic\"}");
	is_refused("5CCF7F3D5E2G", "{\"t\":\"lamp1\"}");
	is_refused("5CCF7F3D5E26", "{\"t\":\"lamp/#\"}");
	is_refused("5CCF7F3D5E26", "{\"t\":\"+\"}");
	is_refused("5CCF7F3D5E26", "{\"t\":\"a\\u0007\"}");
	is_refused("5CCF7F3D5E26", "{\"t\":\"a\",\"ft\":\"\"}");
	is_refused("5CCF7F3D5E26", "{\"t\":\"a\",\"tp\":[\"#\"]}");
}

static void
odd_members_are_passed_over(void **state)
{
	struct tasmota_discovery out;

	(void)state;
	assert_true(read_payload("5ccf7f3d5e26",
		"{\"t\":\"a\",\"dn\":7,\"rl\":[9,-1,\"x\",1],\"tp\":\"x\",\"fn\":{}}",
		&out, NULL));
	assert_string_equal(out.mac, "5CCF7F3D5E26");
	assert_string_equal(out.prefix[TASMOTA_STAT], "stat");
	assert_int_equal(tasmota_discovery_outputs(&out), 1);
	assert_int_equal(out.output[3], TASMOTA_OUTPUT_RELAY);
}

static void
add_part(struct tasmota_discovery *device, const char *last, const char *name)
{
	OWN_STR payload = golden_line(FILE_NAME, name);

	tasmota_read_status_part(last, payload, strlen(payload), device);
}

static void
older_builds_say_it_in_parts(void **state)
{
	struct tasmota_discovery device;

	(void)state;
	tasmota_discovery_init(&device);
	add_part(&device, "STATUS", "status-9.2");
	add_part(&device, "STATUS2", "status2-9.2");
	add_part(&device, "STATUS5", "status5-9.2");
	add_part(&device, "STATUS11", "status11-9.2");
	add_part(&device, "STATUS99", "status11-9.2");
	assert_string_equal(device.mac, "5CCF7F3D5E26");
	assert_string_equal(device.version, "9.2.0(lite)");
	assert_string_equal(device.friendly[0], "Lamp");
	assert_string_equal(device.hostname, "lamp1-7718");
	assert_int_equal(tasmota_discovery_outputs(&device), 1);
	assert_false(device.numbers_one);
	tasmota_discovery_init(&device);
	add_part(&device, "STATUS", "status-5.9");
	assert_string_equal(device.friendly[0], "Lamp");
}

static void
a_mac_is_written_in_several_ways(void **state)
{
	static const char *const bad[] = { "", "5C", "5CCF7F3D5E2", "5CCF7F3D5E266",
		"5C CF 7F 3D 5E 26", "5:CC:F7:F3:D5:E2:6", "zz:cf:7f:3d:5e:26" };
	char mac[TASMOTA_MAC_SIZE];

	(void)state;
	assert_true(tasmota_read_mac("5c:cf:7f:3d:5e:26", mac));
	assert_string_equal(mac, "5CCF7F3D5E26");
	assert_true(tasmota_read_mac("5C-CF-7F-3D-5E-26", mac));
	assert_true(tasmota_read_mac("5CCF7F3D5E26", mac));
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(tasmota_read_mac(bad[i], mac));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_basic_is_read_whole),
		cmocka_unit_test(topics_follow_the_device),
		cmocka_unit_test(relays_are_numbered_when_there_are_several),
		cmocka_unit_test(what_could_not_be_used_is_refused),
		cmocka_unit_test(odd_members_are_passed_over),
		cmocka_unit_test(older_builds_say_it_in_parts),
		cmocka_unit_test(a_mac_is_written_in_several_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
