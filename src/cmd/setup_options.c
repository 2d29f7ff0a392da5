/* The options of `airlift setup` as wishes. */
/* SPDX-License-Identifier: MIT */
#include "cmd/setup_options.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "cmd/secret.h"
#include "device/catalog.h"
#include "fleet/scheduler.h"
#include "host/interfaces.h"
#include "host/reach.h"
#include "net/socket.h"

const struct option_spec setup_option_rows[] = {
	{ 0, "ssid", "NAME", "Wi-Fi network the device shall join" },
	{ 0, "wifi-password-file", "FILE", "its password (or AIRLIFT_WIFI_PASSWORD)" },
	{ 0, "device-name", "TEXT", "name on its web page" },
	{ 0, "friendly-name", "TEXT", "name of its first relay" },
	{ 0, "hostname", "NAME", "name in the network" },
	{ 0, "model", "NAME", "module or template as the catalog has it: mini" },
	{ 0, "module", "N", "number of a built-in module" },
	{ 0, "template", "JSON", "template, taken into use at once" },
	MQTT_OPTIONS,
	{ 0, "no-mqtt", NULL, "leave MQTT as it is" },
	{ 0, "mqtt-device-host", "HOST[:PORT]", "the broker as the device reaches it" },
	{ 0, "mqtt-device-user", "NAME", "the device's own user at the broker" },
	{ 0, "mqtt-device-password-file", "FILE",
		"its password (or AIRLIFT_MQTT_DEVICE_PASSWORD)" },
	{ 0, "topic", "TOPIC", "its MQTT topic; %id% becomes six digits of its MAC" },
	{ 0, "group-topic", "TOPIC", "topic it shares with others" },
	{ 0, "power-on", "STATE", "relay after a power cut: off, on, toggle, saved" },
	{ 0, "timezone", "HOURS", "such as 1, +5:30, or 99 with daylight saving" },
	{ 0, "web-password-file", "FILE",
		"password of its pages (or AIRLIFT_WEB_PASSWORD)" },
	{ 0, "renew-passwords", NULL, "write passwords also when they seem to work" },
	{ 0, "ap-address", "IP[:PORT]", "where its access point answers (192.168.4.1)" },
	{ 0, "web-port", "N", "port of its pages (80)" },
	{ 0, "interface", "NAME", "look for it in this interface's network" },
	{ 0, "network", "IP/BITS", "look for it in this network" },
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
	secret_free(asked->device_password);
	free(asked->device_host);
	free(asked->template);
	free(asked->module);
}

/* A secret that may be missing: *out is NULL then. */
static bool
read_optional(const struct app *app, const struct options *options, const char *option,
	const char *variable, char **out, struct err *err)
{
	const char *file = option_value(options, option);

	if (file == NULL && getenv(variable) == NULL)
		return true;
	*out = secret_read(app, file, variable, option, err);
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

/* The template comes into use as module 0. */
static bool
read_model(struct setup_asked *asked, const char *model, struct err *err)
{
	OWN_NEW(catalog) catalog = catalog_open(NULL, err);
	const struct catalog_section *section;
	const char *module, *template;
	char shown[64];

	if (catalog == NULL)
		return false;
	section = catalog_model_named(catalog, model);
	if (section == NULL)
		return err_set(err, &err_usage, "the catalog has no model \"%s\"",
			text_printable(shown, sizeof shown, model));
	template = catalog_value(section, "tasmota-template");
	module = catalog_value(section, "tasmota-module");
	if (template == NULL && module == NULL)
		return err_set(err, &err_usage,
			"the catalog knows neither module nor template of \"%s\"",
			text_printable(shown, sizeof shown, model));
	if (template != NULL)
		asked->template = xstrdup(template);
	asked->module = xstrdup(template != NULL ? "0" : module);
	return true;
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
	if (template != NULL)
		asked->template = xstrdup(template);
	if (template != NULL || module != NULL)
		asked->module = xstrdup(template != NULL ? "0" : module);
	asked->wishes.settings.want[SETTING_TEMPLATE] = asked->template;
	asked->wishes.settings.want[SETTING_MODULE] = asked->module;
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
		option_value(options, "wifi-password-file"), "AIRLIFT_WIFI_PASSWORD",
		"Wi-Fi password", err);
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
		    &asked->web_password, err))
		return false;
	asked->wishes.web_password = asked->web_password;
	asked->wishes.settings.want[SETTING_WEB_PASSWORD] = asked->web_password;
	return true;
}

/* Asked for, or "airlift broker" has been set up here. */
static bool
uses_mqtt(const struct app *app, const struct options *options)
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

	asked->uses_mqtt = uses_mqtt(app, options);
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

static bool
is_loopback(const char *host)
{
	struct in_addr address;

	return strcmp(host, "localhost") == 0 ||
		(inet_pton(AF_INET, host, &address) == 1 &&
			ntohl(address.s_addr) >> 24 == 127);
}

/* The one network that is not the device's own access point. */
static bool
only_other_address(const struct setup_asked *asked, struct in_addr *out)
{
	struct interface all[INTERFACES_MOST];
	in_addr_t point = asked->access_point.sin_addr.s_addr;
	size_t count = interfaces_list(all), found = 0;

	for (size_t i = 0; i < count; i++) {
		in_addr_t mask = all[i].netmask.s_addr;

		if (all[i].is_loopback ||
			(all[i].address.s_addr & mask) == (point & mask))
			continue;
		*out = all[i].address;
		found++;
	}
	return found == 1;
}

char *
setup_device_host(const struct setup_asked *asked, struct in_addr device, struct err *err)
{
	const char *host = asked->device_host != NULL ? asked->device_host
						      : asked->choice.broker.host;
	bool in_access_point = device.s_addr == asked->access_point.sin_addr.s_addr;
	struct in_addr own;
	char text[INET_ADDRSTRLEN];

	if (asked->device_host != NULL || !is_loopback(host))
		return xstrdup(host);
	if (device.s_addr != INADDR_ANY &&
		(!in_access_point || ntohl(device.s_addr) >> 24 == 127)) {
		if (!reach_own_address(device, &own, err))
			return NULL;
	} else if (!only_other_address(asked, &own)) {
		err_set(err, &err_usage,
			"the broker runs on this computer, and it is not clear under "
			"which address devices reach it");
		err_remedy(err,
			"Add --mqtt-device-host with this computer's address in "
			"your Wi-Fi.");
		return NULL;
	}
	return xstrdup(inet_ntop(AF_INET, &own, text, sizeof text));
}
