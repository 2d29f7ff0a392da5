/* Settings against a Tasmota that only keeps and counts. */
/* SPDX-License-Identifier: MIT */
#include "flash/settings.h"

#include "test/unit/fake_tasmota.h"

/* net/http_client.h and net/http_server.h do not go together. */
bool http_open(struct err *err);
void http_close(void);

struct scene {
	struct fake_tasmota fake;
	struct tasmota_client *client;
	struct settings want;
	struct settings_order order;
	struct settings_result result;
	struct err err;
	unsigned notes;
	char noted[512];
};

static bool
note(void *context, const char *what, struct err *err)
{
	struct scene *scene = context;

	(void)err;
	scene->notes++;
	strncat(scene->noted, what, sizeof scene->noted - strlen(scene->noted) - 1);
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
	scene->client = tasmota_client_new(scene->fake.address, "s3cr3t", NULL);
	scene->order = (struct settings_order){
		.client = scene->client,
		.want = &scene->want,
		.note = note,
		.say = say,
		.context = scene,
	};
}

static void
close_scene(struct scene *scene)
{
	tasmota_client_free(scene->client);
	fake_close(&scene->fake);
	http_close();
}

static bool
apply(struct scene *scene)
{
	err_clear(&scene->err);
	return settings_apply(&scene->order, &scene->result, &scene->err);
}

static void
want_all(struct scene *scene)
{
	const char **want = scene->want.want;

	want[SETTING_DEVICE_NAME] = "Hall lamp";
	want[SETTING_FRIENDLY_NAME] = "L\303\244mp & co";
	want[SETTING_POWER_ON] = "0";
	want[SETTING_TIMEZONE] = "+1:00";
	want[SETTING_HOSTNAME] = "hall-lamp";
	want[SETTING_MQTT_HOST] = "192.0.2.2";
	want[SETTING_MQTT_PORT] = "1884";
	want[SETTING_MQTT_USER] = "airlift";
	want[SETTING_MQTT_PASSWORD] = "canary-mqtt";
	want[SETTING_TOPIC] = "lamp1";
	want[SETTING_GROUP_TOPIC] = "lamps";
}

static void
all_goes_in_one_restart_and_is_read_back(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, "15.2.0(release-lite)");
	want_all(&scene);
	assert_true(apply(&scene));
	assert_int_equal(scene.result.written, 11);
	assert_int_equal(scene.result.restarts, 1);
	assert_int_equal(scene.fake.boots, 6);
	assert_int_equal(scene.notes, 1);
	assert_string_equal(fake_value(&scene.fake, "FriendlyName1"), "L\303\244mp & co");
	assert_string_equal(scene.result.state.topic, "lamp1");
	assert_string_equal(scene.result.old_topic, "tasmota_3D5E26");
	assert_true(scene.result.unread[SETTING_MQTT_PASSWORD]);
	assert_false(scene.result.unread[SETTING_TOPIC]);
	assert_true(scene.fake.saw_referer);
	close_scene(&scene);
}

static void
the_second_run_writes_nothing(void **state)
{
	struct scene scene;
	unsigned heard;

	(void)state;
	open_scene(&scene, "15.2.0(release-lite)");
	want_all(&scene);
	assert_true(apply(&scene));
	heard = scene.fake.heard_count;
	scene.fake.mqtt_count = 1; /* the login works */
	assert_true(apply(&scene));
	assert_int_equal(scene.result.written, 0);
	assert_int_equal(scene.fake.heard_count, heard);
	assert_string_equal(scene.result.old_topic, "");
	scene.order.renew_secrets = true;
	assert_true(apply(&scene));
	assert_int_equal(scene.result.written, 1);
	close_scene(&scene);
}

static void
secrets_go_by_commands_that_do_not_echo_and_into_no_note(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, "15.2.0(release-lite)");
	want_all(&scene);
	scene.want.want[SETTING_WEB_PASSWORD] = "s3cr3t";
	assert_true(apply(&scene));
	assert_int_equal(fake_count(&scene.fake, "MqttPassword2 "), 1);
	assert_int_equal(fake_count(&scene.fake, "MqttPassword "), 0);
	assert_int_equal(fake_count(&scene.fake, "WebPassword2 "), 1);
	assert_null(strstr(scene.noted, "canary"));
	assert_null(strstr(scene.noted, "s3cr3t"));
	assert_non_null(strstr(scene.noted, "MQTT password"));
	close_scene(&scene);
}

static void
the_web_password_comes_last_and_is_used_at_once(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, "15.2.0(release-lite)");
	want_all(&scene);
	scene.want.want[SETTING_WEB_PASSWORD] = "s3cr3t";
	assert_true(apply(&scene));
	assert_true(text_starts_with(
		scene.fake.heard[scene.fake.heard_count - 1], "WebPassword2 "));
	assert_true(tasmota_client_is_locked(scene.client));
	assert_false(scene.result.unread[SETTING_WEB_PASSWORD]);
	scene.fake.mqtt_count = 1;
	assert_true(apply(&scene));
	assert_int_equal(scene.result.written, 0);
	close_scene(&scene);
}

static void
old_versions_get_shorter_groups_and_no_device_name(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, "6.7.1");
	want_all(&scene);
	scene.want.want[SETTING_MQTT_HOST] =
		"a-broker-with-a-rather-long-name.example.invalid";
	scene.want.want[SETTING_MQTT_PASSWORD] =
		"canary-that-is-quite-long-for-a-password-0123456789abcdefghijkl";
	scene.want.want[SETTING_FRIENDLY_NAME] = "Lamp with thirty-two letters....";
	assert_true(apply(&scene));
	assert_true(scene.result.left_out[SETTING_DEVICE_NAME]);
	assert_int_equal(fake_count(&scene.fake, "DeviceName"), 0);
	assert_int_equal(scene.result.written, 10);
	assert_int_equal(scene.result.restarts, 2);
	close_scene(&scene);
}

static void
what_would_split_a_backlog_goes_alone(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, "15.2.0(release-lite)");
	want_all(&scene);
	scene.want.want[SETTING_MQTT_PASSWORD] = "semi;colon";
	assert_true(apply(&scene));
	assert_string_equal(fake_value(&scene.fake, "MqttPassword"), "semi;colon");
	assert_string_equal(scene.result.state.topic, "lamp1");
	close_scene(&scene);
}

static void
what_is_not_kept_is_told(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, "15.2.0(release-lite)");
	scene.want.want[SETTING_TOPIC] = "lamp1";
	scene.want.want[SETTING_DEVICE_NAME] = "Hall";
	scene.fake.deaf_to = "DeviceName";
	assert_false(apply(&scene));
	assert_string_equal(scene.err.code->name, "E-SETTING-NOT-TAKEN");
	assert_non_null(strstr(scene.err.text, "device name"));
	assert_null(strstr(scene.err.text, "topic"));
	assert_int_equal(fake_count(&scene.fake, "DeviceName"), 2);
	assert_int_equal(fake_count(&scene.fake, "Topic"), 1);
	close_scene(&scene);
}

static void
a_template_comes_into_use_as_module_0(void **state)
{
	static const char mini[] =
		"{\"NAME\":\"Sonoff Mini\",\"GPIO\":[32,0,0,0,160,0,0,0,224,320,0,0,1,0],"
		"\"FLAG\":0,\"BASE\":1}";
	struct scene scene;

	(void)state;
	open_scene(&scene, "15.2.0(release-lite)");
	scene.want.want[SETTING_TEMPLATE] = mini;
	scene.want.want[SETTING_MODULE] = "0";
	assert_true(apply(&scene));
	assert_int_equal(scene.result.state.module, 0);
	assert_true(apply(&scene));
	assert_int_equal(scene.result.written, 0);
	close_scene(&scene);
	open_scene(&scene, "8.5.1(tasmota)");
	scene.want.want[SETTING_TEMPLATE] = mini;
	assert_false(apply(&scene));
	assert_string_equal(scene.err.code->name, "E-TEMPLATE");
	assert_int_equal(scene.fake.heard_count, 0);
	close_scene(&scene);
}

static void
values_with_another_meaning_are_refused(void **state)
{
	static const struct {
		enum setting setting;
		const char *value;
	} wrong[] = {
		{ SETTING_DEVICE_NAME, "0" },
		{ SETTING_FRIENDLY_NAME, "1" },
		{ SETTING_FRIENDLY_NAME, "\"" },
		{ SETTING_FRIENDLY_NAME, " lamp" },
		{ SETTING_FRIENDLY_NAME, "" },
		{ SETTING_FRIENDLY_NAME, "a\nb" },
		{ SETTING_FRIENDLY_NAME, "\377" },
		{ SETTING_TOPIC, "a/b" },
		{ SETTING_TOPIC, "a b" },
		{ SETTING_TOPIC, "lamp+" },
		{ SETTING_HOSTNAME, "a_b" },
		{ SETTING_HOSTNAME, "%s-1" },
		{ SETTING_MQTT_HOST, "broker.local" },
		{ SETTING_MQTT_PORT, "70000" },
		{ SETTING_MQTT_PASSWORD, "1234" },
		{ SETTING_MODULE, "mini" },
		{ SETTING_TIMEZONE, "CET" },
		{ SETTING_TEMPLATE, "[1,2]" },
		{ SETTING_TEMPLATE, "{\"GPIO\":[1,2]}" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		struct settings settings = { { NULL } };
		struct err err = { 0 };

		settings.want[wrong[i].setting] = wrong[i].value;
		assert_false(settings_check(&settings, &err));
		assert_string_equal(err.code->name, "E-SETTING-VALUE");
		if (wrong[i].setting == SETTING_MQTT_PASSWORD)
			assert_null(strstr(err.text, wrong[i].value));
	}
}

static void
topic_and_group_topic_differ(void **state)
{
	struct settings settings = { { NULL } };

	(void)state;
	settings.want[SETTING_TOPIC] = settings.want[SETTING_GROUP_TOPIC] = "lamps";
	assert_false(settings_check(&settings, NULL));
	settings.want[SETTING_TOPIC] = "lamp1";
	assert_true(settings_check(&settings, NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_goes_in_one_restart_and_is_read_back),
		cmocka_unit_test(the_second_run_writes_nothing),
		cmocka_unit_test(
			secrets_go_by_commands_that_do_not_echo_and_into_no_note),
		cmocka_unit_test(the_web_password_comes_last_and_is_used_at_once),
		cmocka_unit_test(old_versions_get_shorter_groups_and_no_device_name),
		cmocka_unit_test(what_would_split_a_backlog_goes_alone),
		cmocka_unit_test(what_is_not_kept_is_told),
		cmocka_unit_test(a_template_comes_into_use_as_module_0),
		cmocka_unit_test(values_with_another_meaning_are_refused),
		cmocka_unit_test(topic_and_group_topic_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
