/* Secrets come from a file, the environment or a prompt. */
/* SPDX-License-Identifier: MIT */
#include "cmd/secret.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "cmd/prompt.h"

static const struct err_code e_missing = { "E-SECRET-MISSING", ERR_USAGE,
	"Give it in a file or in the environment, or run the command on a terminal to be "
	"asked." };

char *
secret_read(const struct app *app, const char *file, const char *option,
	const char *variable, const char *question, struct err *err)
{
	const char *value = getenv(variable);
	char *answer;

	if (file != NULL)
		return file_read_line(file, SECRET_MOST, err);
	if (value != NULL)
		return xstrdup(value);
	if (!prompt_is_possible(app)) {
		err_set(err, &e_missing,
			"%s is needed: there is no --%s, and $%s is not set", question,
			option, variable);
		return NULL;
	}
	answer = prompt_line(app, question, true);
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
