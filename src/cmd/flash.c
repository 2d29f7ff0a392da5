/* flash: puts an image on devices that are reachable on the LAN. The image is opened and
 * accepted before any device hears of anything. */
/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/terminal.h"
#include "cmd/command.h"
#include "cmd/confirm.h"
#include "cmd/device_names.h"
#include "cmd/devices.h"
#include "cmd/firmware_options.h"
#include "cmd/flash_find.h"
#include "cmd/flash_plan.h"
#include "cmd/mqtt_options.h"
#include "cmd/profile_options.h"
#include "cmd/show.h"
#include "cmd/upgrade_options.h"
#include "flash/methods.h"
#include "fleet/report.h"
#include "fleet/run.h"
#include "fleet/scheduler.h"
#include "fleet/upgrades.h"
#include "net/http_client.h"

static const struct option_spec option_rows[] = {
	{ 'f', "firmware", "IMAGE", "a file, an http(s) URL, or a name: tasmota-lite" },
	{ 'a', "all", NULL, "every device that is found and can be flashed" },
	{ 0, "method", "NAME", "diy or tasmota (whatever the device needs)" },
	{ 'j', "jobs", "N", "devices at the same time (16)" },
	{ 0, "port", "N", "port devices fetch the image from (any free one)" },
	DEVICE_OPTIONS,
	PROFILE_OPTION,
	{ 0, "web-port", "N", "where the new firmware is looked for (80)" },
	{ 0, "patience", "PERCENT", "wait longer or shorter for everything (100)" },
	{ 0, "allow-untried", NULL, "flash models of which few were freed" },
	UPGRADE_OPTIONS,
	MQTT_OPTIONS,
	FIRMWARE_OPTIONS,
	{ 0 },
};

/* What was asked for. */
struct order {
	const struct flash_method *method; /* NULL: as each device needs */
	struct upgrade_asked upgrade;
	struct catalog *catalog;
	struct verdict_overrides overrides;
	int64_t jobs, port, web_port, patience, wait;
	struct mqtt_choice broker; /* knows Tasmotas by name; host NULL: none */
	struct err refusal; /* why the image is for Tasmota only */
	char **typed; /* the operands before names of the profile were replaced */
	bool all;
};

static bool
read_numbers(struct order *order, const struct options *options, struct err *err)
{
	return option_number(options, "jobs", 1, SCHEDULER_THREADS_MOST, 16, &order->jobs,
		       err) &&
		option_number(options, "port", 0, 65535, 0, &order->port, err) &&
		option_number(options, "web-port", 1, 65535, 80, &order->web_port, err) &&
		option_number(options, "patience", 1, 1000, 100, &order->patience, err) &&
		option_number(options, "wait", 1, 3600, 10, &order->wait, err);
}

static bool
read_order(struct order *order, const struct options *options, struct err *err)
{
	const char *method = option_value(options, "method");

	order->all = option_given(options, "all");
	order->overrides.allow_untried = option_given(options, "allow-untried");
	order->method = method != NULL ? flash_method_named(method) : NULL;
	if (method != NULL && (order->method == NULL || order->method == &flash_takeover))
		return err_set(err, &err_usage, "\"%s\" is no method of flash", method);
	if (option_value(options, "firmware") == NULL)
		return err_set(err, &err_usage, "flash needs --firmware IMAGE");
	if (!read_numbers(order, options, err))
		return false;
	if (order->all && options->argc > 0)
		return err_set(err, &err_usage, "name devices or use --all, not both");
	if (!order->all && options->argc == 0 && !option_given(options, "address"))
		return err_set(
			err, &err_usage, "flash needs a DEVICE, --address IP or --all");
	return true;
}

/* An image for Tasmota only, such as a compressed one, decides the method. */
static bool
judge_image(struct order *order, const struct options *options, const struct image *image,
	struct err *err)
{
	struct accept_overrides overrides = firmware_options_overrides(options);
	const char *method = order->method != NULL ? order->method->name : "diy";
	char warning[ACCEPT_WARNING_SIZE];

	if (!accept_image(image, method, &overrides, warning, err)) {
		if (order->method != NULL || order->all ||
			!accept_image(image, "tasmota", &overrides, warning, NULL))
			return false;
		order->refusal = *err;
		err_clear(err);
		order->method = &flash_tasmota;
	}
	if (warning[0] != '\0')
		log_warn("%s", warning);
	return true;
}

/* Opens and judges the image: nothing else happens if it is refused. */
static struct image *
open_image(const struct app *app, struct order *order, const struct options *options,
	struct err *err)
{
	struct image *image = firmware_options_open(
		app, options, option_value(options, "firmware"), err);

	if (image == NULL || judge_image(order, options, image, err))
		return image;
	image_free(image);
	return NULL;
}

static struct upgrades_order
upgrades_of(const struct app *app, struct order *order, const struct options *options,
	const struct image *image)
{
	return (struct upgrades_order){
		.image = image,
		.overrides = firmware_options_overrides(options),
		.wishes = &order->upgrade.wishes,
		.web_port = (uint16_t)order->web_port,
		.leave_same = order->method == NULL || order->refusal.code != NULL ||
			order->all,
		.leave_others = order->all,
		.where = {
			.broker = order->broker.host != NULL ? &order->broker.broker : NULL,
			.web_password = order->upgrade.wishes.web_password,
			.web_port = (uint16_t)order->web_port,
			.interface = option_value(options, "interface"),
			.wait_ms = order->wait * 1000,
			.cancel = app->cancel,
		},
		.cancel = app->cancel,
	};
}

/* A device that is not there, or that the method does not take, is a job with a refusal. */
static struct job *
make_jobs(const struct order *order, const struct upgrades_order *upgrades,
	const struct image *image, const struct gathered *found, size_t count)
{
	struct job *jobs = xcalloc(count, sizeof *jobs);

	for (size_t i = 0; i < count; i++) {
		struct flash_job trial = {
			.device = found[i].device,
			.catalog = order->catalog,
			.overrides = order->overrides,
			.image = image,
		};

		jobs[i].method = order->method != NULL		 ? order->method
			: found[i].device.kind == DEVICE_TASMOTA ? &flash_tasmota
								 : &flash_diy;
		jobs[i].wishes = jobs[i].method == &flash_tasmota ? upgrades->wishes
								  : NULL;
		jobs[i].device = found[i].device;
		jobs[i].refusal = found[i].err;
		if (jobs[i].refusal.code == NULL)
			jobs[i].method->accepts(&trial, &jobs[i].refusal);
		if (order->method != NULL)
			continue;
		if (jobs[i].method == &flash_diy)
			upgrades_take(upgrades, &jobs[i]);
		else if (jobs[i].refusal.code == NULL)
			upgrades_accept(upgrades, &jobs[i]);
	}
	return jobs;
}

static bool
is_same_place(const struct job *a, const struct job *b)
{
	return a->refusal.code == NULL && b->refusal.code == NULL &&
		a->device.address.sin_addr.s_addr == b->device.address.sin_addr.s_addr &&
		a->device.address.sin_port == b->device.address.sin_port;
}

/* A device named twice, say by topic and address, is flashed once. */
static size_t
drop_doubles(struct job *jobs, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		size_t before = 0;

		while (before < kept && !is_same_place(&jobs[before], &jobs[i]))
			before++;
		if (before == kept)
			jobs[kept++] = jobs[i];
	}
	return kept;
}

/* One look-up stands for all that are locked: they ask the same service. */
static void
warn_about_unlocking(const struct app *app, const struct order *order,
	const struct job *jobs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *host = verdict_unlock_host(order->catalog, &jobs[i].device);
		struct verdict verdict = { 0 };
		char name[DEVICE_ID_SIZE];

		if (jobs[i].refusal.code != NULL || host == NULL ||
			jobs[i].method != &flash_diy)
			continue;
		if (!verdict_host_resolves(host, app->cancel))
			verdict_warn_unlock(&verdict, host);
		device_name(&jobs[i].device, name);
		for (unsigned w = 0; w < verdict.warning_count; w++)
			log_warn("%s: %s", name, verdict.warnings[w].text);
		return;
	}
}

static size_t
count_willing(const struct job *jobs, size_t count, const struct flash_method *method)
{
	size_t willing = 0;

	for (size_t i = 0; i < count; i++)
		willing += jobs[i].refusal.code == NULL && jobs[i].method == method;
	return willing;
}

static bool
ask_about(const struct app *app, size_t willing, const char *before, const char *behind,
	struct err *err)
{
	OWN_STR question = xasprintf("%s %zu device%s%s Continue?", before, willing,
		willing == 1 ? "" : "s", behind);

	return willing == 0 || confirm(app, question, err);
}

/* A Tasmota can go back, and was named; those that --all found were not. */
static bool
ask_permission(const struct app *app, const struct order *order, const struct job *jobs,
	size_t count, struct err *err)
{
	return ask_about(app, count_willing(jobs, count, &flash_diy),
		       "This replaces the vendor firmware of",
		       " for good; there is no way back.", err) &&
		(!order->all ||
			ask_about(app, count_willing(jobs, count, &flash_tasmota),
				"This puts the image on", " that run Tasmota.", err));
}

/* From here on devices are changed. */
static bool
carry_out(const struct app *app, const struct order *order, const struct image *image,
	struct job *jobs, size_t count, struct err *err)
{
	struct run_show show = show_choose(app);
	OWN_NEW(journal) journal = journal_open(app->state_directory, err);
	OWN_NEW(image_server)
	server = journal != NULL ? image_server_new((uint16_t)order->port, err) : NULL;
	OWN_NEW(board) board = board_new(count);
	struct job_world world = {
		.catalog = order->catalog,
		.overrides = order->overrides,
		.image = image,
		.server = server,
		.journal = journal,
		.board = board,
		.cancel = app->cancel,
		.hurry = app->hurry,
		.web_port = (uint16_t)order->web_port,
		.patience_percent = (unsigned)order->patience,
	};
	bool ok;

	if (server == NULL)
		return false;
	show.forgive_refused = order->all;
	ok = run_jobs(&world, jobs, count, (unsigned)order->jobs, &show, err);
	if (!app->json && (ok || count > 1) && report_print(board, stdout) > 0 &&
		jobs[0].method->afterwards != NULL) {
		putchar('\n');
		terminal_say(stdout, 0, "%s", jobs[0].method->afterwards);
	}
	return ok;
}

static bool
flash_devices(const struct app *app, struct order *order, const struct options *options,
	const struct image *image, struct err *err)
{
	struct upgrades_order upgrades = upgrades_of(app, order, options, image);
	struct gathered *found = NULL;
	struct job *jobs = NULL;
	size_t count = 0;
	struct flash_search search = {
		.app = app,
		.options = options,
		.typed = order->typed,
		.catalog = order->catalog,
		.upgrades = &upgrades,
		.refusal = order->refusal,
		.all = order->all,
		.only_tasmotas = order->method == &flash_tasmota,
	};
	bool ok = flash_find(&search, &found, &count, err);

	if (ok) {
		jobs = make_jobs(order, &upgrades, image, found, count);
		count = drop_doubles(jobs, count);
		warn_about_unlocking(app, order, jobs, count);
		if (app->dry_run)
			flash_plan_print(image, jobs, count, app->json);
		else
			ok = ask_permission(app, order, jobs, count, err) &&
				carry_out(app, order, image, jobs, count, err);
	}
	free(found);
	free(jobs);
	return ok;
}

/* The broker is asked only about devices that have to be looked up. */
static bool
choose_broker(const struct app *app, struct order *order, const struct options *options,
	struct err *err)
{
	bool needed = order->all && order->method == &flash_tasmota;

	for (int i = 0; i < options->argc; i++)
		needed |= !flash_is_vendor_name(
			order->typed[i], (uint16_t)order->web_port);
	if (!needed)
		return true;
	if (!mqtt_is_known(app, options))
		return !order->all ||
			err_set(err, &err_usage,
				"the broker knows which Tasmotas there are: name it with "
				"--mqtt, or name the devices by address");
	return mqtt_choose(app, options, &order->broker, err);
}

static bool
find_and_flash(const struct app *app, struct order *order, const struct options *given,
	const struct image *image, struct err *err)
{
	enum device_names_of which = order->method == NULL ? NAMES_OF_ANY
		: order->method == &flash_tasmota	   ? NAMES_OF_TASMOTA
							   : NAMES_OF_VENDOR;
	struct options options = *given;
	struct device_names meant;
	bool ok;

	if (!device_names_read(
		    app, given, which, given->argv, (size_t)given->argc, &meant, err))
		return false;
	options.argv = meant.all;
	order->typed = given->argv;
	ok = choose_broker(app, order, &options, err) &&
		flash_devices(app, order, &options, image, err);
	device_names_clear(&meant);
	return ok;
}

static bool
flash(struct app *app, const struct options *options, struct err *err)
{
	struct order order = { 0 };
	struct image *image;
	bool ok;

	if (!read_order(&order, options, err) || !http_open(err))
		return false;
	order.catalog = catalog_open(NULL, err);
	image = order.catalog != NULL ? open_image(app, &order, options, err) : NULL;
	ok = image != NULL && upgrade_ask(app, options, &order.upgrade, err) &&
		find_and_flash(app, &order, options, image, err);
	mqtt_choice_clear(&order.broker);
	upgrade_asked_clear(&order.upgrade);
	image_free(image);
	catalog_free(order.catalog);
	http_close();
	return ok;
}

const struct command cmd_flash = {
	.name = "flash",
	.arguments = "[DEVICE...]",
	.summary = "put new firmware on devices on the LAN",
	.most_operands = -1,
	.options = option_rows,
	.run = flash,
};
