/* Finding what flash is about: devices that run the vendor's firmware are listened for,
 * Tasmotas are looked up by what people call them. */
/* SPDX-License-Identifier: MIT */
#include "cmd/flash_find.h"

#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "cmd/devices.h"
#include "net/socket.h"

bool
flash_is_vendor_name(const char *name, uint16_t port)
{
	struct sockaddr_in address;

	return socket_read_address(name, port, &address) || device_is_id(name);
}

/* Where no Tasmota is, the image is refused for what it is. */
static bool
refuse_image(const struct flash_search *search, const struct gathered *found,
	size_t count, struct err *err)
{
	for (size_t i = 0; search->refusal.code != NULL && i < count; i++) {
		const char *id = found[i].device.id;

		if (found[i].err.code == NULL ||
			err_kind(&found[i].err) == ERR_NOTHING_TO_DO ||
			(*id != '\0' && !flash_is_vendor_name(id, 0)))
			continue;
		*err = search->refusal;
		return true;
	}
	return false;
}

/* All are Tasmotas: by address, by name, or all that the broker knows. */
static bool
find_tasmotas(const struct flash_search *search, struct gathered **found, size_t *count,
	struct err *err)
{
	const struct options *options = search->options;
	char **names;
	bool ok;

	*count = 0;
	if (search->all)
		return upgrades_gather_all(search->upgrades, found, count, err) &&
			(*count > 0 ||
				err_set(err, &err_no_device,
					"the broker knows no device"));
	names = xcalloc(options->count + (size_t)options->argc, sizeof *names);
	for (unsigned i = 0; i < options->count; i++)
		if (strcmp(options->given[i].spec->name, "address") == 0)
			names[(*count)++] = (char *)(uintptr_t)options->given[i].value;
	for (int i = 0; i < options->argc; i++)
		names[(*count)++] = options->argv[i];
	ok = upgrades_gather(search->upgrades, names, *count, found, err) &&
		!refuse_image(search, *found, *count, err);
	free(names);
	return ok;
}

/* Sorts the operands: those with a vendor's id or an address first; how many they are. */
static size_t
sort_names(const struct flash_search *search, char **sorted)
{
	const struct options *options = search->options;
	uint16_t port = search->upgrades->web_port;
	size_t vendors = 0, names = (size_t)options->argc;

	for (int i = 0; i < options->argc; i++)
		if (flash_is_vendor_name(options->argv[i], port))
			sorted[vendors++] = options->argv[i];
	for (int i = options->argc - 1; i >= 0; i--)
		if (!flash_is_vendor_name(options->argv[i], port))
			sorted[--names] = options->argv[i];
	return vendors;
}

/* What was typed for a device that is looked for by this id; NULL: the id itself. */
static char *
typed_for(const struct flash_search *search, const char *id)
{
	const struct options *options = search->options;

	for (int i = 0; i < options->argc; i++)
		if (text_equal_nocase(options->argv[i], id) &&
			!text_equal_nocase(search->typed[i], id))
			return search->typed[i];
	return NULL;
}

/* A device of the profile that does not announce itself may be a Tasmota of which only
 * the broker knows, under the name that was typed. */
static void
find_at_broker(const struct flash_search *search, struct gathered *found, size_t count)
{
	for (size_t i = 0; i < count && search->upgrades->where.broker != NULL; i++) {
		char *name = typed_for(search, found[i].device.id);
		struct gathered *one = NULL;
		struct err err = { 0 };

		if (name == NULL || err_kind(&found[i].err) != ERR_NOT_FOUND)
			continue;
		if (upgrades_gather(search->upgrades, &name, 1, &one, &err) &&
			one->err.code == NULL)
			found[i] = *one;
		free(one);
	}
}

static void
append(struct gathered **found, size_t *count, const struct gathered *more, size_t added)
{
	if (added == 0)
		return;
	*found = xrealloc(*found, *count + added, sizeof **found);
	memcpy(*found + *count, more, added * sizeof *more);
	*count += added;
}

static bool
find_devices(const struct flash_search *search, struct gathered **found, size_t *count,
	struct err *err)
{
	const struct options *options = search->options;
	char **names = xcalloc((size_t)options->argc + 1, sizeof *names);
	size_t vendors = sort_names(search, names);
	size_t called = (size_t)options->argc - vendors;
	struct gathered *named = NULL;
	bool ok = true;

	*count = 0;
	if (called == 0 || vendors > 0 || option_given(options, "address"))
		ok = devices_find(search->app, options, search->catalog, names, vendors,
			search->all, found, count, err);
	if (ok)
		find_at_broker(search, *found, *count);
	ok = ok &&
		upgrades_gather(search->upgrades, names + vendors, called, &named, err);
	if (ok)
		append(found, count, named, called);
	free(named);
	free(names);
	return ok && (*count > 0 || err_set(err, &err_no_device, "no device was found"));
}

bool
flash_find(const struct flash_search *search, struct gathered **found, size_t *count,
	struct err *err)
{
	return search->only_tasmotas ? find_tasmotas(search, found, count, err)
				     : find_devices(search, found, count, err);
}
