/* What a stock device says and hears on its websocket: two keys, a date it waits for, and
 * silence for everything that does not carry the right names. */
/* SPDX-License-Identifier: MIT */
#include "sim/stock_session.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "sim/stock_download.h"
#include "sim/stock_frames.h"
#include "sim/stock_json.h"
#include "sim/stock_upgrade.h"

enum {
	READY_MS = 60000, /* for registration and date; then everything starts anew */
	QUERY_MS = 1000, /* when `update` is not answered */
	DATE_AGAIN_MS = 30 * 60 * 1000,
	HEARTBEAT_S = 145,
	HEARTBEAT_JITTER_MS = 7000,
	PINGS_MOST = 2,
	LATE_MS = 50, /* from the acknowledgement to the download */
	RESTART_MS = 3000, /* from the report to the restart */
	REPORT_MS = 100,
	MESSAGE_MOST = 1024,
	DATE_LEN = 24
};

enum stage { REGISTERING, WAITING_FOR_DATE, UPDATED, READY };

struct session {
	struct stock *stock;
	struct stock_link *link;
	struct stock_place *place;
	struct stock_frames in;
	enum stage stage;
	char key[STOCK_KEY_LEN + 1]; /* the cloud's; the factory's while registering */
	struct deadline ready_until, query_at, date_at, ping_at;
	int64_t heartbeat_ms;
	unsigned pings; /* without an answer */
	bool busy; /* downloading: requests are not heard */
	bool waits_for_restart;
	bool over;
	enum session_end end;
};

static void
finish(struct session *s, enum session_end end)
{
	if (!s->over)
		s->end = end;
	s->over = true;
}

static void say(struct session *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void
say(struct session *s, const char *format, ...)
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
		finish(s, SESSION_LOST);
}

static void
heard_something(struct session *s)
{
	s->pings = 0;
	s->ping_at = deadline_in(s->heartbeat_ms +
		stock_delay(s->stock, stock_random(s->stock, HEARTBEAT_JITTER_MS)));
}

static void
say_register(struct session *s)
{
	const struct stock *stock = s->stock;

	say(s,
		"{\"userAgent\":\"device\",\"apikey\":\"%s\",\"deviceid\":\"%s\","
		"\"action\":\"register\",\"version\":2,\"romVersion\":\"%s\","
		"\"model\":\"%s\",\"ts\":%u}",
		stock->key, stock->id, stock->personality->firmware,
		stock->personality->model, 530 + stock_random(s->stock, 440));
}

static void
say_date(struct session *s)
{
	say(s,
		"{\"userAgent\":\"device\",\"apikey\":\"%s\",\"deviceid\":\"%s\","
		"\"action\":\"date\"}",
		s->key, s->stock->id);
	s->date_at = deadline_in(DATE_AGAIN_MS);
}

static void
say_update(struct session *s)
{
	const struct stock *stock = s->stock;

	say(s,
		"{\"userAgent\":\"device\",\"apikey\":\"%s\",\"deviceid\":\"%s\","
		"\"action\":\"update\",\"params\":{%s,\"fwVersion\":\"%s\",\"rssi\":-%u,"
		"\"staMac\":\"5C:CF:7F:%.2s:%.2s:%.2s\",\"startup\":\"off\"}}",
		s->key, stock->id, stock->personality->params,
		stock->personality->firmware, 31 + stock_random(s->stock, 40),
		stock->id + 4, stock->id + 6, stock->id + 8);
}

static void
say_query(struct session *s)
{
	say(s,
		"{\"userAgent\":\"device\",\"apikey\":\"%s\",\"deviceid\":\"%s\","
		"\"action\":\"query\",\"params\":[%s]}",
		s->key, s->stock->id,
		s->stock->personality->asks_time_zone ? "\"timers\",\"timeZone\""
						      : "\"timers\"");
	s->stage = READY;
}

/* To a request of the cloud's. */
static void
acknowledge(struct session *s, int error, const char *sequence)
{
	say(s,
		"{\"error\":%d,\"userAgent\":\"device\",\"apikey\":\"%s\","
		"\"deviceid\":\"%s\",\"sequence\":\"%s\"}",
		error, s->key, s->stock->id, sequence);
}

static void
read_heartbeat(struct session *s, const char *text, size_t len)
{
	uint32_t hb, interval;

	if (stock_json_number(text, len, "hb", &hb) && hb != 0 &&
		stock_json_number(text, len, "hbInterval", &interval) && interval > 0)
		s->heartbeat_ms = (int64_t)interval * 1000;
}

/* A key of the right length that is not the factory's, and no params. */
static void
hear_registered(struct session *s, const char *text, size_t len, const char *key)
{
	uint32_t error;

	if (!stock_json_number(text, len, "error", &error))
		return;
	if (error != 0) {
		world_tell(s->stock->world, "refused", s->stock->id, "{s:i}", "error",
			(int)error);
		finish(s, SESSION_REFUSED);
		return;
	}
	if (strlen(key) != STOCK_KEY_LEN || strcmp(key, s->stock->key) == 0 ||
		stock_json_has(text, len, "params"))
		return;
	text_copy(s->key, sizeof s->key, key);
	read_heartbeat(s, text, len);
	world_tell(s->stock->world, "registered", s->stock->id, "{s:s,s:i,s:s}", "server",
		s->place->host, "port", (int)s->place->port, "by",
		stock_link_kind(s->link));
	s->stage = WAITING_FOR_DATE;
	say_date(s);
}

static bool
is_date(const char *text)
{
	static const char shape[] = "0000-00-00T00:00:00.000Z";

	for (size_t i = 0; i < DATE_LEN; i++)
		if (shape[i] == '0' ? !isdigit((unsigned char)text[i])
				    : text[i] != shape[i])
			return false;
	return text[DATE_LEN] == '\0';
}

/* Answers carry no name of what they answer: the device knows what it waits for. */
static void
hear_answer(struct session *s, const char *text, size_t len)
{
	char date[DATE_LEN + 2];
	struct stock *stock = s->stock;

	if (s->stage == WAITING_FOR_DATE &&
		stock_json_text(text, len, "date", date, sizeof date) && is_date(date) &&
		!stock_fault_strikes(
			stock, STOCK_NO_DATE, stock->faults.point[STOCK_NO_DATE])) {
		world_tell(stock->world, "heard", stock->id, "{s:s}", "what", "date");
		s->stage = UPDATED;
		s->query_at = deadline_in(QUERY_MS);
		say_update(s);
	} else if (s->stage == UPDATED) {
		say_query(s);
	}
}

/* The relay would click now. */
static void
hear_update(struct session *s, const char *text, size_t len, const char *sequence)
{
	if (!stock_json_has(text, len, "params"))
		return;
	world_tell(s->stock->world, "relay", s->stock->id, NULL);
	acknowledge(s, 0, sequence);
	say_update(s);
}

static void
hear_query(struct session *s, const char *text, size_t len, const char *sequence)
{
	if (!stock_json_has(text, len, "params"))
		return;
	say(s,
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
	finish(s, SESSION_REDIRECTED);
}

static void
hear_notify(struct session *s, const char *text, size_t len, const char *sequence)
{
	char command[16];

	if (stock_json_text(text, len, "cmd", command, sizeof command) &&
		strcmp(command, "config") == 0)
		read_heartbeat(s, text, len);
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

static void live_on(void *context);

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
		say(s,
			"{\"action\":\"update\",\"userAgent\":\"device\","
			"\"apikey\":\"%s\",\"deviceid\":\"%s\","
			"\"params\":{\"upgradeState\":%d},\"d_seq\":\"%s\"}",
			s->key, stock->id, (int)result, upgrade->sequence);
}

static void
hear_upgrade(struct session *s, const char *text, size_t len, const char *sequence)
{
	struct stock *stock = s->stock;
	struct stock_pastime pastime = { live_on, s };
	struct stock_upgrade upgrade;
	enum stock_result result = stock_upgrade_read(
		text, len, stock->personality, stock->slot, &upgrade);

	(void)sequence;
	world_tell(stock->world, "upgrade", stock->id, "{s:i,s:i}", "error", (int)result,
		"slot", (int)(3 - stock->slot));
	if (stock->faults.has[STOCK_NO_UPGRADE])
		return;
	if (stock_fault_strikes(
		    stock, STOCK_WS_DROP, stock->faults.point[STOCK_WS_DROP])) {
		finish(s, SESSION_LOST);
		return;
	}
	if (result == RESULT_MODEL && stock->personality->hangs_up_on_model) {
		finish(s, SESSION_LOST);
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

static void
hear_request(struct session *s, const char *text, size_t len, const char *action)
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

static void
hear(struct session *s, const char *text, size_t len)
{
	char id[PLUG_ID_SIZE], key[STOCK_KEY_LEN + 2], action[16];

	if (!stock_json_text(text, len, "deviceid", id, sizeof id) ||
		strcmp(id, s->stock->id) != 0 ||
		!stock_json_text(text, len, "apikey", key, sizeof key))
		world_tell(s->stock->world, "ignored", s->stock->id, "{s:s}", "what",
			"no deviceid or apikey");
	else if (s->stage == REGISTERING)
		hear_registered(s, text, len, key);
	else if (strcmp(key, s->key) != 0)
		world_tell(s->stock->world, "ignored", s->stock->id, "{s:s}", "what",
			"another key");
	else if (stock_json_text(text, len, "action", action, sizeof action))
		hear_request(s, text, len, action);
	else if (!s->busy)
		hear_answer(s, text, len);
}

static void
hear_frames(struct session *s)
{
	enum stock_frame frame;
	const char *text = NULL;
	size_t len = 0;

	while (!s->over &&
		(frame = stock_frames_next(&s->in, &text, &len)) != FRAME_NOT_WHOLE) {
		/* A download listens too, while this one's text is still in use. */
		char copy[STOCK_FRAMES_BYTES];

		if (frame == FRAME_THROWN)
			world_tell(s->stock->world, "ignored", s->stock->id, "{s:s}",
				"what", "a frame it does not know");
		if (frame != FRAME_TEXT)
			continue;
		memcpy(copy, text, len);
		hear(s, copy, len);
	}
}

static void
receive(struct session *s, struct deadline until)
{
	char bytes[2 * STOCK_TLS_BUFFER];
	int got = stock_link_receive(s->link, bytes, sizeof bytes, until);

	if (got == 0)
		finish(s, SESSION_LOST);
	if (got <= 0)
		return;
	heard_something(s);
	if (!stock_frames_add(&s->in, bytes, (size_t)got))
		world_tell(s->stock->world, "ignored", s->stock->id, "{s:s}", "what",
			"more than its buffer holds");
	hear_frames(s);
}

static void
keep_time(struct session *s)
{
	if (s->stage < UPDATED && deadline_passed(s->ready_until))
		finish(s, SESSION_STARTED_ANEW);
	if (s->stage == UPDATED && !s->busy && deadline_passed(s->query_at))
		say_query(s);
	if (s->stage == READY && deadline_passed(s->date_at))
		say_date(s);
	if (!deadline_passed(s->ping_at) || s->over)
		return;
	if (s->pings == PINGS_MOST ||
		!stock_link_send(s->link, STOCK_PING, STOCK_PING_LEN)) {
		finish(s, SESSION_LOST);
		return;
	}
	s->ping_at = deadline_in(s->heartbeat_ms);
	s->pings++;
}

/* During a download: whatever waits is read, pings go out; requests are not heard. */
static void
live_on(void *context)
{
	struct session *s = context;

	if (s->over)
		return;
	receive(s, deadline_in(0));
	keep_time(s);
}

static struct deadline
next_event(const struct session *s)
{
	struct deadline next = s->ping_at;

	if (s->stage < UPDATED)
		next = deadline_sooner(next, s->ready_until);
	if (s->stage == UPDATED)
		next = deadline_sooner(next, s->query_at);
	return deadline_sooner(next, s->date_at);
}

enum session_end
stock_session(struct stock *stock, struct stock_link *link, struct stock_place *place)
{
	struct session s = { .stock = stock,
		.link = link,
		.place = place,
		.heartbeat_ms = HEARTBEAT_S * 1000,
		.ready_until = deadline_in(stock_delay(stock, READY_MS)),
		.date_at = deadline_in(DATE_AGAIN_MS) };

	heard_something(&s);
	say_register(&s);
	while (!s.over && !cancel_asked(&stock->world->cancel)) {
		receive(&s, next_event(&s));
		if (!s.over)
			keep_time(&s);
	}
	return s.over ? s.end : SESSION_LOST;
}
