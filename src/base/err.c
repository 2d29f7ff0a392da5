/* Errors: a stable code, a sentence of cause, a sentence of remedy. */
/* SPDX-License-Identifier: MIT */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const struct err_code err_usage = { "E-USAGE", ERR_USAGE,
	"Run the command with --help to see what it takes." };
const struct err_code err_file = { "E-FILE", ERR_SYSTEM,
	"Check that the path is right and that you may read and write there." };
const struct err_code err_disk_full = { "E-DISK-FULL", ERR_SYSTEM,
	"Free some space, or choose another place with --state DIR; nothing was lost." };
const struct err_code err_system = { "E-SYSTEM", ERR_SYSTEM,
	"Try again; if it persists, look at this computer's limits and logs." };
const struct err_code err_internal = { "E-INTERNAL", ERR_INTERNAL,
	"This is a mistake in the program: please report it with the command you used." };
const struct err_code err_cancelled = { "E-CANCELLED", ERR_CANCELLED,
	"State is saved; run the same command again to continue." };

static const int exit_statuses[] = {
	[ERR_NONE] = 0,
	[ERR_INTERNAL] = 70,
	[ERR_USAGE] = 64,
	[ERR_CONFIG] = 78,
	[ERR_PERMISSION] = 77,
	[ERR_SYSTEM] = 1,
	[ERR_NOTHING_TO_DO] = 2,
	[ERR_NOT_FOUND] = 3,
	[ERR_LOST] = 1,
	[ERR_GARBLED] = 1,
	[ERR_REFUSED] = 1,
	[ERR_NOT_ELIGIBLE] = 10,
	[ERR_IMAGE_REFUSED] = 11,
	[ERR_UNLOCK_REFUSED] = 12,
	[ERR_UNREACHABLE] = 13,
	[ERR_UNPROVEN] = 5,
	[ERR_SOME_FAILED] = 4,
	[ERR_TRY_AGAIN] = 75,
	[ERR_CANCELLED] = 130,
};

static void
set(struct err *err, const struct err_code *code, const char *format, va_list args)
{
	err->code = code;
	vsnprintf(err->text, sizeof err->text, format, args);
	snprintf(err->remedy, sizeof err->remedy, "%s", code->remedy);
}

bool
err_set(struct err *err, const struct err_code *code, const char *format, ...)
{
	va_list args;

	if (err == NULL)
		return false;
	va_start(args, format);
	set(err, code, format, args);
	va_end(args);
	return false;
}

bool
err_errno(struct err *err, const struct err_code *code, const char *format, ...)
{
	int number = errno;
	size_t used;
	va_list args;

	if (err == NULL)
		return false;
	va_start(args, format);
	set(err, number == ENOSPC ? &err_disk_full : code, format, args);
	va_end(args);
	used = strlen(err->text);
	snprintf(err->text + used, sizeof err->text - used, ": %s", strerror(number));
	return false;
}

bool
err_while(struct err *err, const char *format, ...)
{
	char cause[ERR_TEXT_SIZE];
	va_list args;
	size_t used;

	if (err == NULL || err->code == NULL)
		return false;
	memcpy(cause, err->text, sizeof cause);
	va_start(args, format);
	vsnprintf(err->text, sizeof err->text, format, args);
	va_end(args);
	used = strlen(err->text);
	snprintf(err->text + used, sizeof err->text - used, ": %s", cause);
	return false;
}

bool
err_remedy(struct err *err, const char *format, ...)
{
	va_list args;

	if (err == NULL)
		return false;
	va_start(args, format);
	vsnprintf(err->remedy, sizeof err->remedy, format, args);
	va_end(args);
	return false;
}

enum err_kind
err_kind(const struct err *err)
{
	return err == NULL || err->code == NULL ? ERR_NONE : err->code->kind;
}

void
err_clear(struct err *err)
{
	*err = (struct err){ 0 };
}

int
err_exit_status(enum err_kind kind)
{
	return exit_statuses[kind];
}
