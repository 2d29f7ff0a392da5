/* setup: writes Wi-Fi, names, MQTT and the rest into Tasmota, reads it back, and proves
 * that the device is online. */
/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "cmd/command.h"
#include "cmd/setup_options.h"
#include "cmd/show.h"
#include "fleet/run.h"
#include "net/http_client.h"
#include "net/socket.h"

static const struct err_code e_nothing = { "E-SETUP-NOTHING-TO-DO", ERR_NOTHING_TO_DO,
	"Nothing is to be done; --renew-passwords writes the passwords anew." };

/* One device: its own copy of the wishes, and what they borrow. */
struct target {
	struct setup_wishes wishes;
	struct sockaddr_in address;
	char mac[13];
	char *host;
};

struct setup_run {
	const struct app *app;
	const struct setup_asked *asked;
	struct target *targets;
	struct job *jobs;
	size_t count;
};

/* An address, a MAC, or a topic at the broker. */
static void
read_name(struct target *target, const struct setup_asked *asked, const char *name)
{
	target->address.sin_family = AF_INET;
	if (socket_read_address(name, (uint16_t)asked->web_port, &target->address))
		return;
	target->address = (struct sockaddr_in){ .sin_family = AF_INET };
	if (tasmota_read_mac(name, target->mac))
		target->wishes.mac = target->mac;
	else
		target->wishes.topic = name;
}

static bool
is_access_point(const struct setup_asked *asked, const struct target *target)
{
	return target->address.sin_addr.s_addr == asked->access_point.sin_addr.s_addr &&
		target->address.sin_port == asked->access_point.sin_port;
}

static bool
fill_target(struct target *target, const struct setup_asked *asked, const char *name,
	struct err *err)
{
	target->wishes = asked->wishes;
	if (name != NULL)
		read_name(target, asked, name);
	else
		target->address = asked->access_point;
	if (target->wishes.topic != NULL && asked->wishes.broker == NULL) {
		char shown[64];

		return err_set(err, &err_usage,
			"\"%s\" is no address and no MAC, and there is no broker to ask",
			text_printable(shown, sizeof shown, name));
	}
	target->wishes.in_access_point = is_access_point(asked, target);
	if (!asked->uses_mqtt)
		return true;
	target->host = setup_device_host(asked, target->address.sin_addr, err);
	target->wishes.settings.want[SETTING_MQTT_HOST] = target->host;
	return target->host != NULL;
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

		if (!fill_target(
			    target, run->asked, named > 0 ? options->argv[i] : NULL, err))
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
print_plan(const struct setup_asked *asked)
{
	const struct settings *settings = &asked->wishes.settings;
	char shown[SETTING_VALUE_MOST];

	if (asked->wishes.wifi.ssid != NULL)
		printf("Wi-Fi: %s\n",
			text_printable(shown, sizeof shown, asked->wishes.wifi.ssid));
	for (enum setting i = 0; i < SETTING_COUNT; i++) {
		bool is_secret = i == SETTING_MQTT_PASSWORD || i == SETTING_WEB_PASSWORD;

		if (settings->want[i] != NULL)
			printf("%s: %s\n", setting_name(i),
				is_secret ? "(not shown)"
					  : text_printable(shown, sizeof shown,
						    settings->want[i]));
	}
	puts("This was a rehearsal: nothing was changed.");
}

static void
print_result(const struct setup_run *run, struct board *board)
{
	for (size_t i = 0; i < run->count; i++) {
		const struct setup_wishes *wishes = &run->targets[i].wishes;
		struct job_view view;

		board_look(board, i, &view);
		if (view.outcome != JOB_DONE)
			printf("%-15s failed: %s (%s)\n%-15s next: %s\n", view.device,
				view.err.text,
				view.err.code != NULL ? view.err.code->name : "", "",
				view.err.remedy);
		else if (!wishes->changed)
			printf("%-15s nothing to do: %s\n", view.device, view.proof);
		else
			printf("%-15s set up: %s (settings written: %u, restarts: %u)\n",
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
	OWN_NEW(journal) journal = journal_open(app->state_directory, err);
	OWN_NEW(board) board = board_new(run->count);
	struct job_world world = {
		.journal = journal,
		.board = board,
		.cancel = app->cancel,
		.hurry = app->hurry,
		.web_port = (uint16_t)run->asked->web_port,
		.patience_percent = 100,
	};
	bool ok;

	if (journal == NULL)
		return false;
	ok = run_jobs(
		&world, run->jobs, run->count, (unsigned)run->asked->jobs, &show, err);
	if (!app->json && (ok || run->count > 1))
		print_result(run, board);
	return ok && say_if_nothing(run, err);
}

static bool
is_anything_asked(const struct setup_asked *asked)
{
	bool any = asked->wishes.wifi.ssid != NULL || asked->uses_mqtt;

	for (size_t i = 0; i < SETTING_COUNT; i++)
		any = any || asked->wishes.settings.want[i] != NULL;
	return any;
}

static bool
set_up_devices(const struct app *app, const struct setup_asked *asked,
	const struct options *options, struct err *err)
{
	struct setup_run run = { .app = app, .asked = asked };
	bool ok;

	if (!is_anything_asked(asked))
		return err_set(
			err, &err_usage, "setup needs at least one thing to write");
	ok = make_jobs(&run, options, err) && setup_check(&run.targets[0].wishes, err);
	if (ok && app->dry_run)
		print_plan(asked);
	else
		ok = ok && carry_out(&run, err);
	free_jobs(&run);
	return ok;
}

static bool
setup(struct app *app, const struct options *options, struct err *err)
{
	struct setup_asked asked = { 0 };
	bool ok;

	if (!http_open(err))
		return false;
	ok = setup_ask(app, options, &asked, err) &&
		set_up_devices(app, &asked, options, err);
	setup_asked_clear(&asked);
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
