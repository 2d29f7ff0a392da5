/* JSON events: one object per line on standard output. */
/* SPDX-License-Identifier: MIT */
#include "fleet/event.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

void
event_print(const char *kind, const char *device, json_t *fields)
{
	char at[CLOCK_TEXT_SIZE];
	OWN_JSON event = NULL;
	char *line;

	clock_text(clock_wall_ms(), at);
	event = json_pack("{s:s, s:s*, s:s}", "event", kind, "device", device, "at", at);
	if (fields != NULL)
		json_object_update_new(event, fields);
	line = json_dumps(event, JSON_COMPACT);
	if (line == NULL)
		return;
	flockfile(stdout);
	fputs(line, stdout);
	putchar('\n');
	fflush(stdout);
	funlockfile(stdout);
	free(line);
}
