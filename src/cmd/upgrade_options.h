/* The options of flash that are for devices which run Tasmota already. */
/* SPDX-License-Identifier: MIT */
#ifndef CMD_UPGRADE_OPTIONS_H
#define CMD_UPGRADE_OPTIONS_H

#include "cmd/app.h"
#include "flash/tasmota.h"

/* Rows of an option table. */
/* clang-format off */
#define UPGRADE_OPTIONS \
	{ 0, "minimal", "IMAGE", "Tasmota: the minimal build, for want of room" }, \
	{ 0, "upload", NULL, "Tasmota: push the image, let it fetch nothing" }, \
	{ 0, "web-password-file", "FILE", \
		"Tasmota: its web password (or AIRLIFT_WEB_PASSWORD)" }, \
	{ 0, "allow-jump", NULL, "Tasmota: leave out releases that should come between" }
/* clang-format on */

/* Owns what the wishes borrow. */
struct upgrade_asked {
	struct upgrade_wishes wishes;
	struct image *minimal;
	char *web_password;
};
void upgrade_asked_clear(struct upgrade_asked *asked);

/* Opens the minimal build and reads the password. E-NOT-MINIMAL, E-IMAGE-..., E-FILE. */
bool upgrade_ask(const struct app *app, const struct options *options,
	struct upgrade_asked *asked, struct err *err);

#endif
