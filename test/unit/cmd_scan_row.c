/* Rows of scan's table: columns, words, wrapping. */
/* SPDX-License-Identifier: MIT */
#include "cmd/scan_row.h"

#include <arpa/inet.h>

#include "test/unit/unit.h"

static struct sighting
a_plug(void)
{
	struct sighting plug = { .is_judged = true, .is_there = true };

	strcpy(plug.device.id, "1000a1b2c3");
	strcpy(plug.device.firmware, "3.6.0");
	strcpy(plug.device.model, "Sonoff MINI");
	inet_pton(AF_INET, "192.0.2.7", &plug.device.address.sin_addr);
	plug.device.address.sin_port = htons(8081);
	plug.device.kind = DEVICE_DIY;
	plug.device.lock = LOCK_CLOSED;
	plug.device.has_signal = true;
	plug.device.signal_dbm = -61;
	plug.verdict.can_be_freed = true;
	strcpy(plug.verdict.next_step, "Run \"airlift flash 1000a1b2c3\".");
	return plug;
}

static void
check_line(const struct sighting *sighting, const char *wanted)
{
	const struct scan_style plain = { 0 };
	OWN(buf) out = BUF_UP_TO(SCAN_ROW_MOST);

	scan_row_line(&out, sighting, &plain);
	assert_string_equal(buf_text(&out), wanted);
}

static void
check_advice(const struct sighting *sighting, unsigned width, const char *wanted)
{
	const struct scan_style style = { .width = width };
	OWN(buf) out = BUF_UP_TO(SCAN_ROW_MOST);

	scan_row_advice(&out, sighting, &style);
	assert_string_equal(buf_text(&out), wanted);
}

static void
columns_stand_below_their_names(void **state)
{
	const struct scan_style plain = { 0 };
	struct sighting plug = a_plug();
	OWN(buf) out = BUF_UP_TO(SCAN_ROW_MOST);

	(void)state;
	scan_row_header(&out, &plain);
	assert_string_equal(buf_text(&out),
		"ID          ADDRESS          MODEL                     FIRMWARE  SIGNAL   LOCK\n");
	check_line(&plug,
		"1000a1b2c3  192.0.2.7        Sonoff MINI               3.6.0     -61 dBm  locked\n");
}

static void
what_is_not_known_is_a_dash(void **state)
{
	struct sighting plug = a_plug();

	(void)state;
	plug.device.model[0] = plug.device.firmware[0] = plug.device.id[0] = '\0';
	plug.device.has_signal = false;
	plug.device.lock = LOCK_UNKNOWN;
	plug.device.address.sin_port = htons(8099);
	check_line(&plug,
		"-           192.0.2.7:8099   -                         -         -        -\n");
	plug.is_judged = false;
	check_line(&plug,
		"-           192.0.2.7:8099   -                         -         -        asking\n");
	check_advice(&plug, 80, "");
}

static void
advice_wraps_between_words(void **state)
{
	struct sighting plug = a_plug();

	(void)state;
	check_advice(&plug, 0, "            Run \"airlift flash 1000a1b2c3\".\n");
	check_advice(&plug, 35,
		"            Run \"airlift flash\n            1000a1b2c3\".\n");
	/* Too narrow to wrap: the terminal does it. */
	check_advice(&plug, 24, "            Run \"airlift flash 1000a1b2c3\".\n");
	strcpy(plug.verdict.next_step, "ééééééééééééééééééééééé abc");
	check_advice(
		&plug, 35, "            éééééééééééééééééééééé\n            é abc\n");
}

static void
refusals_say_why_then_what_next(void **state)
{
	struct sighting plug = a_plug();

	(void)state;
	plug.verdict.can_be_freed = false;
	strcpy(plug.verdict.reason, "it has another processor");
	strcpy(plug.verdict.next_step, "Leave it.");
	check_advice(&plug, 0,
		"            it has another processor.\n            Leave it.\n");
	plug.change = DISCOVER_GONE;
	check_advice(&plug, 0, "");
}

static void
warnings_follow(void **state)
{
	struct sighting plug = a_plug();

	(void)state;
	plug.verdict.warning_count = 1;
	strcpy(plug.verdict.warnings[0].text, "its signal is weak");
	check_advice(&plug, 0,
		"            Run \"airlift flash 1000a1b2c3\".\n"
		"            But: its signal is weak.\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_stand_below_their_names),
		cmocka_unit_test(what_is_not_known_is_a_dash),
		cmocka_unit_test(advice_wraps_between_words),
		cmocka_unit_test(refusals_say_why_then_what_next),
		cmocka_unit_test(warnings_follow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
