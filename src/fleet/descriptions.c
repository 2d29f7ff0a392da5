/* Which Tasmota devices the broker knows, in full. */
/* SPDX-License-Identifier: MIT */
#include "fleet/descriptions.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "wire/tasmota_status.h"

static const struct err_code e_silent = { "E-HANDOVER-SILENT", ERR_NOT_FOUND,
	"Look with \"airlift monitor\" under which topic the device speaks, and whether it "
	"is online." };
const struct err_code err_name_ambiguous = { "E-NAME-AMBIGUOUS", ERR_USAGE,
	"Name the device by its topic or MAC." };

/* A broker hands out what it keeps at once: this long without a word is the end. */
enum { QUIET_MS = 800, GATHER_MOST_MS = 8000 };

/* The forms of FullTopic that are tried on a device that does not tell its own. */
static const char *const layouts[] = { "%prefix%/%topic%/", "%topic%/%prefix%/" };

void
descriptions_clear(struct descriptions *descriptions)
{
	for (size_t i = 0; i < descriptions->count; i++)
		free(descriptions->list[i]);
	for (size_t i = 0; i < descriptions->silent_count; i++)
		free(descriptions->silent[i]);
	free(descriptions->list);
	free(descriptions->silent);
	*descriptions = (struct descriptions){ 0 };
}

static size_t
place_of(const struct descriptions *all, const char *mac)
{
	size_t i = 0;

	while (i < all->count && strcmp(all->list[i]->mac, mac) != 0)
		i++;
	return i;
}

/* The broker tells with an empty one that a description was removed. */
static void
forget(struct descriptions *all, const char *mac)
{
	size_t i = place_of(all, mac);

	if (i == all->count)
		return;
	free(all->list[i]);
	all->list[i] = all->list[--all->count];
}

/* A device may say it anew while we listen: the last word counts, once. */
static void
keep(struct descriptions *all, struct tasmota_discovery *device)
{
	size_t i = place_of(all, device->mac);

	if (i == DESCRIPTIONS_MOST) {
		free(device);
		return;
	}
	if (i == all->count)
		all->list = xrealloc(all->list, ++all->count, sizeof *all->list);
	else
		free(all->list[i]);
	all->list[i] = device;
}

static void
hear_description(struct descriptions *out, const struct mqtt_message *message)
{
	struct tasmota_discovery *device = xmalloc(sizeof *device);
	struct err err = { 0 };

	if (tasmota_read_discovery(
		    message->topic, message->payload, message->len, device, &err)) {
		keep(out, device);
		return;
	}
	if (message->len == 0)
		forget(out, device->mac);
	else
		log_warn("%s", err.text);
	free(device);
}

static void
keep_silent(struct descriptions *out, const char *topic)
{
	if (out->silent_count == DESCRIPTIONS_MOST || *topic == '\0')
		return;
	for (size_t i = 0; i < out->silent_count; i++)
		if (strcmp(out->silent[i], topic) == 0)
			return;
	out->silent = xrealloc(out->silent, out->silent_count + 1, sizeof(char *));
	out->silent[out->silent_count++] = xstrdup(topic);
}

void
descriptions_hear(struct descriptions *out, const struct mqtt_message *message)
{
	struct tasmota_message read;

	if (mqtt_matches(TASMOTA_DISCOVERY_PATTERN, message->topic)) {
		hear_description(out, message);
		return;
	}
	tasmota_read_message(message->topic, message->payload, message->len, &read);
	if (read.news == TASMOTA_ONLINE)
		keep_silent(out, read.topic);
}

static int
by_topic(const void *a, const void *b)
{
	const struct tasmota_discovery *const *one = a, *const *other = b;

	return strcmp((*one)->topic, (*other)->topic);
}

/* Those that turned out to have a description are not silent. */
static void
drop_described(struct descriptions *out)
{
	size_t kept = 0;

	for (size_t i = 0; i < out->silent_count; i++) {
		bool described = false;

		for (size_t j = 0; j < out->count && !described; j++)
			described = strcmp(out->list[j]->topic, out->silent[i]) == 0;
		if (described)
			free(out->silent[i]);
		else
			out->silent[kept++] = out->silent[i];
	}
	out->silent_count = kept;
}

void
descriptions_sort(struct descriptions *out)
{
	drop_described(out);
	if (out->count > 0)
		qsort(out->list, out->count, sizeof *out->list, by_topic);
}

bool
descriptions_gather(struct mqtt *mqtt, const struct cancel *cancel,
	struct descriptions *out, struct err *err)
{
	static const char *const patterns[] = { TASMOTA_DISCOVERY_PATTERN, "tele/+/LWT",
		"+/tele/LWT" };
	struct deadline until = deadline_in(GATHER_MOST_MS);

	for (size_t i = 0; i < COUNT_OF(patterns); i++)
		if (!mqtt_subscribe(mqtt, patterns[i], err))
			return false;
	for (;;) {
		OWN(mqtt_message) message = { 0 };
		struct deadline quiet = deadline_sooner(until, deadline_in(QUIET_MS));

		if (!mqtt_next(mqtt, &message, quiet, cancel))
			break;
		descriptions_hear(out, &message);
	}
	if (cancel_asked(cancel))
		return err_set(err, &err_cancelled, "interrupted");
	descriptions_sort(out);
	return true;
}

static bool
has_mac(const struct tasmota_discovery *device, const char *name)
{
	char mac[TASMOTA_MAC_SIZE];

	return tasmota_read_mac(name, mac) && strcmp(device->mac, mac) == 0;
}

static bool
has_topic(const struct tasmota_discovery *device, const char *name)
{
	return strcmp(device->topic, name) == 0;
}

static bool
has_label(const struct tasmota_discovery *device, const char *name)
{
	return text_equal_nocase(device->hostname, name) ||
		strcmp(device->device_name, name) == 0 ||
		strcmp(device->friendly[0], name) == 0;
}

const struct tasmota_discovery *
descriptions_find(const struct descriptions *descriptions, const char *device)
{
	for (size_t i = 0; i < descriptions->count; i++)
		if (has_topic(descriptions->list[i], device) ||
			has_mac(descriptions->list[i], device))
			return descriptions->list[i];
	return NULL;
}

/* The one that `fits`, if it is the only one. */
static bool
choose(const struct descriptions *descriptions, const char *device,
	bool (*fits)(const struct tasmota_discovery *device, const char *name),
	const struct tasmota_discovery **out, struct err *err)
{
	char shown[80];

	for (size_t i = 0; i < descriptions->count; i++) {
		const struct tasmota_discovery *each = descriptions->list[i];

		if (!fits(each, device))
			continue;
		if (*out != NULL)
			return err_set(err, &err_name_ambiguous,
				"\"%s\" is %.60s (%s), %.60s (%s) and perhaps others",
				text_printable(shown, sizeof shown, device),
				(*out)->topic, (*out)->mac, each->topic, each->mac);
		*out = each;
	}
	return true;
}

bool
descriptions_choose(const struct descriptions *descriptions, const char *device,
	const struct tasmota_discovery **out, struct err *err)
{
	*out = NULL;
	return *device == '\0' ||
		(choose(descriptions, device, has_mac, out, err) &&
			(*out != NULL ||
				choose(descriptions, device, has_topic, out, err)) &&
			(*out != NULL ||
				choose(descriptions, device, has_label, out, err)));
}

static void
set_layout(struct tasmota_discovery *device, const char *topic, const char *layout)
{
	text_copy(device->topic, sizeof device->topic, topic);
	text_copy(device->full_topic, sizeof device->full_topic, layout);
}

/* For all devices at once: the number of subscriptions is limited. */
static bool
listen_for_answers(struct mqtt *mqtt, struct err *err)
{
	struct tasmota_discovery device;
	char pattern[TASMOTA_MQTT_TOPIC_SIZE];

	tasmota_discovery_init(&device);
	for (size_t i = 0; i < COUNT_OF(layouts); i++) {
		set_layout(&device, "+", layouts[i]);
		tasmota_discovery_topic(&device, TASMOTA_STAT, "+", pattern);
		if (!mqtt_subscribe(mqtt, pattern, err))
			return false;
	}
	return true;
}

static bool
is_topic_of_device(const char *topic)
{
	return *topic != '\0' && strlen(topic) < TASMOTA_TEXT_SIZE &&
		strpbrk(topic, "+#/ ") == NULL;
}

/* Sends "Status 0" in every form of topics; the answers tell which was right. */
static bool
send_question(
	struct mqtt *mqtt, const char *topic, struct deadline until, struct err *err)
{
	struct tasmota_discovery device;
	char to[TASMOTA_MQTT_TOPIC_SIZE];

	tasmota_discovery_init(&device);
	for (size_t i = 0; i < COUNT_OF(layouts); i++) {
		set_layout(&device, topic, layouts[i]);
		tasmota_discovery_topic(&device, TASMOTA_CMND, "Status", to);
		if (!mqtt_publish(mqtt, to, "0", false, until, err))
			return false;
	}
	return true;
}

void
description_hear_answer(struct tasmota_discovery *out, const char *topic,
	const struct mqtt_message *message)
{
	const char *slash = strrchr(message->topic, '/');
	char expected[TASMOTA_MQTT_TOPIC_SIZE];

	for (size_t i = 0; i < COUNT_OF(layouts) && slash != NULL; i++) {
		struct tasmota_discovery guess = *out;

		set_layout(&guess, topic, layouts[i]);
		tasmota_discovery_topic(&guess, TASMOTA_STAT, slash + 1, expected);
		if (strcmp(expected, message->topic) != 0)
			continue;
		*out = guess;
		tasmota_read_status_part(slash + 1, message->payload, message->len, out);
	}
}

static bool
have_all_answered(
	const char *const *topics, const struct tasmota_discovery *out, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (is_topic_of_device(topics[i]) &&
			(out[i].mac[0] == '\0' ||
				tasmota_discovery_outputs(&out[i]) == 0))
			return false;
	return true;
}

bool
descriptions_ask(struct mqtt *mqtt, const char *const *topics, size_t count,
	struct deadline until, const struct cancel *cancel, struct tasmota_discovery *out,
	struct err *err)
{
	for (size_t i = 0; i < count; i++)
		tasmota_discovery_init(&out[i]);
	if (!listen_for_answers(mqtt, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (is_topic_of_device(topics[i]) &&
			!send_question(mqtt, topics[i], until, err))
			return false;
	while (!have_all_answered(topics, out, count)) {
		OWN(mqtt_message) message = { 0 };

		if (!mqtt_next(mqtt, &message, until, cancel))
			break;
		for (size_t i = 0; i < count; i++)
			description_hear_answer(&out[i], topics[i], &message);
	}
	return !cancel_asked(cancel) || err_set(err, &err_cancelled, "interrupted");
}

bool
description_ask(struct mqtt *mqtt, const char *topic, struct deadline until,
	const struct cancel *cancel, struct tasmota_discovery *out, struct err *err)
{
	char shown[80];

	text_printable(shown, sizeof shown, topic);
	if (!is_topic_of_device(topic))
		return err_set(err, &err_usage, "\"%s\" is no topic of a device", shown);
	return descriptions_ask(mqtt, &topic, 1, until, cancel, out, err) &&
		(out->mac[0] != '\0' ||
			err_set(err, &e_silent,
				"no device answers under the topic \"%s\"", shown));
}

bool
description_await(struct mqtt *mqtt, const char *mac, bool gone, struct deadline until,
	const struct cancel *cancel, struct tasmota_discovery *out)
{
	OWN_STR topic = xasprintf("tasmota/discovery/%s/config", mac);

	for (;;) {
		OWN(mqtt_message) message = { 0 };

		if (!mqtt_next(mqtt, &message, until, cancel))
			return false;
		if (strcmp(message.topic, topic) != 0)
			continue;
		if (gone && message.len == 0)
			return true;
		if (gone ||
			!tasmota_read_discovery(
				topic, message.payload, message.len, out, NULL))
			continue;
		if (message.retained)
			return true;
		/* Said just now; does the broker keep it? */
		mqtt_subscribe(mqtt, TASMOTA_DISCOVERY_PATTERN, NULL);
	}
}
