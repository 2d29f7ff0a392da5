/* SPDX-License-Identifier: MIT */
#include "host/neighbours.h"

#include <arpa/inet.h>

#include "base/memory.h"
#include "test/unit/unit.h"

static const char table[] =
	"IP address       HW type     Flags       HW address            Mask     Device\n"
	"192.0.2.1        0x1         0x2         aa:bb:cc:00:00:01     *        eth0\n"
	"192.0.2.9        0x1         0x0         5c:cf:7f:3d:5e:26     *        eth0\n"
	"192.0.2.7        0x1         0x2         5c:cf:7f:3d:5e:26     *        eth0\n"
	"192.0.2.8        0x1         0x2         5c:cf:7f:3d:5e:27     *        eth0\n";

static void
a_resolved_row_with_the_mac_is_found(void **state)
{
	struct in_addr found = { 0 };

	(void)state;
	assert_true(neighbours_find_in(table, "5CCF7F3D5E26", &found));
	assert_int_equal(ntohl(found.s_addr), 0xC0000207);
	assert_false(neighbours_find_in(table, "5CCF7F3D5E28", &found));
	assert_false(neighbours_find_in(table, "5CCF7F3D5E2", &found));
	assert_false(neighbours_find_in("", "5CCF7F3D5E26", &found));
	assert_false(neighbours_find_in("no table\n\n0x 0x", "5CCF7F3D5E26", &found));
}

static bool
has_mac(const char *text, uint32_t address, const char *wanted)
{
	char mac[13] = "untouched";
	bool found = neighbours_mac_in(text, (struct in_addr){ htonl(address) }, mac);

	assert_string_equal(mac, found ? wanted : "untouched");
	return found;
}

static void
the_mac_of_an_address_is_found_where_it_is_certain(void **state)
{
	static const char row[] = "192.0.2.1 0x1 0x2 aa:bb:cc:00:00:01 * eth0\n";
	OWN_STR twice = xasprintf("%s%s", row, row);
	OWN_STR two_links = xasprintf(
		"%s%s", row, "192.0.2.1 0x1 0x2 aa:bb:cc:00:00:02 * eth1\n");
	OWN_STR repeater = xasprintf(
		"%s%s", row, "192.0.2.2 0x1 0x2 aa:bb:cc:00:00:01 * eth0\n");

	(void)state;
	assert_true(has_mac(table, 0xC0000207, "5CCF7F3D5E26"));
	assert_true(has_mac(table, 0xC0000201, "AABBCC000001"));
	assert_false(has_mac(table, 0xC0000209, "")); /* not resolved */
	assert_false(has_mac(table, 0xC000020A, ""));
	assert_true(has_mac(twice, 0xC0000201, "AABBCC000001"));
	assert_false(has_mac(two_links, 0xC0000201, ""));
	assert_false(has_mac(repeater, 0xC0000201, ""));
	assert_false(has_mac("", 0xC0000201, ""));
	assert_false(has_mac("192.0.2.1 0x1 0x2 aa:bb:cc:00:01 * x", 0xC0000201, ""));
	assert_false(has_mac("192.0.2.1 0x1 0x2 aabbcc0000011 * x", 0xC0000201, ""));
	assert_false(has_mac("192.0.2.1 0x1 0x2 aa-bb-cc-0-0-1 * x", 0xC0000201, ""));
}

static void
sweeps_are_bounded(void **state)
{
	static const struct {
		const char *text;
		uint32_t first, last;
	} rows[] = {
		{ "192.0.2.77/24", 0xC0000201, 0xC00002FE },
		{ "192.0.2.77/22", 0xC0000001, 0xC00003FE },
		{ "192.0.2.77/30", 0xC000024D, 0xC000024E },
		{ "192.0.2.77/32", 0xC000024D, 0xC000024D },
	};
	static const char *const wrong[] = { "", "192.0.2.0", "192.0.2.0/21",
		"192.0.2.0/33", "/24", "host/24", "192.0.2.0/x" };
	struct neighbourhood around;
	struct in_addr address = { htonl(0x0A010203) };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_true(neighbourhood_read(rows[i].text, &around));
		assert_int_equal(around.first, rows[i].first);
		assert_int_equal(around.last, rows[i].last);
	}
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_false(neighbourhood_read(wrong[i], &around));
	around = neighbourhood_around(address, 8);
	assert_int_equal(around.first, 0x0A010201);
	assert_int_equal(around.last, 0x0A0102FE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_resolved_row_with_the_mac_is_found),
		cmocka_unit_test(the_mac_of_an_address_is_found_where_it_is_certain),
		cmocka_unit_test(sweeps_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
