/* free --dry-run: what would happen to each device, and what it would be told. */
/* SPDX-License-Identifier: MIT */
#ifndef CMD_FREE_PLAN_H
#define CMD_FREE_PLAN_H

#include "cmd/free_wait.h"

/* Prints; with --json one "message" event per device besides the verdicts. */
void free_plan_print(const struct free_run *run, const struct journey *journey);

#endif
