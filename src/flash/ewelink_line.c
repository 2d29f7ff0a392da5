/* One device's websocket: answers what it asks at once, and tells its seat. */
/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "flash/ewelink_seat.h"

enum {
	REGISTER_MS = 15000, /* whoever is silent longer is no device */
	IDLE_MS = 8 * 60 * 1000, /* three heartbeats */
	STRANGE_MOST = 20, /* messages with a wrong key or id */
};

struct line {
	struct cloud_hall *hall;
	struct in_addr peer;
	struct http_stream *stream;
	struct websocket *websocket;
	char id[EWELINK_ID_SIZE];
	char key[EWELINK_KEY_SIZE]; /* of this connection; never printed */
	unsigned strange;
	bool has_ended;
	pthread_t thread;
	struct line *next;
};

/* A key of its own for every connection, in the shape of a UUID. */
static void
make_key(char out[EWELINK_KEY_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char random[EWELINK_KEY_LEN];

	if (getentropy(random, sizeof random) != 0)
		abort(); /* a system without randomness can keep no secret */
	for (int i = 0; i < EWELINK_KEY_LEN; i++)
		out[i] = digits[random[i] % 16];
	out[8] = out[13] = out[18] = out[23] = '-';
	out[14] = '4';
	out[EWELINK_KEY_LEN] = '\0';
}

static bool
send_text(struct line *line, char *text)
{
	bool ok = text != NULL && websocket_write(line->websocket, text);

	free(text);
	return ok;
}

/* The first message decides: a stranger hears nothing at all. */
static bool
register_device(struct line *line)
{
	struct ewelink_session session = { line->id, line->key };
	struct ewelink_message message;
	OWN_STR text = NULL;
	size_t len;

	if (websocket_read(line->websocket, deadline_in(REGISTER_MS), &text, &len) !=
			WEBSOCKET_TEXT ||
		!ewelink_read_message(text, len, &message) ||
		seat_register(line->hall, line, &message, line->peer) == NULL)
		return false;
	memcpy(line->id, message.id, sizeof line->id);
	return send_text(line, ewelink_write_registered(&session));
}

static char *
write_date(const struct ewelink_session *session)
{
	char now[CLOCK_TEXT_SIZE];

	clock_text(clock_wall_ms(), now);
	return ewelink_write_date(session, now);
}

/* The answer to what a device asks; NULL where none is due. */
static char *
write_answer(const struct line *line, const struct ewelink_message *message)
{
	struct ewelink_session session = { line->id, line->key };

	switch (message->action) {
	case EWELINK_DATE:
		return write_date(&session);
	case EWELINK_UPDATE:
		return ewelink_write_done(&session);
	case EWELINK_QUERY:
		return ewelink_write_no_timers(&session);
	case EWELINK_REGISTER:
		return ewelink_write_registered(&session);
	default:
		return NULL;
	}
}

/* Registering again on the same line is the one message with the factory key. */
static bool
is_ours(const struct line *line, const struct ewelink_message *message)
{
	return strcmp(message->id, line->id) == 0 &&
		(message->action == EWELINK_REGISTER ||
			strcmp(message->key, line->key) == 0);
}

static bool
hear(struct line *line, const char *text, size_t len)
{
	struct ewelink_message message;
	char *answer;

	if (!ewelink_read_message(text, len, &message) || !is_ours(line, &message))
		return ++line->strange <= STRANGE_MOST;
	/* The answer first: what a job does next stands behind it. */
	answer = write_answer(line, &message);
	return (answer == NULL || send_text(line, answer)) &&
		seat_hear(line->hall, line, &message);
}

static void
converse(struct line *line)
{
	bool ok = true;

	while (ok) {
		OWN_STR text = NULL;
		size_t len = 0;
		enum websocket_event event = websocket_read(
			line->websocket, deadline_in(IDLE_MS), &text, &len);

		ok = event == WEBSOCKET_TEXT && hear(line, text, len);
	}
}

static void *
serve(void *context)
{
	struct line *line = context;
	struct cloud_hall *hall = line->hall;
	struct http_stream *stream = line->stream;

	if (register_device(line))
		converse(line);
	seat_hang_up(hall, line);
	monitor_enter(&hall->monitor);
	line->stream = NULL;
	monitor_leave(&hall->monitor);
	websocket_free(line->websocket);
	http_stream_close(stream);
	monitor_enter(&hall->monitor);
	line->has_ended = true;
	monitor_leave(&hall->monitor);
	return NULL;
}

/* Takes out one line that may be joined; with `all` any one. */
static struct line *
take_ended(struct cloud_hall *hall, bool all, size_t *left)
{
	struct line *found = NULL;

	*left = 0;
	monitor_enter(&hall->monitor);
	for (struct line **at = &hall->lines; *at != NULL;) {
		if (found == NULL && (all || (*at)->has_ended)) {
			found = *at;
			*at = found->next;
			continue;
		}
		(*left)++;
		at = &(*at)->next;
	}
	monitor_leave(&hall->monitor);
	return found;
}

static size_t
join_ended(struct cloud_hall *hall, bool all)
{
	struct line *line;
	size_t left;

	while ((line = take_ended(hall, all, &left)) != NULL) {
		pthread_join(line->thread, NULL);
		free(line);
	}
	return left;
}

void
line_open(struct cloud_hall *hall, struct in_addr peer, struct http_stream *stream)
{
	struct line *line;
	bool ok;

	if (join_ended(hall, false) >= LINES_MOST) {
		http_stream_close(stream);
		return;
	}
	line = xcalloc(1, sizeof *line);
	line->hall = hall;
	line->peer = peer;
	line->stream = stream;
	line->websocket = websocket_new(stream->fd, stream->extra, stream->extra_len);
	make_key(line->key);
	monitor_enter(&hall->monitor);
	ok = !hall->is_closing && thread_start(&line->thread, serve, line);
	if (ok) {
		line->next = hall->lines;
		hall->lines = line;
	}
	monitor_leave(&hall->monitor);
	if (!ok) {
		websocket_free(line->websocket);
		http_stream_close(stream);
		free(line);
	}
}

bool
line_send(struct line *line, const char *text)
{
	return websocket_write(line->websocket, text);
}

void
line_cut(struct line *line)
{
	if (line->stream != NULL)
		shutdown(line->stream->fd, SHUT_RDWR);
}

const char *
line_key(const struct line *line)
{
	return line->key;
}

void
lines_close(struct cloud_hall *hall)
{
	monitor_enter(&hall->monitor);
	hall->is_closing = true;
	for (struct line *line = hall->lines; line != NULL; line = line->next)
		line_cut(line);
	monitor_leave(&hall->monitor);
	join_ended(hall, true);
}
