/* What a device is told to call: names that only mean this computer to itself become its
 * address in the device's network. */
/* SPDX-License-Identifier: MIT */
#ifndef HOST_TOLD_HOST_H
#define HOST_TOLD_HOST_H

#include <netinet/in.h>

#include "base/err.h"

/* `host` as it is, unless it is a loopback name or address. `device` INADDR_ANY: not known
 * yet; `access_point`: the network the device is about to leave, whose addresses are of no
 * use to it. The caller frees the result; NULL with E-USAGE when it is not clear which
 * address it is, or E-NO-ROUTE. */
char *told_host(const char *host, struct in_addr device, struct in_addr access_point,
	struct err *err);

#endif
