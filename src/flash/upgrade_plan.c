/* What can be put on a running Tasmota, and how. */
/* SPDX-License-Identifier: MIT */
#include "flash/upgrade_plan.h"

#include <string.h>

#include "base/text.h"

static const struct err_code e_step = { "E-UPGRADE-STEP", ERR_NOT_ELIGIBLE,
	"Flash the releases in between one after the other, or add --allow-jump if you "
	"know that this jump is safe." };
static const struct err_code e_gzip = { "E-UPGRADE-GZIP", ERR_IMAGE_REFUSED,
	"Take the .bin file: only Tasmota 8.2 and later unpack compressed files." };
static const struct err_code e_room = { "E-UPGRADE-ROOM", ERR_IMAGE_REFUSED,
	"Add --minimal tasmota-minimal.bin.gz (tasmota-minimal.bin before 8.2): it goes in "
	"between and makes room." };
static const struct err_code e_chip = { "E-UPGRADE-CHIP", ERR_NOT_ELIGIBLE,
	"Leave this device alone: it needs an image for its own chip." };

enum {
	SECTOR = 4096,
	PROGRAM_ROOM = 0xfb000, /* of 1 MiB: programs, old and new side by side */
};

/* No step of the way may be left out before 8.1. */
static const struct {
	uint32_t below;
	const char *next;
} way[] = {
	{ TASMOTA_VERSION(5, 14, 0, 0), "5.14.0" },
	{ TASMOTA_VERSION(6, 7, 1, 0), "6.7.1" },
	{ TASMOTA_VERSION(7, 2, 0, 0), "7.2.0" },
	{ TASMOTA_VERSION(8, 1, 0, 0), "8.5.1" },
};

void
upgrade_plan_clear(struct upgrade_plan *plan)
{
	image_free(plan->packed);
	*plan = (struct upgrade_plan){ 0 };
}

static bool
check_step(const struct tasmota_version *now, const struct image *image, bool allow_jump,
	struct err *err)
{
	struct tasmota_version wanted, next;
	size_t i = 0;

	if (allow_jump || now->number == 0 || tasmota_has(now, TASMOTA_JUMPS) ||
		!tasmota_read_version(image->version, &wanted))
		return true;
	while (i + 1 < COUNT_OF(way) && now->number >= way[i].below)
		i++;
	tasmota_read_version(way[i].next, &next);
	if (wanted.number <= next.number)
		return true;
	err_set(err, &e_step, "the device runs an old release; %s must come before %s",
		way[i].next, image->version);
	return false;
}

/* Bytes a file may have, in the way it is to be sent. */
static uint64_t
room_of(int64_t free_bytes, bool by_upload)
{
	if (!by_upload)
		return (uint64_t)free_bytes;
	return free_bytes < SECTOR ? 0
				   : (uint64_t)(free_bytes - SECTOR) & ~(SECTOR - 1ULL);
}

static uint64_t
room_beside(const struct image *running, bool by_upload)
{
	const struct image *content = image_content(running);
	uint64_t size = (content->len + SECTOR - 1) & ~(SECTOR - 1ULL);

	return size >= PROGRAM_ROOM ? 0
				    : room_of((int64_t)(PROGRAM_ROOM - size), by_upload);
}

/* The file as it is, or a compressed copy when only that fits. */
static bool
fit(struct upgrade_plan *plan, const struct image *image, uint64_t room, bool may_pack)
{
	if (plan->send->len <= room)
		return true;
	if (!may_pack || image->format == IMAGE_GZIP)
		return false;
	if (plan->packed == NULL)
		plan->packed = image_compressed(image);
	if (plan->packed == NULL || plan->packed->len > room)
		return false;
	plan->send = plan->packed;
	return true;
}

static bool
plan_minimal(struct upgrade_plan *plan, const struct image *image,
	const struct upgrade_wishes *wishes, uint64_t room, bool takes_gzip,
	struct err *err)
{
	char size[24], free_room[24];

	if (wishes->minimal == NULL)
		return err_set(err, &e_room,
			"the image has %s, the device has room for %s",
			text_size(size, sizeof size, plan->send->len),
			text_size(free_room, sizeof free_room, room));
	if (wishes->minimal->format == IMAGE_GZIP && !takes_gzip)
		return err_set(err, &e_gzip, "the minimal build is compressed");
	if (wishes->minimal->len > room)
		return err_set(err, &e_room,
			"even the minimal build (%s) does not fit into %s",
			text_size(size, sizeof size, wishes->minimal->len),
			text_size(free_room, sizeof free_room, room));
	plan->needs_minimal = true;
	room = room_beside(wishes->minimal, wishes->by_upload);
	return fit(plan, image, room, takes_gzip) ||
		err_set(err, &e_room, "not even beside the minimal build is there room");
}

/* Releases before 9.1 do not tell; they run on the ESP8266 alone. */
bool
upgrade_takes_chip(const struct tasmota_state *state, struct err *err)
{
	return !text_starts_with(state->hardware, "ESP32") ||
		err_set(err, &e_chip,
			"the device has an %s, the image is for the ESP8266",
			state->hardware);
}

bool
upgrade_plan_make(const struct tasmota_state *state, const struct image *image,
	const struct upgrade_wishes *wishes, struct upgrade_plan *plan, struct err *err)
{
	struct tasmota_version now;
	bool is_known = tasmota_read_version(state->version, &now);
	/* Builds that do not tell are minimal ones of 11 and later. */
	bool takes_gzip = !is_known || tasmota_has(&now, TASMOTA_GZIP);
	uint64_t room = room_of(state->free_kib * 1024, wishes->by_upload);

	*plan = (struct upgrade_plan){ .send = image };
	if (!upgrade_takes_chip(state, err) ||
		!check_step(&now, image, wishes->allow_jump, err))
		return false;
	if (image->format == IMAGE_GZIP && !takes_gzip)
		return err_set(err, &e_gzip,
			"the image is compressed, and Tasmota %s does not take that",
			state->version);
	if (!state->has_memory || fit(plan, image, room, takes_gzip))
		return true;
	return plan_minimal(plan, image, wishes, room, takes_gzip, err);
}

/* The complete build is named "tasmota", or not at all. */
static bool
is_variant(const char *wanted, const char *seen)
{
	bool wants_full = strcmp(wanted, "tasmota") == 0;

	return *wanted == '\0' || strcmp(wanted, seen) == 0 ||
		(wants_full && *seen == '\0');
}

bool
upgrade_is_it(const struct image *image, const char *seen, const char *before)
{
	const struct image *content = image_content(image);
	struct tasmota_version wanted, is;

	if (content == NULL || !tasmota_read_version(seen, &is))
		return false;
	if (!is_variant(content->variant, is.variant))
		return false;
	if (tasmota_read_version(content->version, &wanted) && wanted.number == is.number)
		return true;
	return (content->version_is_a_guess || content->version[0] == '\0') &&
		before != NULL && strcmp(seen, before) != 0;
}
