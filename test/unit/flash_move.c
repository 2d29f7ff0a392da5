/* Who can be moved to another Wi-Fi, and who is refused before anything is sent. */
/* SPDX-License-Identifier: MIT */
#include "flash/move.h"

#include "base/text.h"
#include "test/unit/unit.h"

static bool
takes(const char *version, const char *ssid, const char *password, struct err *err)
{
	struct join_order order = { ssid, password };
	struct tasmota_state state;

	tasmota_state_init(&state);
	text_copy(state.version, sizeof state.version, version);
	text_copy(state.ssid, sizeof state.ssid, "home");
	err_clear(err);
	return move_check(&state, &order, err);
}

static void
versions_that_would_publish_the_password_are_refused(void **state)
{
	struct err err;

	(void)state;
	assert_true(takes("15.5.0(release-lite)", "attic", "canary-wifi", &err));
	assert_true(takes("9.1.0(tasmota)", "attic", "canary-wifi", &err));
	assert_false(takes("8.5.1(tasmota)", "attic", "canary-wifi", &err));
	assert_string_equal(err.code->name, "E-OTHER-WIFI");
	assert_non_null(strstr(err.text, "8.5.1"));
	assert_null(strstr(err.text, "canary"));
}

static void
values_that_are_no_command_are_refused(void **state)
{
	static const char *const wrong[] = { "a;b", "0", "1", "\"", " a", "a " };
	struct err err;

	(void)state;
	assert_true(takes("15.5.0(lite)", "attic", "", &err));
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		assert_false(takes("15.5.0(lite)", wrong[i], "canary-wifi", &err));
		assert_false(takes("15.5.0(lite)", "attic", wrong[i], &err));
		assert_string_equal(err.code->name, "E-OTHER-WIFI");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_that_would_publish_the_password_are_refused),
		cmocka_unit_test(values_that_are_no_command_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
