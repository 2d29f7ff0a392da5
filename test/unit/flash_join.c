/* Every way into the Wi-Fi, against a Tasmota that answers by script. */
/* SPDX-License-Identifier: MIT */
#include "flash/join.h"

#include "test/unit/fake_tasmota.h"

/* net/http_client.h and net/http_server.h do not go together. */
bool http_open(struct err *err);
void http_close(void);

#define GOOD  "<script>location.href='http://192.0.2.7';</script>"
#define AGAIN "<form><input id='s1' name='s1'></form>"
#define WAIT  "<script>location.href='.';</script>"

struct scene {
	struct fake_tasmota fake;
	struct tasmota_client *client;
	struct tasmota_state state;
	struct flash_job job;
	struct flash_step step;
	struct join_result result;
	struct err err;
	char noted[256];
};

static bool
note(void *context, const char *step, const char *detail, struct err *err)
{
	struct scene *scene = context;

	(void)step;
	(void)err;
	text_copy(scene->noted, sizeof scene->noted, detail);
	return true;
}

static void
say(void *context, const char *sentence)
{
	(void)context;
	(void)sentence;
}

static void
open_scene(struct scene *scene, const char *version)
{
	*scene = (struct scene){ 0 };
	assert_true(http_open(NULL));
	fake_open(&scene->fake, version);
	scene->client = tasmota_client_new(scene->fake.address, NULL, NULL);
	scene->step = (struct flash_step){ .name = "wifi" };
	scene->job = (struct flash_job){ .watch = { scene, note, NULL, say },
		.step = &scene->step,
		.patience_percent = 100 };
	assert_true(tasmota_ask_state(scene->client, &scene->state, NULL));
}

static void
close_scene(struct scene *scene)
{
	tasmota_client_free(scene->client);
	fake_close(&scene->fake);
	http_close();
}

static bool
join(struct scene *scene, const char *ssid, const char *password)
{
	struct join_order order = { ssid, password };

	return join_wifi(&scene->job, scene->client, &scene->state, &order,
		&scene->result, &scene->err);
}

static void
current_versions_test_the_password(void **state)
{
	static const char *const good[] = { "Testing", "Successful", NULL };
	struct scene scene;

	(void)state;
	open_scene(&scene, "15.2.0(release-lite)");
	scene.fake.tests = good;
	assert_true(join(&scene, "my home", "canary-wifi"));
	assert_true(scene.result.was_tried);
	assert_int_equal(fake_count(&scene.fake, "WifiTest0 my home+canary-wifi"), 1);
	assert_null(strstr(scene.noted, "canary"));
	close_scene(&scene);
}

static void
what_the_device_found_out_is_told(void **state)
{
	static const struct {
		const char *said, *code;
	} rows[] = {
		{ "Connect failed with wrong password", "E-WIFI-WRONG-PASSWORD" },
		{ "Connect failed as AP cannot be reached", "E-WIFI-NOT-FOUND" },
		{ "Connect failed as no IP address received", "E-WIFI-NO-ADDRESS" },
		{ "Connect failed with AP timeout", "E-WIFI-REFUSED" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const char *const tests[] = { rows[i].said, NULL };
		struct scene scene;

		open_scene(&scene, "15.2.0(release-lite)");
		scene.fake.tests = tests;
		assert_false(join(&scene, "home", "canary-wifi"));
		assert_string_equal(scene.err.code->name, rows[i].code);
		assert_null(strstr(scene.err.text, "canary"));
		close_scene(&scene);
	}
}

static void
a_plus_goes_by_the_form_that_tries(void **state)
{
	static const char *const pages[] = { WAIT, AGAIN, GOOD, NULL };
	struct scene scene;
	char told[INET_ADDRSTRLEN];

	(void)state;
	open_scene(&scene, "15.2.0(release-lite)");
	scene.fake.pages = pages;
	assert_true(join(&scene, "home", "canary+wifi"));
	assert_true(scene.result.was_tried);
	assert_string_equal(
		inet_ntop(AF_INET, &scene.result.told, told, sizeof told), "192.0.2.7");
	assert_string_equal(scene.fake.targets[0], "/wi");
	assert_string_equal(scene.fake.targets[1], "/");
	assert_int_equal(scene.fake.heard_count, 0);
	close_scene(&scene);
}

static void
old_versions_get_a_way_back_first(void **state)
{
	static const struct {
		const char *version, *target;
	} rows[] = { { "5.9.1", "/sv" }, { "8.5.1(tasmota)", "/wi" },
		{ "9.2.0(lite)", "/wi" } };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct scene scene;

		open_scene(&scene, rows[i].version);
		assert_true(join(&scene, "home", "canary-wifi"));
		assert_false(scene.result.was_tried);
		assert_true(scene.result.opens_again);
		assert_int_equal(scene.result.config_before, 4);
		assert_string_equal(scene.fake.heard[0], "WifiConfig 2");
		assert_string_equal(scene.fake.targets[0], rows[i].target);
		assert_int_equal(scene.fake.target_count, 1);
		close_scene(&scene);
	}
}

static void
an_asterisk_goes_by_backlog_in_old_versions(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, "6.7.1");
	assert_true(join(&scene, "home", "canary*wifi"));
	assert_string_equal(scene.fake.heard[0], "WifiConfig 2");
	assert_string_equal(scene.fake.heard[1], "SSID1 home");
	assert_string_equal(scene.fake.heard[2], "Password1 canary*wifi");
	assert_int_equal(scene.fake.boots, 6);
	assert_int_equal(scene.fake.target_count, 0);
	close_scene(&scene);
	open_scene(&scene, "6.7.1");
	assert_false(join(&scene, "home", "canary*;wifi"));
	assert_string_equal(scene.err.code->name, "E-WIFI-VALUE");
	assert_int_equal(scene.fake.heard_count, 0);
	close_scene(&scene);
}

static void
impossible_credentials_are_refused_before(void **state)
{
	static const struct join_order wrong[] = {
		{ "", "12345678" },
		{ "a-network-name-with-33-characters", "12345678" },
		{ "home", "1234567" },
		{ "home",
			"12345678901234567890123456789012345678901234567890123456789012345" },
	};
	static const struct join_order good[] = { { "home", "" },
		{ "home", "12345678" } };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		struct err err = { 0 };

		assert_false(join_check(&wrong[i], &err));
		assert_string_equal(err.code->name, "E-WIFI-VALUE");
	}
	for (size_t i = 0; i < COUNT_OF(good); i++)
		assert_true(join_check(&good[i], NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(current_versions_test_the_password),
		cmocka_unit_test(what_the_device_found_out_is_told),
		cmocka_unit_test(a_plus_goes_by_the_form_that_tries),
		cmocka_unit_test(old_versions_get_a_way_back_first),
		cmocka_unit_test(an_asterisk_goes_by_backlog_in_old_versions),
		cmocka_unit_test(impossible_credentials_are_refused_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
