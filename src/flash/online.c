/* Proof that a Tasmota is online under its topic. A last will alone proves little: it may
 * be kept from an earlier day, or be another device's. */
/* SPDX-License-Identifier: MIT */
#include "flash/online.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "wire/tasmota_status.h"

static const struct err_code e_not_online = { "E-NOT-ONLINE", ERR_UNPROVEN,
	"Check that the device can reach the broker under the name or address it was "
	"given, and user and password; then run the same command again." };
static const struct err_code e_taken = { "E-TOPIC-TAKEN", ERR_USAGE,
	"Choose another topic: two devices under one topic switch each other." };

enum {
	CONNECT_MS = 10000,
	ASK_EVERY_MS = 3000,
	TAKEN_MS = 1500, /* how long somebody else may think */
	PUBLISH_MS = 5000,
	KEPT_MS = 500, /* a broker sends what it keeps at once */
};

/* One talk with a device over the broker. */
struct talk {
	const struct online_order *order;
	struct mqtt *mqtt;
	struct buf will, question, answer; /* topics */
	bool is_online; /* what the broker keeps says so */
	bool answered; /* the right MAC */
	char other_mac[13]; /* somebody else answered; "" */
};

static void
talk_clear(struct talk *talk)
{
	mqtt_free(talk->mqtt);
	buf_clear(&talk->will);
	buf_clear(&talk->question);
	buf_clear(&talk->answer);
}

static void
ask_or(struct tasmota_client *client, const char *name, const char *usual, char *out,
	size_t size)
{
	if (!tasmota_ask_value(client, name, out, size, NULL) || *out == '\0')
		text_copy(out, size, usual);
}

void
online_ask_topics(struct tasmota_client *client, const struct tasmota_state *state,
	struct online_topics *topics)
{
	ask_or(client, "FullTopic", TASMOTA_FULL_TOPIC, topics->full_topic,
		sizeof topics->full_topic);
	ask_or(client, "Prefix1", "cmnd", topics->command, sizeof topics->command);
	ask_or(client, "Prefix2", "stat", topics->answer, sizeof topics->answer);
	ask_or(client, "Prefix3", "tele", topics->telemetry, sizeof topics->telemetry);
	text_copy(topics->hostname, sizeof topics->hostname, state->hostname);
}

static void
write_topic(struct buf *out, const struct online_order *order,
	const struct online_topics *topics, const char *topic, const char *prefix,
	const char *last)
{
	struct tasmota_names names = { topics->full_topic, topic, topics->hostname,
		order->mac };

	*out = (struct buf)BUF_UP_TO(TASMOTA_TOPIC_MOST);
	tasmota_topic(out, &names, prefix, last);
}

static bool
talk_open(struct talk *talk, const struct online_order *order,
	const struct online_topics *topics, const char *topic, struct err *err)
{
	*talk = (struct talk){ .order = order };
	write_topic(&talk->will, order, topics, topic, topics->telemetry, "LWT");
	write_topic(&talk->question, order, topics, topic, topics->command, "Status");
	write_topic(&talk->answer, order, topics, topic, topics->answer, "STATUS5");
	talk->mqtt = mqtt_connect(
		order->broker, deadline_in(CONNECT_MS), order->cancel, err);
	return talk->mqtt != NULL &&
		mqtt_subscribe(talk->mqtt, buf_text(&talk->answer), err) &&
		mqtt_subscribe(talk->mqtt, buf_text(&talk->will), err);
}

static void
hear_answer(struct talk *talk, const struct mqtt_message *heard)
{
	OWN_JSON object = NULL;
	struct tasmota_state state;

	tasmota_state_init(&state);
	if (tasmota_read_reply(heard->payload, heard->len, &object) == TASMOTA_RESULTS)
		tasmota_read_state(object, &state);
	if (strcmp(state.mac, talk->order->mac) == 0)
		talk->answered = true;
	else if (state.mac[0] != '\0')
		memcpy(talk->other_mac, state.mac, sizeof state.mac);
}

/* Takes what comes until the deadline, or until there is something to decide. */
static void
listen_for(struct talk *talk, struct deadline until)
{
	OWN(mqtt_message) heard = { 0 };

	while (!(talk->is_online && talk->answered) && talk->other_mac[0] == '\0' &&
		mqtt_next(talk->mqtt, &heard, until, talk->order->cancel)) {
		if (strcmp(heard.topic, buf_text(&talk->will)) == 0)
			talk->is_online = strcmp(heard.payload, "Online") == 0;
		else if (!heard.retained)
			hear_answer(talk, &heard);
		mqtt_message_clear(&heard);
	}
}

static bool
ask(struct talk *talk, int64_t patience_ms, struct err *err)
{
	struct deadline until = deadline_sooner(
		talk->order->until, deadline_in(patience_ms));

	if (!mqtt_publish(talk->mqtt, buf_text(&talk->question), "5", false,
		    deadline_in(PUBLISH_MS), err))
		return false;
	listen_for(talk, until);
	return true;
}

static bool
is_taken(const struct talk *talk, const char *topic, struct err *err)
{
	if (talk->other_mac[0] == '\0')
		return false;
	err_set(err, &e_taken, "the device with MAC %s answers under the topic %s",
		talk->other_mac, topic);
	return true;
}

bool
online_topic_is_free(const struct online_order *order, const struct online_topics *topics,
	const char *topic, struct err *err)
{
	struct talk talk;
	bool ok = talk_open(&talk, order, topics, topic, err) &&
		ask(&talk, TAKEN_MS, err) && !is_taken(&talk, topic, err);

	talk_clear(&talk);
	return ok;
}

/* Removes what the broker keeps under one topic or pattern, within a short while. */
static bool
remove_kept(struct talk *talk, struct buf *pattern, struct err *err)
{
	struct deadline until = deadline_in(KEPT_MS);
	OWN(mqtt_message) heard = { 0 };
	bool ok = mqtt_subscribe(talk->mqtt, buf_text(pattern), err);

	while (ok && mqtt_next(talk->mqtt, &heard, until, talk->order->cancel)) {
		if (heard.retained && heard.len > 0 &&
			mqtt_matches(buf_text(pattern), heard.topic))
			ok = mqtt_publish(talk->mqtt, heard.topic, "", true,
				deadline_in(PUBLISH_MS), err);
		mqtt_message_clear(&heard);
	}
	return ok;
}

/* Several old devices may share the topic they came with. Who can not be asked counts as
 * there: what is kept then stays. */
static bool
is_somebody_there(
	const struct talk *talk, const struct online_topics *topics, const char *topic)
{
	struct online_order order = *talk->order;
	struct talk other;
	bool there;

	/* The proof may have come late: there is time for this all the same. */
	order.until = deadline_in(CONNECT_MS);
	there = !talk_open(&other, &order, topics, topic, NULL) ||
		!ask(&other, TAKEN_MS, NULL) || other.other_mac[0] != '\0' ||
		cancel_asked(order.cancel);
	talk_clear(&other);
	return there;
}

/* The broker stores the will of the old topic when the device goes: only now it is there
 * to be removed, and with it what the device has left there by its Retain settings. */
static bool
forget(struct talk *talk, const struct online_topics *topics, const char *old_topic,
	struct err *err)
{
	const char *const prefixes[] = { topics->answer, topics->telemetry };
	OWN(buf) will = { 0 };
	bool ok = true;

	write_topic(&will, talk->order, topics, old_topic, topics->telemetry, "LWT");
	/* A FullTopic of its own may not hold the topic at all. Wildcards come only from what
	 * is no Tasmota, and would take away what others keep. */
	if (*old_topic == '\0' || strpbrk(buf_text(&will), "+#") != NULL ||
		strpbrk(topics->answer, "+#") != NULL ||
		strcmp(buf_text(&will), buf_text(&talk->will)) == 0 ||
		is_somebody_there(talk, topics, old_topic))
		return true;
	for (size_t i = 0; ok && i < COUNT_OF(prefixes); i++) {
		OWN(buf) pattern = { 0 };

		write_topic(&pattern, talk->order, topics, old_topic, prefixes[i], "+");
		ok = remove_kept(talk, &pattern, err);
	}
	return ok &&
		mqtt_publish(talk->mqtt, buf_text(&will), "", true,
			deadline_in(PUBLISH_MS), err);
}

static bool
give_up(const struct talk *talk, const char *topic, struct err *err)
{
	if (cancel_asked(talk->order->cancel))
		return err_set(err, &err_cancelled, "stopped before it was online");
	if (talk->is_online)
		return err_set(err, &e_not_online,
			"the broker keeps \"Online\" for %s, but nobody answers there",
			topic);
	return err_set(err, &e_not_online,
		"the settings are written, but %s did not come online at the broker",
		topic);
}

bool
online_prove(const struct online_order *order, const struct online_topics *topics,
	const char *topic, const char *old_topic, struct err *err)
{
	struct talk talk;
	bool ok = talk_open(&talk, order, topics, topic, err);
	bool proven = false;

	while (ok && !proven && talk.other_mac[0] == '\0' &&
		!deadline_passed(order->until) && !cancel_asked(order->cancel)) {
		ok = ask(&talk, ASK_EVERY_MS, err);
		proven = talk.is_online && talk.answered;
	}
	if (ok)
		ok = proven ? forget(&talk, topics, old_topic, err)
			    : !is_taken(&talk, topic, err) && give_up(&talk, topic, err);
	talk_clear(&talk);
	return ok;
}
