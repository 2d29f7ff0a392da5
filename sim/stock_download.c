/* The stock firmware's downloaders. What a browser would forgive, and what comes faster
 * than flash can be written, is a failed download. */
/* SPDX-License-Identifier: MIT */
#include "sim/stock_download.h"

#include <ctype.h>
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
#include "sim/resolve.h"
#include "sim/stream.h"

enum {
	ANSWER_MS = 10000, /* one answer, from its first fragment */
	CONNECT_MS = 10000,
	WHOLE_MS = 180000, /* all of the download */
	RECONNECTS = 3, /* after 1, 2 and 3 s */
	REQUEST_ROOM = 512,
	SLICE_MS = 1000, /* between two looks at the websocket */
	SEGMENT_BYTES = 1460,
	/* How far the writing of a whole file may lag behind what has come in. */
	LAG_BYTES = 8192
};

struct download {
	struct stock *stock;
	const struct stock_pastime *pastime;
	struct stock_url url;
	struct sockaddr_in server;
	struct deadline whole;
	uint32_t slot_at; /* where it is written */
	int fd; /* -1: not connected */
	unsigned losses;
	uint32_t got, size; /* 0: not known yet */
};

enum step { STEP_GOOD, STEP_LOST, STEP_FAILED };

static const struct cancel *
cancel_of(const struct download *d)
{
	return &d->stock->world->cancel;
}

static void
hang_up(struct download *d)
{
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
}

/* Waits for bytes and lets the websocket live meanwhile. */
static bool
wait_for_bytes(struct download *d, struct deadline until)
{
	while (!deadline_passed(until) && !cancel_asked(cancel_of(d))) {
		struct deadline slice = deadline_sooner(until, deadline_in(SLICE_MS));

		if (socket_wait(d->fd, POLLIN, slice, cancel_of(d)))
			return true;
		d->pastime->pass(d->pastime->context);
	}
	return false;
}

/* Of the next range. */
static uint32_t
wanted(const struct download *d)
{
	return d->size > 0 && d->size - d->got < FLASH_SECTOR ? d->size - d->got
							      : FLASH_SECTOR;
}

/* The same sequence after each boot, as on the device. 0 when it does not fit. */
static size_t
write_request(struct download *d, char out[REQUEST_ROOM])
{
	const struct stock *stock = d->stock;
	uint32_t ts = stock_random(d->stock, UINT32_MAX);
	OWN_STR secret = xasprintf("%s%u%s", stock->id, ts, stock->key);
	char sign[65], range[64] = "";
	uint8_t digest[32];
	int len;

	gnutls_hash_fast(GNUTLS_DIG_SHA256, secret, strlen(secret), digest);
	text_hex(digest, sizeof digest, sign);
	if (!stock->personality->whole_file)
		snprintf(range, sizeof range, "Range: bytes=%u-%u\r\n", d->got,
			d->got + wanted(d) - 1);
	len = snprintf(out, REQUEST_ROOM,
		"GET %s?deviceid=%s&ts=%u&sign=%s HTTP/1.1\r\nHost: dl.itead.cn\r\n"
		"%sUser-Agent: itead-device\r\n\r\n",
		d->url.path, stock->id, ts, sign, range);
	return len < REQUEST_ROOM ? (size_t)len : 0;
}

static void
keep(struct download *d, const char *bytes, size_t len)
{
	flash_program(&d->stock->board.flash, d->slot_at + d->got, bytes, len);
	d->got += (uint32_t)len;
	world_tell(d->stock->world, "download", d->stock->id, "{s:i,s:i}", "bytes",
		(int)d->got, "of", (int)d->size);
}

static bool
has_reached(const struct download *d, enum stock_fault fault)
{
	return d->stock->faults.has[fault] && d->size > 0 &&
		(int64_t)d->got * 100 >= d->stock->faults.point[fault] * d->size;
}

/* Faults between two pieces. False when the download is over. */
static bool
meet_faults(struct download *d)
{
	struct stock *stock = d->stock;

	if (has_reached(d, STOCK_DROP) && stock_fault_strikes(stock, STOCK_DROP, 1)) {
		world_tell(stock->world, "dropped", stock->id, "{s:i}", "bytes",
			(int)d->got);
		if (d->fd >= 0)
			stream_reset(d->fd);
		d->fd = -1;
		d->losses++;
	}
	if (has_reached(d, STOCK_STALL) && stock_fault_strikes(stock, STOCK_STALL, 1)) {
		world_tell(stock->world, "stalled", stock->id, "{s:i}", "bytes",
			(int)d->got);
		while (!deadline_passed(d->whole) && clock_pause(SLICE_MS, cancel_of(d)))
			d->pastime->pass(d->pastime->context);
		return false;
	}
	return d->got == 0 ||
		!stock_fault_strikes(
			stock, STOCK_REPORT_404, stock->faults.point[STOCK_REPORT_404]);
}

static enum step
be_connected(struct download *d)
{
	struct deadline until = deadline_sooner(d->whole, deadline_in(CONNECT_MS));

	if (d->fd >= 0)
		return STEP_GOOD;
	if (d->losses > 0) {
		if (!stock_pause(d->stock, 1000 * (int64_t)d->losses))
			return STEP_FAILED;
		world_tell(d->stock->world, "reconnects", d->stock->id, "{s:i,s:i}",
			"try", (int)d->losses, "bytes", (int)d->got);
	}
	d->fd = stream_connect(d->stock->address, d->server, until, cancel_of(d));
	return d->fd >= 0 ? STEP_GOOD : STEP_LOST;
}

/* The server may be silent as long as the whole download may take; once it has begun it
 * has ten seconds. */
static enum step
read_answer(struct download *d, struct download_answer *answer)
{
	struct deadline until = d->whole;
	enum answer_state state = ANSWER_PARTIAL;

	answer->len = 0;
	while (state == ANSWER_PARTIAL) {
		ssize_t got;

		if (!wait_for_bytes(d, until))
			return STEP_FAILED;
		got = recv(d->fd, answer->bytes + answer->len,
			sizeof answer->bytes - answer->len, 0);
		if (got <= 0)
			return STEP_LOST;
		if (answer->len == 0)
			until = deadline_sooner(d->whole, deadline_in(ANSWER_MS));
		answer->len += (size_t)got;
		state = download_answer_read(answer);
	}
	return state == ANSWER_WHOLE ? STEP_GOOD : STEP_FAILED;
}

static enum step
fetch_range(struct download *d)
{
	char request[REQUEST_ROOM];
	struct download_answer answer;
	enum step step = be_connected(d);
	size_t len;

	if (step != STEP_GOOD)
		return step;
	if ((len = write_request(d, request)) == 0)
		return STEP_FAILED;
	if (!stream_send(d->fd, request, len, deadline_in(ANSWER_MS), cancel_of(d)))
		return STEP_LOST;
	if ((step = read_answer(d, &answer)) != STEP_GOOD)
		return step;
	if (d->size == 0)
		d->size = answer.total;
	if (d->size == 0 || d->size > STOCK_IMAGE_MOST || answer.total != d->size ||
		answer.body_len != wanted(d))
		return STEP_FAILED;
	keep(d, answer.bytes + answer.body_at, answer.body_len);
	return STEP_GOOD;
}

static bool
fetch_ranges(struct download *d)
{
	while (d->size == 0 || d->got < d->size) {
		enum step step;

		if (!meet_faults(d))
			return false;
		step = fetch_range(d);
		if (step == STEP_FAILED || deadline_passed(d->whole))
			return false;
		if (step == STEP_LOST) {
			hang_up(d);
			if (++d->losses > RECONNECTS)
				return false;
		} else if (!clock_pause(d->stock->world->pace_ms, cancel_of(d))) {
			return false;
		}
		d->pastime->pass(d->pastime->context);
	}
	return true;
}

/* Length of the head with its blank line, 0 while it is not whole; -1: not usable. */
static int
read_whole_head(const char *bytes, size_t len, uint32_t *size)
{
	static const char status[] = "HTTP/1.1 200 OK", header[] = "Content-Length: ";
	const char *blank = memmem(bytes, len, "\r\n\r\n", 4), *length;

	if (blank == NULL)
		return len < DOWNLOAD_HEAD_MOST ? 0 : -1;
	length = memmem(bytes, (size_t)(blank - bytes), header, strlen(header));
	if (memcmp(bytes, status, strlen(status)) != 0 || length == NULL ||
		!isdigit((unsigned char)length[strlen(header)]))
		return -1;
	*size = (uint32_t)strtoul(length + strlen(header), NULL, 10);
	if (*size == 0 || *size > STOCK_IMAGE_MOST ||
		memmem(bytes, (size_t)(blank - bytes), "chunked", 7) != NULL)
		return -1;
	return (int)(blank + 4 - bytes);
}

/* The device erases and writes while bytes come in, and has little room for those. */
struct lag {
	int64_t at_ms;
	int64_t bytes;
};

static bool
can_take(const struct download *d, struct lag *lag, size_t len)
{
	int64_t now = clock_steady_ms(), written;

	written = (now - lag->at_ms) * d->stock->personality->bytes_per_second / 1000;
	if (d->stock->faults.has[STOCK_SLOW_FLASH])
		written /= 2;
	lag->bytes = lag->bytes > written ? lag->bytes - written : 0;
	lag->bytes += (int64_t)len;
	lag->at_ms = now;
	return lag->bytes <= LAG_BYTES;
}

/* Head and perhaps the first bytes; more than two segments at once overrun it. */
static bool
begin_whole(struct download *d, struct lag *lag)
{
	char bytes[DOWNLOAD_HEAD_MOST + 2 * SEGMENT_BYTES + 1];
	size_t len = 0;
	int head = 0;

	while (head == 0) {
		ssize_t got;

		if (!wait_for_bytes(d, d->whole))
			return false;
		got = recv(d->fd, bytes + len, sizeof bytes - 1 - len, 0);
		if (got <= 0)
			return false;
		len += (size_t)got;
		bytes[len] = '\0';
		head = read_whole_head(bytes, len, &d->size);
	}
	if (head < 0 || len > 2 * SEGMENT_BYTES || len - (size_t)head > d->size)
		return false;
	*lag = (struct lag){ clock_steady_ms(), (int64_t)len };
	keep(d, bytes + head, len - (size_t)head);
	return true;
}

static bool
fetch_whole(struct download *d)
{
	char request[REQUEST_ROOM], bytes[LAG_BYTES + 1];
	size_t len = write_request(d, request);
	struct lag lag;

	if (len == 0 || be_connected(d) != STEP_GOOD ||
		!stream_send(d->fd, request, len, deadline_in(ANSWER_MS), cancel_of(d)) ||
		!begin_whole(d, &lag))
		return false;
	while (d->got < d->size) {
		ssize_t got;

		if (!meet_faults(d) || d->fd < 0 || !wait_for_bytes(d, d->whole))
			return false;
		got = recv(d->fd, bytes, sizeof bytes, 0);
		if (got <= 0 || !can_take(d, &lag, (size_t)got) ||
			(size_t)got > d->size - d->got)
			return false;
		keep(d, bytes, (size_t)got);
	}
	return true;
}

/* The flash is read back; the digest is compared as text. */
static enum stock_result
judge(struct download *d, const char *digest)
{
	struct stock *stock = d->stock;
	char sha256[65];

	if (stock_fault_strikes(
		    stock, STOCK_WRONG_DIGEST, stock->faults.point[STOCK_WRONG_DIGEST]))
		stock->board.flash.bytes[d->slot_at + d->size / 2] ^= 0x10;
	flash_sha256(&stock->board.flash, d->slot_at, d->size, sha256);
	return strcmp(sha256, digest) == 0 ? RESULT_GOOD : RESULT_DIGEST;
}

enum stock_result
stock_download(struct stock *stock, const struct stock_upgrade *upgrade,
	const struct stock_pastime *pastime)
{
	struct download d = { .stock = stock,
		.pastime = pastime,
		.whole = deadline_in(WHOLE_MS),
		.slot_at = stock->slot == 1 ? SLOT_2_AT : SLOT_1_AT,
		.fd = -1 };
	enum stock_result result = RESULT_DOWNLOAD;

	stock_fill_flash(stock);
	flash_erase(&stock->board.flash, d.slot_at, STOCK_IMAGE_MOST);
	if (stock_url_read(upgrade->url, &d.url) &&
		resolve_unicast(d.url.host, d.url.port, &d.server) &&
		(stock->personality->whole_file ? fetch_whole(&d) : fetch_ranges(&d)))
		result = judge(&d, upgrade->digest);
	hang_up(&d);
	return result;
}
