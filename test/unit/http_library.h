/* For tests of what asks by HTTP: the client's library, opened for the whole group. */
/* SPDX-License-Identifier: MIT */
#ifndef TEST_UNIT_HTTP_LIBRARY_H
#define TEST_UNIT_HTTP_LIBRARY_H

#include "net/http_client.h"

static int
open_http(void **state)
{
	(void)state;
	return http_open(NULL) ? 0 : -1;
}

static int
close_http(void **state)
{
	(void)state;
	http_close();
	return 0;
}

#endif
