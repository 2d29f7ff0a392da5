/* The report a device sends to the server it downloaded from: POST with {"error":0}. */
/* SPDX-License-Identifier: MIT */
#ifndef WIRE_RESULT_H
#define WIRE_RESULT_H

#include <stdbool.h>
#include <stddef.h>

/* The path it is sent to. */
#define RESULT_PATH "/api/device/otaFlash"

/* The longest report that is read. */
#define RESULT_BODY_MOST 1024

/* Reads the error number, 0..9999. Only the number is known from captures, so anything
 * that has the word error followed by one is taken. */
bool result_read(const char *body, size_t len, int *number);

#endif
