/* The intermediate image: an access point of its own, one or two rounds of fetching from
 * a fixed address, and in the end another firmware from flash address 0 up.
 * Source: doc/protocol/simulator-stock.md, "Intermediate image". */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_STOCK_FINAL_H
#define SIM_STOCK_FINAL_H

#include "sim/stock.h"

/* Starts what the boot loader finds in stock->slot and lives on until the world ends. */
void stock_final_live(struct stock *stock);

#endif
