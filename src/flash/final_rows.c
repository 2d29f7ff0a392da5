/* Who is who in the final stage. Devices have one address and no name there, but a MAC,
 * which they have told the cloud before; where the kernel does not know it, the order in
 * which they come has to do. Source: doc/protocol/ewelink.md, "Final stage". */
/* SPDX-License-Identifier: MIT */
#include "flash/final_rows.h"

#include <string.h>

#include "base/text.h"

enum { PEERS_MOST = 1024 };

static unsigned
value_of(char digit)
{
	return (unsigned)(digit >= 'A' ? digit - 'A' + 10 : digit - '0');
}

/* The chip's access point has the MAC of its station, with the bit set in the first byte
 * that says "locally administered": two of its second digit. */
static bool
is_same_chip(const char *mac, const char *other)
{
	enum { LOCAL = 2 };

	return mac[0] == other[0] && strcmp(mac + 2, other + 2) == 0 &&
		(value_of(mac[1]) | LOCAL) == (value_of(other[1]) | LOCAL);
}

/* Of two that may be unknown. */
static bool
are_known(const char *mac, const char *other)
{
	return mac[0] != '\0' && other[0] != '\0';
}

static bool
contradict(const char *mac, const char *other)
{
	return are_known(mac, other) && !is_same_chip(mac, other);
}

static bool
agree(const char *mac, const char *other)
{
	return are_known(mac, other) && is_same_chip(mac, other);
}

/* What it came with; where that is not known, what its job's device has told. */
static const char *
mac_of(const struct row *row)
{
	return row->mac[0] != '\0' || row->owner == NULL ? row->mac : row->owner->mac;
}

static bool
is_of(const struct row *row, struct in_addr peer, const char *mac)
{
	return !row->is_past && row->peer.s_addr == peer.s_addr &&
		!contradict(mac_of(row), mac);
}

static struct row *
row_of(struct final_rows *rows, struct in_addr peer, const char *mac)
{
	struct row *row = rows->rows;

	while (row != NULL && !is_of(row, peer, mac))
		row = row->next;
	if (row == NULL && rows->row_count < PEERS_MOST) {
		row = xcalloc(1, sizeof *row);
		row->peer = peer;
		row->next = rows->rows;
		rows->rows = row;
		row->number = ++rows->row_count;
	}
	if (row != NULL && mac[0] != '\0')
		text_copy(row->mac, sizeof row->mac, mac);
	return row;
}

/* When one is through with it all, and another is waited for, that is who comes. */
static void
make_way(struct final_rows *rows, struct row *row)
{
	if (row->view.final_done == 0 || row->owner == NULL ||
		row->owner->device.s_addr == row->peer.s_addr)
		return;
	for (struct final_guest *guest = rows->guests; guest != NULL; guest = guest->next)
		row->is_past |= guest->takes_any && guest->row == NULL;
}

struct row *
rows_of_new(struct final_rows *rows, struct in_addr peer, const char *mac)
{
	struct row *row = row_of(rows, peer, mac);

	/* By its MAC it is the same again. */
	if (row != NULL && mac[0] == '\0')
		make_way(rows, row);
	if (row != NULL && row->is_past)
		row = row_of(rows, peer, mac);
	return row;
}

struct row *
rows_numbered(const struct final_rows *rows, uint64_t number)
{
	struct row *row = rows->rows;

	while (row != NULL && row->number != number)
		row = row->next;
	return row;
}

/* Of somebody who is waited for: by address, or by MAC. */
static bool
is_expected(const struct final_rows *rows, const struct row *row)
{
	const struct final_guest *guest = rows->guests;

	while (guest != NULL && guest->device.s_addr != row->peer.s_addr &&
		!agree(guest->mac, row->mac))
		guest = guest->next;
	return guest != NULL;
}

/* Where nothing is known of a device, it must be the only one that can be waited for: it
 * does not tell its id any more. */
static bool
may_be_anybody(const struct final_rows *rows, const struct final_guest *guest,
	const struct row *row)
{
	const struct final_guest *other = rows->guests;

	while (other != NULL &&
		(other == guest || other->row != NULL || !other->takes_any ||
			other->device.s_addr != INADDR_ANY ||
			contradict(other->mac, row->mac)))
		other = other->next;
	return guest->takes_any && (guest->device.s_addr != INADDR_ANY || other == NULL);
}

/* The access point of the final stage is the device; anybody else shows by what it asks
 * for that it is one. */
static bool
is_device(const struct final_rows *rows, const struct row *row)
{
	return row->view.asked != FINAL_FILE_NONE || row->peer.s_addr == rows->ap.s_addr;
}

/* Its own MAC or address, or one nobody else is known by. */
static bool
may_be(const struct final_rows *rows, const struct final_guest *guest,
	const struct row *row)
{
	if (contradict(guest->mac, row->mac))
		return false;
	return agree(guest->mac, row->mac) || row->peer.s_addr == guest->device.s_addr ||
		(is_device(rows, row) && !is_expected(rows, row) &&
			may_be_anybody(rows, guest, row));
}

static bool
is_its_own(const struct final_rows *rows, const struct final_guest *guest,
	const struct row *row)
{
	(void)rows;
	return agree(guest->mac, row->mac);
}

/* A MAC in the kernel's table is a weaker word than the device's own: where nobody else is
 * missing, the new firmware shall settle it. Who had it all while others were missing too
 * stays out of it. */
static bool
may_be_in_spite(const struct final_rows *rows, const struct final_guest *guest,
	const struct row *row)
{
	const struct final_guest *other = rows->guests;

	while (other != NULL && (other == guest || other->row != NULL))
		other = other->next;
	return other == NULL && guest->takes_any && row->view.final_done == 0 &&
		is_device(rows, row) && !is_expected(rows, row);
}

static struct row *
find_free(const struct final_rows *rows, const struct final_guest *guest,
	bool (*fits)(const struct final_rows *rows, const struct final_guest *guest,
		const struct row *row))
{
	struct row *row = rows->rows;

	while (row != NULL &&
		(row->owner != NULL || row->is_past || !fits(rows, guest, row)))
		row = row->next;
	return row;
}

bool
rows_is_in_doubt(const struct final_guest *guest)
{
	return guest->row != NULL && contradict(guest->mac, guest->row->mac);
}

void
rows_find(struct final_rows *rows, struct final_guest *guest)
{
	struct row *row = NULL;

	if (guest->row == NULL)
		row = find_free(rows, guest, may_be);
	if (guest->row == NULL && row == NULL)
		row = find_free(rows, guest, may_be_in_spite);
	if (rows_is_in_doubt(guest))
		row = find_free(rows, guest, is_its_own);
	if (row == NULL)
		return;
	if (guest->row != NULL)
		guest->row->owner = NULL;
	guest->row = row;
	row->owner = guest;
}

struct row *
rows_stranger(const struct final_rows *rows, const struct final_guest *guest)
{
	struct row *row = rows->rows;

	while (row != NULL &&
		(row->owner != NULL || row->is_past || !is_device(rows, row) ||
			is_expected(rows, row) || !contradict(guest->mac, row->mac)))
		row = row->next;
	return row;
}
