/* The inside of an offer, shared by image_server.c (who asks what) and offer.c (what has
 * been done). Everybody else uses flash/image_server.h. */
/* SPDX-License-Identifier: MIT */
#ifndef FLASH_OFFER_H
#define FLASH_OFFER_H

#include "base/monitor.h"
#include "firmware/digest.h"
#include "flash/image_server.h"
#include "net/http_server.h"

#define OFFER_PATH_SIZE 61 /* devices keep a short path only: 60 characters */

struct delivery; /* bytes of the image on their way to somebody */

struct offer {
	struct image_server *server;
	const struct image *image;
	uint64_t number; /* marks connections; never 0 */
	char path[OFFER_PATH_SIZE]; /* "/a/SECRET/NAME" */
	char md5[DIGEST_MD5_SIZE]; /* sent along; "": not */
	struct offer *next; /* guarded by the server's lock */

	struct monitor monitor; /* guards all below */
	struct in_addr peer;
	unsigned pause_ms;
	struct offer_progress *visitors; /* one; more for an offer to anybody */
	size_t visitor_count;
	struct delivery *deliveries;
};

struct offer *offer_new(struct image_server *server, const struct image *image,
	struct in_addr peer, uint64_t number);

/* Names it the way Tasmota's updater needs it; `beside` NULL, or the offer whose minimal
 * build it is. */
void offer_name_for_upgrade(struct offer *offer, const struct offer *beside);

/* Ends deliveries and waits until nobody reads the image any more. Not from the HTTP
 * server's thread. */
void offer_free(struct offer *offer);

/* Notes a request for the image. False: a stranger, to be refused. */
bool offer_admit(struct offer *offer, const struct http_request *request);

/* How a device gets the image that can not take it at full speed. */
struct http_pace offer_pace(struct offer *offer);

/* Notes that bytes from `first` on are being sent to the one just admitted; the result is
 * the token for delivery_sent(). */
struct delivery *offer_deliver(
	struct offer *offer, const struct http_request *request, uint64_t first);
void delivery_sent(struct delivery *delivery, uint64_t bytes, bool ended);

/* When `peer` last did something with this offer, + 1; 0 when it has no business here. */
int64_t offer_knows(struct offer *offer, struct in_addr peer);

/* Notes the device's own report. */
void offer_report(struct offer *offer, struct in_addr peer, int number);

#endif
