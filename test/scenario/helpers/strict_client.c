/* Downloads the way an old device does, with its limits and none of our code: one buffer
 * of 5120 bytes for head and body, literal status line and header names, 4096 bytes at a
 * time, three lost connections at most. Prints what it needed.
 *
 * strict-client URL [FROM-ADDRESS [REPORT]] >image
 * exit 0: got all of it; 4: the device would report 404. */
/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	SECTOR = 4096,
	ROOM = 5120, /* receive buffer of one answer */
	HEAD_MOST = 1023,
	ANSWER_MS = 10000,
	LOSSES_MOST = 3
};

struct client {
	char host[32];
	uint16_t port;
	char path[128];
	const char *from;
	int fd;
	unsigned connections, requests;
	size_t longest_head;
	size_t total; /* 0: not known yet */
	char room[ROOM + 1];
	size_t got;
};

static void
fail(const char *why)
{
	fprintf(stderr, "strict-client: 404: %s\n", why);
	exit(4);
}

/* The first colon behind the scheme is the port's, as in the ancestor's parser. */
static void
read_url(struct client *c, const char *url)
{
	unsigned port = 80;

	if (sscanf(url, "http://%31[^:/]:%u%127s", c->host, &port, c->path) != 3)
		fail("the URL is not http://host:port/path");
	if (strlen(c->path) > 60)
		fail("the path is longer than 60 characters");
	c->port = (uint16_t)port;
}

static void
reconnect(struct client *c)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(c->port) };
	struct sockaddr_in own = { .sin_family = AF_INET };

	if (c->connections > LOSSES_MOST)
		fail("the connection was lost four times");
	if (c->fd >= 0)
		close(c->fd);
	c->fd = socket(AF_INET, SOCK_STREAM, 0);
	inet_pton(AF_INET, c->host, &to.sin_addr);
	inet_pton(AF_INET, c->from, &own.sin_addr);
	if (bind(c->fd, (struct sockaddr *)&own, sizeof own) != 0 ||
		connect(c->fd, (struct sockaddr *)&to, sizeof to) != 0)
		fail("cannot connect");
	c->connections++;
}

static void
ask(struct client *c, size_t first, size_t last)
{
	char request[512];
	int len = snprintf(request, sizeof request,
		"GET %s?deviceid=1000a1b2c3&ts=%u&sign=%064d HTTP/1.1\r\n"
		"Host: dl.itead.cn\r\nRange: bytes=%zu-%zu\r\n"
		"User-Agent: itead-device\r\n\r\n",
		c->path, 1402761835u + c->requests, 0, first, last);

	if (send(c->fd, request, (size_t)len, MSG_NOSIGNAL) == len)
		c->requests++;
}

/* Waits for more of the answer; false when the connection is lost. */
static bool
receive(struct client *c)
{
	struct pollfd ready = { .fd = c->fd, .events = POLLIN };
	ssize_t len;

	if (c->got == ROOM)
		fail("head and body do not fit in 5120 bytes");
	if (poll(&ready, 1, ANSWER_MS) <= 0)
		fail("the answer is not complete after 10 s");
	len = recv(c->fd, c->room + c->got, ROOM - c->got, 0);
	if (len <= 0)
		return false;
	c->got += (size_t)len;
	c->room[c->got] = '\0';
	return true;
}

static size_t
number_behind(const char *head, const char *mark)
{
	const char *at = strstr(head, mark);

	if (at == NULL)
		fail(mark);
	return strtoul(at + strlen(mark), NULL, 10);
}

/* Checks the head; the result is the length of the body. */
static size_t
judge_head(struct client *c, const char *head, size_t wanted)
{
	const char *range = strstr(head, "Content-Range");
	size_t body, total;

	if (strncmp(head, "HTTP/1.1 206 Partial Content\r\n", 30) != 0)
		fail("the status line is not HTTP/1.1 206 Partial Content");
	if (strcasestr(head, "chunked") != NULL ||
		strcasestr(head, "connection: close") != NULL)
		fail("chunked, or Connection: close");
	body = number_behind(head, "\r\nContent-Length: ");
	if (body > SECTOR)
		fail("Content-Length is above 4096");
	if (range == NULL)
		fail("no Content-Range in this letter case");
	total = number_behind(range, "/");
	if (c->total != 0 && total != c->total)
		fail("the total has changed");
	c->total = total;
	if (wanted != 0 && body != wanted)
		fail("another length than was asked for");
	return body;
}

/* One answer into the room; NULL when the connection was lost on the way. */
static const char *
read_answer(struct client *c, size_t wanted, size_t *body)
{
	char *end;
	size_t head;

	c->got = 0;
	c->room[0] = '\0';
	while ((end = strstr(c->room, "\r\n\r\n")) == NULL)
		if (!receive(c))
			return NULL;
	head = (size_t)(end - c->room) + 4;
	if (head > HEAD_MOST)
		fail("the head has more than 1023 bytes");
	if (head > c->longest_head)
		c->longest_head = head;
	*end = '\0';
	*body = judge_head(c, c->room, wanted);
	while (c->got < head + *body)
		if (!receive(c))
			return NULL;
	if (c->got > head + *body)
		fail("bytes behind the answer");
	return c->room + head;
}

static void
download(struct client *c)
{
	size_t at = 0;

	while (c->total == 0 || at < c->total) {
		size_t left = c->total == 0 ? SECTOR : c->total - at;
		size_t step = left < SECTOR ? left : SECTOR, len = 0;
		const char *body;

		ask(c, at, at + step - 1);
		body = read_answer(c, c->total == 0 ? 0 : step, &len);
		if (body == NULL) {
			reconnect(c);
			continue;
		}
		fwrite(body, 1, len, stdout);
		at += len;
	}
}

/* The device's verdict; what the server answers does not matter to it. */
static void
report(struct client *c, const char *number)
{
	char request[256];
	int len = snprintf(request, sizeof request,
		"POST /api/device/otaFlash HTTP/1.1\r\nHost: dl.itead.cn\r\n"
		"Content-Length: %zu\r\n\r\n{\"error\":%s}",
		strlen(number) + 10, number);

	if (send(c->fd, request, (size_t)len, MSG_NOSIGNAL) != len)
		fail("the report cannot be sent");
	c->got = 0;
	receive(c);
	fprintf(stderr, "answer to the report: %.*s\n", (int)strcspn(c->room, "\r\n"),
		c->room);
}

int
main(int argc, char **argv)
{
	static struct client c = { .fd = -1 };

	if (argc < 2)
		return 64;
	c.from = argc > 2 ? argv[2] : "0.0.0.0";
	read_url(&c, argv[1]);
	reconnect(&c);
	download(&c);
	if (argc > 3)
		report(&c, argv[3]);
	fprintf(stderr, "requests=%u connections=%u bytes=%zu head=%zu\n", c.requests,
		c.connections, c.total, c.longest_head);
	return 0;
}
