/* Any description on any topic, and any answer to Status; the topics made from it. */
/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/memory.h"
#include "wire/tasmota_discovery.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	/* Topic, NUL, payload; the library hands out payloads with a NUL behind them. */
	OWN_STR both = xmalloc(len + 2);
	struct tasmota_discovery out;
	char topic[TASMOTA_MQTT_TOPIC_SIZE];
	size_t first;

	memcpy(both, bytes, len);
	both[len] = both[len + 1] = '\0';
	first = strlen(both);
	if (first >= len)
		return 0;
	if (!tasmota_read_discovery(both, both + first + 1, len - first - 1, &out, NULL))
		tasmota_read_status_part(both, both + first + 1, len - first - 1, &out);
	for (unsigned i = 0; i < TASMOTA_PREFIXES; i++)
		tasmota_discovery_topic(&out, (enum tasmota_prefix)i, "POWER", topic);
	return 0;
}
