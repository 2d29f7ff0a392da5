/* What each endpoint of the DIY mode does. Parameters are checked as the vendor documents
 * it; anything else is 422. */
/* SPDX-License-Identifier: MIT */
#include "sim/endpoints.h"

#include <string.h>

#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "sim/ota_url.h"
#include "sim/presence.h"

enum {
	PULSE_LEAST_MS = 500,
	PULSE_MOST_MS = 36000000,
	OUTLET_PULSE_MOST_MS = 3599500,
	UNLOCK_MS = 150 /* asking the vendor's service, when all is well */
};

static bool
read_on_off(const json_t *data, const char *name, bool *on)
{
	const char *text = json_text(data, name);

	if (text == NULL || (strcmp(text, "on") != 0 && strcmp(text, "off") != 0))
		return false;
	*on = strcmp(text, "on") == 0;
	return true;
}

static bool
is_startup(const char *text)
{
	return text != NULL &&
		(strcmp(text, "on") == 0 || strcmp(text, "off") == 0 ||
			strcmp(text, "stay") == 0);
}

/* Sets the relay and, when a pulse is armed, the moment it falls off again. */
static void
turn(struct plug *plug, bool on)
{
	monitor_enter(&plug->door);
	plug->state.on[0] = on;
	plug->pulse_running = on && plug->state.pulse[0];
	plug->pulse_until = deadline_in(plug->state.pulse_width_ms[0]);
	monitor_leave(&plug->door);
	presence_changed(plug);
}

static void
set_switch(struct plug *plug, const json_t *data, struct answer *out)
{
	bool on;

	if (read_on_off(data, "switch", &on))
		turn(plug, on);
	else
		out->error = 422;
}

static void
set_startup(struct plug *plug, const json_t *data, struct answer *out)
{
	const char *startup = json_text(data, "startup");

	if (!is_startup(startup)) {
		out->error = 422;
		return;
	}
	monitor_enter(&plug->door);
	text_copy(plug->state.startup[0], sizeof plug->state.startup[0], startup);
	monitor_leave(&plug->door);
	presence_changed(plug);
}

static void
set_pulse(struct plug *plug, const json_t *data, struct answer *out)
{
	bool on;
	int64_t width;
	bool has_width = json_object_get(data, "pulseWidth") != NULL;

	if (!read_on_off(data, "pulse", &on) || (on && !has_width) ||
		(has_width &&
			(!json_number(data, "pulseWidth", PULSE_LEAST_MS, PULSE_MOST_MS,
				 &width) ||
				width % PULSE_LEAST_MS != 0))) {
		out->error = 422;
		return;
	}
	monitor_enter(&plug->door);
	plug->state.pulse[0] = on;
	if (has_width)
		plug->state.pulse_width_ms[0] = width;
	monitor_leave(&plug->door);
	presence_changed(plug);
}

static void
set_led(struct plug *plug, const json_t *data, struct answer *out)
{
	bool on;

	if (!read_on_off(data, "sledOnline", &on)) {
		out->error = 422;
		return;
	}
	monitor_enter(&plug->door);
	plug->state.led_online = on;
	monitor_leave(&plug->door);
	presence_changed(plug);
}

static void
tell_signal(struct plug *plug, const json_t *data, struct answer *out)
{
	(void)data;
	out->data = json_pack("{s:i}", "signalStrength", plug->state.rssi);
}

static void
tell_info(struct plug *plug, const json_t *data, struct answer *out)
{
	(void)data;
	out->data = plug_info(plug);
}

static void
join_wifi(struct plug *plug, const json_t *data, struct answer *out)
{
	const char *ssid = json_text(data, "ssid");
	const char *password = json_text(data, "password");

	if (ssid == NULL || password == NULL || ssid[0] == '\0' ||
		strlen(ssid) >= sizeof plug->state.ssid || strlen(password) > 64) {
		out->error = 422;
		return;
	}
	monitor_enter(&plug->door);
	text_copy(plug->state.ssid, sizeof plug->state.ssid, ssid);
	plug->state.seq = 0;
	monitor_leave(&plug->door);
	out->leave_network = true;
}

static void
dim(struct plug *plug, const json_t *data, struct answer *out)
{
	int64_t brightness, mode = 0, least = 0, most = 255;
	bool on;

	if (!read_on_off(data, "switch", &on) || !on) {
		out->error = 400;
		return;
	}
	if (!json_number(data, "brightness", 1, 100, &brightness) ||
		(json_object_get(data, "mode") != NULL &&
			!json_number(data, "mode", 0, 255, &mode)) ||
		(json_object_get(data, "brightmin") != NULL &&
			!json_number(data, "brightmin", 0, 254, &least)) ||
		(json_object_get(data, "brightmax") != NULL &&
			!json_number(data, "brightmax", 1, 255, &most)) ||
		least >= most) {
		out->error = 422;
		return;
	}
	monitor_enter(&plug->door);
	plug->state.on[0] = true;
	plug->state.brightness = (int)brightness;
	plug->state.mode = (int)mode;
	plug->state.bright_min = (int)least;
	plug->state.bright_max = (int)most;
	monitor_leave(&plug->door);
	presence_changed(plug);
}

static void
set_scene(struct plug *plug, const json_t *data, struct answer *out)
{
	const char *kind = json_text(data, "ltype");

	if (kind == NULL || !json_is_object(json_object_get(data, kind))) {
		out->error = 422;
		return;
	}
	monitor_enter(&plug->door);
	json_decref(plug->state.light);
	plug->state.light = json_pack(
		"{s:s,s:O}", "ltype", kind, kind, json_object_get(data, kind));
	monitor_leave(&plug->door);
	presence_changed(plug);
}

/* Walks a list of outlets; false when one entry is not as `set` wants it. */
static bool
each_outlet(struct plug *plug, const json_t *data, const char *name,
	bool (*set)(struct plug_state *state, const json_t *entry, unsigned outlet))
{
	const json_t *list = json_object_get(data, name);
	json_t *entry;
	size_t i;
	bool good = json_array_size(list) > 0 && json_array_size(list) <= OUTLETS;

	monitor_enter(&plug->door);
	json_array_foreach (list, i, entry) {
		int64_t outlet;

		good = good && json_number(entry, "outlet", 0, OUTLETS - 1, &outlet) &&
			set(&plug->state, entry, (unsigned)outlet);
	}
	monitor_leave(&plug->door);
	return good;
}

static bool
outlet_switch(struct plug_state *state, const json_t *entry, unsigned outlet)
{
	return read_on_off(entry, "switch", &state->on[outlet]);
}

static bool
outlet_startup(struct plug_state *state, const json_t *entry, unsigned outlet)
{
	const char *startup = json_text(entry, "startup");

	return is_startup(startup) &&
		text_copy(state->startup[outlet], sizeof state->startup[outlet], startup);
}

static bool
outlet_pulse(struct plug_state *state, const json_t *entry, unsigned outlet)
{
	bool after;
	int64_t width;

	if (!read_on_off(entry, "switch", &after) ||
		!json_number(
			entry, "width", PULSE_LEAST_MS, OUTLET_PULSE_MOST_MS, &width) ||
		width % PULSE_LEAST_MS != 0 ||
		!read_on_off(entry, "pulse", &state->pulse[outlet]))
		return false;
	state->pulse_width_ms[outlet] = width;
	return true;
}

static void
set_switches(struct plug *plug, const json_t *data, struct answer *out)
{
	if (each_outlet(plug, data, "switches", outlet_switch))
		presence_changed(plug);
	else
		out->error = 422;
}

static void
set_startups(struct plug *plug, const json_t *data, struct answer *out)
{
	if (each_outlet(plug, data, "configure", outlet_startup))
		presence_changed(plug);
	else
		out->error = 422;
}

static void
set_pulses(struct plug *plug, const json_t *data, struct answer *out)
{
	if (each_outlet(plug, data, "pulses", outlet_pulse))
		presence_changed(plug);
	else
		out->error = 422;
}

static bool
has_internet(const struct plug *plug)
{
	const char *ssid = plug->world->internet_ssid;

	return plug->world->internet ||
		(ssid != NULL && strcmp(ssid, plug->state.ssid) == 0);
}

static void
set_unlocked(struct plug *plug)
{
	monitor_enter(&plug->door);
	plug->state.unlocked = true;
	monitor_leave(&plug->door);
}

/* The device calls the vendor's service. Without Internet the document promises 503;
 * users see minutes of silence and a closed connection. */
static void
unlock(struct plug *plug, const json_t *data, struct answer *out)
{
	const bool *has = plug->faults.has;

	(void)data;
	out->delay_ms = UNLOCK_MS;
	if (has[FAULT_UNLOCK_500] || has[FAULT_UNLOCK_503]) {
		out->error = has[FAULT_UNLOCK_500] ? 500 : 503;
		return;
	}
	if (!has_internet(plug) || has[FAULT_UNLOCK_HANG] || has[FAULT_UNLOCK_QUIET]) {
		out->kind = ANSWER_EMPTY;
		out->delay_ms = plug->world->unlock_hang_ms;
	}
	if (has[FAULT_UNLOCK_QUIET] ||
		(out->kind == ANSWER_JSON && !has[FAULT_UNLOCK_LIES]))
		set_unlocked(plug);
}

static bool
is_digest(const char *text)
{
	return text != NULL && strlen(text) == 64 &&
		strspn(text, "0123456789abcdefABCDEF") == 64;
}

/* Returns the error number that keeps a download from being started. */
static int
judge_order(const struct plug *plug, const char *url, const char *sha256,
	struct ota_url *parts)
{
	if (!plug->state.unlocked)
		return 403;
	if (url == NULL || !is_digest(sha256))
		return 422;
	if (!ota_url_read(url, parts))
		return 424;
	return 0;
}

static void
flash(struct plug *plug, const json_t *data, struct answer *out)
{
	const char *url = json_text(data, "downloadUrl");
	const char *sha256 = json_text(data, "sha256sum");
	const bool *has = plug->faults.has;
	struct ota_url parts;

	monitor_enter(&plug->door);
	out->error = judge_order(plug, url, sha256, &parts);
	/* What a second order during a download gets is not known; it is not started. */
	if (out->error == 0 && plug->downloading)
		out->error = 424;
	if (out->error == 0 && !has[FAULT_EMPTY_REFUSAL]) {
		plug->order.url = parts;
		text_copy(plug->order.sha256, sizeof plug->order.sha256, sha256);
		out->start_download = true;
		out->download_first = has[FAULT_LATE_ANSWER] ||
			plug->personality->late_answer;
	}
	monitor_leave(&plug->door);
	if (has[FAULT_EMPTY_REFUSAL] || has[FAULT_EMPTY_REPLY])
		out->kind = ANSWER_EMPTY;
}

enum { ALL_OPEN = FAMILY_RELAY | FAMILY_DIMMER | FAMILY_OUTLETS | FAMILY_BULB };

static const struct endpoint rows[] = {
	{ "switch", FAMILY_RELAY | FAMILY_DIMMER | FAMILY_BULB, false, set_switch },
	{ "startup", FAMILY_RELAY | FAMILY_DIMMER, false, set_startup },
	{ "signal_strength", ALL_OPEN & ~FAMILY_BULB, false, tell_signal },
	{ "pulse", FAMILY_RELAY, false, set_pulse },
	{ "sledonline", FAMILY_RELAY, true, set_led },
	{ "wifi", FAMILY_RELAY | FAMILY_DIMMER, false, join_wifi },
	{ "info", ALL_OPEN, true, tell_info },
	{ "dimmable", FAMILY_DIMMER, false, dim },
	{ "dimmable", FAMILY_BULB, false, set_scene },
	{ "switches", FAMILY_OUTLETS, false, set_switches },
	{ "startups", FAMILY_OUTLETS, false, set_startups },
	{ "pulses", FAMILY_OUTLETS, false, set_pulses },
	{ "ota_unlock", ALL_OPEN, false, unlock },
	{ "ota_flash", ALL_OPEN, false, flash },
};

const struct endpoint *
endpoint_named(const struct personality *personality, const char *name)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		bool is_ours = (rows[i].families & personality->family) != 0 ||
			personality->family == FAMILY_CLOSED;

		if (is_ours && strcmp(rows[i].name, name) == 0 &&
			(!rows[i].needs_info || personality->has_info ||
				personality->encrypted))
			return &rows[i];
	}
	return NULL;
}
