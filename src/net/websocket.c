/* The server's side of a websocket, on wslay. */
/* SPDX-License-Identifier: MIT */
#include "net/websocket.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <wslay/wslay.h>

#include "base/buf.h"
#include "base/monitor.h"
#include "net/socket.h"

#define STEP_BYTES	  2048 /* received between two looks at what came */
#define OUT_MOST	  8192
#define CONTROL_WINDOW_MS 60000
#define CONTROL_MOST	  60 /* frames in a window; a device sends one in 145 s */
#define SHA1_BYTES	  20

struct message {
	struct message *next;
	size_t len;
	char text[];
};

struct websocket {
	int fd;
	char *extra;
	size_t extra_len, extra_done;
	struct monitor monitor; /* guards wslay, which knows no threads, and all below */
	wslay_event_context_ptr wslay;
	struct buf out; /* frames that leave in one piece */
	struct message *first, **last;
	size_t step_left; /* bytes that may still be received in this step */
	int64_t window_ms;
	unsigned controls;
	bool peer_is_gone;
	bool is_abused;
};

bool
websocket_accept_value(const char *key, char out[WEBSOCKET_ACCEPT_SIZE])
{
	static const char magic[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	char text[WEBSOCKET_KEY_MOST + sizeof magic];
	unsigned char digest[SHA1_BYTES];
	gnutls_datum_t raw = { digest, sizeof digest }, base64 = { 0 };
	size_t len = strlen(key);
	bool ok;

	if (len > WEBSOCKET_KEY_MOST)
		return false;
	memcpy(text, key, len);
	memcpy(text + len, magic, sizeof magic);
	ok = gnutls_hash_fast(GNUTLS_DIG_SHA1, text, strlen(text), digest) >= 0 &&
		gnutls_base64_encode2(&raw, &base64) >= 0 &&
		base64.size < WEBSOCKET_ACCEPT_SIZE;
	if (ok) {
		memcpy(out, base64.data, base64.size);
		out[base64.size] = '\0';
	}
	gnutls_free(base64.data);
	return ok;
}

static ssize_t
take_extra(struct websocket *websocket, uint8_t *bytes, size_t most)
{
	size_t left = websocket->extra_len - websocket->extra_done;
	size_t len = left < most ? left : most;

	memcpy(bytes, websocket->extra + websocket->extra_done, len);
	websocket->extra_done += len;
	return (ssize_t)len;
}

static ssize_t
on_receive(wslay_event_context_ptr wslay, uint8_t *bytes, size_t len, int flags,
	void *context)
{
	struct websocket *websocket = context;
	size_t most = len < websocket->step_left ? len : websocket->step_left;
	ssize_t got = -1;

	(void)flags;
	errno = EAGAIN;
	if (most > 0 && websocket->extra_done < websocket->extra_len)
		got = take_extra(websocket, bytes, most);
	else if (most > 0)
		got = recv(websocket->fd, bytes, most, MSG_DONTWAIT);
	if (got > 0) {
		websocket->step_left -= (size_t)got;
		return got;
	}
	websocket->peer_is_gone |= got == 0 || (errno != EAGAIN && errno != EINTR);
	wslay_event_set_error(wslay, WSLAY_ERR_WOULDBLOCK);
	return -1;
}

/* Only collects: head and content of a frame come here one after the other, and a device
 * takes what arrives together for one message. */
static ssize_t
on_send(wslay_event_context_ptr wslay, const uint8_t *bytes, size_t len, int flags,
	void *context)
{
	struct websocket *websocket = context;

	(void)flags;
	if (buf_add(&websocket->out, bytes, len))
		return (ssize_t)len;
	wslay_event_set_error(wslay, WSLAY_ERR_CALLBACK_FAILURE);
	return -1;
}

static bool
is_flood(struct websocket *websocket)
{
	int64_t now = clock_steady_ms();

	if (now - websocket->window_ms > CONTROL_WINDOW_MS) {
		websocket->window_ms = now;
		websocket->controls = 0;
	}
	return ++websocket->controls > CONTROL_MOST;
}

static void
on_message(wslay_event_context_ptr wslay, const struct wslay_event_on_msg_recv_arg *arg,
	void *context)
{
	struct websocket *websocket = context;
	struct message *message;

	(void)wslay;
	if (wslay_is_ctrl_frame(arg->opcode)) {
		websocket->is_abused |= is_flood(websocket);
		return;
	}
	if (arg->opcode != WSLAY_TEXT_FRAME ||
		memchr(arg->msg, '\0', arg->msg_length) != NULL) {
		websocket->is_abused = true;
		return;
	}
	message = xcalloc(1, sizeof *message + arg->msg_length + 1);
	message->len = arg->msg_length;
	memcpy(message->text, arg->msg, arg->msg_length);
	*websocket->last = message;
	websocket->last = &message->next;
}

struct websocket *
websocket_new(int fd, const char *extra, size_t extra_len)
{
	static const struct wslay_event_callbacks callbacks = {
		.recv_callback = on_receive,
		.send_callback = on_send,
		.on_msg_recv_callback = on_message,
	};
	struct websocket *websocket = xcalloc(1, sizeof *websocket);

	websocket->fd = fd;
	websocket->extra = xmalloc(extra_len + 1);
	memcpy(websocket->extra, extra, extra_len);
	websocket->extra_len = extra_len;
	websocket->out.limit = OUT_MOST;
	websocket->last = &websocket->first;
	monitor_init(&websocket->monitor);
	if (wslay_event_context_server_init(&websocket->wslay, &callbacks, websocket) !=
		0)
		abort(); /* out of memory */
	wslay_event_config_set_max_recv_msg_length(
		websocket->wslay, WEBSOCKET_MESSAGE_MOST);
	return websocket;
}

/* What does not leave at once never will: a device keeps its window open. */
static bool
flush(struct websocket *websocket)
{
	bool ok = wslay_event_send(websocket->wslay) == 0;
	const char *bytes = buf_text(&websocket->out);
	size_t len = websocket->out.len;

	ok = ok &&
		(len == 0 ||
			send(websocket->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT) ==
				(ssize_t)len);
	buf_reset(&websocket->out);
	websocket->peer_is_gone |= !ok;
	return ok;
}

/* Receives at most STEP_BYTES, so that memory stays bounded. */
static void
receive(struct websocket *websocket)
{
	websocket->step_left = STEP_BYTES;
	if (wslay_event_recv(websocket->wslay) != 0)
		websocket->peer_is_gone = true;
	flush(websocket);
	/* The library stops reading on a close frame and on broken framing alike. */
	if (!wslay_event_get_read_enabled(websocket->wslay)) {
		websocket->is_abused |= !wslay_event_get_close_received(websocket->wslay);
		websocket->peer_is_gone = true;
	}
}

static struct message *
take_first(struct websocket *websocket)
{
	struct message *message = websocket->first;

	if (message != NULL)
		websocket->first = message->next;
	if (websocket->first == NULL)
		websocket->last = &websocket->first;
	return message;
}

/* One look at what is there. False: wait for more. */
static bool
look(struct websocket *websocket, enum websocket_event *event, struct message **message)
{
	bool is_over;

	monitor_enter(&websocket->monitor);
	if (websocket->first == NULL && !websocket->peer_is_gone)
		receive(websocket);
	*message = websocket->is_abused ? NULL : take_first(websocket);
	*event = *message != NULL      ? WEBSOCKET_TEXT
		: websocket->is_abused ? WEBSOCKET_ABUSED
				       : WEBSOCKET_CLOSED;
	is_over = *message != NULL || websocket->is_abused || websocket->peer_is_gone;
	monitor_leave(&websocket->monitor);
	return is_over;
}

enum websocket_event
websocket_read(
	struct websocket *websocket, struct deadline until, char **text, size_t *len)
{
	enum websocket_event event;
	struct message *message;

	while (!look(websocket, &event, &message))
		if (websocket->extra_done == websocket->extra_len &&
			!socket_wait(websocket->fd, POLLIN, until, NULL))
			return WEBSOCKET_QUIET;
	if (message != NULL) {
		*text = xstrndup(message->text, message->len);
		*len = message->len;
		free(message);
	}
	return event;
}

bool
websocket_write(struct websocket *websocket, const char *text)
{
	struct wslay_event_msg message = { WSLAY_TEXT_FRAME, (const uint8_t *)text,
		strlen(text) };
	bool ok;

	if (message.msg_length > WEBSOCKET_MESSAGE_MOST)
		return false;
	monitor_enter(&websocket->monitor);
	ok = !websocket->peer_is_gone &&
		wslay_event_queue_msg(websocket->wslay, &message) == 0 &&
		flush(websocket);
	monitor_leave(&websocket->monitor);
	return ok;
}

void
websocket_free(struct websocket *websocket)
{
	struct message *message;

	if (websocket == NULL)
		return;
	while ((message = take_first(websocket)) != NULL)
		free(message);
	wslay_event_context_free(websocket->wslay);
	buf_clear(&websocket->out);
	monitor_clear(&websocket->monitor);
	free(websocket->extra);
	free(websocket);
}
