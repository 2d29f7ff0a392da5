/* Errors: a stable code, a sentence of cause, a sentence of remedy.
 *
 * The code is a constant beside the code that raises it; context is added on the
 * way up with err_while(); main() prints the result once and picks the exit status. */
/* SPDX-License-Identifier: MIT */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

enum err_kind {
	ERR_NONE,
	ERR_INTERNAL, /* a mistake of ours */
	ERR_USAGE, /* the caller asked for something impossible */
	ERR_CONFIG, /* a configuration file is wrong */
	ERR_PERMISSION, /* this computer says: not you */
	ERR_SYSTEM, /* this computer said no: file, socket, port */
	ERR_NOTHING_TO_DO, /* all is as asked already */
	ERR_NOT_FOUND, /* no such device answered */
	ERR_LOST, /* the device stopped answering */
	ERR_GARBLED, /* the device answered nonsense */
	ERR_REFUSED, /* the device answered, and the answer is no */
	ERR_NOT_ELIGIBLE, /* this device can not be freed this way */
	ERR_IMAGE_REFUSED, /* this image would fail or brick */
	ERR_UNLOCK_REFUSED, /* the device stayed locked */
	ERR_UNREACHABLE, /* the device can not reach this computer */
	ERR_UNPROVEN, /* flashed, but not seen alive again */
	ERR_SOME_FAILED, /* several devices, not all succeeded */
	ERR_TRY_AGAIN, /* the same may well work later */
	ERR_CANCELLED /* the user interrupted; state is saved */
};

/* One row of doc/errors.md. Define it as a static const where it is raised; names
 * are unique over the whole program (tools/check-errors). */
struct err_code {
	const char *name; /* "E-UNLOCK-NO-INTERNET" */
	enum err_kind kind;
	const char *remedy; /* what to do next: one sentence */
};

#define ERR_TEXT_SIZE 512

struct err {
	const struct err_code *code; /* NULL: no error */
	char text[ERR_TEXT_SIZE]; /* cause, without trailing newline */
	char remedy[ERR_TEXT_SIZE];
};

/* Raised everywhere, hence defined here. */
extern const struct err_code err_usage; /* E-USAGE */
extern const struct err_code err_file; /* E-FILE: a file can not be read or written */
extern const struct err_code err_disk_full; /* E-DISK-FULL */
extern const struct err_code
	err_system; /* E-SYSTEM: any other refusal of this computer */
extern const struct err_code err_internal; /* E-INTERNAL */
extern const struct err_code err_cancelled; /* E-CANCELLED */

/* Stores code, formatted cause and the code's remedy. Returns false, so that a
 * failure is one line: return err_set(err, &e_code, "..."). `err` may be NULL. */
bool err_set(struct err *err, const struct err_code *code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* As err_set with the text of errno appended; ENOSPC becomes E-DISK-FULL. */
bool err_errno(struct err *err, const struct err_code *code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts "what we were doing: " in front of the cause. Returns false. */
bool err_while(struct err *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Replaces the code's general remedy by one that names addresses, files, rules.
 * Returns false. */
bool err_remedy(struct err *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* ERR_NONE when no error is set. */
enum err_kind err_kind(const struct err *err);

void err_clear(struct err *err);

/* The exit status of doc/errors.md for a kind; 0 for ERR_NONE. */
int err_exit_status(enum err_kind kind);

#endif
