/* SPDX-License-Identifier: MIT */
#include "test/unit/unit.h"

#include "sim/download_answer.h"
#include "sim/ota_url.h"

static enum answer_state
read_text(struct download_answer *answer, const char *head, size_t body)
{
	size_t len = strlen(head);

	assert_true(len + body <= sizeof answer->bytes);
	memcpy(answer->bytes, head, len);
	memset(answer->bytes + len, 'b', body);
	answer->len = len + body;
	return download_answer_read(answer);
}

static void
an_answer_is_taken_when_all_of_it_is_there(void **state)
{
	static const char head[] = "HTTP/1.1 206 Partial Content\r\nServer: x\r\n"
				   "Content-Length: 100\r\n"
				   "Content-Range: bytes 4096-4195/4196\r\n\r\n";
	struct download_answer answer;

	(void)state;
	assert_int_equal(read_text(&answer, head, 100), ANSWER_WHOLE);
	assert_int_equal(answer.total, 4196);
	assert_int_equal(answer.body_len, 100);
	assert_int_equal(answer.body_at, strlen(head));
	assert_int_equal(read_text(&answer, head, 99), ANSWER_PARTIAL);
	assert_int_equal(read_text(&answer, head, 0), ANSWER_PARTIAL);
	assert_int_equal(read_text(&answer, head, 101), ANSWER_BAD);
	/* The vendor's tool writes the range this way. */
	assert_int_equal(read_text(&answer,
				 "HTTP/1.1 206 Partial Content\r\nContent-Length: 1\r\n"
				 "Content-Range: bytes=0-0/7\r\n\r\n",
				 1),
		ANSWER_WHOLE);
	assert_int_equal(answer.total, 7);
}

static void
other_spellings_are_bad(void **state)
{
	static const char *const bad[] = {
		"HTTP/1.0 206 Partial Content\r\nContent-Length: 1\r\n"
		"Content-Range: bytes 0-0/7\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Range: bytes 0-0/7\r\n\r\n",
		"HTTP/1.1 206 Partial Content\r\ncontent-length: 1\r\n"
		"Content-Range: bytes 0-0/7\r\n\r\n",
		"HTTP/1.1 206 Partial Content\r\nContent-Length:  1\r\n"
		"Content-Range: bytes 0-0/7\r\n\r\n",
		"HTTP/1.1 206 Partial Content\r\nContent-Length: 4097\r\n"
		"Content-Range: bytes 0-4096/9999\r\n\r\n",
		"HTTP/1.1 206 Partial Content\r\nContent-Length: 0\r\n"
		"Content-Range: bytes 0-0/7\r\n\r\n",
		"HTTP/1.1 206 Partial Content\r\nContent-Length: 1\r\n\r\n",
		"HTTP/1.1 206 Partial Content\r\nContent-Length: 1\r\n"
		"Content-Range: bytes 0-0/*\r\n\r\n",
		"HTTP/1.1 206 Partial Content\r\nContent-Length: 1\r\n"
		"Content-Range: bytes 0-0/99999999999999999999\r\n\r\n",
	};
	struct download_answer answer;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (read_text(&answer, bad[i], 1) != ANSWER_BAD)
			fail_msg("taken: %s", bad[i]);
}

static void
a_head_has_to_be_shorter_than_1024_bytes(void **state)
{
	static const char head[] = "HTTP/1.1 206 Partial Content\r\nContent-Length: 1\r\n"
				   "Content-Range: bytes 0-0/7\r\nX: %0*d\r\n\r\n";
	char text[2048];
	struct download_answer answer;
	int others = snprintf(text, sizeof text, head, 1, 0) - 1;

	(void)state;
	snprintf(text, sizeof text, head, 1023 - others, 0);
	assert_int_equal(read_text(&answer, text, 1), ANSWER_WHOLE);
	snprintf(text, sizeof text, head, 1024 - others, 0);
	assert_int_equal(read_text(&answer, text, 1), ANSWER_BAD);
	memset(text, 'x', sizeof text);
	text[1024] = '\0';
	assert_int_equal(read_text(&answer, text, 0), ANSWER_BAD);
}

static void
addresses_are_read_as_crudely_as_the_device_does(void **state)
{
	struct ota_url url;

	(void)state;
	assert_true(ota_url_read("http://192.0.2.7:8080/a.bin", &url));
	assert_string_equal(url.host, "192.0.2.7");
	assert_int_equal(url.port, 8080);
	assert_string_equal(url.path, "/a.bin");
	assert_true(ota_url_read("http://server/a?b", &url));
	assert_int_equal(url.port, 80);
	assert_string_equal(url.path, "/a?b");
	assert_false(ota_url_read("HTTP://server/a", &url));
	assert_false(ota_url_read("https://server/a", &url));
	assert_false(ota_url_read("http://server", &url));
	assert_false(ota_url_read("http://server/", &url));
	assert_false(ota_url_read("http:///a", &url));
	assert_false(ota_url_read("http://server:0/a", &url));
	assert_false(ota_url_read("http://server:70000/a", &url));
	assert_false(ota_url_read("http://server:/a", &url));
	assert_false(ota_url_read("http://user:word@server/a", &url));
	assert_false(ota_url_read("http://server/a:b", &url));
	assert_false(ota_url_read("http://server/a b", &url));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_is_taken_when_all_of_it_is_there),
		cmocka_unit_test(other_spellings_are_bad),
		cmocka_unit_test(a_head_has_to_be_shorter_than_1024_bytes),
		cmocka_unit_test(addresses_are_read_as_crudely_as_the_device_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
