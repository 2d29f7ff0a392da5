/* Many devices from one command line. */
/* SPDX-License-Identifier: MIT */
#include "sim/crowd.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { SIGNAL_SLICE_MS = 100 };

bool
hand_read(struct hand *hand, const char *text, const char *what, struct err *err)
{
	char *rest = NULL;

	hand->text = xstrdup(text);
	for (char *word = strtok_r(hand->text, ",", &rest); word != NULL;
		word = strtok_r(NULL, ",", &rest)) {
		if (hand->count == HAND_MOST)
			return err_set(err, &err_usage, "--%s has more than %d words",
				what, HAND_MOST);
		hand->words[hand->count++] = word;
	}
	return hand->count > 0 || err_set(err, &err_usage, "--%s is empty", what);
}

const char *
hand_deal(const struct hand *hand, unsigned i)
{
	return hand->words[i % hand->count];
}

void
hand_clear(struct hand *hand)
{
	free(hand->text);
}

bool
crowd_read_address(
	const struct args *args, const char *name, uint32_t *out, struct err *err)
{
	const char *text = args_value(args, name);
	struct in_addr address = { 0 };

	if (text != NULL && inet_pton(AF_INET, text, &address) != 1)
		return err_set(err, &err_usage, "--%s takes an IPv4 address", name);
	*out = ntohl(address.s_addr);
	return true;
}

bool
crowd_read(
	struct crowd *out, const struct args *args, int64_t count_most, struct err *err)
{
	const char *id = args_value(args, "id");

	if (!args_number(args, "count", 1, count_most, &out->count, err))
		return false;
	if (strlen(id) != 10 || strspn(id, "0123456789abcdef") != 10)
		return err_set(
			err, &err_usage, "--id takes ten lower-case hexadecimal digits");
	out->id = strtoull(id, NULL, 16);
	return crowd_read_address(args, "address", &out->address, err);
}

/* In this thread and all it will start. */
static void
keep_signals(sigset_t *ends)
{
	sigemptyset(ends);
	sigaddset(ends, SIGTERM);
	sigaddset(ends, SIGINT);
	pthread_sigmask(SIG_BLOCK, ends, NULL);
}

static void
wait_for_end(const sigset_t *ends)
{
	struct timespec slice = { .tv_nsec = SIGNAL_SLICE_MS * 1000000L };

	while (sigtimedwait(ends, NULL, &slice) < 0)
		continue;
}

static void
print_help(const struct crowd_show *show)
{
	OWN_STR faults = fault_help(show->faults);
	OWN_STR kinds = show->personalities != NULL ? show->personalities() : NULL;

	printf("usage: airlift-sim %s [options]\n\n%s\n\noptions:\n", show->name,
		show->help);
	args_help(show->table);
	if (kinds != NULL)
		printf("\npersonalities: %s\n", kinds);
	printf("\nfaults:\n  %-24s %s\n%s", "none", "behaves", faults);
}

bool
crowd_run(const struct crowd_show *show, void *stage, struct world *world, int argc,
	char **argv, struct err *err)
{
	struct args args;
	sigset_t ends;
	bool good;

	if (!args_read(&args, show->table, argc, argv, err))
		return false;
	if (args.help) {
		print_help(show);
		return true;
	}
	if (args.argc > 0)
		return err_set(
			err, &err_usage, "airlift-sim %s takes no operands", show->name);
	keep_signals(&ends);
	world_init(world, stdout);
	good = show->begin(stage, &args, err);
	if (good)
		wait_for_end(&ends);
	show->end(stage);
	return good;
}
