/* What stands for a name that was typed, for each kind of command. */
/* SPDX-License-Identifier: MIT */
#include <unistd.h>

#include "base/file.h"
#include "cmd/device_names.h"
#include "fleet/recall.h"
#include "test/unit/unit.h"

#define ID	 "1000a00001"
#define FREED	 "1000a00002"
#define FREED_AS "5CCF7F000002"
#define MET_AS	 "5CCF7F000005"

static const char home[] = "devices:\n"
			   "  - {id: " ID ", name: Hall, topic: hall-lamp}\n"
			   "  - {id: " FREED ", name: Shed}\n"
			   "  - {mac: 5CCF7F000003, name: Attic}\n"
			   "  - {id: 1000a00004, mac: 5CCF7F000004, name: Loft}\n"
			   "  - {mac: " MET_AS ", name: Barn}\n";

static struct {
	char directory[64];
	struct app app;
} the_test;

/* The journal knows FREED and MET_AS as Tasmotas. */
static void
write_journal(void)
{
	OWN_NEW(journal) journal = journal_open(the_test.directory, NULL);
	struct fact fact = {
		.job = 1, .device = FREED, .method = "diy", .step = "prove"
	};

	fact.detail = "MAC " FREED_AS " answers at 192.0.2.7:80";
	assert_true(journal_note(journal, &fact, NULL));
	fact.device = "1000a00005";
	fact.detail = "MAC " MET_AS " answers at 192.0.2.8:80";
	assert_true(journal_note(journal, &fact, NULL));
}

static int
make_home(void **state)
{
	OWN_STR path = NULL;

	(void)state;
	strcpy(the_test.directory, "/tmp/device-names-XXXXXX");
	if (mkdtemp(the_test.directory) == NULL)
		return 1;
	the_test.app.config_directory = the_test.directory;
	the_test.app.state_directory = the_test.directory;
	path = xasprintf("%s/home.yaml", the_test.directory);
	write_journal();
	return !file_write(path, home, strlen(home), 0600, NULL);
}

static int
remove_home(void **state)
{
	OWN_STR command = xasprintf("rm -r '%s'", the_test.directory);

	(void)state;
	return system(command);
}

/* WANTED is what is looked for, or the code the name is refused with. */
static void
stands(const char *typed, enum device_names_of which, const char *wanted)
{
	struct options options = { .count = 0 };
	char *names[] = { (char *)(uintptr_t)typed };
	struct device_names out;
	struct err err = { 0 };

	if (!device_names_read(&the_test.app, &options, which, names, 1, &out, &err)) {
		assert_string_equal(err.code->name, wanted);
		return;
	}
	assert_string_equal(out.all[0], wanted);
	device_names_clear(&out);
}

static void
each_kind_of_command_looks_for_what_it_can_find(void **state)
{
	static const struct {
		const char *typed, *of_vendor, *to_free, *of_any, *of_tasmota;
	} rows[] = {
		{ "hall", ID, ID, ID, "hall" },
		{ "HALL-lamp", ID, ID, ID, "HALL-lamp" },
		{ "Shed", FREED, FREED_AS, FREED_AS, FREED_AS },
		{ "Attic", "E-NAME-WITHOUT-ID", "E-NAME-WITHOUT-ID", "5CCF7F000003",
			"5CCF7F000003" },
		{ "Barn", "E-NAME-WITHOUT-ID", MET_AS, MET_AS, MET_AS },
		{ "Loft", "1000a00004", "1000a00004", "1000a00004", "5CCF7F000004" },
		{ "cellar", "E-NAME-NOT-IN-PROFILE", "cellar", "cellar", "cellar" },
		/* Not looked up at all. */
		{ "1000abcdef", "1000abcdef", "1000abcdef", "1000abcdef", "1000abcdef" },
		{ "192.0.2.7", "192.0.2.7", "192.0.2.7", "192.0.2.7", "192.0.2.7" },
		{ "192.0.2.7:81", "192.0.2.7:81", "192.0.2.7:81", "192.0.2.7:81",
			"192.0.2.7:81" },
		{ "5c:cf:7f:00:00:03", "5c:cf:7f:00:00:03", "5c:cf:7f:00:00:03",
			"5c:cf:7f:00:00:03", "5c:cf:7f:00:00:03" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		stands(rows[i].typed, NAMES_OF_VENDOR, rows[i].of_vendor);
		stands(rows[i].typed, NAMES_TO_FREE, rows[i].to_free);
		stands(rows[i].typed, NAMES_OF_ANY, rows[i].of_any);
		stands(rows[i].typed, NAMES_OF_TASMOTA, rows[i].of_tasmota);
	}
}

static void
without_a_profile_names_stay_as_they_are(void **state)
{
	OWN_STR path = xasprintf("%s/home.yaml", the_test.directory);

	(void)state;
	unlink(path);
	stands("hall", NAMES_OF_VENDOR, "hall");
	stands("hall", NAMES_OF_ANY, "hall");
}

static void
an_interrupt_is_told_as_one(void **state)
{
	struct cancel cancel = { 0 };

	(void)state;
	cancel_ask(&cancel);
	the_test.app.cancel = &cancel;
	stands("Attic", NAMES_OF_VENDOR, "E-CANCELLED");
	the_test.app.cancel = NULL;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			each_kind_of_command_looks_for_what_it_can_find, make_home,
			remove_home),
		cmocka_unit_test_setup_teardown(
			without_a_profile_names_stay_as_they_are, make_home, remove_home),
		cmocka_unit_test_setup_teardown(
			an_interrupt_is_told_as_one, make_home, remove_home),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
