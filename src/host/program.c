/* Where the running program lies. */
/* SPDX-License-Identifier: MIT */
#include "host/program.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

bool
program_runs_below(const char *directory)
{
	char own[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", own, sizeof own - 1);

	if (len <= 0)
		return false;
	own[len] = '\0';
	return text_starts_with(own, directory) && own[strlen(directory)] == '/';
}
