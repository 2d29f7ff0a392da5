/* setup: writes Wi-Fi, names, MQTT and the rest into Tasmota, reads it back, and proves
 * that the device is online. */
/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/terminal.h"
#include "base/text.h"
#include "cmd/command.h"
#include "cmd/profile_options.h"
#include "cmd/setup_options.h"
#include "cmd/setup_plan.h"
#include "cmd/show.h"
#include "fleet/event.h"
#include "fleet/recall.h"
#include "fleet/run.h"
#include "net/http_client.h"
#include "net/socket.h"

static const struct err_code e_nothing = { "E-SETUP-NOTHING-TO-DO", ERR_NOTHING_TO_DO,
	"Nothing is to be done; --renew-passwords writes the passwords anew." };

static const struct err_code e_other = { "E-SETUP-OTHER-DEVICE", ERR_NOT_FOUND,
	"Write the right id, or the device's MAC, into its entry of the profile; or name the "
	"device by its address." };

/* One device: its own copy of the wishes, and what they borrow. */
struct target {
	struct setup_wishes wishes;
	struct sockaddr_in address;
	char mac[13];
	const char *id; /* the vendor's, by the profile; NULL: not said there */
	char *host;
	const struct setup_run *run;
	struct recalled known; /* settings borrow from it */
	struct home_names names;
};

struct setup_run {
	const struct app *app;
	const struct setup_asked *asked;
	struct profile_source source;
	struct home home;
	struct journal *journal;
	struct target *targets;
	struct job *jobs;
	size_t count;
};

/* By the profile's entry and patterns; NULL where they need more than is known. */
static const char *
foreseen_topic(struct target *target, const struct recalled *known)
{
	struct settings settings = { 0 };

	recall_fill(
		known, target->id, NULL, &target->run->home, &target->names, &settings);
	return settings.want[SETTING_TOPIC];
}

/* A device of the profile or of the journal, whose MAC is known; else it is a topic, or
 * the profile says which it should have. */
static bool
look_up_name(struct target *target, const char *name, struct err *err)
{
	const struct setup_run *run = target->run;
	const struct profile *profile = run->home.profile;
	const struct profile_device *entry = NULL;
	const char *id = name;
	struct recalled known;

	if (profile != NULL && !profile_device_named(profile, name, &entry, err))
		return false;
	if (entry != NULL && entry->id != NULL)
		id = target->id = entry->id;
	if (!recall(run->journal, id, &known, err))
		return false;
	if (entry != NULL && entry->mac != NULL)
		text_copy(target->mac, sizeof target->mac, entry->mac);
	else
		text_copy(target->mac, sizeof target->mac, recall_mac(&known));
	if (target->mac[0] != '\0') {
		target->wishes.mac = target->mac;
		return true;
	}
	target->wishes.topic = name;
	if (entry != NULL)
		target->wishes.topic_too = foreseen_topic(target, &known);
	return true;
}

/* An address, a MAC, or a name. */
static bool
read_name(struct target *target, const char *name, struct err *err)
{
	uint16_t port = (uint16_t)target->run->asked->web_port;

	target->address.sin_family = AF_INET;
	if (socket_read_address(name, port, &target->address))
		return true;
	target->address = (struct sockaddr_in){ .sin_family = AF_INET };
	if (!tasmota_read_mac(name, target->mac))
		return look_up_name(target, name, err);
	target->wishes.mac = target->mac;
	return true;
}

static bool
tell_host(struct target *target, struct in_addr device, struct err *err)
{
	if (!target->run->asked->uses_mqtt)
		return true;
	target->host = setup_device_host(target->run->asked, device, err);
	target->wishes.settings.want[SETTING_MQTT_HOST] = target->host;
	return target->host != NULL;
}

/* A topic may have gone over to another device. */
static bool
is_the_one(
	const struct target *target, const struct tasmota_state *state, struct err *err)
{
	const char *known = target->known.device;

	return target->id == NULL || target->wishes.topic == NULL ||
		!device_is_id(known) || text_equal_nocase(known, target->id) ||
		err_set(err, &e_other,
			"the device found has the MAC %s, which is %s, not %s",
			state->mac, known, target->id);
}

/* One that is looked for by name is told the broker once it is found. Called from the
 * device's own thread. */
static bool
decide(void *context, const struct tasmota_state *state, struct err *err)
{
	struct target *target = context;
	const struct setup_run *run = target->run;
	struct in_addr device = { INADDR_ANY };

	if (!recall(run->journal, state->mac, &target->known, err) ||
		!is_the_one(target, state, err))
		return false;
	recall_fill(&target->known, target->id, state->mac, &run->home, &target->names,
		&target->wishes.settings);
	if (target->host != NULL)
		return true;
	inet_pton(AF_INET, state->address, &device);
	return tell_host(target, device, err);
}

static bool
is_access_point(const struct setup_asked *asked, const struct target *target)
{
	return target->address.sin_addr.s_addr == asked->access_point.sin_addr.s_addr &&
		target->address.sin_port == asked->access_point.sin_port;
}

static bool
fill_target(struct target *target, const char *name, struct err *err)
{
	const struct setup_asked *asked = target->run->asked;

	target->wishes = asked->wishes;
	target->wishes.decide = decide;
	target->wishes.context = target;
	if (name == NULL)
		target->address = asked->access_point;
	else if (!read_name(target, name, err))
		return false;
	if (target->wishes.topic != NULL && asked->wishes.broker == NULL) {
		char shown[64];

		return err_set(err, &err_usage,
			"\"%s\" is no address, no MAC and no device met before, and "
			"there is no broker to ask",
			text_printable(shown, sizeof shown, name));
	}
	target->wishes.in_access_point = is_access_point(asked, target);
	return target->address.sin_addr.s_addr == INADDR_ANY ||
		tell_host(target, target->address.sin_addr, err);
}

static bool
make_jobs(struct setup_run *run, const struct options *options, struct err *err)
{
	size_t named = (size_t)options->argc;

	run->count = named > 0 ? named : 1;
	run->targets = xcalloc(run->count, sizeof *run->targets);
	run->jobs = xcalloc(run->count, sizeof *run->jobs);
	if (run->count > 1 && !setup_check_names(run->asked, err))
		return false;
	for (size_t i = 0; i < run->count; i++) {
		struct target *target = &run->targets[i];

		target->run = run;
		if (!fill_target(target, named > 0 ? options->argv[i] : NULL, err))
			return false;
		run->jobs[i] = (struct job){ .method = &flash_setup,
			.wishes = &target->wishes };
		run->jobs[i].device.address = target->address;
		if (target->address.sin_addr.s_addr == INADDR_ANY)
			text_printable(run->jobs[i].device.id,
				sizeof run->jobs[i].device.id, options->argv[i]);
	}
	return true;
}

static void
free_jobs(struct setup_run *run)
{
	for (size_t i = 0; i < run->count; i++)
		free(run->targets[i].host);
	free(run->targets);
	free(run->jobs);
}

static void
print_plan(const struct setup_run *run)
{
	if (run->app->json) {
		event_print("message", NULL,
			json_pack("{s:s, s:o}", "text", "would be set up", "settings",
				setup_plan_json(&run->asked->wishes.wifi,
					&run->asked->wishes.settings)));
		return;
	}
	setup_plan_print(&run->asked->wishes.wifi, &run->asked->wishes.settings, "");
	if (run->home.profile != NULL)
		puts("Names and hardware: by the profile, once the device tells its MAC");
	puts("This was a rehearsal: nothing was changed.");
}

enum { INDENT = 16 };

static void
print_failure(const struct job_view *view)
{
	terminal_say(stdout, INDENT, "%-15s failed: %s (%s)", view->device,
		view->err.text, view->err.code != NULL ? view->err.code->name : "");
	terminal_say(stdout, INDENT + 6, "%-15s next: %s", "", view->err.remedy);
}

static void
print_result(const struct setup_run *run, struct board *board)
{
	for (size_t i = 0; i < run->count; i++) {
		const struct setup_wishes *wishes = &run->targets[i].wishes;
		struct job_view view;

		board_look(board, i, &view);
		if (view.outcome != JOB_DONE)
			print_failure(&view);
		else if (!wishes->changed)
			terminal_say(stdout, INDENT, "%-15s nothing to do: %s",
				view.device, view.proof);
		else
			terminal_say(stdout, INDENT,
				"%-15s set up: %s (settings written: %u, restarts: %u)",
				view.device, view.proof, wishes->result.written,
				wishes->result.restarts);
	}
}

static bool
say_if_nothing(const struct setup_run *run, struct err *err)
{
	for (size_t i = 0; i < run->count; i++)
		if (run->targets[i].wishes.changed)
			return true;
	return err_set(err, &e_nothing, "all is as asked already");
}

/* From here on devices are changed. */
static bool
carry_out(struct setup_run *run, struct err *err)
{
	const struct app *app = run->app;
	struct run_show show = show_choose(app);
	OWN_NEW(board) board = board_new(run->count);
	struct job_world world = {
		.journal = run->journal,
		.board = board,
		.cancel = app->cancel,
		.hurry = app->hurry,
		.web_port = (uint16_t)run->asked->web_port,
		.patience_percent = 100,
	};
	bool ok;

	ok = run_jobs(
		&world, run->jobs, run->count, (unsigned)run->asked->jobs, &show, err);
	if (!app->json && (ok || run->count > 1))
		print_result(run, board);
	return ok && say_if_nothing(run, err);
}

static bool
is_anything_asked(const struct setup_run *run)
{
	const struct setup_wishes *wishes = &run->asked->wishes;
	bool any = wishes->wifi.ssid != NULL || run->asked->uses_mqtt ||
		run->home.profile != NULL || wishes->settings.hardware.template != NULL ||
		wishes->settings.hardware.module != NULL;

	for (size_t i = 0; i < SETTING_COUNT; i++)
		any = any || wishes->settings.want[i] != NULL;
	return any;
}

static bool
set_up_devices(struct setup_run *run, const struct options *options, struct err *err)
{
	if (!is_anything_asked(run))
		return err_set(
			err, &err_usage, "setup needs at least one thing to write");
	run->journal = journal_open(run->app->state_directory, err);
	if (run->journal == NULL || !make_jobs(run, options, err) ||
		!setup_check(&run->targets[0].wishes, err))
		return false;
	if (!run->app->dry_run)
		return carry_out(run, err);
	print_plan(run);
	return true;
}

static bool
setup(struct app *app, const struct options *given, struct err *err)
{
	struct options options = *given;
	struct setup_asked asked = { 0 };
	struct setup_run run = { .app = app, .asked = &asked };
	OWN_NEW(catalog) catalog = catalog_open(NULL, err);
	bool ok = catalog != NULL && http_open(err);

	if (!ok)
		return false;
	ok = profile_supply(app, &options, setup_option_rows, &run.source, err) &&
		setup_ask(app, &options, &asked, err);
	run.home = (struct home){ run.source.profile, catalog };
	ok = ok && set_up_devices(&run, &options, err);
	free_jobs(&run);
	journal_free(run.journal);
	setup_asked_clear(&asked);
	profile_source_clear(&run.source);
	http_close();
	return ok;
}

const struct command cmd_setup = {
	.name = "setup",
	.arguments = "[DEVICE...]",
	.summary = "write Wi-Fi, names and MQTT into Tasmota and prove it",
	.most_operands = -1,
	.options = setup_option_rows,
	.run = setup,
};
