/* The DIY API's JSON: what we send and what comes back. */
/* SPDX-License-Identifier: MIT */
#include "wire/diy.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"

/* Firmware 3.0-3.1 wants the member, whatever it holds. */
#define ANY_APIKEY "123"

static const char *
on_off(bool on)
{
	return on ? "on" : "off";
}

/* Older dialect: the data travels as text, and the members have this order. */
static json_t *
wrap_text(const struct diy_envelope *envelope, const json_t *data)
{
	char sequence[16];
	OWN_STR text = json_dumps(data, JSON_COMPACT);
	json_t *body = json_object();

	snprintf(sequence, sizeof sequence, "%u", envelope->sequence);
	json_object_set_new(body, "sequence", json_string(sequence));
	if (envelope->id != NULL)
		json_object_set_new(body, "deviceid", json_string(envelope->id));
	json_object_set_new(body, "encrypt", json_false());
	json_object_set_new(body, "selfApikey", json_string(ANY_APIKEY));
	json_object_set_new(body, "data", json_string(text));
	return body;
}

static json_t *
wrap_object(const struct diy_envelope *envelope, json_t *data)
{
	json_t *body = json_object();

	if (envelope->id != NULL)
		json_object_set_new(body, "deviceid", json_string(envelope->id));
	json_object_set(body, "data", data);
	return body;
}

char *
diy_write(const struct diy_envelope *envelope, json_t *data)
{
	OWN_JSON body = NULL;

	if (data == NULL)
		return NULL;
	body = envelope->as_string ? wrap_text(envelope, data)
				   : wrap_object(envelope, data);
	return json_dumps(body, JSON_COMPACT);
}

json_t *
diy_data_none(void)
{
	return json_object();
}

json_t *
diy_data_switch(bool on)
{
	return json_pack("{s:s}", "switch", on_off(on));
}

json_t *
diy_data_startup(const char *state)
{
	return json_pack("{s:s}", "startup", state);
}

json_t *
diy_data_pulse(bool on, uint32_t width_ms)
{
	json_t *data = json_pack("{s:s}", "pulse", on_off(on));

	if (width_ms > 0)
		json_object_set_new(data, "pulseWidth", json_integer(width_ms));
	return data;
}

json_t *
diy_data_wifi(const char *ssid, const char *password)
{
	return json_pack("{s:s, s:s}", "ssid", ssid, "password", password);
}

json_t *
diy_data_led(bool on)
{
	return json_pack("{s:s}", "sledOnline", on_off(on));
}

json_t *
diy_data_offer(const char *url, const char *sha256)
{
	return json_pack("{s:s, s:s}", "downloadUrl", url, "sha256sum", sha256);
}

json_t *
diy_data_dim(const struct diy_dimming *dimming)
{
	json_t *data = json_pack(
		"{s:s, s:i}", "switch", "on", "brightness", dimming->brightness);

	if (dimming->mode >= 0)
		json_object_set_new(data, "mode", json_integer(dimming->mode));
	if (dimming->least >= 0)
		json_object_set_new(data, "brightmin", json_integer(dimming->least));
	if (dimming->most >= 0)
		json_object_set_new(data, "brightmax", json_integer(dimming->most));
	return data;
}

json_t *
diy_data_outlet_switch(unsigned outlet, bool on)
{
	return json_pack("{s:[{s:s, s:i}]}", "switches", "switch", on_off(on), "outlet",
		(int)outlet);
}

json_t *
diy_data_outlet_startup(unsigned outlet, const char *state)
{
	return json_pack(
		"{s:[{s:s, s:i}]}", "configure", "startup", state, "outlet", (int)outlet);
}

json_t *
diy_data_outlet_pulse(unsigned outlet, bool on, bool after, uint32_t width_ms)
{
	return json_pack("{s:[{s:s, s:s, s:i, s:i}]}", "pulses", "pulse", on_off(on),
		"switch", on_off(after), "width", (int)width_ms, "outlet", (int)outlet);
}

static void
read_text(const json_t *data, const char *name, char *out, size_t size)
{
	const char *value = json_text(data, name);

	if (value != NULL)
		text_printable(out, size, value);
}

/* Keeps a state only when it is one of the words that exist. */
static void
read_word(const json_t *data, const char *name, char out[5])
{
	static const char *const words[] = { "on", "off", "stay" };
	const char *value = json_text(data, name);

	for (size_t i = 0; value != NULL && i < COUNT_OF(words); i++)
		if (strcmp(value, words[i]) == 0)
			text_copy(out, 5, value);
}

/* The entry of a list of outlets that speaks of outlet 0, the only real one. */
static const json_t *
first_outlet(const json_t *data, const char *list)
{
	const json_t *array = json_object_get(data, list), *entry;
	int64_t outlet;
	size_t i;

	json_array_foreach (array, i, entry)
		if (json_number(entry, "outlet", 0, DIY_OUTLET_MOST, &outlet) &&
			outlet == 0)
			return entry;
	return NULL;
}

static void
read_outlets(const json_t *data, struct diy_state *out)
{
	const json_t *pulse = first_outlet(data, "pulses");
	int64_t width;

	if (!json_is_array(json_object_get(data, "switches")))
		return;
	out->many_outlets = true;
	read_word(first_outlet(data, "switches"), "switch", out->switch_state);
	read_word(first_outlet(data, "configure"), "startup", out->startup);
	read_word(pulse, "pulse", out->pulse);
	if (json_number(pulse, "width", 1, DIY_PULSE_MOST_MS, &width))
		out->pulse_width_ms = (uint32_t)width;
}

static void
read_members(const json_t *data, struct diy_state *out)
{
	const json_t *lock = json_object_get(data, "otaUnlock");
	int64_t number;

	read_text(data, "deviceid", out->id, sizeof out->id);
	read_text(data, "fwVersion", out->firmware, sizeof out->firmware);
	read_text(data, "ssid", out->ssid, sizeof out->ssid);
	read_text(data, "bssid", out->bssid, sizeof out->bssid);
	read_word(data, "switch", out->switch_state);
	read_word(data, "startup", out->startup);
	read_word(data, "pulse", out->pulse);
	read_word(data, "sledOnline", out->led);
	if (json_number(data, "pulseWidth", 1, DIY_PULSE_MOST_MS, &number))
		out->pulse_width_ms = (uint32_t)number;
	/* Answers say signalStrength, TXT records say rssi. */
	out->has_signal = json_number(data, "signalStrength", -127, 0, &number) ||
		json_number(data, "rssi", -127, 0, &number);
	if (out->has_signal)
		out->signal_dbm = (int)number;
	out->has_lock = json_is_boolean(lock);
	out->lock_is_open = json_is_true(lock);
	out->dimmable = json_object_get(data, "brightness") != NULL;
	if (json_number(data, "brightness", 1, 100, &number))
		out->brightness = (int)number;
	read_outlets(data, out);
}

bool
diy_read_state(const char *bytes, size_t len, struct diy_state *out)
{
	OWN_JSON data = json_read(bytes, len, DIY_TEXT_MOST);

	*out = (struct diy_state){ 0 };
	if (!json_is_object(data))
		return false;
	read_members(data, out);
	return true;
}

bool
diy_read_answer(const char *bytes, size_t len, struct diy_answer *out)
{
	OWN_JSON body = json_read(bytes, len, DIY_TEXT_MOST);
	const json_t *data = json_object_get(body, "data");
	int64_t error;

	*out = (struct diy_answer){ .seq = -1 };
	if (!json_number(body, "error", -9999, 9999, &error))
		return false;
	out->error = (int)error;
	json_number(body, "seq", 0, INT64_MAX, &out->seq);
	if (json_is_object(data)) {
		read_members(data, &out->state);
		out->has_data = true;
	} else if (json_is_string(data))
		out->has_data = diy_read_state(
			json_string_value(data), json_string_length(data), &out->state);
	return true;
}
