/* The journal in SQLite. Facts that arrive while others are being written go to disk
 * together with one sync: hundreds of devices share the patience of one memory card. */
/* SPDX-License-Identifier: MIT */
#include "fleet/journal.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/monitor.h"

static const struct err_code e_journal = { "E-JOURNAL", ERR_SYSTEM,
	"Choose another place for the journal with --state DIR." };
static const struct err_code e_journal_full = { "E-JOURNAL-FULL", ERR_SYSTEM,
	"Free some space, or choose another place with --state DIR; what was written "
	"before is safe." };
static const struct err_code e_journal_read_only = {
	"E-JOURNAL-READ-ONLY", ERR_PERMISSION,
	"Make the directory writable for you, or choose another place with --state DIR."
};
static const struct err_code e_journal_busy = { "E-JOURNAL-BUSY", ERR_TRY_AGAIN,
	"Another program keeps the journal locked: close it and try again." };
static const struct err_code e_journal_damaged = { "E-JOURNAL-DAMAGED", ERR_SYSTEM,
	"Move the file away, or choose another place with --state DIR; a damaged journal "
	"is never deleted." };
static const struct err_code e_journal_newer = { "E-JOURNAL-NEWER", ERR_CONFIG,
	"Use the airlift that wrote it, or choose another place with --state DIR." };

enum { SCHEMA_VERSION = 1, BUSY_PATIENCE_MS = 10000, WAIT_MS = 3600000 };

/* Facts only come, they never change or go. */
static const char schema[] =
	"BEGIN IMMEDIATE;"
	"CREATE TABLE IF NOT EXISTS job ("
	" job INTEGER PRIMARY KEY AUTOINCREMENT,"
	" begun_ms INTEGER NOT NULL);"
	"CREATE TABLE IF NOT EXISTS fact ("
	" number INTEGER PRIMARY KEY AUTOINCREMENT,"
	" at_ms INTEGER NOT NULL,"
	" job INTEGER NOT NULL,"
	" device TEXT NOT NULL,"
	" method TEXT NOT NULL,"
	" step TEXT NOT NULL,"
	" detail TEXT NOT NULL);"
	"CREATE INDEX IF NOT EXISTS fact_of_device ON fact (device, number);"
	"CREATE TRIGGER IF NOT EXISTS fact_stays BEFORE DELETE ON fact"
	" BEGIN SELECT RAISE(ABORT, 'the journal only grows'); END;"
	"CREATE TRIGGER IF NOT EXISTS fact_is_final BEFORE UPDATE ON fact"
	" BEGIN SELECT RAISE(ABORT, 'the journal only grows'); END;"
	"CREATE VIEW IF NOT EXISTS history AS SELECT"
	" strftime('%Y-%m-%d %H:%M:%S', at_ms / 1000, 'unixepoch') AS utc,"
	" job, device, method, step, detail FROM fact ORDER BY number;"
	"PRAGMA user_version = 1;"
	"COMMIT;";

static const char insert_sql[] =
	"INSERT INTO fact (at_ms, job, device, method, step, detail)"
	" VALUES (?, ?, ?, ?, ?, ?)";

static const char begin_sql[] = "INSERT INTO job (begun_ms) VALUES (?)";

static const char select_sql[] =
	"SELECT at_ms, job, device, method, step, detail FROM fact"
	" WHERE (?1 IS NULL OR device = ?1) AND (?2 = 0 OR job = ?2) ORDER BY number";

/* One waiting caller; lives on the caller's stack. */
struct entry {
	struct entry *next;
	const struct fact *fact; /* NULL: a fresh job number is wanted */
	int64_t job;
	bool settled, written;
	struct err err;
};

struct journal {
	struct monitor door;
	char *file; /* ":memory:" for the one of tests */
	sqlite3 *db; /* used by whoever holds `busy` */
	sqlite3_stmt *insert, *begin;
	bool busy;
	struct entry *first, **last; /* waiting to be written */
};

static const struct err_code *
code_for(int result)
{
	switch (result) {
	case SQLITE_FULL:
		return &e_journal_full;
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
		return &e_journal_read_only;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return &e_journal_busy;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return &e_journal_damaged;
	default:
		return &e_journal;
	}
}

static bool
complain(struct journal *journal, const char *doing, struct err *err)
{
	return err_set(err, code_for(sqlite3_errcode(journal->db)),
		"%s the journal %s: %s", doing, journal->file,
		sqlite3_errmsg(journal->db));
}

static bool
run_sql(struct journal *journal, const char *sql)
{
	return sqlite3_exec(journal->db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/* The first column of the first row, -1 where there is none. */
static int64_t
ask_number(struct journal *journal, const char *sql)
{
	sqlite3_stmt *statement = NULL;
	int64_t number = -1;

	if (sqlite3_prepare_v2(journal->db, sql, -1, &statement, NULL) == SQLITE_OK &&
		sqlite3_step(statement) == SQLITE_ROW)
		number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return number;
}

/* Looks at every page: a file damaged in the middle opens without a word otherwise. */
static bool
is_sound(struct journal *journal, struct err *err)
{
	sqlite3_stmt *statement = NULL;
	bool ok = false;

	if (sqlite3_prepare_v2(journal->db, "PRAGMA quick_check(1)", -1, &statement,
		    NULL) != SQLITE_OK ||
		sqlite3_step(statement) != SQLITE_ROW)
		complain(journal, "reading", err);
	else if (strcmp((const char *)sqlite3_column_text(statement, 0), "ok") != 0)
		err_set(err, &e_journal_damaged, "the journal %s is damaged",
			journal->file);
	else
		ok = true;
	sqlite3_finalize(statement);
	return ok;
}

static bool
make_tables(struct journal *journal, struct err *err)
{
	int64_t version = ask_number(journal, "PRAGMA user_version");

	if (version > SCHEMA_VERSION)
		return err_set(err, &e_journal_newer,
			"the journal %s was written by a newer airlift", journal->file);
	if (version == SCHEMA_VERSION)
		return true;
	if (run_sql(journal, schema))
		return true;
	complain(journal, "preparing", err);
	sqlite3_exec(journal->db, "ROLLBACK", NULL, NULL, NULL);
	return false;
}

static bool
open_database(struct journal *journal, struct err *err)
{
	if (sqlite3_open_v2(journal->file, &journal->db,
		    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOFOLLOW,
		    NULL) != SQLITE_OK)
		return complain(journal, "opening", err);
	sqlite3_busy_timeout(journal->db, BUSY_PATIENCE_MS);
	if (!run_sql(journal, "PRAGMA journal_mode = WAL") ||
		!run_sql(journal, "PRAGMA synchronous = FULL"))
		return complain(journal, "opening", err);
	if (!is_sound(journal, err) || !make_tables(journal, err))
		return false;
	if (sqlite3_prepare_v2(journal->db, insert_sql, -1, &journal->insert, NULL) !=
			SQLITE_OK ||
		sqlite3_prepare_v2(journal->db, begin_sql, -1, &journal->begin, NULL) !=
			SQLITE_OK)
		return complain(journal, "opening", err);
	return true;
}

static void
close_database(struct journal *journal, bool tidy)
{
	sqlite3_finalize(journal->insert);
	sqlite3_finalize(journal->begin);
	if (journal->db != NULL && !tidy)
		sqlite3_db_config(journal->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_close(journal->db);
	journal->insert = journal->begin = NULL;
	journal->db = NULL;
}

/* A damaged journal is evidence: it gets another name, with what belongs to it. */
static bool
set_aside(struct journal *journal, struct err *err)
{
	static const char *const parts[] = { "", "-wal", "-shm" };
	OWN_STR aside = xasprintf(
		"%s.damaged-%lld", journal->file, (long long)clock_wall_ms());

	close_database(journal, false);
	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		OWN_STR from = xasprintf("%s%s", journal->file, parts[i]);
		OWN_STR to = xasprintf("%s%s", aside, parts[i]);

		if (rename(from, to) != 0 && errno != ENOENT)
			return false;
	}
	log_warn("%s; it was kept as %s and a new one begun", err->text, aside);
	err_clear(err);
	return true;
}

struct journal *
journal_open(const char *directory, struct err *err)
{
	struct journal *journal = xcalloc(1, sizeof *journal);
	struct err own = { 0 };
	bool ok;

	monitor_init(&journal->door);
	journal->last = &journal->first;
	if (directory != NULL && !file_make_directory(directory, err)) {
		journal_free(journal);
		err_while(err, "making a place for the journal");
		return NULL;
	}
	journal->file = directory == NULL ? xstrdup(":memory:")
					  : xasprintf("%s/journal.db", directory);
	ok = open_database(journal, &own);
	if (!ok && own.code == &e_journal_damaged && set_aside(journal, &own))
		ok = open_database(journal, &own);
	if (ok)
		return journal;
	if (err != NULL)
		*err = own;
	journal_free(journal);
	return NULL;
}

void
journal_free(struct journal *journal)
{
	if (journal == NULL)
		return;
	close_database(journal, true);
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
write_begin(struct journal *journal, int64_t *job)
{
	sqlite3_reset(journal->begin);
	sqlite3_bind_int64(journal->begin, 1, clock_wall_ms());
	if (sqlite3_step(journal->begin) != SQLITE_DONE)
		return false;
	*job = sqlite3_last_insert_rowid(journal->db);
	return true;
}

/* All or nothing. */
static bool
write_all(struct journal *journal, struct entry *entries, struct err *err)
{
	bool ok = run_sql(journal, "BEGIN IMMEDIATE");

	for (struct entry *entry = entries; ok && entry != NULL; entry = entry->next)
		ok = entry->fact != NULL ? write_fact(journal, entry->fact)
					 : write_begin(journal, &entry->job);
	if (ok && run_sql(journal, "COMMIT"))
		return true;
	complain(journal, "writing", err);
	sqlite3_reset(journal->insert);
	sqlite3_reset(journal->begin);
	sqlite3_exec(journal->db, "ROLLBACK", NULL, NULL, NULL);
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

bool
journal_begin(struct journal *journal, int64_t *job, struct err *err)
{
	struct entry entry = { 0 };

	if (!submit(journal, &entry, err))
		return false;
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
