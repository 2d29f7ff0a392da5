/* The DIY mode's endpoints: what a request asks, whether this firmware answers at all,
 * and what it says. No sockets here. Source: doc/protocol/diy.md. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_DIY_API_H
#define SIM_DIY_API_H

#include <jansson.h>

#include "sim/http_request.h"
#include "sim/plug.h"

enum answer_kind {
	ANSWER_JSON, /* error (and data) as JSON */
	ANSWER_PAGE, /* an HTML page: not found */
	ANSWER_SILENCE, /* the connection stays open without a byte */
	ANSWER_EMPTY /* closed without a byte */
};

struct answer {
	enum answer_kind kind;
	int error;
	json_t *data; /* owned; NULL for endpoints that only confirm */
	char sequence[32]; /* of the old dialect, repeated; "" otherwise */
	int64_t delay_ms; /* before anything is sent */
	bool start_download; /* after the answer has been sent */
	bool download_first; /* the answer waits for the download's outcome */
	bool leave_network; /* joins another Wi-Fi network after the answer */
};

/* Decides about one request; changes the plug's state. answer_clear() afterwards. */
void api_decide(
	struct plug *plug, const struct http_request *request, struct answer *out);

/* The answer's JSON text as this firmware writes it. The caller frees it. */
char *api_write(struct plug *plug, const struct answer *answer);

void answer_clear(struct answer *answer);

#endif
