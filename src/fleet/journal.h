/* What was done to which device: an append-only SQLite table (WAL, fully synchronous),
 * readable with the ordinary sqlite3 shell. Fact first, act second. */
/* SPDX-License-Identifier: MIT */
#ifndef FLEET_JOURNAL_H
#define FLEET_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/memory.h"

struct journal;

struct fact {
	int64_t at_ms; /* wall clock */
	int64_t job; /* from journal_begin() */
	const char *device; /* device_name() */
	const char *method; /* "diy" */
	const char *step; /* a flash_step name, or "outcome" */
	const char *detail; /* one line, no control characters, no secrets */
};

/* Opens DIRECTORY/journal.db, making both. NULL as DIRECTORY keeps the journal in memory.
 * Several programs may have it open at once. */
struct journal *journal_open(const char *directory, struct err *err);
void journal_free(struct journal *journal);
DEFINE_OWN(journal)

/* What a job is about. */
struct job_start {
	const char *device; /* device_name() */
	const char *method;
	const char *address; /* "192.0.2.7:8081": where to look after a power cut */
};

/* A fresh job number. The job counts as running until this process ends. */
bool journal_begin(struct journal *journal, const struct job_start *start, int64_t *job,
	struct err *err);

/* Returns only after the fact would survive a power cut. at_ms is filled in when 0. */
bool journal_note(struct journal *journal, const struct fact *fact, struct err *err);

/* Hands every fact to `each`, oldest first; DEVICE and JOB narrow it (NULL, 0: all). */
bool journal_read(struct journal *journal, const char *device, int64_t job,
	void (*each)(const struct fact *fact, void *context), void *context,
	struct err *err);

/* The latest job of a device. Without an outcome the program was killed, the power went,
 * or it runs right now in another process. */
struct last_job {
	int64_t job; /* 0: there is none */
	char device[33], method[16], step[16]; /* step "": nothing was begun */
	char address[24];
	bool has_outcome;
	pid_t running_in; /* the other process, 0 when the job is dead or over */
};

/* DEVICE is a device_name() or an address as in job_start. */
bool journal_last_job(struct journal *journal, const char *device, struct last_job *out,
	struct err *err);

#endif
