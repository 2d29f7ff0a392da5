/* The faults a simulated device can have, as a table. */
/* SPDX-License-Identifier: MIT */
#include "sim/fault.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"

static const struct fault_row diy_rows[] = {
	[FAULT_ADDRESS_CHANGE] = { "address-change", "PERCENT", 0, 100,
		"gets another address in the middle of the download" },
	[FAULT_AP_ONLY] = { "ap-only", NULL, 0, 0,
		"comes up in its own access point, unseen, whatever the image holds" },
	[FAULT_DEAD] = { "dead", NULL, 0, 0, "never comes up again after the flash" },
	[FAULT_DEAF_MDNS] = { "deaf-mdns", "N", 1, 1000,
		"does not announce itself and ignores the first N mDNS queries" },
	[FAULT_DROP] = { "drop", "PERCENT", 0, 100,
		"loses its download connection once and goes on" },
	[FAULT_EMPTY_REFUSAL] = { "empty-refusal", NULL, 0, 0,
		"closes ota_flash without an answer and does nothing" },
	[FAULT_EMPTY_REPLY] = { "empty-reply", NULL, 0, 0,
		"closes ota_flash without an answer, and flashes" },
	[FAULT_GOODBYE] = { "goodbye", NULL, 0, 0,
		"takes its mDNS records back when it leaves (the usual device does not)" },
	[FAULT_LATE_ANSWER] = { "late-answer", NULL, 0, 0,
		"answers ota_flash only after the download (408, 413, 424, 471)" },
	[FAULT_NO_A_RECORD] = { "no-a-record", NULL, 0, 0,
		"announces SRV and TXT but never its address" },
	[FAULT_NO_DOWNLOAD] = { "no-download", NULL, 0, 0,
		"accepts ota_flash but can not reach the server" },
	[FAULT_NO_POST] = { "no-post", NULL, 0, 0, "never posts its result" },
	[FAULT_NO_SLASH] = { "no-slash", NULL, 0, 0,
		"asks for the file without leading slash, Host and User-Agent" },
	[FAULT_OTHER_CASE] = { "other-case", NULL, 0, 0,
		"spells its instance eWelink_ instead of eWeLink_" },
	[FAULT_REFUSE_RANGES] = { "refuse-ranges", NULL, 0, 0,
		"rejects the first range answer and posts 404" },
	[FAULT_RESET] = { "reset", "N", 1, 1000, "resets the first N API connections" },
	[FAULT_SILENT] = { "silent", NULL, 0, 0, "takes API requests and never answers" },
	[FAULT_SLOW] = { "slow", NULL, 0, 0, "needs ten times as long per sector" },
	[FAULT_STALL] = { "stall", "PERCENT", 0, 100,
		"stops asking in the middle of the download, connection open" },
	[FAULT_UNLOCK_500] = { "unlock-500", NULL, 0, 0,
		"the vendor's service refuses the device" },
	[FAULT_UNLOCK_503] = { "unlock-503", NULL, 0, 0,
		"answers 503: no way to the vendor's service" },
	[FAULT_UNLOCK_HANG] = { "unlock-hang", NULL, 0, 0,
		"ota_unlock hangs, then closes; the device stays locked" },
	[FAULT_UNLOCK_LIES] = { "unlock-lies", NULL, 0, 0,
		"ota_unlock answers 0, the device stays locked" },
	[FAULT_UNLOCK_QUIET] = { "unlock-quiet", NULL, 0, 0,
		"ota_unlock hangs and closes, but the device is unlocked" },
	[FAULT_WRONG_DIGEST] = { "wrong-digest", NULL, 0, 0,
		"one bit falls over on the way into its flash: posts 409" },
};
_Static_assert(COUNT_OF(diy_rows) == FAULT_KINDS, "one row per fault");

const struct fault_table fault_table_diy = { diy_rows, COUNT_OF(diy_rows) };

static bool
complain_about_name(const struct fault_table *table, const char *name, struct err *err)
{
	char shown[64];
	OWN(buf) all = BUF_UP_TO(ERR_TEXT_SIZE);

	for (unsigned i = 0; i < table->count; i++)
		buf_addf(&all, " %s", table->rows[i].name);
	err_set(err, &err_usage, "there is no fault %s",
		text_printable(shown, sizeof shown, name));
	return err_remedy(err, "These exist:%s.", buf_text(&all));
}

/* `colon` points at the colon and the number behind it, or at the end of the text. */
static bool
read_point(
	const struct fault_row *row, const char *colon, int64_t *point, struct err *err)
{
	bool given = colon[0] == ':';

	*point = row->usual;
	if (given ? row->point == NULL : row->point != NULL && row->usual == 0)
		return err_set(err, &err_usage, "fault %s is written %s%s%s", row->name,
			row->name, row->point != NULL ? ":" : "",
			row->point != NULL ? row->point : "");
	if (given && !text_to_number(colon + 1, row->least, row->most, point))
		return err_set(err, &err_usage,
			"fault %s takes a number from %d to %d as its point", row->name,
			(int)row->least, (int)row->most);
	return true;
}

static bool
read_one(const struct fault_table *table, const char *text, struct fault_set *out,
	struct err *err)
{
	char name[32];
	size_t len = strcspn(text, ":");
	unsigned i = 0;

	text_copy_bytes(name, sizeof name, text, len);
	if (strcmp(text, "none") == 0)
		return true;
	while (i < table->count && strcmp(table->rows[i].name, name) != 0)
		i++;
	if (i == table->count)
		return complain_about_name(table, name, err);
	out->has[i] = true;
	return read_point(&table->rows[i], text + len, &out->point[i], err);
}

bool
fault_read(const struct fault_table *table, const char *text, struct fault_set *out,
	struct err *err)
{
	OWN_STR copy = xstrdup(text);
	char *rest = NULL;

	*out = (struct fault_set){ 0 };
	for (char *one = strtok_r(copy, "+", &rest); one != NULL;
		one = strtok_r(NULL, "+", &rest))
		if (!read_one(table, one, out, err))
			return false;
	return true;
}

char *
fault_help(const struct fault_table *table)
{
	OWN(buf) text = BUF_UP_TO(16 * 1024);

	for (unsigned i = 0; i < table->count; i++) {
		const struct fault_row *row = &table->rows[i];
		bool optional = row->usual != 0;
		OWN_STR name = xasprintf("%s%s%s%s", row->name,
			row->point == NULL ? ""
				: optional ? "[:"
					   : ":",
			row->point != NULL ? row->point : "", optional ? "]" : "");

		buf_addf(&text, "  %-24s %s\n", name, row->help);
	}
	return buf_take(&text);
}
