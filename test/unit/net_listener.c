/* TLS and plain text on the same ports, peers that hang up, peers that say nothing. */
/* SPDX-License-Identifier: MIT */
#include "test/unit/unit.h"

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/monitor.h"
#include "net/listener.h"
#include "net/socket.h"

#define PATIENCE_MS 10000
#define MUCH	    12000 /* of a body: more than a device's buffer */

struct world {
	char directory[64];
	struct tls_identity *identity;
	struct http_handler plain_handler, secure_handler;
	struct http_server *plain, *secure;
	struct listener *listener;
	struct monitor monitor;
	unsigned turned_away;
	struct tls_story story;
};

static void
say(struct http_answer *out, const char *text)
{
	out->status = 200;
	out->body = text;
	out->body_len = strlen(text);
}

static void
answer_plain(void *context, const struct http_request *request, struct http_answer *out)
{
	(void)context;
	(void)request;
	say(out, "plain");
}

static void
answer_secure(void *context, const struct http_request *request, struct http_answer *out)
{
	static char much[MUCH + 1];

	(void)context;
	memset(much, 'x', MUCH);
	say(out, strcmp(request->path, "/much") == 0 ? much : "secure");
}

static void
turned_away(void *context, struct in_addr peer, const struct tls_story *story)
{
	struct world *world = context;

	assert_int_equal(peer.s_addr, htonl(INADDR_LOOPBACK));
	monitor_enter(&world->monitor);
	world->turned_away++;
	world->story = *story;
	monitor_ring(&world->monitor);
	monitor_leave(&world->monitor);
}

static int
open_world(void **state)
{
	static const struct http_options options = { .only_taken = true };
	struct world *world = xcalloc(1, sizeof *world);
	struct listener_options wanted = { .address = { htonl(INADDR_LOOPBACK) },
		.port_count = 2,
		.context = world,
		.turned_away = turned_away };

	strcpy(world->directory, "/tmp/airlift-tls-XXXXXX");
	assert_non_null(mkdtemp(world->directory));
	monitor_init(&world->monitor);
	world->plain_handler.answer = answer_plain;
	world->secure_handler.answer = answer_secure;
	world->identity = tls_identity_open(world->directory, NULL);
	assert_non_null(world->identity);
	world->plain = http_server_new(&options, &world->plain_handler, NULL);
	world->secure = http_server_new(&options, &world->secure_handler, NULL);
	wanted.identity = world->identity;
	wanted.plain = world->plain;
	wanted.secure = world->secure;
	world->listener = listener_new(&wanted, NULL);
	assert_non_null(world->listener);
	*state = world;
	return 0;
}

static int
close_world(void **state)
{
	struct world *world = *state;
	OWN_STR path = xasprintf("%s/cloud.pem", world->directory);

	listener_free(world->listener);
	http_server_free(world->plain);
	http_server_free(world->secure);
	tls_identity_free(world->identity);
	monitor_clear(&world->monitor);
	unlink(path);
	rmdir(world->directory);
	free(world);
	return 0;
}

static int
call(const struct world *world, size_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(listener_port(world->listener, port)),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
	return fd;
}

static int
refuse(gnutls_session_t session)
{
	(void)session;
	return GNUTLS_E_CERTIFICATE_ERROR;
}

struct client {
	int fd;
	gnutls_session_t session;
	gnutls_certificate_credentials_t nobody;
};

/* Returns what the handshake came to. */
static int
client_open(struct client *client, int fd, const char *ways, bool checks)
{
	int code;

	client->fd = fd;
	gnutls_certificate_allocate_credentials(&client->nobody);
	if (checks)
		gnutls_certificate_set_verify_function(client->nobody, refuse);
	gnutls_init(&client->session, GNUTLS_CLIENT | GNUTLS_NO_SIGNAL);
	gnutls_credentials_set(client->session, GNUTLS_CRD_CERTIFICATE, client->nobody);
	gnutls_transport_set_int(client->session, fd);
	gnutls_handshake_set_timeout(client->session, PATIENCE_MS);
	assert_int_equal(gnutls_priority_set_direct(client->session, ways, NULL), 0);
	do
		code = gnutls_handshake(client->session);
	while (code < 0 && !gnutls_error_is_fatal(code));
	return code;
}

static void
client_close(struct client *client)
{
	gnutls_deinit(client->session);
	gnutls_certificate_free_credentials(client->nobody);
	close(client->fd);
}

#define REQUEST "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

static void
expect_secure(const struct world *world, size_t port, const char *ways)
{
	struct client client;
	char text[512] = "";
	size_t len = 0;

	assert_int_equal(client_open(&client, call(world, port), ways, false), 0);
	assert_int_equal(gnutls_record_send(client.session, REQUEST, strlen(REQUEST)),
		strlen(REQUEST));
	while (strstr(text, "secure") == NULL) {
		ssize_t got = gnutls_record_recv(
			client.session, text + len, sizeof text - 1 - len);

		assert_true(got > 0);
		len += (size_t)got;
		text[len] = '\0';
	}
	assert_true(strncmp(text, "HTTP/1.1 200 OK\r\n", 17) == 0);
	client_close(&client);
}

#define OLD(version, cipher, mac) \
	"NONE:+VERS-" version ":+RSA:+" cipher ":+" mac \
	":+COMP-NULL:+SIGN-ALL:+CTYPE-X509"

static void
every_old_version_and_cipher_is_spoken(void **state)
{
	static const char *const versions[] = { "TLS1.0", "TLS1.1", "TLS1.2" };
	static const char *const suites[] = { "+AES-128-CBC:+SHA1", "+AES-256-CBC:+SHA1",
		"+ARCFOUR-128:+SHA1", "+ARCFOUR-128:+MD5" };
	const struct world *world = *state;

	assert_true(tls_self_test(world->identity, NULL));
	for (size_t i = 0; i < COUNT_OF(versions); i++)
		for (size_t k = 0; k < COUNT_OF(suites); k++) {
			OWN_STR ways = xasprintf("NONE:+VERS-%s:+RSA:%s"
						 ":+COMP-NULL:+SIGN-ALL:+CTYPE-X509",
				versions[i], suites[k]);

			expect_secure(world, (i + k) % 2, ways);
		}
}

/* A device's whole TLS buffer has 4096 bytes, also for the certificate. */
static void
records_and_the_certificate_fit_a_devices_buffer(void **state)
{
	static const char request[] = "GET /much HTTP/1.1\r\nHost: x\r\n\r\n";
	const struct world *world = *state;
	const gnutls_datum_t *shown;
	struct client client;
	char bytes[16384];
	unsigned count = 0;
	size_t len = 0;

	assert_int_equal(client_open(&client, call(world, 0),
				 OLD("TLS1.1", "AES-128-CBC", "SHA1"), false),
		0);
	shown = gnutls_certificate_get_peers(client.session, &count);
	assert_int_equal(count, 1);
	assert_in_range(shown->size, 1, 1024);
	assert_int_equal(gnutls_record_send(client.session, request, strlen(request)),
		strlen(request));
	/* The library hands over a record at a time. */
	while (len < MUCH) {
		ssize_t got = gnutls_record_recv(client.session, bytes, sizeof bytes);

		assert_in_range(got, 1, 2048);
		len += (size_t)got;
	}
	client_close(&client);
}

static void
plain_text_is_spoken_on_the_same_ports(void **state)
{
	const struct world *world = *state;

	for (size_t port = 0; port < 2; port++) {
		int fd = call(world, port);
		char text[512] = "";
		size_t len = 0;

		assert_int_equal(write(fd, REQUEST, strlen(REQUEST)), strlen(REQUEST));
		while (strstr(text, "plain") == NULL) {
			ssize_t got = read(fd, text + len, sizeof text - 1 - len);

			assert_true(got > 0);
			len += (size_t)got;
			text[len] = '\0';
		}
		close(fd);
	}
}

static struct tls_story
wait_for_story(struct world *world, unsigned count)
{
	struct deadline until = deadline_in(PATIENCE_MS);
	struct tls_story story;

	monitor_enter(&world->monitor);
	while (world->turned_away < count && monitor_wait(&world->monitor, until, NULL))
		continue;
	assert_int_equal(world->turned_away, count);
	story = world->story;
	monitor_leave(&world->monitor);
	return story;
}

static void
a_peer_that_rejects_the_certificate_is_noticed(void **state)
{
	struct world *world = *state;
	struct tls_story story;
	struct client client;

	assert_true(client_open(&client, call(world, 0),
			    OLD("TLS1.1", "AES-128-CBC", "SHA1"), true) < 0);
	client_close(&client);
	story = wait_for_story(world, 1);
	assert_int_equal(story.end, TLS_REJECTED);
	assert_false(story.is_modern);
	assert_true(client_open(&client, call(world, 0), "NORMAL:+RSA", true) < 0);
	client_close(&client);
	story = wait_for_story(world, 2);
	assert_true(story.is_modern);
}

static void
other_failures_are_not_taken_for_it(void **state)
{
	struct world *world = *state;
	struct client client;
	int fd;

	assert_true(client_open(&client, call(world, 0), "NORMAL:-RSA", false) < 0);
	client_close(&client);
	assert_int_equal(wait_for_story(world, 1).end, TLS_NO_COMMON_GROUND);
	fd = call(world, 0);
	assert_int_equal(write(fd, "\x16\x03\x01\x00\x10garbage of a hello", 23), 23);
	close(fd);
	assert_int_equal(wait_for_story(world, 2).end, TLS_GARBLED);
	/* Half a hello, then gone. */
	fd = call(world, 0);
	assert_int_equal(write(fd, "\x16\x03\x01\x00\x50\x01\x00\x00\x4c", 9), 9);
	close(fd);
	assert_int_equal(wait_for_story(world, 3).end, TLS_GARBLED);
}

static void
silent_peers_get_so_many_connections_and_no_more(void **state)
{
	struct world *world = *state;
	int fds[LISTENER_GUESTS_PER_PEER + 1];
	char byte;

	for (size_t i = 0; i < COUNT_OF(fds); i++)
		fds[i] = call(world, i % 2);
	/* One of them is hung up on: which one depends on who was accepted first. */
	for (size_t closed = 0; closed == 0;) {
		struct pollfd wanted[COUNT_OF(fds)];

		for (size_t i = 0; i < COUNT_OF(fds); i++)
			wanted[i] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
		assert_true(poll(wanted, COUNT_OF(fds), PATIENCE_MS) > 0);
		for (size_t i = 0; i < COUNT_OF(fds); i++)
			closed += wanted[i].revents != 0 && read(fds[i], &byte, 1) <= 0;
		assert_int_equal(closed, 1);
	}
	for (size_t i = 0; i < COUNT_OF(fds); i++)
		close(fds[i]);
}

static void
the_certificate_is_kept_and_kept_private(void **state)
{
	struct world *world = *state;
	OWN_STR path = xasprintf("%s/cloud.pem", world->directory);
	uint8_t *before, *after;
	size_t before_len, after_len;
	struct tls_identity *again;
	struct stat status;

	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	assert_true(file_read(path, 16384, &before, &before_len, NULL));
	again = tls_identity_open(world->directory, NULL);
	assert_non_null(again);
	tls_identity_free(again);
	assert_true(file_read(path, 16384, &after, &after_len, NULL));
	assert_int_equal(before_len, after_len);
	assert_memory_equal(before, after, before_len);
	free(before);
	free(after);
	/* A damaged one is made anew. */
	assert_true(file_write(path, "damaged", 7, 0600, NULL));
	again = tls_identity_open(world->directory, NULL);
	assert_non_null(again);
	tls_identity_free(again);
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(every_old_version_and_cipher_is_spoken),
		STORY(records_and_the_certificate_fit_a_devices_buffer),
		STORY(plain_text_is_spoken_on_the_same_ports),
		STORY(a_peer_that_rejects_the_certificate_is_noticed),
		STORY(other_failures_are_not_taken_for_it),
		STORY(silent_peers_get_so_many_connections_and_no_more),
		STORY(the_certificate_is_kept_and_kept_private),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
