/* Who can be moved to another Wi-Fi, who is refused before anything is sent, and where a
 * device is afterwards. */
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

static struct tasmota_state
told(int64_t boot_count, const char *ssid)
{
	struct tasmota_state state;

	tasmota_state_init(&state);
	state.boot_count = boot_count;
	text_copy(state.ssid, sizeof state.ssid, ssid);
	return state;
}

static void
without_a_restart_the_new_name_is_not_believed(void **state)
{
	static const struct {
		int64_t before, now;
		const char *ssid;
		enum move_place place;
	} rows[] = {
		{ 7, 7, "attic", MOVE_NOWHERE }, /* named, but not joined */
		{ 7, 7, "home", MOVE_NOWHERE }, { -1, -1, "attic", MOVE_NOWHERE },
		{ 7, 8, "attic", MOVE_IN_NEW }, { 7, 8, "home", MOVE_IN_OLD },
		{ 7, 8, "Attic", MOVE_IN_OLD },
		{ 7, 12, "attic", MOVE_IN_NEW }, /* it tried several times */
		{ 7, 0, "attic", MOVE_IN_NEW }, /* the counter was reset */
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct tasmota_state before = told(rows[i].before, "home");
		const struct tasmota_state now = told(rows[i].now, rows[i].ssid);
		struct err err = { 0 };

		assert_int_equal(move_judge(&before, &now, "attic", &err), rows[i].place);
		if (rows[i].place != MOVE_NOWHERE) {
			assert_null(err.code);
			continue;
		}
		assert_string_equal(err.code->name, "E-WIFI-NO-RESTART");
		assert_int_equal(err.code->kind, ERR_REFUSED);
		assert_string_equal(err.text, "the device has not restarted");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_that_would_publish_the_password_are_refused),
		cmocka_unit_test(values_that_are_no_command_are_refused),
		cmocka_unit_test(without_a_restart_the_new_name_is_not_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
