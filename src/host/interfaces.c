/* The network interfaces of this computer that have an IPv4 address. */
/* SPDX-License-Identifier: MIT */
#include "host/interfaces.h"

#include <ifaddrs.h>
#include <net/if.h>

#include "base/text.h"

static size_t
take(const struct ifaddrs *all, bool loopback, struct interface *out, size_t count)
{
	for (; all != NULL && count < INTERFACES_MOST; all = all->ifa_next) {
		const struct sockaddr *address = all->ifa_addr;

		if (address == NULL || address->sa_family != AF_INET ||
			(all->ifa_flags & IFF_UP) == 0 ||
			((all->ifa_flags & IFF_LOOPBACK) != 0) != loopback)
			continue;
		text_copy(out[count].name, sizeof out[count].name, all->ifa_name);
		out[count].address =
			((const struct sockaddr_in *)(const void *)address)->sin_addr;
		out[count++].is_loopback = loopback;
	}
	return count;
}

size_t
interfaces_list(struct interface out[INTERFACES_MOST])
{
	struct ifaddrs *all;
	size_t count;

	if (getifaddrs(&all) != 0)
		return 0;
	count = take(all, false, out, 0);
	count = take(all, true, out, count);
	freeifaddrs(all);
	return count;
}
