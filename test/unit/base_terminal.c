/* SPDX-License-Identifier: MIT */
#include "base/terminal.h"

#include <pty.h>
#include <unistd.h>

#include "base/memory.h"
#include "test/unit/unit.h"

static void
columns_are_those_of_a_terminal(void **state)
{
	static const struct {
		const char *text;
		unsigned columns, bytes;
	} rows[] = {
		{ "a", 1, 1 },
		{ "\xc3\xbc", 1, 2 }, /* ü */
		{ "\xe2\x82\xac", 1, 3 }, /* the euro sign */
		{ "\xe7\x81\xaf", 2, 3 }, /* Chinese: lamp */
		{ "\xed\x95\x9c", 2, 3 }, /* Korean */
		{ "\xf0\x9f\x92\xa1", 2, 4 }, /* a light bulb */
		{ "\xcc\x88", 0, 2 }, /* dots for the letter before */
		{ "\xff", 1, 1 },
		{ "\xc3", 1, 1 }, /* cut off */
		{ "\xe7\x81", 1, 1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		size_t bytes;

		assert_int_equal(terminal_columns(rows[i].text, &bytes), rows[i].columns);
		assert_int_equal(bytes, rows[i].bytes);
	}
}

/* What somebody reads whose window has that many columns; carriage returns are left out. */
static void
read_window(
	unsigned short columns, unsigned indent, const char *text, char *out, size_t size)
{
	struct winsize window = { .ws_row = 24, .ws_col = columns };
	int reader, writer;
	size_t len = 0;
	FILE *stream;
	char c = 0;

	assert_int_equal(openpty(&reader, &writer, NULL, NULL, &window), 0);
	stream = fdopen(writer, "w");
	terminal_say(stream, indent, "%s|", text);
	fflush(stream);
	while (c != '|' && len + 1 < size && read(reader, &c, 1) == 1)
		if (c != '\r')
			out[len++] = c;
	out[len] = '\0';
	fclose(stream);
	close(reader);
}

static void
a_window_gets_whole_words(void **state)
{
	static const struct {
		unsigned short columns;
		const char *text, *seen;
	} rows[] = {
		{ 24, "all of it fits", "all of it fits|" },
		{ 24, "one two three four five six seven eight nine at",
			"one two three four five\n  six seven eight nine\n  at|" },
		{ 24, "  --name     what it is good for",
			"  --name     what it is\n  good for|" },
		{ 24, "a-word-that-is-longer-than-that",
			"a-word-that-is-longer-th\n  an-that|" },
		/* Too narrow for words: the terminal may break them. */
		{ 21, "one two three four five six", "one two three four five six|" },
	};

	(void)state;
	setenv("TERM", "xterm", 1);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char seen[128];

		read_window(rows[i].columns, 2, rows[i].text, seen, sizeof seen);
		assert_string_equal(seen, rows[i].seen);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_those_of_a_terminal),
		cmocka_unit_test(a_window_gets_whole_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
