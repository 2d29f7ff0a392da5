/* What is known about an image, as text for people and as a JSON event. */
/* SPDX-License-Identifier: MIT */
#ifndef CMD_IMAGE_REPORT_H
#define CMD_IMAGE_REPORT_H

#include "firmware/accept.h"

void image_report_text(
	const struct image *image, const struct accept_overrides *overrides, bool plain);

/* One "verdict" event whose member `image` holds it all. */
void image_report_json(
	const struct image *image, const struct accept_overrides *overrides);

#endif
