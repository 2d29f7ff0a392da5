/* What `airlift setup` was asked for: the options as wishes for flash/setup.h. */
/* SPDX-License-Identifier: MIT */
#ifndef CMD_SETUP_OPTIONS_H
#define CMD_SETUP_OPTIONS_H

#include "cmd/mqtt_options.h"
#include "flash/setup.h"
#include "fleet/home.h"

/* Rows of an option table: what a device is told. */
/* clang-format off */
#define SETUP_OPTIONS \
	{ 0, "ssid", "NAME", "Wi-Fi network the device shall join" }, \
	{ 0, "wifi-password-file", "FILE", "its password (or AIRLIFT_WIFI_PASSWORD)" }, \
	{ 0, "device-name", "TEXT", "name on its web page" }, \
	{ 0, "friendly-name", "TEXT", "name of its first relay" }, \
	{ 0, "hostname", "NAME", "name in the network" }, \
	{ 0, "model", "NAME", "module or template as the catalog has it: mini" }, \
	{ 0, "module", "N", "number of a built-in module" }, \
	{ 0, "template", "JSON", "template, taken into use at once" }, \
	MQTT_OPTIONS, \
	{ 0, "no-mqtt", NULL, "leave MQTT as it is" }, \
	{ 0, "mqtt-device-host", "HOST[:PORT]", "the broker as the device reaches it" }, \
	{ 0, "mqtt-device-user", "NAME", "the device's own user at the broker" }, \
	{ 0, "mqtt-device-password-file", "FILE", \
		"its password (or AIRLIFT_MQTT_DEVICE_PASSWORD)" }, \
	{ 0, "topic", "TOPIC", "its MQTT topic; %id% becomes six digits of its MAC" }, \
	{ 0, "group-topic", "TOPIC", "topic it shares with others" }, \
	{ 0, "power-on", "STATE", "relay after a power cut: off, on, toggle, saved" }, \
	{ 0, "timezone", "HOURS", "such as 1, +5:30, or 99 with daylight saving" }, \
	{ 0, "web-password-file", "FILE", \
		"password of its pages (or AIRLIFT_WEB_PASSWORD)" }, \
	{ 0, "web-password-now-file", "FILE", \
		"the one before a change (or AIRLIFT_WEB_PASSWORD_NOW)" }, \
	{ 0, "renew-passwords", NULL, "write passwords also when they seem to work" }, \
	{ 0, "ap-address", "IP[:PORT]", "where its access point answers (192.168.4.1)" }, \
	{ 0, "web-port", "N", "port of its pages (80)" }, \
	{ 0, "network", "IP/BITS", "look for it in this network" }
/* clang-format on */

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
	char *wifi_password, *web_password, *web_password_now, *device_password;
	char *device_host; /* as given; NULL: found out for each device */
	struct catalog *catalog; /* only with --model */
	char port[8];
	bool uses_mqtt;
};
void setup_asked_clear(struct setup_asked *asked);

/* MQTT was asked for, or "airlift broker" has been set up here. */
bool setup_uses_mqtt(const struct app *app, const struct options *options);

/* Reads options, secrets and the catalog; what Tasmota would not take is refused. */
bool setup_ask(const struct app *app, const struct options *options,
	struct setup_asked *asked, struct err *err);

/* For several devices: what is the same for all must not be a name. E-USAGE. */
bool setup_check_names(const struct setup_asked *asked, struct err *err);

/* The broker's address as a device is to be told it: a loopback address is of no use to
 * it. `device` 0: not known yet. The caller frees it; NULL with E-USAGE when the user has
 * to say it. */
char *setup_device_host(
	const struct setup_asked *asked, struct in_addr device, struct err *err);

#endif
