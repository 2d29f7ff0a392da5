/* What happens when a device restarts with new flash content. */
/* SPDX-License-Identifier: MIT */
#include "sim/boot.h"

#include <string.h>

#include "base/memory.h"
#include "sim/flash_image.h"
#include "sim/tasmota_life.h"
#include "sim/tasmota_wifi.h"

enum { BOOT_MS = 2000 };

/* NULL, or why nothing will ever be heard of the device again. */
static const char *
why_dead(const struct plug *plug, const struct flash_image *image)
{
	if (plug->personality->bl602)
		return "a BL602 can not run an ESP8266 image";
	if (plug->faults.has[FAULT_DEAD])
		return "fault";
	return image->starts ? NULL : image->why_not;
}

/* Which program came up, for those that nobody will ever speak to. */
static void
tell(const struct plug *plug, const struct flash_image *image, const char *where)
{
	world_tell(plug->world, "boots", plug->id, "{s:s,s:s,s:s,s:s}", "program",
		image->program, "version", image->version, "variant", image->variant,
		"where", where);
}

/* Fresh settings; what the image brings with it is the home network. */
static void
be_tasmota(struct plug *plug, const struct flash_image *image)
{
	struct tasmota *t = xcalloc(1, sizeof *t);

	t->world = plug->world;
	t->id = plug->id;
	t->bell = plug->bell;
	t->lan_address = plug_address(plug);
	t->ap_address = plug->ap_address;
	t->boot_ms = BOOT_MS;
	t->flash = &plug->flash;
	t->faults = plug->tasmota_faults;
	memcpy(t->mac, plug->mac, sizeof t->mac);
	tasmota_init(t, image->version_word, image->variant, (uint32_t)plug->image_bytes);
	if (image->has_wifi_data && !plug->faults.has[FAULT_AP_ONLY])
		tasmota_at_home(t);
	t->boots_at_once = true;
	tasmota_live(t);
	tasmota_clear(t);
	free(t);
}

void
boot_live(struct plug *plug)
{
	struct world *world = plug->world;
	struct flash_image image;
	const char *dead;

	flash_image_read(plug->flash.bytes, plug->image_bytes, &image);
	dead = why_dead(plug, &image);
	if (!clock_pause(world->boot_ms, &world->cancel))
		return;
	if (dead != NULL)
		world_tell(world, "dead", plug->id, "{s:s}", "why", dead);
	else if (strcmp(image.program, "Tasmota") == 0)
		be_tasmota(plug, &image);
	else
		tell(plug, &image, image.has_wifi_data ? "lan" : "access-point");
}
