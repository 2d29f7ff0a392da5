/* airlift-sim diy: devices in DIY mode on consecutive addresses, until a signal. */
/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "sim/args.h"
#include "sim/command.h"
#include "sim/plug.h"
#include "sim/presence.h"
#include "sim/stream.h"

enum { DEVICES_MOST = 1000, LIST_MOST = 64, SIGNAL_SLICE_MS = 100 };

static const struct arg table[] = {
	{ "count", "N", "1", "devices, with consecutive ids and addresses" },
	{ "address", "IP", "127.83.0.1", "address of the first" },
	{ "port", "PORT", "8081", "port of their API" },
	{ "id", "ID", "1000a00001", "id of the first, ten hexadecimal digits" },
	{ "personality", "LIST", "3.6", "dealt out in turn, see below" },
	{ "fault", "LIST", "none", "dealt out in turn, see below; join with +" },
	{ "pace", "MS", "90", "per 4 KiB chunk; 0 is as fast as it goes" },
	{ "internet", "yes|no", "yes", "whether the vendor's service can be reached" },
	{ "internet-ssid", "NAME", NULL, "a Wi-Fi network that has Internet" },
	{ "locked", "LIST", "yes", "yes or no, dealt out in turn" },
	{ "unlock-hang-ms", "MS", "20000", "how long a hanging ota_unlock hangs" },
	{ "silence-ms", "MS", "15000", "how long an unanswered request is held" },
	{ "flash-dir", "DIR", NULL, "leave each device's flash in DIR/ID.bin" },
	{ "web-port", "PORT", "80", "port of the Tasmota that comes up" },
	{ "boot-ms", "MS", "2000", "from the verdict to Tasmota answering" },
	{ "interface", "NAME", "lo", "where mDNS is spoken" },
	{ "no-mdns", NULL, NULL, "do not announce anything" },
	{ 0 },
};

/* Comma-separated words, dealt out in turn. */
struct list {
	char *text; /* owned; the words point into it */
	char *words[LIST_MOST];
	unsigned count;
};

static void
list_clear(struct list *list)
{
	free(list->text);
}

static bool
list_read(struct list *list, const char *text, const char *what, struct err *err)
{
	char *rest = NULL;

	list->text = xstrdup(text);
	for (char *word = strtok_r(list->text, ",", &rest); word != NULL;
		word = strtok_r(NULL, ",", &rest)) {
		if (list->count == LIST_MOST)
			return err_set(err, &err_usage, "--%s has more than %d words",
				what, LIST_MOST);
		list->words[list->count++] = word;
	}
	return list->count > 0 || err_set(err, &err_usage, "--%s is empty", what);
}

static const char *
deal(const struct list *list, unsigned i)
{
	return list->words[i % list->count];
}

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
		!args_yes(args, "internet", &world->internet, err))
		return false;
	world->api_port = (uint16_t)port;
	world->web_port = (uint16_t)web_port;
	world->internet_ssid = args_value(args, "internet-ssid");
	world->flash_dir = args_value(args, "flash-dir");
	return true;
}

struct first {
	int64_t count;
	uint64_t id;
	uint32_t address;
};

static bool
read_first(struct first *first, const struct args *args, struct err *err)
{
	const char *id = args_value(args, "id");
	struct in_addr address;

	if (!args_number(args, "count", 1, DEVICES_MOST, &first->count, err))
		return false;
	if (strlen(id) != 10 || strspn(id, "0123456789abcdef") != 10)
		return err_set(
			err, &err_usage, "--id takes ten lower-case hexadecimal digits");
	if (inet_pton(AF_INET, args_value(args, "address"), &address) != 1)
		return err_set(err, &err_usage, "--address takes an IPv4 address");
	first->id = strtoull(id, NULL, 16);
	first->address = ntohl(address.s_addr);
	return true;
}

static bool
init_plug(struct town *town, unsigned i, const struct first *first,
	const struct list lists[3], struct err *err)
{
	struct plug *plug = &town->plugs[i];
	const struct personality *personality = personality_named(deal(&lists[0], i));
	const char *locked = deal(&lists[2], i);
	struct in_addr address = { htonl(first->address + i) };
	struct fault_set faults;
	char id[PLUG_ID_SIZE + 8], shown[64];

	if (personality == NULL) {
		OWN_STR names = personality_names();

		err_set(err, &err_usage, "there is no personality %s",
			text_printable(shown, sizeof shown, deal(&lists[0], i)));
		return err_remedy(err, "These exist: %s.", names);
	}
	if (!fault_read(deal(&lists[1], i), &faults, err))
		return false;
	if (strcmp(locked, "yes") != 0 && strcmp(locked, "no") != 0)
		return err_set(err, &err_usage, "--locked takes yes or no");
	snprintf(id, sizeof id, "%010llx", (unsigned long long)first->id + i);
	plug_init(
		plug, &town->world, personality, &faults, id, address, locked[0] == 'y');
	town->count++;
	plug->listener = stream_listen(address, town->world.api_port, err);
	return plug->listener >= 0;
}

static bool
populate(struct town *town, const struct args *args, struct err *err)
{
	static const char *const names[] = { "personality", "fault", "locked" };
	struct list lists[COUNT_OF(names)] = { { 0 } };
	struct first first;
	bool good = read_first(&first, args, err);

	for (unsigned i = 0; i < COUNT_OF(names) && good; i++)
		good = list_read(&lists[i], args_value(args, names[i]), names[i], err);
	if (good)
		town->plugs = xcalloc((size_t)first.count, sizeof *town->plugs);
	for (unsigned i = 0; good && i < first.count; i++)
		good = init_plug(town, i, &first, lists, err);
	for (unsigned i = 0; i < COUNT_OF(names); i++)
		list_clear(&lists[i]);
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
wait_for_end(const sigset_t *ends)
{
	struct timespec slice = { .tv_nsec = SIGNAL_SLICE_MS * 1000000L };

	while (sigtimedwait(ends, NULL, &slice) < 0)
		continue;
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

static void
help(void)
{
	OWN_STR faults = fault_help();
	OWN_STR names = personality_names();

	printf("usage: airlift-sim diy [options]\n\n"
	       "Simulates devices in DIY mode until SIGTERM or SIGINT. Prints one JSON "
	       "object per event.\n\noptions:\n");
	args_help(table);
	printf("\npersonalities: %s\n\nfaults:\n  %-24s %s\n%s", names, "none", "behaves",
		faults);
}

static bool
run(int argc, char **argv, struct err *err)
{
	struct town town = { .count = 0 };
	struct args args;
	sigset_t ends;
	bool good;

	if (!args_read(&args, table, argc, argv, err))
		return false;
	if (args.help) {
		help();
		return true;
	}
	if (args.argc > 0)
		return err_set(err, &err_usage, "airlift-sim diy takes no operands");
	/* Only this thread hears the end; all others inherit the mask. */
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	pthread_sigmask(SIG_BLOCK, &ends, NULL);
	world_init(&town.world, stdout);
	good = read_world(&town.world, &args, err) && populate(&town, &args, err) &&
		begin(&town, &args, err);
	if (good)
		wait_for_end(&ends);
	end(&town);
	return good;
}

const struct sim_command sim_command_diy = {
	.name = "diy",
	.args = "",
	.summary = "devices in DIY mode, with their downloads, reboots and faults",
	.run = run,
};
