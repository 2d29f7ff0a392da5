/* takeover: frees devices with vendor firmware of 2016-2018, which has no DIY mode. All
 * images are opened and accepted before any device hears of anything. */
/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "cmd/confirm.h"
#include "cmd/takeover_jobs.h"
#include "flash/provision.h"
#include "flash/takeover.h"
#include "fleet/event.h"
#include "fleet/report.h"
#include "net/http_client.h"

enum { UNDO_MS = 600000 };

static void
print_plan(const struct app *app, const struct takeover_order *order,
	struct takeover_gear *gear, const struct job *jobs)
{
	char host[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &order->told, host, sizeof host);
	if (app->json) {
		event_print("message", NULL,
			json_pack("{s:s}", "text",
				"rehearsal: the images are fit, nothing was changed"));
		return;
	}
	printf("devices call %s, port %lld with TLS, port %lld without\n", host,
		(long long)order->cloud_port, (long long)order->plain_port);
	if (!order->is_provisioned)
		printf("they are told to join \"%s\"\n", order->ssid);
	if (gear->final != NULL)
		printf("image   %s: %s %s, sha256 %s\n", gear->final->name,
			gear->final->program, gear->final->version, gear->final->sha256);
	printf("steps: ");
	for (const struct flash_step *step = jobs->method->steps; step->name != NULL;
		step++)
		printf(" %s%s", step->name, step[1].name != NULL ? "," : "\n");
	puts("This was a rehearsal: nothing was changed.");
}

static bool
take_over(const struct app *app, struct takeover_order *order,
	const struct options *options, struct takeover_gear *gear, struct err *err)
{
	OWN_NEW(takeover_jobs) jobs = takeover_jobs_new(order, options, &flash_takeover);
	bool ok;

	if (!takeover_find_place(order, err))
		return false;
	if (app->dry_run) {
		print_plan(app, order, gear, jobs->all);
		return true;
	}
	if (!confirm(app,
		    "This replaces the vendor firmware for good; there is no way back. "
		    "Continue?",
		    err))
		return false;
	ok = takeover_jobs_run(app, order, gear, jobs, err);
	if (!app->json && (ok || jobs->count > 1))
		report_print(jobs->board, stdout);
	return ok;
}

/* One device after the other, as they are in pairing mode. */
static bool
undo(const struct app *app, const struct takeover_order *order, struct err *err)
{
	char server[EWELINK_AP_SERVER_MOST + 1];
	struct ewelink_ap_settings settings = { order->ssid, order->password, server,
		PROVISION_VENDOR_PORT };
	int64_t patience_ms = (int64_t)UNDO_MS * order->patience / 100;
	struct ewelink_ap_device device;

	if (!provision_vendor_server(order->region, server, err))
		return false;
	for (size_t i = 0; i < order->access_point_count && !app->dry_run; i++) {
		log_info("put the device into pairing mode and join its Wi-Fi "
			 "ITEAD-1000xxxxxx, password 12345678");
		if (!provision_wait(&order->access_points[i], deadline_in(patience_ms),
			    app->cancel, &device, err) ||
			!provision_tell(
				&order->access_points[i], &settings, app->cancel, err))
			return false;
		if (app->json)
			event_print("outcome", device.id,
				json_pack("{s:s, s:s}", "outcome", "done", "proof",
					server));
		else
			printf("%s: told to call %s again\n", device.id, server);
	}
	return true;
}

static bool
takeover(struct app *app, const struct options *options, struct err *err)
{
	struct takeover_order order = { 0 };
	struct takeover_gear gear = { 0 };
	bool ok = takeover_options_read(app, &order, options, err) && http_open(err);

	if (ok) {
		if (order.undo)
			ok = undo(app, &order, err);
		else
			ok = takeover_gear_load(app, &order, options, &gear, err) &&
				take_over(app, &order, options, &gear, err);
		http_close();
	}
	takeover_gear_clear(&gear);
	takeover_order_clear(&order);
	return ok;
}

const struct command cmd_takeover = {
	.name = "takeover",
	.arguments = "[DEVICE...]",
	.summary = "free devices with old vendor firmware (2016-2018)",
	.most_operands = -1,
	.options = takeover_options,
	.run = takeover,
};
