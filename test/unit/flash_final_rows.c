/* Who is taken for whom in the final stage, where the kernel knows MACs. */
/* SPDX-License-Identifier: MIT */
#include "flash/final_rows.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include "base/text.h"
#include "test/unit/unit.h"

#define AP	   0xC0A80401 /* 192.168.4.1, every device's own */
#define AT_HOME	   0xC0000201
#define FIRST	   "5CCF7F000001"
#define FIRST_AP   "5ECF7F000001"
#define SECOND	   "5CCF7F000002"
#define SECOND_AP  "5ECF7F000002"
#define STRANGE_AP "5ECF7F000009"

static void
clear(struct final_rows *rows)
{
	for (struct row *row = rows->rows, *next; row != NULL; row = next) {
		next = row->next;
		free(row);
	}
}

#define ROWS __attribute__((cleanup(clear))) struct final_rows

static struct final_rows
nobody(void)
{
	return (struct final_rows){ .ap = { htonl(AP) } };
}

/* A job that waits in the final stage; only its last digit tells addresses apart. */
static void
wait_in(struct final_rows *rows, struct final_guest *guest, unsigned number,
	const char *mac)
{
	*guest = (struct final_guest){
		.device = { number != 0 ? htonl(AT_HOME + number) : INADDR_ANY },
		.takes_any = true,
		.next = rows->guests,
	};
	text_copy(guest->mac, sizeof guest->mac, mac);
	rows->guests = guest;
}

/* A device opens a connection; returns the row of it. */
static struct row *
comes(struct final_rows *rows, const char *mac)
{
	return rows_of_new(rows, rows->ap, mac);
}

static bool
takes(struct final_rows *rows, struct final_guest *guest, const struct row *row)
{
	if (guest->row == NULL)
		rows_find(rows, guest);
	return guest->row == row && row != NULL;
}

static void
the_mac_tells_whose_it_is_in_any_order(void **state)
{
	ROWS rows = nobody();
	struct final_guest first, second, third;
	struct row *row;

	(void)state;
	wait_in(&rows, &first, 1, FIRST);
	wait_in(&rows, &second, 2, SECOND);
	row = comes(&rows, SECOND_AP);
	assert_false(takes(&rows, &first, row));
	assert_true(takes(&rows, &second, row));
	/* The form of the station is as good; the address is the same. */
	row = comes(&rows, FIRST);
	assert_ptr_not_equal(row, second.row);
	assert_true(takes(&rows, &first, row));
	/* Each comes again for its second pass. */
	assert_ptr_equal(comes(&rows, SECOND_AP), second.row);
	assert_ptr_equal(comes(&rows, FIRST_AP), first.row);
	/* Even when it has all, and somebody else is waited for. */
	second.row->view.final_done = 1;
	wait_in(&rows, &third, 3, "");
	assert_ptr_equal(comes(&rows, SECOND_AP), second.row);
	assert_int_equal(rows.row_count, 2);
}

static void
another_mac_is_none_of_several_that_are_waited_for(void **state)
{
	ROWS rows = nobody();
	struct final_guest first, second, unknown;
	struct row *row = comes(&rows, STRANGE_AP);

	(void)state;
	wait_in(&rows, &first, 1, FIRST);
	wait_in(&rows, &second, 2, SECOND);
	assert_false(takes(&rows, &first, row));
	assert_false(takes(&rows, &second, row));
	assert_ptr_equal(rows_stranger(&rows, &first), row);
	/* Nor does the last one that waits get what has come and gone before. */
	row->view.final_done = 1;
	rows.guests = &first;
	assert_false(takes(&rows, &first, row));
	rows.guests = &second;
	row->view.final_done = 0;
	/* It may be the one of which nothing is known. */
	wait_in(&rows, &unknown, 0, "");
	assert_true(takes(&rows, &unknown, row));
	assert_null(rows_stranger(&rows, &first));
	assert_true(takes(&rows, &first, comes(&rows, FIRST_AP)));
	assert_true(takes(&rows, &second, comes(&rows, SECOND_AP)));
}

static void
another_mac_is_doubted_where_only_one_is_waited_for(void **state)
{
	ROWS rows = nobody();
	struct final_guest first;
	struct row *stranger, *own;

	(void)state;
	wait_in(&rows, &first, 1, FIRST);
	first.takes_any = false;
	stranger = comes(&rows, STRANGE_AP);
	assert_false(takes(&rows, &first, stranger));
	first.takes_any = true;
	assert_true(takes(&rows, &first, stranger));
	assert_true(rows_is_in_doubt(&first));
	/* Its second pass. */
	assert_ptr_equal(comes(&rows, STRANGE_AP), stranger);
	rows_find(&rows, &first);
	assert_ptr_equal(first.row, stranger);
	/* There is no doubt of this one, which is no second pass of that. */
	own = comes(&rows, FIRST_AP);
	assert_ptr_not_equal(own, stranger);
	rows_find(&rows, &first);
	assert_ptr_equal(first.row, own);
	assert_false(rows_is_in_doubt(&first));
	assert_null(stranger->owner);
	comes(&rows, STRANGE_AP);
	rows_find(&rows, &first);
	assert_ptr_equal(first.row, own);
}

/* Not for the lack of a MAC of its own. */
static void
one_of_unknown_mac_does_not_get_the_device_of_another(void **state)
{
	ROWS rows = nobody();
	struct final_guest known, unknown;
	struct row *row;

	(void)state;
	wait_in(&rows, &known, 1, FIRST);
	wait_in(&rows, &unknown, 2, "");
	row = comes(&rows, FIRST_AP);
	assert_false(takes(&rows, &unknown, row));
	assert_true(takes(&rows, &known, row));
	assert_true(takes(&rows, &unknown, comes(&rows, STRANGE_AP)));
}

/* As on loopback: the order has to do. */
static void
without_a_neighbour_it_is_as_before(void **state)
{
	ROWS rows = nobody();
	struct final_guest first, second;
	struct row *row;

	(void)state;
	wait_in(&rows, &first, 1, FIRST);
	row = comes(&rows, "");
	assert_true(takes(&rows, &first, row));
	assert_ptr_equal(comes(&rows, ""), row);
	row->view.final_done = 1;
	wait_in(&rows, &second, 2, SECOND);
	row = comes(&rows, "");
	assert_ptr_not_equal(row, first.row);
	assert_true(takes(&rows, &second, row));
}

static void
two_of_which_nothing_is_known_are_still_told_apart_by_one_mac(void **state)
{
	ROWS rows = nobody();
	struct final_guest known, unknown;

	(void)state;
	wait_in(&rows, &known, 0, FIRST);
	wait_in(&rows, &unknown, 0, "");
	assert_true(takes(&rows, &unknown, comes(&rows, STRANGE_AP)));
	assert_true(takes(&rows, &known, comes(&rows, FIRST_AP)));
}

static void
other_bits_are_other_devices(void **state)
{
	static const char *const others[] = { "58CF7F000001", "5DCF7F000001",
		"4CCF7F000001", "5CCF7F000003", "" };

	(void)state;
	for (size_t i = 0; others[i][0] != '\0'; i++) {
		ROWS rows = nobody();
		struct final_guest first;

		wait_in(&rows, &first, 1, FIRST);
		assert_true(takes(&rows, &first, comes(&rows, others[i])));
		assert_true(rows_is_in_doubt(&first));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_mac_tells_whose_it_is_in_any_order),
		cmocka_unit_test(another_mac_is_none_of_several_that_are_waited_for),
		cmocka_unit_test(another_mac_is_doubted_where_only_one_is_waited_for),
		cmocka_unit_test(one_of_unknown_mac_does_not_get_the_device_of_another),
		cmocka_unit_test(without_a_neighbour_it_is_as_before),
		cmocka_unit_test(
			two_of_which_nothing_is_known_are_still_told_apart_by_one_mac),
		cmocka_unit_test(other_bits_are_other_devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
