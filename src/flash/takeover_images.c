/* The intermediate images, checked before any device hears of them. */
/* SPDX-License-Identifier: MIT */
#include "flash/takeover_images.h"

#include "base/memory.h"

static const struct err_code e_form = { "E-USER-IMAGE", ERR_IMAGE_REFUSED,
	"Take the files as they are in SonOTA's directory static/; \"airlift inspect\" tells "
	"what is wrong with one." };
static const struct err_code e_slot = { "E-USER-SLOT", ERR_IMAGE_REFUSED,
	"Put each file back under its own name: one runs at 0x01000, the other at 0x81000, "
	"and a device that gets the wrong one does not start." };
static const struct err_code e_size = { "E-USER-SIZE", ERR_IMAGE_REFUSED,
	"Use smaller intermediate images: vendor firmware refuses more." };

bool
takeover_image_check(const struct image *image, int slot, struct err *err)
{
	const struct image_flaw *flaw = image_fault(image);

	if (image->format != IMAGE_V2)
		return err_set(err, &e_form, "%s is %s, not an image for a slot",
			image->name, image_format_name(image->format));
	if (flaw != NULL)
		return err_set(err, &e_form, "%s: %s (%s)", image->name, flaw->text,
			flaw->code->name);
	if (image->has_crc && !image->crc_is_good)
		return err_set(err, &e_form, "%s: the CRC is wrong", image->name);
	if (image->len > TAKEOVER_SLOT_BYTES)
		return err_set(err, &e_size, "%s has %zu bytes; a slot takes %d",
			image->name, image->len, TAKEOVER_SLOT_BYTES);
	if (!image->fits_slot[slot])
		return err_set(err, &e_slot, "%s is not linked for slot %d", image->name,
			slot + 1);
	return true;
}

bool
takeover_images_open(const char *directory, struct image *user[2], struct err *err)
{
	static const char *const names[] = { TAKEOVER_IMAGE_USER1, TAKEOVER_IMAGE_USER2 };
	bool ok = true;

	user[0] = user[1] = NULL;
	for (int slot = 0; ok && slot < 2; slot++) {
		OWN_STR path = xasprintf("%s/%s", directory, names[slot]);

		user[slot] = image_open(path, err);
		ok = user[slot] != NULL && takeover_image_check(user[slot], slot, err);
	}
	return ok;
}
