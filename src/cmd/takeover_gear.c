/* What a takeover needs besides its devices. */
/* SPDX-License-Identifier: MIT */
#include "cmd/takeover_gear.h"

#include "base/log.h"
#include "base/memory.h"
#include "cmd/firmware_options.h"
#include "flash/takeover_images.h"
#include "host/network_watch.h"
#include "host/route.h"

enum { NET_BITS = 24 };

static const struct err_code e_own_network = { "E-OWN-NETWORK", ERR_USAGE,
	"Start the command while this computer is in the network the device is to join, or "
	"name this computer's address there with --address." };

void
takeover_gear_clear(struct takeover_gear *gear)
{
	final_stage_free(gear->stage);
	ewelink_cloud_free(gear->cloud);
	image_free(gear->user[0]);
	image_free(gear->user[1]);
	image_free(gear->final);
}

bool
takeover_gear_load(const struct app *app, const struct takeover_order *order,
	const struct options *options, struct takeover_gear *gear, struct err *err)
{
	OWN_STR beside = NULL;

	if (order->only_check)
		return true;
	if (!takeover_images_open(order->images, gear->user, err))
		return false;
	beside = xasprintf("%s/%s", order->images, TAKEOVER_IMAGE_FINAL);
	gear->final = firmware_options_open_for(app, options,
		order->firmware != NULL ? order->firmware : beside, "takeover", err);
	return gear->final != NULL;
}

/* A device's own network, as the device has it. */
static bool
is_in_network_of(struct in_addr a, struct in_addr b)
{
	return ((ntohl(a.s_addr) ^ ntohl(b.s_addr)) >> (32 - NET_BITS)) == 0;
}

/* Where devices are to find this computer: in the network it is in now. */
static bool
ask_route(struct takeover_order *order, struct err *err)
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

bool
takeover_find_place(struct takeover_order *order, struct err *err)
{
	/* A device on its way to the final stage can not wait for a port there. */
	if (!ask_route(order, err) ||
		(!order->only_check &&
			!final_stage_is_possible(order->final_address, err)))
		return false;
	warn_of_collisions(order);
	return true;
}

bool
takeover_gear_open(const struct app *app, const struct takeover_order *order,
	struct takeover_gear *gear, struct err *err)
{
	struct ewelink_cloud_options doors = {
		.told = order->told,
		.cloud_port = (uint16_t)order->cloud_port,
		.plain_port = (uint16_t)order->plain_port,
		.state_directory = app->state_directory,
	};

	gear->cloud = ewelink_cloud_new(&doors, err);
	if (gear->cloud == NULL)
		return false;
	if (!order->only_check)
		gear->stage = final_stage_new(
			order->final_address, gear->user[1], gear->final);
	inet_ntop(AF_INET, &order->told, gear->host, sizeof gear->host);
	gear->takeover = (struct takeover){
		.cloud = gear->cloud,
		.final = gear->stage,
		.user = { gear->user[0], gear->user[1] },
		.is_provisioned = order->is_provisioned,
		.settings = { order->ssid, order->password, gear->host,
			(uint16_t)order->cloud_port },
		.told = order->told,
		.cloud_port = (uint16_t)order->cloud_port,
		.plain_port = (uint16_t)order->plain_port,
		.final_address = order->final_address,
		.setup = order->setup,
	};
	return true;
}
