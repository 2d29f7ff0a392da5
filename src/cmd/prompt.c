/* Asking the person at the keyboard for a line of text. */
/* SPDX-License-Identifier: MIT */
#include "cmd/prompt.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/memory.h"
#include "net/socket.h"

enum { ANSWER_PATIENCE_MS = 24 * 3600 * 1000 };

bool
prompt_is_possible(const struct app *app)
{
	return !app->yes && isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

/* A signal does not end fgets(), so it is begun only when a line is there. */
static char *
read_line(const struct app *app)
{
	char line[PROMPT_MOST + 2] = "";
	bool ok = socket_wait(STDIN_FILENO, POLLIN, deadline_in(ANSWER_PATIENCE_MS),
			  app->cancel) &&
		fgets(line, sizeof line, stdin) != NULL;
	char *answer;

	line[strcspn(line, "\r\n")] = '\0';
	answer = ok ? xstrdup(line) : NULL;
	explicit_bzero(line, sizeof line);
	return answer;
}

char *
prompt_line(const struct app *app, const char *question, bool hidden)
{
	struct termios shown, changed;
	char *answer;

	if (tcgetattr(STDIN_FILENO, &shown) != 0)
		return NULL;
	changed = shown;
	if (hidden)
		changed.c_lflag &= ~(tcflag_t)ECHO;
	fprintf(stderr, "%s: ", question);
	fflush(stderr);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &changed);
	answer = read_line(app);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
	if (hidden || answer == NULL)
		fputc('\n', stderr);
	return answer;
}
