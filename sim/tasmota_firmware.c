/* Which Tasmota version does what: one table. */
/* SPDX-License-Identifier: MIT */
#include "sim/tasmota_firmware.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

/* The first version that has it. Where the facts leave a release open, the choice is ours
 * and doc/protocol/simulator-tasmota.md says so. */
static const uint32_t since[TRAITS] = {
	[TRAIT_ANSWER_401] = TASMOTA_VERSION(10, 0, 0, 0),
	[TRAIT_API_OFF] = TASMOTA_VERSION(15, 4, 0, 2), /* and two older ones, below */
	[TRAIT_AP_UNLIMITED] = TASMOTA_VERSION(9, 3, 1, 3),
	[TRAIT_DASHED_HOST] = TASMOTA_VERSION(9, 0, 0, 0),
	[TRAIT_DEVICE_NAME] = TASMOTA_VERSION(8, 4, 0, 0),
	[TRAIT_DISCOVERY] = TASMOTA_VERSION(9, 3, 1, 2),
	[TRAIT_GPIO_16_BIT] = TASMOTA_VERSION(9, 1, 0, 0),
	[TRAIT_GZIP] = TASMOTA_VERSION(8, 2, 0, 0),
	[TRAIT_HARDWARE] = TASMOTA_VERSION(8, 0, 0, 0),
	[TRAIT_HIDDEN_PASSWORDS] = TASMOTA_VERSION(8, 0, 0, 0),
	[TRAIT_HTTP_API] = TASMOTA_VERSION(9, 5, 0, 6),
	[TRAIT_LARGE_COMMANDS] = TASMOTA_VERSION(7, 0, 0, 0),
	[TRAIT_LAST_TRY_GZ] = TASMOTA_VERSION(9, 2, 0, 7),
	[TRAIT_MINIMAL_IS_DUMB] = TASMOTA_VERSION(11, 0, 0, 4),
	[TRAIT_NAME_LIST] = TASMOTA_VERSION(6, 0, 0, 0),
	[TRAIT_OBJECT_MODULE] = TASMOTA_VERSION(6, 0, 0, 0),
	[TRAIT_POWER_BITS] = TASMOTA_VERSION(13, 0, 0, 0),
	[TRAIT_REFERER_RULE] = TASMOTA_VERSION(9, 5, 0, 5),
	[TRAIT_RELEASE_PREFIX] = TASMOTA_VERSION(12, 0, 0, 0),
	[TRAIT_SEMICOLON_SPLITS] = TASMOTA_VERSION(8, 2, 0, 0),
	[TRAIT_SERVER_HEADER] = TASMOTA_VERSION(7, 0, 0, 0),
	[TRAIT_STATUS_0] = TASMOTA_VERSION(9, 4, 0, 4),
	[TRAIT_TEMPLATE] = TASMOTA_VERSION(6, 4, 0, 0),
	[TRAIT_TESTED_FORM] = TASMOTA_VERSION(9, 3, 1, 3),
	[TRAIT_TOPIC_WITH_MAC] = TASMOTA_VERSION(8, 2, 0, 0),
	[TRAIT_TWO_DNS] = TASMOTA_VERSION(10, 0, 0, 0),
	[TRAIT_UNKNOWN_INPUT] = TASMOTA_VERSION(13, 0, 0, 0),
	[TRAIT_VARIANT_IN_VERSION] = TASMOTA_VERSION(6, 0, 0, 0),
	[TRAIT_WIFI_TEST] = TASMOTA_VERSION(12, 1, 0, 0),
	[TRAIT_WI_FORM] = TASMOTA_VERSION(6, 0, 0, 0),
	[TRAIT_WRAPPED_INFO] = TASMOTA_VERSION(10, 0, 0, 0),
};

static const struct {
	const char *variant;
	uint32_t bytes;
} usual_sizes[] = {
	{ "lite", 487824 },
	{ "minimal", 387472 },
	{ "sensors", 642496 },
};

enum { FULL_BYTES = 624000 };

bool
tasmota_version_read(const char *text, uint32_t *out)
{
	unsigned part[4] = { 0 };
	int used = 0,
	    parts = sscanf(text, "%3u%n.%3u%n.%3u%n.%3u%n", &part[0], &used, &part[1],
		    &used, &part[2], &used, &part[3], &used);

	for (int i = 0; i < 4; i++)
		if (part[i] > 255)
			return false;
	*out = TASMOTA_VERSION(part[0], part[1], part[2], part[3]);
	return parts >= 2 && text[used] == '\0';
}

void
tasmota_firmware_set(struct tasmota_firmware *firmware, uint32_t version,
	const char *variant, uint32_t bytes)
{
	*firmware = (struct tasmota_firmware){ .version = version, .bytes = bytes };
	snprintf(firmware->number, sizeof firmware->number, "%u.%u.%u%s", version >> 24,
		version >> 16 & 0xFF, version >> 8 & 0xFF,
		(version & 0xFF) != 0 ? "." : "");
	if ((version & 0xFF) != 0)
		snprintf(firmware->number + strlen(firmware->number), 4, "%u",
			version & 0xFF);
	text_copy(firmware->variant, sizeof firmware->variant, variant);
	for (size_t i = 0; i < COUNT_OF(usual_sizes) && firmware->bytes == 0; i++)
		if (strcmp(usual_sizes[i].variant, variant) == 0)
			firmware->bytes = usual_sizes[i].bytes;
	if (firmware->bytes == 0)
		firmware->bytes = FULL_BYTES;
}

bool
tasmota_has(const struct tasmota_firmware *firmware, enum tasmota_trait trait)
{
	uint32_t version = firmware->version;

	if (trait == TRAIT_API_OFF && version >= TASMOTA_VERSION(9, 5, 0, 5) &&
		version < TASMOTA_VERSION(9, 5, 0, 7))
		return true;
	/* Lite builds of 9.x came without discovery. */
	if (trait == TRAIT_DISCOVERY && strcmp(firmware->variant, "lite") == 0)
		return version >= TASMOTA_VERSION(10, 0, 0, 0);
	return version >= since[trait] &&
		!(trait == TRAIT_DISCOVERY && tasmota_is_minimal(firmware));
}

bool
tasmota_is_minimal(const struct tasmota_firmware *firmware)
{
	return strcmp(firmware->variant, "minimal") == 0;
}

char *
tasmota_version_text(const struct tasmota_firmware *firmware, char *out, size_t size)
{
	const char *variant = firmware->variant;

	if (firmware->version < TASMOTA_VERSION(7, 0, 0, 0) &&
		strcmp(variant, "tasmota") == 0)
		variant = "sonoff";
	if (tasmota_has(firmware, TRAIT_VARIANT_IN_VERSION))
		snprintf(out, size, "%s(%s%s)", firmware->number,
			tasmota_has(firmware, TRAIT_RELEASE_PREFIX) ? "release-" : "",
			variant);
	else
		text_copy(out, size, firmware->number);
	return out;
}

const char *
tasmota_stem(const struct tasmota_firmware *firmware)
{
	return firmware->version < TASMOTA_VERSION(7, 0, 0, 0) ? "sonoff" : "tasmota";
}
