/* Which board a simulated Tasmota believes to be on. */
/* SPDX-License-Identifier: MIT */
#include "sim/tasmota_module.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "sim/tasmota_command.h"

enum { TEMPLATE_MOST = 1024, OLD_PINS = 13 };

static const struct module {
	unsigned number;
	const char *name;
	unsigned relays;
} modules[] = {
	{ 1, "Sonoff Basic", 1 },
	{ 2, "Sonoff RF", 1 },
	{ 3, "Sonoff SV", 1 },
	{ 4, "Sonoff TH", 1 },
	{ 5, "Sonoff Dual", 2 },
	{ 6, "Sonoff Pow", 1 },
	{ 7, "Sonoff 4CH", 4 },
	{ 8, "Sonoff S2X", 1 },
	{ 9, "Slampher", 1 },
	{ 10, "Sonoff Touch", 1 },
	{ 11, "Sonoff LED", 1 },
	{ 18, "Generic", 0 },
	{ 19, "Sonoff Dev", 0 },
	{ 21, "Sonoff SC", 0 },
	{ 22, "Sonoff BN-SZ", 1 },
	{ 23, "Sonoff 4CH Pro", 4 },
	{ 25, "Sonoff Bridge", 0 },
	{ 26, "Sonoff B1", 1 },
	{ 28, "Sonoff T1 1CH", 1 },
	{ 29, "Sonoff T1 2CH", 2 },
	{ 30, "Sonoff T1 3CH", 3 },
	{ 39, "Sonoff Dual R2", 2 },
	{ 41, "Sonoff S31", 1 },
	{ 43, "Sonoff Pow R2", 1 },
	{ 44, "Sonoff iFan02", 4 },
	{ 70, "Sonoff L1", 1 },
	{ 71, "Sonoff iFan03", 1 },
	{ 74, "Sonoff D1", 1 },
};

static const struct module *
module_numbered(unsigned number)
{
	for (size_t i = 0; i < COUNT_OF(modules); i++)
		if (modules[i].number == number)
			return &modules[i];
	return NULL;
}

unsigned
tasmota_module_relays(unsigned number)
{
	const struct module *module = module_numbered(number);

	return module != NULL ? module->relays : 0;
}

/* The highest relay number among the pins; normal and inverted ones count alike. */
unsigned
tasmota_template_relays(const struct tasmota *t)
{
	bool wide = tasmota_has(&t->firmware, TRAIT_GPIO_16_BIT);
	unsigned most = 0;

	for (unsigned i = 0; i < TASMOTA_TEMPLATE_PINS; i++) {
		unsigned code = t->settings.template.gpio[i];
		unsigned base = wide ? 224 : 21, inverted = wide ? 256 : 29, n = 0;

		if (code >= base && code < base + 8)
			n = code - base + 1;
		else if (code >= inverted && code < inverted + 8)
			n = code - inverted + 1;
		if (n > most)
			most = n;
	}
	return most < TASMOTA_RELAYS_MOST ? most : TASMOTA_RELAYS_MOST;
}

const char *
tasmota_module_name(const struct tasmota *t)
{
	unsigned number = (unsigned)t->settings.number[NUMBER_MODULE];
	const struct module *module = module_numbered(number);

	return number == 0 ? t->settings.template.name : module ? module->name : "";
}

static bool
run_module(struct tasmota_call *call)
{
	struct tasmota *t = call->t;
	int64_t number;
	OWN_STR text = NULL;
	char key[8];

	if (call->payload[0] != '\0') {
		if (!text_to_number(call->payload, 0, 255, &number) ||
			(number != 0 && module_numbered((unsigned)number) == NULL) ||
			(number == 0 && !tasmota_has(&t->firmware, TRAIT_TEMPLATE)))
			return false;
		t->settings.number[NUMBER_MODULE] = number;
		tasmota_changed(t);
		tasmota_restart_soon(t, "Module");
	}
	snprintf(key, sizeof key, "%d", (int)t->settings.number[NUMBER_MODULE]);
	if (tasmota_has(&t->firmware, TRAIT_OBJECT_MODULE)) {
		call->reply = json_pack(
			"{s:{s:s}}", "Module", key, tasmota_module_name(t));
		return true;
	}
	text = xasprintf("%s (%s)", key, tasmota_module_name(t));
	call->reply = json_pack("{s:s}", "Module", text);
	return true;
}

static unsigned
template_pins(const struct tasmota *t)
{
	return tasmota_has(&t->firmware, TRAIT_GPIO_16_BIT) ? TASMOTA_TEMPLATE_PINS
							    : OLD_PINS;
}

static json_t *
show_template(const struct tasmota *t)
{
	const struct tasmota_template *template = &t->settings.template;
	json_t *pins = json_array();

	for (unsigned i = 0; i < template_pins(t); i++)
		json_array_append_new(pins, json_integer(template->gpio[i]));
	return json_pack("{s:s,s:o,s:I,s:I}", "NAME", template->name, "GPIO", pins,
		"FLAG", (json_int_t) template->flag, "BASE", (json_int_t) template->base);
}

/* Any part may be missing. Codes of the other generation are taken as they are, as far
 * as they fit: that is why they must not be sent. */
static void
take_template(struct tasmota *t, const json_t *json)
{
	struct tasmota_template *template = &t->settings.template;
	bool wide = tasmota_has(&t->firmware, TRAIT_GPIO_16_BIT);
	const char *name = json_text(json, "NAME");
	const json_t *pins = json_object_get(json, "GPIO");

	if (name != NULL)
		text_copy(template->name, wide ? sizeof template->name : 15, name);
	for (unsigned i = 0; i < template_pins(t) && i < json_array_size(pins); i++) {
		json_int_t code = json_integer_value(json_array_get(pins, i));

		template->gpio[i] = wide ? (uint16_t)code : (uint8_t)code;
	}
	json_number(json, "FLAG", 0, 15, &template->flag);
	json_number(json, "BASE", 1, 255, &template->base);
	tasmota_changed(t);
	if (t->settings.number[NUMBER_MODULE] == 0)
		tasmota_restart_soon(t, "Template");
}

static bool
run_template(struct tasmota_call *call)
{
	struct tasmota *t = call->t;
	OWN_JSON json = NULL;

	if (call->payload[0] == '{' && !tasmota_is_minimal(&t->firmware)) {
		json = json_read(call->payload, strlen(call->payload), TEMPLATE_MOST);
		if (!json_is_object(json)) {
			call->reply = json_pack("{s:s}", "Template", "Invalid JSON");
			return true;
		}
		take_template(t, json);
	}
	call->reply = show_template(t);
	return true;
}

static bool
run_gpio(struct tasmota_call *call)
{
	struct tasmota *t = call->t;
	char key[16], code[8];
	int64_t value;

	if (call->index > 17)
		return false;
	if (call->payload[0] != '\0') {
		if (!text_to_number(call->payload, 0, 65535, &value))
			return false;
		t->settings.gpio[call->index] = (uint16_t)value;
		tasmota_changed(t);
		tasmota_restart_soon(t, "Gpio");
	}
	snprintf(key, sizeof key, "GPIO%u", call->index);
	snprintf(code, sizeof code, "%u", t->settings.gpio[call->index]);
	call->reply = json_pack("{s:{s:s}}", key, code,
		t->settings.gpio[call->index] == 0 ? "None" : "Used");
	return true;
}

const struct tasmota_command tasmota_module_commands[] = {
	{ "Module", run_module, 0, false },
	{ "Template", run_template, TASMOTA_VERSION(6, 4, 0, 0), false },
	{ "Gpio", run_gpio, 0, false },
	{ 0 },
};
