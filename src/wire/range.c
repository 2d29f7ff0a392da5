/* Reads what part of a body a client asks for. Devices ask for one plain sector after
 * the other; everything else here is for people's programs and for hostile senders. */
/* SPDX-License-Identifier: MIT */
#include "wire/range.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *
skip_blanks(const char *at)
{
	return at + strspn(at, " \t");
}

/* Reads decimal digits; a number too large for 64 bits stays at the largest, which lies
 * behind every end. False when there is no digit. */
static bool
read_number(const char **at, uint64_t *out)
{
	const char *begin = *at;

	*out = 0;
	for (; **at >= '0' && **at <= '9'; ++*at) {
		uint64_t digit = (uint64_t)(**at - '0');

		*out = *out > (UINT64_MAX - digit) / 10 ? UINT64_MAX : *out * 10 + digit;
	}
	return *at != begin;
}

static enum range_kind
take_last_bytes(uint64_t count, uint64_t total, struct range *out)
{
	if (count == 0 || total == 0)
		return RANGE_UNSATISFIABLE;
	out->first = count < total ? total - count : 0;
	out->last = total - 1;
	return RANGE_PART;
}

enum range_kind
range_read(const char *value, uint64_t total, struct range *out)
{
	static const char unit[] = "bytes=";
	uint64_t first, last = UINT64_MAX;
	bool has_first, has_last;
	const char *at;

	if (value == NULL)
		return RANGE_WHOLE;
	at = skip_blanks(value);
	if (strncasecmp(at, unit, sizeof unit - 1) != 0 || strchr(at, ',') != NULL)
		return RANGE_WHOLE;
	at = skip_blanks(at + sizeof unit - 1);
	has_first = read_number(&at, &first);
	if (*at++ != '-')
		return RANGE_GARBLED;
	has_last = read_number(&at, &last);
	if (*skip_blanks(at) != '\0' || (!has_first && !has_last))
		return RANGE_GARBLED;
	if (!has_first)
		return take_last_bytes(last, total, out);
	if (!has_last)
		last = UINT64_MAX;
	if (last < first)
		return RANGE_GARBLED;
	if (first >= total)
		return RANGE_UNSATISFIABLE;
	out->first = first;
	out->last = last < total ? last : total - 1;
	return RANGE_PART;
}

void
range_write(const struct range *range, uint64_t total, char out[RANGE_TEXT_SIZE])
{
	snprintf(out, RANGE_TEXT_SIZE, "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64,
		range->first, range->last, total);
}

void
range_write_refusal(uint64_t total, char out[RANGE_TEXT_SIZE])
{
	snprintf(out, RANGE_TEXT_SIZE, "bytes */%" PRIu64, total);
}
