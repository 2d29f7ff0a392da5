/* SPDX-License-Identifier: MIT */
#include "test/unit/golden.h"
#include "wire/tasmota_command.h"

static void
check_target(const char *name, const char *command)
{
	OWN(buf) target = BUF_UP_TO(TASMOTA_TARGET_MOST);
	OWN_STR golden = golden_line("tasmota/requests.txt", name);

	assert_true(tasmota_command_target(&target, command));
	assert_string_equal(buf_text(&target), golden);
}

static void
commands_are_escaped_like_the_golden_bytes(void **state)
{
	(void)state;
	check_target("status", "Status 2");
	check_target("odd", "Backlog DeviceName L\303\244mp + 1;MqttPassword2 a%b&c=d");
}

static void
credentials_are_basic(void **state)
{
	OWN(buf) header = BUF_UP_TO(256);
	OWN_STR golden = golden_line("tasmota/requests.txt", "authorization");

	(void)state;
	assert_true(tasmota_authorization(&header, TASMOTA_USER, "s3cr3t"));
	assert_string_equal(buf_text(&header), golden);
	buf_reset(&header);
	tasmota_authorization(&header, "a", "");
	assert_string_equal(buf_text(&header), "Authorization: Basic YTo=");
	buf_reset(&header);
	tasmota_authorization(&header, "ab", "c");
	assert_string_equal(buf_text(&header), "Authorization: Basic YWI6Yw==");
}

static void
a_backlog_grows_to_its_limit_and_not_beyond(void **state)
{
	OWN(buf) backlog = BUF_UP_TO(strlen("Backlog Topic lamp1;Module 1"));

	(void)state;
	assert_true(tasmota_backlog_add(&backlog, "Topic lamp1"));
	assert_false(tasmota_backlog_add(&backlog, "Module 18"));
	assert_true(tasmota_backlog_add(&backlog, "Module 1"));
	assert_false(backlog.cut);
	assert_string_equal(buf_text(&backlog), "Backlog Topic lamp1;Module 1");
}

static void
a_semicolon_only_stands_within_braces(void **state)
{
	(void)state;
	assert_true(tasmota_can_queue("Topic lamp1"));
	assert_true(tasmota_can_queue("Template {\"NAME\":\"a;b\",\"GPIO\":[1]}"));
	assert_false(tasmota_can_queue("MqttPassword2 a;b"));
	assert_false(tasmota_can_queue("MqttPassword2 }a;b"));
	assert_false(tasmota_can_queue("Reset 1"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_are_escaped_like_the_golden_bytes),
		cmocka_unit_test(credentials_are_basic),
		cmocka_unit_test(a_backlog_grows_to_its_limit_and_not_beyond),
		cmocka_unit_test(a_semicolon_only_stands_within_braces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
