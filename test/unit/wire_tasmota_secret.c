/* SPDX-License-Identifier: MIT */
#include "wire/tasmota_secret.h"

#include "test/unit/unit.h"

static void
passwords_are_hidden_wherever_they_stand(void **state)
{
	static const struct {
		const char *topic, *payload, *shown;
	} rows[] = {
		{ "cmnd/lamp/MqttPassword", "secret", "****" },
		{ "cmnd/lamp/Password1", "secret", "****" },
		{ "cmnd/lamp/WEBPASSWORD2", "", "" },
		{ "stat/lamp/RESULT", "{\"Password1\":\"sec\\\"ret\"}",
			"{\"Password1\":\"****\"}" },
		{ "stat/lamp/RESULT", "{\"MqttPassword\" : \"a\",\"Topic\":\"b\"}",
			"{\"MqttPassword\" : \"****\",\"Topic\":\"b\"}" },
		{ "stat/lamp/RESULT", "{\"Password1\":\"a\",\"Password2\":\"b\"}",
			"{\"Password1\":\"****\",\"Password2\":\"****\"}" },
		{ "stat/lamp/RESULT", "{\"WebPassword\":\"\"}",
			"{\"WebPassword\":\"\"}" },
		{ "stat/lamp/RESULT", "{\"Password\":true,\"POWER\":\"ON\"}",
			"{\"Password\":true,\"POWER\":\"ON\"}" },
		{ "stat/lamp/RESULT", "{\"Password1\":\"not ended",
			"{\"Password1\":\"****" },
		{ "stat/lamp/RESULT", "{\"Password1\":\"ends\\",
			"{\"Password1\":\"****" },
		{ "stat/lamp/RESULT", "\"Password1\"", "\"Password1\"" },
		{ "cmnd/lamp/Backlog", "SSID1 home;Password1 secret;Topic x",
			"SSID1 home;Password1 ****" },
		{ "tele/lamp/LOGGING", "Cmnd 'MQTTPASSWORD', Data 'secret'",
			"Cmnd 'MQTTPASSWORD ****" },
		{ "stat/lamp/RESULT", "{\"POWER\":\"ON\"}", "{\"POWER\":\"ON\"}" },
		{ "stat/passwordless/RESULT", "passwordless", "passwordless" },
		{ "a", "own secret: 12\"45 and 12\\\"45.", "own secret: **** and ****." },
		{ "", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		OWN(buf) out = BUF_UP_TO(200);

		tasmota_hide_secrets(&out, rows[i].topic, rows[i].payload, "12\"45");
		assert_string_equal(buf_text(&out), rows[i].shown);
	}
}

static void
a_short_password_is_no_reason_to_hide_words(void **state)
{
	OWN(buf) out = BUF_UP_TO(200);

	(void)state;
	tasmota_hide_secrets(&out, "stat/lamp/POWER", "ON", "ON");
	tasmota_hide_secrets(&out, "stat/lamp/POWER", "ON", NULL);
	assert_string_equal(buf_text(&out), "ONON");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passwords_are_hidden_wherever_they_stand),
		cmocka_unit_test(a_short_password_is_no_reason_to_hide_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
