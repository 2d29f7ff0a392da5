/* Which of this computer's addresses another machine would see. */
/* SPDX-License-Identifier: MIT */
#include "host/route.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct err_code no_route = { "E-NO-ROUTE", ERR_UNREACHABLE,
	"Connect this computer to the network the device is in." };

bool
route_own_address(struct in_addr peer, struct in_addr *own, struct err *err)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons(9), .sin_addr = peer
	};
	struct sockaddr_in from;
	socklen_t len = sizeof from;
	char shown[INET_ADDRSTRLEN];
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool ok = fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0 &&
		getsockname(fd, (struct sockaddr *)&from, &len) == 0;

	if (ok)
		*own = from.sin_addr;
	else
		err_errno(err, &no_route, "this computer has no way to %s",
			inet_ntop(AF_INET, &peer, shown, sizeof shown));
	if (fd >= 0)
		close(fd);
	return ok;
}
