/* Brings a Tasmota from its own access point into the user's Wi-Fi, by the way of its
 * version that tries the credentials where there is one: a wrong password is told, and
 * the device is not lost. Protocol: doc/protocol/tasmota.md. */
/* SPDX-License-Identifier: MIT */
#ifndef FLASH_JOIN_H
#define FLASH_JOIN_H

#include "device/tasmota_client.h"
#include "flash/method.h"

struct join_order {
	const char *ssid;
	const char *password; /* a secret; "" for an open network */
};

struct join_result {
	struct in_addr told; /* where it will be; INADDR_ANY: it did not say */
	bool must_wake; /* it waits for a look at its page before it restarts */
	bool was_tried; /* the device has joined before it left */
	bool opens_again; /* WifiConfig was set to 2 on the way: put `config_before` back */
	int config_before;
};

/* Whether a command can carry the value as it is: no shortcut, nothing that splits a
 * Backlog, no blanks that get lost. */
bool join_is_command_value(const char *value);

/* Lengths and characters that no version takes: E-WIFI-VALUE. Touches nothing. */
bool join_check(const struct join_order *order, struct err *err);

/* `client` speaks to the access point's address; `state` was just read there. Returns
 * when the device restarts into the other network. E-WIFI-WRONG-PASSWORD, E-WIFI-NOT-FOUND,
 * E-WIFI-NO-ADDRESS, E-WIFI-REFUSED (no reason given): its access point stays open.
 * E-WIFI-VALUE when no way of its version takes these credentials. */
bool join_wifi(struct flash_job *job, struct tasmota_client *client,
	const struct tasmota_state *state, const struct join_order *order,
	struct join_result *result, struct err *err);

#endif
