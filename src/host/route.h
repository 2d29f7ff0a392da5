/* Which of this computer's addresses another machine would see. */
/* SPDX-License-Identifier: MIT */
#ifndef HOST_ROUTE_H
#define HOST_ROUTE_H

#include <netinet/in.h>
#include <stdbool.h>

#include "base/err.h"

/* The source address the kernel picks towards `peer`; nothing is sent. E-NO-ROUTE. */
bool route_own_address(struct in_addr peer, struct in_addr *own, struct err *err);

#endif
