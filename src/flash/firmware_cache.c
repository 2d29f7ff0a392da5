/* Downloaded images, kept between runs: KEY.bin and, written after it, KEY.json with the
 * digest of the bytes. A power cut in between leaves a pair that does not match, which
 * counts as nothing. */
/* SPDX-License-Identifier: MIT */
#include "flash/firmware_cache.h"

#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "firmware/digest.h"
#include "firmware/image.h"

enum { NOTE_MOST = 4096, KEY_DIGITS = 32 };

void
cached_clear(struct cached *cached)
{
	free(cached->bytes);
	*cached = (struct cached){ 0 };
}

/* The address is never part of a file name: it may hold anything. */
static char *
path_of(const char *directory, const char *url, const char *ending)
{
	char key[DIGEST_TEXT_SIZE];

	digest_sha256(url, strlen(url), key);
	return xasprintf("%s/%.*s%s", directory, KEY_DIGITS, key, ending);
}

static void
keep(char *out, size_t size, const char *text)
{
	if (text != NULL && !text_copy(out, size, text))
		out[0] = '\0';
}

static bool
read_note(const char *path, const char *url, struct cached *out)
{
	OWN_JSON note = NULL;
	uint8_t *bytes;
	const char *whose;
	size_t len;

	if (!file_read(path, NOTE_MOST, &bytes, &len, NULL))
		return false;
	note = json_read((const char *)bytes, len, NOTE_MOST);
	free(bytes);
	whose = json_text(note, "url");
	keep(out->sha256, sizeof out->sha256, json_text(note, "sha256"));
	keep(out->etag, sizeof out->etag, json_text(note, "etag"));
	keep(out->modified, sizeof out->modified, json_text(note, "modified"));
	return whose != NULL && strcmp(whose, url) == 0;
}

bool
firmware_cache_get(const char *directory, const char *url, struct cached *out)
{
	OWN_STR bytes_path = NULL;
	OWN_STR note_path = NULL;
	char found[DIGEST_TEXT_SIZE];

	*out = (struct cached){ 0 };
	if (directory == NULL)
		return false;
	bytes_path = path_of(directory, url, ".bin");
	note_path = path_of(directory, url, ".json");
	if (!read_note(note_path, url, out) ||
		!file_read(bytes_path, IMAGE_BYTES_MOST, &out->bytes, &out->len, NULL)) {
		cached_clear(out);
		return false;
	}
	digest_sha256(out->bytes, out->len, found);
	if (strcmp(found, out->sha256) != 0)
		cached_clear(out);
	return out->bytes != NULL;
}

bool
firmware_cache_put(const char *directory, const char *url, const struct cached *cached,
	struct err *err)
{
	OWN_STR bytes_path = path_of(directory, url, ".bin");
	OWN_STR note_path = path_of(directory, url, ".json");
	OWN_STR note = NULL;
	OWN_JSON facts = json_pack("{s:s, s:s, s:s, s:s}", "url", url, "sha256",
		cached->sha256, "etag", cached->etag, "modified", cached->modified);

	note = json_dumps(facts, JSON_INDENT(1));
	if (note == NULL)
		return err_set(err, &err_internal, "the address is not text");
	return file_make_directory(directory, err) &&
		file_write(bytes_path, cached->bytes, cached->len, 0600, err) &&
		file_write(note_path, note, strlen(note), 0600, err);
}
