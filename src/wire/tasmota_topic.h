/* Where a Tasmota speaks and listens: its FullTopic with the tokens filled in. */
/* SPDX-License-Identifier: MIT */
#ifndef WIRE_TASMOTA_TOPIC_H
#define WIRE_TASMOTA_TOPIC_H

#include "base/buf.h"

#define TASMOTA_FULL_TOPIC "%prefix%/%topic%/"
#define TASMOTA_TOPIC_MOST 256

struct tasmota_names {
	const char *full_topic; /* "%prefix%/%topic%/" */
	const char *topic, *hostname;
	const char *mac; /* 12 digits; %id% is all of it */
};

/* "tele/lamp1/LWT" for prefix "tele" and last word "LWT". False when it does not fit. */
bool tasmota_topic(struct buf *out, const struct tasmota_names *names, const char *prefix,
	const char *last);

/* Whether Tasmota takes it as a topic letter by letter: it drops blanks, "+", "#" and
 * "/", and "$" is the broker's. */
bool tasmota_topic_is_plain(const char *topic);

#endif
