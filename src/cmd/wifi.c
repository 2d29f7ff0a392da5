/* wifi: moves a device in DIY mode to another Wi-Fi network. */
/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cmd/command.h"
#include "cmd/devices.h"
#include "cmd/profile_options.h"
#include "cmd/secret.h"
#include "fleet/event.h"

static const struct option_spec option_rows[] = {
	{ 's', "ssid", "NAME", "the network, 2.4 GHz; upper and lower case matter" },
	{ 0, "wifi-password-file", "FILE", "its password (or AIRLIFT_WIFI_PASSWORD)" },
	{ 0, "open", NULL, "the network has no password" },
	DEVICE_OPTIONS,
	PROFILE_OPTION,
	{ 0 },
};

/* WPA: a passphrase, or a key of 64 hexadecimal digits. */
enum { SSID_MOST = 32, PASSWORD_LEAST = 8, PASSWORD_MOST = 64 };

struct wish {
	const char *ssid;
	const char *password;
};

/* The device goes where it may not be seen from here, so its yes is all there is. */
static bool
act(const struct app *app, struct one_device *one, const void *wish, struct err *err)
{
	const struct wish *wanted = wish;
	char name[DEVICE_ID_SIZE], shown[SSID_MOST * 4 + 1];
	OWN_STR said = NULL;

	if (!diy_wifi(one->client, wanted->ssid, wanted->password, err))
		return false;
	device_name(&one->device, name);
	said = xasprintf(
		"%s  goes to network \"%s\"; \"airlift scan\" there shows whether "
		"it arrived",
		name, text_printable(shown, sizeof shown, wanted->ssid));
	if (app->json)
		event_print("message", name, json_pack("{s:s}", "text", said));
	else
		puts(said);
	return true;
}

static bool
check(const struct wish *wish, struct err *err)
{
	size_t password = strlen(wish->password);

	if (wish->ssid[0] == '\0' || strlen(wish->ssid) > SSID_MOST)
		return err_set(
			err, &err_usage, "a network name has 1 to %d bytes", SSID_MOST);
	if (password > 0 && (password < PASSWORD_LEAST || password > PASSWORD_MOST))
		return err_set(err, &err_usage, "a Wi-Fi password has %d to %d bytes",
			PASSWORD_LEAST, PASSWORD_MOST);
	if (!text_is_utf8(wish->ssid, strlen(wish->ssid)) ||
		!text_is_utf8(wish->password, password))
		return err_set(err, &err_usage, "name and password must be UTF-8 text");
	return true;
}

static bool
run_wifi(struct app *app, const struct options *options, struct err *err)
{
	struct wish wish = { .ssid = option_value(options, "ssid") };
	char *password;
	bool ok;

	if (wish.ssid == NULL)
		return err_set(err, &err_usage, "wifi needs --ssid NAME");
	if (option_given(options, "open"))
		password = xstrdup("");
	else
		password = secret_read(app, option_value(options, "wifi-password-file"),
			"wifi-password-file", "AIRLIFT_WIFI_PASSWORD", "Wi-Fi password",
			err);
	if (password == NULL)
		return false;
	wish.password = password;
	ok = check(&wish, err) &&
		one_device_do(
			app, options, 0, "moved to the other network", act, &wish, err);
	secret_free(password);
	return ok;
}

const struct command cmd_wifi = {
	.name = "wifi",
	.arguments = "DEVICE",
	.summary = "move a device in DIY mode to another Wi-Fi network",
	.most_operands = 1,
	.options = option_rows,
	.run = run_wifi,
};
