/* One device as far as it is known. */
/* SPDX-License-Identifier: MIT */
#include "device/device.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "wire/diy.h"

const char *
device_name(const struct device *device, char out[DEVICE_ID_SIZE])
{
	if (device->id[0] != '\0')
		memcpy(out, device->id, DEVICE_ID_SIZE);
	else if (device->address.sin_addr.s_addr == INADDR_ANY)
		memcpy(out, "unknown", sizeof "unknown");
	else
		inet_ntop(AF_INET, &device->address.sin_addr, out, DEVICE_ID_SIZE);
	return out;
}

bool
device_is_id(const char *name)
{
	enum { DIGITS = 10 };

	return strlen(name) == DIGITS && strspn(name, "0123456789abcdefABCDEF") == DIGITS;
}

const char *
device_address(const struct device *device, char out[DEVICE_ADDRESS_SIZE])
{
	char host[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &device->address.sin_addr, host, sizeof host);
	snprintf(out, DEVICE_ADDRESS_SIZE, device->address.sin_port != 0 ? "%s:%u" : "%s",
		host, ntohs(device->address.sin_port));
	return out;
}

static void
take(char *out, size_t size, const char *said)
{
	if (*said != '\0')
		text_copy(out, size, said);
}

void
device_learn(struct device *device, const struct diy_state *state)
{
	if (device->id[0] == '\0')
		take(device->id, sizeof device->id, state->id);
	take(device->firmware, sizeof device->firmware, state->firmware);
	take(device->switch_state, sizeof device->switch_state, state->switch_state);
	take(device->startup, sizeof device->startup, state->startup);
	if (state->has_signal) {
		device->has_signal = true;
		device->signal_dbm = state->signal_dbm;
	}
	if (state->has_lock)
		device->lock = state->lock_is_open ? LOCK_OPEN : LOCK_CLOSED;
	device->many_outlets |= state->many_outlets;
	device->dimmable |= state->dimmable;
}
