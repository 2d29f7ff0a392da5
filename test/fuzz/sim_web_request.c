/* Requests to the simulated Tasmota's web server, and what is masked in its events. */
/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdlib.h>

#include "sim/tasmota_log.h"
#include "sim/web_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct web_request request;
	const char *command;

	if (web_request_read(&request, (const char *)bytes, len, true) &&
		(command = web_request_argument(&request, "cmnd")) != NULL)
		free(tasmota_mask(command));
	web_request_clear(&request);
	return 0;
}
