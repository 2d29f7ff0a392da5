/* An HTTP server for many devices at once: libmicrohttpd with its own event thread, small
 * memory per connection, and the manners old devices need (header names exactly as
 * written, head and body in one go, no connection closed first). It knows nothing of
 * what is served: a handler answers. */
/* SPDX-License-Identifier: MIT */
#ifndef NET_HTTP_SERVER_H
#define NET_HTTP_SERVER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct http_server;
struct http_connection;

#define HTTP_HEADERS_MOST 4
#define HTTP_SCRATCH_SIZE 96

/* What was asked. All borrowed until answer() returns. */
struct http_request {
	const char *method; /* "GET" */
	/* Without scheme, host and query: "/a/x"; without the slash where the device
	 * sent none. Escapes are left as they are. */
	const char *path;
	const char *body; /* NUL behind it; "" when there was none */
	size_t body_len; /* at most http_options.body_most */
	struct in_addr peer;
	struct http_connection *connection;
	void *raw;
};

/* Some devices write to flash while they receive and lose what comes faster. Head and
 * `first_bytes` leave at once, each later piece alone after its pause. */
struct http_pace {
	size_t first_bytes;
	unsigned first_pause_ms;
	size_t piece_bytes; /* 0: no pace, as fast as it goes */
	unsigned pause_ms;
};

/* What is answered. The strings are copied afterwards; the body is not: it stays until the
 * handler's sent() says `ended`. */
struct http_answer {
	unsigned status;
	struct {
		const char *name; /* sent letter for letter as written here */
		const char *value;
	} headers[HTTP_HEADERS_MOST]; /* Content-Length is added */
	char scratch[HTTP_SCRATCH_SIZE]; /* room for a value the handler writes */
	const void *body;
	size_t body_len; /* also the Content-Length of an answer to HEAD */
	struct http_pace pace;
	void *token; /* handed to sent(); NULL: sent() is not called */
	bool upgrade; /* with status 101: the connection becomes a stream, see upgraded() */
};

/* What becomes of a connection after status 101; whoever has it closes it. */
struct http_stream {
	int fd; /* plain bytes, non-blocking; do not close */
	char *extra; /* what came together with the request */
	size_t extra_len;
	void *handle;
};

/* From any thread; before http_server_free(). */
void http_stream_close(struct http_stream *stream);

/* All are called from the server's own thread and must not block. */
struct http_handler {
	void *context;
	void (*answer)(void *context, const struct http_request *request,
		struct http_answer *answer);
	/* The first `bytes` of the body have been handed to the network; for large
	 * bodies called again and again. Exactly one call has `ended`: nothing of the
	 * body is touched after it. May be NULL when no answer has a token. */
	void (*sent)(void *context, void *token, uint64_t bytes, bool ended);
	/* A connection was opened or closed, whether or not it asks. May be NULL. */
	void (*connected)(void *context, struct http_connection *connection,
		struct in_addr peer, bool opened);
	/* Takes the stream of an answer with `upgrade`. May be NULL when there is none. */
	void (*upgraded)(void *context, struct in_addr peer, struct http_stream *stream);
};

struct http_options {
	struct in_addr address; /* INADDR_ANY: all of this computer */
	uint16_t port; /* 0: any free one */
	unsigned connections_most; /* 0: HTTP_CONNECTIONS_MOST */
	unsigned per_peer_most; /* connections of one address; 0: no limit */
	unsigned idle_seconds; /* 0: HTTP_IDLE_SECONDS */
	size_t body_most; /* longer request bodies get 413; 0: none is taken */
	bool only_taken; /* does not listen: serves what http_server_take() brings */
};

#define HTTP_CONNECTIONS_MOST 2048
#define HTTP_IDLE_SECONDS     120

/* Listens and answers until http_server_free(). Options are copied, *handler is borrowed.
 * E-PORT-BUSY, E-PORT-DENIED, E-SYSTEM. */
struct http_server *http_server_new(const struct http_options *options,
	const struct http_handler *handler, struct err *err);
uint16_t http_server_port(const struct http_server *server);

/* Serves a connection that was accepted elsewhere; owns fd from here, also when it says
 * no (too many of them). */
bool http_server_take(struct http_server *server, int fd, struct in_addr peer);

/* Closes all connections; every token has had its sent() before this returns. */
void http_server_free(struct http_server *server);

/* A request header, name in any case; NULL when missing. Borrowed. */
const char *http_request_header(const struct http_request *request, const char *name);

/* An argument of the query string, escapes left as they are; NULL when missing.
 * Borrowed. */
const char *http_request_argument(const struct http_request *request, const char *name);

/* A number the handler may leave on a connection, 0 at first. */
uint64_t http_connection_mark(const struct http_connection *connection);
void http_connection_set_mark(struct http_connection *connection, uint64_t mark);

/* Its socket, to look at; valid as long as http_connection_cut() would be. */
int http_connection_fd(const struct http_connection *connection);

/* Breaks the connection off, so that sent() is told `ended` soon. From any thread, but
 * only between answer() and the `ended` of a token given there. */
void http_connection_cut(struct http_connection *connection);

#endif
