/* What a takeover needs besides its devices: images, the cloud that is played, the final
 * stage. */
/* SPDX-License-Identifier: MIT */
#ifndef CMD_TAKEOVER_GEAR_H
#define CMD_TAKEOVER_GEAR_H

#include <arpa/inet.h>

#include "cmd/takeover_options.h"
#include "firmware/image.h"
#include "flash/takeover.h"

struct takeover_gear {
	struct image *user[2], *final;
	struct ewelink_cloud *cloud;
	struct final_stage *stage;
	char host[INET_ADDRSTRLEN]; /* this computer, as devices are told */
	struct takeover takeover; /* for jobs; points into the members above */
};
void takeover_gear_clear(struct takeover_gear *gear);

/* Opens and judges the images; for a check none is needed. */
bool takeover_gear_load(const struct app *app, const struct takeover_order *order,
	const struct options *options, struct takeover_gear *gear, struct err *err);

/* Fills in order->told, where devices are to find this computer, unless the user has said
 * it; warns of networks that get in the way. E-OWN-NETWORK, or as
 * final_stage_is_possible(). */
bool takeover_find_place(struct takeover_order *order, struct err *err);

/* Opens the doors devices call at. `order` must outlive the gear. */
bool takeover_gear_open(const struct app *app, const struct takeover_order *order,
	struct takeover_gear *gear, struct err *err);

#endif
