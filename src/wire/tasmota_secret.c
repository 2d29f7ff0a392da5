/* Passwords in what Tasmota devices and their users say over MQTT. */
/* SPDX-License-Identifier: MIT */
#include "wire/tasmota_secret.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/text.h"

#define HIDDEN "****"

enum { OWN_LEAST = 5 }; /* hiding "on" everywhere would help nobody */

/* Behind the next word that names a password: MqttPassword, WEBPASSWORD2; NULL: none. */
static const char *
behind_word(const char *text)
{
	static const char word[] = "password";

	for (; *text != '\0'; text++) {
		const char *end = text + sizeof word - 1;

		if (strncasecmp(text, word, sizeof word - 1) != 0)
			continue;
		while (isdigit((unsigned char)*end))
			end++;
		if (!isalpha((unsigned char)*end))
			return end;
	}
	return NULL;
}

static const char *
skip_spaces(const char *c)
{
	while (isspace((unsigned char)*c))
		c++;
	return c;
}

static const char *
end_of_string(const char *c)
{
	for (c++; *c != '\0' && *c != '"'; c++)
		if (*c == '\\' && c[1] != '\0')
			c++;
	return *c == '"' ? c + 1 : c;
}

/* Behind the bracket that closes the one here. */
static const char *
end_of_group(const char *c)
{
	unsigned depth = 0;

	do {
		depth += *c == '{' || *c == '[';
		depth -= *c == '}' || *c == ']';
		c = *c == '"' ? end_of_string(c) : c + 1;
	} while (depth > 0 && *c != '\0');
	return c;
}

/* Of a string, a number, an array or an object; of anything else here. */
static const char *
end_of_value(const char *c)
{
	return *c == '"'		 ? end_of_string(c)
		: *c == '{' || *c == '[' ? end_of_group(c)
					 : c + strspn(c, "+-.0123456789eE");
}

/* Does what stands behind a value go on as JSON does? Old versions do not escape quotes. */
static bool
ends_well(const char *end)
{
	return strchr(",}]", *skip_spaces(end)) != NULL;
}

static bool
keeps_no_secret(const char *value)
{
	static const char *const harmless[] = { "", "\"\"", "true", "false", "null" };

	for (size_t i = 0; i < COUNT_OF(harmless); i++)
		if (text_starts_with(value, harmless[i]) &&
			ends_well(value + strlen(harmless[i])))
			return true;
	return false;
}

/* From the colon behind a member's name on. Returns where to go on. */
static const char *
hide_member(struct buf *out, const char *colon)
{
	const char *value = skip_spaces(colon + 1), *end = end_of_value(value);

	buf_add(out, colon, (size_t)(value - colon));
	if (keeps_no_secret(value))
		return value;
	buf_add_text(out, "\"" HIDDEN "\"");
	return ends_well(end) ? end : end + strlen(end);
}

static void
hide_words(struct buf *out, const char *text)
{
	const char *behind, *next;

	while ((behind = behind_word(text)) != NULL) {
		buf_add(out, text, (size_t)(behind - text));
		next = skip_spaces(*behind == '"' ? behind + 1 : behind);
		if (*behind == '"' && *next == ':') {
			buf_add(out, behind, (size_t)(next - behind));
			text = hide_member(out, next);
			continue;
		}
		buf_add_text(out,
			next[strspn(next, "]} \t\r\n")] != '\0' ? " " HIDDEN : behind);
		return;
	}
	buf_add_text(out, text);
}

static void
hide_each(struct buf *out, const char *text, const char *own)
{
	size_t len = strlen(own);
	const char *found;

	while ((found = strstr(text, own)) != NULL) {
		buf_add(out, text, (size_t)(found - text));
		buf_add_text(out, HIDDEN);
		text = found + len;
	}
	buf_add_text(out, text);
}

/* As it stands between the quotes of a JSON string; the caller frees it. */
static char *
as_json(const char *text)
{
	json_t *string = json_string(text);
	char *quoted = string != NULL ? json_dumps(string, JSON_ENCODE_ANY) : NULL;
	char *inside = NULL;

	if (quoted != NULL && strlen(quoted) >= 2)
		inside = xstrndup(quoted + 1, strlen(quoted) - 2);
	json_decref(string);
	free(quoted);
	return inside;
}

static bool
names_password(const char *topic)
{
	const char *slash = strrchr(topic, '/');
	const char *behind = behind_word(slash != NULL ? slash + 1 : topic);

	return behind != NULL && *behind == '\0';
}

void
tasmota_hide_secrets(
	struct buf *out, const char *topic, const char *payload, const char *own)
{
	OWN(buf) words = BUF_UP_TO(out->limit);
	OWN(buf) plain = BUF_UP_TO(out->limit);
	OWN_STR quoted = own != NULL ? as_json(own) : NULL;

	if (names_password(topic) && *payload != '\0') {
		buf_add_text(out, HIDDEN);
		return;
	}
	hide_words(&words, payload);
	if (own == NULL || strlen(own) < OWN_LEAST || quoted == NULL) {
		buf_add_text(out, buf_text(&words));
		return;
	}
	hide_each(&plain, buf_text(&words), own);
	hide_each(out, buf_text(&plain), quoted);
}
