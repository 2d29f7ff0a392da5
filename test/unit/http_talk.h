/* A plain HTTP client for tests: sends literal bytes from a chosen address and reads one
 * answer after the other, without any of the product's code. */
/* SPDX-License-Identifier: MIT */
#ifndef TEST_UNIT_HTTP_TALK_H
#define TEST_UNIT_HTTP_TALK_H

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test/unit/unit.h"

struct talk_answer {
	char head[1024]; /* with the empty line */
	char body[8192];
	size_t body_len;
};

/* Connects to 127.0.0.1:port from the loopback address `from`. */
static inline int
talk_connect(const char *from, uint16_t port)
{
	struct sockaddr_in own = { .sin_family = AF_INET }, server = own;
	struct timeval patience = { .tv_sec = 10 };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	inet_pton(AF_INET, from, &own.sin_addr);
	inet_pton(AF_INET, "127.0.0.1", &server.sin_addr);
	server.sin_port = htons(port);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	assert_int_equal(bind(fd, (struct sockaddr *)&own, sizeof own), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&server, sizeof server), 0);
	return fd;
}

static inline void
talk_send(int fd, const char *bytes)
{
	assert_int_equal(
		send(fd, bytes, strlen(bytes), MSG_NOSIGNAL), (ssize_t)strlen(bytes));
}

/* Reads head and as many body bytes as Content-Length says; a body that does not fit is
 * left unread behind the part that does. False when the connection ends instead. */
static inline bool
talk_read(int fd, struct talk_answer *out)
{
	size_t len = 0, want = 0;
	const char *length;

	memset(out, 0, sizeof *out);
	while (len < 4 || memcmp(out->head + len - 4, "\r\n\r\n", 4) != 0) {
		assert_true(len < sizeof out->head - 1);
		if (recv(fd, out->head + len, 1, 0) != 1)
			return false;
		len++;
	}
	length = strstr(out->head, "\r\nContent-Length: ");
	if (length != NULL)
		want = strtoul(length + 18, NULL, 10);
	if (want > sizeof out->body)
		want = sizeof out->body;
	while (out->body_len < want) {
		ssize_t got = recv(
			fd, out->body + out->body_len, want - out->body_len, 0);

		if (got <= 0)
			return false;
		out->body_len += (size_t)got;
	}
	return true;
}

/* Sends on an open connection and reads the answer's status; 0 when there is none. */
static inline int
talk(int fd, const char *request, struct talk_answer *out)
{
	talk_send(fd, request);
	if (!talk_read(fd, out))
		return 0;
	return (int)strtol(out->head + 9, NULL, 10);
}

#endif
