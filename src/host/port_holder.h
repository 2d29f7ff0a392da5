/* Which process of this computer listens on a port. */
/* SPDX-License-Identifier: MIT */
#ifndef HOST_PORT_HOLDER_H
#define HOST_PORT_HOLDER_H

#include <stdbool.h>
#include <stdint.h>

#define PORT_HOLDER_SIZE 96

/* "nginx (process 4711)", or "a program of user root" where more can not be seen; text is
 * printable. False where the system does not tell. */
bool port_holder(uint16_t port, char out[PORT_HOLDER_SIZE]);

#endif
