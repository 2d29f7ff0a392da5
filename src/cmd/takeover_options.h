/* What the command "takeover" was asked for. */
/* SPDX-License-Identifier: MIT */
#ifndef CMD_TAKEOVER_OPTIONS_H
#define CMD_TAKEOVER_OPTIONS_H

#include <netinet/in.h>

#include "cmd/command.h"
#include "wire/ewelink_ap.h"

struct takeover_order {
	struct sockaddr_in access_points[OPTIONS_MOST];
	size_t access_point_count;
	struct sockaddr_in final_address, setup;
	int64_t cloud_port, plain_port, web_port, patience;
	struct in_addr told; /* INADDR_ANY: not said */
	const char *images, *firmware; /* NULL: not said */
	const char *ssid;
	char *password; /* owned; NULL: not known */
	const char *region;
	bool is_provisioned, undo;
	bool only_check; /* set by the caller: no images, nothing is upgraded */
};

extern const struct option_spec takeover_options[];

/* What an option of `airlift takeover` is called in another command. */
struct takeover_alias {
	const char *here, *there;
};

/* Adds the options given in FROM, under takeover's own names, to *to. */
void takeover_options_translate(const struct options *from,
	const struct takeover_alias *aliases, size_t count, struct options *to);

/* Reads and judges what can be judged without looking at the network. On a terminal the
 * Wi-Fi's password is asked for when neither file nor environment has it. The caller
 * clears *order in any case. */
bool takeover_options_read(const struct app *app, struct takeover_order *order,
	const struct options *options, struct err *err);
void takeover_order_clear(struct takeover_order *order);

#endif
