/* check: can a device be freed, by which method, and if not, why. Writes nothing to it,
 * unless it is told to pair an old device, which says nothing about itself before. */
/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/terminal.h"
#include "base/text.h"
#include "cmd/check_call.h"
#include "cmd/command.h"
#include "cmd/device_report.h"
#include "cmd/devices.h"
#include "cmd/profile_options.h"
#include "device/pairing.h"
#include "device/verdict.h"
#include "fleet/event.h"
#include "host/network_watch.h"
#include "net/http_client.h"
#include "net/socket.h"

static const struct option_spec option_rows[] = {
	{ 0, "allow-untried", NULL, "also free models of which few were freed" },
	DEVICE_OPTIONS,
	PROFILE_OPTION,
	{ 0, "ap-address", "IP[:PORT]", "device in pairing mode (10.10.7.1:80)" },
	CHECK_CALL_OPTIONS,
	{ 0 },
};

static const struct err_code e_not_eligible = { "E-NOT-ELIGIBLE", ERR_NOT_ELIGIBLE,
	"The reason and the next step are printed with the verdict." };
static const struct err_code e_some = { "E-CHECK-SOME", ERR_SOME_FAILED,
	"The reasons and the next steps are printed with the verdicts." };

static const struct err_code e_nobody_pairs = { "E-AP-NOBODY", ERR_NOT_FOUND,
	"Hold the device's button for 7 s (on newer devices once more, until the light "
	"blinks evenly and fast), join its Wi-Fi ITEAD-1000xxxxxx with password 12345678, and "
	"run the command again within 3 minutes." };

/* The vendor's service is looked up once, not once per device. */
struct lookup {
	const char *host;
	bool resolves;
};

static bool
resolves(const struct app *app, struct lookup *lookup, const char *host)
{
	if (lookup->host == NULL || strcmp(lookup->host, host) != 0) {
		lookup->host = host;
		lookup->resolves = verdict_host_resolves(host, app->cancel);
	}
	return lookup->resolves;
}

enum { INDENT = 8 };

static void
print_for_people(const struct device *device, const struct verdict *verdict)
{
	const char *method = verdict->can_be_freed ? verdict->method : verdict->perhaps;

	device_report_line(device);
	if (method == NULL)
		terminal_say(stdout, INDENT, "  can not be freed: %s", verdict->reason);
	else
		terminal_say(stdout, INDENT, "  can %sbe freed (%s): %s",
			verdict->can_be_freed ? "" : "perhaps ", method, verdict->reason);
	for (unsigned i = 0; i < verdict->warning_count; i++)
		terminal_say(stdout, INDENT, "  note: %s", verdict->warnings[i].text);
	terminal_say(stdout, INDENT, "  next: %s", verdict->next_step);
}

static void
print_event(const struct device *device, const struct verdict *verdict)
{
	char name[DEVICE_ID_SIZE];
	json_t *fields = device_report_json(device);

	device_report_add_verdict(fields, verdict);
	event_print("verdict", device_name(device, name), fields);
}

static void
print_verdict(
	const struct app *app, const struct device *device, const struct verdict *verdict)
{
	if (app->json)
		print_event(device, verdict);
	else
		print_for_people(device, verdict);
}

/* What the whole command comes to. ALONE is the only device's verdict. */
static bool
conclude(size_t good, size_t count, const struct verdict *alone, const char *name,
	struct err *err)
{
	if (good == count)
		return true;
	if (count > 1 && good > 0)
		return err_set(
			err, &e_some, "%zu of %zu devices can be freed", good, count);
	if (count > 1)
		return err_set(
			err, &e_not_eligible, "none of %zu devices can be freed", count);
	if (alone->perhaps == NULL && alone->why_not.code->kind == ERR_NOT_ELIGIBLE)
		return err_set(err, &e_not_eligible, "%s can not be freed", name);
	*err = alone->why_not;
	return false;
}

static bool
judge_all(const struct app *app, const struct options *options,
	const struct catalog *catalog, struct gathered *rows, size_t count,
	struct err *err)
{
	struct verdict_overrides overrides = {
		.allow_untried = option_given(options, "allow-untried"),
	};
	struct lookup lookup = { 0 };
	struct verdict verdict = { 0 };
	char name[DEVICE_ID_SIZE] = "";
	size_t good = 0;

	for (size_t i = 0; i < count; i++) {
		struct device *device = &rows[i].device;
		const char *host;

		verdict_judge(catalog, device, &rows[i].err, &overrides, &verdict);
		host = verdict_unlock_host(catalog, device);
		if (verdict.can_be_freed && host != NULL && !resolves(app, &lookup, host))
			verdict_warn_unlock(&verdict, host);
		print_verdict(app, device, &verdict);
		good += verdict.can_be_freed;
		device_name(device, name);
	}
	return conclude(good, count, &verdict, name, err);
}

static bool
read_access_point(const struct options *options, struct sockaddr_in *ap, struct err *err)
{
	const char *value = option_value(options, "ap-address");
	char shown[64];

	return socket_read_address(
		       value != NULL ? value : PAIRING_ADDRESS, PAIRING_PORT, ap) ||
		err_set(err, &err_usage, "--ap-address takes IP or IP:PORT, not %s",
			text_printable(shown, sizeof shown, value));
}

/* Adds the device whose access point this computer has joined, or which was named. */
static bool
add_pairing(const struct app *app, const struct sockaddr_in *ap, bool is_named,
	struct gathered **rows, size_t *count, struct err *err)
{
	struct gathered row = { 0 };
	char address[DEVICE_ADDRESS_SIZE];

	row.device.address = *ap;
	device_address(&row.device, address);
	if (!pairing_find(ap, app->cancel, &row.device, &row.err))
		return !is_named ||
			err_set(err, &e_nobody_pairs,
				"no device in pairing mode answers at %s", address);
	*rows = xrealloc(*rows, *count + 1, sizeof **rows);
	(*rows)[(*count)++] = row;
	return true;
}

static bool
find_rows(const struct app *app, const struct options *options,
	const struct catalog *catalog, struct gathered **rows, size_t *count,
	struct err *err)
{
	bool is_named = option_given(options, "ap-address");
	bool is_all = options->argc == 0 && !option_given(options, "address");
	struct sockaddr_in ap;

	if (!read_access_point(options, &ap, err) ||
		(!(is_named && is_all) &&
			!devices_find(app, options, catalog, options->argv,
				(size_t)options->argc, true, rows, count, err)))
		return false;
	if (!is_named && !(is_all && network_is_joined(ap.sin_addr, NULL)))
		return true;
	return add_pairing(app, &ap, is_named, rows, count, err);
}

static bool
check_announced(const struct app *app, const struct options *options, struct err *err)
{
	OWN_NEW(catalog) catalog = catalog_open(NULL, err);
	struct gathered *rows = NULL;
	size_t count = 0;
	bool ok;

	if (catalog == NULL || !check_call_is_not_half_meant(options, err))
		return false;
	ok = find_rows(app, options, catalog, &rows, &count, err);
	if (ok && count == 0)
		ok = err_set(err, &err_no_device, "no device announced itself");
	else if (ok)
		ok = judge_all(app, options, catalog, rows, count, err);
	free(rows);
	return ok;
}

static bool
check_callers(const struct app *app, const struct options *options, struct err *err)
{
	struct judged *all = NULL;
	char name[DEVICE_ID_SIZE] = "";
	size_t count = 0, good = 0;
	bool ok = check_call(app, options, &all, &count, err);

	for (size_t i = 0; i < count; i++) {
		/* Nobody came: there is nothing to say of a device. */
		if (all[i].device.id[0] != '\0')
			print_verdict(app, &all[i].device, &all[i].verdict);
		good += all[i].verdict.can_be_freed;
	}
	if (count > 1 && good < count && cancel_asked(app->cancel))
		ok = err_set(
			err, &err_cancelled, "stopped before all devices had called");
	else if (count > 0)
		ok = conclude(good, count, &all[count - 1].verdict,
			device_name(&all[count - 1].device, name), err);
	free(all);
	return ok;
}

static bool
run_check(struct app *app, const struct options *options, struct err *err)
{
	bool ok;

	if (!http_open(err))
		return false;
	ok = check_call_is_meant(options) ? check_callers(app, options, err)
					  : check_announced(app, options, err);
	http_close();
	return ok;
}

const struct command cmd_check = {
	.name = "check",
	.arguments = "[DEVICE...]",
	.summary = "say whether devices can be freed, and if not, why",
	.most_operands = -1,
	.options = option_rows,
	.run = run_check,
};
