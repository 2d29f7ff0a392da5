/* SPDX-License-Identifier: MIT */
#include "test/unit/golden.h"

#include "wire/ewelink.h"

#define FACTORY "11111111-2222-4333-8444-555555555555"
#define SESSION "99999999-8888-4777-8666-555555555555"

static const struct ewelink_session session = { "1000abcdef", SESSION };

/* Takes `body`. */
static void
expect(char *body, const char *name)
{
	OWN_STR written = body;
	OWN_STR wanted = golden_line("ewelink/cloud.txt", name);

	assert_non_null(written);
	assert_string_equal(written, wanted);
}

static struct ewelink_upgrade
an_upgrade(void)
{
	return (struct ewelink_upgrade){
		.sequence = "1700000000000",
		.model = "ITA-GZ1-GL",
		.url = { "http://192.168.1.5:8080/ota/u1.bin",
			"http://192.168.1.5:8080/ota/u2.bin" },
		.digest = { "64b374598d11f91a453adc6d95ebcbcc"
			    "ed347fbc9abad9b62ad5b710a965a309",
			"0edc3fc4f70cf1a95cdc28811f57e536"
			"12908c62c8963e1b78a66d3edb19addd" },
	};
}

static void
answers_are_byte_for_byte_those_of_the_cloud(void **state)
{
	struct ewelink_upgrade upgrade = an_upgrade();

	(void)state;
	expect(ewelink_write_dispatch("192.168.1.5", 8443), "dispatch");
	expect(ewelink_write_registered(&session), "registered");
	expect(ewelink_write_date(&session, "2024-05-01T10:20:30.123Z"), "date");
	expect(ewelink_write_done(&session), "update");
	expect(ewelink_write_no_timers(&session), "query");
	expect(ewelink_write_upgrade(&session, &upgrade), "upgrade");
}

static void
what_the_device_can_not_hold_is_not_written(void **state)
{
	struct ewelink_upgrade upgrade = an_upgrade();
	char host[64], url[256];

	(void)state;
	memset(host, 'h', sizeof host);
	host[51] = '\0';
	assert_null(ewelink_write_dispatch(host, 1));
	assert_null(ewelink_write_date(&session, "2024-05-01T10:20:30Z"));
	snprintf(url, sizeof url, "http://192.168.1.5:8080/%0100d", 1);
	upgrade.url[1] = url;
	assert_null(ewelink_write_upgrade(&session, &upgrade));
	upgrade.url[1] = "https://192.168.1.5/u2.bin";
	assert_null(ewelink_write_upgrade(&session, &upgrade));
	upgrade.url[1] = "http://192.168.1.5:8080/a:b";
	assert_null(ewelink_write_upgrade(&session, &upgrade));
	upgrade = an_upgrade();
	upgrade.digest[0] = "64b3";
	assert_null(ewelink_write_upgrade(&session, &upgrade));
}

/* The device's reader stops at these words, at signs and at empty objects. */
static void
nothing_upsets_the_small_reader(void **state)
{
	static const char *const upsets[] = { "true", "false", "null", "{}", "[]", ":-",
		"\t", "\r", "\n", "\\u" };
	struct ewelink_upgrade upgrade = an_upgrade();
	OWN_STR text = ewelink_write_upgrade(&session, &upgrade);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(upsets); i++)
		assert_null(strstr(text, upsets[i]));
}

static struct ewelink_message
message(const char *name)
{
	OWN_STR bytes = golden_line("ewelink/device.txt", name);
	struct ewelink_message out;

	assert_true(ewelink_read_message(bytes, strlen(bytes), &out));
	assert_string_equal(out.id, "1000abcdef");
	return out;
}

static void
dispatch_tells_model_and_firmware(void **state)
{
	OWN_STR bytes = golden_line("ewelink/device.txt", "dispatch");
	struct ewelink_dispatch out;

	(void)state;
	assert_true(ewelink_read_dispatch(bytes, strlen(bytes), &out));
	assert_string_equal(out.id, "1000abcdef");
	assert_string_equal(out.factory_key, FACTORY);
	assert_string_equal(out.model, "ITA-GZ1-GL");
	assert_string_equal(out.firmware, "1.5.5");
}

static void
messages_are_told_apart(void **state)
{
	struct ewelink_message out = message("register");

	(void)state;
	assert_int_equal(out.action, EWELINK_REGISTER);
	assert_string_equal(out.key, FACTORY);
	assert_string_equal(out.model, "ITA-GZ1-GL");
	assert_string_equal(out.firmware, "1.5.5");
	assert_int_equal(message("date").action, EWELINK_DATE);
	assert_int_equal(message("query").action, EWELINK_QUERY);
	out = message("update");
	assert_int_equal(out.action, EWELINK_UPDATE);
	assert_int_equal(out.upgrade_state, EWELINK_NO_RESULT);
	assert_string_equal(out.mac, "5CCF7F000001");
}

/* The member as it would stand in `params`; "" where it counts as not said. */
static const char *
mac_of(const char *member, struct ewelink_message *out)
{
	OWN_STR bytes = xasprintf("{\"deviceid\":\"1000abcdef\",\"apikey\":\"" SESSION
				  "\",\"action\":\"update\",\"params\":{%s}}",
		member);

	assert_true(ewelink_read_message(bytes, strlen(bytes), out));
	return out->mac;
}

static void
a_mac_has_one_form_or_was_not_told(void **state)
{
	static const char *const wrong[] = {
		"\"x\":1",
		"\"staMac\":5",
		"\"staMac\":null",
		"\"staMac\":[\"5C:CF:7F:00:00:01\"]",
		"\"staMac\":\"\"",
		"\"staMac\":\"5CCF7F000001\"",
		"\"staMac\":\"5C-CF-7F-00-00-01\"",
		"\"staMac\":\"5C:CF:7F:00:00:1\"",
		"\"staMac\":\"5C:CF:7F:00:00:001\"",
		"\"staMac\":\"5C:CF:7F:00:00:0G\"",
		"\"staMac\":\"5CC:F:7F:00:00:01\"",
		"\"staMac\":\"5C:CF:7F:00:00:01 \"",
		"\"staMac\":\"5C:CF:7F:00:00:\\u00b2\"",
		"\"staMac\":\"00:00:00:00:00:00\"",
		"\"staMac\":\"FF:FF:FF:FF:FF:FF\"",
		"\"staMac\":\"01:00:5E:00:00:01\"",
	};
	struct ewelink_message out;

	(void)state;
	assert_string_equal(
		mac_of("\"staMac\":\"5c:cf:7f:3d:5E:26\"", &out), "5CCF7F3D5E26");
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		assert_string_equal(mac_of(wrong[i], &out), "");
}

static void
both_ways_of_reporting_are_read(void **state)
{
	struct ewelink_message out = message("done");

	(void)state;
	assert_int_equal(out.action, EWELINK_ACKNOWLEDGE);
	assert_int_equal(out.error, 0);
	assert_string_equal(out.sequence, "1700000000000");
	assert_int_equal(message("failed").error, 404);
	out = message("late");
	assert_int_equal(out.action, EWELINK_UPDATE);
	assert_int_equal(out.upgrade_state, 409);
	assert_int_equal(out.error, EWELINK_NO_RESULT);
	assert_true(ewelink_result_is_worth_a_retry(409));
	assert_false(ewelink_result_is_worth_a_retry(406));
	assert_non_null(ewelink_result_text(12345));
}

static bool
reads(const char *bytes)
{
	struct ewelink_message out;

	return ewelink_read_message(bytes, strlen(bytes), &out);
}

static void
strangers_are_not_read(void **state)
{
	OWN_STR deep = xmalloc(1201);
	struct ewelink_dispatch dispatch;

	(void)state;
	assert_false(reads(""));
	assert_false(reads("[]"));
	assert_false(reads("{\"action\":\"register\"}"));
	assert_false(reads("{\"deviceid\":\"../../etc/\",\"apikey\":\"" SESSION "\"}"));
	assert_false(reads("{\"deviceid\":\"1000abcdef\",\"apikey\":\"short\"}"));
	assert_false(reads("{\"deviceid\":7,\"apikey\":\"" SESSION "\"}"));
	memset(deep, '[', 1200);
	deep[1200] = '\0';
	assert_false(reads(deep));
	assert_false(ewelink_read_dispatch("{", 1, &dispatch));
	assert_true(reads("{\"deviceid\":\"1000abcdef\",\"apikey\":\"" SESSION "\"}"));
}

static void
text_that_could_not_be_echoed_counts_as_unsaid(void **state)
{
	static const char bytes[] =
		"{\"deviceid\":\"1000abcdef\",\"apikey\":\"" SESSION
		"\",\"model\":\"a\\u001b[2J\",\"romVersion\":\"1\\\"\"}";
	struct ewelink_message out;

	(void)state;
	assert_true(ewelink_read_message(bytes, strlen(bytes), &out));
	assert_string_equal(out.model, "");
	assert_string_equal(out.firmware, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_are_byte_for_byte_those_of_the_cloud),
		cmocka_unit_test(what_the_device_can_not_hold_is_not_written),
		cmocka_unit_test(nothing_upsets_the_small_reader),
		cmocka_unit_test(dispatch_tells_model_and_firmware),
		cmocka_unit_test(messages_are_told_apart),
		cmocka_unit_test(a_mac_has_one_form_or_was_not_told),
		cmocka_unit_test(both_ways_of_reporting_are_read),
		cmocka_unit_test(strangers_are_not_read),
		cmocka_unit_test(text_that_could_not_be_echoed_counts_as_unsaid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
