/* The check of old devices. Their firmware tells what it is only to its cloud, so they are
 * let call this computer: by that they name model and firmware, or hang up because they
 * only talk to the vendor. */
/* SPDX-License-Identifier: MIT */
#ifndef CMD_CHECK_CALL_H
#define CMD_CHECK_CALL_H

#include "cmd/app.h"
#include "device/verdict.h"

/* Rows of check's option table. */
#define CHECK_CALL_OPTIONS \
	{ 0, "pair", NULL, "tell a device in pairing mode to call us, and see" }, \
		{ 0, "provisioned", NULL, \
			"old devices that call this computer already" }, \
		{ 0, "ssid", "NAME", "pair: the Wi-Fi the device is to join" }, \
		{ 0, "wifi-password-file", "FILE", \
			"pair: its password; or $AIRLIFT_WIFI_PASSWORD, or asked" }, \
		{ 0, "told-address", "IP", "this computer, as devices are told" }, \
		{ 0, "cloud-port", "N", "port for devices with TLS (8443)" }, \
		{ 0, "plain-port", "N", "port for devices without (8081)" }, \
	{ \
		0, "patience", "PERCENT", "wait longer or shorter for a call (100)" \
	}

struct judged {
	struct device device;
	struct verdict verdict;
};

/* Whether the options ask for it. */
bool check_call_is_meant(const struct options *options);

/* Where it is not asked for: false, E-USAGE, when an option is given that belongs to it. */
bool check_call_is_not_half_meant(const struct options *options, struct err *err);

/* True when every device was judged, with *out the caller's to free; a device that did
 * not call is judged too. With --dry-run it says what it would do, and *count is 0. False,
 * E-USAGE and the like, when nothing was tried. */
bool check_call(const struct app *app, const struct options *options, struct judged **out,
	size_t *count, struct err *err);

#endif
