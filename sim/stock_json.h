/* The JSON reader of stock firmware of 2016-2018, with all it can not do: blanks and line
 * feeds only, numbers without sign, no true/false/null, nesting below ten, and no way on
 * behind an empty object or array.
 * Source: doc/protocol/simulator-stock.md, "JSON". */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_STOCK_JSON_H
#define SIM_STOCK_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Every object, array and pair counts one. */
#define STOCK_JSON_DEPTH 10

enum stock_token {
	TOKEN_END, /* of the text, or of what the reader understands */
	TOKEN_OPEN, /* { or [ */
	TOKEN_CLOSE, /* } or ] */
	TOKEN_NAME,
	TOKEN_STRING,
	TOKEN_NUMBER,
	TOKEN_OTHER /* colon or comma */
};

struct stock_json {
	const char *text; /* borrowed */
	size_t len, pos;
	char stack[STOCK_JSON_DEPTH];
	unsigned depth;
	bool has_value; /* of the pair that is being read */
	size_t from, length; /* of the last name, string or number, as written */
};

void stock_json_begin(struct stock_json *json, const char *text, size_t len);
enum stock_token stock_json_next(struct stock_json *json);

/* Whether the last name or string is spelled like this, escapes and all. */
bool stock_json_is(const struct stock_json *json, const char *text);

/* The last string without its backslashes; false when it had to be cut. */
bool stock_json_copy(const struct stock_json *json, char *out, size_t size);

/* Goes to the value of the first pair of this name at any depth and says what it is;
 * TOKEN_END when there is none, or none that the reader gets to. */
enum stock_token stock_json_find(
	struct stock_json *json, const char *text, size_t len, const char *name);

bool stock_json_has(const char *text, size_t len, const char *name);

/* A string member. False when missing, not a string, or longer than size - 1: *out then
 * holds what fits. */
bool stock_json_text(
	const char *text, size_t len, const char *name, char *out, size_t size);

/* The same, cut to fit. */
bool stock_json_text_cut(
	const char *text, size_t len, const char *name, char *out, size_t size);

/* A number member, without what stands behind a point. */
bool stock_json_number(const char *text, size_t len, const char *name, uint32_t *out);

#endif
