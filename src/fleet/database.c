/* The SQLite file under the journal. It is looked over page by page when it is opened:
 * damage is met before a device hears anything, not in the middle of a flash. */
/* SPDX-License-Identifier: MIT */
#include "fleet/database.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

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

enum { SCHEMA_VERSION = 1, BUSY_PATIENCE_MS = 10000, LEAST_ROOM = 64 * 1024 };

/* Facts only come, they never change or go. */
static const char schema[] =
	"BEGIN IMMEDIATE;"
	"CREATE TABLE IF NOT EXISTS job ("
	" job INTEGER PRIMARY KEY AUTOINCREMENT,"
	" begun_ms INTEGER NOT NULL,"
	" device TEXT NOT NULL,"
	" method TEXT NOT NULL,"
	" address TEXT NOT NULL);"
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

/* SQLite calls a full disk an input/output error where it was only making room. */
static bool
disk_is_full(const char *file)
{
	struct statvfs room;

	return statvfs(file, &room) == 0 && room.f_bavail * room.f_frsize < LEAST_ROOM;
}

static const struct err_code *
code_for(int result, const char *file)
{
	if (result == SQLITE_IOERR && disk_is_full(file))
		return &e_journal_full;
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

bool
database_complain(sqlite3 *db, const char *file, const char *doing, struct err *err)
{
	return err_set(err, code_for(sqlite3_errcode(db), file), "%s the journal %s: %s",
		doing, file, sqlite3_errmsg(db));
}

bool
database_run(sqlite3 *db, const char *sql)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/* Looks at every page: a file damaged in the middle opens without a word otherwise. */
static bool
is_sound(sqlite3 *db, const char *file, struct err *err)
{
	sqlite3_stmt *statement = NULL;
	bool ok = false;

	if (sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &statement, NULL) !=
			SQLITE_OK ||
		sqlite3_step(statement) != SQLITE_ROW)
		database_complain(db, file, "reading", err);
	else if (strcmp((const char *)sqlite3_column_text(statement, 0), "ok") != 0)
		err_set(err, &e_journal_damaged, "the journal %s is damaged", file);
	else
		ok = true;
	sqlite3_finalize(statement);
	return ok;
}

/* -1 where it can not be read. */
static int
schema_version(sqlite3 *db)
{
	sqlite3_stmt *statement = NULL;
	int version = -1;

	if (sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &statement, NULL) ==
			SQLITE_OK &&
		sqlite3_step(statement) == SQLITE_ROW)
		version = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	return version;
}

static bool
make_tables(sqlite3 *db, const char *file, struct err *err)
{
	int version = schema_version(db);

	if (version > SCHEMA_VERSION)
		return err_set(err, &e_journal_newer,
			"the journal %s was written by a newer airlift", file);
	if (version == SCHEMA_VERSION || database_run(db, schema))
		return true;
	database_complain(db, file, "preparing", err);
	database_run(db, "ROLLBACK");
	return false;
}

static bool
open_once(const char *file, sqlite3 **db, struct err *err)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOFOLLOW;

	if (sqlite3_open_v2(file, db, flags, NULL) != SQLITE_OK)
		return database_complain(*db, file, "opening", err);
	sqlite3_busy_timeout(*db, BUSY_PATIENCE_MS);
	if (!database_run(*db, "PRAGMA journal_mode = WAL") ||
		!database_run(*db, "PRAGMA synchronous = FULL"))
		return database_complain(*db, file, "opening", err);
	return is_sound(*db, file, err) && make_tables(*db, file, err);
}

/* A damaged journal is evidence: it gets another name, with what belongs to it. */
static bool
set_aside(const char *file, struct err *err)
{
	static const char *const parts[] = { "", "-wal", "-shm" };
	OWN_STR aside = xasprintf("%s.damaged-%lld", file, (long long)clock_wall_ms());

	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		OWN_STR from = xasprintf("%s%s", file, parts[i]);
		OWN_STR to = xasprintf("%s%s", aside, parts[i]);

		if (rename(from, to) != 0 && errno != ENOENT)
			return false;
	}
	log_warn("%s; it was kept as %s and a new one begun", err->text, aside);
	err_clear(err);
	return true;
}

/* Leaves the log of a damaged file as it is. */
static void
close_untouched(sqlite3 **db)
{
	sqlite3_db_config(*db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_close(*db);
	*db = NULL;
}

sqlite3 *
database_open(const char *file, struct err *err)
{
	struct err own = { 0 };
	sqlite3 *db = NULL;

	if (open_once(file, &db, &own))
		return db;
	close_untouched(&db);
	if (own.code == &e_journal_damaged && set_aside(file, &own) &&
		open_once(file, &db, &own))
		return db;
	sqlite3_close(db);
	if (err != NULL)
		*err = own;
	return NULL;
}
