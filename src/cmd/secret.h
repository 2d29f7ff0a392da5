/* Secrets come from a file, the environment or a prompt; never from a plain option, where
 * every user of this computer could read them. */
/* SPDX-License-Identifier: MIT */
#ifndef CMD_SECRET_H
#define CMD_SECRET_H

#include "cmd/app.h"

#define SECRET_MOST 256

/* Reads a secret: the first line of FILE when given, else the environment VARIABLE, else
 * asked "QUESTION: " on a terminal without echo. NULL when there is none: E-SECRET-MISSING
 * names the ways (`option` is the one whose value is FILE), E-FILE a bad file. The caller
 * frees it with secret_free(). */
char *secret_read(const struct app *app, const char *file, const char *option,
	const char *variable, const char *question, struct err *err);

/* Wipes and frees; NULL is fine. */
void secret_free(char *secret);

#endif
