/* Digests as text. */
/* SPDX-License-Identifier: MIT */
#include "firmware/digest.h"

#include <gnutls/crypto.h>

#include "base/text.h"

void
digest_sha256(const void *bytes, size_t len, char out[DIGEST_TEXT_SIZE])
{
	uint8_t digest[32];

	gnutls_hash_fast(GNUTLS_DIG_SHA256, bytes, len, digest);
	text_hex(digest, sizeof digest, out);
}

void
digest_md5(const void *bytes, size_t len, char out[DIGEST_MD5_SIZE])
{
	uint8_t digest[16];

	gnutls_hash_fast(GNUTLS_DIG_MD5, bytes, len, digest);
	text_hex(digest, sizeof digest, out);
}
