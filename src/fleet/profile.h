/* A home described once: a YAML file that says what every freed device is told
 * (doc/profile.md). Secrets do not stand in it: it names files that hold them. */
/* SPDX-License-Identifier: MIT */
#ifndef FLEET_PROFILE_H
#define FLEET_PROFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/memory.h"

#define PROFILE_FILE_MOST    (256 * 1024)
#define PROFILE_DEVICES_MOST 1000

/* Strings are NULL where the file says nothing. Paths are absolute: the file's own
 * directory and ~ are filled in. */

struct profile_wifi {
	char *ssid;
	char *password_file; /* read with profile_secret() */
};

struct profile_broker {
	char *host; /* as the devices reach it */
	char *port; /* a checked number; NULL: 1883, with `ca` 8883 */
	char *user;
	char *password_file;
	char *ca; /* for this program's own connection: devices speak no TLS */
};

/* Patterns for devices without a name of their own; see profile_fill(). */
struct profile_naming {
	char *topic;
	char *name;
	char *hostname;
};

struct profile_defaults {
	char *timezone; /* "1", "+5:30", "99" */
	char *power_on; /* off, on, toggle, saved: profile_power_on() has the number */
	char *group_topic;
	char *web_password_file;
};

struct profile_homebridge {
	char *config; /* homebridge's config.json; NULL: no homebridge */
	char *user; /* homebridge's own at the broker */
	char *password_file;
	char *type; /* outlet, switch, lightbulb; NULL: by device */
};

struct profile_handover {
	struct profile_homebridge homebridge;
	bool homeassistant;
};

struct profile_device {
	char *id; /* 10 lower-case digits; id or mac is there */
	char *mac; /* 12 upper-case digits, whatever the file has */
	char *name;
	char *topic;
	char *hostname;
	char *module; /* a checked number; never together with template */
	char *template; /* Tasmota's JSON, checked */
	char *model; /* a section of catalog/, for pins the device does not tell */
	char *room;
};

struct profile {
	struct profile_wifi wifi;
	struct profile_broker broker;
	struct profile_naming naming;
	struct profile_defaults defaults;
	struct profile_handover handover;
	struct profile_device *devices;
	unsigned device_count;
};

/* Reads and checks the whole file. NULL with E-FILE, E-PROFILE ("FILE:LINE:COLUMN: …"; a
 * value is never repeated in it) or E-PROFILE-SECRET. */
struct profile *profile_read(const char *path, struct err *err);

/* The same from memory; `path` is what errors name and relative paths stand on. */
struct profile *profile_parse(
	const char *path, const char *text, size_t len, struct err *err);
void profile_free(struct profile *profile);
DEFINE_OWN(profile)

/* The entry for a device; either may be NULL, a MAC may be written in any way. NULL when
 * the file has none. */
const struct profile_device *profile_device(
	const struct profile *profile, const char *id, const char *mac);

/* The entry for a device by what a person may call it: its id, name or topic. *out is NULL
 * when the file has none. False, E-PROFILE-NAME-TWICE, when several have that name. */
bool profile_device_named(const struct profile *profile, const char *name,
	const struct profile_device **out, struct err *err);

/* What a pattern's placeholders stand for; NULL and "" are the same. */
struct profile_facts {
	const char *model; /* {model} "mini" */
	const char *id; /* {id} "1000a1b2c3" */
	const char *mac; /* {mac} 12 digits, {tail} their last six */
	const char *name; /* {name}, {room}: of the device's entry */
	const char *room;
};

/* Fills in a pattern as a topic or a host name: lower case, digits, "-" for all else.
 * False when a placeholder has no value or nothing is left. */
#define PROFILE_NAME_SIZE 65
bool profile_fill(const char *pattern, const struct profile_facts *facts,
	char out[PROFILE_NAME_SIZE]);

/* The same for people: letters and blanks stay as they are. */
bool profile_fill_title(const char *pattern, const struct profile_facts *facts,
	char out[PROFILE_NAME_SIZE]);

/* The number Tasmota has for defaults.power_on: "0" to "3"; NULL when not given. */
const char *profile_power_on(const struct profile *profile);

/* The first line of `file`; when NULL, the environment's `variable`; when that is not set,
 * *secret is NULL. The caller frees it. False with E-FILE. */
bool profile_secret(
	const char *file, const char *variable, char **secret, struct err *err);

#endif
