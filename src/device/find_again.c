/* Finds a Tasmota whose address is not known (any more). Each way is cheap or rare: one
 * look per round at what is known, a sweep only every now and then. */
/* SPDX-License-Identifier: MIT */
#include "device/find_again.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "device/tasmota_client.h"
#include "net/sweep.h"
#include "wire/tasmota_mqtt.h"

static const struct err_code e_not_on_lan = {
	"E-NOT-ON-LAN", ERR_NOT_FOUND,
	"Look for it in your router's list and run the same command with its address in place "
	"of its name. If its access point is there again, it could not join your Wi-Fi."
};

enum {
	ROUND_MS = 1000,
	LOOK_MS = 3000, /* one question */
	CONNECT_MS = 5000, /* the broker */
	SWEEP_FIRST_MS = 5000, /* the cheap ways get a head start */
	SWEEP_EVERY_MS = 20000,
};

struct search {
	const struct find_order *order;
	struct mqtt *mqtt; /* NULL: no broker, or not reachable */
	struct in_addr hint; /* what the broker said; INADDR_ANY: nothing */
	int64_t sweep_ms; /* steady clock: when the next is due */
	struct sockaddr_in *found;
	char *mac;
};

/* Whether the MAC seen is the one wanted, of which only the end may be known. */
static bool
is_wanted(const struct find_order *order, const char *mac)
{
	return order->mac[0] != '\0' && text_ends_with(mac, order->mac);
}

static bool
has_wanted_topic(const struct find_order *order, const char *topic)
{
	return (order->topic != NULL && strcmp(topic, order->topic) == 0) ||
		(order->topic_too != NULL && strcmp(topic, order->topic_too) == 0);
}

/* Asks who lives there. */
static bool
look_at(struct search *search, struct in_addr host)
{
	const struct find_order *order = search->order;
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons(order->web_port),
		.sin_addr = host };
	OWN_NEW(tasmota_client)
	client = tasmota_client_new(address, order->web_password, order->cancel);
	struct tasmota_state state;
	bool is_it;

	tasmota_state_init(&state);
	tasmota_client_also(client, order->web_password_too);
	tasmota_client_patience(client, LOOK_MS);
	if (!tasmota_ask_status(client, 5, &state, NULL))
		return false;
	is_it = order->mac[0] != '\0'
		? is_wanted(order, state.mac)
		: order->topic != NULL && tasmota_ask_status(client, 0, &state, NULL) &&
			has_wanted_topic(order, state.topic);
	if (!is_it)
		return false;
	*search->found = address;
	memcpy(search->mac, state.mac, sizeof state.mac);
	return true;
}

/* Discovery names MAC and address; INFO2 names topic and address. */
static void
hear(struct search *search, const struct mqtt_message *heard)
{
	const struct find_order *order = search->order;
	struct tasmota_message message;

	tasmota_read_message(heard->topic, heard->payload, heard->len, &message);
	if (message.address[0] == '\0')
		return;
	if (is_wanted(order, message.mac) || has_wanted_topic(order, message.topic))
		inet_pton(AF_INET, message.address, &search->hint);
}

static bool
ask_the_broker(struct search *search)
{
	struct mqtt_message message;

	if (search->mqtt == NULL)
		return false;
	while (mqtt_next(search->mqtt, &message, deadline_in(0), search->order->cancel)) {
		hear(search, &message);
		mqtt_message_clear(&message);
	}
	return search->hint.s_addr != INADDR_ANY && look_at(search, search->hint);
}

static bool
ask_the_table(struct search *search)
{
	struct in_addr host;

	return strlen(search->order->mac) == 12 &&
		neighbours_find(search->order->mac, &host) && look_at(search, host);
}

/* The knocking fills the ARP table, so that mostly nobody else has to be asked. */
static bool
sweep_one(struct search *search, const struct neighbourhood *where)
{
	const struct find_order *order = search->order;
	struct in_addr open[SWEEP_FOUND_MOST];
	size_t count = sweep(where->first, where->last, order->web_port, order->until,
		order->cancel, open);

	log_debug("sweep: %zu addresses take connections at port %u", count,
		order->web_port);
	if (ask_the_table(search))
		return true;
	for (size_t i = 0; i < count && !deadline_passed(order->until) &&
		!cancel_asked(order->cancel);
		i++)
		if (look_at(search, open[i]))
			return true;
	return false;
}

static bool
sweep_all(struct search *search)
{
	const struct find_order *order = search->order;
	struct neighbourhood all[NEIGHBOURHOODS_MOST];
	size_t count = 0;

	if (clock_steady_ms() < search->sweep_ms)
		return false;
	search->sweep_ms = clock_steady_ms() + SWEEP_EVERY_MS;
	if (order->say != NULL)
		order->say(order->context, "looking for it at every address nearby");
	if (order->network != NULL)
		all[count++] = *order->network;
	else
		count = neighbourhoods_list(order->interface, all);
	for (size_t i = 0; i < count; i++)
		if (sweep_one(search, &all[i]))
			return true;
	return false;
}

static bool
look_where_told(struct search *search)
{
	return search->order->told.s_addr != INADDR_ANY &&
		look_at(search, search->order->told);
}

static bool (*const ways[])(struct search *search) = {
	look_where_told,
	ask_the_broker,
	ask_the_table,
	sweep_all,
};

/* Without a broker the other ways remain. */
static struct mqtt *
listen_at_the_broker(const struct find_order *order)
{
	static const char *const patterns[] = { "tasmota/discovery/+/config",
		"tele/+/INFO2" };
	struct err err = { 0 };
	struct mqtt *mqtt;

	if (order->broker == NULL)
		return NULL;
	mqtt = mqtt_connect(order->broker, deadline_in(CONNECT_MS), order->cancel, &err);
	if (mqtt == NULL)
		log_debug("the broker does not help to find it: %s", err.text);
	for (size_t i = 0; mqtt != NULL && i < COUNT_OF(patterns); i++)
		mqtt_subscribe(mqtt, patterns[i], NULL);
	return mqtt;
}

static bool
explain_not_found(const struct find_order *order, struct err *err)
{
	const char *too = order->topic_too;

	if (order->mac[0] != '\0')
		return err_set(err, &e_not_on_lan,
			"no Tasmota with MAC %s answers in this network", order->mac);
	return err_set(err, &e_not_on_lan,
		"no Tasmota with topic %s%s%s answers in this network", order->topic,
		too != NULL ? " or " : "", too != NULL ? too : "");
}

bool
find_again(const struct find_order *order, struct sockaddr_in *found, char mac[13],
	struct err *err)
{
	OWN_NEW(mqtt) mqtt = listen_at_the_broker(order);
	struct search search = {
		.order = order,
		.mqtt = mqtt,
		.found = found,
		.mac = mac,
		.sweep_ms = clock_steady_ms() +
			(order->told.s_addr != INADDR_ANY || mqtt != NULL ? SWEEP_FIRST_MS
									  : 0),
	};

	do {
		for (size_t i = 0; i < COUNT_OF(ways); i++)
			if (!cancel_asked(order->cancel) && ways[i](&search))
				return true;
	} while (clock_pause(ROUND_MS, order->cancel) && !deadline_passed(order->until));
	if (cancel_asked(order->cancel))
		return err_set(err, &err_cancelled, "stopped while looking for it");
	return explain_not_found(order, err);
}
