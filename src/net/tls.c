/* TLS for old devices, on GnuTLS. */
/* SPDX-License-Identifier: MIT */
#include "net/tls.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/socket.h"
#include "net/tls_identity.h"

/* The whole of a record must fit a buffer of 4096 bytes in the device. */
#define RECORD_MOST   1024
#define CARRY_BYTES   4096
#define IDLE_MS	      (15 * 60 * 1000)
#define STUCK_MS      10000
#define EXTENSION_1_3 43 /* supported_versions */

struct tls {
	gnutls_session_t session;
	int fd;
	struct tls_story *story;
	bool sent_certificate;
	bool heard_finished;
};

static int
note_extension(void *context, unsigned number, const unsigned char *data, unsigned len)
{
	struct tls_story *story = context;

	(void)data;
	(void)len;
	story->is_modern |= number == EXTENSION_1_3;
	return 0;
}

/* Called by the library for every handshake message, ours and theirs. */
static int
on_message(gnutls_session_t session, unsigned type, unsigned when, unsigned incoming,
	const gnutls_datum_t *message)
{
	struct tls *tls = gnutls_session_get_ptr(session);

	(void)when;
	if (incoming && type == GNUTLS_HANDSHAKE_CLIENT_HELLO)
		gnutls_ext_raw_parse(tls->story, note_extension, message,
			GNUTLS_EXT_RAW_FLAG_TLS_CLIENT_HELLO);
	tls->sent_certificate |= !incoming && type == GNUTLS_HANDSHAKE_CERTIFICATE_PKT;
	tls->heard_finished |= incoming && type == GNUTLS_HANDSHAKE_FINISHED;
	return 0;
}

static bool
prepare(struct tls *tls, const struct tls_identity *identity)
{
	unsigned flags = GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL |
		GNUTLS_NO_TICKETS;

	if (gnutls_init(&tls->session, flags) != GNUTLS_E_SUCCESS)
		return false;
	gnutls_session_set_ptr(tls->session, tls);
	gnutls_handshake_set_hook_function(
		tls->session, GNUTLS_HANDSHAKE_ANY, GNUTLS_HOOK_POST, on_message);
	gnutls_transport_set_int(tls->session, tls->fd);
	gnutls_handshake_set_timeout(tls->session, 0); /* `until` counts */
	return tls_identity_use(identity, tls->session);
}

static bool
wait_for_turn(const struct tls *tls, struct deadline until)
{
	bool writes = gnutls_record_get_direction(tls->session) == 1;

	return socket_wait(tls->fd, writes ? POLLOUT : POLLIN, until, NULL);
}

static enum tls_end
end_for(const struct tls *tls, int code)
{
	bool hung_up = code == GNUTLS_E_PREMATURE_TERMINATION ||
		code == GNUTLS_E_PULL_ERROR || code == GNUTLS_E_PUSH_ERROR ||
		code == GNUTLS_E_FATAL_ALERT_RECEIVED ||
		code == GNUTLS_E_UNEXPECTED_PACKET_LENGTH;

	if (hung_up && tls->sent_certificate && !tls->heard_finished)
		return TLS_REJECTED;
	switch (code) {
	case GNUTLS_E_NO_CIPHER_SUITES:
	case GNUTLS_E_UNSUPPORTED_VERSION_PACKET:
	case GNUTLS_E_FATAL_ALERT_RECEIVED:
	case GNUTLS_E_INSUFFICIENT_CREDENTIALS:
	case GNUTLS_E_UNKNOWN_CIPHER_SUITE:
		return TLS_NO_COMMON_GROUND;
	default:
		return TLS_GARBLED;
	}
}

static enum tls_end
shake_hands(struct tls *tls, struct deadline until)
{
	for (;;) {
		int code = gnutls_handshake(tls->session);

		if (code == GNUTLS_E_SUCCESS)
			return TLS_SPEAKS;
		if (code == GNUTLS_E_WARNING_ALERT_RECEIVED)
			continue;
		if (gnutls_error_is_fatal(code)) {
			gnutls_alert_send_appropriate(tls->session, code);
			return end_for(tls, code);
		}
		if (!wait_for_turn(tls, until))
			return TLS_SILENT;
	}
}

struct tls *
tls_accept(const struct tls_identity *identity, int fd, struct deadline until,
	struct tls_story *story)
{
	struct tls *tls = xcalloc(1, sizeof *tls);

	*story = (struct tls_story){ .end = TLS_GARBLED };
	tls->fd = fd;
	tls->story = story;
	if (prepare(tls, identity))
		story->end = shake_hands(tls, until);
	tls->story = NULL;
	if (story->end != TLS_SPEAKS) {
		tls_free(tls);
		return NULL;
	}
	/* From here on a new handshake in the same connection is refused. */
	gnutls_handshake_set_hook_function(
		tls->session, GNUTLS_HANDSHAKE_ANY, GNUTLS_HOOK_POST, NULL);
	snprintf(story->version, sizeof story->version, "%s %s %s",
		gnutls_protocol_get_name(gnutls_protocol_get_version(tls->session)),
		gnutls_cipher_get_name(gnutls_cipher_get(tls->session)),
		gnutls_mac_get_name(gnutls_mac_get(tls->session)));
	return tls;
}

static bool
write_inside(int inside, const char *bytes, size_t len)
{
	struct deadline until = deadline_in(STUCK_MS);

	while (len > 0) {
		ssize_t done = send(inside, bytes, len, MSG_NOSIGNAL);

		if (done > 0) {
			bytes += done;
			len -= (size_t)done;
		} else if (errno != EAGAIN ||
			!socket_wait(inside, POLLOUT, until, NULL)) {
			return false;
		}
	}
	return true;
}

static bool
write_outside(struct tls *tls, const char *bytes, size_t len)
{
	struct deadline until = deadline_in(STUCK_MS);
	size_t agreed = gnutls_record_get_max_size(tls->session);
	size_t most = agreed < RECORD_MOST ? agreed : RECORD_MOST;

	while (len > 0) {
		ssize_t done = gnutls_record_send(
			tls->session, bytes, len < most ? len : most);

		if (done > 0) {
			bytes += done;
			len -= (size_t)done;
		} else if (done >= 0 || gnutls_error_is_fatal((int)done) ||
			!wait_for_turn(tls, until)) {
			return false;
		}
	}
	return true;
}

static bool
carry_in(struct tls *tls, int inside)
{
	char bytes[CARRY_BYTES];
	ssize_t len = gnutls_record_recv(tls->session, bytes, sizeof bytes);

	if (len > 0)
		return write_inside(inside, bytes, (size_t)len);
	return len == GNUTLS_E_AGAIN || len == GNUTLS_E_INTERRUPTED;
}

static bool
carry_out(struct tls *tls, int inside)
{
	char bytes[CARRY_BYTES];
	ssize_t len = read(inside, bytes, sizeof bytes);

	if (len > 0)
		return write_outside(tls, bytes, (size_t)len);
	if (len < 0 && errno == EAGAIN)
		return true;
	gnutls_bye(tls->session, GNUTLS_SHUT_WR);
	return false;
}

void
tls_carry(struct tls *tls, int inside)
{
	struct pollfd ends[] = {
		{ .fd = tls->fd, .events = POLLIN },
		{ .fd = inside, .events = POLLIN },
	};
	bool ok = true;

	while (ok) {
		bool waiting = gnutls_record_check_pending(tls->session) > 0;

		if (!waiting && poll(ends, 2, IDLE_MS) <= 0)
			return;
		if (waiting || ends[0].revents != 0)
			ok = carry_in(tls, inside);
		if (ok && !waiting && ends[1].revents != 0)
			ok = carry_out(tls, inside);
	}
}

void
tls_free(struct tls *tls)
{
	if (tls == NULL)
		return;
	if (tls->session != NULL)
		gnutls_deinit(tls->session);
	free(tls);
}
