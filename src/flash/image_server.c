/* Serves checked images from memory, each to the device that was asked. Whatever is asked
 * for that was not offered does not exist: no file name is ever made from a request. */
/* SPDX-License-Identifier: MIT */
#include "flash/image_server.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/monitor.h"
#include "flash/offer.h"
#include "host/port_holder.h"
#include "net/http_server.h"
#include "net/listen.h"
#include "wire/range.h"
#include "wire/result.h"

struct image_server {
	struct http_server *http; /* NULL: within somebody else's */
	uint16_t port;
	struct http_handler handler;
	struct monitor monitor; /* guards the list; taken before an offer's own */
	struct offer *offers;
	uint64_t offers_made;
};

/* Tasmota's last try asks for a compressed file: it takes any that it can read. */
static bool
is_last_try(const struct offer *offer, const char *wanted, const char *asked)
{
	size_t len = strlen(wanted);

	return offer->md5[0] != '\0' && strncmp(asked, wanted, len) == 0 &&
		strcmp(asked + len, ".gz") == 0;
}

/* Some devices leave out the slash in front. */
static struct offer *
offer_at(const struct image_server *server, const char *path)
{
	size_t skip = *path == '/' ? 0 : 1;

	for (struct offer *offer = server->offers; offer != NULL; offer = offer->next)
		if (strcmp(offer->path + skip, path) == 0 ||
			is_last_try(offer, offer->path + skip, path))
			return offer;
	return NULL;
}

/* The offer that a report from `peer` is about: the one it used last. */
static struct offer *
offer_of(const struct image_server *server, struct in_addr peer)
{
	struct offer *best = NULL;
	int64_t best_last = 0;

	for (struct offer *offer = server->offers; offer != NULL; offer = offer->next) {
		int64_t last = offer_knows(offer, peer);

		if (last > best_last) {
			best_last = last;
			best = offer;
		}
	}
	return best;
}

static void
add_header(struct http_answer *answer, const char *name, const char *value)
{
	size_t i = 0;

	while (answer->headers[i].name != NULL)
		i++;
	assert(i < HTTP_HEADERS_MOST);
	answer->headers[i].name = name;
	answer->headers[i].value = value;
}

static void
answer_bytes(struct offer *offer, const struct http_request *request, struct range part,
	struct http_answer *answer)
{
	add_header(answer, "Content-Type", "application/octet-stream");
	add_header(answer, "Accept-Ranges", "bytes");
	if (offer->md5[0] != '\0')
		add_header(answer, "x-MD5", offer->md5);
	answer->body = offer->image->bytes + part.first;
	answer->body_len = (size_t)(part.last - part.first + 1);
	if (strcmp(request->method, "GET") == 0)
		answer->token = offer_deliver(offer, request, part.first);
}

/* Vendor firmware that asks for the whole file writes it to flash as it comes and gives
 * up on anything faster (doc/protocol/ewelink.md). */
static bool
is_slow_writer(const struct http_request *request)
{
	const char *agent = http_request_header(request, "User-Agent");

	return agent != NULL && strcmp(agent, "itead-device") == 0 &&
		http_request_header(request, "Range") == NULL;
}

static void
answer_image(struct offer *offer, const struct http_request *request,
	struct http_answer *answer)
{
	uint64_t total = offer->image->len;
	struct range part = { 0, total - 1 };
	const char *asked = NULL;

	if (strcmp(request->method, "GET") == 0)
		asked = http_request_header(request, "Range");
	switch (range_read(asked, total, &part)) {
	case RANGE_WHOLE:
		answer->status = 200;
		if (is_slow_writer(request))
			answer->pace = offer_pace(offer);
		answer_bytes(offer, request, part, answer);
		return;
	case RANGE_PART:
		answer->status = 206;
		range_write(&part, total, answer->scratch);
		add_header(answer, "Content-Range", answer->scratch);
		answer_bytes(offer, request, part, answer);
		return;
	case RANGE_UNSATISFIABLE:
	case RANGE_GARBLED:
		answer->status = 416;
		range_write_refusal(total, answer->scratch);
		add_header(answer, "Content-Range", answer->scratch);
		return;
	}
}

static void
answer_report(const struct image_server *server, const struct http_request *request,
	struct http_answer *answer)
{
	struct offer *offer = offer_of(server, request->peer);
	int number;

	if (offer == NULL)
		return;
	if (!result_read(request->body, request->body_len, &number)) {
		answer->status = 400;
		return;
	}
	answer->status = 200;
	offer_report(offer, request->peer, number);
}

static bool
is_report(const struct http_request *request)
{
	const char *path = request->path;

	return strcmp(request->method, "POST") == 0 &&
		strcmp(path, *path == '/' ? RESULT_PATH : &RESULT_PATH[1]) == 0;
}

/* A stranger hears the same as somebody who asks for nonsense. */
static void
answer(void *context, const struct http_request *request, struct http_answer *out)
{
	struct image_server *server = context;
	bool is_get = strcmp(request->method, "GET") == 0;
	struct offer *offer;

	out->status = 404;
	monitor_enter(&server->monitor);
	if (is_report(request)) {
		answer_report(server, request, out);
	} else if ((offer = offer_at(server, request->path)) != NULL &&
		offer_admit(offer, request)) {
		if (is_get || strcmp(request->method, "HEAD") == 0) {
			answer_image(offer, request, out);
		} else {
			out->status = 405;
			add_header(out, "Allow", "GET, HEAD");
		}
	}
	monitor_leave(&server->monitor);
}

static void
sent(void *context, void *token, uint64_t bytes, bool ended)
{
	(void)context;
	delivery_sent(token, bytes, ended);
}

static struct image_server *
new_server(void)
{
	struct image_server *server = xcalloc(1, sizeof *server);

	monitor_init(&server->monitor);
	server->handler = (struct http_handler){
		.context = server, .answer = answer, .sent = sent
	};
	return server;
}

struct image_server *
image_server_new(uint16_t port, struct err *err)
{
	struct http_options options = { .port = port, .body_most = RESULT_BODY_MOST };
	struct image_server *server = new_server();
	char holder[PORT_HOLDER_SIZE];

	server->http = http_server_new(&options, &server->handler, err);
	if (server->http != NULL) {
		server->port = http_server_port(server->http);
		return server;
	}
	if (err != NULL && err->code == &err_port_busy && port_holder(port, holder))
		err_set(err, &err_port_busy, "port %u is in use by %s", port, holder);
	image_server_free(server);
	return NULL;
}

struct image_server *
image_server_new_within(uint16_t port)
{
	struct image_server *server = new_server();

	server->port = port;
	return server;
}

const struct http_handler *
image_server_handler(const struct image_server *server)
{
	return &server->handler;
}

uint16_t
image_server_port(const struct image_server *server)
{
	return server->port;
}

void
image_server_free(struct image_server *server)
{
	if (server == NULL)
		return;
	assert(server->offers == NULL);
	http_server_free(server->http);
	monitor_clear(&server->monitor);
	free(server);
}

/* Nobody can ask for it before it is named. */
static struct offer *
add_offer(struct image_server *server, const struct image *image, struct in_addr peer,
	bool for_upgrade, const struct offer *beside)
{
	struct offer *offer;

	assert(image->len > 0);
	monitor_enter(&server->monitor);
	offer = offer_new(server, image, peer, ++server->offers_made);
	if (for_upgrade)
		offer_name_for_upgrade(offer, beside);
	offer->next = server->offers;
	server->offers = offer;
	monitor_leave(&server->monitor);
	return offer;
}

struct offer *
image_server_offer(
	struct image_server *server, const struct image *image, struct in_addr peer)
{
	return add_offer(server, image, peer, false, NULL);
}

struct offer *
image_server_offer_upgrade(
	struct image_server *server, const struct image *image, struct in_addr peer)
{
	return add_offer(server, image, peer, true, NULL);
}

struct offer *
offer_beside(const struct offer *offer, const struct image *minimal)
{
	return add_offer(offer->server, minimal, offer->peer, true, offer);
}

char *
offer_url(const struct offer *offer, struct in_addr own_address)
{
	char host[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &own_address, host, sizeof host);
	return xasprintf(
		"http://%s:%u%s", host, image_server_port(offer->server), offer->path);
}

void
offer_close(struct offer *offer)
{
	struct offer **at;

	if (offer == NULL)
		return;
	monitor_enter(&offer->server->monitor);
	for (at = &offer->server->offers; *at != offer; at = &(*at)->next)
		continue;
	*at = offer->next;
	monitor_leave(&offer->server->monitor);
	offer_free(offer);
}

bool
image_server_prove(struct image_server *server, struct in_addr peer, struct in_addr *own,
	char warning[REACH_TEXT_SIZE], struct err *err)
{
	static const uint8_t bytes[4096] = { 0 };
	static const struct image sample = {
		.name = "check", .bytes = (uint8_t *)bytes, .len = sizeof bytes
	};
	struct offer *offer;
	bool ok;

	warning[0] = '\0';
	if (!reach_own_address(peer, own, err))
		return false;
	offer = image_server_offer(server, &sample, *own);
	ok = reach_fetch(*own, image_server_port(server), offer->path, err);
	offer_close(offer);
	if (ok)
		reach_warn(peer, *own, image_server_port(server), warning);
	return ok;
}
