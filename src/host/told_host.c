/* What a device is told to call. */
/* SPDX-License-Identifier: MIT */
#include "host/told_host.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/memory.h"
#include "host/interfaces.h"
#include "host/reach.h"

enum { LOOPBACK_NET = 127 };

static bool
is_loopback(struct in_addr address)
{
	return ntohl(address.s_addr) >> 24 == LOOPBACK_NET;
}

static bool
means_this_computer(const char *host)
{
	struct in_addr address;

	return strcmp(host, "localhost") == 0 ||
		(inet_pton(AF_INET, host, &address) == 1 && is_loopback(address));
}

/* The one network that is not the device's own access point. */
static bool
only_other_address(struct in_addr access_point, struct in_addr *out)
{
	struct interface all[INTERFACES_MOST];
	in_addr_t point = access_point.s_addr;
	size_t count = interfaces_list(all), found = 0;

	for (size_t i = 0; i < count; i++) {
		in_addr_t mask = all[i].netmask.s_addr;

		if (all[i].is_loopback ||
			(all[i].address.s_addr & mask) == (point & mask))
			continue;
		*out = all[i].address;
		found++;
	}
	return found == 1;
}

char *
told_host(const char *host, struct in_addr device, struct in_addr access_point,
	struct err *err)
{
	bool in_access_point = device.s_addr == access_point.s_addr;
	char text[INET_ADDRSTRLEN];
	struct in_addr own;

	if (!means_this_computer(host))
		return xstrdup(host);
	if (device.s_addr != INADDR_ANY && (!in_access_point || is_loopback(device))) {
		if (!reach_own_address(device, &own, err))
			return NULL;
	} else if (!only_other_address(access_point, &own)) {
		err_set(err, &err_usage,
			"the broker runs on this computer, and it is not clear under "
			"which address devices reach it");
		err_remedy(err,
			"Add --mqtt-device-host with this computer's address in "
			"your Wi-Fi.");
		return NULL;
	}
	return xstrdup(inet_ntop(AF_INET, &own, text, sizeof text));
}
