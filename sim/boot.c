/* What happens when a device restarts with new flash content. */
/* SPDX-License-Identifier: MIT */
#include "sim/boot.h"

#include <string.h>

#include "sim/flash_image.h"
#include "sim/tasmota.h"

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

void
boot_live(struct plug *plug)
{
	struct world *world = plug->world;
	struct flash_image image;
	const char *dead, *where = "lan";

	flash_image_read(plug->flash.bytes, plug->image_bytes, &image);
	dead = why_dead(plug, &image);
	if (!clock_pause(world->boot_ms, &world->cancel))
		return;
	if (dead != NULL) {
		world_tell(world, "dead", plug->id, "{s:s}", "why", dead);
		return;
	}
	if (strcmp(image.variant, "minimal") == 0)
		where = "nowhere";
	else if (!image.has_wifi_data || plug->faults.has[FAULT_AP_ONLY])
		where = "access-point";
	if (strcmp(where, "lan") == 0 && strcmp(image.program, "Tasmota") == 0)
		tasmota_live(plug, &image);
	else
		world_tell(world, "boots", plug->id, "{s:s,s:s,s:s,s:s}", "program",
			image.program, "version", image.version, "variant", image.variant,
			"where", where);
}
