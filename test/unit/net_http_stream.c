/* Connections that are brought, that become streams, and bodies that take their time. */
/* SPDX-License-Identifier: MIT */
#include "test/unit/unit.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/monitor.h"
#include "net/http_server.h"
#include "net/socket.h"

#define PATIENCE_MS 10000

struct world {
	struct http_server *server;
	struct monitor monitor;
	struct http_stream *stream;
	uint64_t sent;
	int open;
	bool ended;
};

static void
answer(void *context, const struct http_request *request, struct http_answer *out)
{
	static const char text[] = "abcdefghijklmnopqrstuvwxyz";

	out->status = 200;
	if (strcmp(request->path, "/up") == 0) {
		out->status = 101;
		out->upgrade = true;
		out->headers[0].name = "Upgrade";
		out->headers[0].value = "websocket";
		return;
	}
	out->body = text;
	out->body_len = strlen(text);
	out->token = context;
	if (strcmp(request->path, "/slow") == 0)
		out->pace = (struct http_pace){ 3, 20, 10, 10 };
	if (strcmp(request->path, "/never") == 0)
		out->pace = (struct http_pace){ 3, 3600 * 1000, 10, 10 };
}

static void
sent(void *context, void *token, uint64_t bytes, bool ended)
{
	struct world *world = context;

	assert_ptr_equal(token, context);
	monitor_enter(&world->monitor);
	world->sent = bytes;
	world->ended |= ended;
	monitor_ring(&world->monitor);
	monitor_leave(&world->monitor);
}

static void
connected(void *context, struct http_connection *connection, struct in_addr peer,
	bool opened)
{
	struct world *world = context;

	(void)connection;
	assert_int_equal(peer.s_addr, htonl(INADDR_LOOPBACK + 6));
	monitor_enter(&world->monitor);
	world->open += opened ? 1 : -1;
	monitor_ring(&world->monitor);
	monitor_leave(&world->monitor);
}

static void
upgraded(void *context, struct in_addr peer, struct http_stream *stream)
{
	struct world *world = context;

	(void)peer;
	monitor_enter(&world->monitor);
	world->stream = stream;
	monitor_ring(&world->monitor);
	monitor_leave(&world->monitor);
}

/* Returns the other end of a connection that the server was given. */
static int
bring(struct world *world, const char *request)
{
	struct in_addr peer = { htonl(INADDR_LOOPBACK + 6) };
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	assert_true(http_server_take(world->server, ends[0], peer));
	assert_int_equal(write(ends[1], request, strlen(request)), strlen(request));
	return ends[1];
}

/* Everything until `last` arrives or the other side closes. Returns the number of reads:
 * pieces that came alone. */
static int
read_until(int fd, const char *last, char *out, size_t size)
{
	struct deadline until = deadline_in(PATIENCE_MS);
	size_t len = 0;
	int reads = 0;

	out[0] = '\0';
	while (strstr(out, last) == NULL && socket_wait(fd, POLLIN, until, NULL)) {
		ssize_t got = read(fd, out + len, size - 1 - len);

		if (got <= 0)
			break;
		len += (size_t)got;
		out[len] = '\0';
		reads++;
	}
	return reads;
}

static void
wait_for(struct world *world, const bool *flag)
{
	struct deadline until = deadline_in(PATIENCE_MS);

	monitor_enter(&world->monitor);
	while (!*flag && monitor_wait(&world->monitor, until, NULL))
		continue;
	assert_true(*flag);
	monitor_leave(&world->monitor);
}

static void
a_connection_that_was_brought_is_served(void **state)
{
	struct world *world = *state;
	char text[512];
	int fd = bring(world, "GET / HTTP/1.0\r\n\r\n");

	read_until(fd, "xyz", text, sizeof text);
	assert_non_null(strstr(text, "HTTP/1.1 200 OK\r\n"));
	assert_non_null(strstr(text, "Content-Length: 26\r\n"));
	wait_for(world, &world->ended);
	assert_int_equal(world->sent, 26);
	close(fd);
}

static void
a_paced_body_leaves_in_pieces_and_whole(void **state)
{
	struct world *world = *state;
	char text[512];
	int fd = bring(world, "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");

	/* 3, 10, 10, 3; the head may travel with the first. */
	assert_true(read_until(fd, "xyz", text, sizeof text) >= 4);
	assert_non_null(strstr(text, "\r\n\r\nabcdefghijklmnopqrstuvwxyz"));
	assert_non_null(strstr(text, "Content-Length: 26\r\n"));
	assert_null(strstr(text, "chunked"));
	wait_for(world, &world->ended);
	assert_int_equal(world->sent, 26);
	close(fd);
}

static void
a_resting_connection_does_not_keep_the_server(void **state)
{
	struct world *world = *state;
	char text[512];
	int fd = bring(world, "GET /never HTTP/1.1\r\nHost: x\r\n\r\n");

	read_until(fd, "abc", text, sizeof text);
	assert_non_null(strstr(text, "abc"));
	http_server_free(world->server);
	world->server = NULL;
	assert_true(world->ended);
	assert_int_equal(world->open, 0);
	close(fd);
}

static void
an_upgraded_connection_is_a_stream(void **state)
{
	struct world *world = *state;
	char text[512];
	int fd = bring(world,
		"GET /up HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\n"
		"Upgrade: websocket\r\n\r\n");
	struct deadline until = deadline_in(PATIENCE_MS);

	read_until(fd, "\r\n\r\n", text, sizeof text);
	assert_true(strncmp(text, "HTTP/1.1 101 Switching Protocols\r\n", 34) == 0);
	assert_non_null(strstr(text, "Upgrade: websocket\r\n"));
	monitor_enter(&world->monitor);
	while (world->stream == NULL && monitor_wait(&world->monitor, until, NULL))
		continue;
	assert_non_null(world->stream);
	monitor_leave(&world->monitor);
	assert_int_equal(write(world->stream->fd, "hello", 5), 5);
	read_until(fd, "hello", text, sizeof text);
	assert_string_equal(text, "hello");
	assert_int_equal(write(fd, "back", 4), 4);
	read_until(world->stream->fd, "back", text, sizeof text);
	assert_string_equal(text, "back");
	http_stream_close(world->stream);
	assert_int_equal(read(fd, text, 1), 0);
	close(fd);
}

static struct http_handler handler = {
	.answer = answer, .sent = sent, .connected = connected, .upgraded = upgraded
};

static int
open_world(void **state)
{
	static const struct http_options options = { .only_taken = true };
	struct world *world = xcalloc(1, sizeof *world);

	monitor_init(&world->monitor);
	handler.context = world;
	world->server = http_server_new(&options, &handler, NULL);
	*state = world;
	return world->server == NULL;
}

static int
close_world(void **state)
{
	struct world *world = *state;

	http_server_free(world->server);
	monitor_clear(&world->monitor);
	free(world);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_connection_that_was_brought_is_served, open_world, close_world),
		cmocka_unit_test_setup_teardown(
			a_paced_body_leaves_in_pieces_and_whole, open_world, close_world),
		cmocka_unit_test_setup_teardown(
			a_resting_connection_does_not_keep_the_server, open_world,
			close_world),
		cmocka_unit_test_setup_teardown(
			an_upgraded_connection_is_a_stream, open_world, close_world),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
