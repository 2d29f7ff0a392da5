/* Memory that is there or ends the program, and ownership that shows in the
 * declaration. Sizes from outside are compared with a limit before they come here. */
/* SPDX-License-Identifier: MIT */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>
#include <stdlib.h>

/* Never return NULL: running out of memory ends the program with a message. */
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *old, size_t count, size_t size); /* count * size may not overflow */
char *xstrdup(const char *text);
char *xstrndup(const char *text, size_t most);
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

static inline void
own_string(char **text)
{
	free(*text);
}

/* OWN_STR url = NULL;   freed on every way out. */
#define OWN_STR __attribute__((cleanup(own_string), unused)) char *

/* OWN(buf) body = BUF_UP_TO(4096);   buf_clear() runs on every way out. */
#define OWN(type) __attribute__((cleanup(type##_clear), unused)) struct type

/* OWN_NEW(image) image = image_open(...);   image_free() runs on every way out.
 * The header that declares x_free() says DEFINE_OWN(x) below it. */
#define OWN_NEW(type) __attribute__((cleanup(own_##type), unused)) struct type *
#define DEFINE_OWN(type) \
	static inline void own_##type(struct type **owned) \
	{ \
		type##_free(*owned); \
	}

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
