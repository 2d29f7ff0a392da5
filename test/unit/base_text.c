/* SPDX-License-Identifier: MIT */
#include "test/unit/unit.h"

#include "base/text.h"

static void
what_commands_a_terminal_is_escaped(void **state)
{
	char out[64];

	(void)state;
	assert_string_equal(text_printable(out, sizeof out, "a\033[2Jb"), "a\\x1b[2Jb");
	assert_string_equal(text_printable(out, sizeof out,
				    "\xc2\x9b"
				    "2J"),
		"\\xc2\\x9b2J");
	assert_string_equal(
		text_printable(out, sizeof out, "caf\xc3\xa9"), "caf\xc3\xa9");
	assert_string_equal(text_printable(out, sizeof out, "\xff\xc3"), "\\xff\\xc3");
}

static void
printable_text_is_cut_between_characters(void **state)
{
	char out[4];

	(void)state;
	assert_string_equal(text_printable(out, sizeof out, "ab\xc3\xa9"), "ab");
	assert_string_equal(text_printable(out, sizeof out, "\x01"), "");
}

static void
utf8_is_judged_strictly(void **state)
{
	(void)state;
	assert_true(text_is_utf8("\xf0\x9f\x98\x80", 4));
	assert_false(text_is_utf8("\xc0\x80", 2));
	assert_false(text_is_utf8("\xed\xa0\x80", 3));
	assert_false(text_is_utf8("\xf4\x90\x80\x80", 4));
	assert_false(text_is_utf8("\xe2\x82", 2));
}

static void
numbers_are_whole_and_within_bounds(void **state)
{
	int64_t out = 7;

	(void)state;
	assert_true(text_to_number("-58", -120, 0, &out));
	assert_int_equal(out, -58);
	assert_false(text_to_number("1", -120, 0, &out));
	assert_false(text_to_number("", 0, 9, &out));
	assert_false(text_to_number("8x", 0, 9, &out));
	assert_false(text_to_number(" 8", 0, 9, &out));
	assert_false(text_to_number("99999999999999999999", 0, INT64_MAX, &out));
	assert_int_equal(out, -58);
}

static void
sizes_read_well(void **state)
{
	char out[32];

	(void)state;
	assert_string_equal(text_size(out, sizeof out, 1000), "1000 bytes");
	assert_string_equal(text_size(out, sizeof out, 520192), "508.0 KiB");
	assert_string_equal(text_size(out, sizeof out, 3 << 20), "3.0 MiB");
}

static void
lines_break_between_words(void **state)
{
	(void)state;
	assert_int_equal(text_line("two words", 20), 9);
	assert_int_equal(text_line("two words", 9), 9);
	assert_int_equal(text_line("two words", 8), 3);
	assert_int_equal(text_line("two words", 3), 3);
	assert_int_equal(text_line("two words", 2), 2);
	assert_int_equal(text_line("   indented", 8), 8);
	assert_int_equal(text_line("\xc3\xa9\xc3\xa9\xc3\xa9", 2), 4);
	assert_int_equal(text_line("\033[1mbold\033[0m word", 4), 8 + 4);
	assert_int_equal(text_line("\033[1mbold\033[0m word", 9), 8 + 9);
	assert_int_equal(text_line("never \033[ended", 40), 13);
	assert_int_equal(text_line("", 5), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_commands_a_terminal_is_escaped),
		cmocka_unit_test(printable_text_is_cut_between_characters),
		cmocka_unit_test(utf8_is_judged_strictly),
		cmocka_unit_test(numbers_are_whole_and_within_bounds),
		cmocka_unit_test(sizes_read_well),
		cmocka_unit_test(lines_break_between_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
