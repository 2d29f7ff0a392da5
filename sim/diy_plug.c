/* The life of a simulated device with the vendor's firmware: a single-threaded API server
 * that does one thing at a time, then perhaps a new firmware. */
/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"
#include "sim/boot.h"
#include "sim/diy_api.h"
#include "sim/downloader.h"
#include "sim/plug.h"
#include "sim/presence.h"
#include "sim/stream.h"

enum {
	GAP_MS = 200, /* between two connections; one that comes earlier is reset */
	RESET_MS =
		50, /* a connection that will be reset is left open this long at most */
	REQUEST_MS = 5000, /* for a request to arrive whole */
	SEND_MS = 5000,
	REJOIN_MS = 1500, /* off the network while it changes to another one */
	SOCKET_RETRY_MS = 200,
	IDLE_MS = 60000
};

/* The conversation the device is in; a second one is reset while it lasts. */
struct talk {
	struct plug *plug;
	int listener;
	int fd;
	bool split; /* the request came in more than one piece */
};

static void
turn_away(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd >= 0)
		stream_reset(fd);
}

/* Waits for bytes or the end of the conversation's peer and turns others away meanwhile. */
static bool
wait_alone(const struct talk *talk, struct deadline until)
{
	struct pollfd both[] = { { .fd = talk->fd, .events = POLLIN },
		{ .fd = talk->listener, .events = POLLIN } };

	while (!cancel_asked(&talk->plug->world->cancel) && !deadline_passed(until)) {
		if (!plug_wait(talk->plug, talk->fd, talk->listener, until))
			continue;
		poll(both, COUNT_OF(both), 0);
		if (both[1].revents != 0)
			turn_away(talk->listener);
		if (both[0].revents != 0)
			return true;
	}
	return false;
}

/* False when the peer has gone, or sent what nobody understands: *state says which. */
static bool
hear(struct talk *talk, char bytes[REQUEST_BYTES_MOST], struct http_request *request,
	enum request_state *state)
{
	struct deadline until = deadline_in(REQUEST_MS);
	size_t len = 0;

	*state = REQUEST_PARTIAL;
	while (*state == REQUEST_PARTIAL) {
		ssize_t got;

		if (!wait_alone(talk, until))
			return false;
		got = recv(talk->fd, bytes + len, REQUEST_BYTES_MOST - len, 0);
		if (got <= 0)
			return false;
		talk->split = len > 0;
		len += (size_t)got;
		*state = http_request_read(bytes, len, request);
	}
	return *state == REQUEST_WHOLE;
}

/* Keeps the connection open without a byte until the peer gives up or time is over. */
static void
keep_silent(const struct talk *talk, int64_t ms)
{
	struct deadline until = deadline_in(ms);
	char rest[256];

	while (wait_alone(talk, until) && recv(talk->fd, rest, sizeof rest, 0) > 0)
		continue;
}

/* Some firmware answers ota_flash only when all is over. */
static void
sit_out_download(const struct talk *talk)
{
	char rest[256];
	bool gone = false;

	while (download_is_running(talk->plug) &&
		!cancel_asked(&talk->plug->world->cancel)) {
		if (gone)
			clock_pause(CANCEL_SLICE_MS, &talk->plug->world->cancel);
		else if (wait_alone(talk, deadline_in(CANCEL_SLICE_MS)))
			gone = recv(talk->fd, rest, sizeof rest, 0) <= 0;
	}
}

static void
send_text(const struct talk *talk, const char *status, const char *type, const char *body)
{
	OWN(buf) text = BUF_UP_TO(16 * 1024);

	buf_addf(&text,
		"HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
		"Connection: close\r\n\r\n%s",
		status, type, strlen(body), body);
	stream_send(talk->fd, text.data, text.len, deadline_in(SEND_MS),
		&talk->plug->world->cancel);
}

static void
say(const struct talk *talk, const struct answer *answer)
{
	OWN_STR text = NULL;

	if (answer->delay_ms > 0)
		keep_silent(talk, answer->delay_ms);
	switch (answer->kind) {
	case ANSWER_JSON:
		text = api_write(talk->plug, answer);
		send_text(talk, "200 OK", "application/json; charset=utf-8", text);
		break;
	case ANSWER_PAGE:
		send_text(talk, "404 Not Found", "text/html",
			"<html><body><h1>404 Not Found</h1></body></html>");
		break;
	case ANSWER_SILENCE:
		keep_silent(talk, talk->plug->world->silence_ms);
		break;
	case ANSWER_EMPTY:
		break;
	}
}

static void
note(const struct talk *talk, const struct http_request *request,
	const struct answer *answer)
{
	static const char *const kinds[] = { [ANSWER_JSON] = "json",
		[ANSWER_PAGE] = "page",
		[ANSWER_SILENCE] = "silence",
		[ANSWER_EMPTY] = "empty" };
	char target[256];
	OWN_STR what = NULL;

	text_printable(target, sizeof target, request->target);
	what = xasprintf("%s %s", request->method, target);
	world_tell(talk->plug->world, "heard", talk->plug->id, "{s:s,s:s,s:i,s:b}",
		"what", what, "answer", kinds[answer->kind], "error", answer->error,
		"split", talk->split);
}

static void
converse(struct talk *talk)
{
	char bytes[REQUEST_BYTES_MOST];
	struct http_request request;
	enum request_state state;
	struct answer answer;
	struct plug *plug = talk->plug;

	if (!hear(talk, bytes, &request, &state)) {
		if (state == REQUEST_BAD)
			world_tell(plug->world, "heard", plug->id, "{s:s,s:s}", "what",
				"garbage", "answer", "empty");
		return;
	}
	api_decide(plug, &request, &answer);
	note(talk, &request, &answer);
	if (answer.start_download)
		download_start(plug);
	if (answer.download_first) {
		sit_out_download(talk);
		answer.error = download_outcome(plug);
	}
	say(talk, &answer);
	if (answer.leave_network)
		plug->away_until = deadline_in(REJOIN_MS);
	answer_clear(&answer);
}

/* One connection: too early, or one of those a fault resets, and it is gone. */
static void
receive(struct plug *plug, int listener, struct deadline *next)
{
	struct talk talk = { .plug = plug, .listener = listener };
	const struct fault_set *faults = &plug->faults;
	bool early;

	talk.fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (talk.fd < 0)
		return;
	plug->connections++;
	early = !deadline_passed(*next);
	if (early ||
		(faults->has[FAULT_RESET] &&
			plug->connections <= faults->point[FAULT_RESET])) {
		/* The peer has its request on the way when it meets the reset. */
		wait_alone(&talk, deadline_in(RESET_MS));
		world_tell(plug->world, "reset", plug->id, "{s:s}", "why",
			early ? "too early" : "fault");
		stream_reset(talk.fd);
		return;
	}
	converse(&talk);
	shutdown(talk.fd, SHUT_RDWR);
	close(talk.fd);
	*next = deadline_in(GAP_MS);
}

static void
end_pulse(struct plug *plug)
{
	if (!plug->pulse_running || !deadline_passed(plug->pulse_until))
		return;
	monitor_enter(&plug->door);
	plug->pulse_running = false;
	plug->state.on[0] = false;
	monitor_leave(&plug->door);
	presence_changed(plug);
}

static enum plug_phase
phase_of(struct plug *plug)
{
	enum plug_phase phase;

	monitor_enter(&plug->door);
	phase = plug->phase;
	monitor_leave(&plug->door);
	return phase;
}

/* Answers on the address of the moment until something makes it leave. */
static void
serve(struct plug *plug, int listener)
{
	struct deadline next = deadline_in(0);
	const struct cancel *cancel = &plug->world->cancel;

	while (!cancel_asked(cancel) && phase_of(plug) == PHASE_STOCK &&
		deadline_passed(plug->away_until)) {
		end_pulse(plug);
		if (plug_wait(plug, listener, -1,
			    plug->pulse_running ? plug->pulse_until
						: deadline_in(IDLE_MS)))
			receive(plug, listener, &next);
	}
}

/* Opens the API port; the address may still be coming up. -1 when the world ends. */
static int
open_api(struct plug *plug)
{
	struct err err = { 0 };
	int listener;

	while ((listener = stream_listen(
			plug_address(plug), plug->world->api_port, &err)) < 0) {
		world_tell(plug->world, "error", plug->id, "{s:s}", "text", err.text);
		if (!clock_pause(SOCKET_RETRY_MS, &plug->world->cancel))
			return -1;
	}
	return listener;
}

static void
be_stock(struct plug *plug)
{
	struct world *world = plug->world;
	int listener = plug->listener;

	plug->listener = -1;
	while (!cancel_asked(&world->cancel) && phase_of(plug) != PHASE_FLASHED) {
		if (listener < 0 && (listener = open_api(plug)) < 0)
			return;
		serve(plug, listener);
		close(listener);
		listener = -1;
		monitor_enter(&plug->door);
		if (plug->phase == PHASE_MOVING)
			plug->phase = PHASE_STOCK;
		monitor_leave(&plug->door);
		if (!deadline_passed(plug->away_until)) {
			clock_pause(deadline_left_ms(plug->away_until), &world->cancel);
			presence_changed(plug);
		}
	}
}

/* The verdict is posted; the device restarts into what it has been given. */
static void
restart(struct plug *plug)
{
	struct world *world = plug->world;
	struct err err = { 0 };
	char sha256[65];

	download_join(plug);
	flash_put_in_place(&plug->flash, plug->image_bytes);
	flash_sha256(&plug->flash, 0, plug->image_bytes, sha256);
	if (world->presence != NULL)
		presence_leave(world->presence, plug);
	if (world->flash_dir != NULL &&
		!flash_save(&plug->flash, world->flash_dir, plug->id, &err))
		world_tell(world, "error", plug->id, "{s:s}", "text", err.text);
	world_tell(world, "flashed", plug->id, "{s:s,s:i}", "sha256", sha256, "bytes",
		(int)plug->image_bytes);
	boot_live(plug);
}

void *
plug_live(void *context)
{
	struct plug *plug = context;

	be_stock(plug);
	if (!cancel_asked(&plug->world->cancel))
		restart(plug);
	download_join(plug);
	return NULL;
}
