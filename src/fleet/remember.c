/* What is noted of a device while it gets its new firmware, for later runs. */
/* SPDX-License-Identifier: MIT */
#include "fleet/remember.h"

#include <string.h>

#include "base/log.h"
#include "base/text.h"

bool
remember_kind(const struct catalog *catalog, const struct device *device,
	char model[DEVICE_MODEL_SIZE], char hardware[HOME_HARDWARE_SIZE])
{
	/* Old devices that call are of no kind discovery knows. */
	if ((device->kind != DEVICE_DIY && device->kind != DEVICE_UNKNOWN) ||
		device->model[0] == '\0')
		return false;
	home_model(catalog, device, model);
	home_hardware(catalog, device, hardware);
	return true;
}

static bool
has_new_firmware(const struct flash_job *job)
{
	return job->seen_at.sin_addr.s_addr != INADDR_ANY;
}

static void
write_once(struct flash_job *job, const char *detail, char last[RECALL_TEXT_SIZE])
{
	char name[DEVICE_ID_SIZE];
	struct err err = { 0 };

	if (strcmp(detail, last) == 0)
		return;
	text_copy(last, RECALL_TEXT_SIZE, detail);
	if (!flash_note(job, &err, "%s", detail))
		log_warn("%s: a later run will not know this: %s",
			device_name(&job->device, name), err.text);
}

void
remember(struct remembered *last, struct flash_job *job)
{
	char model[DEVICE_MODEL_SIZE], hardware[HOME_HARDWARE_SIZE];
	char detail[RECALL_TEXT_SIZE];

	if (!has_new_firmware(job) && job->catalog != NULL &&
		remember_kind(job->catalog, &job->device, model, hardware)) {
		recall_write_kind(model, hardware, detail);
		write_once(job, detail, last->kind);
	}
	if (job->device.mac[0] == '\0')
		return;
	if (has_new_firmware(job))
		recall_write_place(job->device.mac, &job->seen_at, detail);
	else
		recall_write_vendor_mac(job->device.mac, detail);
	write_once(job, detail, last->mac);
}
