/* What a stock device says and hears on its websocket.
 * Source: doc/protocol/simulator-stock.md, "Cloud". */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_STOCK_SESSION_H
#define SIM_STOCK_SESSION_H

#include "sim/stock.h"
#include "sim/stock_dispatch.h"
#include "sim/stock_link.h"

enum session_end {
	SESSION_LOST, /* the connection is gone, or nobody answers pings */
	SESSION_REFUSED, /* register was answered with an error */
	SESSION_STARTED_ANEW, /* not ready in time, or redirected nowhere */
	SESSION_REDIRECTED, /* *place says where */
	SESSION_FLASHED /* the other slot holds a good image and is to be started */
};

/* Registers on an open websocket and does what the cloud asks until the end. */
enum session_end stock_session(
	struct stock *stock, struct stock_link *link, struct stock_place *place);

#endif
