/* SPDX-License-Identifier: MIT */
#include "test/unit/unit.h"

#include "fleet/board.h"

static void
set_bytes(struct job_view *view, const void *what)
{
	view->bytes = *(const uint64_t *)what;
}

static void
a_change_is_seen_and_counted(void **state)
{
	OWN_NEW(board) board = board_new(3);
	uint64_t version = 0, bytes = 4096;
	struct job_view view;

	(void)state;
	assert_int_equal(board_count(board), 3);
	board_look(board, 2, &view);
	assert_int_equal(view.outcome, JOB_WAITING);
	assert_string_equal(view.step, "");
	assert_false(board_wait(board, &version, deadline_in(0), NULL));
	board_change(board, 2, set_bytes, &bytes);
	assert_true(board_wait(board, &version, deadline_in(60000), NULL));
	board_look(board, 2, &view);
	assert_int_equal(view.bytes, 4096);
	board_look(board, 1, &view);
	assert_int_equal(view.bytes, 0);
	assert_false(board_wait(board, &version, deadline_in(0), NULL));
}

static void
a_cancel_ends_the_wait(void **state)
{
	OWN_NEW(board) board = board_new(1);
	struct cancel cancel = { 0 };
	uint64_t version = 0;

	(void)state;
	cancel_ask(&cancel);
	assert_false(board_wait(board, &version, deadline_in(3600000), &cancel));
}

struct writer {
	struct board *board;
	size_t row;
};

static void *
write_rows(void *context)
{
	struct writer *writer = context;

	for (uint64_t bytes = 1; bytes <= 200; bytes++)
		board_change(writer->board, writer->row, set_bytes, &bytes);
	return NULL;
}

static void
threads_write_beside_each_other(void **state)
{
	OWN_NEW(board) board = board_new(8);
	struct writer writers[8];
	pthread_t threads[8];
	struct job_view view;

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		writers[i] = (struct writer){ board, i };
		assert_true(thread_start(&threads[i], write_rows, &writers[i]));
	}
	for (size_t i = 0; i < 8; i++) {
		pthread_join(threads[i], NULL);
		board_look(board, i, &view);
		assert_int_equal(view.bytes, 200);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_change_is_seen_and_counted),
		cmocka_unit_test(a_cancel_ends_the_wait),
		cmocka_unit_test(threads_write_beside_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
