/* Anything on any topic. */
/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/memory.h"
#include "wire/tasmota_mqtt.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	/* Topic, NUL, payload; the library hands out payloads with a NUL behind them. */
	OWN_STR both = xmalloc(len + 2);
	struct tasmota_message out;
	size_t topic;

	memcpy(both, bytes, len);
	both[len] = both[len + 1] = '\0';
	topic = strlen(both);
	if (topic >= len)
		return 0;
	tasmota_read_message(both, both + topic + 1, len - topic - 1, &out);
	return 0;
}
