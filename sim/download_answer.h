/* The stock firmware's reading of one answer of the firmware server: a fixed buffer and
 * literal comparisons. What a browser would forgive is a failure here. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_DOWNLOAD_ANSWER_H
#define SIM_DOWNLOAD_ANSWER_H

#include <stddef.h>
#include <stdint.h>

#define DOWNLOAD_BUFFER	    5120 /* head and body of one answer */
#define DOWNLOAD_BODY_MOST  4096
#define DOWNLOAD_HEAD_MOST  (DOWNLOAD_BUFFER - DOWNLOAD_BODY_MOST)
#define DOWNLOAD_BYTES_MOST (508 * 1024) /* an image, as the vendor documents it */

struct download_answer {
	char bytes[DOWNLOAD_BUFFER];
	size_t len; /* received so far */
	size_t body_at;
	size_t body_len;
	uint32_t total; /* the number behind the slash of Content-Range */
};

enum answer_state { ANSWER_WHOLE, ANSWER_PARTIAL, ANSWER_BAD };

/* Looks at what has arrived and fills the rest of the struct when it is whole. */
enum answer_state download_answer_read(struct download_answer *answer);

#endif
