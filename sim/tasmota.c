/* The freshly booted Tasmota of a simulated device: one request at a time, no courtesy to
 * requests without Referer where the version refuses them. */
/* SPDX-License-Identifier: MIT */
#include "sim/tasmota.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"
#include "net/socket.h"
#include "sim/http_request.h"
#include "sim/stream.h"

enum { CLIENT_MS = 5000, RETRY_MS = 200, IDLE_MS = 60000 };

struct tasmota {
	struct plug *plug;
	const struct flash_image *image;
	struct in_addr address;
	bool wants_referer;
};

/* 9.5.0.5 brought the check, 9.5.0.7 delivered it switched off, 15.4.0.2 (released as
 * 15.5.0) on again. */
static bool
version_wants_referer(uint32_t version)
{
	return version == 0x09050005 || version == 0x09050006 || version >= 0x0F040002;
}

/* The device compares in upper case, and only right behind "http://". */
static bool
has_referer(const struct tasmota *t, const struct http_request *request)
{
	char own[INET_ADDRSTRLEN], host[40];
	const char *from = request->referer;

	inet_ntop(AF_INET, &t->address, own, sizeof own);
	snprintf(host, sizeof host, "tasmota-%s", t->plug->id + 4);
	if (strlen(from) < 7)
		return false;
	return strncmp(from + 7, own, strlen(own)) == 0 ||
		strncasecmp(from + 7, host, strlen(host)) == 0;
}

static json_t *
status_firmware(const struct tasmota *t)
{
	const struct flash_image *image = t->image;
	OWN_STR version = xasprintf("%s(release-%s)", image->version, image->variant);

	return json_pack("{s:s,s:s,s:i,s:s,s:s,s:i,s:s}", "Version", version,
		"BuildDateTime", "2024-08-15T12:00:00", "Boot", 31, "Core", "2_7_7",
		"SDK", "2.2.2-dev(38a443e)", "CpuFrequency", 80, "Hardware",
		"ESP8285N08");
}

static json_t *
status_network(const struct tasmota *t)
{
	char own[INET_ADDRSTRLEN];
	OWN_STR host = xasprintf("tasmota-%s", t->plug->id + 4);
	OWN_STR mac = xasprintf("5C:CF:7F:%.2s:%.2s:%.2s", t->plug->id + 4,
		t->plug->id + 6, t->plug->id + 8);

	inet_ntop(AF_INET, &t->address, own, sizeof own);
	return json_pack("{s:s,s:s,s:s,s:i,s:i}", "Hostname", host, "IPAddress", own,
		"Mac", mac, "Webserver", 2, "HTTP_API", t->wants_referer ? 0 : 1);
}

/* The answer to one command, a new reference. */
static json_t *
execute(const struct tasmota *t, const char *command)
{
	if (strcasecmp(command, "status 2") == 0)
		return json_pack("{s:o}", "StatusFWR", status_firmware(t));
	if (strcasecmp(command, "status 5") == 0)
		return json_pack("{s:o}", "StatusNET", status_network(t));
	if (strcasecmp(command, "status 0") == 0)
		return json_pack("{s:o,s:o}", "StatusFWR", status_firmware(t),
			"StatusNET", status_network(t));
	return json_pack("{s:s}", "Command", "Unknown");
}

static void
send_page(const struct tasmota *t, int fd, const struct http_request *request,
	const char *status, const char *type, const char *body)
{
	OWN(buf) text = BUF_UP_TO(16 * 1024);

	buf_addf(&text,
		"HTTP/1.1 %s\r\nContent-Type: %s\r\nServer: Tasmota/%s (ESP8285N08)\r\n"
		"Cache-Control: no-cache, no-store, must-revalidate\r\n"
		"Pragma: no-cache\r\nExpires: -1\r\n",
		status, type, t->image->version);
	/* The length is not known in advance: chunks, or the end of the connection. */
	if (request->http_1_1)
		buf_addf(&text,
			"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
			"%zx\r\n%s\r\n0\r\n\r\n",
			strlen(body), body);
	else
		buf_addf(&text, "Connection: close\r\n\r\n%s", body);
	stream_send(
		fd, text.data, text.len, deadline_in(CLIENT_MS), &t->plug->world->cancel);
}

static void
answer_command(const struct tasmota *t, int fd, const struct http_request *request)
{
	char command[256];
	json_t *result;
	char *text;

	if (t->wants_referer && !has_referer(t, request))
		return;
	if (http_request_argument(request, "cmnd", command, sizeof command))
		result = execute(t, command);
	else
		result = json_pack("{s:s}", "WARNING", "Enter command cmnd=");
	text = json_dumps(result, JSON_COMPACT);
	json_decref(result);
	send_page(t, fd, request, "200 OK", "application/json", text);
	free(text);
}

static void
answer(const struct tasmota *t, int fd, const struct http_request *request)
{
	size_t path = strcspn(request->target, "?");
	OWN_STR page = NULL;

	if (path == 3 && strncmp(request->target, "/cm", path) == 0) {
		answer_command(t, fd, request);
		return;
	}
	if (path == 1 && request->target[0] == '/') {
		page = xasprintf(
			"<!DOCTYPE html><html><head><title>Tasmota</title></head>"
			"<body><h2>Tasmota</h2>"
			"<div>Tasmota %s by Theo Arends</div></body></html>",
			t->image->version);
		send_page(t, fd, request, "200 OK", "text/html", page);
		return;
	}
	send_page(t, fd, request, "404 Not Found", "text/plain", "File Not Found\n");
}

static void
receive(const struct tasmota *t, int fd)
{
	char bytes[REQUEST_BYTES_MOST], target[256];
	struct http_request request;
	enum request_state state = REQUEST_PARTIAL;
	size_t len = 0;
	struct deadline until = deadline_in(CLIENT_MS);
	OWN_STR what = NULL;

	while (state == REQUEST_PARTIAL) {
		ssize_t got = -1;

		if (socket_wait(fd, POLLIN, until, &t->plug->world->cancel))
			got = recv(fd, bytes + len, sizeof bytes - len, 0);
		if (got <= 0)
			return;
		len += (size_t)got;
		state = http_request_read(bytes, len, &request);
	}
	if (state != REQUEST_WHOLE)
		return;
	what = xasprintf("%s %s", request.method,
		text_printable(target, sizeof target, request.target));
	world_tell(t->plug->world, "heard", t->plug->id, "{s:s}", "what", what);
	answer(t, fd, &request);
}

void
tasmota_live(struct plug *plug, const struct flash_image *image)
{
	struct world *world = plug->world;
	struct tasmota t = { .plug = plug,
		.image = image,
		.address = plug_address(plug),
		.wants_referer = version_wants_referer(image->version_word) };
	struct err err = { 0 };
	int listener;

	while ((listener = stream_listen(t.address, world->web_port, &err)) < 0) {
		world_tell(world, "error", plug->id, "{s:s}", "text", err.text);
		if (!clock_pause(RETRY_MS, &world->cancel))
			return;
	}
	world_tell(world, "boots", plug->id, "{s:s,s:s,s:s,s:s}", "program",
		image->program, "version", image->version, "variant", image->variant,
		"where", "lan");
	while (!cancel_asked(&world->cancel)) {
		int fd;

		if (!plug_wait(plug, listener, -1, deadline_in(IDLE_MS)) ||
			(fd = accept4(
				 listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) < 0)
			continue;
		receive(&t, fd);
		shutdown(fd, SHUT_RDWR);
		close(fd);
	}
	close(listener);
}
