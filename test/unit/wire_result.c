/* A device's report: the captured form, relatives of it, and rubbish. */
/* SPDX-License-Identifier: MIT */
#include "wire/result.h"

#include "unit.h"

static int
read_text(const char *body)
{
	int number = -2;

	return result_read(body, strlen(body), &number) ? number : -1;
}

static void
reads_what_devices_may_send(void **state)
{
	(void)state;
	assert_int_equal(read_text("{\"error\":0}"), 0);
	assert_int_equal(read_text("{\"error\":409}"), 409);
	assert_int_equal(read_text("{ \"error\" : 404 }"), 404);
	assert_int_equal(read_text("{\"error\":\"410\"}"), 410);
	assert_int_equal(read_text("{\"seq\":3,\"error\":\r\n406}\r\n"), 406);
	assert_int_equal(read_text("error=0"), 0);
}

static void
refuses_rubbish(void **state)
{
	char large[RESULT_BODY_MOST + 32];
	int number;

	(void)state;
	assert_int_equal(read_text(""), -1);
	assert_int_equal(read_text("{}"), -1);
	assert_int_equal(read_text("{\"error\":}"), -1);
	assert_int_equal(read_text("{\"error\":-1}"), -1);
	assert_int_equal(read_text("{\"error\":null}"), -1);
	assert_int_equal(read_text("{\"error\":99999999999}"), -1);
	assert_int_equal(read_text("error"), -1);
	memset(large, ' ', sizeof large);
	memcpy(large, "error:0", 7);
	assert_false(result_read(large, sizeof large, &number));
	assert_false(result_read("error\0000", 7, &number));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_devices_may_send),
		cmocka_unit_test(refuses_rubbish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
