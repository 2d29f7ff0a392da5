/* Names for firmware files, read from the catalog. */
/* SPDX-License-Identifier: MIT */
#include "flash/firmware_names.h"

#include <string.h>

#include "base/buf.h"
#include "base/ini.h"
#include "base/memory.h"
#include "base/text.h"
#include "device/catalog.h"

static const struct err_code e_name = { "E-FIRMWARE-NAME", ERR_USAGE,
	"Give a file, an http address or one of the names in catalog/firmware.names." };

struct search {
	const char *name;
	struct firmware_name *out;
	bool found;
	struct buf names; /* all of them, for the remedy */
};

static bool
take_line(void *context, const struct ini_line *line, struct err *err)
{
	struct search *search = context;

	if (line->key == NULL) {
		buf_addf(&search->names, "%s%s", search->names.len > 0 ? ", " : "",
			line->section);
		return true;
	}
	if (strcmp(line->section, search->name) != 0)
		return true;
	search->found = true;
	if (strcmp(line->key, "file") == 0 &&
		!text_copy(search->out->file, sizeof search->out->file, line->value))
		return ini_wrong(err, line, "the file name is too long");
	if (strcmp(line->key, "sha256") == 0 &&
		!text_copy(search->out->sha256, sizeof search->out->sha256, line->value))
		return ini_wrong(err, line, "sha256 has 64 digits, or is \"beside\"");
	return true;
}

bool
firmware_name_find(const char *name, struct firmware_name *out, struct err *err)
{
	OWN_STR directory = catalog_directory_path();
	OWN_STR path = xasprintf("%s/firmware.names", directory);
	struct search search = { name, out, false, BUF_UP_TO(400) };
	char shown[64];
	bool ok;

	*out = (struct firmware_name){ 0 };
	ok = ini_read(path, take_line, &search, err);
	if (ok && (!search.found || out->file[0] == '\0')) {
		ok = err_set(err, &e_name, "\"%s\" is neither a file nor a known name",
			text_printable(shown, sizeof shown, name));
		err_remedy(err, "Give a file, an http address or one of: %s.",
			buf_text(&search.names));
	}
	buf_clear(&search.names);
	return ok;
}
