/* The SQLite file under the journal: opened, checked, its tables made. */
/* SPDX-License-Identifier: MIT */
#ifndef FLEET_DATABASE_H
#define FLEET_DATABASE_H

#include <sqlite3.h>
#include <stdbool.h>

#include "base/err.h"

/* Opens or makes the file (WAL, synchronous FULL). A damaged one is renamed, with a
 * warning, and a new one begun. NULL with E-JOURNAL-READ-ONLY, -FULL, -BUSY, -DAMAGED,
 * -NEWER or E-JOURNAL; else close it with sqlite3_close(). */
sqlite3 *database_open(const char *file, struct err *err);

/* False when the statements failed. */
bool database_run(sqlite3 *db, const char *sql);

/* "writing the journal FILE: disk full", with the code for what SQLite met. Returns
 * false. */
bool database_complain(sqlite3 *db, const char *file, const char *doing, struct err *err);

#endif
