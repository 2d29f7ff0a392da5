/* The check of old devices: let them call. */
/* SPDX-License-Identifier: MIT */
#include "cmd/check_call.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "cmd/takeover_jobs.h"
#include "fleet/event.h"

bool
check_call_is_meant(const struct options *options)
{
	return option_given(options, "pair") || option_given(options, "provisioned");
}

bool
check_call_is_not_half_meant(const struct options *options, struct err *err)
{
	static const char *const calling[] = { "ssid", "wifi-password-file",
		"told-address", "cloud-port", "plain-port", "patience" };

	for (size_t i = 0; i < COUNT_OF(calling); i++)
		if (option_given(options, calling[i]))
			return err_set(err, &err_usage,
				"--%s belongs to --pair or --provisioned", calling[i]);
	return true;
}

/* Options that only make sense for check's other way. */
static bool
check_options(const struct options *options, struct err *err)
{
	static const char *const lan[] = { "address", "interface", "wait" };

	if (option_given(options, "pair") && option_given(options, "provisioned"))
		return err_set(err, &err_usage,
			"--pair is for a device in pairing mode, --provisioned for one "
			"that calls already: choose one");
	for (size_t i = 0; i < COUNT_OF(lan); i++)
		if (option_given(options, lan[i]))
			return err_set(err, &err_usage,
				"--%s looks for devices in your network; with --pair and "
				"--provisioned they come by themselves",
				lan[i]);
	return true;
}

static bool
read_order(const struct app *app, const struct options *options,
	struct takeover_order *order, struct err *err)
{
	static const struct takeover_alias names[] = {
		{ "provisioned", "provisioned" },
		{ "ssid", "ssid" },
		{ "wifi-password-file", "wifi-password-file" },
		{ "ap-address", "ap-address" },
		{ "told-address", "address" },
		{ "cloud-port", "cloud-port" },
		{ "plain-port", "plain-port" },
		{ "patience", "patience" },
	};
	struct options translated = { .argc = options->argc, .argv = options->argv };

	takeover_options_translate(options, names, COUNT_OF(names), &translated);
	order->only_check = true;
	return check_options(options, err) &&
		takeover_options_read(app, order, &translated, err);
}

static void
judge_good(const struct takeover_finding *finding, struct verdict *out)
{
	const struct device *device = &finding->device;

	out->can_be_freed = true;
	out->method = flash_takeover.name;
	snprintf(out->reason, sizeof out->reason,
		"model %s, firmware %s, talks to this computer %s",
		device->model[0] != '\0' ? device->model : "unknown",
		device->firmware[0] != '\0' ? device->firmware : "unknown",
		finding->is_secure ? "with TLS: it is not pinned to the vendor"
				   : "without TLS: nothing pins it to the vendor");
	snprintf(out->next_step, sizeof out->next_step,
		"Run \"airlift takeover --provisioned --images DIR %s\": it calls this "
		"computer from now on. \"airlift takeover --undo\" gives it the vendor's "
		"server back.",
		device->id);
}

/* Pinned is for good; anything else may go better the next time. */
static void
judge_bad(const struct err *why, struct verdict *out)
{
	out->why_not = *why;
	if (err_kind(why) != ERR_NOT_ELIGIBLE)
		out->perhaps = flash_takeover.name;
	text_copy(out->reason, sizeof out->reason, why->text);
	text_copy(out->next_step, sizeof out->next_step, why->remedy);
}

static void
judge(const struct takeover_finding *finding, struct board *board, size_t row,
	struct judged *out)
{
	struct job_view view;

	board_look(board, row, &view);
	out->device = finding->device;
	out->device.kind = out->device.firmware[0] != '\0' ? DEVICE_EWELINK
							   : DEVICE_PAIRING;
	if (view.outcome == JOB_DONE)
		judge_good(finding, &out->verdict);
	else
		judge_bad(&view.err, &out->verdict);
}

/* Whatever the run came to as a whole: each device has its own verdict. False when it has
 * not begun. */
static bool
let_call(const struct app *app, const struct takeover_order *order,
	struct takeover_jobs *jobs, struct takeover_finding *findings, struct err *err)
{
	struct takeover_gear gear = { 0 };
	struct job_view view;
	bool ok;

	for (size_t i = 0; i < jobs->count; i++)
		jobs->all[i].wishes = &findings[i];
	ok = takeover_jobs_run(app, order, &gear, jobs, err);
	takeover_gear_clear(&gear);
	board_look(jobs->board, 0, &view);
	if (ok || (view.outcome != JOB_WAITING && view.err.code != NULL)) {
		err_clear(err);
		return true;
	}
	return false;
}

static void
print_plan(const struct app *app, const struct takeover_order *order)
{
	char host[INET_ADDRSTRLEN], text[160];

	inet_ntop(AF_INET, &order->told, host, sizeof host);
	if (order->is_provisioned)
		snprintf(text, sizeof text, "a device would be waited for at %s:%lld",
			host, (long long)order->cloud_port);
	else
		snprintf(text, sizeof text,
			"the device would be told to join \"%s\" and to call %s:%lld",
			order->ssid, host, (long long)order->cloud_port);
	if (app->json)
		event_print("message", NULL, json_pack("{s:s}", "text", text));
	else
		printf("rehearsal: %s\n", text);
}

static bool
call_all(const struct app *app, struct takeover_order *order,
	const struct options *options, struct judged **out, size_t *count,
	struct err *err)
{
	OWN_NEW(takeover_jobs)
	jobs = takeover_jobs_new(order, options, &flash_takeover_check);
	struct takeover_finding *findings = xcalloc(jobs->count, sizeof *findings);
	bool ok = takeover_find_place(order, err);

	if (ok && app->dry_run)
		print_plan(app, order);
	else if (ok)
		ok = let_call(app, order, jobs, findings, err);
	if (ok && !app->dry_run) {
		*count = jobs->count;
		*out = xcalloc(jobs->count, sizeof **out);
		for (size_t i = 0; i < jobs->count; i++)
			judge(&findings[i], jobs->board, i, &(*out)[i]);
	}
	free(findings);
	return ok;
}

bool
check_call(const struct app *app, const struct options *options, struct judged **out,
	size_t *count, struct err *err)
{
	struct takeover_order order = { 0 };
	bool ok = read_order(app, options, &order, err) &&
		call_all(app, &order, options, out, count, err);

	takeover_order_clear(&order);
	return ok;
}
