/* How jobs are shown, as the global options say. */
/* SPDX-License-Identifier: MIT */
#ifndef CMD_SHOW_H
#define CMD_SHOW_H

#include "cmd/app.h"
#include "fleet/run.h"

struct run_show show_choose(const struct app *app);

#endif
