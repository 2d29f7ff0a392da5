/* SHA-256, as text, the way devices compare it. */
/* SPDX-License-Identifier: MIT */
#ifndef FIRMWARE_DIGEST_H
#define FIRMWARE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_TEXT_SIZE 65

/* 64 lower-case hexadecimal digits and a NUL. */
void digest_sha256(const void *bytes, size_t len, char out[DIGEST_TEXT_SIZE]);

#endif
