/* Devices by what people call them: which name means which device. */
/* SPDX-License-Identifier: MIT */
#include "fleet/called.h"

#include <arpa/inet.h>

#include "test/unit/unit.h"

#define LAMP "5CCF7F3D5E26"

/* A home: two lamps whose names overlap, and a fan that is called as the lamp's topic. */
static void
describe(struct descriptions *known)
{
	static const struct {
		const char *mac, *topic, *host, *name, *friendly, *address;
	} rows[] = {
		{ LAMP, "lamp", "lamp-host", "Reading lamp", "Bedside", "192.0.2.7" },
		{ "5CCF7F3D5E27", "hall", "hall-host", "Hall", "Bedside", "192.0.2.8" },
		{ "5CCF7F3D5E28", "fan", "fan-host", "lamp", "Küche", "not yet" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		OWN(mqtt_message) message = { 0 };

		message.topic = xasprintf("tasmota/discovery/%s/config", rows[i].mac);
		message.payload = xasprintf(
			"{\"t\":\"%s\",\"hn\":\"%s\",\"dn\":\"%s\",\"fn\":[\"%s\"],"
			"\"ip\":\"%s\",\"tp\":[\"cmnd\",\"stat\",\"tele\"]}",
			rows[i].topic, rows[i].host, rows[i].name, rows[i].friendly,
			rows[i].address);
		message.len = strlen(message.payload);
		descriptions_hear(known, &message);
	}
	descriptions_sort(known);
	assert_int_equal(known->count, COUNT_OF(rows));
}

static struct called
match(const char *name, bool known_at_all, bool *found)
{
	OWN(descriptions) known = { 0 };
	struct called row = { .name = name };

	describe(&known);
	*found = called_match(&row, known_at_all ? &known : NULL);
	return row;
}

static void
a_device_is_known_by_each_of_its_names(void **state)
{
	static const struct {
		const char *name, *topic;
	} rows[] = {
		{ "lamp", "lamp" }, /* a topic comes before a device name */
		{ "5CCF7F3D5E26", "lamp" },
		{ "5c:cf:7f:3d:5e:26", "lamp" },
		{ "5C-CF-7F-3D-5E-28", "fan" },
		{ "hall-host", "hall" },
		{ "HALL-Host", "hall" }, /* as the network compares host names */
		{ "Reading lamp", "lamp" },
		{ "Küche", "fan" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		bool found;
		struct called row = match(rows[i].name, true, &found);

		assert_true(found);
		assert_null(row.err.code);
		assert_string_equal(row.topic, rows[i].topic);
	}
}

static void
the_description_says_where_it_should_be(void **state)
{
	char told[INET_ADDRSTRLEN];
	struct called row;
	bool found;

	(void)state;
	row = match("lamp", true, &found);
	assert_string_equal(row.mac, LAMP);
	assert_string_equal(
		inet_ntop(AF_INET, &row.told, told, sizeof told), "192.0.2.7");
	row = match("fan", true, &found);
	assert_true(found);
	assert_int_equal(row.told.s_addr, INADDR_ANY);
}

static void
a_name_that_two_have_is_ambiguous(void **state)
{
	bool found;
	struct called row = match("Bedside", true, &found);

	(void)state;
	assert_true(found);
	assert_string_equal(row.err.code->name, "E-NAME-AMBIGUOUS");
	assert_non_null(strstr(row.err.text, "hall (5CCF7F3D5E27)"));
	assert_non_null(strstr(row.err.text, "lamp (" LAMP ")"));
	assert_string_equal(row.mac, "");
}

static void
an_unknown_name_stays_open(void **state)
{
	static const char *const names[] = { "Lamp", "lam", "lamp2", "reading lamp", "",
		"5CCF7F3D5E", "tele/lamp" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		bool found;
		struct called row = match(names[i], true, &found);

		assert_false(found);
		assert_null(row.err.code);
		assert_string_equal(row.mac, "");
		assert_int_equal(row.told.s_addr, INADDR_ANY);
	}
}

static void
a_mac_needs_no_description(void **state)
{
	struct called row;
	bool found;

	(void)state;
	row = match("5c:cf:7f:00:00:01", true, &found);
	assert_true(found);
	assert_string_equal(row.mac, "5CCF7F000001");
	assert_string_equal(row.topic, "");
	row = match(LAMP, false, &found);
	assert_true(found);
	assert_string_equal(row.mac, LAMP);
	assert_int_equal(row.told.s_addr, INADDR_ANY);
	match("lamp", false, &found);
	assert_false(found);
}

static void
without_a_broker_only_macs_and_names_of_the_network_are_known(void **state)
{
	struct called rows[] = {
		{ .name = "192.0.2.7",
			.address = { .sin_family = AF_INET,
				.sin_addr.s_addr = htonl(0xC0000207) } },
		{ .name = LAMP },
		{ .name = "Reading lamp" }, /* no name a network could have */
		{ .name = "\033[2J" },
		{ .name = "127.0.0.1" },
	};
	const struct called_order order = { .wait_ms = 1 };
	struct err err = { 0 };

	(void)state;
	assert_true(called_ask_broker(&order, rows, COUNT_OF(rows), &err));
	assert_null(rows[0].err.code);
	assert_string_equal(rows[1].mac, LAMP);
	assert_string_equal(rows[2].err.code->name, "E-NAME-UNKNOWN");
	assert_non_null(strstr(rows[2].err.text, "there is no broker to ask"));
	assert_string_equal(rows[3].err.code->name, "E-NAME-UNKNOWN");
	assert_null(strchr(rows[3].err.text, '\033'));
	assert_int_equal(rows[4].told.s_addr, htonl(INADDR_LOOPBACK));
}

static void
an_interrupt_while_looking_is_told(void **state)
{
	struct called rows[] = { { .name = "lamp" } };
	struct cancel cancel = { 0 };
	const struct called_order order = { .wait_ms = 1, .cancel = &cancel };
	struct err err = { 0 };

	(void)state;
	cancel_ask(&cancel);
	assert_false(called_ask_broker(&order, rows, 1, &err));
	assert_string_equal(err.code->name, "E-CANCELLED");
	assert_null(rows[0].err.code);
}

static void
a_device_without_address_is_looked_for_nowhere(void **state)
{
	struct called row = { .name = "fan" };
	struct called failed = { .name = "lamp" };
	const struct called_order order = { .wait_ms = 1 };

	(void)state;
	called_locate(&order, &row, true);
	assert_string_equal(row.err.code->name, "E-NAME-ELSEWHERE");
	assert_int_equal(row.address.sin_addr.s_addr, INADDR_ANY);
	/* What failed before keeps its reason. */
	err_set(&failed.err, &err_name_ambiguous, "two");
	called_locate(&order, &failed, false);
	assert_string_equal(failed.err.text, "two");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_device_is_known_by_each_of_its_names),
		cmocka_unit_test(the_description_says_where_it_should_be),
		cmocka_unit_test(a_name_that_two_have_is_ambiguous),
		cmocka_unit_test(an_unknown_name_stays_open),
		cmocka_unit_test(a_mac_needs_no_description),
		cmocka_unit_test(
			without_a_broker_only_macs_and_names_of_the_network_are_known),
		cmocka_unit_test(an_interrupt_while_looking_is_told),
		cmocka_unit_test(a_device_without_address_is_looked_for_nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
