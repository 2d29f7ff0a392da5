/* What a service's records say, made into a device. */
/* SPDX-License-Identifier: MIT */
#include "device/announced.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"

#define OWN_PREFIX "ewelink_"

static bool
has_own_name(const char *instance)
{
	return strncasecmp(instance, OWN_PREFIX, strlen(OWN_PREFIX)) == 0;
}

static bool
is_diy_type(const char *type)
{
	return strncasecmp(type, "diy", strlen("diy")) == 0;
}

/* Bridges and hubs have names of their own ("ihost-...", "zbbridgeu-..."). */
static enum device_kind
kind_of(const struct announced *said)
{
	const struct ewelink_txt *txt = said->txt;
	const char *type = txt != NULL ? txt->type : "";

	if (!has_own_name(said->instance) && !is_diy_type(type))
		return DEVICE_FOREIGN;
	if (txt != NULL && txt->encrypt)
		return DEVICE_EWELINK;
	return is_diy_type(type) ? DEVICE_DIY : DEVICE_UNKNOWN;
}

/* The id is lower case wherever it is used; the TXT record has it, the name repeats it. */
static void
take_id(const struct announced *said, struct device *device)
{
	const char *id = said->txt != NULL ? said->txt->id : "";

	if (*id == '\0' && has_own_name(said->instance))
		id = said->instance + strlen(OWN_PREFIX);
	else if (*id == '\0')
		id = said->instance;
	text_copy(device->id, sizeof device->id, id);
	for (char *at = device->id; *at != '\0'; at++)
		if (*at >= 'A' && *at <= 'Z')
			*at += 'a' - 'A';
}

void
announced_device(const struct announced *said, struct device *device)
{
	const struct ewelink_txt *txt = said->txt;

	*device = (struct device){ .kind = kind_of(said),
		.address = { .sin_family = AF_INET,
			.sin_port = htons(said->port),
			.sin_addr = said->address } };
	text_copy(device->interface, sizeof device->interface, said->interface);
	take_id(said, device);
	if (txt == NULL)
		return;
	text_copy(device->type, sizeof device->type, txt->type);
	if (txt->says_encrypt && !txt->encrypt && txt->has_iv)
		device->dialect = DIALECT_STRING; /* only firmware 3.0-3.1 sends both */
	if (txt->has_state)
		device_learn(device, &txt->state);
}

bool
announced_differs(const struct device *a, const struct device *b)
{
	return a->address.sin_addr.s_addr != b->address.sin_addr.s_addr ||
		a->address.sin_port != b->address.sin_port || a->kind != b->kind ||
		a->has_signal != b->has_signal || a->signal_dbm != b->signal_dbm ||
		a->many_outlets != b->many_outlets || a->dialect != b->dialect ||
		strcmp(a->id, b->id) != 0 || strcmp(a->type, b->type) != 0 ||
		strcmp(a->firmware, b->firmware) != 0 ||
		strcmp(a->switch_state, b->switch_state) != 0 ||
		strcmp(a->startup, b->startup) != 0;
}
