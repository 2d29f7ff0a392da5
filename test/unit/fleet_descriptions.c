/* Retained descriptions: kept, replaced, removed, hostile; and answers to Status. */
/* SPDX-License-Identifier: MIT */
#include "fleet/descriptions.h"

#include "test/unit/unit.h"

#define LAMP "5CCF7F3D5E26"
#define FAN  "5CCF7F3D5E27"

/* Payload NULL: an empty message. */
static void
hear(struct descriptions *known, const char *topic, const char *payload)
{
	struct mqtt_message message = { 0 };

	message.topic = xstrdup(topic);
	message.payload = xstrdup(payload != NULL ? payload : "");
	message.len = strlen(message.payload);
	message.retained = true;
	descriptions_hear(known, &message);
	mqtt_message_clear(&message);
}

static void
describe(struct descriptions *known, const char *mac, const char *payload)
{
	OWN_STR topic = xasprintf("tasmota/discovery/%s/config", mac);

	hear(known, topic, payload);
}

static void
describe_as(struct descriptions *known, const char *mac, const char *topic,
	const char *address)
{
	OWN_STR payload = xasprintf(
		"{\"t\":\"%s\",\"ip\":\"%s\",\"tp\":[\"cmnd\",\"stat\","
		"\"tele\"],\"rl\":[1]}",
		topic, address);

	describe(known, mac, payload);
}

static void
what_is_kept_comes_sorted_by_topic(void **state)
{
	OWN(descriptions) known = { 0 };

	(void)state;
	describe_as(&known, LAMP, "lamp", "192.0.2.7");
	describe_as(&known, FAN, "fan", "192.0.2.8");
	descriptions_sort(&known);
	assert_int_equal(known.count, 2);
	assert_string_equal(known.list[0]->topic, "fan");
	assert_string_equal(known.list[1]->topic, "lamp");
	assert_string_equal(known.list[1]->address, "192.0.2.7");
	assert_ptr_equal(descriptions_find(&known, "lamp"), known.list[1]);
	assert_ptr_equal(descriptions_find(&known, "5c:cf:7f:3d:5e:27"), known.list[0]);
	assert_null(descriptions_find(&known, "Lamp"));
}

static void
a_description_said_again_replaces_the_old_one(void **state)
{
	OWN(descriptions) known = { 0 };
	const struct tasmota_discovery *out;
	struct err err = { 0 };

	(void)state;
	describe_as(&known, LAMP, "lamp", "192.0.2.7");
	describe_as(&known, LAMP, "lamp", "192.0.2.9");
	descriptions_sort(&known);
	assert_int_equal(known.count, 1);
	assert_true(descriptions_choose(&known, LAMP, &out, &err));
	assert_string_equal(out->address, "192.0.2.9");
}

static void
an_empty_message_removes_what_was_kept(void **state)
{
	OWN(descriptions) known = { 0 };

	(void)state;
	describe_as(&known, LAMP, "lamp", "192.0.2.7");
	describe_as(&known, FAN, "fan", "192.0.2.8");
	describe(&known, LAMP, NULL);
	describe(&known, "5CCF7F3D5E28", NULL);
	describe(&known, "nobody", NULL);
	assert_int_equal(known.count, 1);
	assert_string_equal(known.list[0]->topic, "fan");
}

static void
hostile_descriptions_leave_the_others_alone(void **state)
{
	static const char *const payloads[] = {
		"",
		"{",
		"[]",
		"null",
		"\"lamp\"",
		"{}",
		"{\"t\":5}",
		"{\"t\":\"#\"}", /* topics nobody can publish to */
		"{\"t\":\"a+b\"}",
		"{\"t\":\"lamp\\u0000\"}",
		"{\"t\":\"a\\u001b[2J\"}",
		"{\"t\":\"lamp\",\"ft\":\"\"}",
		"{\"t\":\"lamp\",\"tp\":[\"#\",\"stat\",\"tele\"]}",
		"{\"t\":\"lamp\",\"t\":{\"t\":[]}}",
	};
	OWN(descriptions) known = { 0 };
	OWN_STR deep = xmalloc(4001);
	OWN_STR huge = xasprintf(
		"{\"t\":\"lamp\",\"dn\":\"%0*d\"}", TASMOTA_JSON_MOST, 0);

	(void)state;
	describe_as(&known, FAN, "fan", "192.0.2.8");
	for (size_t i = 0; i < COUNT_OF(payloads); i++)
		describe(&known, LAMP, payloads[i]);
	memset(deep, '[', 4000);
	deep[4000] = '\0';
	describe(&known, LAMP, deep);
	describe(&known, LAMP, huge);
	describe(&known, "5CCF7F3D5E2", "{\"t\":\"lamp\"}");
	hear(&known, "tasmota/discovery/+/config", "{\"t\":\"lamp\"}");
	assert_int_equal(known.count, 1);
	assert_string_equal(known.list[0]->topic, "fan");
	/* Of a device that is known: what was good stays. */
	for (size_t i = 1; i < COUNT_OF(payloads); i++)
		describe(&known, FAN, payloads[i]);
	assert_int_equal(known.count, 1);
	assert_string_equal(known.list[0]->address, "192.0.2.8");
}

static void
texts_of_a_description_are_cut_and_printable(void **state)
{
	OWN(descriptions) known = { 0 };

	(void)state;
	describe(&known, LAMP,
		"{\"t\":\"lamp\",\"dn\":\"\\u001b[31mred\",\"fn\":[7,\"x\"],\"rl\":[9,1,"
		"\"1\"],"
		"\"hn\":\"0123456789012345678901234567890123456789012345678901234567890123"
		"4567890123456789\"}");
	assert_int_equal(known.count, 1);
	assert_string_equal(known.list[0]->device_name, "\\x1b[31mred");
	assert_int_equal(strlen(known.list[0]->hostname), TASMOTA_TEXT_SIZE - 1);
	assert_string_equal(known.list[0]->friendly[0], "");
	assert_int_equal(tasmota_discovery_outputs(known.list[0]), 1);
}

static void
a_flood_is_bounded_and_still_replaced(void **state)
{
	OWN(descriptions) known = { 0 };

	(void)state;
	for (unsigned i = 0; i < DESCRIPTIONS_MOST + 5; i++) {
		char mac[13], topic[16];

		snprintf(mac, sizeof mac, "5CCF7F%06X", i);
		snprintf(topic, sizeof topic, "d%u", i);
		describe_as(&known, mac, topic, "192.0.2.7");
	}
	assert_int_equal(known.count, DESCRIPTIONS_MOST);
	describe_as(&known, "5CCF7F000000", "first", "192.0.2.9");
	assert_int_equal(known.count, DESCRIPTIONS_MOST);
	assert_non_null(descriptions_find(&known, "first"));
	assert_null(descriptions_find(&known, "d0"));
}

static void
who_is_online_and_describes_nothing_is_silent(void **state)
{
	OWN(descriptions) known = { 0 };

	(void)state;
	hear(&known, "tele/shed/LWT", "Online");
	hear(&known, "shed/tele/LWT", "Online");
	hear(&known, "tele/lamp/LWT", "Online");
	hear(&known, "tele/away/LWT", "Offline");
	hear(&known, "tele/shed/STATE", "{\"POWER\":\"ON\"}");
	describe_as(&known, LAMP, "lamp", "192.0.2.7");
	descriptions_sort(&known);
	assert_int_equal(known.count, 1);
	assert_int_equal(known.silent_count, 1);
	assert_string_equal(known.silent[0], "shed");
}

static void
answer(struct tasmota_discovery *device, const char *topic, const char *payload)
{
	struct mqtt_message message = { 0 };

	message.topic = xstrdup(topic);
	message.payload = xstrdup(payload);
	message.len = strlen(payload);
	description_hear_answer(device, "shed", &message);
	mqtt_message_clear(&message);
}

#define NET "{\"StatusNET\":{\"IPAddress\":\"192.0.2.9\",\"Mac\":\"5C:CF:7F:3D:5E:26\"}}"

static void
an_answer_tells_the_form_of_its_topics(void **state)
{
	struct tasmota_discovery device;

	(void)state;
	tasmota_discovery_init(&device);
	answer(&device, "shed/stat/STATUS5", NET);
	assert_string_equal(device.mac, LAMP);
	assert_string_equal(device.address, "192.0.2.9");
	assert_string_equal(device.topic, "shed");
	assert_string_equal(device.full_topic, "%topic%/%prefix%/");
	answer(&device, "shed/stat/STATUS11", "{\"StatusSTS\":{\"POWER\":\"ON\"}}");
	assert_int_equal(tasmota_discovery_outputs(&device), 1);
}

static void
answers_of_others_and_nonsense_change_nothing(void **state)
{
	struct tasmota_discovery device;

	(void)state;
	tasmota_discovery_init(&device);
	answer(&device, "stat/barn/STATUS5", NET);
	answer(&device, "stat/shed/lamp/STATUS5", NET);
	answer(&device, "STATUS5", NET);
	answer(&device, "", NET);
	answer(&device, "stat/shed/STATUS5", "{\"StatusNET\":[]}");
	answer(&device, "stat/shed/STATUS5", "{\"StatusNET\":{\"Mac\":\"nobody\"}}");
	assert_string_equal(device.mac, "");
	answer(&device, "stat/shed/STATUS5", NET);
	assert_string_equal(device.mac, LAMP);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_kept_comes_sorted_by_topic),
		cmocka_unit_test(a_description_said_again_replaces_the_old_one),
		cmocka_unit_test(an_empty_message_removes_what_was_kept),
		cmocka_unit_test(hostile_descriptions_leave_the_others_alone),
		cmocka_unit_test(texts_of_a_description_are_cut_and_printable),
		cmocka_unit_test(a_flood_is_bounded_and_still_replaced),
		cmocka_unit_test(who_is_online_and_describes_nothing_is_silent),
		cmocka_unit_test(an_answer_tells_the_form_of_its_topics),
		cmocka_unit_test(answers_of_others_and_nonsense_change_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
