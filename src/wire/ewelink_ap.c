/* Pairing requests and answers of devices in their own access point. */
/* SPDX-License-Identifier: MIT */
#include "wire/ewelink_ap.h"

#include <string.h>

#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"

static const struct err_code wifi_name = { "E-WIFI-NAME", ERR_USAGE,
	"Give the device a network whose name has 1 to 31 bytes, for example a guest "
	"network." };
static const struct err_code wifi_password = { "E-WIFI-PASSWORD", ERR_USAGE,
	"Give the device a network with a WPA2 password of 8 to 63 characters, or an open "
	"one." };
static const struct err_code server_name = { "E-SERVER-NAME", ERR_USAGE,
	"Name an address of this computer with --address; names have at most 50 bytes." };

static bool
has_controls(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return true;
	return false;
}

/* The device drops a backslash and keeps what follows, so only text that needs no other
 * escape arrives as it was meant. */
static bool
arrives(const char *text)
{
	return text_is_utf8(text, strlen(text)) && !has_controls(text);
}

static bool
check_password(const char *password, struct err *err)
{
	size_t len = strlen(password);

	if (len > EWELINK_AP_PASSWORD_MOST)
		return err_set(err, &wifi_password,
			"the Wi-Fi password has %zu bytes; the device holds %d", len,
			EWELINK_AP_PASSWORD_MOST);
	if (len > 0 && len < 8)
		return err_set(err, &wifi_password,
			"the Wi-Fi password has %zu characters; WPA2 needs 8", len);
	if (!arrives(password))
		return err_set(err, &wifi_password,
			"the Wi-Fi password has characters that do not reach the device");
	return true;
}

bool
ewelink_ap_check(const struct ewelink_ap_settings *settings, struct err *err)
{
	size_t ssid = strlen(settings->ssid), server = strlen(settings->server);

	if (ssid == 0)
		return err_set(err, &wifi_name, "the Wi-Fi name is empty");
	if (ssid > EWELINK_AP_SSID_MOST)
		return err_set(err, &wifi_name,
			"the Wi-Fi name has %zu bytes; the device holds %d", ssid,
			EWELINK_AP_SSID_MOST);
	if (!arrives(settings->ssid))
		return err_set(err, &wifi_name,
			"the Wi-Fi name has characters that do not reach the device");
	if (server == 0 || server > EWELINK_AP_SERVER_MOST || !arrives(settings->server))
		return err_set(
			err, &server_name, "the device can not hold this server address");
	return check_password(settings->password, err);
}

char *
ewelink_ap_write_settings(const struct ewelink_ap_settings *settings)
{
	OWN_JSON body = json_pack("{s:i, s:s, s:s, s:s, s:i}", "version", 4, "ssid",
		settings->ssid, "password", settings->password, "serverName",
		settings->server, "port", (int)settings->port);

	return body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
}

static void
take(char *out, size_t size, const json_t *object, const char *name)
{
	const char *text = json_text(object, name);

	if (text != NULL && strlen(text) < size)
		text_printable(out, size, text);
}

bool
ewelink_ap_read_device(const char *bytes, size_t len, struct ewelink_ap_device *out)
{
	OWN_JSON body = json_read(bytes, len, EWELINK_AP_ANSWER_MOST);

	*out = (struct ewelink_ap_device){ 0 };
	take(out->id, sizeof out->id, body, "deviceid");
	take(out->factory_key, sizeof out->factory_key, body, "apikey");
	take(out->chip, sizeof out->chip, body, "chipid");
	return ewelink_is_id(out->id) && ewelink_is_key(out->factory_key);
}

bool
ewelink_ap_read_result(const char *bytes, size_t len, int *error)
{
	OWN_JSON body = json_read(bytes, len, EWELINK_AP_ANSWER_MOST);
	int64_t number;

	if (!json_number(body, "error", 0, 9999, &number))
		return false;
	*error = (int)number;
	return true;
}
