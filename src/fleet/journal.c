/* The journal: rows written by one thread for all that wait. Facts that arrive while
 * others are being written go to disk together with one sync, so that hundreds of
 * devices share the patience of one memory card. */
/* SPDX-License-Identifier: MIT */
#include "fleet/journal.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/monitor.h"
#include "base/text.h"
#include "fleet/database.h"

enum { WAIT_MS = 3600000 };

static const char insert_sql[] =
	"INSERT INTO fact (at_ms, job, device, method, step, detail)"
	" VALUES (?, ?, ?, ?, ?, ?)";

static const char begin_sql[] =
	"INSERT INTO job (begun_ms, device, method, address) VALUES (?, ?, ?, ?)";

static const char select_sql[] =
	"SELECT at_ms, job, device, method, step, detail FROM fact"
	" WHERE (?1 IS NULL OR device = ?1) AND (?2 = 0 OR job = ?2) ORDER BY number";

/* The address may have gone to another device since: only the latest job counts. A device
 * may have got its name in the middle of the job: the facts have it. */
static const char last_job_sql[] =
	"SELECT job, coalesce((SELECT device FROM fact WHERE fact.job = job.job"
	"  ORDER BY number DESC LIMIT 1), device), method, address,"
	" (SELECT step FROM fact WHERE fact.job = job.job AND step <> 'outcome'"
	"  ORDER BY number DESC LIMIT 1),"
	" EXISTS (SELECT 1 FROM fact WHERE fact.job = job.job AND step = 'outcome')"
	" FROM job"
	" WHERE job = (SELECT max(job) FROM job WHERE device = ?1 OR address = ?1"
	"  OR job = (SELECT max(job) FROM fact WHERE device = ?1))";

/* One waiting caller; lives on the caller's stack. */
struct entry {
	struct entry *next;
	const struct fact *fact; /* NULL: a fresh job number is wanted */
	const struct job_start *start;
	int64_t job;
	bool settled, written;
	struct err err;
};

struct journal {
	struct monitor door;
	char *file; /* ":memory:" for the one of tests */
	int lock; /* file whose byte N is locked while job N runs; -1 in memory */
	sqlite3 *db; /* used by whoever holds `busy` */
	sqlite3_stmt *insert, *begin;
	bool busy;
	struct entry *first, **last; /* waiting to be written */
};

static bool
complain(struct journal *journal, const char *doing, struct err *err)
{
	return database_complain(journal->db, journal->file, doing, err);
}

static bool
prepare(struct journal *journal, struct err *err)
{
	if (sqlite3_prepare_v2(journal->db, insert_sql, -1, &journal->insert, NULL) ==
			SQLITE_OK &&
		sqlite3_prepare_v2(journal->db, begin_sql, -1, &journal->begin, NULL) ==
			SQLITE_OK)
		return true;
	return complain(journal, "opening", err);
}

static bool
open_files(struct journal *journal, const char *directory, struct err *err)
{
	OWN_STR lock = NULL;

	if (directory == NULL) {
		journal->file = xstrdup(":memory:");
	} else {
		if (!file_make_directory(directory, err))
			return err_while(err, "making a place for the journal");
		journal->file = xasprintf("%s/journal.db", directory);
		lock = xasprintf("%s/journal.lock", directory);
		journal->lock = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	}
	journal->db = database_open(journal->file, err);
	return journal->db != NULL && prepare(journal, err);
}

struct journal *
journal_open(const char *directory, struct err *err)
{
	struct journal *journal = xcalloc(1, sizeof *journal);

	monitor_init(&journal->door);
	journal->last = &journal->first;
	journal->lock = -1;
	if (open_files(journal, directory, err))
		return journal;
	journal_free(journal);
	return NULL;
}

void
journal_free(struct journal *journal)
{
	if (journal == NULL)
		return;
	sqlite3_finalize(journal->insert);
	sqlite3_finalize(journal->begin);
	sqlite3_close(journal->db);
	if (journal->lock >= 0)
		close(journal->lock);
	monitor_clear(&journal->door);
	free(journal->file);
	free(journal);
}

static bool
write_fact(struct journal *journal, const struct fact *fact)
{
	sqlite3_stmt *row = journal->insert;

	sqlite3_reset(row);
	sqlite3_bind_int64(row, 1, fact->at_ms != 0 ? fact->at_ms : clock_wall_ms());
	sqlite3_bind_int64(row, 2, fact->job);
	sqlite3_bind_text(row, 3, fact->device, -1, SQLITE_STATIC);
	sqlite3_bind_text(row, 4, fact->method, -1, SQLITE_STATIC);
	sqlite3_bind_text(row, 5, fact->step, -1, SQLITE_STATIC);
	sqlite3_bind_text(row, 6, fact->detail, -1, SQLITE_STATIC);
	return sqlite3_step(row) == SQLITE_DONE;
}

static bool
write_begin(struct journal *journal, const struct job_start *start, int64_t *job)
{
	sqlite3_stmt *row = journal->begin;

	sqlite3_reset(row);
	sqlite3_bind_int64(row, 1, clock_wall_ms());
	sqlite3_bind_text(row, 2, start->device, -1, SQLITE_STATIC);
	sqlite3_bind_text(row, 3, start->method, -1, SQLITE_STATIC);
	sqlite3_bind_text(row, 4, start->address, -1, SQLITE_STATIC);
	if (sqlite3_step(row) != SQLITE_DONE)
		return false;
	*job = sqlite3_last_insert_rowid(journal->db);
	return true;
}

/* All or nothing. */
static bool
write_all(struct journal *journal, struct entry *entries, struct err *err)
{
	bool ok = database_run(journal->db, "BEGIN IMMEDIATE");

	for (struct entry *entry = entries; ok && entry != NULL; entry = entry->next)
		ok = entry->fact != NULL
			? write_fact(journal, entry->fact)
			: write_begin(journal, entry->start, &entry->job);
	if (ok && database_run(journal->db, "COMMIT"))
		return true;
	complain(journal, "writing", err);
	sqlite3_reset(journal->insert);
	sqlite3_reset(journal->begin);
	database_run(journal->db, "ROLLBACK");
	return false;
}

/* Called inside the door, when nobody is busy; leaves it while the disk works. */
static void
settle_waiting(struct journal *journal)
{
	struct entry *entries = journal->first;
	struct err err = { 0 };
	bool ok;

	journal->first = NULL;
	journal->last = &journal->first;
	journal->busy = true;
	monitor_leave(&journal->door);
	ok = write_all(journal, entries, &err);
	monitor_enter(&journal->door);
	while (entries != NULL) {
		struct entry *next = entries->next; /* the owner may go at once */

		entries->written = ok;
		entries->err = err;
		entries->settled = true;
		entries = next;
	}
	journal->busy = false;
	monitor_ring(&journal->door);
}

static bool
submit(struct journal *journal, struct entry *entry, struct err *err)
{
	monitor_enter(&journal->door);
	*journal->last = entry;
	journal->last = &entry->next;
	while (!entry->settled)
		if (journal->busy)
			monitor_wait(&journal->door, deadline_in(WAIT_MS), NULL);
		else
			settle_waiting(journal);
	monitor_leave(&journal->door);
	if (!entry->written && err != NULL)
		*err = entry->err;
	return entry->written;
}

/* The system gives the byte back when the process ends, however it ends. */
static struct flock
byte_of(int64_t job, short type)
{
	return (struct flock){
		.l_type = type, .l_whence = SEEK_SET, .l_start = job, .l_len = 1
	};
}

bool
journal_begin(struct journal *journal, const struct job_start *start, int64_t *job,
	struct err *err)
{
	struct entry entry = { .start = start };
	struct flock mine;

	if (!submit(journal, &entry, err))
		return false;
	mine = byte_of(entry.job, F_WRLCK);
	if (journal->lock >= 0)
		fcntl(journal->lock, F_SETLK, &mine);
	*job = entry.job;
	return true;
}

bool
journal_note(struct journal *journal, const struct fact *fact, struct err *err)
{
	struct entry entry = { .fact = fact };

	return submit(journal, &entry, err);
}

static bool
read_rows(sqlite3_stmt *rows, void (*each)(const struct fact *fact, void *context),
	void *context)
{
	int result;

	while ((result = sqlite3_step(rows)) == SQLITE_ROW) {
		struct fact fact = {
			.at_ms = sqlite3_column_int64(rows, 0),
			.job = sqlite3_column_int64(rows, 1),
			.device = (const char *)sqlite3_column_text(rows, 2),
			.method = (const char *)sqlite3_column_text(rows, 3),
			.step = (const char *)sqlite3_column_text(rows, 4),
			.detail = (const char *)sqlite3_column_text(rows, 5),
		};

		each(&fact, context);
	}
	return result == SQLITE_DONE;
}

static void
claim(struct journal *journal, bool busy)
{
	monitor_enter(&journal->door);
	while (busy && journal->busy)
		monitor_wait(&journal->door, deadline_in(WAIT_MS), NULL);
	journal->busy = busy;
	monitor_ring(&journal->door);
	monitor_leave(&journal->door);
}

bool
journal_read(struct journal *journal, const char *device, int64_t job,
	void (*each)(const struct fact *fact, void *context), void *context,
	struct err *err)
{
	sqlite3_stmt *rows = NULL;
	bool ok;

	claim(journal, true);
	ok = sqlite3_prepare_v2(journal->db, select_sql, -1, &rows, NULL) == SQLITE_OK;
	if (ok) {
		sqlite3_bind_text(rows, 1, device, -1, SQLITE_STATIC);
		sqlite3_bind_int64(rows, 2, job);
		ok = read_rows(rows, each, context);
	}
	if (!ok)
		complain(journal, "reading", err);
	sqlite3_finalize(rows);
	claim(journal, false);
	return ok;
}

static void
read_last_job(struct journal *journal, sqlite3_stmt *row, struct last_job *out)
{
	const char *step = (const char *)sqlite3_column_text(row, 4);
	struct flock theirs;

	out->job = sqlite3_column_int64(row, 0);
	text_copy(out->device, sizeof out->device,
		(const char *)sqlite3_column_text(row, 1));
	text_copy(out->method, sizeof out->method,
		(const char *)sqlite3_column_text(row, 2));
	text_copy(out->address, sizeof out->address,
		(const char *)sqlite3_column_text(row, 3));
	text_copy(out->step, sizeof out->step, step != NULL ? step : "");
	out->has_outcome = sqlite3_column_int(row, 5) != 0;
	theirs = byte_of(out->job, F_WRLCK);
	if (!out->has_outcome && journal->lock >= 0 &&
		fcntl(journal->lock, F_GETLK, &theirs) == 0 && theirs.l_type != F_UNLCK)
		out->running_in = theirs.l_pid;
}

bool
journal_last_job(struct journal *journal, const char *device, struct last_job *out,
	struct err *err)
{
	sqlite3_stmt *row = NULL;
	int result;

	*out = (struct last_job){ 0 };
	claim(journal, true);
	result = sqlite3_prepare_v2(journal->db, last_job_sql, -1, &row, NULL);
	if (result == SQLITE_OK) {
		sqlite3_bind_text(row, 1, device, -1, SQLITE_STATIC);
		result = sqlite3_step(row);
	}
	if (result == SQLITE_ROW)
		read_last_job(journal, row, out);
	else if (result != SQLITE_DONE)
		complain(journal, "reading", err);
	sqlite3_finalize(row);
	claim(journal, false);
	return result == SQLITE_ROW || result == SQLITE_DONE;
}
