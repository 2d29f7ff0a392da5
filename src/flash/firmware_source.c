/* Where --firmware comes from: a file, an http(s) address or a name of the catalog. */
/* SPDX-License-Identifier: MIT */
#include "flash/firmware_source.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"
#include "firmware/digest.h"
#include "flash/download.h"
#include "flash/firmware_cache.h"
#include "flash/firmware_names.h"
#include "net/http_client.h"

static const struct err_code e_checksum = { "E-DOWNLOAD-CHECKSUM", ERR_IMAGE_REFUSED,
	"The file is not the published one: check the checksum, or download it again." };

/* One address being fetched. */
struct fetch {
	const struct firmware_source_options *options;
	const char *url;
	const char *name; /* for the image */
	char wanted[DIGEST_TEXT_SIZE]; /* "" : nothing to compare with */
	char *directory; /* of the cache; NULL: none */
};

static void
say(const struct firmware_source_options *options, const char *sentence)
{
	if (options->say != NULL)
		options->say(options->context, sentence);
}

/* Reads a digest people copied from somewhere: any letter case. */
static bool
read_digest(const char *text, char out[DIGEST_TEXT_SIZE], struct err *err)
{
	char shown[80];

	if (strlen(text) != DIGEST_TEXT_SIZE - 1 ||
		strspn(text, "0123456789abcdefABCDEF") != DIGEST_TEXT_SIZE - 1)
		return err_set(err, &err_usage,
			"a SHA-256 has 64 hexadecimal digits, not \"%s\"",
			text_printable(shown, sizeof shown, text));
	text_copy(out, DIGEST_TEXT_SIZE, text);
	return true;
}

/* Finds what the bytes must hash to: asked for, in the table, or beside the file. */
static bool
find_wanted(struct fetch *fetch, const char *in_table, struct err *err)
{
	const char *wanted = fetch->options->sha256;

	if (wanted == NULL && in_table[0] != '\0')
		wanted = in_table;
	if (wanted == NULL)
		return true;
	if (strcmp(wanted, "beside") == 0)
		return download_digest(fetch->url, fetch->options, fetch->wanted, err);
	return read_digest(wanted, fetch->wanted, err);
}

static bool
matches(const char *wanted, const char *found)
{
	return wanted[0] == '\0' || text_equal_nocase(wanted, found);
}

static bool
check_digest(const char *wanted, const char *found, struct err *err)
{
	return matches(wanted, found) ||
		err_set(err, &e_checksum, "its SHA-256 is %s, it should be %s", found,
			wanted);
}

/* A cache that can not be written costs another download the next time, no more. */
static void
keep_copy(const struct fetch *fetch, const struct cached *fresh)
{
	struct err err = { 0 };
	char sentence[ERR_TEXT_SIZE + 64];

	if (fetch->directory == NULL ||
		firmware_cache_put(fetch->directory, fetch->url, fresh, &err))
		return;
	snprintf(sentence, sizeof sentence,
		"The download is not kept for the next time (%s: %s).", err.code->name,
		err.text);
	say(fetch->options, sentence);
}

static struct image *
use(const struct fetch *fetch, const struct cached *bytes)
{
	return image_parse(fetch->name, bytes->bytes, bytes->len);
}

static struct image *
ask_server(const struct fetch *fetch, const struct cached *known, struct err *err)
{
	OWN(cached) fresh = { 0 };

	switch (download_firmware(fetch->url, known, fetch->options, &fresh, err)) {
	case DOWNLOAD_UNCHANGED:
		say(fetch->options, "The server has nothing newer: the copy is used.");
		return use(fetch, known);
	case DOWNLOAD_NEW:
		if (!check_digest(fetch->wanted, fresh.sha256, err))
			return NULL;
		keep_copy(fetch, &fresh);
		return use(fetch, &fresh);
	case DOWNLOAD_NO_SERVER:
		if (known->bytes == NULL)
			return NULL;
		err_clear(err);
		say(fetch->options,
			"The server does not answer: the copy of the last download is "
			"used.");
		return use(fetch, known);
	case DOWNLOAD_FAILED:
	default:
		return NULL;
	}
}

static struct image *
fetch_image(struct fetch *fetch, const char *in_table, struct err *err)
{
	OWN(cached) known = { 0 };

	if (!find_wanted(fetch, in_table, err))
		return NULL;
	firmware_cache_get(fetch->directory, fetch->url, &known);
	if (known.bytes != NULL && !matches(fetch->wanted, known.sha256))
		cached_clear(&known);
	if (known.bytes != NULL && fetch->wanted[0] != '\0') {
		say(fetch->options,
			"The copy of the last download has the checksum: it "
			"is used.");
		return use(fetch, &known);
	}
	return ask_server(fetch, &known, err);
}

/* The last part of the path, for people; a query is no part of a name. */
static char *
name_of(const char *url)
{
	const char *host = strstr(url, "://") + 3, *slash;
	OWN_STR path = xstrndup(host, strcspn(host, "?#"));

	slash = strrchr(path, '/');
	return xstrdup(slash != NULL && slash[1] != '\0' ? slash + 1 : "download");
}

static struct image *
open_url(const char *url, const char *in_table,
	const struct firmware_source_options *options, struct err *err)
{
	char shown[128];
	OWN_STR name = NULL;
	OWN_STR directory = NULL;
	struct image *image;

	text_printable(shown, sizeof shown, url);
	if (!text_starts_with(url, "http://") && !text_starts_with(url, "https://")) {
		err_set(err, &err_usage, "%s is neither http:// nor https://", shown);
		return NULL;
	}
	name = name_of(url);
	if (options->cache_directory != NULL)
		directory = xasprintf("%s/images", options->cache_directory);
	if (!http_open(err))
		return NULL;
	image = fetch_image(
		&(struct fetch){
			.options = options,
			.url = url,
			.name = name,
			.directory = directory,
		},
		in_table, err);
	http_close();
	if (image == NULL)
		err_while(err, "downloading %s", name);
	return image;
}

static struct image *
open_name(
	const char *name, const struct firmware_source_options *options, struct err *err)
{
	const char *base = options->base_url != NULL ? options->base_url
						     : FIRMWARE_BASE_URL;
	struct firmware_name row = { 0 };
	OWN_STR url = NULL;

	if (!firmware_name_find(name, &row, err))
		return NULL;
	url = xasprintf("%s%s%s", base, text_ends_with(base, "/") ? "" : "/", row.file);
	return open_url(url, row.sha256, options, err);
}

static struct image *
open_file(
	const char *path, const struct firmware_source_options *options, struct err *err)
{
	char wanted[DIGEST_TEXT_SIZE] = "";
	struct image *image;

	if (options->sha256 != NULL && strcmp(options->sha256, "beside") == 0) {
		err_set(err, &err_usage,
			"\"beside\" looks for a checksum on a server, and %s is a file",
			path);
		return NULL;
	}
	if (options->sha256 != NULL && !read_digest(options->sha256, wanted, err))
		return NULL;
	image = image_open(path, err);
	if (image != NULL && !check_digest(wanted, image->sha256, err)) {
		err_while(err, "%s", image->name);
		image_free(image);
		return NULL;
	}
	return image;
}

static struct image *
correct_mode(struct image *image, const struct firmware_source_options *options)
{
	struct image *fixed;
	char sentence[128];

	if (!options->fix_flash_mode || !image_needs_dout(image))
		return image;
	fixed = image_with_dout(image);
	snprintf(sentence, sizeof sentence,
		"The flash mode %s of the image is corrected to DOUT, in memory only.",
		image_flash_mode_name(image->parts[0].flash_mode_byte));
	say(options, sentence);
	image_free(image);
	return fixed;
}

struct image *
firmware_source_open(
	const char *spec, const struct firmware_source_options *options, struct err *err)
{
	struct image *image;

	if (strstr(spec, "://") != NULL)
		image = open_url(spec, "", options, err);
	else if (strchr(spec, '/') != NULL || access(spec, F_OK) == 0 ||
		text_ends_with(spec, ".bin") || text_ends_with(spec, ".gz"))
		image = open_file(spec, options, err);
	else
		image = open_name(spec, options, err);
	return image != NULL ? correct_mode(image, options) : NULL;
}
