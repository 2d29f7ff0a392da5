/* takeover: frees devices with vendor firmware of 2016-2018, which has no DIY mode. All
 * images are opened and accepted before any device hears of anything. */
/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "cmd/confirm.h"
#include "cmd/firmware_options.h"
#include "cmd/show.h"
#include "cmd/takeover_options.h"
#include "flash/provision.h"
#include "flash/takeover.h"
#include "flash/takeover_images.h"
#include "fleet/event.h"
#include "fleet/report.h"
#include "fleet/run.h"
#include "fleet/scheduler.h"
#include "host/network_watch.h"
#include "host/route.h"
#include "net/http_client.h"

enum { JOBS_MOST = 256, UNDO_MS = 600000, NET_BITS = 24 };

static const struct err_code e_own_network = { "E-OWN-NETWORK", ERR_USAGE,
	"Start the command while this computer is in the network the device is to join, or "
	"name this computer's address there with --address." };

/* The images of one run. */
struct cargo {
	struct image *user[2];
	struct image *final;
};

static void
cargo_clear(struct cargo *cargo)
{
	image_free(cargo->user[0]);
	image_free(cargo->user[1]);
	image_free(cargo->final);
}

static bool
load_cargo(const struct app *app, const struct takeover_order *order,
	const struct options *options, struct cargo *cargo, struct err *err)
{
	OWN_STR beside = NULL;

	if (order->check)
		return true;
	if (!takeover_images_open(order->images, cargo->user, err))
		return false;
	beside = xasprintf("%s/%s", order->images, TAKEOVER_IMAGE_FINAL);
	cargo->final = firmware_options_open_for(app, options,
		order->firmware != NULL ? order->firmware : beside, "takeover", err);
	return cargo->final != NULL;
}

/* A device's own network, as the device has it. */
static bool
is_in_network_of(struct in_addr a, struct in_addr b)
{
	return ((ntohl(a.s_addr) ^ ntohl(b.s_addr)) >> (32 - NET_BITS)) == 0;
}

/* Where devices are to find this computer: in the network it is in now. */
static bool
find_told(struct takeover_order *order, struct err *err)
{
	struct in_addr far = { htonl(0xc0000201) }; /* 192.0.2.1, only to ask the way */
	char host[INET_ADDRSTRLEN];

	if (order->told.s_addr != INADDR_ANY)
		return true;
	if (!route_own_address(far, &order->told, err))
		return err_set(err, &e_own_network,
			"this computer is in no network with a way out");
	if (!is_in_network_of(order->told, order->access_points[0].sin_addr) &&
		!is_in_network_of(order->told, order->final_address.sin_addr))
		return true;
	return err_set(err, &e_own_network,
		"this computer's address %s is in the device's own network",
		inet_ntop(AF_INET, &order->told, host, sizeof host));
}

/* A home network that holds the address of a device: packets would go the wrong way. Its
 * size is what counts: 10.0.0.0/8 is in the way as well. */
static void
warn_of_collisions(const struct takeover_order *order)
{
	struct in_addr places[2] = { order->access_points[0].sin_addr,
		order->final_address.sin_addr };
	struct interface all[INTERFACES_MOST];
	size_t count = interfaces_list(all);
	char host[INET_ADDRSTRLEN];

	for (size_t i = 0; i < count; i++)
		for (int k = 0; k < 2; k++) {
			if (all[i].is_loopback || !interface_is_near(&all[i], places[k]))
				continue;
			inet_ntop(AF_INET, &all[i].address, host, sizeof host);
			log_warn("%s has the address %s, in the same network as %s: "
				 "disconnect it when you join the device's Wi-Fi",
				all[i].name, host,
				k == 0 ? "a device in pairing mode"
				       : "a device in its final stage");
		}
}

static size_t
count_jobs(const struct takeover_order *order, const struct options *options)
{
	if (!order->is_provisioned)
		return order->access_point_count;
	return options->argc > 0 ? (size_t)options->argc : 1;
}

static struct job *
make_jobs(const struct takeover_order *order, const struct options *options, size_t count)
{
	struct job *jobs = xcalloc(count, sizeof *jobs);

	for (size_t i = 0; i < count; i++) {
		jobs[i].method = order->check ? &flash_takeover_check : &flash_takeover;
		if (!order->is_provisioned)
			jobs[i].device.address = order->access_points[i];
		else if (options->argc > 0)
			text_copy(jobs[i].device.id, sizeof jobs[i].device.id,
				options->argv[i]);
	}
	return jobs;
}

static bool
run_world(const struct app *app, struct job_world *world, struct job *jobs, size_t count,
	struct err *err)
{
	struct run_show show = show_choose(app);
	bool ok = run_jobs(world, jobs, count, JOBS_MOST, &show, err);

	if (!app->json && (ok || count > 1))
		report_print(world->board, stdout);
	return ok;
}

static void
fill_in(struct takeover *takeover, const struct takeover_order *order,
	const struct cargo *cargo, const char *host)
{
	*takeover = (struct takeover){
		.user = { cargo->user[0], cargo->user[1] },
		.is_provisioned = order->is_provisioned,
		.settings = { order->ssid, order->password, host,
			(uint16_t)order->cloud_port },
		.told = order->told,
		.cloud_port = (uint16_t)order->cloud_port,
		.plain_port = (uint16_t)order->plain_port,
		.final_address = order->final_address,
		.setup = order->setup,
	};
}

/* From here on devices are told something. */
static bool
carry_out(const struct app *app, const struct takeover_order *order,
	const struct cargo *cargo, struct job *jobs, size_t count, struct err *err)
{
	char host[INET_ADDRSTRLEN];
	struct ewelink_cloud_options doors = {
		.told = order->told,
		.cloud_port = (uint16_t)order->cloud_port,
		.plain_port = (uint16_t)order->plain_port,
		.state_directory = app->state_directory,
	};
	OWN_NEW(journal) journal = journal_open(app->state_directory, err);
	OWN_NEW(ewelink_cloud)
	cloud = journal != NULL ? ewelink_cloud_new(&doors, err) : NULL;
	OWN_NEW(final_stage) final = NULL;
	OWN_NEW(board) board = board_new(count);
	struct takeover takeover;
	struct job_world world = {
		.image = cargo->final,
		.takeover = &takeover,
		.journal = journal,
		.board = board,
		.cancel = app->cancel,
		.hurry = app->hurry,
		.web_port = (uint16_t)order->web_port,
		.patience_percent = (unsigned)order->patience,
	};

	if (cloud == NULL)
		return false;
	inet_ntop(AF_INET, &order->told, host, sizeof host);
	fill_in(&takeover, order, cargo, host);
	takeover.cloud = cloud;
	if (!order->check)
		takeover.final = final = final_stage_new(
			order->final_address, cargo->user[1], cargo->final);
	return run_world(app, &world, jobs, count, err);
}

static void
print_plan(const struct app *app, const struct takeover_order *order,
	const struct cargo *cargo, const struct job *jobs)
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
	if (cargo->final != NULL)
		printf("image   %s: %s %s, sha256 %s\n", cargo->final->name,
			cargo->final->program, cargo->final->version,
			cargo->final->sha256);
	printf("steps: ");
	for (const struct flash_step *step = jobs->method->steps; step->name != NULL;
		step++)
		printf(" %s%s", step->name, step[1].name != NULL ? "," : "\n");
	puts("This was a rehearsal: nothing was changed.");
}

static bool
take_over(const struct app *app, struct takeover_order *order,
	const struct options *options, const struct cargo *cargo, struct err *err)
{
	size_t count = count_jobs(order, options);
	struct job *jobs;
	bool ok = find_told(order, err);

	/* A device on its way to the final stage can not wait for a port there. */
	if (!ok || (!order->check && !final_stage_is_possible(order->final_address, err)))
		return false;
	warn_of_collisions(order);
	jobs = make_jobs(order, options, count);
	if (app->dry_run)
		print_plan(app, order, cargo, jobs);
	else
		ok = (order->check ||
			     confirm(app,
				     "This replaces the vendor firmware for good; there is "
				     "no way back. Continue?",
				     err)) &&
			carry_out(app, order, cargo, jobs, count, err);
	free(jobs);
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
	struct cargo cargo = { 0 };
	bool ok = takeover_options_read(app, &order, options, err) && http_open(err);

	if (ok) {
		if (order.undo)
			ok = undo(app, &order, err);
		else
			ok = load_cargo(app, &order, options, &cargo, err) &&
				take_over(app, &order, options, &cargo, err);
		http_close();
	}
	cargo_clear(&cargo);
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
