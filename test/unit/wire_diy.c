/* SPDX-License-Identifier: MIT */
#include "test/unit/golden.h"

#include "base/json.h"
#include "wire/diy.h"

static const struct diy_envelope object = { .id = "1000a1b2c3" };
static const struct diy_envelope text = {
	.id = "1000a1b2c3", .as_string = true, .sequence = 1700000000
};
static const struct diy_envelope nameless = { .id = NULL };

/* Takes `data`. */
static void
expect(const struct diy_envelope *envelope, json_t *data, const char *name)
{
	OWN_JSON owned = data;
	OWN_STR written = diy_write(envelope, data);
	OWN_STR wanted = golden_line("diy/requests.txt", name);

	assert_non_null(written);
	assert_string_equal(written, wanted);
}

static void
requests_are_byte_for_byte_those_of_the_documents(void **state)
{
	static const char digest[] =
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

	(void)state;
	expect(&object, diy_data_none(), "info");
	expect(&nameless, diy_data_none(), "no-id");
	expect(&object, diy_data_switch(true), "switch");
	expect(&object, diy_data_startup("stay"), "startup");
	expect(&object, diy_data_pulse(true, 1500), "pulse");
	expect(&object, diy_data_pulse(false, 0), "pulse-off");
	expect(&object, diy_data_wifi("home", "letters123"), "wifi");
	expect(&object, diy_data_led(false), "sledonline");
	expect(&object,
		diy_data_offer("http://192.168.1.10:8080/tasmota-lite.bin", digest),
		"ota_flash");
}

static void
other_models_have_their_own_forms(void **state)
{
	struct diy_dimming full = { 30, 0, 10, 255 }, brief = { 30, -1, -1, -1 };

	(void)state;
	expect(&object, diy_data_dim(&full), "dimmable");
	expect(&object, diy_data_dim(&brief), "dimmable-short");
	expect(&object, diy_data_outlet_switch(0, true), "switches");
	expect(&object, diy_data_outlet_startup(0, "off"), "startups");
	expect(&object, diy_data_outlet_pulse(0, true, false, 2000), "pulses");
}

static void
old_firmware_gets_data_as_text(void **state)
{
	(void)state;
	expect(&text, diy_data_switch(true), "text-switch");
	expect(&text, diy_data_none(), "text-signal");
}

static void
text_that_is_not_utf8_is_not_sent(void **state)
{
	(void)state;
	assert_null(diy_data_wifi("caf\xe9", "letters123"));
	assert_null(diy_data_wifi("home", "\xff"));
	assert_null(diy_write(&object, NULL));
}

static struct diy_answer
answer(const char *name)
{
	OWN_STR bytes = golden_line("diy/answers.txt", name);
	struct diy_answer out;

	assert_true(diy_read_answer(bytes, strlen(bytes), &out));
	return out;
}

static void
plain_answers_carry_a_number(void **state)
{
	struct diy_answer got = answer("done");

	(void)state;
	assert_int_equal(got.error, 0);
	assert_int_equal(got.seq, 2);
	assert_false(got.has_data);
	assert_int_equal(answer("refused").error, 403);
	assert_int_equal(answer("text-done").error, 0);
	got = answer("signal");
	assert_true(got.has_data && got.state.has_signal);
	assert_int_equal(got.state.signal_dbm, -58);
	assert_false(got.state.has_lock);
}

static void
info_is_read_as_object_and_as_text(void **state)
{
	struct diy_answer old = answer("info-3.3"), new = answer("info-3.6");

	(void)state;
	assert_true(old.has_data && old.state.has_lock && !old.state.lock_is_open);
	assert_string_equal(old.state.switch_state, "off");
	assert_string_equal(old.state.ssid, "sonoffDiy");
	assert_string_equal(old.state.firmware, "");
	assert_string_equal(old.state.id, "");
	assert_int_equal(old.state.pulse_width_ms, 500);
	assert_string_equal(new.state.firmware, "3.6.0");
	assert_string_equal(new.state.id, "1000a1b2c3");
	assert_string_equal(new.state.bssid, "a0:b1:c2:d3:e:f");
	assert_int_equal(new.state.signal_dbm, -58);
	assert_false(new.state.many_outlets || new.state.dimmable);
}

static void
lamps_and_outlets_are_told_from_plugs(void **state)
{
	struct diy_answer d1 = answer("info-d1"), mini = answer("info-minir3");

	(void)state;
	assert_true(d1.state.dimmable);
	assert_int_equal(d1.state.brightness, 30);
	assert_true(mini.state.many_outlets);
	assert_string_equal(mini.state.switch_state, "on");
	assert_string_equal(mini.state.startup, "stay");
	assert_string_equal(mini.state.pulse, "off");
	assert_int_equal(mini.state.pulse_width_ms, 2000);
	assert_string_equal(mini.state.firmware, "1.4.0");
}

static void
txt_data_is_read_by_the_same_reader(void **state)
{
	OWN_STR old = golden_line("diy/answers.txt", "txt-3.3");
	OWN_STR new = golden_line("diy/answers.txt", "txt-3.6");
	struct diy_state got;

	(void)state;
	assert_true(diy_read_state(old, strlen(old), &got));
	assert_int_equal(got.signal_dbm, -52);
	assert_true(diy_read_state(new, strlen(new), &got));
	assert_string_equal(got.led, "on");
	assert_string_equal(got.startup, "stay");
	assert_string_equal(got.firmware, "3.6.0");
}

static void
only_a_json_true_opens_the_lock(void **state)
{
	static const char *const closed[] = { "{\"otaUnlock\":1}",
		"{\"otaUnlock\":\"true\"}", "{\"otaUnlock\":null}", "{}" };
	struct diy_state got;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(closed); i++) {
		assert_true(diy_read_state(closed[i], strlen(closed[i]), &got));
		assert_false(got.has_lock || got.lock_is_open);
	}
	assert_true(diy_read_state("{\"otaUnlock\":true}", 18, &got));
	assert_true(got.has_lock && got.lock_is_open);
}

static void
rubbish_is_no_answer(void **state)
{
	static const char *const bad[] = { "", "null", "[]", "{}", "<html></html>",
		"{\"error\":", "{\"error\":\"0\"}", "{\"error\":0.0}",
		"{\"error\":99999999999}", "{\"error\":true}", "\"error\"",
		"{\"error\":0}x" };
	struct diy_answer got;
	char large[DIY_TEXT_MOST + 64];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(diy_read_answer(bad[i], strlen(bad[i]), &got));
	memset(large, ' ', sizeof large);
	memcpy(large, "{\"error\":0}", 11);
	assert_false(diy_read_answer(large, sizeof large, &got));
	assert_true(diy_read_answer(large, DIY_TEXT_MOST, &got));
}

static void
odd_members_count_as_not_said(void **state)
{
	static const char odd[] =
		"{\"error\":0,\"data\":{\"switch\":\"perhaps\",\"startup\":7,\"signalStrength\":900,"
		"\"fwVersion\":\"\\u001b[31m3.6\",\"deviceid\":{},\"pulseWidth\":-1}}";
	struct diy_answer got;

	(void)state;
	assert_true(diy_read_answer(odd, strlen(odd), &got));
	assert_string_equal(got.state.switch_state, "");
	assert_string_equal(got.state.startup, "");
	assert_string_equal(got.state.firmware, "\\x1b[31m3.6");
	assert_string_equal(got.state.id, "");
	assert_false(got.state.has_signal);
	assert_int_equal(got.state.pulse_width_ms, 0);
	assert_true(diy_read_answer("{\"error\":0,\"data\":\"{broken\"}", 28, &got));
	assert_false(got.has_data);
}

static void
every_documented_number_has_words_and_a_remedy(void **state)
{
	static const int numbers[] = { 400, 401, 403, 404, 408, 413, 422, 424, 471, 500,
		503, 777 };
	struct err err = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		char number[16];

		assert_false(diy_error(numbers[i], "ota_flash", &err));
		snprintf(number, sizeof number, "%d", numbers[i]);
		assert_non_null(strstr(err.text, number));
		assert_non_null(strstr(err.text, "ota_flash"));
		assert_true(strlen(err.remedy) > 20);
		assert_true((strcmp(err.code->name, "E-DIY-ERROR") == 0) ==
			(numbers[i] == 777));
	}
	diy_error(401, "info", &err);
	assert_ptr_equal(err.code, &err_ewelink_mode);
	diy_error(503, "ota_unlock", &err);
	assert_int_equal(err_exit_status(err_kind(&err)), 12);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_byte_for_byte_those_of_the_documents),
		cmocka_unit_test(other_models_have_their_own_forms),
		cmocka_unit_test(old_firmware_gets_data_as_text),
		cmocka_unit_test(text_that_is_not_utf8_is_not_sent),
		cmocka_unit_test(plain_answers_carry_a_number),
		cmocka_unit_test(info_is_read_as_object_and_as_text),
		cmocka_unit_test(lamps_and_outlets_are_told_from_plugs),
		cmocka_unit_test(txt_data_is_read_by_the_same_reader),
		cmocka_unit_test(only_a_json_true_opens_the_lock),
		cmocka_unit_test(rubbish_is_no_answer),
		cmocka_unit_test(odd_members_count_as_not_said),
		cmocka_unit_test(every_documented_number_has_words_and_a_remedy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
