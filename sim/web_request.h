/* The small web server's reading of requests: arguments from the query and from a form's
 * body in one list, as the ESP8266 core does it. More generous than real browsers need,
 * less than real servers: no chunked bodies, no Expect. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_WEB_REQUEST_H
#define SIM_WEB_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/clock.h"

#define WEB_HEAD_MOST	   8192
#define WEB_FORM_MOST	   8192 /* a body that is not a file */
#define WEB_UPLOAD_MOST	   (2 * 1024 * 1024)
#define WEB_ARGUMENTS_MOST 32

struct web_request {
	char method[8];
	char path[128]; /* decoded */
	bool http_1_1; /* else 1.0 */
	char host[128], referer[256], authorization[256], content_type[128];
	struct {
		const char *name, *value; /* decoded; within `text` */
	} argument[WEB_ARGUMENTS_MOST];
	unsigned arguments;
	char *text; /* owned */
	char *query; /* within it; NULL without */
	char *body; /* owned; NULL without */
	size_t body_len;
};

/* Receives one request. False when the peer sends nonsense, too much, or nothing until
 * the deadline. `semicolons`: a bare ; separates arguments, as & does. */
bool web_request_receive(struct web_request *request, int fd, bool semicolons,
	struct deadline until, const struct cancel *cancel);

/* Reads a request of which all bytes are here; the same, without a socket. */
bool web_request_read(
	struct web_request *request, const char *bytes, size_t len, bool semicolons);

/* NULL when it was not sent. Borrowed. */
const char *web_request_argument(const struct web_request *request, const char *name);

void web_request_clear(struct web_request *request);

#endif
