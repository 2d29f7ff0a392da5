/* A stock device and its cloud: dispatch, websocket, until an upgrade has gone well.
 * Source: doc/protocol/simulator-stock.md, "Cloud". */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_STOCK_CLOUD_H
#define SIM_STOCK_CLOUD_H

#include "sim/stock.h"

/* Calls the configured server again and again. True when a new image is in the other slot
 * and the boot loader has been told; false when the world ends. */
bool stock_cloud_live(struct stock *stock);

#endif
