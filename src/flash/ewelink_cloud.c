/* Plays the vendor's cloud: who comes in at which port, and what they are told. */
/* SPDX-License-Identifier: MIT */
#include "flash/ewelink_cloud.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "flash/ewelink_seat.h"
#include "flash/image_server.h"
#include "host/port_holder.h"
#include "net/listen.h"
#include "net/listener.h"
#include "net/tls.h"

enum {
	PER_PEER_MOST = 16, /* a device has two connections, or three */
	CONNECTIONS_MOST = 1024,
	PORT_TLS = 0, /* of the listener */
	PORT_PLAIN,
};

/* The same cloud, come to with TLS or without: devices are sent on the way they came. */
struct entrance {
	struct ewelink_cloud *cloud;
	bool is_secure;
	char *dispatch; /* the answer, one for all */
	struct http_handler handler;
	struct http_server *http;
};

struct ewelink_cloud {
	struct cloud_hall hall;
	struct tls_identity *identity;
	struct image_server *images;
	struct entrance secure, plain;
	struct listener *listener;
};

struct cloud_hall *
cloud_hall(struct ewelink_cloud *cloud)
{
	return &cloud->hall;
}

static void
answer_dispatch(struct entrance *entrance, const struct http_request *request,
	struct http_answer *answer)
{
	struct ewelink_dispatch dispatch;

	if (!ewelink_read_dispatch(request->body, request->body_len, &dispatch) ||
		!seat_call(&entrance->cloud->hall, &dispatch, request->peer,
			entrance->is_secure))
		return;
	answer->status = 200;
	answer->headers[0].name = "Content-Type";
	answer->headers[0].value = "application/json";
	answer->body = entrance->dispatch;
	answer->body_len = strlen(entrance->dispatch);
}

static void
answer_websocket(const struct http_request *request, struct http_answer *answer)
{
	const char *upgrade = http_request_header(request, "Upgrade");
	const char *key = http_request_header(request, "Sec-WebSocket-Key");

	if (upgrade == NULL || strcasecmp(upgrade, "websocket") != 0 || key == NULL ||
		!websocket_accept_value(key, answer->scratch))
		return;
	answer->status = 101;
	answer->upgrade = true;
	answer->headers[0].name = "Upgrade";
	answer->headers[0].value = "websocket";
	answer->headers[1].name = "Sec-WebSocket-Accept";
	answer->headers[1].value = answer->scratch;
}

static bool
is(const struct http_request *request, const char *method, const char *path)
{
	return strcmp(request->method, method) == 0 && strcmp(request->path, path) == 0;
}

/* Whatever does not concern a device with a seat does not exist. */
static void
answer(void *context, const struct http_request *request, struct http_answer *out)
{
	struct entrance *entrance = context;
	const struct http_handler *images = image_server_handler(entrance->cloud->images);

	out->status = 404;
	if (is(request, "POST", EWELINK_PATH_DISPATCH))
		answer_dispatch(entrance, request, out);
	else if (is(request, "GET", EWELINK_PATH_WEBSOCKET))
		answer_websocket(request, out);
	else
		images->answer(images->context, request, out);
}

/* Tokens are the image server's: all other answers have none. */
static void
sent(void *context, void *token, uint64_t bytes, bool ended)
{
	struct entrance *entrance = context;
	const struct http_handler *images = image_server_handler(entrance->cloud->images);

	images->sent(images->context, token, bytes, ended);
}

static void
upgraded(void *context, struct in_addr peer, struct http_stream *stream)
{
	struct entrance *entrance = context;

	line_open(&entrance->cloud->hall, peer, stream);
}

/* A browser or a scanner that does not like the certificate is no device. */
static void
turned_away(void *context, struct in_addr peer, const struct tls_story *story)
{
	struct ewelink_cloud *cloud = context;
	char host[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &peer, host, sizeof host);
	switch (story->end) {
	case TLS_REJECTED:
		log_debug("%s hung up on the certificate%s", host,
			story->is_modern ? "; it is no old device" : "");
		if (!story->is_modern)
			seat_note_hang_up(&cloud->hall, peer);
		return;
	case TLS_NO_COMMON_GROUND:
		log_debug("%s: no TLS version or cipher in common", host);
		return;
	default:
		log_debug("%s: TLS handshake broken or not finished", host);
	}
}

static bool
open_entrance(struct ewelink_cloud *cloud, struct entrance *entrance, struct err *err)
{
	struct http_options options = {
		.only_taken = true,
		.connections_most = CONNECTIONS_MOST,
		.per_peer_most = PER_PEER_MOST,
		.body_most = EWELINK_MESSAGE_MOST,
	};

	entrance->cloud = cloud;
	entrance->is_secure = entrance == &cloud->secure;
	entrance->handler = (struct http_handler){
		.context = entrance, .answer = answer, .sent = sent, .upgraded = upgraded
	};
	entrance->http = http_server_new(&options, &entrance->handler, err);
	return entrance->http != NULL;
}

static void
name_holder(const struct ewelink_cloud_options *options, struct err *err)
{
	uint16_t ports[] = { options->cloud_port, options->plain_port };
	char holder[PORT_HOLDER_SIZE];

	for (size_t i = 0; i < COUNT_OF(ports); i++) {
		OWN_STR said = xasprintf("port %u is in use", ports[i]);

		if (strcmp(err->text, said) == 0 && port_holder(ports[i], holder))
			err_set(err, &err_port_busy, "port %u is in use by %s", ports[i],
				holder);
	}
	err_remedy(err,
		"Stop that program, or choose other ports with --cloud-port and "
		"--plain-port; devices without TLS only know 8081.");
}

static bool
listen_all(struct ewelink_cloud *cloud, const struct ewelink_cloud_options *options,
	struct err *err)
{
	struct listener_options wanted = {
		.ports = { [PORT_TLS] = options->cloud_port,
			[PORT_PLAIN] = options->plain_port },
		.port_count = 2,
		.identity = cloud->identity,
		.plain = cloud->plain.http,
		.secure = cloud->secure.http,
		.context = cloud,
		.turned_away = turned_away,
	};
	struct err why = { 0 };

	cloud->listener = listener_new(&wanted, &why);
	if (cloud->listener != NULL)
		return true;
	if (why.code == &err_port_busy)
		name_holder(options, &why);
	if (err != NULL)
		*err = why;
	return false;
}

static bool
write_answers(struct ewelink_cloud *cloud, const struct ewelink_cloud_options *options)
{
	char host[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &options->told, host, sizeof host);
	cloud->secure.dispatch = ewelink_write_dispatch(host, options->cloud_port);
	cloud->plain.dispatch = ewelink_write_dispatch(host, options->plain_port);
	return cloud->secure.dispatch != NULL && cloud->plain.dispatch != NULL;
}

struct ewelink_cloud *
ewelink_cloud_new(const struct ewelink_cloud_options *options, struct err *err)
{
	struct ewelink_cloud *cloud = xcalloc(1, sizeof *cloud);

	monitor_init(&cloud->hall.monitor);
	cloud->images = image_server_new_within(options->plain_port);
	cloud->identity = tls_identity_open(options->state_directory, err);
	if (cloud->identity != NULL && tls_self_test(cloud->identity, err) &&
		write_answers(cloud, options) &&
		open_entrance(cloud, &cloud->secure, err) &&
		open_entrance(cloud, &cloud->plain, err) &&
		listen_all(cloud, options, err))
		return cloud;
	ewelink_cloud_free(cloud);
	return NULL;
}

struct image_server *
ewelink_cloud_images(const struct ewelink_cloud *cloud)
{
	return cloud->images;
}

/* From the outside in: nobody comes in any more, the lines end, then the servers. */
void
ewelink_cloud_free(struct ewelink_cloud *cloud)
{
	if (cloud == NULL)
		return;
	listener_free(cloud->listener);
	lines_close(&cloud->hall);
	http_server_free(cloud->secure.http);
	http_server_free(cloud->plain.http);
	image_server_free(cloud->images);
	tls_identity_free(cloud->identity);
	free(cloud->secure.dispatch);
	free(cloud->plain.dispatch);
	monitor_clear(&cloud->hall.monitor);
	free(cloud);
}
