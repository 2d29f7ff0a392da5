/* SPDX-License-Identifier: MIT */
#include "wire/tasmota_topic.h"

#include "test/unit/unit.h"

static void
tokens_are_filled_in(void **state)
{
	static const struct {
		const char *full, *topic;
	} rows[] = {
		{ "%prefix%/%topic%/", "tele/lamp1/LWT" },
		{ "home/%topic%/%prefix%", "home/lamp1/tele/LWT" },
		{ "%id%/%hostname%/%prefix%/", "5CCF7F3D5E26/hall/tele/LWT" },
		{ "%unknown%/%topic%/", "%unknown%/lamp1/LWT" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		OWN(buf) out = BUF_UP_TO(TASMOTA_TOPIC_MOST);
		struct tasmota_names names = { rows[i].full, "lamp1", "hall",
			"5CCF7F3D5E26" };

		assert_true(tasmota_topic(&out, &names, "tele", "LWT"));
		assert_string_equal(buf_text(&out), rows[i].topic);
	}
}

static void
topics_are_plain_words(void **state)
{
	static const char *const wrong[] = { "", "a b", "a/b", "a+", "#", "$SYS",
		"%06X" };

	(void)state;
	assert_true(tasmota_topic_is_plain("hall-lamp_1"));
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		assert_false(tasmota_topic_is_plain(wrong[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens_are_filled_in),
		cmocka_unit_test(topics_are_plain_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
