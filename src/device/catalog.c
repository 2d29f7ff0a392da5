/* What we know about models and firmware versions, and which of it fits a device. */
/* SPDX-License-Identifier: MIT */
#include "device/catalog.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "device/catalog_read.h"
#include "host/program.h"

static const struct err_code e_no_catalog = { "E-CATALOG-MISSING", ERR_CONFIG,
	"Install airlift with \"make install\", or set AIRLIFT_CATALOG to the directory with "
	"the *.devices files." };

enum { VERSION_PARTS = 4 };

char *
catalog_directory_path(void)
{
	const char *chosen = getenv("AIRLIFT_CATALOG");

	if (chosen != NULL && *chosen != '\0')
		return xstrdup(chosen);
	if (program_runs_below(AIRLIFT_BUILD_ROOT))
		return xstrdup(AIRLIFT_CATALOG_SOURCE);
	return xstrdup(AIRLIFT_CATALOG_INSTALLED);
}

/* Reads the file when its name says it belongs to the catalog. */
static bool
read_entry(
	struct catalog *catalog, const char *directory, const char *name, struct err *err)
{
	OWN_STR path = xasprintf("%s/%s", directory, name);

	if (name[0] == '.')
		return true;
	if (text_ends_with(name, ".devices"))
		return catalog_read(catalog, path, CATALOG_MODEL, err);
	if (text_ends_with(name, ".firmware"))
		return catalog_read(catalog, path, CATALOG_FIRMWARE, err);
	return true;
}

struct catalog *
catalog_open(const char *directory, struct err *err)
{
	OWN_STR usual = catalog_directory_path();
	const char *place = directory != NULL ? directory : usual;
	struct catalog *catalog = xcalloc(1, sizeof *catalog);
	struct dirent **names = NULL;
	int count = scandir(place, &names, NULL, alphasort);
	bool ok = count >= 0;

	if (!ok)
		err_errno(err, &e_no_catalog, "cannot read the catalog in %s", place);
	for (int i = 0; i < count; i++) {
		ok = ok && read_entry(catalog, place, names[i]->d_name, err);
		free(names[i]);
	}
	free(names);
	if (ok && catalog->count == 0)
		ok = err_set(err, &e_no_catalog, "there is no catalog in %s", place);
	if (ok)
		return catalog;
	catalog_free(catalog);
	return NULL;
}

void
catalog_free(struct catalog *catalog)
{
	if (catalog == NULL)
		return;
	for (unsigned i = 0; i < catalog->count; i++) {
		struct catalog_section *section = catalog->sections[i];

		for (unsigned j = 0; j < section->count; j++) {
			free(section->entries[j].key);
			free(section->entries[j].value);
		}
		free(section->id);
		free(section->file);
		free(section);
	}
	free(catalog->sections);
	free(catalog);
}

const struct catalog_section *
catalog_model_named(const struct catalog *catalog, const char *name)
{
	for (unsigned i = 0; i < catalog->count; i++) {
		const struct catalog_section *section = catalog->sections[i];
		const char *long_name = catalog_value(section, "name");

		if (section->kind == CATALOG_MODEL &&
			(text_equal_nocase(section->id, name) ||
				(long_name != NULL &&
					text_equal_nocase(long_name, name))))
			return section;
	}
	return NULL;
}

static bool
is(const struct catalog_section *section, const char *key, const char *wanted)
{
	const char *value = catalog_value(section, key);

	return value != NULL && strcmp(value, wanted) == 0;
}

/* "3.7.6" into numbers; what is not said becomes `rest`. */
static void
read_version(const char *text, unsigned long rest, unsigned long out[VERSION_PARTS])
{
	bool said = true;

	for (int i = 0; i < VERSION_PARTS; i++) {
		char *end = NULL;

		said = said && *text >= '0' && *text <= '9';
		out[i] = said ? strtoul(text, &end, 10) : rest;
		if (said)
			text = end + (*end == '.' && end[1] != '\0');
		said = said && text > end;
	}
}

static int
compare(const unsigned long a[VERSION_PARTS], const unsigned long b[VERSION_PARTS])
{
	for (int i = 0; i < VERSION_PARTS; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return 0;
}

bool
catalog_version_within(const char *version, const char *range)
{
	unsigned long low[VERSION_PARTS], high[VERSION_PARTS], at[VERSION_PARTS];
	const char *dash = strstr(range, " - ");

	if (*version < '0' || *version > '9')
		return false;
	read_version(version, 0, at);
	read_version(range, 0, low);
	read_version(dash != NULL ? dash + 3 : range, (unsigned long)-1, high);
	return compare(at, low) >= 0 && compare(at, high) <= 0;
}

const struct catalog_section *
catalog_firmware(const struct catalog *catalog, const struct device *device)
{
	const char *silent = device->dialect == DIALECT_STRING ? "text" : "object";

	for (unsigned i = 0; i < catalog->count; i++) {
		const struct catalog_section *section = catalog->sections[i];

		if (section->kind != CATALOG_FIRMWARE)
			continue;
		if (device->firmware[0] == '\0'
				? is(section, "silent-as", silent)
				: catalog_version_within(device->firmware,
					  catalog_value(section, "versions")))
			return section;
	}
	return NULL;
}

/* A key that is not there is no condition. */
static bool
fits(const struct catalog_section *section, const char *key, const char *actual)
{
	return catalog_value(section, key) == NULL || is(section, key, actual);
}

static bool
is_candidate(const struct catalog_section *section, const struct device *device,
	const char *version)
{
	const char *major = catalog_value(section, "firmware");

	if (device->type[0] == '\0' ? is(section, "needs-type", "yes")
				    : !catalog_lists(section, "types", device->type))
		return false;
	return fits(section, "outlets", device->many_outlets ? "list" : "one") &&
		fits(section, "dims", device->dimmable ? "yes" : "no") &&
		(major == NULL || catalog_version_within(version, major));
}

void
catalog_match(const struct catalog *catalog, const struct device *device,
	struct catalog_match *out)
{
	const char *version = device->firmware;

	*out = (struct catalog_match){ 0 };
	if (*version == '\0')
		version = catalog_value(catalog_firmware(catalog, device), "versions");
	for (unsigned i = 0; i < catalog->count; i++) {
		const struct catalog_section *section = catalog->sections[i];

		if (section->kind == CATALOG_MODEL && out->count < CATALOG_MATCHES_MOST &&
			is_candidate(section, device, version != NULL ? version : ""))
			out->models[out->count++] = section;
	}
}

const char *
catalog_match_name(const struct catalog_match *match, char out[DEVICE_MODEL_SIZE])
{
	const char *name = "";

	for (unsigned i = 0; i < match->count; i++) {
		const char *own = catalog_value(match->models[i], "name");
		const char *family = catalog_value(match->models[i], "family");

		if (match->count > 1 && family != NULL)
			own = family;
		if (i > 0 && strcmp(own, name) != 0) {
			name = "";
			break;
		}
		name = own;
	}
	text_printable(out, DEVICE_MODEL_SIZE, name);
	return out;
}

const char *
catalog_match_value(const struct catalog_match *match, const char *key)
{
	for (unsigned i = 0; i < match->count; i++) {
		const char *value = catalog_value(match->models[i], key);

		if (value != NULL)
			return value;
	}
	return NULL;
}

bool
catalog_match_takes(const struct catalog_match *match, const char *method)
{
	for (unsigned i = 0; i < match->count; i++)
		if (!catalog_lists(match->models[i], "methods", method))
			return false;
	return match->count > 0;
}

void
catalog_name_device(const struct catalog *catalog, struct device *device)
{
	struct catalog_match match = { 0 };

	/* An address that never answered is no model at all. */
	if (device->type[0] != '\0' || device->answered)
		catalog_match(catalog, device, &match);
	catalog_match_name(&match, device->model);
}
