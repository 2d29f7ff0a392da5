/* The images of the takeover: two intermediate ones, each for its slot, and the final one.
 * They are made by others (SonOTA) and come from a directory the user names. */
/* SPDX-License-Identifier: MIT */
#ifndef FLASH_TAKEOVER_IMAGES_H
#define FLASH_TAKEOVER_IMAGES_H

#include "base/err.h"
#include "firmware/image.h"

#define TAKEOVER_IMAGE_USER1 "image_user1-0x01000.bin"
#define TAKEOVER_IMAGE_USER2 "image_user2-0x81000.bin"
#define TAKEOVER_IMAGE_FINAL "image_arduino.bin"

#define TAKEOVER_SLOT_BYTES 471040 /* vendor firmware takes no more */

/* Reads both intermediate images and checks them: form, checksums, size, and that each is
 * linked for its slot. The caller frees user[0] and user[1], also after a failure.
 * E-FILE, E-USER-IMAGE, E-USER-SLOT, E-USER-SIZE. */
bool takeover_images_open(const char *directory, struct image *user[2], struct err *err);

/* The checks alone. */
bool takeover_image_check(const struct image *image, int slot, struct err *err);

#endif
