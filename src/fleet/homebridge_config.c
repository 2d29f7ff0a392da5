/* What stands in homebridge's config.json for a Tasmota device. */
/* SPDX-License-Identifier: MIT */
#include "fleet/homebridge_config.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "wire/tasmota_status.h"

static const struct err_code e_config = { "E-HOMEBRIDGE-CONFIG", ERR_CONFIG,
	"Open homebridge's config.json in its own editor and correct the place named." };
static const struct err_code e_outputs = { "E-HANDOVER-OUTPUTS", ERR_NOT_ELIGIBLE,
	"Choose the device's module or template first: \"airlift setup\"." };

#define PLUGIN	  "mqttthing"
#define NAME_SIZE (TASMOTA_TEXT_SIZE + 8)

/* One output of a device, and how it is spoken to. */
struct accessory {
	const struct tasmota_discovery *device;
	const struct homebridge_account *account;
	unsigned relay; /* from 1 */
	const char *type;
	char get[TASMOTA_MQTT_TOPIC_SIZE], set[TASMOTA_MQTT_TOPIC_SIZE];
	char online[TASMOTA_MQTT_TOPIC_SIZE];
};

const char *
homebridge_what_name(enum homebridge_what what)
{
	static const char *const names[] = {
		[HOMEBRIDGE_SAME] = "kept",
		[HOMEBRIDGE_ADDED] = "added",
		[HOMEBRIDGE_CHANGED] = "changed",
		[HOMEBRIDGE_REMOVED] = "removed",
	};

	return names[what];
}

bool
homebridge_is_type(const char *type)
{
	static const char *const types[] = { "outlet", "switch", "lightbulb" };

	for (size_t i = 0; i < COUNT_OF(types); i++)
		if (strcmp(types[i], type) == 0)
			return true;
	return false;
}

/* The list of accessories, borrowed; made when there is none. */
static json_t *
accessories(json_t *config, struct err *err)
{
	json_t *list = json_object_get(config, "accessories");

	if (!json_is_object(config)) {
		err_set(err, &e_config, "the file is not a JSON object");
		return NULL;
	}
	if (list == NULL) {
		list = json_array();
		json_object_set_new(config, "accessories", list);
	}
	if (!json_is_array(list)) {
		err_set(err, &e_config, "\"accessories\" is not a list");
		return NULL;
	}
	return list;
}

static const char *
topic_of(const json_t *block, const char *which)
{
	const char *topic = json_text(json_object_get(block, "topics"), which);

	return topic != NULL ? topic : "";
}

static bool
is_plugins(const json_t *block)
{
	const char *plugin = json_text(block, "accessory");

	return plugin != NULL && strcmp(plugin, PLUGIN) == 0;
}

/* POWER and POWER1 are the first, POWER2 the second; 0 when the topic is another. */
static unsigned
relay_of(const char *topic)
{
	const char *last = strrchr(topic, '/');
	int64_t relay = 1;

	if (last == NULL || !text_starts_with(last + 1, "POWER"))
		return 0;
	last += sizeof "POWER";
	if (*last != '\0' && !text_to_number(last, 1, TASMOTA_RELAYS_MOST, &relay))
		return 0;
	return (unsigned)relay;
}

static bool
has_mac(const json_t *block, const char *mac)
{
	const char *serial = json_text(block, "serialNumber");
	char read[TASMOTA_MAC_SIZE];

	return serial != NULL && tasmota_read_mac(serial, read) &&
		(mac == NULL || strcmp(read, mac) == 0);
}

static bool
is_block_of(const json_t *block, const struct accessory *accessory)
{
	const char *set = topic_of(block, "setOn");

	if (!is_plugins(block))
		return false;
	return strcmp(set, accessory->set) == 0 ||
		(has_mac(block, accessory->device->mac) &&
			relay_of(set) == accessory->relay);
}

static json_t *
find_block(const json_t *list, const struct accessory *accessory)
{
	size_t index;
	json_t *block;

	json_array_foreach (list, index, block)
		if (is_block_of(block, accessory))
			return block;
	return NULL;
}

static bool
is_taken(const json_t *list, const char *name)
{
	size_t index;
	const json_t *block;

	json_array_foreach (list, index, block) {
		const char *other = json_text(block, "name");

		if (other != NULL && strcmp(other, name) == 0)
			return true;
	}
	return false;
}

/* Apple's program wants letters, digits, blanks and apostrophes, and no odd ends. */
static void
clean_name(char *name)
{
	size_t len = 0;

	for (const char *at = name; *at != '\0'; at++) {
		unsigned char c = (unsigned char)*at;
		bool keeps = isalnum(c) || c >= 0x80 || c == '\'';

		if (keeps)
			name[len++] = (char)c;
		else if (len > 0 && name[len - 1] != ' ')
			name[len++] = ' ';
	}
	while (len > 0 && (name[len - 1] == ' ' || name[len - 1] == '\''))
		len--;
	name[len] = '\0';
}

/* The relay's name, else the device's, else its topic; no two accessories share one,
 * because homebridge makes the accessory's identity out of it. */
static void
choose_name(const json_t *list, const struct accessory *accessory, char out[NAME_SIZE])
{
	const struct tasmota_discovery *device = accessory->device;
	const char *const candidates[] = { device->friendly[accessory->relay - 1],
		device->device_name, device->topic, device->mac };
	char base[TASMOTA_TEXT_SIZE];

	for (size_t i = 0; i < COUNT_OF(candidates); i++) {
		text_copy(base, sizeof base, candidates[i]);
		clean_name(base);
		if (*base != '\0')
			break;
	}
	text_copy(out, NAME_SIZE, base);
	for (unsigned number = 2; is_taken(list, out) && number < 1000; number++)
		snprintf(out, NAME_SIZE, "%s %u", base, number);
}

static void
set_text(json_t *object, const char *key, const char *value)
{
	json_object_set_new(object, key, json_string(value));
}

/* The object under a key, made when it is missing or something else. */
static json_t *
object_under(json_t *block, const char *key)
{
	json_t *object = json_object_get(block, key);

	if (json_is_object(object))
		return object;
	object = json_object();
	json_object_set_new(block, key, object);
	return object;
}

static void
set_account(json_t *block, const struct homebridge_account *account)
{
	OWN_STR url = xasprintf("%s://%s:%u", account->ca_file != NULL ? "mqtts" : "mqtt",
		account->host, account->port);

	set_text(block, "url", url);
	if (account->user != NULL)
		set_text(block, "username", account->user);
	if (account->password != NULL)
		set_text(block, "password", account->password);
	if (account->ca_file != NULL) {
		json_t *options = object_under(block, "mqttOptions");

		/* Without the second the plugin takes any certificate. */
		set_text(options, "cafile", account->ca_file);
		json_object_set_new(options, "rejectUnauthorized", json_true());
	}
}

/* POWER is not retained: an empty command at the start makes the device tell. */
static void
ask_at_start(json_t *block, const char *topic)
{
	json_t *list = json_object_get(block, "startPub"), *each;
	size_t index;

	if (!json_is_array(list)) {
		list = json_array();
		json_object_set_new(block, "startPub", list);
	}
	json_array_foreach (list, index, each) {
		const char *message = json_text(each, "message");
		const char *old = json_text(each, "topic");

		if (message == NULL || *message != '\0' || old == NULL ||
			relay_of(old) == 0)
			continue;
		set_text(each, "topic", topic);
		return;
	}
	json_array_append_new(
		list, json_pack("{s:s, s:s}", "topic", topic, "message", ""));
}

/* "15.5.0(release-tasmota)": HomeKit takes the numbers alone. */
static void
set_version(json_t *block, const char *version)
{
	size_t len = strspn(version, "0123456789.");

	if (len > 0)
		json_object_set_new(
			block, "firmwareRevision", json_stringn(version, len));
}

/* Everything that follows from device and broker; never the name. */
static void
fill_block(json_t *block, const struct accessory *accessory)
{
	const struct tasmota_discovery *device = accessory->device;
	json_t *topics;

	set_text(block, "type", accessory->type);
	set_account(block, accessory->account);
	topics = object_under(block, "topics");
	set_text(topics, "getOn", accessory->get);
	set_text(topics, "setOn", accessory->set);
	set_text(topics, "getOnline", accessory->online);
	set_text(block, "onValue", device->on);
	set_text(block, "offValue", device->off);
	/* Left out, the plugin would compare the last will with on and off. */
	set_text(block, "onlineValue", device->online);
	set_text(block, "offlineValue", device->offline);
	ask_at_start(block, accessory->set);
	set_text(block, "serialNumber", device->mac);
	set_version(block, device->version);
}

static json_t *
new_block(const json_t *list, const struct accessory *accessory)
{
	char name[NAME_SIZE];
	OWN_STR model = xasprintf("%s (Tasmota)",
		*accessory->device->module != '\0' ? accessory->device->module
						   : "Sonoff");
	json_t *block = json_object();

	choose_name(list, accessory, name);
	set_text(block, "accessory", PLUGIN);
	set_text(block, "type", accessory->type);
	set_text(block, "name", name);
	set_text(block, "manufacturer", "Sonoff");
	set_text(block, "model", model);
	return block;
}

static void
tell_block(const json_t *block, enum homebridge_what what, homebridge_tell *tell,
	void *context)
{
	const char *name = json_text(block, "name"), *type = json_text(block, "type");
	const char *mac = json_text(block, "serialNumber");
	const struct homebridge_change change = {
		.what = what,
		.name = name != NULL ? name : "",
		.type = type != NULL ? type : "",
		.topic = topic_of(block, "setOn"),
		.mac = mac != NULL ? mac : "",
	};

	tell(context, &change);
}

static void
put_one(json_t *list, const struct accessory *accessory, homebridge_tell *tell,
	void *context)
{
	json_t *block = find_block(list, accessory);
	OWN_JSON before = json_deep_copy(block);
	enum homebridge_what what = HOMEBRIDGE_ADDED;

	if (block == NULL) {
		block = new_block(list, accessory);
		json_array_append_new(list, block);
	}
	fill_block(block, accessory);
	if (before != NULL)
		what = json_equal(before, block) ? HOMEBRIDGE_SAME : HOMEBRIDGE_CHANGED;
	tell_block(block, what, tell, context);
}

/* The type asked for, the one that stands there, or what the output is. */
static const char *
choose_type(const json_t *list, const struct accessory *accessory, const char *wanted)
{
	const json_t *block = find_block(list, accessory);
	const char *there = block != NULL ? json_text(block, "type") : NULL;

	if (wanted != NULL)
		return wanted;
	if (there != NULL)
		return there;
	return accessory->device->output[accessory->relay - 1] == TASMOTA_OUTPUT_LIGHT
		? "lightbulb"
		: "switch";
}

static void
put_output(json_t *list, struct accessory *accessory, const char *wanted,
	homebridge_tell *tell, void *context)
{
	const struct tasmota_discovery *device = accessory->device;
	char power[TASMOTA_POWER_SIZE];
	OWN_STR type = NULL;

	tasmota_discovery_power(device, accessory->relay, power);
	tasmota_discovery_topic(device, TASMOTA_STAT, power, accessory->get);
	tasmota_discovery_topic(device, TASMOTA_CMND, power, accessory->set);
	tasmota_discovery_topic(device, TASMOTA_TELE, "LWT", accessory->online);
	type = xstrdup(choose_type(list, accessory, wanted));
	accessory->type = type;
	put_one(list, accessory, tell, context);
}

bool
homebridge_put(json_t *config, const struct tasmota_discovery *device,
	const struct homebridge_account *account, const char *type, homebridge_tell *tell,
	void *context, struct err *err)
{
	struct accessory accessory = { .device = device, .account = account };
	json_t *list = accessories(config, err);
	unsigned put = 0;

	if (list == NULL)
		return false;
	for (unsigned i = 0; i < TASMOTA_RELAYS_MOST; i++) {
		/* A shutter is no switch: the plugin wants other topics for it. */
		if (device->output[i] != TASMOTA_OUTPUT_RELAY &&
			device->output[i] != TASMOTA_OUTPUT_LIGHT)
			continue;
		accessory.relay = i + 1;
		put_output(list, &accessory, type, tell, context);
		put++;
	}
	return put > 0 ||
		err_set(err, &e_outputs, "%s has no relay and no light", device->topic);
}

/* Is the device named, by MAC or as a whole word of the topic that switches it? */
static bool
is_named(const json_t *block, const char *device)
{
	const char *set = topic_of(block, "setOn"), *at = set;
	char mac[TASMOTA_MAC_SIZE];
	size_t len;

	if (!is_plugins(block))
		return false;
	if (device == NULL || tasmota_read_mac(device, mac))
		return has_mac(block, device != NULL ? mac : NULL);
	len = strlen(device);
	while (len > 0 && (at = strstr(at, device)) != NULL) {
		if ((at == set || at[-1] == '/') && at[len] == '/')
			return relay_of(set) > 0;
		at++;
	}
	return false;
}

bool
homebridge_take(json_t *config, const char *device, homebridge_tell *tell, void *context,
	struct err *err)
{
	json_t *list = accessories(config, err);

	if (list == NULL)
		return false;
	for (size_t i = json_array_size(list); i-- > 0;) {
		const json_t *block = json_array_get(list, i);

		if (!is_named(block, device))
			continue;
		tell_block(block, HOMEBRIDGE_REMOVED, tell, context);
		json_array_remove(list, i);
	}
	return true;
}
