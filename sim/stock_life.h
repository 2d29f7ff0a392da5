/* The life of a simulated device with vendor firmware of 2016-2018. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_STOCK_LIFE_H
#define SIM_STOCK_LIFE_H

/* Runs a struct stock until the world ends; a thread's main function. */
void *stock_live(void *stock);

#endif
