/* SPDX-License-Identifier: MIT */
#include "test/unit/unit.h"

#include <unistd.h>

#include "base/file.h"
#include "device/catalog.h"

/* The catalog of the tree. */
static int
open_catalog(void **state)
{
	OWN_STR path = xasprintf("%s/catalog", getenv("AIRLIFT_SOURCE"));
	struct err err = { 0 };

	*state = catalog_open(path, &err);
	if (*state == NULL)
		print_error("%s\n", err.text);
	return *state != NULL ? 0 : -1;
}

static int
close_catalog(void **state)
{
	catalog_free(*state);
	return 0;
}

static struct device
device(const char *type, const char *firmware)
{
	struct device out = { .kind = DEVICE_DIY };

	strcpy(out.type, type);
	strcpy(out.firmware, firmware);
	return out;
}

static void
ranges_hold_what_begins_with_their_bounds(void **state)
{
	(void)state;
	assert_true(catalog_version_within("3.5", "3.5 - 3.7.5"));
	assert_true(catalog_version_within("3.5.0", "3.5 - 3.7.5"));
	assert_true(catalog_version_within("3.7.5", "3.5 - 3.7.5"));
	assert_true(catalog_version_within("3.7.5.2", "3.5 - 3.7.5"));
	assert_false(catalog_version_within("3.7.6", "3.5 - 3.7.5"));
	assert_false(catalog_version_within("3.4.9", "3.5 - 3.7.5"));
	assert_true(catalog_version_within("3.10", "3.8 - 3"));
	assert_false(catalog_version_within("4.0", "3.8 - 3"));
	assert_true(catalog_version_within("1.4.0", "1"));
	assert_false(catalog_version_within("10.4.0", "1"));
	assert_false(catalog_version_within("", "1"));
	assert_false(catalog_version_within("v3.5", "3 - 3"));
	assert_true(catalog_version_within("3.6.0-beta", "3.5 - 3.7.5"));
}

static void
relays_that_look_alike_share_a_name_and_a_method(void **state)
{
	static const char *const versions[] = { "", "3.3.0", "3.5.1", "3.7.6", "3.8.2" };
	struct catalog_match match;
	char name[DEVICE_MODEL_SIZE];

	for (size_t i = 0; i < COUNT_OF(versions); i++) {
		struct device plug = device("diy_plug", versions[i]);

		catalog_match(*state, &plug, &match);
		assert_true(match.count > 1);
		assert_true(catalog_match_takes(&match, "diy"));
		assert_false(catalog_match_takes(&match, "takeover"));
		assert_string_equal(
			catalog_match_name(&match, name), "Sonoff one-channel relay");
		assert_string_equal(catalog_match_value(&match, "chip"), "esp8285");
	}
}

static void
no_bl602_board_is_ever_taken_for_an_esp8285(void **state)
{
	struct device boards[] = { device("diy_plug", "1.4.0"),
		device("diylight", "1.4.0"), device("diy_plug", ""),
		device("diy_light", "1.4.1"), device("", "1.0.0"), device("", "1.4.0") };
	struct catalog_match match;

	boards[1].many_outlets = boards[2].many_outlets = boards[5].many_outlets = true;
	for (size_t i = 0; i < COUNT_OF(boards); i++) {
		catalog_match(*state, &boards[i], &match);
		assert_true(match.count > 0);
		assert_false(catalog_match_takes(&match, "diy"));
		assert_non_null(catalog_match_value(&match, "refused"));
	}
}

static void
a_dimmer_is_untried_and_unknown_things_are_unknown(void **state)
{
	struct device d1 = device("diylight", "3.5.0"), odd = device("toaster", "3.6.0");
	struct catalog_match match;

	d1.dimmable = true;
	catalog_match(*state, &d1, &match);
	assert_int_equal(match.count, 1);
	assert_true(catalog_match_takes(&match, "diy"));
	assert_non_null(catalog_match_value(&match, "untried"));
	catalog_match(*state, &odd, &match);
	assert_int_equal(match.count, 0);
	assert_false(catalog_match_takes(&match, "diy"));
	catalog_name_device(*state, &d1);
	assert_string_equal(d1.model, "Sonoff D1 dimmer");
}

static void
firmware_rules_follow_version_and_dialect(void **state)
{
	static const struct {
		const char *version;
		enum device_dialect dialect;
		const char *dialect_rule, *deviceid, *data;
	} cases[] = {
		{ "", DIALECT_STRING, "text", "right", "none" },
		{ "", DIALECT_OBJECT, "object", "any", "text" },
		{ "", DIALECT_UNKNOWN, "object", "any", "text" },
		{ "3.1.0", DIALECT_UNKNOWN, "text", "right", "none" },
		{ "3.4.0", DIALECT_OBJECT, "object", "any", "text" },
		{ "3.6.0", DIALECT_OBJECT, "object", "any", "object" },
		{ "3.7.6", DIALECT_OBJECT, "object", "right", "object" },
		{ "3.8.1", DIALECT_OBJECT, "object", "right", "object" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct device plug = device("diy_plug", cases[i].version);
		const struct catalog_section *rule;

		plug.dialect = cases[i].dialect;
		rule = catalog_firmware(*state, &plug);
		assert_string_equal(
			catalog_value(rule, "dialect"), cases[i].dialect_rule);
		assert_string_equal(catalog_value(rule, "deviceid"), cases[i].deviceid);
		assert_string_equal(catalog_value(rule, "data"), cases[i].data);
	}
	assert_null(catalog_firmware(*state, &(struct device){ .firmware = "4.0.0" }));
	assert_null(catalog_firmware(*state, &(struct device){ .firmware = "1.4.0" }));
	assert_null(catalog_value(NULL, "dialect"));
}

/* A catalog of one file with this text; takes the error. */
static void
expect_wrong(const char *text, const char *code, const char *words)
{
	char directory[] = "/tmp/airlift-catalog-XXXXXX";
	struct err err = { 0 };
	OWN_STR path = NULL;

	assert_non_null(mkdtemp(directory));
	path = xasprintf("%s/a.devices", directory);
	assert_true(file_write(path, text, strlen(text), 0600, &err));
	assert_null(catalog_open(directory, &err));
	unlink(path);
	rmdir(directory);
	assert_string_equal(err.code->name, code);
	if (strstr(err.text, words) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", err.text, words);
}

static void
mistakes_are_named_with_their_line(void **state)
{
	(void)state;
	expect_wrong("", "E-CATALOG", "no section");
	expect_wrong("name = x\n", "E-INI", "line 1: a [section]");
	expect_wrong("[x\n", "E-INI", "line 1: a section looks");
	expect_wrong("[x]\nname\n", "E-INI", "line 2: expected");
	expect_wrong("[x]\n indented\n", "E-INI", "line 2: this line continues");
	expect_wrong("[x]\n\nsize = 3\n", "E-INI", "line 3: there is no key");
	expect_wrong("[x]\nname = a\nname = b\n", "E-INI", "line 3: name stands twice");
	expect_wrong("[x]\nname = a\n", "E-INI", "line 1: [x] lacks types");
	expect_wrong("[x]\noutlets = two\n", "E-INI", "line 2: outlets is one of");
	expect_wrong("[x]\ntypes = <b>\n", "E-INI", "line 2: types can not be");
	expect_wrong("[x]\nname =\n", "E-INI", "line 2: name has no value");
	expect_wrong("[x]\nname = \xff\n", "E-INI", "not UTF-8");
	expect_wrong("[x]\nname=a\ntypes=b\nmethods=none\nknown-by=c\n", "E-INI",
		"go together");
	expect_wrong("[x]\nname=a\ntypes=b\nmethods=diy\nknown-by=c\n[x]\n", "E-INI",
		"line 6: [x] is there already");
}

static void
a_missing_catalog_is_its_own_error(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_null(catalog_open("/nonexistent/catalog", &err));
	assert_string_equal(err.code->name, "E-CATALOG-MISSING");
	setenv("AIRLIFT_CATALOG", "/elsewhere", 1);
	assert_null(catalog_open(NULL, &err));
	unsetenv("AIRLIFT_CATALOG");
	assert_non_null(strstr(err.text, "/elsewhere"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_hold_what_begins_with_their_bounds),
		cmocka_unit_test(relays_that_look_alike_share_a_name_and_a_method),
		cmocka_unit_test(no_bl602_board_is_ever_taken_for_an_esp8285),
		cmocka_unit_test(a_dimmer_is_untried_and_unknown_things_are_unknown),
		cmocka_unit_test(firmware_rules_follow_version_and_dialect),
		cmocka_unit_test(mistakes_are_named_with_their_line),
		cmocka_unit_test(a_missing_catalog_is_its_own_error),
	};

	return cmocka_run_group_tests(tests, open_catalog, close_catalog);
}
