/* mDNS packets: every good one of test/golden/mdns means what its name says, every bad
 * one is refused, and questions are written byte for byte. */
/* SPDX-License-Identifier: MIT */
#include "wire/mdns.h"

#include <arpa/inet.h>

#include "test/unit/packets.h"

/* Large, so not on the stack of every test. */
struct fixture {
	struct mdns_packet packet;
	struct packet_bytes bytes;
	struct err err;
};

static bool
read_golden(struct fixture *fixture, const char *name)
{
	packet_bytes_clear(&fixture->bytes);
	fixture->bytes = golden_packet(name);
	err_clear(&fixture->err);
	return mdns_read(fixture->bytes.bytes, fixture->bytes.len, MDNS_EWELINK,
		&fixture->packet, &fixture->err);
}

static int
set_up(void **state)
{
	*state = xcalloc(1, sizeof(struct fixture));
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *fixture = *state;

	packet_bytes_clear(&fixture->bytes);
	free(fixture);
	return 0;
}

static void
check_announcement(struct fixture *fixture, const char *name)
{
	const struct mdns_service *service = fixture->packet.services;

	if (!read_golden(fixture, name))
		fail_msg("%s: %s", name, fixture->err.text);
	assert_true(fixture->packet.is_answer);
	assert_int_equal(fixture->packet.service_count, 1);
	assert_int_equal(fixture->packet.host_count, 1);
	assert_string_equal(service->instance, "eWeLink_1000a1b2c3");
	assert_string_equal(service->host, "eWeLink_1000a1b2c3.local");
	assert_true(service->has_ptr && service->has_srv && service->has_txt);
	assert_int_equal(service->port, 8081);
	assert_string_equal(fixture->packet.hosts[0].name, service->host);
	assert_int_equal(
		ntohl(fixture->packet.hosts[0].address.s_addr), 0xc0000207); /* .2.7 */
}

static void
reads_an_announcement(void **state)
{
	struct fixture *fixture = *state;
	const struct mdns_service *service = fixture->packet.services;

	check_announcement(fixture, "announce-3.6");
	assert_int_equal(service->ptr_ttl, 4500);
	assert_int_equal(service->srv_ttl, 120);
	assert_int_equal(service->txt_ttl, 4500);
	assert_int_equal(fixture->packet.hosts[0].ttl, 120);
}

static void
reads_answers_with_additional_records(void **state)
{
	check_announcement(*state, "additional");
	check_announcement(*state, "legacy");
}

static void
goodbyes_have_no_life(void **state)
{
	struct fixture *fixture = *state;

	check_announcement(fixture, "goodbye");
	assert_int_equal(fixture->packet.services[0].ptr_ttl, 0);
	assert_int_equal(fixture->packet.services[0].srv_ttl, 0);
	assert_true(read_golden(fixture, "goodbye-ptr"));
	assert_true(fixture->packet.services[0].has_ptr);
	assert_false(fixture->packet.services[0].has_srv);
}

static void
letter_case_does_not_matter(void **state)
{
	struct fixture *fixture = *state;

	assert_true(read_golden(fixture, "announce-other-case"));
	assert_int_equal(fixture->packet.service_count, 1);
	assert_string_equal(fixture->packet.services[0].instance, "eWelink_1000a1b2c3");
	assert_true(fixture->packet.services[0].has_txt);
}

static void
reads_single_records(void **state)
{
	static const struct {
		const char *name;
		bool ptr, srv, txt;
	} rows[] = {
		{ "only-ptr", true, false, false },
		{ "only-srv", false, true, false },
		{ "only-txt", false, false, true },
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct mdns_service *service = fixture->packet.services;

		assert_true(read_golden(fixture, rows[i].name));
		assert_int_equal(fixture->packet.service_count, 1);
		assert_int_equal(service->has_ptr, rows[i].ptr);
		assert_int_equal(service->has_srv, rows[i].srv);
		assert_int_equal(service->has_txt, rows[i].txt);
	}
	assert_true(read_golden(fixture, "only-a"));
	assert_int_equal(fixture->packet.service_count, 0);
	assert_int_equal(fixture->packet.host_count, 1);
}

static void
a_missing_address_is_no_error(void **state)
{
	struct fixture *fixture = *state;

	assert_true(read_golden(fixture, "no-a-record"));
	assert_int_equal(fixture->packet.service_count, 1);
	assert_int_equal(fixture->packet.host_count, 0);
}

static void
txt_strings_come_one_by_one(void **state)
{
	static const char *const wanted[] = { "txtvers=1", "id=1000a1b2c3",
		"type=diy_plug", "apivers=1", "seq=1" };
	struct fixture *fixture = *state;
	const struct mdns_service *service = fixture->packet.services;
	const char *string;
	size_t at = 0, len;

	assert_true(read_golden(fixture, "announce-3.6"));
	for (size_t i = 0; i < COUNT_OF(wanted); i++) {
		assert_true(mdns_txt_next(
			service->txt, service->txt_len, &at, &string, &len));
		assert_int_equal(len, strlen(wanted[i]));
		assert_memory_equal(string, wanted[i], len);
	}
	assert_true(mdns_txt_next(service->txt, service->txt_len, &at, &string, &len));
	assert_false(mdns_txt_next(service->txt, service->txt_len, &at, &string, &len));
}

static void
what_is_not_for_us_is_empty(void **state)
{
	static const char *const names[] = { "question", "question-unicast", "refusal",
		"other-opcode", "chaos-class" };
	struct fixture *fixture = *state;

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		assert_true(read_golden(fixture, names[i]));
		assert_int_equal(fixture->packet.service_count, 0);
		assert_int_equal(fixture->packet.host_count, 0);
	}
	assert_true(read_golden(fixture, "announce-3.6"));
	assert_true(mdns_read(fixture->bytes.bytes, fixture->bytes.len,
		"_http._tcp.local", &fixture->packet, &fixture->err));
	assert_int_equal(fixture->packet.service_count, 0);
}

static void
names_are_printable(void **state)
{
	struct fixture *fixture = *state;

	assert_true(read_golden(fixture, "control-bytes"));
	assert_string_equal(fixture->packet.services[0].instance, "x\\027[2J\\255");
	assert_string_equal(fixture->packet.services[0].host, "h\\007.local");
}

static void
broken_packets_are_refused(void **state)
{
	static const struct {
		const char *name, *code, *cause;
	} rows[] = {
		{ "bad-empty", "E-MDNS-GARBLED", "0 bytes that are no DNS packet" },
		{ "bad-short-head", "E-MDNS-GARBLED", "no DNS packet" },
		{ "bad-cut", "E-MDNS-GARBLED", "only a part" },
		{ "bad-cut-in-name", "E-MDNS-GARBLED", "only a part" },
		{ "bad-more-records", "E-MDNS-GARBLED", "only a part" },
		{ "bad-rest", "E-MDNS-GARBLED", "no DNS packet" },
		{ "bad-pointer-to-itself", "E-MDNS-GARBLED", "record 1 is broken" },
		{ "bad-pointer-circle", "E-MDNS-GARBLED", "" },
		{ "bad-pointer-forward", "E-MDNS-GARBLED", "broken name" },
		{ "bad-target-circle", "E-MDNS-GARBLED", "broken name" },
		{ "bad-label-type", "E-MDNS-GARBLED", "" },
		{ "bad-length-over-end", "E-MDNS-GARBLED", "only a part" },
		{ "bad-a-3-bytes", "E-MDNS-GARBLED", "3 bytes instead of 4" },
		{ "bad-srv-short", "E-MDNS-GARBLED", "6 bytes is too short" },
		{ "bad-srv-tail", "E-MDNS-GARBLED", "broken name" },
		{ "bad-txt-string", "E-MDNS-GARBLED", "reaches over its record" },
		{ "bad-txt-2049", "E-MDNS-TOO-LARGE", "2049 bytes" },
		{ "bad-name-300", "E-MDNS-GARBLED", "" },
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		if (read_golden(fixture, rows[i].name))
			fail_msg("%s was taken", rows[i].name);
		assert_string_equal(fixture->err.code->name, rows[i].code);
		if (strstr(fixture->err.text, rows[i].cause) == NULL)
			fail_msg("%s: %s", rows[i].name, fixture->err.text);
	}
}

static void
every_cut_of_a_packet_is_refused(void **state)
{
	struct fixture *fixture = *state;
	OWN(packet_bytes) whole = golden_packet("announce-3.6");

	for (size_t len = 0; len < whole.len; len++) {
		OWN(packet_bytes) cut = { xmalloc(len + 1), len };

		memcpy(cut.bytes, whole.bytes, len);
		assert_false(mdns_read(
			cut.bytes, len, MDNS_EWELINK, &fixture->packet, &fixture->err));
	}
}

/* A PTR record for "N._ewelink._tcp.local", with pointers to the question's name. */
static size_t
add_ptr(uint8_t *out, unsigned number)
{
	static const uint8_t head[] = { 0xc0, 12, 0, 12, 0, 1, 0, 0, 0, 10, 0, 6 };

	memcpy(out, head, sizeof head);
	out[12] = 3;
	out[13] = (uint8_t)('a' + number / 100);
	out[14] = (uint8_t)('0' + number / 10 % 10);
	out[15] = (uint8_t)('0' + number % 10);
	out[16] = 0xc0;
	out[17] = 12;
	return 18;
}

static void
the_number_of_services_is_bounded(void **state)
{
	struct fixture *fixture = *state;
	uint8_t bytes[MDNS_PACKET_MOST + 1] = { 0 };
	const struct mdns_question question = { MDNS_EWELINK, MDNS_PTR };
	size_t len = mdns_write_query(&question, 1, false, bytes, sizeof bytes);

	bytes[2] = 0x84;
	bytes[6] = 600 >> 8;
	bytes[7] = 600 & 0xff;
	for (unsigned i = 0; i < 600; i++)
		len += add_ptr(bytes + len, i);
	assert_true(mdns_read(bytes, len, MDNS_EWELINK, &fixture->packet, &fixture->err));
	assert_int_equal(fixture->packet.service_count, MDNS_SERVICES_MOST);
	assert_string_equal(fixture->packet.services[511].instance, "f11");
	assert_false(mdns_read(
		bytes, sizeof bytes, MDNS_EWELINK, &fixture->packet, &fixture->err));
	assert_string_equal(fixture->err.code->name, "E-MDNS-TOO-LARGE");
}

static void
check_query(const struct mdns_question *questions, size_t count, bool unicast,
	const char *golden)
{
	OWN(packet_bytes) wanted = golden_packet(golden);
	uint8_t bytes[MDNS_QUERY_MOST];

	assert_int_equal(mdns_write_query(questions, count, unicast, bytes, sizeof bytes),
		wanted.len);
	assert_memory_equal(bytes, wanted.bytes, wanted.len);
}

static void
writes_questions(void **state)
{
	const struct mdns_question all = { MDNS_EWELINK, MDNS_PTR };
	const struct mdns_question rest[] = {
		{ "eWeLink_1000a1b2c3._ewelink._tcp.local", MDNS_SRV },
		{ "eWeLink_1000a1b2c3._ewelink._tcp.local", MDNS_TXT },
		{ "eWeLink_1000a1b2c3.local", MDNS_A },
	};

	(void)state;
	check_query(&all, 1, false, "question");
	check_query(&all, 1, true, "question-unicast");
	check_query(rest, COUNT_OF(rest), false, "question-rest");
}

static void
impossible_questions_are_not_written(void **state)
{
	const struct mdns_question good = { MDNS_EWELINK, MDNS_PTR };
	const struct mdns_question bad = {
		"a-label-may-have-sixty-three-bytes-and-this-one-has-some-more-than"
		".local",
		MDNS_A
	};
	uint8_t bytes[MDNS_QUERY_MOST];

	(void)state;
	for (size_t size = 0; size < 37; size++)
		assert_int_equal(mdns_write_query(&good, 1, false, bytes, size), 0);
	assert_int_equal(mdns_write_query(&good, 1, false, bytes, 37), 37);
	assert_int_equal(mdns_write_query(&good, 0, false, bytes, sizeof bytes), 0);
	assert_int_equal(mdns_write_query(&bad, 1, false, bytes, sizeof bytes), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_an_announcement),
		TEST(reads_answers_with_additional_records),
		TEST(goodbyes_have_no_life),
		TEST(letter_case_does_not_matter),
		TEST(reads_single_records),
		TEST(a_missing_address_is_no_error),
		TEST(txt_strings_come_one_by_one),
		TEST(what_is_not_for_us_is_empty),
		TEST(names_are_printable),
		TEST(broken_packets_are_refused),
		TEST(every_cut_of_a_packet_is_refused),
		TEST(the_number_of_services_is_bounded),
		TEST(writes_questions),
		TEST(impossible_questions_are_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
