/* What a stock device says on its websocket, and what the cloud's requests make it do. */
/* SPDX-License-Identifier: MIT */
#include "sim/stock_talk.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "sim/stock_download.h"
#include "sim/stock_json.h"
#include "sim/stock_upgrade.h"

enum {
	LATE_MS = 50, /* from the acknowledgement to the download */
	RESTART_MS = 3000, /* from the report to the restart */
	REPORT_MS = 100,
	MESSAGE_MOST = 1024
};

void
talk_finish(struct session *s, enum session_end end)
{
	if (!s->over)
		s->end = end;
	s->over = true;
}

void
talk_say(struct session *s, const char *format, ...)
{
	char text[MESSAGE_MOST];
	uint8_t frame[MESSAGE_MOST + 8];
	va_list args;
	size_t len;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	len = stock_frame_write(frame, sizeof frame, text);
	if (!stock_link_send(s->link, frame, len))
		talk_finish(s, SESSION_LOST);
}

/* A member with a comma behind it; nothing with the fault. */
static char *
write_mac(const struct stock *stock)
{
	const uint8_t *mac = stock->board.mac;
	unsigned off = stock->faults.has[STOCK_OTHER_MAC] ? 1 : 0;

	if (stock->faults.has[STOCK_NO_MAC])
		return xasprintf("%s", "");
	return xasprintf("\"staMac\":\"%02X:%02X:%02X:%02X:%02X:%02X\",", mac[0], mac[1],
		mac[2] ^ off, mac[3], mac[4], mac[5]);
}

void
talk_say_update(struct session *s)
{
	const struct stock *stock = s->stock;
	OWN_STR mac = write_mac(stock);

	talk_say(s,
		"{\"userAgent\":\"device\",\"apikey\":\"%s\",\"deviceid\":\"%s\","
		"\"action\":\"update\",\"params\":{%s,\"fwVersion\":\"%s\",\"rssi\":-%u,"
		"%s\"startup\":\"off\"}}",
		s->key, stock->id, stock->personality->params,
		stock->personality->firmware, 31 + stock_random(s->stock, 40), mac);
}

/* To a request of the cloud's. */
static void
acknowledge(struct session *s, int error, const char *sequence)
{
	talk_say(s,
		"{\"error\":%d,\"userAgent\":\"device\",\"apikey\":\"%s\","
		"\"deviceid\":\"%s\",\"sequence\":\"%s\"}",
		error, s->key, s->stock->id, sequence);
}

void
talk_read_heartbeat(struct session *s, const char *text, size_t len)
{
	uint32_t hb, interval;

	if (stock_json_number(text, len, "hb", &hb) && hb != 0 &&
		stock_json_number(text, len, "hbInterval", &interval) && interval > 0)
		s->heartbeat_ms = (int64_t)interval * 1000;
}

/* The relay would click now. */
static void
hear_update(struct session *s, const char *text, size_t len, const char *sequence)
{
	if (!stock_json_has(text, len, "params"))
		return;
	world_tell(s->stock->world, "relay", s->stock->id, NULL);
	acknowledge(s, 0, sequence);
	talk_say_update(s);
}

static void
hear_query(struct session *s, const char *text, size_t len, const char *sequence)
{
	if (!stock_json_has(text, len, "params"))
		return;
	talk_say(s,
		"{\"error\":0,\"userAgent\":\"device\",\"apikey\":\"%s\","
		"\"deviceid\":\"%s\",\"sequence\":\"%s\",\"params\":{%s}}",
		s->key, s->stock->id, sequence, s->stock->personality->params);
}

static void
hear_redirect(struct session *s, const char *text, size_t len, const char *sequence)
{
	struct stock_place place;
	uint32_t port;

	(void)sequence;
	if (!stock_json_text(text, len, "IP", place.host, sizeof place.host) ||
		!stock_json_number(text, len, "port", &port) || port > UINT16_MAX)
		return;
	place.port = (uint16_t)port;
	*s->place = place;
	talk_finish(s, SESSION_REDIRECTED);
}

static void
hear_notify(struct session *s, const char *text, size_t len, const char *sequence)
{
	char command[16];

	if (stock_json_text(text, len, "cmd", command, sizeof command) &&
		strcmp(command, "config") == 0)
		talk_read_heartbeat(s, text, len);
	acknowledge(s, 0, sequence);
}

static void
reboot(struct session *s)
{
	s->stock->slot = 3 - s->stock->slot;
	stock_pause(s->stock, RESTART_MS);
	s->over = true;
	s->end = SESSION_FLASHED;
}

static void
hear_restart(struct session *s, const char *text, size_t len, const char *sequence)
{
	(void)text;
	(void)len;
	if (!s->waits_for_restart)
		return;
	acknowledge(s, 0, sequence);
	reboot(s);
}

static void
report(struct session *s, const struct stock_upgrade *upgrade, enum stock_result result)
{
	const struct stock *stock = s->stock;

	if (!clock_pause(REPORT_MS, &stock->world->cancel))
		return;
	world_tell(stock->world, "report", stock->id, "{s:i,s:b}", "error", (int)result,
		"sent", !stock->faults.has[STOCK_NO_REPORT]);
	if (stock->faults.has[STOCK_NO_REPORT])
		return;
	if (!stock->personality->late)
		acknowledge(s, result, upgrade->sequence);
	else
		talk_say(s,
			"{\"action\":\"update\",\"userAgent\":\"device\","
			"\"apikey\":\"%s\",\"deviceid\":\"%s\","
			"\"params\":{\"upgradeState\":%d},\"d_seq\":\"%s\"}",
			s->key, stock->id, (int)result, upgrade->sequence);
}

static void
hear_upgrade(struct session *s, const char *text, size_t len, const char *sequence)
{
	struct stock *stock = s->stock;
	struct stock_pastime pastime = { session_live_on, s };
	struct stock_upgrade upgrade;
	enum stock_result result = stock_upgrade_read(
		text, len, stock->personality, stock->slot, &upgrade);

	(void)sequence;
	world_tell(stock->world, "upgrade", stock->id, "{s:i,s:i}", "error", (int)result,
		"slot", (int)(3 - stock->slot));
	if (stock->faults.has[STOCK_NO_UPGRADE])
		return;
	if (stock->faults.has[STOCK_CLAIMS_DONE]) {
		acknowledge(s, RESULT_GOOD, upgrade.sequence);
		return;
	}
	if (stock_fault_strikes(
		    stock, STOCK_WS_DROP, stock->faults.point[STOCK_WS_DROP])) {
		talk_finish(s, SESSION_LOST);
		return;
	}
	if (result == RESULT_MODEL && stock->personality->hangs_up_on_model) {
		talk_finish(s, SESSION_LOST);
		return;
	}
	if (result != RESULT_GOOD || stock->personality->late)
		acknowledge(s, result, upgrade.sequence);
	if (result != RESULT_GOOD || !stock_pause(stock, LATE_MS))
		return;
	s->busy = true;
	result = stock_download(stock, &upgrade, &pastime);
	s->busy = false;
	if (cancel_asked(&stock->world->cancel))
		return;
	report(s, &upgrade, result);
	s->waits_for_restart = result == RESULT_GOOD && !upgrade.restarts_by_itself;
	if (result == RESULT_GOOD && upgrade.restarts_by_itself)
		reboot(s);
}

static const struct {
	const char *action;
	void (*hear)(
		struct session *s, const char *text, size_t len, const char *sequence);
} requests[] = {
	{ "notify", hear_notify },
	{ "query", hear_query },
	{ "redirect", hear_redirect },
	{ "restart", hear_restart },
	{ "update", hear_update },
	{ "upgrade", hear_upgrade },
};

void
talk_hear_request(struct session *s, const char *text, size_t len, const char *action)
{
	char sequence[STOCK_SEQUENCE_SIZE], shown[64];

	world_tell(s->stock->world, "heard", s->stock->id, "{s:s,s:b}", "what",
		text_printable(shown, sizeof shown, action), "busy", s->busy);
	if (s->stage != READY && s->stage != UPDATED)
		return;
	stock_json_text_cut(text, len, "sequence", sequence, sizeof sequence);
	for (size_t i = 0; i < COUNT_OF(requests) && !s->busy; i++)
		if (strcmp(requests[i].action, action) == 0)
			requests[i].hear(s, text, len, sequence);
}
