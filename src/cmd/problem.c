/* The one way an error reaches the user. */
/* SPDX-License-Identifier: MIT */
#include "cmd/problem.h"

#include <stdio.h>

#include "base/json.h"
#include "base/terminal.h"
#include "base/text.h"
#include "fleet/event.h"

enum { INDENT = 9 }; /* as long as "airlift: " */

void
problem_print(const struct app *app, const struct err *cause)
{
	struct err err = *cause;
	bool bold = !app->plain && terminal_has_color(stderr);
	char text[ERR_TEXT_SIZE * 2], remedy[ERR_TEXT_SIZE * 2];

	if (err.code == NULL)
		err_set(&err, &err_internal, "something failed without saying why");
	if (app->json)
		event_print("error", NULL,
			json_pack("{s:s, s:s, s:s}", "code", err.code->name, "cause",
				err.text, "remedy", err.remedy));
	terminal_say(stderr, INDENT, "airlift: %s%s%s: %s", bold ? "\033[1;31m" : "",
		err.code->name, bold ? "\033[0m" : "",
		text_printable(text, sizeof text, err.text));
	terminal_say(stderr, INDENT, "%*s%s", INDENT, "",
		text_printable(remedy, sizeof remedy, err.remedy));
}
