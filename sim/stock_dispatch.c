/* Asking the configured server where the websocket is: ten seconds for all of it, literal
 * comparisons, one small buffer. */
/* SPDX-License-Identifier: MIT */
#include "sim/stock_dispatch.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "sim/stock_json.h"
#include "sim/stock_link.h"

enum { WHOLE_MS = 10000, SETTLE_MS = 200 };

struct inbox {
	char bytes[STOCK_ANSWER_MOST + 1];
	size_t len;
	const char *body;
	size_t body_len;
};

/* NULL when the answer is whole, "" when more has to come, or what is wrong with it. */
static const char *
judge(struct inbox *in)
{
	static const char status[] = "HTTP/1.1 200 OK", header[] = "Content-Length: ";
	const char *blank = memmem(in->bytes, in->len, "\r\n\r\n", 4), *length;

	if (blank == NULL)
		return in->len < STOCK_ANSWER_MOST ? "" : "the answer is too long";
	if (!text_starts_with(in->bytes, status))
		return "no literal HTTP/1.1 200 OK";
	length = memmem(in->bytes, (size_t)(blank - in->bytes), header, strlen(header));
	if (length == NULL || !isdigit((unsigned char)length[strlen(header)]))
		return "no literal Content-Length";
	in->body = blank + 4;
	in->body_len = strtoul(length + strlen(header), NULL, 10);
	if (in->body_len > STOCK_ANSWER_MOST - (size_t)(in->body - in->bytes))
		return "the answer is too long";
	return (size_t)(in->bytes + in->len - in->body) >= in->body_len ? NULL : "";
}

/* NULL or what is missing. */
static const char *
read_place(const struct inbox *in, struct stock_place *out)
{
	uint32_t error, port;

	if (!stock_json_number(in->body, in->body_len, "error", &error) || error != 0)
		return "error is not 0";
	if (!stock_json_text(in->body, in->body_len, "IP", out->host, sizeof out->host) ||
		out->host[0] == '\0')
		return "no IP as a string";
	if (!stock_json_number(in->body, in->body_len, "port", &port) || port == 0 ||
		port > UINT16_MAX)
		return "no port as a number";
	out->port = (uint16_t)port;
	return NULL;
}

static bool
ask(struct stock_link *link)
{
	const struct stock *stock = link->stock;
	OWN_STR body = xasprintf("{\"accept\":\"ws;2\",\"version\":2,\"ts\":%u,"
				 "\"deviceid\":\"%s\",\"apikey\":\"%s\","
				 "\"model\":\"%s\",\"romVersion\":\"%s\"}",
		530 + stock_random(link->stock, 440), stock->id, stock->key,
		stock->personality->model, stock->personality->firmware);
	OWN_STR text = xasprintf("POST /dispatch/device HTTP/1.1\r\nHost: %s\r\n"
				 "Content-Type: application/json\r\n"
				 "Content-Length: %zu\r\n\r\n%s",
		stock->settings.server, strlen(body), body);

	return stock_pause(link->stock, SETTLE_MS) &&
		stock_link_send(link, text, strlen(text));
}

static const char *
converse(struct stock_link *link, struct deadline until, struct stock_place *out)
{
	struct inbox in = { .len = 0 };
	const char *wrong = "";

	if (!ask(link))
		return "the connection is lost";
	while (wrong != NULL && wrong[0] == '\0') {
		int got = stock_link_receive(
			link, in.bytes + in.len, STOCK_ANSWER_MOST - in.len, until);

		if (got < 0)
			return "no answer within 10 s";
		if (got == 0)
			return link->tls != NULL && stock_tls_fault(link->tls) != NULL
				? stock_tls_fault(link->tls)
				: "closed without an answer";
		in.len += (size_t)got;
		in.bytes[in.len] = '\0';
		wrong = judge(&in);
	}
	return wrong != NULL ? wrong : read_place(&in, out);
}

static uint16_t
port_of(const struct stock *stock, uint32_t told)
{
	return stock->personality->transport == TRANSPORT_PLAIN ? stock->town->plain_port
								: (uint16_t)told;
}

bool
stock_dispatch(struct stock *stock, struct stock_place *out)
{
	struct deadline until = deadline_in(WHOLE_MS);
	uint16_t port = port_of(stock, stock->settings.port);
	struct stock_link link;
	const char *wrong = NULL, *kind = "none";

	if (!stock_link_open(&link, stock, stock->settings.server, port, until, &wrong)) {
		kind = link.fd >= 0 ? "TLS" : "none";
	} else {
		kind = stock_link_kind(&link);
		wrong = stock_fault_strikes(stock, STOCK_DISPATCH_RETRY,
				stock->faults.point[STOCK_DISPATCH_RETRY])
			? "fault"
			: converse(&link, until, out);
	}
	stock_link_close(&link);
	if (cancel_asked(&stock->world->cancel))
		return false;
	world_tell(stock->world, "dispatch", stock->id, "{s:s,s:i,s:s,s:s}", "server",
		stock->settings.server, "port", (int)port, "by", kind, "result",
		wrong != NULL ? wrong : "ok");
	out->port = port_of(stock, wrong == NULL ? out->port : 0);
	return wrong == NULL;
}
