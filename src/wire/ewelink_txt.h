/* The TXT record of an _ewelink._tcp service: what a device says about itself when it
 * announces itself. It may be stale; only an answer of the device is the truth. */
/* SPDX-License-Identifier: MIT */
#ifndef WIRE_EWELINK_TXT_H
#define WIRE_EWELINK_TXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/diy.h"

/* Text has passed text_printable(); "" and false: it did not say. */
struct ewelink_txt {
	char id[33];
	char type[33]; /* "diy_plug" */
	char apivers[9]; /* "1" */
	bool has_seq;
	uint32_t seq; /* counts changes of state since it was switched on */
	bool says_encrypt; /* the key is there at all: only 3.0-3.1 send encrypt=false */
	bool encrypt; /* eWeLink mode: the data can not be read */
	bool has_iv;
	bool has_state; /* data1..data4 held a JSON object */
	bool data_is_garbled; /* they held something else, though not encrypted */
	struct diy_state state;
};

/* Reads the strings of a TXT record that mdns_read() let through. Keys in any letter case
 * and order, the first of a kind counts. data1..data4 are joined before they are read:
 * devices cut after 249 bytes, wherever that is. */
void ewelink_txt_read(const uint8_t *txt, size_t len, struct ewelink_txt *out);

#endif
