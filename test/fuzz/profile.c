/* Any bytes as a profile. */
/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <stdint.h>

#include "fleet/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	OWN_NEW(profile) profile = NULL;

	if (len > PROFILE_FILE_MOST)
		return 0;
	profile = profile_parse("home.yaml", (const char *)bytes, len, NULL);
	if (profile != NULL)
		profile_device(profile, "1000a1b2c3", "5CCF7F3D5E26");
	return 0;
}
