/* Many devices from one command line: consecutive ids and addresses, lists whose words
 * are dealt out in turn, and the signal that ends them all. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_CROWD_H
#define SIM_CROWD_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "sim/args.h"

#define HAND_MOST 64

/* Comma-separated words, dealt out in turn. */
struct hand {
	char *text; /* owned; the words point into it */
	char *words[HAND_MOST];
	unsigned count;
};

/* `what` is the option's name for E-USAGE. hand_clear() afterwards, also on failure. */
bool hand_read(struct hand *hand, const char *text, const char *what, struct err *err);
const char *hand_deal(const struct hand *hand, unsigned i);
void hand_clear(struct hand *hand);

/* Rows --count, --id and --address of a table of options. */
struct crowd {
	int64_t count;
	uint64_t id; /* of the first */
	uint32_t address; /* of the first, host byte order */
};

bool crowd_read(
	struct crowd *out, const struct args *args, int64_t count_most, struct err *err);

/* An IPv4 address among the options, in host byte order; 0 where it was not given. */
bool crowd_read_address(
	const struct args *args, const char *name, uint32_t *out, struct err *err);

/* Blocks SIGTERM and SIGINT in this thread and all it will start... */
void crowd_keep_signals(sigset_t *ends);
/* ...and waits for one of them. */
void crowd_wait_for_end(const sigset_t *ends);

#endif
