/* SPDX-License-Identifier: MIT */
#include "flash/upgrade_plan.h"

#include "test/unit/unit.h"

enum { KIB = 1024 };

/* Only what the plan looks at; compressible like real code is not. */
static struct image
image_of(size_t len, const char *version, const char *variant)
{
	struct image image = {
		.name = "tasmota.bin", .len = len, .format = IMAGE_ARDUINO
	};

	image.bytes = xmalloc(len);
	for (size_t i = 0; i < len; i++)
		image.bytes[i] = (uint8_t)((i * 2654435761U) >> 13 &
			(i % 3 == 0 ? 0 : 255));
	strcpy(image.version, version);
	strcpy(image.variant, variant);
	return image;
}

static struct tasmota_state
device(const char *version, int64_t free_kib)
{
	struct tasmota_state state;

	tasmota_state_init(&state);
	strcpy(state.version, version);
	state.has_memory = true;
	state.free_kib = free_kib;
	return state;
}

static const struct upgrade_wishes no_wishes;

static void
what_fits_goes_as_it_is(void **state)
{
	struct image lite = image_of(480 * KIB, "14.1.0", "lite");
	struct tasmota_state now = device("9.2.0(lite)", 524);
	struct upgrade_plan plan;

	(void)state;
	assert_true(upgrade_plan_make(&now, &lite, &no_wishes, &plan, NULL));
	assert_ptr_equal(plan.send, &lite);
	assert_null(plan.packed);
	assert_false(plan.needs_minimal);
	upgrade_plan_clear(&plan);
	free(lite.bytes);
}

static void
another_chip_is_left_alone(void **state)
{
	static const struct {
		const char *hardware;
		bool fits;
	} chips[] = { { "", true }, { "ESP8285N08", true }, { "ESP8266EX", true },
		{ "ESP32-D0WD-V3 v3.0", false }, { "ESP32-C3", false } };
	struct image lite = image_of(480 * KIB, "14.1.0", "lite");

	(void)state;
	for (size_t i = 0; i < COUNT_OF(chips); i++) {
		struct tasmota_state now = device("13.2.0(tasmota)", 524);
		struct upgrade_plan plan;
		struct err err = { 0 };

		strcpy(now.hardware, chips[i].hardware);
		assert_int_equal(upgrade_plan_make(&now, &lite, &no_wishes, &plan, &err),
			chips[i].fits);
		if (!chips[i].fits)
			assert_string_equal(err.code->name, "E-UPGRADE-CHIP");
		upgrade_plan_clear(&plan);
	}
	free(lite.bytes);
}

static void
what_only_fits_compressed_is_compressed(void **state)
{
	struct image full = image_of(609 * KIB, "14.1.0", "tasmota");
	struct tasmota_state now = device("9.2.0(lite)", 524),
			     old = device("8.1.0(lite)", 524);
	struct upgrade_plan plan;
	struct err err = { 0 };

	(void)state;
	assert_true(upgrade_plan_make(&now, &full, &no_wishes, &plan, NULL));
	assert_non_null(plan.packed);
	assert_ptr_equal(plan.send, plan.packed);
	assert_int_equal(plan.packed->format, IMAGE_GZIP);
	assert_int_equal(image_content(plan.packed)->len, full.len);
	assert_memory_equal(image_content(plan.packed)->bytes, full.bytes, full.len);
	upgrade_plan_clear(&plan);
	assert_false(upgrade_plan_make(&old, &full, &no_wishes, &plan, &err));
	assert_string_equal(err.code->name, "E-UPGRADE-ROOM");
	upgrade_plan_clear(&plan);
	free(full.bytes);
}

static void
the_minimal_build_makes_room(void **state)
{
	struct image full = image_of(590 * KIB, "9.1.0", "tasmota");
	struct image minimal = image_of(360 * KIB, "9.1.0", "minimal");
	struct tasmota_state now = device("8.1.0(tasmota)", 416);
	struct upgrade_wishes wishes = { .minimal = &minimal };
	struct upgrade_plan plan;
	struct err err = { 0 };

	(void)state;
	assert_true(upgrade_plan_make(&now, &full, &wishes, &plan, NULL));
	assert_true(plan.needs_minimal);
	assert_ptr_equal(plan.send, &full);
	upgrade_plan_clear(&plan);
	minimal.len = 417 * KIB;
	assert_false(upgrade_plan_make(&now, &full, &wishes, &plan, &err));
	assert_string_equal(err.code->name, "E-UPGRADE-ROOM");
	upgrade_plan_clear(&plan);
	free(full.bytes);
	free(minimal.bytes);
}

static void
an_upload_has_one_sector_less(void **state)
{
	struct image image = image_of(500 * KIB, "9.1.0", "tasmota");
	struct upgrade_wishes upload = { .by_upload = true };
	struct tasmota_state exact = device("8.1.0(tasmota)", 500),
			     more = device("8.1.0(tasmota)", 504);
	struct upgrade_plan plan;

	(void)state;
	assert_true(upgrade_plan_make(&exact, &image, &no_wishes, &plan, NULL));
	assert_false(upgrade_plan_make(&exact, &image, &upload, &plan, NULL));
	assert_true(upgrade_plan_make(&more, &image, &upload, &plan, NULL));
	free(image.bytes);
}

static void
compressed_files_wait_for_8_2(void **state)
{
	struct image raw = image_of(400 * KIB, "8.1.0", "lite");
	struct image *packed = image_compressed(&raw);
	struct tasmota_state old = device("8.1.0(lite)", 500),
			     young = device("8.2.0", 500);
	struct upgrade_plan plan;
	struct err err = { 0 };

	(void)state;
	assert_false(upgrade_plan_make(&old, packed, &no_wishes, &plan, &err));
	assert_string_equal(err.code->name, "E-UPGRADE-GZIP");
	assert_true(upgrade_plan_make(&young, packed, &no_wishes, &plan, NULL));
	image_free(packed);
	free(raw.bytes);
}

static void
old_releases_go_step_by_step(void **state)
{
	static const struct {
		const char *now, *wanted;
		bool may;
	} rows[] = {
		{ "5.9.1", "14.1.0", false },
		{ "5.9.1", "5.14.0", true },
		{ "5.14.0", "6.7.1", true },
		{ "5.14.0", "7.2.0", false },
		{ "6.7.1", "7.2.0", true },
		{ "7.2.0(tasmota)", "8.5.1", true },
		{ "7.2.0(tasmota)", "9.1.0", false },
		{ "8.1.0(tasmota)", "15.2.0", true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct image image = image_of(400 * KIB, rows[i].wanted, "lite");
		struct tasmota_state now = device(rows[i].now, 500);
		struct upgrade_wishes jump = { .allow_jump = true };
		struct upgrade_plan plan;
		struct err err = { 0 };

		assert_int_equal(upgrade_plan_make(&now, &image, &no_wishes, &plan, &err),
			rows[i].may);
		if (!rows[i].may)
			assert_string_equal(err.code->name, "E-UPGRADE-STEP");
		assert_true(upgrade_plan_make(&now, &image, &jump, &plan, NULL));
		free(image.bytes);
	}
}

static void
version_and_build_must_be_the_image_s(void **state)
{
	struct image lite = { .version = "14.1.0", .variant = "lite" };
	struct image full = { .version = "14.1.0", .variant = "tasmota" };

	(void)state;
	assert_true(upgrade_is_it(&lite, "14.1.0(release-lite)", "9.2.0(lite)"));
	assert_false(upgrade_is_it(&lite, "14.1.0(release-tasmota)", "9.2.0(lite)"));
	assert_false(upgrade_is_it(&lite, "14.1.0.1(lite)", "9.2.0(lite)"));
	assert_false(upgrade_is_it(&lite, "9.2.0(lite)", "9.2.0(lite)"));
	assert_true(upgrade_is_it(&full, "14.1.0(tasmota)", "9.2.0(lite)"));
	assert_true(upgrade_is_it(&full, "14.1.0", "9.2.0(lite)"));
	assert_false(upgrade_is_it(&full, "14.1.0(minimal)", "9.2.0(lite)"));
	assert_false(upgrade_is_it(&full, "<html>", "9.2.0(lite)"));
	full.version_is_a_guess = true;
	assert_true(upgrade_is_it(&full, "14.2.0(tasmota)", "9.2.0(lite)"));
	assert_false(upgrade_is_it(&full, "13.2.0(tasmota)", "13.2.0(tasmota)"));
	assert_false(upgrade_is_it(&full, "14.2.0(tasmota)", NULL));
	assert_true(upgrade_is_it(&full, "14.1.0(tasmota)", NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_fits_goes_as_it_is),
		cmocka_unit_test(another_chip_is_left_alone),
		cmocka_unit_test(what_only_fits_compressed_is_compressed),
		cmocka_unit_test(the_minimal_build_makes_room),
		cmocka_unit_test(an_upload_has_one_sector_less),
		cmocka_unit_test(compressed_files_wait_for_8_2),
		cmocka_unit_test(old_releases_go_step_by_step),
		cmocka_unit_test(version_and_build_must_be_the_image_s),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
