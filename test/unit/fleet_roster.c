/* SPDX-License-Identifier: MIT */
#include "test/unit/unit.h"

#include "base/text.h"
#include "fleet/roster.h"

static const struct roster_row *
hear(struct roster *roster, const char *topic, const char *payload, bool retained)
{
	struct tasmota_message message;

	tasmota_read_message(topic, payload, strlen(payload), &message);
	return roster_hear(roster, &message, retained, 1000);
}

static void
a_row_is_told_once_per_change(void **state)
{
	OWN_NEW(roster) roster = roster_new();
	const struct roster_row *row = hear(roster, "tele/lamp1/LWT", "Online", true);

	(void)state;
	assert_non_null(row);
	assert_int_equal(row->presence, PRESENCE_ONLINE);
	assert_int_equal(row->heard_ms, 0);
	assert_null(hear(roster, "tele/lamp1/LWT", "Online", false));
	row = hear(roster, "tele/lamp1/LWT", "Offline", false);
	assert_int_equal(row->presence, PRESENCE_OFFLINE);
	assert_int_equal(row->heard_ms, 1000);
	assert_int_equal(roster_count(roster), 1);
}

static void
one_relay_of_several_changes_alone(void **state)
{
	OWN_NEW(roster) roster = roster_new();

	(void)state;
	hear(roster, "tele/dual/STATE", "{\"POWER1\":\"ON\",\"POWER2\":\"OFF\"}", false);
	assert_string_equal(
		hear(roster, "stat/dual/POWER2", "ON", false)->power, "ON ON");
	assert_string_equal(
		hear(roster, "stat/dual/POWER1", "OFF", false)->power, "OFF ON");
	assert_string_equal(hear(roster, "stat/one/POWER", "ON", false)->power, "ON");
	assert_string_equal(hear(roster, "stat/one/POWER", "OFF", false)->power, "OFF");
}

static void
a_flood_of_topics_is_bounded(void **state)
{
	OWN_NEW(roster) roster = roster_new();

	(void)state;
	for (unsigned i = 0; i < ROSTER_MOST + 10; i++) {
		char topic[64];

		snprintf(topic, sizeof topic, "tele/d%u/LWT", i);
		hear(roster, topic, "Online", false);
	}
	assert_int_equal(roster_count(roster), ROSTER_MOST);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_is_told_once_per_change),
		cmocka_unit_test(one_relay_of_several_changes_alone),
		cmocka_unit_test(a_flood_of_topics_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
