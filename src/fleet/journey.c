/* Which devices take the road together, and where each of them begins. */
/* SPDX-License-Identifier: MIT */
#include "fleet/journey.h"

#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "device/tasmota_client.h"
#include "flash/methods.h"
#include "flash/takeover.h"
#include "host/network_watch.h"
#include "net/socket.h"

enum { PEEK_MS = 3000 };

void
journey_clear(struct journey *journey)
{
	for (size_t i = 0; i < journey->count; i++)
		road_free(journey->roads[i]);
	free(journey->roads);
	free(journey->jobs);
	journey->roads = NULL;
	journey->jobs = NULL;
	journey->count = journey->flashing = 0;
}

static void
add(struct journey *journey, struct road *road, const struct job *job)
{
	size_t count = journey->count + 1;

	journey->jobs = xrealloc(journey->jobs, count, sizeof *journey->jobs);
	journey->roads = xrealloc(journey->roads, count, sizeof *journey->roads);
	journey->jobs[journey->count] = *job;
	journey->roads[journey->count] = road;
	journey->count = count;
}

static void
add_road(struct journey *journey, const struct flash_method *way_in,
	const struct device *device, const struct recalled *known,
	const struct err *why_not)
{
	struct road *road = road_new(journey->plan, way_in, known, why_not);
	struct job job = road_job(road, device);

	if (job.device.id[0] == '\0')
		text_copy(job.device.id, sizeof job.device.id, known->device);
	journey->flashing += way_in != NULL;
	add(journey, road, &job);
}

static void
add_refused(struct journey *journey, const struct device *device, const struct err *why)
{
	struct job job = {
		.method = flash_method_named("diy"), .device = *device, .refusal = *why
	};

	add(journey, NULL, &job);
}

/* Why the device can not be flashed; no code when it can. */
static void
judge(const struct journey *journey, const struct gathered *found,
	struct verdict *verdict)
{
	verdict_judge(journey->plan->home.catalog, &found->device,
		found->err.code != NULL ? &found->err : NULL, &journey->overrides,
		verdict);
}

static bool
may_be_tasmota(const struct err *why_not)
{
	return err_kind(why_not) == ERR_NOTHING_TO_DO ||
		job_outcome_for(why_not, false) == JOB_RETRY;
}

bool
journey_add(struct journey *journey, const struct gathered *found, struct err *err)
{
	char name[DEVICE_ID_SIZE], address[DEVICE_ADDRESS_SIZE];
	struct verdict verdict;
	struct recalled known;

	if (!recall(journey->plan->journal, device_name(&found->device, name), &known,
		    err))
		return false;
	judge(journey, found, &verdict);
	/* An earlier run may have begun at this address, and learned its name. */
	if (!verdict.can_be_freed && known.device[0] == '\0' &&
		may_be_tasmota(&verdict.why_not) &&
		!recall_at(journey->plan->journal,
			device_address(&found->device, address), &known, err))
		return false;
	if (verdict.can_be_freed) {
		/* What it was once does not count: the vendor's firmware answers. */
		known.mac[0] = known.model[0] = '\0';
		add_road(journey, flash_method_named(verdict.method), &found->device,
			&known, NULL);
	} else if (may_be_tasmota(&verdict.why_not)) {
		add_road(journey, NULL, &found->device, &known, &verdict.why_not);
	} else {
		add_refused(journey, &found->device, &verdict.why_not);
	}
	return true;
}

/* The name of the device that was flashed before anybody could ask its MAC. */
static bool
recall_nameless(struct journey *journey, struct recalled *out, struct err *err)
{
	OWN(unfinished_roads) roads = { 0 };
	bool ok = recall_unfinished(journey->plan->journal, &roads, err);

	*out = (struct recalled){ .address = { .sin_family = AF_INET } };
	for (size_t i = roads.count; ok && i-- > 0;) {
		ok = recall(journey->plan->journal, roads.all[i].device, out, err);
		if (ok && out->mac[0] == '\0' && out->was_offered)
			return true;
		*out = (struct recalled){ .address = { .sin_family = AF_INET } };
	}
	return ok;
}

static bool
add_known(struct journey *journey, const char *name, bool in_access_point, bool *added,
	struct err *err)
{
	struct device device = { .address = { .sin_family = AF_INET },
		.kind = DEVICE_TASMOTA };
	struct recalled known;
	char mac[13];
	bool is_mac = tasmota_read_mac(name, mac);

	if (!recall(journey->plan->journal, is_mac ? mac : name, &known, err) ||
		(is_mac && known.device[0] == '\0' && in_access_point &&
			!recall_nameless(journey, &known, err)))
		return false;
	*added = is_mac || known.mac[0] != '\0';
	if (!*added)
		return true;
	if (is_mac)
		memcpy(known.mac, mac, sizeof mac);
	text_copy(device.id, sizeof device.id,
		known.device[0] != '\0' ? known.device : known.mac);
	add_road(journey, NULL, &device, &known, NULL);
	return true;
}

static bool
may_call(const struct recalled *known)
{
	return known->was_told && known->mac[0] == '\0';
}

bool
journey_add_takeover(
	struct journey *journey, struct sockaddr_in access_point, struct err *err)
{
	struct device device = { .address = access_point };
	struct recalled nothing = { .address = { .sin_family = AF_INET } }, known;
	OWN(unfinished_roads) roads = { 0 };

	if (!recall_unfinished(journey->plan->journal, &roads, err))
		return false;
	for (size_t i = roads.count; i-- > 0 && device.id[0] == '\0';) {
		if (!recall(journey->plan->journal, roads.all[i].device, &known, err))
			return false;
		if (may_call(&known))
			text_copy(device.id, sizeof device.id, known.device);
	}
	add_road(journey, &flash_takeover, &device, &nothing, NULL);
	return true;
}

static bool
is_in(const struct journey *journey, const char *name)
{
	for (size_t i = 0; i < journey->count; i++)
		if (text_equal_nocase(journey->jobs[i].device.id, name))
			return true;
	return false;
}

/* One look. Addresses go from one device to another. */
static bool
answers_at(const struct journey *journey, struct sockaddr_in place,
	const struct recalled *known)
{
	OWN_NEW(tasmota_client) client = NULL;
	struct tasmota_state state;

	if (place.sin_addr.s_addr == INADDR_ANY ||
		!network_is_joined(place.sin_addr, NULL))
		return false;
	client = tasmota_client_new(
		place, journey->plan->wishes.web_password, journey->cancel);
	tasmota_client_patience(client, PEEK_MS);
	tasmota_state_init(&state);
	return tasmota_ask_status(client, 5, &state, NULL) && state.mac[0] != '\0' &&
		recall_may_be(journey->plan->journal, known, &state);
}

/* Where it was met, or where it was before it was flashed. */
static bool
is_there(const struct journey *journey, const struct recalled *known)
{
	struct journal *journal = journey->plan->journal;
	struct sockaddr_in places[2] = { known->address, { .sin_family = AF_INET } };
	struct last_job last;

	if (journal_last_job(journal, known->device, &last, NULL) && last.job != 0)
		socket_read_address(last.address, 0, &places[1]);
	for (size_t i = 0; i < COUNT_OF(places); i++) {
		places[i].sin_port = htons(journey->plan->web_port);
		if (answers_at(journey, places[i], known))
			return true;
	}
	return false;
}

/* The run before this one was stopped in the middle of it: that is what the user wants to
 * go on with. It can be searched for by its MAC. */
static bool
is_worth_a_search(
	const struct unfinished_roads *roads, size_t i, const struct recalled *known)
{
	return roads->all[i].job == roads->last_job && roads->all[i].was_broken_off &&
		known->mac[0] != '\0';
}

bool
journey_add_unfinished(struct journey *journey, struct err *err)
{
	struct device device = { .kind = DEVICE_TASMOTA };
	OWN(unfinished_roads) roads = { 0 };
	struct recalled known;

	if (!recall_unfinished(journey->plan->journal, &roads, err))
		return false;
	for (size_t i = 0; i < roads.count; i++) {
		if (!recall(journey->plan->journal, roads.all[i].device, &known, err))
			return false;
		if ((known.mac[0] == '\0' && !known.was_offered) ||
			is_in(journey, known.device))
			continue;
		device.address = known.address;
		text_copy(device.id, sizeof device.id, known.device);
		if (is_worth_a_search(&roads, i, &known) || is_there(journey, &known))
			add_road(journey, NULL, &device, &known, NULL);
		else if (!may_call(&known))
			log_info("%s was flashed before, but is not set up: \"airlift "
				 "free %s\" looks for it",
				known.device, known.device);
	}
	return true;
}

bool
journey_add_known(struct journey *journey, const char *name, bool *added, struct err *err)
{
	return add_known(journey, name, false, added, err);
}

bool
journey_add_waiting(struct journey *journey, bool *added, struct err *err)
{
	struct sockaddr_in point = journey->plan->access_point;
	OWN_NEW(tasmota_client) client = NULL;
	struct tasmota_state state;

	*added = false;
	if (point.sin_addr.s_addr == INADDR_ANY ||
		!network_is_joined(point.sin_addr, NULL))
		return true;
	client = setup_client_new(&journey->plan->wishes, point, journey->cancel);
	tasmota_client_patience(client, PEEK_MS);
	tasmota_state_init(&state);
	if (!tasmota_ask_status(client, 5, &state, NULL) || state.mac[0] == '\0')
		return true;
	return add_known(journey, state.mac, true, added, err);
}

bool
journey_has_changed(const struct journey *journey)
{
	for (size_t i = 0; i < journey->count; i++)
		if (journey->roads[i] != NULL && road_has_changed(journey->roads[i]))
			return true;
	return false;
}
