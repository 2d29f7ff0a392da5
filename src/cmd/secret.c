/* Secrets come from a file, the environment or a prompt. */
/* SPDX-License-Identifier: MIT */
#include "cmd/secret.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "net/socket.h"

static const struct err_code e_missing = { "E-SECRET-MISSING", ERR_USAGE,
	"Give it in a file or in the environment, or run the command on a terminal to be "
	"asked." };

enum { ANSWER_PATIENCE_MS = 24 * 3600 * 1000 };

/* Reads one line from the terminal without showing it. NULL on an interrupt. */
static char *
ask(const struct app *app, const char *question)
{
	struct termios shown, hidden;
	char line[SECRET_MOST + 2] = "";
	bool ok;

	if (tcgetattr(STDIN_FILENO, &shown) != 0)
		return NULL;
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	fprintf(stderr, "%s: ", question);
	fflush(stderr);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
	/* A signal does not end fgets(), so it is begun only when a line is there. */
	ok = socket_wait(STDIN_FILENO, POLLIN, deadline_in(ANSWER_PATIENCE_MS),
		     app->cancel) &&
		fgets(line, sizeof line, stdin) != NULL;
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
	fputc('\n', stderr);
	line[strcspn(line, "\r\n")] = '\0';
	return ok ? xstrdup(line) : NULL;
}

char *
secret_read(const struct app *app, const char *file, const char *variable,
	const char *question, struct err *err)
{
	const char *value = getenv(variable);
	char *answer;

	if (file != NULL)
		return file_read_line(file, SECRET_MOST, err);
	if (value != NULL)
		return xstrdup(value);
	if (app->yes || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
		err_set(err, &e_missing, "%s is needed: $%s is not set", question,
			variable);
		return NULL;
	}
	answer = ask(app, question);
	if (answer == NULL)
		err_set(err, &err_cancelled, "stopped before anything was done");
	return answer;
}

void
secret_free(char *secret)
{
	if (secret != NULL)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}
