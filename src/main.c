/* Finds the command, runs it, prints the error, chooses the exit status. */
/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

#include "base/memory.h"
#include "cmd/command.h"
#include "cmd/help.h"
#include "cmd/problem.h"
#include "version.h"

/* The signal flags: the first interrupt asks to stop, the next one to stop waiting. */
static struct cancel interrupted, hurried;

static void
on_signal(int number)
{
	(void)number;
	if (cancel_asked(&interrupted))
		cancel_ask(&hurried);
	cancel_ask(&interrupted);
}

static void
listen_for_signals(void)
{
	struct sigaction ask = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigaction(SIGINT, &ask, NULL);
	sigaction(SIGTERM, &ask, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

/* The passwords of a whole home are in memory: a crash must not leave them in a file. */
static void
leave_no_core(void)
{
	static const struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
}

static bool
run(struct app *app, int argc, char **argv, struct err *err)
{
	struct options globals = { 0 };
	const struct command *command;

	if (!options_read(&globals, app_options, NULL, true, argc, argv, err) ||
		!app_take_options(app, &globals, err))
		return false;
	if (option_given(&globals, "version")) {
		puts("airlift " AIRLIFT_VERSION);
		return true;
	}
	if (option_given(&globals, "help") || globals.argc == 0) {
		help_overview(stdout);
		return true;
	}
	command = command_named(globals.argv[0], err);
	return command != NULL &&
		command_run(command, app, globals.argc, globals.argv, err);
}

int
main(int argc, char **argv)
{
	struct err err = { 0 };
	struct app app = { 0 };
	bool ok;

	leave_no_core();
	listen_for_signals();
	app_open(&app, &interrupted, &hurried);
	ok = run(&app, argc, argv, &err);
	/* Before the error, so that both stand in order where both go to one file. */
	if (fflush(stdout) != 0 && ok)
		ok = err_errno(&err, &err_file, "cannot write the output");
	if (!ok)
		problem_print(&app, &err);
	app_close(&app);
	return ok ? 0 : err_exit_status(err_kind(&err));
}
