/* The relays of a simulated Tasmota. */
/* SPDX-License-Identifier: MIT */
#include "sim/tasmota_power.h"

#include <stdio.h>
#include <string.h>

#include "sim/tasmota_module.h"
#include "sim/tasmota_mqtt.h"

enum { OPTION_INDEXED = 26, OPTION_ONLY_JSON = 90 };

unsigned
tasmota_relays(const struct tasmota *t)
{
	return t->settings.number[NUMBER_MODULE] == 0
		? tasmota_template_relays(t)
		: tasmota_module_relays((unsigned)t->settings.number[NUMBER_MODULE]);
}

void
tasmota_power_name(const struct tasmota *t, unsigned relay, char out[8])
{
	if (tasmota_relays(t) > 1 || t->settings.option[OPTION_INDEXED] != 0)
		snprintf(out, 8, "POWER%u", (relay + 1) % 10);
	else
		snprintf(out, 8, "POWER");
}

static const char *
on_off(bool on)
{
	return on ? "ON" : "OFF";
}

void
tasmota_power_publish(struct tasmota *t, unsigned relay)
{
	bool on = t->settings.power[relay];
	char name[8];

	tasmota_power_name(t, relay, name);
	tasmota_reply(t, "RESULT", json_pack("{s:s}", name, on_off(on)));
	if (t->settings.option[OPTION_ONLY_JSON] == 0)
		tasmota_mqtt_publish(t, 1, name, on_off(on),
			t->settings.number[NUMBER_POWER_RETAIN] != 0);
}

bool
tasmota_power_run(struct tasmota_call *call)
{
	struct tasmota *t = call->t;
	unsigned relay = call->index - 1;
	int64_t value;
	bool *power;

	if (call->index < 1 || call->index > tasmota_relays(t))
		return false;
	power = &t->settings.power[relay];
	if (tasmota_payload_number(call->payload, &value)) {
		if (value < 0 || value > 4)
			return false;
		*power = value == 2 ? !*power : value == 1;
		if (value <= 2) {
			char name[8];

			tasmota_power_name(t, relay, name);
			tasmota_changed(t);
			world_tell(t->world, "power", t->id, "{s:s,s:s}", "relay", name,
				"state", on_off(*power));
		}
	}
	tasmota_power_publish(t, relay);
	return true;
}

void
tasmota_power_show(const struct tasmota *t, json_t *into)
{
	char name[8];

	for (unsigned i = 0; i < tasmota_relays(t); i++) {
		tasmota_power_name(t, i, name);
		json_object_set_new(
			into, name, json_string(on_off(t->settings.power[i])));
	}
}
