/* The options of `airlift setup` as wishes. */
/* SPDX-License-Identifier: MIT */
#include "cmd/setup_options.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "cmd/profile_options.h"
#include "cmd/secret.h"
#include "fleet/scheduler.h"
#include "host/told_host.h"
#include "net/socket.h"

const struct option_spec setup_option_rows[] = {
	PROFILE_OPTIONS,
	SETUP_OPTIONS,
	{ 0, "interface", "NAME", "look for it in this interface's network" },
	{ 0, "wait", "SECONDS", "how long to look for it (90)" },
	{ 'j', "jobs", "N", "devices at the same time (8)" },
	{ 0 },
};

/* Options that are a setting as they stand. */
static const struct {
	const char *option;
	enum setting setting;
} plain[] = {
	{ "device-name", SETTING_DEVICE_NAME },
	{ "friendly-name", SETTING_FRIENDLY_NAME },
	{ "hostname", SETTING_HOSTNAME },
	{ "topic", SETTING_TOPIC },
	{ "group-topic", SETTING_GROUP_TOPIC },
	{ "timezone", SETTING_TIMEZONE },
};

static const char *const power_on_words[] = { "off", "on", "toggle", "saved" };

void
setup_asked_clear(struct setup_asked *asked)
{
	mqtt_choice_clear(&asked->choice);
	secret_free(asked->wifi_password);
	secret_free(asked->web_password);
	secret_free(asked->web_password_now);
	secret_free(asked->device_password);
	free(asked->device_host);
	catalog_free(asked->catalog);
}

/* A secret that may be missing: *out is NULL then. */
static bool
read_optional(const struct app *app, const struct options *options, const char *option,
	const char *variable, char **out, struct err *err)
{
	const char *file = option_value(options, option);

	if (file == NULL && getenv(variable) == NULL)
		return true;
	*out = secret_read(app, file, option, variable, option, err);
	return *out != NULL;
}

static bool
read_power_on(struct setup_asked *asked, const struct options *options, struct err *err)
{
	static const char *const numbers[] = { "0", "1", "2", "3" };
	const char *word = option_value(options, "power-on");

	for (size_t i = 0; word != NULL && i < COUNT_OF(power_on_words); i++)
		if (strcmp(word, power_on_words[i]) == 0)
			asked->wishes.settings.want[SETTING_POWER_ON] = numbers[i];
	return word == NULL || asked->wishes.settings.want[SETTING_POWER_ON] != NULL ||
		err_set(err, &err_usage, "--power-on is off, on, toggle or saved");
}

/* Which of it is written depends on the device's version. */
static bool
read_model(struct setup_asked *asked, const char *model, struct err *err)
{
	struct settings_hardware *hardware = &asked->wishes.settings.hardware;
	char shown[64];

	asked->catalog = catalog_open(NULL, err);
	if (asked->catalog == NULL)
		return false;
	text_printable(shown, sizeof shown, model);
	if (!home_model_hardware(asked->catalog, model, hardware))
		return err_set(err, &err_usage, "the catalog has no model \"%s\"", shown);
	return hardware->template != NULL || hardware->module != NULL ||
		err_set(err, &err_usage,
			"the catalog knows neither module nor template of \"%s\"", shown);
}

static bool
read_hardware(struct setup_asked *asked, const struct options *options, struct err *err)
{
	const char *model = option_value(options, "model");
	const char *module = option_value(options, "module");
	const char *template = option_value(options, "template");

	if ((model != NULL) + (module != NULL) + (template != NULL) > 1)
		return err_set(err, &err_usage,
			"--model, --module and --template exclude each other");
	if (model != NULL && !read_model(asked, model, err))
		return false;
	asked->wishes.settings.want[SETTING_TEMPLATE] = template;
	/* A template comes into use as module 0. */
	asked->wishes.settings.want[SETTING_MODULE] = template != NULL ? "0" : module;
	return true;
}

static bool
read_wifi(const struct app *app, struct setup_asked *asked, const struct options *options,
	struct err *err)
{
	asked->wishes.wifi.ssid = option_value(options, "ssid");
	if (asked->wishes.wifi.ssid == NULL)
		return true;
	asked->wifi_password = secret_read(app,
		option_value(options, "wifi-password-file"), "wifi-password-file",
		"AIRLIFT_WIFI_PASSWORD", "Wi-Fi password", err);
	if (asked->wifi_password == NULL)
		return false;
	asked->wishes.wifi.password = asked->wifi_password;
	return true;
}

static bool
read_web(const struct app *app, struct setup_asked *asked, const struct options *options,
	struct err *err)
{
	if (!read_optional(app, options, "web-password-file", "AIRLIFT_WEB_PASSWORD",
		    &asked->web_password, err) ||
		!read_optional(app, options, "web-password-now-file",
			"AIRLIFT_WEB_PASSWORD_NOW", &asked->web_password_now, err))
		return false;
	asked->wishes.web_password = asked->web_password;
	asked->wishes.web_password_now = asked->web_password_now;
	asked->wishes.settings.want[SETTING_WEB_PASSWORD] = asked->web_password;
	return true;
}

bool
setup_uses_mqtt(const struct app *app, const struct options *options)
{
	static const char *const names[] = { "mqtt", "mqtt-user", "mqtt-password-file",
		"mqtt-ca", "mqtt-device-host", "mqtt-device-user",
		"mqtt-device-password-file" };
	OWN_STR own = xasprintf("%s/broker/password", app->state_directory);

	if (option_given(options, "no-mqtt"))
		return false;
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (option_given(options, names[i]))
			return true;
	return access(own, R_OK) == 0;
}

/* HOST and PORT of --mqtt-device-host, else the broker's own. */
static bool
read_device_host(
	struct setup_asked *asked, const struct options *options, struct err *err)
{
	const char *given = option_value(options, "mqtt-device-host");
	int64_t port = asked->choice.broker.port;
	const char *colon = given != NULL ? strchr(given, ':') : NULL;

	if (asked->choice.broker.ca_file != NULL && colon == NULL)
		return err_set(err, &err_usage,
			"this firmware speaks no TLS: name the broker's plain port with "
			"--mqtt-device-host HOST:PORT");
	if (colon != NULL && !text_to_number(colon + 1, 1, 65535, &port))
		return err_set(
			err, &err_usage, "--mqtt-device-host takes HOST or HOST:PORT");
	if (given != NULL)
		asked->device_host = xstrndup(given, strcspn(given, ":"));
	snprintf(asked->port, sizeof asked->port, "%u", (unsigned)(uint16_t)port);
	asked->wishes.settings.want[SETTING_MQTT_PORT] = asked->port;
	return true;
}

static bool
read_mqtt(const struct app *app, struct setup_asked *asked, const struct options *options,
	struct err *err)
{
	const char **want = asked->wishes.settings.want;
	const char *user = option_value(options, "mqtt-device-user");

	asked->uses_mqtt = setup_uses_mqtt(app, options);
	if (!asked->uses_mqtt)
		return true;
	if (!mqtt_choose(app, options, &asked->choice, err) ||
		!read_device_host(asked, options, err) ||
		!read_optional(app, options, "mqtt-device-password-file",
			"AIRLIFT_MQTT_DEVICE_PASSWORD", &asked->device_password, err))
		return false;
	asked->wishes.broker = &asked->choice.broker;
	asked->login = asked->choice.broker;
	if (user != NULL)
		asked->login.user = user;
	if (asked->device_password != NULL)
		asked->login.password = asked->device_password;
	want[SETTING_MQTT_USER] = asked->login.user;
	want[SETTING_MQTT_PASSWORD] = asked->login.password;
	asked->wishes.login = &asked->login;
	return true;
}

static bool
read_places(struct setup_asked *asked, const struct options *options, struct err *err)
{
	const char *point = option_value(options, "ap-address");
	const char *network = option_value(options, "network");
	int64_t wait_s;

	if (!option_number(options, "web-port", 1, 65535, 80, &asked->web_port, err) ||
		!option_number(
			options, "wait", 1, 3600, FIND_AGAIN_MS / 1000, &wait_s, err) ||
		!option_number(
			options, "jobs", 1, SCHEDULER_THREADS_MOST, 8, &asked->jobs, err))
		return false;
	asked->wishes.find_ms = wait_s * 1000;
	asked->wishes.interface = option_value(options, "interface");
	if (!socket_read_address(point != NULL ? point : SETUP_AP_ADDRESS,
		    (uint16_t)asked->web_port, &asked->access_point))
		return err_set(err, &err_usage, "--ap-address takes IP or IP:PORT");
	if (network != NULL && !neighbourhood_read(network, &asked->network))
		return err_set(
			err, &err_usage, "--network takes IP/BITS with 22 bits or more");
	asked->wishes.network = network != NULL ? &asked->network : NULL;
	return true;
}

bool
setup_ask(const struct app *app, const struct options *options, struct setup_asked *asked,
	struct err *err)
{
	for (size_t i = 0; i < COUNT_OF(plain); i++)
		asked->wishes.settings.want[plain[i].setting] = option_value(
			options, plain[i].option);
	asked->wishes.renew_secrets = option_given(options, "renew-passwords");
	return read_places(asked, options, err) && read_power_on(asked, options, err) &&
		read_hardware(asked, options, err) &&
		read_wifi(app, asked, options, err) &&
		read_web(app, asked, options, err) && read_mqtt(app, asked, options, err);
}

char *
setup_device_host(const struct setup_asked *asked, struct in_addr device, struct err *err)
{
	if (asked->device_host != NULL)
		return xstrdup(asked->device_host);
	return told_host(
		asked->choice.broker.host, device, asked->access_point.sin_addr, err);
}

bool
setup_check_names(const struct setup_asked *asked, struct err *err)
{
	static const enum setting names[] = { SETTING_TOPIC, SETTING_HOSTNAME };

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		const char *want = asked->wishes.settings.want[names[i]];

		if (want != NULL && strstr(want, "%id%") == NULL)
			return err_set(err, &err_usage,
				"several devices can not share the %s \"%s\": put %%id%% "
				"into it",
				setting_name(names[i]), want);
	}
	return true;
}
