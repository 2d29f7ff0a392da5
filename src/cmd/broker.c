/* broker: a local Mosquitto with a generated configuration, and what to enter where. */
/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "cmd/command.h"
#include "fleet/event.h"
#include "host/broker.h"
#include "host/interfaces.h"
#include "host/network_watch.h"

enum { PORT_USUAL = 1883, WATCH_MS = 200, PASSWORD_MOST = 256 };

static const struct err_code e_ended = { "E-BROKER-ENDED", ERR_SYSTEM,
	"Read mosquitto.log in the state directory's folder \"broker\"." };
static const struct err_code e_elsewhere = { "E-BROKER-ELSEWHERE", ERR_SYSTEM,
	"Use it as it is (\"airlift broker\" says how), or end it with \"airlift broker "
	"--stop\" first." };
static const struct err_code e_not_ours = { "E-BROKER-ADDRESS", ERR_USAGE,
	"Leave --listen out to listen everywhere, or name an address that \"ip address\" "
	"shows." };
static const struct err_code e_none = { "E-BROKER-NONE", ERR_NOTHING_TO_DO,
	"Nothing is to be done; a broker that other programs started is ended by them." };

static const struct option_spec options_of_broker[] = {
	{ 'p', "port", "N", "port of the broker (default 1883)" },
	{ 0, "listen", "ADDRESS", "listen on this address only (default: all)" },
	{ 'b', "background", NULL, "leave it running and return" },
	{ 0, "stop", NULL, "end the broker an earlier run left running" },
	{ 0, "show-password", NULL, "print the password instead of where it is kept" },
	{ 0 },
};

/* The addresses a device on the LAN can use. */
static void
print_addresses(const char *listen_on)
{
	struct interface list[INTERFACES_MOST];
	size_t count = interfaces_list(list);

	if (listen_on != NULL) {
		printf("  host      %s\n", listen_on);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		char address[INET_ADDRSTRLEN];

		if (list[i].is_loopback && count > 1)
			continue;
		inet_ntop(AF_INET, &list[i].address, address, sizeof address);
		printf("  host      %s  (%s)\n", address, list[i].name);
	}
}

static bool
print_password(const struct broker_place *place, bool show, struct err *err)
{
	OWN_STR password = NULL;

	if (!show) {
		printf("  password  kept in %s\n"
		       "            (\"airlift broker --show-password\" prints it)\n",
			place->password_path);
		return true;
	}
	password = file_read_line(place->password_path, PASSWORD_MOST, err);
	if (password == NULL)
		return false;
	printf("  password  %s\n", password);
	return true;
}

/* Whose broker it is that was found, or that was started now. */
enum origin { STARTED, OURS, FOREIGN, REHEARSED };

static const struct {
	const char *event, *sentence;
} told[] = {
	[STARTED] = { "broker started",
		"The broker runs. Enter this in devices and programs:" },
	[OURS] = { "the broker runs already",
		"The broker started here earlier still runs. Enter this in devices and "
		"programs:" },
	[FOREIGN] = { "a broker runs already",
		"Another program's broker answers on this port already: using it. Users and "
		"passwords are\nthose it was given; name them with --mqtt-user and "
		"--mqtt-password-file." },
	[REHEARSED] = { "a broker would be started",
		"A broker would be started, with this to enter in devices and programs:" },
};

static void
tell_as_event(const struct broker_place *place, enum origin origin)
{
	json_t *fields = json_pack("{s:s, s:i, s:b, s:b}", "text", told[origin].event,
		"port", place->port, "started", origin == STARTED, "ours",
		origin != FOREIGN);

	if (origin != FOREIGN) {
		json_object_set_new(fields, "user", json_string(place->user));
		json_object_set_new(
			fields, "password_file", json_string(place->password_path));
	}
	event_print("message", NULL, fields);
}

static bool
tell(const struct app *app, const struct broker_place *place, enum origin origin,
	bool show, struct err *err)
{
	if (app->json) {
		tell_as_event(place, origin);
		return true;
	}
	puts(told[origin].sentence);
	print_addresses(place->listen_on);
	printf("  port      %u\n", place->port);
	if (origin == FOREIGN)
		return true;
	printf("  user      %s\n", place->user);
	return print_password(place, show && origin != REHEARSED, err);
}

static bool
watch(const struct app *app, pid_t pid, struct err *err)
{
	if (!app->json && !app->quiet) {
		printf("\nIt runs until you press Ctrl-C; \"airlift monitor\" shows what is "
		       "said.\n");
		fflush(stdout);
	}
	while (clock_pause(WATCH_MS, app->cancel))
		if (broker_has_ended(pid))
			break;
	broker_stop(pid);
	return cancel_asked(app->cancel) ||
		err_set(err, &e_ended, "the broker ended by itself");
}

static bool
start(const struct app *app, const struct options *options,
	const struct broker_place *place, struct err *err)
{
	bool show = option_given(options, "show-password");
	bool stays = option_given(options, "background");
	pid_t pid = 0;

	if (app->dry_run)
		return tell(app, place, REHEARSED, show, err);
	if (!broker_start(place, stays, &pid, app->cancel, err))
		return false;
	if (!tell(app, place, STARTED, show, err)) {
		broker_stop(pid);
		return false;
	}
	return stays || watch(app, pid, err);
}

/* What was asked for has to be what runs: nobody should enter the wrong port. */
static bool
use_ours(const struct app *app, const struct options *options,
	const struct broker_alive *alive, struct err *err)
{
	const char *address = alive->listen_on[0] != '\0' ? alive->listen_on : NULL;
	const char *wanted = option_value(options, "listen");
	OWN(broker_place) place = { 0 };
	int64_t port;

	if (!option_number(options, "port", 1, 65535, alive->port, &port, err))
		return false;
	if (port != alive->port ||
		(wanted != NULL && strcmp(wanted, alive->listen_on) != 0))
		return err_set(err, &e_elsewhere,
			"the broker of this state directory runs on port %u of %s",
			alive->port, address != NULL ? address : "all addresses");
	broker_place_set(&place, app->state_directory, BROKER_USER, alive->port, address);
	return tell(app, &place, OURS, option_given(options, "show-password"), err);
}

static bool
use_or_start(const struct app *app, const struct options *options, struct err *err)
{
	OWN(broker_place) place = { 0 };
	const char *listen_on = option_value(options, "listen");
	int64_t port;

	if (!option_number(options, "port", 1, 65535, PORT_USUAL, &port, err))
		return false;
	broker_place_set(
		&place, app->state_directory, BROKER_USER, (uint16_t)port, listen_on);
	if (broker_is_running(place.port, listen_on))
		return tell(app, &place, FOREIGN, false, err);
	return start(app, options, &place, err);
}

static bool
stop(const struct app *app, bool runs, const struct broker_alive *alive, struct err *err)
{
	if (!runs)
		return err_set(err, &e_none,
			"no broker runs that was started from this state directory");
	if (!app->dry_run &&
		!broker_stop_other(app->state_directory, alive, app->cancel, err))
		return false;
	if (app->json)
		event_print("message", NULL,
			json_pack("{s:s, s:i}", "text",
				app->dry_run ? "the broker would be ended"
					     : "broker ended",
				"port", alive->port));
	else if (!app->quiet)
		printf("The broker on port %u %s.\n", alive->port,
			app->dry_run ? "would be ended" : "has ended");
	return true;
}

static bool
check_listen(const char *text, struct err *err)
{
	struct in_addr address;

	if (inet_pton(AF_INET, text, &address) != 1)
		return err_set(err, &err_usage, "--listen takes an IPv4 address");
	return network_has_address(address) ||
		err_set(err, &e_not_ours, "this computer has no address %s", text);
}

static bool
broker(struct app *app, const struct options *options, struct err *err)
{
	const char *listen_on = option_value(options, "listen");
	struct broker_alive alive = { 0 };
	bool runs = broker_runs_here(app->state_directory, &alive);

	if (listen_on != NULL && !check_listen(listen_on, err))
		return false;
	if (option_given(options, "stop"))
		return stop(app, runs, &alive, err);
	return runs ? use_ours(app, options, &alive, err)
		    : use_or_start(app, options, err);
}

const struct command cmd_broker = {
	.name = "broker",
	.arguments = "",
	.summary = "run a local MQTT broker and say what to enter",
	.options = options_of_broker,
	.run = broker,
};
