/* OtaUrl and Upgrade of a simulated Tasmota. */
/* SPDX-License-Identifier: MIT */
#include "sim/tasmota_upgrade.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "sim/tasmota_fetch.h"
#include "sim/tasmota_mqtt.h"
#include "sim/tasmota_store.h"

enum {
	TRIES = 4,
	START_MS = 3000,
	RETRY_MS = 2000,
	TELL_MS = 2000,
	HELD_MS = 200 /* looks again whether the Backlog is through */
};

/* %d and %04d become the whole chip id here. */
static char *
own_url(const struct tasmota *t)
{
	unsigned chip = (unsigned)t->mac[3] << 16 | (unsigned)t->mac[4] << 8 | t->mac[5];
	OWN(buf) out = BUF_UP_TO(1024);

	for (const char *at = t->settings.text[TEXT_OTA_URL]; *at != '\0'; at++)
		if (text_starts_with(at, "%04d")) {
			buf_addf(&out, "%04u", chip);
			at += 3;
		} else if (text_starts_with(at, "%d")) {
			buf_addf(&out, "%u", chip);
			at += 1;
		} else {
			buf_add(&out, at, 1);
		}
	return buf_take(&out);
}

/* In the file name, what stands between the last dash and the first dot goes. */
char *
tasmota_minimal_url(const char *url)
{
	const char *name = strrchr(url, '/');
	const char *dot, *dash;

	name = name != NULL ? name + 1 : url;
	dot = strchr(name, '.');
	if (dot == NULL)
		return xasprintf("%s-minimal", url);
	dash = memrchr(name, '-', (size_t)(dot - name));
	return xasprintf(
		"%.*s-minimal%s", (int)((dash != NULL ? dash : dot) - url), url, dot);
}

static bool
is_newer(const struct tasmota *t, const char *text)
{
	uint32_t wanted;

	return tasmota_version_read(text, &wanted) && wanted > t->firmware.version;
}

void
tasmota_upgrade_begin(struct tasmota *t)
{
	t->upgrade.tries = TRIES;
	t->upgrade.wants_minimal = false;
	t->upgrade.goes_on = false;
	tasmota_timer(t, TIMER_UPGRADE, START_MS);
}

json_t *
tasmota_upgrade_ask(struct tasmota *t, const char *payload)
{
	char version[48];
	OWN_STR text = NULL;
	OWN_STR url = own_url(t);

	tasmota_version_text(&t->firmware, version, sizeof version);
	if (strcmp(payload, "1") != 0 && !is_newer(t, payload)) {
		text = xasprintf("1 or >%s to upgrade", version);
		return json_pack("{s:s}", "Upgrade", text);
	}
	tasmota_upgrade_begin(t);
	text = xasprintf("Version %s from %s", version, url);
	return json_pack("{s:s}", "Upgrade", text);
}

/* What the next attempt asks for. */
static char *
next_url(const struct tasmota *t)
{
	OWN_STR url = own_url(t);
	OWN_STR minimal = NULL;
	bool last = t->upgrade.tries == 1;
	const char *base = url;

	if (t->upgrade.wants_minimal)
		base = minimal = tasmota_minimal_url(url);
	return xasprintf("%s%s", base,
		last && tasmota_has(&t->firmware, TRAIT_LAST_TRY_GZ) &&
				!text_ends_with(base, ".gz")
			? ".gz"
			: "");
}

static void
finish(struct tasmota *t, const char *result)
{
	text_copy(t->upgrade.result, sizeof t->upgrade.result, result);
	tasmota_timer(t, TIMER_UPGRADE_TOLD, TELL_MS);
}

static void
take(struct tasmota *t, const struct tasmota_file *file)
{
	tasmota_store_take(t, file->bytes, file->len);
	/* A note in RTC memory: minimal is only a step. */
	t->upgrade.goes_on = t->upgrade.wants_minimal;
	finish(t, "Successful. Restarting");
}

static void
try_again(struct tasmota *t, const char *why)
{
	OWN_STR result = xasprintf("Failed %s", why);

	if (--t->upgrade.tries > 0)
		tasmota_timer(t, TIMER_UPGRADE, RETRY_MS);
	else
		finish(t, result);
}

void
tasmota_upgrade_run(struct tasmota *t)
{
	OWN_STR url = next_url(t);
	struct tasmota_file file;
	enum tasmota_fetched fetched;

	if (t->queued > 0) {
		tasmota_timer(t, TIMER_UPGRADE, HELD_MS);
		return;
	}
	fetched = tasmota_fetch(t, url, &file);
	world_tell(t->world, "upgrade", t->id, "{s:s,s:i,s:s,s:i}", "url", url,
		"tries_left", (int)t->upgrade.tries - 1, "result",
		fetched == FETCHED			 ? "stored"
			: fetched == FETCHED_NOTHING_NEW ? "nothing new"
							 : file.why,
		"bytes", (int)file.len);
	switch (fetched) {
	case FETCHED:
		take(t, &file);
		break;
	case FETCHED_NOTHING_NEW:
		finish(t, "No update");
		break;
	case FETCHED_TOO_LARGE:
		/* Minimal itself has no smaller one to go to. */
		t->upgrade.wants_minimal = !tasmota_is_minimal(&t->firmware);
		try_again(t, file.why);
		break;
	case FETCHED_FAILED:
		try_again(t, file.why);
		break;
	}
}

void
tasmota_upgrade_tell(struct tasmota *t)
{
	json_t *told = json_pack("{s:s}", "Upgrade", t->upgrade.result);
	char *text = json_dumps(told, JSON_COMPACT);

	tasmota_mqtt_publish(t, 1, "UPGRADE", text, false);
	free(text);
	json_decref(told);
	world_tell(t->world, "upgrade-told", t->id, "{s:s}", "result", t->upgrade.result);
	if (t->upgrade.staged != NULL)
		tasmota_restart_soon(t, "Upgrade");
}
