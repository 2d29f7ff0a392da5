/* The TLS of stock firmware, played by OpenSSL: versions up to 1.1 or 1.2, RSA key
 * exchange with AES-CBC, no server name, hardly an extension, and a buffer of 4096 bytes
 * that every record and the certificate have to fit.
 * Source: doc/protocol/simulator-stock.md, "TLS". */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_STOCK_TLS_H
#define SIM_STOCK_TLS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "sim/stock_personality.h"

#define STOCK_TLS_BUFFER 4096

struct stock_tls;

/* Shakes hands on a connected socket, which stays the caller's. NULL and a sentence
 * fragment in *why ("the certificate is not the vendor's") when that fails. */
struct stock_tls *stock_tls_new(int fd, const struct stock_personality *personality,
	struct deadline until, const struct cancel *cancel, const char **why);

/* "TLSv1.1" */
const char *stock_tls_version(const struct stock_tls *tls);

/* What the peer did that this device can not take; NULL: nothing. */
const char *stock_tls_fault(const struct stock_tls *tls);

bool stock_tls_send(struct stock_tls *tls, const void *bytes, size_t len,
	struct deadline until, const struct cancel *cancel);

/* More than 0 bytes, 0 when the connection is over, -1 when the time is. */
int stock_tls_receive(struct stock_tls *tls, void *bytes, size_t size,
	struct deadline until, const struct cancel *cancel);

/* With `say_goodbye` the peer is told. NULL is fine. */
void stock_tls_free(struct stock_tls *tls, bool say_goodbye);

#endif
