/* A Tasmota's settings: read, compare, write in as few restarts as possible, read back.
 * The loop is the same for the first look, for proof and for mending. */
/* SPDX-License-Identifier: MIT */
#include "flash/settings.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "flash/settings_restart.h"
#include "flash/settings_table.h"
#include "wire/tasmota_command.h"

static const struct err_code e_value = { "E-SETTING-VALUE", ERR_USAGE,
	"Choose another value: Tasmota would not keep this one as it is." };
static const struct err_code e_not_taken = { "E-SETTING-NOT-TAKEN", ERR_REFUSED,
	"Run the same command again; if it stays so, set these in the device's web page "
	"and tell us model and version." };
static const struct err_code e_template = { "E-TEMPLATE", ERR_USAGE,
	"Take a template for its version: 14 numbers from Tasmota 9.1 on, 13 before." };

enum {
	ROUNDS = 2, /* the second mends what the first did not reach */
	LOGIN_PATIENCE_MS = 12000, /* it may be about to log in at the broker */
	LOGIN_LOOK_MS = 1000,
	SECRET_LEAST = 5, /* MqttPassword ignores shorter ones */
};

/* What is known and to be done in one round. */
struct round {
	const struct settings_order *order;
	struct settings_result *result;
	struct tasmota_version version;
	bool differs[SETTING_COUNT];
	bool mqtt_is_off; /* SetOption3 0 */
};

/* "0", "1" and '"' mean "clear" or "default"; blanks at the ends are lost. */
static bool
is_kept_as_it_is(const char *value)
{
	size_t len = strlen(value);

	return len > 0 && value[0] != ' ' && value[len - 1] != ' ' &&
		strcmp(value, "0") != 0 && strcmp(value, "1") != 0 &&
		strcmp(value, "\"") != 0 && text_is_utf8(value, len);
}

static bool
has_controls(const char *value)
{
	for (; *value != '\0'; value++)
		if (iscntrl((unsigned char)*value))
			return true;
	return false;
}

static bool
check_one(enum setting setting, const char *value, struct err *err)
{
	const struct setting_row *row = &setting_rows[setting];
	char shown[64];

	if (strlen(value) <= row->most && !has_controls(value) &&
		(row->check != NULL ? row->check(value) : is_kept_as_it_is(value)) &&
		(setting != SETTING_MQTT_PASSWORD || strlen(value) >= SECRET_LEAST))
		return true;
	if (row->is_secret)
		return err_set(err, &e_value,
			"the %s can not be stored by Tasmota (%u to %u characters)",
			row->name, setting == SETTING_MQTT_PASSWORD ? SECRET_LEAST : 1,
			row->most);
	return err_set(err, &e_value, "\"%s\" can not be the %s",
		text_printable(shown, sizeof shown, value), row->name);
}

bool
settings_check(const struct settings *settings, struct err *err)
{
	const char *topic = settings->want[SETTING_TOPIC];
	const char *group = settings->want[SETTING_GROUP_TOPIC];

	for (enum setting i = 0; i < SETTING_COUNT; i++)
		if (settings->want[i] != NULL && !check_one(i, settings->want[i], err))
			return false;
	if (topic != NULL && group != NULL && strcmp(topic, group) == 0)
		return err_set(
			err, &e_value, "topic and group topic are both \"%s\"", topic);
	return true;
}

/* The two tables of pin numbers must not be mixed up. */
static bool
check_template(const struct round *round, struct err *err)
{
	const char *want = round->order->want->want[SETTING_TEMPLATE];
	OWN_JSON object = NULL;
	size_t count, wanted = tasmota_has(&round->version, TASMOTA_PINS_14) ? 14 : 13;

	if (want == NULL)
		return true;
	object = json_read(want, strlen(want), SETTING_VALUE_MOST);
	count = json_array_size(json_object_get(object, "GPIO"));
	if (count == 0 || count == wanted)
		return true;
	return err_set(err, &e_template,
		"the template has %zu pin numbers, Tasmota %s wants %zu", count,
		round->result->state.version, wanted);
}

static bool
broker_differs(const struct round *round)
{
	return round->differs[SETTING_MQTT_HOST] || round->differs[SETTING_MQTT_PORT] ||
		round->differs[SETTING_MQTT_USER];
}

/* A login that worked proves the stored password as well as can be: it can not be read.
 * A device that has just started may need a moment. */
static bool
login_works(const struct round *round)
{
	const struct settings_order *order = round->order;
	struct deadline until = deadline_in(LOGIN_PATIENCE_MS);
	struct tasmota_state state = round->result->state;

	while (state.has_mqtt && state.mqtt_count == 0 && !deadline_passed(until) &&
		clock_pause(LOGIN_LOOK_MS, order->cancel))
		if (!tasmota_ask_status(order->client, 6, &state, NULL))
			return false;
	return state.has_mqtt && state.mqtt_count > 0;
}

/* Whether the broker's password must be written (again). */
static bool
mqtt_password_differs(const struct round *round)
{
	if (round->result->written_one[SETTING_MQTT_PASSWORD])
		return false;
	return round->order->renew_secrets || broker_differs(round) ||
		!login_works(round);
}

/* Whoever asks without it is turned away: that is all that can be seen of it. */
static bool
is_let_in_with(const struct tasmota_client *client, const char *password)
{
	const char *taken = tasmota_client_password(client);

	return taken != NULL && strcmp(taken, password) == 0;
}

static bool
secret_differs(const struct round *round, enum setting setting)
{
	if (setting == SETTING_MQTT_PASSWORD)
		return mqtt_password_differs(round);
	return !is_let_in_with(
		round->order->client, round->order->want->want[SETTING_WEB_PASSWORD]);
}

static void
compare_one(struct round *round, enum setting setting)
{
	const struct setting_row *row = &setting_rows[setting];
	const char *want = round->order->want->want[setting];
	struct settings_result *result = round->result;
	char now[SETTING_VALUE_MOST];

	round->differs[setting] = false;
	if (want == NULL)
		return;
	if (row->since != TASMOTA_FEATURES && !tasmota_has(&round->version, row->since)) {
		result->left_out[setting] = true;
		return;
	}
	if (row->is_secret) {
		round->differs[setting] = secret_differs(round, setting);
		return;
	}
	if (!row->read(row, round->order->client, &result->state, now)) {
		/* MQTT switched off tells nothing of its own. */
		result->unread[setting] = result->written_one[setting];
		round->differs[setting] = !result->written_one[setting];
		return;
	}
	result->unread[setting] = false;
	round->differs[setting] = !row->equal(want, now);
	if (setting == SETTING_TOPIC && round->differs[setting] &&
		result->old_topic[0] == '\0')
		text_copy(result->old_topic, sizeof result->old_topic, now);
}

/* A device that has not kept everything (its power was lost, say) may have lost the
 * password as well, and would be turned away by the broker. */
static void
doubt_password(struct round *round, unsigned *count)
{
	if (*count == round->differs[SETTING_WEB_PASSWORD] ||
		!round->result->written_one[SETTING_MQTT_PASSWORD])
		return;
	round->differs[SETTING_MQTT_PASSWORD] = true;
	(*count)++;
}

/* Reads everything and says how many differ. */
static bool
compare(struct round *round, unsigned *count, struct err *err)
{
	const struct settings *want = round->order->want;

	if (!tasmota_ask_state(round->order->client, &round->result->state, err))
		return false;
	if (!tasmota_read_version(round->result->state.version, &round->version))
		return err_set(err, &err_tasmota_unknown,
			"the device does not tell its version");
	round->mqtt_is_off = !round->result->state.has_mqtt &&
		(want->want[SETTING_MQTT_HOST] != NULL ||
			want->want[SETTING_TOPIC] != NULL);
	*count = 0;
	for (enum setting i = 0; i < SETTING_COUNT; i++) {
		compare_one(round, i);
		*count += round->differs[i];
	}
	doubt_password(round, count);
	return check_template(round, err);
}

/* One group of commands that goes in one request. */
struct group {
	struct buf *text;
	bool restarts;
	bool is_one; /* not a Backlog */
	unsigned count;
	char names[200];
};

static void
add_name(struct group *group, const char *name)
{
	size_t len = strlen(group->names);

	if (len + strlen(name) + 3 < sizeof group->names)
		snprintf(group->names + len, sizeof group->names - len, "%s%s",
			len > 0 ? ", " : "", name);
}

/* The fact first, then the command, then what it causes. */
static bool
send_group(struct round *round, struct group *group, struct err *err)
{
	const struct settings_order *order = round->order;
	struct restart_watch watch;
	bool ok;

	if (group->count == 0)
		return true;
	restart_watch_begin(&watch, &round->result->state);
	ok = order->note(order->context, group->names, err) &&
		tasmota_tell(order->client, group->names, buf_text(group->text), err);
	/* Its answer is often lost in the restart: what is read back decides. */
	if (!ok && err_kind(err) == ERR_LOST && group->restarts) {
		log_debug("%s", err->text);
		ok = true;
	}
	if (ok)
		ok = restart_watch_end(
			&watch, order, round->result, group->restarts, group->count, err);
	memset(group->text->data, 0, group->text->len);
	buf_reset(group->text);
	*group = (struct group){ .text = group->text };
	return ok;
}

/* Adds to the group, which is sent before when it is full. A command that can not stand
 * in a Backlog goes alone. */
static bool
add_command(struct round *round, struct group *group, const char *name,
	const char *command, bool restarts, struct err *err)
{
	bool alone = !tasmota_can_queue(command);

	if (alone || !tasmota_backlog_add(group->text, command)) {
		if (!send_group(round, group, err))
			return false;
		if (alone ? !buf_add_text(group->text, command)
			  : !tasmota_backlog_add(group->text, command))
			return err_set(err, &e_value, "the %s is too long for Tasmota %s",
				name, round->result->state.version);
	}
	group->restarts |= restarts;
	group->count++;
	add_name(group, name);
	return !alone || send_group(round, group, err);
}

static bool
write_one(struct round *round, struct group *group, enum setting setting, struct err *err)
{
	const struct setting_row *row = &setting_rows[setting];
	OWN(buf) command = BUF_UP_TO(SETTING_VALUE_MOST + 32);
	bool ok = setting_command(&command, setting, round->order->want->want[setting]) &&
		add_command(
			round, group, row->name, buf_text(&command), row->restarts, err);

	if (command.data != NULL)
		memset(command.data, 0, command.len);
	if (!ok)
		return false;
	round->result->written_one[setting] = true;
	round->result->unread[setting] = row->is_secret;
	round->result->written++;
	return true;
}

/* The web password waits until all else is proven: every request needs it afterwards. */
static bool
write_all(struct round *round, struct err *err)
{
	OWN(buf) room = BUF_UP_TO(tasmota_command_most(&round->version));
	struct group group = { .text = &room };
	bool ok = !round->mqtt_is_off ||
		add_command(round, &group, "MQTT on", "SetOption3 1", true, err);

	for (enum setting i = 0; ok && i < SETTING_WEB_PASSWORD; i++)
		if (round->differs[i])
			ok = write_one(round, &group, i, err);
	return ok && send_group(round, &group, err);
}

static bool
write_web_password(struct round *round, struct err *err)
{
	OWN(buf) room = BUF_UP_TO(tasmota_command_most(&round->version));
	struct group group = { .text = &room };
	bool ok = write_one(round, &group, SETTING_WEB_PASSWORD, err) &&
		send_group(round, &group, err);

	/* The next question is turned away without it. */
	ok = ok &&
		tasmota_ask_status(round->order->client, 2, &round->result->state, err);
	if (ok &&
		!is_let_in_with(round->order->client,
			round->order->want->want[SETTING_WEB_PASSWORD]))
		return err_set(err, &e_not_taken, "the device did not keep: %s",
			setting_name(SETTING_WEB_PASSWORD));
	round->result->unread[SETTING_WEB_PASSWORD] = false;
	return ok;
}

static bool
complain(const struct round *round, struct err *err)
{
	struct group names = { 0 };

	for (enum setting i = 0; i < SETTING_WEB_PASSWORD; i++)
		if (round->differs[i])
			add_name(&names, setting_name(i));
	return err_set(err, &e_not_taken, "the device did not keep: %s", names.names);
}

bool
settings_apply(const struct settings_order *order, struct settings_result *result,
	struct err *err)
{
	struct round round = { .order = order, .result = result };
	unsigned count = 0;

	*result = (struct settings_result){ 0 };
	for (unsigned i = 0; i <= ROUNDS; i++) {
		if (!compare(&round, &count, err))
			return false;
		if (count == round.differs[SETTING_WEB_PASSWORD])
			return count == 0 || write_web_password(&round, err);
		if (i == ROUNDS)
			break;
		if (i > 0)
			order->say(order->context, "not all was kept: once more");
		if (!write_all(&round, err))
			return false;
	}
	return complain(&round, err);
}
