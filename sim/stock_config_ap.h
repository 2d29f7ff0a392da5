/* The web server in a stock device's configuration access point.
 * Source: doc/protocol/simulator-stock.md, "Access point". */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_STOCK_CONFIG_AP_H
#define SIM_STOCK_CONFIG_AP_H

#include "sim/stock.h"

/* Head and body of a request together. */
#define STOCK_AP_REQUEST_MOST 2048

/* Begins to listen at stock->pairing. */
bool stock_open_ap(struct stock *stock, struct err *err);

/* Answers on stock->listener until POST /ap was accepted and the access point has gone:
 * stock->settings are filled then. False when nobody came in time. */
bool stock_config_ap(struct stock *stock);

#endif
