/* Asking the person at the keyboard for a line of text. */
/* SPDX-License-Identifier: MIT */
#ifndef CMD_PROMPT_H
#define CMD_PROMPT_H

#include "cmd/app.h"

/* Whether somebody is there to be asked: both ends are terminals, and no --yes. */
bool prompt_is_possible(const struct app *app);

/* Prints "QUESTION: " on standard error and reads a line, at most PROMPT_MOST bytes; with
 * `hidden` it is not shown. NULL on an interrupt or the end of input. The caller frees it.
 */
#define PROMPT_MOST 256
char *prompt_line(const struct app *app, const char *question, bool hidden);

#endif
