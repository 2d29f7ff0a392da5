/* The firewall of this computer, as far as it can be seen without administrator rights. */
/* SPDX-License-Identifier: MIT */
#ifndef HOST_FIREWALL_H
#define HOST_FIREWALL_H

#include <netinet/in.h>
#include <stdint.h>

enum firewall_state {
	FIREWALL_NONE, /* none seen */
	FIREWALL_OPEN, /* active, and a rule lets the port through */
	FIREWALL_PERHAPS, /* something filters; its rules can not be read */
	FIREWALL_CLOSED /* active, refuses by default, and no rule was seen */
};

#define FIREWALL_COMMAND_SIZE 200

struct firewall {
	const char *name; /* "ufw"; "" when none was seen */
	enum firewall_state state;
	/* Opens the port for the peer; "" when no command is known. */
	char command[FIREWALL_COMMAND_SIZE];
};

/* What TCP connections from `peer` to `port` of this computer will meet. `root` is put in
 * front of every file name; "" but in tests. */
void firewall_look(
	const char *root, struct in_addr peer, uint16_t port, struct firewall *out);

#endif
