/* monitor: what all devices say over MQTT, one line per device or the raw stream. */
/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/terminal.h"
#include "base/text.h"
#include "cmd/command.h"
#include "cmd/monitor_view.h"
#include "cmd/mqtt_options.h"
#include "fleet/event.h"
#include "fleet/roster.h"
#include "net/mqtt.h"
#include "wire/tasmota_secret.h"

enum {
	CONNECT_MS = 10000,
	TICK_MS = 500,
	DRAW_EVERY_MS = 100,
	ASK_MS = 1000,
	TABLE_MOST = ROSTER_MOST * MONITOR_LINE_MOST,
	SHOWN_MOST = 2 * MQTT_PAYLOAD_MOST
};

static const struct option_spec options_of_monitor[] = {
	MQTT_OPTIONS,
	{ 't', "topic", "PATTERN", "show only messages that match (repeatable)" },
	{ 'r', "raw", NULL, "print every message instead of a line per device" },
	{ 0, "for", "SECONDS", "end after this time (default: run until Ctrl-C)" },
	{ 0 },
};

struct monitoring {
	const struct app *app;
	struct mqtt *mqtt;
	const char *password; /* ours at the broker, never to be shown; or NULL */
	struct roster *roster;
	bool raw;
	bool may_ask;
	struct monitor_view view;
	bool redraw; /* the table is drawn again in place */
	bool is_drawn; /* it stands on the screen */
	bool is_old; /* something has changed since */
	int64_t drawn_ms; /* steady clock */
	size_t lines; /* of the picture on the screen, above the cursor's */
	bool was_connected;
};

static void
print_raw(const struct monitoring *self, const struct mqtt_message *message)
{
	OWN(buf) safe = BUF_UP_TO(SHOWN_MOST);
	char topic[512], payload[2048], at[16];

	tasmota_hide_secrets(&safe, message->topic, message->payload, self->password);
	text_printable(topic, sizeof topic, message->topic);
	text_printable(payload, sizeof payload, buf_text(&safe));
	if (self->app->json) {
		OWN_STR text = xasprintf("%s %s", topic, payload);

		event_print("message", NULL,
			json_pack("{s:s, s:s, s:s, s:b}", "text", text, "topic", topic,
				"payload", payload, "retained", message->retained));
		return;
	}
	monitor_view_time(message->at_ms, at);
	printf("%s  %s%s  %s\n", at, topic, message->retained ? " (retained)" : "",
		payload);
	fflush(stdout);
}

static void
print_json_row(const struct roster_row *row)
{
	json_t *fields = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "topic",
		row->topic, "name", row->name, "presence",
		roster_presence_name(row->presence), "power", row->power, "address",
		row->address, "mac", row->mac, "version", row->version);

	if (row->has_signal)
		json_object_set_new(
			fields, "signal_percent", json_integer(row->signal_percent));
	event_print("device", row->topic, fields);
}

/* The window may have another size by now; then the lines drawn for the old one stand
 * anywhere, and the picture begins at its top. */
static void
go_to_top(struct monitoring *self, struct buf *picture)
{
	unsigned width = terminal_width(stdout), height = terminal_height(stdout);

	if (self->is_drawn && (width != self->view.width || height != self->view.height))
		buf_add_text(picture, "\033[H");
	else if (self->is_drawn && self->lines > 0)
		buf_addf(picture, "\r\033[%zuA", self->lines);
	self->view.width = width;
	self->view.height = height;
}

/* Each line clears what stood behind it: clearing the whole window at once would make some
 * terminals keep every picture in their history. */
static void
add_lines(struct buf *picture, const char *table)
{
	for (const char *end; (end = strchr(table, '\n')) != NULL; table = end + 1) {
		buf_add(picture, table, (size_t)(end - table));
		buf_add_text(picture, "\033[K\n");
	}
	buf_addf(picture, "%s\033[K\033[J", table);
}

/* Draws the whole table over the old one, in one write. */
static void
draw_table(struct monitoring *self)
{
	OWN(buf) picture = BUF_UP_TO(2 * TABLE_MOST);
	OWN(buf) table = BUF_UP_TO(TABLE_MOST);

	go_to_top(self, &picture);
	self->lines = monitor_view_table(
		&self->view, self->roster, self->was_connected, &table);
	add_lines(&picture, buf_text(&table));
	fputs(buf_text(&picture), stdout);
	fflush(stdout);
	self->is_drawn = true;
	self->is_old = false;
	self->drawn_ms = clock_steady_ms();
}

/* At most so often; many devices may speak at once. */
static void
draw_if_due(struct monitoring *self)
{
	bool resized = terminal_width(stdout) != self->view.width ||
		terminal_height(stdout) != self->view.height;

	if (self->redraw && (self->is_old || resized) &&
		clock_steady_ms() - self->drawn_ms >= DRAW_EVERY_MS)
		draw_table(self);
}

static void
tell_row(struct monitoring *self, const struct roster_row *row)
{
	OWN(buf) line = BUF_UP_TO(2 * MONITOR_LINE_MOST);

	if (self->app->json) {
		print_json_row(row);
		return;
	}
	self->is_old = true;
	if (self->redraw)
		return;
	if (self->lines++ == 0)
		monitor_view_heading(&self->view, &line);
	monitor_view_row(&self->view, row, &line);
	fputs(buf_text(&line), stdout);
	fflush(stdout);
}

/* A device speaks of itself every five minutes. One that was online before us is asked
 * once; one that just came tells it unasked. A lost question is only a later answer. */
static void
ask(const struct monitoring *self, const struct mqtt_message *will)
{
	char topic[512];
	struct err ignored = { 0 };

	if (tasmota_command_topic(will->topic, "Backlog", topic, sizeof topic))
		mqtt_publish(self->mqtt, topic, "Status 11; Status 5; Status 2", false,
			deadline_in(ASK_MS), &ignored);
}

static void
take(struct monitoring *self, const struct mqtt_message *heard)
{
	struct tasmota_message message;
	const struct roster_row *row;

	if (self->raw) {
		print_raw(self, heard);
		return;
	}
	tasmota_read_message(heard->topic, heard->payload, heard->len, &message);
	row = roster_hear(self->roster, &message, heard->retained, heard->at_ms);
	if (row != NULL)
		tell_row(self, row);
	if (self->may_ask && heard->retained && message.news == TASMOTA_ONLINE)
		ask(self, heard);
}

static void
tell_connection(struct monitoring *self)
{
	bool connected = mqtt_is_connected(self->mqtt);

	if (connected == self->was_connected)
		return;
	self->was_connected = connected;
	self->is_old = true;
	if (self->redraw)
		return; /* the last line of the picture says it */
	log_info("%s",
		connected ? "connected to the broker again"
			  : "the broker is gone; trying again until it is back");
}

static void
listen_to_all(struct monitoring *self, struct deadline until)
{
	while (!cancel_asked(self->app->cancel) && !deadline_passed(until)) {
		OWN(mqtt_message) message = { 0 };
		struct deadline tick = deadline_sooner(until,
			deadline_in(
				self->redraw && self->is_old ? DRAW_EVERY_MS : TICK_MS));

		if (mqtt_next(self->mqtt, &message, tick, self->app->cancel))
			take(self, &message);
		tell_connection(self);
		draw_if_due(self);
	}
	if (self->redraw) {
		draw_table(self);
		putchar('\n');
	}
}

static bool
subscribe(struct mqtt *mqtt, const struct options *options, struct err *err)
{
	static const char *const usual[] = { "tele/#", "stat/#", "tasmota/discovery/#",
		"+/tele/#", "+/stat/#", NULL };
	bool given = false;

	for (unsigned i = 0; i < options->count; i++) {
		if (strcmp(options->given[i].spec->name, "topic") != 0)
			continue;
		given = true;
		if (!mqtt_subscribe(mqtt, options->given[i].value, err))
			return err_while(err, "--topic %.100s", options->given[i].value);
	}
	for (const char *const *each = usual; !given && *each != NULL; each++)
		if (!mqtt_subscribe(mqtt, *each, err))
			return false;
	return true;
}

static bool
monitor(struct app *app, const struct options *options, struct err *err)
{
	OWN(mqtt_choice) choice = { 0 };
	OWN_NEW(mqtt) mqtt = NULL;
	OWN_NEW(roster) roster = roster_new();
	struct monitoring self = { .app = app, .roster = roster, .was_connected = true };
	int64_t seconds;

	if (!option_number(options, "for", 1, 1000000000, 1000000000, &seconds, err) ||
		!mqtt_choose(app, options, &choice, err))
		return false;
	mqtt = mqtt_connect(&choice.broker, deadline_in(CONNECT_MS), app->cancel, err);
	if (mqtt == NULL || !subscribe(mqtt, options, err))
		return false;
	self.mqtt = mqtt;
	self.password = choice.password;
	self.raw = option_given(options, "raw");
	self.may_ask = !option_given(options, "topic");
	self.redraw = !self.raw && !app->json && !app->plain &&
		terminal_can_redraw(stdout);
	self.view.color = self.redraw && terminal_has_color(stdout);
	self.is_old = true;
	listen_to_all(&self, deadline_in(seconds * 1000));
	return true;
}

const struct command cmd_monitor = {
	.name = "monitor",
	.arguments = "",
	.summary = "show what all devices say over MQTT, live",
	.options = options_of_monitor,
	.run = monitor,
};
