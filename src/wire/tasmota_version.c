/* Which Tasmota, and what that version can do: one table, because nothing else in the
 * program may compare version numbers. */
/* SPDX-License-Identifier: MIT */
#include "wire/tasmota_version.h"

#include <ctype.h>
#include <string.h>

#include "base/text.h"

static const uint32_t since[TASMOTA_FEATURES] = {
	[TASMOTA_SAVES_AT_WI] = TASMOTA_VERSION(6, 0, 0, 0),
	[TASMOTA_TEMPLATE] = TASMOTA_VERSION(6, 4, 0, 0),
	[TASMOTA_STAR_IN_PASSWORD] = TASMOTA_VERSION(7, 0, 0, 0),
	[TASMOTA_LONG_COMMANDS] = TASMOTA_VERSION(7, 0, 0, 0),
	[TASMOTA_DEVICE_NAME] = TASMOTA_VERSION(8, 0, 0, 0),
	[TASMOTA_JUMPS] = TASMOTA_VERSION(8, 1, 0, 0),
	[TASMOTA_GZIP] = TASMOTA_VERSION(8, 2, 0, 0),
	[TASMOTA_PINS_14] = TASMOTA_VERSION(9, 1, 0, 0),
	[TASMOTA_HIDDEN_PASSWORD] = TASMOTA_VERSION(9, 1, 0, 0),
	[TASMOTA_TESTED_FORM] = TASMOTA_VERSION(9, 3, 1, 3),
	[TASMOTA_WIFI_TEST] = TASMOTA_VERSION(12, 1, 0, 0),
};

enum {
	PARTS = 4,
	COMMAND_MOST = 1199, /* must be shorter than 1200 */
	COMMAND_MOST_OLD = 249
};

/* "(release-lite)" and "(lite)" both name lite. */
static void
read_variant(const char *text, struct tasmota_version *out)
{
	const char *open = strchr(text, '(');
	char name[sizeof out->variant];

	if (open == NULL)
		return;
	open++;
	if (text_starts_with(open, "release-"))
		open += strlen("release-");
	text_copy_bytes(name, sizeof name, open, strcspn(open, ")"));
	text_printable(out->variant, sizeof out->variant, name);
}

bool
tasmota_read_version(const char *text, struct tasmota_version *out)
{
	const char *at = text;
	uint32_t number = 0;
	unsigned parts = 0;

	*out = (struct tasmota_version){ 0 };
	while (parts < PARTS && isdigit((unsigned char)*at)) {
		unsigned part = 0;

		for (; isdigit((unsigned char)*at); at++)
			if ((part = part * 10 + (unsigned)(*at - '0')) > 255)
				return false;
		number |= part << (8 * (PARTS - 1 - parts++));
		at += *at == '.';
	}
	if (parts < 2)
		return false;
	out->number = number;
	read_variant(at, out);
	return true;
}

bool
tasmota_has(const struct tasmota_version *version, enum tasmota_feature feature)
{
	return version->number >= since[feature];
}

unsigned
tasmota_command_most(const struct tasmota_version *version)
{
	return tasmota_has(version, TASMOTA_LONG_COMMANDS) ? COMMAND_MOST
							   : COMMAND_MOST_OLD;
}
