/* What `airlift free` was asked for: options, what the profile supplies, answers. */
/* SPDX-License-Identifier: MIT */
#include "cmd/free_options.h"

#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "cmd/devices.h"
#include "cmd/firmware_options.h"
#include "cmd/prompt.h"
#include "fleet/scheduler.h"

const struct option_spec free_option_rows[] = {
	PROFILE_OPTIONS,
	{ 'f', "firmware", "IMAGE", "a file, an http(s) URL, or a name (tasmota-lite)" },
	{ 0, "keep-going", NULL, "wait for further devices until Ctrl-C" },
	{ 0, "takeover", NULL, "old vendor firmware (2016-2018) in pairing mode" },
	{ 0, "images", "DIR", "takeover: directory with SonOTA's three image files" },
	{ 0, "provisioned", NULL, "takeover: the device calls this computer already" },
	{ 0, "told-address", "IP", "takeover: this computer, as devices are told" },
	{ 0, "pairing-address", "IP[:PORT]", "takeover: device in pairing mode" },
	{ 0, "final-address", "IP[:PORT]", "takeover: ours in FinalStage" },
	{ 0, "cloud-port", "N", "takeover: port for devices with TLS (8443)" },
	{ 0, "plain-port", "N", "takeover: port for devices without (8081)" },
	DEVICE_OPTIONS,
	SETUP_OPTIONS,
	{ 'j', "jobs", "N",
		"devices at the same time (1); more: no access point is watched" },
	{ 0, "port", "N", "port devices fetch the image from (any free one)" },
	{ 0, "patience", "PERCENT", "wait longer or shorter for everything (100)" },
	{ 0, "allow-untried", NULL, "flash models of which few were freed" },
	FIRMWARE_OPTIONS,
	{ 0 },
};

void
free_order_clear(struct free_order *order)
{
	takeover_order_clear(&order->takeover);
	setup_asked_clear(&order->asked);
	profile_source_clear(&order->source);
	for (size_t i = 0; i < COUNT_OF(order->answers); i++)
		free(order->answers[i]);
}

static void
supply(struct free_order *order, const char *name, const char *value)
{
	option_supply(&order->options, free_option_rows, name, value);
}

/* `ways` names the other places it may stand in. */
static bool
complete(const struct app *app, struct free_order *order, size_t slot, const char *option,
	const char *what, const char *ways, struct err *err)
{
	char *answer;

	if (option_given(&order->options, option))
		return true;
	if (!prompt_is_possible(app))
		return err_set(err, &err_usage, "%s is missing: give --%s, %s", what,
			option, ways);
	answer = prompt_line(app, what, false);
	if (answer == NULL)
		return err_set(err, &err_cancelled, "stopped before anything was done");
	order->answers[slot] = answer;
	if (*answer == '\0')
		return err_set(err, &err_usage, "%s is missing: give --%s, %s", what,
			option, ways);
	supply(order, option, answer);
	return true;
}

/* Whoever has to be asked for the broker has not said either who may log in there. With
 * --yes, or without a terminal, this is not reached. */
static bool
ask_login(const struct app *app, struct free_order *order, struct err *err)
{
	char *answer;

	if (option_given(&order->options, "mqtt-user"))
		return true;
	answer = prompt_line(app, "user name there (empty: it wants none)", false);
	if (answer == NULL)
		return err_set(err, &err_cancelled, "stopped before anything was done");
	order->answers[ANSWER_USER] = answer;
	if (*answer != '\0')
		supply(order, "mqtt-user", answer);
	return true;
}

static bool
complete_broker(const struct app *app, struct free_order *order, struct err *err)
{
	if (option_given(&order->options, "no-mqtt") ||
		setup_uses_mqtt(app, &order->options))
		return true;
	return complete(app, order, ANSWER_BROKER, "mqtt",
		       "the MQTT broker (HOST or HOST:PORT)",
		       "broker.host in the profile, or --no-mqtt; \"airlift broker\" "
		       "starts one",
		       err) &&
		ask_login(app, order, err);
}

static bool
complete_all(const struct app *app, struct free_order *order, struct err *err)
{
	const struct options *options = &order->options;

	return (!option_given(options, "takeover") ||
		       complete(app, order, ANSWER_IMAGES, "images",
			       "the directory with SonOTA's three image files",
			       "the directory image_user1-0x01000.bin is in", err)) &&
		(option_given(options, "no-wifi") ||
			complete(app, order, ANSWER_SSID, "ssid",
				"the name of your Wi-Fi (2.4 GHz)",
				"wifi.ssid in the profile, or --no-wifi", err)) &&
		complete_broker(app, order, err);
}

static bool
read_numbers(struct free_order *order, struct err *err)
{
	const struct options *options = &order->options;

	return option_number(options, "jobs", 1, SCHEDULER_THREADS_MOST, 1, &order->jobs,
		       err) &&
		option_number(options, "port", 0, 65535, 0, &order->port, err) &&
		option_number(options, "patience", 1, 1000, 100, &order->patience, err);
}

/* The options of `airlift takeover`, some of which have another name here. */
static void
rename_options(struct free_order *order)
{
	static const struct takeover_alias names[] = {
		{ "images", "images" },
		{ "firmware", "firmware" },
		{ "ssid", "ssid" },
		{ "wifi-password-file", "wifi-password-file" },
		{ "provisioned", "provisioned" },
		{ "told-address", "address" },
		{ "cloud-port", "cloud-port" },
		{ "plain-port", "plain-port" },
		{ "pairing-address", "ap-address" },
		{ "final-address", "final-address" },
		{ "ap-address", "setup-address" },
		{ "web-port", "web-port" },
		{ "patience", "patience" },
		{ "firmware-sha256", "firmware-sha256" },
		{ "firmware-base", "firmware-base" },
		{ "fix-flash-mode", "fix-flash-mode" },
		{ "allow-foreign", "allow-foreign" },
		{ "allow-flash-size", "allow-flash-size" },
	};

	takeover_options_translate(
		&order->options, names, COUNT_OF(names), &order->takeover_options);
}

static bool
read_takeover(const struct app *app, struct free_order *order, struct err *err)
{
	if (!option_given(&order->options, "takeover"))
		return true;
	if (order->options.argc > 0 || option_given(&order->options, "address"))
		return err_set(err, &err_usage,
			"with --takeover no device is named: it is the one in pairing "
			"mode");
	rename_options(order);
	order->takes_over = true;
	/* It has been read, or typed, already. */
	if (order->asked.wifi_password != NULL)
		order->takeover.password = xstrdup(order->asked.wifi_password);
	return takeover_options_read(
		app, &order->takeover, &order->takeover_options, err);
}

bool
free_order_read(const struct app *app, const struct options *options,
	struct free_order *order, struct err *err)
{
	order->options = *options;
	order->keep_going = option_given(options, "keep-going");
	order->overrides.allow_untried = option_given(options, "allow-untried");
	if (!profile_supply(
		    app, &order->options, free_option_rows, &order->source, err) ||
		!read_numbers(order, err))
		return false;
	order->firmware = option_value(&order->options, "firmware");
	if (order->firmware == NULL)
		order->firmware = "tasmota-lite";
	return complete_all(app, order, err) &&
		setup_ask(app, &order->options, &order->asked, err) &&
		read_takeover(app, order, err);
}
