/* Who else is in this computer's networks (Linux: /proc/net/arp). */
/* SPDX-License-Identifier: MIT */
#include "host/neighbours.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "host/interfaces.h"

enum { TABLE_MOST = 512 * 1024, BITS_LEAST = 22, BITS_AROUND = 24, BITS_MOST = 30 };

/* "5c:cf:7f:3d:5e:26" against "5CCF7F3D5E26". */
static bool
is_mac(const char *text, const char *mac)
{
	for (; *text != '\0'; text++) {
		if (*text == ':')
			continue;
		if (toupper((unsigned char)*text) != *mac++)
			return false;
	}
	return *mac == '\0';
}

/* Columns: address, type, flags, MAC, mask, interface. Flags without bit 1: not resolved. */
bool
neighbours_find_in(const char *table, const char *mac, struct in_addr *out)
{
	for (const char *line = table; line != NULL && *line != '\0';) {
		char address[16], seen[18];
		unsigned flags;
		struct in_addr found;

		if (sscanf(line, "%15s 0x%*x 0x%x %17s", address, &flags, seen) == 3 &&
			(flags & 2) != 0 && is_mac(seen, mac) &&
			inet_pton(AF_INET, address, &found) == 1) {
			*out = found;
			return true;
		}
		line = strchr(line, '\n');
		line += line != NULL;
	}
	return false;
}

/* The file of the kernel has no size, so it is read like a stream. */
bool
neighbours_find(const char *mac, struct in_addr *out)
{
	FILE *file = fopen("/proc/net/arp", "re");
	char *table;
	size_t len;
	bool found;

	if (file == NULL)
		return false;
	table = xcalloc(1, TABLE_MOST + 1);
	len = fread(table, 1, TABLE_MOST, file);
	table[len] = '\0';
	fclose(file);
	found = neighbours_find_in(table, mac, out);
	free(table);
	return found;
}

struct neighbourhood
neighbourhood_around(struct in_addr address, unsigned bits)
{
	uint32_t host = ntohl(address.s_addr), mask;

	if (bits < BITS_LEAST)
		bits = BITS_AROUND;
	if (bits > BITS_MOST)
		return (struct neighbourhood){ host, host };
	mask = ~UINT32_C(0) << (32 - bits);
	return (struct neighbourhood){ (host & mask) + 1, (host | ~mask) - 1 };
}

bool
neighbourhood_read(const char *text, struct neighbourhood *out)
{
	const char *slash = strchr(text, '/');
	struct in_addr address;
	char host[INET_ADDRSTRLEN];
	int64_t bits;

	if (slash == NULL ||
		!text_copy_bytes(host, sizeof host, text, (size_t)(slash - text)) ||
		inet_pton(AF_INET, host, &address) != 1 ||
		!text_to_number(slash + 1, BITS_LEAST, 32, &bits))
		return false;
	*out = neighbourhood_around(address, (unsigned)bits);
	return true;
}

size_t
neighbourhoods_list(const char *interface, struct neighbourhood out[NEIGHBOURHOODS_MOST])
{
	struct interface all[INTERFACES_MOST];
	size_t known = interfaces_list(all), count = 0;

	for (size_t i = 0; i < known && count < NEIGHBOURHOODS_MOST; i++) {
		unsigned bits = (unsigned)__builtin_popcount(all[i].netmask.s_addr);

		if (interface != NULL ? strcmp(all[i].name, interface) == 0
				      : !all[i].is_loopback)
			out[count++] = neighbourhood_around(all[i].address, bits);
	}
	return count;
}
