/* Serves checked images from memory to the devices that were asked, and to nobody else.
 * How devices download: doc/protocol/diy.md. One door, one lock; all functions may be
 * called from any thread. */
/* SPDX-License-Identifier: MIT */
#ifndef FLASH_IMAGE_SERVER_H
#define FLASH_IMAGE_SERVER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "firmware/image.h"
#include "host/reach.h"

struct http_handler; /* net/http_server.h */
struct image_server;
struct offer;

/* Listens on all IPv4 addresses of this computer, on `port` (0: any free one). E-PORT-BUSY
 * names who holds the port where that can be told. */
struct image_server *image_server_new(uint16_t port, struct err *err);

/* Does not listen: the owner of an HTTP server on `port` passes requests, and what was
 * sent of their answers, to image_server_handler(). */
struct image_server *image_server_new_within(uint16_t port);
const struct http_handler *image_server_handler(const struct image_server *server);

uint16_t image_server_port(const struct image_server *server);
void image_server_free(struct image_server *server); /* all offers are closed before */
DEFINE_OWN(image_server)

/* Proves, as far as it can be done from here, that `peer` can fetch from this server:
 * picks *own by route, connects to itself through it and fetches a range. Puts a sentence
 * about a likely firewall rule into `warning`, "" when there is none. False: the device
 * can not reach us, with a code of kind ERR_UNREACHABLE. */
bool image_server_prove(struct image_server *server, struct in_addr peer,
	struct in_addr *own, char warning[REACH_TEXT_SIZE], struct err *err);

/* Offers an image to one device: an unguessable path of at most 60 plain characters that
 * only `peer` may fetch (INADDR_ANY: anybody, for `serve`). The image is borrowed and
 * must outlive the offer. */
struct offer *image_server_offer(
	struct image_server *server, const struct image *image, struct in_addr peer);

/* The same for Tasmota's own updater: named "fw.bin" or "fw.bin.gz", because it makes other
 * names out of dashes and dots, and with the MD5 sum that it checks. */
struct offer *image_server_offer_upgrade(
	struct image_server *server, const struct image *image, struct in_addr peer);

/* Offers the minimal build beside such an offer, where Tasmota looks for it when the other
 * does not fit. An offer of its own; the image is borrowed. */
struct offer *offer_beside(const struct offer *offer, const struct image *minimal);

/* "http://HOST:PORT/PATH" for the address the peer reaches us at; caller frees. */
char *offer_url(const struct offer *offer, struct in_addr own_address);

/* Sets the pause between the pieces of 1400 bytes in which vendor firmware that asks for
 * no range gets the image; OFFER_PAUSE_MS at first. */
#define OFFER_PAUSE_MS	  300
#define OFFER_PIECE_BYTES 1400
void offer_set_pause(struct offer *offer, unsigned pause_ms);

/* The device has moved: from now on `peer` may fetch, and the old address may not. This
 * happens by itself when a request from elsewhere knows the path and names the deviceid
 * the device has used before (a new DHCP lease in the middle of a download). */
void offer_follow(struct offer *offer, struct in_addr peer);

/* Breaks off what is still being sent from the image; NULL is fine. */
void offer_close(struct offer *offer);

#define OFFER_NO_RESULT (-1)

/* What the device has done so far. */
struct offer_progress {
	uint64_t version; /* grows with every change */
	struct in_addr peer; /* who; INADDR_ANY while nobody has asked */
	uint64_t requests; /* for the image, whole or part */
	uint64_t bytes_served; /* all below has been sent; a repeated range counts once */
	unsigned connections; /* 1 is a clean download; more are reconnects */
	bool complete; /* the last byte has been sent, and all before it */
	int result; /* the error number of the device's POST, or OFFER_NO_RESULT */
	int64_t first_ms; /* steady clock of the first request, 0 before */
	int64_t last_ms; /* steady clock of the last one, also of the last piece sent */
	char user_agent[64]; /* printable */
	char asked_id[33]; /* deviceid of the query string: compare with the job's */
	uint64_t strangers; /* requests for this offer from other addresses, refused */
	struct in_addr stranger; /* the last of them */
};

/* The state now. Of an offer to anybody: of the first that came. */
void offer_look(struct offer *offer, struct offer_progress *out);

/* For an offer to anybody: the state of the one that came as number `index`, from 0.
 * False when there are not so many. From OFFER_VISITORS_MOST on they share a row. */
#define OFFER_VISITORS_MOST 1024
bool offer_look_at(struct offer *offer, size_t index, struct offer_progress *out);

/* Blocks until something changes after *seen (a copy from an earlier call; all zero at
 * first), the deadline passes or the job is cancelled; then fills *seen anew. False when
 * nothing changed. */
bool offer_wait(struct offer *offer, struct offer_progress *seen, struct deadline until,
	const struct cancel *cancel);

#endif
