/* serve: the firmware server alone. Shows where a file can be fetched, and who fetches. */
/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/memory.h"
#include "base/text.h"
#include "cmd/command.h"
#include "firmware/accept.h"
#include "firmware/image.h"
#include "flash/image_server.h"
#include "fleet/event.h"
#include "host/interfaces.h"

#define LOOK_EVERY_MS 200

/* A line per tenth of the image; a device needs half a minute for all of it. */
#define PROGRESS_STEPS 10

/* What has been told about one who fetches. */
struct told {
	unsigned connections;
	uint64_t steps;
	bool complete;
	int result;
	uint64_t strangers;
};

struct serve {
	const struct app *app;
	struct image_server *server;
	const struct image *image;
	struct offer *offer;
	struct in_addr peer; /* INADDR_ANY: anybody */
	struct told told[OFFER_VISITORS_MOST];
};

static void
say(const struct serve *serve, const char *device, const char *sentence)
{
	char line[256];

	if (serve->app->json) {
		event_print("message", device, json_pack("{s:s}", "text", sentence));
		return;
	}
	text_printable(line, sizeof line, sentence);
	if (device != NULL)
		printf("%-15s  %s\n", device, line);
	else
		printf("%s\n", line);
	fflush(stdout);
}

static void
tell_progress(
	const struct serve *serve, const char *device, const struct offer_progress *seen)
{
	uint64_t total = serve->image->len;
	unsigned percent = (unsigned)(seen->bytes_served * 100 / total);

	if (serve->app->json)
		event_print("progress", device,
			json_pack("{s:s, s:f, s:I, s:I, s:i}", "step", "download",
				"percent",
				(double)seen->bytes_served * 100 / (double)total, "bytes",
				(json_int_t)seen->bytes_served, "total",
				(json_int_t)total, "connections",
				(int)seen->connections));
	else if (!serve->app->quiet)
		printf("%-15s  %3u %%  %" PRIu64 " of %" PRIu64 " bytes\n", device,
			percent, seen->bytes_served, total);
	fflush(stdout);
}

static void
tell_arrival(const struct serve *serve, const char *device,
	const struct offer_progress *seen, const struct told *told)
{
	char line[192];

	snprintf(line, sizeof line, "%s%s%s%s%s",
		told->connections > 0 ? "connects again" : "connects",
		seen->user_agent[0] != '\0' ? ", program " : "", seen->user_agent,
		seen->asked_id[0] != '\0' ? ", device id " : "", seen->asked_id);
	say(serve, device, line);
}

static void
tell_end(const struct serve *serve, const char *device, const struct offer_progress *seen,
	struct told *told)
{
	char line[128];

	if (seen->complete && !told->complete) {
		told->complete = true;
		say(serve, device, "has fetched all of it");
	}
	if (seen->result != told->result) {
		told->result = seen->result;
		snprintf(line, sizeof line, "reports %d: %s", seen->result,
			seen->result == 0 ? "the image is written and checked"
					  : "it did not take the image");
		say(serve, device, line);
	}
}

static void
tell_strangers(
	const struct serve *serve, const struct offer_progress *seen, struct told *told)
{
	char address[INET_ADDRSTRLEN];

	if (seen->strangers == told->strangers)
		return;
	told->strangers = seen->strangers;
	inet_ntop(AF_INET, &seen->stranger, address, sizeof address);
	say(serve, address, "is not the one this is offered to: refused");
}

/* Connections are told one by one only up to here: a program may open hundreds. */
#define CONNECTIONS_TOLD 5

static void
tell_changes(
	const struct serve *serve, const struct offer_progress *seen, struct told *told)
{
	uint64_t steps = seen->bytes_served * PROGRESS_STEPS / serve->image->len;
	char device[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &seen->peer, device, sizeof device);
	tell_strangers(serve, seen, told);
	if (seen->connections > told->connections && told->connections < CONNECTIONS_TOLD)
		tell_arrival(serve, device, seen, told);
	told->connections = seen->connections;
	if (steps > told->steps)
		tell_progress(serve, device, seen);
	told->steps = steps;
	tell_end(serve, device, seen, told);
}

static void
watch(struct serve *serve)
{
	struct offer_progress seen;

	for (size_t i = 0; i < OFFER_VISITORS_MOST; i++)
		serve->told[i].result = OFFER_NO_RESULT;
	do
		for (size_t i = 0; offer_look_at(serve->offer, i, &seen); i++)
			tell_changes(serve, &seen, &serve->told[i]);
	while (clock_pause(LOOK_EVERY_MS, serve->app->cancel));
}

static void
tell_methods(const struct serve *serve)
{
	OWN(buf) line = BUF_UP_TO(512);
	struct err err = { 0 };

	for (const char *const *method = accept_methods; *method != NULL; method++)
		if (accept_image(serve->image, *method, NULL, NULL, &err))
			buf_addf(&line, "%s%s",
				line.len > 0 ? ", " : "Methods that take it: ", *method);
	if (line.len == 0)
		buf_addf(&line, "Warning: no flash method takes this file: %s", err.text);
	say(serve, NULL, buf_text(&line));
}

/* Any file is served, since a person asks for it; but what is odd about it is said. */
static void
tell_doubts(const struct serve *serve)
{
	const struct image *image = serve->image;
	char line[256];

	for (unsigned i = 0; i < image->flaw_count; i++) {
		snprintf(line, sizeof line, "Warning: %s (%s)", image->flaws[i].text,
			image->flaws[i].code->name);
		say(serve, NULL, line);
	}
	tell_methods(serve);
}

static void
tell_image(const struct serve *serve)
{
	const struct image *image = serve->image;
	char size[32];

	if (serve->app->json) {
		event_print("message", NULL,
			json_pack("{s:s, s:s, s:I, s:s, s:s, s:s}", "text", "serving",
				"file", image->name, "bytes", (json_int_t)image->len,
				"sha256", image->sha256, "program", image->program,
				"version", image->version));
		return;
	}
	printf("Serving %s, %zu bytes (%s)%s%s %s\n", image->name, image->len,
		text_size(size, sizeof size, image->len),
		image->program[0] != '\0' ? ": " : "", image->program, image->version);
	printf("SHA-256 %s\n", image->sha256);
}

static void
tell_url(const struct serve *serve, struct in_addr own, const char *interface)
{
	OWN_STR url = offer_url(serve->offer, own);

	if (serve->app->json)
		event_print("message", NULL,
			json_pack("{s:s, s:s, s:s}", "text", "reachable", "url", url,
				"interface", interface));
	else
		printf("  %s  (%s)\n", url, interface);
}

/* For one device its own way, proved; for anybody every interface. */
static bool
tell_urls(const struct serve *serve, struct err *err)
{
	struct interface interfaces[INTERFACES_MOST];
	size_t count = interfaces_list(interfaces);
	char warning[REACH_TEXT_SIZE] = "";
	struct in_addr own;

	if (serve->peer.s_addr != INADDR_ANY) {
		if (!image_server_prove(serve->server, serve->peer, &own, warning, err))
			return false;
		tell_url(serve, own, "towards this device");
	} else {
		for (size_t i = 0; i < count; i++)
			tell_url(serve, interfaces[i].address, interfaces[i].name);
	}
	if (warning[0] != '\0')
		say(serve, NULL, warning);
	if (!serve->app->json && !serve->app->quiet)
		puts("Whoever fetches is shown here. Ctrl-C ends it.");
	fflush(stdout);
	return true;
}

static bool
offer_and_watch(struct serve *serve, struct err *err)
{
	bool ok;

	serve->offer = image_server_offer(serve->server, serve->image, serve->peer);
	tell_image(serve);
	tell_doubts(serve);
	ok = tell_urls(serve, err);
	if (ok)
		watch(serve);
	offer_close(serve->offer);
	return ok;
}

static bool
read_peer(const char *text, struct in_addr *out, struct err *err)
{
	out->s_addr = INADDR_ANY;
	if (text == NULL || inet_pton(AF_INET, text, out) == 1)
		return true;
	return err_set(err, &err_usage, "--peer takes an IPv4 address, not '%s'", text);
}

static bool
serve(struct app *app, const struct options *options, struct err *err)
{
	struct serve serve = { .app = app };
	OWN_NEW(image) image = NULL;
	OWN_NEW(image_server) server = NULL;
	int64_t port;

	if (!option_number(options, "port", 0, 65535, 0, &port, err) ||
		!read_peer(option_value(options, "peer"), &serve.peer, err) ||
		(image = image_open(options->argv[0], err)) == NULL ||
		(server = image_server_new((uint16_t)port, err)) == NULL)
		return false;
	serve.image = image;
	serve.server = server;
	return offer_and_watch(&serve, err);
}

static const struct option_spec options[] = {
	{ 'p', "port", "N", "listen on this port instead of any free one" },
	{ 0, "peer", "IP", "only this device may fetch" },
	{ 0 },
};

const struct command cmd_serve = {
	.name = "serve",
	.arguments = "FILE",
	.summary = "serve a firmware file to devices, and show who fetches it",
	.least_operands = 1,
	.most_operands = 1,
	.options = options,
	.run = serve,
};
