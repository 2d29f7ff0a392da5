/* The console page of a simulated Tasmota. The path and its two arguments are known; how
 * the log's lines are packed is not, and nothing here claims to know. */
/* SPDX-License-Identifier: MIT */
#include "sim/tasmota_console.h"

#include "base/memory.h"
#include "sim/tasmota_command.h"

static void
show_page(const struct tasmota_visit *visit)
{
	tasmota_web_page(visit,
		"<textarea readonly id='t1'></textarea>"
		"<form method='get'><input id='c1' name='c1' autofocus></form>");
}

/* Each result as its log has it: a line of JSON. */
static void
run_typed(const struct tasmota_visit *visit, const char *command)
{
	struct tasmota *t = visit->t;
	char *text;

	t->results = json_object();
	if (command != NULL && command[0] != '\0')
		tasmota_execute(t, command);
	text = json_dumps(t->results, JSON_COMPACT);
	json_decref(t->results);
	t->results = NULL;
	tasmota_web_send(visit, "200 OK", "text/plain", "", text);
	free(text);
}

void
tasmota_console_answer(const struct tasmota_visit *visit)
{
	const char *command = web_request_argument(visit->request, "c1");

	if (command != NULL || web_request_argument(visit->request, "c2") != NULL)
		run_typed(visit, command);
	else
		show_page(visit);
}
