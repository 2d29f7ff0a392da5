/* Which device a simulated one is: firmware, type, and every rule in which generations of
 * firmware differ. A row of a table each; the code asks the row, never the name.
 * Source: doc/protocol/diy.md. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_PERSONALITY_H
#define SIM_PERSONALITY_H

#include <stdbool.h>

/* Which endpoints there are and what state looks like. */
enum family {
	FAMILY_RELAY = 1, /* one relay: diy_plug */
	FAMILY_DIMMER = 2, /* D1 */
	FAMILY_OUTLETS = 4, /* MINIR3: four outlets in the protocol, one real */
	FAMILY_BULB = 8,
	FAMILY_CLOSED = 16, /* no plain API: eWeLink mode, bridges */
};

/* What happens to a request whose deviceid is not simply right. */
enum id_rule {
	ID_ACCEPTED,
	ID_UNKNOWN, /* error 404 */
	ID_INVALID, /* error 422 */
	ID_MALFORMED, /* error 400 */
	ID_NO_ANSWER,
};

struct personality {
	const char *name; /* as --personality takes it */
	const char *firmware;
	const char *type; /* TXT type= */
	enum family family;
	bool bl602; /* another processor: an ESP8266 image kills it */
	bool string_dialect; /* data is a string, selfApikey must be there */
	bool data_as_text; /* answers carry data as a JSON string */
	bool has_info;
	bool long_info; /* info and TXT tell firmware, id and signal */
	bool encrypted; /* eWeLink mode: only 401 for plain requests */
	bool answers_unknown_paths; /* with a page; else with nothing */
	bool bare_download; /* no slash, no Host: the bulbs' downloader */
	bool late_answer; /* ota_flash answers after the attempt */
	const char *instance; /* printf-like prefix of the service instance */
	enum id_rule id_empty, id_missing, id_wrong, id_right;
};

/* NULL when there is none of this name. */
const struct personality *personality_named(const char *name);

/* All names, separated by blanks. The caller frees it. */
char *personality_names(void);

#endif
