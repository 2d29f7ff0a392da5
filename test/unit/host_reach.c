/* Whether a device reaches us: addresses, servers that answer wrongly, explanations. */
/* SPDX-License-Identifier: MIT */
#include "host/reach.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/monitor.h"
#include "host/port_holder.h"
#include "test/unit/unit.h"

static struct in_addr
address(const char *text)
{
	struct in_addr out;

	assert_int_equal(inet_pton(AF_INET, text, &out), 1);
	return out;
}

/* A server for one connection that says what it is told. */
struct mouth {
	int fd;
	uint16_t port;
	const char *words; /* NULL: hangs up */
};

static void
open_mouth(struct mouth *mouth, const char *words)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof at;

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	mouth->words = words;
	mouth->fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(mouth->fd, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(listen(mouth->fd, 1), 0);
	getsockname(mouth->fd, (struct sockaddr *)&at, &len);
	mouth->port = ntohs(at.sin_port);
}

static void *
speak(void *context)
{
	struct mouth *mouth = context;
	int fd = accept(mouth->fd, NULL, NULL);
	char request[600];

	if (recv(fd, request, sizeof request, 0) > 0 && mouth->words != NULL)
		send(fd, mouth->words, strlen(mouth->words), MSG_NOSIGNAL);
	close(fd);
	return NULL;
}

static bool
fetch(const char *words, struct err *err)
{
	struct mouth mouth;
	pthread_t thread;
	bool ok;

	open_mouth(&mouth, words);
	assert_true(thread_start(&thread, speak, &mouth));
	ok = reach_fetch(address("127.0.0.1"), mouth.port, "/a/x", err);
	pthread_join(thread, NULL);
	close(mouth.fd);
	return ok;
}

static void
takes_a_device_s_answer_only(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_true(fetch(
		"HTTP/1.1 206 Partial Content\r\nContent-Length: 1\r\n\r\nx", NULL));
	assert_false(fetch("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", &err));
	assert_string_equal(err.code->name, "E-SELF-TEST");
	assert_int_equal(err_kind(&err), ERR_UNREACHABLE);
	assert_false(fetch(NULL, &err));
	assert_false(fetch("HTTP/1.1 206 Partial Content\r\n", &err));
}

static void
a_closed_port_fails_the_test(void **state)
{
	struct mouth mouth;
	struct err err = { 0 };

	(void)state;
	open_mouth(&mouth, NULL);
	close(mouth.fd);
	assert_false(reach_fetch(address("127.0.0.1"), mouth.port, "/a/x", &err));
	assert_string_equal(err.code->name, "E-SELF-TEST");
	assert_non_null(strstr(err.text, "127.0.0.1:"));
}

static void
own_address_towards_loopback_is_loopback(void **state)
{
	struct in_addr own;

	(void)state;
	assert_true(reach_own_address(address("127.83.0.1"), &own, NULL));
	assert_int_equal(ntohl(own.s_addr) >> 24, 127);
}

static void
silence_is_explained_with_address_and_port(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_false(reach_explain_silence(
		address("127.83.0.1"), address("127.0.0.1"), 8123, &err));
	assert_string_equal(err.code->name, "E-NO-FETCH");
	assert_int_equal(err_exit_status(err_kind(&err)), 13);
	assert_non_null(strstr(err.text, "127.0.0.1:8123"));
	assert_non_null(strstr(err.text, "127.83.0.1"));
	assert_non_null(strstr(err.remedy, "8123"));
}

static void
the_holder_of_a_port_is_named(void **state)
{
	char holder[PORT_HOLDER_SIZE], wanted[PORT_HOLDER_SIZE];
	struct mouth mouth;

	(void)state;
	open_mouth(&mouth, NULL);
	snprintf(wanted, sizeof wanted, "unit-host_reach (process %d)", (int)getpid());
	assert_true(port_holder(mouth.port, holder));
	assert_string_equal(holder, wanted);
	close(mouth.fd);
	assert_false(port_holder(mouth.port, holder));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_a_device_s_answer_only),
		cmocka_unit_test(a_closed_port_fails_the_test),
		cmocka_unit_test(own_address_towards_loopback_is_loopback),
		cmocka_unit_test(silence_is_explained_with_address_and_port),
		cmocka_unit_test(the_holder_of_a_port_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
