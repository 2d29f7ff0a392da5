/* New firmware for a simulated Tasmota over the air. */
/* SPDX-License-Identifier: MIT */
#include "sim/tasmota_upgrade.h"

json_t *
tasmota_upgrade_ask(struct tasmota *t, const char *payload)
{
	(void)t;
	(void)payload;
	return json_pack("{s:s}", "Upgrade", "1 to upgrade");
}

void
tasmota_upgrade_run(struct tasmota *t)
{
	(void)t;
}

void
tasmota_upgrade_tell(struct tasmota *t)
{
	(void)t;
}

bool
tasmota_upgrade_boot(struct tasmota *t)
{
	(void)t;
	return true;
}
