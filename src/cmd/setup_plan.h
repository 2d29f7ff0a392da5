/* --dry-run: what would be written into a Tasmota. */
/* SPDX-License-Identifier: MIT */
#ifndef CMD_SETUP_PLAN_H
#define CMD_SETUP_PLAN_H

#include <jansson.h>

#include "flash/join.h"
#include "flash/settings.h"

/* One line each, "NAME: VALUE", behind `indent`; a secret is "(secret)". */
void setup_plan_print(const struct join_order *wifi, const struct settings *settings,
	const char *indent);

/* The same as an object, a new reference. */
json_t *setup_plan_json(const struct join_order *wifi, const struct settings *settings);

#endif
