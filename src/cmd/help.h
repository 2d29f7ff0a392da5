/* Help text, made from the tables that also drive the parser. */
/* SPDX-License-Identifier: MIT */
#ifndef CMD_HELP_H
#define CMD_HELP_H

#include <stdio.h>

#include "cmd/command.h"

void help_overview(FILE *out);
void help_command(FILE *out, const struct command *command);

#endif
