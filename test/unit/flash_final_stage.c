/* Who is taken for a device in the final stage, and how many can follow each other there. */
/* SPDX-License-Identifier: MIT */
#include "test/unit/free_port.h"
#include "test/unit/unit.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "flash/final_stage.h"

#define PATIENCE_MS 10000
#define OURS	    0x7f4d0902 /* 127.77.9.2; its access point is .1 */
#define AP	    (OURS - 1)
#define AT_HOME	    0x7f4d0107
#define STRANGER    0x7f4d0942

enum { SLOT2_BYTES = 5008, FINAL_BYTES = 70000 };

struct world {
	uint8_t bytes[FINAL_BYTES];
	struct image slot2, final;
	struct sockaddr_in address;
	struct final_stage *stage;
};

static int
open_world(void **state)
{
	struct world *world = xcalloc(1, sizeof *world);
	struct final_guest *nobody;
	struct final_view seen = { 0 };

	for (size_t i = 0; i < sizeof world->bytes; i++)
		world->bytes[i] = (uint8_t)(i * 7 + i / 256);
	world->slot2 =
		(struct image){ .name = "u2", .bytes = world->bytes, .len = SLOT2_BYTES };
	world->final = (struct image){
		.name = "last", .bytes = world->bytes, .len = FINAL_BYTES
	};
	world->address = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_addr = { htonl(OURS) },
		.sin_port = htons(free_port(OURS)) };
	world->stage = final_stage_new(world->address, &world->slot2, &world->final);
	nobody = final_stage_expect(world->stage, (struct in_addr){ INADDR_ANY });
	while (!seen.is_listening)
		assert_true(final_stage_wait(
			nobody, &seen, deadline_in(PATIENCE_MS), &(struct cancel){ 0 }));
	final_stage_forget(nobody);
	*state = world;
	return 0;
}

static int
close_world(void **state)
{
	struct world *world = *state;

	final_stage_free(world->stage);
	free(world);
	return 0;
}

static int
connect_from(const struct world *world, in_addr_t from)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(from) } };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&world->address,
				 sizeof world->address),
		0);
	return fd;
}

/* As the intermediate image asks; returns how many bytes came, which it knows from the
 * head alone. */
static size_t
fetch(const struct world *world, in_addr_t from, const char *path)
{
	static const char good[] = "HTTP/1.1 200 OK\r\nConnection: close\r\n"
				   "Content-Type: application/octet-stream\r\n"
				   "Content-Length: ";
	OWN_STR request = xasprintf("GET %s HTTP/1.0\r\nHost: 192.168.4.2:8080\r\n"
				    "User-Agent: ESP8266HTTPClient\r\n"
				    "Connection: close\r\n\r\n",
		path);
	OWN_STR body = xmalloc(FINAL_BYTES);
	char head[1024] = "";
	int fd = connect_from(world, from);
	size_t len = 0, body_len;

	assert_int_equal(
		send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
	while (strstr(head, "\r\n\r\n") == NULL)
		assert_int_equal(recv(fd, head + len++, 1, 0), 1);
	body_len = strtoul(
		strstr(head, "Content-Length: ") + strlen("Content-Length: "), NULL, 10);
	assert_in_range(body_len, 0, FINAL_BYTES);
	assert_int_equal(recv(fd, body, body_len, MSG_WAITALL), body_len);
	assert_memory_equal(body, world->bytes, body_len);
	if (body_len > 0)
		assert_memory_equal(head, good, strlen(good));
	close(fd);
	return body_len;
}

static struct final_guest *
guest_of(const struct world *world, in_addr_t device)
{
	struct in_addr address = { htonl(device) };
	struct final_guest *guest = final_stage_expect(world->stage, address);

	final_stage_take_any(guest);
	return guest;
}

static struct final_view
look(struct final_guest *guest)
{
	struct final_view seen = { 0 };
	struct cancel cancel = { 0 };

	final_stage_wait(guest, &seen, deadline_in(0), &cancel);
	return seen;
}

static void
wait_for(struct final_guest *guest, unsigned slot2, unsigned final)
{
	struct deadline until = deadline_in(PATIENCE_MS);
	struct cancel cancel = { 0 };
	struct final_view seen = { 0 };

	while (seen.slot2_done != slot2 || seen.final_done != final)
		assert_true(final_stage_wait(guest, &seen, until, &cancel));
}

static void
a_device_holds_one_connection_and_fetches_both_over_others(void **state)
{
	const struct world *world = *state;
	struct final_guest *guest = guest_of(world, AT_HOME);
	int idle = connect_from(world, AP);

	assert_int_equal(fetch(world, AP, FINAL_STAGE_PATH_SLOT2), SLOT2_BYTES);
	wait_for(guest, 1, 0);
	close(idle);
	idle = connect_from(world, AP);
	assert_int_equal(fetch(world, AP, FINAL_STAGE_PATH_FINAL), FINAL_BYTES);
	wait_for(guest, 1, 1);
	assert_int_equal(look(guest).cuts, 0);
	close(idle);
	final_stage_forget(guest);
}

static void
who_only_connects_or_asks_for_something_else_is_nobody(void **state)
{
	const struct world *world = *state;
	struct final_guest *guest = guest_of(world, AT_HOME);
	struct final_guest *unknown = guest_of(world, INADDR_ANY);
	int idle = connect_from(world, STRANGER);

	assert_int_equal(fetch(world, STRANGER, "/"), 0);
	assert_int_equal(fetch(world, STRANGER, "/ota/../cloud.pem"), 0);
	assert_int_equal(fetch(world, STRANGER, "/ota/image_user1-0x01000.bin"), 0);
	assert_false(look(guest).came);
	assert_false(look(unknown).came);
	assert_int_equal(fetch(world, AP, FINAL_STAGE_PATH_FINAL), FINAL_BYTES);
	wait_for(guest, 0, 1);
	close(idle);
	final_stage_forget(unknown);
	final_stage_forget(guest);
}

static void
of_two_that_know_nothing_neither_takes_it(void **state)
{
	const struct world *world = *state;
	struct final_guest *first = guest_of(world, INADDR_ANY);
	struct final_guest *second = guest_of(world, INADDR_ANY);

	assert_int_equal(fetch(world, AP, FINAL_STAGE_PATH_FINAL), FINAL_BYTES);
	assert_false(look(first).came);
	assert_false(look(second).came);
	final_stage_forget(first);
	wait_for(second, 0, 1);
	final_stage_forget(second);
}

/* All of them are 192.168.4.1 there. */
static void
the_next_device_has_the_same_address_and_is_not_the_one_before(void **state)
{
	const struct world *world = *state;
	struct final_guest *first = guest_of(world, AT_HOME);
	struct final_guest *second;
	int idle = connect_from(world, AP);

	assert_int_equal(fetch(world, AP, FINAL_STAGE_PATH_FINAL), FINAL_BYTES);
	wait_for(first, 0, 1);
	second = guest_of(world, AT_HOME + 1);
	assert_false(look(second).came);
	assert_int_equal(fetch(world, AP, FINAL_STAGE_PATH_FINAL), FINAL_BYTES);
	wait_for(second, 0, 1);
	assert_int_equal(look(first).final_done, 1);
	close(idle);
	final_stage_forget(first);
	final_stage_forget(second);
	/* And one whose job has ended is not taken for the next either. */
	first = guest_of(world, AT_HOME);
	assert_false(look(first).came);
	assert_int_equal(fetch(world, AP, FINAL_STAGE_PATH_SLOT2), SLOT2_BYTES);
	wait_for(first, 1, 0);
	final_stage_forget(first);
}

static void
one_that_is_known_may_come_again_and_again(void **state)
{
	const struct world *world = *state;
	struct final_guest *known = guest_of(world, AT_HOME);
	struct final_guest *other = guest_of(world, AT_HOME + 1);

	for (unsigned i = 1; i <= 3; i++) {
		assert_int_equal(
			fetch(world, AT_HOME, FINAL_STAGE_PATH_FINAL), FINAL_BYTES);
		wait_for(known, 0, i);
	}
	assert_false(look(other).came);
	final_stage_forget(known);
	final_stage_forget(other);
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(a_device_holds_one_connection_and_fetches_both_over_others),
		STORY(who_only_connects_or_asks_for_something_else_is_nobody),
		STORY(of_two_that_know_nothing_neither_takes_it),
		STORY(the_next_device_has_the_same_address_and_is_not_the_one_before),
		STORY(one_that_is_known_may_come_again_and_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
