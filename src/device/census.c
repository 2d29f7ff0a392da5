/* Who has announced itself, put together from the records of many packets. */
/* SPDX-License-Identifier: MIT */
#include "device/census.h"

#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "device/announced.h"

enum {
	RECENT_HOSTS = 64, /* A records that came before anybody named the host */
	ASK_EVERY_MS = 1000,
	ASKS_MOST = 4,
	RECENT_MS = 10000,
	CONFIRMED_MS = 3000 /* an address heard this lately still holds */
};

/* A record that never came has no end. */
#define NEVER INT64_MAX

struct entry {
	char instance[MDNS_NAME_SIZE];
	char full_name[MDNS_NAME_SIZE]; /* with the service type, for questions */
	char host[MDNS_NAME_SIZE];
	uint16_t port;
	bool has_srv;
	bool has_txt;
	struct ewelink_txt txt;
	int64_t srv_fades_ms; /* four fifths of its life: time to ask again */
	int64_t srv_ends_ms; /* NEVER: not heard */
	int64_t other_ends_ms; /* of PTR or TXT, where there is no SRV */

	bool has_address; /* from an A record */
	struct in_addr address;
	int64_t confirmed_ms; /* when the address was heard last */
	struct in_addr source; /* of the packet that brought SRV or TXT */
	char interface[16];

	int64_t first_ms;
	int64_t complete_ms; /* SRV and TXT are there; 0: not yet */
	int64_t seen_ms;
	int64_t ask_ms;
	unsigned asks;

	bool is_fresh; /* something was heard since it was looked at */
	bool is_told;
	struct device told; /* as reported last */
};

struct census {
	struct entry *entries[CENSUS_DEVICES_MOST];
	size_t count;
	size_t turn;
	bool was_full;
	struct mdns_host recent[RECENT_HOSTS]; /* ttl 0: forgotten */
	int64_t recent_ms[RECENT_HOSTS];
	size_t recent_next;
};

struct census *
census_new(void)
{
	return xcalloc(1, sizeof(struct census));
}

void
census_free(struct census *census)
{
	if (census == NULL)
		return;
	for (size_t i = 0; i < census->count; i++)
		free(census->entries[i]);
	free(census);
}

static struct entry *
add_entry(struct census *census, const char *instance, int64_t now_ms)
{
	struct entry *entry;

	if (census->count == CENSUS_DEVICES_MOST) {
		if (!census->was_full)
			log_warn("more than %d devices announce themselves; the others "
				 "are left out",
				CENSUS_DEVICES_MOST);
		census->was_full = true;
		return NULL;
	}
	entry = xcalloc(1, sizeof *entry);
	entry->srv_ends_ms = entry->other_ends_ms = NEVER;
	entry->first_ms = entry->ask_ms = now_ms;
	text_copy(entry->instance, sizeof entry->instance, instance);
	if (snprintf(entry->full_name, sizeof entry->full_name, "%s." MDNS_EWELINK,
		    instance) >= (int)sizeof entry->full_name)
		entry->full_name[0] = '\0'; /* too long to ask for */
	return census->entries[census->count++] = entry;
}

static struct entry *
entry_named(struct census *census, const char *instance, int64_t now_ms)
{
	for (size_t i = 0; i < census->count; i++)
		if (text_equal_nocase(census->entries[i]->instance, instance))
			return census->entries[i];
	return add_entry(census, instance, now_ms);
}

static bool
is_in(struct in_addr address, const struct census_origin *origin)
{
	return ((address.s_addr ^ origin->own.s_addr) & origin->netmask.s_addr) == 0;
}

/* The address of a host that is best for us among those of a list: the one we have, else
 * one in the network the packet came from, else the first. */
static const struct mdns_host *
best_host(const struct mdns_host *hosts, size_t count, const struct entry *entry,
	const struct census_origin *origin)
{
	const struct mdns_host *best = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct mdns_host *host = &hosts[i];

		if (host->ttl == 0 || !text_equal_nocase(host->name, entry->host))
			continue;
		if (entry->has_address && host->address.s_addr == entry->address.s_addr)
			return host;
		if (best == NULL ||
			(is_in(host->address, origin) && !is_in(best->address, origin)))
			best = host;
	}
	return best;
}

/* A device that two of our interfaces see announces an address on each: the first one
 * stays as long as it is heard. */
static void
take_address(struct entry *entry, const struct mdns_host *host,
	const struct census_origin *origin, int64_t now_ms)
{
	bool is_same = entry->has_address &&
		entry->address.s_addr == host->address.s_addr;

	if (!is_same && entry->has_address &&
		strcmp(entry->interface, origin->interface) != 0 &&
		now_ms - entry->confirmed_ms < CONFIRMED_MS)
		return;
	if (!is_same)
		text_copy(entry->interface, sizeof entry->interface, origin->interface);
	entry->has_address = true;
	entry->address = host->address;
	entry->confirmed_ms = now_ms;
	entry->is_fresh |= !is_same;
}

/* A life of 0 is a goodbye. */
static int64_t
end_of(uint32_t ttl, int64_t now_ms)
{
	return now_ms + (ttl == 0 ? CENSUS_GOODBYE_MS : (int64_t)ttl * 1000);
}

static void
take_srv(struct entry *entry, const struct mdns_service *service, int64_t now_ms)
{
	entry->has_srv = true;
	entry->port = service->port;
	memcpy(entry->host, service->host, sizeof entry->host);
	entry->srv_ends_ms = end_of(service->srv_ttl, now_ms);
	entry->srv_fades_ms = now_ms + (int64_t)service->srv_ttl * 800;
	entry->asks = 0;
}

/* A PTR record that is taken back takes the whole service back. */
static void
take_lives(struct entry *entry, const struct mdns_service *service, int64_t now_ms)
{
	uint32_t ptr_ttl = service->has_ptr ? service->ptr_ttl : UINT32_MAX;
	uint32_t txt_ttl = service->has_txt ? service->txt_ttl : UINT32_MAX;

	if (service->has_ptr || service->has_txt)
		entry->other_ends_ms = end_of(
			ptr_ttl < txt_ttl ? ptr_ttl : txt_ttl, now_ms);
	if (ptr_ttl == 0 && !service->has_srv && entry->has_srv)
		entry->srv_ends_ms = end_of(0, now_ms);
}

static void
take_service(struct entry *entry, const struct mdns_service *service,
	const struct census_origin *origin, int64_t now_ms)
{
	if (service->has_srv)
		take_srv(entry, service, now_ms);
	take_lives(entry, service, now_ms);
	if (service->has_txt && service->txt_ttl > 0) {
		entry->has_txt = true;
		ewelink_txt_read(service->txt, service->txt_len, &entry->txt);
	}
	if (entry->complete_ms == 0 && entry->has_srv && entry->has_txt)
		entry->complete_ms = now_ms;
	if (entry->interface[0] == '\0')
		text_copy(entry->interface, sizeof entry->interface, origin->interface);
	if (strcmp(entry->interface, origin->interface) == 0)
		entry->source = origin->source;
	entry->seen_ms = now_ms;
	entry->is_fresh = true;
}

static void
keep_recent(struct census *census, const struct mdns_packet *packet, int64_t now_ms)
{
	for (size_t i = 0; i < RECENT_HOSTS; i++)
		if (now_ms - census->recent_ms[i] > RECENT_MS)
			census->recent[i].ttl = 0;
	for (size_t i = 0; i < packet->host_count; i++) {
		size_t at = census->recent_next++ % RECENT_HOSTS;

		census->recent[at] = packet->hosts[i];
		census->recent_ms[at] = now_ms;
	}
}

/* The address may have come before anybody said whose it is. */
static void
hear_service(struct census *census, const struct mdns_service *service,
	const struct census_origin *origin, int64_t now_ms)
{
	struct entry *entry = entry_named(census, service->instance, now_ms);
	const struct mdns_host *host;

	if (entry == NULL)
		return;
	take_service(entry, service, origin, now_ms);
	if (entry->has_address || !entry->has_srv)
		return;
	host = best_host(census->recent, RECENT_HOSTS, entry, origin);
	if (host != NULL)
		take_address(entry, host, origin, now_ms);
}

void
census_hear(struct census *census, const struct mdns_packet *packet,
	const struct census_origin *origin, int64_t now_ms)
{
	keep_recent(census, packet, now_ms);
	for (size_t i = 0; i < packet->service_count; i++)
		hear_service(census, &packet->services[i], origin, now_ms);
	for (size_t i = 0; i < census->count && packet->host_count > 0; i++) {
		struct entry *entry = census->entries[i];
		const struct mdns_host *host = best_host(
			packet->hosts, packet->host_count, entry, origin);

		if (host != NULL && entry->has_srv)
			take_address(entry, host, origin, now_ms);
	}
}

/* When the entry can be reported, at the latest. */
static int64_t
ready_ms(const struct entry *entry)
{
	if (entry->complete_ms == 0)
		return entry->first_ms + CENSUS_RECORD_GRACE_MS;
	if (!entry->has_address)
		return entry->complete_ms + CENSUS_ADDRESS_GRACE_MS;
	return entry->first_ms;
}

/* SRV says where the service is: without it a long-lived PTR or TXT means little. */
static int64_t
ends_ms(const struct entry *entry)
{
	return entry->has_srv ? entry->srv_ends_ms : entry->other_ends_ms;
}

static void
drop(struct census *census, size_t at)
{
	free(census->entries[at]);
	census->entries[at] = census->entries[--census->count];
}

static void
describe(const struct entry *entry, struct device *device)
{
	const struct announced said = {
		.instance = entry->instance,
		.txt = entry->has_txt ? &entry->txt : NULL,
		.address = entry->has_address ? entry->address : entry->source,
		.port = entry->port,
		.interface = entry->interface,
	};

	announced_device(&said, device);
	device->seen_ms = entry->seen_ms;
}

/* What there is to say about one entry; false: nothing. */
static bool
report(struct entry *entry, int64_t now_ms, struct device *device,
	enum discover_change *change)
{
	if (!entry->is_fresh || ready_ms(entry) > now_ms)
		return false;
	entry->is_fresh = false;
	describe(entry, device);
	if (entry->is_told && !announced_differs(device, &entry->told))
		return false;
	*change = entry->is_told ? DISCOVER_CHANGED : DISCOVER_NEW;
	entry->is_told = true;
	entry->told = *device;
	return true;
}

bool
census_next(struct census *census, int64_t now_ms, struct device *device,
	enum discover_change *change)
{
	for (size_t left = census->count; left > 0 && census->count > 0; left--) {
		size_t at = census->turn++ % census->count;
		struct entry *entry = census->entries[at];
		bool was_told = entry->is_told;

		if (ends_ms(entry) > now_ms) {
			if (report(entry, now_ms, device, change))
				return true;
			continue;
		}
		*device = entry->told;
		*change = DISCOVER_GONE;
		drop(census, at);
		if (was_told)
			return true;
	}
	return false;
}

int64_t
census_due_ms(const struct census *census)
{
	int64_t due = NEVER;

	for (size_t i = 0; i < census->count; i++) {
		const struct entry *entry = census->entries[i];
		int64_t ready = ready_ms(entry), ends = ends_ms(entry);

		if (!entry->is_told && ready < due)
			due = ready;
		if (ends < due)
			due = ends;
	}
	return due;
}

static size_t
add_questions(const struct entry *entry, int64_t now_ms, struct mdns_question *questions,
	size_t most)
{
	size_t count = 0;

	if ((!entry->has_srv || now_ms >= entry->srv_fades_ms) && count < most)
		questions[count++] = (struct mdns_question){ entry->full_name, MDNS_SRV };
	if (!entry->has_txt && count < most)
		questions[count++] = (struct mdns_question){ entry->full_name, MDNS_TXT };
	if (entry->has_srv && !entry->has_address && entry->host[0] != '\0' &&
		count < most)
		questions[count++] = (struct mdns_question){ entry->host, MDNS_A };
	return count;
}

size_t
census_missing(struct census *census, int64_t now_ms, struct mdns_question *questions,
	size_t most)
{
	size_t count = 0;

	for (size_t i = 0; i < census->count && count < most; i++) {
		struct entry *entry = census->entries[i];
		size_t added;

		if (entry->full_name[0] == '\0' || entry->asks >= ASKS_MOST ||
			entry->ask_ms > now_ms)
			continue;
		added = add_questions(entry, now_ms, questions + count, most - count);
		if (added == 0)
			continue;
		count += added;
		entry->asks++;
		entry->ask_ms = now_ms + ASK_EVERY_MS;
	}
	return count;
}
