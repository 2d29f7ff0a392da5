/* One device as far as it is known. */
/* SPDX-License-Identifier: MIT */
#include "device/device.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

const char *
device_name(const struct device *device, char out[DEVICE_ID_SIZE])
{
	if (device->id[0] != '\0')
		memcpy(out, device->id, DEVICE_ID_SIZE);
	else
		inet_ntop(AF_INET, &device->address.sin_addr, out, DEVICE_ID_SIZE);
	return out;
}

const char *
device_address(const struct device *device, char out[DEVICE_ADDRESS_SIZE])
{
	char host[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &device->address.sin_addr, host, sizeof host);
	snprintf(
		out, DEVICE_ADDRESS_SIZE, "%s:%u", host, ntohs(device->address.sin_port));
	return out;
}
