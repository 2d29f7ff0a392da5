/* The network interfaces of this computer that have an IPv4 address. */
/* SPDX-License-Identifier: MIT */
#include "host/interfaces.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

static const struct err_code e_no_interface = { "E-NO-INTERFACE", ERR_SYSTEM,
	"Connect this computer to the network the devices are in, or name another interface "
	"with --interface." };

enum { SEEN_MOST = 300 };

static struct in_addr
address_in(const struct sockaddr *address)
{
	if (address == NULL)
		return (struct in_addr){ .s_addr = INADDR_BROADCAST };
	return ((const struct sockaddr_in *)(const void *)address)->sin_addr;
}

static size_t
take(const struct ifaddrs *all, bool loopback, struct interface *out, size_t count)
{
	for (; all != NULL && count < INTERFACES_MOST; all = all->ifa_next) {
		if (all->ifa_addr == NULL || all->ifa_addr->sa_family != AF_INET ||
			(all->ifa_flags & IFF_UP) == 0 ||
			((all->ifa_flags & IFF_LOOPBACK) != 0) != loopback)
			continue;
		text_copy(out[count].name, sizeof out[count].name, all->ifa_name);
		out[count].index = if_nametoindex(all->ifa_name);
		out[count].address = address_in(all->ifa_addr);
		out[count].netmask = address_in(all->ifa_netmask);
		out[count].can_multicast = (all->ifa_flags & IFF_MULTICAST) != 0;
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

bool
interface_is_near(const struct interface *interface, struct in_addr peer)
{
	return ((interface->address.s_addr ^ peer.s_addr) & interface->netmask.s_addr) ==
		0;
}

/* An interface with several addresses is asked once. */
static bool
is_listed(const struct interface *rows, size_t count, unsigned index)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].index == index)
			return true;
	return false;
}

static bool
say_what_there_is(const char *name, struct err *err)
{
	struct interface all[INTERFACES_MOST];
	size_t count = interfaces_list(all);
	OWN(buf) seen = BUF_UP_TO(SEEN_MOST);
	char address[INET_ADDRSTRLEN], shown[64];

	for (size_t i = 0; i < count; i++)
		buf_addf(&seen, "%s%s (%s%s)", i > 0 ? ", " : "", all[i].name,
			inet_ntop(AF_INET, &all[i].address, address, sizeof address),
			all[i].is_loopback	       ? ", loopback"
				: all[i].can_multicast ? ""
						       : ", no multicast");
	if (name != NULL)
		return err_set(err, &e_no_interface,
			"there is no interface %s that is up and has an IPv4 address; there is: %s",
			text_printable(shown, sizeof shown, name),
			count > 0 ? buf_text(&seen) : "none");
	return err_set(err, &e_no_interface,
		"no interface of this computer can be used to look for devices; there is: %s",
		count > 0 ? buf_text(&seen) : "none with an IPv4 address");
}

size_t
interfaces_for_multicast(
	const char *name, struct interface out[INTERFACES_MOST], struct err *err)
{
	struct interface all[INTERFACES_MOST];
	size_t found = interfaces_list(all), count = 0;

	for (size_t i = 0; i < found; i++) {
		bool wanted = name != NULL ? strcmp(all[i].name, name) == 0
					   : all[i].can_multicast && !all[i].is_loopback;

		if (wanted && all[i].index != 0 && !is_listed(out, count, all[i].index))
			out[count++] = all[i];
	}
	if (count == 0)
		say_what_there_is(name, err);
	return count;
}
