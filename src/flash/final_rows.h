/* The inside of the final stage, shared by final_stage.c (what is served) and final_rows.c
 * (who is who): every peer that has come, and the jobs that wait for one. The stage's lock
 * guards all of it. Everybody else uses flash/final_stage.h. */
/* SPDX-License-Identifier: MIT */
#ifndef FLASH_FINAL_ROWS_H
#define FLASH_FINAL_ROWS_H

#include "flash/final_stage.h"

struct transfer;

struct row {
	struct in_addr peer;
	char mac[FINAL_MAC_SIZE]; /* as the kernel has it; "" where it has none */
	uint64_t number; /* from 1; the mark of its connections */
	bool is_past; /* whoever comes from there now is another device */
	const struct final_guest *owner;
	struct final_view view;
	struct transfer *transfer; /* the last one, until it is over */
	struct row *next;
};

struct final_guest {
	struct final_stage *stage;
	struct in_addr device;
	char mac[FINAL_MAC_SIZE]; /* of its station; "": not known */
	bool takes_any;
	struct row *row; /* NULL: has not come */
	struct final_guest *next;
};

struct final_rows {
	struct in_addr ap; /* every device's own address in its own network */
	struct row *rows; /* the newest first; owned */
	size_t row_count;
	struct final_guest *guests; /* theirs who made them */
};

/* The row of a connection that has just been opened; NULL when there are too many. */
struct row *rows_of_new(struct final_rows *rows, struct in_addr peer, const char *mac);

/* That of a connection, whoever has its address by now. */
struct row *rows_numbered(const struct final_rows *rows, uint64_t number);

/* Gives the guest a row, if one may be its device's; and a better one for one in doubt. */
void rows_find(struct final_rows *rows, struct final_guest *guest);

/* Its row has come with another MAC than its device has told. */
bool rows_is_in_doubt(const struct final_guest *guest);

/* That of the last device that has come and is not this guest's, nor anybody's; NULL: there
 * is none. */
struct row *rows_stranger(const struct final_rows *rows, const struct final_guest *guest);

#endif
