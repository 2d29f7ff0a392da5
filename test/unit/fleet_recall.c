/* What the journal remembers of devices: roads that did not end, and who was where. */
/* SPDX-License-Identifier: MIT */
#include "fleet/recall.h"

#include <arpa/inet.h>

#include "test/unit/unit.h"

#define MAC "5CCF7F3D5E26"

static struct journal *
a_journal(void)
{
	struct err err = { 0 };
	struct journal *journal = journal_open(NULL, &err);

	assert_non_null(journal);
	return journal;
}

static int64_t
begin(struct journal *journal, const char *device, const char *method)
{
	const struct job_start start = { device, method, "192.0.2.7:8081" };
	struct err err = { 0 };
	int64_t job = 0;

	assert_true(journal_begin(journal, &start, &job, &err));
	return job;
}

static void
note(struct journal *journal, int64_t job, const char *device, const char *method,
	const char *step, const char *detail)
{
	const struct fact fact = { .job = job,
		.device = device,
		.method = method,
		.step = step,
		.detail = detail };
	struct err err = { 0 };

	assert_true(journal_note(journal, &fact, &err));
}

/* A whole job: it begins, does one step and has this outcome; NULL: it was killed. */
static int64_t
job(struct journal *journal, const char *device, const char *method, const char *outcome)
{
	int64_t number = begin(journal, device, method);

	note(journal, number, device, method, "info", "asks");
	if (outcome != NULL)
		note(journal, number, device, method, "outcome", outcome);
	return number;
}

static struct unfinished_roads
unfinished(struct journal *journal)
{
	struct unfinished_roads roads;
	struct err err = { 0 };

	assert_true(recall_unfinished(journal, &roads, &err));
	return roads;
}

static void
an_empty_journal_has_no_roads(void **state)
{
	OWN_NEW(journal) journal = a_journal();
	OWN(unfinished_roads) roads = unfinished(journal);

	(void)state;
	assert_int_equal(roads.count, 0);
	assert_int_equal(roads.last_job, 0);
}

static void
a_road_is_unfinished_until_it_ends_well(void **state)
{
	static const struct {
		const char *method, *outcome;
		bool is_unfinished, was_broken_off;
	} rows[] = {
		{ "free", NULL, true, true },
		{ "free", "stopped: broken off after \"offer\"", true, true },
		{ "free", "stopped: E-CANCELLED: interrupted", true, true },
		{ "free", "failed: E-CANCELLED: interrupted", true, true },
		{ "free", "failed: E-WIFI-NOT-FOUND: no such network", true, false },
		{ "free", "failed: E-FILE: it said done: no", true, false },
		{ "free", "done: Tasmota 15.5.0 at 192.0.2.7", false, false },
		{ "diy", NULL, false, false }, /* no whole road */
		{ "diy", "failed: E-LOST: gone", false, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		OWN_NEW(journal) journal = a_journal();
		OWN(unfinished_roads) roads = { 0 };
		int64_t number = job(
			journal, "1000a00001", rows[i].method, rows[i].outcome);

		roads = unfinished(journal);
		assert_int_equal(roads.count, rows[i].is_unfinished);
		assert_int_equal(roads.last_job, number);
		if (roads.count == 0)
			continue;
		assert_string_equal(roads.all[0].device, "1000a00001");
		assert_int_equal(roads.all[0].job, number);
		assert_int_equal(roads.all[0].was_broken_off, rows[i].was_broken_off);
	}
}

static void
only_the_last_job_of_a_device_counts(void **state)
{
	OWN_NEW(journal) journal = a_journal();
	OWN(unfinished_roads) roads = { 0 };
	int64_t again;

	(void)state;
	job(journal, "1000a00001", "free", NULL);
	job(journal, "1000a00001", "free", "done: Tasmota 15.5.0");
	job(journal, "1000a00002", "free", NULL);
	job(journal, "1000a00002", "tasmota", "failed: E-LOST: gone");
	job(journal, "1000a00003", "free", "done: Tasmota 15.5.0");
	again = job(journal, "1000a00003", "free", "failed: E-LOST: gone");
	roads = unfinished(journal);
	assert_int_equal(roads.count, 1);
	assert_string_equal(roads.all[0].device, "1000a00003");
	assert_int_equal(roads.all[0].job, again);
	assert_false(roads.all[0].was_broken_off);
}

static void
the_road_that_began_last_comes_last(void **state)
{
	OWN_NEW(journal) journal = a_journal();
	OWN(unfinished_roads) roads = { 0 };
	int64_t first, second, third;

	(void)state;
	job(journal, "1000a00003", "diy", NULL);
	first = begin(journal, "1000a00001", "free");
	second = begin(journal, "1000a00002", "free");
	third = begin(journal, "1000a00003", "free");
	/* Side by side: facts come in any order. */
	note(journal, third, "1000a00003", "free", "info", "asks");
	note(journal, second, "1000a00002", "free", "info", "asks");
	note(journal, first, "1000a00001", "free", "info", "asks");
	roads = unfinished(journal);
	assert_int_equal(roads.count, 3);
	assert_string_equal(roads.all[0].device, "1000a00001");
	assert_string_equal(roads.all[1].device, "1000a00002");
	assert_string_equal(roads.all[2].device, "1000a00003");
	assert_int_equal(roads.last_job, third);
	unfinished_roads_clear(&roads);
	job(journal, "1000a00004", "diy", "done: Tasmota 15.5.0");
	roads = unfinished(journal);
	assert_int_equal(roads.count, 3);
	assert_int_equal(roads.last_job, third + 1);
}

static void
many_devices_are_all_remembered(void **state)
{
	enum { DEVICES = 200 };
	OWN_NEW(journal) journal = a_journal();
	OWN(unfinished_roads) roads = { 0 };

	(void)state;
	for (unsigned i = 0; i < DEVICES; i++) {
		char device[16];

		snprintf(device, sizeof device, "1000a%05x", i);
		job(journal, device, "free", i % 2 == 0 ? NULL : "done: Tasmota 15.5.0");
	}
	roads = unfinished(journal);
	assert_int_equal(roads.count, DEVICES / 2);
	assert_string_equal(roads.all[DEVICES / 2 - 1].device, "1000a000c6");
}

static void
what_is_written_is_what_is_recalled(void **state)
{
	OWN_NEW(journal) journal = a_journal();
	const struct sockaddr_in place = { .sin_family = AF_INET,
		.sin_port = htons(80),
		.sin_addr.s_addr = htonl(0xC0000209) };
	char kind[RECALL_TEXT_SIZE], met[RECALL_TEXT_SIZE];
	int64_t number = begin(journal, "1000a00001", "free");
	struct recalled known;
	struct err err = { 0 };

	(void)state;
	recall_write_kind("PSF-B01-GL", "plug \"two\"", kind);
	recall_write_place(MAC, &place, met);
	note(journal, number, "1000a00001", "free", "info", kind);
	note(journal, number, "1000a00001", "free", "offer", "full.bin");
	assert_true(recall(journal, "1000A00001", &known, &err));
	assert_string_equal(known.mac, "");
	assert_true(known.was_offered);
	assert_int_equal(known.address.sin_addr.s_addr, htonl(0xC0000207));
	note(journal, number, "1000a00001", "free", "meet", met);
	assert_true(recall(journal, MAC, &known, &err));
	assert_string_equal(known.device, "1000a00001");
	assert_string_equal(known.mac, MAC);
	assert_string_equal(known.model, "PSF-B01-GL");
	assert_string_equal(known.hardware, "plug \"two\"");
	assert_int_equal(known.address.sin_addr.s_addr, place.sin_addr.s_addr);
	assert_int_equal(ntohs(known.address.sin_port), 80);
	assert_true(known.is_unfinished);
}

static void
a_model_is_recalled_without_hardware(void **state)
{
	static const struct {
		const char *detail, *model, *hardware;
	} rows[] = {
		{ "model \"Sonoff\"", "Sonoff", "" },
		{ "model \"Sonoff\", hardware ", "Sonoff",
			"" }, /* as it was written once */
		{ "model \"a\"b\", hardware mini", "a\"b", "mini" },
		{ "model \"Sonoff\" of 2017", "", "" },
		{ "model Sonoff, firmware 1.5", "", "" },
		{ "model \"", "", "" },
	};
	char kind[RECALL_TEXT_SIZE];

	(void)state;
	recall_write_kind("Sonoff", "", kind);
	assert_string_equal(kind, rows[0].detail);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		OWN_NEW(journal) journal = a_journal();
		struct recalled known;

		note(journal, 1, "1000a00001", "diy", "info", rows[i].detail);
		assert_true(recall(journal, "1000a00001", &known, NULL));
		assert_string_equal(known.model, rows[i].model);
		assert_string_equal(known.hardware, rows[i].hardware);
	}
}

static void
who_never_occurred_is_no_error(void **state)
{
	OWN_NEW(journal) journal = a_journal();
	struct recalled known;
	struct err err = { 0 };

	(void)state;
	job(journal, "1000a00001", "free", NULL);
	assert_true(recall(journal, "1000a00009", &known, &err));
	assert_string_equal(known.device, "");
	assert_int_equal(known.address.sin_addr.s_addr, INADDR_ANY);
	assert_false(known.is_unfinished);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_journal_has_no_roads),
		cmocka_unit_test(a_road_is_unfinished_until_it_ends_well),
		cmocka_unit_test(only_the_last_job_of_a_device_counts),
		cmocka_unit_test(the_road_that_began_last_comes_last),
		cmocka_unit_test(many_devices_are_all_remembered),
		cmocka_unit_test(what_is_written_is_what_is_recalled),
		cmocka_unit_test(a_model_is_recalled_without_hardware),
		cmocka_unit_test(who_never_occurred_is_no_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
