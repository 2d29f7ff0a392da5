/* Digests as text, the way devices compare them. */
/* SPDX-License-Identifier: MIT */
#ifndef FIRMWARE_DIGEST_H
#define FIRMWARE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_TEXT_SIZE 65

/* 64 lower-case hexadecimal digits and a NUL. */
void digest_sha256(const void *bytes, size_t len, char out[DIGEST_TEXT_SIZE]);

/* 32 digits. Only good against accidents, but it is what Tasmota checks. */
#define DIGEST_MD5_SIZE 33
void digest_md5(const void *bytes, size_t len, char out[DIGEST_MD5_SIZE]);

#endif
