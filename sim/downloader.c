/* The stock firmware's downloader, with its limits: what a server does beyond them is a
 * failed download, exactly as on the device. */
/* SPDX-License-Identifier: MIT */
#include "sim/downloader.h"

#include <arpa/inet.h>
#include <gnutls/crypto.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "net/socket.h"
#include "sim/download_answer.h"
#include "sim/presence.h"
#include "sim/resolve.h"
#include "sim/stream.h"

enum {
	START_MS = 50, /* from the answer of ota_flash to the first connection */
	ANSWER_MS = 10000, /* one answer, whole */
	WHOLE_MS = 180000, /* all of the download */
	RECONNECTS = 3, /* after 1 s, 2 s, 3 s; the next loss ends it */
	POST_MS = 10000,
	REQUEST_ROOM = 512, /* the firmware builds its request in this much */
	SLOWNESS = 10
};

/* What the result POST says. */
enum verdict { VERDICT_GOOD = 0, VERDICT_FAILED = 404, VERDICT_DIGEST = 409 };

struct download {
	struct plug *plug;
	struct download_order order;
	struct sockaddr_in server;
	int fd; /* -1: not connected */
	unsigned losses;
	struct deadline whole;
	uint32_t got; /* bytes in flash */
	uint32_t size; /* 0: not known yet */
	bool dropped, moved, flipped; /* faults happen once */
	bool timed_out;
	bool too_big;
};

enum step_result { STEP_GOOD, STEP_LOST, STEP_FAILED };

static const struct cancel *
cancel_of(const struct download *d)
{
	return &d->plug->world->cancel;
}

static void
hang_up(struct download *d)
{
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
}

static bool
has_reached(const struct download *d, enum fault_kind fault)
{
	return d->plug->faults.has[fault] && d->size > 0 &&
		(int64_t)d->got * 100 >= d->plug->faults.point[fault] * d->size;
}

/* Another lease: the connection is gone, and everything answers elsewhere from now on. */
static void
move(struct download *d)
{
	struct plug *plug = d->plug;
	char text[INET_ADDRSTRLEN];

	monitor_enter(&plug->door);
	plug->address.s_addr ^= htonl(0x8000);
	plug->phase = PHASE_MOVING;
	inet_ntop(AF_INET, &plug->address, text, sizeof text);
	monitor_leave(&plug->door);
	d->moved = true;
	plug_ring(plug);
	world_tell(plug->world, "moved", plug->id, "{s:s}", "address", text);
	presence_changed(plug);
}

/* Faults between two chunks. False when the world ends or the time of all is over. */
static bool
meet_faults(struct download *d)
{
	if (has_reached(d, FAULT_DROP) && !d->dropped) {
		d->dropped = true;
		world_tell(d->plug->world, "dropped", d->plug->id, "{s:i}", "bytes",
			(int)d->got);
		if (d->fd >= 0)
			stream_reset(d->fd);
		d->fd = -1;
		d->losses++;
	}
	if (has_reached(d, FAULT_ADDRESS_CHANGE) && !d->moved) {
		hang_up(d);
		d->losses++;
		move(d);
	}
	if (has_reached(d, FAULT_STALL)) {
		world_tell(d->plug->world, "stalled", d->plug->id, "{s:i}", "bytes",
			(int)d->got);
		clock_pause(deadline_left_ms(d->whole), cancel_of(d));
		return false;
	}
	return true;
}

/* Connects, after the pause that belongs to the number of losses so far. */
static enum step_result
be_connected(struct download *d)
{
	struct deadline until;

	if (d->fd >= 0)
		return STEP_GOOD;
	if (d->losses > 0) {
		if (!clock_pause(1000 * (int64_t)d->losses, cancel_of(d)))
			return STEP_FAILED;
		world_tell(d->plug->world, "reconnects", d->plug->id, "{s:i,s:i}", "try",
			(int)d->losses, "bytes", (int)d->got);
	}
	until = deadline_sooner(d->whole, deadline_in(ANSWER_MS));
	d->fd = stream_connect(plug_address(d->plug), d->server, until, cancel_of(d));
	return d->fd >= 0 ? STEP_GOOD : STEP_LOST;
}

static uint32_t
range_end(const struct download *d)
{
	uint32_t end = d->got + FLASH_SECTOR - 1;

	return d->size > 0 && end >= d->size ? d->size - 1 : end;
}

/* A request as captured from devices: this order, these headers, no others. 0 when it
 * does not fit the firmware's buffer. */
static size_t
write_request(const struct download *d, char out[REQUEST_ROOM])
{
	const char *path = d->order.url.path;
	uint8_t digest[32];
	char sign[65];
	OWN_STR secret = NULL;
	uint32_t ts;
	int len;

	if (d->plug->faults.has[FAULT_NO_SLASH] || d->plug->personality->bare_download) {
		len = snprintf(out, REQUEST_ROOM,
			"GET %s HTTP/1.1\r\nRange: bytes=%u-%u\r\n\r\n", path + 1, d->got,
			range_end(d));
		return len < REQUEST_ROOM ? (size_t)len : 0;
	}
	gnutls_rnd(GNUTLS_RND_NONCE, &ts, sizeof ts);
	secret = xasprintf("%s%u%s", d->plug->id, ts, d->plug->key);
	gnutls_hash_fast(GNUTLS_DIG_SHA256, secret, strlen(secret), digest);
	text_hex(digest, sizeof digest, sign);
	len = snprintf(out, REQUEST_ROOM,
		"GET %s?deviceid=%s&ts=%u&sign=%s HTTP/1.1\r\n"
		"Host: dl.itead.cn\r\nRange: bytes=%u-%u\r\n"
		"User-Agent: itead-device\r\n\r\n",
		path, d->plug->id, ts, sign, d->got, range_end(d));
	return len < REQUEST_ROOM ? (size_t)len : 0;
}

/* Reads until the answer is whole. */
static enum step_result
read_answer(struct download *d, struct download_answer *answer)
{
	struct deadline until = deadline_sooner(d->whole, deadline_in(ANSWER_MS));
	enum answer_state state = ANSWER_PARTIAL;

	answer->len = 0;
	while (state == ANSWER_PARTIAL) {
		ssize_t got;

		if (!socket_wait(d->fd, POLLIN, until, cancel_of(d))) {
			d->timed_out = true;
			return STEP_FAILED;
		}
		got = recv(d->fd, answer->bytes + answer->len,
			sizeof answer->bytes - answer->len, 0);
		if (got <= 0)
			return STEP_LOST;
		answer->len += (size_t)got;
		state = download_answer_read(answer);
	}
	return state == ANSWER_WHOLE ? STEP_GOOD : STEP_FAILED;
}

/* The answer fits the question, and the file fits the flash. */
static bool
is_acceptable(struct download *d, const struct download_answer *answer)
{
	if (d->size == 0)
		d->size = answer->total;
	d->too_big = d->size > DOWNLOAD_BYTES_MOST;
	return !d->too_big && d->size > 0 && answer->total == d->size &&
		answer->body_len == range_end(d) + 1 - d->got &&
		!d->plug->faults.has[FAULT_REFUSE_RANGES];
}

static void
keep(struct download *d, struct download_answer *answer)
{
	char *body = answer->bytes + answer->body_at;

	if (d->plug->faults.has[FAULT_WRONG_DIGEST] && !d->flipped) {
		body[answer->body_len / 2] ^= 0x10;
		d->flipped = true;
	}
	flash_write_sector(
		&d->plug->flash, FLASH_SECOND_HALF + d->got, body, answer->body_len);
	d->got += (uint32_t)answer->body_len;
	world_tell(d->plug->world, "download", d->plug->id, "{s:i,s:i}", "bytes",
		(int)d->got, "of", (int)d->size);
}

static enum step_result
fetch_chunk(struct download *d)
{
	char request[REQUEST_ROOM];
	struct download_answer answer;
	enum step_result result = be_connected(d);
	size_t len = write_request(d, request);

	if (result != STEP_GOOD)
		return result;
	if (len == 0)
		return STEP_FAILED;
	if (!stream_send(d->fd, request, len, deadline_in(ANSWER_MS), cancel_of(d)))
		return STEP_LOST;
	if ((result = read_answer(d, &answer)) != STEP_GOOD)
		return result;
	if (!is_acceptable(d, &answer))
		return STEP_FAILED;
	keep(d, &answer);
	return STEP_GOOD;
}

static bool
pause_for_flash(const struct download *d)
{
	int64_t pace = d->plug->world->pace_ms;

	return clock_pause(
		d->plug->faults.has[FAULT_SLOW] ? SLOWNESS * pace : pace, cancel_of(d));
}

/* All chunks; false when the download has failed for good. */
static bool
fetch_all(struct download *d)
{
	while (d->size == 0 || d->got < d->size) {
		enum step_result result;

		if (!meet_faults(d))
			return false;
		result = fetch_chunk(d);
		if (deadline_passed(d->whole))
			d->timed_out = true;
		if (result == STEP_FAILED || d->timed_out)
			return false;
		if (result == STEP_LOST) {
			hang_up(d);
			if (++d->losses > RECONNECTS)
				return false;
		} else if (!pause_for_flash(d)) {
			return false;
		}
	}
	return true;
}

/* The digest is compared as text: upper-case hexadecimal never matches. */
static enum verdict
judge(const struct download *d)
{
	char sha256[65];

	flash_sha256(&d->plug->flash, FLASH_SECOND_HALF, d->size, sha256);
	return strcmp(sha256, d->order.sha256) == 0 ? VERDICT_GOOD : VERDICT_DIGEST;
}

/* True when something came back: the other end has read it. */
static bool
post_once(struct download *d, const char *text, struct deadline until)
{
	char rest[512];

	if (d->fd < 0)
		d->fd = stream_connect(
			plug_address(d->plug), d->server, until, cancel_of(d));
	return d->fd >= 0 &&
		stream_send(d->fd, text, strlen(text), until, cancel_of(d)) &&
		socket_wait(d->fd, POLLIN, until, cancel_of(d)) &&
		recv(d->fd, rest, sizeof rest, 0) > 0;
}

/* On the same connection, or on a new one where the server has closed that. What the
 * answer says does not matter. */
static void
post(struct download *d, enum verdict verdict)
{
	struct deadline until = deadline_in(POST_MS);
	char body[32], text[256];
	bool had_connection = d->fd >= 0;

	snprintf(body, sizeof body, "{\"error\":%d}", (int)verdict);
	snprintf(text, sizeof text,
		"POST /api/device/otaFlash HTTP/1.1\r\nHost: dl.itead.cn\r\n"
		"Content-Length: %zu\r\n\r\n%s",
		strlen(body), body);
	if (!post_once(d, text, until) && had_connection) {
		hang_up(d);
		post_once(d, text, until);
	}
}

/* Tells the server and the tests; a good verdict ends the stock firmware's life. */
static void
conclude(struct download *d, enum verdict verdict)
{
	struct plug *plug = d->plug;

	if (!plug->faults.has[FAULT_NO_POST])
		post(d, verdict);
	hang_up(d);
	world_tell(plug->world, "verdict", plug->id, "{s:i,s:i,s:i}", "error",
		(int)verdict, "bytes", (int)d->got, "reconnects", (int)d->losses);
	monitor_enter(&plug->door);
	plug->downloading = false;
	plug->late_error = d->too_big				   ? 413
		: verdict == VERDICT_DIGEST			   ? 471
		: verdict == VERDICT_GOOD			   ? 0
		: d->timed_out || plug->personality->bare_download ? 408
								   : 424;
	plug->image_bytes = d->size;
	if (verdict == VERDICT_GOOD)
		plug->phase = PHASE_FLASHED;
	monitor_leave(&plug->door);
	plug_ring(plug);
}

static void *
run(void *context)
{
	struct plug *plug = context;
	struct download d = { .plug = plug, .fd = -1, .order = plug->order };
	enum verdict verdict = VERDICT_FAILED;

	clock_pause(START_MS, &plug->world->cancel);
	d.whole = deadline_in(WHOLE_MS);
	if (!plug->faults.has[FAULT_NO_DOWNLOAD] &&
		resolve_unicast(d.order.url.host, d.order.url.port, &d.server)) {
		if (fetch_all(&d))
			verdict = judge(&d);
		if (!cancel_asked(&plug->world->cancel)) {
			conclude(&d, verdict);
			return NULL;
		}
	}
	hang_up(&d);
	monitor_enter(&plug->door);
	plug->downloading = false;
	plug->late_error = 424;
	monitor_leave(&plug->door);
	return NULL;
}

void
download_start(struct plug *plug)
{
	download_join(plug);
	monitor_enter(&plug->door);
	plug->downloading = true;
	plug->download_thread_is_set = thread_start(&plug->download_thread, run, plug);
	if (!plug->download_thread_is_set)
		plug->downloading = false;
	monitor_leave(&plug->door);
}

bool
download_is_running(struct plug *plug)
{
	bool running;

	monitor_enter(&plug->door);
	running = plug->downloading;
	monitor_leave(&plug->door);
	return running;
}

int
download_outcome(struct plug *plug)
{
	int error;

	monitor_enter(&plug->door);
	error = plug->late_error;
	monitor_leave(&plug->door);
	return error;
}

void
download_join(struct plug *plug)
{
	if (!plug->download_thread_is_set)
		return;
	pthread_join(plug->download_thread, NULL);
	plug->download_thread_is_set = false;
}
