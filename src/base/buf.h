/* A growing byte buffer that knows at birth the most it may ever hold. */
/* SPDX-License-Identifier: MIT */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/memory.h"

struct buf {
	char *data; /* NUL-terminated whenever it is not NULL */
	size_t len; /* bytes, without the NUL */
	size_t room; /* allocated */
	size_t limit; /* len never exceeds this */
	bool cut; /* something did not fit and was left out */
};

/* OWN(buf) body = BUF_UP_TO(16 * 1024); */
#define BUF_UP_TO(most) \
	{ \
		.data = NULL, .limit = (most) \
	}

/* Appends whole or not at all; false (and buf->cut) when it would exceed the limit. */
bool buf_add(struct buf *buf, const void *bytes, size_t len);
bool buf_add_text(struct buf *buf, const char *text);
bool buf_addf(struct buf *buf, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The content as a C string, "" when empty. Borrowed until the next change. */
const char *buf_text(const struct buf *buf);

/* Moves the content out; the caller frees it. The buffer is empty afterwards. */
char *buf_take(struct buf *buf);

/* Forgets the content, keeps the memory. */
void buf_reset(struct buf *buf);
void buf_clear(struct buf *buf);

#endif
