/* The list of flash methods: the only file that knows them all. */
/* SPDX-License-Identifier: MIT */
#ifndef FLASH_METHODS_H
#define FLASH_METHODS_H

#include "flash/method.h"

extern const struct flash_method *const flash_methods[]; /* NULL at the end */

/* For those that must tell them apart. */
extern const struct flash_method flash_diy;
extern const struct flash_method flash_takeover;
extern const struct flash_method flash_tasmota;

const struct flash_method *flash_method_named(const char *name); /* NULL: unknown */

#endif
