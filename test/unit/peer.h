/* A TCP peer for unit tests: does one scripted thing per connection and remembers what it
 * was told. No HTTP library: what it sees is what was on the wire. */
/* SPDX-License-Identifier: MIT */
#ifndef TEST_UNIT_PEER_H
#define TEST_UNIT_PEER_H

#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "test/unit/unit.h"

#define PEER_CONNECTIONS_MOST 16
#define PEER_BYTES_MOST	      2048

enum peer_act {
	PEER_END, /* of the script; later connections are reset */
	PEER_SAY, /* send the bytes, close */
	PEER_JSON, /* the same as the body of a 200 */
	PEER_CLOSE, /* read the request, close without a byte */
	PEER_RESET, /* reset at once */
	PEER_HANG /* read the request, say nothing until the peer is stopped */
};

struct peer_step {
	enum peer_act act;
	const char *bytes;
};

struct peer {
	int listener;
	struct sockaddr_in address;
	const struct peer_step *script;
	pthread_t thread;
	struct cancel stop;
	unsigned count; /* connections taken; read it after peer_stop() */
	char heard[PEER_CONNECTIONS_MOST][PEER_BYTES_MOST];
	size_t first_read[PEER_CONNECTIONS_MOST]; /* bytes that came in one piece */
	size_t length[PEER_CONNECTIONS_MOST];
	int64_t at_ms[PEER_CONNECTIONS_MOST];
};

/* True when the request with its body is complete. */
static inline bool
peer_is_whole(const char *text)
{
	const char *end = strstr(text, "\r\n\r\n");
	const char *length = strstr(text, "Content-Length: ");

	if (end == NULL)
		return false;
	return length == NULL || strlen(end + 4) >= strtoul(length + 16, NULL, 10);
}

static inline void
peer_listen(struct peer *peer, int fd, unsigned i)
{
	while (!peer_is_whole(peer->heard[i])) {
		ssize_t got = recv(fd, peer->heard[i] + peer->length[i],
			PEER_BYTES_MOST - 1 - peer->length[i], 0);

		if (got <= 0)
			return;
		if (peer->length[i] == 0)
			peer->first_read[i] = (size_t)got;
		peer->length[i] += (size_t)got;
	}
}

static inline void
peer_say(int fd, const struct peer_step *step)
{
	OWN_STR text = step->act == PEER_JSON
		? xasprintf("HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s",
			  strlen(step->bytes), step->bytes)
		: xstrdup(step->bytes);

	(void)!send(fd, text, strlen(text), MSG_NOSIGNAL);
}

static inline void
peer_serve(struct peer *peer, int fd)
{
	static const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
	struct timeval patience = { .tv_sec = 10 };
	unsigned i = peer->count++;
	const struct peer_step *step = &peer->script[i];

	peer->at_ms[i] = clock_steady_ms();
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	if (step->act == PEER_RESET || step->act == PEER_END) {
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
	} else {
		peer_listen(peer, fd, i);
		if (step->act == PEER_SAY || step->act == PEER_JSON)
			peer_say(fd, step);
		while (step->act == PEER_HANG && !cancel_asked(&peer->stop) &&
			recv(fd, &(char){ 0 }, 1, MSG_DONTWAIT) != 0)
			clock_pause(10, &peer->stop);
	}
	close(fd);
}

static inline void *
peer_run(void *context)
{
	struct peer *peer = context;
	struct pollfd wanted = { .fd = peer->listener, .events = POLLIN };
	bool at_end = false;

	while (!cancel_asked(&peer->stop) && peer->count < PEER_CONNECTIONS_MOST) {
		if (poll(&wanted, 1, 10) <= 0)
			continue;
		if (at_end) /* stay on the last row */
			close(accept(peer->listener, NULL, NULL));
		else {
			at_end = peer->script[peer->count].act == PEER_END;
			peer_serve(peer, accept(peer->listener, NULL, NULL));
		}
	}
	return NULL;
}

static inline void
peer_start(struct peer *peer, const struct peer_step *script)
{
	socklen_t size = sizeof peer->address;

	*peer = (struct peer){ .script = script };
	peer->address.sin_family = AF_INET;
	peer->address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	peer->listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(peer->listener, (struct sockaddr *)&peer->address,
				 sizeof peer->address),
		0);
	assert_int_equal(listen(peer->listener, 8), 0);
	getsockname(peer->listener, (struct sockaddr *)&peer->address, &size);
	assert_int_equal(pthread_create(&peer->thread, NULL, peer_run, peer), 0);
}

static inline void
peer_stop(struct peer *peer)
{
	cancel_ask(&peer->stop);
	pthread_join(peer->thread, NULL);
	close(peer->listener);
}

/* "http://127.0.0.1:PORT/PATH"; the caller frees. */
static inline char *
peer_url(const struct peer *peer, const char *path)
{
	return xasprintf("http://127.0.0.1:%u%s", ntohs(peer->address.sin_port), path);
}

#endif
