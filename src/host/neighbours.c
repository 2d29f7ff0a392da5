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

struct entry {
	struct in_addr address;
	char mac[13]; /* 12 upper-case digits */
};

/* "5c:cf:7f:3d:5e:26" as "5CCF7F3D5E26". */
static bool
read_mac(const char *text, char mac[13])
{
	size_t len = 0;

	for (; *text != '\0' && len < 12; text++)
		if (isxdigit((unsigned char)*text))
			mac[len++] = (char)toupper((unsigned char)*text);
		else if (*text != ':')
			return false;
	mac[len] = '\0';
	return len == 12 && *text == '\0';
}

/* Columns: address, type, flags, MAC, mask, interface. Flags without bit 1: not resolved. */
static bool
read_line(const char *line, struct entry *out)
{
	char address[16], seen[18];
	unsigned flags;

	return sscanf(line, "%15s 0x%*x 0x%x %17s", address, &flags, seen) == 3 &&
		(flags & 2) != 0 && read_mac(seen, out->mac) &&
		inet_pton(AF_INET, address, &out->address) == 1;
}

/* The next entry from *line on; false at the end of the table. */
static bool
next_entry(const char **line, struct entry *out)
{
	bool found = false;

	while (!found && **line != '\0') {
		found = read_line(*line, out);
		*line += strcspn(*line, "\n");
		*line += strspn(*line, "\n");
	}
	return found;
}

bool
neighbours_find_in(const char *table, const char *mac, struct in_addr *out)
{
	struct entry entry;

	while (next_entry(&table, &entry))
		if (strcmp(entry.mac, mac) == 0) {
			*out = entry.address;
			return true;
		}
	return false;
}

/* One address with two MACs, or two with one. */
static bool
is_ambiguous(const char *table, const struct entry *one)
{
	struct entry entry;

	while (next_entry(&table, &entry))
		if ((strcmp(entry.mac, one->mac) == 0) !=
			(entry.address.s_addr == one->address.s_addr))
			return true;
	return false;
}

bool
neighbours_mac_in(const char *table, struct in_addr address, char mac[13])
{
	const char *line = table;
	struct entry entry;

	while (next_entry(&line, &entry))
		if (entry.address.s_addr == address.s_addr) {
			if (is_ambiguous(table, &entry))
				return false;
			memcpy(mac, entry.mac, sizeof entry.mac);
			return true;
		}
	return false;
}

/* The caller frees it. The file of the kernel has no size, so it is read like a stream. */
static char *
read_table(void)
{
	FILE *file = fopen("/proc/net/arp", "re");
	char *table = xcalloc(1, TABLE_MOST + 1);

	if (file != NULL) {
		table[fread(table, 1, TABLE_MOST, file)] = '\0';
		fclose(file);
	}
	return table;
}

bool
neighbours_find(const char *mac, struct in_addr *out)
{
	OWN_STR table = read_table();

	return neighbours_find_in(table, mac, out);
}

bool
neighbours_mac(struct in_addr address, char mac[13])
{
	OWN_STR table = read_table();

	return neighbours_mac_in(table, address, mac);
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
