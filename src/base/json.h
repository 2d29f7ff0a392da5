/* Reading JSON that came from outside with jansson: bounded depth and size, members
 * by type, no exceptions for senders that mean well. */
/* SPDX-License-Identifier: MIT */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* OWN_JSON root = json_read(...);   released on every way out. */
static inline void
own_json(json_t **json)
{
	json_decref(*json);
}
#define OWN_JSON __attribute__((cleanup(own_json), unused)) json_t *

/* Any JSON value in `bytes`, a new reference; NULL when it is not JSON, is longer than
 * `limit`, holds a NUL or is nested more than 32 deep. */
json_t *json_read(const char *bytes, size_t len, size_t limit);

/* A string member, borrowed; NULL when it is missing or something else. */
const char *json_text(const json_t *object, const char *name);

/* A whole-number member within [least, most]. False when missing, other or outside. */
bool json_number(const json_t *object, const char *name, int64_t least, int64_t most,
	int64_t *out);

/* A member that is true or false; `otherwise` when missing or something else. */
bool json_flag(const json_t *object, const char *name, bool otherwise);

#endif
