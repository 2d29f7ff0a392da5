/* Text that came from outside: copied with a bound, checked, escaped, read as numbers. */
/* SPDX-License-Identifier: MIT */
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool
text_copy_bytes(char *out, size_t size, const void *bytes, size_t len)
{
	size_t fits = len < size ? len : size - 1;

	memcpy(out, bytes, fits);
	out[fits] = '\0';
	return fits == len;
}

bool
text_copy(char *out, size_t size, const char *text)
{
	return text_copy_bytes(out, size, text, strlen(text));
}

bool
text_equal_nocase(const char *a, const char *b)
{
	return strcasecmp(a, b) == 0;
}

bool
text_starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool
text_ends_with(const char *text, const char *suffix)
{
	size_t len = strlen(text), tail = strlen(suffix);

	return len >= tail && strcmp(text + len - tail, suffix) == 0;
}

/* The length of the well-formed UTF-8 character at bytes[0], 0 if there is none. */
static size_t
character_length(const uint8_t *bytes, size_t left)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t point;
	size_t len;

	if (bytes[0] < 0x80)
		return 1;
	len = bytes[0] >= 0xf0 ? 4 : bytes[0] >= 0xe0 ? 3 : 2;
	if (bytes[0] < 0xc2 || bytes[0] > 0xf4 || len > left)
		return 0;
	point = bytes[0] & (0xffU >> (len + 1));
	for (size_t i = 1; i < len; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (bytes[i] & 0x3f);
	}
	if (point < smallest[len] || point > 0x10ffff || (point & ~0x7ffU) == 0xd800)
		return 0;
	return len;
}

bool
text_is_utf8(const char *bytes, size_t len)
{
	const uint8_t *at = (const uint8_t *)bytes;

	for (size_t step; len > 0; at += step, len -= step)
		if ((step = character_length(at, len)) == 0)
			return false;
	return true;
}

/* C1 controls (U+0080..U+009F) command terminals too. */
static bool
is_control(const uint8_t *at, size_t len)
{
	return (len == 1 && (at[0] < 0x20 || at[0] == 0x7f)) ||
		(len == 2 && at[0] == 0xc2 && at[1] < 0xa0);
}

char *
text_printable(char *out, size_t size, const char *text)
{
	const uint8_t *at = (const uint8_t *)text;
	size_t left = strlen(text), used = 0;

	while (left > 0) {
		size_t len = character_length(at, left);
		bool plain = len > 0 && !is_control(at, len);
		size_t step = plain ? len : 1;

		if (used + (plain ? step : 4) >= size)
			break;
		if (plain)
			memcpy(out + used, at, step);
		else
			snprintf(out + used, 5, "\\x%02x", *at);
		used += plain ? step : 4;
		at += step;
		left -= step;
	}
	out[used] = '\0';
	return out;
}

bool
text_to_number(const char *text, int64_t least, int64_t most, int64_t *out)
{
	char *end;
	long long value;

	if (!((text[0] >= '0' && text[0] <= '9') || text[0] == '-'))
		return false;
	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || value < least || value > most)
		return false;
	*out = value;
	return true;
}

void
text_hex(const uint8_t *bytes, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 15];
	}
	*out = '\0';
}

char *
text_size(char *out, size_t size, uint64_t bytes)
{
	if (bytes < 1024)
		snprintf(out, size, "%u bytes", (unsigned)bytes);
	else if (bytes < 1024 * 1024)
		snprintf(out, size, "%.1f KiB", (double)bytes / 1024);
	else
		snprintf(out, size, "%.1f MiB", (double)bytes / (1024 * 1024));
	return out;
}

/* Bytes of commands for colour that stand here. */
static size_t
colours(const char *text)
{
	size_t len = 0;

	while (text[len] == '\033' && text[len + strcspn(text + len, "m")] == 'm')
		len += strcspn(text + len, "m") + 1;
	return len;
}

size_t
text_line(const char *text, unsigned columns)
{
	size_t at = colours(text), space = 0, word = strspn(text, " ");

	for (unsigned column = 0; text[at] != '\0' && column < columns; column++) {
		if (text[at] == ' ' && at > word)
			space = at;
		do
			at++;
		while (((unsigned char)text[at] & 0xc0) == 0x80);
		at += colours(text + at);
	}
	if (text[at] == '\0' || text[at] == ' ' || space == 0)
		return at;
	return space;
}

unsigned
text_distance(const char *a, const char *b)
{
	enum { MOST = 24 };
	unsigned row[MOST + 1];
	size_t width = strnlen(b, MOST);

	for (size_t j = 0; j <= width; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		unsigned corner = row[0];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= width; j++) {
			unsigned change = corner + (a[i - 1] != b[j - 1]);
			unsigned shift = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;

			corner = row[j];
			row[j] = change < shift ? change : shift;
		}
	}
	return row[width];
}
