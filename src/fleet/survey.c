/* A look around. Threads meet at one table of devices, behind one lock; a row remembers
 * whether its news have been told, so that a slow reader misses nothing but steps. */
/* SPDX-License-Identifier: MIT */
#include "fleet/survey.h"

#include <string.h>

#include "base/log.h"
#include "base/monitor.h"
#include "base/text.h"
#include "device/probe.h"

enum { ASK_AGAIN_MS = 15000 }; /* a device that did not answer, when it is heard again */

enum row_state { ROW_TO_ASK, ROW_BEING_ASKED, ROW_DONE };

struct row {
	struct sighting sighting;
	struct err failure; /* why the last question failed */
	enum row_state state;
	int64_t asked_ms;
	bool has_news;
	bool is_told; /* at least once */
	bool is_gone;
	bool ask_again; /* it moved while it was being asked */
};

/* A thread that ends when nobody is left to be asked. */
struct asker {
	struct survey *survey;
	pthread_t thread;
	bool was_started; /* and not joined */
	bool is_running;
};

struct survey {
	struct monitor monitor;
	const struct catalog *catalog;
	struct row **rows;
	size_t count;
	size_t turn;
	struct discovery *discovery; /* of the listening thread alone, once it runs */
	char *asked;
	pthread_t listener;
	bool is_listening;
	struct asker askers[SURVEY_ASK_MOST];
	unsigned next_number;
	struct cancel stop;
};

static bool
is_same(const struct device *a, const struct device *b)
{
	if (a->id[0] != '\0' && b->id[0] != '\0')
		return text_equal_nocase(a->id, b->id);
	return a->address.sin_addr.s_addr == b->address.sin_addr.s_addr &&
		a->address.sin_port == b->address.sin_port;
}

static struct row *
row_of(struct survey *survey, const struct device *device)
{
	for (size_t i = 0; i < survey->count; i++)
		if (is_same(&survey->rows[i]->sighting.device, device))
			return survey->rows[i];
	return NULL;
}

/* Another row for the same device: it was asked by address, and heard or asked elsewhere
 * as well. */
static struct row *
twin_of(struct survey *survey, const struct row *row)
{
	for (size_t i = 0; i < survey->count; i++) {
		struct row *other = survey->rows[i];

		if (other != row && !other->is_gone &&
			is_same(&other->sighting.device, &row->sighting.device))
			return other;
	}
	return NULL;
}

static struct row *
add_row(struct survey *survey, const struct device *device)
{
	struct row *row = xcalloc(1, sizeof *row);

	row->sighting.device = *device;
	row->sighting.number = survey->next_number++;
	survey->rows = xrealloc(survey->rows, survey->count + 1, sizeof *survey->rows);
	return survey->rows[survey->count++] = row;
}

static void
remove_row(struct survey *survey, const struct row *row)
{
	for (size_t i = 0; i < survey->count; i++)
		if (survey->rows[i] == row)
			survey->rows[i] = survey->rows[--survey->count];
}

static void
tell(struct survey *survey, struct row *row)
{
	row->has_news = true;
	monitor_ring(&survey->monitor);
}

static void
judge(struct survey *survey, struct row *row)
{
	struct sighting *sighting = &row->sighting;

	catalog_name_device(survey->catalog, &sighting->device);
	verdict_judge(survey->catalog, &sighting->device,
		row->failure.code != NULL ? &row->failure : NULL, NULL,
		&sighting->verdict);
	sighting->is_judged = true;
}

/* The answer to a device that was asked while the lock was free. */
static void
take_answer(struct survey *survey, struct row *row, const struct device *answer,
	const struct err *failure)
{
	struct sighting *sighting = &row->sighting;
	struct row *twin;

	row->state = row->ask_again ? ROW_TO_ASK : ROW_DONE;
	if (row->ask_again || row->is_gone)
		return;
	row->failure = *failure;
	if (answer->answered || sighting->device.seen_ms == 0)
		sighting->device = *answer;
	sighting->is_there |= sighting->device.seen_ms > 0 || answer->answered ||
		err_kind(failure) == ERR_NOT_ELIGIBLE;
	twin = row->is_told ? NULL : twin_of(survey, row);
	if (twin != NULL) {
		twin->sighting.was_asked_for |= sighting->was_asked_for;
		row->is_gone = true;
		return;
	}
	judge(survey, row);
	tell(survey, row);
}

static void
ask(struct survey *survey, struct row *row)
{
	struct device device = row->sighting.device;
	struct err failure = { 0 };

	row->state = ROW_BEING_ASKED;
	row->ask_again = false;
	row->asked_ms = clock_steady_ms();
	monitor_leave(&survey->monitor);
	{
		OWN_NEW(diy_client) client = diy_client_new(&device, &survey->stop);

		probe_device(client, survey->catalog, &device, &failure);
	}
	monitor_enter(&survey->monitor);
	take_answer(survey, row, &device, &failure);
}

static struct row *
row_to_ask(struct survey *survey)
{
	for (size_t i = 0; i < survey->count; i++)
		if (survey->rows[i]->state == ROW_TO_ASK && !survey->rows[i]->is_gone)
			return survey->rows[i];
	return NULL;
}

static void *
ask_devices(void *context)
{
	struct asker *asker = context;
	struct survey *survey = asker->survey;
	struct row *row;

	monitor_enter(&survey->monitor);
	while (!cancel_asked(&survey->stop) && (row = row_to_ask(survey)) != NULL)
		ask(survey, row);
	asker->is_running = false;
	monitor_leave(&survey->monitor);
	return NULL;
}

/* One more thread, if there may be one. A finished one is joined first: that does not
 * take long, it has left the lock for good. */
static void
start_asker(struct survey *survey)
{
	for (size_t i = 0; i < SURVEY_ASK_MOST; i++) {
		struct asker *asker = &survey->askers[i];

		if (asker->is_running)
			continue;
		if (asker->was_started)
			pthread_join(asker->thread, NULL);
		asker->survey = survey;
		asker->was_started = asker->is_running = thread_start(
			&asker->thread, ask_devices, asker);
		return;
	}
}

/* What needs no question is judged at once. */
static void
want_answer(struct survey *survey, struct row *row)
{
	enum device_kind kind = row->sighting.device.kind;
	bool is_being_asked = row->state == ROW_BEING_ASKED;

	row->ask_again = is_being_asked;
	row->failure = (struct err){ 0 };
	if (kind == DEVICE_EWELINK || kind == DEVICE_FOREIGN) {
		judge(survey, row);
		if (!is_being_asked)
			row->state = ROW_DONE;
		return;
	}
	row->sighting.is_judged = false;
	if (!is_being_asked)
		row->state = ROW_TO_ASK;
	start_asker(survey);
}

/* What an answer told stays; an announcement does not know it or may be stale. */
static void
merge(struct device *known, const struct device *heard)
{
	struct device now = *heard;

	now.lock = known->lock;
	now.answered = known->answered;
	memcpy(now.model, known->model, sizeof now.model);
	if (now.firmware[0] == '\0')
		memcpy(now.firmware, known->firmware, sizeof now.firmware);
	if (now.dialect == DIALECT_UNKNOWN)
		now.dialect = known->dialect;
	if (known->answered && now.kind == DEVICE_UNKNOWN)
		now.kind = known->kind;
	if (!now.has_signal) {
		now.has_signal = known->has_signal;
		now.signal_dbm = known->signal_dbm;
	}
	*known = now;
}

static bool
is_worth_asking_again(const struct row *row, const struct device *heard)
{
	const struct device *known = &row->sighting.device;

	return known->kind != heard->kind ||
		known->address.sin_addr.s_addr != heard->address.sin_addr.s_addr ||
		known->address.sin_port != heard->address.sin_port ||
		(row->failure.code != NULL &&
			clock_steady_ms() - row->asked_ms > ASK_AGAIN_MS);
}

static void
hear_again(struct survey *survey, struct row *row, const struct device *heard)
{
	bool again = row->is_gone || is_worth_asking_again(row, heard);

	row->is_gone = false;
	merge(&row->sighting.device, heard);
	if (again)
		want_answer(survey, row);
	else if (row->sighting.is_judged)
		judge(survey, row);
}

static void
hear(struct survey *survey, const struct device *device, enum discover_change change)
{
	struct row *row = row_of(survey, device);

	if (change == DISCOVER_GONE) {
		if (row == NULL)
			return;
		row->is_gone = true;
	} else if (row != NULL) {
		row->sighting.is_there = true;
		hear_again(survey, row, device);
	} else {
		row = add_row(survey, device);
		row->sighting.is_there = true;
		catalog_name_device(survey->catalog, &row->sighting.device);
		want_answer(survey, row);
	}
	tell(survey, row);
}

static void *
listen_to_devices(void *context)
{
	struct survey *survey = context;
	struct device device;
	enum discover_change change;

	while (!cancel_asked(&survey->stop))
		if (discover_next(survey->discovery, &device, &change, deadline_in(1000),
			    &survey->stop)) {
			monitor_enter(&survey->monitor);
			hear(survey, &device, change);
			monitor_leave(&survey->monitor);
		}
	return NULL;
}

static void
add_addresses(struct survey *survey, const struct survey_order *order)
{
	monitor_enter(&survey->monitor);
	for (size_t i = 0; i < order->address_count; i++) {
		struct device device = { .address = order->addresses[i] };
		struct row *row;

		if (device.address.sin_port == 0)
			device.address.sin_port = htons(DIY_PORT);
		if (row_of(survey, &device) != NULL)
			continue;
		row = add_row(survey, &device);
		row->sighting.was_asked_for = true;
		want_answer(survey, row);
	}
	monitor_leave(&survey->monitor);
}

struct survey *
survey_start(const struct survey_order *order, struct err *err)
{
	struct survey *survey = xcalloc(1, sizeof *survey);

	monitor_init(&survey->monitor);
	survey->catalog = order->catalog;
	if (order->listen) {
		survey->discovery = discover_start(order->interface, err);
		if (survey->discovery == NULL) {
			survey_free(survey);
			return NULL;
		}
		survey->asked = xstrdup(discover_asked(survey->discovery));
		survey->is_listening = thread_start(
			&survey->listener, listen_to_devices, survey);
	}
	add_addresses(survey, order);
	return survey;
}

void
survey_free(struct survey *survey)
{
	if (survey == NULL)
		return;
	cancel_ask(&survey->stop);
	if (survey->is_listening)
		pthread_join(survey->listener, NULL);
	for (size_t i = 0; i < SURVEY_ASK_MOST; i++)
		if (survey->askers[i].was_started)
			pthread_join(survey->askers[i].thread, NULL);
	discover_free(survey->discovery);
	for (size_t i = 0; i < survey->count; i++)
		free(survey->rows[i]);
	free(survey->rows);
	free(survey->asked);
	monitor_clear(&survey->monitor);
	free(survey);
}

/* A row that is gone leaves the table once that has been told and nobody asks it. */
static void
sweep(struct survey *survey)
{
	for (size_t i = survey->count; i-- > 0;) {
		struct row *row = survey->rows[i];

		if (row->is_gone && !row->has_news && row->state != ROW_BEING_ASKED) {
			remove_row(survey, row);
			free(row);
		}
	}
}

static bool
take_news(struct survey *survey, struct sighting *out)
{
	for (size_t i = 0; i < survey->count; i++) {
		struct row *row = survey->rows[survey->turn++ % survey->count];
		bool was_told = row->is_told;

		if (!row->has_news)
			continue;
		row->has_news = false;
		row->is_told = !row->is_gone;
		if (row->is_gone && !was_told)
			continue;
		*out = row->sighting;
		out->change = row->is_gone ? DISCOVER_GONE
			: was_told	   ? DISCOVER_CHANGED
					   : DISCOVER_NEW;
		return true;
	}
	return false;
}

bool
survey_next(struct survey *survey, struct sighting *out, struct deadline until,
	const struct cancel *cancel)
{
	bool has_news;

	monitor_enter(&survey->monitor);
	while (!(has_news = take_news(survey, out)))
		if (!monitor_wait(&survey->monitor, until, cancel))
			break;
	sweep(survey);
	monitor_leave(&survey->monitor);
	return has_news;
}

bool
survey_is_asking(struct survey *survey)
{
	bool asking = false;

	monitor_enter(&survey->monitor);
	for (size_t i = 0; i < survey->count; i++)
		asking |= survey->rows[i]->state != ROW_DONE && !survey->rows[i]->is_gone;
	monitor_leave(&survey->monitor);
	return asking;
}

const char *
survey_asked(const struct survey *survey)
{
	return survey->asked != NULL ? survey->asked : "";
}
