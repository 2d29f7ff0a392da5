/* What is made of jobs that broke off, when addresses have gone to other devices since. */
/* SPDX-License-Identifier: MIT */
#include "fleet/unfinished.h"

#include "fleet/recall.h"
#include "test/unit/fake_tasmota.h"

#define ONE   "1000a00001"
#define OTHER "1000a00002"
#define MAC   "5CCF7F3D5E26" /* of the fake */

static struct {
	struct journal *journal;
	struct fake_tasmota fake;
	unsigned said;
} the_test;

static int
begin_test(void **state)
{
	(void)state;
	the_test.journal = journal_open(NULL, NULL);
	the_test.said = 0;
	fake_open(&the_test.fake, "14.1.0(lite)");
	return the_test.journal == NULL;
}

static int
end_test(void **state)
{
	(void)state;
	journal_free(the_test.journal);
	fake_close(&the_test.fake);
	return 0;
}

static void
note(int64_t job, const char *device, const char *step, const char *detail)
{
	struct fact fact = { .job = job, .device = device, .method = "diy" };

	fact.step = step;
	fact.detail = detail;
	assert_true(journal_note(the_test.journal, &fact, NULL));
}

/* Killed after it had offered the image to the device where the fake answers now. */
static int64_t
broken_off(const char *device)
{
	const struct job_start start = { device, "diy", "127.0.0.1:8081" };
	int64_t job;

	assert_true(journal_begin(the_test.journal, &start, &job, NULL));
	note(job, device, "offer", "lite.bin");
	return job;
}

static struct device
device_with(const char *id)
{
	struct device device = { .address = the_test.fake.address };

	device.address.sin_port = htons(8081);
	text_copy(device.id, sizeof device.id, id);
	return device;
}

static void
count_sentence(void *context, const char *sentence)
{
	(void)context;
	(void)sentence;
	the_test.said++;
}

static bool
has_outcome(const char *device)
{
	struct last_job last;

	assert_true(journal_last_job(the_test.journal, device, &last, NULL));
	return last.has_outcome;
}

static void
settle(const char *id)
{
	struct device device = device_with(id);
	struct err err = { 0 };

	assert_true(
		unfinished_settle(the_test.journal, &device, count_sentence, NULL, &err));
}

static void
a_job_is_settled_for_its_own_device_only(void **state)
{
	(void)state;
	broken_off(ONE);
	settle(OTHER);
	assert_int_equal(the_test.said, 0);
	assert_false(has_outcome(ONE));
	/* Without an id the address is all there is. */
	settle("");
	assert_int_equal(the_test.said, 1);
	assert_true(has_outcome(ONE));
}

static bool
looks_done(const char *id)
{
	static const struct image image = { .program = "Tasmota", .version = "14.1.0" };
	struct device device = device_with(id);
	char proof[PROOF_SIZE] = "";
	struct err why = { 0 };

	return unfinished_look(the_test.journal, &device, &image,
		ntohs(the_test.fake.address.sin_port), NULL, proof, &why);
}

static const char *
mac_of(const char *device)
{
	static struct recalled known;

	assert_true(recall(the_test.journal, device, &known, NULL));
	return known.mac;
}

static void
who_has_got_through_is_known_by_its_mac(void **state)
{
	(void)state;
	broken_off(ONE);
	assert_true(looks_done(ONE));
	assert_true(has_outcome(ONE));
	assert_string_equal(mac_of(ONE), MAC);
}

static void
another_known_device_at_its_address_is_not_it(void **state)
{
	int64_t job;

	(void)state;
	note(90, OTHER, "prove", "MAC " MAC " answers at 127.0.0.1:80");
	job = broken_off(ONE);
	assert_false(looks_done(ONE));
	assert_false(has_outcome(ONE));
	note(job, ONE, "prove", "MAC 5CCF7F000001 answers at 127.0.0.1:80");
	assert_false(looks_done(ONE));
}

static void
a_stranger_with_the_same_firmware_lends_it_no_mac(void **state)
{
	(void)state;
	fake_set(&the_test.fake, "Hostname", "kitchen");
	broken_off(ONE);
	assert_true(looks_done(ONE));
	assert_string_equal(mac_of(ONE), "");
}

int
main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, begin_test, end_test)
	const struct CMUnitTest tests[] = {
		EACH(a_job_is_settled_for_its_own_device_only),
		EACH(who_has_got_through_is_known_by_its_mac),
		EACH(another_known_device_at_its_address_is_not_it),
		EACH(a_stranger_with_the_same_firmware_lends_it_no_mac),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
