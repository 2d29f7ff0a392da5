/* TLS as devices of 2016 speak it: versions 1.0 to 1.2, RSA key exchange, one small
 * certificate that nobody checks. Plain bytes come out on the other side, so that the
 * HTTP server needs to know nothing of it. What devices can do: doc/protocol/ewelink.md. */
/* SPDX-License-Identifier: MIT */
#ifndef NET_TLS_H
#define NET_TLS_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/memory.h"

struct tls_identity; /* key and certificate; shared by threads */
struct tls; /* one connection, used by one thread */

/* Reads DIRECTORY/cloud.pem, or makes it (mode 0600; RSA takes up to a second).
 * E-FILE, E-TLS-KEY. */
struct tls_identity *tls_identity_open(const char *directory, struct err *err);
void tls_identity_free(struct tls_identity *identity);
DEFINE_OWN(tls_identity)

/* Speaks to itself with each old version; the system's settings may forbid them.
 * E-TLS-OLD. */
bool tls_self_test(const struct tls_identity *identity, struct err *err);

/* What became of a handshake. */
enum tls_end {
	TLS_SPEAKS, /* all is well */
	TLS_REJECTED, /* the peer hung up between our certificate and its Finished */
	TLS_NO_COMMON_GROUND, /* no version or cipher in common */
	TLS_GARBLED, /* not TLS, or broken */
	TLS_SILENT /* not done before the deadline */
};

struct tls_story {
	enum tls_end end;
	/* The peer speaks of TLS 1.3: a browser or a tool, not an old device. */
	bool is_modern;
	char version[48]; /* "TLS1.1 AES-128-CBC SHA1", "" when it did not come so far */
};

/* Blocks until the handshake on the non-blocking `fd` has ended one way or the other; fd
 * stays the caller's. NULL unless story->end is TLS_SPEAKS. */
struct tls *tls_accept(const struct tls_identity *identity, int fd, struct deadline until,
	struct tls_story *story);

/* Carries bytes between the peer and the non-blocking `inside` until one side closes or
 * nothing has moved for a long time. */
void tls_carry(struct tls *tls, int inside);
void tls_free(struct tls *tls);

#endif
