/* The list of flash methods. */
/* SPDX-License-Identifier: MIT */
#include "flash/methods.h"

#include <stddef.h>
#include <string.h>

const struct flash_method *const flash_methods[] = {
	&flash_diy,
	&flash_takeover,
	&flash_tasmota,
	NULL,
};

const struct flash_method *
flash_method_named(const char *name)
{
	for (const struct flash_method *const *each = flash_methods; *each != NULL;
		each++)
		if (strcmp((*each)->name, name) == 0)
			return *each;
	return NULL;
}
