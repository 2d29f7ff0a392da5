/* What is known about an image, as a JSON event. */
/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "cmd/image_report.h"
#include "fleet/event.h"

/* Addresses are read by people too: text, as in the datasheets. */
static json_t *
hex(uint32_t value)
{
	return json_sprintf("0x%08x", value);
}

static json_t *
segments_of(const struct image *image, const struct image_part *part)
{
	json_t *list = json_array();
	bool esp8266 = strcmp(image->chip, "esp8266") == 0;

	for (unsigned i = 0; i < part->segment_count; i++) {
		const struct image_segment *segment = &part->segments[i];

		json_array_append_new(list,
			json_pack("{s:o, s:I, s:I, s:s?}", "address",
				hex(segment->address), "bytes",
				(json_int_t)segment->length, "offset",
				(json_int_t)segment->offset, "memory",
				esp8266 ? image_memory_name(segment->address) : NULL));
	}
	return list;
}

static json_t *
parts_of(const struct image *image)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < image->part_count; i++) {
		const struct image_part *part = &image->parts[i];
		bool good = part->has_checksum &&
			part->checksum_found == part->checksum_wanted;

		json_array_append_new(list,
			json_pack("{s:s, s:I, s:o, s:s, s:s, s:b, s:o}", "name",
				part->name, "offset", (json_int_t)part->offset, "entry",
				hex(part->entry), "flash_mode",
				image_flash_mode_name(part->flash_mode_byte),
				"flash_size",
				image_flash_size_name(part->size_speed_byte),
				"checksum_good", good, "segments",
				segments_of(image, part)));
	}
	return list;
}

static json_t *
flaws_of(const struct image *image)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < image->flaw_count; i++) {
		const struct image_flaw *flaw = &image->flaws[i];

		json_array_append_new(list,
			json_pack("{s:s, s:s, s:b}", "code", flaw->code->name, "cause",
				flaw->text, "harmless", image_flaw_is_remark(flaw)));
	}
	return list;
}

static const char *
text_or_null(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

static json_t *
description_of(const struct image *image)
{
	json_t *facts = json_pack(
		"{s:s, s:s, s:s?, s:I, s:s, s:s?, s:s?, s:s?, s:b, s:o, s:o}", "name",
		image->name, "format", image_format_name(image->format), "chip",
		text_or_null(image->chip), "bytes", (json_int_t)image->len, "sha256",
		image->sha256, "program", text_or_null(image->program), "variant",
		text_or_null(image->variant), "version", text_or_null(image->version),
		"version_is_a_guess", image->version_is_a_guess, "parts", parts_of(image),
		"flaws", flaws_of(image));

	if (image->has_crc)
		json_object_set_new(facts, "crc_good", json_boolean(image->crc_is_good));
	if (image->inner != NULL)
		json_object_set_new(facts, "unpacked", description_of(image->inner));
	return facts;
}

static json_t *
verdict_of(const struct image *image, const char *method,
	const struct accept_overrides *overrides)
{
	const struct image *content = image_content(image);
	char warning[ACCEPT_WARNING_SIZE];
	struct accept_limits limits;
	struct err err = { 0 };

	if (!accept_image(image, method, overrides, warning, &err))
		return json_pack("{s:b, s:s, s:s, s:s}", "accepted", false, "code",
			err.code->name, "cause", err.text, "remedy", err.remedy);
	accept_limits(method, &limits);
	return json_pack("{s:b, s:I, s:s?}", "accepted", true, "bytes_left",
		(json_int_t)(limits.most - content->len), "warning",
		text_or_null(warning));
}

void
image_report_json(const struct image *image, const struct accept_overrides *overrides)
{
	json_t *methods = json_object();

	for (const char *const *method = accept_methods; *method != NULL; method++)
		json_object_set_new(
			methods, *method, verdict_of(image, *method, overrides));
	event_print("verdict", NULL,
		json_pack("{s:o, s:o}", "image", description_of(image), "methods",
			methods));
}
