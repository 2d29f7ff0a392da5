/* SPDX-License-Identifier: MIT */
#include "test/unit/golden.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "fleet/handover_homebridge.h"

/* A home with another maker's accessory, odd numbers, an odd order. */
static const char before[] =
	"{\n"
	"  \"bridge\": { \"username\": \"0E:11:22:33:44:55\", \"pin\": \"031-45-154\" },\n"
	"  \"zeta\": 0.1, \"big\": 12345678901234567,\n"
	"  \"accessories\": [\n"
	"    { \"accessory\": \"Other\", \"name\": \"Lamp\", \"rate\": 1.05 }\n"
	"  ],\n"
	"  \"alpha\": \"\\u00fc\"\n"
	"}\n";

struct place {
	char directory[64];
	char path[96];
	char said[1024]; /* "added Lamp; " */
	struct homebridge_order order;
	struct homebridge_result result;
	struct err err;
};

static void
note(void *context, const struct homebridge_change *change)
{
	struct place *place = context;
	size_t len = strlen(place->said);

	snprintf(place->said + len, sizeof place->said - len, "%s %s; ",
		homebridge_what_name(change->what), change->name);
}

static void
write_config(struct place *place, const char *text, mode_t mode)
{
	assert_true(file_write(place->path, text, strlen(text), mode, NULL));
}

static struct place *
open_place(const char *text)
{
	struct place *place = xcalloc(1, sizeof *place);

	strcpy(place->directory, "/tmp/airlift-homebridge-XXXXXX");
	assert_non_null(mkdtemp(place->directory));
	snprintf(place->path, sizeof place->path, "%s/config.json", place->directory);
	write_config(place, text, 0640);
	place->order = (struct homebridge_order){
		.config_path = place->path,
		.account = { .host = "192.0.2.1", .port = 1883 },
		.tell = note,
		.context = place,
	};
	return place;
}

static void
close_place(struct place *place)
{
	OWN_STR backup = xasprintf("%s" HOMEBRIDGE_BACKUP, place->path);

	unlink(backup);
	unlink(place->path);
	assert_int_equal(rmdir(place->directory), 0); /* nothing else was left behind */
	homebridge_result_clear(&place->result);
	free(place);
}

static bool
hand_over(struct place *place, const char *name, const char *mac)
{
	OWN_STR payload = golden_line("mqtt/discovery.txt", name);
	OWN_STR topic = xasprintf("tasmota/discovery/%s/config", mac);
	struct tasmota_discovery device;
	const struct tasmota_discovery *const devices[] = { &device };

	assert_true(
		tasmota_read_discovery(topic, payload, strlen(payload), &device, NULL));
	*place->said = '\0';
	homebridge_result_clear(&place->result);
	err_clear(&place->err);
	return homebridge_hand_over(
		&place->order, devices, 1, &place->result, &place->err);
}

static bool
hand_over_basic(struct place *place)
{
	return hand_over(place, "basic", "5CCF7F3D5E26");
}

static char *
content(const struct place *place)
{
	uint8_t *bytes;
	size_t len;

	assert_true(file_read(place->path, HOMEBRIDGE_CONFIG_MOST, &bytes, &len, NULL));
	return (char *)bytes;
}

static json_t *
block(const struct place *place, size_t index)
{
	OWN_STR text = content(place);
	OWN_JSON config = json_read(text, strlen(text), HOMEBRIDGE_CONFIG_MOST);

	return json_incref(json_array_get(json_object_get(config, "accessories"), index));
}

static mode_t
mode_of(const char *path)
{
	struct stat info;

	assert_int_equal(stat(path, &info), 0);
	return info.st_mode & 0777;
}

static void
a_block_is_added_and_the_rest_stays(void **state)
{
	struct place *place = open_place(before);
	OWN_STR backup = xasprintf("%s" HOMEBRIDGE_BACKUP, place->path);
	OWN_STR after = NULL;
	uint8_t *kept;
	size_t len;

	(void)state;
	assert_true(hand_over_basic(place));
	assert_string_equal(place->said, "added Lamp 2; ");
	assert_string_equal(place->result.backup, backup);
	after = content(place);
	assert_non_null(strstr(after, "\"zeta\": 0.1,"));
	assert_non_null(strstr(after, "\"big\": 12345678901234567,"));
	assert_non_null(strstr(after, "\"rate\": 1.05"));
	assert_non_null(strstr(after, "0E:11:22:33:44:55"));
	assert_true(strstr(after, "bridge") < strstr(after, "zeta"));
	assert_true(strstr(after, "accessories") < strstr(after, "alpha"));
	assert_int_equal(mode_of(place->path), 0640);
	assert_int_equal(mode_of(backup), 0640);
	assert_true(file_read(backup, sizeof before, &kept, &len, NULL));
	assert_string_equal((char *)kept, before);
	free(kept);
	close_place(place);
}

static void
topics_and_values_are_the_devices(void **state)
{
	struct place *place = open_place("{\"bridge\":{}}");
	OWN_JSON one = NULL;
	OWN_JSON two = NULL;

	(void)state;
	place->order.type = "outlet";
	assert_true(hand_over(place, "dual", "5CCF7F3D5E27"));
	assert_string_equal(place->said, "added Stairs; added Hall; ");
	one = block(place, 0);
	two = block(place, 1);
	assert_string_equal(json_text(one, "accessory"), "mqttthing");
	assert_string_equal(json_text(one, "type"), "outlet");
	assert_string_equal(json_text(one, "url"), "mqtt://192.0.2.1:1883");
	assert_string_equal(json_text(one, "serialNumber"), "5CCF7F3D5E27");
	assert_string_equal(json_text(one, "firmwareRevision"), "14.1.0");
	assert_string_equal(json_text(one, "onValue"), "an");
	assert_string_equal(json_text(one, "offlineValue"), "gone");
	assert_string_equal(json_text(json_object_get(one, "topics"), "setOn"),
		"home/landing/c/POWER1");
	assert_string_equal(json_text(json_object_get(two, "topics"), "getOn"),
		"home/landing/s/POWER2");
	assert_string_equal(json_text(json_object_get(two, "topics"), "getOnline"),
		"home/landing/t/LWT");
	assert_null(json_object_get(one, "password"));
	close_place(place);
}

static void
the_second_time_nothing_is_written(void **state)
{
	struct place *place = open_place(before);
	struct stat first, second;

	(void)state;
	assert_true(hand_over_basic(place));
	assert_int_equal(stat(place->path, &first), 0);
	assert_true(hand_over_basic(place));
	assert_string_equal(place->said, "kept Lamp 2; ");
	assert_int_equal(stat(place->path, &second), 0);
	assert_int_equal(first.st_ino, second.st_ino);
	assert_null(place->result.backup);
	close_place(place);
}

static void
a_block_keeps_its_name_and_foreign_keys(void **state)
{
	struct place *place = open_place(
		"{\"accessories\":[{\"name\":\"My lamp\",\"accessory\":\"mqttthing\","
		"\"logMqtt\":true,\"type\":\"outlet\","
		"\"topics\":{\"getOn\":\"x\",\"setOn\":\"old/lamp/POWER\",\"extra\":\"y\"},"
		"\"serialNumber\":\"5C:CF:7F:3D:5E:26\",\"password\":\"kept\","
		"\"startPub\":[{\"topic\":\"hello\",\"message\":\"1\"},"
		"{\"topic\":\"old/lamp/POWER\",\"message\":\"\"}]}]}");
	OWN_JSON one = NULL;

	(void)state;
	place->order.needs_account = true; /* there already: no new account needed */
	assert_true(hand_over_basic(place));
	assert_string_equal(place->said, "changed My lamp; ");
	one = block(place, 0);
	assert_true(json_flag(one, "logMqtt", false));
	assert_string_equal(json_text(one, "type"), "outlet");
	assert_string_equal(json_text(one, "password"), "kept");
	assert_string_equal(json_text(json_object_get(one, "topics"), "extra"), "y");
	assert_string_equal(
		json_text(json_object_get(one, "topics"), "setOn"), "cmnd/lamp1/POWER");
	assert_int_equal(json_array_size(json_object_get(one, "startPub")), 2);
	assert_true(hand_over_basic(place));
	assert_string_equal(place->said, "kept My lamp; ");
	close_place(place);
}

static void
another_device_with_the_same_relay_is_left_alone(void **state)
{
	struct place *place = open_place(
		"{\"accessories\":[{\"accessory\":\"mqttthing\",\"name\":\"Lamp\","
		"\"topics\":{\"setOn\":\"cmnd/lamp2/POWER\"},"
		"\"serialNumber\":\"5CCF7F000000\"}]}");

	(void)state;
	assert_true(hand_over_basic(place));
	assert_string_equal(place->said, "added Lamp 2; ");
	close_place(place);
}

static void
a_password_makes_the_file_the_owners_alone(void **state)
{
	struct place *place = open_place(before);
	OWN_STR text = NULL;

	(void)state;
	place->order.account.user = "hb";
	place->order.account.password = "kanarie";
	place->order.account.ca_file = "/etc/ca.pem";
	assert_true(hand_over_basic(place));
	assert_true(place->result.narrowed);
	assert_int_equal(mode_of(place->path), 0600);
	text = content(place);
	assert_non_null(strstr(text, "\"password\": \"kanarie\""));
	assert_non_null(strstr(text, "mqtts://192.0.2.1"));
	assert_non_null(strstr(text, "\"rejectUnauthorized\": true"));
	close_place(place);
}

static void
a_new_block_needs_an_account_where_the_broker_wants_one(void **state)
{
	struct place *place = open_place(before);
	OWN_STR text = NULL;

	(void)state;
	place->order.needs_account = true;
	assert_false(hand_over_basic(place));
	assert_string_equal(place->err.code->name, "E-HANDOVER-ACCOUNT");
	text = content(place);
	assert_string_equal(text, before);
	close_place(place);
}

static void
a_dry_run_writes_nothing(void **state)
{
	struct place *place = open_place(before);
	OWN_STR text = NULL;

	(void)state;
	place->order.dry_run = true;
	assert_true(hand_over_basic(place));
	assert_int_equal(place->result.added, 1);
	text = content(place);
	assert_string_equal(text, before);
	close_place(place);
}

static bool
take_back(struct place *place, const char *device)
{
	*place->said = '\0';
	homebridge_result_clear(&place->result);
	return homebridge_take_back(
		&place->order, &device, device != NULL, &place->result, &place->err);
}

static void
blocks_are_taken_out_by_topic_and_mac_and_all(void **state)
{
	struct place *place = open_place(before);
	OWN_STR text = NULL;

	(void)state;
	assert_true(hand_over_basic(place));
	assert_true(hand_over(place, "dual", "5CCF7F3D5E27"));
	assert_true(take_back(place, "lamp"));
	assert_true(take_back(place, "stat"));
	assert_int_equal(place->result.removed, 0);
	assert_true(take_back(place, "lamp1"));
	assert_string_equal(place->said, "removed Lamp 2; ");
	assert_true(take_back(place, "5c:cf:7f:3d:5e:27"));
	assert_int_equal(place->result.removed, 2);
	assert_true(hand_over_basic(place));
	assert_true(take_back(place, NULL));
	assert_int_equal(place->result.removed, 1);
	text = content(place);
	assert_non_null(strstr(text, "\"Other\""));
	assert_null(strstr(text, "mqttthing"));
	close_place(place);
}

static const struct {
	const char *text, *code, *says;
} bad[] = {
	{ "{\n  \"a\": 1,\n}\n", "E-HOMEBRIDGE-JSON", ":3:1: " },
	{ "{\n  \"password\": \"kanarie\n}\n", "E-HOMEBRIDGE-JSON", ":2:" },
	{ "", "E-HOMEBRIDGE-JSON", ":1:0: " },
	{ "{\"a\":1,\n\"a\":2}", "E-HOMEBRIDGE-JSON", "duplicate" },
	{ "[1]", "E-HOMEBRIDGE-CONFIG", "not a JSON object" },
	{ "{\"accessories\":{}}", "E-HOMEBRIDGE-CONFIG", "not a list" },
};

static void
a_bad_file_is_told_and_left_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct place *place = open_place(bad[i].text);
		OWN_STR text = NULL;

		assert_false(hand_over_basic(place));
		assert_string_equal(place->err.code->name, bad[i].code);
		if (strstr(place->err.text, bad[i].says) == NULL)
			fail_msg("%s: %s", bad[i].text, place->err.text);
		assert_null(strstr(place->err.text, "kanarie"));
		text = content(place);
		assert_string_equal(text, bad[i].text);
		close_place(place);
	}
}

static void
a_missing_file_is_not_made(void **state)
{
	struct place *place = open_place(before);

	(void)state;
	unlink(place->path);
	assert_false(hand_over_basic(place));
	assert_string_equal(place->err.code->name, "E-HOMEBRIDGE-MISSING");
	close_place(place);
}

static void
a_link_stays_a_link(void **state)
{
	struct place *place = open_place(before);
	OWN_STR link = xasprintf("%s/link", place->directory);
	struct stat info;

	(void)state;
	assert_int_equal(symlink("config.json", link), 0);
	place->order.config_path = link;
	assert_true(hand_over_basic(place));
	assert_int_equal(lstat(link, &info), 0);
	assert_true(S_ISLNK(info.st_mode));
	unlink(link);
	close_place(place);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_block_is_added_and_the_rest_stays),
		cmocka_unit_test(topics_and_values_are_the_devices),
		cmocka_unit_test(the_second_time_nothing_is_written),
		cmocka_unit_test(a_block_keeps_its_name_and_foreign_keys),
		cmocka_unit_test(another_device_with_the_same_relay_is_left_alone),
		cmocka_unit_test(a_password_makes_the_file_the_owners_alone),
		cmocka_unit_test(a_new_block_needs_an_account_where_the_broker_wants_one),
		cmocka_unit_test(a_dry_run_writes_nothing),
		cmocka_unit_test(blocks_are_taken_out_by_topic_and_mac_and_all),
		cmocka_unit_test(a_bad_file_is_told_and_left_alone),
		cmocka_unit_test(a_missing_file_is_not_made),
		cmocka_unit_test(a_link_stays_a_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
