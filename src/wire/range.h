/* The Range header of a request, and the Content-Range of its answer (RFC 9110 §14). */
/* SPDX-License-Identifier: MIT */
#ifndef WIRE_RANGE_H
#define WIRE_RANGE_H

#include <stdint.h>

enum range_kind {
	RANGE_WHOLE, /* nothing asked, another unit, or several ranges: send all */
	RANGE_PART, /* *out says which bytes */
	RANGE_UNSATISFIABLE, /* well formed, but begins behind the end */
	RANGE_GARBLED /* says "bytes=" and then nonsense */
};

struct range {
	uint64_t first;
	uint64_t last; /* inclusive, below the total */
};

/* Reads "bytes=a-b", "bytes=a-" or "bytes=-n" for a body of `total` bytes; b and n may
 * reach over the end. NULL: no such header. *out is written for RANGE_PART only. */
enum range_kind range_read(const char *value, uint64_t total, struct range *out);

#define RANGE_TEXT_SIZE 72

/* "bytes 0-4095/477328" */
void range_write(const struct range *range, uint64_t total, char out[RANGE_TEXT_SIZE]);

/* "bytes <any>/477328" in the standard's spelling: for the answer that refuses. */
void range_write_refusal(uint64_t total, char out[RANGE_TEXT_SIZE]);

#endif
