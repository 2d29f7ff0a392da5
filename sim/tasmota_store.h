/* Where a simulated Tasmota puts new firmware until it restarts, and what its boot loader
 * makes of it. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_TASMOTA_STORE_H
#define SIM_TASMOTA_STORE_H

#include "sim/tasmota.h"

enum tasmota_room { ROOM_BY_OTA, ROOM_BY_UPLOAD };

/* Bytes a file may have. */
uint32_t tasmota_store_room(const struct tasmota *t, enum tasmota_room way);

enum tasmota_verdict {
	VERDICT_TAKEN,
	VERDICT_NO_SPACE,
	VERDICT_WRONG_SIZE, /* made for a larger chip */
	VERDICT_BAD_MAGIC
};

/* By the first four bytes and the length of the whole. */
enum tasmota_verdict tasmota_store_judge(const struct tasmota *t, const uint8_t first[4],
	size_t len, enum tasmota_room way);

/* Puts the file behind the running program; it boots with the next restart. Takes over
 * the bytes. */
void tasmota_store_take(struct tasmota *t, uint8_t *bytes, size_t len);

/* The boot loader: unpacks and moves what was stored. False when nothing starts, or
 * something that is no Tasmota. */
bool tasmota_store_boot(struct tasmota *t);

#endif
