/* How jobs are shown. */
/* SPDX-License-Identifier: MIT */
#include "cmd/show.h"

#include <stdio.h>

#include "base/terminal.h"

struct run_show
show_choose(const struct app *app)
{
	bool redraw = !app->plain && terminal_can_redraw(stderr);

	return (struct run_show){
		.style = app->quiet ? SCREEN_NONE
			: redraw    ? SCREEN_REDRAW
				    : SCREEN_LINES,
		.json = app->json,
	};
}
