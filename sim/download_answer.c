/* The stock firmware's reading of one answer of the firmware server. */
/* SPDX-License-Identifier: MIT */
#include "sim/download_answer.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* The digits right at `at`, before `end`. */
static bool
read_digits(const char *at, const char *end, uint32_t *out)
{
	uint64_t number = 0;
	const char *first = at;

	for (; at < end && isdigit((unsigned char)*at) && number < UINT32_MAX; at++)
		number = number * 10 + (uint64_t)(*at - '0');
	*out = (uint32_t)number;
	return at > first && number < UINT32_MAX;
}

static const char *
find(const char *from, const char *end, const char *text)
{
	return memmem(from, (size_t)(end - from), text, strlen(text));
}

static bool
read_head(struct download_answer *answer, const char *end)
{
	static const char status[] = "HTTP/1.1 206 Partial Content";
	static const char length[] = "Content-Length: ";
	const char *head = answer->bytes, *at;
	uint32_t number;

	if ((size_t)(end - head) < strlen(status) ||
		memcmp(head, status, strlen(status)) != 0)
		return false;
	if ((at = find(head, end, length)) == NULL ||
		!read_digits(at + strlen(length), end, &number) ||
		number > DOWNLOAD_BODY_MOST || number == 0)
		return false;
	answer->body_len = number;
	return (at = find(head, end, "Content-Range")) != NULL &&
		(at = find(at, end, "/")) != NULL &&
		read_digits(at + 1, end, &answer->total);
}

enum answer_state
download_answer_read(struct download_answer *answer)
{
	const char *blank = find(answer->bytes, answer->bytes + answer->len, "\r\n\r\n");

	if (blank == NULL)
		return answer->len < DOWNLOAD_HEAD_MOST ? ANSWER_PARTIAL : ANSWER_BAD;
	answer->body_at = (size_t)(blank + 4 - answer->bytes);
	if (answer->body_at >= DOWNLOAD_HEAD_MOST || !read_head(answer, blank + 2))
		return ANSWER_BAD;
	if (answer->len < answer->body_at + answer->body_len)
		return ANSWER_PARTIAL;
	return answer->len == answer->body_at + answer->body_len ? ANSWER_WHOLE
								 : ANSWER_BAD;
}
