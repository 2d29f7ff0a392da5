/* Fetching a firmware file over HTTP, whole or not at all. */
/* SPDX-License-Identifier: MIT */
#include "flash/download.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "firmware/digest.h"
#include "net/http_client.h"

static const struct err_code e_status = { "E-DOWNLOAD-STATUS", ERR_REFUSED,
	"Check the address, for example in a web browser." };
static const struct err_code e_html = { "E-DOWNLOAD-HTML", ERR_IMAGE_REFUSED,
	"The address leads to a web page: use the address of the file itself." };
static const struct err_code e_truncated = { "E-DOWNLOAD-TRUNCATED", ERR_TRY_AGAIN,
	"Try again; nothing was kept of it." };
static const struct err_code e_too_large = { "E-DOWNLOAD-TOO-LARGE", ERR_IMAGE_REFUSED,
	"No firmware for these devices is that large: check the address." };
static const struct err_code e_digest = { "E-DOWNLOAD-DIGEST", ERR_GARBLED,
	"Give the published checksum with --firmware-sha256." };

enum {
	CONNECT_MS = 10 * 1000,
	IDLE_MS = 30 * 1000,
	ALL_MS = 15 * 60 * 1000,
	DIGEST_FILE_MOST = 4096,
	PAGE_LOOK = 512
};

struct transfer {
	const struct firmware_source_options *options;
	struct buf body;
	uint64_t total;
};

static bool
take(void *context, const void *bytes, size_t len)
{
	struct transfer *transfer = context;

	return buf_add(&transfer->body, bytes, len);
}

static void
show_progress(void *context, uint64_t done, uint64_t total)
{
	struct transfer *transfer = context;
	const struct firmware_source_options *options = transfer->options;

	transfer->total = total;
	if (options->progress != NULL)
		options->progress(options->context, done, total);
}

/* Servers that answer 200 with a page of words, and captive portals. */
static bool
is_page(const struct buf *body)
{
	OWN_STR start = xstrndup(
		buf_text(body), body->len < PAGE_LOOK ? body->len : PAGE_LOOK);

	for (char *at = start; *at != '\0'; at++)
		*at = (char)tolower((unsigned char)*at);
	return strstr(start, "<html") != NULL || strstr(start, "<!doctype") != NULL;
}

/* What the outcome of the exchange means for a download; true: the body is good. */
static bool
is_good(const struct http_request *request, const struct http_answer *answer,
	const struct transfer *transfer, struct err *err)
{
	if (answer->end == HTTP_CUT_SHORT ||
		(answer->end == HTTP_RESET && transfer->body.len > 0))
		return err_set(err, &e_truncated,
			"the download ended after %zu of %llu bytes", transfer->body.len,
			(unsigned long long)transfer->total);
	if (answer->end == HTTP_TOO_LARGE)
		return err_set(err, &e_too_large, "the server sends more than %d bytes",
			IMAGE_BYTES_MOST);
	if (answer->end == HTTP_ANSWERED && answer->status != 200)
		return err_set(err, &e_status, "the server answered with HTTP status %d",
			answer->status);
	if (!http_is_good(request, answer, err))
		return false;
	if (transfer->body.len == 0)
		return err_set(err, &e_truncated, "the server sent no bytes");
	if (is_page(&transfer->body))
		return err_set(err, &e_html, "the server sent a web page, no firmware");
	return true;
}

static bool
nobody_answered(const struct http_answer *answer)
{
	switch (answer->end) {
	case HTTP_REFUSED:
	case HTTP_NO_ROUTE:
	case HTTP_NO_NAME:
	case HTTP_NO_CONNECTION:
	case HTTP_SILENT:
	case HTTP_EMPTY:
		return true;
	default:
		return false;
	}
}

static void
keep_body(struct transfer *transfer, const struct http_answer *answer, struct cached *out)
{
	out->len = transfer->body.len;
	out->bytes = (uint8_t *)buf_take(&transfer->body);
	digest_sha256(out->bytes, out->len, out->sha256);
	text_copy(out->etag, sizeof out->etag, answer->etag);
	text_copy(out->modified, sizeof out->modified, answer->modified);
}

/* Fills at most one header that asks whether the known copy is still right. */
static void
ask_for_newer(const struct cached *known, char *line, size_t size)
{
	line[0] = '\0';
	if (known->bytes != NULL && known->etag[0] != '\0')
		snprintf(line, size, "If-None-Match: %s", known->etag);
	else if (known->bytes != NULL && known->modified[0] != '\0')
		snprintf(line, size, "If-Modified-Since: %s", known->modified);
}

enum download_end
download_firmware(const char *url, const struct cached *known,
	const struct firmware_source_options *options, struct cached *out,
	struct err *err)
{
	struct transfer transfer = { options, BUF_UP_TO(IMAGE_BYTES_MOST), 0 };
	char condition[160];
	const char *const headers[] = { condition, NULL };
	OWN(http_answer) answer = { 0 };
	struct http_request request = {
		.url = url,
		.connect_ms = CONNECT_MS,
		.idle_ms = IDLE_MS,
		.until = deadline_in(ALL_MS),
		.most = IMAGE_BYTES_MOST,
		.follow = true,
		.cancel = options->cancel,
		.take = take,
		.progress = show_progress,
		.context = &transfer,
	};
	enum download_end end = DOWNLOAD_FAILED;

	ask_for_newer(known, condition, sizeof condition);
	if (condition[0] != '\0')
		request.headers = headers;
	http_ask(&request, &answer);
	if (answer.end == HTTP_ANSWERED && answer.status == 304 && known->bytes != NULL) {
		end = DOWNLOAD_UNCHANGED;
	} else if (is_good(&request, &answer, &transfer, err)) {
		keep_body(&transfer, &answer, out);
		end = DOWNLOAD_NEW;
	} else if (nobody_answered(&answer)) {
		end = DOWNLOAD_NO_SERVER;
	}
	buf_clear(&transfer.body);
	return end;
}

bool
download_digest(const char *url, const struct firmware_source_options *options,
	char out[65], struct err *err)
{
	OWN_STR beside = xasprintf("%s.sha256", url);
	OWN(http_answer) answer = { 0 };
	struct http_request request = {
		.url = beside,
		.connect_ms = CONNECT_MS,
		.until = deadline_in(IDLE_MS),
		.most = DIGEST_FILE_MOST,
		.follow = true,
		.cancel = options->cancel,
	};
	const char *text;

	http_ask(&request, &answer);
	if (!http_is_good(&request, &answer, err))
		return err_while(err, "looking for the published checksum");
	text = buf_text(&answer.body);
	text += strspn(text, " \t\r\n");
	if (strspn(text, "0123456789abcdefABCDEF") != 64)
		return err_set(err, &e_digest,
			"what the server publishes beside the file is no SHA-256");
	text_copy_bytes(out, 65, text, 64);
	return true;
}
