/* Asking the person at the keyboard once, where there is one. */
/* SPDX-License-Identifier: MIT */
#ifndef CMD_CONFIRM_H
#define CMD_CONFIRM_H

#include "cmd/app.h"

/* Prints "QUESTION [y/N] " on standard error and reads a line. True at once with --yes,
 * or where no person is: a command in a script says what it wants by being there. False
 * with E-DECLINED for any answer but yes, E-CANCELLED on an interrupt. */
bool confirm(const struct app *app, const char *question, struct err *err);

#endif
