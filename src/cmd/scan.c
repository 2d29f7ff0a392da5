/* scan: find devices on every interface, and say what can be done with each. */
/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/log.h"
#include "base/terminal.h"
#include "base/text.h"
#include "cmd/command.h"
#include "cmd/devices.h"
#include "cmd/scan_view.h"
#include "device/diy_client.h"
#include "net/http_client.h"
#include "net/socket.h"

enum {
	WAIT_S = 5,
	WAIT_MOST_S = 86400,
	STATUS_EVERY_MS = 250,
	HINT_AFTER_MS = 10000,
	ADDRESSES_MOST = OPTIONS_MOST
};

static const struct option_spec scan_options[] = {
	{ 'i', "interface", "NAME", "look only there (also \"lo\")" },
	{ 'w', "wait", "SECONDS", "how long to listen (5)" },
	{ 0, "watch", NULL, "stay, and show what comes, changes and goes" },
	{ 'a', "address", "IP[:PORT]", "ask this device directly; may be repeated" },
	{ 0 },
};

struct scan {
	const struct app *app;
	struct survey *survey;
	struct scan_view *view;
	struct sockaddr_in addresses[ADDRESSES_MOST];
	size_t address_count;
	bool listen;
	bool watch;
	bool is_endless;
	bool gave_hint;
	int64_t started_ms;
	struct deadline until;
};

static bool
read_addresses(struct scan *scan, const struct options *options, struct err *err)
{
	char shown[64];

	for (unsigned i = 0; i < options->count; i++) {
		const char *value = options->given[i].value;

		if (strcmp(options->given[i].spec->name, "address") != 0)
			continue;
		if (!socket_read_address(
			    value, DIY_PORT, &scan->addresses[scan->address_count++]))
			return err_set(err, &err_usage,
				"--address takes IP or IP:PORT, not %s",
				text_printable(shown, sizeof shown, value));
	}
	return true;
}

/* A device named by its address is there at once; nobody should wait for others then,
 * unless it was asked for. */
static bool
read_options(struct scan *scan, const struct options *options, struct err *err)
{
	int64_t wait_s;

	if (!option_number(options, "wait", 0, WAIT_MOST_S, WAIT_S, &wait_s, err) ||
		!read_addresses(scan, options, err))
		return false;
	scan->watch = option_given(options, "watch");
	scan->listen = scan->address_count == 0 || scan->watch ||
		option_given(options, "interface");
	scan->is_endless = scan->watch && !option_given(options, "wait");
	scan->started_ms = clock_steady_ms();
	scan->until = deadline_in(scan->listen ? wait_s * 1000 : 0);
	if (scan->is_endless)
		scan->until.at_ms = INT64_MAX;
	return true;
}

static enum scan_manner
manner_of(const struct scan *scan)
{
	bool live = !scan->app->plain && terminal_can_redraw(stdout);

	if (scan->app->json)
		return SCAN_JSON;
	if (scan->watch)
		return live ? SCAN_LIVE_PICTURE : SCAN_NEWS;
	return live ? SCAN_LIVE_TABLE : SCAN_TABLE;
}

/* Devices that are being asked when the time is up may answer. */
static bool
is_over(const struct scan *scan)
{
	return cancel_asked(scan->app->cancel) ||
		(deadline_passed(scan->until) && !survey_is_asking(scan->survey));
}

static void
show_status(const struct scan *scan)
{
	unsigned found = scan_view_found(scan->view);
	int64_t left_s = (deadline_left_ms(scan->until) + 999) / 1000;
	char text[160];

	if (scan->app->quiet)
		return;
	if (scan->is_endless)
		snprintf(text, sizeof text,
			"Listening: %u device%s so far. Ctrl-C ends. Asked on ", found,
			found == 1 ? "" : "s");
	else if (left_s > 0)
		snprintf(text, sizeof text, "Listening for %d s more on ", (int)left_s);
	else
		snprintf(text, sizeof text, "Waiting for answers ... ");
	{
		OWN_STR whole = xasprintf("%s%s", text,
			scan->is_endless || left_s > 0 ? survey_asked(scan->survey) : "");

		scan_view_status(scan->view, whole);
	}
}

static void
hint_when_nothing_comes(struct scan *scan)
{
	if (scan->gave_hint || !scan->is_endless ||
		clock_steady_ms() - scan->started_ms < HINT_AFTER_MS)
		return;
	scan->gave_hint = true;
	if (scan_view_found(scan->view) == 0)
		log_info("nothing heard yet. %s", err_no_device.remedy);
}

static void
look_around(struct scan *scan)
{
	struct sighting sighting;

	while (!is_over(scan)) {
		show_status(scan);
		if (survey_next(scan->survey, &sighting, deadline_in(STATUS_EVERY_MS),
			    scan->app->cancel))
			scan_view_show(scan->view, &sighting);
		hint_when_nothing_comes(scan);
	}
	while (survey_next(scan->survey, &sighting, deadline_in(0), NULL))
		scan_view_show(scan->view, &sighting);
	scan_view_end(scan->view);
}

static bool
nobody(const struct scan *scan, struct err *err)
{
	const struct err *failure = scan_view_failure(scan->view);
	int64_t waited_s = (clock_steady_ms() - scan->started_ms + 500) / 1000;

	if (scan->listen)
		return err_set(err, &err_no_device,
			"no device announced itself within %d s on %s", (int)waited_s,
			survey_asked(scan->survey));
	err_set(err, &err_no_device, "%s",
		failure != NULL ? failure->text : "no device answered");
	return failure != NULL ? err_remedy(err, "%s", failure->remedy) : false;
}

static bool
conclude(const struct scan *scan, struct err *err)
{
	unsigned found = scan_view_found(scan->view), ready = scan_view_free(scan->view);

	if (scan->watch)
		return true;
	if (cancel_asked(scan->app->cancel))
		return err_set(err, &err_cancelled, "stopped while looking for devices");
	if (found == 0)
		return nobody(scan, err);
	if (!scan->app->json && !scan->app->quiet)
		printf("\n%u device%s, %u can be freed now.\n", found,
			found == 1 ? "" : "s", ready);
	return true;
}

static bool
survey_and_show(struct scan *scan, const struct survey_order *order, struct err *err)
{
	bool color = !scan->app->plain && terminal_has_color(stdout), ok;

	scan->survey = survey_start(order, err);
	if (scan->survey == NULL)
		return false;
	scan->view = scan_view_new(manner_of(scan), color, stdout);
	if (scan->listen && !scan->app->json && !terminal_can_redraw(stdout))
		log_info("looking for devices on %s", survey_asked(scan->survey));
	look_around(scan);
	ok = conclude(scan, err);
	survey_free(scan->survey);
	scan_view_close(scan->view);
	return ok;
}

static bool
run(struct app *app, const struct options *options, struct err *err)
{
	struct scan scan = { .app = app };
	struct survey_order order = { .interface = option_value(options, "interface") };
	OWN_NEW(catalog) catalog = NULL;
	bool ok;

	if (!read_options(&scan, options, err) ||
		(catalog = catalog_open(NULL, err)) == NULL || !http_open(err))
		return false;
	order.catalog = catalog;
	order.listen = scan.listen;
	order.addresses = scan.addresses;
	order.address_count = scan.address_count;
	ok = survey_and_show(&scan, &order, err);
	http_close();
	return ok;
}

const struct command cmd_scan = {
	.name = "scan",
	.arguments = "",
	.summary = "find devices, and what can be done with each",
	.least_operands = 0,
	.most_operands = 0,
	.options = scan_options,
	.run = run,
};
