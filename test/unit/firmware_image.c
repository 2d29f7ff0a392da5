/* Good images of every kind, and what is said about them. */
/* SPDX-License-Identifier: MIT */
#include "firmware/accept.h"
#include "firmware/image.h"
#include "test/unit/image_maker.h"

static struct image *
parse(const struct made *made)
{
	return image_parse("dir/test.bin", made->bytes, made->len);
}

static void
assert_sound(const struct image *image)
{
	const struct image_flaw *fault = image_fault(image);

	if (fault != NULL)
		print_error("%s: %s\n", fault->code->name, fault->text);
	assert_null(fault);
}

static const struct good {
	const char *name;
	struct recipe recipe;
	const char *program, *variant, *version;
	bool has_crc;
} goods[] = {
	{ "today's lite", { 0 }, "Tasmota", "lite", "14.1.0", false },
	{ "eboot of 2018", { .eboot_len = 0x568 }, "Tasmota", "lite", "14.1.0", false },
	{ "newest eboot", { .eboot_len = 0xd50, .eboot_data_len = 40 }, "Tasmota", "lite",
		"14.1.0", false },
	{ "four segments", { .four_segments = true }, "Tasmota", "lite", "14.1.0",
		false },
	{ "core 3", { .core3 = true }, "Tasmota", "lite", "14.1.0", true },
	{ "80 MHz", { .size_speed = 0x2f }, "Tasmota", "lite", "14.1.0", false },
	{ "version with a build number", { .version = 0x0e010003 }, "Tasmota", "lite",
		"14.1.0.3", false },
	{ "no version", { .version = 1 }, "Tasmota", "lite", "", false },
	{ "a bit mask is no version", { .version = 0x08000000 }, "Tasmota", "lite", "",
		false },
	{ "before 6.0", { TEXT("Sonoff"), .version = 0x05090100 }, "Tasmota", "", "5.9.1",
		false },
	{ "variant by its update address",
		{ TEXT("Tasmota\0http://x/release/tasmota-sensors.bin.gz") }, "Tasmota",
		"sensors", "14.1.0", false },
	{ "the full build", { TEXT("Tasmota\0tasmota\0(release-%s)") }, "Tasmota",
		"tasmota", "14.1.0", false },
	{ "ESPHome", { TEXT("ESPHome version 2024.5.0 compiled on"), .core3 = true },
		"ESPHome", "", "2024.5.0", true },
	{ "ESPurna", { TEXT("ESPURNA") }, "ESPurna", "", "", false },
};

static void
good_images_are_understood(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(goods); i++) {
		OWN(made) made = make_arduino(&goods[i].recipe);
		OWN_NEW(image) image = parse(&made);
		char warning[ACCEPT_WARNING_SIZE];
		struct err err = { 0 };

		print_message("# %s\n", goods[i].name);
		assert_sound(image);
		assert_int_equal(image->flaw_count, 0);
		assert_int_equal(image->format, IMAGE_ARDUINO);
		assert_string_equal(image->chip, "esp8266");
		assert_string_equal(image->name, "test.bin");
		assert_int_equal(image->part_count, 2);
		assert_int_equal(image->parts[1].offset, 0x1000);
		assert_int_equal(image->parts[1].end, image->len);
		assert_true(image->parts[1].segments[0].mapped);
		assert_false(image->parts[1].segments[1].mapped);
		assert_string_equal(image->program, goods[i].program);
		assert_string_equal(image->variant, goods[i].variant);
		assert_string_equal(image->version, goods[i].version);
		assert_int_equal(image->has_crc, goods[i].has_crc);
		assert_int_equal(image->crc_is_good, goods[i].has_crc);
		assert_true(accept_image(image, "diy", NULL, warning, &err));
		assert_string_equal(warning, "");
		assert_true(accept_image(image, "takeover", NULL, warning, &err));
	}
}

static void
both_ways_of_counting_core_3_words_are_good(void **state)
{
	unsigned found = 0;

	(void)state;
	for (size_t len = 120000; len < 120000 + 6 * 16; len += 16) {
		OWN(made)
		made = make_arduino(&(struct recipe){ .core3 = true,
			.core3_counted = true,
			.len = len,
			.mode = 0x80 | FLASH_QIO });
		uint8_t stored = made.bytes[made.len - 1];
		OWN_NEW(image) image = parse(&made);

		made_sum_again(&made, 0x1000);
		if (made.bytes[made.len - 1] != stored)
			continue; /* no such file of this length exists */
		found++;
		OWN_NEW(image) fixed = image_with_dout(image);
		assert_sound(image);
		assert_true(image->crc_is_good);
		assert_sound(fixed);
		assert_true(fixed->crc_is_good);
	}
	assert_true(found > 0);
}

static void
update_files_are_understood(void **state)
{
	(void)state;
	for (unsigned slot = 0; slot < 2; slot++) {
		OWN(made) made = make_update(slot, 0x32770, false, true);
		OWN_NEW(image) image = parse(&made);

		assert_sound(image);
		assert_int_equal(image->format, IMAGE_V2);
		assert_int_equal(image->len, 239220); /* as SonOTA's */
		assert_int_equal(image->flash_part_len, 0x32770);
		assert_int_equal(image->parts[0].offset, 0x32780);
		assert_int_equal(image->parts[0].entry, 0x40100004);
		assert_int_equal(image->parts[0].segment_count, 3);
		assert_int_equal(image->parts[0].segments[1].address, 0x3ffe8380);
		assert_int_equal(image->fits_slot[slot], true);
		assert_int_equal(image->fits_slot[1 - slot], false);
		assert_true(image->has_crc && image->crc_is_good);
	}
}

static void
an_update_file_for_both_slots(void **state)
{
	OWN(made) made = make_update(0, 0x1000, true, true);
	OWN_NEW(image) image = parse(&made);

	(void)state;
	assert_sound(image);
	assert_true(image->fits_slot[0] && image->fits_slot[1]);
}

static void
an_update_file_without_crc_is_remarked(void **state)
{
	OWN(made) made = make_update(0, 0x1000, false, false);
	OWN_NEW(image) image = parse(&made);

	(void)state;
	assert_sound(image);
	assert_int_equal(image->flaw_count, 1);
	assert_string_equal(image->flaws[0].code->name, "W-IMAGE-NO-CRC");
}

static void
odd_filler_is_only_remarked(void **state)
{
	OWN(made) made = make_arduino(&(struct recipe){ 0 });
	struct err err = { 0 };

	(void)state;
	made.bytes[0xff0] = 0;
	OWN_NEW(image) image = parse(&made);
	assert_sound(image);
	assert_string_equal(image->flaws[0].code->name, "W-IMAGE-FILLER");
	assert_true(accept_image(image, "diy", NULL, NULL, &err));
}

static void
gzip_is_good_for_tasmota_only(void **state)
{
	OWN(made) content = make_arduino(&(struct recipe){ 0 });
	OWN(made) made = make_gzip(&content, 9);
	OWN_NEW(image) image = parse(&made);
	struct err err = { 0 };

	(void)state;
	assert_sound(image);
	assert_int_equal(image->format, IMAGE_GZIP);
	assert_int_equal(image->inner->len, content.len);
	assert_string_equal(image->variant, "lite");
	assert_ptr_equal(image_content(image), image->inner);
	assert_true(accept_image(image, "tasmota", NULL, NULL, &err));
	assert_false(accept_image(image, "diy", NULL, NULL, &err));
	assert_string_equal(err.code->name, "E-IMAGE-GZIP");
}

static void
esp32_is_described(void **state)
{
	OWN(made) made = make_esp32(5, 0x40381380, 0x3c000020);
	OWN_NEW(image) image = parse(&made);

	(void)state;
	assert_sound(image);
	assert_int_equal(image->format, IMAGE_ESP32);
	assert_string_equal(image->chip, "esp32-c3");
	assert_string_equal(image->program, "tasmota32");
	assert_string_equal(image->version, "14.1.0");
}

static void
a_file_for_the_whole_esp32_flash(void **state)
{
	OWN(made) application = make_esp32(0, 0x40081080, 0x3f400020);
	OWN(made) made = { 0 };

	(void)state;
	made_add(&made, NULL, 0x1000);
	memset(made.bytes, 0xff, 0x1000);
	made_add(&made, application.bytes, application.len);
	OWN_NEW(image) image = parse(&made);
	assert_int_equal(image->format, IMAGE_ESP32);
	assert_string_equal(image->chip, "esp32");
}

static void
a_wrong_mode_can_be_corrected(void **state)
{
	static const bool core3[] = { false, true };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(core3); i++) {
		OWN(made)
		made = make_arduino(
			&(struct recipe){ .mode = 0x80 | FLASH_QIO, .core3 = core3[i] });
		OWN_NEW(image) image = parse(&made);
		OWN_NEW(image) fixed = image_with_dout(image);
		struct err err = { 0 };

		assert_sound(image);
		assert_true(image_needs_dout(image));
		assert_false(accept_image(image, "diy", NULL, NULL, &err));
		assert_string_equal(err.code->name, "E-IMAGE-FLASH-MODE");
		assert_non_null(strstr(err.remedy, "--fix-flash-mode"));
		assert_int_equal(image->bytes[2], FLASH_QIO);
		assert_sound(fixed);
		assert_false(image_needs_dout(fixed));
		assert_int_equal(fixed->len, image->len);
		assert_string_not_equal(fixed->sha256, image->sha256);
		assert_true(accept_image(fixed, "diy", NULL, NULL, &err));
	}
}

static void
names_are_made_printable(void **state)
{
	OWN_NEW(image) image = image_parse("a/b\033[2J.bin", (const uint8_t *)"x", 1);

	(void)state;
	assert_string_equal(image->name, "b\\x1b[2J.bin");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_images_are_understood),
		cmocka_unit_test(both_ways_of_counting_core_3_words_are_good),
		cmocka_unit_test(update_files_are_understood),
		cmocka_unit_test(an_update_file_for_both_slots),
		cmocka_unit_test(an_update_file_without_crc_is_remarked),
		cmocka_unit_test(odd_filler_is_only_remarked),
		cmocka_unit_test(gzip_is_good_for_tasmota_only),
		cmocka_unit_test(esp32_is_described),
		cmocka_unit_test(a_file_for_the_whole_esp32_flash),
		cmocka_unit_test(a_wrong_mode_can_be_corrected),
		cmocka_unit_test(names_are_made_printable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
