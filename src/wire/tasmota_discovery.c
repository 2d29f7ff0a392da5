/* What a Tasmota device tells about itself at the broker, in full. */
/* SPDX-License-Identifier: MIT */
#include "wire/tasmota_discovery.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "wire/tasmota_status.h"
#include "wire/tasmota_topic.h"

static const struct err_code e_discovery = { "E-TASMOTA-DISCOVERY", ERR_GARBLED,
	"Restart the device; it says it again ten seconds later." };

/* Members that are text, and where they go. */
static const struct {
	const char *name;
	size_t offset, size;
} texts[] = {
#define TEXT(name, member) \
	{ \
		name, offsetof(struct tasmota_discovery, member), \
			sizeof((struct tasmota_discovery *)NULL)->member \
	}
	TEXT("dn", device_name),
	TEXT("hn", hostname),
	TEXT("ip", address),
	TEXT("md", module),
	TEXT("sw", version),
	TEXT("t", topic),
	TEXT("ft", full_topic),
	TEXT("ofln", offline),
	TEXT("onln", online),
#undef TEXT
};

void
tasmota_discovery_init(struct tasmota_discovery *out)
{
	*out = (struct tasmota_discovery){
		.full_topic = "%prefix%/%topic%/",
		.prefix = { "cmnd", "stat", "tele" },
		.online = "Online",
		.offline = "Offline",
		.on = "ON",
		.off = "OFF",
	};
}

static void
copy(char *out, size_t size, const json_t *value)
{
	const char *text = json_string_value(value);

	if (text != NULL)
		text_printable(out, size, text);
}

/* Wildcards and control characters (printed with a backslash) can not be published to. */
static bool
is_usable(const char *topic)
{
	return *topic != '\0' && strpbrk(topic, "+#\\") == NULL;
}

static bool
check_topics(const struct tasmota_discovery *out, struct err *err)
{
	bool usable = is_usable(out->topic) && is_usable(out->full_topic);

	for (unsigned i = 0; i < TASMOTA_PREFIXES; i++) {
		char longest[TASMOTA_MQTT_TOPIC_SIZE];

		tasmota_discovery_topic(out, (enum tasmota_prefix)i, "POWER32", longest);
		usable &= is_usable(out->prefix[i]) && *longest != '\0';
	}
	return usable ||
		err_set(err, &e_discovery,
			"the device %s names a topic that can not be used", out->mac);
}

static void
read_arrays(struct tasmota_discovery *out, const json_t *object)
{
	const json_t *names = json_object_get(object, "fn");
	const json_t *prefixes = json_object_get(object, "tp");
	const json_t *states = json_object_get(object, "state");
	const json_t *outputs = json_object_get(object, "rl");

	for (unsigned i = 0; i < TASMOTA_RELAYS_MOST; i++) {
		json_int_t kind = json_integer_value(json_array_get(outputs, i));

		copy(out->friendly[i], TASMOTA_TEXT_SIZE, json_array_get(names, i));
		if (kind >= TASMOTA_OUTPUT_RELAY && kind <= TASMOTA_OUTPUT_SHUTTER)
			out->output[i] = (enum tasmota_output)kind;
	}
	for (unsigned i = 0; i < TASMOTA_PREFIXES; i++)
		copy(out->prefix[i], TASMOTA_TEXT_SIZE, json_array_get(prefixes, i));
	copy(out->off, TASMOTA_TEXT_SIZE, json_array_get(states, 0));
	copy(out->on, TASMOTA_TEXT_SIZE, json_array_get(states, 1));
}

/* tasmota/discovery/<MAC>/config */
static bool
read_topic(const char *topic, char mac[TASMOTA_MAC_SIZE])
{
	static const char before[] = "tasmota/discovery/", after[] = "/config";
	char word[TASMOTA_MAC_SIZE];
	const char *from = topic + sizeof before - 1;

	if (!text_starts_with(topic, before) || strlen(from) < sizeof word - 1 ||
		strcmp(from + sizeof word - 1, after) != 0)
		return false;
	text_copy_bytes(word, sizeof word, from, sizeof word - 1);
	return tasmota_read_mac(word, mac);
}

bool
tasmota_read_discovery(const char *topic, const char *payload, size_t len,
	struct tasmota_discovery *out, struct err *err)
{
	OWN_JSON object = json_read(payload, len, TASMOTA_JSON_MOST);

	tasmota_discovery_init(out);
	if (!read_topic(topic, out->mac))
		return err_set(err, &e_discovery, "not the topic of a description");
	if (!json_is_object(object))
		return err_set(err, &e_discovery,
			"the description of the device %s is not JSON", out->mac);
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		copy((char *)out + texts[i].offset, texts[i].size,
			json_object_get(object, texts[i].name));
	read_arrays(out, object);
	return check_topics(out, err);
}

/* {"Status":{"DeviceName":…,"FriendlyName":[…]}}; in 5.x the name is no array. */
static void
read_status(struct tasmota_discovery *device, const json_t *object)
{
	const json_t *names = json_object_get(object, "FriendlyName");

	copy(device->device_name, TASMOTA_TEXT_SIZE,
		json_object_get(object, "DeviceName"));
	copy(device->friendly[0], TASMOTA_TEXT_SIZE, names);
	for (unsigned i = 0; i < TASMOTA_RELAYS_MOST; i++)
		copy(device->friendly[i], TASMOTA_TEXT_SIZE, json_array_get(names, i));
}

static void
read_firmware(struct tasmota_discovery *device, const json_t *object)
{
	copy(device->version, TASMOTA_TEXT_SIZE, json_object_get(object, "Version"));
}

static void
read_network(struct tasmota_discovery *device, const json_t *object)
{
	const char *mac = json_text(object, "Mac");

	copy(device->hostname, TASMOTA_TEXT_SIZE, json_object_get(object, "Hostname"));
	copy(device->address, TASMOTA_TEXT_SIZE, json_object_get(object, "IPAddress"));
	if (mac != NULL)
		tasmota_read_mac(mac, device->mac);
}

/* POWER for a single relay, POWER1, POWER2, … for several or when asked so. */
static void
read_state(struct tasmota_discovery *device, const json_t *object)
{
	if (json_text(object, "POWER") != NULL)
		device->output[0] = TASMOTA_OUTPUT_RELAY;
	for (unsigned i = 0; i < TASMOTA_RELAYS_MOST; i++) {
		char name[TASMOTA_POWER_SIZE];

		snprintf(name, sizeof name, "POWER%u", i + 1);
		if (json_text(object, name) == NULL)
			continue;
		device->output[i] = TASMOTA_OUTPUT_RELAY;
		device->numbers_one |= i == 0;
	}
}

static const struct {
	const char *last, *member;
	void (*read)(struct tasmota_discovery *device, const json_t *object);
} parts[] = {
	{ "STATUS", "Status", read_status },
	{ "STATUS2", "StatusFWR", read_firmware },
	{ "STATUS5", "StatusNET", read_network },
	{ "STATUS11", "StatusSTS", read_state },
};

void
tasmota_read_status_part(const char *last, const char *payload, size_t len,
	struct tasmota_discovery *device)
{
	OWN_JSON object = json_read(payload, len, TASMOTA_JSON_MOST);

	for (size_t i = 0; i < COUNT_OF(parts); i++)
		if (strcmp(parts[i].last, last) == 0)
			parts[i].read(device, json_object_get(object, parts[i].member));
}

unsigned
tasmota_discovery_outputs(const struct tasmota_discovery *device)
{
	unsigned count = 0;

	for (unsigned i = 0; i < TASMOTA_RELAYS_MOST; i++)
		count += device->output[i] != TASMOTA_OUTPUT_NONE;
	return count;
}

void
tasmota_discovery_power(const struct tasmota_discovery *device, unsigned relay,
	char out[TASMOTA_POWER_SIZE])
{
	if (tasmota_discovery_outputs(device) > 1 || device->numbers_one)
		snprintf(out, TASMOTA_POWER_SIZE, "POWER%u", relay);
	else
		text_copy(out, TASMOTA_POWER_SIZE, "POWER");
}

void
tasmota_discovery_topic(const struct tasmota_discovery *device,
	enum tasmota_prefix prefix, const char *last, char out[TASMOTA_MQTT_TOPIC_SIZE])
{
	OWN(buf) whole = BUF_UP_TO(TASMOTA_MQTT_TOPIC_SIZE - 1);
	/* Without its prefix a command would be heard as its own answer: the device
	 * appends it, to commands only. */
	bool appends = prefix == TASMOTA_CMND &&
		strstr(device->full_topic, "%prefix%") == NULL;
	OWN_STR full = xasprintf("%s%s", device->full_topic, appends ? "/%prefix%" : "");
	const struct tasmota_names names = {
		.full_topic = full,
		.topic = device->topic,
		.hostname = device->hostname,
		.mac = device->mac,
	};

	*out = '\0';
	if (!tasmota_topic(&whole, &names, device->prefix[prefix], last))
		return;
	/* The device makes one slash out of two. */
	for (const char *at = buf_text(&whole); *at != '\0'; at++)
		if (at[0] != '/' || at[1] != '/')
			*out++ = *at;
	*out = '\0';
}
