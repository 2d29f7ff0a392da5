/* The inside of an identity, for the files net/tls*.c. */
/* SPDX-License-Identifier: MIT */
#ifndef NET_TLS_IDENTITY_H
#define NET_TLS_IDENTITY_H

#include <gnutls/gnutls.h>

#include "net/tls.h"

/* Gives a session the certificate, and the versions and ciphers of old devices. */
bool tls_identity_use(const struct tls_identity *identity, gnutls_session_t session);

extern const struct err_code err_tls_old; /* E-TLS-OLD: the library refuses old ways */

#endif
