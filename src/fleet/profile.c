/* A home described once: the YAML file, mapped to structs by libcyaml. */
/* SPDX-License-Identifier: MIT */
#include "fleet/profile.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/text.h"
#include "fleet/profile_check.h"
#include "fleet/profile_schema.h"
#include "wire/tasmota_status.h"

static const struct err_code e_twice = { "E-PROFILE-NAME-TWICE", ERR_USAGE,
	"Name the device by its id, topic or address, or give its entry another name." };

enum { SECRET_MOST = 256, LOG_MOST = 4096 };

static const cyaml_config_t plain_config = {
	.mem_fn = cyaml_mem,
	.log_level = CYAML_LOG_ERROR,
	.flags = CYAML_CFG_NO_ALIAS,
};

static void
keep_log(cyaml_log_t level, void *context, const char *format, va_list args)
{
	char line[256];

	(void)level;
	vsnprintf(line, sizeof line, format, args);
	buf_add_text(context, line);
}

/* Makes one sentence of the library's log: its first line says what is wrong, the one
 * behind "Backtrace:" where. */
static bool
say_log(const char *path, const char *log, cyaml_err_t code, struct err *err)
{
	static const char before[] = "Load: ";
	char cause[160] = "", shown[200];
	unsigned line = 1, column = 1;
	const char *place = strstr(log, "(line: ");

	if (place != NULL)
		sscanf(place, "(line: %u, column: %u)", &line, &column);
	if (text_starts_with(log, before) && !text_starts_with(log, "Load: Backtrace"))
		text_copy_bytes(cause, sizeof cause, log + sizeof before - 1,
			strcspn(log + sizeof before - 1, "\n"));
	else
		text_copy(cause, sizeof cause, cyaml_strerror(code));
	return err_set(err, &e_profile, "%s:%u:%u: %s", path, line, column,
		text_printable(shown, sizeof shown, cause));
}

static struct profile *
map_text(const char *path, const char *text, size_t len, struct err *err)
{
	OWN(buf) log = BUF_UP_TO(LOG_MOST);
	cyaml_config_t config = plain_config;
	cyaml_data_t *data = NULL;
	cyaml_err_t code;

	config.log_fn = keep_log;
	config.log_ctx = &log;
	code = cyaml_load_data(
		(const uint8_t *)text, len, &config, &profile_schema, &data, NULL);
	if (code != CYAML_OK) {
		say_log(path, buf_text(&log), code, err);
		return NULL;
	}
	/* Nothing but comments: a profile that says nothing. */
	return data != NULL ? data : xcalloc(1, sizeof(struct profile));
}

void
profile_free(struct profile *profile)
{
	if (profile != NULL)
		cyaml_free(&plain_config, &profile_schema, profile, 0);
}

/* ~/x is the home's, x lies beside the profile. */
static void
resolve(char **name, const char *path)
{
	const char *home = getenv("HOME"), *slash = strrchr(path, '/');
	char *whole;

	if (*name == NULL || **name == '/')
		return;
	if (text_starts_with(*name, "~/") && home != NULL)
		whole = xasprintf("%s%s", home, *name + 1);
	else if (slash != NULL)
		whole = xasprintf("%.*s/%s", (int)(slash - path), path, *name);
	else
		return;
	free(*name);
	*name = whole;
}

static void
resolve_all(struct profile *profile, const char *path)
{
	char **const names[] = {
		&profile->wifi.password_file,
		&profile->broker.password_file,
		&profile->broker.ca,
		&profile->defaults.web_password_file,
		&profile->handover.homebridge.config,
		&profile->handover.homebridge.password_file,
	};

	for (size_t i = 0; i < COUNT_OF(names); i++)
		resolve(names[i], path);
}

/* One way of writing ids and MACs, so that they can be compared. */
static void
normalize(struct profile_device *device)
{
	char mac[13];

	for (char *at = device->id; at != NULL && *at != '\0'; at++)
		*at = (char)tolower((unsigned char)*at);
	if (device->mac != NULL && tasmota_read_mac(device->mac, mac)) {
		free(device->mac);
		device->mac = xstrdup(mac);
	}
}

struct profile *
profile_parse(const char *path, const char *text, size_t len, struct err *err)
{
	struct profile *profile;

	if (!text_is_utf8(text, len) || memchr(text, '\0', len) != NULL) {
		err_set(err, &e_profile, "%s: the file is not UTF-8 text", path);
		return NULL;
	}
	if (!profile_check(path, text, len, err) ||
		(profile = map_text(path, text, len, err)) == NULL)
		return NULL;
	resolve_all(profile, path);
	for (unsigned i = 0; i < profile->device_count; i++)
		normalize(&profile->devices[i]);
	return profile;
}

struct profile *
profile_read(const char *path, struct err *err)
{
	OWN_STR whole = realpath(path, NULL);
	OWN_STR text = NULL;
	uint8_t *bytes = NULL;
	size_t len;

	if (!file_read(
		    whole != NULL ? whole : path, PROFILE_FILE_MOST, &bytes, &len, err))
		return NULL;
	text = (char *)bytes;
	return profile_parse(whole != NULL ? whole : path, text, len, err);
}

const struct profile_device *
profile_device(const struct profile *profile, const char *id, const char *mac)
{
	char wanted[13];
	bool has_mac = mac != NULL && tasmota_read_mac(mac, wanted);

	for (unsigned i = 0; i < profile->device_count; i++) {
		const struct profile_device *each = &profile->devices[i];

		if ((id != NULL && each->id != NULL && text_equal_nocase(id, each->id)) ||
			(has_mac && each->mac != NULL && strcmp(wanted, each->mac) == 0))
			return each;
	}
	return NULL;
}

static bool
is_called(const struct profile_device *device, const char *name)
{
	const char *const names[] = { device->id, device->name, device->topic };

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (names[i] != NULL && text_equal_nocase(names[i], name))
			return true;
	return false;
}

bool
profile_device_named(const struct profile *profile, const char *name,
	const struct profile_device **out, struct err *err)
{
	char shown[80];

	*out = NULL;
	for (unsigned i = 0; i < profile->device_count; i++) {
		const struct profile_device *each = &profile->devices[i];

		if (!is_called(each, name))
			continue;
		if (*out != NULL)
			return err_set(err, &e_twice,
				"two devices of the profile are called \"%s\"",
				text_printable(shown, sizeof shown, name));
		*out = each;
	}
	return true;
}

/* The value of the placeholder at `at`; NULL when none stands there. */
static const char *
placeholder_value(const char *at, const struct profile_facts *facts, size_t *len)
{
	enum { TAIL = 6 };

	for (const struct profile_placeholder *each = profile_placeholders;
		each->token != NULL; each++) {
		const char *value;

		if (!text_starts_with(at, each->token))
			continue;
		*len = strlen(each->token);
		memcpy(&value, (const char *)facts + each->offset, sizeof value);
		if (value == NULL)
			return "";
		if (strcmp(each->token, "{tail}") == 0 && strlen(value) > TAIL)
			value += strlen(value) - TAIL;
		return value;
	}
	return NULL;
}

bool
profile_fill_title(const char *pattern, const struct profile_facts *facts,
	char out[PROFILE_NAME_SIZE])
{
	OWN(buf) whole = BUF_UP_TO(PROFILE_NAME_SIZE - 1);

	for (const char *at = pattern; *at != '\0';) {
		size_t len = 1;
		const char *value = placeholder_value(at, facts, &len);

		if (value != NULL && *value == '\0')
			return false;
		buf_add(&whole, value != NULL ? value : at,
			value != NULL ? strlen(value) : len);
		at += len;
	}
	text_copy(out, PROFILE_NAME_SIZE, buf_text(&whole));
	return whole.len > 0 && !whole.cut;
}

bool
profile_fill(const char *pattern, const struct profile_facts *facts,
	char out[PROFILE_NAME_SIZE])
{
	char title[PROFILE_NAME_SIZE];
	char *to = out;

	if (!profile_fill_title(pattern, facts, title))
		return false;
	for (const char *at = title; *at != '\0'; at++) {
		if (isalnum((unsigned char)*at) || *at == '_')
			*to++ = (char)tolower((unsigned char)*at);
		else if (to > out && to[-1] != '-')
			*to++ = '-';
	}
	while (to > out && to[-1] == '-')
		to--;
	*to = '\0';
	return to > out;
}

const char *
profile_power_on(const struct profile *profile)
{
	const char *word = profile->defaults.power_on;

	return word != NULL ? profile_power_on_number(word) : NULL;
}

bool
profile_secret(const char *file, const char *variable, char **secret, struct err *err)
{
	const char *value = getenv(variable);

	if (file != NULL) {
		*secret = file_read_line(file, SECRET_MOST, err);
		return *secret != NULL;
	}
	*secret = value != NULL ? xstrdup(value) : NULL;
	return true;
}
