/* SPDX-License-Identifier: MIT */
#include "test/unit/unit.h"

#include "sim/flash_image.h"
#include "sim/image_maker.h"

enum { SIZE = 0x14000 };

static uint8_t *
make(struct image_plan *plan)
{
	if (plan->program == NULL)
		plan->program = "Tasmota";
	if (plan->variant == NULL)
		plan->variant = "lite";
	if (plan->version == 0)
		plan->version = 0x0E010000;
	plan->version_text = "14.1.0";
	plan->size = SIZE;
	return image_make(plan);
}

static void
a_good_image_starts_and_tells_what_it_is(void **state)
{
	struct image_plan plan = { .mode = 3, .wifi = true };
	struct flash_image found;
	uint8_t *bytes = make(&plan);

	(void)state;
	flash_image_read(bytes, SIZE, &found);
	assert_string_equal(found.why_not, "");
	assert_true(found.starts);
	assert_string_equal(found.program, "Tasmota");
	assert_string_equal(found.variant, "lite");
	assert_string_equal(found.version, "14.1.0");
	assert_true(found.has_wifi_data);
	free(bytes);
}

/* The layout by its documented offsets, not by our reader. */
static void
a_good_image_is_laid_out_as_documented(void **state)
{
	static const uint8_t eboot[] = { 0xE9, 1, 3, 0x20, 0xE4, 0xF3, 0x10, 0x40, 0x00,
		0xF0, 0x10, 0x40, 0x00, 0x0E, 0, 0 };
	static const uint8_t application[] = { 0xE9, 5, 3, 0x20, 0x04, 0x00, 0x10, 0x40,
		0x10, 0x10, 0x20, 0x40 };
	struct image_plan plan = { .mode = 3 };
	uint8_t *bytes = make(&plan), sum = 0xEF;

	(void)state;
	assert_memory_equal(bytes, eboot, sizeof eboot);
	for (size_t i = 0; i < 0xE00; i++)
		sum ^= bytes[16 + i];
	assert_int_equal(bytes[0xE1F], sum);
	for (size_t i = 0xE20; i < 0x1000; i++)
		assert_int_equal(bytes[i], 0xAA);
	assert_memory_equal(bytes + 0x1000, application, sizeof application);
	assert_non_null(
		memmem(bytes, SIZE, "(release-%s)\0lite", strlen("(release-%s)") + 6));
	free(bytes);
}

static void
core_3_words_do_not_disturb(void **state)
{
	struct image_plan plan = { .mode = 3, .core3_crc = true };
	struct flash_image found;
	uint8_t *bytes = make(&plan);

	(void)state;
	assert_int_equal(bytes[0x1010] | bytes[0x1011] << 8 | bytes[0x1012] << 16, SIZE);
	flash_image_read(bytes, SIZE, &found);
	assert_true(found.starts);
	bytes[0x1010] ^= 1;
	flash_image_read(bytes, SIZE, &found);
	assert_false(found.starts);
	free(bytes);
}

static void
damage_is_fatal(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
		const char *why;
	} cases[] = {
		{ 0, 0xEA, "the boot loader has no E9 in front" },
		{ 1, 0, "the boot loader has an impossible number of segments" },
		{ 1, 17, "the boot loader has an impossible number of segments" },
		{ 2, 0, "flash mode byte 0 is not DOUT" },
		{ 2, 2, "flash mode byte 2 is not DOUT" },
		{ 6, 0x00, "the boot loader starts outside of what it loads" },
		{ 8, 0x02, "the boot loader has a segment that is not word aligned" },
		{ 11, 0x20, "the boot loader has a segment outside of RAM" },
		{ 14, 0xFF, "the boot loader ends inside a segment" },
		{ 0x1000, 0xFF, "the application has no E9 in front" },
		{ 0x1009, 0x20,
			"the application has its flash part at another place than linked" },
		{ SIZE - 1, 0, "the application has a wrong checksum" },
	};
	struct image_plan plan = { .mode = 3 };
	struct flash_image found;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint8_t *bytes = make(&plan);

		if (bytes[cases[i].at] == cases[i].value)
			fail_msg("case %zu changes nothing", i);
		bytes[cases[i].at] = cases[i].value;
		flash_image_read(bytes, SIZE, &found);
		assert_false(found.starts);
		assert_string_equal(found.why_not, cases[i].why);
		free(bytes);
	}
}

static void
every_cut_is_survived(void **state)
{
	struct image_plan plan = { .mode = 3 };
	struct flash_image found;
	uint8_t *bytes = make(&plan);

	(void)state;
	for (size_t len = 0; len < SIZE; len = len < 0x1100 ? len + 1 : len + 1021) {
		/* Bytes of its own, so that a sanitizer sees a step too far. */
		uint8_t *cut = malloc(len + 1);

		memcpy(cut, bytes, len);
		flash_image_read(cut, len, &found);
		assert_false(found.starts);
		free(cut);
	}
	free(bytes);
}

static void
versions_and_variants_are_found(void **state)
{
	static const struct {
		uint32_t word;
		const char *text, *variant;
	} cases[] = { { 0x05090100, "5.9.1", "minimal" },
		{ 0x08050000, "8.5.0", "sensors" }, { 0x0F050002, "15.5.0", "tasmota" } };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct image_plan plan = {
			.mode = 3, .version = cases[i].word, .variant = cases[i].variant
		};
		struct flash_image found;
		uint8_t *bytes = make(&plan);

		flash_image_read(bytes, SIZE, &found);
		assert_string_equal(found.version, cases[i].text);
		assert_int_equal(found.version_word, cases[i].word);
		assert_string_equal(found.variant, cases[i].variant);
		assert_false(found.has_wifi_data);
		free(bytes);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_image_starts_and_tells_what_it_is),
		cmocka_unit_test(a_good_image_is_laid_out_as_documented),
		cmocka_unit_test(core_3_words_do_not_disturb),
		cmocka_unit_test(damage_is_fatal),
		cmocka_unit_test(every_cut_is_survived),
		cmocka_unit_test(versions_and_variants_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
