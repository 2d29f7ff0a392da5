/* What `airlift setup` was asked for: the options as wishes for flash/setup.h. */
/* SPDX-License-Identifier: MIT */
#ifndef CMD_SETUP_OPTIONS_H
#define CMD_SETUP_OPTIONS_H

#include "cmd/mqtt_options.h"
#include "flash/setup.h"

extern const struct option_spec setup_option_rows[];

#define SETUP_AP_ADDRESS "192.168.4.1"

/* Owns what the wishes borrow. */
struct setup_asked {
	struct setup_wishes wishes; /* to be copied for each device */
	struct sockaddr_in access_point;
	int64_t web_port, jobs;
	struct neighbourhood network;
	struct mqtt_choice choice;
	struct mqtt_broker login;
	char *wifi_password, *web_password, *device_password;
	char *device_host; /* as given; NULL: found out for each device */
	char *template, *module;
	char port[8];
	bool uses_mqtt;
};
void setup_asked_clear(struct setup_asked *asked);

/* Reads options, secrets and the catalog; what Tasmota would not take is refused. */
bool setup_ask(const struct app *app, const struct options *options,
	struct setup_asked *asked, struct err *err);

/* The broker's address as a device is to be told it: a loopback address is of no use to
 * it. `device` 0: not known yet. The caller frees it; NULL with E-USAGE when the user has
 * to say it. */
char *setup_device_host(
	const struct setup_asked *asked, struct in_addr device, struct err *err);

#endif
