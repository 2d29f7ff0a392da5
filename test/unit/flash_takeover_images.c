/* Bad sets of images are refused for the right reason, before any device hears of them. */
/* SPDX-License-Identifier: MIT */
#include "flash/takeover_images.h"

#include <unistd.h>

#include "base/file.h"
#include "firmware/accept.h"
#include "test/unit/image_maker.h"

enum { FLASH_BYTES = 200000 };

static const char *const names[] = { TAKEOVER_IMAGE_USER1, TAKEOVER_IMAGE_USER2 };

static int
set_up(void **state)
{
	char *directory = xstrdup("/tmp/airlift-images-XXXXXX");

	assert_non_null(mkdtemp(directory));
	*state = directory;
	return 0;
}

static int
tear_down(void **state)
{
	for (int slot = 0; slot < 2; slot++) {
		OWN_STR path = xasprintf("%s/%s", (char *)*state, names[slot]);

		unlink(path);
	}
	rmdir(*state);
	free(*state);
	return 0;
}

static void
put(const char *directory, int slot, const struct made *made)
{
	OWN_STR path = xasprintf("%s/%s", directory, names[slot]);

	assert_true(file_write(path, made->bytes, made->len, 0600, NULL));
}

/* The directory's set is refused with this code, or taken (NULL). */
static void
expect(const char *directory, const char *code)
{
	struct image *user[2];
	struct err err = { 0 };
	bool ok = takeover_images_open(directory, user, &err);

	image_free(user[0]);
	image_free(user[1]);
	assert_int_equal(ok, code == NULL);
	if (code != NULL)
		assert_string_equal(err.code->name, code);
}

static void
a_good_set_is_taken(void **state)
{
	OWN(made) user1 = make_update(0, FLASH_BYTES, false, true);
	OWN(made) user2 = make_update(1, FLASH_BYTES, false, true);

	put(*state, 0, &user1);
	put(*state, 1, &user2);
	expect(*state, NULL);
}

static void
swapped_slots_are_noticed(void **state)
{
	OWN(made) user1 = make_update(0, FLASH_BYTES, false, true);
	OWN(made) user2 = make_update(1, FLASH_BYTES, false, true);

	put(*state, 0, &user2);
	put(*state, 1, &user1);
	expect(*state, "E-USER-SLOT");
	put(*state, 0, &user1);
	expect(*state, "E-USER-SLOT"); /* the second is as wrong alone */
}

static void
an_image_that_runs_anywhere_is_taken(void **state)
{
	OWN(made) user1 = make_update(0, FLASH_BYTES, false, true);
	OWN(made) anywhere = make_update(1, FLASH_BYTES, true, true);

	put(*state, 0, &user1);
	put(*state, 1, &anywhere);
	expect(*state, NULL);
}

/* The limit is exact; the image maker's files grow by rows of 16 bytes. */
static void
a_slot_has_a_limit(void **state)
{
	OWN(made) user1 = make_update(0, FLASH_BYTES, false, true);
	OWN(made) measure = make_update(1, FLASH_BYTES, false, true);
	size_t room = TAKEOVER_SLOT_BYTES - measure.len;
	size_t most = FLASH_BYTES + room - room % 16;
	OWN(made) fits = make_update(1, most, false, true);
	OWN(made) large = make_update(1, most + 16, false, true);

	assert_true(fits.len <= TAKEOVER_SLOT_BYTES && large.len > TAKEOVER_SLOT_BYTES);
	put(*state, 0, &user1);
	put(*state, 1, &fits);
	expect(*state, NULL);
	put(*state, 1, &large);
	expect(*state, "E-USER-SIZE");
}

static void
damage_is_noticed(void **state)
{
	OWN(made) user1 = make_update(0, FLASH_BYTES, false, true);
	OWN(made) user2 = make_update(1, FLASH_BYTES, false, true);

	put(*state, 0, &user1);
	user2.bytes[FLASH_BYTES / 2] ^= 1;
	put(*state, 1, &user2);
	expect(*state, "E-USER-IMAGE");
	user2.bytes[FLASH_BYTES / 2] ^= 1;
	user2.len -= 1000; /* a download that broke off */
	put(*state, 1, &user2);
	expect(*state, "E-USER-IMAGE");
	user2.len = 0;
	put(*state, 1, &user2);
	expect(*state, "E-FILE");
}

static void
other_files_under_their_names_are_refused(void **state)
{
	static const struct recipe recipe = { 0 };
	OWN(made) user1 = make_update(0, FLASH_BYTES, false, true);
	OWN(made) final = make_arduino(&recipe);
	OWN(made) packed = make_gzip(&user1, 6);

	put(*state, 0, &final);
	expect(*state, "E-USER-IMAGE");
	put(*state, 0, &packed);
	expect(*state, "E-USER-IMAGE");
	put(*state, 0, &user1);
	expect(*state, "E-FILE"); /* there is no second one */
}

static void
expect_final(const struct made *made, const char *code)
{
	OWN_NEW(image) image = image_parse("x.bin", made->bytes, made->len);
	struct err err = { 0 };

	assert_int_equal(accept_image(image, "takeover", NULL, NULL, &err), code == NULL);
	if (code != NULL)
		assert_string_equal(err.code->name, code);
}

static void
the_final_image_is_judged_too(void **state)
{
	static const struct recipe good = { 0 }, large = { .len = 524288 + 16 },
				   most = { .len = 524288 }, qio = { .mode = 0x80 },
				   other = { TEXT("nobody knows") };
	OWN(made) fits = make_arduino(&good);
	OWN(made) largest = make_arduino(&most);
	OWN(made) too_large = make_arduino(&large);
	OWN(made) wrong_mode = make_arduino(&qio);
	OWN(made) foreign = make_arduino(&other);
	OWN(made) user = make_update(1, FLASH_BYTES, false, true);
	OWN(made) packed = make_gzip(&fits, 6);
	OWN(made) esp32 = make_esp32(0, 0x40081080, 0x3f400020);

	(void)state;
	expect_final(&fits, NULL);
	expect_final(&largest, NULL);
	expect_final(&too_large, "E-IMAGE-TOO-LARGE");
	expect_final(&wrong_mode, "E-IMAGE-FLASH-MODE");
	expect_final(&foreign, "E-IMAGE-FOREIGN");
	expect_final(&user, "E-IMAGE-VENDOR-UPDATE");
	expect_final(&packed, "E-IMAGE-GZIP");
	expect_final(&esp32, "E-IMAGE-ESP32");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_good_set_is_taken, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			swapped_slots_are_noticed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			an_image_that_runs_anywhere_is_taken, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_slot_has_a_limit, set_up, tear_down),
		cmocka_unit_test_setup_teardown(damage_is_noticed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			other_files_under_their_names_are_refused, set_up, tear_down),
		cmocka_unit_test(the_final_image_is_judged_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
