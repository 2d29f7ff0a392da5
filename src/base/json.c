/* Reading JSON that came from outside with jansson. */
/* SPDX-License-Identifier: MIT */
#include "base/json.h"

/* The library's own bound is 2048 levels deep, which is more than a thread with a small
 * stack can climb. */
#define DEPTH_MOST 32

static bool
is_deeper(const char *bytes, size_t len)
{
	bool quoted = false;
	int depth = 0;

	for (size_t i = 0; i < len && depth <= DEPTH_MOST; i++) {
		if (quoted && bytes[i] == '\\')
			i++;
		else if (bytes[i] == '"')
			quoted = !quoted;
		else if (!quoted && (bytes[i] == '[' || bytes[i] == '{'))
			depth++;
		else if (!quoted && (bytes[i] == ']' || bytes[i] == '}'))
			depth--;
	}
	return depth > DEPTH_MOST;
}

json_t *
json_read(const char *bytes, size_t len, size_t limit)
{
	if (len > limit || is_deeper(bytes, len))
		return NULL;
	return json_loadb(bytes, len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
}

const char *
json_text(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

bool
json_number(
	const json_t *object, const char *name, int64_t least, int64_t most, int64_t *out)
{
	const json_t *member = json_object_get(object, name);

	if (!json_is_integer(member) || json_integer_value(member) < least ||
		json_integer_value(member) > most)
		return false;
	*out = json_integer_value(member);
	return true;
}

bool
json_flag(const json_t *object, const char *name, bool otherwise)
{
	const json_t *member = json_object_get(object, name);

	return json_is_boolean(member) ? json_is_true(member) : otherwise;
}
