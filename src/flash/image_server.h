/* Serves checked images from memory to the devices that were asked, and to nobody else.
 * How devices download: doc/protocol/diy.md. One door, one lock; all functions may be
 * called from any thread. */
/* SPDX-License-Identifier: MIT */
#ifndef FLASH_IMAGE_SERVER_H
#define FLASH_IMAGE_SERVER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "firmware/image.h"

struct image_server;
struct offer;

/* Listens on all IPv4 addresses of this computer, on `port` (0: any free one). E-PORT-BUSY
 * names who holds the port where that can be told. */
struct image_server *image_server_new(uint16_t port, struct err *err);
uint16_t image_server_port(const struct image_server *server);
void image_server_free(struct image_server *server); /* all offers are closed before */
DEFINE_OWN(image_server)

/* Offers an image to one device: an unguessable path of at most 60 plain characters that
 * only `peer` may fetch (INADDR_ANY: anybody, for `serve`). The image is borrowed and
 * must outlive the offer. */
struct offer *image_server_offer(
	struct image_server *server, const struct image *image, struct in_addr peer);

/* "http://HOST:PORT/PATH" for the address the peer reaches us at; caller frees. */
char *offer_url(const struct offer *offer, struct in_addr own_address);
void offer_close(struct offer *offer);

#define OFFER_NO_RESULT (-1)

/* What the device has done so far. */
struct offer_progress {
	uint64_t requests;
	uint64_t bytes_served; /* highest byte sent + 1: a repeated range counts once */
	unsigned connections; /* 1 is a clean download; more are reconnects */
	bool complete; /* the last byte has been sent */
	int result; /* the error number of the device's POST, or OFFER_NO_RESULT */
	int64_t first_ms; /* steady clock of the first request, 0 before */
	int64_t last_ms; /* steady clock of the last one */
	char user_agent[64];
	char asked_id[33]; /* deviceid of the query string: compare with the job's */
	uint64_t strangers; /* requests for this offer from other addresses, refused */
};

/* The state now. */
void offer_look(struct offer *offer, struct offer_progress *out);

/* Blocks until something changes after *seen (a copy from an earlier call), the deadline
 * passes or the job is cancelled; then fills *seen anew. False when nothing changed. */
bool offer_wait(struct offer *offer, struct offer_progress *seen, struct deadline until,
	const struct cancel *cancel);

#endif
