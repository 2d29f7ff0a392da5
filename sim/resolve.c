/* Names as the stock firmware resolves them. */
/* SPDX-License-Identifier: MIT */
#include "sim/resolve.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

#include "base/text.h"

bool
resolve_unicast(const char *host, uint16_t port, struct sockaddr_in *out)
{
	struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	bool good;

	*out = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port) };
	if (inet_pton(AF_INET, host, &out->sin_addr) == 1)
		return true;
	if (text_ends_with(host, ".local"))
		return false;
	good = getaddrinfo(host, NULL, &hints, &found) == 0 && found != NULL;
	if (good)
		memcpy(&out->sin_addr,
			&((const struct sockaddr_in *)found->ai_addr)->sin_addr,
			sizeof out->sin_addr);
	if (found != NULL)
		freeaddrinfo(found);
	return good;
}
