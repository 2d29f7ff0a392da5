/* Which process listens on a port, from /proc: the socket table gives an inode, the
 * inode is looked for among the open files of every process we may see. */
/* SPDX-License-Identifier: MIT */
#include "host/port_holder.h"

#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"

#define STATE_LISTEN 0x0A

struct listener {
	unsigned long inode;
	unsigned uid;
};

/* One socket table, of IPv4 or IPv6: a listener on [::] holds the IPv4 port too. */
static bool
find_listener(const char *table, uint16_t port, struct listener *out)
{
	FILE *file = fopen(table, "re");
	char line[512];
	bool found = false;

	while (file != NULL && !found && fgets(line, sizeof line, file) != NULL) {
		unsigned local, state;

		found = sscanf(line,
				"%*d: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*x:%*x "
				"%*x:%*x %*x %u %*u %lu",
				&local, &state, &out->uid, &out->inode) == 4 &&
			local == port && state == STATE_LISTEN;
	}
	if (file != NULL)
		fclose(file);
	return found;
}

static bool
process_has(const char *pid, const char *link)
{
	char folder[64], path[PATH_MAX], target[64];
	struct dirent *entry;
	bool found = false;
	DIR *files;

	snprintf(folder, sizeof folder, "/proc/%.16s/fd", pid);
	files = opendir(folder);
	while (files != NULL && !found && (entry = readdir(files)) != NULL) {
		ssize_t len;

		snprintf(path, sizeof path, "%s/%.16s", folder, entry->d_name);
		len = readlink(path, target, sizeof target - 1);
		target[len > 0 ? len : 0] = '\0';
		found = strcmp(target, link) == 0;
	}
	if (files != NULL)
		closedir(files);
	return found;
}

static void
describe_process(const char *pid, char out[PORT_HOLDER_SIZE])
{
	char path[64], name[64] = "a program", shown[64];
	FILE *file;

	snprintf(path, sizeof path, "/proc/%.16s/comm", pid);
	file = fopen(path, "re");
	if (file != NULL) {
		if (fgets(name, sizeof name, file) != NULL)
			name[strcspn(name, "\n")] = '\0';
		fclose(file);
	}
	snprintf(out, PORT_HOLDER_SIZE, "%s (process %.16s)",
		text_printable(shown, sizeof shown, name), pid);
}

static bool
find_process(unsigned long inode, char out[PORT_HOLDER_SIZE])
{
	char link[64];
	struct dirent *entry;
	bool found = false;
	DIR *processes = opendir("/proc");

	snprintf(link, sizeof link, "socket:[%lu]", inode);
	while (processes != NULL && !found && (entry = readdir(processes)) != NULL) {
		if (!isdigit((unsigned char)entry->d_name[0]) ||
			!process_has(entry->d_name, link))
			continue;
		describe_process(entry->d_name, out);
		found = true;
	}
	if (processes != NULL)
		closedir(processes);
	return found;
}

bool
port_holder(uint16_t port, char out[PORT_HOLDER_SIZE])
{
	struct listener listener;
	struct passwd user, *known = NULL;
	char room[1024];

	if (!find_listener("/proc/net/tcp", port, &listener) &&
		!find_listener("/proc/net/tcp6", port, &listener))
		return false;
	if (find_process(listener.inode, out))
		return true;
	getpwuid_r(listener.uid, &user, room, sizeof room, &known);
	if (known != NULL)
		snprintf(out, PORT_HOLDER_SIZE, "a program of user %.32s", user.pw_name);
	else
		snprintf(out, PORT_HOLDER_SIZE, "a program of user %u", listener.uid);
	return true;
}
