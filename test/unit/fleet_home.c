/* SPDX-License-Identifier: MIT */
#include "test/unit/golden.h"

#include <arpa/inet.h>

#include "fleet/home.h"
#include "fleet/recall.h"

#define ID  "1000a1b2c3"
#define MAC "5CCF7F3D5E26"

#define TEMPLATE \
	"{\"NAME\":\"x\",\"GPIO\":[32,0,0,0,160,0,0,0,224,320,0,0,1,0],\"FLAG\":0,\"BASE\":1}"

static const char text[] = "naming: {topic: \"{model}-{id}\", name: \"Sonoff {tail}\"}\n"
			   "devices:\n"
			   "  - {id: " ID ", name: Kitchen lamp, template: '" TEMPLATE
			   "'}\n"
			   "  - {mac: 5CCF7F000001, topic: heater, model: mini}\n";

static struct settings
fill(const char *id, const char *mac, const char *hardware, struct home_names *names,
	struct settings settings, struct profile *profile, struct catalog *catalog)
{
	struct home home = { profile, catalog };
	struct profile_facts facts = { .id = id, .mac = mac, .model = "sonoff" };

	home_fill(&home, &facts, hardware, names, &settings);
	return settings;
}

static const struct profile_device *
named(const struct profile *profile, const char *name)
{
	const struct profile_device *found = NULL;

	assert_true(profile_device_named(profile, name, &found, NULL));
	return found;
}

static void
a_name_that_two_devices_have_is_asked_about(void **state)
{
	static const char twins[] = "devices:\n"
				    "  - {id: 1000a00001, name: Lamp}\n"
				    "  - {id: 1000a00002, name: lamp, topic: hall}\n";
	OWN_NEW(profile) profile = profile_parse("/h.yaml", twins, strlen(twins), NULL);
	const struct profile_device *found;
	struct err err = { 0 };

	(void)state;
	assert_false(profile_device_named(profile, "Lamp", &found, &err));
	assert_string_equal(err.code->name, "E-PROFILE-NAME-TWICE");
	assert_string_equal(named(profile, "hall")->id, "1000a00002");
}

static void
an_entry_goes_before_patterns_and_options_before_both(void **state)
{
	OWN_NEW(profile) profile = profile_parse("/h.yaml", text, strlen(text), NULL);
	OWN_NEW(catalog) catalog = catalog_open(NULL, NULL);
	struct settings none = { 0 }, asked = { .want = { [SETTING_TOPIC] = "asked" } };
	struct home_names names;
	struct settings all = fill(ID, MAC, "1", &names, none, profile, catalog);

	(void)state;
	assert_non_null(profile);
	assert_string_equal(all.want[SETTING_TOPIC], "sonoff-" ID);
	assert_string_equal(all.want[SETTING_FRIENDLY_NAME], "Kitchen lamp");
	assert_string_equal(all.want[SETTING_TEMPLATE], TEMPLATE);
	assert_string_equal(all.want[SETTING_MODULE], "0");
	assert_null(all.want[SETTING_HOSTNAME]);
	all = fill(ID, MAC, NULL, &names, asked, profile, catalog);
	assert_string_equal(all.want[SETTING_TOPIC], "asked");
	all = fill(NULL, "5CCF7F000001", NULL, &names, none, profile, catalog);
	assert_string_equal(all.want[SETTING_TOPIC], "heater");
	assert_string_equal(all.want[SETTING_DEVICE_NAME], "Sonoff 000001");
	assert_null(all.want[SETTING_MODULE]);
	assert_non_null(strstr(all.hardware.template, ":[32,0,0,0,160,"));
	assert_non_null(strstr(all.hardware.template_13, ":[17,0,0,0,9,"));
	assert_string_equal(all.hardware.module, "1");
	assert_string_equal(named(profile, "kitchen LAMP")->id, ID);
	assert_string_equal(named(profile, "heater")->mac, "5CCF7F000001");
	assert_null(named(profile, "cellar"));
}

static void
what_an_earlier_run_found_out_is_a_model(void **state)
{
	OWN_NEW(catalog) catalog = catalog_open(NULL, NULL);
	struct settings none = { 0 };
	struct home_names names;
	struct device d1 = { .kind = DEVICE_DIY };
	char hardware[HOME_HARDWARE_SIZE];
	struct settings all = fill(ID, MAC, "minir2", &names, none, NULL, catalog);

	(void)state;
	assert_non_null(strstr(all.hardware.template, "MiniR2"));
	text_copy(d1.firmware, sizeof d1.firmware, "3.6.0");
	home_hardware(catalog, &d1, hardware);
	/* One-channel relays look alike, and a MINI has an input more. */
	assert_string_equal(hardware, "");
}

static void
an_old_device_tells_its_model_by_a_code(void **state)
{
	OWN_NEW(catalog) catalog = catalog_open(NULL, NULL);
	struct device th = { .firmware = "2.0.4", .model = "PSA-BHA-GL" };
	struct device basic = { .firmware = "1.5.5", .model = "ITA-GZ1-GL" };
	char hardware[HOME_HARDWARE_SIZE], model[DEVICE_MODEL_SIZE];
	struct settings none = { 0 };
	struct home_names names;
	struct settings all;

	(void)state;
	home_hardware(catalog, &th, hardware);
	all = fill(ID, MAC, hardware, &names, none, NULL, catalog);
	assert_string_equal(all.hardware.module, "4");
	home_model(catalog, &th, model);
	assert_string_equal(model, "psa-bha-gl");
	home_hardware(catalog, &basic, hardware);
	assert_string_equal(hardware, "");
	home_model(catalog, &basic, model);
	assert_string_equal(model, "ITA-GZ1-GL");
}

/* A template goes to the versions that number pins its way, and to no other. */
static void
hardware_goes_by_the_version_of_the_device(void **state)
{
	static const struct {
		const char *version, *template, *module;
	} rows[] = {
		{ "5.9.1", NULL, "1" },
		{ "6.3.0", NULL, "1" },
		{ "6.7.1(sonoff)", "thirteen", "0" },
		{ "9.0.0.3(lite)", "thirteen", "0" },
		{ "9.1.0(lite)", "fourteen", "0" },
		{ "15.5.0(release-lite)", "fourteen", "0" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct settings settings = { .hardware = {
						     "fourteen", "thirteen", "1" } };
		struct tasmota_version version;

		assert_true(tasmota_read_version(rows[i].version, &version));
		settings_choose_hardware(&settings, &version);
		if (rows[i].template == NULL)
			assert_null(settings.want[SETTING_TEMPLATE]);
		else
			assert_string_equal(
				settings.want[SETTING_TEMPLATE], rows[i].template);
		assert_string_equal(settings.want[SETTING_MODULE], rows[i].module);
	}
}

static void
without_a_profile_the_catalog_still_knows_the_hardware(void **state)
{
	struct settings none = { 0 };
	struct home_names names;
	struct settings all = fill(ID, MAC, "1", &names, none, NULL, NULL);

	(void)state;
	assert_null(all.want[SETTING_TOPIC]);
	assert_string_equal(all.want[SETTING_MODULE], "1");
	all = fill(ID, MAC, "", &names, none, NULL, NULL);
	assert_null(all.want[SETTING_MODULE]);
}

static void
write_down(struct journal *journal, int64_t job, const char *step, const char *detail)
{
	struct fact fact = {
		.job = job, .device = ID, .method = "free", .step = step, .detail = detail
	};

	assert_true(journal_note(journal, &fact, NULL));
}

static void
a_later_run_remembers_what_an_earlier_one_learned(void **state)
{
	OWN_NEW(journal) journal = journal_open(NULL, NULL);
	struct job_start start = { ID, "free", "192.0.2.7:8081" };
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(80) };
	char detail[RECALL_TEXT_SIZE];
	struct recalled known;
	int64_t job;

	(void)state;
	inet_pton(AF_INET, "192.168.4.1", &at.sin_addr);
	assert_true(recall(journal, ID, &known, NULL));
	assert_string_equal(known.device, "");
	assert_true(journal_begin(journal, &start, &job, NULL));
	recall_write_kind("mini", "{\"NAME\":\"a, hardware b\"}", detail);
	write_down(journal, job, "info", detail);
	assert_true(recall(journal, "1000A1B2C3", &known, NULL));
	assert_false(known.was_offered);
	write_down(journal, job, "offer", "");
	write_down(journal, job, "meet", "MAC 5CCF7F answers at 192.0.2.9:80");
	assert_true(recall(journal, ID, &known, NULL));
	assert_true(known.was_offered);
	assert_string_equal(known.mac, "");
	assert_int_equal(known.address.sin_addr.s_addr, inet_addr("192.0.2.7"));
	recall_write_place(MAC, &at, detail);
	write_down(journal, job, "meet", detail);
	assert_true(recall(journal, MAC, &known, NULL));
	assert_string_equal(known.device, ID);
	assert_string_equal(known.model, "mini");
	assert_string_equal(known.hardware, "{\"NAME\":\"a, hardware b\"}");
	assert_int_equal(known.address.sin_addr.s_addr, at.sin_addr.s_addr);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_that_two_devices_have_is_asked_about),
		cmocka_unit_test(an_entry_goes_before_patterns_and_options_before_both),
		cmocka_unit_test(what_an_earlier_run_found_out_is_a_model),
		cmocka_unit_test(an_old_device_tells_its_model_by_a_code),
		cmocka_unit_test(hardware_goes_by_the_version_of_the_device),
		cmocka_unit_test(without_a_profile_the_catalog_still_knows_the_hardware),
		cmocka_unit_test(a_later_run_remembers_what_an_earlier_one_learned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
