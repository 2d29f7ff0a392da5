/* A growing byte buffer that knows at birth the most it may ever hold. */
/* SPDX-License-Identifier: MIT */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Makes room for `more` bytes and a NUL. */
static bool
grow(struct buf *buf, size_t more)
{
	size_t room = buf->room > 0 ? buf->room : 64;

	if (more > buf->limit - buf->len) {
		buf->cut = true;
		return false;
	}
	while (room < buf->len + more + 1)
		room *= 2;
	if (room != buf->room) {
		buf->data = xrealloc(buf->data, room, 1);
		buf->room = room;
	}
	return true;
}

bool
buf_add(struct buf *buf, const void *bytes, size_t len)
{
	if (!grow(buf, len))
		return false;
	if (len > 0)
		memcpy(buf->data + buf->len, bytes, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
	return true;
}

bool
buf_add_text(struct buf *buf, const char *text)
{
	return buf_add(buf, text, strlen(text));
}

bool
buf_addf(struct buf *buf, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0 || !grow(buf, (size_t)len))
		return false;
	va_start(args, format);
	vsnprintf(buf->data + buf->len, (size_t)len + 1, format, args);
	va_end(args);
	buf->len += (size_t)len;
	return true;
}

const char *
buf_text(const struct buf *buf)
{
	return buf->data != NULL ? buf->data : "";
}

char *
buf_take(struct buf *buf)
{
	char *taken = buf->data != NULL ? buf->data : xstrdup("");

	*buf = (struct buf){ .limit = buf->limit };
	return taken;
}

void
buf_reset(struct buf *buf)
{
	buf->len = 0;
	buf->cut = false;
	if (buf->data != NULL)
		buf->data[0] = '\0';
}

void
buf_clear(struct buf *buf)
{
	free(buf->data);
	*buf = (struct buf){ .limit = buf->limit };
}
