/* SPDX-License-Identifier: MIT */
#include "test/unit/golden.h"

#include <unistd.h>

#include "fleet/profile.h"

#define PATH "/home/me/home.yaml"

static struct profile *
parse(const char *text, struct err *err)
{
	return profile_parse(PATH, text, strlen(text), err);
}

static void
the_example_is_read_whole(void **state)
{
	OWN_STR path = xasprintf("%s/examples/home.yaml", getenv("AIRLIFT_SOURCE"));
	struct err err = { 0 };
	OWN_NEW(profile) profile = profile_read(path, &err);
	const struct profile_device *lamp;

	(void)state;
	assert_string_equal(err.text, "");
	assert_non_null(profile);
	assert_string_equal(profile->wifi.ssid, "home");
	assert_string_equal(profile->broker.port, "1883");
	assert_string_equal(profile_power_on(profile), "3");
	assert_true(text_ends_with(
		profile->handover.homebridge.config, "/homebridge/config.json"));
	assert_int_equal(profile->device_count, 2);
	lamp = profile_device(profile, "1000A1B2C3", NULL);
	assert_non_null(lamp);
	assert_string_equal(lamp->topic, "kitchen-lamp");
	assert_non_null(profile_device(profile, NULL, "5c:cf:7f:3d:5e:26"));
	assert_null(profile_device(profile, "1000a1b2c4", "5CCF7F3D5E27"));
	assert_null(profile_device(profile, NULL, NULL));
}

static void
paths_stand_beside_the_file_or_in_the_home(void **state)
{
	OWN_NEW(profile)
	profile = parse("wifi: {password_file: wifi.txt}\n"
			"broker: {password_file: /etc/pw}\n"
			"defaults: {web_password_file: ~/web}\n",
		NULL);

	(void)state;
	setenv("HOME", "/home/me", 1);
	assert_string_equal(profile->wifi.password_file, "/home/me/wifi.txt");
	assert_string_equal(profile->broker.password_file, "/etc/pw");
	assert_true(text_ends_with(profile->defaults.web_password_file, "/web"));
	assert_int_equal(*profile->defaults.web_password_file, '/');
}

static void
a_profile_may_say_little(void **state)
{
	static const char *const texts[] = { "", "# nothing\n", "wifi: {}\n",
		"devices: []\n", "wifi:\n  ssid: x\n" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct err err = { 0 };
		OWN_NEW(profile) profile = parse(texts[i], &err);

		assert_string_equal(err.text, "");
		assert_non_null(profile);
		assert_int_equal(profile->device_count, 0);
		assert_null(profile_power_on(profile));
	}
}

struct bad {
	const char *text;
	const char *place; /* LINE:COLUMN */
	const char *says; /* in cause or remedy */
};

static const struct bad bad_files[] = {
	{ "wifi: [\n", "2:1", "" },
	{ "wifi:\n\tssid: x\n", "2:1", "" },
	{ "a: b: c\n", "1:5", "" },
	{ "- wifi\n", "1:1", "Expecting MAPPING" },
	{ "wifi\n", "1:1", "Expecting MAPPING" },
	{ "wifi: home\n", "1:7", "Expecting MAPPING" },
	{ "wifi:\n  ssid: [a]\n", "2:9", "Expecting STRING" },
	{ "wifi:\n  ssid: a\n  ssid: b\n", "3:3", "line 2 already" },
	{ "wifi: {ssid: a}\n---\nwifi: {ssid: b}\n", "3:1", "second document" },
	{ "devices: 5\n", "1:10", "Expecting SEQUENCE" },
	{ "devices: [5]\n", "1:11", "Expecting MAPPING" },
	{ "wifi: &a {ssid: x}\nbroker: *a\n", "1:11", "no key" },
	{ "wifi: &a {ssid: x}\ndefaults: {}\nhandover:\n  homeassistant: *a\n", "4:3",
		"alias" },
	{ "wifi:\n  sid: x\n", "2:3", "Did you mean \"ssid\"?" },
	{ "wfi:\n  ssid: x\n", "1:1", "Did you mean \"wifi\"?" },
	{ "wifi:\n  zzzzzzzz: x\n", "2:3", "doc/profile.md" },
	{ "wifi:\n  ? [a]\n  : x\n", "2:5", "a key is a word" },
	{ "wifi:\n  ssid: \"\"\n", "2:9", "1 to 32" },
	{ "wifi:\n  ssid: \"a\\0b\"\n", "2:9", "no plain text" },
	{ "wifi:\n  ssid: 012345678901234567890123456789012\n", "2:9", "1 to 32" },
	{ "broker:\n  port: 0\n", "2:9", "1 to 65535" },
	{ "broker:\n  port: 1883x\n", "2:9", "1 to 65535" },
	{ "broker:\n  host: mqtt://a\n", "2:9", "without port" },
	{ "broker:\n  host: a:1883\n", "2:9", "without port" },
	{ "naming:\n  topic: \"{modell}\"\n", "2:10", "{model}" },
	{ "naming:\n  topic: \"{id\"\n", "2:10", "{model}" },
	{ "naming:\n  topic: \"id}\"\n", "2:10", "{model}" },
	{ "defaults:\n  timezone: CET\n", "2:13", "hours" },
	{ "defaults:\n  timezone: 15\n", "2:13", "hours" },
	{ "defaults:\n  timezone: 1:75\n", "2:13", "hours" },
	{ "defaults:\n  power_on: maybe\n", "2:13", "saved" },
	{ "defaults:\n  group_topic: a/b\n", "2:16", "topic" },
	{ "handover:\n  homeassistant: perhaps\n", "2:18", "yes or no" },
	{ "handover:\n  homebridge:\n    type: plug\n", "3:11", "outlet" },
	{ "devices:\n  - name: x\n", "2:5", "id or its mac" },
	{ "devices:\n  - id: 12\n", "2:9", "10 digits" },
	{ "devices:\n  - mac: 5C:CF\n", "2:10", "12 digits" },
	{ "devices:\n  - id: 1000a1b2c3\n    module: 256\n", "3:13", "255" },
	{ "devices:\n  - id: 1000a1b2c3\n    template: '{}'\n", "3:15", "GPIO" },
	{ "devices:\n  - id: 1000a1b2c3\n    hostname: a b\n", "3:15", "host name" },
	{ "devices:\n  - {id: 1000a1b2c3, module: 1, template: '{\"GPIO\":[]}'}\n", "2:5",
		"exclude" },
	{ "devices:\n  - id: 1000a1b2c3\n  - id: 1000A1B2C3\n", "3:5", "line 2" },
	{ "devices:\n  - mac: 5CCF7F3D5E26\n  - mac: 5c:cf:7f:3d:5e:26\n", "3:5",
		"this mac" },
	{ "devices:\n  - {id: 1000a1b2c3, topic: a}\n  - {id: 1000a1b2c4, topic: a}\n",
		"3:5", "this topic" },
};

static void
what_is_wrong_is_told_with_its_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad_files); i++) {
		OWN_STR begin = xasprintf(PATH ":%s: ", bad_files[i].place);
		struct err err = { 0 };

		assert_null(parse(bad_files[i].text, &err));
		if (!text_starts_with(err.text, begin) ||
			(strstr(err.text, bad_files[i].says) == NULL &&
				strstr(err.remedy, bad_files[i].says) == NULL))
			fail_msg("%s\ngives: %s\n%s", bad_files[i].text, err.text,
				err.remedy);
		assert_string_equal(err.code->name, "E-PROFILE");
	}
}

static void
secrets_are_refused_and_never_repeated(void **state)
{
	static const char *const texts[] = {
		"wifi:\n  password: kanarie\n",
		"wifi:\n  psk: kanarie\n",
		"broker:\n  Password: kanarie\n",
		"broker:\n  passwd: kanarie\n",
		"password: kanarie\n",
		"defaults:\n  web_password: kanarie\n",
		"handover:\n  homebridge:\n    password: kanarie\n",
		"devices:\n  - id: 1000a1b2c3\n    secret: kanarie\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct err err = { 0 };

		assert_null(parse(texts[i], &err));
		assert_string_equal(err.code->name, "E-PROFILE-SECRET");
		assert_null(strstr(err.text, "kanarie"));
		assert_non_null(strstr(err.remedy, "password_file"));
	}
}

static void
values_are_never_repeated(void **state)
{
	static const char *const texts[] = {
		"broker:\n  host: mqtt://me:kanarie@broker\n",
		"broker:\n  port: kanarie\n",
		"wifi: kanarie\n",
		"devices: kanarie\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct err err = { 0 };

		assert_null(parse(texts[i], &err));
		assert_null(strstr(err.text, "kanarie"));
	}
}

static void
a_misspelt_file_key_is_no_secret(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_null(parse("wifi:\n  pasword_file: x\n", &err));
	assert_string_equal(err.code->name, "E-PROFILE");
	assert_non_null(strstr(err.remedy, "\"password_file\""));
}

static void
patterns_are_filled_in(void **state)
{
	const struct profile_facts facts = { .model = "MINI R2",
		.id = "1000a1b2c3",
		.mac = "5CCF7F3D5E26",
		.name = "Küche Lampe",
		.room = NULL };
	char out[PROFILE_NAME_SIZE];

	(void)state;
	assert_true(profile_fill("{model}-{id}", &facts, out));
	assert_string_equal(out, "mini-r2-1000a1b2c3");
	assert_true(profile_fill("sonoff_{tail}", &facts, out));
	assert_string_equal(out, "sonoff_3d5e26");
	assert_true(profile_fill("{name}", &facts, out));
	assert_string_equal(out, "k-che-lampe");
	assert_true(profile_fill_title("{name} ({mac})", &facts, out));
	assert_string_equal(out, "Küche Lampe (5CCF7F3D5E26)");
	assert_false(profile_fill("{room}-{id}", &facts, out));
	assert_false(profile_fill("///", &facts, out));
}

static void
secrets_come_from_a_file_or_the_environment(void **state)
{
	char path[] = "/tmp/airlift-profile-XXXXXX";
	int fd = mkstemp(path);
	OWN_STR from_file = NULL;
	OWN_STR from_environment = NULL;
	char *none = path;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(write(fd, "one\ntwo\n", 8), 8);
	close(fd);
	setenv("AIRLIFT_TEST_SECRET", "three", 1);
	assert_true(profile_secret(path, "AIRLIFT_TEST_SECRET", &from_file, &err));
	assert_string_equal(from_file, "one");
	unlink(path);
	assert_true(profile_secret(NULL, "AIRLIFT_TEST_SECRET", &from_environment, &err));
	assert_string_equal(from_environment, "three");
	unsetenv("AIRLIFT_TEST_SECRET");
	assert_true(profile_secret(NULL, "AIRLIFT_TEST_SECRET", &none, &err));
	assert_null(none);
	assert_false(profile_secret(path, "AIRLIFT_TEST_SECRET", &none, &err));
	assert_string_equal(err.code->name, "E-FILE");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_is_read_whole),
		cmocka_unit_test(paths_stand_beside_the_file_or_in_the_home),
		cmocka_unit_test(a_profile_may_say_little),
		cmocka_unit_test(what_is_wrong_is_told_with_its_place),
		cmocka_unit_test(secrets_are_refused_and_never_repeated),
		cmocka_unit_test(values_are_never_repeated),
		cmocka_unit_test(a_misspelt_file_key_is_no_secret),
		cmocka_unit_test(patterns_are_filled_in),
		cmocka_unit_test(secrets_come_from_a_file_or_the_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
