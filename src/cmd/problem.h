/* The one way an error reaches the user. */
/* SPDX-License-Identifier: MIT */
#ifndef CMD_PROBLEM_H
#define CMD_PROBLEM_H

#include "cmd/app.h"

/* Code, cause and remedy on standard error; with --json also an "error" event on
 * standard output. */
void problem_print(const struct app *app, const struct err *err);

#endif
