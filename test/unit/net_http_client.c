/* SPDX-License-Identifier: MIT */
#include "test/unit/http_library.h"
#include "test/unit/peer.h"

/* One exchange with a peer that does one thing. */
struct talk {
	struct peer peer;
	struct http_answer answer;
	struct err err;
	bool good;
};

static struct http_request
plain_request(const char *url)
{
	return (struct http_request){
		.url = url,
		.most = 1000,
		.until = deadline_in(5000),
	};
}

/* Runs `request` against a peer with `script`; its url is replaced by the peer's. */
static void
run(struct talk *talk, const struct peer_step *script, struct http_request request)
{
	OWN_STR url = NULL;

	*talk = (struct talk){ 0 };
	peer_start(&talk->peer, script);
	url = peer_url(&talk->peer, "/zeroconf/info");
	request.url = url;
	http_ask(&request, &talk->answer);
	talk->good = http_is_good(&request, &talk->answer, &talk->err);
	peer_stop(&talk->peer);
}

static void
a_post_is_one_piece_without_expect(void **state)
{
	static const struct peer_step script[] = { { PEER_JSON, "{\"error\":0}" },
		{ 0 } };
	static const char *const headers[] = { "Referer: http://192.0.2.7/", NULL };
	char body[1600];
	struct http_request request = plain_request("");
	struct talk talk;

	(void)state;
	memset(body, 'x', sizeof body - 1);
	body[sizeof body - 1] = '\0';
	request.body = body;
	request.headers = headers;
	run(&talk, script, request);
	assert_true(talk.good);
	assert_string_equal(buf_text(&talk.answer.body), "{\"error\":0}");
	assert_int_equal(talk.peer.first_read[0], talk.peer.length[0]);
	assert_non_null(strstr(talk.peer.heard[0], "POST /zeroconf/info HTTP/1.1\r\n"));
	assert_non_null(strstr(talk.peer.heard[0], "\r\nConnection: close\r\n"));
	assert_non_null(strstr(talk.peer.heard[0], "\r\nContent-Length: 1599\r\n"));
	assert_non_null(strstr(talk.peer.heard[0], "\r\nReferer: http://192.0.2.7/\r\n"));
	assert_null(strstr(talk.peer.heard[0], "Expect"));
	http_answer_clear(&talk.answer);
}

static void
proxies_of_the_environment_are_ignored(void **state)
{
	static const struct peer_step script[] = { { PEER_JSON, "{}" }, { 0 } };
	struct talk talk;

	(void)state;
	setenv("http_proxy", "http://127.0.0.1:1/", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1/", 1);
	run(&talk, script, plain_request(""));
	unsetenv("http_proxy");
	unsetenv("ALL_PROXY");
	assert_true(talk.good);
	assert_non_null(strstr(talk.peer.heard[0], "GET /zeroconf/info "));
	http_answer_clear(&talk.answer);
}

static void
every_bad_end_is_told_apart(void **state)
{
	static const struct {
		struct peer_step script[2];
		enum http_end end;
		const char *code;
	} cases[] = {
		{ { { PEER_CLOSE, NULL } }, HTTP_EMPTY, "E-HTTP-BROKEN" },
		{ { { PEER_RESET, NULL } }, HTTP_RESET, "E-HTTP-BROKEN" },
		{ { { PEER_HANG, NULL } }, HTTP_SILENT, "E-HTTP-SILENT" },
		{ { { PEER_SAY, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort" } },
			HTTP_CUT_SHORT, "E-HTTP-BROKEN" },
		{ { { PEER_SAY, "HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" } },
			HTTP_CUT_SHORT, "E-HTTP-BROKEN" },
		{ { { PEER_SAY, "220 mail server ready\r\n" } }, HTTP_NOT_HTTP,
			"E-HTTP-BROKEN" },
		{ { { PEER_SAY, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n" } },
			HTTP_ANSWERED, "E-HTTP-STATUS" },
	};
	struct talk talk;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct http_request request = plain_request("");

		request.body = "{}";
		request.until = deadline_in(cases[i].end == HTTP_SILENT ? 300 : 5000);
		run(&talk, cases[i].script, request);
		assert_int_equal(talk.answer.end, cases[i].end);
		assert_false(talk.good);
		assert_string_equal(talk.err.code->name, cases[i].code);
		http_answer_clear(&talk.answer);
	}
}

static void
a_port_nobody_listens_on_refuses(void **state)
{
	static const struct peer_step script[] = { { 0 } };
	struct http_request request;
	OWN(http_answer) answer = { 0 };
	struct peer peer;
	OWN_STR url = NULL;

	(void)state;
	peer_start(&peer, script);
	url = peer_url(&peer, "/");
	peer_stop(&peer);
	request = plain_request(url);
	assert_int_equal(http_ask(&request, &answer), HTTP_REFUSED);
	request.url = "ftp://127.0.0.1/";
	assert_int_equal(http_ask(&request, &answer), HTTP_NOT_HTTP);
}

static void
an_answer_has_a_limit(void **state)
{
	static char text[1200];
	static struct peer_step script[] = { { PEER_JSON, text }, { 0 } };
	struct http_request request = plain_request("");
	struct talk talk;

	(void)state;
	memset(text, 'x', 1001);
	run(&talk, script, request);
	assert_int_equal(talk.answer.end, HTTP_TOO_LARGE);
	http_answer_clear(&talk.answer);
	text[1000] = '\0';
	run(&talk, script, request);
	assert_true(talk.good);
	assert_int_equal(talk.answer.body.len, 1000);
	http_answer_clear(&talk.answer);
}

static void *
ask_to_cancel(void *cancel)
{
	clock_pause(150, NULL);
	cancel_ask(cancel);
	return NULL;
}

static void
a_cancel_is_heard_while_waiting(void **state)
{
	static const struct peer_step script[] = { { PEER_HANG, NULL }, { 0 } };
	struct http_request request = plain_request("");
	struct cancel cancel = { false };
	struct talk talk;
	pthread_t thread;

	(void)state;
	request.cancel = &cancel;
	request.until = deadline_in(60000);
	assert_int_equal(pthread_create(&thread, NULL, ask_to_cancel, &cancel), 0);
	run(&talk, script, request);
	pthread_join(thread, NULL);
	assert_int_equal(talk.answer.end, HTTP_CANCELLED);
	assert_string_equal(talk.err.code->name, "E-CANCELLED");
	http_answer_clear(&talk.answer);
}

struct sink {
	struct buf bytes;
	uint64_t done, total;
	bool is_full;
};

static bool
sink_take(void *context, const void *bytes, size_t len)
{
	struct sink *sink = context;

	return !sink->is_full && buf_add(&sink->bytes, bytes, len);
}

static void
sink_progress(void *context, uint64_t done, uint64_t total)
{
	struct sink *sink = context;

	sink->done = done;
	sink->total = total;
}

static void
a_download_streams_and_can_be_stopped(void **state)
{
	static const struct peer_step good[] = { { PEER_JSON, "0123456789" }, { 0 } };
	static const struct peer_step missing[] = {
		{ PEER_SAY, "HTTP/1.1 404 No\r\nContent-Length: 4\r\n\r\nno!!" }, { 0 }
	};
	struct sink sink = { .bytes.limit = 1000 };
	struct http_request request = plain_request("");
	struct talk talk;

	(void)state;
	request.take = sink_take;
	request.progress = sink_progress;
	request.context = &sink;
	request.idle_ms = 3000;
	run(&talk, good, request);
	assert_true(talk.good);
	assert_string_equal(buf_text(&sink.bytes), "0123456789");
	assert_int_equal(sink.done, 10);
	assert_int_equal(sink.total, 10);
	buf_reset(&sink.bytes);
	run(&talk, missing, request);
	assert_string_equal(talk.err.code->name, "E-HTTP-STATUS");
	assert_int_equal(sink.bytes.len, 0);
	sink.is_full = true;
	run(&talk, good, request);
	assert_int_equal(talk.answer.end, HTTP_STOPPED);
	buf_clear(&sink.bytes);
}

static void
a_stalled_download_ends_by_its_idle_time(void **state)
{
	static const struct peer_step script[] = { { PEER_HANG, NULL }, { 0 } };
	struct http_request request = plain_request("");
	struct talk talk;

	(void)state;
	request.idle_ms = 200;
	request.until = deadline_in(60000);
	run(&talk, script, request);
	assert_int_equal(talk.answer.end, HTTP_SILENT);
	http_answer_clear(&talk.answer);
}

static void
the_own_address_can_be_chosen(void **state)
{
	static const struct peer_step script[] = { { PEER_JSON, "{}" }, { 0 } };
	struct http_request request = plain_request("");
	struct talk talk;

	(void)state;
	request.from.s_addr = htonl(0x7f000005);
	run(&talk, script, request);
	assert_true(talk.good);
	http_answer_clear(&talk.answer);
	request.from.s_addr = htonl(0xc0000207); /* 192.0.2.7 is not ours */
	run(&talk, script, request);
	assert_int_equal(talk.answer.end, HTTP_FAILED);
	http_answer_clear(&talk.answer);
}

static void
secrets_in_an_address_are_not_told(void **state)
{
	struct http_request request = plain_request(
		"http://me:secret@127.0.0.1:1/cm?password=secret");
	OWN(http_answer) answer = { 0 };
	struct err err = { 0 };

	(void)state;
	http_ask(&request, &answer);
	assert_false(http_is_good(&request, &answer, &err));
	assert_null(strstr(err.text, "secret"));
	assert_non_null(strstr(err.text, "127.0.0.1:1/cm"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_post_is_one_piece_without_expect),
		cmocka_unit_test(proxies_of_the_environment_are_ignored),
		cmocka_unit_test(every_bad_end_is_told_apart),
		cmocka_unit_test(a_port_nobody_listens_on_refuses),
		cmocka_unit_test(an_answer_has_a_limit),
		cmocka_unit_test(a_cancel_is_heard_while_waiting),
		cmocka_unit_test(a_download_streams_and_can_be_stopped),
		cmocka_unit_test(a_stalled_download_ends_by_its_idle_time),
		cmocka_unit_test(the_own_address_can_be_chosen),
		cmocka_unit_test(secrets_in_an_address_are_not_told),
	};

	return cmocka_run_group_tests(tests, open_http, close_http);
}
