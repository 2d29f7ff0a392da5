/* SPDX-License-Identifier: MIT */
#include "test/unit/unit.h"

#include "wire/tasmota_mqtt.h"

static struct tasmota_message
hear(const char *topic, const char *payload)
{
	struct tasmota_message out;

	tasmota_read_message(topic, payload, strlen(payload), &out);
	return out;
}

static void
the_last_will_tells_presence(void **state)
{
	struct tasmota_message out = hear("tele/lamp1/LWT", "Online");

	(void)state;
	assert_int_equal(out.news, TASMOTA_ONLINE);
	assert_string_equal(out.topic, "lamp1");
	assert_int_equal(hear("tele/lamp1/LWT", "Offline").news, TASMOTA_OFFLINE);
	assert_int_equal(hear("tele/lamp1/LWT", "").news, TASMOTA_OTHER);
}

static void
topic_and_prefix_stand_in_any_order(void **state)
{
	(void)state;
	assert_string_equal(
		hear("home/kitchen/lamp/tele/LWT", "Online").topic, "home/kitchen/lamp");
	assert_string_equal(
		hear("tasmota/stat/lamp1/POWER", "ON").topic, "tasmota/lamp1");
	assert_int_equal(hear("LWT", "Online").news, TASMOTA_OTHER);
	assert_int_equal(hear("cmnd/lamp1/POWER", "").news, TASMOTA_OTHER);
}

static void
relays_are_numbered(void **state)
{
	struct tasmota_message out = hear("stat/dual/POWER2", "OFF");

	(void)state;
	assert_int_equal(out.news, TASMOTA_POWER);
	assert_int_equal(out.relay, 2);
	assert_string_equal(out.power, "OFF");
	assert_int_equal(hear("stat/dual/POWERFUL", "ON").news, TASMOTA_OTHER);
	assert_int_equal(hear("stat/dual/POWER", "maybe").news, TASMOTA_OTHER);
}

static void
telemetry_tells_power_and_signal(void **state)
{
	struct tasmota_message out = hear("tele/dual/STATE",
		"{\"Time\":\"2024-05-01T10:20:30\",\"POWER1\":\"ON\",\"POWER2\":\"OFF\","
		"\"Wifi\":{\"AP\":1,\"RSSI\":78,\"Signal\":-61}}");

	(void)state;
	assert_int_equal(out.news, TASMOTA_STATE);
	assert_string_equal(out.power, "ON OFF");
	assert_true(out.has_signal);
	assert_int_equal(out.signal_percent, 78);
	assert_false(hear("tele/x/STATE", "{\"Wifi\":{\"RSSI\":7800}}").has_signal);
	assert_int_equal(hear("tele/x/STATE", "]broken[").news, TASMOTA_STATE);
}

static void
status_answers_are_wrapped(void **state)
{
	struct tasmota_message out = hear("stat/lamp1/STATUS11",
		"{\"StatusSTS\":{\"POWER\":\"ON\",\"Wifi\":{\"RSSI\":64}}}");

	(void)state;
	assert_string_equal(out.power, "ON");
	assert_int_equal(out.signal_percent, 64);
	assert_string_equal(hear("stat/lamp1/STATUS2",
				    "{\"StatusFWR\":{\"Version\":\"9.2.0(lite)\"}}")
				    .version,
		"9.2.0(lite)");
	out = hear("stat/lamp1/STATUS5",
		"{\"StatusNET\":{\"IPAddress\":\"192.0.2.9\",\"Mac\":\"5C:CF:7F:00:00:01\"}}");
	assert_string_equal(out.address, "192.0.2.9");
	assert_string_equal(out.mac, "5CCF7F000001");
	assert_string_equal(hear("stat/lamp1/STATUS5", "]broken[").mac, "");
}

static void
commands_go_beside_the_last_will(void **state)
{
	char topic[24];

	(void)state;
	assert_true(tasmota_command_topic("tele/a/LWT", "Status", topic, sizeof topic));
	assert_string_equal(topic, "cmnd/a/Status");
	assert_true(tasmota_command_topic("a/tele/LWT", "Status", topic, sizeof topic));
	assert_string_equal(topic, "a/cmnd/Status");
	assert_true(tasmota_command_topic("tele/tele/LWT", "Power", topic, sizeof topic));
	assert_string_equal(topic, "cmnd/tele/Power");
	assert_false(tasmota_command_topic("says/a/LWT", "Status", topic, sizeof topic));
	assert_false(tasmota_command_topic("tele/LWT", "Status", topic, sizeof topic));
	assert_false(tasmota_command_topic(
		"tele/a-topic-of-some-length/LWT", "Status", topic, sizeof topic));
}

static void
info_comes_wrapped_or_bare(void **state)
{
	(void)state;
	assert_string_equal(
		hear("tele/x/INFO1", "{\"Info1\":{\"Version\":\"15.2.0(tasmota)\"}}")
			.version,
		"15.2.0(tasmota)");
	assert_string_equal(hear("tele/x/INFO2", "{\"IPAddress\":\"192.0.2.9\"}").address,
		"192.0.2.9");
}

static void
discovery_names_the_device(void **state)
{
	struct tasmota_message out = hear("tasmota/discovery/5CCF7F3D5E26/config",
		"{\"ip\":\"192.0.2.9\",\"dn\":\"Lamp\",\"mac\":\"5CCF7F3D5E26\","
		"\"sw\":\"15.2.0\",\"t\":\"lamp1\"}");

	(void)state;
	assert_int_equal(out.news, TASMOTA_DISCOVERY);
	assert_string_equal(out.topic, "lamp1");
	assert_string_equal(out.name, "Lamp");
	assert_string_equal(out.mac, "5CCF7F3D5E26");
	assert_string_equal(
		hear("tasmota/discovery/5CCF7F3D5E26/sensors", "{\"sn\":{}}").topic, "");
}

static void
text_from_outside_commands_no_terminal(void **state)
{
	(void)state;
	assert_string_equal(hear("tele/a\033[2J/LWT", "Online").topic, "a\\x1b[2J");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_will_tells_presence),
		cmocka_unit_test(topic_and_prefix_stand_in_any_order),
		cmocka_unit_test(relays_are_numbered),
		cmocka_unit_test(telemetry_tells_power_and_signal),
		cmocka_unit_test(status_answers_are_wrapped),
		cmocka_unit_test(commands_go_beside_the_last_will),
		cmocka_unit_test(info_comes_wrapped_or_bare),
		cmocka_unit_test(discovery_names_the_device),
		cmocka_unit_test(text_from_outside_commands_no_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
