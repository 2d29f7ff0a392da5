/* Who is on the broker and how they are. */
/* SPDX-License-Identifier: MIT */
#include "fleet/roster.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"

struct roster {
	struct roster_row *rows;
	size_t count;
};

struct roster *
roster_new(void)
{
	struct roster *roster = xcalloc(1, sizeof *roster);

	roster->rows = xcalloc(ROSTER_MOST, sizeof *roster->rows);
	return roster;
}

void
roster_free(struct roster *roster)
{
	if (roster == NULL)
		return;
	free(roster->rows);
	free(roster);
}

static struct roster_row *
row_of(struct roster *roster, const char *topic)
{
	struct roster_row *row;

	for (size_t i = 0; i < roster->count; i++)
		if (strcmp(roster->rows[i].topic, topic) == 0)
			return &roster->rows[i];
	if (roster->count == ROSTER_MOST || *topic == '\0')
		return NULL;
	row = &roster->rows[roster->count++];
	text_copy(row->topic, sizeof row->topic, topic);
	return row;
}

/* Takes over what the message says; true when it says something new. */
static bool
learn(char field[TASMOTA_TEXT_SIZE], const char *heard)
{
	if (*heard == '\0' || strcmp(field, heard) == 0)
		return false;
	text_copy(field, TASMOTA_TEXT_SIZE, heard);
	return true;
}

static bool
learn_presence(struct roster_row *row, const struct tasmota_message *message)
{
	enum roster_presence was = row->presence;

	if (message->news == TASMOTA_ONLINE)
		row->presence = PRESENCE_ONLINE;
	if (message->news == TASMOTA_OFFLINE)
		row->presence = PRESENCE_OFFLINE;
	return row->presence != was;
}

/* Puts `state` in place of word `relay` (from 1) of "ON OFF", as far as it is known. */
static void
replace_word(char powers[TASMOTA_TEXT_SIZE], unsigned relay, const char *state,
	char out[TASMOTA_TEXT_SIZE])
{
	OWN(buf) joined = BUF_UP_TO(TASMOTA_TEXT_SIZE - 1);
	char *rest = powers;
	unsigned place = 1;

	for (char *word; (word = strsep(&rest, " ")) != NULL; place++)
		buf_addf(&joined, "%s%s", place > 1 ? " " : "",
			place == relay ? state : word);
	if (place == relay)
		buf_addf(&joined, "%s%s", joined.len > 0 ? " " : "", state);
	text_copy(out, TASMOTA_TEXT_SIZE, buf_text(&joined));
}

/* POWER2 changes the second word; STATE tells all of them. */
static bool
learn_power(struct roster_row *row, const struct tasmota_message *message)
{
	char known[TASMOTA_TEXT_SIZE], now[TASMOTA_TEXT_SIZE];

	if (message->news != TASMOTA_POWER)
		return learn(row->power, message->power);
	text_copy(known, sizeof known, row->power);
	replace_word(known, message->relay, message->power, now);
	return learn(row->power, now);
}

static bool
learn_signal(struct roster_row *row, const struct tasmota_message *message)
{
	bool changed = message->has_signal &&
		(!row->has_signal || row->signal_percent != message->signal_percent);

	if (message->has_signal) {
		row->has_signal = true;
		row->signal_percent = message->signal_percent;
	}
	return changed;
}

const struct roster_row *
roster_hear(struct roster *roster, const struct tasmota_message *message, bool retained,
	int64_t at_ms)
{
	struct roster_row *row = row_of(roster, message->topic);
	bool changed = false;

	if (row == NULL)
		return NULL;
	if (!retained)
		row->heard_ms = at_ms;
	changed |= learn(row->name, message->name);
	changed |= learn(row->address, message->address);
	changed |= learn(row->mac, message->mac);
	changed |= learn(row->version, message->version);
	changed |= learn_presence(row, message);
	changed |= learn_power(row, message);
	changed |= learn_signal(row, message);
	return changed ? row : NULL;
}

size_t
roster_count(const struct roster *roster)
{
	return roster->count;
}

const struct roster_row *
roster_row(const struct roster *roster, size_t index)
{
	return &roster->rows[index];
}

const char *
roster_presence_name(enum roster_presence presence)
{
	static const char *const names[] = {
		[PRESENCE_UNKNOWN] = "unknown",
		[PRESENCE_ONLINE] = "online",
		[PRESENCE_OFFLINE] = "offline",
	};

	return names[presence];
}
