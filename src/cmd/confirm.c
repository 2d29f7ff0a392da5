/* Asking the person at the keyboard once. */
/* SPDX-License-Identifier: MIT */
#include "cmd/confirm.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "net/socket.h"

static const struct err_code e_declined = { "E-DECLINED", ERR_NOTHING_TO_DO,
	"Nothing was changed. Answer y, or use --yes, to go on." };

enum { ANSWER_PATIENCE_MS = 24 * 3600 * 1000 };

bool
confirm(const struct app *app, const char *question, struct err *err)
{
	char answer[16] = "";

	if (app->yes || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return true;
	fprintf(stderr, "%s [y/N] ", question);
	fflush(stderr);
	/* A signal does not end fgets(), so it is begun only when a line is there. */
	if (!socket_wait(
		    STDIN_FILENO, POLLIN, deadline_in(ANSWER_PATIENCE_MS), app->cancel)) {
		fputc('\n', stderr);
		return err_set(err, &err_cancelled, "stopped before anything was done");
	}
	if (fgets(answer, sizeof answer, stdin) != NULL &&
		(answer[0] == 'y' || answer[0] == 'Y'))
		return true;
	return err_set(err, &e_declined, "the answer was not yes");
}
