/* The packets of test/golden/mdns/packets.txt. */
/* SPDX-License-Identifier: MIT */
#ifndef TEST_UNIT_PACKETS_H
#define TEST_UNIT_PACKETS_H

#include "test/unit/golden.h"

struct packet_bytes {
	uint8_t *
		bytes; /* allocated to the byte, so that a sanitizer sees every overrun */
	size_t len;
};

static inline void
packet_bytes_clear(struct packet_bytes *packet)
{
	free(packet->bytes);
}

static inline struct packet_bytes
golden_packet(const char *name)
{
	OWN_STR hex = golden_line("mdns/packets.txt", name);
	struct packet_bytes packet = { .len = strlen(hex) / 2 };

	packet.bytes = xmalloc(packet.len > 0 ? packet.len : 1);
	for (size_t i = 0; i < packet.len; i++) {
		const char digits[] = { hex[2 * i], hex[2 * i + 1], '\0' };

		packet.bytes[i] = (uint8_t)strtoul(digits, NULL, 16);
	}
	return packet;
}

#endif
