/* flash --dry-run: the whole plan. */
/* SPDX-License-Identifier: MIT */
#include "cmd/flash_plan.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "base/terminal.h"
#include "base/text.h"
#include "fleet/event.h"
#include "host/reach.h"

static const char *const lock_words[] = {
	[LOCK_UNKNOWN] = "lock not known",
	[LOCK_CLOSED] = "locked",
	[LOCK_OPEN] = "open",
};

enum { INDENT = 8 };

static void
print_image(const struct image *image)
{
	char size[24];

	terminal_say(stdout, INDENT, "image   %s: %s %s %s, %s, %s", image->name,
		image->program[0] != '\0' ? image->program : "unknown program",
		image->version, image->variant, image_format_name(image->format),
		text_size(size, sizeof size, image->len));
	printf("%*ssha256 %s\n", INDENT, "", image->sha256);
}

static void
print_steps(const struct job *job)
{
	printf("        steps:");
	for (const struct flash_step *step = job->method->steps; step->name != NULL;
		step++)
		printf(" %s%s", step->name, step[1].name != NULL ? "," : "\n");
}

static void
print_job(const struct job *job)
{
	const struct device *device = &job->device;
	char name[DEVICE_ID_SIZE], address[DEVICE_ADDRESS_SIZE], host[INET_ADDRSTRLEN];
	struct in_addr own;
	struct err err = { 0 };

	printf("device  %s", device_name(device, name));
	if (device->address.sin_addr.s_addr != INADDR_ANY)
		printf(" at %s", device_address(device, address));
	if (job->refusal.code != NULL) {
		putchar('\n');
		terminal_say(stdout, INDENT + 6, "%*srefused: %s (%s)", INDENT, "",
			job->refusal.text, job->refusal.code->name);
		terminal_say(stdout, INDENT + 6, "%*snext: %s", INDENT, "",
			job->refusal.remedy);
		return;
	}
	printf(", firmware %s, %s\n",
		device->firmware[0] != '\0' ? device->firmware : "unknown",
		lock_words[device->lock]);
	if (reach_own_address(device->address.sin_addr, &own, &err))
		printf("        would fetch the image from %s, method %s\n",
			inet_ntop(AF_INET, &own, host, sizeof host), job->method->name);
	else
		printf("        can not fetch from here: %s\n", err.text);
	print_steps(job);
}

static void
print_event(const struct job *job)
{
	char name[DEVICE_ID_SIZE];
	bool can = job->refusal.code == NULL;
	json_t *fields = json_pack(
		"{s:b, s:s}", "can_be_flashed", can, "method", job->method->name);

	if (!can) {
		json_object_set_new(fields, "code", json_string(job->refusal.code->name));
		json_object_set_new(fields, "cause", json_string(job->refusal.text));
		json_object_set_new(fields, "remedy", json_string(job->refusal.remedy));
	}
	event_print("verdict", device_name(&job->device, name), fields);
}

void
flash_plan_print(
	const struct image *image, const struct job *jobs, size_t count, bool json)
{
	if (!json)
		print_image(image);
	for (size_t i = 0; i < count; i++)
		if (json)
			print_event(&jobs[i]);
		else
			print_job(&jobs[i]);
	if (!json)
		puts("This was a rehearsal: nothing was changed.");
}
