/* Which flash method accepts an image, and why not: one table of limits, one list of
 * questions. */
/* SPDX-License-Identifier: MIT */
#include "firmware/accept.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "firmware/flaw.h"

static const struct err_code e_gzip = {
	"E-IMAGE-GZIP", ERR_IMAGE_REFUSED,
	"Compressed files have killed devices this way: take the .bin file, or unpack it."
};
static const struct err_code e_esp32 = { "E-IMAGE-ESP32", ERR_IMAGE_REFUSED,
	"Take a file for the ESP8266, such as tasmota-lite.bin." };
static const struct err_code e_vendor_update = { "E-IMAGE-VENDOR-UPDATE",
	ERR_IMAGE_REFUSED,
	"This file only fits one slot of the vendor's firmware: take an image such as "
	"tasmota-lite.bin." };
static const struct err_code e_too_small = { "E-IMAGE-TOO-SMALL", ERR_IMAGE_REFUSED,
	"No complete firmware is that small: check that it is the right file." };
static const struct err_code e_too_large = { "E-IMAGE-TOO-LARGE", ERR_IMAGE_REFUSED,
	"Take tasmota-lite.bin first; it can fetch a larger build afterwards." };
static const struct err_code e_minimal = { "E-IMAGE-MINIMAL", ERR_IMAGE_REFUSED,
	"The minimal build has no Wi-Fi set-up and would leave a dead device: take "
	"tasmota-lite.bin." };
static const struct err_code e_foreign = { "E-IMAGE-FOREIGN", ERR_IMAGE_REFUSED,
	"If you know that this program suits the device, add --allow-foreign." };
static const struct err_code e_flash_size = { "E-IMAGE-FLASH-SIZE", ERR_IMAGE_REFUSED,
	"Take a build for 1 MiB of flash; if you know that the device has more, add "
	"--allow-flash-size." };
static const struct err_code e_flash_mode = { "E-IMAGE-FLASH-MODE", ERR_IMAGE_REFUSED,
	"That byte is the only fault: add --fix-flash-mode to correct it in a copy in "
	"memory, or take a build made for DOUT." };

enum {
	SIZE_1M = 2 /* high nibble of the size and speed byte */
};

/* What the methods take. Sources: doc/protocol/images.md. */
static const struct rule {
	const char *method;
	size_t least, most; /* bytes of the image when unpacked */
	size_t warn_from; /* bytes of the file as it is sent; 0: never */
	const char *warning;
	bool takes_gzip;
	bool takes_minimal;
	const char *programs[4]; /* known to work; others need an override */
} rules[] = {
	{
		.method = "diy",
		.least = 100000,
		.most = 520192, /* 508 KiB: the device counts */
		.warn_from = 508000,
		.warning = "the vendor's own tool refuses files from 508000 bytes on; "
			   "devices take up to 520192",
		.programs = { "Tasmota", "ESPHome", "ESPurna" },
	},
	{
		.method = "takeover",
		.least = 4096,
		.most = 524288, /* 512 KiB: the final stage counts */
		.programs = { "Tasmota", "ESPHome", "ESPurna" },
	},
	{
		.method = "tasmota",
		.least = 4096,
		.most = 0xf3000, /* Tasmota's settings lie behind */
		.warn_from = 536576 + 1, /* room beside a lite image of 487824 bytes */
		.warning = "as a raw file it does not fit beside a running tasmota-lite; "
			   "the .bin.gz file needs less room",
		.takes_gzip = true,
		.takes_minimal = true,
		.programs = { "Tasmota" },
	},
};

const char *const accept_methods[] = { "diy", "takeover", "tasmota", NULL };

/* One image before one method. */
struct question {
	const struct image *image; /* the file */
	const struct image *content; /* what is inside; NULL: could not be unpacked */
	const struct rule *rule;
	const struct accept_overrides *overrides;
	char *warning;
};

static void
warn(const struct question *q, const char *text)
{
	if (q->warning[0] == '\0')
		text_copy(q->warning, ACCEPT_WARNING_SIZE, text);
}

static bool
is_for_this_chip(const struct question *q, struct err *err)
{
	const struct image *inside = q->content != NULL ? q->content : q->image;

	if (q->image->format == IMAGE_GZIP && !q->rule->takes_gzip)
		return err_set(err, &e_gzip, "the file is compressed by gzip");
	if (inside->format == IMAGE_ESP32)
		return err_set(
			err, &e_esp32, "the file is made for the %s", inside->chip);
	return true;
}

static bool
is_sound(const struct question *q, struct err *err)
{
	const struct image_flaw *fault = image_fault(q->image);

	return fault == NULL || err_set(err, fault->code, "%s", fault->text);
}

static bool
is_complete(const struct question *q, struct err *err)
{
	if (q->content->format == IMAGE_V2)
		return err_set(err, &e_vendor_update,
			"the file is an update in the vendor's own format");
	if (q->content->format != IMAGE_ARDUINO)
		return err_set(err, &flaw_no_application,
			"the file holds a single image of %zu bytes and no application "
			"at 0x%x",
			q->content->len, IMAGE_APPLICATION_AT);
	return true;
}

static bool
fits(const struct question *q, struct err *err)
{
	if (q->content->len < q->rule->least)
		return err_set(err, &e_too_small, "%zu bytes; \"%s\" takes %zu or more",
			q->content->len, q->rule->method, q->rule->least);
	if (q->content->len > q->rule->most)
		return err_set(err, &e_too_large, "%zu bytes; \"%s\" takes at most %zu",
			q->content->len, q->rule->method, q->rule->most);
	if (q->rule->warn_from != 0 && q->image->len >= q->rule->warn_from)
		warn(q, q->rule->warning);
	return true;
}

/* The name decides only where the content says nothing. */
static bool
is_minimal(const struct image *image, const struct image *content)
{
	if (content->variant[0] != '\0')
		return strcmp(content->variant, "minimal") == 0;
	return strstr(image->name, "minimal") != NULL;
}

static bool
can_be_set_up(const struct question *q, struct err *err)
{
	if (!is_minimal(q->image, q->content))
		return true;
	if (!q->rule->takes_minimal)
		return err_set(err, &e_minimal, "this is the minimal build of Tasmota");
	warn(q, "the minimal build is only a step: upgrade to a complete build next");
	return true;
}

static bool
is_known(const struct question *q, struct err *err)
{
	const char *program = q->content->program;
	size_t i = 0;

	while (q->rule->programs[i] != NULL && strcmp(q->rule->programs[i], program) != 0)
		i++;
	if (q->rule->programs[i] != NULL)
		return true;
	if (!q->overrides->allow_foreign)
		return *program != '\0'
			? err_set(err, &e_foreign,
				  "the program is %s, which is not known to work with "
				  "\"%s\"",
				  program, q->rule->method)
			: err_set(err, &e_foreign,
				  "the program in it is not one we know");
	warn(q, "the program is not known to work this way (--allow-foreign)");
	return true;
}

static bool
is_for_this_flash(const struct question *q, struct err *err)
{
	uint8_t byte = q->content->parts[0].size_speed_byte;

	if (byte >> 4 == SIZE_1M)
		return true;
	if (!q->overrides->allow_size_nibble)
		return err_set(err, &e_flash_size,
			"the header (byte 3 is 0x%02x) is for %s of flash, the devices "
			"have 1 MiB",
			byte, image_flash_size_name(byte));
	warn(q, "the header is not for 1 MiB of flash (--allow-flash-size)");
	return true;
}

static bool
is_dout(const struct question *q, struct err *err)
{
	uint8_t byte = q->content->parts[0].flash_mode_byte;

	if (byte == FLASH_DOUT)
		return true;
	err_set(err, &e_flash_mode,
		"the flash mode is %s (byte 2 is 0x%02x), the devices only start with "
		"DOUT (0x03)",
		image_flash_mode_name(byte), byte);
	if (q->image != q->content)
		err_remedy(err,
			"That byte is the only fault: unpack the file, then add "
			"--fix-flash-mode to correct it in a copy in memory.");
	return false;
}

/* Asked in this order; each may rely on the ones before. */
static bool (*const questions[])(const struct question *q, struct err *err) = {
	is_for_this_chip,
	is_sound,
	is_complete,
	fits,
	can_be_set_up,
	is_known,
	is_for_this_flash,
	is_dout,
};

static const struct rule *
rule_of(const char *method)
{
	for (size_t i = 0; i < COUNT_OF(rules); i++)
		if (strcmp(rules[i].method, method) == 0)
			return &rules[i];
	return NULL;
}

bool
accept_image(const struct image *image, const char *method,
	const struct accept_overrides *overrides, char warning[ACCEPT_WARNING_SIZE],
	struct err *err)
{
	static const struct accept_overrides none = { 0 };
	char unheard[ACCEPT_WARNING_SIZE];
	struct question q = {
		.image = image,
		.content = image_content(image),
		.rule = rule_of(method),
		.overrides = overrides != NULL ? overrides : &none,
		.warning = warning != NULL ? warning : unheard,
	};

	q.warning[0] = '\0';
	if (q.rule == NULL)
		return err_set(err, &err_usage,
			"there is no method \"%s\"; there are diy, takeover and tasmota",
			method);
	for (size_t i = 0; i < COUNT_OF(questions); i++)
		if (!questions[i](&q, err))
			return false;
	return true;
}

bool
accept_limits(const char *method, struct accept_limits *out)
{
	const struct rule *rule = rule_of(method);

	if (rule == NULL)
		return false;
	*out = (struct accept_limits){
		.least = rule->least,
		.most = rule->most,
		.warn_from = rule->warn_from,
		.takes_gzip = rule->takes_gzip,
	};
	return true;
}
