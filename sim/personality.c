/* The table of simulated models and firmware generations. */
/* SPDX-License-Identifier: MIT */
#include "sim/personality.h"

#include <string.h>

#include "base/buf.h"

#define RELAY .type = "diy_plug", .family = FAMILY_RELAY, .instance = "eWeLink_"

/* Before 3.3: data is a string and nothing is known about lenient ids, so none is. */
#define DIALECT_OF_2019 \
	RELAY, .string_dialect = true, .data_as_text = true, .id_empty = ID_UNKNOWN, \
	       .id_missing = ID_MALFORMED, .id_wrong = ID_UNKNOWN

#define IDS_LENIENT \
	.id_empty = ID_ACCEPTED, .id_missing = ID_ACCEPTED, .id_wrong = ID_UNKNOWN

#define JUMPER_ERA RELAY, IDS_LENIENT, .has_info = true, .data_as_text = true
#define BUTTON_ERA \
	RELAY, IDS_LENIENT, .has_info = true, .long_info = true, \
			    .answers_unknown_paths = true

static const struct personality rows[] = {
	{ .name = "3.0", .firmware = "3.0.1", DIALECT_OF_2019 },
	{ .name = "3.1", .firmware = "3.1.0", DIALECT_OF_2019 },
	{ .name = "3.3", .firmware = "3.3.0", JUMPER_ERA },
	{ .name = "3.4", .firmware = "3.4.0", JUMPER_ERA },
	{ .name = "3.5", .firmware = "3.5.0", BUTTON_ERA },
	{ .name = "3.6", .firmware = "3.6.0", BUTTON_ERA },
	{ .name = "3.7.3", .firmware = "3.7.3", BUTTON_ERA },
	{ .name = "3.7.6",
		.firmware = "3.7.6",
		RELAY,
		.has_info = true,
		.long_info = true,
		.id_empty = ID_NO_ANSWER,
		.id_missing = ID_ACCEPTED,
		.id_wrong = ID_NO_ANSWER },
	/* Users could not talk to it with its own id, only without any. */
	{ .name = "minir3",
		.firmware = "1.4.0",
		.type = "diy_plug",
		.family = FAMILY_OUTLETS,
		.instance = "eWeLink_",
		.bl602 = true,
		.has_info = true,
		.long_info = true,
		.id_empty = ID_INVALID,
		.id_missing = ID_ACCEPTED,
		.id_wrong = ID_UNKNOWN,
		.id_right = ID_INVALID },
	{ .name = "bulb",
		.firmware = "1.4.1",
		.type = "diy_light",
		.family = FAMILY_BULB,
		.instance = "eWeLink_",
		.bl602 = true,
		.has_info = true,
		.long_info = true,
		.bare_download = true,
		.late_answer = true,
		IDS_LENIENT },
	{ .name = "d1",
		.firmware = "3.5.0",
		.type = "diylight",
		.family = FAMILY_DIMMER,
		.instance = "eWeLink_",
		.has_info = true,
		.long_info = true,
		.answers_unknown_paths = true,
		IDS_LENIENT },
	{ .name = "ewelink",
		.firmware = "3.6.0",
		.type = "plug",
		.family = FAMILY_CLOSED,
		.instance = "eWeLink_",
		.encrypted = true },
	{ .name = "zbbridge",
		.firmware = "2.0.0",
		.type = "zigbee_bridge_u",
		.family = FAMILY_CLOSED,
		.instance = "zbbridgeu-",
		.encrypted = true },
};

const struct personality *
personality_named(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	return NULL;
}

char *
personality_names(void)
{
	OWN(buf) names = BUF_UP_TO(1024);

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		buf_addf(&names, "%s%s", i > 0 ? " " : "", rows[i].name);
	return buf_take(&names);
}
