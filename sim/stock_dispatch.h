/* Asking the configured server where the websocket is.
 * Source: doc/protocol/simulator-stock.md, "Dispatch". */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_STOCK_DISPATCH_H
#define SIM_STOCK_DISPATCH_H

#include "sim/stock.h"

/* Everything of one answer. */
#define STOCK_ANSWER_MOST 2048

struct stock_place {
	char host[STOCK_HOST_SIZE];
	uint16_t port;
};

/* One try. False when there is no usable answer; the reason is told as an event. */
bool stock_dispatch(struct stock *stock, struct stock_place *out);

#endif
