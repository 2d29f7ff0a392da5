/* How the ESP8266 updater asks for a file. */
/* SPDX-License-Identifier: MIT */
#include "sim/tasmota_fetch.h"

#include <gnutls/crypto.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "net/socket.h"
#include "sim/resolve.h"
#include "sim/stream.h"
#include "sim/tasmota_status.h"
#include "sim/tasmota_store.h"

enum { SILENCE_MS = 8000, HEAD_MOST = 4096, CHIP_ID_SINCE_MAJOR = 7 };

struct url {
	char host[128];
	char host_line[136]; /* with the port, unless that is 80 */
	char path[256];
	uint16_t port;
};

struct fetch {
	struct tasmota *t;
	int fd;
	struct buf head; /* what has come, at first more than the head */
	size_t head_len;
	int code;
	int64_t length; /* -1: not told */
	bool chunked;
	char md5[33]; /* "" without */
};

static bool
read_url(const char *text, struct url *out)
{
	static const char scheme[] = "http://";
	const char *host = text + strlen(scheme), *slash, *colon;
	int64_t port = 80;

	if (!text_starts_with(text, scheme) || (slash = strchr(host, '/')) == NULL ||
		!text_copy_bytes(out->host_line, sizeof out->host_line, host,
			(size_t)(slash - host)) ||
		!text_copy(out->path, sizeof out->path, slash))
		return false;
	text_copy(out->host, sizeof out->host, out->host_line);
	colon = strchr(out->host, ':');
	if (colon != NULL) {
		if (!text_to_number(colon + 1, 1, UINT16_MAX, &port))
			return false;
		out->host[colon - out->host] = '\0';
	}
	out->port = (uint16_t)port;
	if (port == 80)
		text_copy(out->host_line, sizeof out->host_line, out->host);
	return true;
}

/* A number that stands for the program that runs. */
static void
sketch_md5(const struct tasmota *t, char out[33])
{
	uint8_t digest[16] = { 0 };

	gnutls_hash_fast(GNUTLS_DIG_MD5, &t->firmware, sizeof t->firmware, digest);
	text_hex(digest, sizeof digest, out);
}

static bool
ask(struct fetch *fetch, const struct url *url)
{
	struct tasmota *t = fetch->t;
	OWN(buf) text = BUF_UP_TO(2048);
	char mac[18], md5[33];

	tasmota_mac_text(t, mac);
	sketch_md5(t, md5);
	buf_addf(&text,
		"GET %s HTTP/1.0\r\nHost: %s\r\nUser-Agent: ESP8266-http-Update\r\n"
		"Connection: close\r\n",
		url->path, url->host_line);
	if (t->firmware.version >= TASMOTA_VERSION(CHIP_ID_SINCE_MAJOR, 0, 0, 0))
		buf_addf(&text, "x-ESP8266-Chip-ID: %u\r\n",
			(unsigned)t->mac[3] << 16 | (unsigned)t->mac[4] << 8 | t->mac[5]);
	buf_addf(&text,
		"x-ESP8266-STA-MAC: %s\r\nx-ESP8266-AP-MAC: %02X%s\r\n"
		"x-ESP8266-free-space: %u\r\nx-ESP8266-sketch-size: %u\r\n"
		"x-ESP8266-sketch-md5: %s\r\nx-ESP8266-chip-size: %d\r\n"
		"x-ESP8266-sdk-version: 2.2.2-dev(38a443e)\r\nx-ESP8266-mode: sketch\r\n"
		"x-ESP8266-version: %s(%s)\r\n\r\n",
		mac, t->mac[0] | 2, mac + 2, tasmota_store_room(t, ROOM_BY_OTA),
		t->firmware.bytes, md5, FLASH_BYTES, t->firmware.number,
		t->firmware.variant);
	return stream_send(fetch->fd, text.data, text.len, deadline_in(SILENCE_MS),
		&t->world->cancel);
}

static ssize_t
receive(const struct fetch *fetch, void *into, size_t most)
{
	if (!socket_wait(
		    fetch->fd, POLLIN, deadline_in(SILENCE_MS), &fetch->t->world->cancel))
		return -1;
	return recv(fetch->fd, into, most, 0);
}

static void
read_line(struct fetch *fetch, char *line)
{
	char *value = strchr(line, ':');

	if (value == NULL)
		return;
	*value++ = '\0';
	value += strspn(value, " \t");
	if (text_equal_nocase(line, "Content-Length"))
		text_to_number(value, 0, INT32_MAX, &fetch->length);
	else if (text_equal_nocase(line, "Transfer-Encoding"))
		fetch->chunked = text_equal_nocase(value, "chunked");
	else if (text_equal_nocase(line, "x-MD5"))
		text_copy(fetch->md5, sizeof fetch->md5, value);
}

static bool
hear_head(struct fetch *fetch)
{
	const char *blank = NULL;
	char piece[1024], *rest = NULL;
	OWN_STR copy = NULL;

	while (blank == NULL) {
		ssize_t got = receive(fetch, piece, sizeof piece);

		if (got <= 0 || !buf_add(&fetch->head, piece, (size_t)got))
			return false;
		blank = memmem(fetch->head.data, fetch->head.len, "\r\n\r\n", 4);
	}
	fetch->head_len = (size_t)(blank + 4 - fetch->head.data);
	copy = xstrndup(fetch->head.data, fetch->head_len);
	fetch->length = -1;
	for (char *line = strtok_r(copy, "\r\n", &rest); line != NULL;
		line = strtok_r(NULL, "\r\n", &rest))
		if (line == copy)
			sscanf(line, "HTTP/1.%*d %d", &fetch->code);
		else
			read_line(fetch, line);
	return fetch->code > 0;
}

/* NULL, or why this answer is none. */
static const char *
judge_head(const struct fetch *fetch)
{
	static const struct {
		int code;
		const char *why;
	} known[] = { { 401, "Unauthorized (401)" }, { 403, "Forbidden (403)" },
		{ 404, "File Not Found (404)" } };

	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (known[i].code == fetch->code)
			return known[i].why;
	if (fetch->code != 200 || fetch->chunked)
		return "Wrong HTTP Code";
	return fetch->length > 0 ? NULL : "Server Did Not Report Size";
}

/* The body, whose first bytes came with the head. */
static bool
hear_body(struct fetch *fetch, struct tasmota_file *out)
{
	size_t used = fetch->head.len - fetch->head_len;

	if (used > out->len)
		used = out->len;
	memcpy(out->bytes, fetch->head.data + fetch->head_len, used);
	while (used < out->len) {
		ssize_t got = receive(fetch, out->bytes + used, out->len - used);

		if (got <= 0)
			return false;
		used += (size_t)got;
	}
	return true;
}

static bool
md5_fits(const struct fetch *fetch, const struct tasmota_file *file)
{
	uint8_t digest[16] = { 0 };
	char text[33];

	if (fetch->md5[0] == '\0')
		return true;
	gnutls_hash_fast(GNUTLS_DIG_MD5, file->bytes, file->len, digest);
	text_hex(digest, sizeof digest, text);
	return text_equal_nocase(text, fetch->md5);
}

static enum tasmota_fetched
fail(struct tasmota_file *out, const char *why)
{
	out->why = why;
	return FETCHED_FAILED;
}

static enum tasmota_fetched
judge_body(const struct fetch *fetch, struct tasmota_file *out)
{
	switch (tasmota_store_judge(fetch->t, out->bytes, out->len, ROOM_BY_OTA)) {
	case VERDICT_NO_SPACE:
		out->why = "Not Enough space";
		return FETCHED_TOO_LARGE;
	case VERDICT_WRONG_SIZE:
		out->why = "Bin For Wrong Flash Size";
		return FETCHED_TOO_LARGE;
	case VERDICT_BAD_MAGIC:
		return fail(out, "Verify Bin Header Failed");
	case VERDICT_TAKEN:
		break;
	}
	return md5_fits(fetch, out) ? FETCHED : fail(out, "MD5 Check Failed");
}

static enum tasmota_fetched
converse(struct fetch *fetch, const struct url *url, struct tasmota_file *out)
{
	const char *wrong;

	if (!ask(fetch, url) || !hear_head(fetch))
		return fail(out, "connection lost");
	if (fetch->code == 304)
		return FETCHED_NOTHING_NEW;
	if ((wrong = judge_head(fetch)) != NULL)
		return fail(out, wrong);
	/* The device looks at the room before it takes a byte. */
	out->len = (size_t)fetch->length;
	if (out->len > tasmota_store_room(fetch->t, ROOM_BY_OTA)) {
		out->why = "Not Enough space";
		return FETCHED_TOO_LARGE;
	}
	out->bytes = xcalloc(out->len + 4, 1);
	if (!hear_body(fetch, out))
		return fail(out, "connection lost");
	return judge_body(fetch, out);
}

enum tasmota_fetched
tasmota_fetch(struct tasmota *t, const char *text, struct tasmota_file *out)
{
	struct fetch fetch = { .t = t, .head = BUF_UP_TO(HEAD_MOST) };
	enum tasmota_fetched result;
	struct sockaddr_in server;
	struct url url;

	*out = (struct tasmota_file){ .why = "" };
	if (!read_url(text, &url))
		return fail(out, "Wrong URL");
	if (!resolve_unicast(url.host, url.port, &server) ||
		(fetch.fd = stream_connect(t->lan_address, server,
			 deadline_in(SILENCE_MS), &t->world->cancel)) < 0)
		return fail(out, "connection refused");
	result = converse(&fetch, &url, out);
	close(fetch.fd);
	buf_clear(&fetch.head);
	if (result != FETCHED) {
		free(out->bytes);
		out->bytes = NULL;
	}
	return result;
}
