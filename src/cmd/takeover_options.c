/* What the command "takeover" was asked for. All that is fixed in reality has an option,
 * so that the whole road can be rehearsed on one computer. */
/* SPDX-License-Identifier: MIT */
#include "cmd/takeover_options.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/text.h"
#include "cmd/firmware_options.h"
#include "cmd/secret.h"
#include "net/socket.h"
#include "wire/ewelink.h"

#define PASSWORD_VARIABLE "AIRLIFT_WIFI_PASSWORD"

const struct option_spec takeover_options[] = {
	{ 0, "images", "DIR", "directory with SonOTA's three image files" },
	{ 'f', "firmware", "IMAGE", "final image instead of DIR/image_arduino.bin" },
	{ 0, "ssid", "NAME", "the Wi-Fi the device is to join" },
	{ 0, "wifi-password-file", "FILE",
		"its password; or $AIRLIFT_WIFI_PASSWORD, or asked" },
	{ 0, "provisioned", NULL, "the devices call this computer already: no pairing" },
	{ 0, "undo", NULL, "give a device in pairing mode the vendor's server back" },
	{ 0, "region", "NAME", "of the vendor's server: eu, us, as, cn (eu)" },
	{ 0, "address", "IP", "this computer, as devices are told (by route)" },
	{ 0, "cloud-port", "N", "port for devices with TLS (8443)" },
	{ 0, "plain-port", "N", "port for devices without, and for images (8081)" },
	{ 0, "ap-address", "IP[:PORT]", "device in pairing mode (10.10.7.1:80)" },
	{ 0, "final-address", "IP[:PORT]", "ours in FinalStage (192.168.4.2:8080)" },
	{ 0, "setup-address", "IP[:PORT]", "a new Tasmota's own (192.168.4.1:80)" },
	{ 0, "web-port", "N", "where the new firmware is looked for (80)" },
	{ 0, "wifi", "HOW", "who changes networks: by-hand" },
	{ 0, "via", "WAY", "how the final image gets in: finalstage" },
	{ 0, "patience", "PERCENT", "wait longer or shorter for everything (100)" },
	FIRMWARE_OPTIONS,
	{ 0 },
};

static bool
read_address(const struct options *options, const char *name, const char *otherwise,
	struct sockaddr_in *out, struct err *err)
{
	const char *value = option_value(options, name);
	struct sockaddr_in usual;
	char shown[64];

	socket_read_address(otherwise, 0, &usual);
	if (socket_read_address(
		    value != NULL ? value : otherwise, ntohs(usual.sin_port), out))
		return true;
	return err_set(err, &err_usage, "--%s takes IP or IP:PORT, not \"%s\"", name,
		text_printable(shown, sizeof shown, value));
}

/* Several only where devices have addresses of their own: in rehearsals. */
static bool
read_access_points(
	struct takeover_order *order, const struct options *options, struct err *err)
{
	struct options one = *options;

	for (unsigned i = 0; i < options->count; i++) {
		if (strcmp(options->given[i].spec->name, "ap-address") != 0)
			continue;
		one.given[0] = options->given[i];
		one.count = 1;
		if (!read_address(&one, "ap-address", "10.10.7.1:80",
			    &order->access_points[order->access_point_count++], err))
			return false;
	}
	if (order->access_point_count > 0)
		return true;
	order->access_point_count = 1;
	return read_address(
		options, "ap-address", "10.10.7.1:80", &order->access_points[0], err);
}

static bool
read_numbers(struct takeover_order *order, const struct options *options, struct err *err)
{
	if (!option_number(
		    options, "cloud-port", 1, 65535, 8443, &order->cloud_port, err) ||
		!option_number(
			options, "plain-port", 1, 65535, 8081, &order->plain_port, err) ||
		!option_number(
			options, "web-port", 1, 65535, 80, &order->web_port, err) ||
		!option_number(options, "patience", 1, 1000, 100, &order->patience, err))
		return false;
	if (order->cloud_port == order->plain_port)
		return err_set(
			err, &err_usage, "--cloud-port and --plain-port must differ");
	return true;
}

static bool
read_addresses(
	struct takeover_order *order, const struct options *options, struct err *err)
{
	const char *told = option_value(options, "address");
	char shown[64];

	if (told != NULL && inet_pton(AF_INET, told, &order->told) != 1)
		return err_set(err, &err_usage, "--address takes an IP, not \"%s\"",
			text_printable(shown, sizeof shown, told));
	return read_access_points(order, options, err) &&
		read_address(options, "final-address", "192.168.4.2:8080",
			&order->final_address, err) &&
		read_address(
			options, "setup-address", "192.168.4.1:80", &order->setup, err);
}

/* Asked for last: nobody should type a password for a command that is refused. */
static bool
read_password(const struct app *app, struct takeover_order *order,
	const struct options *options, struct err *err)
{
	if (order->is_provisioned || order->password != NULL)
		return true;
	order->password = secret_read(app, option_value(options, "wifi-password-file"),
		"wifi-password-file", PASSWORD_VARIABLE,
		"Wi-Fi password (empty for an open network)", err);
	return order->password != NULL;
}

static bool
check_choice(const struct options *options, const char *name, const char *only,
	struct err *err)
{
	const char *value = option_value(options, name);
	char shown[64];

	if (value == NULL || strcmp(value, only) == 0)
		return true;
	err_set(err, &err_usage, "--%s %s does not exist", name,
		text_printable(shown, sizeof shown, value));
	return err_remedy(err, "Use --%s %s.", name, only);
}

/* The device must be told a network, unless it has been. */
static bool
check_wifi(const struct takeover_order *order, const char *password, struct err *err)
{
	char host[INET_ADDRSTRLEN] = "0.0.0.0";
	struct ewelink_ap_settings settings = {
		.ssid = order->ssid,
		.password = password,
		.server = host,
	};

	if (order->is_provisioned)
		return true;
	if (order->ssid == NULL)
		return err_set(err, &err_usage,
			"--ssid NAME is missing, the Wi-Fi the device is to join");
	return ewelink_ap_check(&settings, err);
}

static bool
check_operands(const struct takeover_order *order, const struct options *options,
	struct err *err)
{
	char shown[64];

	if (options->argc > 0 && !order->is_provisioned)
		return err_set(err, &err_usage,
			"a DEVICE is named together with --provisioned; pairing finds "
			"out the id by itself");
	for (int i = 0; i < options->argc; i++)
		if (!ewelink_is_id(options->argv[i]))
			return err_set(err, &err_usage,
				"\"%s\" is no device id (ten hexadecimal digits)",
				text_printable(shown, sizeof shown, options->argv[i]));
	return true;
}

static bool
check_together(const struct takeover_order *order, struct err *err)
{
	uint16_t final_port = ntohs(order->final_address.sin_port);

	if (order->undo && order->is_provisioned)
		return err_set(err, &err_usage,
			"--undo pairs a device: it excludes --provisioned");
	if (final_port == order->cloud_port || final_port == order->plain_port)
		return err_set(err, &err_usage,
			"--cloud-port and --plain-port must differ from the port of "
			"--final-address");
	if (!order->undo && !order->only_check && order->images == NULL)
		return err_set(err, &err_usage,
			"takeover needs --images DIR with SonOTA's image files");
	return true;
}

void
takeover_options_translate(const struct options *from,
	const struct takeover_alias *aliases, size_t count, struct options *to)
{
	for (size_t i = 0; i < count; i++) {
		const char *value = option_value(from, aliases[i].here);

		/* An option without argument has no value, and is given all the same. */
		if (option_given(from, aliases[i].here))
			option_supply(to, takeover_options, aliases[i].there,
				value != NULL ? value : "");
	}
}

bool
takeover_options_read(const struct app *app, struct takeover_order *order,
	const struct options *options, struct err *err)
{
	const char *region = option_value(options, "region");

	order->images = option_value(options, "images");
	order->firmware = option_value(options, "firmware");
	order->ssid = option_value(options, "ssid");
	order->region = region != NULL ? region : "eu";
	order->is_provisioned = option_given(options, "provisioned");
	order->undo = option_given(options, "undo");
	return read_numbers(order, options, err) && read_addresses(order, options, err) &&
		check_choice(options, "wifi", "by-hand", err) &&
		check_choice(options, "via", "finalstage", err) &&
		check_together(order, err) && check_wifi(order, "", err) &&
		check_operands(order, options, err) &&
		read_password(app, order, options, err) &&
		check_wifi(order, order->password, err);
}

void
takeover_order_clear(struct takeover_order *order)
{
	secret_free(order->password);
	order->password = NULL;
}
