/* The client against a peer that does one scripted thing per connection. */
/* SPDX-License-Identifier: MIT */
#include "device/tasmota_client.h"

#include "net/http_client.h"
#include "test/unit/peer.h"

static const char need_password[] =
	"{\"WARNING\":\"Need user=<username>&password=<password>\"}";
static const char chunked[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
			      "7\r\n{\"Topic\r\n9\r\n\":\"lamp\"}\r\n0\r\n\r\n";
static const char until_closed[] =
	"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{\"Topic\":\"lamp\"}";

struct scene {
	struct peer peer;
	struct tasmota_client *client;
	struct err err;
	char value[65];
};

static void
open_scene(struct scene *scene, const struct peer_step *script, const char *password)
{
	*scene = (struct scene){ 0 };
	assert_true(http_open(NULL));
	peer_start(&scene->peer, script);
	scene->client = tasmota_client_new(scene->peer.address, password, NULL);
	tasmota_client_patience(scene->client, 3000);
}

static void
close_scene(struct scene *scene)
{
	tasmota_client_free(scene->client);
	peer_stop(&scene->peer);
	http_close();
}

static bool
ask_topic(struct scene *scene)
{
	return tasmota_ask_value(
		scene->client, "Topic", scene->value, sizeof scene->value, &scene->err);
}

static void
answers_may_be_chunked_or_end_with_the_connection(void **state)
{
	static const struct peer_step script[] = { { PEER_SAY, chunked },
		{ PEER_SAY, until_closed }, { PEER_END, NULL } };
	struct scene scene;

	(void)state;
	open_scene(&scene, script, NULL);
	for (int i = 0; i < 2; i++) {
		assert_true(ask_topic(&scene));
		assert_string_equal(scene.value, "lamp");
	}
	close_scene(&scene);
	assert_non_null(strstr(scene.peer.heard[0], "GET /cm?cmnd=Topic HTTP/1.1\r\n"));
	assert_non_null(
		strstr(scene.peer.heard[0], "\r\nReferer: http://127.0.0.1/\r\n"));
}

static void
the_password_is_sent_only_when_it_is_asked_for(void **state)
{
	static const struct peer_step script[] = { { PEER_SAY, chunked },
		{ PEER_JSON, need_password }, { PEER_SAY, chunked },
		{ PEER_SAY, chunked }, { PEER_END, NULL } };
	struct scene scene;

	(void)state;
	open_scene(&scene, script, "s3cr3t");
	for (int i = 0; i < 3; i++)
		assert_true(ask_topic(&scene));
	assert_true(tasmota_client_is_locked(scene.client));
	close_scene(&scene);
	assert_null(strstr(scene.peer.heard[0], "Authorization"));
	assert_null(strstr(scene.peer.heard[1], "Authorization"));
	for (int i = 2; i < 4; i++)
		assert_non_null(strstr(scene.peer.heard[i],
			"\r\nAuthorization: Basic YWRtaW46czNjcjN0\r\n"));
}

static void
nobody_but_tasmota_gets_the_password(void **state)
{
	static const char *const others[] = {
		"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"router\"\r\n"
		"Content-Length: 5\r\n\r\nlogin",
		"HTTP/1.1 401 Unauthorized\r\nContent-Length: 20\r\n\r\n"
		"{\"error\":\"password\"}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(others); i++) {
		const struct peer_step script[] = { { PEER_SAY, others[i] },
			{ PEER_SAY, others[i] }, { PEER_END, NULL } };
		struct scene scene;

		open_scene(&scene, script, "s3cr3t");
		assert_false(ask_topic(&scene));
		assert_string_equal(scene.err.code->name, "E-TASMOTA-PAGES");
		close_scene(&scene);
		assert_int_equal(scene.peer.count, 1);
		assert_null(strstr(scene.peer.heard[0], "Authorization"));
	}
}

static void
a_wrong_or_missing_password_is_told(void **state)
{
	static const struct peer_step script[] = { { PEER_JSON, need_password },
		{ PEER_JSON, need_password }, { PEER_END, NULL } };
	struct scene scene;

	(void)state;
	for (int i = 0; i < 2; i++) {
		open_scene(&scene, script, i == 0 ? NULL : "wr0ng");
		assert_false(ask_topic(&scene));
		assert_string_equal(scene.err.code->name, "E-TASMOTA-PASSWORD");
		assert_null(strstr(scene.err.text, "wr0ng"));
		close_scene(&scene);
	}
}

static void
refusals_have_their_own_codes(void **state)
{
	static const struct {
		struct peer_step step;
		const char *code;
	} rows[] = {
		{ { PEER_JSON, "{\"Command\":\"Unknown\"}" }, "E-TASMOTA-UNKNOWN" },
		{ { PEER_JSON, "{\"Command\":\"Error\"}" }, "E-TASMOTA-VALUE" },
		{ { PEER_JSON, "<html><body>Main</body></html>" }, "E-TASMOTA-PAGES" },
		{ { PEER_JSON, "{}" }, "E-TASMOTA-UNKNOWN" },
		{ { PEER_SAY, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n" },
			"E-TASMOTA-PAGES" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct peer_step script[] = { rows[i].step, { PEER_END, NULL } };
		struct scene scene;

		open_scene(&scene, script, NULL);
		assert_false(ask_topic(&scene));
		assert_string_equal(scene.err.code->name, rows[i].code);
		close_scene(&scene);
	}
}

static void
a_door_that_closes_is_no_silence(void **state)
{
	static const struct peer_step script[] = { { PEER_CLOSE, NULL },
		{ PEER_CLOSE, NULL }, { PEER_CLOSE, NULL }, { PEER_CLOSE, NULL },
		{ PEER_END, NULL } };
	struct scene scene;

	(void)state;
	open_scene(&scene, script, NULL);
	assert_false(ask_topic(&scene));
	assert_string_equal(scene.err.code->name, "E-TASMOTA-CLOSED");
	close_scene(&scene);
	assert_int_equal(scene.peer.count, 3);
}

static void
questions_are_repeated_commands_are_not(void **state)
{
	static const struct peer_step script[] = { { PEER_RESET, NULL },
		{ PEER_SAY, chunked }, { PEER_CLOSE, NULL }, { PEER_SAY, chunked },
		{ PEER_END, NULL } };
	struct scene scene;

	(void)state;
	open_scene(&scene, script, NULL);
	assert_true(ask_topic(&scene));
	assert_false(tasmota_tell(scene.client, "topic", "Topic lamp", &scene.err));
	assert_string_equal(scene.err.code->name, "E-TASMOTA-CLOSED");
	assert_true(ask_topic(&scene));
	close_scene(&scene);
	assert_int_equal(scene.peer.count, 4);
}

static void
an_upload_is_one_part_after_its_form(void **state)
{
	static const struct peer_step script[] = {
		{ PEER_JSON, "<html>form</html>" },
		{ PEER_JSON, "<html>Upload <b>Successful</b></html>" },
		{ PEER_JSON, "<html>form</html>" },
		{ PEER_JSON, "<html>Upload Failed: Not enough space</html>" },
		{ PEER_END, NULL },
	};
	struct scene scene;

	(void)state;
	open_scene(&scene, script, NULL);
	assert_true(tasmota_upload(scene.client, "fw.bin", "\351\0\1", 3, &scene.err));
	assert_false(tasmota_upload(scene.client, "fw.bin", "\351\0\1", 3, &scene.err));
	assert_string_equal(scene.err.code->name, "E-TASMOTA-UPLOAD");
	assert_non_null(strstr(scene.err.text, "Not enough space"));
	close_scene(&scene);
	assert_non_null(strstr(scene.peer.heard[0], "GET /up HTTP"));
	assert_non_null(strstr(scene.peer.heard[1], "POST /u2?fsz=3 HTTP"));
	assert_non_null(strstr(scene.peer.heard[1],
		"\r\nContent-Disposition: form-data; name=\"u2\"; filename=\"fw.bin\"\r\n"
		"Content-Type: application/octet-stream\r\n\r\n\351"));
	assert_null(strstr(scene.peer.heard[1], "Expect"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_may_be_chunked_or_end_with_the_connection),
		cmocka_unit_test(the_password_is_sent_only_when_it_is_asked_for),
		cmocka_unit_test(nobody_but_tasmota_gets_the_password),
		cmocka_unit_test(a_wrong_or_missing_password_is_told),
		cmocka_unit_test(refusals_have_their_own_codes),
		cmocka_unit_test(a_door_that_closes_is_no_silence),
		cmocka_unit_test(questions_are_repeated_commands_are_not),
		cmocka_unit_test(an_upload_is_one_part_after_its_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
