/* Names for firmware files: catalog/firmware.names. */
/* SPDX-License-Identifier: MIT */
#ifndef FLASH_FIRMWARE_NAMES_H
#define FLASH_FIRMWARE_NAMES_H

#include <stdbool.h>

#include "base/err.h"

struct firmware_name {
	char file[64]; /* "tasmota-lite.bin", below the base address */
	char sha256[65]; /* what it must have, "beside", or "" */
};

/* E-FIRMWARE-NAME with the known names as remedy when there is no such row; E-FILE, E-INI
 * when the table can not be read. */
bool firmware_name_find(const char *name, struct firmware_name *out, struct err *err);

#endif
