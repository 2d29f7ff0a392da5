/* A device's strict reader of HTTP requests: what ESP8266 servers understand and no more.
 * No chunked bodies, no second request on a connection, everything bounded. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_HTTP_REQUEST_H
#define SIM_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

/* Head and body together. */
#define REQUEST_BYTES_MOST 4096

struct http_request {
	char method[8];
	char target[1024];
	bool http_1_1; /* else 1.0 */
	const char *body; /* inside the bytes given; NULL without Content-Length */
	size_t body_len;
	char referer[256]; /* "" when not sent */
	char host[128]; /* "" when not sent */
};

enum request_state {
	REQUEST_WHOLE,
	REQUEST_PARTIAL, /* more bytes have to come */
	REQUEST_BAD
};

/* Reads the request in bytes[0..len). Strings in *out are copies, body points into
 * `bytes`. */
enum request_state http_request_read(
	const char *bytes, size_t len, struct http_request *out);

/* The value of one argument of the target's query, percent-decoded ('+' is a blank), or
 * false when it is missing, malformed or longer than size - 1. */
bool http_request_argument(
	const struct http_request *request, const char *name, char *out, size_t size);

#endif
