/* The way of a Tasmota into the user's home: Wi-Fi, found again, settings, online at the
 * broker. Written like a flash method, so that it runs, is shown and is journalled like
 * one; it needs no image. Running it again changes nothing. */
/* SPDX-License-Identifier: MIT */
#ifndef FLASH_SETUP_H
#define FLASH_SETUP_H

#include "flash/join.h"
#include "flash/method.h"
#include "flash/online.h"
#include "flash/settings.h"

/* flash_job.wishes of this method. All is borrowed. */
struct setup_wishes {
	bool in_access_point; /* the device's address is that of its own network */
	struct join_order wifi; /* ssid NULL: leave it in its network */
	/* "%id%" in names and topics becomes the last six digits of the MAC. */
	struct settings settings;
	bool renew_secrets;
	/* To get in. The first is in settings too when it is to be set. */
	const char *web_password, *web_password_now;
	const struct mqtt_broker *broker; /* as we reach it; NULL: nothing is proven */
	const struct mqtt_broker
		*login; /* the device's user there, tried first; or NULL */
	bool broker_was_tried; /* with that login, before: in an access point it may be missed */
	/* How to find a device without address; or NULL. */
	const char *mac, *topic, *topic_too;
	const struct neighbourhood *network;
	const char *interface;
	int64_t find_ms;
	/* Once the device has said who it is and before anything is written: fills in what
	 * depends on that. NULL: nothing does. */
	bool (*decide)(void *context, const struct tasmota_state *state, struct err *err);
	void *context;
	/* What came of it. */
	bool changed; /* anything at all */
	struct settings_result result;
};

extern const struct flash_method flash_setup;

/* A client that knows both passwords. */
struct tasmota_client *setup_client_new(const struct setup_wishes *wishes,
	struct sockaddr_in address, const struct cancel *cancel);

/* What can be judged before any device is touched. */
bool setup_check(const struct setup_wishes *wishes, struct err *err);

#endif
