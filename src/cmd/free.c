/* free: the whole road in one command. Devices in DIY mode are flashed, those that run
 * Tasmota already go on from there; each is set up and seen online at the broker. */
/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "cmd/confirm.h"
#include "cmd/device_names.h"
#include "cmd/devices.h"
#include "cmd/firmware_options.h"
#include "cmd/free_options.h"
#include "cmd/free_plan.h"
#include "cmd/free_wait.h"
#include "cmd/show.h"
#include "fleet/report.h"
#include "net/http_client.h"

static const struct err_code e_nothing = { "E-FREE-NOTHING-TO-DO", ERR_NOTHING_TO_DO,
	"Nothing is to be done; \"airlift monitor\" shows what your devices say." };

enum { BROKER_MS = 10000 };

static bool
accept_and_open(struct free_run *run, struct err *err)
{
	const struct free_order *order = run->order;

	if (order->takes_over)
		return true;
	if (run->image == NULL)
		run->image = firmware_options_open_for(
			run->app, &order->options, order->firmware, "diy", err);
	if (run->image != NULL && run->server == NULL && !run->app->dry_run)
		run->server = image_server_new((uint16_t)order->port, err);
	return run->image != NULL && (run->server != NULL || run->app->dry_run);
}

static bool
ask_permission(struct free_run *run, size_t flashing, struct err *err)
{
	OWN_STR question = xasprintf(
		"This replaces the vendor firmware of %zu device%s for good; there is no way "
		"back. Continue?",
		flashing, flashing == 1 ? "" : "s");

	return flashing == 0 || run->order->keep_going ||
		confirm(run->app, question, err);
}

static bool
carry_out(struct free_run *run, struct journey *journey, struct err *err)
{
	const struct app *app = run->app;
	struct run_show show = show_choose(app);
	OWN_NEW(board) board = board_new(journey->count);
	struct job_world world = {
		.catalog = run->catalog,
		.overrides = run->order->overrides,
		.image = run->order->takes_over ? run->gear.final : run->image,
		.server = run->server,
		.takeover = &run->gear.takeover,
		.journal = run->journal,
		.board = board,
		.cancel = app->cancel,
		.hurry = app->hurry,
		.web_port = run->plan.web_port,
		.patience_percent = (unsigned)run->order->patience,
	};
	bool ok;

	show.forgive_refused = run->takes_all;
	ok = run_jobs(&world, journey->jobs, journey->count, (unsigned)run->order->jobs,
		&show, err);
	if (!app->json && (ok || journey->count > 1))
		report_print(board, stdout);
	if (ok && !journey_has_changed(journey))
		return err_set(err, &e_nothing, "all is as asked already");
	return ok;
}

bool
free_run_batch(struct free_run *run, struct journey *journey, struct err *err)
{
	if (journey->flashing > 0 && !accept_and_open(run, err))
		return false;
	if (run->app->dry_run) {
		free_plan_print(run, journey);
		return true;
	}
	return ask_permission(run, journey->flashing, err) &&
		carry_out(run, journey, err);
}

/* Names the journal knows as Tasmota, and MACs, need no listening. */
static bool
add_known(struct journey *journey, const struct device_names *names, char **rest,
	size_t *rest_count, struct err *err)
{
	for (size_t i = 0; i < names->count; i++) {
		bool added;

		if (!journey_add_known(journey, names->all[i], &added, err))
			return false;
		if (!added)
			rest[(*rest_count)++] = names->all[i];
	}
	return true;
}

static bool
add_found(struct free_run *run, struct journey *journey, char **names, size_t count,
	struct err *err)
{
	struct gathered *found = NULL;
	size_t found_count = 0;
	bool ok = devices_find(run->app, &run->order->options, run->catalog, names, count,
		run->takes_all, &found, &found_count, err);

	for (size_t i = 0; ok && i < found_count; i++)
		ok = journey_add(journey, &found[i], err);
	free(found);
	return ok;
}

static bool
gather_named(struct free_run *run, struct journey *journey,
	const struct device_names *names, struct err *err)
{
	const struct options *options = &run->order->options;
	char **rest = xcalloc(names->count + 1, sizeof *rest);
	size_t count = 0;
	bool added, ok = add_known(journey, names, rest, &count, err);

	if (ok && run->takes_all)
		ok = journey_add_waiting(journey, &added, err) &&
			journey_add_unfinished(journey, err);
	if (ok && (run->takes_all || count > 0 || option_given(options, "address")))
		ok = add_found(run, journey, rest, count, err);
	free(rest);
	if (ok && journey->count == 0)
		return err_set(err, &err_no_device, "no device was found");
	/* A name for one is no name for many. */
	return ok && (journey->count < 2 || setup_check_names(&run->order->asked, err));
}

static bool
gather_journey(struct free_run *run, struct journey *journey, struct err *err)
{
	const struct options *options = &run->order->options;
	struct device_names names;
	bool ok;

	if (!device_names_read(run->app, options, NAMES_TO_FREE, options->argv,
		    (size_t)options->argc, &names, err))
		return false;
	ok = gather_named(run, journey, &names, err);
	device_names_clear(&names);
	return ok;
}

static bool
free_once(struct free_run *run, struct err *err)
{
	struct journey journey = free_journey(run);
	bool ok = run->order->takes_over ? free_gather_takeover(run, &journey, err)
					 : gather_journey(run, &journey, err);
	ok = ok && free_run_batch(run, &journey, err);

	journey_clear(&journey);
	return ok;
}

/* Better now than when a device waits for it: a wrong login leaves no trace on a device
 * but silence. */
static bool
try_broker(const struct free_run *run, struct err *err)
{
	const struct setup_wishes *wishes = &run->plan.wishes;
	OWN_NEW(mqtt) mqtt = NULL;

	if (wishes->login == NULL || run->app->dry_run)
		return true;
	mqtt = mqtt_connect(wishes->login, deadline_in(BROKER_MS), run->app->cancel, err);
	return mqtt != NULL || err_while(err, "no device was touched: trying the broker");
}

/* Images first, and doors before any device is told to call at them. */
static bool
prepare_takeover(struct free_run *run, struct err *err)
{
	struct free_order *order = run->order;

	return !order->takes_over ||
		(takeover_gear_load(run->app, &order->takeover, &order->takeover_options,
			 &run->gear, err) &&
			takeover_find_place(&order->takeover, err) &&
			(run->app->dry_run ||
				takeover_gear_open(
					run->app, &order->takeover, &run->gear, err)));
}

static void
make_plan(struct free_run *run)
{
	const struct free_order *order = run->order;
	const struct setup_asked *asked = &order->asked;
	struct road_plan *plan = &run->plan;

	plan->home = (struct home){ order->source.profile, run->catalog };
	plan->journal = run->journal;
	plan->wishes = asked->wishes;
	plan->wishes.find_ms = FIND_AGAIN_MS;
	plan->wishes.broker_was_tried = true; /* try_broker() */
	plan->web_port = (uint16_t)asked->web_port;
	if (order->jobs == 1)
		plan->access_point = asked->access_point;
	if (asked->uses_mqtt)
		plan->wishes.settings.want[SETTING_MQTT_HOST] = asked->device_host != NULL
			? asked->device_host
			: asked->choice.broker.host;
}

static bool
free_devices(struct free_run *run, struct err *err)
{
	bool ok;

	run->catalog = catalog_open(NULL, err);
	run->journal = run->catalog != NULL ? journal_open(run->app->state_directory, err)
					    : NULL;
	if (run->journal == NULL)
		return false;
	make_plan(run);
	ok = setup_check(&run->plan.wishes, err) && prepare_takeover(run, err) &&
		try_broker(run, err);
	if (!ok)
		return false;
	return run->order->keep_going ? free_wait(run, err) : free_once(run, err);
}

static bool
free_command(struct app *app, const struct options *options, struct err *err)
{
	struct free_order order = { 0 };
	struct free_run run = { .app = app, .order = &order };
	bool ok = http_open(err);

	if (ok) {
		run.takes_all = options->argc == 0 && !option_given(options, "address");
		ok = free_order_read(app, options, &order, err) &&
			free_devices(&run, err);
		http_close();
	}
	takeover_gear_clear(&run.gear);
	image_server_free(run.server);
	image_free(run.image);
	journal_free(run.journal);
	catalog_free(run.catalog);
	free_order_clear(&order);
	return ok;
}

const struct command cmd_free = {
	.name = "free",
	.arguments = "[DEVICE...]",
	.summary = "the whole road: flash, set up, prove",
	.most_operands = -1,
	.options = free_option_rows,
	.run = free_command,
};
