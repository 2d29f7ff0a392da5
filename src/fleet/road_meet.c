/* Finding a device that runs Tasmota already, and the first words with it: which one it
 * is, and so how it is to be called. */
/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "device/find_again.h"
#include "device/tasmota_client.h"
#include "fleet/road_steps.h"
#include "host/network_watch.h"
#include "host/told_host.h"

static bool accepts_all(const struct flash_job *job, struct err *err);
static bool look(struct flash_job *job, struct err *err);
static bool meet(struct flash_job *job, struct err *err);

static const struct flash_step look_steps[] = { { "look", 100, 180000, look }, { 0 } };
const struct flash_method road_look = {
	.name = "look",
	.summary = "find a device that runs Tasmota already",
	.accepts = accepts_all,
	.steps = look_steps,
};

static const struct flash_step meet_steps[] = { { "meet", 100, 30000, meet }, { 0 } };
const struct flash_method road_meet = {
	.name = "meet",
	.summary = "ask which device it is, decide on its names",
	.accepts = accepts_all,
	.steps = meet_steps,
};

static const struct err_code e_not_seen = { "E-FREED-NOT-SEEN", ERR_NOT_FOUND,
	"Look for the open Wi-Fi tasmota-XXXXXX-####, join it with this computer and run the "
	"same command again; if there is none, switch the device off for 10 s and on." };

enum {
	ROUND_MS = 1000,
	LOOK_MS = 4000, /* one question */
	SEARCH_MS = 20000, /* one search by MAC */
};

static bool
accepts_all(const struct flash_job *job, struct err *err)
{
	(void)job;
	(void)err;
	return true;
}

/* `is_named`: the user, or the device itself, has said that it is there. */
static bool
look_at(struct flash_job *job, struct sockaddr_in place, bool is_named)
{
	const struct road *road = job->wishes;
	OWN_NEW(tasmota_client) client = NULL;
	struct tasmota_state state;
	struct err err = { 0 };

	if (place.sin_addr.s_addr == INADDR_ANY)
		return false;
	client = setup_client_new(&road->wishes, place, job->cancel);
	tasmota_client_patience(client, LOOK_MS);
	tasmota_state_init(&state);
	if (!tasmota_ask_status(client, 5, &state, &err)) {
		log_debug("no Tasmota there: %s", err.text);
		return false;
	}
	if ((!is_named || road->known.mac[0] != '\0') &&
		!recall_may_be(road->plan->journal, &road->known, &state))
		return false;
	job->seen_at = place;
	return true;
}

/* Who is met there without a MAC to compare must be the device the journal lost. */
static bool
may_be_in_access_point(const struct flash_job *job)
{
	const struct road *road = job->wishes;
	struct sockaddr_in place = road->plan->access_point;

	return (road->known.mac[0] != '\0' || road->known.was_offered) &&
		place.sin_addr.s_addr != INADDR_ANY &&
		network_is_joined(place.sin_addr, NULL);
}

static bool
look_around(struct flash_job *job)
{
	const struct road *road = job->wishes;
	struct sockaddr_in own = job->device.address, known = road->known.address;

	/* The old API's port says nothing about the new firmware's. */
	if (own.sin_addr.s_addr != road->plan->access_point.sin_addr.s_addr)
		own.sin_port = htons(road->plan->web_port);
	known.sin_port = htons(road->plan->web_port);
	return look_at(job, own, true) || look_at(job, known, false) ||
		(may_be_in_access_point(job) &&
			look_at(job, road->plan->access_point, true));
}

static void
say(void *context, const char *sentence)
{
	flash_say(context, "%s", sentence);
}

static bool
search_by_mac(struct flash_job *job, struct deadline until)
{
	const struct road *road = job->wishes;
	const char *wanted = recall_mac(&road->known);
	struct find_order order = {
		.mac = wanted,
		.web_port = road->plan->web_port,
		.web_password = road->wishes.web_password,
		.web_password_too = road->wishes.web_password_now,
		.broker = road->wishes.broker,
		.network = road->wishes.network,
		.interface = road->wishes.interface,
		.until = deadline_sooner(until, deadline_in(SEARCH_MS)),
		.cancel = job->cancel,
		.say = say,
		.context = job,
	};
	char mac[13];

	return *wanted != '\0' && find_again(&order, &job->seen_at, mac, NULL);
}

static bool
explain_not_found(struct flash_job *job, struct err *err)
{
	const struct road *road = job->wishes;
	char name[DEVICE_ID_SIZE];

	if (cancel_asked(job->cancel))
		return err_set(err, &err_cancelled, "stopped while looking for it");
	*err = road->why_not;
	if (road->known.mac[0] == '\0' && !road->known.was_offered && err->code != NULL)
		return false;
	return err_set(err, &e_not_seen,
		"%s was flashed by an earlier run, but does not answer now",
		device_name(&job->device, name));
}

/* Only a device that an earlier run has seen as Tasmota, or may have flashed, is worth
 * waiting for. */
static bool
look(struct flash_job *job, struct err *err)
{
	const struct road *road = job->wishes;
	struct deadline until = flash_patience(job);
	bool is_worth_it = road->known.mac[0] != '\0' || road->known.was_offered;
	bool found = look_around(job);

	if (!found && is_worth_it)
		flash_say(job,
			"an earlier run has flashed it: looking for it. If the open Wi-Fi "
			"tasmota-XXXXXX-#### is there, join it with this computer");
	while (!found && is_worth_it && !deadline_passed(until) &&
		clock_pause(ROUND_MS, job->cancel))
		found = search_by_mac(job, until) || look_around(job);
	return found || explain_not_found(job, err);
}

/* Between flash and setup: silence no longer means that the image may be broken, and the
 * first interrupt is heard again. */
static void
leave_flash_behind(struct road *road, struct flash_job *job)
{
	road->was_flashed = road->is_flashing;
	job->image_was_sent = job->offered = false;
	job->device.address = job->seen_at;
}

/* A device asked by its address alone may have a past in the journal. */
static bool
remember(struct road *road, struct flash_job *job, const char *mac, struct err *err)
{
	struct device *device = &job->device;

	if (!road->is_flashing && road->known.mac[0] == '\0' &&
		!recall(road->plan->journal, mac, &road->known, err))
		return false;
	if (device->id[0] == '\0')
		text_copy(device->id, sizeof device->id,
			road->known.device[0] != '\0' ? road->known.device : mac);
	text_copy(device->mac, sizeof device->mac, mac);
	flash_learned(job);
	return true;
}

/* A broker on this computer is told by the address the device reaches it at. */
static bool
tell_host(struct road *road, const struct flash_job *job, struct err *err)
{
	const char **host = &road->wishes.settings.want[SETTING_MQTT_HOST];

	if (*host == NULL)
		return true;
	free(road->host);
	road->host = told_host(*host, job->device.address.sin_addr,
		road->plan->access_point.sin_addr, err);
	*host = road->host;
	return road->host != NULL;
}

static bool
meet(struct flash_job *job, struct err *err)
{
	struct road *road = job->wishes;
	const struct sockaddr_in *point = &road->plan->access_point;
	OWN_NEW(tasmota_client) client = NULL;
	struct tasmota_state state;

	leave_flash_behind(road, job);
	client = setup_client_new(&road->wishes, job->device.address, job->cancel);
	tasmota_state_init(&state);
	tasmota_client_patience(client, flash_scaled_ms(job, job->step->patience_ms));
	if (!tasmota_ask_status(client, 5, &state, err) ||
		!remember(road, job, state.mac, err))
		return false;
	road->wishes.in_access_point = job->device.address.sin_addr.s_addr ==
			point->sin_addr.s_addr &&
		job->device.address.sin_port == point->sin_port;
	recall_fill(&road->known, job->device.id, state.mac, &road->plan->home,
		&road->names, &road->wishes.settings);
	return tell_host(road, job, err) && setup_check(&road->wishes, err);
}
