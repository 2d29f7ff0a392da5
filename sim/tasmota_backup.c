/* The settings of a simulated Tasmota as a file. Its size, its name and that it is only
 * XORed are known; what stands in it is our own: it is for whoever keeps it and gives it
 * back, not for whoever reads it. */
/* SPDX-License-Identifier: MIT */
#include "sim/tasmota_backup.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "sim/stream.h"

enum { CLIENT_MS = 5000, KEY = 0x5A };

static void
hide(char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		bytes[i] = (char)(bytes[i] ^ (KEY + (int)i));
}

/* False when there is no room: the pool of texts is much smaller than the file. */
static bool
write_file(const struct tasmota_settings *s, char out[TASMOTA_BACKUP_BYTES])
{
	json_t *texts = json_array(), *numbers = json_array(), *options = json_array();
	OWN_JSON all = json_pack(
		"{s:o,s:o,s:o}", "texts", texts, "numbers", numbers, "options", options);
	size_t len;

	for (unsigned i = 0; i < TEXTS; i++)
		json_array_append_new(texts, json_string(s->text[i]));
	for (unsigned i = 0; i < NUMBERS; i++)
		json_array_append_new(numbers, json_integer(s->number[i]));
	for (unsigned i = 0; i < TASMOTA_OPTIONS; i++)
		json_array_append_new(options, json_integer(s->option[i]));
	memset(out, ' ', TASMOTA_BACKUP_BYTES);
	len = json_dumpb(all, out, TASMOTA_BACKUP_BYTES, JSON_COMPACT);
	hide(out, TASMOTA_BACKUP_BYTES);
	return len > 0 && len <= TASMOTA_BACKUP_BYTES;
}

static char *
file_name(const struct tasmota *t)
{
	char *name = xasprintf("Config_%s_%s.dmp", t->settings.text[TEXT_FRIENDLY_NAME1],
		t->firmware.number);

	for (char *at = name; *at != '\0'; at++)
		if (!isalnum((unsigned char)*at) && *at != '.')
			*at = '_';
	return name;
}

void
tasmota_backup_send(const struct tasmota_visit *visit)
{
	struct tasmota *t = visit->t;
	char file[TASMOTA_BACKUP_BYTES];
	OWN_STR name = file_name(t);
	OWN(buf) text = BUF_UP_TO(2 * TASMOTA_BACKUP_BYTES);

	if (!write_file(&t->settings, file))
		return;
	buf_addf(&text,
		"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
		"Content-Disposition: attachment; filename=%s\r\n"
		"Content-Length: %zu\r\nConnection: close\r\n\r\n",
		name, sizeof file);
	buf_add(&text, file, sizeof file);
	stream_send(visit->fd, text.data, text.len, deadline_in(CLIENT_MS),
		&t->world->cancel);
}

static void
take_all(struct tasmota_settings *s, const json_t *all)
{
	const json_t *texts = json_object_get(all, "texts");
	const json_t *numbers = json_object_get(all, "numbers");
	const json_t *options = json_object_get(all, "options");
	const char *text;

	/* First room, then texts: the pool holds them all together. */
	for (unsigned i = 0; i < TEXTS; i++)
		tasmota_settings_text(s, (enum tasmota_text)i, "");
	for (unsigned i = 0; i < TEXTS; i++)
		if ((text = json_string_value(json_array_get(texts, i))) != NULL)
			tasmota_settings_text(s, (enum tasmota_text)i, text);
	for (unsigned i = 0; i < NUMBERS; i++)
		s->number[i] = json_integer_value(json_array_get(numbers, i));
	for (unsigned i = 0; i < TASMOTA_OPTIONS; i++)
		s->option[i] = (uint8_t)json_integer_value(json_array_get(options, i));
}

/* Numbers that choose among a few things must be one of them. */
static bool
is_sound(const struct tasmota_settings *s)
{
	return s->number[NUMBER_SSID_SLOT] >= 0 && s->number[NUMBER_SSID_SLOT] <= 1 &&
		s->number[NUMBER_WIFI_CONFIG] >= 0 && s->number[NUMBER_WIFI_CONFIG] <= 7;
}

bool
tasmota_backup_take(struct tasmota *t, const char *bytes, size_t len)
{
	struct tasmota_settings taken = t->settings;
	char file[TASMOTA_BACKUP_BYTES];
	OWN_JSON all = NULL;

	if (len != sizeof file)
		return false;
	memcpy(file, bytes, len);
	hide(file, len);
	all = json_read(file, len, sizeof file);
	if (json_array_size(json_object_get(all, "texts")) != TEXTS ||
		json_array_size(json_object_get(all, "numbers")) != NUMBERS)
		return false;
	take_all(&taken, all);
	if (!is_sound(&taken))
		return false;
	t->settings = taken;
	tasmota_changed(t);
	return true;
}
