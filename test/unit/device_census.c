/* Golden packets in, new, changed and gone devices out, with a clock turned by hand. */
/* SPDX-License-Identifier: MIT */
#include "device/census.h"

#include <arpa/inet.h>

#include "test/unit/packets.h"

struct fixture {
	struct census *census;
	struct mdns_packet packet;
	int64_t now_ms;
	struct device device; /* as reported last */
	enum discover_change change;
};

static struct in_addr
address(const char *text)
{
	struct in_addr out;

	assert_int_equal(inet_pton(AF_INET, text, &out), 1);
	return out;
}

static struct census_origin
origin_of(const char *interface, const char *own, const char *source)
{
	return (struct census_origin){ interface, address(own), address("255.255.255.0"),
		address(source) };
}

static void
hear_from(struct fixture *fixture, const char *name, const struct census_origin *origin)
{
	OWN(packet_bytes) bytes = golden_packet(name);

	assert_true(
		mdns_read(bytes.bytes, bytes.len, MDNS_EWELINK, &fixture->packet, NULL));
	census_hear(fixture->census, &fixture->packet, origin, fixture->now_ms);
}

static void
hear(struct fixture *fixture, const char *name)
{
	const struct census_origin origin = origin_of(
		"wlan0", "192.0.2.2", "192.0.2.200");

	hear_from(fixture, name, &origin);
}

static bool
next(struct fixture *fixture)
{
	return census_next(
		fixture->census, fixture->now_ms, &fixture->device, &fixture->change);
}

/* The next report is `change`, at `where`. */
static void
expect(struct fixture *fixture, enum discover_change change, const char *where)
{
	char shown[DEVICE_ADDRESS_SIZE];

	assert_true(next(fixture));
	assert_int_equal(fixture->change, change);
	assert_string_equal(device_address(&fixture->device, shown), where);
}

static void
expect_nothing(struct fixture *fixture)
{
	assert_false(next(fixture));
}

static int
set_up(void **state)
{
	struct fixture *fixture = xcalloc(1, sizeof *fixture);

	fixture->census = census_new();
	fixture->now_ms = 1000000;
	*state = fixture;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *fixture = *state;

	census_free(fixture->census);
	free(fixture);
	return 0;
}

static void
a_whole_announcement_is_reported_at_once(void **state)
{
	struct fixture *fixture = *state;

	hear(fixture, "announce-3.6");
	expect(fixture, DISCOVER_NEW, "192.0.2.7:8081");
	assert_string_equal(fixture->device.id, "1000a1b2c3");
	assert_string_equal(fixture->device.type, "diy_plug");
	assert_string_equal(fixture->device.firmware, "3.6.0");
	assert_string_equal(fixture->device.interface, "wlan0");
	assert_string_equal(fixture->device.switch_state, "on");
	assert_int_equal(fixture->device.kind, DEVICE_DIY);
	assert_int_equal(fixture->device.lock, LOCK_UNKNOWN);
	assert_true(fixture->device.has_signal);
	assert_int_equal(fixture->device.signal_dbm, -61);
	assert_int_equal(fixture->device.seen_ms, 1000000);
	assert_false(fixture->device.answered);
	expect_nothing(fixture);
	hear(fixture, "announce-3.6");
	expect_nothing(fixture);
}

/* Parts of a device may come in any order, each in a packet of its own. */
static void
parts_are_merged_in_any_order(void **state)
{
	static const char *const parts[] = { "only-ptr", "only-srv", "only-txt",
		"only-a" };
	struct fixture *fixture = *state;

	for (unsigned order = 0; order < 256; order++) {
		unsigned seen = 0;
		bool was_reported = false;

		for (unsigned i = 0; i < 4; i++)
			seen |= 1U << (order >> 2 * i & 3);
		if (seen != 15)
			continue;
		census_free(fixture->census);
		fixture->census = census_new();
		for (unsigned i = 0, left = 15; i < 4; i++) {
			left &= ~(1U << (order >> 2 * i & 3));
			hear(fixture, parts[order >> 2 * i & 3]);
			fixture->now_ms += 10;
			/* The PTR record has nothing to say once the others are there. */
			if ((left & ~1U) == 0 && !was_reported) {
				expect(fixture, DISCOVER_NEW, "192.0.2.7:8081");
				was_reported = true;
			}
			expect_nothing(fixture);
		}
		assert_true(was_reported);
	}
}

static size_t
missing(struct fixture *fixture, struct mdns_question *questions)
{
	return census_missing(fixture->census, fixture->now_ms, questions, 4);
}

static void
without_an_address_the_sender_counts(void **state)
{
	struct fixture *fixture = *state;
	struct mdns_question questions[4];

	hear(fixture, "no-a-record");
	expect_nothing(fixture);
	assert_int_equal(missing(fixture, questions), 1);
	assert_int_equal(questions[0].type, MDNS_A);
	assert_string_equal(questions[0].name, "eWeLink_1000a1b2c3.local");
	assert_int_equal(missing(fixture, questions), 0);
	assert_int_equal(census_due_ms(fixture->census),
		fixture->now_ms + CENSUS_ADDRESS_GRACE_MS);
	fixture->now_ms += CENSUS_ADDRESS_GRACE_MS;
	expect(fixture, DISCOVER_NEW, "192.0.2.200:8081");
	fixture->now_ms += 1000;
	hear(fixture, "only-a");
	expect(fixture, DISCOVER_CHANGED, "192.0.2.7:8081");
	fixture->now_ms += 1000;
	assert_int_equal(missing(fixture, questions), 0);
}

static void
asks_a_few_times_for_what_is_missing(void **state)
{
	struct fixture *fixture = *state;
	struct mdns_question questions[4];
	unsigned asked = 0;

	hear(fixture, "only-ptr");
	for (unsigned i = 0; i < 20; i++, fixture->now_ms += 500)
		asked += missing(fixture, questions) > 0;
	assert_int_equal(asked, 4);
	assert_int_equal(questions[0].type, MDNS_SRV);
	assert_int_equal(questions[1].type, MDNS_TXT);
	assert_string_equal(questions[1].name, "eWeLink_1000a1b2c3._ewelink._tcp.local");
}

static void
a_name_alone_is_reported_late(void **state)
{
	struct fixture *fixture = *state;

	hear(fixture, "only-ptr");
	fixture->now_ms += CENSUS_RECORD_GRACE_MS - 1;
	expect_nothing(fixture);
	fixture->now_ms++;
	expect(fixture, DISCOVER_NEW, "192.0.2.200");
	assert_string_equal(fixture->device.id, "1000a1b2c3");
	assert_int_equal(fixture->device.kind, DEVICE_UNKNOWN);
	hear(fixture, "announce-3.6");
	expect(fixture, DISCOVER_CHANGED, "192.0.2.7:8081");
	assert_int_equal(fixture->device.kind, DEVICE_DIY);
}

static void
changes_are_reported_once(void **state)
{
	struct fixture *fixture = *state;

	hear(fixture, "announce-3.6");
	expect(fixture, DISCOVER_NEW, "192.0.2.7:8081");
	hear(fixture, "switched-off");
	expect(fixture, DISCOVER_CHANGED, "192.0.2.7:8081");
	assert_string_equal(fixture->device.switch_state, "off");
	hear(fixture, "announce-port");
	expect(fixture, DISCOVER_CHANGED, "192.0.2.7:8099");
	hear(fixture, "moved");
	expect(fixture, DISCOVER_CHANGED, "192.0.2.99:8081");
	hear(fixture, "announce-other-case");
	expect(fixture, DISCOVER_CHANGED, "192.0.2.7:8081");
	hear(fixture, "garbled-data");
	hear(fixture, "announce-3.6");
	expect_nothing(fixture);
}

/* Two interfaces in one network, or a device in two networks. */
static void
the_first_interface_stays(void **state)
{
	const struct census_origin wired = origin_of("eth0", "192.0.2.3", "192.0.2.99");
	struct fixture *fixture = *state;

	hear(fixture, "announce-3.6");
	expect(fixture, DISCOVER_NEW, "192.0.2.7:8081");
	for (unsigned i = 0; i < 10; i++) {
		fixture->now_ms += 1000;
		hear(fixture, "announce-3.6");
		hear_from(fixture, "moved", &wired);
		expect_nothing(fixture);
	}
	fixture->now_ms += 3000;
	hear_from(fixture, "moved", &wired);
	expect(fixture, DISCOVER_CHANGED, "192.0.2.99:8081");
	assert_string_equal(fixture->device.interface, "eth0");
}

static void
takes_the_address_in_our_network(void **state)
{
	struct fixture *fixture = *state;

	hear(fixture, "two-addresses");
	expect(fixture, DISCOVER_NEW, "192.0.2.7:8081");
	hear(fixture, "two-addresses");
	expect_nothing(fixture);
}

static void
goodbyes_hold_after_a_second(void **state)
{
	struct fixture *fixture = *state;

	for (unsigned i = 0; i < 2; i++) {
		hear(fixture, "announce-3.6");
		expect(fixture, DISCOVER_NEW, "192.0.2.7:8081");
		hear(fixture, i == 0 ? "goodbye" : "goodbye-ptr");
		expect_nothing(fixture);
		assert_int_equal(census_due_ms(fixture->census), fixture->now_ms + 1000);
		fixture->now_ms += 1000;
		expect(fixture, DISCOVER_GONE, "192.0.2.7:8081");
		assert_string_equal(fixture->device.id, "1000a1b2c3");
		expect_nothing(fixture);
	}
	assert_int_equal(census_due_ms(fixture->census), INT64_MAX);
}

static void
a_goodbye_can_be_contradicted(void **state)
{
	struct fixture *fixture = *state;

	hear(fixture, "announce-3.6");
	expect(fixture, DISCOVER_NEW, "192.0.2.7:8081");
	hear(fixture, "goodbye");
	fixture->now_ms += 900;
	hear(fixture, "announce-3.6");
	fixture->now_ms += 900;
	expect_nothing(fixture);
}

static void
a_goodbye_of_a_stranger_is_nothing(void **state)
{
	struct fixture *fixture = *state;

	hear(fixture, "goodbye");
	for (unsigned i = 0; i < 40; i++, fixture->now_ms += 100)
		expect_nothing(fixture);
	assert_int_equal(census_due_ms(fixture->census), INT64_MAX);
}

static void
records_run_out(void **state)
{
	struct fixture *fixture = *state;
	struct mdns_question questions[4];

	hear(fixture, "short-lived");
	expect(fixture, DISCOVER_NEW, "192.0.2.7:8081");
	fixture->now_ms += 7900;
	assert_int_equal(missing(fixture, questions), 0);
	fixture->now_ms += 100;
	assert_int_equal(missing(fixture, questions), 1);
	assert_int_equal(questions[0].type, MDNS_SRV);
	fixture->now_ms += 1999;
	expect_nothing(fixture);
	fixture->now_ms++;
	expect(fixture, DISCOVER_GONE, "192.0.2.7:8081");
	hear(fixture, "short-lived");
	expect(fixture, DISCOVER_NEW, "192.0.2.7:8081");
}

static void
knows_the_kinds(void **state)
{
	static const struct {
		const char *packet, *id;
		enum device_kind kind;
		enum device_dialect dialect;
		bool many_outlets;
	} rows[] = {
		{ "announce-3.6", "1000a1b2c3", DEVICE_DIY, DIALECT_UNKNOWN, false },
		{ "announce-3.3", "1000a1b233", DEVICE_DIY, DIALECT_UNKNOWN, false },
		{ "announce-3.0", "1000a1b230", DEVICE_DIY, DIALECT_STRING, false },
		{ "announce-ewelink", "1000a1b2e0", DEVICE_EWELINK, DIALECT_UNKNOWN,
			false },
		{ "announce-minir3", "1001a1b2b3", DEVICE_DIY, DIALECT_UNKNOWN, true },
		{ "announce-zbbridge", "zbbridgeu-1", DEVICE_FOREIGN, DIALECT_UNKNOWN,
			false },
		{ "announce-other-case", "1000a1b2c3", DEVICE_DIY, DIALECT_UNKNOWN,
			false },
		{ "odd-keys", "1000a1b2c3", DEVICE_DIY, DIALECT_UNKNOWN, false },
		{ "empty-txt", "1000a1b2c3", DEVICE_UNKNOWN, DIALECT_UNKNOWN, false },
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		census_free(fixture->census);
		fixture->census = census_new();
		hear(fixture, rows[i].packet);
		assert_true(next(fixture));
		assert_string_equal(fixture->device.id, rows[i].id);
		assert_int_equal(fixture->device.kind, rows[i].kind);
		assert_int_equal(fixture->device.dialect, rows[i].dialect);
		assert_int_equal(fixture->device.many_outlets, rows[i].many_outlets);
	}
}

static void
the_number_of_devices_is_bounded(void **state)
{
	const struct census_origin origin = origin_of(
		"wlan0", "192.0.2.2", "192.0.2.200");
	struct fixture *fixture = *state;
	unsigned reported = 0;

	fixture->packet = (struct mdns_packet){ .is_answer = true, .service_count = 1 };
	fixture->packet.services[0] = (struct mdns_service){ .has_ptr = true,
		.ptr_ttl = 10 };
	for (unsigned i = 0; i < CENSUS_DEVICES_MOST + 50; i++) {
		snprintf(fixture->packet.services[0].instance, MDNS_NAME_SIZE,
			"eWeLink_%u", i);
		census_hear(fixture->census, &fixture->packet, &origin, fixture->now_ms);
	}
	fixture->now_ms += CENSUS_RECORD_GRACE_MS;
	while (next(fixture))
		reported++;
	assert_int_equal(reported, CENSUS_DEVICES_MOST);
	fixture->now_ms += 10000;
	while (next(fixture))
		reported--;
	assert_int_equal(reported, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_whole_announcement_is_reported_at_once),
		TEST(parts_are_merged_in_any_order),
		TEST(without_an_address_the_sender_counts),
		TEST(asks_a_few_times_for_what_is_missing),
		TEST(a_name_alone_is_reported_late),
		TEST(changes_are_reported_once),
		TEST(the_first_interface_stays),
		TEST(takes_the_address_in_our_network),
		TEST(goodbyes_hold_after_a_second),
		TEST(a_goodbye_can_be_contradicted),
		TEST(a_goodbye_of_a_stranger_is_nothing),
		TEST(records_run_out),
		TEST(knows_the_kinds),
		TEST(the_number_of_devices_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
