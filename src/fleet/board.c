/* The job board: rows behind one lock, with a version that counts changes. */
/* SPDX-License-Identifier: MIT */
#include "fleet/board.h"

#include "base/clock.h"

struct board {
	struct monitor door;
	uint64_t version;
	size_t count;
	struct job_view rows[];
};

struct board *
board_new(size_t jobs)
{
	struct board *board = xcalloc(1, sizeof *board + jobs * sizeof(struct job_view));

	monitor_init(&board->door);
	board->count = jobs;
	for (size_t i = 0; i < jobs; i++) {
		board->rows[i].step = "";
		board->rows[i].left_ms = -1;
		board->rows[i].outcome = JOB_WAITING;
	}
	return board;
}

void
board_free(struct board *board)
{
	if (board == NULL)
		return;
	monitor_clear(&board->door);
	free(board);
}

void
board_change(struct board *board, size_t job,
	void (*change)(struct job_view *view, const void *what), const void *what)
{
	monitor_enter(&board->door);
	change(&board->rows[job], what);
	board->version++;
	monitor_ring(&board->door);
	monitor_leave(&board->door);
}

void
board_look(struct board *board, size_t job, struct job_view *out)
{
	monitor_enter(&board->door);
	*out = board->rows[job];
	monitor_leave(&board->door);
}

size_t
board_count(const struct board *board)
{
	return board->count;
}

bool
board_wait(struct board *board, uint64_t *version, struct deadline until,
	const struct cancel *cancel)
{
	bool changed;

	monitor_enter(&board->door);
	while (board->version == *version)
		if (!monitor_wait(&board->door, until, cancel))
			break;
	changed = board->version != *version;
	*version = board->version;
	monitor_leave(&board->door);
	return changed;
}
