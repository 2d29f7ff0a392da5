/* Where the running program lies. */
/* SPDX-License-Identifier: MIT */
#ifndef HOST_PROGRAM_H
#define HOST_PROGRAM_H

#include <stdbool.h>

/* True when the program's own file is below DIRECTORY (absolute, without a final slash):
 * it was built there and not installed. False when that can not be told. */
bool program_runs_below(const char *directory);

#endif
