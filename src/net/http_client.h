/* Asking over HTTP(S), one request per connection, in the caller's thread. Many threads
 * may ask at once. Made for devices that are easily upset: head and body leave in one
 * write, Connection: close, no Expect, no proxy whatever the environment says. */
/* SPDX-License-Identifier: MIT */
#ifndef NET_HTTP_CLIENT_H
#define NET_HTTP_CLIENT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"

/* A command that asks over HTTP calls http_open() once, before it starts threads, and
 * http_close() at its end. Calls nest. E-SYSTEM when the library can not start. */
bool http_open(struct err *err);
void http_close(void);

#define HTTP_CONNECT_MS 3000 /* a device that is there takes the connection at once */

struct http_request {
	const char *url; /* http:// or https:// */
	const char *body; /* NULL: GET; else POST of this JSON text */
	size_t body_len; /* 0: a NUL ends the body */
	const char *body_type; /* of the body; NULL: application/json */
	const char *const
		*headers; /* "Referer: http://192.0.2.7/", NULL at the end; or NULL */
	struct in_addr from; /* this computer's address to use; INADDR_ANY: by route */
	int64_t connect_ms; /* 0: HTTP_CONNECT_MS; TLS handshake included */
	int64_t idle_ms; /* longest silence once connected; 0: only `until` counts */
	struct deadline until; /* everything is over by then */
	uint64_t most; /* bytes of body accepted */
	bool follow; /* redirects, at most 5, never from https down to http */
	const struct cancel *cancel; /* heard within CANCEL_SLICE_MS; may be NULL */

	/* A download gives `take`: it gets the body of a 200 piece by piece instead of
	 * answer->body, and a false from it ends the transfer (HTTP_STOPPED). `progress`
	 * may be NULL; `total` is 0 when the server does not say. */
	bool (*take)(void *context, const void *bytes, size_t len);
	void (*progress)(void *context, uint64_t done, uint64_t total);
	void *context;
};

/* How an exchange ended. */
enum http_end {
	HTTP_ANSWERED, /* whole; look at the status */
	HTTP_REFUSED, /* nobody listens on that port */
	HTTP_NO_ROUTE, /* host or network can not be reached */
	HTTP_NO_NAME, /* the host name does not resolve */
	HTTP_NO_CONNECTION, /* nobody took the connection in time */
	HTTP_SILENT, /* connected, then no (more) bytes in time */
	HTTP_EMPTY, /* closed in an orderly way without a byte */
	HTTP_RESET, /* connection reset, before or within the answer */
	HTTP_CUT_SHORT, /* closed before the announced length */
	HTTP_TOO_LARGE, /* more than `most` */
	HTTP_NOT_HTTP, /* the bytes are not an HTTP answer */
	HTTP_NOT_TRUSTED, /* TLS: bad certificate or no common ground */
	HTTP_STOPPED, /* `take` said no */
	HTTP_CANCELLED,
	HTTP_FAILED /* this computer's fault, or an impossible URL */
};

struct http_answer {
	enum http_end end;
	int status; /* 200; 0 when no status line came */
	struct buf body; /* limited by request->most */
	char detail[128]; /* the library's words, for the log and E-HTTP… texts */
	char etag[128]; /* for If-None-Match the next time; "" when none or too long */
	char modified[64]; /* Last-Modified, for If-Modified-Since; "" when none */
};

void http_answer_clear(struct http_answer *answer);

/* OWN(http_answer) answer = { 0 };   one exchange; returns answer->end. Blocks. */
enum http_end http_ask(const struct http_request *request, struct http_answer *answer);

/* True for a whole answer with status 200. Else says in *err what happened to
 * request->url: E-HTTP-UNREACHABLE, -NAME, -SILENT, -BROKEN, -STATUS, -TOO-LARGE, -TRUST,
 * E-CANCELLED. For HTTP_STOPPED *err is left as `take` made it. */
bool http_is_good(const struct http_request *request, const struct http_answer *answer,
	struct err *err);

#endif
