/* What one device of the home is to be told. */
/* SPDX-License-Identifier: MIT */
#include "fleet/home.h"

#include <string.h>

#include "base/text.h"

/* Several models look alike: only what is true of each of them counts. */
static const char *
value_of_all(const struct catalog_match *match, const char *key)
{
	const char *first = match->count > 0 ? catalog_value(match->models[0], key)
					     : NULL;

	for (unsigned i = 1; first != NULL && i < match->count; i++) {
		const char *value = catalog_value(match->models[i], key);

		if (value == NULL || strcmp(value, first) != 0)
			return NULL;
	}
	return first;
}

void
home_hardware(const struct catalog *catalog, const struct device *device,
	char out[HOME_HARDWARE_SIZE])
{
	struct catalog_match match;
	const char *value;

	catalog_match(catalog, device, &match);
	value = value_of_all(&match, "tasmota-template");
	if (value == NULL)
		value = value_of_all(&match, "tasmota-module");
	if (value == NULL || !text_copy(out, HOME_HARDWARE_SIZE, value))
		out[0] = '\0';
}

void
home_model(const struct catalog *catalog, const struct device *device,
	char out[DEVICE_MODEL_SIZE])
{
	struct catalog_match match;

	catalog_match(catalog, device, &match);
	if (match.count == 1)
		text_copy(out, DEVICE_MODEL_SIZE, catalog_id(match.models[0]));
	else
		text_copy_bytes(out, DEVICE_MODEL_SIZE, device->model,
			strcspn(device->model, " "));
}

/* The first pattern that has a value for this device. */
static const char *
choose(const char *own, const char *pattern, const struct profile_facts *facts,
	bool (*fill)(const char *pattern, const struct profile_facts *facts,
		char out[PROFILE_NAME_SIZE]),
	char out[PROFILE_NAME_SIZE])
{
	if (own != NULL)
		return own;
	return pattern != NULL && fill(pattern, facts, out) ? out : NULL;
}

static void
offer(const char **want, const char *value)
{
	if (*want == NULL)
		*want = value;
}

/* A template comes into use as module 0. */
static void
fill_hardware(struct settings *settings, const char *template, const char *module)
{
	const char **want = settings->want;

	if (want[SETTING_TEMPLATE] != NULL || want[SETTING_MODULE] != NULL)
		return;
	want[SETTING_TEMPLATE] = template;
	want[SETTING_MODULE] = template != NULL ? "0" : module;
}

static void
fill_from_model(
	struct settings *settings, const struct catalog *catalog, const char *model)
{
	const struct catalog_section *section = catalog_model_named(catalog, model);

	fill_hardware(settings, catalog_value(section, "tasmota-template"),
		catalog_value(section, "tasmota-module"));
}

static void
fill_names(const struct profile *profile, const struct profile_device *entry,
	const struct profile_facts *facts, struct home_names *names,
	struct settings *settings)
{
	const char **want = settings->want;
	const char *topic = profile->naming.topic, *name;

	if (topic == NULL && entry->name != NULL)
		topic = "{name}";
	name = choose(entry->name, profile->naming.name, facts, profile_fill_title,
		names->name);
	offer(&want[SETTING_TOPIC],
		choose(entry->topic, topic, facts, profile_fill, names->topic));
	offer(&want[SETTING_HOSTNAME],
		choose(entry->hostname, profile->naming.hostname, facts, profile_fill,
			names->hostname));
	offer(&want[SETTING_DEVICE_NAME], name);
	offer(&want[SETTING_FRIENDLY_NAME], name);
}

void
home_fill(const struct home *home, const struct profile_facts *facts,
	const char *hardware, struct home_names *names, struct settings *settings)
{
	static const struct profile_device none = { 0 };
	const struct profile *profile = home->profile;
	const struct profile_device *entry = NULL;
	struct profile_facts all = *facts;

	if (profile != NULL)
		entry = profile_device(profile, facts->id, facts->mac);
	if (entry == NULL)
		entry = &none;
	all.name = entry->name;
	all.room = entry->room;
	if (entry->model != NULL)
		all.model = entry->model;
	if (profile != NULL)
		fill_names(profile, entry, &all, names, settings);
	if (entry->template != NULL || entry->module != NULL)
		fill_hardware(settings, entry->template, entry->module);
	if (entry->model != NULL)
		fill_from_model(settings, home->catalog, entry->model);
	if (hardware != NULL && *hardware != '\0')
		fill_hardware(settings, *hardware == '{' ? hardware : NULL, hardware);
}
