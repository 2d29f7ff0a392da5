/* SPDX-License-Identifier: MIT */
#include "test/unit/unit.h"

#include "device/verdict.h"
#include "net/resolve.h"

static int
open_catalog(void **state)
{
	OWN_STR path = xasprintf("%s/catalog", getenv("AIRLIFT_SOURCE"));

	*state = catalog_open(path, NULL);
	return *state != NULL ? 0 : -1;
}

static int
close_catalog(void **state)
{
	catalog_free(*state);
	return 0;
}

/* A MINI as it should be. */
static struct device
good(const struct catalog *catalog)
{
	struct device out = {
		.id = "1000a1b2c3",
		.kind = DEVICE_DIY,
		.lock = LOCK_OPEN,
		.dialect = DIALECT_OBJECT,
		.type = "diy_plug",
		.firmware = "3.6.0",
		.switch_state = "off",
		.has_signal = true,
		.signal_dbm = -58,
		.answered = true,
	};

	catalog_name_device(catalog, &out);
	return out;
}

static struct verdict
judge(const struct catalog *catalog, struct device device)
{
	struct verdict out;

	catalog_name_device(catalog, &device);
	verdict_judge(catalog, &device, NULL, NULL, &out);
	assert_true(out.reason[0] != '\0' && out.next_step[0] != '\0');
	assert_int_equal(out.can_be_freed, out.method != NULL);
	assert_int_equal(out.can_be_freed, out.why_not.code == NULL);
	return out;
}

static void
expect_no(const struct catalog *catalog, struct device device, const char *code,
	int exit_status)
{
	struct verdict verdict = judge(catalog, device);

	assert_false(verdict.can_be_freed);
	assert_string_equal(verdict.why_not.code->name, code);
	assert_int_equal(err_exit_status(verdict.why_not.code->kind), exit_status);
}

static void
a_plug_in_diy_mode_can_be_freed(void **state)
{
	struct verdict verdict = judge(*state, good(*state));

	assert_true(verdict.can_be_freed);
	assert_string_equal(verdict.method, "diy");
	assert_int_equal(verdict.warning_count, 0);
	assert_non_null(strstr(verdict.next_step, "airlift flash 1000a1b2c3"));
}

static void
modes_that_can_not_be_freed_say_why(void **state)
{
	struct device device = good(*state);

	device.kind = DEVICE_EWELINK;
	expect_no(*state, device, "E-EWELINK-MODE", 10);
	device.kind = DEVICE_FOREIGN;
	expect_no(*state, device, "E-FOREIGN-DEVICE", 10);
	device.kind = DEVICE_TASMOTA;
	expect_no(*state, device, "E-ALREADY-FREE", 2);
}

static void
wrong_chips_are_refused_with_what_to_do_instead(void **state)
{
	struct device device = good(*state);
	struct verdict verdict;

	device.many_outlets = true;
	strcpy(device.firmware, "1.4.0");
	expect_no(*state, device, "E-MODEL-REFUSED", 10);
	verdict = judge(*state, device);
	assert_non_null(strstr(verdict.reason, "BL602"));
	assert_non_null(strstr(verdict.next_step, "airlift switch"));
	device.many_outlets = false;
	expect_no(*state, device, "E-MODEL-REFUSED", 10);
	device = good(*state);
	device.many_outlets = true; /* even when it claims a version of the good ones */
	expect_no(*state, device, "E-MODEL-REFUSED", 10);
	device.many_outlets = false;
	strcpy(device.type, "diy_light");
	strcpy(device.firmware, "1.4.1");
	expect_no(*state, device, "E-MODEL-REFUSED", 10);
	strcpy(device.type, "strip");
	expect_no(*state, device, "E-MODEL-REFUSED", 10);
}

static void
the_unknown_is_refused(void **state)
{
	struct device device = good(*state);

	strcpy(device.firmware, "4.0.0");
	expect_no(*state, device, "E-MODEL-UNKNOWN", 10);
	device = good(*state);
	strcpy(device.type, "toaster");
	expect_no(*state, device, "E-MODEL-UNKNOWN", 10);
}

static void
a_dimmer_needs_an_explicit_yes(void **state)
{
	static const struct verdict_overrides yes = { .allow_untried = true };
	struct device device = good(*state);
	struct verdict verdict;

	strcpy(device.type, "diylight");
	device.dimmable = true;
	expect_no(*state, device, "E-MODEL-UNTRIED", 10);
	verdict_judge(*state, &device, NULL, &yes, &verdict);
	assert_true(verdict.can_be_freed);
}

static void
doubts_become_warnings(void **state)
{
	struct device device = good(*state);
	struct verdict verdict;

	device.signal_dbm = VERDICT_WEAK_DBM;
	assert_int_equal(judge(*state, device).warning_count, 0);
	device.signal_dbm = VERDICT_WEAK_DBM - 1;
	verdict = judge(*state, device);
	assert_int_equal(verdict.warning_count, 1);
	assert_string_equal(verdict.warnings[0].code, "W-WEAK-SIGNAL");
	device = good(*state);
	device.type[0] = '\0';
	verdict = judge(*state, device);
	assert_true(verdict.can_be_freed);
	assert_string_equal(verdict.warnings[0].code, "W-TYPE-UNKNOWN");
	device = good(*state);
	device.firmware[0] = '\0';
	device.dialect = DIALECT_STRING;
	verdict = judge(*state, device);
	assert_true(verdict.can_be_freed);
	assert_string_equal(verdict.warnings[0].code, "W-FIRMWARE");
}

static void
a_failed_probe_is_the_verdict(void **state)
{
	static const struct err_code lost = { "E-TEST-LOST", ERR_LOST, "Plug it in." };
	struct device device = good(*state);
	struct verdict verdict;
	struct err err = { 0 };

	err_set(&err, &lost, "no answer");
	verdict_judge(*state, &device, &err, NULL, &verdict);
	assert_false(verdict.can_be_freed);
	assert_ptr_equal(verdict.why_not.code, &lost);
	assert_string_equal(verdict.reason, "no answer");
	strcpy(device.type,
		"diy_light"); /* what it announced decides without an answer */
	strcpy(device.firmware, "1.4.1");
	verdict_judge(*state, &device, &err, NULL, &verdict);
	assert_string_equal(verdict.why_not.code->name, "E-MODEL-REFUSED");
}

static void
the_vendor_service_matters_only_to_a_locked_device(void **state)
{
	struct device device = good(*state);
	struct verdict verdict = judge(*state, device);

	assert_null(verdict_unlock_host(*state, &device));
	device.lock = LOCK_CLOSED;
	verdict = judge(*state, device);
	assert_non_null(strstr(verdict.next_step, "unlocks"));
	assert_string_equal(verdict_unlock_host(*state, &device), "apid.coolkit.cn");
	verdict_warn_unlock(&verdict, "apid.coolkit.cn");
	assert_string_equal(verdict.warnings[0].code, "W-UNLOCK-HOST");
}

static void
names_resolve_or_do_not(void **state)
{
	(void)state;
	assert_int_equal(resolve_name("127.0.0.1", deadline_in(5000), NULL), RESOLVE_YES);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plug_in_diy_mode_can_be_freed),
		cmocka_unit_test(modes_that_can_not_be_freed_say_why),
		cmocka_unit_test(wrong_chips_are_refused_with_what_to_do_instead),
		cmocka_unit_test(the_unknown_is_refused),
		cmocka_unit_test(a_dimmer_needs_an_explicit_yes),
		cmocka_unit_test(doubts_become_warnings),
		cmocka_unit_test(a_failed_probe_is_the_verdict),
		cmocka_unit_test(the_vendor_service_matters_only_to_a_locked_device),
		cmocka_unit_test(names_resolve_or_do_not),
	};

	return cmocka_run_group_tests(tests, open_catalog, close_catalog);
}
