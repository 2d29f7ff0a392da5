/* The inside of the cloud, shared by ewelink_cloud.c (who comes in), ewelink_seat.c (what
 * is known of each device) and ewelink_line.c (its websocket). Everybody else uses
 * flash/ewelink_cloud.h. */
/* SPDX-License-Identifier: MIT */
#ifndef FLASH_EWELINK_SEAT_H
#define FLASH_EWELINK_SEAT_H

#include "base/monitor.h"
#include "flash/ewelink_cloud.h"
#include "net/http_server.h"
#include "net/websocket.h"

#define HANG_UPS_MOST 64 /* addresses that are remembered */
#define LINES_MOST    256 /* websockets at the same time */

struct line; /* a websocket and its thread */

struct cloud_seat {
	struct ewelink_cloud *cloud;
	struct cloud_seat *next;
	struct cloud_view view;
	char factory_key[EWELINK_KEY_SIZE];
	char sequence[EWELINK_SEQUENCE_SIZE]; /* of the last upgrade */
	struct line *line; /* NULL: not connected */
};

struct hang_up {
	struct in_addr peer;
	unsigned count;
};

/* What all threads of the cloud share. */
struct cloud_hall {
	struct monitor monitor; /* guards all below */
	struct cloud_seat *seats;
	struct hang_up hang_ups[HANG_UPS_MOST];
	size_t hang_up_count;
	struct line *lines;
	bool is_closing; /* no line is opened any more */
};

struct cloud_hall *cloud_hall(struct ewelink_cloud *cloud);

/* A device asks where to go: true when it has a seat. */
bool seat_call(struct cloud_hall *hall, const struct ewelink_dispatch *dispatch,
	struct in_addr peer, bool is_secure);

/* A peer hung up on the certificate. */
void seat_note_hang_up(struct cloud_hall *hall, struct in_addr peer);

/* A device registers on a line: its seat, or NULL for a stranger. The line before it is
 * broken off. */
struct cloud_seat *seat_register(struct cloud_hall *hall, struct line *line,
	const struct ewelink_message *message, struct in_addr peer);

/* What the registered device of a line said. False when the line has lost its seat. */
bool seat_hear(struct cloud_hall *hall, struct line *line,
	const struct ewelink_message *message);

/* The line ends. */
void seat_hang_up(struct cloud_hall *hall, struct line *line);

/* Serves a websocket in a thread of its own; takes the stream. */
void line_open(struct cloud_hall *hall, struct in_addr peer, struct http_stream *stream);

/* Under the hall's lock: sends, or breaks it off. */
bool line_send(struct line *line, const char *text);
void line_cut(struct line *line);
const char *line_key(const struct line *line);

/* Breaks off all lines and waits for their threads; none is opened any more. */
void lines_close(struct cloud_hall *hall);

#endif
