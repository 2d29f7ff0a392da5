/* Text that came from outside: copied with a bound, checked, escaped, read as numbers. */
/* SPDX-License-Identifier: MIT */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Copies at most size - 1 bytes and a NUL; false when something was cut. */
bool text_copy(char *out, size_t size, const char *text);
bool text_copy_bytes(char *out, size_t size, const void *bytes, size_t len);

bool text_equal_nocase(const char *a, const char *b); /* ASCII letters only */
bool text_starts_with(const char *text, const char *prefix);
bool text_ends_with(const char *text, const char *suffix);

/* Makes text from outside printable: control characters and broken UTF-8 become
 * \xNN, so that no terminal is commanded by a device. Cut to fit. Returns out. */
char *text_printable(char *out, size_t size, const char *text);

bool text_is_utf8(const char *bytes, size_t len);

/* Whole text is a decimal number within [least, most]; else false, *out untouched. */
bool text_to_number(const char *text, int64_t least, int64_t most, int64_t *out);

/* Lower-case hexadecimal with NUL; out holds 2 * len + 1 bytes. */
void text_hex(const uint8_t *bytes, size_t len, char *out);

/* Bytes of the first line when `text` is broken into lines of at most `columns` characters:
 * between words where that is possible. Blanks after it belong to no line. Colours take no
 * room. */
size_t text_line(const char *text, unsigned columns);

/* Letters to insert, drop or change to come from one word to the other; of B only the
 * first 24 count. For "did you mean". */
unsigned text_distance(const char *a, const char *b);

/* "508 KiB", "1.2 MiB": for people. Returns out. */
char *text_size(char *out, size_t size, uint64_t bytes);

#endif
