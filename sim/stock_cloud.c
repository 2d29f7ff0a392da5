/* A stock device and its cloud: when it calls, when it calls again, and how the websocket
 * is opened. What is said on that is in stock_session.c. */
/* SPDX-License-Identifier: MIT */
#include "sim/stock_cloud.h"

#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "sim/stock_dispatch.h"
#include "sim/stock_link.h"
#include "sim/stock_session.h"

enum {
	OPEN_MS = 10000,
	RETRIES_FAST = 5,
	RETRY_SLOW_MS = 60000,
	REFUSED_MS = 2000, /* to twice that */
	REFUSED_FAST = 30
};

/* After the n-th failure in a row: 2^n to 2^(n+1) seconds, in the end one to two minutes. */
static bool
back_off(struct stock *stock, unsigned failures)
{
	uint32_t ms = failures <= RETRIES_FAST ? 1000u << failures : RETRY_SLOW_MS;

	return stock_pause(stock, ms + stock_random(stock, ms));
}

static bool
is_open(const char *bytes, size_t len)
{
	return memmem(bytes, len, "HTTP/1.1 101 Switching Protocols", 32) != NULL &&
		memmem(bytes, len, "\r\n\r\n", 4) != NULL;
}

/* Constants on every device. What the accept value is does not interest it, and bytes that
 * come with the answer are lost. NULL or what went wrong. */
static const char *
upgrade_to_websocket(struct stock_link *link, struct deadline until)
{
	static const char request[] = "GET /api/ws HTTP/1.1\r\n"
				      "Host: iotgo.iteadstudio.com\r\n"
				      "Connection: upgrade\r\n"
				      "Upgrade: websocket\r\n"
				      "Sec-WebSocket-Key: ITEADTmobiM0x1DabcEsnw==\r\n"
				      "Sec-WebSocket-Version: 13\r\n\r\n";
	char bytes[STOCK_ANSWER_MOST];
	size_t len = 0;

	if (!stock_link_send(link, request, strlen(request)))
		return "the connection is lost";
	while (!is_open(bytes, len)) {
		int got;

		if (len == sizeof bytes)
			return "the answer is too long";
		got = stock_link_receive(link, bytes + len, sizeof bytes - len, until);
		if (got <= 0)
			return got == 0 ? "closed" : "no answer within 10 s";
		len += (size_t)got;
	}
	return NULL;
}

/* One websocket from beginning to end; its end is told. */
static enum session_end
visit(struct stock *stock, struct stock_place *place)
{
	struct deadline until = deadline_in(OPEN_MS);
	enum session_end end = SESSION_LOST;
	struct stock_link link;
	const char *wrong = NULL;

	if (stock_link_open(&link, stock, place->host, place->port, until, &wrong) &&
		(wrong = upgrade_to_websocket(&link, until)) == NULL)
		end = stock_session(stock, &link, place);
	if (wrong != NULL)
		world_tell(stock->world, "websocket", stock->id, "{s:s,s:i,s:s}",
			"server", place->host, "port", (int)place->port, "result", wrong);
	if (end == SESSION_FLASHED)
		stock_link_abandon(&link);
	else
		stock_link_close(&link);
	return end;
}

/* Follows redirects. */
static enum session_end
visit_all(struct stock *stock, struct stock_place *place)
{
	enum session_end end;

	do
		end = visit(stock, place);
	while (end == SESSION_REDIRECTED);
	return end;
}

/* Back in the vendor's hands: nothing that happens from here on is simulated. */
static bool
is_vendor(const struct stock *stock)
{
	return text_ends_with(stock->settings.server, ".coolkit.cc") ||
		text_ends_with(stock->settings.server, ".coolkit.cn");
}

bool
stock_cloud_live(struct stock *stock)
{
	unsigned failures = 0, refusals = 0;

	if (is_vendor(stock)) {
		world_tell(stock->world, "vendor", stock->id, "{s:s}", "server",
			stock->settings.server);
		stock_rest(stock);
		return false;
	}
	while (!cancel_asked(&stock->world->cancel)) {
		struct stock_place place = { .port = 0 };
		enum session_end end = stock_dispatch(stock, &place)
			? visit_all(stock, &place)
			: SESSION_LOST;

		if (end == SESSION_FLASHED)
			return true;
		if (end == SESSION_STARTED_ANEW)
			failures = 0;
		else if (end == SESSION_REFUSED && ++refusals <= REFUSED_FAST)
			stock_pause(stock, REFUSED_MS + stock_random(stock, REFUSED_MS));
		else
			back_off(stock, ++failures);
	}
	return false;
}
