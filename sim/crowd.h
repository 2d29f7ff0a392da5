/* Many devices from one command line: consecutive ids and addresses, lists whose words
 * are dealt out in turn, and the signal that ends them all. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_CROWD_H
#define SIM_CROWD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "sim/args.h"
#include "sim/fault.h"
#include "sim/world.h"

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

/* A command that brings devices to life until SIGTERM or SIGINT. */
struct crowd_show {
	const char *name; /* "diy" */
	const char *help; /* what it simulates, one or two lines */
	const struct arg *table;
	char *(*personalities)(void); /* the caller frees; NULL: there is only one kind */
	const struct fault_table *faults;
	/* Reads the options into the stage and starts all devices. */
	bool (*begin)(void *stage, const struct args *args, struct err *err);
	/* Stops and frees whatever was begun. */
	void (*end)(void *stage);
};

/* The whole of such a command. The stage holds what it needs, zeroed; `world` is in it. */
bool crowd_run(const struct crowd_show *show, void *stage, struct world *world, int argc,
	char **argv, struct err *err);

#endif
