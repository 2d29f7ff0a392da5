/* The cloud as a device meets it, byte for byte, and as a stranger does. */
/* SPDX-License-Identifier: MIT */
#include "test/unit/free_port.h"
#include "test/unit/golden.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "flash/ewelink_cloud.h"
#include "flash/image_server.h"
#include "net/socket.h"

#define PATIENCE_MS 10000
#define IMAGE_BYTES 5008
#define ID	    "1000abcdef"
#define FACTORY	    "11111111-2222-4333-8444-555555555555"
#define SESSION	    "99999999-8888-4777-8666-555555555555"

struct world {
	char directory[64];
	struct ewelink_cloud *cloud;
	uint16_t port; /* the plain one */
	struct offer *offer; /* NULL: none */
};

static int
open_world(void **state)
{
	struct world *world = xcalloc(1, sizeof *world);
	struct ewelink_cloud_options options = { .told = { htonl(INADDR_LOOPBACK) } };

	strcpy(world->directory, "/tmp/airlift-cloud-XXXXXX");
	assert_non_null(mkdtemp(world->directory));
	options.state_directory = world->directory;
	for (int tries = 0; tries < 5 && world->cloud == NULL; tries++) {
		options.cloud_port = free_port(INADDR_ANY);
		options.plain_port = world->port = free_port(INADDR_ANY);
		world->cloud = ewelink_cloud_new(&options, NULL);
	}
	assert_non_null(world->cloud);
	*state = world;
	return 0;
}

static int
close_world(void **state)
{
	struct world *world = *state;
	OWN_STR path = xasprintf("%s/cloud.pem", world->directory);

	offer_close(world->offer);
	ewelink_cloud_free(world->cloud);
	unlink(path);
	rmdir(world->directory);
	free(world);
	return 0;
}

static int
call(const struct world *world)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(world->port),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
	return fd;
}

static void
say(int fd, const char *bytes, size_t len)
{
	assert_int_equal(send(fd, bytes, len, MSG_NOSIGNAL), len);
}

/* Reads until `end` bytes of the body behind a head have come, or the peer closes. */
static void
hear_answer(int fd, size_t body, char *out, size_t size)
{
	size_t len = 0;
	ssize_t got = 1;
	char *head = NULL;

	out[0] = '\0';
	while (got > 0 && (head == NULL || len < (size_t)(head - out) + 4 + body)) {
		got = recv(fd, out + len, size - 1 - len, 0);
		len += got > 0 ? (size_t)got : 0;
		out[len] = '\0';
		head = strstr(out, "\r\n\r\n");
	}
}

static void
ask_dispatch(const struct world *world, const char *body, char *out, size_t size)
{
	OWN_STR request = xasprintf("POST /dispatch/device HTTP/1.1\r\n"
				    "Host: 192.168.1.5\r\n"
				    "Content-Type: application/json\r\n"
				    "Content-Length: %zu\r\n\r\n%s",
		strlen(body), body);
	int fd = call(world);

	say(fd, request, strlen(request));
	hear_answer(fd, 0, out, size);
	close(fd);
}

static const char open_websocket[] = "GET /api/ws HTTP/1.1\r\n"
				     "Host: iotgo.iteadstudio.com\r\n"
				     "Connection: upgrade\r\n"
				     "Upgrade: websocket\r\n"
				     "Sec-WebSocket-Key: ITEADTmobiM0x1DabcEsnw==\r\n"
				     "Sec-WebSocket-Version: 13\r\n\r\n";

/* A frame as devices send it: masked with nothing. */
static void
send_frame(int fd, const char *text)
{
	size_t len = strlen(text), head = len < 126 ? 6 : 8;
	char frame[2048] = { '\x81' };

	if (len < 126) {
		frame[1] = (char)(0x80 | len);
	} else {
		frame[1] = '\xfe';
		frame[2] = (char)(len >> 8);
		frame[3] = (char)len;
	}
	memcpy(frame + head, text, len);
	say(fd, frame, head + len);
}

/* The text of the one frame that comes; the caller frees. NULL: the peer closed. */
static char *
hear_frame(int fd)
{
	unsigned char frame[4096];
	ssize_t len = recv(fd, frame, sizeof frame, 0);
	size_t head = 2;

	if (len <= 0)
		return NULL;
	assert_int_equal(frame[0], 0x81);
	if (frame[1] == 126)
		head = 4;
	assert_int_equal(
		(size_t)len - head, head == 2 ? frame[1] : frame[2] << 8 | frame[3]);
	return xstrndup((char *)frame + head, (size_t)len - head);
}

static int
connect_websocket(const struct world *world)
{
	char text[1024];
	int fd = call(world);

	say(fd, open_websocket, strlen(open_websocket));
	hear_answer(fd, 0, text, sizeof text);
	assert_true(strncmp(text, "HTTP/1.1 101 Switching Protocols\r\n", 34) == 0);
	return fd;
}

/* Puts the key of this connection where the golden line has its own. */
static char *
with_key(char *line, const char *key)
{
	char *at = strstr(line, SESSION);

	if (at != NULL)
		memcpy(at, key, strlen(SESSION));
	return line;
}

static void
exchange(int fd, const char *key, const char *says, const char *hears)
{
	OWN_STR question = with_key(golden_line("ewelink/device.txt", says), key);
	OWN_STR wanted = with_key(golden_line("ewelink/cloud.txt", hears), key);
	OWN_STR answer = NULL;

	send_frame(fd, question);
	answer = hear_frame(fd);
	assert_non_null(answer);
	if (strcmp(says, "date") == 0) /* it is not that day any more */
		memcpy(strstr(answer, "\"date\":\"") + 8,
			strstr(wanted, "\"date\":\"") + 8, 24);
	assert_string_equal(answer, wanted);
}

/* Registers and returns the key the cloud has made up. */
static char *
register_device(int fd)
{
	OWN_STR question = golden_line("ewelink/device.txt", "register");
	OWN_STR wanted = golden_line("ewelink/cloud.txt", "registered");
	OWN_STR answer = NULL;
	char *key;

	send_frame(fd, question);
	answer = hear_frame(fd);
	if (answer == NULL)
		return NULL;
	key = strstr(answer, "\"apikey\":\"");
	assert_non_null(key);
	key = xstrndup(key + 10, strlen(SESSION));
	assert_true(ewelink_is_key(key));
	assert_string_not_equal(key, FACTORY);
	assert_string_equal(answer, with_key(wanted, key));
	return key;
}

static void
wait_until(struct cloud_seat *seat, bool (*holds)(const struct cloud_view *view))
{
	struct cloud_view seen = { 0 };

	while (!holds(&seen))
		assert_true(cloud_wait(seat, &seen, deadline_in(PATIENCE_MS), NULL));
}

static bool
has_asked_all(const struct cloud_view *view)
{
	return view->updated && view->queried;
}

static bool
has_failed(const struct cloud_view *view)
{
	return view->acknowledged == 404;
}

static bool
has_failed_late(const struct cloud_view *view)
{
	return view->upgrade_state == 409;
}

static bool
is_gone(const struct cloud_view *view)
{
	return view->registered && !view->connected;
}

static void
dispatch_answers_as_the_device_needs_it(void **state)
{
	struct world *world = *state;
	struct cloud_seat *seat = cloud_sit(world->cloud, ID, "");
	OWN_STR body = golden_line("ewelink/device.txt", "dispatch");
	OWN_STR wanted = xasprintf("\r\n\r\n{\"error\":0,\"reason\":\"ok\",\"IP\":"
				   "\"127.0.0.1\",\"port\":%u}",
		world->port);
	struct cloud_view view;
	char text[1024];
	OWN_STR length = xasprintf("\r\nContent-Length: %zu\r\n", strlen(wanted) - 4);

	ask_dispatch(world, body, text, sizeof text);
	assert_true(strncmp(text, "HTTP/1.1 200 OK\r\n", 17) == 0);
	assert_non_null(strstr(text, wanted));
	assert_non_null(strstr(text, length));
	assert_null(strstr(text, "Transfer-Encoding"));
	cloud_look(seat, &view);
	assert_true(view.called);
	assert_false(view.is_secure);
	assert_string_equal(view.model, "ITA-GZ1-GL");
	assert_string_equal(view.firmware, "1.5.5");
	cloud_leave(seat);
}

/* A golden head, its line ends made real, with the words in capitals filled in. */
static char *
head_line(const char *name, const char *word, unsigned number)
{
	OWN(buf) text = BUF_UP_TO(4096);
	OWN_STR line = golden_line("ewelink/http.txt", name);

	for (const char *at = line; *at != '\0';) {
		if (text_starts_with(at, "\\r\\n")) {
			buf_addf(&text, "\r\n");
			at += 4;
		} else if (text_starts_with(at, word)) {
			buf_addf(&text, "%u", number);
			at += strlen(word);
		} else {
			buf_addf(&text, "%c", *at++);
		}
	}
	return buf_take(&text);
}

/* The answer begins like this, byte for byte. */
static void
expect_head(int fd, const char *request, const char *name)
{
	OWN_STR wanted = head_line(name, "NONE", 0);
	char text[4096];

	say(fd, request, strlen(request));
	assert_int_equal(recv(fd, text, strlen(wanted), MSG_WAITALL), strlen(wanted));
	text[strlen(wanted)] = '\0';
	assert_string_equal(text, wanted);
}

/* The request line and the heads as stock firmware writes them. */
static char *
image_request(struct offer *offer, const char *range)
{
	OWN_STR url = offer_url(offer, (struct in_addr){ htonl(INADDR_LOOPBACK) });

	return xasprintf("GET %s?deviceid=" ID "&ts=1270216262&sign=00 HTTP/1.1\r\n"
			 "Host: dl.itead.cn\r\n%sUser-Agent: itead-device\r\n\r\n",
		strchr(url + strlen("http://"), '/'), range);
}

static void
take_bytes(int fd, const uint8_t *wanted, size_t len)
{
	uint8_t bytes[IMAGE_BYTES];

	assert_int_equal(recv(fd, bytes, len, MSG_WAITALL), len);
	assert_memory_equal(bytes, wanted, len);
}

static void
heads_are_byte_for_byte_as_devices_compare_them(void **state)
{
	struct world *world = *state;
	struct cloud_seat *seat = cloud_sit(world->cloud, ID, "");
	OWN_STR body = golden_line("ewelink/device.txt", "dispatch");
	OWN_STR wanted = head_line("dispatch", "PORT", world->port);
	OWN_STR length = xasprintf("%zu", strlen(strstr(wanted, "\r\n\r\n") + 4));
	char *at = strstr(wanted, "LENGTH"), text[1024];
	int fd;

	memmove(at + strlen(length), at + 6, strlen(at + 6) + 1);
	memcpy(at, length, strlen(length));
	ask_dispatch(world, body, text, sizeof text);
	assert_string_equal(text, wanted);
	fd = call(world);
	expect_head(fd, open_websocket, "websocket");
	close(fd);
	fd = call(world);
	expect_head(fd, "GET /device HTTP/1.1\r\n\r\n", "stranger");
	close(fd);
	cloud_leave(seat);
}

/* One connection for all ranges: the device counts every one it loses. */
static void
images_are_served_as_the_request_asks(void **state)
{
	struct world *world = *state;
	uint8_t bytes[IMAGE_BYTES];
	struct image image = { .name = "u1.bin", .bytes = bytes, .len = sizeof bytes };
	struct in_addr peer = { htonl(INADDR_LOOPBACK) };
	OWN_STR first = NULL;
	OWN_STR last = NULL;
	OWN_STR whole = NULL;
	int64_t asked_ms;
	int fd = call(world);

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(i * 7 + i / 256);
	world->offer = image_server_offer(
		ewelink_cloud_images(world->cloud), &image, peer);
	first = image_request(world->offer, "Range: bytes=0-4095\r\n");
	last = image_request(world->offer, "Range: bytes=4096-5007\r\n");
	whole = image_request(world->offer, "");
	expect_head(fd, first, "range");
	take_bytes(fd, bytes, 4096);
	expect_head(fd, last, "last-range");
	take_bytes(fd, bytes + 4096, sizeof bytes - 4096);
	/* Ten bytes, a pause, then four pieces with a pause between each two. */
	asked_ms = clock_steady_ms();
	expect_head(fd, whole, "whole");
	take_bytes(fd, bytes, sizeof bytes);
	assert_true(clock_steady_ms() - asked_ms >= 900 + 3 * OFFER_PAUSE_MS);
	offer_set_pause(world->offer, 500);
	asked_ms = clock_steady_ms();
	expect_head(fd, whole, "whole");
	take_bytes(fd, bytes, sizeof bytes);
	assert_true(clock_steady_ms() - asked_ms >= 900 + 3 * 500);
	close(fd);
}

static void
the_conversation_is_that_of_the_vendors_cloud(void **state)
{
	struct world *world = *state;
	struct cloud_seat *seat = cloud_sit(world->cloud, ID, FACTORY);
	const char *const url[2] = { "http://192.168.1.5:8080/ota/u1.bin",
		"http://192.168.1.5:8080/ota/u2.bin" };
	const char *const digest[2] = {
		"64b374598d11f91a453adc6d95ebcbcced347fbc9abad9b62ad5b710a965a309",
		"0edc3fc4f70cf1a95cdc28811f57e53612908c62c8963e1b78a66d3edb19addd"
	};
	int fd = connect_websocket(world);
	OWN_STR key = register_device(fd);
	OWN_STR sequence = NULL;
	OWN_STR asked = NULL;
	OWN_STR failed = NULL;
	OWN_STR late = golden_line("ewelink/device.txt", "late");
	OWN_STR wanted = golden_line("ewelink/cloud.txt", "upgrade");
	struct cloud_view view;
	char *at;

	exchange(fd, key, "date", "date");
	exchange(fd, key, "update", "update");
	exchange(fd, key, "query", "query");
	wait_until(seat, has_asked_all);
	cloud_look(seat, &view);
	assert_string_equal(view.mac, "5CCF7F000001");
	assert_true(cloud_send_upgrade(seat, url, digest));
	asked = hear_frame(fd);
	sequence = xstrndup(strstr(asked, "\"sequence\":\"") + 12, 13);
	/* The same but for key and sequence. */
	memcpy(strstr(asked, key), SESSION, strlen(SESSION));
	memcpy(strstr(asked, sequence), "1700000000000", 13);
	assert_string_equal(asked, wanted);
	failed = with_key(golden_line("ewelink/device.txt", "failed"), key);
	at = strstr(failed, "1700000000000");
	send_frame(fd, failed); /* of another upgrade: does not count */
	memcpy(at, sequence, 13);
	send_frame(fd, failed);
	wait_until(seat, has_failed);
	send_frame(fd, with_key(late, key));
	wait_until(seat, has_failed_late);
	close(fd);
	wait_until(seat, is_gone);
	assert_false(cloud_send_upgrade(seat, url, digest));
	cloud_leave(seat);
}

static void
a_stranger_hears_nothing(void **state)
{
	struct world *world = *state;
	struct cloud_seat *seat = cloud_sit(world->cloud, "1000000000", "");
	OWN_STR body = golden_line("ewelink/device.txt", "dispatch");
	char text[1024];
	int fd = connect_websocket(world);

	assert_null(register_device(fd));
	close(fd);
	ask_dispatch(world, body, text, sizeof text);
	assert_true(strncmp(text, "HTTP/1.1 404 Not Found\r\n", 24) == 0);
	assert_non_null(strstr(text, "Content-Length: 0\r\n"));
	cloud_leave(seat);
}

static void
a_device_with_another_key_is_not_let_in(void **state)
{
	struct world *world = *state;
	struct cloud_seat *seat = cloud_sit(world->cloud, ID, SESSION);
	int fd = connect_websocket(world);

	assert_null(register_device(fd));
	close(fd);
	cloud_leave(seat);
}

static void
messages_with_a_wrong_key_are_not_answered(void **state)
{
	struct world *world = *state;
	struct cloud_seat *seat = cloud_sit(world->cloud, "", "");
	OWN_STR wrong = golden_line("ewelink/device.txt", "date");
	int fd = connect_websocket(world);
	OWN_STR key = register_device(fd);

	assert_non_null(key);
	send_frame(fd, wrong);
	send_frame(fd, "[[[[");
	exchange(fd, key, "query", "query"); /* the first thing that is heard */
	for (int i = 0; i < 30; i++)
		if (send(fd, "\x81\x82\0\0\0\0{}", 8, MSG_NOSIGNAL) < 0)
			break;
	assert_null(hear_frame(fd)); /* enough of that */
	close(fd);
	cloud_leave(seat);
}

static void
the_newest_connection_of_a_device_counts(void **state)
{
	struct world *world = *state;
	struct cloud_seat *seat = cloud_sit(world->cloud, ID, "");
	int first = connect_websocket(world), second = connect_websocket(world);
	OWN_STR first_key = register_device(first);
	OWN_STR second_key = register_device(second);

	assert_string_not_equal(first_key, second_key);
	assert_null(hear_frame(first));
	exchange(second, second_key, "query", "query");
	close(first);
	close(second);
	cloud_leave(seat);
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(dispatch_answers_as_the_device_needs_it),
		STORY(heads_are_byte_for_byte_as_devices_compare_them),
		STORY(images_are_served_as_the_request_asks),
		STORY(the_conversation_is_that_of_the_vendors_cloud),
		STORY(a_stranger_hears_nothing),
		STORY(a_device_with_another_key_is_not_let_in),
		STORY(messages_with_a_wrong_key_are_not_answered),
		STORY(the_newest_connection_of_a_device_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
