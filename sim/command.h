/* The simulator's commands. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_COMMAND_H
#define SIM_COMMAND_H

#include <stdbool.h>

#include "base/err.h"

struct sim_command {
	const char *name;
	const char *args; /* operands, for --help */
	const char *summary;
	bool (*run)(int argc, char **argv, struct err *err); /* argv[0] is the name */
};

extern const struct sim_command sim_command_diy;
extern const struct sim_command sim_command_image;
extern const struct sim_command sim_command_stock;
extern const struct sim_command sim_command_tasmota;

#endif
