/* Handing devices over to Home Assistant. */
/* SPDX-License-Identifier: MIT */
#include "fleet/handover_homeassistant.h"

#include <string.h>

#include "base/log.h"
#include "fleet/homeassistant_message.h"
#include "wire/tasmota_version.h"

static const struct err_code e_unproven = {
	"E-HANDOVER-UNPROVEN", ERR_UNPROVEN,
	"Look at the device with \"airlift monitor --raw\", or allow more time with --wait."
};

/* Retained messages come at once; this long without one is the end of them. */
enum { QUIET_MS = 800, PUBLISH_MS = 10000 };

static const struct {
	const char *name, *text;
	bool changed;
} ways[] = {
	[HOMEASSISTANT_NATIVE_BEFORE] = { "native",
		"describes itself already (Tasmota's own discovery)", false },
	[HOMEASSISTANT_NATIVE] = { "native",
		"describes itself now (Tasmota's own discovery)", true },
	[HOMEASSISTANT_MESSAGES_BEFORE] = { "messages",
		"is described at the broker already: this build can not do it itself",
		false },
	[HOMEASSISTANT_MESSAGES] = { "messages",
		"is described at the broker now: this build can not do it itself", true },
	[HOMEASSISTANT_NATIVE_OFF] = { "native", "does not describe itself any more",
		true },
	[HOMEASSISTANT_CLEARED] = { "messages", "is not described at the broker any more",
		true },
	[HOMEASSISTANT_NOTHING] = { "none", "was not handed over", false },
};

const char *
homeassistant_way_text(enum homeassistant_way way)
{
	return ways[way].text;
}

const char *
homeassistant_way_name(enum homeassistant_way way)
{
	return ways[way].name;
}

bool
homeassistant_way_changed(enum homeassistant_way way)
{
	return ways[way].changed;
}

static bool
command(const struct homeassistant_order *order, const struct tasmota_discovery *device,
	const char *name, const char *argument, struct err *err)
{
	char topic[TASMOTA_MQTT_TOPIC_SIZE];

	tasmota_discovery_topic(device, TASMOTA_CMND, name, topic);
	return mqtt_publish(
		order->mqtt, topic, argument, false, deadline_in(PUBLISH_MS), err);
}

/* The option means this since 9.3.1.2; before, it was something else. */
static bool
may_describe_itself(const struct tasmota_discovery *device)
{
	struct tasmota_version version;

	return !tasmota_read_version(device->version, &version) ||
		version.number >= TASMOTA_VERSION(9, 3, 1, 2);
}

/* Is exactly this what the broker keeps under the topic? It is asked anew. */
static bool
is_kept(const struct homeassistant_order *order, const char *topic, const char *payload)
{
	if (!mqtt_subscribe(order->mqtt, HOMEASSISTANT_PATTERN, NULL))
		return false;
	for (;;) {
		OWN(mqtt_message) message = { 0 };

		if (!mqtt_next(
			    order->mqtt, &message, deadline_in(QUIET_MS), order->cancel))
			return false;
		if (message.retained && strcmp(message.topic, topic) == 0)
			return strcmp(message.payload, payload) == 0;
	}
}

/* One output: what stands there is left alone when it is right, else written and read
 * back. */
static bool
describe_output(const struct homeassistant_order *order,
	const struct tasmota_discovery *device, unsigned relay, bool *changed,
	struct err *err)
{
	char topic[TASMOTA_MQTT_TOPIC_SIZE];
	OWN_STR payload = homeassistant_payload(device, relay);

	homeassistant_topic(device, relay, topic);
	if (is_kept(order, topic, payload))
		return true;
	*changed = true;
	if (order->dry_run)
		return true;
	if (!mqtt_publish(
		    order->mqtt, topic, payload, true, deadline_in(PUBLISH_MS), err))
		return false;
	return is_kept(order, topic, payload) ||
		err_set(err, &e_unproven, "the broker does not keep %s", topic);
}

static bool
describe_at_broker(const struct homeassistant_order *order,
	const struct tasmota_discovery *device, enum homeassistant_way *way,
	struct err *err)
{
	bool changed = false;

	for (unsigned relay = 1; relay <= TASMOTA_RELAYS_MOST; relay++)
		if (device->output[relay - 1] != TASMOTA_OUTPUT_NONE &&
			!describe_output(order, device, relay, &changed, err))
			return false;
	*way = changed ? HOMEASSISTANT_MESSAGES : HOMEASSISTANT_MESSAGES_BEFORE;
	return true;
}

bool
homeassistant_hand_over(const struct homeassistant_order *order, const char *name,
	enum homeassistant_way *way, struct err *err)
{
	const struct tasmota_discovery *known;
	struct tasmota_discovery device, seen;

	if (!descriptions_choose(order->known, name, &known, err))
		return false;
	if (known != NULL) {
		*way = HOMEASSISTANT_NATIVE_BEFORE;
		return true;
	}
	if (!description_ask(order->mqtt, name, deadline_in(order->wait_ms),
		    order->cancel, &device, err))
		return false;
	*way = HOMEASSISTANT_NATIVE;
	if (!may_describe_itself(&device))
		return describe_at_broker(order, &device, way, err);
	if (order->dry_run)
		return true;
	if (!command(order, &device, "SetOption19", "0", err))
		return false;
	if (description_await(order->mqtt, device.mac, false, deadline_in(order->wait_ms),
		    order->cancel, &seen))
		return true;
	if (cancel_asked(order->cancel))
		return err_set(err, &err_cancelled, "interrupted");
	log_info("%s does not describe itself: leaving messages at the broker", name);
	return describe_at_broker(order, &device, way, err);
}

/* Removes what this program left at the broker for the device; how much that was. */
static bool
clear_messages(const struct homeassistant_order *order, const char *device,
	unsigned *cleared, struct err *err)
{
	if (!mqtt_subscribe(order->mqtt, HOMEASSISTANT_PATTERN, err))
		return false;
	for (;;) {
		OWN(mqtt_message) message = { 0 };

		if (!mqtt_next(
			    order->mqtt, &message, deadline_in(QUIET_MS), order->cancel))
			return !cancel_asked(order->cancel) ||
				err_set(err, &err_cancelled, "interrupted");
		if (!mqtt_matches(HOMEASSISTANT_PATTERN, message.topic) ||
			!homeassistant_is_ours(message.payload, message.len, device))
			continue;
		(*cleared)++;
		if (!order->dry_run &&
			!mqtt_publish(order->mqtt, message.topic, "", true,
				deadline_in(PUBLISH_MS), err))
			return false;
	}
}

static bool
turn_native_off(const struct homeassistant_order *order,
	const struct tasmota_discovery *device, struct err *err)
{
	if (order->dry_run)
		return true;
	if (!command(order, device, "SetOption19", "1", err))
		return false;
	return description_await(order->mqtt, device->mac, true,
		       deadline_in(order->wait_ms), order->cancel, NULL) ||
		err_set(err, &e_unproven, "%s goes on describing itself", device->topic);
}

bool
homeassistant_take_back(const struct homeassistant_order *order, const char *name,
	enum homeassistant_way *way, struct err *err)
{
	const struct tasmota_discovery *device;
	unsigned cleared = 0;

	if (!descriptions_choose(order->known, name, &device, err) ||
		!clear_messages(
			order, device != NULL ? device->topic : name, &cleared, err))
		return false;
	*way = cleared > 0 ? HOMEASSISTANT_CLEARED : HOMEASSISTANT_NOTHING;
	if (device == NULL)
		return true;
	*way = HOMEASSISTANT_NATIVE_OFF;
	return turn_native_off(order, device, err);
}
