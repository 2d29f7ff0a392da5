/* Resumes resting connections when their time has come, in a thread of its own that
 * exists only once a connection has rested. */
/* SPDX-License-Identifier: MIT */
#include "net/pacer.h"

#include <microhttpd.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/monitor.h"

#define NOTHING_DUE_MS 60000

struct rest {
	struct MHD_Connection *connection;
	int64_t at_ms;
	struct rest *next;
};

struct pacer {
	struct monitor monitor; /* guards all below */
	struct rest *rests;
	pthread_t thread;
	bool has_thread;
	bool stopped;
};

struct pacer *
pacer_new(void)
{
	struct pacer *pacer = xcalloc(1, sizeof *pacer);

	monitor_init(&pacer->monitor);
	return pacer;
}

/* Takes out the first that is due, or NULL and when the next one will be. */
static struct rest *
take_due(struct pacer *pacer, int64_t *next_ms)
{
	int64_t now = clock_steady_ms();

	*next_ms = now + NOTHING_DUE_MS;
	for (struct rest **at = &pacer->rests; *at != NULL; at = &(*at)->next) {
		struct rest *rest = *at;

		if (pacer->stopped || rest->at_ms <= now) {
			*at = rest->next;
			return rest;
		}
		if (rest->at_ms < *next_ms)
			*next_ms = rest->at_ms;
	}
	return NULL;
}

static void *
run(void *context)
{
	struct pacer *pacer = context;
	int64_t next_ms;

	monitor_enter(&pacer->monitor);
	for (;;) {
		struct rest *due = take_due(pacer, &next_ms);

		if (due != NULL) {
			/* Outside the lock: libmicrohttpd has one of its own. */
			monitor_leave(&pacer->monitor);
			MHD_resume_connection(due->connection);
			free(due);
			monitor_enter(&pacer->monitor);
		} else if (pacer->stopped) {
			break;
		} else {
			monitor_wait(&pacer->monitor,
				deadline_in(next_ms - clock_steady_ms()), NULL);
		}
	}
	monitor_leave(&pacer->monitor);
	return NULL;
}

bool
pacer_rest(struct pacer *pacer, struct MHD_Connection *connection, int64_t at_ms)
{
	struct rest *rest;
	bool ok;

	monitor_enter(&pacer->monitor);
	if (!pacer->has_thread && !pacer->stopped)
		pacer->has_thread = thread_start(&pacer->thread, run, pacer);
	ok = pacer->has_thread && !pacer->stopped;
	if (ok) {
		rest = xcalloc(1, sizeof *rest);
		rest->connection = connection;
		rest->at_ms = at_ms;
		rest->next = pacer->rests;
		pacer->rests = rest;
		MHD_suspend_connection(connection);
		monitor_ring(&pacer->monitor);
	}
	monitor_leave(&pacer->monitor);
	return ok;
}

void
pacer_stop(struct pacer *pacer)
{
	bool has_thread;

	monitor_enter(&pacer->monitor);
	pacer->stopped = true;
	has_thread = pacer->has_thread;
	pacer->has_thread = false;
	monitor_ring(&pacer->monitor);
	monitor_leave(&pacer->monitor);
	if (has_thread)
		pthread_join(pacer->thread, NULL);
}

void
pacer_free(struct pacer *pacer)
{
	monitor_clear(&pacer->monitor);
	free(pacer);
}
