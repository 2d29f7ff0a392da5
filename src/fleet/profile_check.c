/* Goes through the text of a profile before it is mapped: everything wrong with its line. */
/* SPDX-License-Identifier: MIT */
#include "fleet/profile_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "base/text.h"
#include "fleet/profile_schema.h"
#include "wire/tasmota_status.h"

const struct err_code e_profile = { "E-PROFILE", ERR_CONFIG,
	"Correct the place named; doc/profile.md has all keys." };
static const struct err_code e_secret = { "E-PROFILE-SECRET", ERR_CONFIG,
	"Put the password in a file that only you can read, and name it here with "
	"password_file." };

/* A letter or two wrong is a slip; more is another word. */
enum { SLIP_MOST = 3, PATH_MOST = 128 };

struct check {
	const char *path; /* of the file */
	yaml_document_t document;
	struct err *err;
};

/* One place in the file: what the schema wants there, and how it is called. */
struct place {
	const cyaml_schema_value_t *schema;
	char name[PATH_MOST]; /* "broker.port"; "" for the whole */
};

static bool check_node(struct check *check, const struct place *place, int index);

static bool wrong(struct check *check, const struct err_code *code, yaml_mark_t mark,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

static bool
wrong(struct check *check, const struct err_code *code, yaml_mark_t mark,
	const char *format, ...)
{
	char cause[256], shown[320];
	va_list args;

	va_start(args, format);
	vsnprintf(cause, sizeof cause, format, args);
	va_end(args);
	return err_set(check->err, code, "%s:%zu:%zu: %s", check->path, mark.line + 1,
		mark.column + 1, text_printable(shown, sizeof shown, cause));
}

static const char *
scalar(const yaml_node_t *node)
{
	return node != NULL && node->type == YAML_SCALAR_NODE
		? (const char *)node->data.scalar.value
		: NULL;
}

static const cyaml_schema_field_t *
field_named(const cyaml_schema_value_t *schema, const char *key)
{
	const cyaml_schema_field_t *each = schema->mapping.fields;

	while (each->key != NULL && strcmp(each->key, key) != 0)
		each++;
	return each->key != NULL ? each : NULL;
}

static const char *
nearest_key(const cyaml_schema_value_t *schema, const char *key)
{
	const char *best = NULL;
	unsigned least = SLIP_MOST;

	for (const cyaml_schema_field_t *each = schema->mapping.fields; each->key != NULL;
		each++) {
		unsigned now = text_distance(key, each->key);

		if (now < least) {
			least = now;
			best = each->key;
		}
	}
	return best;
}

/* Keys under which people would write a password. */
static bool
names_secret(const char *key)
{
	static const char *const words[] = { "pass", "psk", "secret" };

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (strcasestr(key, words[i]) != NULL)
			return true;
	return false;
}

static bool
refuse_secret(
	struct check *check, const struct place *place, const char *key, yaml_mark_t mark)
{
	const cyaml_schema_field_t *each = place->schema->mapping.fields;

	wrong(check, &e_secret, mark, "\"%.40s\": no secret stands in this file", key);
	while (each->key != NULL && !text_ends_with(each->key, "password_file"))
		each++;
	if (each->key != NULL && strcmp(each->key, "password_file") != 0)
		err_remedy(check->err,
			"Put the password in a file that only you can read, and name it "
			"here with %s.",
			each->key);
	return false;
}

static bool
refuse_key(
	struct check *check, const struct place *place, const char *key, yaml_mark_t mark)
{
	const char *guess = nearest_key(place->schema, key);
	const char *inside = *place->name != '\0' ? place->name : "a profile";

	if (names_secret(key) &&
		(guess == NULL || !names_secret(guess) || !text_ends_with(key, "file")))
		return refuse_secret(check, place, key, mark);
	wrong(check, &e_profile, mark, "%s has no key \"%.40s\"", inside, key);
	if (guess != NULL)
		err_remedy(check->err,
			"Did you mean \"%s\"? doc/profile.md has all keys.", guess);
	return false;
}

static bool
check_pair(struct check *check, const struct place *place, const yaml_node_pair_t *pair)
{
	const yaml_node_t *name = yaml_document_get_node(&check->document, pair->key);
	const char *key = scalar(name);
	const cyaml_schema_field_t *field;
	struct place inside;

	if (key == NULL)
		return wrong(check, &e_profile, name->start_mark, "a key is a word");
	field = field_named(place->schema, key);
	if (field == NULL)
		return refuse_key(check, place, key, name->start_mark);
	inside.schema = &field->value;
	snprintf(inside.name, sizeof inside.name, "%.60s%s%.60s", place->name,
		*place->name != '\0' ? "." : "", key);
	return check_node(check, &inside, pair->value);
}

static const char *
member(struct check *check, const yaml_node_t *node, const char *wanted)
{
	for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
		pair < node->data.mapping.pairs.top; pair++) {
		const char *key = scalar(
			yaml_document_get_node(&check->document, pair->key));

		if (key != NULL && strcmp(key, wanted) == 0)
			return scalar(
				yaml_document_get_node(&check->document, pair->value));
	}
	return NULL;
}

/* What the parts of one device's entry must be together. */
static bool
check_device(struct check *check, const yaml_node_t *node)
{
	if (node->type != YAML_MAPPING_NODE)
		return true;
	if (member(check, node, "id") == NULL && member(check, node, "mac") == NULL)
		return wrong(check, &e_profile, node->start_mark,
			"a device is known by its id or its mac: neither is here");
	if (member(check, node, "module") != NULL &&
		member(check, node, "template") != NULL)
		return wrong(check, &e_profile, node->start_mark,
			"module and template exclude each other");
	return true;
}

static bool
is_same(struct check *check, const yaml_node_t *a, const yaml_node_t *b, const char *key)
{
	const char *one, *other;
	char one_mac[13], other_mac[13];

	if (a->type != YAML_MAPPING_NODE || b->type != YAML_MAPPING_NODE ||
		(one = member(check, a, key)) == NULL ||
		(other = member(check, b, key)) == NULL)
		return false;
	if (tasmota_read_mac(one, one_mac) && tasmota_read_mac(other, other_mac))
		return strcmp(one_mac, other_mac) == 0;
	return text_equal_nocase(one, other);
}

/* Two devices with the same id, MAC or topic. */
static bool
check_unique(struct check *check, const yaml_node_t *list, const yaml_node_t *node)
{
	static const char *const keys[] = { "id", "mac", "topic" };

	for (const int *item = list->data.sequence.items.start;
		item < list->data.sequence.items.top; item++) {
		const yaml_node_t *other = yaml_document_get_node(
			&check->document, *item);

		if (other == node)
			return true;
		for (size_t i = 0; i < COUNT_OF(keys); i++)
			if (is_same(check, other, node, keys[i]))
				return wrong(check, &e_profile, node->start_mark,
					"a device with this %s is in line %zu already",
					keys[i], other->start_mark.line + 1);
	}
	return true;
}

static bool
check_list(struct check *check, const struct place *place, const yaml_node_t *node)
{
	struct place inside = *place;
	size_t count = (size_t)(node->data.sequence.items.top -
		node->data.sequence.items.start);

	if (count > PROFILE_DEVICES_MOST)
		return wrong(check, &e_profile, node->start_mark,
			"%zu devices are more than the %d a profile may have", count,
			PROFILE_DEVICES_MOST);
	inside.schema = place->schema->sequence.entry;
	for (const int *item = node->data.sequence.items.start;
		item < node->data.sequence.items.top; item++) {
		const yaml_node_t *entry = yaml_document_get_node(
			&check->document, *item);

		if (!check_node(check, &inside, *item) || !check_device(check, entry) ||
			!check_unique(check, node, entry))
			return false;
	}
	return true;
}

static bool
check_value(struct check *check, const struct place *place, const yaml_node_t *node)
{
	const struct profile_rule *rule = profile_rule_of(place->name);
	const char *value = scalar(node);

	if (strlen(value) != node->data.scalar.length)
		return wrong(check, &e_profile, node->start_mark, "%s is no plain text",
			place->name);
	return rule == NULL || rule->holds(value) ||
		wrong(check, &e_profile, node->start_mark, "%s: %s", place->name,
			rule->wanted);
}

/* The same key twice: which of them would count? */
static bool
check_twice(struct check *check, const yaml_node_t *node, const yaml_node_pair_t *pair)
{
	const yaml_node_t *name = yaml_document_get_node(&check->document, pair->key);

	for (const yaml_node_pair_t *before = node->data.mapping.pairs.start;
		before < pair; before++) {
		const yaml_node_t *other = yaml_document_get_node(
			&check->document, before->key);

		if (scalar(name) != NULL && scalar(other) != NULL &&
			strcmp(scalar(name), scalar(other)) == 0)
			return wrong(check, &e_profile, name->start_mark,
				"\"%.40s\" is given in line %zu already", scalar(name),
				other->start_mark.line + 1);
	}
	return true;
}

static bool
check_mapping(struct check *check, const struct place *place, const yaml_node_t *node)
{
	for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
		pair < node->data.mapping.pairs.top; pair++)
		if (!check_pair(check, place, pair) || !check_twice(check, node, pair))
			return false;
	return true;
}

/* Kinds that do not fit the schema are left to the library that maps the file. */
static bool
check_node(struct check *check, const struct place *place, int index)
{
	const yaml_node_t *node = yaml_document_get_node(&check->document, index);

	if (node->type == YAML_MAPPING_NODE && place->schema->type == CYAML_MAPPING)
		return check_mapping(check, place, node);
	if (node->type == YAML_SEQUENCE_NODE && place->schema->type == CYAML_SEQUENCE)
		return check_list(check, place, node);
	if (node->type == YAML_SCALAR_NODE &&
		(place->schema->type == CYAML_STRING ||
			place->schema->type == CYAML_BOOL))
		return check_value(check, place, node);
	return true;
}

/* FIRST: the document that counts; there may be none behind it. */
static bool
check_document(struct check *check, yaml_parser_t *parser, bool first)
{
	static const struct place whole = { .schema = &profile_schema };
	const yaml_node_t *root;
	bool ok = true;

	if (!yaml_parser_load(parser, &check->document))
		return wrong(check, &e_profile, parser->problem_mark, "%s",
			parser->problem != NULL ? parser->problem : "not YAML");
	/* An empty file has no root. */
	root = yaml_document_get_root_node(&check->document);
	if (root != NULL && !first)
		ok = wrong(check, &e_profile, root->start_mark,
			"a second document begins: a profile is one");
	else if (root != NULL)
		ok = check_node(check, &whole, 1);
	yaml_document_delete(&check->document);
	return ok;
}

bool
profile_check(const char *path, const char *text, size_t len, struct err *err)
{
	struct check check = { .path = path, .err = err };
	yaml_parser_t parser;
	bool ok;

	if (!yaml_parser_initialize(&parser))
		return err_set(err, &err_internal, "the YAML reader can not start");
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	ok = check_document(&check, &parser, true) &&
		check_document(&check, &parser, false);
	yaml_parser_delete(&parser);
	return ok;
}
