/* What a job notes of its device, read again by recall() as a later run would. */
/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>

#include "fleet/remember.h"
#include "test/unit/unit.h"

#define ID  "1000a1b2c3"
#define MAC "5CCF7F3D5E26"

static struct {
	struct journal *journal;
	unsigned facts;
} the_test;

static bool
note(void *context, const char *step, const char *detail, struct err *err)
{
	struct fact fact = { .job = 1, .device = context, .step = step, .method = "diy" };

	fact.detail = detail;
	the_test.facts++;
	return journal_note(the_test.journal, &fact, err);
}

static int
open_journal(void **state)
{
	(void)state;
	the_test.journal = journal_open(NULL, NULL);
	the_test.facts = 0;
	return the_test.journal == NULL;
}

static int
close_journal(void **state)
{
	(void)state;
	journal_free(the_test.journal);
	return 0;
}

static struct flash_job
job_of(const char *name, const struct catalog *catalog)
{
	static const struct flash_step step = { .name = "info" };

	return (struct flash_job){
		.catalog = catalog,
		.step = &step,
		.watch = { .context = (void *)(uintptr_t)name, .note = note },
	};
}

static void
come_up(struct flash_job *job)
{
	job->seen_at = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons(80) };
	inet_pton(AF_INET, "192.0.2.7", &job->seen_at.sin_addr);
}

static struct recalled
recalled(const char *name)
{
	struct recalled known;

	assert_true(recall(the_test.journal, name, &known, NULL));
	return known;
}

static bool
may_be(const struct recalled *known, const char *mac, const char *hostname)
{
	struct tasmota_state state;

	tasmota_state_init(&state);
	snprintf(state.mac, sizeof state.mac, "%s", mac);
	snprintf(state.hostname, sizeof state.hostname, "%s", hostname);
	return recall_may_be(the_test.journal, known, &state);
}

static void
what_it_was_is_found_by_the_mac_it_has(void **state)
{
	OWN_NEW(catalog) catalog = catalog_open(NULL, NULL);
	struct flash_job job = job_of(ID, catalog);
	struct remembered last = { 0 };
	struct recalled known;

	(void)state;
	job.device = (struct device){ .kind = DEVICE_DIY, .model = "Sonoff MINI" };
	remember(&last, &job);
	remember(&last, &job);
	assert_int_equal(the_test.facts, 1);
	strcpy(job.device.mac, MAC);
	come_up(&job);
	/* Nothing it says now is about the vendor's firmware. */
	strcpy(job.device.model, "Sonoff Basic");
	remember(&last, &job);
	remember(&last, &job);
	assert_int_equal(the_test.facts, 2);
	known = recalled(MAC);
	assert_string_equal(known.device, ID);
	assert_string_equal(known.model, "mini");
	assert_string_equal(known.hardware, "mini");
	assert_string_equal(known.mac, MAC);
	assert_int_equal(known.address.sin_addr.s_addr, inet_addr("192.0.2.7"));
}

static void
a_mac_from_before_the_flash_leads_to_it_but_proves_nothing(void **state)
{
	struct flash_job job = job_of(ID, NULL);
	struct remembered last = { 0 };
	struct recalled known;

	(void)state;
	strcpy(job.device.mac, MAC);
	remember(&last, &job);
	known = recalled(MAC);
	assert_string_equal(known.device, ID);
	assert_string_equal(known.mac, "");
	assert_string_equal(known.vendor_mac, MAC);
	assert_string_equal(recall_mac(&known), MAC);
	assert_true(may_be(&known, MAC, "kitchen"));
	assert_false(may_be(&known, "5CCF7F3D5E27", "kitchen"));
	/* A repeater's MAC was noted: the new firmware has the last word. */
	assert_true(may_be(&known, "5CCF7F3D5E27", "tasmota-3D5E27-7719"));
	strcpy(job.device.mac, "5CCF7F3D5E27");
	come_up(&job);
	remember(&last, &job);
	known = recalled(ID);
	assert_string_equal(recall_mac(&known), "5CCF7F3D5E27");
	assert_false(may_be(&known, MAC, "tasmota-3D5E26-7718"));
}

static void
a_tasmota_of_that_mac_does_not_hide_what_it_was(void **state)
{
	struct flash_job was = job_of(ID, NULL), is = job_of(MAC, NULL);
	struct remembered last = { 0 }, last_of_is = { 0 };

	(void)state;
	strcpy(was.device.mac, MAC);
	come_up(&was);
	remember(&last, &was);
	strcpy(is.device.mac, MAC);
	come_up(&is);
	remember(&last_of_is, &is);
	assert_int_equal(the_test.facts, 2);
	assert_string_equal(recalled(MAC).device, ID);
	assert_string_equal(recalled("5CCF7F3D5E99").device, "");
}

int
main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, open_journal, close_journal)
	const struct CMUnitTest tests[] = {
		EACH(what_it_was_is_found_by_the_mac_it_has),
		EACH(a_mac_from_before_the_flash_leads_to_it_but_proves_nothing),
		EACH(a_tasmota_of_that_mac_does_not_hide_what_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
