/* A TCP server that does what a script on standard input says, one connection after the
 * other: the independent peer of simulated devices. It knows nothing of what it sends.
 *
 *   tcp-script ADDRESS:PORT <script
 *
 *   accept          takes the next connection, keeping those before it open
 *   use N           goes back to the N-th connection (the first is 1)
 *   expect BYTES    receives until these have come
 *   hear BYTES      receives a websocket text frame masked with zeros that holds these
 *   ping            receives a masked empty ping
 *   send BYTES      \r \n \t \\ and \xNN are escapes
 *   frame TEXT      sends a websocket text frame
 *   file PATH       sends a file
 *   paced PATH BYTES MS   sends a file in pieces with pauses in between
 *   cut PATH BYTES  sends the beginning of a file
 *   close           hangs up
 *   pause MS
 *   silence MS      fails when something comes meanwhile
 *   gone MS         the peer hangs up within this time
 *   # ...           a remark
 *
 * Prints what comes in. Exit status 1 with the line that failed. */
/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS = 32, ROOM = 1 << 20, PATIENCE_MS = 40000, LINE = 8192 };

struct script {
	int listener;
	int fds[CONNECTIONS];
	int count, current; /* current: index, -1 none */
	uint8_t in[ROOM];
	size_t len;
	unsigned line;
};

static void
fail(const struct script *s, const char *why)
{
	printf("\n[line %u: %s]\n", s->line, why);
	exit(1);
}

static size_t
unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0'; from++) {
		if (*from != '\\') {
			*to++ = *from;
			continue;
		}
		switch (*++from) {
		case 'r':
			*to++ = '\r';
			break;
		case 'n':
			*to++ = '\n';
			break;
		case 't':
			*to++ = '\t';
			break;
		case 'x': {
			char hex[3] = { from[1], from[2], '\0' };

			*to++ = (char)strtol(hex, NULL, 16);
			from += 2;
			break;
		}
		default:
			*to++ = *from;
		}
	}
	*to = '\0';
	return (size_t)(to - text);
}

static int
fd_of(const struct script *s)
{
	if (s->current < 0 || s->fds[s->current] < 0)
		fail(s, "no connection");
	return s->fds[s->current];
}

static bool
readable(int fd, int ms)
{
	struct pollfd one = { .fd = fd, .events = POLLIN };

	return poll(&one, 1, ms) > 0;
}

static void
receive(struct script *s, const char *why)
{
	ssize_t got;

	if (s->len == ROOM || !readable(fd_of(s), PATIENCE_MS))
		fail(s, why);
	got = recv(fd_of(s), s->in + s->len, ROOM - s->len, 0);
	if (got <= 0)
		fail(s, "the peer has hung up");
	fwrite(s->in + s->len, 1, (size_t)got, stdout);
	fflush(stdout);
	s->len += (size_t)got;
}

static void
drop(struct script *s, size_t len)
{
	memmove(s->in, s->in + len, s->len - len);
	s->len -= len;
}

static void
expect(struct script *s, char *text)
{
	size_t len = unescape(text);
	uint8_t *at;

	while ((at = memmem(s->in, s->len, text, len)) == NULL)
		receive(s, "expected bytes have not come");
	drop(s, (size_t)(at - s->in) + len);
}

static void
need(struct script *s, size_t len)
{
	while (s->len < len)
		receive(s, "the frame is not whole");
}

static void
hear(struct script *s, char *text)
{
	static const uint8_t zeros[4];
	size_t len = unescape(text), head = 2, body;

	need(s, 2);
	if (s->in[0] != 0x81 || (s->in[1] & 0x80) == 0)
		fail(s, "no masked, whole text frame");
	body = s->in[1] & 0x7F;
	if (body == 126) {
		head = 4;
		need(s, head);
		body = (size_t)s->in[2] << 8 | s->in[3];
	}
	need(s, head + 4 + body);
	if (memcmp(s->in + head, zeros, 4) != 0)
		fail(s, "the mask is not zero");
	if (memmem(s->in + head + 4, body, text, len) == NULL)
		fail(s, "the message is another");
	drop(s, head + 4 + body);
}

static void
ping(struct script *s)
{
	need(s, 6);
	if (memcmp(s->in, "\x89\x80\0\0\0\0", 6) != 0)
		fail(s, "no masked, empty ping");
	drop(s, 6);
}

static void
put(struct script *s, const void *bytes, size_t len)
{
	const char *at = bytes;

	while (len > 0) {
		ssize_t sent = send(fd_of(s), at, len, MSG_NOSIGNAL);

		if (sent <= 0)
			fail(s, "the peer takes no more");
		at += sent;
		len -= (size_t)sent;
	}
}

static void
frame(struct script *s, char *text)
{
	size_t len = unescape(text), head = len < 126 ? 2 : 4;
	uint8_t bytes[LINE + 4] = { 0x81 };

	bytes[1] = len < 126 ? (uint8_t)len : 126;
	if (len >= 126) {
		bytes[2] = (uint8_t)(len >> 8);
		bytes[3] = (uint8_t)len;
	}
	memcpy(bytes + head, text, len);
	put(s, bytes, head + len);
}

static void
rest(long ms)
{
	struct timespec pause = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&pause, NULL);
}

static void
send_file(struct script *s, char *args, bool paced)
{
	char path[256];
	size_t piece = SIZE_MAX, len;
	long ms = 0;
	char bytes[65536];
	FILE *file;

	if (sscanf(args, "%255s %zu %ld", path, &piece, &ms) < 1 ||
		(file = fopen(path, "rb")) == NULL) {
		fail(s, "no such file");
		return;
	}
	while ((len = fread(bytes, 1, piece < sizeof bytes ? piece : sizeof bytes,
			file)) > 0) {
		put(s, bytes, len);
		if (paced)
			rest(ms);
		else if (piece != SIZE_MAX)
			piece -= len;
		if (piece == 0)
			break;
	}
	fclose(file);
}

static void
take(struct script *s)
{
	int one = 1;

	if (s->count == CONNECTIONS || !readable(s->listener, PATIENCE_MS))
		fail(s, "nobody has called");
	s->current = s->count++;
	s->fds[s->current] = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
	setsockopt(s->fds[s->current], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	s->len = 0;
}

static void
hang_up(struct script *s)
{
	close(fd_of(s));
	s->fds[s->current] = -1;
}

static void
silence(struct script *s, int ms)
{
	if (s->len > 0 || readable(fd_of(s), ms))
		fail(s, "something has come");
}

static void
gone(struct script *s, int ms)
{
	char rest_of_it[4096];
	ssize_t got = 1;

	while (got > 0) {
		if (!readable(fd_of(s), ms))
			fail(s, "the peer is still there");
		got = recv(fd_of(s), rest_of_it, sizeof rest_of_it, 0);
	}
}

static void
obey(struct script *s, const char *verb, char *args)
{
	if (strcmp(verb, "accept") == 0)
		take(s);
	else if (strcmp(verb, "use") == 0)
		s->current = atoi(args) - 1;
	else if (strcmp(verb, "expect") == 0)
		expect(s, args);
	else if (strcmp(verb, "hear") == 0)
		hear(s, args);
	else if (strcmp(verb, "ping") == 0)
		ping(s);
	else if (strcmp(verb, "send") == 0)
		put(s, args, unescape(args));
	else if (strcmp(verb, "frame") == 0)
		frame(s, args);
	else if (strcmp(verb, "file") == 0 || strcmp(verb, "cut") == 0)
		send_file(s, args, false);
	else if (strcmp(verb, "paced") == 0)
		send_file(s, args, true);
	else if (strcmp(verb, "close") == 0)
		hang_up(s);
	else if (strcmp(verb, "pause") == 0)
		rest(atol(args));
	else if (strcmp(verb, "silence") == 0)
		silence(s, atoi(args));
	else if (strcmp(verb, "gone") == 0)
		gone(s, atoi(args));
	else if (verb[0] != '#' && verb[0] != '\0')
		fail(s, "no such verb");
}

static int
listen_on(char *where)
{
	struct sockaddr_in name = { .sin_family = AF_INET };
	char *colon = strchr(where, ':');
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	if (colon == NULL)
		return -1;
	*colon = '\0';
	inet_pton(AF_INET, where, &name.sin_addr);
	name.sin_port = htons((uint16_t)atoi(colon + 1));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	return bind(fd, (struct sockaddr *)&name, sizeof name) == 0 && listen(fd, 16) == 0
		? fd
		: -1;
}

int
main(int argc, char **argv)
{
	struct script *s = calloc(1, sizeof *s);
	char line[LINE];

	if (s == NULL || argc != 2 || (s->listener = listen_on(argv[1])) < 0) {
		fprintf(stderr, "usage: tcp-script ADDRESS:PORT <script\n");
		return 2;
	}
	s->current = -1;
	while (fgets(line, sizeof line, stdin) != NULL) {
		char *args = line + strcspn(line, " \n");

		s->line++;
		line[strcspn(line, "\n")] = '\0';
		if (*args == ' ')
			*args++ = '\0';
		obey(s, line, args);
	}
	printf("\n[done]\n");
	free(s);
	return 0;
}
