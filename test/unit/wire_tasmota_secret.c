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
			"{\"Password1\":\"****\"" },
		{ "stat/lamp/RESULT", "{\"Password1\":\"ends\\",
			"{\"Password1\":\"****\"" },
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
passwords_are_hidden_in_every_kind_of_json_value(void **state)
{
	static const struct {
		const char *payload, *shown;
	} rows[] = {
		{ "{\"Password1\":12345678}", "{\"Password1\":\"****\"}" },
		{ "{\"MqttPassword\": -1.5e3 ,\"Topic\":\"b\"}",
			"{\"MqttPassword\": \"****\" ,\"Topic\":\"b\"}" },
		{ "[{\"Password1\":12345678},{\"password2\":\"x\"}]",
			"[{\"Password1\":\"****\"},{\"password2\":\"****\"}]" },
		{ "{\"Password\":[\"a\",[\"b]\",1]],\"POWER\":\"ON\"}",
			"{\"Password\":\"****\",\"POWER\":\"ON\"}" },
		{ "{\"Password\":{\"Old\":\"a}\",\"New\":{}},\"POWER\":\"ON\"}",
			"{\"Password\":\"****\",\"POWER\":\"ON\"}" },
		{ "{\"Status\":{\"Mqtt\":[{\"MqttPassword\":\"a\"}]},\"x\":1}",
			"{\"Status\":{\"Mqtt\":[{\"MqttPassword\":\"****\"}]},\"x\":1}" },
		{ "{\"Password\":[\"not ended", "{\"Password\":\"****\"" },
		{ "{\"Password\":null,\"x\":{\"Password\":false}}",
			"{\"Password\":null,\"x\":{\"Password\":false}}" },
		{ "{\"Password\":", "{\"Password\":" },
		/* Not quite JSON: what can not be told apart is hidden. */
		{ "{\"Password1\":\"qu\"ote,d\"}", "{\"Password1\":\"****\"" },
		{ "{\"Password1\":bare,word}", "{\"Password1\":\"****\"" },
		{ "{\"Password1\":12 34}", "{\"Password1\":\"****\"" },
		{ "{\"Password1\":true love}", "{\"Password1\":\"****\"" },
		{ "[\"Password1\",\"secret\"]", "[\"Password1 ****" },
		{ "\"Password1\" \"secret\"", "\"Password1 ****" },
		/* Commands in values. */
		{ "{\"Rule1\":\"ON a DO Password1 secret ENDON\"}",
			"{\"Rule1\":\"ON a DO Password1 ****" },
		{ "{\"Sent\":\"{\\\"Password1\\\":\\\"secret\\\"}\"}",
			"{\"Sent\":\"{\\\"Password1 ****" },
		{ "{\"Sent\":[\"Topic x\",\"MqttPassword secret\"]}",
			"{\"Sent\":[\"Topic x\",\"MqttPassword ****" },
		{ "{\"Command\":\"Password1\"}", "{\"Command\":\"Password1\"}" },
		{ "Password1 secret; MqttPassword secret", "Password1 ****" },
		{ "Topic x;WebPassword2\tsecret", "Topic x;WebPassword2 ****" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		OWN(buf) out = BUF_UP_TO(200);

		tasmota_hide_secrets(&out, "stat/lamp/RESULT", rows[i].payload, NULL);
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
		cmocka_unit_test(passwords_are_hidden_in_every_kind_of_json_value),
		cmocka_unit_test(a_short_password_is_no_reason_to_hide_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
