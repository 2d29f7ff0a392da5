/* free --keep-going: waits for devices and frees each as it appears. Nothing has to be
 * typed for the next one. */
/* SPDX-License-Identifier: MIT */
#include "cmd/free_wait.h"

#include <stdio.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "cmd/confirm.h"
#include "cmd/problem.h"
#include "fleet/event.h"
#include "fleet/survey.h"

enum { PEEK_EVERY_MS = 2000, KNOWN_MOST = 1024 };

static const struct err_code e_none = {
	"E-FREE-NONE-CAME", ERR_NOTHING_TO_DO,
	"Put a device into DIY mode, in the network this computer is in, and start again."
};
static const struct err_code e_some = { "E-FREE-SOME-FAILED", ERR_SOME_FAILED,
	"Read what is said above for each device, and run the command again." };

/* A device is tried once, and again when it has been away since a failure. */
struct wait {
	struct free_run *run;
	char tried[KNOWN_MOST][DEVICE_ID_SIZE];
	size_t tried_count, done, failed;
	bool was_interrupted; /* in the middle of a device */
};

struct journey
free_journey(struct free_run *run)
{
	return (struct journey){
		.plan = &run->plan,
		.overrides = run->order->overrides,
		.cancel = run->app->cancel,
	};
}

bool
free_gather_takeover(struct free_run *run, struct journey *journey, struct err *err)
{
	bool added;

	return journey_add_waiting(journey, &added, err) &&
		journey_add_unfinished(journey, err) &&
		(journey->count > 0 ||
			journey_add_takeover(
				journey, run->order->takeover.access_points[0], err));
}

static size_t
place_of(const struct wait *wait, const char *name)
{
	size_t i = 0;

	while (i < wait->tried_count && !text_equal_nocase(wait->tried[i], name))
		i++;
	return i;
}

static void
remember(struct wait *wait, const char *name)
{
	if (place_of(wait, name) == wait->tried_count && wait->tried_count < KNOWN_MOST)
		text_copy(wait->tried[wait->tried_count++], DEVICE_ID_SIZE, name);
}

static void
forget(struct wait *wait, const char *name)
{
	size_t place = place_of(wait, name);

	if (place < wait->tried_count)
		text_copy(wait->tried[place], DEVICE_ID_SIZE,
			wait->tried[--wait->tried_count]);
}

static void
invite(const struct wait *wait)
{
	static const char invitation[] =
		"waiting for the next device; Ctrl-C when there are no more";

	if (wait->run->app->json)
		event_print("message", NULL, json_pack("{s:s}", "text", invitation));
	else if (!wait->run->app->quiet)
		log_info("%s", invitation);
}

/* One failed device does not keep the others. Nothing to do is no failure. */
static void
count(struct wait *wait, const struct journey *journey, const char *name, struct err *err)
{
	bool nobody_came = wait->run->order->takes_over &&
		(err_kind(err) == ERR_NOT_FOUND || err_kind(err) == ERR_CANCELLED) &&
		!journey_has_changed(journey);

	if (err_kind(err) == ERR_NOTHING_TO_DO || nobody_came)
		return;
	if (err_kind(err) == ERR_CANCELLED)
		wait->was_interrupted = true;
	wait->failed++;
	err_while(err, "%s", name);
	problem_print(wait->run->app, err);
}

static void
take(struct wait *wait, struct journey *journey)
{
	struct err err = { 0 };
	char name[DEVICE_ID_SIZE];

	device_name(&journey->jobs[0].device, name);
	remember(wait, name);
	if (free_run_batch(wait->run, journey, &err))
		wait->done++;
	else
		count(wait, journey, name, &err);
	fflush(stdout); /* whoever reads it through a pipe waits as well */
	if (!cancel_asked(wait->run->app->cancel))
		invite(wait);
}

static bool
is_for_us(struct wait *wait, const struct sighting *seen)
{
	if (seen->change == DISCOVER_GONE) {
		forget(wait, seen->device.id);
		return false;
	}
	return seen->is_judged && seen->verdict.can_be_freed &&
		place_of(wait, seen->device.id) == wait->tried_count;
}

static bool
take_sighting(struct wait *wait, const struct sighting *seen, struct err *err)
{
	struct journey journey = free_journey(wait->run);
	struct gathered found = { .device = seen->device };
	bool ok = journey_add(&journey, &found, err);

	if (ok)
		take(wait, &journey);
	journey_clear(&journey);
	return ok;
}

/* Somebody has joined the access point of a device that was flashed before. */
static bool
take_waiting(struct wait *wait, struct err *err)
{
	struct journey journey = free_journey(wait->run);
	char name[DEVICE_ID_SIZE];
	bool added, ok = journey_add_waiting(&journey, &added, err);

	if (ok && added &&
		place_of(wait, device_name(&journey.jobs[0].device, name)) ==
			wait->tried_count)
		take(wait, &journey);
	journey_clear(&journey);
	return ok;
}

static bool
watch(struct wait *wait, struct err *err)
{
	const struct cancel *cancel = wait->run->app->cancel;
	struct survey_order order = {
		.catalog = wait->run->catalog,
		.listen = true,
		.interface = option_value(&wait->run->order->options, "interface"),
	};
	OWN_NEW(survey) survey = survey_start(&order, err);
	struct sighting seen;
	bool ok = survey != NULL;

	invite(wait);
	while (ok && !cancel_asked(cancel)) {
		if (!survey_next(survey, &seen, deadline_in(PEEK_EVERY_MS), cancel))
			ok = cancel_asked(cancel) || take_waiting(wait, err);
		else if (is_for_us(wait, &seen))
			ok = take_sighting(wait, &seen, err);
	}
	return ok;
}

/* Devices in pairing mode come one by one; a wait that ends without one begins anew. */
static bool
watch_pairing(struct wait *wait, struct err *err)
{
	struct free_run *run = wait->run;
	bool ok = true, is_first = true;

	while (ok && !cancel_asked(run->app->cancel)) {
		struct journey journey = free_journey(run);

		ok = is_first ? free_gather_takeover(run, &journey, err)
			      : journey_add_takeover(&journey,
					run->order->takeover.access_points[0], err);
		if (ok)
			take(wait, &journey);
		journey_clear(&journey);
		is_first = false;
	}
	return ok;
}

static bool
sum_up(const struct wait *wait, struct err *err)
{
	if (!wait->run->app->json)
		printf("%zu device%s freed, %zu failed.\n", wait->done,
			wait->done == 1 ? "" : "s", wait->failed);
	if (wait->was_interrupted)
		return err_set(err, &err_cancelled, "interrupted");
	if (wait->failed > 0)
		return err_set(err, &e_some, "%zu of %zu devices are not free",
			wait->failed, wait->failed + wait->done);
	return wait->done > 0 || err_set(err, &e_none, "no device came");
}

bool
free_wait(struct free_run *run, struct err *err)
{
	struct wait *wait;
	bool ok;

	if (!setup_check_names(&run->order->asked, err) ||
		!confirm(run->app,
			"This replaces the vendor firmware of every device in DIY mode that "
			"comes, for good. Continue?",
			err))
		return false;
	wait = xcalloc(1, sizeof *wait);
	wait->run = run;
	ok = run->order->takes_over ? watch_pairing(wait, err) : watch(wait, err);
	ok = ok && sum_up(wait, err);
	free(wait);
	return ok;
}
