/* inspect: what a firmware file is, and which methods take it; touches no device. */
/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "cmd/command.h"
#include "cmd/firmware_options.h"
#include "cmd/image_report.h"
#include "cmd/problem.h"

static bool
print_one(const struct app *app, const struct options *options, const char *spec,
	struct err *err)
{
	const char *method = option_value(options, "for");
	const struct accept_overrides overrides = firmware_options_overrides(options);
	OWN_NEW(image) image = firmware_options_open(app, options, spec, err);

	if (image == NULL)
		return false;
	if (app->json)
		image_report_json(image, &overrides);
	else
		image_report_text(image, &overrides, app->plain);
	if (method == NULL || accept_image(image, method, &overrides, NULL, err))
		return true;
	return err_while(err, "%s", image->name);
}

/* Every file is shown; the last trouble decides the exit status. A method that does not
 * exist is found out before any file is read. */
static bool
inspect(struct app *app, const struct options *options, struct err *err)
{
	const char *method = option_value(options, "for");
	struct accept_limits limits;
	bool ok = true;

	if (method != NULL && !accept_limits(method, &limits))
		return err_set(err, &err_usage,
			"--for takes diy, takeover or tasmota, not \"%s\"", method);
	for (int i = 0; i < options->argc; i++) {
		struct err trouble = { 0 };

		if (i > 0 && !app->json)
			putchar('\n');
		if (print_one(app, options, options->argv[i], &trouble))
			continue;
		if (!ok)
			problem_print(app, err);
		*err = trouble;
		ok = false;
		if (err_kind(err) == ERR_CANCELLED)
			break;
	}
	return ok;
}

static const struct option_spec rows[] = {
	{ 0, "for", "METHOD",
		"fail unless this method takes it: diy, takeover, tasmota" },
	FIRMWARE_OPTIONS,
	{ 0 },
};

const struct command cmd_inspect = {
	.name = "inspect",
	.arguments = "FILE...",
	.summary = "show what a firmware file is, and which methods take it",
	.least_operands = 1,
	.most_operands = -1,
	.options = rows,
	.run = inspect,
};
