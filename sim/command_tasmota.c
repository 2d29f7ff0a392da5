/* airlift-sim tasmota: devices that run Tasmota already, on consecutive addresses, until a
 * signal. */
/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/monitor.h"
#include "base/text.h"
#include "sim/args.h"
#include "sim/command.h"
#include "sim/crowd.h"
#include "sim/tasmota_life.h"
#include "sim/tasmota_wifi.h"

enum { DEVICES_MOST = 1000, BOOT_MS = 3000, JOIN_MS = 1500, BROKER_PORT = 1883 };

static const struct arg table[] = {
	{ "count", "N", "1", "devices, with consecutive MACs and addresses" },
	{ "address", "IP", "127.85.0.1", "LAN address of the first" },
	{ "ap-address", "IP", "127.85.1.1", "of the first in its own access point" },
	{ "web-port", "PORT", "80", "of their web servers, on both" },
	{ "version", "LIST", "15.5.0", "dealt out in turn" },
	{ "variant", "LIST", "tasmota", "tasmota, lite or minimal, dealt out in turn" },
	{ "size", "BYTES", "0", "of the program; 0 is usual for the variant" },
	{ "mac", "HEX", "5CCF7F000001", "of the first" },
	{ "blank", "yes|no", "yes", "no Wi-Fi data: they open their access points" },
	{ "ssid", "NAME", "home", "the Wi-Fi network at home" },
	{ "password", "TEXT", "homesecret", "what it wants to hear" },
	{ "other-ssid", "NAME", NULL, "another network there, same addresses" },
	{ "other-password", "TEXT", "othersecret", "what that one wants to hear" },
	{ "topic", "NAME", NULL, "already set; the second device has NAME-2" },
	{ "mqtt", "HOST:PORT", NULL, "broker that is already set" },
	{ "mqtt-user", "NAME", NULL, "user that is already set" },
	{ "mqtt-password", "TEXT", NULL, "password that is already set" },
	{ "speed", "PERCENT", "100", "of the devices' own delays; 1000 is tenfold" },
	{ "fault", "LIST", "none", "dealt out in turn, see below; join with +" },
	{ "flash-dir", "DIR", NULL, "leave each flashed device's flash in DIR/MAC.bin" },
	{ 0 },
};

struct guest {
	struct tasmota tasmota;
	struct flash_memory flash;
	char id[13];
};

/* All that runs. */
struct place {
	struct world world;
	struct guest *guests;
	unsigned count, started;
};

/* What the guests share, read once. */
struct plan {
	struct hand lists[3]; /* version, variant, fault */
	int64_t count, size;
	uint64_t mac;
	uint32_t address, ap_address; /* host byte order */
	bool blank;
	const char *topic, *user, *password;
	char broker[128];
	uint16_t broker_port;
};

static const char *const lists[] = { "version", "variant", "fault" };

static bool
read_broker(struct plan *plan, const char *text, struct err *err)
{
	const char *colon = strrchr(text, ':');
	int64_t port = BROKER_PORT;
	size_t len = colon != NULL ? (size_t)(colon - text) : strlen(text);

	if ((colon != NULL && !text_to_number(colon + 1, 1, UINT16_MAX, &port)) ||
		!text_copy_bytes(plan->broker, sizeof plan->broker, text, len))
		return err_set(err, &err_usage, "--mqtt takes HOST:PORT");
	plan->broker_port = (uint16_t)port;
	return true;
}

static bool
read_plan(struct plan *plan, const struct args *args, struct err *err)
{
	const char *mac = args_value(args, "mac"), *broker = args_value(args, "mqtt");

	if (!args_number(args, "count", 1, DEVICES_MOST, &plan->count, err) ||
		!args_number(args, "size", 0, 1000000, &plan->size, err) ||
		!args_yes(args, "blank", &plan->blank, err) ||
		!crowd_read_address(args, "address", &plan->address, err) ||
		!crowd_read_address(args, "ap-address", &plan->ap_address, err))
		return false;
	if (strlen(mac) != 12 || strspn(mac, "0123456789ABCDEFabcdef") != 12)
		return err_set(err, &err_usage, "--mac takes twelve hexadecimal digits");
	plan->mac = strtoull(mac, NULL, 16);
	plan->topic = args_value(args, "topic");
	plan->user = args_value(args, "mqtt-user");
	plan->password = args_value(args, "mqtt-password");
	if (broker != NULL && !read_broker(plan, broker, err))
		return false;
	for (unsigned i = 0; i < COUNT_OF(lists); i++)
		if (!hand_read(
			    &plan->lists[i], args_value(args, lists[i]), lists[i], err))
			return false;
	return true;
}

static bool
read_world(struct world *world, const struct args *args, struct err *err)
{
	int64_t web_port;

	if (!args_number(args, "web-port", 1, UINT16_MAX, &web_port, err) ||
		!args_number(args, "speed", 1, 100000, &world->speed, err))
		return false;
	world->web_port = (uint16_t)web_port;
	world->home_ssid = args_value(args, "ssid");
	world->home_password = args_value(args, "password");
	world->other_ssid = args_value(args, "other-ssid");
	world->other_password = args_value(args, "other-password");
	world->flash_dir = args_value(args, "flash-dir");
	return true;
}

/* What somebody has set before. */
static void
furnish(struct tasmota *t, const struct plan *plan, unsigned i)
{
	struct tasmota_settings *s = &t->settings;
	OWN_STR topic = plan->topic == NULL ? NULL
		: i == 0		    ? xstrdup(plan->topic)
					    : xasprintf("%s-%u", plan->topic, i + 1);

	if (!plan->blank)
		tasmota_at_home(t);
	if (topic != NULL)
		tasmota_settings_text(s, TEXT_TOPIC, topic);
	if (plan->broker_port != 0) {
		tasmota_settings_text(s, TEXT_MQTT_HOST, plan->broker);
		s->number[NUMBER_MQTT_PORT] = plan->broker_port;
	}
	if (plan->user != NULL)
		tasmota_settings_text(s, TEXT_MQTT_USER, plan->user);
	if (plan->password != NULL)
		tasmota_settings_text(s, TEXT_MQTT_PASSWORD, plan->password);
	t->saved = *s;
}

static bool
init_guest(struct place *place, unsigned i, const struct plan *plan, struct err *err)
{
	struct guest *guest = &place->guests[i];
	struct tasmota *t = &guest->tasmota;
	uint64_t mac = plan->mac + i;
	uint32_t version;

	if (!tasmota_version_read(hand_deal(&plan->lists[0], i), &version))
		return err_set(err, &err_usage, "--version takes something like 15.5.0");
	snprintf(guest->id, sizeof guest->id, "%012llX",
		(unsigned long long)(mac & 0xFFFFFFFFFFFF));
	for (unsigned b = 0; b < 6; b++)
		t->mac[b] = (uint8_t)(mac >> (40 - 8 * b));
	t->world = &place->world;
	t->id = guest->id;
	t->flash = &guest->flash;
	t->lan_address.s_addr = htonl(plan->address + i);
	t->ap_address.s_addr = htonl(plan->ap_address + i);
	t->boot_ms = BOOT_MS;
	t->join_ms = JOIN_MS;
	tasmota_init(t, version, hand_deal(&plan->lists[1], i), (uint32_t)plan->size);
	t->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	place->count++;
	furnish(t, plan, i);
	return fault_read(
		&fault_table_tasmota, hand_deal(&plan->lists[2], i), &t->faults, err);
}

static bool
populate(struct place *place, const struct args *args, struct err *err)
{
	struct plan plan = { .count = 0 };
	bool good = read_plan(&plan, args, err);

	if (good)
		place->guests = xcalloc((size_t)plan.count, sizeof *place->guests);
	for (unsigned i = 0; good && i < plan.count; i++)
		good = init_guest(place, i, &plan, err);
	for (unsigned i = 0; i < COUNT_OF(plan.lists); i++)
		hand_clear(&plan.lists[i]);
	return good;
}

static void *
live(void *context)
{
	tasmota_live(context);
	return NULL;
}

static bool
begin(struct place *place, struct err *err)
{
	for (; place->started < place->count; place->started++) {
		struct tasmota *t = &place->guests[place->started].tasmota;

		if (!thread_start(&t->thread, live, t))
			return err_errno(err, &err_system, "can not start a thread");
	}
	return true;
}

static void
end(struct place *place)
{
	uint64_t one = 1;

	cancel_ask(&place->world.cancel);
	for (unsigned i = 0; i < place->started; i++)
		(void)!write(place->guests[i].tasmota.bell, &one, sizeof one);
	for (unsigned i = 0; i < place->started; i++)
		pthread_join(place->guests[i].tasmota.thread, NULL);
	for (unsigned i = 0; i < place->count; i++) {
		tasmota_clear(&place->guests[i].tasmota);
		flash_clear(&place->guests[i].flash);
		close(place->guests[i].tasmota.bell);
	}
	free(place->guests);
	world_clear(&place->world);
}

static bool
begin_all(void *stage, const struct args *args, struct err *err)
{
	struct place *place = stage;

	return read_world(&place->world, args, err) && populate(place, args, err) &&
		begin(place, err);
}

static void
end_all(void *stage)
{
	end(stage);
}

static const struct crowd_show show = {
	.name = "tasmota",
	.help = "Simulates devices that run Tasmota until SIGTERM or SIGINT. Prints one "
		"JSON object per event.",
	.table = table,
	.faults = &fault_table_tasmota,
	.begin = begin_all,
	.end = end_all,
};

static bool
run(int argc, char **argv, struct err *err)
{
	struct place place = { .count = 0 };

	return crowd_run(&show, &place, &place.world, argc, argv, err);
}

const struct sim_command sim_command_tasmota = {
	.name = "tasmota",
	.args = "",
	.summary = "devices that run Tasmota: access point, web, MQTT, upgrades",
	.run = run,
};
