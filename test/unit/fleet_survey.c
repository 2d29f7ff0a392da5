/* Devices asked by address: news come as they answer, a silent one keeps nobody waiting,
 * one device at two addresses is one. */
/* SPDX-License-Identifier: MIT */
#include "fleet/survey.h"

#include "test/unit/http_library.h"
#include "test/unit/peer.h"
#include "test/unit/unit.h"

#define INFO(id) \
	"{\"seq\":3,\"error\":0,\"data\":{\"switch\":\"off\",\"otaUnlock\":true," \
	"\"fwVersion\":\"3.6.0\",\"deviceid\":\"" id "\",\"signalStrength\":-58}}"

static struct catalog *
open_catalog(void)
{
	const char *root = getenv("AIRLIFT_SOURCE");
	OWN_STR path = xasprintf("%s/catalog", root != NULL ? root : ".");
	struct catalog *catalog = catalog_open(path, NULL);

	assert_non_null(catalog);
	return catalog;
}

static struct survey *
begin(const struct catalog *catalog, const struct sockaddr_in *addresses, size_t count)
{
	struct survey_order order = {
		.catalog = catalog, .addresses = addresses, .address_count = count
	};
	struct survey *survey = survey_start(&order, NULL);

	assert_non_null(survey);
	return survey;
}

static struct sighting
next(struct survey *survey)
{
	struct sighting sighting;

	assert_true(survey_next(survey, &sighting, deadline_in(30000), NULL));
	return sighting;
}

static void
an_address_is_asked_and_judged(void **state)
{
	static const struct peer_step script[] = { { PEER_JSON, INFO("1000a1b2c3") },
		{ 0 } };
	OWN_NEW(catalog) catalog = open_catalog();
	struct peer peer;
	struct survey *survey;
	struct sighting found;

	(void)state;
	peer_start(&peer, script);
	survey = begin(catalog, &peer.address, 1);
	assert_string_equal(survey_asked(survey), "");
	found = next(survey);
	assert_int_equal(found.change, DISCOVER_NEW);
	assert_true(found.is_judged && found.is_there && found.was_asked_for);
	assert_true(found.verdict.can_be_freed);
	assert_string_equal(found.device.id, "1000a1b2c3");
	assert_int_equal(found.device.lock, LOCK_OPEN);
	assert_false(survey_is_asking(survey));
	assert_false(survey_next(survey, &found, deadline_in(0), NULL));
	survey_free(survey);
	peer_stop(&peer);
}

static void
nobody_at_an_address_is_said(void **state)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons(1),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	OWN_NEW(catalog) catalog = open_catalog();
	struct survey *survey = begin(catalog, &address, 1);
	struct sighting found = next(survey);

	(void)state;
	assert_true(found.is_judged);
	assert_false(found.is_there || found.verdict.can_be_freed);
	assert_string_equal(found.verdict.why_not.code->name, "E-NOBODY-THERE");
	survey_free(survey);
}

static void
the_same_device_is_one(void **state)
{
	static const struct peer_step script[] = { { PEER_JSON, INFO("1000a1b2c3") },
		{ 0 } };
	OWN_NEW(catalog) catalog = open_catalog();
	struct sockaddr_in addresses[3];
	struct sighting found;
	struct survey *survey;
	struct peer a, b;

	(void)state;
	peer_start(&a, script);
	peer_start(&b, script);
	addresses[0] = addresses[2] = a.address;
	addresses[1] = b.address;
	survey = begin(catalog, addresses, COUNT_OF(addresses));
	found = next(survey);
	assert_string_equal(found.device.id, "1000a1b2c3");
	while (survey_is_asking(survey))
		clock_pause(10, NULL);
	assert_false(survey_next(survey, &found, deadline_in(0), NULL));
	survey_free(survey);
	peer_stop(&a);
	peer_stop(&b);
}

/* The first one takes the connection and says nothing. */
static void
a_silent_device_keeps_nobody_waiting(void **state)
{
	static const struct peer_step silent[] = { { PEER_HANG, NULL }, { 0 } };
	static const struct peer_step script[] = { { PEER_JSON, INFO("1000a1b2c3") },
		{ 0 } };
	OWN_NEW(catalog) catalog = open_catalog();
	struct sockaddr_in addresses[2];
	struct sighting found;
	struct survey *survey;
	struct peer a, b;

	(void)state;
	peer_start(&a, silent);
	peer_start(&b, script);
	addresses[0] = a.address;
	addresses[1] = b.address;
	survey = begin(catalog, addresses, COUNT_OF(addresses));
	found = next(survey);
	assert_string_equal(found.device.id, "1000a1b2c3");
	assert_true(survey_is_asking(survey));
	survey_free(survey); /* does not wait for the silent one either */
	peer_stop(&a);
	peer_stop(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_is_asked_and_judged),
		cmocka_unit_test(nobody_at_an_address_is_said),
		cmocka_unit_test(the_same_device_is_one),
		cmocka_unit_test(a_silent_device_keeps_nobody_waiting),
	};

	return cmocka_run_group_tests(tests, open_http, close_http);
}
