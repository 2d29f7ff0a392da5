/* The small web server's reading of requests. */
/* SPDX-License-Identifier: MIT */
#include "sim/web_request.h"

#include <ctype.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/memory.h"
#include "base/text.h"
#include "net/socket.h"

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* In place; a broken escape stays as it is. */
static void
decode(char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0'; from++) {
		char c = *from == '+' ? ' ' : *from;

		if (c == '%' && hex_digit(from[1]) >= 0 && hex_digit(from[2]) >= 0) {
			c = (char)(hex_digit(from[1]) * 16 + hex_digit(from[2]));
			from += 2;
		}
		*to++ = c;
	}
	*to = '\0';
}

/* Cuts `text` into arguments; it has to stay. */
static void
read_arguments(struct web_request *request, char *text, bool semicolons)
{
	char *rest = NULL;

	for (char *one = strtok_r(text, semicolons ? "&;" : "&", &rest); one != NULL;
		one = strtok_r(NULL, semicolons ? "&;" : "&", &rest)) {
		char *equals = strchr(one, '=');

		if (request->arguments == WEB_ARGUMENTS_MOST)
			return;
		if (equals != NULL)
			*equals++ = '\0';
		decode(one);
		if (equals != NULL)
			decode(equals);
		request->argument[request->arguments].name = one;
		request->argument[request->arguments++].value = equals != NULL ? equals
									       : "";
	}
}

static bool
read_request_line(struct web_request *request, char *line)
{
	char *target = strchr(line, ' ');
	char *version = target != NULL ? strchr(target + 1, ' ') : NULL;

	if (version == NULL)
		return false;
	*target++ = '\0';
	*version++ = '\0';
	request->http_1_1 = strcmp(version, "HTTP/1.1") == 0;
	if ((!request->http_1_1 && strcmp(version, "HTTP/1.0") != 0) || target[0] != '/')
		return false;
	request->query = strchr(target, '?');
	if (request->query != NULL)
		*request->query++ = '\0';
	decode(target);
	return text_copy(request->method, sizeof request->method, line) &&
		text_copy(request->path, sizeof request->path, target);
}

static bool
read_header(struct web_request *request, char *line, int64_t *length)
{
	char *colon = strchr(line, ':');
	const struct {
		const char *name;
		char *out;
		size_t size;
	} wanted[] = {
		{ "Host", request->host, sizeof request->host },
		{ "Referer", request->referer, sizeof request->referer },
		{ "Authorization", request->authorization,
			sizeof request->authorization },
		{ "Content-Type", request->content_type, sizeof request->content_type },
	};

	if (colon == NULL)
		return false;
	*colon++ = '\0';
	colon += strspn(colon, " \t");
	if (text_equal_nocase(line, "Content-Length"))
		return text_to_number(colon, 0, WEB_UPLOAD_MOST, length);
	for (size_t i = 0; i < COUNT_OF(wanted); i++)
		if (text_equal_nocase(line, wanted[i].name))
			return text_copy(wanted[i].out, wanted[i].size, colon);
	return true;
}

/* `head` ends with the line break of its last line. */
static bool
read_head(struct web_request *request, char *head, int64_t *length)
{
	bool first = true;

	for (char *line = head, *end; *line != '\0'; line = end + 2) {
		if ((end = strstr(line, "\r\n")) == NULL)
			return false;
		*end = '\0';
		if (first ? !read_request_line(request, line)
			  : !read_header(request, line, length))
			return false;
		first = false;
	}
	return !first;
}

static size_t
head_length(const char *bytes, size_t len)
{
	const char *blank = memmem(bytes, len, "\r\n\r\n", 4);

	return blank != NULL ? (size_t)(blank + 4 - bytes) : 0;
}

/* Takes head and length of the body out of the bytes; *length 0 where none is told. */
static bool
begin(struct web_request *request, const char *bytes, size_t head, int64_t *length)
{
	*request = (struct web_request){ .arguments = 0 };
	*length = 0;
	if (memchr(bytes, '\0', head) != NULL)
		return false;
	request->text = xstrndup(bytes, head - 2);
	return read_head(request, request->text, length);
}

static bool
is_form(const struct web_request *request)
{
	return text_starts_with(
		request->content_type, "application/x-www-form-urlencoded");
}

/* A form's body is part of the argument list, any other stays as it is. */
static bool
finish(struct web_request *request, const char *body, size_t len, bool semicolons)
{
	if (request->query != NULL)
		read_arguments(request, request->query, semicolons);
	if (len == 0)
		return true;
	request->body = xmalloc(len + 1);
	memcpy(request->body, body, len);
	request->body[len] = '\0';
	request->body_len = len;
	if (is_form(request)) {
		if (len > WEB_FORM_MOST)
			return false;
		read_arguments(request, request->body, semicolons);
	}
	return true;
}

bool
web_request_read(
	struct web_request *request, const char *bytes, size_t len, bool semicolons)
{
	size_t head = head_length(bytes, len);
	int64_t length;

	*request = (struct web_request){ .arguments = 0 };
	return head > 0 && begin(request, bytes, head, &length) &&
		(size_t)length <= len - head &&
		finish(request, bytes + head, (size_t)length, semicolons);
}

/* One piece; false when there will be no more. */
static bool
receive_piece(
	struct buf *bytes, int fd, struct deadline until, const struct cancel *cancel)
{
	char piece[4096];
	ssize_t got = -1;

	if (socket_wait(fd, POLLIN, until, cancel))
		got = recv(fd, piece, sizeof piece, 0);
	return got > 0 && buf_add(bytes, piece, (size_t)got);
}

bool
web_request_receive(struct web_request *request, int fd, bool semicolons,
	struct deadline until, const struct cancel *cancel)
{
	OWN(buf) bytes = BUF_UP_TO(WEB_HEAD_MOST + WEB_UPLOAD_MOST);
	int64_t length = 0;
	size_t head = 0;

	*request = (struct web_request){ .arguments = 0 };
	while (head == 0) {
		if (bytes.len > WEB_HEAD_MOST ||
			!receive_piece(&bytes, fd, until, cancel))
			return false;
		head = head_length(bytes.data, bytes.len);
	}
	if (!begin(request, bytes.data, head, &length))
		return false;
	while (bytes.len - head < (size_t)length)
		if (!receive_piece(&bytes, fd, until, cancel))
			return false;
	return finish(request, bytes.data + head, (size_t)length, semicolons);
}

const char *
web_request_argument(const struct web_request *request, const char *name)
{
	for (unsigned i = 0; i < request->arguments; i++)
		if (strcmp(request->argument[i].name, name) == 0)
			return request->argument[i].value;
	return NULL;
}

void
web_request_clear(struct web_request *request)
{
	free(request->text);
	free(request->body);
	*request = (struct web_request){ .arguments = 0 };
}
