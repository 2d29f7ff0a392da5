/* Finding the devices a command is about. */
/* SPDX-License-Identifier: MIT */
#include "cmd/devices.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "cmd/device_names.h"
#include "cmd/device_report.h"
#include "device/catalog.h"
#include "net/http_client.h"
#include "net/socket.h"

const struct err_code err_no_device = { "E-NO-DEVICE", ERR_NOT_FOUND,
	"Unplug the device and plug it in again, let UDP port 5353 in through this computer's "
	"firewall, switch off client isolation (guest network) in the access point, or ask "
	"the device directly: --address IP." };
static const struct err_code e_not_as_told = { "E-NOT-AS-TOLD", ERR_REFUSED,
	"Try again; if it persists, run \"airlift info\" for the device and report its model "
	"and firmware." };
static const struct err_code e_unread = { "E-NOT-READ-BACK", ERR_LOST,
	"Run \"airlift info\" for the device to see what came of it." };

enum { WAIT_NAMED_S = 10, WAIT_ALL_S = 5, WAIT_MOST_S = 3600 };

/* The values of all --address options. */
static bool
read_addresses(const struct options *options, struct sockaddr_in out[OPTIONS_MOST],
	size_t *count, struct err *err)
{
	char shown[64];

	for (unsigned i = 0; i < options->count; i++) {
		const char *value = options->given[i].value;

		if (strcmp(options->given[i].spec->name, "address") != 0)
			continue;
		if (!socket_read_address(value, DIY_PORT, &out[(*count)++]))
			return err_set(err, &err_usage,
				"--address takes IP or IP:PORT, not %s",
				text_printable(shown, sizeof shown, value));
	}
	return true;
}

static bool
find(const struct app *app, const struct options *options, const struct catalog *catalog,
	char **names, size_t name_count, bool all, struct gathered **rows, size_t *count,
	struct err *err)
{
	struct sockaddr_in addresses[OPTIONS_MOST];
	struct gather_order order = {
		.catalog = catalog,
		.names = names,
		.name_count = name_count,
		.addresses = addresses,
		.interface = option_value(options, "interface"),
		.cancel = app->cancel,
	};
	int64_t wait_s;

	if (!read_addresses(options, addresses, &order.address_count, err))
		return false;
	order.all = all && name_count == 0 && order.address_count == 0;
	if (!option_number(options, "wait", 1, WAIT_MOST_S,
		    order.all ? WAIT_ALL_S : WAIT_NAMED_S, &wait_s, err))
		return false;
	order.wait_ms = wait_s * 1000;
	return gather(&order, rows, count, err);
}

bool
devices_find(const struct app *app, const struct options *options,
	const struct catalog *catalog, char **names, size_t name_count, bool all,
	struct gathered **rows, size_t *count, struct err *err)
{
	struct device_names meant;
	bool ok;

	if (!device_names_read(
		    app, options, NAMES_OF_VENDOR, names, name_count, &meant, err))
		return false;
	ok = find(app, options, catalog, meant.all, name_count, all, rows, count, err);
	device_names_clear(&meant);
	return ok;
}

/* One row, asked and willing, becomes the device. */
static bool
choose(const struct gathered *rows, size_t count, struct device *device, struct err *err)
{
	if (count != 1)
		return err_set(err, &err_usage,
			"this command is about one device, not %zu", count);
	if (rows[0].err.code != NULL) {
		*err = rows[0].err;
		return false;
	}
	*device = rows[0].device;
	return true;
}

static bool
find_one(const struct app *app, const struct options *options, int first,
	struct device *device, struct err *err)
{
	OWN_NEW(catalog) catalog = catalog_open(NULL, err);
	struct gathered *rows = NULL;
	size_t names = options->argc > first ? (size_t)(options->argc - first) : 0;
	size_t count = 0;
	bool ok;

	if (catalog == NULL)
		return false;
	if (names == 0 && !option_given(options, "address"))
		return err_set(err, &err_usage, "name a DEVICE, or use --address IP");
	ok = devices_find(app, options, catalog, options->argv + first, names, false,
		     &rows, &count, err) &&
		choose(rows, count, device, err);
	free(rows);
	return ok;
}

bool
one_device_do(const struct app *app, const struct options *options, int first,
	const char *plan,
	bool (*act)(const struct app *app, struct one_device *one, const void *wish,
		struct err *err),
	const void *wish, struct err *err)
{
	struct one_device one = { 0 };
	char name[DEVICE_ID_SIZE];
	bool ok;

	if (!http_open(err))
		return false;
	ok = find_one(app, options, first, &one.device, err);
	if (ok && app->dry_run && plan != NULL) {
		printf("%s would be %s\n", device_name(&one.device, name), plan);
	} else if (ok) {
		one.client = diy_client_new(&one.device, app->cancel);
		ok = act(app, &one, wish, err);
		diy_client_free(one.client);
	}
	http_close();
	return ok;
}

/* The call's own error is the one worth telling. Returns false. */
static bool
still(struct err *err, const struct err *said)
{
	*err = *said;
	return false;
}

bool
one_device_confirm(const struct app *app, struct one_device *one, bool told,
	const char *what, const char *wanted, const char *now, struct err *err)
{
	struct err said = *err;
	enum err_kind kind = err_kind(&said);
	char name[DEVICE_ID_SIZE];

	if (!told && kind != ERR_LOST && kind != ERR_GARBLED)
		return false;
	device_name(&one->device, name);
	if (!diy_ask_info(one->client, &one->device, err))
		return told
			? err_set(err, &e_unread,
				  "%s took the call, but did not answer afterwards", name)
			: still(err, &said);
	if (one->device.dialect != DIALECT_STRING && strcmp(now, wanted) != 0)
		return told ? err_set(err, &e_not_as_told,
				      "%s was told %s %s, but says it is \"%s\"", name,
				      what, wanted, now)
			    : still(err, &said);
	if (!told && one->device.dialect == DIALECT_STRING)
		return still(err, &said);
	err_clear(err);
	device_report_change(app, &one->device, what, wanted, now);
	return true;
}

bool
read_on_off(const char *word, bool *on, struct err *err)
{
	char shown[64];

	*on = strcmp(word, "on") == 0;
	if (*on || strcmp(word, "off") == 0)
		return true;
	return err_set(err, &err_usage, "expected on or off, not %s",
		text_printable(shown, sizeof shown, word));
}
