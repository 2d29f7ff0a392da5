/* Reading "[section]" and "key = value" files that people write. */
/* SPDX-License-Identifier: MIT */
#include "base/ini.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/text.h"

static const struct err_code e_ini = { "E-INI", ERR_CONFIG,
	"Correct the line named; the files that come with the program show the form." };

enum { VALUE_MOST = 4096 };

struct reader {
	bool (*each)(void *context, const struct ini_line *line, struct err *err);
	void *context;
	struct ini_line line; /* of the value that is being collected */
	struct buf value;
};

bool
ini_wrong(struct err *err, const struct ini_line *line, const char *format, ...)
{
	char cause[256], shown[320];
	va_list args;

	va_start(args, format);
	vsnprintf(cause, sizeof cause, format, args);
	va_end(args);
	return err_set(err, &e_ini, "%s, line %u: %s", line->file, line->number,
		text_printable(shown, sizeof shown, cause));
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Cuts blanks off both ends. */
static char *
trim(char *text)
{
	size_t len;

	while (is_blank(*text))
		text++;
	for (len = strlen(text); len > 0 && is_blank(text[len - 1]); len--)
		text[len - 1] = '\0';
	return text;
}

/* Hands out the value collected so far, if there is one. */
static bool
finish_value(struct reader *reader, struct err *err)
{
	bool ok = true;

	if (reader->line.key != NULL) {
		reader->line.value = buf_text(&reader->value);
		ok = reader->each(reader->context, &reader->line, err);
	}
	reader->line.key = reader->line.value = NULL;
	buf_reset(&reader->value);
	return ok;
}

static bool
begin_section(struct reader *reader, char *text, struct err *err)
{
	size_t len = strlen(text);

	if (len < 3 || text[len - 1] != ']')
		return ini_wrong(err, &reader->line, "a section looks like [name]");
	text[len - 1] = '\0';
	reader->line.section = trim(text + 1);
	return reader->each(reader->context, &reader->line, err);
}

static bool
begin_value(struct reader *reader, char *text, struct err *err)
{
	char *equals = strchr(text, '=');

	if (equals == NULL || equals == text)
		return ini_wrong(err, &reader->line, "expected \"key = value\"");
	*equals = '\0';
	reader->line.key = trim(text);
	return buf_add_text(&reader->value, trim(equals + 1)) ||
		ini_wrong(err, &reader->line, "the value is too long");
}

static bool
continue_value(struct reader *reader, unsigned number, const char *text, struct err *err)
{
	if (reader->line.key == NULL) {
		reader->line.number = number;
		return ini_wrong(err, &reader->line,
			"this line continues nothing: do not indent it");
	}
	return (buf_add_text(&reader->value, " ") &&
		       buf_add_text(&reader->value, text)) ||
		ini_wrong(err, &reader->line, "the value is too long");
}

static bool
take_line(struct reader *reader, unsigned number, char *line, struct err *err)
{
	bool is_indented = is_blank(*line);
	char *text = trim(line);

	if (*text == '#' || *text == ';')
		return true;
	if (*text != '\0' && is_indented)
		return continue_value(reader, number, text, err);
	if (!finish_value(reader, err))
		return false;
	reader->line.number = number;
	if (*text == '\0')
		return true;
	return *text == '[' ? begin_section(reader, text, err)
			    : begin_value(reader, text, err);
}

bool
ini_read(const char *path,
	bool (*each)(void *context, const struct ini_line *line, struct err *err),
	void *context, struct err *err)
{
	struct reader reader = {
		.each = each,
		.context = context,
		.line = { .file = path, .section = "" },
		.value = BUF_UP_TO(VALUE_MOST),
	};
	uint8_t *bytes = NULL;
	size_t len;
	unsigned number = 0;
	bool ok = file_read(path, INI_FILE_MOST, &bytes, &len, err);

	if (ok && !text_is_utf8((char *)bytes, len))
		ok = ini_wrong(err, &reader.line, "the file is not UTF-8 text");
	if (ok && memchr(bytes, '\0', len) != NULL)
		ok = ini_wrong(err, &reader.line, "the file is not text");
	for (char *rest = (char *)bytes, *line;
		ok && (line = strsep(&rest, "\n")) != NULL;)
		ok = take_line(&reader, ++number, line, err);
	ok = ok && finish_value(&reader, err);
	buf_clear(&reader.value);
	free(bytes);
	return ok;
}
