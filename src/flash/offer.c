/* What one device has fetched of the image it was offered. The HTTP server's thread
 * writes, the device's job reads and waits; one lock and one bell per offer, so that a
 * chunk for one device wakes one job. */
/* SPDX-License-Identifier: MIT */
#include "flash/offer.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"

#define SECRET_LETTERS	    22 /* of 62 kinds: 131 bits */
#define OFFER_NAME_SIZE	    32
#define CUT_PATIENCE_MS	    1000
#define OFFER_VISITORS_STEP 8

struct delivery {
	struct offer *offer;
	size_t visitor;
	uint64_t first;
	struct http_connection *connection;
	struct delivery *next;
};

/* Letters and digits only: Tasmota gives dots and dashes in a path a meaning. */
static void
write_secret(char out[SECRET_LETTERS + 1])
{
	static const char letters[] =
		"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	size_t count = 0;

	while (count < SECRET_LETTERS) {
		unsigned char random[SECRET_LETTERS * 2];

		if (getentropy(random, sizeof random) != 0)
			abort(); /* a system without randomness can keep no secret */
		for (size_t i = 0; i < sizeof random && count < SECRET_LETTERS; i++)
			if ((random[i] & 63) < sizeof letters - 1)
				out[count++] = letters[random[i] & 63];
	}
	out[count] = '\0';
}

/* The image's name as far as every device's URL parser takes it. */
static void
write_name(const char *name, char out[OFFER_NAME_SIZE])
{
	size_t len = 0;

	for (; *name != '\0' && len < OFFER_NAME_SIZE - 1; name++) {
		bool is_plain = (isalnum((unsigned char)*name) && (*name & 0x80) == 0) ||
			*name == '-' || *name == '.';

		out[len++] = is_plain ? *name : '_';
	}
	out[len] = '\0';
}

struct offer *
offer_new(struct image_server *server, const struct image *image, struct in_addr peer,
	uint64_t number)
{
	struct offer *offer = xcalloc(1, sizeof *offer);
	char secret[SECRET_LETTERS + 1], name[OFFER_NAME_SIZE];

	write_secret(secret);
	write_name(image->name, name);
	snprintf(offer->path, sizeof offer->path, "/a/%s/%s", secret, name);
	offer->server = server;
	offer->image = image;
	offer->number = number;
	offer->peer = peer;
	offer->pause_ms = OFFER_PAUSE_MS;
	monitor_init(&offer->monitor);
	offer->visitors = xcalloc(1, sizeof *offer->visitors);
	offer->visitors[0].peer = peer;
	offer->visitors[0].result = OFFER_NO_RESULT;
	offer->visitor_count = peer.s_addr == INADDR_ANY ? 0 : 1;
	return offer;
}

/* Tasmota appends what follows the first dot of the name to the minimal build's. */
void
offer_name_for_upgrade(struct offer *offer, const struct offer *beside)
{
	const char *from = beside != NULL ? beside->path : offer->path;
	int folder = (int)(strrchr(from, '/') - from);
	bool packed = beside != NULL ? text_ends_with(from, ".gz")
				     : offer->image->format == IMAGE_GZIP;
	char path[OFFER_PATH_SIZE];

	snprintf(path, sizeof path, "%.*s/fw%s.bin%s", folder, from,
		beside != NULL ? "-minimal" : "", packed ? ".gz" : "");
	memcpy(offer->path, path, sizeof path);
	digest_md5(offer->image->bytes, offer->image->len, offer->md5);
}

void
offer_free(struct offer *offer)
{
	monitor_enter(&offer->monitor);
	for (struct delivery *d = offer->deliveries; d != NULL; d = d->next)
		http_connection_cut(d->connection);
	while (offer->deliveries != NULL)
		monitor_wait(&offer->monitor, deadline_in(CUT_PATIENCE_MS), NULL);
	monitor_leave(&offer->monitor);
	monitor_clear(&offer->monitor);
	free(offer->visitors);
	free(offer);
}

static void
change(struct offer *offer, struct offer_progress *visitor)
{
	visitor->last_ms = clock_steady_ms();
	visitor->version++;
	monitor_ring(&offer->monitor);
}

/* An offer to one device has one row. One to anybody gets a row for each address. */
static struct offer_progress *
visitor_of(struct offer *offer, struct in_addr peer)
{
	struct offer_progress *fresh;

	if (offer->peer.s_addr != INADDR_ANY)
		return &offer->visitors[0];
	for (size_t i = 0; i < offer->visitor_count; i++)
		if (offer->visitors[i].peer.s_addr == peer.s_addr)
			return &offer->visitors[i];
	if (offer->visitor_count == OFFER_VISITORS_MOST)
		return &offer->visitors[OFFER_VISITORS_MOST - 1];
	if (offer->visitor_count % OFFER_VISITORS_STEP == 0)
		offer->visitors = xrealloc(offer->visitors,
			offer->visitor_count + OFFER_VISITORS_STEP,
			sizeof *offer->visitors);
	fresh = &offer->visitors[offer->visitor_count++];
	*fresh = (struct offer_progress){ .peer = peer, .result = OFFER_NO_RESULT };
	return fresh;
}

static void
move_to(struct offer *offer, struct in_addr peer)
{
	char from[INET_ADDRSTRLEN], to[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &offer->peer, from, sizeof from);
	inet_ntop(AF_INET, &peer, to, sizeof to);
	log_debug("offer %s: the device moved from %s to %s", offer->path, from, to);
	offer->peer = peer;
	offer->visitors[0].peer = peer;
	change(offer, &offer->visitors[0]);
}

/* Somebody else has the secret. It is the device itself with a new address if it also
 * names the id that the device gave before; everybody else is sent away. */
static bool
admit_stranger(struct offer *offer, const struct http_request *request, const char *id)
{
	struct offer_progress *seen = &offer->visitors[0];

	if (id != NULL && seen->asked_id[0] != '\0' && strcmp(id, seen->asked_id) == 0) {
		move_to(offer, request->peer);
		return true;
	}
	seen->strangers++;
	seen->stranger = request->peer;
	seen->version++;
	monitor_ring(&offer->monitor);
	return false;
}

static void
note_request(struct offer *offer, const struct http_request *request, const char *id)
{
	struct offer_progress *visitor = visitor_of(offer, request->peer);
	const char *agent;

	visitor->requests++;
	if (http_connection_mark(request->connection) != offer->number) {
		http_connection_set_mark(request->connection, offer->number);
		visitor->connections++;
		agent = http_request_header(request, "User-Agent");
		if (agent != NULL)
			text_printable(
				visitor->user_agent, sizeof visitor->user_agent, agent);
	}
	if (id != NULL)
		text_printable(visitor->asked_id, sizeof visitor->asked_id, id);
	change(offer, visitor);
	if (visitor->first_ms == 0)
		visitor->first_ms = visitor->last_ms;
}

bool
offer_admit(struct offer *offer, const struct http_request *request)
{
	const char *id = http_request_argument(request, "deviceid");
	bool ok;

	monitor_enter(&offer->monitor);
	ok = offer->peer.s_addr == INADDR_ANY ||
		offer->peer.s_addr == request->peer.s_addr ||
		admit_stranger(offer, request, id);
	if (ok)
		note_request(offer, request, id);
	monitor_leave(&offer->monitor);
	return ok;
}

struct delivery *
offer_deliver(struct offer *offer, const struct http_request *request, uint64_t first)
{
	struct delivery *delivery = xcalloc(1, sizeof *delivery);

	monitor_enter(&offer->monitor);
	delivery->offer = offer;
	delivery->visitor = (size_t)(visitor_of(offer, request->peer) - offer->visitors);
	delivery->first = first;
	delivery->connection = request->connection;
	delivery->next = offer->deliveries;
	offer->deliveries = delivery;
	monitor_leave(&offer->monitor);
	return delivery;
}

static void
remove_delivery(struct offer *offer, const struct delivery *delivery)
{
	struct delivery **at = &offer->deliveries;

	while (*at != delivery)
		at = &(*at)->next;
	*at = delivery->next;
}

void
delivery_sent(struct delivery *delivery, uint64_t bytes, bool ended)
{
	struct offer *offer = delivery->offer;
	struct offer_progress *visitor;
	uint64_t end = delivery->first + bytes;

	monitor_enter(&offer->monitor);
	visitor = &offer->visitors[delivery->visitor];
	/* Bytes behind a gap do not count: the device could not use them. */
	if (delivery->first <= visitor->bytes_served && end > visitor->bytes_served) {
		visitor->bytes_served = end;
		visitor->complete = end == offer->image->len;
		change(offer, visitor);
	}
	if (ended) {
		remove_delivery(offer, delivery);
		free(delivery);
		/* offer_free() may be waiting for the last one. */
		monitor_ring(&offer->monitor);
	}
	monitor_leave(&offer->monitor);
}

int64_t
offer_knows(struct offer *offer, struct in_addr peer)
{
	int64_t last = 0;

	monitor_enter(&offer->monitor);
	for (size_t i = 0; i < offer->visitor_count; i++)
		if (offer->visitors[i].peer.s_addr == peer.s_addr)
			last = offer->visitors[i].last_ms + 1;
	monitor_leave(&offer->monitor);
	return last;
}

void
offer_report(struct offer *offer, struct in_addr peer, int number)
{
	struct offer_progress *visitor;

	monitor_enter(&offer->monitor);
	visitor = visitor_of(offer, peer);
	visitor->result = number;
	change(offer, visitor);
	monitor_leave(&offer->monitor);
}

void
offer_set_pause(struct offer *offer, unsigned pause_ms)
{
	monitor_enter(&offer->monitor);
	offer->pause_ms = pause_ms;
	monitor_leave(&offer->monitor);
}

/* The first bytes alone and the pause behind them give the device time to begin. */
struct http_pace
offer_pace(struct offer *offer)
{
	struct http_pace pace = {
		.first_bytes = 10, .first_pause_ms = 900, .piece_bytes = OFFER_PIECE_BYTES
	};

	monitor_enter(&offer->monitor);
	pace.pause_ms = offer->pause_ms;
	monitor_leave(&offer->monitor);
	return pace;
}

void
offer_follow(struct offer *offer, struct in_addr peer)
{
	monitor_enter(&offer->monitor);
	move_to(offer, peer);
	monitor_leave(&offer->monitor);
}

void
offer_look(struct offer *offer, struct offer_progress *out)
{
	monitor_enter(&offer->monitor);
	*out = offer->visitors[0];
	monitor_leave(&offer->monitor);
}

bool
offer_look_at(struct offer *offer, size_t index, struct offer_progress *out)
{
	bool ok;

	monitor_enter(&offer->monitor);
	ok = index < offer->visitor_count;
	if (ok)
		*out = offer->visitors[index];
	monitor_leave(&offer->monitor);
	return ok;
}

bool
offer_wait(struct offer *offer, struct offer_progress *seen, struct deadline until,
	const struct cancel *cancel)
{
	bool changed;

	monitor_enter(&offer->monitor);
	while (offer->visitors[0].version == seen->version &&
		monitor_wait(&offer->monitor, until, cancel))
		continue;
	changed = offer->visitors[0].version != seen->version;
	*seen = offer->visitors[0];
	monitor_leave(&offer->monitor);
	return changed;
}
