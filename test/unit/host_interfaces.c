/* SPDX-License-Identifier: MIT */
#include "host/interfaces.h"

#include <arpa/inet.h>

#include "base/memory.h"
#include "test/unit/unit.h"

static void
nearness_is_by_the_netmask(void **state)
{
	static const struct {
		const char *address, *netmask, *peer;
		bool is_near;
	} rows[] = {
		{ "10.10.7.5", "255.255.255.0", "10.10.7.1", true },
		{ "10.10.8.5", "255.255.255.0", "10.10.7.1", false },
		{ "10.20.30.40", "255.0.0.0", "10.10.7.1", true },
		{ "192.168.1.5", "255.255.0.0", "192.168.4.2", true },
		{ "192.168.4.200", "255.255.255.128", "192.168.4.2", false },
		{ "10.10.7.1", "255.255.255.255", "10.10.7.1", true },
		{ "10.10.7.2", "255.255.255.255", "10.10.7.1", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct interface interface = { 0 };
		struct in_addr peer;

		inet_pton(AF_INET, rows[i].address, &interface.address);
		inet_pton(AF_INET, rows[i].netmask, &interface.netmask);
		inet_pton(AF_INET, rows[i].peer, &peer);
		assert_int_equal(interface_is_near(&interface, peer), rows[i].is_near);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nearness_is_by_the_netmask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
