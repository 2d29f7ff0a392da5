/* Reading the cloud's `upgrade` request: its limits, its comparisons of text, its choice
 * of the slot that is not running. */
/* SPDX-License-Identifier: MIT */
#include "sim/stock_upgrade.h"

#include <string.h>

#include "base/text.h"
#include "sim/stock_json.h"

enum { VERSION_SIZE = 6, MODEL_SIZE = 33 };

/* One element of binList, while it is being read. */
struct entry {
	char url[STOCK_URL_SIZE];
	char digest[65];
	char name[16];
	bool broken; /* something in it was too long or no string */
};

static void
take_member(struct stock_json *json, struct entry *entry)
{
	static const char *const names[] = { "downloadUrl", "digest", "name" };
	char *const into[] = { entry->url, entry->digest, entry->name };
	const size_t sizes[] = { sizeof entry->url, sizeof entry->digest,
		sizeof entry->name };

	for (size_t i = 0; i < 3; i++) {
		if (!stock_json_is(json, names[i]))
			continue;
		if (stock_json_next(json) != TOKEN_OTHER ||
			stock_json_next(json) != TOKEN_STRING ||
			!stock_json_copy(json, into[i], sizes[i]))
			entry->broken = true;
		return;
	}
}

/* Walks binList to the element of this name. */
static bool
find_entry(const char *text, size_t len, const char *name, struct entry *out)
{
	struct stock_json json;
	enum stock_token token;
	unsigned depth;

	if (stock_json_find(&json, text, len, "binList") != TOKEN_OPEN)
		return false;
	depth = json.depth;
	while (json.depth >= depth && (token = stock_json_next(&json)) != TOKEN_END) {
		if (token == TOKEN_OPEN && json.depth == depth + 1)
			*out = (struct entry){ .broken = false };
		else if (token == TOKEN_NAME)
			take_member(&json, out);
		else if (token == TOKEN_CLOSE && json.depth == depth &&
			strcmp(out->name, name) == 0)
			return !out->broken;
	}
	return false;
}

/* As text, and only the first five characters: "10.0.0" is older than "9.9.9". */
static bool
is_newer(const char *version, const char *own)
{
	return strcmp(version, own) > 0;
}

enum stock_result
stock_upgrade_read(const char *text, size_t len,
	const struct stock_personality *personality, unsigned slot,
	struct stock_upgrade *out)
{
	struct entry entry = { .broken = true };
	char model[MODEL_SIZE], version[VERSION_SIZE];
	uint32_t restart = 1;
	bool good;

	*out = (struct stock_upgrade){ .restarts_by_itself = true };
	good = stock_json_text(
		text, len, "sequence", out->sequence, sizeof out->sequence);
	good = stock_json_text_cut(text, len, "model", model, sizeof model) && good;
	good = stock_json_text_cut(text, len, "version", version, sizeof version) && good;
	if (personality->late)
		good = stock_json_number(text, len, "autoRestart", &restart) && good;
	good = good &&
		find_entry(text, len, slot == 1 ? "user2.bin" : "user1.bin", &entry) &&
		entry.url[0] != '\0' && strlen(entry.digest) == 64;
	if (!good)
		return RESULT_UNUSABLE;
	if (strcmp(model, personality->model) != 0)
		return RESULT_MODEL;
	if (!is_newer(version, personality->firmware))
		return RESULT_VERSION;
	text_copy(out->url, sizeof out->url, entry.url);
	text_copy(out->digest, sizeof out->digest, entry.digest);
	out->restarts_by_itself = restart != 0;
	return RESULT_GOOD;
}

bool
stock_url_read(const char *text, struct stock_url *out)
{
	static const char scheme[] = "http://";
	const char *host = text + strlen(scheme);
	size_t host_len;
	char port[8];
	int64_t number = 80;

	*out = (struct stock_url){ .port = 80 };
	if (!text_starts_with(text, scheme))
		return false;
	host_len = strcspn(host, ":/");
	if (host_len == 0 ||
		!text_copy_bytes(out->host, sizeof out->host, host, host_len))
		return false;
	text = host + host_len;
	if (*text == ':') {
		size_t digits = strcspn(++text, "/");

		if (!text_copy_bytes(port, sizeof port, text, digits) ||
			!text_to_number(port, 1, UINT16_MAX, &number))
			return false;
		text += digits;
	}
	out->port = (uint16_t)number;
	return *text == '/' && strchr(text, ':') == NULL &&
		text_copy(out->path, sizeof out->path, text);
}
