/* The profile as options that need not be typed, so that one way leads from both to the
 * device. */
/* SPDX-License-Identifier: MIT */
#include "cmd/profile_options.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"

/* Keys of the profile that are options as they stand. */
static const struct {
	const char *option;
	size_t member;
} same[] = {
	{ "ssid", offsetof(struct profile, wifi.ssid) },
	{ "wifi-password-file", offsetof(struct profile, wifi.password_file) },
	{ "mqtt-user", offsetof(struct profile, broker.user) },
	{ "mqtt-password-file", offsetof(struct profile, broker.password_file) },
	{ "mqtt-ca", offsetof(struct profile, broker.ca) },
	{ "timezone", offsetof(struct profile, defaults.timezone) },
	{ "power-on", offsetof(struct profile, defaults.power_on) },
	{ "group-topic", offsetof(struct profile, defaults.group_topic) },
	{ "web-password-file", offsetof(struct profile, defaults.web_password_file) },
};

void
profile_source_clear(struct profile_source *source)
{
	profile_free(source->profile);
	free(source->broker);
	*source = (struct profile_source){ 0 };
}

static void
supply_broker(struct options *options, const struct option_spec *table,
	struct profile_source *source)
{
	const struct profile_broker *broker = &source->profile->broker;

	if (broker->host == NULL)
		return;
	source->broker = broker->port != NULL
		? xasprintf("%s:%s", broker->host, broker->port)
		: xstrdup(broker->host);
	option_supply(options, table, "mqtt", source->broker);
}

/* A broker named on the command line is another one: the profile's login is not for it. */
static void
supply_all(struct options *options, const struct option_spec *table,
	struct profile_source *source)
{
	bool has_broker = option_given(options, "mqtt");

	for (size_t i = 0; i < COUNT_OF(same); i++) {
		const char *value;

		memcpy(&value, (const char *)source->profile + same[i].member,
			sizeof value);
		if (!has_broker || !text_starts_with(same[i].option, "mqtt"))
			option_supply(options, table, same[i].option, value);
	}
	if (!has_broker)
		supply_broker(options, table, source);
}

static void
forget_wifi(struct options *options)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < options->count; i++)
		if (strcmp(options->given[i].spec->name, "ssid") != 0)
			options->given[kept++] = options->given[i];
	options->count = kept;
}

bool
profile_open(const struct app *app, const struct options *options,
	struct profile **profile, char **path, struct err *err)
{
	const char *given = option_value(options, "profile");
	OWN_STR usual = xasprintf("%s/home.yaml", app->config_directory);

	*path = NULL;
	*profile = NULL;
	if (given == NULL && access(usual, F_OK) != 0)
		return true;
	*path = xstrdup(given != NULL ? given : usual);
	*profile = profile_read(*path, err);
	return *profile != NULL;
}

bool
profile_supply(const struct app *app, struct options *options,
	const struct option_spec *table, struct profile_source *source, struct err *err)
{
	OWN_STR path = NULL;

	if (!profile_open(app, options, &source->profile, &path, err))
		return false;
	if (source->profile != NULL)
		supply_all(options, table, source);
	if (option_given(options, "no-wifi"))
		forget_wifi(options);
	return true;
}
