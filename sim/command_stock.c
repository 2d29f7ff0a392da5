/* airlift-sim stock: devices with vendor firmware of 2016-2018 on consecutive addresses,
 * until a signal. */
/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "net/socket.h"
#include "sim/args.h"
#include "sim/command.h"
#include "sim/crowd.h"
#include "sim/stock.h"
#include "sim/stock_config_ap.h"
#include "sim/stock_life.h"
#include "sim/tasmota.h"

enum { DEVICES_MOST = 1000, FINAL_PORT = 8080 };

static const struct arg table[] = {
	{ "count", "N", "1", "devices, with consecutive ids and addresses" },
	{ "address", "IP", "127.84.0.1", "address of the first" },
	{ "id", "ID", "1000b00001", "id of the first, ten hexadecimal digits" },
	{ "personality", "LIST", "basic-1.5.5", "dealt out in turn, see below" },
	{ "fault", "LIST", "none", "dealt out in turn, see below; join with +" },
	{ "tasmota-fault", "LIST", "none",
		"faults of the Tasmota it becomes, as airlift-sim tasmota has them" },
	{ "slot", "LIST", "1", "where the firmware runs, 1 or 2, dealt out in turn" },
	{ "pairing-address", "IP", NULL,
		"of each in pairing mode, as 10.10.7.1 in reality; its own unless given" },
	{ "final-own-address", "IP", NULL,
		"of each in FinalStage, as 192.168.4.1 in reality; its own unless given" },
	{ "ap-port", "PORT", "80", "of the web server in their access points" },
	{ "plain-port", "PORT", "8081", "where builds without TLS call" },
	{ "final-address", "IP:PORT", "192.168.4.2:8080",
		"where the intermediate image asks" },
	{ "provisioned", "HOST:PORT", NULL, "no access point: they call this server" },
	{ "wifi-ok", "yes|no|right", "yes",
		"whether they get into the network they are told; right: if it is that of "
		"--ssid and --password, else somebody holds the button again" },
	{ "pace", "MS", "80", "per 4 KiB; 0 is as fast as it goes" },
	{ "speed", "PERCENT", "100", "of the devices' own delays; 1000 is tenfold" },
	{ "tasmota-speed", "PERCENT", NULL, "of that of the Tasmota they become" },
	{ "web-port", "PORT", "80", "port of the Tasmota that comes up" },
	{ "boot-ms", "MS", "2000", "until that answers" },
	{ "ap-address", "IP", NULL, "where its access point can be reached, the first" },
	{ "ssid", "NAME", "home", "the Wi-Fi network it gets into" },
	{ "password", "TEXT", "homesecret", "what that wants to hear" },
	{ "flash-dir", "DIR", NULL, "leave each device's flash in DIR/ID.bin" },
	{ 0 },
};

/* All that runs. */
struct place {
	struct stock_town town;
	struct stock *devices;
	unsigned count;
	unsigned started;
	struct stock_settings provisioned; /* port 0: they are not */
};

/* The names of lists, in the order of `hands`. */
static const char *const lists[] = { "personality", "fault", "slot", "tasmota-fault" };

static bool
read_server(const char *text, struct stock_settings *out, struct err *err)
{
	const char *colon = strrchr(text, ':');
	int64_t port;

	if (colon == NULL || !text_to_number(colon + 1, 1, UINT16_MAX, &port) ||
		!text_copy_bytes(
			out->server, sizeof out->server, text, (size_t)(colon - text)))
		return err_set(err, &err_usage, "--provisioned takes HOST:PORT");
	out->port = (uint32_t)port;
	return true;
}

static bool
read_place(struct place *place, const struct args *args, struct err *err)
{
	struct stock_town *town = &place->town;
	int64_t ap_port, web_port, plain_port;

	if (!args_number(args, "ap-port", 1, UINT16_MAX, &ap_port, err) ||
		!args_number(args, "web-port", 1, UINT16_MAX, &web_port, err) ||
		!args_number(args, "plain-port", 1, UINT16_MAX, &plain_port, err) ||
		!args_number(args, "pace", 0, 60000, &town->world.pace_ms, err) ||
		!args_number(args, "boot-ms", 0, 600000, &town->world.boot_ms, err) ||
		!args_number(args, "speed", 1, 100000, &town->speed, err))
		return false;
	town->wifi_is_checked = strcmp(args_value(args, "wifi-ok"), "right") == 0;
	town->wifi_ok = true;
	if (!town->wifi_is_checked && !args_yes(args, "wifi-ok", &town->wifi_ok, err))
		return false;
	if (!socket_read_address(
		    args_value(args, "final-address"), FINAL_PORT, &town->final))
		return err_set(err, &err_usage, "--final-address takes IP:PORT");
	town->ap_port = (uint16_t)ap_port;
	town->plain_port = (uint16_t)plain_port;
	town->world.web_port = (uint16_t)web_port;
	town->world.speed = town->speed;
	if (args_given(args, "tasmota-speed") &&
		!args_number(args, "tasmota-speed", 1, 100000, &town->world.speed, err))
		return false;
	town->world.home_ssid = args_value(args, "ssid");
	town->world.home_password = args_value(args, "password");
	town->world.flash_dir = args_value(args, "flash-dir");
	return !args_given(args, "provisioned") ||
		read_server(args_value(args, "provisioned"), &place->provisioned, err);
}

static bool
complain_about_personality(const char *name, struct err *err)
{
	OWN_STR names = stock_personality_names();
	char shown[64];

	err_set(err, &err_usage, "there is no personality %s",
		text_printable(shown, sizeof shown, name));
	return err_remedy(err, "These exist: %s.", names);
}

static bool
init_device(struct place *place, unsigned i, const struct crowd *crowd,
	const struct hand hands[], struct err *err)
{
	const char *name = hand_deal(&hands[0], i), *slot = hand_deal(&hands[2], i);
	const struct stock_personality *personality = stock_personality_named(name);
	struct stock *stock = &place->devices[i];
	struct in_addr address = { htonl(crowd->address + i) };
	struct fault_set faults;
	char id[PLUG_ID_SIZE + 8];

	if (personality == NULL)
		return complain_about_personality(name, err);
	if (!fault_read(&fault_table_stock, hand_deal(&hands[1], i), &faults, err))
		return false;
	if (strcmp(slot, "1") != 0 && strcmp(slot, "2") != 0)
		return err_set(err, &err_usage, "--slot takes 1 or 2");
	snprintf(id, sizeof id, "%010llx", (unsigned long long)crowd->id + i);
	stock_init(stock, &place->town, personality, &faults, id, address,
		slot[0] == '1' ? 1 : 2);
	place->count++;
	if (!fault_read(&fault_table_tasmota, hand_deal(&hands[3], i),
		    &stock->board.tasmota_faults, err))
		return false;
	stock->settings = place->provisioned;
	if (place->town.pairing.s_addr != INADDR_ANY)
		stock->pairing = place->town.pairing;
	if (place->town.final_own.s_addr != INADDR_ANY)
		stock->final_own = place->town.final_own;
	if (place->provisioned.port != 0)
		return true;
	return stock_open_ap(stock, err);
}

static bool
populate(struct place *place, const struct args *args, struct err *err)
{
	struct hand hands[COUNT_OF(lists)] = { { 0 } };
	struct crowd crowd;
	uint32_t ap = 0, pairing = 0, final_own = 0;
	bool good = crowd_read(&crowd, args, DEVICES_MOST, err) &&
		crowd_read_address(args, "ap-address", &ap, err) &&
		crowd_read_address(args, "pairing-address", &pairing, err) &&
		crowd_read_address(args, "final-own-address", &final_own, err);

	place->town.pairing.s_addr = htonl(pairing);
	place->town.final_own.s_addr = htonl(final_own);
	for (unsigned i = 0; i < COUNT_OF(lists) && good; i++)
		good = hand_read(&hands[i], args_value(args, lists[i]), lists[i], err);
	if (good)
		place->devices = xcalloc((size_t)crowd.count, sizeof *place->devices);
	for (unsigned i = 0; good && i < crowd.count; i++)
		good = init_device(place, i, &crowd, hands, err);
	for (unsigned i = 0; ap != 0 && i < place->count; i++)
		place->devices[i].board.ap_address.s_addr = htonl(ap + i);
	for (unsigned i = 0; i < COUNT_OF(lists); i++)
		hand_clear(&hands[i]);
	return good;
}

static void
tell_ready(struct stock *stock)
{
	char address[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &stock->address, address, sizeof address);
	world_tell(stock->world, "ready", stock->id, "{s:s,s:i,s:s,s:i}", "address",
		address, "port", stock->listener >= 0 ? (int)stock->town->ap_port : 0,
		"personality", stock->personality->name, "slot", (int)stock->slot);
}

static bool
begin(struct place *place, struct err *err)
{
	for (; place->started < place->count; place->started++) {
		struct stock *stock = &place->devices[place->started];

		tell_ready(stock);
		if (!thread_start(&stock->thread, stock_live, stock))
			return err_errno(err, &err_system, "can not start a thread");
	}
	return true;
}

static void
end(struct place *place)
{
	cancel_ask(&place->town.world.cancel);
	for (unsigned i = 0; i < place->started; i++)
		plug_ring(&place->devices[i].board);
	for (unsigned i = 0; i < place->started; i++)
		pthread_join(place->devices[i].thread, NULL);
	for (unsigned i = 0; i < place->count; i++)
		stock_clear(&place->devices[i]);
	free(place->devices);
	world_clear(&place->town.world);
}

static bool
begin_all(void *stage, const struct args *args, struct err *err)
{
	struct place *place = stage;

	return read_place(place, args, err) && populate(place, args, err) &&
		begin(place, err);
}

static void
end_all(void *stage)
{
	end(stage);
}

static const struct crowd_show show = {
	.name = "stock",
	.help = "Simulates devices with vendor firmware of 2016-2018 until SIGTERM or "
		"SIGINT. Prints one JSON\nobject per event.",
	.table = table,
	.personalities = stock_personality_names,
	.faults = &fault_table_stock,
	.begin = begin_all,
	.end = end_all,
};

static bool
run(int argc, char **argv, struct err *err)
{
	struct place place = { .count = 0 };

	return crowd_run(&show, &place, &place.town.world, argc, argv, err);
}

const struct sim_command sim_command_stock = {
	.name = "stock",
	.args = "",
	.summary = "devices with old vendor firmware, from pairing to Tasmota",
	.run = run,
};
