/* What each method takes: limits, overrides, files that are good for another device. */
/* SPDX-License-Identifier: MIT */
#include "firmware/accept.h"
#include "test/unit/image_maker.h"

static void
more_than_any_firmware_in_a_gzip(void **state)
{
	OWN(made) zeros = { 0 };

	(void)state;
	made_add(&zeros, NULL, IMAGE_BYTES_MOST + 1);
	OWN(made) bomb = make_gzip(&zeros, 9);
	OWN(made) twice = make_gzip(&bomb, 9);
	OWN_NEW(image) one = image_parse("x.gz", bomb.bytes, bomb.len);
	OWN_NEW(image) two = image_parse("x.gz", twice.bytes, twice.len);
	struct err err = { 0 };

	assert_false(accept_image(one, "tasmota", NULL, NULL, &err));
	assert_string_equal(err.code->name, "E-IMAGE-GZIP-TOO-LARGE");
	assert_false(accept_image(two, "tasmota", NULL, NULL, &err));
	assert_string_equal(err.code->name, "E-IMAGE-GZIP-NESTED");
}

static void
esp32_files_are_refused(void **state)
{
	static const struct {
		uint16_t chip;
		uint32_t entry, address;
	} chips[] = {
		{ 0, 0x40081080, 0x3f400020 },
		{ 2, 0x40024000, 0x3f000020 },
		{ 5, 0x40381380, 0x3c000020 },
		{ 9, 0x40376000, 0x3c000020 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(chips); i++) {
		OWN(made)
		made = make_esp32(chips[i].chip, chips[i].entry, chips[i].address);
		OWN(made) packed = make_gzip(&made, 6);
		OWN_NEW(image) image = image_parse("x", made.bytes, made.len);
		OWN_NEW(image) gzip = image_parse("x", packed.bytes, packed.len);

		for (size_t k = 0; accept_methods[k] != NULL; k++) {
			struct err err = { 0 };

			assert_false(
				accept_image(image, accept_methods[k], NULL, NULL, &err));
			assert_string_equal(err.code->name, "E-IMAGE-ESP32");
			assert_false(
				accept_image(gzip, accept_methods[k], NULL, NULL, &err));
		}
	}
}

static void
exact_limits(void **state)
{
	static const struct {
		const char *method;
		size_t len;
		bool accepted, warned;
	} sizes[] = {
		{ "diy", 99984, false, false },
		{ "diy", 100000, true, false },
		{ "diy", 507984, true, false },
		{ "diy", 508000, true, true },
		{ "diy", 520192, true, true },
		{ "diy", 520208, false, false },
		{ "takeover", 524288, true, false },
		{ "takeover", 524304, false, false },
		{ "tasmota", 524304, true, false },
		{ "tasmota", 536576, true, false },
		{ "tasmota", 536592, true, true },
		{ "tasmota", 609536, true, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		OWN(made) made = make_arduino(&(struct recipe){ .len = sizes[i].len });
		OWN_NEW(image) image = image_parse("x", made.bytes, made.len);
		char warning[ACCEPT_WARNING_SIZE];

		print_message("# %s %zu\n", sizes[i].method, sizes[i].len);
		assert_int_equal(made.len, sizes[i].len);
		assert_int_equal(
			accept_image(image, sizes[i].method, NULL, warning, NULL),
			sizes[i].accepted);
		assert_int_equal(warning[0] != '\0', sizes[i].warned);
	}
}

static void
overrides_lift_one_refusal_each(void **state)
{
	OWN(made) foreign = make_arduino(&(struct recipe){ TEXT("Blink") });
	OWN(made)
	larger = make_arduino(&(struct recipe){ TEXT("Blink"), .size_speed = 0x40 });
	OWN_NEW(image) one = image_parse("x", foreign.bytes, foreign.len);
	OWN_NEW(image) two = image_parse("x", larger.bytes, larger.len);
	const struct accept_overrides program = { .allow_foreign = true };
	const struct accept_overrides both = { true, true };
	char warning[ACCEPT_WARNING_SIZE];
	struct err err = { 0 };

	(void)state;
	assert_true(accept_image(one, "diy", &program, warning, &err));
	assert_true(warning[0] != '\0');
	assert_false(accept_image(two, "diy", &program, warning, &err));
	assert_string_equal(err.code->name, "E-IMAGE-FLASH-SIZE");
	assert_true(accept_image(two, "diy", &both, warning, &err));
}

/* Minimal is a step for a device that runs Tasmota already; a name only counts where the
 * content says nothing. */
static void
minimal_by_method_and_name(void **state)
{
	OWN(made)
	minimal = make_arduino(&(struct recipe){ TEXT("Tasmota\0minimal\0(%s)") });
	OWN(made) silent = make_arduino(&(struct recipe){ TEXT("Tasmota") });
	OWN(made) lite = make_arduino(&(struct recipe){ 0 });
	OWN_NEW(image) one = image_parse("a.bin", minimal.bytes, minimal.len);
	OWN_NEW(image)
	two = image_parse("tasmota-minimal.bin", silent.bytes, silent.len);
	OWN_NEW(image) three = image_parse("not-minimal.bin", lite.bytes, lite.len);
	char warning[ACCEPT_WARNING_SIZE];

	(void)state;
	assert_true(accept_image(one, "tasmota", NULL, warning, NULL));
	assert_non_null(strstr(warning, "only a step"));
	assert_false(accept_image(two, "diy", NULL, warning, NULL));
	assert_true(accept_image(three, "diy", NULL, warning, NULL));
}

static void
tables_and_unknown_methods(void **state)
{
	OWN_NEW(image) image = image_parse("x", (const uint8_t *)"x", 1);
	struct accept_limits limits;
	struct err err = { 0 };

	(void)state;
	for (size_t i = 0; accept_methods[i] != NULL; i++) {
		assert_true(accept_limits(accept_methods[i], &limits));
		assert_true(limits.least < limits.most);
	}
	assert_false(accept_limits("rumour", &limits));
	assert_false(accept_image(image, "rumour", NULL, NULL, &err));
	assert_string_equal(err.code->name, "E-USAGE");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(more_than_any_firmware_in_a_gzip),
		cmocka_unit_test(esp32_files_are_refused),
		cmocka_unit_test(exact_limits),
		cmocka_unit_test(overrides_lift_one_refusal_each),
		cmocka_unit_test(minimal_by_method_and_name),
		cmocka_unit_test(tables_and_unknown_methods),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
