/* The whole road of one device. Each leg is a flash method of its own and finds in its job
 * what it would find if it ran alone. */
/* SPDX-License-Identifier: MIT */
#include "fleet/road.h"

#include <assert.h>

#include "base/memory.h"
#include "fleet/remember.h"
#include "fleet/road_steps.h"

enum { SEE_AGAIN_MS = 240000 }; /* its access point is open for three minutes */

/* Its names and its hardware are decided on later, when it does not say any more. */
static void
learn_kind(struct road *road, const struct device *device)
{
	struct recalled *known = &road->known;

	if (road->is_flashing && known->model[0] == '\0')
		remember_kind(
			road->plan->home.catalog, device, known->model, known->hardware);
}

/* Runs a step of a leg as that leg's method would. */
static bool
run_step(struct flash_job *job, struct err *err)
{
	struct road *road = job->wishes;
	size_t at = (size_t)(job->step - road->steps);
	struct road_leg *leg = road->leg_of[at];
	bool ok;

	job->access_point = road->plan->access_point;
	job->wishes = leg->wishes;
	job->own = leg->own;
	ok = road->origin[at]->run(job, err);
	leg->own = job->own;
	job->own = NULL;
	job->wishes = road;
	if (ok && leg == road->legs)
		learn_kind(road, &job->device);
	if (!ok && road->was_flashed)
		err_while(err, "it is flashed and runs %s; after that", job->proof);
	return ok;
}

static bool
accepts(const struct flash_job *job, struct err *err)
{
	const struct road *road = job->wishes;

	return setup_check(&road->wishes, err) && road->legs[0].method->accepts(job, err);
}

static void
finish(struct flash_job *job)
{
	struct road *road = job->wishes;

	for (unsigned i = 0; i < road->leg_count; i++) {
		struct road_leg *leg = &road->legs[i];

		job->own = leg->own;
		job->wishes = leg->wishes;
		if (leg->method->finish != NULL)
			leg->method->finish(job);
		leg->own = NULL;
	}
	job->own = NULL;
	job->wishes = road;
}

static void
add_leg(struct road *road, const struct flash_method *method, unsigned share,
	void *wishes)
{
	struct road_leg *leg = &road->legs[road->leg_count++];

	*leg = (struct road_leg){ method, share, wishes, NULL };
	for (const struct flash_step *step = method->steps; step->name != NULL; step++) {
		unsigned at = road->step_count++;

		assert(at < ROAD_STEPS_MOST);
		road->origin[at] = step;
		road->leg_of[at] = leg;
		road->steps[at] = *step;
		road->steps[at].share = step->share * share / 100;
		road->steps[at].run = run_step;
	}
}

/* The last step of a flash: the person may have to change networks meanwhile. */
static void
allow_for_hands(struct road *road)
{
	struct flash_step *prove = &road->steps[road->step_count - 1];

	if (prove->patience_ms < SEE_AGAIN_MS &&
		road->plan->access_point.sin_addr.s_addr != INADDR_ANY)
		prove->patience_ms = SEE_AGAIN_MS;
}

struct road *
road_new(const struct road_plan *plan, const struct flash_method *way_in,
	const struct recalled *known, const struct err *why_not)
{
	struct road *road = xcalloc(1, sizeof *road);
	bool hands_over = road_wants_handover(plan->home.profile);

	road->plan = plan;
	road->known = *known;
	road->wishes = plan->wishes;
	road->is_flashing = way_in != NULL;
	if (why_not != NULL)
		road->why_not = *why_not;
	if (road->is_flashing) {
		add_leg(road, way_in, 60, NULL);
		allow_for_hands(road);
	} else {
		add_leg(road, &road_look, 20, road);
	}
	add_leg(road, &road_meet, 4, road);
	add_leg(road, &flash_setup, road->is_flashing ? 32 : 72, &road->wishes);
	if (hands_over)
		add_leg(road, &road_hand_over, 4, road);
	road->method = (struct flash_method){
		.name = "free",
		.summary = "the whole road",
		.accepts = accepts,
		.finish = finish,
		.steps = road->steps,
	};
	return road;
}

void
road_free(struct road *road)
{
	if (road == NULL)
		return;
	free(road->host);
	free(road);
}

struct job
road_job(struct road *road, const struct device *device)
{
	return (struct job){
		.method = &road->method,
		.device = *device,
		.wishes = road,
	};
}

bool
road_is_flashing(const struct road *road)
{
	return road->is_flashing;
}

/* A pattern that has no value yet. */
static void
offer_pattern(const char **want, const char *pattern)
{
	if (*want == NULL)
		*want = pattern;
}

void
road_foresee(struct road *road, const struct device *device, struct settings *out)
{
	const struct profile *profile = road->plan->home.profile;
	const char *mac = road->known.mac[0] != '\0' ? road->known.mac : NULL;

	learn_kind(road, device);
	*out = road->wishes.settings;
	recall_fill(&road->known, device->id, mac, &road->plan->home, &road->names, out);
	if (profile == NULL || mac != NULL)
		return;
	offer_pattern(&out->want[SETTING_TOPIC], profile->naming.topic);
	offer_pattern(&out->want[SETTING_HOSTNAME], profile->naming.hostname);
	offer_pattern(&out->want[SETTING_DEVICE_NAME], profile->naming.name);
	offer_pattern(&out->want[SETTING_FRIENDLY_NAME], profile->naming.name);
}

bool
road_has_changed(const struct road *road)
{
	return road->was_flashed || road->wishes.changed || road->known.is_unfinished;
}
