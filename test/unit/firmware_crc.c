/* CRC words and header layouts, pinned by bytes of public files. */
/* SPDX-License-Identifier: MIT */
#include "firmware/crc.h"
#include "firmware/image.h"
#include "test/unit/golden.h"
#include "test/unit/image_maker.h"

static uint32_t
golden_number(const char *name)
{
	OWN_STR text = golden_line("images/sums.txt", name);

	return (uint32_t)strtoul(text, NULL, 16);
}

static void
golden_bytes(const char *name, struct made *out)
{
	OWN_STR text = golden_line("images/heads.txt", name);

	for (size_t i = 0; text[i] != '\0' && text[i + 1] != '\0'; i += 2) {
		char pair[3] = { text[i], text[i + 1], '\0' };
		uint8_t byte = (uint8_t)strtoul(pair, NULL, 16);

		made_add(out, &byte, 1);
	}
}

static void
published_check_values(void **state)
{
	/* Eight bytes in the middle count as zeros: here they are zeros. */
	static const uint8_t hole[] = { 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 3 };
	uint8_t other[sizeof hole];
	const uint8_t *digits = (const uint8_t *)"123456789";

	(void)state;
	assert_int_equal(
		crc_arduino(digits, 9, SIZE_MAX / 2), golden_number("core3-of-digits"));
	assert_int_equal(made_crc_msb(digits, 9), golden_number("core3-of-digits"));
	assert_int_equal(crc_vendor(digits, 9), golden_number("vendor-of-digits"));
	assert_int_equal(
		crc_vendor((const uint8_t *)"abc", 3), golden_number("vendor-of-abc"));
	memcpy(other, hole, sizeof hole);
	memset(other + 2, 0x77, 8);
	assert_int_equal(
		crc_arduino(other, sizeof other, 2), made_crc_msb(hole, sizeof hole));
}

static void
the_boot_loader_of_tasmota_lite(void **state)
{
	OWN(made) made = { 0 };

	(void)state;
	golden_bytes("tasmota-lite-8.2.0", &made);
	made_zeros(&made, 0x4010f000, 0xe00);
	made_close(&made, 0);
	OWN_NEW(image) image = image_parse("x", made.bytes, made.len);
	assert_int_equal(image->format, IMAGE_V1);
	assert_int_equal(image->parts[0].entry, 0x4010f3e4);
	assert_int_equal(image->parts[0].flash_mode_byte, FLASH_DOUT);
	assert_string_equal(
		image_flash_size_name(image->parts[0].size_speed_byte), "1 MiB");
	assert_string_equal(
		image_flash_speed_name(image->parts[0].size_speed_byte), "40 MHz");
	assert_null(image_fault(image));
}

static void
the_update_files_of_2018(void **state)
{
	static const size_t lengths[] = { 884, 2892, 28684 };
	OWN(made) made = { 0 };
	char name[32];

	(void)state;
	golden_bytes("sonota-ea", &made);
	golden_bytes("sonota-ea-length", &made);
	made_add(&made, NULL, 0x32770);
	golden_bytes("sonota-e9", &made);
	for (size_t i = 0; i < COUNT_OF(lengths); i++) {
		snprintf(name, sizeof name, "sonota-segment-%zu", i + 1);
		golden_bytes(name, &made);
		made_add(&made, NULL, lengths[i]);
	}
	made_close(&made, 0x32780);
	made_add32(&made, crc_vendor(made.bytes, made.len));
	OWN_NEW(image) image = image_parse("x", made.bytes, made.len);
	assert_int_equal(image->len, 239220);
	assert_int_equal(image->format, IMAGE_V2);
	assert_null(image_fault(image));
	assert_int_equal(image->parts[0].segments[1].address, 0x3ffe8380);
	assert_string_equal(
		image_flash_mode_name(image->parts[0].flash_mode_byte), "QIO");
}

static void
headers_of_the_esp32_family(void **state)
{
	static const char *const chips[] = { "esp32", "esp32-c3" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(chips); i++) {
		OWN(made) made = { 0 };

		golden_bytes(chips[i], &made);
		made_add(&made, NULL, 256);
		OWN_NEW(image) image = image_parse("x", made.bytes, made.len);
		assert_int_equal(image->format, IMAGE_ESP32);
		assert_string_equal(image->chip, chips[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_check_values),
		cmocka_unit_test(the_boot_loader_of_tasmota_lite),
		cmocka_unit_test(the_update_files_of_2018),
		cmocka_unit_test(headers_of_the_esp32_family),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
