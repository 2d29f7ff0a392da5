/* What is known about an image, as text for people. */
/* SPDX-License-Identifier: MIT */
#include "cmd/image_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/terminal.h"
#include "base/text.h"

struct paint {
	const char *good, *bad, *end;
};

static struct paint
paint_for(bool plain)
{
	if (plain || !terminal_has_color(stdout))
		return (struct paint){ "", "", "" };
	return (struct paint){ "\033[32m", "\033[31m", "\033[0m" };
}

static void
print_program(const struct image *image)
{
	if (image->program[0] == '\0')
		return;
	printf("  program   %s", image->program);
	if (image->variant[0] != '\0')
		printf(", %s", image->variant);
	if (image->version[0] != '\0')
		printf(", version %s%s", image->version,
			image->version_is_a_guess ? " (a guess from its code)" : "");
	putchar('\n');
}

static void
print_flash(const struct image *image)
{
	const struct image_part *first = &image->parts[0];

	if (image->part_count == 0)
		return;
	printf("  flash     mode %s", image_flash_mode_name(first->flash_mode_byte));
	if (image->format == IMAGE_ARDUINO || image->format == IMAGE_V1)
		printf(", made for %s at %s",
			image_flash_size_name(first->size_speed_byte),
			image_flash_speed_name(first->size_speed_byte));
	putchar('\n');
}

static void
print_sums(const struct image *image, const struct paint *paint)
{
	for (unsigned i = 0; i < image->part_count; i++) {
		const struct image_part *part = &image->parts[i];
		bool good = part->checksum_found == part->checksum_wanted;

		if (part->has_checksum)
			printf("  checksum  %s: 0x%02x, %s%s%s\n", part->name,
				part->checksum_found, good ? paint->good : paint->bad,
				good ? "good" : "wrong", paint->end);
	}
	if (image->has_crc)
		printf("  CRC       %s%s%s\n",
			image->crc_is_good ? paint->good : paint->bad,
			image->crc_is_good ? "good" : "wrong", paint->end);
	if (image->format == IMAGE_V2)
		printf("  slot      linked for %s\n",
			image->fits_slot[0] && image->fits_slot[1] ? "both"
				: image->fits_slot[0]		   ? "user1"
				: image->fits_slot[1]		   ? "user2"
								   : "neither clearly");
}

static void
print_segments(const struct image *image)
{
	bool esp8266 = strcmp(image->chip, "esp8266") == 0;

	if (image->part_count > 0)
		puts("  segments  from       to         bytes   at in file  what");
	for (unsigned i = 0; i < image->part_count; i++)
		for (unsigned k = 0; k < image->parts[i].segment_count; k++) {
			const struct image_part *part = &image->parts[i];
			const struct image_segment *segment = &part->segments[k];

			printf("            0x%08" PRIx32 " 0x%08" PRIx32 " %-7" PRIu32
			       " 0x%-9" PRIx32 " %s%s%s\n",
				segment->address,
				segment->address + segment->length -
					(segment->length > 0),
				segment->length, segment->offset, part->name,
				esp8266 ? ", " : "",
				esp8266 ? image_memory_name(segment->address) : "");
		}
	for (unsigned i = 0; i < image->part_count; i++)
		printf("  entry     %s: 0x%08" PRIx32 "\n", image->parts[i].name,
			image->parts[i].entry);
}

static void
print_flaws(const struct image *image, const struct paint *paint)
{
	for (unsigned i = 0; i < image->flaw_count; i++) {
		const struct image_flaw *flaw = &image->flaws[i];
		bool remark = image_flaw_is_remark(flaw);

		printf("  %s  %s%s%s (%s)\n", remark ? "remark  " : "fault   ",
			remark ? "" : paint->bad, flaw->text, paint->end,
			flaw->code->name);
	}
}

static void
print_room(const struct image *image, const char *method)
{
	const struct image *content = image_content(image);
	struct accept_limits limits;

	if (accept_limits(method, &limits) && content->len <= limits.most)
		printf(", %zu of %zu bytes left", limits.most - content->len,
			limits.most);
}

static void
print_refusal(const char *method, const struct err *err, const struct err *before,
	const struct paint *paint)
{
	printf("  %-8s  %srefused%s, ", method, paint->bad, paint->end);
	if (before->code == err->code && strcmp(before->text, err->text) == 0)
		puts("for the same reason");
	else
		printf("%s: %s\n            %s\n", err->code->name, err->text,
			err->remedy);
}

static void
print_methods(const struct image *image, const struct accept_overrides *overrides,
	const struct paint *paint)
{
	struct err before = { 0 };

	for (const char *const *method = accept_methods; *method != NULL; method++) {
		char warning[ACCEPT_WARNING_SIZE];
		struct err err = { 0 };

		if (accept_image(image, *method, overrides, warning, &err)) {
			printf("  %-8s  %saccepted%s", *method, paint->good, paint->end);
			print_room(image, *method);
			printf("%s%s\n",
				warning[0] != '\0' ? "\n            warning: " : "",
				warning);
		} else {
			print_refusal(*method, &err, &before, paint);
		}
		before = err;
	}
}

/* The description of one file, without its verdicts. */
static void
print_description(const struct image *image, const struct paint *paint)
{
	char size[32];

	printf("  format    %s%s%s\n", image_format_name(image->format),
		image->chip[0] != '\0' ? ", for the " : "", image->chip);
	printf("  size      %zu bytes (%s)\n", image->len,
		text_size(size, sizeof size, image->len));
	print_program(image);
	print_flash(image);
	print_segments(image);
	print_sums(image, paint);
	print_flaws(image, paint);
}

void
image_report_text(
	const struct image *image, const struct accept_overrides *overrides, bool plain)
{
	const struct paint paint = paint_for(plain);

	puts(image->name);
	print_description(image, &paint);
	if (image->inner != NULL) {
		puts("  unpacked:");
		print_description(image->inner, &paint);
	}
	printf("  sha256    %s\n", image->sha256);
	print_methods(image, overrides, &paint);
}
