/* handover: gives freed devices to homebridge or Home Assistant, and takes them back. */
/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "cmd/command.h"
#include "cmd/mqtt_options.h"
#include "fleet/event.h"
#include "fleet/handover_homeassistant.h"
#include "fleet/handover_homebridge.h"

enum { CONNECT_MS = 10000, WAIT_SECONDS = 20, PASSWORD_MOST = 256, OPERANDS_MOST = 256 };

static const struct err_code e_nothing = { "E-HANDOVER-NOTHING", ERR_NOTHING_TO_DO,
	"All is as asked; \"airlift monitor\" shows which devices there are." };
static const struct err_code e_unknown = { "E-HANDOVER-UNKNOWN", ERR_NOT_FOUND,
	"Look with \"airlift monitor\" for its topic, and whether it is online." };
static const struct err_code e_some = { "E-HANDOVER-SOME", ERR_SOME_FAILED,
	"Do what is said above for the devices that failed, and run it again." };

static const struct option_spec options_of_handover[] = {
	{ 'a', "all", NULL, "all devices the broker knows" },
	{ 0, "remove", NULL, "take them back" },
	MQTT_OPTIONS,
	{ 0, "config", "FILE", "homebridge: its config.json" },
	{ 0, "type", "TYPE",
		"homebridge: outlet, switch or lightbulb (default: by device)" },
	{ 0, "homebridge-user", "NAME", "homebridge: its own user name at the broker" },
	{ 0, "homebridge-password-file", "FILE",
		"homebridge: its password (or AIRLIFT_HOMEBRIDGE_PASSWORD)" },
	{ 0, "homebridge-environment", NULL,
		"homebridge: it has user and password in its environment" },
	{ 0, "wait", "SECONDS", "how long a device may take to answer (default 20)" },
	{ 0 },
};

struct handover {
	struct app *app;
	const struct options *options;
	char **devices; /* operands behind the word that says whom to */
	size_t count;
	bool remove;
	struct mqtt_choice choice;
	struct mqtt *mqtt; /* NULL when none is needed */
	struct descriptions known;
};

static void
handover_clear(struct handover *self)
{
	descriptions_clear(&self->known);
	mqtt_free(self->mqtt);
	mqtt_choice_clear(&self->choice);
}

/* The event of one device: its fields are taken. */
static void
print_event(
	const struct handover *self, const char *device, const char *what, json_t *fields)
{
	json_object_set_new(fields, "handover", json_string(what));
	json_object_set_new(fields, "dry_run", json_boolean(self->app->dry_run));
	event_print("message", *device != '\0' ? device : NULL, fields);
}

static bool
connect_and_gather(struct handover *self, struct err *err)
{
	self->mqtt = mqtt_connect(
		&self->choice.broker, deadline_in(CONNECT_MS), self->app->cancel, err);
	return self->mqtt != NULL &&
		descriptions_gather(self->mqtt, self->app->cancel, &self->known, err);
}

/* To homebridge */

static void
tell_accessory(void *context, const struct homebridge_change *change)
{
	const struct handover *self = context;
	char name[128], topic[TASMOTA_MQTT_TOPIC_SIZE], mac[64];

	text_printable(name, sizeof name, change->name);
	text_printable(topic, sizeof topic, change->topic);
	text_printable(mac, sizeof mac, change->mac);
	if (self->app->json)
		print_event(self, mac, "homebridge",
			json_pack("{s:s, s:s, s:s, s:s, s:s}", "text",
				"an accessory of homebridge", "result",
				homebridge_what_name(change->what), "name", name, "type",
				change->type, "topic", topic));
	else
		printf("%-8s %-24s %-10s %s\n", homebridge_what_name(change->what), name,
			change->type, topic);
}

static bool
read_account(const struct handover *self, struct homebridge_order *order, char **password,
	struct err *err)
{
	const char *path = option_value(self->options, "homebridge-password-file");
	const char *environment = getenv("AIRLIFT_HOMEBRIDGE_PASSWORD");

	order->account = (struct homebridge_account){
		.host = self->choice.broker.host,
		.port = self->choice.broker.port,
		.user = option_value(self->options, "homebridge-user"),
		.ca_file = self->choice.broker.ca_file,
	};
	order->needs_account = self->choice.broker.user != NULL &&
		!option_given(self->options, "homebridge-environment");
	if (path != NULL) {
		*password = file_read_line(path, PASSWORD_MOST, err);
		if (*password == NULL)
			return false;
	} else if (environment != NULL && order->account.user != NULL) {
		*password = xstrdup(environment);
	}
	order->account.password = *password;
	return *password == NULL || order->account.user != NULL ||
		err_set(err, &err_usage,
			"--homebridge-password-file needs --homebridge-user");
}

/* A device without a description of its own is asked. */
static const struct tasmota_discovery *
describe(struct handover *self, const char *name, struct err *err)
{
	const struct tasmota_discovery *known;
	struct descriptions *all = &self->known;
	struct tasmota_discovery *device;

	if (!descriptions_choose(&self->known, name, &known, err))
		return NULL;
	if (known != NULL)
		return known;
	device = xmalloc(sizeof *device);
	if (!description_ask(self->mqtt, name, deadline_in(WAIT_SECONDS * 1000),
		    self->app->cancel, device, err)) {
		free(device);
		return NULL;
	}
	all->list = xrealloc(
		all->list, all->count + 1, sizeof(struct tasmota_discovery *));
	all->list[all->count++] = device;
	return device;
}

static bool
put_into_homebridge(struct handover *self, const struct homebridge_order *order,
	struct homebridge_result *result, struct err *err)
{
	const struct tasmota_discovery *devices[OPERANDS_MOST];

	if (!connect_and_gather(self, err))
		return false;
	if (self->count == 0) {
		if (self->known.count == 0)
			return err_set(err, &e_unknown,
				"no device has described itself at the broker");
		return homebridge_hand_over(order,
			(const struct tasmota_discovery *const *)self->known.list,
			self->known.count, result, err);
	}
	for (size_t i = 0; i < self->count; i++) {
		devices[i] = describe(self, self->devices[i], err);
		if (devices[i] == NULL)
			return false;
	}
	return homebridge_hand_over(order, devices, self->count, result, err);
}

static void
say_result(const struct handover *self, const struct homebridge_order *order,
	const struct homebridge_result *result)
{
	if (self->app->json || self->app->quiet)
		return;
	if (self->app->dry_run) {
		printf("\nNothing was written (--dry-run).\n");
		return;
	}
	if (result->backup != NULL)
		printf("\nThe file as it was is kept as %s.\n", result->backup);
	if (result->narrowed)
		printf("\n%s holds homebridge's password now: only its owner can read it "
		       "any more.\n",
			order->config_path);
	printf("\nRestart homebridge, so that it reads the file again.\n");
}

static bool
to_homebridge(struct handover *self, struct err *err)
{
	OWN(homebridge_result) result = { 0 };
	OWN_STR password = NULL;
	struct homebridge_order order = {
		.config_path = option_value(self->options, "config"),
		.type = option_value(self->options, "type"),
		.dry_run = self->app->dry_run,
		.cancel = self->app->cancel,
		.tell = tell_accessory,
		.context = self,
	};
	bool done;

	if (order.config_path == NULL)
		return err_set(err, &err_usage,
			"--config FILE is missing: homebridge's "
			"config.json");
	if (order.type != NULL && !homebridge_is_type(order.type))
		return err_set(
			err, &err_usage, "--type takes outlet, switch or lightbulb");
	if (self->remove)
		done = homebridge_take_back(&order, (const char *const *)self->devices,
			self->count, &result, err);
	else
		done = mqtt_choose(self->app, self->options, &self->choice, err) &&
			read_account(self, &order, &password, err) &&
			put_into_homebridge(self, &order, &result, err);
	if (!done)
		return false;
	if (result.added + result.changed + result.removed == 0)
		return err_set(
			err, &e_nothing, "nothing to change in %s", order.config_path);
	say_result(self, &order, &result);
	return true;
}

/* To Home Assistant */

struct tally {
	unsigned changed, same, failed;
};

static void
tell_way(const struct handover *self, const char *device, enum homeassistant_way way)
{
	char name[128];

	text_printable(name, sizeof name, device);
	if (self->app->json)
		print_event(self, name, "homeassistant",
			json_pack("{s:s, s:s, s:b}", "text", homeassistant_way_text(way),
				"way", homeassistant_way_name(way), "changed",
				homeassistant_way_changed(way)));
	else
		printf("%-20s %s\n", name, homeassistant_way_text(way));
}

static void
tell_failure(const struct handover *self, const char *device, const struct err *err)
{
	char name[128];

	text_printable(name, sizeof name, device);
	if (self->app->json)
		event_print("error", name,
			json_pack("{s:s, s:s, s:s}", "code", err->code->name, "cause",
				err->text, "remedy", err->remedy));
	else
		printf("%-20s %s: %s\n", name, err->code->name, err->text);
}

/* One of several failing does not keep the others; a single one's error is the end's. */
static bool
one_to_homeassistant(struct handover *self, const struct homeassistant_order *order,
	const char *device, bool alone, struct tally *tally, struct err *err)
{
	struct err own = { 0 };
	enum homeassistant_way way;
	bool done = self->remove ? homeassistant_take_back(order, device, &way, &own)
				 : homeassistant_hand_over(order, device, &way, &own);

	if (!done && (alone || err_kind(&own) == ERR_CANCELLED)) {
		*err = own;
		return false;
	}
	if (!done) {
		tell_failure(self, device, &own);
		tally->failed++;
		return true;
	}
	tell_way(self, device, way);
	if (homeassistant_way_changed(way))
		tally->changed++;
	else
		tally->same++;
	return true;
}

static bool
each_to_homeassistant(struct handover *self, const struct homeassistant_order *order,
	struct tally *tally, struct err *err)
{
	const struct descriptions *known = &self->known;
	size_t all = known->count + known->silent_count;

	for (size_t i = 0; i < self->count; i++)
		if (!one_to_homeassistant(
			    self, order, self->devices[i], self->count == 1, tally, err))
			return false;
	for (size_t i = 0; self->count == 0 && i < all; i++) {
		const char *topic = i < known->count ? known->list[i]->topic
						     : known->silent[i - known->count];

		if (!one_to_homeassistant(self, order, topic, all == 1, tally, err))
			return false;
	}
	return true;
}

static bool
to_homeassistant(struct handover *self, struct err *err)
{
	struct tally tally = { 0 };
	struct homeassistant_order order = { .dry_run = self->app->dry_run,
		.cancel = self->app->cancel };
	int64_t seconds;

	if (!option_number(self->options, "wait", 1, 3600, WAIT_SECONDS, &seconds, err) ||
		!mqtt_choose(self->app, self->options, &self->choice, err) ||
		!connect_and_gather(self, err))
		return false;
	order.mqtt = self->mqtt;
	order.known = &self->known;
	order.wait_ms = seconds * 1000;
	if (!each_to_homeassistant(self, &order, &tally, err))
		return false;
	if (tally.failed > 0)
		return err_set(err, &e_some, "%u of %u devices failed", tally.failed,
			tally.failed + tally.changed + tally.same);
	return tally.changed > 0 ||
		err_set(err, &e_nothing, "%s",
			tally.same > 0 ? "nothing to change"
				       : "there is no device at the broker");
}

static const struct {
	const char *name;
	bool (*run)(struct handover *self, struct err *err);
} receivers[] = {
	{ "homebridge", to_homebridge },
	{ "homeassistant", to_homeassistant },
};

static bool
handover(struct app *app, const struct options *options, struct err *err)
{
	OWN(handover)
	self = {
		.app = app,
		.options = options,
		.devices = options->argv + 1,
		.count = (size_t)options->argc - 1,
		.remove = option_given(options, "remove"),
	};
	char shown[64];

	for (size_t i = 0; i < COUNT_OF(receivers); i++) {
		if (strcmp(receivers[i].name, options->argv[0]) != 0)
			continue;
		if (option_given(options, "all") != (self.count == 0))
			return err_set(err, &err_usage,
				"name the devices by topic or MAC, or give --all");
		if (self.count > OPERANDS_MOST)
			return err_set(err, &err_usage, "too many devices");
		return receivers[i].run(&self, err);
	}
	return err_set(err, &err_usage,
		"a handover goes to homebridge or homeassistant, not to \"%s\"",
		text_printable(shown, sizeof shown, options->argv[0]));
}

const struct command cmd_handover = {
	.name = "handover",
	.arguments = "homebridge|homeassistant [DEVICE...]",
	.summary = "give freed devices to homebridge or Home Assistant",
	.least_operands = 1,
	.most_operands = -1,
	.options = options_of_handover,
	.run = handover,
};
