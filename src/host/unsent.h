/* What of a TCP connection's bytes has really arrived at the other side. */
/* SPDX-License-Identifier: MIT */
#ifndef HOST_UNSENT_H
#define HOST_UNSENT_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes handed to the kernel that the peer has not acknowledged. False when the connection
 * is broken: they never will be. */
bool unsent_bytes(int fd, size_t *out);

#endif
