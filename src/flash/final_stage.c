/* Serves the final stage. One HTTP server that comes and goes with the address; a row for
 * every peer; a guest is a job's view of one row. Who is who: final_rows.c. */
/* SPDX-License-Identifier: MIT */
#include "flash/final_stage.h"

#include <arpa/inet.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/monitor.h"
#include "base/text.h"
#include "flash/final_rows.h"
#include "host/neighbours.h"
#include "host/network_watch.h"
#include "host/port_holder.h"
#include "host/unsent.h"
#include "net/http_server.h"
#include "net/listen.h"

enum {
	PER_PEER_MOST = 16,
	IDLE_SECONDS = 1800, /* one connection is held open and never used */
	LOOK_MS = 200, /* how often the kernel is asked what has arrived */
	FIN_BYTES = 1, /* the closing of a connection counts as a byte */
};

/* A file on its way. */
struct transfer {
	struct row *row;
	int fd; /* a copy: stays open until the last byte is acknowledged */
	uint64_t handed; /* to the kernel */
	bool has_ended; /* the server is done with it */
};

struct final_stage {
	struct sockaddr_in address;
	const struct image *slot2, *final;
	struct http_handler handler;
	struct http_server *http; /* of the waiting thread */
	struct cancel cancel;
	pthread_t thread;
	bool has_thread;
	struct monitor monitor; /* guards all below */
	bool is_listening;
	struct err trouble;
	struct final_rows rows;
};

static void
end_transfer(struct transfer *transfer)
{
	if (transfer == NULL)
		return;
	if (transfer->row->transfer == transfer) {
		transfer->row->transfer = NULL;
		transfer->row->view.is_sending = false;
	}
	close(transfer->fd);
	free(transfer);
}

/* Brings a row up to what the kernel knows. A file is done when its last byte is
 * acknowledged, cut when that can not happen any more. */
static void
refresh(struct row *row)
{
	struct transfer *transfer = row->transfer;
	struct final_view *view = &row->view;
	size_t unsent = 0;
	bool stands;
	uint64_t arrived;

	if (transfer == NULL)
		return;
	stands = unsent_bytes(transfer->fd, &unsent);
	arrived = transfer->handed > unsent ? transfer->handed - unsent : 0;
	/* What a broken connection still held has not arrived. */
	if (!stands)
		arrived = view->acknowledged;
	if (stands && transfer->has_ended && transfer->handed == view->total &&
		unsent <= FIN_BYTES)
		arrived = view->total;
	if (arrived > view->acknowledged) {
		view->acknowledged = arrived;
		view->moved_ms = clock_steady_ms();
	}
	if (!transfer->has_ended)
		return;
	if (arrived == view->total) {
		view->slot2_done += view->asked == FINAL_FILE_SLOT2;
		view->final_done += view->asked == FINAL_FILE_ARDUINO;
		end_transfer(transfer);
	} else if (!stands || transfer->handed < view->total) {
		view->cuts++;
		end_transfer(transfer);
	}
}

static struct transfer *
begin_transfer(struct row *row, enum final_file file, uint64_t total, int fd)
{
	struct transfer *transfer = xcalloc(1, sizeof *transfer);
	struct transfer *before = row->transfer;

	transfer->row = row;
	transfer->fd = dup(fd);
	/* A try before this one that is not over counts as cut. */
	if (before != NULL) {
		row->view.cuts++;
		row->transfer = NULL;
		if (before->has_ended)
			end_transfer(before);
	}
	row->transfer = transfer;
	row->view.asked = file;
	row->view.total = total;
	row->view.acknowledged = 0;
	row->view.moved_ms = clock_steady_ms();
	row->view.is_sending = true;
	return transfer;
}

/* HTTP/1.0, no range, an exact length: all that the device's client can do. */
static void
answer(void *context, const struct http_request *request, struct http_answer *out)
{
	struct final_stage *stage = context;
	bool is_slot2 = strcmp(request->path, FINAL_STAGE_PATH_SLOT2) == 0;
	bool is_final = strcmp(request->path, FINAL_STAGE_PATH_FINAL) == 0;
	const struct image *image = is_slot2 ? stage->slot2 : stage->final;
	struct row *row;

	out->status = 404;
	if (strcmp(request->method, "GET") != 0 || (!is_slot2 && !is_final) ||
		image == NULL)
		return;
	monitor_enter(&stage->monitor);
	row = rows_numbered(&stage->rows, http_connection_mark(request->connection));
	if (row != NULL) {
		out->status = 200;
		out->headers[0].name = "Content-Type";
		out->headers[0].value = "application/octet-stream";
		out->body = image->bytes;
		out->body_len = image->len;
		out->token = begin_transfer(row,
			is_slot2 ? FINAL_FILE_SLOT2 : FINAL_FILE_ARDUINO, image->len,
			http_connection_fd(request->connection));
		monitor_ring(&stage->monitor);
	}
	monitor_leave(&stage->monitor);
}

static void
sent(void *context, void *token, uint64_t bytes, bool ended)
{
	struct final_stage *stage = context;
	struct transfer *transfer = token;

	monitor_enter(&stage->monitor);
	transfer->handed = bytes;
	transfer->has_ended = ended;
	if (transfer->row->transfer == transfer)
		refresh(transfer->row);
	else if (ended)
		end_transfer(transfer); /* a newer try has taken its place */
	monitor_ring(&stage->monitor);
	monitor_leave(&stage->monitor);
}

static void
connected(void *context, struct http_connection *connection, struct in_addr peer,
	bool opened)
{
	struct final_stage *stage = context;
	char mac[FINAL_MAC_SIZE] = "";
	struct row *row;

	/* Our half of the handshake has reached it, so the kernel's entry is right. */
	if (opened)
		neighbours_mac(peer, mac);
	monitor_enter(&stage->monitor);
	row = opened ? rows_of_new(&stage->rows, peer, mac)
		     : rows_numbered(&stage->rows, http_connection_mark(connection));
	if (row != NULL) {
		row->view.connections += opened ? 1 : -1U;
		row->view.came = true;
		if (opened) {
			row->view.came_ms = clock_steady_ms();
			http_connection_set_mark(connection, row->number);
		}
		monitor_ring(&stage->monitor);
	}
	monitor_leave(&stage->monitor);
}

static void
tell(struct final_stage *stage, bool is_listening, const struct err *trouble)
{
	monitor_enter(&stage->monitor);
	stage->is_listening = is_listening;
	stage->trouble = *trouble;
	monitor_ring(&stage->monitor);
	monitor_leave(&stage->monitor);
}

static void
name_holder(uint16_t port, struct err *err)
{
	char holder[PORT_HOLDER_SIZE];

	if (err == NULL || err->code != &err_port_busy || !port_holder(port, holder))
		return;
	err_set(err, &err_port_busy, "port %u is in use by %s", port, holder);
	err_remedy(err, "Stop that program: the device asks at this port only.");
}

bool
final_stage_is_possible(struct sockaddr_in address, struct err *err)
{
	uint16_t port = ntohs(address.sin_port);

	if (listen_is_possible(address.sin_addr, port, err))
		return true;
	name_holder(port, err);
	return false;
}

static void
try_to_listen(struct final_stage *stage)
{
	struct http_options options = {
		.address = stage->address.sin_addr,
		.port = ntohs(stage->address.sin_port),
		.per_peer_most = PER_PEER_MOST,
		.idle_seconds = IDLE_SECONDS,
	};
	struct err err = { 0 };

	stage->http = http_server_new(&options, &stage->handler, &err);
	name_holder(options.port, &err);
	tell(stage, stage->http != NULL, &err);
}

/* Once it listens it goes on: the address may go and come back underneath. */
static void *
wait_for_address(void *context)
{
	static const struct err none = { 0 };
	struct final_stage *stage = context;
	OWN_NEW(network_watch) watch = network_watch_open();
	bool had = true;

	do {
		bool has = network_has_address(stage->address.sin_addr);

		if (has && stage->http == NULL)
			try_to_listen(stage);
		else if (has != had)
			tell(stage, has && stage->http != NULL, &none);
		had = has;
	} while (network_watch_wait(watch, deadline_in(INT32_MAX), &stage->cancel));
	return NULL;
}

struct final_stage *
final_stage_new(
	struct sockaddr_in address, const struct image *slot2, const struct image *final)
{
	struct final_stage *stage = xcalloc(1, sizeof *stage);

	stage->address = address;
	stage->slot2 = slot2;
	stage->final = final;
	/* The access point of the final stage is the device. */
	stage->rows.ap.s_addr = htonl(
		(ntohl(address.sin_addr.s_addr) & IN_CLASSC_NET) | 1);
	stage->handler = (struct http_handler){
		.context = stage, .answer = answer, .sent = sent, .connected = connected
	};
	monitor_init(&stage->monitor);
	stage->has_thread = thread_start(&stage->thread, wait_for_address, stage);
	if (!stage->has_thread)
		err_set(&stage->trouble, &err_system, "cannot start a thread");
	return stage;
}

void
final_stage_free(struct final_stage *stage)
{
	if (stage == NULL)
		return;
	cancel_ask(&stage->cancel);
	if (stage->has_thread)
		pthread_join(stage->thread, NULL);
	http_server_free(stage->http);
	for (struct row *row = stage->rows.rows, *next; row != NULL; row = next) {
		next = row->next;
		end_transfer(row->transfer);
		free(row);
	}
	monitor_clear(&stage->monitor);
	free(stage);
}

struct final_guest *
final_stage_expect(struct final_stage *stage, struct in_addr device)
{
	struct final_guest *guest = xcalloc(1, sizeof *guest);

	guest->stage = stage;
	guest->device = device;
	monitor_enter(&stage->monitor);
	guest->next = stage->rows.guests;
	stage->rows.guests = guest;
	monitor_leave(&stage->monitor);
	return guest;
}

void
final_stage_know(struct final_guest *guest, const char *mac)
{
	monitor_enter(&guest->stage->monitor);
	text_copy(guest->mac, sizeof guest->mac, mac);
	monitor_leave(&guest->stage->monitor);
}

void
final_stage_take_any(struct final_guest *guest)
{
	monitor_enter(&guest->stage->monitor);
	guest->takes_any = true;
	monitor_leave(&guest->stage->monitor);
}

void
final_stage_forget(struct final_guest *guest)
{
	struct final_guest **at;

	if (guest == NULL)
		return;
	monitor_enter(&guest->stage->monitor);
	for (at = &guest->stage->rows.guests; *at != guest; at = &(*at)->next)
		continue;
	*at = guest->next;
	if (guest->row != NULL) {
		guest->row->owner = NULL;
		guest->row->is_past = true;
	}
	monitor_leave(&guest->stage->monitor);
	free(guest);
}

static void
look(struct final_guest *guest, struct final_view *out)
{
	struct final_rows *rows = &guest->stage->rows;
	struct row *stranger = NULL;

	rows_find(rows, guest);
	if (guest->row != NULL)
		refresh(guest->row);
	else
		stranger = rows_stranger(rows, guest);
	*out = guest->row != NULL ? guest->row->view : (struct final_view){ 0 };
	if (stranger != NULL) {
		refresh(stranger);
		out->is_sending_to_stranger = stranger->view.is_sending;
	} else if (rows_is_in_doubt(guest)) {
		stranger = guest->row;
	}
	if (stranger != NULL)
		text_copy(out->stranger, sizeof out->stranger, stranger->mac);
	out->is_listening = guest->stage->is_listening;
	out->trouble = guest->stage->trouble;
}

bool
final_stage_wait(struct final_guest *guest, struct final_view *seen,
	struct deadline until, const struct cancel *cancel)
{
	struct final_stage *stage = guest->stage;
	struct deadline turn = deadline_sooner(until, deadline_in(LOOK_MS));

	monitor_enter(&stage->monitor);
	monitor_wait(&stage->monitor, turn, cancel);
	look(guest, seen);
	monitor_leave(&stage->monitor);
	return !cancel_asked(cancel) && !deadline_passed(until);
}
