/* The server's side of a websocket, made for devices whose reader is small: every message
 * of ours is one unmasked text frame that leaves in one piece, no ping is ever sent, an
 * empty ping is answered by 8A 00. Framing by wslay. */
/* SPDX-License-Identifier: MIT */
#ifndef NET_WEBSOCKET_H
#define NET_WEBSOCKET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/memory.h"

struct websocket;

#define WEBSOCKET_MESSAGE_MOST 2000 /* both ways */
#define WEBSOCKET_KEY_MOST     64
#define WEBSOCKET_ACCEPT_SIZE  32

/* What answers a Sec-WebSocket-Key. False when the key is too long. */
bool websocket_accept_value(const char *key, char out[WEBSOCKET_ACCEPT_SIZE]);

/* Speaks on the connected, non-blocking fd, which stays the caller's; `extra` is what was
 * received already. */
struct websocket *websocket_new(int fd, const char *extra, size_t extra_len);
void websocket_free(struct websocket *websocket);
DEFINE_OWN(websocket)

enum websocket_event {
	WEBSOCKET_TEXT, /* a message */
	WEBSOCKET_QUIET, /* nothing before the deadline */
	WEBSOCKET_CLOSED, /* by the peer, in order or not */
	WEBSOCKET_ABUSED /* broken framing, binary, too long, a flood of control frames */
};

/* Waits for the next message; *message (to be freed) and *len are set for WEBSOCKET_TEXT.
 * One thread reads. After CLOSED and ABUSED nothing more comes. */
enum websocket_event websocket_read(
	struct websocket *websocket, struct deadline until, char **message, size_t *len);

/* From any thread; never blocks. False when it is too long or the connection is gone or
 * stuck. */
bool websocket_write(struct websocket *websocket, const char *text);

#endif
