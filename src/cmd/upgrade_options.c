/* The options of flash that are for devices which run Tasmota already. */
/* SPDX-License-Identifier: MIT */
#include "cmd/upgrade_options.h"

#include <string.h>

#include "cmd/firmware_options.h"
#include "cmd/secret.h"

static const struct err_code e_not_minimal = { "E-NOT-MINIMAL", ERR_IMAGE_REFUSED,
	"Take tasmota-minimal.bin.gz: only a small build makes room for a large one." };

void
upgrade_asked_clear(struct upgrade_asked *asked)
{
	image_free(asked->minimal);
	secret_free(asked->web_password);
}

static bool
open_minimal(const struct app *app, const struct options *options,
	struct upgrade_asked *asked, const char *spec, struct err *err)
{
	struct accept_overrides overrides = firmware_options_overrides(options);

	asked->minimal = firmware_options_open(app, options, spec, err);
	if (asked->minimal == NULL ||
		!accept_image(asked->minimal, "tasmota", &overrides, NULL, err))
		return false;
	asked->wishes.minimal = asked->minimal;
	return strcmp(image_content(asked->minimal)->variant, "minimal") == 0 ||
		err_set(err, &e_not_minimal, "%s is not a minimal build",
			asked->minimal->name);
}

bool
upgrade_ask(const struct app *app, const struct options *options,
	struct upgrade_asked *asked, struct err *err)
{
	static const char variable[] = "AIRLIFT_WEB_PASSWORD";
	const char *minimal = option_value(options, "minimal");
	const char *file = option_value(options, "web-password-file");

	asked->wishes.by_upload = option_given(options, "upload");
	asked->wishes.allow_jump = option_given(options, "allow-jump");
	if (file != NULL || getenv(variable) != NULL) {
		asked->web_password = secret_read(
			app, file, "web-password-file", variable, "web password", err);
		if (asked->web_password == NULL)
			return false;
	}
	asked->wishes.web_password = asked->web_password;
	return minimal == NULL || open_minimal(app, options, asked, minimal, err);
}
