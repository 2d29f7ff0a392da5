/* One sighting in words. */
/* SPDX-License-Identifier: MIT */
#include "cmd/scan_row.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cmd/device_report.h"
#include "device/diy_client.h"

#define BOLD   "\033[1m"
#define DIM    "\033[2m"
#define GREEN  "\033[32m"
#define YELLOW "\033[33m"
#define PLAIN  "\033[0m"

#define COLUMNS "%-10s  %-15s  %-24s  %-8s  %-7s  "

enum { INDENT = 12, CELL_SIZE = 80, TEXT_SIZE = ERR_TEXT_SIZE * 2 + 8 };

void
scan_row_header(struct buf *out, const struct scan_style *style)
{
	buf_addf(out, "%s" COLUMNS "%s%s\n", style->color ? BOLD : "", "ID", "ADDRESS",
		"MODEL", "FIRMWARE", "SIGNAL", "LOCK", style->color ? PLAIN : "");
}

/* The port is named where it is not the usual one. */
static void
print_address(const struct device *device, char out[CELL_SIZE])
{
	unsigned port = ntohs(device->address.sin_port);
	char host[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &device->address.sin_addr, host, sizeof host);
	if (port == 0 || port == DIY_PORT)
		snprintf(out, CELL_SIZE, "%s", host);
	else
		snprintf(out, CELL_SIZE, "%s:%u", host, port);
}

static const char *
model_word(const struct device *device)
{
	if (device->kind == DEVICE_EWELINK)
		return "(in eWeLink mode)";
	if (device->model[0] != '\0')
		return device->model;
	if (device->kind == DEVICE_TASMOTA)
		return "Tasmota";
	return device->type[0] != '\0' ? device->type : "-";
}

static const char *
lock_word(const struct sighting *sighting)
{
	if (sighting->change == DISCOVER_GONE)
		return "gone";
	if (!sighting->is_judged)
		return "asking";
	switch (sighting->device.lock) {
	case LOCK_OPEN:
		return "open";
	case LOCK_CLOSED:
		return "locked";
	default:
		return "-";
	}
}

static const char *
lock_color(const struct sighting *sighting)
{
	if (sighting->change == DISCOVER_GONE || !sighting->is_judged)
		return DIM;
	return sighting->device.lock == LOCK_OPEN      ? GREEN
		: sighting->device.lock == LOCK_CLOSED ? YELLOW
						       : "";
}

void
scan_row_line(
	struct buf *out, const struct sighting *sighting, const struct scan_style *style)
{
	const struct device *device = &sighting->device;
	const char *color = style->color ? lock_color(sighting) : "";
	char address[CELL_SIZE], signal[16] = "-";

	print_address(device, address);
	if (device->has_signal)
		snprintf(signal, sizeof signal, "%d dBm", device->signal_dbm);
	buf_addf(out, COLUMNS "%s%s%s\n", device->id[0] != '\0' ? device->id : "-",
		address, model_word(device),
		device->firmware[0] != '\0' ? device->firmware : "-", signal, color,
		lock_word(sighting), *color != '\0' ? PLAIN : "");
}

static void
add_wrapped(struct buf *out, const char *text, const struct scan_style *style,
	const char *color)
{
	unsigned width = style->width > 2 * INDENT ? style->width - INDENT - 1 : 0;

	while (*text != '\0') {
		size_t len = width > 0 ? text_line(text, width) : strlen(text);

		buf_addf(out, "%*s%s%.*s%s\n", INDENT, "", style->color ? color : "",
			(int)len, text, style->color && *color != '\0' ? PLAIN : "");
		text += len;
		text += strspn(text, " ");
	}
}

static void
add_reason(struct buf *out, const struct verdict *verdict, const struct scan_style *style)
{
	char text[TEXT_SIZE];

	snprintf(text, sizeof text, "%s%s", verdict->reason,
		verdict->reason[strlen(verdict->reason) - 1] == '.' ? "" : ".");
	add_wrapped(out, text, style, "");
}

void
scan_row_advice(
	struct buf *out, const struct sighting *sighting, const struct scan_style *style)
{
	const struct verdict *verdict = &sighting->verdict;
	char text[TEXT_SIZE];

	if (!sighting->is_judged || sighting->change == DISCOVER_GONE)
		return;
	if (!verdict->can_be_freed && verdict->reason[0] != '\0')
		add_reason(out, verdict, style);
	add_wrapped(out, verdict->next_step, style, verdict->can_be_freed ? GREEN : "");
	for (unsigned i = 0; i < verdict->warning_count; i++) {
		snprintf(text, sizeof text, "But: %s.", verdict->warnings[i].text);
		add_wrapped(out, text, style, YELLOW);
	}
}

json_t *
scan_row_json(const struct sighting *sighting)
{
	static const char *const changes[] = {
		[DISCOVER_NEW] = "new",
		[DISCOVER_CHANGED] = "changed",
		[DISCOVER_GONE] = "gone",
	};
	const struct device *device = &sighting->device;
	json_t *out = device_report_json(device);

	json_object_set_new(out, "change", json_string(changes[sighting->change]));
	if (device->interface[0] != '\0')
		json_object_set_new(out, "interface", json_string(device->interface));
	json_object_set_new(out, "answered", json_boolean(device->answered));
	if (sighting->is_judged && sighting->change != DISCOVER_GONE)
		device_report_add_verdict(out, &sighting->verdict);
	return out;
}
