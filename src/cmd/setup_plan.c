/* --dry-run: what would be written into a Tasmota, line by line. */
/* SPDX-License-Identifier: MIT */
#include "cmd/setup_plan.h"

#include <stdio.h>

#include "base/memory.h"
#include "base/text.h"

static const char secret[] = "(secret)";

static const char *
shown_value(const struct settings *settings, enum setting setting,
	char out[SETTING_VALUE_MOST])
{
	const char *want = settings->want[setting];

	if (want == NULL)
		return NULL;
	if (setting == SETTING_MQTT_PASSWORD || setting == SETTING_WEB_PASSWORD)
		return secret;
	return text_printable(out, SETTING_VALUE_MOST, want);
}

/* Which of them it will be shows when the device tells its version. */
static void
walk_hardware(const struct settings_hardware *hardware,
	void (*tell)(void *context, const char *name, const char *value), void *context)
{
	const struct {
		const char *name, *value;
	} rows[] = {
		{ "template for 9.1 and later", hardware->template },
		{ "template before 9.1", hardware->template_13 },
		{ "module for versions without template", hardware->module },
	};
	char shown[SETTING_VALUE_MOST];

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (rows[i].value != NULL)
			tell(context, rows[i].name,
				text_printable(shown, sizeof shown, rows[i].value));
}

/* Calls `tell` for each line. */
static void
walk(const struct join_order *wifi, const struct settings *settings,
	void (*tell)(void *context, const char *name, const char *value), void *context)
{
	char shown[SETTING_VALUE_MOST];

	if (wifi->ssid != NULL) {
		tell(context, "Wi-Fi", text_printable(shown, sizeof shown, wifi->ssid));
		tell(context, "Wi-Fi password",
			*wifi->password != '\0' ? secret : "none: an open network");
	}
	for (enum setting i = 0; i < SETTING_COUNT; i++) {
		const char *value = shown_value(settings, i, shown);

		if (value != NULL)
			tell(context, setting_name(i), value);
	}
	walk_hardware(&settings->hardware, tell, context);
}

static void
print_line(void *context, const char *name, const char *value)
{
	printf("%s%s: %s\n", (const char *)context, name, value);
}

void
setup_plan_print(const struct join_order *wifi, const struct settings *settings,
	const char *indent)
{
	OWN_STR copy = xstrdup(indent);

	walk(wifi, settings, print_line, copy);
}

static void
add_member(void *context, const char *name, const char *value)
{
	json_object_set_new(context, name, json_string(value));
}

json_t *
setup_plan_json(const struct join_order *wifi, const struct settings *settings)
{
	json_t *object = json_object();

	walk(wifi, settings, add_member, object);
	return object;
}
