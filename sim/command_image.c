/* airlift-sim image: writes a flash image for tests and demos, whole or broken on
 * purpose. */
/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "sim/args.h"
#include "sim/command.h"
#include "sim/image_maker.h"
#include "sim/user_image.h"

enum { IMAGE_USUAL = 487824 };

static const struct arg table[] = {
	{ "format", "FORMAT", "arduino",
		"arduino (from address 0), user1 or user2 (for a slot)" },
	{ "program", "NAME", "Tasmota", "whose image it looks like" },
	{ "version", "VERSION", "14.1.0", "two to four numbers with dots" },
	{ "variant", "NAME", "lite", "lite, tasmota, sensors, minimal..." },
	{ "size", "BYTES", NULL,
		"of the file: a multiple of 16 (487824), of user images 4 more (239220)" },
	{ "wifi", "yes|no", "no", "Wi-Fi data inside: the device comes up on the LAN" },
	{ "mode", "MODE", "dout", "flash mode: qio, qout, dio or dout" },
	{ "core3-crc", NULL, NULL, "length and CRC words as core 3.0 writes them" },
	{ "break", "WHAT", "none", "none, checksum, truncated, eboot, entry or crc" },
	{ 0 },
};

/* Two to four numbers, packed as Tasmota does: 14.1.0 is 0x0E010000. */
static bool
pack_version(const char *text, uint32_t *out, struct err *err)
{
	unsigned part[4] = { 0 };
	int used = 0,
	    parts = sscanf(text, "%3u%n.%3u%n.%3u%n.%3u%n", &part[0], &used, &part[1],
		    &used, &part[2], &used, &part[3], &used);

	*out = 0;
	for (int i = 0; i < 4; i++) {
		if (part[i] > 255)
			parts = 0;
		*out = *out << 8 | (part[i] & 0xFF);
	}
	if (parts >= 2 && text[used] == '\0')
		return true;
	return err_set(err, &err_usage, "--version takes something like 14.1.0");
}

static bool
read_mode(const char *text, uint8_t *out, struct err *err)
{
	static const char *const modes[] = { "qio", "qout", "dio", "dout" };

	for (uint8_t i = 0; i < COUNT_OF(modes); i++)
		if (strcmp(modes[i], text) == 0) {
			*out = i;
			return true;
		}
	return err_set(err, &err_usage, "--mode takes qio, qout, dio or dout");
}

static bool
read_plan(const struct args *args, struct image_plan *plan, struct err *err)
{
	int64_t size = IMAGE_USUAL;

	if ((args_given(args, "size") &&
		    !args_number(args, "size", IMAGE_LEAST, IMAGE_MOST, &size, err)) ||
		!read_mode(args_value(args, "mode"), &plan->mode, err) ||
		!args_yes(args, "wifi", &plan->wifi, err))
		return false;
	if (size % 16 != 0)
		return err_set(err, &err_usage,
			"images are multiples of 16 bytes long; --size %lld would do",
			(long long)(size - size % 16));
	plan->program = args_value(args, "program");
	plan->variant = args_value(args, "variant");
	plan->version_text = args_value(args, "version");
	plan->core3_crc = args_given(args, "core3-crc");
	plan->size = (size_t)size;
	/* Other programs have their version as text. */
	if (strcmp(plan->program, "Tasmota") == 0 &&
		!pack_version(plan->version_text, &plan->version, err))
		return false;
	if (strlen(plan->program) + strlen(plan->variant) + strlen(plan->version_text) >
		128)
		return err_set(err, &err_usage,
			"--program, --variant and --version are too long");
	return true;
}

/* Damages the finished image; *len shrinks when it is cut. */
static bool
damage(uint8_t *bytes, size_t *len, const char *what, struct err *err)
{
	if (strcmp(what, "checksum") == 0)
		bytes[*len / 2] ^= 0x40;
	else if (strcmp(what, "truncated") == 0)
		*len -= 4096;
	else if (strcmp(what, "eboot") == 0)
		bytes[0x100] ^= 0x40;
	else if (strcmp(what, "entry") == 0)
		bytes[0x1000 + 7] = 0x20;
	else if (strcmp(what, "none") != 0)
		return err_set(err, &err_usage,
			"--break takes none, checksum, truncated, eboot or entry");
	return true;
}

static bool
write_user_image(const struct args *args, unsigned slot, struct err *err)
{
	struct user_image_plan plan = { .slot = slot, .flaw = args_value(args, "break") };
	int64_t size = USER_IMAGE_USUAL;

	if (!read_mode(args_value(args, "mode"), &plan.mode, err) ||
		(args_given(args, "size") &&
			!args_number(
				args, "size", USER_IMAGE_LEAST, IMAGE_MOST, &size, err)))
		return false;
	if (size % 16 != 4)
		return err_set(err, &err_usage,
			"user images are 4 more than a multiple of 16 bytes long; "
			"--size %lld would do",
			(long long)(size - size % 16 + 4));
	plan.size = (size_t)size;
	return user_image_write(args->argv[0], &plan, err);
}

static bool
write_arduino_image(const struct args *args, struct err *err)
{
	struct image_plan plan = { 0 };
	uint8_t *bytes;
	size_t len;
	bool good;

	if (!read_plan(args, &plan, err))
		return false;
	bytes = image_make(&plan);
	len = plan.size;
	good = damage(bytes, &len, args_value(args, "break"), err) &&
		file_write(args->argv[0], bytes, len, 0644, err);
	free(bytes);
	return good;
}

static bool
run(int argc, char **argv, struct err *err)
{
	struct args args;
	const char *format;

	if (!args_read(&args, table, argc, argv, err))
		return false;
	if (args.help) {
		printf("usage: airlift-sim image [options] FILE\n\nWrites a flash image "
		       "that runs only in the simulator.\n\noptions:\n");
		args_help(table);
		return true;
	}
	if (args.argc != 1)
		return err_set(
			err, &err_usage, "airlift-sim image takes one file to write");
	format = args_value(&args, "format");
	if (strcmp(format, "arduino") == 0)
		return write_arduino_image(&args, err);
	if (strcmp(format, "user1") == 0 || strcmp(format, "user2") == 0)
		return write_user_image(&args, format[4] == '1' ? 1 : 2, err);
	return err_set(err, &err_usage, "--format takes arduino, user1 or user2");
}

const struct sim_command sim_command_image = {
	.name = "image",
	.args = "FILE",
	.summary = "writes a flash image for tests",
	.run = run,
};
