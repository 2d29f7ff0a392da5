/* What a stock device says and hears on its websocket: two keys, a date it waits for, and
 * silence for everything that does not carry the right names. */
/* SPDX-License-Identifier: MIT */
#include "sim/stock_session.h"

#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "sim/stock_json.h"
#include "sim/stock_talk.h"

enum {
	READY_MS = 60000, /* for registration and date; then everything starts anew */
	QUERY_MS = 1000, /* when `update` is not answered */
	DATE_AGAIN_MS = 30 * 60 * 1000,
	HEARTBEAT_S = 145,
	HEARTBEAT_JITTER_MS = 7000,
	PINGS_MOST = 2,
	DATE_LEN = 24
};

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

	talk_say(s,
		"{\"userAgent\":\"device\",\"apikey\":\"%s\",\"deviceid\":\"%s\","
		"\"action\":\"register\",\"version\":2,\"romVersion\":\"%s\","
		"\"model\":\"%s\",\"ts\":%u}",
		stock->key, stock->id, stock->personality->firmware,
		stock->personality->model, 530 + stock_random(s->stock, 440));
}

static void
say_date(struct session *s)
{
	talk_say(s,
		"{\"userAgent\":\"device\",\"apikey\":\"%s\",\"deviceid\":\"%s\","
		"\"action\":\"date\"}",
		s->key, s->stock->id);
	s->date_at = deadline_in(DATE_AGAIN_MS);
}

static void
say_query(struct session *s)
{
	talk_say(s,
		"{\"userAgent\":\"device\",\"apikey\":\"%s\",\"deviceid\":\"%s\","
		"\"action\":\"query\",\"params\":[%s]}",
		s->key, s->stock->id,
		s->stock->personality->asks_time_zone ? "\"timers\",\"timeZone\""
						      : "\"timers\"");
	s->stage = READY;
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
		talk_finish(s, SESSION_REFUSED);
		return;
	}
	if (strlen(key) != STOCK_KEY_LEN || strcmp(key, s->stock->key) == 0 ||
		stock_json_has(text, len, "params"))
		return;
	text_copy(s->key, sizeof s->key, key);
	talk_read_heartbeat(s, text, len);
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
		talk_say_update(s);
	} else if (s->stage == UPDATED) {
		say_query(s);
	}
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
		talk_hear_request(s, text, len, action);
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
		talk_finish(s, SESSION_LOST);
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
		talk_finish(s, SESSION_STARTED_ANEW);
	if (s->stage == UPDATED && !s->busy && deadline_passed(s->query_at))
		say_query(s);
	if (s->stage == READY && deadline_passed(s->date_at))
		say_date(s);
	if (!deadline_passed(s->ping_at) || s->over)
		return;
	if (s->pings == PINGS_MOST ||
		!stock_link_send(s->link, STOCK_PING, STOCK_PING_LEN)) {
		talk_finish(s, SESSION_LOST);
		return;
	}
	s->ping_at = deadline_in(s->heartbeat_ms);
	s->pings++;
}

void
session_live_on(void *context)
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
