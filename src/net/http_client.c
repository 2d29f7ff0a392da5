/* Asking over HTTP(S) with libcurl. Its multi interface drives the one transfer, because
 * the easy one looks at a cancel only once a second. */
/* SPDX-License-Identifier: MIT */
#include "net/http_client.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const struct err_code e_unreachable = {
	"E-HTTP-UNREACHABLE", ERR_LOST,
	"Check the address, and that the other side is switched on and in this network."
};
static const struct err_code e_name = { "E-HTTP-NAME", ERR_LOST,
	"Check the spelling, and that this computer's name resolution works." };
static const struct err_code e_silent = { "E-HTTP-SILENT", ERR_LOST,
	"Try again; if it stays silent, restart the other side." };
static const struct err_code e_broken = { "E-HTTP-BROKEN", ERR_LOST,
	"Try again; a proxy, virus scanner or weak Wi-Fi in between may be the cause." };
static const struct err_code e_status = { "E-HTTP-STATUS", ERR_REFUSED,
	"Check the address: open it in a web browser." };
static const struct err_code e_too_large = { "E-HTTP-TOO-LARGE", ERR_GARBLED,
	"Check the address: what is there can not be what was wanted." };
static const struct err_code e_trust = { "E-HTTP-TRUST", ERR_REFUSED,
	"Check this computer's date and certificates, or download the file by hand." };

enum {
	BUFFER_DEVICE_BYTES = 4096,
	BUFFER_DOWNLOAD_BYTES = 64 * 1024,
	REDIRECTS_MOST = 5,
};

/* One exchange while it runs. */
struct exchange {
	const struct http_request *request;
	struct http_answer *answer;
	CURL *curl;
	uint64_t received; /* body bytes */
	int64_t heard_ms; /* steady clock, last byte or the start */
	bool connected;
	bool too_large;
	bool stopped;
};

bool
http_open(struct err *err)
{
	/* Counts its callers and is safe in threads since libcurl 7.84. */
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return err_set(err, &err_system, "the HTTP library can not start");
	return true;
}

void
http_close(void)
{
	curl_global_cleanup();
}

void
http_answer_clear(struct http_answer *answer)
{
	buf_clear(&answer->body);
}

static size_t
take_head(char *bytes, size_t size, size_t count, void *context)
{
	struct exchange *exchange = context;

	(void)bytes;
	exchange->heard_ms = clock_steady_ms();
	return size * count;
}

/* Hands one piece to the caller's sink; an error page is not what was asked for. */
static bool
pass_on(struct exchange *exchange, const char *bytes, size_t len)
{
	const struct http_request *request = exchange->request;
	curl_off_t total = 0;
	long status = 0;

	curl_easy_getinfo(exchange->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status != 200)
		return true;
	if (!request->take(request->context, bytes, len)) {
		exchange->stopped = true;
		return false;
	}
	curl_easy_getinfo(exchange->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &total);
	if (request->progress != NULL)
		request->progress(request->context, exchange->received,
			total > 0 ? (uint64_t)total : 0);
	return true;
}

static size_t
take_body(char *bytes, size_t size, size_t count, void *context)
{
	struct exchange *exchange = context;
	size_t len = size * count;

	exchange->heard_ms = clock_steady_ms();
	if (len > exchange->request->most - exchange->received) {
		exchange->too_large = true;
		return 0;
	}
	exchange->received += len;
	if (exchange->request->take != NULL)
		return pass_on(exchange, bytes, len) ? len : 0;
	return buf_add(&exchange->answer->body, bytes, len) ? len : 0;
}

static struct curl_slist *
headers_new(const struct http_request *request)
{
	struct curl_slist *list = curl_slist_append(NULL, "Connection: close");

	if (request->body != NULL) {
		OWN_STR type = xasprintf("Content-Type: %s",
			request->body_type != NULL ? request->body_type
						   : "application/json");

		list = curl_slist_append(list, type);
		/* Without this, longer bodies wait for a 100 that no device sends. */
		list = curl_slist_append(list, "Expect:");
	}
	for (const char *const *each = request->headers; each != NULL && *each != NULL;
		each++)
		list = curl_slist_append(list, *each);
	return list;
}

static void
set_source(CURL *curl, struct in_addr from)
{
	char host[INET_ADDRSTRLEN], option[INET_ADDRSTRLEN + 8];

	if (from.s_addr == INADDR_ANY)
		return;
	inet_ntop(AF_INET, &from, host, sizeof host);
	snprintf(option, sizeof option, "host!%s", host);
	curl_easy_setopt(curl, CURLOPT_INTERFACE, option);
}

static void
set_up(struct exchange *exchange, struct curl_slist *headers)
{
	const struct http_request *request = exchange->request;
	CURL *curl = exchange->curl;
	bool secure = text_starts_with(request->url, "https://");
	int64_t connect_ms = request->connect_ms > 0 ? request->connect_ms
						     : HTTP_CONNECT_MS;

	curl_easy_setopt(curl, CURLOPT_URL, request->url);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(
		curl, CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, request->follow ? 1L : 0L);
	curl_easy_setopt(curl, CURLOPT_MAXREDIRS, (long)REDIRECTS_MOST);
	curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "airlift");
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
	curl_easy_setopt(curl, CURLOPT_BUFFERSIZE,
		(long)(request->take != NULL ? BUFFER_DOWNLOAD_BYTES
					     : BUFFER_DEVICE_BYTES));
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_head);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, exchange);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, exchange);
	if (request->body != NULL) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE,
			(long)(request->body_len > 0 ? request->body_len
						     : strlen(request->body)));
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body);
	}
	set_source(curl, request->from);
}

/* What a failed connect means is only in errno. */
static enum http_end
end_of_connect(CURL *curl)
{
	long number = 0;

	curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &number);
	switch (number) {
	case ECONNREFUSED:
		return HTTP_REFUSED;
	case ECONNRESET:
		return HTTP_RESET;
	case ETIMEDOUT:
		return HTTP_NO_CONNECTION;
	default:
		return HTTP_NO_ROUTE;
	}
}

static enum http_end
end_of(const struct exchange *exchange, CURLcode code)
{
	static const struct {
		CURLcode code;
		enum http_end end;
	} ends[] = {
		{ CURLE_OK, HTTP_ANSWERED },
		{ CURLE_COULDNT_RESOLVE_HOST, HTTP_NO_NAME },
		{ CURLE_GOT_NOTHING, HTTP_EMPTY },
		{ CURLE_SEND_ERROR, HTTP_RESET },
		{ CURLE_RECV_ERROR, HTTP_RESET },
		{ CURLE_PARTIAL_FILE, HTTP_CUT_SHORT },
		{ CURLE_WEIRD_SERVER_REPLY, HTTP_NOT_HTTP },
		{ CURLE_UNSUPPORTED_PROTOCOL, HTTP_NOT_HTTP },
		{ CURLE_BAD_CONTENT_ENCODING, HTTP_NOT_HTTP },
		{ CURLE_TOO_MANY_REDIRECTS, HTTP_NOT_HTTP },
		{ CURLE_SSL_CONNECT_ERROR, HTTP_NOT_TRUSTED },
		{ CURLE_PEER_FAILED_VERIFICATION, HTTP_NOT_TRUSTED },
		{ CURLE_SSL_CACERT_BADFILE, HTTP_NOT_TRUSTED },
	};

	if (exchange->too_large)
		return HTTP_TOO_LARGE;
	if (exchange->stopped)
		return HTTP_STOPPED;
	if (code == CURLE_COULDNT_CONNECT)
		return end_of_connect(exchange->curl);
	if (code == CURLE_OPERATION_TIMEDOUT)
		return exchange->connected ? HTTP_SILENT : HTTP_NO_CONNECTION;
	for (size_t i = 0; i < COUNT_OF(ends); i++)
		if (ends[i].code == code)
			return ends[i].end;
	return HTTP_FAILED;
}

/* Whether waiting longer makes sense; else *end says why not. */
static bool
may_wait(struct exchange *exchange, enum http_end *end)
{
	const struct http_request *request = exchange->request;
	curl_off_t connect_us = 0;
	int64_t quiet_ms;

	if (!exchange->connected) {
		curl_easy_getinfo(
			exchange->curl, CURLINFO_PRETRANSFER_TIME_T, &connect_us);
		exchange->connected = connect_us > 0;
		if (exchange->connected)
			exchange->heard_ms = clock_steady_ms();
	}
	quiet_ms = clock_steady_ms() - exchange->heard_ms;
	if (cancel_asked(request->cancel))
		*end = HTTP_CANCELLED;
	else if (deadline_passed(request->until) ||
		(exchange->connected && request->idle_ms > 0 &&
			quiet_ms > request->idle_ms))
		*end = exchange->connected ? HTTP_SILENT : HTTP_NO_CONNECTION;
	else
		return true;
	return false;
}

/* Runs the one transfer of `multi` to its end. */
static enum http_end
drive(CURLM *multi, struct exchange *exchange)
{
	enum http_end end = HTTP_FAILED;
	int running = 1, left, slice;

	while (curl_multi_perform(multi, &running) == CURLM_OK && running > 0) {
		if (!may_wait(exchange, &end))
			return end;
		slice = (int)deadline_left_ms(deadline_sooner(
			deadline_in(CANCEL_SLICE_MS), exchange->request->until));
		curl_multi_poll(multi, NULL, 0, slice, NULL);
	}
	may_wait(exchange, &end);
	for (CURLMsg *message; (message = curl_multi_info_read(multi, &left)) != NULL;)
		if (message->msg == CURLMSG_DONE)
			return end_of(exchange, message->data.result);
	return HTTP_FAILED;
}

/* A header of the last answer; "" when it is missing, cut or not plain text. */
static void
keep_header(CURL *curl, const char *name, char *out, size_t size)
{
	struct curl_header *header;

	out[0] = '\0';
	if (curl_easy_header(curl, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
		return;
	text_printable(out, size, header->value);
	if (strcmp(out, header->value) != 0)
		out[0] = '\0';
}

enum http_end
http_ask(const struct http_request *request, struct http_answer *answer)
{
	char words[CURL_ERROR_SIZE] = "";
	struct curl_slist *headers = headers_new(request);
	CURLM *multi = curl_multi_init();
	struct exchange exchange = {
		.request = request,
		.answer = answer,
		.curl = curl_easy_init(),
		.heard_ms = clock_steady_ms(),
	};
	long status = 0;

	http_answer_clear(answer);
	*answer = (struct http_answer){ .end = HTTP_FAILED };
	answer->body.limit = (size_t)request->most;
	if (multi != NULL && exchange.curl != NULL) {
		set_up(&exchange, headers);
		curl_easy_setopt(exchange.curl, CURLOPT_ERRORBUFFER, words);
		curl_multi_add_handle(multi, exchange.curl);
		answer->end = drive(multi, &exchange);
		curl_easy_getinfo(exchange.curl, CURLINFO_RESPONSE_CODE, &status);
		answer->status = (int)status;
		text_printable(answer->detail, sizeof answer->detail, words);
		keep_header(exchange.curl, "ETag", answer->etag, sizeof answer->etag);
		keep_header(exchange.curl, "Last-Modified", answer->modified,
			sizeof answer->modified);
		curl_multi_remove_handle(multi, exchange.curl);
	}
	curl_easy_cleanup(exchange.curl);
	curl_multi_cleanup(multi);
	curl_slist_free_all(headers);
	return answer->end;
}

/* The address without what may be secret: user, password, query. */
static void
show_url(const char *url, char out[160])
{
	const char *host = strstr(url, "://");
	size_t end = strcspn(url, "?#");
	OWN_STR plain = NULL;

	host = host != NULL ? host + 3 : url;
	for (const char *at = host; *at != '\0' && *at != '/'; at++)
		if (*at == '@')
			host = at + 1;
	plain = host <= url + end ? xstrndup(host, (size_t)(url + end - host))
				  : xstrdup("");
	text_printable(out, 160, plain);
}

bool
http_is_good(const struct http_request *request, const struct http_answer *answer,
	struct err *err)
{
	static const struct {
		const struct err_code *code;
		const char *cause;
	} rows[] = {
		[HTTP_REFUSED] = { &e_unreachable, "nobody listens there" },
		[HTTP_NO_ROUTE] = { &e_unreachable, "it can not be reached from here" },
		[HTTP_NO_NAME] = { &e_name, "the host name is unknown" },
		[HTTP_NO_CONNECTION] = { &e_unreachable, "nobody took the connection" },
		[HTTP_SILENT] = { &e_silent, "no more bytes came in time" },
		[HTTP_EMPTY] = { &e_broken, "the connection was closed without a byte" },
		[HTTP_RESET] = { &e_broken, "the connection was reset" },
		[HTTP_CUT_SHORT] = { &e_broken, "the answer was cut short" },
		[HTTP_TOO_LARGE] = { &e_too_large, "the answer is too large" },
		[HTTP_NOT_HTTP] = { &e_broken, "the answer is not HTTP" },
		[HTTP_NOT_TRUSTED] = { &e_trust,
			"the TLS connection is not to be trusted" },
		[HTTP_FAILED] = { &err_system, "the request could not be made" },
	};
	char url[160];

	if (answer->end == HTTP_ANSWERED && answer->status == 200)
		return true;
	if (answer->end == HTTP_STOPPED)
		return false;
	show_url(request->url, url);
	if (answer->end == HTTP_CANCELLED)
		return err_set(err, &err_cancelled, "interrupted while asking %s", url);
	if (answer->end == HTTP_ANSWERED)
		return err_set(err, &e_status, "%s answered with HTTP status %d", url,
			answer->status);
	return err_set(err, rows[answer->end].code, "%s: %s%s%s%s", url,
		rows[answer->end].cause, answer->detail[0] != '\0' ? " (" : "",
		answer->detail, answer->detail[0] != '\0' ? ")" : "");
}
