/* A simulated Tasmota's web server. */
/* SPDX-License-Identifier: MIT */
#include "sim/tasmota_web.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "sim/stream.h"
#include "sim/tasmota_backup.h"
#include "sim/tasmota_command.h"
#include "sim/tasmota_console.h"
#include "sim/tasmota_form.h"
#include "sim/tasmota_log.h"
#include "sim/tasmota_upload.h"
#include "sim/tasmota_wifi.h"

enum { CLIENT_MS = 5000, UPLOAD_MS = 30000, OPTION_HTTP_API = 128 };

/* Credentials in both their forms. */
#define BASIC_SIZE 256

struct route {
	const char *path;
	void (*answer)(const struct tasmota_visit *visit);
	bool in_minimal;
	bool privileged; /* password, Referer, WebServer 2 */
	bool before_6; /* only there */
};

static void answer_root(const struct tasmota_visit *visit);
static void answer_command(const struct tasmota_visit *visit);
static void answer_menu(const struct tasmota_visit *visit);

static const struct route routes[] = {
	{ "/", answer_root, true, false, false },
	{ "/cm", answer_command, true, true, false },
	{ "/cn", answer_menu, false, true, false },
	{ "/md", answer_menu, false, true, false },
	{ "/mq", answer_menu, false, true, false },
	{ "/in", answer_menu, false, true, false },
	{ "/cs", tasmota_console_answer, true, true, false },
	{ "/wi", tasmota_form_answer, false, true, false },
	{ "/w0", tasmota_form_answer, false, true, true },
	{ "/w1", tasmota_form_answer, false, true, true },
	{ "/sv", tasmota_form_save_5, false, true, true },
	{ "/up", tasmota_upload_page, true, true, false },
	{ "/u1", tasmota_upload_by_url, true, true, false },
	{ "/u2", tasmota_upload_take, true, true, false },
	{ "/dl", tasmota_backup_send, false, true, false },
	{ "/rs", tasmota_upload_restore_page, true, true, false },
};

void
tasmota_web_send(const struct tasmota_visit *visit, const char *status, const char *type,
	const char *more, const char *body)
{
	const struct tasmota *t = visit->t;
	OWN(buf) text = BUF_UP_TO(64 * 1024);

	buf_addf(&text, "HTTP/1.1 %s\r\nContent-Type: %s\r\n", status, type);
	if (tasmota_has(&t->firmware, TRAIT_SERVER_HEADER))
		buf_addf(
			&text, "Server: Tasmota/%s (ESP8285N08)\r\n", t->firmware.number);
	buf_addf(&text,
		"Cache-Control: no-cache, no-store, must-revalidate\r\n"
		"Pragma: no-cache\r\nExpires: -1\r\n%s",
		more);
	/* The length is not known in advance: chunks, or the end of the connection. */
	if (visit->request->http_1_1 && body[0] != '\0')
		buf_addf(&text,
			"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
			"%zx\r\n%s\r\n0\r\n\r\n",
			strlen(body), body);
	else if (visit->request->http_1_1)
		buf_add_text(&text, "Content-Length: 0\r\nConnection: close\r\n\r\n");
	else
		buf_addf(&text, "Connection: close\r\n\r\n%s", body);
	stream_send(visit->fd, text.data, text.len, deadline_in(CLIENT_MS),
		&t->world->cancel);
}

void
tasmota_web_page(const struct tasmota_visit *visit, const char *body)
{
	const struct tasmota *t = visit->t;
	const char *name = tasmota_has(&t->firmware, TRAIT_DEVICE_NAME)
		? t->settings.text[TEXT_DEVICE_NAME]
		: t->settings.text[TEXT_FRIENDLY_NAME1];
	OWN_STR page = xasprintf(
		"<!DOCTYPE html><html lang=\"en\" class=\"\"><head><meta charset='utf-8'>"
		"<title>%s - Main Menu</title></head><body><div>%s<h3>%s</h3>%s"
		"<div style='text-align:right;font-size:11px;'><hr/>"
		"<a href='https://bit.ly/tasmota'>%s %s by Theo Arends</a></div></div>"
		"</body></html>",
		name,
		tasmota_is_minimal(&t->firmware)
			? "<h3>MINIMAL firmware - please upgrade</h3>"
			: "",
		name, body,
		t->firmware.version < TASMOTA_VERSION(6, 0, 0, 0) ? "Sonoff-Tasmota"
								  : "Tasmota",
		t->firmware.number);

	tasmota_web_send(visit, "200 OK", "text/html", "", page);
	tasmota_wifi_somebody_looks(visit->t);
}

static void
main_page(const struct tasmota_visit *visit)
{
	tasmota_web_page(visit,
		"<form action='cn' method='get'><button>Configuration</button></form>");
}

static void
answer_root(const struct tasmota_visit *visit)
{
	struct tasmota *t = visit->t;

	if (web_request_argument(visit->request, "rst") != NULL) {
		tasmota_web_page(
			visit, "<div>Device will restart in a few seconds</div>");
		tasmota_restart_soon(t, "web");
	} else if (!t->manager) {
		main_page(visit);
	} else if (!tasmota_is_minimal(&t->firmware)) {
		tasmota_form_answer(visit);
	}
	/* A minimal build in AP mode says nothing at all here. */
}

static void
answer_menu(const struct tasmota_visit *visit)
{
	tasmota_web_page(visit, "<div>Simulated</div>");
}

/* "Basic " and base64 of admin:PASSWORD. */
static void
write_basic(const char *password, char out[BASIC_SIZE])
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	OWN_STR plain = xasprintf("admin:%s", password);
	size_t len = strlen(plain), used = 0;

	text_copy(out, BASIC_SIZE, "Basic ");
	used = strlen(out);
	for (size_t i = 0; i < len && used + 5 < BASIC_SIZE; i += 3) {
		unsigned char b[3] = { (unsigned char)plain[i],
			i + 1 < len ? (unsigned char)plain[i + 1] : 0,
			i + 2 < len ? (unsigned char)plain[i + 2] : 0 };

		out[used++] = digits[b[0] >> 2];
		out[used++] = digits[(b[0] & 3) << 4 | b[1] >> 4];
		out[used++] = i + 1 < len ? digits[(b[1] & 15) << 2 | b[2] >> 6] : '=';
		out[used++] = i + 2 < len ? digits[b[2] & 63] : '=';
	}
	out[used] = '\0';
}

static bool
has_password(const struct tasmota_visit *visit)
{
	const char *wanted = visit->t->settings.text[TEXT_WEB_PASSWORD];
	const char *user = web_request_argument(visit->request, "user");
	const char *password = web_request_argument(visit->request, "password");
	char basic[BASIC_SIZE];

	if (wanted[0] == '\0')
		return true;
	write_basic(wanted, basic);
	if (strcmp(visit->request->authorization, basic) == 0)
		return true;
	return user != NULL && password != NULL && strcmp(user, "admin") == 0 &&
		strcmp(password, wanted) == 0;
}

/* The device compares in upper case, and only right behind "http://". */
static bool
has_referer(const struct tasmota_visit *visit)
{
	const struct tasmota *t = visit->t;
	const char *from = visit->request->referer;
	char own[INET_ADDRSTRLEN];

	if (!tasmota_has(&t->firmware, TRAIT_REFERER_RULE) || t->manager ||
		t->settings.option[OPTION_HTTP_API] != 0)
		return true;
	inet_ntop(AF_INET, &t->lan_address, own, sizeof own);
	return strlen(from) > 7 &&
		(strncmp(from + 7, own, strlen(own)) == 0 ||
			strncasecmp(from + 7, t->names.host, strlen(t->names.host)) == 0);
}

static void
refuse_password(const struct tasmota_visit *visit)
{
	bool status = tasmota_has(&visit->t->firmware, TRAIT_ANSWER_401);

	if (strcmp(visit->request->path, "/cm") == 0)
		tasmota_web_send(visit, status ? "401 Unauthorized" : "200 OK",
			"application/json", "",
			"{\"WARNING\":\"Need user=<username>&password=<password>\"}");
	else
		tasmota_web_send(visit, "401 Unauthorized", "text/html",
			"WWW-Authenticate: Basic realm=\"Login Required\"\r\n",
			"401 Unauthorized");
}

static void
answer_command(const struct tasmota_visit *visit)
{
	struct tasmota *t = visit->t;
	const char *command = web_request_argument(visit->request, "cmnd");
	size_t most = tasmota_has(&t->firmware, TRAIT_LARGE_COMMANDS) ? 1200 : 250;
	char *text;

	if (command == NULL || command[0] == '\0' || strlen(command) >= most) {
		tasmota_web_send(visit, "200 OK", "application/json", "",
			"{\"WARNING\":\"Enter command cmnd=\"}");
		return;
	}
	t->results = json_object();
	tasmota_execute(t, command);
	text = json_dumps(t->results, JSON_COMPACT);
	json_decref(t->results);
	t->results = NULL;
	tasmota_web_send(visit, "200 OK", "application/json", "", text);
	free(text);
}

/* Phones ask for names of their own to see whether there is Internet: they get to the
 * access point's page. */
static bool
is_captive(const struct tasmota_visit *visit)
{
	size_t host = strcspn(visit->request->host, ":");

	return visit->t->manager && visit->face == FACE_AP &&
		strspn(visit->request->host, "0123456789.") < host;
}

static void
redirect(const struct tasmota_visit *visit)
{
	char own[INET_ADDRSTRLEN];
	OWN_STR location = NULL;

	inet_ntop(AF_INET, &visit->t->ap_address, own, sizeof own);
	location = xasprintf("Location: http://%s\r\n", own);
	tasmota_web_send(visit, "302 Found", "text/plain", location, "");
}

static void
not_found(const struct tasmota_visit *visit)
{
	const struct web_request *request = visit->request;
	OWN_STR body = xasprintf("File Not Found\n\nURI: %s\nMethod: %s\nArguments: %u\n",
		request->path, strcmp(request->method, "GET") == 0 ? "GET" : "POST",
		request->arguments);

	tasmota_web_send(visit, "404 Not Found", "text/plain", "", body);
}

static const struct route *
route_named(const struct tasmota *t, const char *path)
{
	bool before_6 = !tasmota_has(&t->firmware, TRAIT_WI_FORM);

	for (size_t i = 0; i < COUNT_OF(routes); i++)
		if (strcmp(routes[i].path, path) == 0 &&
			(routes[i].in_minimal || !tasmota_is_minimal(&t->firmware)) &&
			(!routes[i].before_6 || before_6) &&
			(!before_6 || strcmp(path, "/wi") != 0))
			return &routes[i];
	return NULL;
}

static void
answer(const struct tasmota_visit *visit)
{
	const struct route *route = route_named(visit->t, visit->request->path);

	if ((route == NULL || route->answer == answer_root) && is_captive(visit)) {
		redirect(visit);
	} else if (route == NULL) {
		not_found(visit);
	} else if (route->privileged && !has_referer(visit)) {
		/* No answer at all. */
	} else if (!has_password(visit)) {
		refuse_password(visit);
	} else if (route->privileged && !visit->t->manager &&
		visit->t->settings.number[NUMBER_WEB_SERVER] == 1) {
		main_page(visit);
	} else {
		route->answer(visit);
	}
}

void
tasmota_web_answer(struct tasmota *t, int fd, enum tasmota_face face)
{
	struct web_request request;
	const struct tasmota_visit visit = {
		.t = t, .request = &request, .face = face, .fd = fd
	};

	if (web_request_receive(&request, fd,
		    tasmota_has(&t->firmware, TRAIT_SEMICOLON_SPLITS),
		    deadline_in(UPLOAD_MS), &t->world->cancel)) {
		tasmota_log_request(t, &request, face);
		answer(&visit);
	}
	web_request_clear(&request);
}
