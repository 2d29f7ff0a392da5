/* A look around that never waits for the slowest: one thread listens to announcements, a
 * few others ask the devices who they are, the caller hears news as they come. */
/* SPDX-License-Identifier: MIT */
#ifndef FLEET_SURVEY_H
#define FLEET_SURVEY_H

#include "device/discover.h"
#include "device/verdict.h"

struct survey;

struct survey_order {
	const struct catalog *catalog;
	bool listen; /* to announcements; else only `addresses` are asked */
	const char *interface; /* NULL: all */
	const struct sockaddr_in *addresses; /* asked directly; port 0: the usual one */
	size_t address_count;
};

/* One device as it is known by now. */
struct sighting {
	unsigned number; /* of the device in this survey, from 0 */
	struct device device;
	enum discover_change change;
	bool was_asked_for; /* one of survey_order.addresses */
	bool is_judged; /* it was asked, or need not be: lock and verdict are known */
	bool is_there; /* it announced itself, or answered something */
	struct verdict verdict; /* when judged */
};

#define SURVEY_ASK_MOST 16 /* devices asked at the same time */

/* The caller has called http_open(). NULL: E-NO-INTERFACE, E-MULTICAST. */
struct survey *survey_start(const struct survey_order *order, struct err *err);

/* Blocks until there is news, the deadline passes or `cancel` is asked. False: no news. */
bool survey_next(struct survey *survey, struct sighting *out, struct deadline until,
	const struct cancel *cancel);

/* Whether a device is still being asked, or waits for that. */
bool survey_is_asking(struct survey *survey);

/* "eth0 (192.0.2.5)": where it listens as it began; "" when it does not. */
const char *survey_asked(const struct survey *survey);

/* Stops all threads. */
void survey_free(struct survey *survey);
DEFINE_OWN(survey)

#endif
