/* Knocks at one port of many addresses, a few at a time. */
/* SPDX-License-Identifier: MIT */
#ifndef NET_SWEEP_H
#define NET_SWEEP_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

#define SWEEP_FOUND_MOST  256
#define SWEEP_PATIENCE_MS 1500 /* with one address */

/* The addresses from `first` to `last` (host byte order) that take a connection at the
 * port; closed again without a byte. Returns how many, at most SWEEP_FOUND_MOST. */
size_t sweep(uint32_t first, uint32_t last, uint16_t port, struct deadline until,
	const struct cancel *cancel, struct in_addr out[SWEEP_FOUND_MOST]);

#endif
