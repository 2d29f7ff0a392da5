/* A device by the name it has in the profile. */
/* SPDX-License-Identifier: MIT */
#include "cmd/device_names.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/text.h"
#include "cmd/profile_options.h"
#include "device/diy_client.h"
#include "fleet/recall.h"
#include "host/neighbours.h"
#include "net/socket.h"

static const struct err_code e_not_there = { "E-NAME-NOT-IN-PROFILE", ERR_NOT_FOUND,
	"Name the device by its id or address, as \"airlift scan\" shows them, or give it a "
	"name in the profile." };
static const struct err_code e_no_id = { "E-NAME-WITHOUT-ID", ERR_NOT_FOUND,
	"Write the device's id into its entry (\"airlift scan\" shows it), or name the device "
	"by its address." };

enum { KNOCK_MS = 2000 };

/* The profile is read when the first name has to be looked up. */
struct look_up {
	const struct app *app;
	const struct options *options;
	enum device_names_of which;
	bool was_read;
	struct profile *profile; /* NULL: there is none */
	char *path;
};

void
device_names_clear(struct device_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->all[i]);
	free(names->all);
	*names = (struct device_names){ 0 };
}

bool
device_name_is_plain(const char *name)
{
	struct sockaddr_in address;
	char mac[13];

	return socket_read_address(name, DIY_PORT, &address) ||
		tasmota_read_mac(name, mac) || device_is_id(name);
}

bool
device_name_not_there(const char *path, const char *name, struct err *err)
{
	char shown[64];

	return err_set(err, &e_not_there, "%s has no device \"%s\"", path,
		text_printable(shown, sizeof shown, name));
}

/* Who takes the connection has that MAC: the table has it again, or still, afterwards. */
static bool
find_vendor(const struct app *app, const char *mac, char **out)
{
	struct sockaddr_in place = { .sin_family = AF_INET, .sin_port = htons(DIY_PORT) };
	struct in_addr again = { INADDR_ANY };
	char host[INET_ADDRSTRLEN];

	if (!neighbours_find(mac, &place.sin_addr) ||
		!socket_takes_connections(&place, deadline_in(KNOCK_MS), app->cancel) ||
		!neighbours_find(mac, &again) || again.s_addr != place.sin_addr.s_addr)
		return false;
	inet_ntop(AF_INET, &again, host, sizeof host);
	*out = xstrdup(host);
	return true;
}

/* A Tasmota is looked for by its MAC, everything else by its id. */
static bool
choose_id(const struct look_up *look_up, const char *name,
	const struct profile_device *entry, char **out, struct err *err)
{
	bool only_tasmotas = look_up->which == NAMES_OF_TASMOTA;
	OWN_NEW(journal) journal = NULL;
	struct recalled known = { .mac = "" };

	if (look_up->which != NAMES_OF_VENDOR) {
		journal = journal_open(look_up->app->state_directory, err);
		if (journal == NULL || !recall(journal, entry->id, &known, err))
			return false;
	}
	if (entry->mac != NULL && (known.mac[0] != '\0' || only_tasmotas))
		*out = xstrdup(entry->mac);
	else if (known.mac[0] != '\0')
		*out = xstrdup(known.mac);
	else
		*out = xstrdup(only_tasmotas ? name : entry->id);
	return true;
}

/* Devices that the journal does not know may be Tasmotas for some commands only. */
static bool
choose_mac(const struct look_up *look_up, const char *mac, char **out, struct err *err)
{
	OWN_NEW(journal) journal = NULL;
	struct recalled known = { .device = "" };

	if (look_up->which == NAMES_TO_FREE) {
		journal = journal_open(look_up->app->state_directory, err);
		if (journal == NULL || !recall(journal, mac, &known, err))
			return false;
	}
	if (look_up->which == NAMES_OF_ANY || look_up->which == NAMES_OF_TASMOTA ||
		known.device[0] != '\0')
		*out = xstrdup(mac);
	return true;
}

static bool
choose(const struct look_up *look_up, const char *name,
	const struct profile_device *entry, char **out, struct err *err)
{
	char shown[64];

	if (entry->id != NULL)
		return choose_id(look_up, name, entry, out, err);
	if (look_up->which != NAMES_OF_TASMOTA &&
		find_vendor(look_up->app, entry->mac, out))
		return true;
	if (cancel_asked(look_up->app->cancel))
		return err_set(err, &err_cancelled, "stopped while looking for devices");
	if (!choose_mac(look_up, entry->mac, out, err))
		return false;
	return *out != NULL ||
		err_set(err, &e_no_id,
			"%s has no id of \"%s\", and nobody with the MAC %s answers",
			look_up->path, text_printable(shown, sizeof shown, name),
			entry->mac);
}

static bool
replace(struct look_up *look_up, const char *name, char **out, struct err *err)
{
	const struct profile_device *entry = NULL;

	if (!look_up->was_read &&
		!profile_open(look_up->app, look_up->options, &look_up->profile,
			&look_up->path, err))
		return false;
	look_up->was_read = true;
	if (look_up->profile != NULL &&
		!profile_device_named(look_up->profile, name, &entry, err))
		return false;
	if (entry != NULL)
		return choose(look_up, name, entry, out, err);
	if (look_up->profile != NULL && look_up->which == NAMES_OF_VENDOR)
		return device_name_not_there(look_up->path, name, err);
	*out = xstrdup(name);
	return true;
}

bool
device_names_read(const struct app *app, const struct options *options,
	enum device_names_of which, char *const *typed, size_t count,
	struct device_names *out, struct err *err)
{
	struct look_up look_up = { .app = app, .options = options, .which = which };
	bool ok = true;

	*out = (struct device_names){ xcalloc(count + 1, sizeof *out->all), count };
	for (size_t i = 0; ok && i < count; i++)
		if (device_name_is_plain(typed[i]))
			out->all[i] = xstrdup(typed[i]);
		else
			ok = replace(&look_up, typed[i], &out->all[i], err);
	profile_free(look_up.profile);
	free(look_up.path);
	if (!ok)
		device_names_clear(out);
	return ok;
}
