/* Websocket frames as stock firmware reads and writes them: one small buffer, and all of
 * it thrown away for anything it does not know. No sockets here.
 * Source: doc/protocol/simulator-stock.md, "Websocket". */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_STOCK_FRAMES_H
#define SIM_STOCK_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STOCK_FRAMES_BYTES 2048

struct stock_frames {
	uint8_t bytes[STOCK_FRAMES_BYTES];
	size_t len;
	size_t taken; /* of the frame that was handed out last */
};

enum stock_frame {
	FRAME_NOT_WHOLE, /* more bytes have to come */
	FRAME_TEXT,
	FRAME_PONG,
	FRAME_SKIPPED, /* a ping: not answered */
	FRAME_THROWN /* not understood; everything else that waited is gone too */
};

/* False when it was too much: the buffer is empty then. */
bool stock_frames_add(struct stock_frames *frames, const void *bytes, size_t len);

/* The next frame; *text and *len lie in the buffer until the next call of either. */
enum stock_frame stock_frames_next(
	struct stock_frames *frames, const char **text, size_t *len);

/* A text frame masked with the key zero; returns its length, 0 when it does not fit. */
size_t stock_frame_write(uint8_t *out, size_t size, const char *text);

/* A ping of the device, whole. */
#define STOCK_PING     "\x89\x80\x00\x00\x00\x00"
#define STOCK_PING_LEN 6

#endif
