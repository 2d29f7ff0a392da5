/* The web server in a stock device's configuration access point: a few connections, one
 * small buffer each, and silence for everything that is not spelled as it knows it. */
/* SPDX-License-Identifier: MIT */
#include "sim/stock_config_ap.h"

#include <ctype.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "sim/stock_json.h"
#include "sim/stream.h"

enum {
	CLIENTS_MOST = 5,
	OPEN_MS = 180000, /* of the whole access point */
	REQUEST_MS = 10000,
	THINK_MS = 3,
	LEAVE_MS = 1000, /* from the answer until the access point is gone */
	SEND_MS = 2000
};

struct client {
	int fd; /* -1: free */
	size_t len;
	struct deadline until; /* for the request to be whole */
	char bytes[STOCK_AP_REQUEST_MOST + 1];
};

struct access_point {
	struct stock *stock;
	struct client clients[CLIENTS_MOST];
	bool configured;
};

enum judgement { WAITS_FOR_MORE, IGNORED, ASKED_DEVICE, ASKED_AP };

static const char *
find(const struct client *client, const char *text)
{
	return memmem(client->bytes, client->len, text, strlen(text));
}

/* The firmware takes the first brace for the beginning of the body. */
static enum judgement
judge_settings(const struct client *client, struct stock_settings *out)
{
	static const char header[] = "Content-Length: ";
	const char *length = find(client, header), *blank = find(client, "\r\n\r\n");
	const char *body = find(client, "{");
	size_t wanted, len;

	if (blank == NULL)
		return WAITS_FOR_MORE;
	if (length == NULL || length > blank ||
		!isdigit((unsigned char)length[strlen(header)]))
		return IGNORED;
	wanted = strtoul(length + strlen(header), NULL, 10);
	len = (size_t)(client->bytes + client->len - (blank + 4));
	if (len < wanted)
		return WAITS_FOR_MORE;
	if (body == NULL || wanted == 0)
		return IGNORED;
	len = (size_t)(blank + 4 + wanted - body);
	return stock_json_text_cut(body, len, "ssid", out->ssid, sizeof out->ssid) &&
			stock_json_text_cut(body, len, "password", out->password,
				sizeof out->password) &&
			stock_json_text_cut(body, len, "serverName", out->server,
				sizeof out->server) &&
			stock_json_number(body, len, "port", &out->port) &&
			out->port > 0 && out->port <= UINT16_MAX
		? ASKED_AP
		: IGNORED;
}

static enum judgement
judge(const struct client *client, struct stock_settings *out)
{
	if (find(client, "POST /ap HTTP/1.1") != NULL)
		return judge_settings(client, out);
	if (find(client, "\r\n\r\n") == NULL)
		return WAITS_FOR_MORE;
	return find(client, "GET /device HTTP/1.1") != NULL ? ASKED_DEVICE : IGNORED;
}

static void
answer(struct access_point *ap, struct client *client, const char *body)
{
	OWN_STR text = xasprintf(
		"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
		"Connection: keep-alive\r\nContent-Length: %zu\r\n\r\n%s",
		strlen(body), body);

	clock_pause(THINK_MS, &ap->stock->world->cancel);
	stream_send(client->fd, text, strlen(text), deadline_in(SEND_MS),
		&ap->stock->world->cancel);
}

/* The order of members varies between builds. */
static void
answer_device(struct access_point *ap, struct client *client)
{
	const struct stock *stock = ap->stock;
	OWN_STR body = stock->personality->tells_chip
		? xasprintf("{\"deviceid\":\"%s\",\"accept\":\"post\",\"apikey\":\"%s\","
			    "\"chipid\":\"00%s\"}",
			  stock->id, stock->key, stock->id + 4)
		: xasprintf("{\"deviceid\":\"%s\",\"apikey\":\"%s\",\"accept\":\"post\"}",
			  stock->id, stock->key);

	world_tell(stock->world, "heard", stock->id, "{s:s}", "what", "GET /device");
	answer(ap, client, body);
}

static void
accept_settings(struct access_point *ap, struct client *client,
	const struct stock_settings *settings)
{
	struct stock *stock = ap->stock;
	bool answers = !stock->faults.has[STOCK_AP_SILENT] &&
		!stock->personality->never_answers_ap;
	char ssid[4 * STOCK_SSID_SIZE], server[4 * STOCK_HOST_SIZE];

	stock->settings = *settings;
	ap->configured = true;
	world_tell(stock->world, "heard", stock->id, "{s:s,s:s,s:i,s:s,s:i,s:b}", "what",
		"POST /ap", "ssid", text_printable(ssid, sizeof ssid, settings->ssid),
		"password_bytes", (int)strlen(settings->password), "server",
		text_printable(server, sizeof server, settings->server), "port",
		(int)settings->port, "answered", answers);
	if (answers)
		answer(ap, client, "{\"error\":0}");
}

static void
note_ignored(struct access_point *ap, const struct client *client)
{
	char line[64], shown[4 * sizeof line];
	size_t end = strcspn(client->bytes, "\r\n");

	text_copy_bytes(line, sizeof line, client->bytes, end);
	world_tell(ap->stock->world, "ignored", ap->stock->id, "{s:s}", "what",
		text_printable(shown, sizeof shown, line));
}

static void
hear(struct access_point *ap, struct client *client)
{
	struct stock_settings settings;
	ssize_t got = recv(client->fd, client->bytes + client->len,
		STOCK_AP_REQUEST_MOST - client->len, 0);
	enum judgement judgement;

	if (got <= 0) {
		close(client->fd);
		client->fd = -1;
		return;
	}
	if (client->len == 0)
		client->until = deadline_in(REQUEST_MS);
	client->len += (size_t)got;
	client->bytes[client->len] = '\0';
	judgement = judge(client, &settings);
	if (judgement == WAITS_FOR_MORE && client->len < STOCK_AP_REQUEST_MOST)
		return;
	if (judgement == ASKED_DEVICE)
		answer_device(ap, client);
	else if (judgement == ASKED_AP)
		accept_settings(ap, client, &settings);
	else
		note_ignored(ap, client);
	client->len = 0;
}

static void
welcome(struct access_point *ap)
{
	int fd = accept4(ap->stock->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	for (unsigned i = 0; i < CLIENTS_MOST; i++)
		if (ap->clients[i].fd < 0) {
			ap->clients[i].fd = fd;
			ap->clients[i].len = 0;
			return;
		}
	stream_reset(fd);
}

/* What came in too slowly is forgotten; nobody is told. */
static void
forget_slow(struct client *client)
{
	if (client->fd >= 0 && client->len > 0 && deadline_passed(client->until))
		client->len = 0;
}

static void
serve(struct access_point *ap)
{
	struct pollfd all[CLIENTS_MOST + 1];

	for (unsigned i = 0; i < CLIENTS_MOST; i++) {
		forget_slow(&ap->clients[i]);
		all[i] = (struct pollfd){ .fd = ap->clients[i].fd, .events = POLLIN };
	}
	all[CLIENTS_MOST] = (struct pollfd){ .fd = ap->stock->listener,
		.events = POLLIN };
	if (poll(all, COUNT_OF(all), CANCEL_SLICE_MS) <= 0)
		return;
	for (unsigned i = 0; i < CLIENTS_MOST && !ap->configured; i++)
		if (all[i].revents != 0)
			hear(ap, &ap->clients[i]);
	if (all[CLIENTS_MOST].revents != 0)
		welcome(ap);
}

/* The access point vanishes from the air: its connections just fall silent. */
static void
leave(struct access_point *ap)
{
	close(ap->stock->listener);
	ap->stock->listener = -1;
	for (unsigned i = 0; i < CLIENTS_MOST; i++)
		stock_abandon(ap->stock, ap->clients[i].fd);
	world_tell(ap->stock->world, "ap-closed", ap->stock->id, "{s:s}", "why",
		ap->configured ? "configured" : "time is over");
}

bool
stock_open_ap(struct stock *stock, struct err *err)
{
	stock->listener = stream_listen(stock->pairing, stock->town->ap_port, err);
	return stock->listener >= 0;
}

bool
stock_config_ap(struct stock *stock)
{
	struct access_point *ap = xcalloc(1, sizeof *ap);
	struct deadline until = deadline_in(OPEN_MS);
	bool configured;

	ap->stock = stock;
	for (unsigned i = 0; i < CLIENTS_MOST; i++)
		ap->clients[i].fd = -1;
	while (!ap->configured && !deadline_passed(until) &&
		!cancel_asked(&stock->world->cancel))
		serve(ap);
	if (ap->configured)
		stock_pause(stock, LEAVE_MS);
	leave(ap);
	configured = ap->configured;
	free(ap);
	return configured;
}
