/* Any bytes as the body of a dispatch request, and as answers of a device that pairs. */
/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <string.h>

#include "wire/ewelink_ap.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct ewelink_dispatch dispatch;
	struct ewelink_ap_device device;
	int error = 0;

	if (ewelink_read_dispatch((const char *)bytes, len, &dispatch))
		assert(ewelink_is_id(dispatch.id) &&
			ewelink_is_key(dispatch.factory_key) &&
			strpbrk(dispatch.model, "\"\\\n\033") == NULL);
	if (ewelink_ap_read_device((const char *)bytes, len, &device))
		assert(ewelink_is_id(device.id));
	if (ewelink_ap_read_result((const char *)bytes, len, &error))
		assert(error >= 0);
	return 0;
}
