/* The life of a simulated Tasmota, from power to the end of the world. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_TASMOTA_LIFE_H
#define SIM_TASMOTA_LIFE_H

#include "sim/tasmota.h"

/* Boots, answers, restarts, until the world ends. */
void tasmota_live(struct tasmota *t);

/* Closes and frees what it holds. */
void tasmota_clear(struct tasmota *t);

#endif
