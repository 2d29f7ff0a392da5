/* What earlier runs have written into the journal about a device. */
/* SPDX-License-Identifier: MIT */
#include "fleet/recall.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "net/socket.h"

static const char hardware_follows[] = "\", hardware ";

void
recall_write_kind(const char *model, const char *hardware, char out[RECALL_TEXT_SIZE])
{
	snprintf(out, RECALL_TEXT_SIZE, "model \"%s%s%s", model,
		*hardware != '\0' ? hardware_follows : "\"", hardware);
}

void
recall_write_place(
	const char *mac, const struct sockaddr_in *address, char out[RECALL_TEXT_SIZE])
{
	char host[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &address->sin_addr, host, sizeof host);
	snprintf(out, RECALL_TEXT_SIZE, "MAC %s answers at %s:%u", mac, host,
		ntohs(address->sin_port));
}

void
recall_write_vendor_mac(const char *mac, char out[RECALL_TEXT_SIZE])
{
	snprintf(out, RECALL_TEXT_SIZE, "MAC %s under the vendor's firmware", mac);
}

/* All readers take their own form only; the journal is this user's own file, but what
 * stands in it came from devices once. */
static bool
read_place(const char *detail, char mac[13], struct sockaddr_in *address)
{
	char place[DEVICE_ADDRESS_SIZE];

	return sscanf(detail, "MAC %12[0-9A-F] answers at %23[0-9.:]", mac, place) == 2 &&
		strlen(mac) == 12 && socket_read_address(place, 0, address);
}

static bool
read_vendor_mac(const char *detail, char mac[13])
{
	char seen[13];
	int end = 0;

	if (sscanf(detail, "MAC %12[0-9A-F]%n", seen, &end) != 1 || strlen(seen) != 12 ||
		strcmp(detail + end, " under the vendor's firmware") != 0)
		return false;
	memcpy(mac, seen, sizeof seen);
	return true;
}

static bool
read_kind(const char *detail, struct recalled *out)
{
	const char *model = detail + strlen("model \""), *end, *hardware = "";

	if (!text_starts_with(detail, "model \""))
		return false;
	end = strstr(model, hardware_follows);
	if (end != NULL)
		hardware = end + strlen(hardware_follows);
	else if ((end = strrchr(model, '"')) == NULL || end[1] != '\0')
		return false;
	return text_copy_bytes(
		       out->model, sizeof out->model, model, (size_t)(end - model)) &&
		text_copy(out->hardware, sizeof out->hardware, hardware);
}

struct search {
	const char *name;
	struct recalled *out;
	bool is_linked; /* a device of another name was met under this MAC */
};

static bool
is_good_end(const struct fact *fact)
{
	return strcmp(fact->step, "outcome") == 0 &&
		text_starts_with(fact->detail, "done:");
}

static bool
is_of_road(const struct fact *fact)
{
	return strcmp(fact->method, "free") == 0;
}

static bool
has_mac(const struct fact *fact, const char *wanted)
{
	struct sockaddr_in address;
	char mac[13];

	return (read_place(fact->detail, mac, &address) ||
		       read_vendor_mac(fact->detail, mac)) &&
		strcmp(mac, wanted) == 0;
}

/* Which device is meant: by its name, or by the MAC it was met under. Addresses change. A
 * Tasmota that was upgraded later is called by its MAC there, but the name it was given by
 * the vendor leads to all that is known. */
static void
find_name(const struct fact *fact, void *context)
{
	struct search *search = context;
	bool is_own = text_equal_nocase(fact->device, search->name);
	bool is_link = !is_own && has_mac(fact, search->name);

	if (!is_link && (!is_own || search->is_linked))
		return;
	search->is_linked = is_link;
	text_copy(search->out->device, sizeof search->out->device, fact->device);
}

static void
learn(const struct fact *fact, void *context)
{
	struct recalled *out = context;
	struct sockaddr_in address;
	char mac[13], place[DEVICE_ADDRESS_SIZE];

	if (read_place(fact->detail, mac, &address)) {
		memcpy(out->mac, mac, sizeof mac);
		out->address = address;
	}
	read_vendor_mac(fact->detail, out->vendor_mac);
	if (sscanf(fact->detail, "is at %23[0-9.:] now", place) == 1 &&
		socket_read_address(place, 0, &address))
		out->address = address;
	read_kind(fact->detail, out);
	out->is_unfinished = is_of_road(fact) && !is_good_end(fact);
	out->was_told = out->was_told || text_starts_with(fact->detail, "told to join");
	/* Whoever was told to fetch the intermediate image fetches the rest from anybody. */
	out->was_offered = out->was_offered || strcmp(fact->step, "offer") == 0 ||
		strcmp(fact->step, "upgrade") == 0 ||
		strcmp(fact->step, "finalstage") == 0;
}

bool
recall(struct journal *journal, const char *name, struct recalled *out, struct err *err)
{
	struct search search = { name, out, false };
	struct last_job last;

	*out = (struct recalled){ .address = { .sin_family = AF_INET } };
	if (!journal_read(journal, NULL, 0, find_name, &search, err))
		return false;
	if (out->device[0] == '\0')
		return true;
	if (!journal_read(journal, out->device, 0, learn, out, err) ||
		!journal_last_job(journal, out->device, &last, err))
		return false;
	/* In pairing mode all devices have the same address. */
	if (out->address.sin_addr.s_addr == INADDR_ANY && last.job != 0 &&
		!out->was_told && !socket_read_address(last.address, 0, &out->address))
		out->address = (struct sockaddr_in){ .sin_family = AF_INET };
	return true;
}

const char *
recall_mac(const struct recalled *known)
{
	return known->mac[0] != '\0' ? known->mac : known->vendor_mac;
}

void
recall_fill(const struct recalled *known, const char *id, const char *mac,
	const struct home *home, struct home_names *names, struct settings *settings)
{
	struct profile_facts facts = { .model = known->model, .mac = mac };

	/* Devices that were never the vendor's are named by their MAC. */
	if (device_is_id(known->device))
		facts.id = known->device;
	else if (id != NULL && device_is_id(id))
		facts.id = id;
	home_fill(home, &facts, known->hardware, names, settings);
}

bool
recall_at(struct journal *journal, const char *address, struct recalled *out,
	struct err *err)
{
	struct last_job last;

	*out = (struct recalled){ .address = { .sin_family = AF_INET } };
	if (!journal_last_job(journal, address, &last, err))
		return false;
	return last.job == 0 || recall(journal, last.device, out, err);
}

/* Tasmota's own host name has the tail of its MAC, until it is given a topic or a name. */
static bool
has_made_up_name(const struct tasmota_state *state)
{
	enum { TAIL = 6 };
	size_t len = strlen(state->mac);

	return len > TAIL && strcasestr(state->hostname, state->mac + len - TAIL) != NULL;
}

bool
recall_may_be(struct journal *journal, const struct recalled *known,
	const struct tasmota_state *state)
{
	struct recalled other;

	if (known->mac[0] != '\0')
		return strcmp(known->mac, state->mac) == 0;
	if (known->vendor_mac[0] != '\0' && strcmp(known->vendor_mac, state->mac) == 0)
		return true;
	return has_made_up_name(state) && recall(journal, state->mac, &other, NULL) &&
		other.device[0] == '\0';
}

void
unfinished_roads_clear(struct unfinished_roads *roads)
{
	free(roads->all);
	*roads = (struct unfinished_roads){ 0 };
}

static struct unfinished_road *
road_of(struct unfinished_roads *roads, const char *device)
{
	size_t count = roads->count;

	for (size_t i = 0; i < count; i++)
		if (strcmp(roads->all[i].device, device) == 0)
			return &roads->all[i];
	roads->all = xrealloc(roads->all, count + 1, sizeof *roads->all);
	roads->all[count] = (struct unfinished_road){ 0 };
	text_copy(roads->all[count].device, DEVICE_ID_SIZE, device);
	roads->count++;
	return &roads->all[count];
}

static void
follow(const struct fact *fact, void *context)
{
	struct unfinished_roads *roads = context;
	struct unfinished_road *road = road_of(roads, fact->device);

	if (fact->job > roads->last_job)
		roads->last_job = fact->job;
	road->job = fact->job;
	road->is_over = !is_of_road(fact) || is_good_end(fact);
	road->was_broken_off = strcmp(fact->step, "outcome") != 0 ||
		text_starts_with(fact->detail, "stopped:") ||
		strstr(fact->detail, "E-CANCELLED") != NULL;
}

static int
by_job(const void *left, const void *right)
{
	const struct unfinished_road *a = left, *b = right;

	return (a->job > b->job) - (a->job < b->job);
}

bool
recall_unfinished(struct journal *journal, struct unfinished_roads *out, struct err *err)
{
	size_t kept = 0;

	*out = (struct unfinished_roads){ 0 };
	if (!journal_read(journal, NULL, 0, follow, out, err))
		return false;
	for (size_t i = 0; i < out->count; i++)
		if (!out->all[i].is_over)
			out->all[kept++] = out->all[i];
	out->count = kept;
	if (kept > 1)
		qsort(out->all, kept, sizeof *out->all, by_job);
	return true;
}
