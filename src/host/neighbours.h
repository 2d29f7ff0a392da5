/* Who else is in this computer's networks: the ARP table, and the addresses to look at. */
/* SPDX-License-Identifier: MIT */
#ifndef HOST_NEIGHBOURS_H
#define HOST_NEIGHBOURS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The address that answers under a MAC (12 upper-case digits), as this computer has seen
 * lately; false when it has not. Nothing is sent. */
bool neighbours_find(const char *mac, struct in_addr *out);

/* The other way round. False also when another address has the same MAC (that is a
 * repeater or a router, and not the device behind it), or the address has another MAC on
 * another interface. `mac` is left alone then. */
bool neighbours_mac(struct in_addr address, char mac[13]);

/* The same in the text of such a table. */
bool neighbours_find_in(const char *table, const char *mac, struct in_addr *out);
bool neighbours_mac_in(const char *table, struct in_addr address, char mac[13]);

/* A range of host addresses, both included, in host byte order. */
struct neighbourhood {
	uint32_t first, last;
};

#define NEIGHBOURHOODS_MOST	 16
#define NEIGHBOURHOOD_HOSTS_MOST 1022 /* of a /22; of larger networks the /24 around */

/* The hosts around an address in a network of `bits`. */
struct neighbourhood neighbourhood_around(struct in_addr address, unsigned bits);

/* Reads "192.0.2.0/24". */
bool neighbourhood_read(const char *text, struct neighbourhood *out);

/* Those of the interfaces that are up, or of the one named; without one, loopback is
 * left out. Returns how many. */
size_t neighbourhoods_list(
	const char *interface, struct neighbourhood out[NEIGHBOURHOODS_MOST]);

#endif
