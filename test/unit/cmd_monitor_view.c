/* The table of monitor in windows of every size. */
/* SPDX-License-Identifier: MIT */
#include "cmd/monitor_view.h"

#include "base/terminal.h"
#include "base/text.h"
#include "test/unit/unit.h"

#define LAMP "\xe7\x81\xaf" /* Chinese, three bytes, two columns */
#define BULB "\xf0\x9f\x92\xa1" /* four bytes, two columns */

static struct roster_row
a_lamp(const char *topic)
{
	struct roster_row row = {
		.presence = PRESENCE_ONLINE, .has_signal = true, .signal_percent = 78
	};

	text_copy(row.topic, sizeof row.topic, topic);
	text_copy(row.address, sizeof row.address, "192.0.2.7");
	text_copy(row.version, sizeof row.version, "15.5.0(release-lite)");
	text_copy(row.power, sizeof row.power, "ON");
	return row;
}

static void
check_row(const struct roster_row *row, unsigned width, const char *wanted)
{
	const struct monitor_view view = { .width = width };
	OWN(buf) out = BUF_UP_TO(MONITOR_LINE_MOST);

	monitor_view_row(&view, row, &out);
	assert_string_equal(buf_text(&out), wanted);
}

static size_t
columns_of(const char *line, size_t bytes)
{
	size_t columns = 0, len;

	for (size_t i = 0; i < bytes; i += len)
		columns += terminal_columns(line + i, &len);
	return columns;
}

static void
a_line_without_window_has_all(void **state)
{
	const struct monitor_view view = { 0 };
	struct roster_row row = a_lamp("lamp");
	OWN(buf) out = BUF_UP_TO(MONITOR_LINE_MOST);

	(void)state;
	monitor_view_heading(&view, &out);
	assert_string_equal(buf_text(&out),
		"device                  state    power     signal  address          "
		"firmware                  heard\n");
	check_row(&row, 0,
		"lamp                    online   ON        78%     192.0.2.7        "
		"15.5.0(release-lite)      -\n");
	strcpy(row.topic, "a-topic-that-is-longer-than-its-column");
	check_row(&row, 0,
		"a-topic-that-is-longer-than-its-column  online   ON        78%     "
		"192.0.2.7        15.5.0(release-lite)      -\n");
}

static void
what_is_not_known_is_a_dash(void **state)
{
	struct roster_row row = { .topic = "lamp" };

	(void)state;
	check_row(&row, 0,
		"lamp                    unknown  -         -       -                "
		"-                         -\n");
	row.presence = PRESENCE_OFFLINE;
	check_row(&row, 26, "lamp               offline\n");
}

static void
columns_that_matter_least_leave_first(void **state)
{
	static const struct {
		unsigned width;
		const char *heading;
	} rows[] = {
		{ 120,
			"device                                    state    power     "
			"signal  address          firmware                  heard\n" },
		{ 94,
			"device          state    power     signal  address          "
			"firmware                  heard\n" },
		{ 93,
			"device                                   state    power     "
			"signal  address          heard\n" },
		{ 80,
			"device                      state    power     signal  "
			"address          heard\n" },
		{ 60, "device          state    power     address          heard\n" },
		{ 45, "device            state    power     heard\n" },
		{ 34, "device           state    power\n" },
		{ 24, "device           state\n" },
		{ 17, "device    state\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct monitor_view view = { .width = rows[i].width };
		OWN(buf) out = BUF_UP_TO(MONITOR_LINE_MOST);

		monitor_view_heading(&view, &out);
		assert_string_equal(buf_text(&out), rows[i].heading);
	}
}

static void
no_line_is_wider_than_its_window(void **state)
{
	static const char *const topics[] = { "lamp",
		"a-topic-that-is-longer-than-any-column-of-the-table",
		LAMP LAMP LAMP LAMP LAMP LAMP LAMP LAMP LAMP LAMP LAMP LAMP,
		"K\xc3\xbc-u\xcc\x88-lamp-above-the-stove", BULB BULB BULB BULB BULB };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(topics); i++)
		for (unsigned width = 17; width < 200; width++) {
			const struct monitor_view view = { .width = width };
			struct roster_row row = a_lamp(topics[i]);
			OWN(buf) out = BUF_UP_TO(MONITOR_LINE_MOST);

			strcpy(row.version,
				LAMP LAMP LAMP LAMP LAMP LAMP LAMP LAMP LAMP LAMP LAMP
					LAMP LAMP);
			row.heard_ms = 1000;
			monitor_view_row(&view, &row, &out);
			assert_in_range(columns_of(out.data, out.len - 1), 1, width);
			assert_true(text_is_utf8(out.data, out.len));
		}
}

static void
wide_characters_keep_the_columns_straight(void **state)
{
	struct roster_row row = a_lamp(LAMP LAMP "1");

	(void)state;
	check_row(&row, 24, LAMP LAMP "1            online\n");
	strcpy(row.topic, LAMP LAMP LAMP LAMP LAMP);
	check_row(&row, 17, LAMP LAMP LAMP "~   online\n");
	strcpy(row.topic,
		"u\xcc\x88"
		"ber");
	check_row(&row, 17,
		"u\xcc\x88"
		"ber      online\n");
}

static void
many_relays_are_digits(void **state)
{
	struct roster_row row = a_lamp("strip");

	(void)state;
	strcpy(row.power, "ON OFF");
	check_row(&row, 34, "strip            online   ON OFF\n");
	strcpy(row.power, "ON OFF ON HOLD");
	check_row(&row, 34, "strip            online   101?\n");
	strcpy(row.power, "ON OFF ON OFF ON OFF ON OFF ON OFF");
	check_row(&row, 34, "strip            online   1010101~\n");
}

static void
only_the_state_is_tinted(void **state)
{
	const struct monitor_view view = { .width = 24, .color = true };
	struct roster_row row = a_lamp("lamp");
	OWN(buf) out = BUF_UP_TO(MONITOR_LINE_MOST);

	(void)state;
	monitor_view_row(&view, &row, &out);
	assert_string_equal(buf_text(&out), "lamp             \033[32monline \033[0m\n");
}

static void
say(struct roster *roster, const char *topic, const char *payload)
{
	struct tasmota_message message;

	tasmota_read_message(topic, payload, strlen(payload), &message);
	roster_hear(roster, &message, true, 0);
}

/* `count` devices, every second one online, the last ones first. */
static struct roster *
a_house(unsigned count)
{
	struct roster *roster = roster_new();

	for (unsigned i = count; i-- > 0;) {
		char topic[32];

		snprintf(topic, sizeof topic, "tele/d%03u/LWT", i);
		say(roster, topic, i % 2 == 0 ? "Online" : "Offline");
	}
	return roster;
}

static void
the_table_is_sorted_and_counted(void **state)
{
	const struct monitor_view view = { .width = 24, .height = 24 };
	OWN_NEW(roster) none = roster_new();
	OWN_NEW(roster) roster = a_house(3);
	OWN(buf) out = BUF_UP_TO(4096);

	(void)state;
	assert_int_equal(monitor_view_table(&view, roster, true, &out), 4);
	assert_string_equal(buf_text(&out),
		"device           state\n"
		"d000             online\n"
		"d001             offline\n"
		"d002             online\n"
		"3 devices, 2 online");
	buf_reset(&out);
	assert_int_equal(monitor_view_table(&view, none, true, &out), 1);
	assert_string_equal(
		buf_text(&out), "device           state\n0 devices, 0 online");
}

static void
what_does_not_fit_is_counted(void **state)
{
	OWN_NEW(roster) roster = a_house(ROSTER_MOST);

	(void)state;
	for (unsigned height = 1; height < 60; height++) {
		const struct monitor_view view = { .width = 80, .height = height };
		OWN(buf) out = BUF_UP_TO(1024 * 1024);
		OWN_STR last = NULL;
		size_t lines = monitor_view_table(&view, roster, true, &out);

		assert_int_equal(lines, height > 2 ? height - 1 : 1);
		last = xasprintf("\n1000 devices, 500 online, %zu not shown: the window "
				 "is too low",
			ROSTER_MOST + 1 - lines);
		assert_true(text_ends_with(buf_text(&out), last));
	}
}

static void
the_last_line_leaves_a_column_free(void **state)
{
	OWN_NEW(roster) roster = a_house(30);

	(void)state;
	for (unsigned width = 2; width < 100; width++) {
		const struct monitor_view view = { .width = width, .height = 10 };
		OWN(buf) out = BUF_UP_TO(4096);

		monitor_view_table(&view, roster, false, &out);
		assert_in_range(strlen(strrchr(buf_text(&out), '\n') + 1), 1, width - 1);
		assert_non_null(strstr(buf_text(&out), "\nT"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_without_window_has_all),
		cmocka_unit_test(what_is_not_known_is_a_dash),
		cmocka_unit_test(columns_that_matter_least_leave_first),
		cmocka_unit_test(no_line_is_wider_than_its_window),
		cmocka_unit_test(wide_characters_keep_the_columns_straight),
		cmocka_unit_test(many_relays_are_digits),
		cmocka_unit_test(only_the_state_is_tinted),
		cmocka_unit_test(the_table_is_sorted_and_counted),
		cmocka_unit_test(what_does_not_fit_is_counted),
		cmocka_unit_test(the_last_line_leaves_a_column_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
