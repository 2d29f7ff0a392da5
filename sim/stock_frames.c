/* Websocket frames as stock firmware reads and writes them. */
/* SPDX-License-Identifier: MIT */
#include "sim/stock_frames.h"

#include <string.h>

enum { WHOLE_TEXT = 0x81, PING = 0x89, PONG = 0x8A, MASKED = 0x80, LONG_FORM = 126 };

static void
drop_taken(struct stock_frames *frames)
{
	memmove(frames->bytes, frames->bytes + frames->taken,
		frames->len - frames->taken);
	frames->len -= frames->taken;
	frames->taken = 0;
}

bool
stock_frames_add(struct stock_frames *frames, const void *bytes, size_t len)
{
	drop_taken(frames);
	if (len >= sizeof frames->bytes - frames->len) {
		frames->len = 0;
		return false;
	}
	memcpy(frames->bytes + frames->len, bytes, len);
	frames->len += len;
	return true;
}

static enum stock_frame
throw_away(struct stock_frames *frames)
{
	frames->len = frames->taken = 0;
	return FRAME_THROWN;
}

static enum stock_frame
read_text(struct stock_frames *frames, const char **text, size_t *len)
{
	size_t head = 2, length = frames->bytes[1];

	if (length == LONG_FORM) {
		head = 4;
		if (frames->len < head)
			return FRAME_NOT_WHOLE;
		length = (size_t)frames->bytes[2] << 8 | frames->bytes[3];
	}
	if (length + head >= sizeof frames->bytes)
		return throw_away(frames);
	if (frames->len < head + length)
		return FRAME_NOT_WHOLE;
	*text = (const char *)frames->bytes + head;
	*len = length;
	frames->taken = head + length;
	return FRAME_TEXT;
}

enum stock_frame
stock_frames_next(struct stock_frames *frames, const char **text, size_t *len)
{
	uint8_t first, second;

	drop_taken(frames);
	if (frames->len < 2)
		return FRAME_NOT_WHOLE;
	first = frames->bytes[0];
	second = frames->bytes[1];
	if (first == WHOLE_TEXT && second <= LONG_FORM)
		return read_text(frames, text, len);
	if ((first != PONG && first != PING) || second != 0)
		return throw_away(frames);
	frames->taken = 2;
	return first == PONG ? FRAME_PONG : FRAME_SKIPPED;
}

size_t
stock_frame_write(uint8_t *out, size_t size, const char *text)
{
	size_t len = strlen(text), head = len < LONG_FORM ? 6 : 8;

	if (len > UINT16_MAX || size < head + len)
		return 0;
	memset(out, 0, head);
	out[0] = WHOLE_TEXT;
	out[1] = (uint8_t)(MASKED | (len < LONG_FORM ? len : LONG_FORM));
	if (len >= LONG_FORM) {
		out[2] = (uint8_t)(len >> 8);
		out[3] = (uint8_t)len;
	}
	memcpy(out + head, text, len);
	return head + len;
}
