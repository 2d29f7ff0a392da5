/* A device's strict reader of HTTP requests. */
/* SPDX-License-Identifier: MIT */
#include "sim/http_request.h"

#include <ctype.h>
#include <string.h>

#include "base/text.h"

/* One header line's value, without the blanks around it, into out. */
static bool
copy_value(char *out, size_t size, const char *from, const char *end)
{
	while (from < end && (*from == ' ' || *from == '\t'))
		from++;
	while (end > from && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	return text_copy_bytes(out, size, from, (size_t)(end - from));
}

static bool
read_request_line(const char *line, const char *end, struct http_request *out)
{
	const char *blank = memchr(line, ' ', (size_t)(end - line));
	const char *second;

	if (blank == NULL || blank == line)
		return false;
	second = memchr(blank + 1, ' ', (size_t)(end - blank - 1));
	if (second == NULL || second == blank + 1 || end - second != 9)
		return false;
	out->http_1_1 = memcmp(second + 1, "HTTP/1.1", 8) == 0;
	if (!out->http_1_1 && memcmp(second + 1, "HTTP/1.0", 8) != 0)
		return false;
	return text_copy_bytes(
		       out->method, sizeof out->method, line, (size_t)(blank - line)) &&
		text_copy_bytes(out->target, sizeof out->target, blank + 1,
			(size_t)(second - blank - 1));
}

static bool
read_header(const char *line, const char *end, struct http_request *out, int64_t *length)
{
	const char *colon = memchr(line, ':', (size_t)(end - line));
	char name[32], value[32];

	if (colon == NULL || colon == line)
		return false;
	if (!text_copy_bytes(name, sizeof name, line, (size_t)(colon - line)))
		return true;
	if (text_equal_nocase(name, "Content-Length"))
		return *length < 0 && copy_value(value, sizeof value, colon + 1, end) &&
			text_to_number(value, 0, REQUEST_BYTES_MOST, length);
	if (text_equal_nocase(name, "Transfer-Encoding"))
		return false;
	if (text_equal_nocase(name, "Referer"))
		return copy_value(out->referer, sizeof out->referer, colon + 1, end);
	if (text_equal_nocase(name, "Host"))
		return copy_value(out->host, sizeof out->host, colon + 1, end);
	return true;
}

/* Walks the lines of the head; `end` is behind its last line break. */
static bool
read_head(const char *head, const char *end, struct http_request *out, int64_t *length)
{
	const char *line = head;
	bool first = true;

	while (line < end) {
		const char *stop = memmem(line, (size_t)(end - line), "\r\n", 2);

		if (stop == NULL)
			return false;
		if (first ? !read_request_line(line, stop, out)
			  : !read_header(line, stop, out, length))
			return false;
		first = false;
		line = stop + 2;
	}
	return !first;
}

enum request_state
http_request_read(const char *bytes, size_t len, struct http_request *out)
{
	const char *blank = memmem(bytes, len, "\r\n\r\n", 4);
	int64_t length = -1;
	size_t head;

	*out = (struct http_request){ 0 };
	if (blank == NULL)
		return len < REQUEST_BYTES_MOST ? REQUEST_PARTIAL : REQUEST_BAD;
	if (memchr(bytes, '\0', (size_t)(blank - bytes)) != NULL)
		return REQUEST_BAD;
	if (!read_head(bytes, blank + 2, out, &length))
		return REQUEST_BAD;
	head = (size_t)(blank + 4 - bytes);
	if (length < 0)
		return len == head ? REQUEST_WHOLE : REQUEST_BAD;
	if ((size_t)length > REQUEST_BYTES_MOST - head)
		return REQUEST_BAD;
	if (len < head + (size_t)length)
		return REQUEST_PARTIAL;
	out->body = bytes + head;
	out->body_len = (size_t)length;
	return len == head + (size_t)length ? REQUEST_WHOLE : REQUEST_BAD;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
decode(const char *from, size_t len, char *out, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < len; i++) {
		char c = from[i] == '+' ? ' ' : from[i];

		if (c == '%') {
			if (len - i < 3 || hex_digit(from[i + 1]) < 0 ||
				hex_digit(from[i + 2]) < 0)
				return false;
			c = (char)(hex_digit(from[i + 1]) * 16 + hex_digit(from[i + 2]));
			i += 2;
		}
		if (c == '\0' || used + 1 >= size)
			return false;
		out[used++] = c;
	}
	out[used] = '\0';
	return true;
}

bool
http_request_argument(
	const struct http_request *request, const char *name, char *out, size_t size)
{
	const char *at = strchr(request->target, '?');
	size_t wanted = strlen(name);

	while (at != NULL) {
		const char *one = at + 1;
		size_t len = strcspn(one, "&;");

		if (len > wanted && one[wanted] == '=' && strncmp(one, name, wanted) == 0)
			return decode(one + wanted + 1, len - wanted - 1, out, size);
		at = one[len] == '\0' ? NULL : one + len;
	}
	return false;
}
