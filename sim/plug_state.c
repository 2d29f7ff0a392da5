/* A simulated device's state, and how each family of devices shows it. */
/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "sim/plug.h"

static void
make_mac(const char *id, uint8_t mac[6])
{
	static const uint8_t maker[] = { 0x5C, 0xCF, 0x7F };
	unsigned tail = 0;

	sscanf(id + 4, "%6x", &tail);
	memcpy(mac, maker, sizeof maker);
	for (unsigned i = 0; i < 3; i++)
		mac[3 + i] = (uint8_t)(tail >> (16 - 8 * i));
}

void
plug_init(struct plug *plug, struct world *world, const struct personality *personality,
	const struct fault_set *faults, const char *id, struct in_addr address,
	bool locked)
{
	struct plug_state *state = &plug->state;

	plug->world = world;
	plug->personality = personality;
	plug->faults = *faults;
	plug->address = address;
	text_copy(plug->id, sizeof plug->id, id);
	make_mac(id, plug->mac);
	snprintf(plug->key, sizeof plug->key, "%s0-5afe-4d0e-8bad-0000deadbee0", id);
	monitor_init(&plug->door);
	plug->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	*state = (struct plug_state){ .led_online = true,
		.unlocked = !locked,
		.ssid = "home",
		.rssi = -52 - (id[strlen(id) - 1] % 10),
		.brightness = 50,
		.bright_min = 0,
		.bright_max = 255,
		.seq = 1 };
	for (unsigned i = 0; i < OUTLETS; i++) {
		text_copy(state->startup[i], sizeof state->startup[i], "off");
		state->pulse_width_ms[i] = 500;
	}
}

void
plug_clear(struct plug *plug)
{
	if (plug->download_thread_is_set)
		pthread_join(plug->download_thread, NULL);
	json_decref(plug->state.light);
	flash_clear(&plug->flash);
	monitor_clear(&plug->door);
	close(plug->bell);
}

void
plug_ring(struct plug *plug)
{
	uint64_t one = 1;

	(void)!write(plug->bell, &one, sizeof one);
}

bool
plug_wait(struct plug *plug, int fd, int other, struct deadline until)
{
	struct pollfd all[] = { { .fd = fd, .events = POLLIN },
		{ .fd = other, .events = POLLIN },
		{ .fd = plug->bell, .events = POLLIN } };
	int64_t left = deadline_left_ms(until);
	uint64_t rung;

	poll(all, COUNT_OF(all), left < INT_MAX ? (int)left : INT_MAX);
	/* Whoever rings has changed the phase or asked for the end before. */
	if (all[2].revents != 0)
		(void)!read(plug->bell, &rung, sizeof rung);
	return all[0].revents != 0 || all[1].revents != 0;
}

struct in_addr
plug_address(struct plug *plug)
{
	struct in_addr address;

	monitor_enter(&plug->door);
	address = plug->address;
	monitor_leave(&plug->door);
	return address;
}

static const char *
on_off(bool on)
{
	return on ? "on" : "off";
}

/* Order and spelling of members are those of captures. */
static json_t *
relay(const struct plug_state *state)
{
	return json_pack("{s:s,s:s,s:s,s:I}", "switch", on_off(state->on[0]), "startup",
		state->startup[0], "pulse", on_off(state->pulse[0]), "pulseWidth",
		(json_int_t)state->pulse_width_ms[0]);
}

static json_t *
dimmer(const struct plug_state *state)
{
	return json_pack("{s:s,s:s,s:i,s:i,s:i,s:i}", "switch", on_off(state->on[0]),
		"startup", state->startup[0], "brightness", state->brightness,
		"brightMin", state->bright_min, "brightMax", state->bright_max, "mode",
		state->mode);
}

static json_t *
outlets(const struct plug_state *state)
{
	json_t *switches = json_array(), *configure = json_array(),
	       *pulses = json_array();

	for (int i = 0; i < OUTLETS; i++) {
		json_array_append_new(switches,
			json_pack("{s:s,s:i}", "switch", on_off(state->on[i]), "outlet",
				i));
		json_array_append_new(configure,
			json_pack(
				"{s:s,s:i}", "startup", state->startup[i], "outlet", i));
		json_array_append_new(pulses,
			json_pack("{s:s,s:s,s:I,s:i}", "pulse", on_off(state->pulse[i]),
				"switch", "off", "width",
				(json_int_t)state->pulse_width_ms[i], "outlet", i));
	}
	return json_pack("{s:o,s:o,s:o,s:s}", "switches", switches, "configure",
		configure, "pulses", pulses, "sledOnline", on_off(state->led_online));
}

static json_t *
bulb(const struct plug_state *state)
{
	json_t *data = json_pack("{s:s}", "switch", on_off(state->on[0]));

	if (state->light != NULL)
		json_object_update(data, state->light);
	else
		json_object_update_new(data,
			json_pack("{s:s,s:{s:i,s:i}}", "ltype", "white", "white", "br",
				70, "ct", 100));
	return data;
}

static json_t *
family_state(const struct plug *plug)
{
	switch (plug->personality->family) {
	case FAMILY_DIMMER:
		return dimmer(&plug->state);
	case FAMILY_OUTLETS:
		return outlets(&plug->state);
	case FAMILY_BULB:
		return bulb(&plug->state);
	case FAMILY_RELAY:
	case FAMILY_CLOSED:
		break;
	}
	return relay(&plug->state);
}

json_t *
plug_info(struct plug *plug)
{
	const struct plug_state *state = &plug->state;
	json_t *data;

	monitor_enter(&plug->door);
	data = family_state(plug);
	json_object_set_new(data, "ssid", json_string(state->ssid));
	json_object_set_new(data, "otaUnlock", json_boolean(state->unlocked));
	if (plug->personality->long_info) {
		json_object_set_new(
			data, "fwVersion", json_string(plug->personality->firmware));
		json_object_set_new(data, "deviceid", json_string(plug->id));
		/* Its bytes lack leading zeros, as real ones do. */
		json_object_set_new(data, "bssid", json_string("a0:b1:c2:d3:e:f"));
		json_object_set_new(data, "signalStrength", json_integer(state->rssi));
	}
	monitor_leave(&plug->door);
	return data;
}

/* 3.5 and later put two members before pulseWidth. */
static json_t *
announced_relay(const struct plug *plug)
{
	const struct plug_state *state = &plug->state;

	if (!plug->personality->long_info)
		return relay(state);
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:I}", "switch", on_off(state->on[0]),
		"startup", state->startup[0], "pulse", on_off(state->pulse[0]),
		"sledOnline", on_off(state->led_online), "fwVersion",
		plug->personality->firmware, "pulseWidth",
		(json_int_t)state->pulse_width_ms[0]);
}

json_t *
plug_announced(struct plug *plug)
{
	json_t *data;

	monitor_enter(&plug->door);
	if (plug->personality->family == FAMILY_RELAY) {
		data = announced_relay(plug);
	} else {
		data = family_state(plug);
		json_object_set_new(
			data, "fwVersion", json_string(plug->personality->firmware));
	}
	json_object_set_new(data, "rssi", json_integer(plug->state.rssi));
	monitor_leave(&plug->door);
	return data;
}
