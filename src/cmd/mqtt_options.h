/* The options that name a broker, shared by all commands that talk to one. */
/* SPDX-License-Identifier: MIT */
#ifndef CMD_MQTT_OPTIONS_H
#define CMD_MQTT_OPTIONS_H

#include "cmd/app.h"
#include "net/mqtt.h"

/* Rows of an option table. */
#define MQTT_OPTIONS \
	{ 0, "mqtt", "HOST[:PORT]", \
		"the broker (default: the one of \"airlift broker\")" }, \
		{ 0, "mqtt-user", "NAME", "user name at the broker" }, \
		{ 0, "mqtt-password-file", "FILE", \
			"its password (or AIRLIFT_MQTT_PASSWORD)" }, \
	{ \
		0, "mqtt-ca", "FILE", "use TLS; the authority's certificate" \
	}

struct mqtt_choice {
	struct mqtt_broker broker; /* points into the members below */
	char *host;
	char *user;
	char *password;
};
void mqtt_choice_clear(struct mqtt_choice *choice);

/* What the options, the environment and the broker of this computer say. */
bool mqtt_choose(const struct app *app, const struct options *options,
	struct mqtt_choice *choice, struct err *err);

/* Whether there is a broker to ask: one was named, or "airlift broker" runs. */
bool mqtt_is_known(const struct app *app, const struct options *options);

#endif
