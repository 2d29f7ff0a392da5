/* The image server: who may fetch what, what is known about it, and its end. */
/* SPDX-License-Identifier: MIT */
#include "flash/image_server.h"

#include <pthread.h>

#include "base/memory.h"
#include "base/monitor.h"
#include "base/text.h"
#include "firmware/digest.h"
#include "test/unit/http_talk.h"

#define IMAGE_BYTES  10000
#define PATIENCE_MS  10000
#define REQUEST_SIZE 512

struct scene {
	struct image image;
	struct image_server *server;
	struct offer *offer;
	char *url;
	const char *path;
};

static struct in_addr
address(const char *text)
{
	struct in_addr out;

	assert_int_equal(inet_pton(AF_INET, text, &out), 1);
	return out;
}

static void
open_scene(struct scene *scene, const char *peer, size_t len)
{
	*scene = (struct scene){ 0 };
	snprintf(scene->image.name, sizeof scene->image.name, "tasmota lite+v1.bin");
	scene->image.len = len;
	scene->image.bytes = xmalloc(len);
	for (size_t i = 0; i < len; i++)
		scene->image.bytes[i] = (uint8_t)(i * 7 + i / 256);
	scene->server = image_server_new(0, NULL);
	assert_non_null(scene->server);
	scene->offer = image_server_offer(scene->server, &scene->image, address(peer));
	scene->url = offer_url(scene->offer, address("127.0.0.1"));
	scene->path = strchr(scene->url + strlen("http://"), '/');
}

static void
close_scene(struct scene *scene)
{
	offer_close(scene->offer);
	image_server_free(scene->server);
	free(scene->image.bytes);
	free(scene->url);
}

static int
connect_from(const struct scene *scene, const char *from)
{
	return talk_connect(from, image_server_port(scene->server));
}

/* As the device asks, literally. */
static const char *
device_request(const struct scene *scene, size_t first, char out[REQUEST_SIZE])
{
	snprintf(out, REQUEST_SIZE,
		"GET %s?deviceid=1000a1b2c3&ts=1402761835&sign=00ff HTTP/1.1\r\n"
		"Host: dl.itead.cn\r\nRange: bytes=%zu-%zu\r\n"
		"User-Agent: itead-device\r\n\r\n",
		scene->path, first, first + 4095);
	return out;
}

/* Waits until `bytes` have been served; progress is told after the bytes have left. */
static void
await_bytes(struct offer *offer, uint64_t bytes, struct offer_progress *seen)
{
	*seen = (struct offer_progress){ 0 };
	while (offer_wait(offer, seen, deadline_in(PATIENCE_MS), NULL))
		if (seen->bytes_served >= bytes)
			return;
	fail_msg("only %u bytes are known to be served", (unsigned)seen->bytes_served);
}

static void
url_is_plain_and_short(void **state)
{
	struct scene scene, other;

	(void)state;
	open_scene(&scene, "127.83.0.1", IMAGE_BYTES);
	open_scene(&other, "127.83.0.1", IMAGE_BYTES);
	assert_true(text_starts_with(scene.url, "http://127.0.0.1:"));
	assert_true(strlen(scene.path) <= 60);
	assert_true(text_ends_with(scene.path, "/tasmota_lite_v1.bin"));
	assert_int_equal(strspn(scene.path,
				 "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "0123456789/._-"),
		strlen(scene.path));
	assert_string_not_equal(scene.path, other.path);
	close_scene(&scene);
	close_scene(&other);
}

static void
device_fetches_all_on_one_connection(void **state)
{
	char request[REQUEST_SIZE], wanted[64];
	struct talk_answer got;
	struct offer_progress seen;
	struct scene scene;
	int fd;

	(void)state;
	open_scene(&scene, "127.83.0.1", IMAGE_BYTES);
	fd = connect_from(&scene, "127.83.0.1");
	for (size_t first = 0; first < IMAGE_BYTES; first += 4096) {
		size_t last = first + 4095 < IMAGE_BYTES ? first + 4095 : IMAGE_BYTES - 1;

		assert_int_equal(
			talk(fd, device_request(&scene, first, request), &got), 206);
		snprintf(wanted, sizeof wanted, "\r\nContent-Range: bytes %zu-%zu/%d\r\n",
			first, last, IMAGE_BYTES);
		assert_non_null(strstr(got.head, wanted));
		assert_true(
			text_starts_with(got.head, "HTTP/1.1 206 Partial Content\r\n"));
		assert_null(strstr(got.head, "Connection"));
		assert_null(strstr(got.head, "Date"));
		assert_int_equal(got.body_len, last - first + 1);
		assert_memory_equal(got.body, scene.image.bytes + first, got.body_len);
	}
	await_bytes(scene.offer, IMAGE_BYTES, &seen);
	assert_true(seen.complete);
	assert_int_equal(seen.requests, 3);
	assert_int_equal(seen.connections, 1);
	assert_int_equal(seen.result, OFFER_NO_RESULT);
	assert_string_equal(seen.asked_id, "1000a1b2c3");
	assert_string_equal(seen.user_agent, "itead-device");
	close(fd);
	close_scene(&scene);
}

static void
reconnects_count_and_repeats_do_not(void **state)
{
	char request[REQUEST_SIZE];
	struct talk_answer got;
	struct offer_progress seen;
	struct scene scene;

	(void)state;
	open_scene(&scene, "127.83.0.1", IMAGE_BYTES);
	for (int i = 0; i < 3; i++) {
		int fd = connect_from(&scene, "127.83.0.1");

		assert_int_equal(talk(fd, device_request(&scene, 0, request), &got), 206);
		close(fd);
	}
	await_bytes(scene.offer, 4096, &seen);
	assert_int_equal(seen.connections, 3);
	assert_int_equal(seen.bytes_served, 4096);
	assert_false(seen.complete);
	close_scene(&scene);
}

static void
a_gap_is_not_complete(void **state)
{
	char request[REQUEST_SIZE];
	struct talk_answer got;
	struct offer_progress seen;
	struct scene scene;
	int fd;

	(void)state;
	open_scene(&scene, "127.83.0.1", IMAGE_BYTES);
	fd = connect_from(&scene, "127.83.0.1");
	assert_int_equal(talk(fd, device_request(&scene, 8192, request), &got), 206);
	assert_int_equal(talk(fd, device_request(&scene, 0, request), &got), 206);
	await_bytes(scene.offer, 4096, &seen);
	assert_int_equal(seen.bytes_served, 4096);
	assert_false(seen.complete);
	close(fd);
	close_scene(&scene);
}

static void
strangers_are_refused_and_counted(void **state)
{
	struct offer_progress seen;
	char request[REQUEST_SIZE];
	struct talk_answer got;
	struct scene scene;
	int fd;

	(void)state;
	open_scene(&scene, "127.83.0.1", IMAGE_BYTES);
	fd = connect_from(&scene, "127.83.0.2");
	assert_int_equal(talk(fd, device_request(&scene, 0, request), &got), 404);
	assert_int_equal(got.body_len, 0);
	offer_look(scene.offer, &seen);
	assert_int_equal(seen.strangers, 1);
	assert_int_equal(seen.stranger.s_addr, address("127.83.0.2").s_addr);
	assert_int_equal(seen.requests, 0);
	close(fd);
	close_scene(&scene);
}

static void
a_device_that_moved_is_known_by_its_id(void **state)
{
	struct offer_progress seen;
	char request[REQUEST_SIZE];
	struct talk_answer got;
	struct scene scene;
	int fd;

	(void)state;
	open_scene(&scene, "127.83.0.1", IMAGE_BYTES);
	fd = connect_from(&scene, "127.83.0.1");
	assert_int_equal(talk(fd, device_request(&scene, 0, request), &got), 206);
	close(fd);
	fd = connect_from(&scene, "127.83.0.2");
	assert_int_equal(talk(fd, device_request(&scene, 4096, request), &got), 206);
	await_bytes(scene.offer, 8192, &seen);
	assert_int_equal(seen.peer.s_addr, address("127.83.0.2").s_addr);
	assert_int_equal(seen.strangers, 0);
	close(fd);
	fd = connect_from(&scene, "127.83.0.3");
	offer_follow(scene.offer, address("127.83.0.3"));
	assert_int_equal(talk(fd, device_request(&scene, 8192, request), &got), 206);
	close(fd);
	close_scene(&scene);
}

static const char report[] = "POST /api/device/otaFlash HTTP/1.1\r\nHost: x\r\n"
			     "Content-Length: 13\r\n\r\n{\"error\":409}";

static void
reports_belong_to_the_peer(void **state)
{
	struct offer_progress seen;
	struct talk_answer got;
	struct scene scene;
	struct offer *other;
	int fd;

	(void)state;
	open_scene(&scene, "127.83.0.1", IMAGE_BYTES);
	other = image_server_offer(scene.server, &scene.image, address("127.83.0.2"));
	fd = connect_from(&scene, "127.83.0.3");
	assert_int_equal(talk(fd, report, &got), 404);
	close(fd);
	fd = connect_from(&scene, "127.83.0.2");
	assert_int_equal(talk(fd, report, &got), 200);
	assert_non_null(strstr(got.head, "Content-Length: 0\r\n"));
	offer_look(other, &seen);
	assert_int_equal(seen.result, 409);
	offer_look(scene.offer, &seen);
	assert_int_equal(seen.result, OFFER_NO_RESULT);
	close(fd);
	offer_close(other);
	close_scene(&scene);
}

static void
nothing_else_exists(void **state)
{
	static const char *const requests[] = {
		"GET / HTTP/1.1\r\n\r\n",
		"GET /a/../../etc/passwd HTTP/1.1\r\n\r\n",
		"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\n\r\n",
		"GET /a/ HTTP/1.1\r\n\r\n",
		"GET a HTTP/1.1\r\n\r\n",
		"GET /api/device/otaFlash HTTP/1.1\r\n\r\n",
		"PUT /a/x HTTP/1.1\r\nContent-Length: 1\r\n\r\nx",
	};
	struct talk_answer got;
	struct scene scene;
	int fd;

	(void)state;
	open_scene(&scene, "127.83.0.1", IMAGE_BYTES);
	for (size_t i = 0; i < COUNT_OF(requests); i++) {
		fd = connect_from(&scene, "127.83.0.1");
		assert_int_equal(talk(fd, requests[i], &got), 404);
		close(fd);
	}
	close_scene(&scene);
}

static void *
close_offer(void *offer)
{
	offer_close(offer);
	return NULL;
}

/* A reader that does not read must not keep the image from being freed. */
static void
closing_breaks_off_a_stalled_reader(void **state)
{
	struct talk_answer got;
	char request[REQUEST_SIZE];
	struct scene scene;
	pthread_t closer;
	int fd;

	(void)state;
	open_scene(&scene, "127.83.0.1", 8 * 1024 * 1024);
	fd = connect_from(&scene, "127.83.0.1");
	snprintf(request, sizeof request, "GET %s HTTP/1.1\r\n\r\n", scene.path);
	assert_int_equal(talk(fd, request, &got), 200);
	assert_true(thread_start(&closer, close_offer, scene.offer));
	pthread_join(closer, NULL);
	memset(scene.image.bytes, 0, scene.image.len);
	scene.offer = NULL;
	close(fd);
	close_scene(&scene);
}

static void
whole_downloads_show_progress(void **state)
{
	struct offer_progress seen;
	struct talk_answer got;
	char request[REQUEST_SIZE], rest[65536];
	struct scene scene;
	size_t left;
	int fd;

	(void)state;
	open_scene(&scene, "127.83.0.1", 4 * 1024 * 1024);
	fd = connect_from(&scene, "127.83.0.1");
	snprintf(request, sizeof request, "GET %s HTTP/1.0\r\n\r\n", scene.path);
	assert_int_equal(talk(fd, request, &got), 200);
	assert_non_null(strstr(got.head, "Content-Length: 4194304\r\n"));
	await_bytes(scene.offer, 8192, &seen);
	assert_false(seen.complete);
	for (left = scene.image.len - got.body_len; left > 0;) {
		ssize_t len = recv(fd, rest, sizeof rest, 0);

		assert_true(len > 0);
		left -= (size_t)len;
	}
	await_bytes(scene.offer, scene.image.len, &seen);
	assert_true(seen.complete);
	close(fd);
	close_scene(&scene);
}

static void
anybody_may_come_to_an_open_offer(void **state)
{
	struct offer_progress seen;
	struct talk_answer got;
	char request[REQUEST_SIZE], from[32];
	struct scene scene;

	(void)state;
	open_scene(&scene, "0.0.0.0", IMAGE_BYTES);
	assert_false(offer_look_at(scene.offer, 0, &seen));
	for (unsigned i = 0; i < 20; i++) {
		int fd;

		snprintf(from, sizeof from, "127.83.1.%u", i + 1);
		fd = connect_from(&scene, from);
		assert_int_equal(talk(fd, device_request(&scene, 0, request), &got), 206);
		close(fd);
	}
	assert_true(offer_look_at(scene.offer, 19, &seen));
	assert_int_equal(seen.peer.s_addr, address("127.83.1.20").s_addr);
	assert_int_equal(seen.requests, 1);
	assert_false(offer_look_at(scene.offer, 20, &seen));
	close_scene(&scene);
}

static void
busy_port_names_its_holder(void **state)
{
	struct image_server *first = image_server_new(0, NULL);
	struct err err = { 0 };

	(void)state;
	assert_non_null(first);
	assert_null(image_server_new(image_server_port(first), &err));
	assert_string_equal(err.code->name, "E-PORT-BUSY");
	assert_non_null(strstr(err.text, "unit-flash_imag"));
	image_server_free(first);
}

static void
proves_itself_towards_loopback(void **state)
{
	struct image_server *server = image_server_new(0, NULL);
	char warning[REACH_TEXT_SIZE];
	struct err err = { 0 };
	struct in_addr own;

	(void)state;
	assert_true(
		image_server_prove(server, address("127.83.0.1"), &own, warning, &err));
	assert_int_equal(ntohl(own.s_addr) >> 24, 127);
	assert_string_equal(warning, "");
	image_server_free(server);
}

/* As the updater of Tasmota asks; it goes by the length and checks the sum. */
static void
tasmota_gets_the_file_and_the_minimal_build_beside_it(void **state)
{
	static const char head[] =
		"Host: 127.0.0.1\r\nUser-Agent: ESP8266-http-Update\r\n"
		"Connection: close\r\nx-ESP8266-mode: sketch\r\n\r\n";
	struct scene scene;
	struct image minimal = { .bytes = (uint8_t *)(uintptr_t) "minimal", .len = 7 };
	struct offer *full, *beside;
	struct talk_answer got;
	struct offer_progress seen;
	char md5[DIGEST_MD5_SIZE];
	int fd;

	(void)state;
	open_scene(&scene, "127.83.0.9", IMAGE_BYTES);
	full = image_server_offer_upgrade(
		scene.server, &scene.image, address("127.83.0.1"));
	beside = offer_beside(full, &minimal);
	for (int i = 0; i < 3; i++) {
		OWN_STR url = offer_url(i == 0 ? full : beside, address("127.0.0.1"));
		OWN_STR request = NULL;
		OWN_STR sum = NULL;

		assert_true(text_ends_with(url, i == 0 ? "/fw.bin" : "/fw-minimal.bin"));
		assert_true(strlen(url) < 100);
		digest_md5(i == 0 ? scene.image.bytes : minimal.bytes,
			i == 0 ? IMAGE_BYTES : minimal.len, md5);
		sum = xasprintf("\r\nx-MD5: %s\r\n", md5);
		/* Its last try asks for a compressed file, whatever it was told. */
		request = xasprintf("GET %s%s HTTP/1.0\r\n%s",
			strchr(url + strlen("http://"), '/'), i == 2 ? ".gz" : "", head);
		fd = connect_from(&scene, "127.83.0.1");
		assert_int_equal(talk(fd, request, &got), 200);
		assert_non_null(strstr(got.head, sum));
		assert_non_null(strstr(got.head,
			i == 0 ? "\r\nContent-Length: 10000\r\n"
			       : "\r\nContent-Length: 7\r\n"));
		assert_null(strstr(got.head, "Transfer-Encoding"));
		close(fd);
	}
	await_bytes(beside, minimal.len, &seen);
	assert_true(seen.complete);
	offer_close(beside);
	offer_close(full);
	close_scene(&scene);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(url_is_plain_and_short),
		cmocka_unit_test(tasmota_gets_the_file_and_the_minimal_build_beside_it),
		cmocka_unit_test(device_fetches_all_on_one_connection),
		cmocka_unit_test(reconnects_count_and_repeats_do_not),
		cmocka_unit_test(a_gap_is_not_complete),
		cmocka_unit_test(strangers_are_refused_and_counted),
		cmocka_unit_test(a_device_that_moved_is_known_by_its_id),
		cmocka_unit_test(reports_belong_to_the_peer),
		cmocka_unit_test(nothing_else_exists),
		cmocka_unit_test(closing_breaks_off_a_stalled_reader),
		cmocka_unit_test(whole_downloads_show_progress),
		cmocka_unit_test(anybody_may_come_to_an_open_offer),
		cmocka_unit_test(busy_port_names_its_holder),
		cmocka_unit_test(proves_itself_towards_loopback),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
