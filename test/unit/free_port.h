/* A port for tests that open a server where they have to name one. */
/* SPDX-License-Identifier: MIT */
#ifndef TEST_UNIT_FREE_PORT_H
#define TEST_UNIT_FREE_PORT_H

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test/unit/unit.h"

/* Nobody else has it right now on this address (host byte order). */
static uint16_t
free_port(uint32_t host)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(host) } };
	socklen_t len = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	close(fd);
	return ntohs(at.sin_port);
}

#endif
