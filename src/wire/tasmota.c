/* What Tasmota says about itself over HTTP. */
/* SPDX-License-Identifier: MIT */
#include "wire/tasmota.h"

#include <ctype.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"

const struct err_code err_tasmota_password = { "E-TASMOTA-PASSWORD", ERR_REFUSED,
	"Give its web password with --web-password-file FILE or AIRLIFT_WEB_PASSWORD." };
static const struct err_code e_garbled = { "E-TASMOTA-GARBLED", ERR_GARBLED,
	"Look at the device's web page in the browser: it may run something else." };

bool
tasmota_read_firmware(
	const char *bytes, size_t len, struct tasmota_firmware *out, struct err *err)
{
	OWN_JSON root = json_read(bytes, len, TASMOTA_TEXT_MOST);
	const json_t *firmware = json_object_get(root, "StatusFWR");
	const char *version = json_text(firmware, "Version");
	const char *hardware = json_text(firmware, "Hardware");
	const char *warning = json_text(root, "WARNING");

	*out = (struct tasmota_firmware){ 0 };
	if (warning != NULL && strstr(warning, "password") != NULL)
		return err_set(err, &err_tasmota_password, "Tasmota wants a password");
	if (version == NULL || !isdigit((unsigned char)*version))
		return err_set(err, &e_garbled, "the answer names no version of Tasmota");
	text_printable(out->version, sizeof out->version, version);
	if (hardware != NULL)
		text_printable(out->hardware, sizeof out->hardware, hardware);
	return true;
}

bool
tasmota_is_version(const char *version, const char *number)
{
	size_t len = strlen(number);

	return len > 0 && strncmp(version, number, len) == 0 &&
		!isdigit((unsigned char)version[len]) && version[len] != '.';
}
