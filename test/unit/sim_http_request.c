/* SPDX-License-Identifier: MIT */
#include "test/unit/unit.h"

#include "sim/http_request.h"

static enum request_state
read_text(const char *text, struct http_request *out)
{
	return http_request_read(text, strlen(text), out);
}

static void
a_whole_request_is_taken_apart(void **state)
{
	static const char text[] =
		"POST /zeroconf/info HTTP/1.1\r\nHost: 10.0.0.7:8081\r\n"
		"referer:  http://10.0.0.7/ \r\n"
		"content-length: 2\r\n\r\n{}";
	struct http_request request;

	(void)state;
	assert_int_equal(read_text(text, &request), REQUEST_WHOLE);
	assert_string_equal(request.method, "POST");
	assert_string_equal(request.target, "/zeroconf/info");
	assert_true(request.http_1_1);
	assert_string_equal(request.host, "10.0.0.7:8081");
	assert_string_equal(request.referer, "http://10.0.0.7/");
	assert_int_equal(request.body_len, 2);
	assert_memory_equal(request.body, "{}", 2);
	for (size_t len = 0; len < strlen(text); len++)
		assert_int_equal(http_request_read(text, len, &request), REQUEST_PARTIAL);
}

static void
a_request_without_body_ends_at_the_empty_line(void **state)
{
	struct http_request request;

	(void)state;
	assert_int_equal(read_text("GET / HTTP/1.0\r\n\r\n", &request), REQUEST_WHOLE);
	assert_false(request.http_1_1);
	assert_null(request.body);
}

static void
what_a_small_device_does_not_understand_is_bad(void **state)
{
	static const char *const bad[] = {
		"nonsense\r\n\r\n",
		"GET  HTTP/1.1\r\n\r\n",
		"GET / HTTP/2.0\r\n\r\n",
		"GET / HTTP/1.1 \r\n\r\n",
		" / HTTP/1.1\r\n\r\n",
		"GETGETGETGET / HTTP/1.1\r\n\r\n",
		"POST / HTTP/1.1\r\nno colon\r\n\r\n",
		"POST / HTTP/1.1\r\n: empty\r\n\r\n",
		"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
		"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
		"POST / HTTP/1.1\r\nContent-Length: 99999\r\n\r\n",
		"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
		"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
		"GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n",
		"POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\nxy",
	};
	struct http_request request;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (read_text(bad[i], &request) != REQUEST_BAD)
			fail_msg("taken for a request: %s", bad[i]);
}

static void
an_endless_head_is_bad(void **state)
{
	char text[REQUEST_BYTES_MOST];
	struct http_request request;

	(void)state;
	memset(text, 'a', sizeof text);
	assert_int_equal(
		http_request_read(text, sizeof text - 1, &request), REQUEST_PARTIAL);
	assert_int_equal(http_request_read(text, sizeof text, &request), REQUEST_BAD);
}

static void
arguments_are_decoded(void **state)
{
	struct http_request request = {
		.target = "/cm?user=a&cmnd=Status%202+x%3B&bad=%2"
	};
	char out[16], small[4];

	(void)state;
	assert_true(http_request_argument(&request, "cmnd", out, sizeof out));
	assert_string_equal(out, "Status 2 x;");
	assert_true(http_request_argument(&request, "user", out, sizeof out));
	assert_string_equal(out, "a");
	assert_false(http_request_argument(&request, "bad", out, sizeof out));
	assert_false(http_request_argument(&request, "mnd", out, sizeof out));
	assert_false(http_request_argument(&request, "cmnd", small, sizeof small));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_request_is_taken_apart),
		cmocka_unit_test(a_request_without_body_ends_at_the_empty_line),
		cmocka_unit_test(what_a_small_device_does_not_understand_is_bad),
		cmocka_unit_test(an_endless_head_is_bad),
		cmocka_unit_test(arguments_are_decoded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
