/* What of a TCP connection's bytes has arrived, asked of the Linux kernel. */
/* SPDX-License-Identifier: MIT */
#include "host/unsent.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

bool
unsent_bytes(int fd, size_t *out)
{
	int waiting = 0, broken = 0;
	socklen_t len = sizeof broken;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &broken, &len) != 0 || broken != 0 ||
		ioctl(fd, SIOCOUTQ, &waiting) != 0)
		return false;
	*out = (size_t)waiting;
	return true;
}
