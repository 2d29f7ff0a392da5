/* The JSON reader of stock firmware, no better than it is on the device. */
/* SPDX-License-Identifier: MIT */
#include "sim/stock_json.h"

#include <ctype.h>
#include <string.h>

void
stock_json_begin(struct stock_json *json, const char *text, size_t len)
{
	*json = (struct stock_json){ .text = text, .len = len };
}

static char
top(const struct stock_json *json)
{
	return json->depth > 0 ? json->stack[json->depth - 1] : '\0';
}

/* Nothing is seen behind the place where the reader got lost. */
static enum stock_token
give_up(struct stock_json *json)
{
	json->pos = json->len;
	return TOKEN_END;
}

static enum stock_token
push(struct stock_json *json, char what, enum stock_token token)
{
	if (json->depth + 1 >= STOCK_JSON_DEPTH)
		return give_up(json);
	json->stack[json->depth++] = what;
	json->has_value = false;
	return token;
}

static enum stock_token
open_container(struct stock_json *json, char what)
{
	bool fits = json->depth == 0 ? what == '{' : top(json) == '[' || top(json) == ':';

	return fits ? push(json, what, TOKEN_OPEN) : give_up(json);
}

static enum stock_token
close_container(struct stock_json *json, char opened)
{
	if (opened == '{' && top(json) == ':' && json->has_value)
		json->depth--;
	if (top(json) != opened)
		return give_up(json);
	json->depth--;
	return TOKEN_CLOSE;
}

/* An empty container was no value: the pair is still open, and the comma unexpected. */
static enum stock_token
separate(struct stock_json *json)
{
	if (top(json) == ':' && json->has_value)
		json->depth--;
	else if (top(json) != '[')
		return give_up(json);
	return TOKEN_OTHER;
}

static enum stock_token
read_string(struct stock_json *json)
{
	bool is_name = top(json) == '{';

	if (json->depth == 0)
		return give_up(json);
	json->from = json->pos;
	while (json->pos < json->len && json->text[json->pos] != '"')
		json->pos += json->text[json->pos] == '\\' ? 2 : 1;
	if (json->pos >= json->len)
		return give_up(json);
	json->length = json->pos++ - json->from;
	if (!is_name)
		json->has_value = true;
	return is_name ? TOKEN_NAME : TOKEN_STRING;
}

static bool
is_of_number(char c)
{
	return isdigit((unsigned char)c) || c == '.';
}

static enum stock_token
read_number(struct stock_json *json)
{
	if (top(json) != ':' && top(json) != '[')
		return give_up(json);
	json->from = json->pos - 1;
	while (json->pos < json->len && is_of_number(json->text[json->pos]))
		json->pos++;
	json->length = json->pos - json->from;
	json->has_value = true;
	return TOKEN_NUMBER;
}

enum stock_token
stock_json_next(struct stock_json *json)
{
	char c;

	while (json->pos < json->len &&
		(json->text[json->pos] == ' ' || json->text[json->pos] == '\n'))
		json->pos++;
	if (json->pos >= json->len)
		return TOKEN_END;
	c = json->text[json->pos++];
	switch (c) {
	case '{':
	case '[':
		return open_container(json, c);
	case '}':
		return close_container(json, '{');
	case ']':
		return close_container(json, '[');
	case ':':
		return top(json) == '{' ? push(json, ':', TOKEN_OTHER) : give_up(json);
	case ',':
		return separate(json);
	case '"':
		return read_string(json);
	default:
		return isdigit((unsigned char)c) ? read_number(json) : give_up(json);
	}
}

bool
stock_json_is(const struct stock_json *json, const char *text)
{
	return json->length == strlen(text) &&
		memcmp(json->text + json->from, text, json->length) == 0;
}

bool
stock_json_copy(const struct stock_json *json, char *out, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < json->length; i++) {
		if (json->text[json->from + i] == '\\' && ++i == json->length)
			break;
		if (used + 1 >= size) {
			out[used] = '\0';
			return false;
		}
		out[used++] = json->text[json->from + i];
	}
	out[used] = '\0';
	return true;
}

enum stock_token
stock_json_find(struct stock_json *json, const char *text, size_t len, const char *name)
{
	enum stock_token token;

	stock_json_begin(json, text, len);
	while ((token = stock_json_next(json)) != TOKEN_END)
		if (token == TOKEN_NAME && stock_json_is(json, name) &&
			stock_json_next(json) == TOKEN_OTHER)
			return stock_json_next(json);
	return TOKEN_END;
}

bool
stock_json_has(const char *text, size_t len, const char *name)
{
	struct stock_json json;

	return stock_json_find(&json, text, len, name) != TOKEN_END;
}

bool
stock_json_text(const char *text, size_t len, const char *name, char *out, size_t size)
{
	struct stock_json json;

	out[0] = '\0';
	return stock_json_find(&json, text, len, name) == TOKEN_STRING &&
		stock_json_copy(&json, out, size);
}

bool
stock_json_text_cut(
	const char *text, size_t len, const char *name, char *out, size_t size)
{
	struct stock_json json;

	out[0] = '\0';
	if (stock_json_find(&json, text, len, name) != TOKEN_STRING)
		return false;
	(void)stock_json_copy(&json, out, size);
	return true;
}

bool
stock_json_number(const char *text, size_t len, const char *name, uint32_t *out)
{
	struct stock_json json;
	uint64_t number = 0;

	if (stock_json_find(&json, text, len, name) != TOKEN_NUMBER)
		return false;
	for (size_t i = 0; i < json.length && number <= UINT32_MAX; i++) {
		char c = json.text[json.from + i];

		if (c == '.')
			break;
		number = number * 10 + (uint64_t)(c - '0');
	}
	*out = (uint32_t)number;
	return number <= UINT32_MAX;
}
