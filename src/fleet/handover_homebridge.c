/* Handing devices over to homebridge: reading and writing its config.json. */
/* SPDX-License-Identifier: MIT */
#include "fleet/handover_homebridge.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"

static const struct err_code e_json = { "E-HOMEBRIDGE-JSON", ERR_CONFIG,
	"Correct the place named; nothing was changed." };
static const struct err_code e_missing = { "E-HOMEBRIDGE-MISSING", ERR_CONFIG,
	"Start homebridge once: it makes its config.json, usually "
	"/var/lib/homebridge/config.json or ~/.homebridge/config.json." };
static const struct err_code e_account = { "E-HANDOVER-ACCOUNT", ERR_USAGE,
	"Give --homebridge-user and --homebridge-password-file, or --homebridge-environment "
	"when homebridge has MQTTTHING_USERNAME and MQTTTHING_PASSWORD." };
static const struct err_code e_locked = { "E-HOMEBRIDGE-LOCKED", ERR_TRY_AGAIN,
	"Try again when the other program is done." };

enum { LOCK_MS = 10000, INDENT_USUAL = 4, INDENT_MOST = 16, SECRET_MODE = 0600 };

/* The file while it is being changed. */
struct edit {
	const struct homebridge_order *order;
	struct homebridge_result *result;
	char *path; /* behind all symbolic links */
	int lock;
	char *text;
	size_t len;
	json_t *config;
};

static void
edit_clear(struct edit *edit)
{
	json_decref(edit->config);
	free(edit->text);
	free(edit->path);
	if (edit->lock >= 0)
		close(edit->lock);
}

void
homebridge_result_clear(struct homebridge_result *result)
{
	free(result->backup);
	*result = (struct homebridge_result){ 0 };
}

/* The file itself is replaced, so the directory is what programs can agree on. */
static bool
lock_directory(struct edit *edit, struct err *err)
{
	enum { PAUSE_MS = 50 };
	struct deadline until = deadline_in(LOCK_MS);
	OWN_STR directory = xstrdup(edit->path);

	*strrchr(directory, '/') = '\0';
	edit->lock = open(
		*directory != '\0' ? directory : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (edit->lock < 0)
		return err_errno(err, &err_file, "cannot open %s", directory);
	while (flock(edit->lock, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return err_errno(err, &err_file, "cannot lock %s", directory);
		if (deadline_passed(until))
			return err_set(err, &e_locked, "%s is being changed", edit->path);
		if (!clock_pause(PAUSE_MS, edit->order->cancel))
			return err_set(err, &err_cancelled, "interrupted");
	}
	return true;
}

/* A member given twice would lose one of the two: refused like everything unclear. */
static bool
read_json(struct edit *edit, struct err *err)
{
	json_error_t error;
	char cause[JSON_ERROR_TEXT_LENGTH + 64], *near;

	edit->config = json_loadb(
		edit->text, edit->len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
	if (edit->config != NULL)
		return true;
	/* The library repeats a piece of the file, which may be a password. */
	if ((near = strstr(error.text, " near ")) != NULL)
		*near = '\0';
	text_printable(cause, sizeof cause, error.text);
	return err_set(err, &e_json, "%s:%d:%d: %s", edit->path, error.line, error.column,
		cause);
}

static bool
edit_open(struct edit *edit, struct err *err)
{
	uint8_t *bytes = NULL;

	edit->path = realpath(edit->order->config_path, NULL);
	if (edit->path == NULL)
		return err_errno(err, errno == ENOENT ? &e_missing : &err_file,
			"cannot find %s", edit->order->config_path);
	if (!lock_directory(edit, err) ||
		!file_read(edit->path, HOMEBRIDGE_CONFIG_MOST, &bytes, &edit->len, err))
		return false;
	edit->text = (char *)bytes;
	return read_json(edit, err);
}

/* As many blanks as the first indented line has. */
static size_t
indent_of(const char *text)
{
	const char *line = strstr(text, "\n ");
	size_t blanks = line != NULL ? strspn(line + 1, " ") : INDENT_USUAL;

	return blanks <= INDENT_MOST ? blanks : INDENT_USUAL;
}

/* Numbers with a point are written as short as they can be without changing. */
static char *
write_json(const struct edit *edit)
{
	enum { LEAST = 12, MOST = 17 };
	size_t flags = JSON_INDENT(indent_of(edit->text));

	for (size_t digits = LEAST;; digits++) {
		char *text = json_dumps(
			edit->config, flags | JSON_REAL_PRECISION(digits));
		OWN_JSON again = text != NULL ? json_loads(text, JSON_ALLOW_NUL, NULL)
					      : NULL;

		if (digits == MOST || json_equal(again, edit->config))
			return text;
		free(text);
	}
}

/* The state before the first change, once. */
static bool
keep_backup(struct edit *edit, struct err *err)
{
	OWN_STR path = xasprintf("%s%s", edit->path, HOMEBRIDGE_BACKUP);

	if (access(path, F_OK) == 0)
		return true;
	if (!file_write_like(path, edit->path, edit->text, edit->len, 07777, err))
		return false;
	edit->result->backup = path;
	path = NULL;
	return true;
}

static bool
save(struct edit *edit, struct err *err)
{
	OWN_STR dumped = write_json(edit);
	OWN_STR text = NULL;
	bool has_secret = edit->order->account.password != NULL;
	struct stat info;

	if (dumped == NULL)
		return err_set(
			err, &err_internal, "the new configuration can not be said");
	text = xasprintf("%s\n", dumped);
	if (stat(edit->path, &info) != 0)
		return err_errno(err, &err_file, "cannot look at %s", edit->path);
	if (!keep_backup(edit, err))
		return false;
	edit->result->narrowed = has_secret && (info.st_mode & 077) != 0;
	return file_write_like(edit->path, edit->path, text, strlen(text),
		has_secret ? SECRET_MODE : 07777, err);
}

static void
count_and_tell(void *context, const struct homebridge_change *change)
{
	struct edit *edit = context;
	unsigned *const counters[] = {
		[HOMEBRIDGE_SAME] = &edit->result->kept,
		[HOMEBRIDGE_ADDED] = &edit->result->added,
		[HOMEBRIDGE_CHANGED] = &edit->result->changed,
		[HOMEBRIDGE_REMOVED] = &edit->result->removed,
	};

	(*counters[change->what])++;
	if (edit->order->tell != NULL)
		edit->order->tell(edit->order->context, change);
}

static bool
finish(struct edit *edit, struct err *err)
{
	const struct homebridge_result *result = edit->result;

	if (edit->order->needs_account && edit->order->account.user == NULL &&
		result->added > 0)
		return err_set(err, &e_account,
			"the broker wants a user, and none was given for homebridge");
	if (edit->order->dry_run ||
		result->added + result->changed + result->removed == 0)
		return true;
	return save(edit, err);
}

bool
homebridge_hand_over(const struct homebridge_order *order,
	const struct tasmota_discovery *const *devices, size_t count,
	struct homebridge_result *result, struct err *err)
{
	OWN(edit) edit = { .order = order, .result = result, .lock = -1 };

	if (!edit_open(&edit, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!homebridge_put(edit.config, devices[i], &order->account, order->type,
			    count_and_tell, &edit, err))
			return false;
	return finish(&edit, err);
}

bool
homebridge_take_back(const struct homebridge_order *order, const char *const *devices,
	size_t count, struct homebridge_result *result, struct err *err)
{
	OWN(edit) edit = { .order = order, .result = result, .lock = -1 };

	if (!edit_open(&edit, err))
		return false;
	if (count == 0 && !homebridge_take(edit.config, NULL, count_and_tell, &edit, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!homebridge_take(edit.config, devices[i], count_and_tell, &edit, err))
			return false;
	return finish(&edit, err);
}
