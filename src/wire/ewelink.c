/* The old vendor cloud's JSON: reading the device, writing what its small reader takes. */
/* SPDX-License-Identifier: MIT */
#include "wire/ewelink.h"

#include <ctype.h>
#include <string.h>

#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"

/* Limits inside the device. */
#define HOST_MOST   50
#define URL_MOST    149
#define PATH_MOST   99
#define DATE_LEN    24
#define DIGEST_LEN  64
#define WINS_ALL    "9.9.9" /* versions are compared as text of five characters */
#define HEARTBEAT_S 145

static bool
all_of(const char *text, size_t len, const char *more)
{
	if (strlen(text) != len)
		return false;
	for (; *text != '\0'; text++)
		if (!isxdigit((unsigned char)*text) && strchr(more, *text) == NULL)
			return false;
	return true;
}

bool
ewelink_is_key(const char *key)
{
	return all_of(key, EWELINK_KEY_LEN, "-");
}

bool
ewelink_is_id(const char *id)
{
	return all_of(id, EWELINK_ID_LEN, "");
}

/* Takes a member that is short plain text; all else counts as not said. What passes here
 * can be printed, and echoed without an escape the device would not understand. */
static void
take(char *out, size_t size, const json_t *object, const char *name)
{
	const char *text = json_text(object, name);

	out[0] = '\0';
	if (text == NULL || strlen(text) >= size)
		return;
	for (const char *each = text; *each != '\0'; each++)
		if (*each < ' ' || *each > '~' || *each == '"' || *each == '\\')
			return;
	text_copy(out, size, text);
}

bool
ewelink_read_dispatch(const char *bytes, size_t len, struct ewelink_dispatch *out)
{
	OWN_JSON body = json_read(bytes, len, EWELINK_MESSAGE_MOST);

	*out = (struct ewelink_dispatch){ 0 };
	if (!json_is_object(body))
		return false;
	take(out->id, sizeof out->id, body, "deviceid");
	take(out->factory_key, sizeof out->factory_key, body, "apikey");
	take(out->model, sizeof out->model, body, "model");
	take(out->firmware, sizeof out->firmware, body, "romVersion");
	return ewelink_is_id(out->id) && ewelink_is_key(out->factory_key);
}

/* "5C:CF:7F:00:00:01" as 12 digits. Nobody has an address of zeros, or of a group. */
static void
take_mac(char out[EWELINK_MAC_SIZE], const json_t *object, const char *name)
{
	enum { TEXT_LEN = 17 };
	const char *text = json_text(object, name);
	char digits[EWELINK_MAC_SIZE];
	size_t len = 0;

	out[0] = '\0';
	if (text == NULL || strlen(text) != TEXT_LEN)
		return;
	for (size_t i = 0; i < TEXT_LEN; i++) {
		if (i % 3 == 2 ? text[i] != ':' : !isxdigit((unsigned char)text[i]))
			return;
		if (i % 3 != 2)
			digits[len++] = (char)toupper((unsigned char)text[i]);
	}
	digits[len] = '\0';
	if (strspn(digits, "0") != len && strchr("02468ACE", digits[1]) != NULL)
		memcpy(out, digits, sizeof digits);
}

static enum ewelink_action
action_of(const json_t *body)
{
	static const char *const names[] = {
		[EWELINK_REGISTER] = "register",
		[EWELINK_DATE] = "date",
		[EWELINK_UPDATE] = "update",
		[EWELINK_QUERY] = "query",
	};
	const char *said = json_text(body, "action");

	if (json_object_get(body, "action") == NULL)
		return json_object_get(body, "error") != NULL ? EWELINK_ACKNOWLEDGE
							      : EWELINK_OTHER;
	for (size_t i = 0; said != NULL && i < COUNT_OF(names); i++)
		if (strcmp(said, names[i]) == 0)
			return (enum ewelink_action)i;
	return EWELINK_OTHER;
}

static int
result(const json_t *object, const char *name)
{
	int64_t number;

	return json_number(object, name, 0, 9999, &number) ? (int)number
							   : EWELINK_NO_RESULT;
}

bool
ewelink_read_message(const char *bytes, size_t len, struct ewelink_message *out)
{
	OWN_JSON body = json_read(bytes, len, EWELINK_MESSAGE_MOST);
	const json_t *params;

	*out = (struct ewelink_message){ .action = EWELINK_OTHER,
		.error = EWELINK_NO_RESULT,
		.upgrade_state = EWELINK_NO_RESULT };
	if (!json_is_object(body))
		return false;
	out->action = action_of(body);
	take(out->id, sizeof out->id, body, "deviceid");
	take(out->key, sizeof out->key, body, "apikey");
	take(out->model, sizeof out->model, body, "model");
	take(out->firmware, sizeof out->firmware, body, "romVersion");
	take(out->sequence, sizeof out->sequence, body, "sequence");
	if (out->action == EWELINK_ACKNOWLEDGE)
		out->error = result(body, "error");
	params = json_object_get(body, "params");
	if (out->action == EWELINK_UPDATE) {
		out->upgrade_state = result(params, "upgradeState");
		take_mac(out->mac, params, "staMac");
		take(out->firmware, sizeof out->firmware, params, "fwVersion");
	}
	return ewelink_is_id(out->id) && ewelink_is_key(out->key);
}

/* One line without blanks, in the order of packing. Takes `body`. */
static char *
write_line(json_t *body)
{
	OWN_JSON owned = body;
	char *line = body != NULL ? json_dumps(owned, JSON_COMPACT) : NULL;

	if (line != NULL && strlen(line) > EWELINK_MESSAGE_MOST) {
		free(line);
		return NULL;
	}
	return line;
}

char *
ewelink_write_dispatch(const char *host, uint16_t port)
{
	if (strlen(host) > HOST_MOST)
		return NULL;
	return write_line(json_pack("{s:i, s:s, s:s, s:i}", "error", 0, "reason", "ok",
		"IP", host, "port", (int)port));
}

char *
ewelink_write_registered(const struct ewelink_session *session)
{
	return write_line(json_pack("{s:i, s:s, s:s, s:{s:i, s:i}}", "error", 0,
		"deviceid", session->id, "apikey", session->key, "config", "hb", 1,
		"hbInterval", HEARTBEAT_S));
}

char *
ewelink_write_date(const struct ewelink_session *session, const char *date)
{
	if (strlen(date) != DATE_LEN)
		return NULL;
	return write_line(json_pack("{s:i, s:s, s:s, s:s}", "error", 0, "deviceid",
		session->id, "apikey", session->key, "date", date));
}

char *
ewelink_write_done(const struct ewelink_session *session)
{
	return write_line(json_pack("{s:i, s:s, s:s}", "error", 0, "deviceid",
		session->id, "apikey", session->key));
}

/* An empty list would make the device lose its place; the vendor's cloud says 0. */
char *
ewelink_write_no_timers(const struct ewelink_session *session)
{
	return write_line(json_pack("{s:i, s:s, s:s, s:i}", "error", 0, "deviceid",
		session->id, "apikey", session->key, "params", 0));
}

static bool
fits(const struct ewelink_upgrade *upgrade)
{
	for (int slot = 0; slot < 2; slot++) {
		const char *url = upgrade->url[slot];
		const char *path;

		if (!text_starts_with(url, "http://") || strlen(url) > URL_MOST)
			return false;
		path = strchr(url + strlen("http://"), '/');
		/* The device takes the last colon for the port's. */
		if (path == NULL || strlen(path) > PATH_MOST ||
			strchr(path, ':') != NULL ||
			path - url - (ptrdiff_t)strlen("http://") >= HOST_MOST ||
			!all_of(upgrade->digest[slot], DIGEST_LEN, ""))
			return false;
	}
	return strlen(upgrade->sequence) < EWELINK_SEQUENCE_SIZE;
}

static json_t *
slot_entry(const struct ewelink_upgrade *upgrade, int slot)
{
	return json_pack("{s:s, s:s, s:s}", "downloadUrl", upgrade->url[slot], "digest",
		upgrade->digest[slot], "name", slot == 0 ? "user1.bin" : "user2.bin");
}

char *
ewelink_write_upgrade(
	const struct ewelink_session *session, const struct ewelink_upgrade *upgrade)
{
	if (!fits(upgrade))
		return NULL;
	/* The device finds a name at any depth and takes the first: nothing before
	 * `params` may be called like its members. */
	return write_line(json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:i, s:{s:[o,o], s:s, s:s, s:i}, s:s}",
		"action", "upgrade", "deviceid", session->id, "apikey", session->key,
		"userAgent", "app", "sequence", upgrade->sequence, "ts", 0, "params",
		"binList", slot_entry(upgrade, 0), slot_entry(upgrade, 1), "model",
		upgrade->model, "version", WINS_ALL, "autoRestart", 1, "from", "app"));
}

static const struct {
	int number;
	bool worth_a_retry;
	const char *text;
} results[] = {
	{ 0, false, "all is well" },
	{ 400, false, "it can not use the request" },
	{ 404, true, "the download failed" },
	{ 406, false, "the firmware is for another model" },
	{ 409, true, "what it wrote differs from what was sent" },
	{ 410, false, "the firmware is not newer than its own" },
};

const char *
ewelink_result_text(int number)
{
	for (size_t i = 0; i < COUNT_OF(results); i++)
		if (results[i].number == number)
			return results[i].text;
	return "something without a known meaning";
}

bool
ewelink_result_is_worth_a_retry(int number)
{
	for (size_t i = 0; i < COUNT_OF(results); i++)
		if (results[i].number == number)
			return results[i].worth_a_retry;
	return false;
}
