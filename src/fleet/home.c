/* What one device of the home is to be told. */
/* SPDX-License-Identifier: MIT */
#include "fleet/home.h"

#include <string.h>

#include "base/text.h"

static const char *const hardware_keys[] = { "tasmota-template", "tasmota-template-13",
	"tasmota-module" };

static bool
has_hardware(const struct catalog_section *model)
{
	for (size_t i = 0; i < COUNT_OF(hardware_keys); i++)
		if (catalog_value(model, hardware_keys[i]) != NULL)
			return true;
	return false;
}

static bool
same_hardware(const struct catalog_section *a, const struct catalog_section *b)
{
	for (size_t i = 0; i < COUNT_OF(hardware_keys); i++) {
		const char *one = catalog_value(a, hardware_keys[i]);
		const char *other = catalog_value(b, hardware_keys[i]);

		if ((one == NULL) != (other == NULL) ||
			(one != NULL && strcmp(one, other) != 0))
			return false;
	}
	return true;
}

/* Several models look alike: only what is true of each of them counts. */
void
home_hardware(const struct catalog *catalog, const struct device *device,
	char out[HOME_HARDWARE_SIZE])
{
	const struct catalog_section *named = catalog_model_named(catalog, device->model);
	struct catalog_match match = { .count = 1, .models = { named } };

	out[0] = '\0';
	if (named == NULL)
		catalog_match(catalog, device, &match);
	if (match.count == 0 || !has_hardware(match.models[0]))
		return;
	for (unsigned i = 1; i < match.count; i++)
		if (!same_hardware(match.models[0], match.models[i]))
			return;
	text_copy(out, HOME_HARDWARE_SIZE, catalog_id(match.models[0]));
}

void
home_model(const struct catalog *catalog, const struct device *device,
	char out[DEVICE_MODEL_SIZE])
{
	const struct catalog_section *named = catalog_model_named(catalog, device->model);
	struct catalog_match match = { .count = 1, .models = { named } };

	if (named == NULL)
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

static bool
wants_hardware(const struct settings *settings)
{
	return settings->want[SETTING_TEMPLATE] != NULL ||
		settings->want[SETTING_MODULE] != NULL ||
		settings->hardware.template != NULL || settings->hardware.module != NULL;
}

/* A template comes into use as module 0. */
static void
fill_hardware(struct settings *settings, const char *template, const char *module)
{
	const char **want = settings->want;

	if (wants_hardware(settings))
		return;
	want[SETTING_TEMPLATE] = template;
	want[SETTING_MODULE] = template != NULL ? "0" : module;
}

bool
home_model_hardware(const struct catalog *catalog, const char *model,
	struct settings_hardware *hardware)
{
	const struct catalog_section *section = catalog_model_named(catalog, model);

	if (section == NULL)
		return false;
	hardware->template = catalog_value(section, "tasmota-template");
	hardware->template_13 = catalog_value(section, "tasmota-template-13");
	hardware->module = catalog_value(section, "tasmota-module");
	return true;
}

/* What an earlier run has found out: a model, or a template or module as it stands. */
static void
fill_remembered(
	struct settings *settings, const struct catalog *catalog, const char *hardware)
{
	int64_t number;

	if (hardware == NULL || *hardware == '\0')
		return;
	if (*hardware == '{')
		fill_hardware(settings, hardware, NULL);
	else if (text_to_number(hardware, 0, 255, &number))
		fill_hardware(settings, NULL, hardware);
	else if (!wants_hardware(settings))
		home_model_hardware(catalog, hardware, &settings->hardware);
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
	if (entry->model != NULL && !wants_hardware(settings))
		home_model_hardware(home->catalog, entry->model, &settings->hardware);
	fill_remembered(settings, home->catalog, hardware);
}
