/* What Tasmota says over MQTT: topic and payload to facts. */
/* SPDX-License-Identifier: MIT */
#include "wire/tasmota_mqtt.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "wire/tasmota_status.h"

enum { TOPIC_WORDS_MOST = 16, RELAYS_MOST = 8, TOPIC_MOST = 1024 };

struct words {
	char text[TOPIC_MOST + 1];
	char *word[TOPIC_WORDS_MOST];
	unsigned count;
};

static bool
split(struct words *words, const char *topic)
{
	char *rest = words->text;

	words->count = 0;
	if (!text_copy(words->text, sizeof words->text, topic))
		return false;
	for (char *word; (word = strsep(&rest, "/")) != NULL;) {
		if (words->count == TOPIC_WORDS_MOST)
			return false;
		words->word[words->count++] = word;
	}
	return true;
}

static void
copy_member(char out[TASMOTA_TEXT_SIZE], const json_t *object, const char *name)
{
	const char *text = json_text(object, name);

	if (text != NULL)
		text_printable(out, TASMOTA_TEXT_SIZE, text);
}

/* Joins all words but the prefix and the last: the device's topic. */
static void
set_topic(struct tasmota_message *out, const struct words *words, unsigned prefix)
{
	OWN(buf) joined = BUF_UP_TO(TOPIC_MOST);

	for (unsigned i = 0; i + 1 < words->count; i++)
		if (i != prefix)
			buf_addf(&joined, "%s%s", joined.len > 0 ? "/" : "",
				words->word[i]);
	text_printable(out->topic, sizeof out->topic, buf_text(&joined));
}

/* STATE has POWER, or POWER1, POWER2, … */
static void
read_powers(struct tasmota_message *out, const json_t *object)
{
	OWN(buf) powers = BUF_UP_TO(TASMOTA_TEXT_SIZE - 1);

	for (unsigned relay = 0; relay <= RELAYS_MOST; relay++) {
		char name[16];
		const char *state;

		snprintf(name, sizeof name, relay > 0 ? "POWER%u" : "POWER", relay);
		state = json_text(object, name);
		if (state != NULL)
			buf_addf(&powers, "%s%s", powers.len > 0 ? " " : "", state);
	}
	text_printable(out->power, sizeof out->power, buf_text(&powers));
}

static void
read_state(struct tasmota_message *out, const json_t *object)
{
	int64_t percent;

	read_powers(out, object);
	if (json_number(json_object_get(object, "Wifi"), "RSSI", 0, 100, &percent)) {
		out->has_signal = true;
		out->signal_percent = (int)percent;
	}
}

/* Current versions wrap each in {"Info1":{…}}, older ones do not. */
static void
read_info(struct tasmota_message *out, const json_t *object)
{
	static const char *const wraps[] = { "Info1", "Info2", "Info3" };

	for (unsigned i = 0; i < 3; i++)
		if (json_is_object(json_object_get(object, wraps[i])))
			object = json_object_get(object, wraps[i]);
	copy_member(out->version, object, "Version");
	copy_member(out->address, object, "IPAddress");
}

static void
read_discovery(struct tasmota_message *out, const json_t *object)
{
	out->news = TASMOTA_DISCOVERY;
	copy_member(out->topic, object, "t");
	copy_member(out->name, object, "dn");
	copy_member(out->address, object, "ip");
	copy_member(out->mac, object, "mac");
	copy_member(out->version, object, "sw");
}

static void
read_will(struct tasmota_message *out, const char *payload, const json_t *object)
{
	(void)object;
	if (strcmp(payload, "Online") == 0)
		out->news = TASMOTA_ONLINE;
	else if (strcmp(payload, "Offline") == 0)
		out->news = TASMOTA_OFFLINE;
}

static void
read_telemetry(struct tasmota_message *out, const char *payload, const json_t *object)
{
	(void)payload;
	if (out->news == TASMOTA_INFO)
		read_info(out, object);
	else
		read_state(out, object);
}

/* What STATE tells, in a wrap of its own. */
static void
read_status_11(struct tasmota_message *out, const char *payload, const json_t *object)
{
	(void)payload;
	read_state(out, json_object_get(object, "StatusSTS"));
}

/* Status 2 tells the version, Status 5 address and MAC. */
static void
read_status(struct tasmota_message *out, const char *payload, const json_t *object)
{
	struct tasmota_state told;

	(void)payload;
	tasmota_state_init(&told);
	tasmota_read_state(object, &told);
	text_copy(out->version, sizeof out->version, told.version);
	text_copy(out->address, sizeof out->address, told.address);
	text_copy(out->mac, sizeof out->mac, told.mac);
}

/* "POWER", "POWER2" with a plain ON or OFF. */
static bool
read_relay(struct tasmota_message *out, const char *payload)
{
	int64_t relay = 1;

	if (!text_starts_with(out->last, "POWER") ||
		(out->last[5] != '\0' && !text_to_number(out->last + 5, 1, 32, &relay)) ||
		(strcmp(payload, "ON") != 0 && strcmp(payload, "OFF") != 0))
		return false;
	out->news = TASMOTA_POWER;
	out->relay = (unsigned)relay;
	text_copy(out->power, sizeof out->power, payload);
	return true;
}

static const struct {
	const char *last;
	enum tasmota_news news;
	void (*read)(
		struct tasmota_message *out, const char *payload, const json_t *object);
} kinds[] = {
	{ "LWT", TASMOTA_OTHER, read_will },
	{ "STATE", TASMOTA_STATE, read_telemetry },
	{ "STATUS2", TASMOTA_RESULT, read_status },
	{ "STATUS5", TASMOTA_RESULT, read_status },
	{ "STATUS11", TASMOTA_STATE, read_status_11 },
	{ "INFO1", TASMOTA_INFO, read_telemetry },
	{ "INFO2", TASMOTA_INFO, read_telemetry },
	{ "INFO3", TASMOTA_INFO, read_telemetry },
	{ "RESULT", TASMOTA_RESULT, read_telemetry },
	{ "SENSOR", TASMOTA_SENSOR, NULL },
};

static void
read_device(struct tasmota_message *out, const char *payload, const json_t *object)
{
	if (read_relay(out, payload))
		return;
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		if (strcmp(kinds[i].last, out->last) != 0)
			continue;
		out->news = kinds[i].news;
		if (kinds[i].read != NULL)
			kinds[i].read(out, payload, object);
	}
}

void
tasmota_read_message(
	const char *topic, const char *payload, size_t len, struct tasmota_message *out)
{
	OWN_JSON object = json_read(payload, len, TASMOTA_JSON_MOST);
	struct words words;

	*out = (struct tasmota_message){ 0 };
	if (!split(&words, topic) || words.count < 3)
		return;
	text_printable(out->last, sizeof out->last, words.word[words.count - 1]);
	if (words.count == 4 && strcmp(words.word[0], "tasmota") == 0 &&
		strcmp(words.word[1], "discovery") == 0) {
		if (strcmp(out->last, "config") == 0)
			read_discovery(out, object);
		return;
	}
	for (unsigned i = 0; i + 1 < words.count; i++) {
		if (strcmp(words.word[i], "tele") != 0 &&
			strcmp(words.word[i], "stat") != 0)
			continue;
		set_topic(out, &words, i);
		read_device(out, payload, object);
		return;
	}
}

bool
tasmota_command_topic(const char *will, const char *command, char *out, size_t size)
{
	OWN(buf) topic = BUF_UP_TO(TOPIC_MOST);
	struct words words;
	bool has_prefix = false;

	if (!split(&words, will) || words.count < 3)
		return false;
	for (unsigned i = 0; i + 1 < words.count; i++) {
		bool is_prefix = !has_prefix && strcmp(words.word[i], "tele") == 0;

		buf_addf(&topic, "%s/", is_prefix ? "cmnd" : words.word[i]);
		has_prefix |= is_prefix;
	}
	buf_add_text(&topic, command);
	return has_prefix && text_copy(out, size, buf_text(&topic));
}
