/* broker: a local Mosquitto with a generated configuration, and what to enter where. */
/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <stdio.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "cmd/command.h"
#include "fleet/event.h"
#include "host/broker.h"
#include "host/interfaces.h"

enum { PORT = 1883, WATCH_MS = 200, PASSWORD_MOST = 256 };

static const struct option_spec options_of_broker[] = {
	{ 'p', "port", "N", "port of the broker (default 1883)" },
	{ 0, "listen", "ADDRESS", "listen on this address only (default: all)" },
	{ 'b', "background", NULL, "leave it running and return" },
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

static bool
tell(const struct app *app, const struct broker_place *place, const char *listen_on,
	bool runs_already, bool show, struct err *err)
{
	if (app->json) {
		event_print("message", NULL,
			json_pack("{s:s, s:i, s:s, s:s, s:b}", "text",
				runs_already ? "a broker runs already" : "broker started",
				"port", place->port, "user", place->user, "password_file",
				place->password_path, "started", !runs_already));
		return true;
	}
	if (runs_already)
		printf("A broker answers on port %u of this computer already: using it.\n"
		       "Its users and passwords are its own.\n",
			place->port);
	else
		printf("The broker runs. Enter this in devices and programs:\n");
	print_addresses(listen_on);
	printf("  port      %u\n", place->port);
	if (runs_already)
		return true;
	printf("  user      %s\n", place->user);
	return print_password(place, show, err);
}

static bool
watch(const struct app *app, const struct broker_place *place, pid_t pid)
{
	if (!app->json && !app->quiet) {
		printf("\nIt runs until you press Ctrl-C; \"airlift monitor\" shows what is "
		       "said.\n");
		fflush(stdout);
	}
	while (clock_pause(WATCH_MS, app->cancel))
		if (!broker_is_running(place->port))
			break;
	broker_stop(pid);
	return cancel_asked(app->cancel);
}

static const struct err_code e_ended = { "E-BROKER-ENDED", ERR_SYSTEM,
	"Read mosquitto.log in the state directory's folder \"broker\"." };

static bool
run_broker(struct app *app, const struct options *options, struct broker_place *place,
	struct err *err)
{
	const char *listen_on = option_value(options, "listen");
	bool show = option_given(options, "show-password");
	bool stays = option_given(options, "background");
	bool runs_already = broker_is_running(place->port);
	pid_t pid = 0;

	if (!runs_already && !app->dry_run &&
		!broker_start(place, stays, &pid, app->cancel, err))
		return false;
	if (!tell(app, place, listen_on, runs_already, show, err))
		return false;
	if (runs_already || stays || app->dry_run)
		return true;
	return watch(app, place, pid) ||
		err_set(err, &e_ended, "the broker ended by itself");
}

static bool
broker(struct app *app, const struct options *options, struct err *err)
{
	OWN(broker_place) place = { 0 };
	const char *listen_on = option_value(options, "listen");
	struct in_addr address;
	int64_t port;

	if (!option_number(options, "port", 1, 65535, PORT, &port, err))
		return false;
	if (listen_on != NULL && inet_pton(AF_INET, listen_on, &address) != 1)
		return err_set(err, &err_usage, "--listen takes an IPv4 address");
	return broker_prepare(app->state_directory, BROKER_USER, (uint16_t)port,
		       listen_on, &place, err) &&
		run_broker(app, options, &place, err);
}

const struct command cmd_broker = {
	.name = "broker",
	.arguments = "",
	.summary = "run a local MQTT broker and say what to enter",
	.options = options_of_broker,
	.run = broker,
};
