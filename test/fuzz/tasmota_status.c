/* Any bytes as Tasmota's answer to Status 2. */
/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/tasmota.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct tasmota_firmware firmware;
	struct err err = { 0 };

	if (!tasmota_read_firmware((const char *)bytes, len, &firmware, &err))
		return err.code == NULL ? abort(), 0 : 0;
	if (firmware.version[0] < '0' || firmware.version[0] > '9' ||
		strlen(firmware.version) >= sizeof firmware.version)
		abort();
	return 0;
}
