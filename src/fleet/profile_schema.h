/* How the profile file maps to struct profile, and what its values have to look like: the
 * tables. Used by fleet/profile and fleet/profile_check only. */
/* SPDX-License-Identifier: MIT */
#ifndef FLEET_PROFILE_SCHEMA_H
#define FLEET_PROFILE_SCHEMA_H

#include <cyaml/cyaml.h>
#include <stdbool.h>
#include <stddef.h>

#include "fleet/profile.h"

extern const cyaml_schema_value_t profile_schema;

/* What a single value must look like. */
struct profile_rule {
	const char *path; /* "broker.port"; "devices.id" for each of the list */
	bool (*holds)(const char *value);
	const char *wanted; /* "a port is a number from 1 to 65535" */
};

/* NULL when any text will do. */
const struct profile_rule *profile_rule_of(const char *path);

/* {model} and the like: which there are, and where their value is in the facts. */
struct profile_placeholder {
	const char *token;
	size_t offset; /* of struct profile_facts; the last six characters for {tail} */
};
extern const struct profile_placeholder profile_placeholders[]; /* token NULL ends it */

/* The number of a word for defaults.power_on, NULL when it is none. */
const char *profile_power_on_number(const char *word);

#endif
