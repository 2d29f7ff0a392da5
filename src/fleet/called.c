/* Devices that run Tasmota, by what people call them. */
/* SPDX-License-Identifier: MIT */
#include "fleet/called.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/buf.h"
#include "base/memory.h"
#include "base/text.h"
#include "device/find_again.h"
#include "device/tasmota_client.h"
#include "fleet/descriptions.h"
#include "net/resolve.h"

static const struct err_code e_unknown = { "E-NAME-UNKNOWN", ERR_NOT_FOUND,
	"Name the device by its address, or as \"airlift monitor\" shows it; another broker is "
	"named with --mqtt." };
static const struct err_code e_elsewhere = { "E-NAME-ELSEWHERE", ERR_NOT_FOUND,
	"See that the device has power, or name it by the address it has now." };

enum {
	CONNECT_MS = 10000,
	ASK_MS = 3000, /* devices without description, under their topics */
	ASK_AT_ONCE = 32, /* a dozen answers each, and the queue is bounded */
	LOOK_MS = 5000,
	RESOLVE_MS = 3000,
	KNOWN_SHOWN_MOST = 8
};

static void
take_description(struct called *row, const struct tasmota_discovery *said)
{
	text_copy(row->topic, sizeof row->topic, said->topic);
	text_copy(row->mac, sizeof row->mac, said->mac);
	inet_pton(AF_INET, said->address, &row->told);
}

static bool
may_be_host(const char *name)
{
	for (const char *c = name; *c != '\0'; c++)
		if (strchr("-._", *c) == NULL && !(*c >= '0' && *c <= '9') &&
			!((*c | 32) >= 'a' && (*c | 32) <= 'z'))
			return false;
	return *name != '\0' && strlen(name) < 254;
}

/* The last resort: a name of the network, which often has the device's own host name. */
static bool
ask_name_service(const struct called_order *order, struct called *row)
{
	return may_be_host(row->name) &&
		resolve_address(row->name, deadline_in(RESOLVE_MS), order->cancel,
			&row->told) == RESOLVE_YES;
}

static void
add_known(struct buf *out, const struct descriptions *known)
{
	char shown[TASMOTA_TEXT_SIZE];
	size_t all = known->count + known->silent_count;

	for (size_t i = 0; i < all && i < KNOWN_SHOWN_MOST; i++)
		buf_addf(out, "%s%s", i > 0 ? ", " : "; it knows ",
			text_printable(shown, sizeof shown,
				i < known->count ? known->list[i]->topic
						 : known->silent[i - known->count]));
	if (all > KNOWN_SHOWN_MOST)
		buf_add_text(out, ", ...");
}

static void
say_unknown(const struct called_order *order, struct called *row,
	const struct descriptions *known)
{
	OWN(buf) list = BUF_UP_TO(1024);
	char shown[80];

	text_printable(shown, sizeof shown, row->name);
	if (known == NULL) {
		err_set(&row->err, &e_unknown,
			"no name in the network is \"%s\", and there is no broker to ask",
			shown);
		return;
	}
	add_known(&list, known);
	err_set(&row->err, &e_unknown,
		"the broker at %.100s knows no Tasmota called \"%s\"%s",
		order->broker->host, shown, buf_text(&list));
}

/* Without a description a device can still be asked under its topic. */
static void
ask_some(const struct called_order *order, struct mqtt *mqtt, struct called *const *rows,
	size_t count)
{
	struct tasmota_discovery *said = xcalloc(count, sizeof *said);
	const char *topics[ASK_AT_ONCE];

	for (size_t i = 0; i < count; i++)
		topics[i] = rows[i]->name;
	descriptions_ask(
		mqtt, topics, count, deadline_in(ASK_MS), order->cancel, said, NULL);
	for (size_t i = 0; i < count; i++)
		if (said[i].mac[0] != '\0')
			take_description(rows[i], &said[i]);
	free(said);
}

/* Several at once: each that is silent takes its time. */
static void
ask_devices(const struct called_order *order, struct mqtt *mqtt,
	struct called *const *rows, size_t count)
{
	while (count > 0 && !cancel_asked(order->cancel)) {
		size_t some = count < ASK_AT_ONCE ? count : ASK_AT_ONCE;

		ask_some(order, mqtt, rows, some);
		rows += some;
		count -= some;
	}
}

bool
called_match(struct called *row, const struct descriptions *known)
{
	const struct tasmota_discovery *said = NULL;

	if (known != NULL && !descriptions_choose(known, row->name, &said, &row->err))
		return true;
	if (said != NULL)
		take_description(row, said);
	return said != NULL || tasmota_read_mac(row->name, row->mac);
}

/* `mqtt` and `known` are NULL without a broker. */
static void
look_up(const struct called_order *order, struct mqtt *mqtt,
	const struct descriptions *known, struct called *const *rows, size_t count)
{
	struct called **open = xcalloc(count + 1, sizeof *open);
	size_t left = 0;

	for (size_t i = 0; i < count; i++)
		if (!called_match(rows[i], known))
			open[left++] = rows[i];
	if (mqtt != NULL)
		ask_devices(order, mqtt, open, left);
	for (size_t i = 0; i < left && !cancel_asked(order->cancel); i++)
		if (open[i]->mac[0] == '\0' && !ask_name_service(order, open[i]))
			say_unknown(order, open[i], known);
	free(open);
}

/* What the broker keeps; nothing of it without a broker. */
static bool
gather(const struct called_order *order, struct mqtt **mqtt, struct descriptions *known,
	struct err *err)
{
	if (order->broker == NULL)
		return true;
	*mqtt = mqtt_connect(order->broker, deadline_in(CONNECT_MS), order->cancel, err);
	return *mqtt != NULL && descriptions_gather(*mqtt, order->cancel, known, err);
}

bool
called_ask_broker(const struct called_order *order, struct called *rows, size_t count,
	struct err *err)
{
	OWN_NEW(mqtt) mqtt = NULL;
	OWN(descriptions) known = { 0 };
	struct called **open = xcalloc(count + 1, sizeof *open);
	size_t left = 0;
	bool ok = true;

	for (size_t i = 0; i < count; i++)
		if (rows[i].address.sin_addr.s_addr == INADDR_ANY)
			open[left++] = &rows[i];
	if (left > 0 && (ok = gather(order, &mqtt, &known, err))) {
		look_up(order, mqtt, mqtt != NULL ? &known : NULL, open, left);
		ok = !cancel_asked(order->cancel) ||
			err_set(err, &err_cancelled, "stopped while looking for devices");
	}
	free(open);
	return ok;
}

static void
list_silent(const struct called_order *order, struct mqtt *mqtt,
	const struct descriptions *known, struct called *rows)
{
	struct called **open = xcalloc(known->silent_count + 1, sizeof *open);

	for (size_t i = 0; i < known->silent_count; i++) {
		text_copy(rows[i].topic, sizeof rows[i].topic, known->silent[i]);
		rows[i].name = rows[i].topic;
		open[i] = &rows[i];
	}
	ask_devices(order, mqtt, open, known->silent_count);
	for (size_t i = 0; i < known->silent_count; i++)
		if (rows[i].mac[0] == '\0')
			err_set(&rows[i].err, &e_elsewhere,
				"it says Online at the broker, but does not answer there");
	free(open);
}

bool
called_list(const struct called_order *order, struct called **rows, size_t *count,
	struct err *err)
{
	OWN_NEW(mqtt) mqtt = NULL;
	OWN(descriptions) known = { 0 };
	struct called *all;

	if (!gather(order, &mqtt, &known, err))
		return false;
	*count = known.count + known.silent_count;
	all = *rows = xcalloc(*count + 1, sizeof *all);
	for (size_t i = 0; i < known.count; i++) {
		take_description(&all[i], known.list[i]);
		all[i].name = all[i].topic;
	}
	list_silent(order, mqtt, &known, all + known.count);
	return true;
}

static bool
is_same_host(const char *name, const char *hostname)
{
	size_t len = strcspn(name, ".");

	return strlen(hostname) == len && strncasecmp(name, hostname, len) == 0;
}

/* Who lives there now? By its MAC, where that is not known by its host name. */
static bool
is_there(const struct called_order *order, struct called *row)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons(order->web_port),
		.sin_addr = row->told };
	OWN_NEW(tasmota_client)
	client = tasmota_client_new(address, order->web_password, order->cancel);
	struct tasmota_state state;

	tasmota_state_init(&state);
	tasmota_client_patience(client, LOOK_MS);
	if (row->told.s_addr == INADDR_ANY ||
		!tasmota_ask_status(client, 5, &state, &row->err))
		return false;
	if (row->mac[0] != '\0' ? strcmp(row->mac, state.mac) != 0
				: !is_same_host(row->name, state.hostname))
		return false;
	row->address = address;
	return true;
}

static bool
find_in_network(const struct called_order *order, struct called *row)
{
	struct find_order find = {
		.mac = row->mac,
		.web_port = order->web_port,
		.web_password = order->web_password,
		.interface = order->interface,
		.until = deadline_in(order->wait_ms),
		.cancel = order->cancel,
	};

	return find_again(&find, &row->address, row->mac, &row->err);
}

void
called_locate(const struct called_order *order, struct called *row, bool only_there)
{
	char host[INET_ADDRSTRLEN], shown[80];

	if (row->err.code != NULL || row->address.sin_addr.s_addr != INADDR_ANY)
		return;
	if (is_there(order, row) ||
		(row->mac[0] != '\0' && !only_there && find_in_network(order, row))) {
		err_clear(&row->err);
		return;
	}
	text_printable(shown, sizeof shown, row->name);
	if (row->told.s_addr == INADDR_ANY && row->err.code == NULL)
		err_set(&row->err, &e_elsewhere,
			"the broker does not know at which address \"%s\" is", shown);
	if (cancel_asked(order->cancel) || row->told.s_addr == INADDR_ANY)
		return;
	inet_ntop(AF_INET, &row->told, host, sizeof host);
	if (row->err.code == NULL || !only_there)
		err_set(&row->err, &e_elsewhere,
			"\"%s\" should be at %s, but does not answer there", shown, host);
}
