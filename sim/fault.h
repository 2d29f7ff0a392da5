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

/* The faults of one device. */
struct fault_set {
	bool has[FAULT_KINDS];
	int64_t point[FAULT_KINDS]; /* percent or count, by kind */
};

/* Reads "none", "drop:40" or several joined by a plus sign: "drop:40+slow". E-USAGE
 * for an unknown name lists all of them. */
bool fault_read(const char *text, struct fault_set *out, struct err *err);

/* The table for --help, one line per fault, indented. The caller frees it. */
char *fault_help(void);

#endif
