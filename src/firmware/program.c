/* Which program an image holds, in which variant and version. Nothing in the format
 * says so: this reads texts of the program, and guesses the version from its code. */
/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "firmware/bytes.h"
#include "firmware/format.h"

struct text {
	const char *at;
	size_t len;
};

/* Texts that give a program away; the first that is found names it. */
static const struct {
	const char *text;
	const char *program;
} programs[] = {
	{ "ESPHome", "ESPHome" }, { "ESPURNA", "ESPurna" }, { "ESPurna", "ESPurna" },
	{ "ESP Easy", "ESPEasy" }, { "Tasmota", "Tasmota" },
	{ "Sonoff-Tasmota", "Tasmota" },
	{ "Sonoff", "Tasmota" }, /* its name before 6.0 */
};

/* Tasmota's builds. "tasmota" is the full one; being a frequent word it comes last. */
static const char *const variants[] = { "minimal", "lite", "sensors", "display", "ir",
	"knx", "zbbridge", "zigbee", "tasmota" };

/* The variant stands as a word of its own not far from one of these. */
static const char *const variant_signs[] = { "(%s)", "(release-%s)" };

/* Only the minimal build says so in its page; only the others have such pages. */
static const char minimal_page[] = "MINIMAL firmware";

static const char *
find(struct text in, const char *needle)
{
	return memmem(in.at, in.len, needle, strlen(needle));
}

/* The next occurrence of `word` from *from on with a NUL on either side. */
static const char *
find_isolated(struct text in, const char *word, const char *from)
{
	size_t len = strlen(word), left;

	while ((left = in.len - (size_t)(from - in.at)) > len) {
		const char *hit = memmem(from, left, word, len + 1); /* with its NUL */

		if (hit == NULL || hit == in.at || hit[-1] == '\0')
			return hit;
		from = hit + 1;
	}
	return NULL;
}

static bool
is_near_a_sign(struct text in, const char *hit)
{
	enum { NEAR = 512 };
	size_t before = (size_t)(hit - in.at), after = in.len - before;
	struct text window = { hit - (before < NEAR ? before : NEAR),
		(before < NEAR ? before : NEAR) + (after < NEAR ? after : NEAR) };

	for (size_t i = 0; i < COUNT_OF(variant_signs); i++)
		if (find(window, variant_signs[i]) != NULL)
			return true;
	return false;
}

static const char *
variant_near_a_sign(struct text in)
{
	enum { HITS_MOST = 64 }; /* a real file has a handful */

	for (size_t i = 0; i < COUNT_OF(variants); i++) {
		const char *hit = find_isolated(in, variants[i], in.at);

		for (unsigned n = 0; hit != NULL && n < HITS_MOST; n++) {
			if (is_near_a_sign(in, hit))
				return variants[i];
			hit = find_isolated(in, variants[i], hit + 1);
		}
	}
	return NULL;
}

/* Newer files hold their own update address: .../tasmota-lite.bin.gz */
static const char *
variant_of_address(struct text in)
{
	for (size_t i = 0; i < COUNT_OF(variants); i++) {
		char name[64];
		bool full = strcmp(variants[i], "tasmota") == 0;

		snprintf(name, sizeof name, "/tasmota%s%s.bin", full ? "" : "-",
			full ? "" : variants[i]);
		if (find(in, name) != NULL)
			return variants[i];
	}
	return NULL;
}

/* Last resort: a word of its own anywhere. Too common words are left out. */
static const char *
variant_anywhere(struct text in)
{
	static const char *const rare[] = { "minimal", "lite", "sensors", "knx" };

	for (size_t i = 0; i < COUNT_OF(rare); i++)
		if (find_isolated(in, rare[i], in.at) != NULL)
			return rare[i];
	return NULL;
}

static void
find_variant(struct image *image, struct text in)
{
	const char *variant = NULL;

	if (find(in, minimal_page) != NULL)
		variant = "minimal";
	if (variant == NULL)
		variant = variant_near_a_sign(in);
	if (variant == NULL)
		variant = variant_of_address(in);
	if (variant == NULL)
		variant = variant_anywhere(in);
	if (variant != NULL)
		text_copy(image->variant, sizeof image->variant, variant);
}

/* Tasmota's version is a constant 0xMMmmppbb that code loads with l32r. */
struct guess {
	uint32_t word;
	unsigned count;
};

enum { GUESSES_MOST = 64, REFERENCES_LEAST = 3 };

/* Releases from 5 to 20; powers of two are bit masks, not 8.0.0. */
static bool
is_version(uint32_t word)
{
	uint32_t major = word >> 24, minor = word >> 16 & 0xff, patch = word >> 8 & 0xff;

	return major >= 5 && major <= 20 && minor < 30 && patch < 30 &&
		(word & 0xff) < 30 && (word & (word - 1)) != 0;
}

static void
count_word(struct guess guesses[GUESSES_MOST], uint32_t word)
{
	for (unsigned i = 0; i < GUESSES_MOST; i++) {
		if (guesses[i].count == 0)
			guesses[i].word = word;
		if (guesses[i].word == word) {
			guesses[i].count++;
			return;
		}
	}
}

/* An l32r at any byte: low nibble 1, then 16 bits of negative word distance from the
 * next word boundary. */
static void
count_references(const uint8_t *code, size_t len, struct guess guesses[GUESSES_MOST])
{
	for (size_t at = 0; at + 3 <= len; at++) {
		size_t base = (at + 3) & ~(size_t)3;
		size_t back = 4 * (0x10000 - (size_t)bytes_u16(code + at + 1));

		if ((code[at] & 15) == 1 && back <= base && base - back + 4 <= len &&
			is_version(bytes_u32(code + base - back)))
			count_word(guesses, bytes_u32(code + base - back));
	}
}

/* The most referenced one; none when two are level. */
static uint32_t
best_guess(const struct guess guesses[GUESSES_MOST])
{
	struct guess best = { 0, REFERENCES_LEAST - 1 };

	for (unsigned i = 0; i < GUESSES_MOST; i++)
		if (guesses[i].count > best.count)
			best = guesses[i];
		else if (guesses[i].count == best.count)
			best.word = 0;
	return best.word;
}

static void
guess_version(struct image *image)
{
	struct guess guesses[GUESSES_MOST] = { 0 };
	const struct image_part *part = &image->parts[image->part_count - 1];
	uint32_t word;

	for (unsigned i = 0; i < part->segment_count; i++)
		if (part->segments[i].mapped)
			count_references(image->bytes + part->segments[i].offset,
				part->segments[i].length, guesses);
	word = best_guess(guesses);
	if (word == 0)
		return;
	image->version_is_a_guess = true;
	snprintf(image->version, sizeof image->version, "%u.%u.%u", word >> 24,
		word >> 16 & 0xff, word >> 8 & 0xff);
	if ((word & 0xff) != 0)
		snprintf(image->version + strlen(image->version),
			sizeof image->version - strlen(image->version), ".%u",
			word & 0xff);
}

/* ESPHome writes "ESPHome version 2024.5.0 compiled on ..." into its log. */
static void
read_version_behind(struct image *image, struct text in, const char *words)
{
	const char *hit = find(in, words);
	size_t len = 0;

	if (hit == NULL)
		return;
	hit += strlen(words);
	while (len < sizeof image->version - 1 && hit + len < in.at + in.len &&
		(isalnum((unsigned char)hit[len]) || hit[len] == '.' || hit[len] == '-'))
		len++;
	text_copy_bytes(image->version, sizeof image->version, hit, len);
}

void
program_find(struct image *image)
{
	struct text in = { (const char *)image->bytes, image->len };

	for (size_t i = 0; i < COUNT_OF(programs) && image->program[0] == '\0'; i++)
		if (find(in, programs[i].text) != NULL)
			text_copy(image->program, sizeof image->program,
				programs[i].program);
	if (strcmp(image->program, "Tasmota") == 0) {
		find_variant(image, in);
		if (image->format == IMAGE_ARDUINO && image->part_count == 2)
			guess_version(image);
	} else if (strcmp(image->program, "ESPHome") == 0 && image->version[0] == '\0') {
		read_version_behind(image, in, "ESPHome version ");
	}
}
