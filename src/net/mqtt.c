/* One connection to an MQTT broker with libmosquitto. */
/* SPDX-License-Identifier: MIT */
#include "net/mqtt.h"

#include <mosquitto.h>
#include <string.h>

#include "base/monitor.h"
#include "base/text.h"

static const struct err_code e_unreachable = { "E-MQTT-UNREACHABLE", ERR_LOST,
	"Check the broker's address and port, and that it runs (\"airlift broker\" starts "
	"one)." };
static const struct err_code e_refused = { "E-MQTT-REFUSED", ERR_REFUSED,
	"Check user name and password of the broker." };
static const struct err_code e_tls = { "E-MQTT-TLS", ERR_REFUSED,
	"Check that the CA file belongs to this broker and that the port speaks TLS." };
static const struct err_code e_lost = { "E-MQTT-LOST", ERR_LOST,
	"Look at the broker's log; the connection is tried again by itself." };

enum {
	KEEPALIVE_SECONDS = 30,
	RETRY_LEAST_SECONDS = 1,
	RETRY_MOST_SECONDS = 10,
	SUBSCRIPTIONS_MOST = 16,
	QOS = 1,
	NOT_ANSWERED = -1
};

struct mqtt {
	struct mosquitto *library;
	struct monitor monitor; /* guards all below */
	bool connected;
	int answer; /* the broker's first CONNACK code, or NOT_ANSWERED */
	char *patterns[SUBSCRIPTIONS_MOST];
	unsigned pattern_count;
	int last_published; /* message id the broker has acknowledged */
	struct mqtt_message queue[MQTT_QUEUE_MOST];
	unsigned first, waiting;
};

void
mqtt_message_clear(struct mqtt_message *message)
{
	free(message->topic);
	free(message->payload);
	*message = (struct mqtt_message){ 0 };
}

static void
on_connect(struct mosquitto *library, void *context, int code)
{
	struct mqtt *mqtt = context;

	monitor_enter(&mqtt->monitor);
	mqtt->answer = code;
	mqtt->connected = code == 0;
	for (unsigned i = 0; code == 0 && i < mqtt->pattern_count; i++)
		mosquitto_subscribe(library, NULL, mqtt->patterns[i], QOS);
	monitor_ring(&mqtt->monitor);
	monitor_leave(&mqtt->monitor);
}

static void
on_disconnect(struct mosquitto *library, void *context, int code)
{
	struct mqtt *mqtt = context;

	(void)library;
	(void)code;
	monitor_enter(&mqtt->monitor);
	mqtt->connected = false;
	monitor_ring(&mqtt->monitor);
	monitor_leave(&mqtt->monitor);
}

static void
on_publish(struct mosquitto *library, void *context, int id)
{
	struct mqtt *mqtt = context;

	(void)library;
	monitor_enter(&mqtt->monitor);
	mqtt->last_published = id;
	monitor_ring(&mqtt->monitor);
	monitor_leave(&mqtt->monitor);
}

static void
on_message(
	struct mosquitto *library, void *context, const struct mosquitto_message *heard)
{
	struct mqtt *mqtt = context;
	size_t len = heard->payloadlen > 0 ? (size_t)heard->payloadlen : 0;
	struct mqtt_message *slot;

	(void)library;
	if (len > MQTT_PAYLOAD_MOST || strlen(heard->topic) > MQTT_TOPIC_MOST)
		return;
	monitor_enter(&mqtt->monitor);
	slot = &mqtt->queue[(mqtt->first + mqtt->waiting) % MQTT_QUEUE_MOST];
	if (mqtt->waiting == MQTT_QUEUE_MOST) {
		mqtt_message_clear(slot);
		mqtt->first = (mqtt->first + 1) % MQTT_QUEUE_MOST;
	} else {
		mqtt->waiting++;
	}
	slot->topic = xstrdup(heard->topic);
	slot->payload = xmalloc(len + 1);
	if (len > 0)
		memcpy(slot->payload, heard->payload, len);
	slot->payload[len] = '\0';
	slot->len = len;
	slot->retained = heard->retain;
	slot->at_ms = clock_wall_ms();
	monitor_ring(&mqtt->monitor);
	monitor_leave(&mqtt->monitor);
}

static struct mqtt *
mqtt_new(void)
{
	struct mqtt *mqtt = xcalloc(1, sizeof *mqtt);

	mqtt->answer = NOT_ANSWERED;
	monitor_init(&mqtt->monitor);
	/* Counts its callers, as every mosquitto_lib_cleanup() does. */
	mosquitto_lib_init();
	mqtt->library = mosquitto_new(NULL, true, mqtt);
	if (mqtt->library == NULL) {
		mqtt_free(mqtt);
		return NULL;
	}
	mosquitto_connect_callback_set(mqtt->library, on_connect);
	mosquitto_disconnect_callback_set(mqtt->library, on_disconnect);
	mosquitto_publish_callback_set(mqtt->library, on_publish);
	mosquitto_message_callback_set(mqtt->library, on_message);
	mosquitto_reconnect_delay_set(
		mqtt->library, RETRY_LEAST_SECONDS, RETRY_MOST_SECONDS, true);
	return mqtt;
}

/* Starts the network thread; what the broker thinks of us comes later. */
static bool
begin(struct mqtt *mqtt, const struct mqtt_broker *broker, struct err *err)
{
	int code = mosquitto_username_pw_set(
		mqtt->library, broker->user, broker->password);

	if (code == MOSQ_ERR_SUCCESS && broker->ca_file != NULL)
		code = mosquitto_tls_set(
			mqtt->library, broker->ca_file, NULL, NULL, NULL, NULL);
	if (code != MOSQ_ERR_SUCCESS)
		return err_set(err, &e_tls, "cannot use %s for the broker %s: %s",
			broker->ca_file != NULL ? broker->ca_file : "these credentials",
			broker->host, mosquitto_strerror(code));
	code = mosquitto_connect(
		mqtt->library, broker->host, broker->port, KEEPALIVE_SECONDS);
	if (code == MOSQ_ERR_TLS)
		return err_set(err, &e_tls, "no TLS with the broker %s:%u", broker->host,
			broker->port);
	if (code != MOSQ_ERR_SUCCESS)
		return err_errno(err, &e_unreachable, "no MQTT broker at %s:%u",
			broker->host, broker->port);
	if (mosquitto_loop_start(mqtt->library) != MOSQ_ERR_SUCCESS)
		return err_set(err, &err_system, "no thread for the MQTT connection");
	return true;
}

/* Waits for the broker's yes or no. */
static bool
await_answer(struct mqtt *mqtt, const struct mqtt_broker *broker, struct deadline until,
	const struct cancel *cancel, struct err *err)
{
	int answer;

	monitor_enter(&mqtt->monitor);
	while (mqtt->answer == NOT_ANSWERED &&
		monitor_wait(&mqtt->monitor, until, cancel))
		;
	answer = mqtt->answer;
	monitor_leave(&mqtt->monitor);
	if (answer == 0)
		return true;
	if (cancel_asked(cancel))
		return err_set(err, &err_cancelled, "interrupted while connecting to %s",
			broker->host);
	if (answer == NOT_ANSWERED)
		return err_set(err, broker->ca_file != NULL ? &e_tls : &e_unreachable,
			"%s:%u takes the connection but does not answer as an MQTT broker",
			broker->host, broker->port);
	return err_set(err, &e_refused, "the broker %s:%u refuses: %s", broker->host,
		broker->port, mosquitto_connack_string(answer));
}

struct mqtt *
mqtt_connect(const struct mqtt_broker *broker, struct deadline until,
	const struct cancel *cancel, struct err *err)
{
	struct mqtt *mqtt = mqtt_new();

	if (mqtt == NULL) {
		err_set(err, &err_system, "the MQTT library can not start");
		return NULL;
	}
	if (!begin(mqtt, broker, err) ||
		!await_answer(mqtt, broker, until, cancel, err)) {
		mqtt_free(mqtt);
		return NULL;
	}
	return mqtt;
}

void
mqtt_free(struct mqtt *mqtt)
{
	struct mqtt_message message;

	if (mqtt == NULL)
		return;
	if (mqtt->library != NULL) {
		mosquitto_disconnect(mqtt->library);
		mosquitto_loop_stop(mqtt->library, false);
		mosquitto_destroy(mqtt->library);
	}
	mosquitto_lib_cleanup();
	while (mqtt_next(mqtt, &message, deadline_in(0), NULL))
		mqtt_message_clear(&message);
	for (unsigned i = 0; i < mqtt->pattern_count; i++)
		free(mqtt->patterns[i]);
	monitor_clear(&mqtt->monitor);
	free(mqtt);
}

bool
mqtt_subscribe(struct mqtt *mqtt, const char *pattern, struct err *err)
{
	bool kept = false;

	if (mosquitto_sub_topic_check(pattern) != MOSQ_ERR_SUCCESS)
		return err_set(err, &err_usage, "not an MQTT topic pattern");
	monitor_enter(&mqtt->monitor);
	for (unsigned i = 0; i < mqtt->pattern_count && !kept; i++)
		kept = strcmp(mqtt->patterns[i], pattern) == 0;
	if (!kept && mqtt->pattern_count < SUBSCRIPTIONS_MOST) {
		mqtt->patterns[mqtt->pattern_count++] = xstrdup(pattern);
		kept = true;
	}
	monitor_leave(&mqtt->monitor);
	if (!kept)
		return err_set(err, &err_usage, "too many topic patterns");
	/* Without a connection on_connect() subscribes later. */
	mosquitto_subscribe(mqtt->library, NULL, pattern, QOS);
	return true;
}

bool
mqtt_publish(struct mqtt *mqtt, const char *topic, const char *payload, bool retain,
	struct deadline until, struct err *err)
{
	int id = 0;
	int code = mosquitto_publish(
		mqtt->library, &id, topic, (int)strlen(payload), payload, QOS, retain);
	bool done;

	if (code != MOSQ_ERR_SUCCESS)
		return err_set(err, &e_lost, "cannot publish to %s: %s", topic,
			mosquitto_strerror(code));
	monitor_enter(&mqtt->monitor);
	while (mqtt->last_published < id && monitor_wait(&mqtt->monitor, until, NULL))
		;
	done = mqtt->last_published >= id;
	monitor_leave(&mqtt->monitor);
	return done ||
		err_set(err, &e_lost, "the broker did not take a message for %s", topic);
}

bool
mqtt_next(struct mqtt *mqtt, struct mqtt_message *message, struct deadline until,
	const struct cancel *cancel)
{
	bool have;

	monitor_enter(&mqtt->monitor);
	while (mqtt->waiting == 0 && monitor_wait(&mqtt->monitor, until, cancel))
		;
	have = mqtt->waiting > 0;
	if (have) {
		*message = mqtt->queue[mqtt->first];
		mqtt->queue[mqtt->first] = (struct mqtt_message){ 0 };
		mqtt->first = (mqtt->first + 1) % MQTT_QUEUE_MOST;
		mqtt->waiting--;
	}
	monitor_leave(&mqtt->monitor);
	return have;
}

bool
mqtt_is_connected(struct mqtt *mqtt)
{
	bool connected;

	monitor_enter(&mqtt->monitor);
	connected = mqtt->connected;
	monitor_leave(&mqtt->monitor);
	return connected;
}

bool
mqtt_matches(const char *pattern, const char *topic)
{
	bool matches = false;

	return mosquitto_topic_matches_sub(pattern, topic, &matches) ==
		MOSQ_ERR_SUCCESS &&
		matches;
}
