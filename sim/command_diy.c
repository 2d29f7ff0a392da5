/* airlift-sim diy: devices in DIY mode on consecutive addresses, until a signal. */
/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "sim/args.h"
#include "sim/command.h"
#include "sim/crowd.h"
#include "sim/plug.h"
#include "sim/presence.h"
#include "sim/stream.h"
#include "sim/tasmota.h"

enum { DEVICES_MOST = 1000, LISTS = 4 };

static const struct arg table[] = {
	{ "count", "N", "1", "devices, with consecutive ids and addresses" },
	{ "address", "IP", "127.83.0.1", "address of the first" },
	{ "port", "PORT", "8081", "port of their API" },
	{ "id", "ID", "1000a00001", "id of the first, ten hexadecimal digits" },
	{ "personality", "LIST", "3.6", "dealt out in turn, see below" },
	{ "fault", "LIST", "none", "dealt out in turn, see below; join with +" },
	{ "tasmota-fault", "LIST", "none",
		"faults of the Tasmota it becomes, as airlift-sim tasmota has them" },
	{ "pace", "MS", "90", "per 4 KiB chunk; 0 is as fast as it goes" },
	{ "internet", "yes|no", "yes", "whether the vendor's service can be reached" },
	{ "internet-ssid", "NAME", NULL, "a Wi-Fi network that has Internet" },
	{ "locked", "LIST", "yes", "yes or no, dealt out in turn" },
	{ "unlock-hang-ms", "MS", "20000", "how long a hanging ota_unlock hangs" },
	{ "silence-ms", "MS", "15000", "how long an unanswered request is held" },
	{ "flash-dir", "DIR", NULL, "leave each device's flash in DIR/ID.bin" },
	{ "web-port", "PORT", "80", "port of the Tasmota that comes up" },
	{ "ap-address", "IP", NULL, "where the first one's access point can be reached" },
	{ "ssid", "NAME", "home", "the Wi-Fi network Tasmota gets into" },
	{ "password", "TEXT", "homesecret", "what that wants to hear" },
	{ "speed", "PERCENT", "100", "of Tasmota's own delays; 1000 is tenfold" },
	{ "boot-ms", "MS", "2000", "from the verdict to Tasmota answering" },
	{ "interface", "NAME", "lo", "where mDNS is spoken" },
	{ "no-mdns", NULL, NULL, "do not announce anything" },
	{ 0 },
};

/* All that runs: devices with sockets open, before their threads are started. */
struct town {
	struct world world;
	struct plug *plugs;
	unsigned count;
	unsigned started;
};

static bool
read_world(struct world *world, const struct args *args, struct err *err)
{
	int64_t port, web_port;

	if (!args_number(args, "port", 1, 65535, &port, err) ||
		!args_number(args, "web-port", 1, 65535, &web_port, err) ||
		!args_number(args, "pace", 0, 60000, &world->pace_ms, err) ||
		!args_number(args, "boot-ms", 0, 600000, &world->boot_ms, err) ||
		!args_number(
			args, "unlock-hang-ms", 0, 600000, &world->unlock_hang_ms, err) ||
		!args_number(args, "silence-ms", 0, 600000, &world->silence_ms, err) ||
		!args_number(args, "speed", 1, 100000, &world->speed, err) ||
		!args_yes(args, "internet", &world->internet, err))
		return false;
	world->home_ssid = args_value(args, "ssid");
	world->home_password = args_value(args, "password");
	world->api_port = (uint16_t)port;
	world->web_port = (uint16_t)web_port;
	world->internet_ssid = args_value(args, "internet-ssid");
	world->flash_dir = args_value(args, "flash-dir");
	return true;
}

static bool
init_plug(struct town *town, unsigned i, const struct crowd *first,
	const struct hand lists[LISTS], struct err *err)
{
	struct plug *plug = &town->plugs[i];
	const struct personality *personality = personality_named(
		hand_deal(&lists[0], i));
	const char *locked = hand_deal(&lists[2], i);
	struct in_addr address = { htonl(first->address + i) };
	struct fault_set faults;
	char id[PLUG_ID_SIZE + 8], shown[64];

	if (personality == NULL) {
		OWN_STR names = personality_names();

		err_set(err, &err_usage, "there is no personality %s",
			text_printable(shown, sizeof shown, hand_deal(&lists[0], i)));
		return err_remedy(err, "These exist: %s.", names);
	}
	if (!fault_read(&fault_table_diy, hand_deal(&lists[1], i), &faults, err))
		return false;
	if (strcmp(locked, "yes") != 0 && strcmp(locked, "no") != 0)
		return err_set(err, &err_usage, "--locked takes yes or no");
	snprintf(id, sizeof id, "%010llx", (unsigned long long)first->id + i);
	plug_init(
		plug, &town->world, personality, &faults, id, address, locked[0] == 'y');
	town->count++;
	if (!fault_read(&fault_table_tasmota, hand_deal(&lists[3], i),
		    &plug->tasmota_faults, err))
		return false;
	plug->listener = stream_listen(address, town->world.api_port, err);
	return plug->listener >= 0;
}

/* Where the Tasmota that comes up can be reached before it knows the home network. */
static bool
read_access_points(struct town *town, const struct args *args, struct err *err)
{
	uint32_t first;

	if (!crowd_read_address(args, "ap-address", &first, err))
		return false;
	for (unsigned i = 0; first != 0 && i < town->count; i++)
		town->plugs[i].ap_address.s_addr = htonl(first + i);
	return true;
}

static bool
populate(struct town *town, const struct args *args, struct err *err)
{
	static const char *const names[LISTS] = { "personality", "fault", "locked",
		"tasmota-fault" };
	struct hand lists[LISTS] = { { 0 } };
	struct crowd first;
	bool good = crowd_read(&first, args, DEVICES_MOST, err);

	for (unsigned i = 0; i < LISTS && good; i++)
		good = hand_read(&lists[i], args_value(args, names[i]), names[i], err);
	if (good)
		town->plugs = xcalloc((size_t)first.count, sizeof *town->plugs);
	for (unsigned i = 0; good && i < first.count; i++)
		good = init_plug(town, i, &first, lists, err);
	good = good && read_access_points(town, args, err);
	for (unsigned i = 0; i < LISTS; i++)
		hand_clear(&lists[i]);
	return good;
}

static bool
begin(struct town *town, const struct args *args, struct err *err)
{
	struct world *world = &town->world;

	if (!args_given(args, "no-mdns") &&
		(world->presence = presence_new(
			 world, args_value(args, "interface"), err)) == NULL)
		return false;
	for (; town->started < town->count; town->started++) {
		struct plug *plug = &town->plugs[town->started];

		if (!thread_start(&plug->thread, plug_live, plug))
			return err_errno(err, &err_system, "can not start a thread");
		if (world->presence == NULL)
			world_ready(world, plug);
		else if (!presence_enter(world->presence, plug, err)) {
			town->started++;
			return false;
		}
	}
	return true;
}

static void
end(struct town *town)
{
	cancel_ask(&town->world.cancel);
	for (unsigned i = 0; i < town->started; i++)
		plug_ring(&town->plugs[i]);
	for (unsigned i = 0; i < town->started; i++)
		pthread_join(town->plugs[i].thread, NULL);
	presence_free(town->world.presence);
	for (unsigned i = 0; i < town->count; i++) {
		if (town->plugs[i].listener >= 0)
			close(town->plugs[i].listener);
		plug_clear(&town->plugs[i]);
	}
	free(town->plugs);
	world_clear(&town->world);
}

static bool
begin_all(void *stage, const struct args *args, struct err *err)
{
	struct town *town = stage;

	return read_world(&town->world, args, err) && populate(town, args, err) &&
		begin(town, args, err);
}

static void
end_all(void *stage)
{
	end(stage);
}

static const struct crowd_show show = {
	.name = "diy",
	.help = "Simulates devices in DIY mode until SIGTERM or SIGINT. Prints one JSON "
		"object per event.",
	.table = table,
	.personalities = personality_names,
	.faults = &fault_table_diy,
	.begin = begin_all,
	.end = end_all,
};

static bool
run(int argc, char **argv, struct err *err)
{
	struct town town = { .count = 0 };

	return crowd_run(&show, &town, &town.world, argc, argv, err);
}

const struct sim_command sim_command_diy = {
	.name = "diy",
	.args = "",
	.summary = "devices in DIY mode, with their downloads, reboots and faults",
	.run = run,
};
