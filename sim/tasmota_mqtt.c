/* A simulated Tasmota at a real broker. */
/* SPDX-License-Identifier: MIT */
#include "sim/tasmota_mqtt.h"

#include <arpa/inet.h>
#include <mosquitto.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "sim/resolve.h"
#include "sim/stream.h"
#include "sim/tasmota_command.h"
#include "sim/tasmota_greeting.h"
#include "sim/tasmota_log.h"
#include "sim/tasmota_module.h"
#include "sim/tasmota_status.h"

enum {
	OPTION_MQTT = 3,
	KEEPALIVE_SECONDS = 30,
	PATIENCE_MS = 4000, /* of a connect; everything else waits */
	TICK_MS = 1000,
	RETRY_MOST_SECONDS = 120,
	PAYLOAD_MOST = 1200,
	NO_NAME = -5,
	NO_ANSWER = -4,
	NO_CONNECTION = -2,
	CONNECTION_LOST = -3
};

/* PREFIX/TOPIC/LEAF by the pattern of FullTopic. */
static char *
full_topic(
	const struct tasmota *t, const char *prefix, const char *topic, const char *leaf)
{
	OWN(buf) out = BUF_UP_TO(1024);
	char id[8];

	tasmota_expand(t, "%06X", id, sizeof id);
	for (const char *at = t->names.full_topic; *at != '\0'; at++) {
		const struct {
			const char *token, *value;
		} tokens[] = { { "%prefix%", prefix }, { "%topic%", topic },
			{ "%hostname%", t->names.host }, { "%id%", id } };
		size_t i = 0;

		while (i < COUNT_OF(tokens) && !text_starts_with(at, tokens[i].token))
			i++;
		if (i < COUNT_OF(tokens)) {
			buf_add_text(&out, tokens[i].value);
			at += strlen(tokens[i].token) - 1;
		} else {
			buf_add(&out, at, 1);
		}
	}
	if (out.len > 0 && out.data[out.len - 1] != '/')
		buf_add_text(&out, "/");
	buf_add_text(&out, leaf);
	return buf_take(&out);
}

void
tasmota_mqtt_publish(struct tasmota *t, unsigned prefix, const char *leaf,
	const char *payload, bool retain)
{
	const char *name = t->reply_topic != NULL && prefix == 1 ? t->reply_topic
								 : t->names.topic;
	OWN_STR topic = NULL;

	if (!t->mqtt.online || t->mqtt.client == NULL)
		return;
	topic = full_topic(t, t->names.prefix[prefix], name, leaf);
	mosquitto_publish(
		t->mqtt.client, NULL, topic, (int)strlen(payload), payload, 0, retain);
}

/* "DVES_000001_fb": works whatever Topic is set to. */
static void
fallback_name(const struct tasmota *t, char out[TASMOTA_TEXT_SIZE])
{
	char client[TASMOTA_TEXT_SIZE];

	tasmota_expand(t, "DVES_%06X", client, sizeof client);
	snprintf(out, TASMOTA_TEXT_SIZE, "%.32s_fb", client);
}

static bool
is_below(const char *topic, const struct tasmota *t, const char *name)
{
	OWN_STR front = full_topic(t, t->names.prefix[0], name, "");

	return text_starts_with(topic, front);
}

static void
on_message(struct mosquitto *client, void *context, const struct mosquitto_message *heard)
{
	struct tasmota *t = context;
	size_t len = heard->payloadlen > 0 ? (size_t)heard->payloadlen : 0;
	const char *leaf = strrchr(heard->topic, '/');
	char fallback[TASMOTA_TEXT_SIZE];
	OWN_STR payload = NULL;
	OWN_STR line = NULL;

	(void)client;
	/* Retained commands would repeat themselves at every restart. */
	if (leaf == NULL || len >= PAYLOAD_MOST || heard->retain)
		return;
	payload = len > 0 ? xstrndup(heard->payload, len) : xstrdup("");
	tasmota_log_message(t, heard->topic, payload);
	fallback_name(t, fallback);
	if (is_below(heard->topic, t, fallback))
		t->reply_topic = fallback;
	t->from_group = !is_below(heard->topic, t, t->names.topic) &&
		t->reply_topic == NULL;
	line = xasprintf("%s %s", leaf + 1, strcmp(payload, "?") == 0 ? "" : payload);
	tasmota_execute(t, line);
	t->reply_topic = NULL;
	t->from_group = false;
}

static void
on_connect(struct mosquitto *client, void *context, int code)
{
	struct tasmota *t = context;

	(void)client;
	t->mqtt.refusal = code;
	t->mqtt.online = code == 0;
}

/* From here on it hears what it is told. */
static void
on_subscribe(
	struct mosquitto *client, void *context, int id, int count, const int *granted)
{
	struct tasmota *t = context;

	(void)client;
	(void)count;
	(void)granted;
	if (id == t->mqtt.last_subscription)
		world_tell(t->world, "mqtt-online", t->id, "{s:s,s:i}", "topic",
			t->names.topic, "count", (int)t->mqtt.count);
}

static void
on_disconnect(struct mosquitto *client, void *context, int code)
{
	struct tasmota *t = context;

	(void)client;
	(void)code;
	t->mqtt.online = false;
}

void
tasmota_mqtt_drop(struct tasmota *t)
{
	struct mosquitto *client = t->mqtt.client;

	if (client == NULL)
		return;
	t->mqtt.client = NULL;
	t->mqtt.online = false;
	if (mosquitto_socket(client) >= 0)
		shutdown(mosquitto_socket(client), SHUT_RDWR);
	mosquitto_destroy(client);
}

/* Ends an attempt or a connection; the next one comes later and later. */
static void
fail(struct tasmota *t, int code)
{
	int64_t seconds = t->settings.number[NUMBER_MQTT_RETRY];

	tasmota_mqtt_drop(t);
	tasmota_timer_off(t, TIMER_MQTT_TICK);
	world_tell(t->world, code == CONNECTION_LOST ? "mqtt-lost" : "mqtt-refused",
		t->id, "{s:i}", "code", code);
	seconds *= ++t->mqtt.failures;
	tasmota_timer(t, TIMER_MQTT,
		1000 * (seconds < RETRY_MOST_SECONDS ? seconds : RETRY_MOST_SECONDS));
}

static void
subscribe(struct tasmota *t)
{
	char fallback[TASMOTA_TEXT_SIZE];
	const char *names[6] = { t->names.topic };
	unsigned count = 1;

	fallback_name(t, fallback);
	for (unsigned i = 0; i < COUNT_OF(t->names.group); i++)
		if (t->names.group[i][0] != '\0')
			names[count++] = t->names.group[i];
	names[count++] = fallback;
	for (unsigned i = 0; i < count; i++) {
		OWN_STR pattern = full_topic(t, t->names.prefix[0], names[i], "#");

		mosquitto_subscribe(
			t->mqtt.client, &t->mqtt.last_subscription, pattern, 0);
	}
}

/* The broker has let it in. */
static void
greet(struct tasmota *t)
{
	OWN_STR own = full_topic(t, t->names.prefix[0], t->names.topic, "POWER");

	t->mqtt.failures = 0;
	t->mqtt.count++;
	tasmota_mqtt_publish(t, 2, "LWT", "Online", true);
	mosquitto_publish(t->mqtt.client, NULL, own, 0, NULL, 0, false);
	subscribe(t);
	if (!t->mqtt.greeted) {
		char fallback[TASMOTA_TEXT_SIZE];
		OWN_STR fallback_topic = NULL;
		OWN_STR group_topic = NULL;

		fallback_name(t, fallback);
		fallback_topic = full_topic(t, t->names.prefix[0], fallback, "");
		group_topic = full_topic(t, t->names.prefix[0], t->names.group[0], "");
		tasmota_greet(t, fallback_topic, group_topic);
	}
	t->mqtt.greeted = true;
}

static bool
reach(struct tasmota *t, const struct sockaddr_in *broker)
{
	struct deadline until = deadline_in(PATIENCE_MS);
	int fd;

	/* The library's own connect has no bound; this computer answers at once. */
	if (ntohl(broker->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET)
		return true;
	fd = stream_connect(t->lan_address, *broker, until, &t->world->cancel);
	if (fd < 0)
		return false;
	close(fd);
	return true;
}

static struct mosquitto *
make_client(struct tasmota *t)
{
	struct mosquitto *client = mosquitto_new(t->names.client, true, t);
	OWN_STR will = full_topic(t, t->names.prefix[2], t->names.topic, "LWT");
	const struct tasmota_settings *s = &t->settings;

	if (client == NULL)
		return NULL;
	mosquitto_connect_callback_set(client, on_connect);
	mosquitto_disconnect_callback_set(client, on_disconnect);
	mosquitto_subscribe_callback_set(client, on_subscribe);
	mosquitto_message_callback_set(client, on_message);
	mosquitto_will_set(client, will, 7, "Offline", 1, true);
	if (s->text[TEXT_MQTT_USER][0] != '\0')
		mosquitto_username_pw_set(
			client, s->text[TEXT_MQTT_USER], s->text[TEXT_MQTT_PASSWORD]);
	return client;
}

void
tasmota_mqtt_connect(struct tasmota *t)
{
	const char *host = t->settings.text[TEXT_MQTT_HOST];
	uint16_t port = (uint16_t)t->settings.number[NUMBER_MQTT_PORT];
	char own[INET_ADDRSTRLEN], other[INET_ADDRSTRLEN];
	struct sockaddr_in broker;

	if (!t->joined || host[0] == '\0' || t->settings.option[OPTION_MQTT] == 0)
		return;
	if (!resolve_unicast(host, port, &broker)) {
		fail(t, NO_NAME);
		return;
	}
	inet_ntop(AF_INET, &t->lan_address, own, sizeof own);
	inet_ntop(AF_INET, &broker.sin_addr, other, sizeof other);
	t->mqtt.refusal = -1;
	t->mqtt.client = make_client(t);
	if (t->mqtt.client == NULL || !reach(t, &broker) ||
		mosquitto_connect_bind(t->mqtt.client, other, port, KEEPALIVE_SECONDS,
			own) != MOSQ_ERR_SUCCESS) {
		fail(t, NO_CONNECTION);
		return;
	}
	t->mqtt.patience = deadline_in(PATIENCE_MS);
	t->timer[TIMER_MQTT_TICK] = deadline_in(TICK_MS);
}

/* Looks at what the callbacks have left behind. */
static void
look(struct tasmota *t, bool was_online, int result)
{
	struct tasmota_mqtt *mqtt = &t->mqtt;

	if (mqtt->online && !was_online)
		greet(t);
	else if (result != MOSQ_ERR_SUCCESS || (was_online && !mqtt->online))
		fail(t,
			was_online		    ? CONNECTION_LOST
				: mqtt->refusal > 0 ? mqtt->refusal
						    : NO_CONNECTION);
}

void
tasmota_mqtt_tick(struct tasmota *t)
{
	bool was_online = t->mqtt.online;

	if (t->mqtt.client == NULL)
		return;
	t->timer[TIMER_MQTT_TICK] = deadline_in(TICK_MS);
	if (!was_online && deadline_passed(t->mqtt.patience))
		fail(t, NO_ANSWER);
	else
		look(t, was_online, mosquitto_loop_misc(t->mqtt.client));
}

struct pollfd
tasmota_mqtt_poll(const struct tasmota *t)
{
	struct mosquitto *client = t->mqtt.client;
	struct pollfd none = { .fd = -1 };

	if (client == NULL || mosquitto_socket(client) < 0)
		return none;
	return (struct pollfd){ .fd = mosquitto_socket(client),
		.events = (short)(POLLIN |
			(mosquitto_want_write(client) ? POLLOUT : 0)) };
}

void
tasmota_mqtt_ready(struct tasmota *t, short events)
{
	bool was_online = t->mqtt.online;
	int result = MOSQ_ERR_SUCCESS;

	if (t->mqtt.client == NULL)
		return;
	if (events & POLLOUT)
		result = mosquitto_loop_write(t->mqtt.client, 1);
	if (result == MOSQ_ERR_SUCCESS && (events & ~POLLOUT))
		result = mosquitto_loop_read(t->mqtt.client, 1);
	look(t, was_online, result);
}
