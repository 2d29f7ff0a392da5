/* Multicast DNS (RFC 6762) as far as finding a service needs it: writes questions, reads
 * answers into services and hosts. No sockets, no clock; see doc/protocol/mdns.md.
 * Names are in libresolv's text form (odd bytes as \DDD), so they are printable. */
/* SPDX-License-Identifier: MIT */
#ifndef WIRE_MDNS_H
#define WIRE_MDNS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define MDNS_PORT    5353
#define MDNS_GROUP   "224.0.0.251"
#define MDNS_EWELINK "_ewelink._tcp.local"

#define MDNS_PACKET_MOST \
	65507 /* avahi fills what the interface takes, and lo takes all */
#define MDNS_QUERY_MOST 1400 /* fits an Ethernet frame */
#define MDNS_NAME_SIZE	256 /* of a name; longer ones are not ours */
#define MDNS_TXT_MOST	2048 /* devices use at most 1300 bytes */

enum mdns_type { MDNS_A = 1, MDNS_PTR = 12, MDNS_TXT = 16, MDNS_SRV = 33 };

struct mdns_question {
	const char *name; /* without a dot at the end */
	enum mdns_type type;
};

/* Writes one query; `unicast` sets the bit that asks for answers to this socket alone.
 * Returns its length; 0 when it does not fit or a name is no name. */
size_t mdns_write_query(const struct mdns_question *questions, size_t count, bool unicast,
	uint8_t *out, size_t size);

/* What one packet says about one instance of the service. A ttl counts seconds; 0 says
 * goodbye. */
struct mdns_service {
	char instance[MDNS_NAME_SIZE]; /* "eWeLink_1000a1b2c3" */
	bool has_ptr;
	bool has_srv;
	bool has_txt;
	uint32_t ptr_ttl;
	uint32_t srv_ttl;
	uint32_t txt_ttl;
	char host[MDNS_NAME_SIZE]; /* "eWeLink_1000a1b2c3.local"; with has_srv */
	uint16_t port;
	const uint8_t *txt; /* borrowed from the packet; strings checked */
	size_t txt_len;
};

struct mdns_host {
	char name[MDNS_NAME_SIZE];
	struct in_addr address;
	uint32_t ttl;
};

#define MDNS_SERVICES_MOST 512 /* of one packet; what is beyond is left out */
#define MDNS_HOSTS_MOST	   512

/* Large: not for the stack of a thread. */
struct mdns_packet {
	bool is_answer; /* false: somebody's question, with nothing below */
	size_t service_count;
	size_t host_count;
	struct mdns_service services[MDNS_SERVICES_MOST];
	struct mdns_host hosts[MDNS_HOSTS_MOST];
};

/* Reads the records of `service` (MDNS_EWELINK) and all A records; names are compared
 * without regard to letter case. *out keeps pointers into `bytes`. False for a packet
 * that is not DNS: E-MDNS-GARBLED, E-MDNS-TOO-LARGE. */
bool mdns_read(const uint8_t *bytes, size_t len, const char *service,
	struct mdns_packet *out, struct err *err);

/* The strings of a TXT record that mdns_read() let through, one by one: starts at *at 0,
 * false behind the last. Not NUL-terminated, may be empty. */
bool mdns_txt_next(const uint8_t *txt, size_t len, size_t *at, const char **string,
	size_t *string_len);

#endif
