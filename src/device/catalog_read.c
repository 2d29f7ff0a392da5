/* The catalog's files: which keys there are, and what their values may be. A new fact about
 * devices is a row here and a line in doc/adding-a-device.md. */
/* SPDX-License-Identifier: MIT */
#include "device/catalog_read.h"

#include <stdio.h>
#include <string.h>

#include "base/ini.h"
#include "base/memory.h"
#include "base/text.h"

static const struct err_code e_catalog = { "E-CATALOG", ERR_CONFIG,
	"Correct the catalog file: doc/adding-a-device.md explains the keys." };

/* Letters a value may be made of; NULL: any text. */
#define WORDS	 "abcdefghijklmnopqrstuvwxyz0123456789_-, "
#define VERSIONS "0123456789.- "
#define NUMBER	 "0123456789"
#define PINS	 "abcdefghijklmnopqrstuvwxyz0123456789: "

struct key {
	const char *name;
	bool required;
	const char *letters;
	const char *choices; /* "yes no"; NULL: no fixed ones */
};

static const struct key model_keys[] = {
	{ "name", true, NULL, NULL },
	{ "family", false, NULL, NULL },
	{ "types", true, WORDS, NULL },
	{ "needs-type", false, NULL, "yes no" },
	{ "outlets", false, NULL, "one list" },
	{ "dims", false, NULL, "yes no" },
	{ "firmware", false, NUMBER, NULL },
	{ "chip", false, WORDS, NULL },
	{ "flash", false, NULL, "1M 2M 4M" },
	{ "methods", true, WORDS, NULL },
	{ "refused", false, NULL, NULL },
	{ "instead", false, NULL, NULL },
	{ "untried", false, NULL, NULL },
	{ "pins", false, PINS, NULL },
	{ "tasmota-module", false, NUMBER, NULL },
	{ "tasmota-template", false, NULL, NULL },
	{ "tasmota-template-13", false, NULL, NULL },
	{ "known-by", true, NULL, NULL },
	{ 0 },
};

static const struct key firmware_keys[] = {
	{ "versions", true, VERSIONS, NULL },
	{ "silent-as", false, NULL, "text object" },
	{ "dialect", true, NULL, "text object" },
	{ "deviceid", true, NULL, "any right" },
	{ "data", true, NULL, "none text object" },
	{ "methods", true, WORDS, NULL },
	{ "warning", false, NULL, NULL },
	{ "unlock-host", false, WORDS ".", NULL },
	{ "known-by", true, NULL, NULL },
	{ 0 },
};

static const struct key *const keys_of[] = {
	[CATALOG_MODEL] = model_keys,
	[CATALOG_FIRMWARE] = firmware_keys,
};

struct reading {
	struct catalog *catalog;
	enum catalog_kind kind;
};

static const struct key *
key_named(enum catalog_kind kind, const char *name)
{
	for (const struct key *key = keys_of[kind]; key->name != NULL; key++)
		if (strcmp(key->name, name) == 0)
			return key;
	return NULL;
}

/* Whether the blank-separated list holds the word. */
static bool
is_choice(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = list; (at = strstr(at, word)) != NULL; at += len)
		if ((at == list || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
			return len > 0;
	return false;
}

static bool
check_value(const struct key *key, const struct ini_line *line, struct err *err)
{
	if (line->value[0] == '\0')
		return ini_wrong(err, line, "%s has no value", key->name);
	if (key->choices != NULL && !is_choice(key->choices, line->value))
		return ini_wrong(err, line, "%s is one of: %s", key->name, key->choices);
	if (key->letters != NULL &&
		line->value[strspn(line->value, key->letters)] != '\0')
		return ini_wrong(
			err, line, "%s can not be \"%s\"", key->name, line->value);
	return true;
}

static bool
check_section(const struct catalog_section *section, struct err *err)
{
	const struct key *key = keys_of[section->kind];
	const struct ini_line line = { .file = section->file, .number = section->line };

	for (; key->name != NULL; key++)
		if (key->required && catalog_value(section, key->name) == NULL)
			return ini_wrong(
				err, &line, "[%s] lacks %s", section->id, key->name);
	if (section->kind == CATALOG_MODEL &&
		catalog_lists(section, "methods", "none") !=
			(catalog_value(section, "refused") != NULL))
		return ini_wrong(err, &line,
			"[%s]: \"methods = none\" and \"refused\" go together",
			section->id);
	return true;
}

static bool
add_section(struct reading *reading, const struct ini_line *line, struct err *err)
{
	struct catalog *catalog = reading->catalog;
	struct catalog_section *section;

	for (unsigned i = 0; i < catalog->count; i++)
		if (strcmp(catalog->sections[i]->id, line->section) == 0)
			return ini_wrong(err, line, "[%s] is there already: %s, line %u",
				line->section, catalog->sections[i]->file,
				catalog->sections[i]->line);
	if (catalog->count == CATALOG_SECTIONS_MOST)
		return ini_wrong(err, line, "too many sections");
	section = xcalloc(1, sizeof *section);
	section->kind = reading->kind;
	section->id = xstrdup(line->section);
	section->file = xstrdup(line->file);
	section->line = line->number;
	catalog->sections = xrealloc(
		catalog->sections, catalog->count + 1, sizeof *catalog->sections);
	catalog->sections[catalog->count++] = section;
	return true;
}

static bool
take_line(void *context, const struct ini_line *line, struct err *err)
{
	struct reading *reading = context;
	struct catalog_section *section;
	const struct key *key;

	if (line->key == NULL)
		return add_section(reading, line, err);
	if (line->section[0] == '\0')
		return ini_wrong(err, line, "a [section] comes first");
	section = reading->catalog->sections[reading->catalog->count - 1];
	key = key_named(reading->kind, line->key);
	if (key == NULL)
		return ini_wrong(err, line, "there is no key \"%s\"", line->key);
	if (catalog_value(section, line->key) != NULL)
		return ini_wrong(
			err, line, "%s stands twice in [%s]", line->key, line->section);
	if (!check_value(key, line, err))
		return false;
	section->entries[section->count].key = xstrdup(line->key);
	section->entries[section->count++].value = xstrdup(line->value);
	return true;
}

bool
catalog_read(struct catalog *catalog, const char *path, enum catalog_kind kind,
	struct err *err)
{
	struct reading reading = { .catalog = catalog, .kind = kind };
	unsigned first = catalog->count;

	if (!ini_read(path, take_line, &reading, err))
		return false;
	if (catalog->count == first)
		return err_set(err, &e_catalog, "%s holds no section", path);
	for (unsigned i = first; i < catalog->count; i++)
		if (!check_section(catalog->sections[i], err))
			return false;
	return true;
}
