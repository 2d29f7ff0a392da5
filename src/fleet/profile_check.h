/* Goes through the text of a profile before it is mapped, so that everything wrong is
 * told with its line: unknown keys, secrets, values that can not be. */
/* SPDX-License-Identifier: MIT */
#ifndef FLEET_PROFILE_CHECK_H
#define FLEET_PROFILE_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

extern const struct err_code e_profile; /* E-PROFILE */

/* E-PROFILE or E-PROFILE-SECRET, "PATH:LINE:COLUMN: …" of the first thing wrong. */
bool profile_check(const char *path, const char *text, size_t len, struct err *err);

#endif
