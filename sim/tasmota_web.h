/* A simulated Tasmota's web server: who may ask what on which face, and the answers'
 * form. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_TASMOTA_WEB_H
#define SIM_TASMOTA_WEB_H

#include "sim/tasmota.h"
#include "sim/web_request.h"

/* Reads one request from fd and answers it; the caller closes fd. */
void tasmota_web_answer(struct tasmota *t, int fd, enum tasmota_face face);

/* One visit, as the pages see it. */
struct tasmota_visit {
	struct tasmota *t;
	const struct web_request *request;
	enum tasmota_face face;
	int fd;
};

/* Sends an answer: chunked for HTTP/1.1, until the end of the connection for 1.0. `more`
 * holds further header lines with their line ends, or is "". */
void tasmota_web_send(const struct tasmota_visit *visit, const char *status,
	const char *type, const char *more, const char *body);

/* The same with the frame of a page around it. */
void tasmota_web_page(const struct tasmota_visit *visit, const char *body);

#endif
