/* What may go wrong with a simulated device, by name. A fault happens at a named point,
 * and a test says which. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_FAULT_H
#define SIM_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum fault_kind {
	FAULT_ADDRESS_CHANGE,
	FAULT_AP_ONLY,
	FAULT_DEAD,
	FAULT_DEAF_MDNS,
	FAULT_DROP,
	FAULT_EMPTY_REFUSAL,
	FAULT_EMPTY_REPLY,
	FAULT_GOODBYE,
	FAULT_LATE_ANSWER,
	FAULT_NO_A_RECORD,
	FAULT_NO_DOWNLOAD,
	FAULT_NO_POST,
	FAULT_NO_SLASH,
	FAULT_OTHER_CASE,
	FAULT_REFUSE_RANGES,
	FAULT_RESET,
	FAULT_SILENT,
	FAULT_SLOW,
	FAULT_STALL,
	FAULT_UNLOCK_500,
	FAULT_UNLOCK_503,
	FAULT_UNLOCK_HANG,
	FAULT_UNLOCK_LIES,
	FAULT_UNLOCK_QUIET,
	FAULT_WRONG_DIGEST,
	FAULT_KINDS
};

#define FAULT_KINDS_MOST 32

/* The faults of one device, by its table's numbers. */
struct fault_set {
	bool has[FAULT_KINDS_MOST];
	int64_t point[FAULT_KINDS_MOST]; /* percent or count, by kind */
};

/* Another kind of device has a table of its own. */
struct fault_row {
	const char *name;
	const char *point; /* what stands behind the colon; NULL: nothing */
	int64_t least, most;
	const char *help;
	int64_t usual; /* the point where none is given; 0: it has to be given */
};

struct fault_table {
	const struct fault_row *rows;
	unsigned count; /* at most FAULT_KINDS_MOST */
};

/* The faults of devices in DIY mode, enum fault_kind. */
extern const struct fault_table fault_table_diy;

/* Reads "none", "drop:40" or several joined by a plus sign: "drop:40+slow". E-USAGE
 * for an unknown name lists all of them. */
bool fault_read(const struct fault_table *table, const char *text, struct fault_set *out,
	struct err *err);

/* The table for --help, one line per fault, indented. The caller frees it. */
char *fault_help(const struct fault_table *table);

#endif
