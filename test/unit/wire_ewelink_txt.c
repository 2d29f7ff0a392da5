/* TXT records of golden packets into facts. */
/* SPDX-License-Identifier: MIT */
#include "wire/ewelink_txt.h"

#include "test/unit/packets.h"
#include "wire/mdns.h"

static struct ewelink_txt
read_golden(const char *name)
{
	OWN(packet_bytes) bytes = golden_packet(name);
	struct mdns_packet *packet = xcalloc(1, sizeof *packet);
	struct ewelink_txt txt;

	assert_true(mdns_read(bytes.bytes, bytes.len, MDNS_EWELINK, packet, NULL));
	assert_int_equal(packet->service_count, 1);
	assert_true(packet->services[0].has_txt);
	ewelink_txt_read(packet->services[0].txt, packet->services[0].txt_len, &txt);
	free(packet);
	return txt;
}

static void
reads_firmware_3_6(void **state)
{
	struct ewelink_txt txt = read_golden("announce-3.6");

	(void)state;
	assert_string_equal(txt.id, "1000a1b2c3");
	assert_string_equal(txt.type, "diy_plug");
	assert_string_equal(txt.apivers, "1");
	assert_true(txt.has_seq);
	assert_int_equal(txt.seq, 1);
	assert_false(txt.says_encrypt || txt.encrypt || txt.has_iv);
	assert_true(txt.has_state);
	assert_string_equal(txt.state.firmware, "3.6.0");
	assert_string_equal(txt.state.switch_state, "on");
	assert_string_equal(txt.state.startup, "stay");
	assert_int_equal(txt.state.signal_dbm, -61);
	assert_false(txt.state.has_lock);
}

static void
firmware_3_3_does_not_name_itself(void **state)
{
	struct ewelink_txt txt = read_golden("announce-3.3");

	(void)state;
	assert_true(txt.has_state);
	assert_string_equal(txt.state.firmware, "");
	assert_int_equal(txt.state.signal_dbm, -52);
	assert_int_equal(txt.seq, 7);
}

static void
firmware_3_0_says_encrypt_false(void **state)
{
	struct ewelink_txt txt = read_golden("announce-3.0");

	(void)state;
	assert_true(txt.says_encrypt && txt.has_iv);
	assert_false(txt.encrypt);
	assert_true(txt.has_state);
	assert_int_equal(txt.state.pulse_width_ms, 1500);
}

static void
encrypted_data_is_left_alone(void **state)
{
	struct ewelink_txt txt = read_golden("announce-ewelink");

	(void)state;
	assert_true(txt.says_encrypt && txt.encrypt && txt.has_iv);
	assert_string_equal(txt.type, "plug");
	assert_false(txt.has_state || txt.data_is_garbled);
}

static void
parts_are_joined_before_they_are_read(void **state)
{
	struct ewelink_txt split = read_golden("split-utf8");
	struct ewelink_txt four = read_golden("four-parts");

	(void)state;
	assert_true(split.has_state);
	assert_string_equal(split.state.ssid, "Café noir");
	assert_true(four.has_state);
	assert_int_equal(four.state.signal_dbm, -48);
}

static void
sees_a_list_of_outlets(void **state)
{
	struct ewelink_txt txt = read_golden("announce-minir3");

	(void)state;
	assert_true(txt.state.many_outlets);
	assert_string_equal(txt.state.switch_state, "on");
}

static void
the_first_of_a_key_counts_in_any_case(void **state)
{
	struct ewelink_txt txt = read_golden("odd-keys");

	(void)state;
	assert_string_equal(txt.id, "1000A1B2C3");
	assert_string_equal(txt.type, "diy_plug");
	assert_string_equal(txt.apivers, "");
	assert_false(txt.has_seq || txt.has_state || txt.data_is_garbled);
}

static void
broken_data_is_noted(void **state)
{
	struct ewelink_txt garbled = read_golden("garbled-data");
	struct ewelink_txt empty = read_golden("empty-txt");

	(void)state;
	assert_true(garbled.data_is_garbled);
	assert_false(garbled.has_state);
	assert_string_equal(garbled.id, "1000a1b2c3");
	assert_false(empty.data_is_garbled || empty.has_state);
	assert_string_equal(empty.id, "");
}

static void
terminals_are_not_commanded(void **state)
{
	struct ewelink_txt txt = read_golden("control-bytes");

	(void)state;
	assert_string_equal(txt.id, "\\x1b]0;owned\\x07");
	assert_string_equal(txt.type, "diy\\xff");
}

static void
any_word_but_false_means_encrypted(void **state)
{
	static const struct {
		const char *text;
		bool encrypt;
	} rows[] = { { "\014encrypt=true", true }, { "\007encrypt", true },
		{ "\014encrypt=TRUE", true }, { "\011encrypt=0", false },
		{ "\015encrypt=False", false } };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct ewelink_txt txt;

		ewelink_txt_read(
			(const uint8_t *)rows[i].text, strlen(rows[i].text), &txt);
		assert_true(txt.says_encrypt);
		assert_int_equal(txt.encrypt, rows[i].encrypt);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_firmware_3_6),
		cmocka_unit_test(firmware_3_3_does_not_name_itself),
		cmocka_unit_test(firmware_3_0_says_encrypt_false),
		cmocka_unit_test(encrypted_data_is_left_alone),
		cmocka_unit_test(parts_are_joined_before_they_are_read),
		cmocka_unit_test(sees_a_list_of_outlets),
		cmocka_unit_test(the_first_of_a_key_counts_in_any_case),
		cmocka_unit_test(broken_data_is_noted),
		cmocka_unit_test(terminals_are_not_commanded),
		cmocka_unit_test(any_word_but_false_means_encrypted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
