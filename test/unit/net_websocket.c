/* The frames are spelled out: what old devices send, what they can read, and abuse. */
/* SPDX-License-Identifier: MIT */
#include "test/unit/unit.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/websocket.h"

#define SOON	    deadline_in(5000)
#define BYTES(text) text, sizeof(text) - 1

struct pair {
	int device;
	int server;
	struct websocket *websocket;
};

static void
pair_open(struct pair *pair, const char *extra, size_t len)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	pair->device = ends[0];
	pair->server = ends[1];
	pair->websocket = websocket_new(ends[1], extra, len);
}

static void
pair_close(struct pair *pair)
{
	websocket_free(pair->websocket);
	close(pair->device);
	close(pair->server);
}

static void
device_says(const struct pair *pair, const char *bytes, size_t len)
{
	assert_int_equal(write(pair->device, bytes, len), len);
}

static void
device_hears(const struct pair *pair, const char *bytes, size_t len)
{
	char got[4096];

	assert_int_equal(read(pair->device, got, sizeof got), len);
	assert_memory_equal(got, bytes, len);
}

static void
expect_text(struct pair *pair, const char *wanted)
{
	char *text = NULL;
	size_t len;

	assert_int_equal(
		websocket_read(pair->websocket, SOON, &text, &len), WEBSOCKET_TEXT);
	assert_string_equal(text, wanted);
	assert_int_equal(len, strlen(wanted));
	free(text);
}

static void
expect_event(struct pair *pair, enum websocket_event wanted)
{
	char *text = NULL;
	size_t len;

	assert_int_equal(
		websocket_read(pair->websocket,
			wanted == WEBSOCKET_QUIET ? deadline_in(20) : SOON, &text, &len),
		wanted);
}

static void
the_accept_value_is_that_of_the_standard(void **state)
{
	char out[WEBSOCKET_ACCEPT_SIZE], *longer = xmalloc(1000);

	(void)state;
	assert_true(websocket_accept_value("dGhlIHNhbXBsZSBub25jZQ==", out));
	assert_string_equal(out, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
	assert_true(websocket_accept_value("ITEADTmobiM0x1DabcEsnw==", out));
	memset(longer, 'x', 999);
	longer[999] = '\0';
	assert_false(websocket_accept_value(longer, out));
	free(longer);
}

static void
messages_arrive_one_by_one_and_in_any_pieces(void **state)
{
	struct pair pair;

	(void)state;
	pair_open(&pair, BYTES("\x81\x82\0\0\0\0h"));
	expect_event(&pair, WEBSOCKET_QUIET);
	device_says(&pair, BYTES("i\x81\x82\0\0\0\0yo\x81"));
	expect_text(&pair, "hi");
	expect_text(&pair, "yo");
	expect_event(&pair, WEBSOCKET_QUIET);
	device_says(&pair, BYTES("\x83\0\0\0\0abc"));
	expect_text(&pair, "abc");
	device_says(&pair, BYTES("\x01\x81\0\0\0\0a\x80\x81\0\0\0\0b"));
	expect_text(&pair, "ab");
	pair_close(&pair);
}

static void
ours_is_one_unmasked_frame_in_one_piece(void **state)
{
	struct pair pair;
	char longer[2048], got[4096];

	(void)state;
	pair_open(&pair, "", 0);
	assert_true(websocket_write(pair.websocket, "hello"));
	device_hears(&pair, BYTES("\x81\x05hello"));
	memset(longer, 'x', sizeof longer);
	longer[300] = '\0';
	assert_true(websocket_write(pair.websocket, longer));
	assert_int_equal(read(pair.device, got, sizeof got), 304);
	assert_memory_equal(got, "\x81\x7e\x01\x2cxxx", 7);
	longer[300] = 'x';
	longer[WEBSOCKET_MESSAGE_MOST + 1] = '\0';
	assert_false(websocket_write(pair.websocket, longer));
	pair_close(&pair);
}

static void
an_empty_ping_gets_the_pong_devices_know(void **state)
{
	struct pair pair;

	(void)state;
	pair_open(&pair, "", 0);
	device_says(&pair, BYTES("\x89\x80\0\0\0\0"));
	expect_event(&pair, WEBSOCKET_QUIET);
	device_hears(&pair, BYTES("\x8a\x00"));
	pair_close(&pair);
}

static void
expect_end(const char *bytes, size_t len, enum websocket_event wanted)
{
	struct pair pair;

	pair_open(&pair, "", 0);
	device_says(&pair, bytes, len);
	expect_event(&pair, wanted);
	pair_close(&pair);
}

static void
abuse_ends_the_connection(void **state)
{
	(void)state;
	expect_end(BYTES("\x82\x82\0\0\0\0hi"), WEBSOCKET_ABUSED); /* binary */
	expect_end(BYTES("\x81\x02hi"), WEBSOCKET_ABUSED); /* not masked */
	expect_end(BYTES("\xf1\x82\0\0\0\0hi"), WEBSOCKET_ABUSED); /* reserved bits */
	expect_end(BYTES("\x81\x81\0\0\0\0\xff"), WEBSOCKET_ABUSED); /* not UTF-8 */
	expect_end(BYTES("\x81\x81\0\0\0\0\0"), WEBSOCKET_ABUSED); /* NUL */
	expect_end(BYTES("\x80\x81\0\0\0\0x"), WEBSOCKET_ABUSED); /* nothing begun */
	expect_end(BYTES("\x89\xfe\x01\0\0\0\0\0x"), WEBSOCKET_ABUSED); /* long ping */
	expect_end(
		BYTES("\x81\xff\0\0\0\1\0\0\0\0\0\0\0\0x"), WEBSOCKET_ABUSED); /* 4 GiB */
	expect_end(BYTES("\x81\xfe\x08\0\0\0\0\0x"), WEBSOCKET_ABUSED); /* 2048 */
	expect_end(BYTES("\x88\x80\0\0\0\0"), WEBSOCKET_CLOSED);
}

static void
a_flood_of_pings_ends_the_connection(void **state)
{
	struct pair pair;

	(void)state;
	pair_open(&pair, "", 0);
	for (int i = 0; i < 100; i++)
		device_says(&pair, BYTES("\x89\x80\0\0\0\0"));
	expect_event(&pair, WEBSOCKET_ABUSED);
	pair_close(&pair);
}

static void
a_hang_up_is_told(void **state)
{
	struct pair pair;

	(void)state;
	pair_open(&pair, "", 0);
	device_says(&pair, BYTES("\x81\x82\0\0\0\0yo\x81"));
	shutdown(pair.device, SHUT_RDWR);
	expect_text(&pair, "yo");
	expect_event(&pair, WEBSOCKET_CLOSED);
	assert_false(websocket_write(pair.websocket, "late"));
	pair_close(&pair);
}

/* A peer that sends without reading can not make us wait. */
static void
a_stuck_peer_is_given_up(void **state)
{
	struct pair pair;
	char text[1900];
	int count = 0;

	(void)state;
	memset(text, 'x', sizeof text);
	text[sizeof text - 1] = '\0';
	pair_open(&pair, "", 0);
	while (count < 10000 && websocket_write(pair.websocket, text))
		count++;
	assert_in_range(count, 1, 9999);
	expect_event(&pair, WEBSOCKET_CLOSED);
	pair_close(&pair);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_accept_value_is_that_of_the_standard),
		cmocka_unit_test(messages_arrive_one_by_one_and_in_any_pieces),
		cmocka_unit_test(ours_is_one_unmasked_frame_in_one_piece),
		cmocka_unit_test(an_empty_ping_gets_the_pong_devices_know),
		cmocka_unit_test(abuse_ends_the_connection),
		cmocka_unit_test(a_flood_of_pings_ends_the_connection),
		cmocka_unit_test(a_hang_up_is_told),
		cmocka_unit_test(a_stuck_peer_is_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
