/* Passwords in what Tasmota devices and their users say over MQTT. */
/* SPDX-License-Identifier: MIT */
#include "wire/tasmota_secret.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"

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

/* Where a JSON string's value begins, right behind the name's closing quote. */
static const char *
value_of(const char *quote)
{
	const char *c = quote + 1;

	while (isspace((unsigned char)*c) || *c == ':')
		c++;
	return c;
}

static const char *
end_of_string(const char *c)
{
	for (; *c != '\0' && *c != '"'; c++)
		if (*c == '\\' && c[1] != '\0')
			c++;
	return c;
}

/* A member's value that is no string, such as true or a number, is left alone. */
static const char *
hide_member(struct buf *out, const char *quote)
{
	const char *value = value_of(quote), *end;

	if (*value != '"') {
		buf_add(out, quote, (size_t)(value - quote));
		return value;
	}
	end = end_of_string(value + 1);
	buf_add(out, quote, (size_t)(value + 1 - quote));
	if (end > value + 1)
		buf_add_text(out, HIDDEN);
	return end;
}

static void
hide_words(struct buf *out, const char *text)
{
	const char *behind;

	while ((behind = behind_word(text)) != NULL) {
		buf_add(out, text, (size_t)(behind - text));
		if (*behind == '"') {
			text = hide_member(out, behind);
			continue;
		}
		if (*behind != '\0')
			buf_add_text(out, " " HIDDEN);
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
