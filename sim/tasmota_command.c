/* A simulated Tasmota's commands: reading a line, finding the row, the Backlog. */
/* SPDX-License-Identifier: MIT */
#include "sim/tasmota_command.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "sim/tasmota_mqtt.h"
#include "sim/tasmota_status.h"

enum {
	BACKLOG_GAP_MS = 200,
	BACKLOG_START_MS = 50,
	OLD_QUEUE_MOST = 30,
	OPTION_RESULT_BY_NAME = 4
};

static bool run_backlog(struct tasmota_call *call);
static bool run_delay(struct tasmota_call *call);
static bool run_no_delay(struct tasmota_call *call);

static const struct tasmota_command own_commands[] = {
	{ "Backlog", run_backlog, 0, false },
	{ "Delay", run_delay, 0, false },
	{ "NoDelay", run_no_delay, TASMOTA_VERSION(9, 0, 0, 0), false },
	{ "Status", tasmota_status_run, 0, false },
	{ "State", tasmota_status_run_state, 0, false },
	{ 0 },
};

static const struct tasmota_command *const tables[] = { own_commands,
	tasmota_setting_commands, tasmota_control_commands, tasmota_module_commands };

static const struct tasmota_command *
find(const char *name, size_t len)
{
	while (len > 0 && isdigit((unsigned char)name[len - 1]))
		len--;
	for (size_t i = 0; i < COUNT_OF(tables); i++)
		for (const struct tasmota_command *row = tables[i]; row->name != NULL;
			row++)
			if (strlen(row->name) == len &&
				strncasecmp(row->name, name, len) == 0)
				return row;
	return NULL;
}

bool
tasmota_command_exists(const char *name, size_t len)
{
	return find(name, len) != NULL;
}

/* This build's row, or NULL. */
static const struct tasmota_command *
row_for(const struct tasmota *t, const char *name, size_t len)
{
	const struct tasmota_command *row = find(name, len);

	if (row == NULL || t->firmware.version < row->since)
		return NULL;
	if (tasmota_is_minimal(&t->firmware) && !row->in_minimal &&
		tasmota_has(&t->firmware, TRAIT_MINIMAL_IS_DUMB))
		return NULL;
	return row;
}

/* Splits "SSID1 home" into its parts; `payload` is a copy that may be trimmed. */
static void
read_call(struct tasmota_call *call, const char *line, size_t name, char *payload)
{
	size_t len = name, end;
	int64_t index;

	while (len > 0 && isdigit((unsigned char)line[len - 1]))
		len--;
	call->index = 1;
	call->index_given = len < name;
	if (call->index_given) {
		char digits[8];

		text_copy_bytes(digits, sizeof digits, line + len, name - len);
		call->index = text_to_number(digits, 0, 9999, &index) ? (unsigned)index
								      : 9999;
	}
	text_copy_bytes(call->name, sizeof call->name, line, len);
	for (end = strlen(payload); end > 0 && payload[end - 1] == ' '; end--)
		payload[end - 1] = '\0';
	call->payload = payload + strspn(payload, " ");
}

static const char *
skip_topic(const struct tasmota *t, const char *line)
{
	size_t name = strcspn(line, " ");
	const char *slash = memrchr(line, '/', name);
	size_t prefix = strlen(t->names.prefix[0]);

	if (slash != NULL && strncasecmp(line, t->names.prefix[0], prefix) == 0 &&
		line[prefix] == '/')
		return slash + 1;
	return line;
}

static json_t *
unknown(const struct tasmota *t, const char *line, size_t name)
{
	json_t *reply = json_pack("{s:s}", "Command", "Unknown");

	if (tasmota_has(&t->firmware, TRAIT_UNKNOWN_INPUT))
		json_object_set_new(reply, "Input", json_stringn(line, name));
	return reply;
}

static void
reply_to(struct tasmota *t, const struct tasmota_call *call)
{
	char leaf[sizeof call->name];

	text_copy(leaf, sizeof leaf, "RESULT");
	if (t->settings.option[OPTION_RESULT_BY_NAME] != 0) {
		text_copy(leaf, sizeof leaf, call->name);
		for (char *at = leaf; *at != '\0'; at++)
			*at = (char)toupper((unsigned char)*at);
	}
	tasmota_reply(t, leaf, call->reply);
}

void
tasmota_execute(struct tasmota *t, const char *line)
{
	struct tasmota_call call = { .t = t };
	const struct tasmota_command *row;
	OWN_STR payload = NULL;
	size_t name;

	line = skip_topic(t, line + strspn(line, " "));
	name = strspn(
		line, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
	payload = xstrdup(line + name);
	read_call(&call, line, name, payload);
	row = row_for(t, line, name);
	if (row == NULL || (line[name] != '\0' && line[name] != ' '))
		call.reply = unknown(t, line, name);
	else if (!row->run(&call)) {
		json_decref(call.reply);
		call.reply = json_pack("{s:s}", "Command", "Error");
	}
	if (call.reply != NULL)
		reply_to(t, &call);
}

void
tasmota_reply(struct tasmota *t, const char *leaf, json_t *reply)
{
	char *text = json_dumps(reply, JSON_COMPACT);

	if (t->results != NULL)
		json_object_update(t->results, reply);
	if (text != NULL && json_object_size(reply) > 0)
		tasmota_mqtt_publish(t, 1, leaf, text, false);
	free(text);
	json_decref(reply);
}

bool
tasmota_payload_number(const char *payload, int64_t *out)
{
	static const struct {
		const char *word;
		int64_t value;
	} words[] = { { "off", 0 }, { "false", 0 }, { "stop", 0 }, { "on", 1 },
		{ "true", 1 }, { "start", 1 }, { "toggle", 2 }, { "admin", 2 },
		{ "user", 1 } };

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (strcasecmp(words[i].word, payload) == 0) {
			*out = words[i].value;
			return true;
		}
	return text_to_number(payload, -1000000, 1000000000, out);
}

static void
enqueue(struct tasmota *t, const char *from, size_t len)
{
	unsigned most = t->firmware.version < TASMOTA_VERSION(8, 0, 0, 0)
		? OLD_QUEUE_MOST
		: TASMOTA_QUEUE_MOST;

	while (len > 0 && *from == ' ') {
		from++;
		len--;
	}
	/* A Reset in the middle of it would be the end of all. */
	if (len == 0 || t->queued == most ||
		(len >= 5 && strncasecmp(from, "reset", 5) == 0))
		return;
	t->queue[t->queued++] = xstrndup(from, len);
}

/* Semicolons within braces do not split. */
static bool
run_backlog(struct tasmota_call *call)
{
	struct tasmota *t = call->t;
	const char *from = call->payload, *at;
	int depth = 0;

	if (from[0] == '\0')
		tasmota_backlog_clear(t);
	t->no_delay = call->index_given && call->index == 0;
	for (at = from; *at != '\0'; at++) {
		depth += *at == '{' ? 1 : *at == '}' && depth > 0 ? -1 : 0;
		if (*at == ';' && depth == 0) {
			enqueue(t, from, (size_t)(at - from));
			from = at + 1;
		}
	}
	enqueue(t, from, (size_t)(at - from));
	if (t->queued > 0 && t->timer[TIMER_BACKLOG].at_ms == 0)
		tasmota_timer(t, TIMER_BACKLOG, BACKLOG_START_MS);
	call->reply = json_object();
	return true;
}

void
tasmota_backlog_next(struct tasmota *t)
{
	OWN_STR line = NULL;

	if (t->queued == 0)
		return;
	line = t->queue[0];
	t->queued--;
	memmove(t->queue, t->queue + 1, t->queued * sizeof t->queue[0]);
	tasmota_timer(t, TIMER_BACKLOG, t->no_delay ? 1 : BACKLOG_GAP_MS);
	tasmota_execute(t, line);
	if (t->queued == 0)
		tasmota_timer_off(t, TIMER_BACKLOG);
}

void
tasmota_backlog_clear(struct tasmota *t)
{
	while (t->queued > 0)
		free(t->queue[--t->queued]);
	tasmota_timer_off(t, TIMER_BACKLOG);
}

/* In tenths of a second, for what follows in the Backlog. */
static bool
run_delay(struct tasmota_call *call)
{
	int64_t tenths;

	if (text_to_number(call->payload, 2, 3600, &tenths) && call->t->queued > 0)
		tasmota_timer(call->t, TIMER_BACKLOG, tenths * 100);
	call->reply = json_pack("{s:s}", "Delay", call->payload);
	return true;
}

static bool
run_no_delay(struct tasmota_call *call)
{
	if (call->t->queued > 0)
		tasmota_timer(call->t, TIMER_BACKLOG, 1);
	return true;
}
