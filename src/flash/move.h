/* Moves a Tasmota that works from one Wi-Fi to another, without a chance to lose it: the
 * new network is stored beside the old one, to which the device falls back by itself.
 * Its own test of credentials is there only in its access point. */
/* SPDX-License-Identifier: MIT */
#ifndef FLASH_MOVE_H
#define FLASH_MOVE_H

#include "device/find_again.h"
#include "flash/join.h"

/* Whether a device can be moved: E-OTHER-WIFI for versions that would publish the
 * password, or characters its commands do not take. Touches nothing. */
bool move_check(const struct tasmota_state *state, const struct join_order *order,
	struct err *err);

/* Where a device is that was told to change to `ssid`, by what it said before and says
 * now. E-WIFI-NO-RESTART with MOVE_NOWHERE: it has not restarted, or does not tell. */
enum move_place { MOVE_NOWHERE, MOVE_IN_OLD, MOVE_IN_NEW };
enum move_place move_judge(const struct tasmota_state *before,
	const struct tasmota_state *now, const char *ssid, struct err *err);

/* `client` speaks to it in its old network; `state` was just read there. Returns when it
 * was found in the new one, with the client moved there: `find` says where to look.
 * E-WIFI-FELL-BACK: it is in its old network again, where the client still reaches it;
 * E-NOT-ON-LAN when it is in neither, E-WIFI-NO-RESTART when it stays as it was. */
bool move_wifi(struct flash_job *job, struct tasmota_client *client,
	const struct tasmota_state *state, const struct join_order *order,
	const struct find_order *find, struct err *err);

#endif
