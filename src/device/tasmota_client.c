/* One Tasmota over HTTP. */
/* SPDX-License-Identifier: MIT */
#include "device/tasmota_client.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "net/http_client.h"
#include "wire/tasmota_command.h"
#include "wire/tasmota_page.h"

static const struct err_code e_unreachable = { "E-TASMOTA-UNREACHABLE", ERR_LOST,
	"Check that it has power, that the address is right, and that this computer is in "
	"its network." };
static const struct err_code e_silent = { "E-TASMOTA-SILENT", ERR_LOST,
	"Wait a minute and run the same command again; switch its power off and on if it "
	"stays silent." };
static const struct err_code e_closed = { "E-TASMOTA-CLOSED", ERR_REFUSED,
	"Talk to its own address, without a port forward or proxy in between: it turns "
	"away requests that were made for another address." };
static const struct err_code e_pages = {
	"E-TASMOTA-PAGES", ERR_REFUSED,
	"If it is a Tasmota, enter \"WebServer 2\" in its console: it serves pages only."
};
static const struct err_code e_upload = { "E-TASMOTA-UPLOAD", ERR_REFUSED,
	"It still runs its old firmware: check image and version, or take the usual way "
	"without --upload." };
const struct err_code err_tasmota_unknown = {
	"E-TASMOTA-UNKNOWN", ERR_REFUSED,
	"Leave the setting out, or put a newer or fuller build of Tasmota on the device."
};
const struct err_code err_tasmota_value = { "E-TASMOTA-VALUE", ERR_REFUSED,
	"Check the value: this version of Tasmota does not take it." };

enum {
	REPEAT_PAUSE_MS = 300, /* between two tries of one request */
	CLOSED_REPEATS = 2, /* it may have been busy: then it is refused for good */
	UPLOAD_MS = 240000,
	URL_SIZE = TASMOTA_TARGET_MOST + 64,
};

struct tasmota_client {
	struct sockaddr_in address;
	char host[INET_ADDRSTRLEN];
	const char *passwords[2]; /* NULL: none known */
	unsigned taken; /* index of the one it takes, once it has insisted */
	const struct cancel *cancel;
	int64_t patience_ms;
	bool is_locked;
};

/* One exchange. */
struct call {
	const char *name; /* for errors and the log; the target may hold a secret */
	const char *target;
	const char *body; /* NULL: GET */
	size_t body_len;
	const char *body_type;
	bool once; /* not sent again when it may have been heard */
};

struct tasmota_client *
tasmota_client_new(
	struct sockaddr_in address, const char *password, const struct cancel *cancel)
{
	struct tasmota_client *client = xcalloc(1, sizeof *client);

	client->passwords[0] = password;
	client->cancel = cancel;
	client->patience_ms = TASMOTA_ANSWER_MS;
	tasmota_client_move(client, address);
	return client;
}

void
tasmota_client_also(struct tasmota_client *client, const char *password)
{
	client->passwords[client->passwords[0] != NULL] = password;
}

void
tasmota_client_free(struct tasmota_client *client)
{
	free(client);
}

void
tasmota_client_move(struct tasmota_client *client, struct sockaddr_in address)
{
	client->address = address;
	if (address.sin_port == 0)
		client->address.sin_port = htons(TASMOTA_PORT);
	inet_ntop(AF_INET, &address.sin_addr, client->host, sizeof client->host);
}

struct sockaddr_in
tasmota_client_address(const struct tasmota_client *client)
{
	return client->address;
}

void
tasmota_client_patience(struct tasmota_client *client, int64_t ms)
{
	client->patience_ms = ms;
}

bool
tasmota_client_is_locked(const struct tasmota_client *client)
{
	return client->is_locked;
}

const char *
tasmota_client_password(const struct tasmota_client *client)
{
	return client->is_locked ? client->passwords[client->taken] : NULL;
}

/* One try. The credentials go along only once it has asked for them. */
static void
send_once(const struct tasmota_client *client, const struct call *call,
	struct deadline until, struct http_answer *answer)
{
	OWN(buf) url = BUF_UP_TO(URL_SIZE);
	OWN(buf) login = BUF_UP_TO(1024);
	char referer[64];
	const char *headers[] = { referer, NULL, NULL };
	struct http_request request = {
		.body = call->body,
		.body_len = call->body_len,
		.body_type = call->body_type,
		.headers = headers,
		.until = until,
		.most = TASMOTA_PAGE_MOST,
		.cancel = client->cancel,
	};

	buf_addf(&url, "http://%s:%u%s", client->host, ntohs(client->address.sin_port),
		call->target);
	snprintf(referer, sizeof referer, "Referer: http://%s/", client->host);
	if (tasmota_client_password(client) != NULL) {
		tasmota_authorization(
			&login, TASMOTA_USER, tasmota_client_password(client));
		headers[1] = buf_text(&login);
	}
	request.url = buf_text(&url);
	http_ask(&request, answer);
	log_debug("%s: %s: end %d, status %d", client->host, call->name, (int)answer->end,
		answer->status);
}

/* Whether the same may be sent again after ending like this. */
static bool
may_repeat(const struct call *call, const struct http_answer *answer, unsigned repeats)
{
	switch (answer->end) {
	case HTTP_REFUSED:
	case HTTP_NO_ROUTE:
	case HTTP_NO_CONNECTION:
		return true;
	case HTTP_EMPTY:
		return !call->once && repeats < CLOSED_REPEATS;
	case HTTP_RESET:
	case HTTP_SILENT:
	case HTTP_CUT_SHORT:
		return !call->once;
	default:
		return false;
	}
}

static bool
explain(const struct tasmota_client *client, const struct call *call,
	const struct http_answer *answer, struct err *err)
{
	const struct err_code *code = &e_silent;
	const char *cause = "no whole answer came in time";

	switch (answer->end) {
	case HTTP_CANCELLED:
		return err_set(
			err, &err_cancelled, "interrupted while asking %s", client->host);
	case HTTP_REFUSED:
	case HTTP_NO_ROUTE:
	case HTTP_NO_CONNECTION:
		code = &e_unreachable;
		cause = "nobody takes the connection";
		break;
	case HTTP_EMPTY:
		code = &e_closed;
		cause = "it closes the connection without an answer";
		break;
	case HTTP_ANSWERED:
	case HTTP_NOT_HTTP:
	case HTTP_TOO_LARGE:
		code = &e_pages;
		cause = "what answers there is not Tasmota's command interface";
		break;
	default:
		break;
	}
	return err_set(err, code, "%s (port %u), %s: %s", client->host,
		ntohs(client->address.sin_port), call->name, cause);
}

/* A router or a camera also says 401: to a command only Tasmota's own words count, for the
 * password is nobody else's business. Its pages have none of their own. */
static bool
wants_password(const struct call *call, const struct http_answer *answer)
{
	OWN_JSON object = NULL;

	if (answer->status == 401 && !text_starts_with(call->target, "/cm?"))
		return true;
	return (answer->status == 401 || answer->status == 200) &&
		answer->body.len < 256 &&
		tasmota_read_reply(buf_text(&answer->body), answer->body.len, &object) ==
		TASMOTA_WANTS_PASSWORD;
}

/* The one that was taken last comes first. False when there is none left. */
static bool
offer_next_password(struct tasmota_client *client, unsigned *offered)
{
	client->is_locked = true;
	if (*offered > 0)
		client->taken = !client->taken;
	return (*offered)++ < COUNT_OF(client->passwords) &&
		client->passwords[client->taken] != NULL;
}

/* Asks until there is an answer, the patience ends or repeating makes no sense. */
static bool
exchange(struct tasmota_client *client, const struct call *call, int64_t patience_ms,
	struct http_answer *answer, struct err *err)
{
	struct deadline until = deadline_in(patience_ms);
	unsigned offered = client->is_locked;

	for (unsigned repeats = 0;; repeats++) {
		send_once(client, call, until, answer);
		if (answer->end == HTTP_ANSWERED && wants_password(call, answer)) {
			if (offer_next_password(client, &offered))
				continue;
			return err_set(err, &err_tasmota_password,
				"%s %s the web password", client->host,
				client->passwords[0] != NULL ? "does not take" : "wants");
		}
		if (answer->end == HTTP_ANSWERED && answer->status == 200)
			return true;
		if (!may_repeat(call, answer, repeats) ||
			deadline_left_ms(until) <= REPEAT_PAUSE_MS ||
			!clock_pause(REPEAT_PAUSE_MS, client->cancel))
			return explain(client, call, answer, err);
	}
}

static bool
command(struct tasmota_client *client, const char *name, const char *text, bool once,
	json_t **out, struct err *err)
{
	OWN(buf) target = BUF_UP_TO(TASMOTA_TARGET_MOST);
	OWN(http_answer) answer = { 0 };
	struct call call = { .name = name, .once = once };

	*out = NULL;
	if (!tasmota_command_target(&target, text))
		return err_set(err, &err_usage, "%s: the value is too long", name);
	call.target = buf_text(&target);
	if (!exchange(client, &call, client->patience_ms, &answer, err))
		return false;
	switch (tasmota_read_reply(buf_text(&answer.body), answer.body.len, out)) {
	case TASMOTA_RESULTS:
		return true;
	case TASMOTA_UNKNOWN:
		return err_set(err, &err_tasmota_unknown,
			"the firmware of %s does not know %s", client->host, name);
	case TASMOTA_ERROR:
		return err_set(err, &err_tasmota_value, "%s says \"Error\" to %s",
			client->host, name);
	case TASMOTA_WANTS_PASSWORD:
		return err_set(err, &err_tasmota_password,
			"%s does not take the web password", client->host);
	case TASMOTA_NOT_JSON:
		break;
	}
	return explain(client, &call, &answer, err);
}

bool
tasmota_ask(
	struct tasmota_client *client, const char *text, json_t **answer, struct err *err)
{
	return command(client, text, text, false, answer, err);
}

bool
tasmota_tell(struct tasmota_client *client, const char *name, const char *text,
	struct err *err)
{
	OWN_JSON answer = NULL;

	return command(client, name, text, true, &answer, err);
}

bool
tasmota_ask_value(struct tasmota_client *client, const char *name, char *out, size_t size,
	struct err *err)
{
	OWN_JSON answer = NULL;

	if (!tasmota_ask(client, name, &answer, err))
		return false;
	return tasmota_read_value(answer, name, out, size) ||
		err_set(err, &err_tasmota_unknown, "%s does not tell its %s",
			client->host, name);
}

bool
tasmota_ask_status(struct tasmota_client *client, unsigned number,
	struct tasmota_state *state, struct err *err)
{
	OWN_JSON answer = NULL;
	char text[24] = "Status";

	if (number > 0)
		snprintf(text, sizeof text, "Status %u", number);
	if (!tasmota_ask(client, text, &answer, err))
		return false;
	return tasmota_read_state(answer, state) ||
		err_set(err, &err_tasmota_unknown, "%s has no answer to %s", client->host,
			text);
}

/* Versions differ in what Status 0 holds; Status 6 is missing while MQTT is off. */
bool
tasmota_ask_state(
	struct tasmota_client *client, struct tasmota_state *state, struct err *err)
{
	OWN_JSON answer = NULL;

	tasmota_state_init(state);
	if (!tasmota_ask(client, "Status 0", &answer, err))
		return false;
	tasmota_read_state(answer, state);
	return (state->version[0] != '\0' || tasmota_ask_status(client, 2, state, err)) &&
		(state->has_status || tasmota_ask_status(client, 0, state, err)) &&
		(state->has_parameters || tasmota_ask_status(client, 1, state, err)) &&
		(state->has_network || tasmota_ask_status(client, 5, state, err)) &&
		(state->has_mqtt || tasmota_ask_status(client, 6, state, NULL) || true) &&
		(state->has_state || tasmota_ask_status(client, 11, state, NULL) || true);
}

bool
tasmota_fetch_page(struct tasmota_client *client, const char *name, const char *target,
	struct buf *page, struct err *err)
{
	OWN(http_answer) answer = { 0 };
	struct call call = { .name = name, .target = target, .once = true };

	if (!exchange(client, &call, client->patience_ms, &answer, err))
		return false;
	buf_reset(page);
	return buf_add(page, buf_text(&answer.body), answer.body.len) ||
		err_set(err, &e_pages, "%s, %s: the page is too long", client->host,
			name);
}

bool
tasmota_is_minimal(struct tasmota_client *client)
{
	OWN(buf) page = BUF_UP_TO(TASMOTA_PAGE_MOST);

	return tasmota_fetch_page(client, "main page", "/", &page, NULL) &&
		tasmota_page_is_minimal(buf_text(&page), page.len);
}

/* Whether /u2 means firmware is decided by the page that was looked at before. */
bool
tasmota_upload(struct tasmota_client *client, const char *file_name, const void *bytes,
	size_t len, struct err *err)
{
	static const char edge[] = "airlift7MA4YWxkTrZu0gW";
	OWN(buf) body = BUF_UP_TO(len + 1024);
	OWN(buf) page = BUF_UP_TO(TASMOTA_PAGE_MOST);
	OWN(http_answer) answer = { 0 };
	OWN_STR type = xasprintf("multipart/form-data; boundary=%s", edge);
	OWN_STR target = xasprintf("/u2?fsz=%zu", len);
	struct call call = {
		.name = "upload", .target = target, .body_type = type, .once = true
	};
	char why[TASMOTA_WHY_SIZE];

	if (!tasmota_fetch_page(client, "upload form", "/up", &page, err))
		return false;
	buf_addf(&body,
		"--%s\r\nContent-Disposition: form-data; name=\"u2\"; filename=\"%s\"\r\n"
		"Content-Type: application/octet-stream\r\n\r\n",
		edge, file_name);
	buf_add(&body, bytes, len);
	buf_addf(&body, "\r\n--%s--\r\n", edge);
	call.body = buf_text(&body);
	call.body_len = body.len;
	if (!exchange(client, &call, UPLOAD_MS, &answer, err))
		return false;
	if (tasmota_read_upload(buf_text(&answer.body), answer.body.len, why))
		return true;
	return err_set(err, &e_upload, "%s refuses the upload: %s", client->host,
		why[0] != '\0' ? why : "no reason given");
}
