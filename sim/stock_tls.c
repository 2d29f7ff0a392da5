/* The TLS of stock firmware, played by OpenSSL held back to 2016 and to a small buffer. */
/* SPDX-License-Identifier: MIT */
#include "sim/stock_tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/memory.h"
#include "net/socket.h"

struct stock_tls {
	int fd;
	SSL_CTX *context;
	SSL *ssl;
	enum stock_pin pin;
	const char *fault; /* why it gave up; NULL: no reason yet */
};

static const char suites[] = "AES128-SHA:AES256-SHA:@SECLEVEL=0";

/* Looks at everything that comes in: heads of records, and the certificate message. */
static void
on_message(int is_sent, int version, int kind, const void *bytes, size_t len, SSL *ssl,
	void *context)
{
	struct stock_tls *tls = context;
	const uint8_t *at = bytes;

	(void)version;
	(void)ssl;
	if (is_sent || tls->fault != NULL)
		return;
	if (kind == SSL3_RT_HEADER && len == SSL3_RT_HEADER_LENGTH &&
		(size_t)(at[3] << 8 | at[4]) + len > STOCK_TLS_BUFFER)
		tls->fault = "a record does not fit the buffer of 4096 bytes";
	if (kind == SSL3_RT_HANDSHAKE && len >= STOCK_TLS_BUFFER &&
		at[0] == SSL3_MT_CERTIFICATE)
		tls->fault = "the certificate does not fit the buffer of 4096 bytes";
}

/* Old firmware looks at no certificate; pinned firmware goes, with or without an alert. */
static int
on_certificate(X509_STORE_CTX *store, void *context)
{
	struct stock_tls *tls = context;

	if (tls->fault == NULL && tls->pin != PIN_NONE)
		tls->fault = "the certificate is not the vendor's";
	if (tls->fault == NULL)
		return 1;
	if (tls->pin == PIN_CLOSES)
		shutdown(tls->fd, SHUT_WR);
	X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
	return 0;
}

static void
limit(struct stock_tls *tls, enum stock_transport transport)
{
	SSL_CTX *context = tls->context;

	SSL_CTX_set_min_proto_version(context,
		transport == TRANSPORT_TLS_1_1_ONLY ? TLS1_1_VERSION : TLS1_VERSION);
	SSL_CTX_set_max_proto_version(context,
		transport == TRANSPORT_TLS_1_2 ? TLS1_2_VERSION : TLS1_1_VERSION);
	SSL_CTX_set_cipher_list(context, suites);
	SSL_CTX_set_options(context,
		SSL_OP_NO_TICKET | SSL_OP_NO_ENCRYPT_THEN_MAC |
			SSL_OP_NO_EXTENDED_MASTER_SECRET | SSL_OP_NO_COMPRESSION |
			SSL_OP_NO_RENEGOTIATION | SSL_OP_LEGACY_SERVER_CONNECT);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(context, on_certificate, tls);
	SSL_CTX_set_msg_callback(context, on_message);
	SSL_CTX_set_msg_callback_arg(context, tls);
}

/* After a call that returned `result`: true when it is worth being called again. */
static bool
wait_for_more(struct stock_tls *tls, int result, struct deadline until,
	const struct cancel *cancel, bool *timed_out)
{
	int what = SSL_get_error(tls->ssl, result);

	*timed_out = false;
	ERR_clear_error();
	if (tls->fault != NULL ||
		(what != SSL_ERROR_WANT_READ && what != SSL_ERROR_WANT_WRITE))
		return false;
	*timed_out = !socket_wait(
		tls->fd, what == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, until, cancel);
	return !*timed_out;
}

static const char *
shake_hands(struct stock_tls *tls, struct deadline until, const struct cancel *cancel)
{
	bool timed_out = false;
	int result;

	while ((result = SSL_connect(tls->ssl)) != 1)
		if (!wait_for_more(tls, result, until, cancel, &timed_out))
			break;
	if (tls->fault != NULL)
		return tls->fault;
	if (timed_out)
		return "the handshake takes too long";
	return result == 1 ? NULL : "the handshake failed";
}

struct stock_tls *
stock_tls_new(int fd, const struct stock_personality *personality, struct deadline until,
	const struct cancel *cancel, const char **why)
{
	struct stock_tls *tls = xcalloc(1, sizeof *tls);

	OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	*tls = (struct stock_tls){ .fd = fd, .pin = personality->pin };
	*why = "OpenSSL is out of order";
	if ((tls->context = SSL_CTX_new(TLS_client_method())) != NULL) {
		limit(tls, personality->transport);
		tls->ssl = SSL_new(tls->context);
	}
	if (tls->ssl != NULL && SSL_set_fd(tls->ssl, fd) == 1)
		*why = shake_hands(tls, until, cancel);
	if (*why == NULL)
		return tls;
	stock_tls_free(tls, false);
	return NULL;
}

const char *
stock_tls_version(const struct stock_tls *tls)
{
	return SSL_get_version(tls->ssl);
}

const char *
stock_tls_fault(const struct stock_tls *tls)
{
	return tls->fault;
}

bool
stock_tls_send(struct stock_tls *tls, const void *bytes, size_t len,
	struct deadline until, const struct cancel *cancel)
{
	bool timed_out;
	int result;

	while ((result = SSL_write(tls->ssl, bytes, (int)len)) <= 0)
		if (!wait_for_more(tls, result, until, cancel, &timed_out))
			return false;
	return true;
}

int
stock_tls_receive(struct stock_tls *tls, void *bytes, size_t size, struct deadline until,
	const struct cancel *cancel)
{
	bool timed_out = false;
	int got;

	while ((got = SSL_read(tls->ssl, bytes, (int)size)) <= 0)
		if (!wait_for_more(tls, got, until, cancel, &timed_out))
			return timed_out ? -1 : 0;
	return tls->fault == NULL ? got : 0;
}

void
stock_tls_free(struct stock_tls *tls, bool say_goodbye)
{
	if (tls == NULL)
		return;
	if (say_goodbye && tls->fault == NULL)
		(void)SSL_shutdown(tls->ssl);
	SSL_free(tls->ssl);
	SSL_CTX_free(tls->context);
	free(tls);
}
