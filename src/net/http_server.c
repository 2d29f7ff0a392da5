/* An HTTP server for many devices at once, on libmicrohttpd. What it adds: bodies from
 * memory without a copy, progress of large ones, short heads, errors in our words. */
/* SPDX-License-Identifier: MIT */
#include "net/http_server.h"

#include <microhttpd.h>
#include <stdarg.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "net/listen.h"
#include "net/pacer.h"

/* One request head has to fit; the default of 32 KiB costs 37 MB at 1000 connections. */
#define CONNECTION_MEMORY 4096
#define READ_STEP	  1024

/* Longer bodies are handed over in pieces, so that their progress can be told. */
#define WHOLE_BODY_MOST 16384
#define BODY_PIECE	8192

/* What may wait in this computer for a slow reader of a long body; without a bound most
 * of an image counts as sent before the device has seen a tenth of it. */
#define UNSENT_MOST 32768

#define FILES_BESIDES	 256 /* open files for everything that is not a connection */
#define REQUEST_LOG_SIZE 200

struct http_server {
	struct MHD_Daemon *daemon;
	const struct http_handler *handler;
	struct pacer *pacer;
	size_t body_most;
	uint16_t port;
};

/* Also holds the state of the one request that runs on it. */
struct http_connection {
	struct http_server *server;
	struct MHD_Connection *raw;
	struct in_addr peer;
	int fd;
	uint64_t mark;
	bool is_tuned; /* UNSENT_MOST has been set */
	bool is_head;
	struct buf body;
	const char *out;
	size_t out_len;
	uint64_t out_done;
	void *token;
	struct http_pace pace;
	int64_t due_ms; /* when the next piece of a paced body may leave */
};

static const char *
path_of(const char *target)
{
	const char *host = NULL;

	if (strncasecmp(target, "http://", 7) == 0)
		host = target + 7;
	else if (strncasecmp(target, "https://", 8) == 0)
		host = target + 8;
	if (host == NULL)
		return target;
	return host[strcspn(host, "/")] == '/' ? host + strcspn(host, "/") : "/";
}

/* How much of `len` bytes may leave now; sets when the next may. */
static size_t
pace(struct http_connection *c, uint64_t at, size_t len)
{
	const struct http_pace *wanted = &c->pace;
	size_t most = at == 0 ? wanted->first_bytes : wanted->piece_bytes;

	if (wanted->piece_bytes == 0)
		return len;
	c->due_ms = clock_steady_ms() +
		(at == 0 ? wanted->first_pause_ms : wanted->pause_ms);
	return len < most ? len : most;
}

static ssize_t
read_body(void *context, uint64_t at, char *out, size_t most)
{
	struct http_connection *c = context;
	const struct http_handler *handler = c->server->handler;
	size_t left = c->out_len - (size_t)at;
	size_t len = left < most ? left : most;

	if (c->pace.piece_bytes != 0 && clock_steady_ms() < c->due_ms)
		return pacer_rest(c->server->pacer, c->raw, c->due_ms)
			? 0
			: MHD_CONTENT_READER_END_WITH_ERROR;
	/* Asked for the next piece only when the one before has left. */
	if (at > c->out_done) {
		c->out_done = at;
		if (c->token != NULL)
			handler->sent(handler->context, c->token, at, false);
	}
	len = pace(c, at, len);
	memcpy(out, c->out + at, len);
	return (ssize_t)len;
}

static void
on_upgrade(void *context, struct MHD_Connection *raw, void *state, const char *extra,
	size_t extra_len, MHD_socket fd, struct MHD_UpgradeResponseHandle *handle)
{
	const struct http_connection *c = context;
	struct http_stream *stream = xcalloc(1, sizeof *stream);

	(void)raw;
	(void)state;
	stream->fd = fd;
	stream->handle = handle;
	stream->extra_len = extra_len;
	stream->extra = xmalloc(extra_len + 1);
	memcpy(stream->extra, extra, extra_len);
	c->server->handler->upgraded(c->server->handler->context, c->peer, stream);
}

void
http_stream_close(struct http_stream *stream)
{
	MHD_upgrade_action(stream->handle, MHD_UPGRADE_ACTION_CLOSE);
	free(stream->extra);
	free(stream);
}

static struct MHD_Response *
response_for(struct http_connection *c, const struct http_answer *answer)
{
	int unsent = UNSENT_MOST;

	if (answer->upgrade)
		return MHD_create_response_for_upgrade(on_upgrade, c);
	if (answer->body_len <= WHOLE_BODY_MOST && answer->pace.piece_bytes == 0)
		return MHD_create_response_from_buffer(answer->body_len,
			(void *)(answer->body_len > 0 ? answer->body : ""),
			MHD_RESPMEM_PERSISTENT);
	if (!c->is_tuned)
		setsockopt(c->fd, SOL_SOCKET, SO_SNDBUF, &unsent, sizeof unsent);
	c->is_tuned = true;
	return MHD_create_response_from_callback(
		answer->body_len, BODY_PIECE, read_body, c, NULL);
}

/* Tells the handler, once, that its answer is over. */
static void
end_answer(struct http_connection *c, uint64_t bytes)
{
	const struct http_handler *handler = c->server->handler;
	void *token = c->token;

	c->token = NULL;
	if (token != NULL)
		handler->sent(handler->context, token, bytes, true);
}

static enum MHD_Result
send_answer(struct http_connection *c, struct MHD_Connection *raw,
	const struct http_answer *answer)
{
	struct MHD_Response *response = response_for(c, answer);
	enum MHD_Result result = MHD_NO;

	c->token = answer->token;
	c->out = answer->body;
	c->out_len = answer->body_len;
	c->out_done = 0;
	c->pace = answer->pace;
	c->due_ms = 0;
	for (size_t i = 0; response != NULL && i < HTTP_HEADERS_MOST; i++)
		if (answer->headers[i].name != NULL)
			MHD_add_response_header(response, answer->headers[i].name,
				answer->headers[i].value);
	if (response != NULL) {
		result = MHD_queue_response(raw, answer->status, response);
		MHD_destroy_response(response);
	}
	if (result == MHD_NO)
		end_answer(c, 0);
	return result;
}

static enum MHD_Result
answer_request(struct http_connection *c, struct MHD_Connection *raw, const char *target,
	const char *method)
{
	const struct http_handler *handler = c->server->handler;
	struct http_request request = {
		.method = method,
		.path = path_of(target),
		.body = buf_text(&c->body),
		.body_len = c->body.len,
		.peer = c->peer,
		.connection = c,
		.raw = raw,
	};
	struct http_answer answer = { .status = MHD_HTTP_NOT_FOUND };

	c->is_head = strcmp(method, "HEAD") == 0;
	if (c->body.cut)
		answer.status = MHD_HTTP_CONTENT_TOO_LARGE;
	else
		handler->answer(handler->context, &request, &answer);
	return send_answer(c, raw, &answer);
}

/* Takes a part of a request's body; a sender that goes on long after the limit is
 * dropped instead of being listened to for ever. */
static bool
take_body(struct http_connection *c, const char *bytes, size_t len)
{
	bool was_cut = c->body.cut;

	return buf_add(&c->body, bytes, len) || !was_cut;
}

/* Whether the head announces more than is taken. */
static bool
is_too_long(const struct http_connection *c, struct MHD_Connection *raw)
{
	const char *len = MHD_lookup_connection_value(
		raw, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
	int64_t announced;

	return len != NULL &&
		(!text_to_number(len, 0, INT64_MAX, &announced) ||
			(uint64_t)announced > c->body.limit);
}

/* The head has arrived. An answer now makes libmicrohttpd close the connection after it,
 * which only suits one that must not go on. */
static enum MHD_Result
begin_request(struct MHD_Connection *raw, void **state)
{
	struct http_connection *c = MHD_get_connection_info(
		raw, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
					    ->socket_context;
	struct http_answer refusal = { .status = MHD_HTTP_CONTENT_TOO_LARGE };

	*state = c;
	return is_too_long(c, raw) ? send_answer(c, raw, &refusal) : MHD_YES;
}

/* libmicrohttpd calls this first with the head, then with each part of the body, then at
 * its end. */
static enum MHD_Result
on_request(void *context, struct MHD_Connection *raw, const char *target,
	const char *method, const char *version, const char *upload, size_t *upload_len,
	void **state)
{
	struct http_connection *c = *state;

	(void)context;
	(void)version;
	if (c == NULL)
		return begin_request(raw, state);
	if (*upload_len > 0) {
		bool ok = take_body(c, upload, *upload_len);

		*upload_len = 0;
		return ok ? MHD_YES : MHD_NO;
	}
	return answer_request(c, raw, target, method);
}

/* What is served has plain names; decoding would only give each of them many more. */
static size_t
keep_escapes(void *context, struct MHD_Connection *raw, char *text)
{
	(void)context;
	(void)raw;
	return strlen(text);
}

static void
on_request_over(void *context, struct MHD_Connection *raw, void **state,
	enum MHD_RequestTerminationCode how)
{
	struct http_connection *c = *state;

	(void)context;
	(void)raw;
	if (c == NULL)
		return;
	if (how == MHD_REQUEST_TERMINATED_COMPLETED_OK && !c->is_head)
		c->out_done = c->out_len;
	end_answer(c, c->out_done);
	buf_clear(&c->body);
	c->body.cut = false;
	*state = NULL;
}

static void
tell_connected(struct http_connection *c, bool opened)
{
	const struct http_handler *handler = c->server->handler;

	if (handler->connected != NULL)
		handler->connected(handler->context, c, c->peer, opened);
}

static void
on_connection(void *context, struct MHD_Connection *raw, void **state,
	enum MHD_ConnectionNotificationCode what)
{
	struct http_server *server = context;
	struct http_connection *c = *state;
	const struct sockaddr *peer;

	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		*state = NULL;
		tell_connected(c, false);
		free(c);
		return;
	}
	c = xcalloc(1, sizeof *c);
	c->server = server;
	c->raw = raw;
	c->body.limit = server->body_most;
	c->fd = MHD_get_connection_info(raw, MHD_CONNECTION_INFO_CONNECTION_FD)
			->connect_fd;
	peer = MHD_get_connection_info(raw, MHD_CONNECTION_INFO_CLIENT_ADDRESS)
		       ->client_addr;
	if (peer->sa_family == AF_INET)
		c->peer = ((const struct sockaddr_in *)(const void *)peer)->sin_addr;
	*state = c;
	tell_connected(c, true);
}

static void
on_log(void *context, const char *format, va_list args)
{
	char line[REQUEST_LOG_SIZE], shown[REQUEST_LOG_SIZE];

	(void)context;
	vsnprintf(line, sizeof line, format, args);
	line[strcspn(line, "\r\n")] = '\0';
	log_debug("http server: %s", text_printable(shown, sizeof shown, line));
}

/* Systems start programs with room for 256 or 1024 open files. */
static void
make_room_for(unsigned connections)
{
	struct rlimit files;
	rlim_t wanted = connections + FILES_BESIDES;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= wanted)
		return;
	files.rlim_cur = wanted < files.rlim_max ? wanted : files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
}

static struct MHD_Daemon *
start(struct http_server *server, const struct http_options *options, int fd)
{
	unsigned most = options->connections_most != 0 ? options->connections_most
						       : HTTP_CONNECTIONS_MOST;
	unsigned idle = options->idle_seconds != 0 ? options->idle_seconds
						   : HTTP_IDLE_SECONDS;
	unsigned flags = MHD_USE_AUTO_INTERNAL_THREAD | MHD_USE_ERROR_LOG |
		MHD_USE_SUPPRESS_DATE_NO_CLOCK | MHD_USE_TURBO | MHD_USE_ITC |
		MHD_ALLOW_SUSPEND_RESUME | MHD_ALLOW_UPGRADE;
	struct MHD_OptionItem socket[] = {
		{ MHD_OPTION_LISTEN_SOCKET, fd, NULL },
		{ MHD_OPTION_END, 0, NULL },
	};

	make_room_for(most);
	/* Of what is brought, some is no TCP: the library would complain each time. */
	if (options->only_taken)
		flags = (flags | MHD_USE_NO_LISTEN_SOCKET) & ~(unsigned)MHD_USE_ERROR_LOG;
	/* Strictness 0 takes requests without Host and blanks before a colon alike; the
	 * documented "most tolerant" -1 refuses the latter in 0.9.75. */
	return MHD_start_daemon(flags, server->port, NULL, NULL, on_request, server,
		MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL, MHD_OPTION_NOTIFY_CONNECTION,
		on_connection, server, MHD_OPTION_NOTIFY_COMPLETED, on_request_over,
		server, MHD_OPTION_CONNECTION_LIMIT, most,
		MHD_OPTION_PER_IP_CONNECTION_LIMIT, options->per_peer_most,
		MHD_OPTION_CONNECTION_TIMEOUT, idle, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)CONNECTION_MEMORY, MHD_OPTION_CONNECTION_MEMORY_INCREMENT,
		(size_t)READ_STEP, MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
		MHD_OPTION_STRICT_FOR_CLIENT, 0, MHD_OPTION_ARRAY,
		options->only_taken ? socket + 1 : socket, MHD_OPTION_END);
}

struct http_server *
http_server_new(const struct http_options *options, const struct http_handler *handler,
	struct err *err)
{
	struct http_server *server = xcalloc(1, sizeof *server);
	int fd = -1;

	server->port = options->port;
	server->handler = handler;
	server->body_most = options->body_most;
	server->pacer = pacer_new();
	if (!options->only_taken)
		fd = listen_on(options->address, &server->port, err);
	if ((options->only_taken || fd >= 0) &&
		(server->daemon = start(server, options, fd)) == NULL)
		/* libmicrohttpd has closed the socket. */
		err_errno(err, &err_system, "cannot start the HTTP server");
	if (server->daemon == NULL) {
		http_server_free(server);
		return NULL;
	}
	return server;
}

bool
http_server_take(struct http_server *server, int fd, struct in_addr peer)
{
	struct sockaddr_in from = { .sin_family = AF_INET, .sin_addr = peer };

	return MHD_add_connection(server->daemon, fd, (const struct sockaddr *)&from,
		       sizeof from) == MHD_YES;
}

uint16_t
http_server_port(const struct http_server *server)
{
	return server->port;
}

void
http_server_free(struct http_server *server)
{
	if (server == NULL)
		return;
	/* A resting connection would never hear of the end. */
	pacer_stop(server->pacer);
	if (server->daemon != NULL)
		MHD_stop_daemon(server->daemon);
	pacer_free(server->pacer);
	free(server);
}

const char *
http_request_header(const struct http_request *request, const char *name)
{
	return MHD_lookup_connection_value(request->raw, MHD_HEADER_KIND, name);
}

const char *
http_request_argument(const struct http_request *request, const char *name)
{
	return MHD_lookup_connection_value(request->raw, MHD_GET_ARGUMENT_KIND, name);
}

uint64_t
http_connection_mark(const struct http_connection *connection)
{
	return connection->mark;
}

void
http_connection_set_mark(struct http_connection *connection, uint64_t mark)
{
	connection->mark = mark;
}

int
http_connection_fd(const struct http_connection *connection)
{
	return connection->fd;
}

void
http_connection_cut(struct http_connection *connection)
{
	shutdown(connection->fd, SHUT_RDWR);
}
