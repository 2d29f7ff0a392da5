/* The inside of a session, shared by stock_session.c (who speaks when) and stock_talk.c
 * (what is said, and what the cloud's requests do). */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_STOCK_TALK_H
#define SIM_STOCK_TALK_H

#include "sim/stock_frames.h"
#include "sim/stock_session.h"

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

/* The first end counts. */
void talk_finish(struct session *s, enum session_end end);

/* One frame. A lost connection finishes the session. */
void talk_say(struct session *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void talk_say_update(struct session *s);

/* Takes hb and hbInterval from a message, at whatever depth they stand. */
void talk_read_heartbeat(struct session *s, const char *text, size_t len);

/* A request of the cloud's that carries the right names. May take minutes: an `upgrade`
 * is downloaded in here. */
void talk_hear_request(
	struct session *s, const char *text, size_t len, const char *action);

/* During a download: whatever waits is read, pings go out; requests are not heard. */
void session_live_on(void *session);

#endif
