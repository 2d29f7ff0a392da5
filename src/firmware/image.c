/* A firmware image held in memory: opens it and chooses the reader for its format. */
/* SPDX-License-Identifier: MIT */
#include "firmware/image.h"

#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "firmware/bytes.h"
#include "firmware/crc.h"
#include "firmware/digest.h"
#include "firmware/esp8266.h"
#include "firmware/format.h"

static bool
is_e9(const struct image *image)
{
	return image->bytes[0] == 0xe9;
}

static bool
is_ea(const struct image *image)
{
	return image->bytes[0] == 0xea;
}

/* The first that says yes reads the file. ESP32 files begin with 0xE9 too. */
static const struct {
	bool (*is)(const struct image *image);
	void (*parse)(struct image *image);
} formats[] = {
	{ gzip_is, gzip_parse },
	{ esp32_is, esp32_parse },
	{ is_e9, esp8266_parse_e9 },
	{ is_ea, esp8266_parse_ea },
};

static void
parse(struct image *image)
{
	for (size_t i = 0; image->len > 0 && i < COUNT_OF(formats); i++)
		if (formats[i].is(image)) {
			formats[i].parse(image);
			return;
		}
	foreign_parse(image);
}

struct image *
image_parse(const char *name, const uint8_t *bytes, size_t len)
{
	struct image *image = xcalloc(1, sizeof *image);
	const char *slash = strrchr(name, '/');

	text_printable(image->name, sizeof image->name, slash != NULL ? slash + 1 : name);
	image->bytes = xmalloc(len + 1);
	if (len > 0)
		memcpy(image->bytes, bytes, len);
	image->len = len;
	digest_sha256(image->bytes, len, image->sha256);
	parse(image);
	if (image->format != IMAGE_GZIP && image->format != IMAGE_OTHER &&
		image->format != IMAGE_ELF)
		program_find(image);
	return image;
}

struct image *
image_open(const char *path, struct err *err)
{
	struct image *image;
	uint8_t *bytes;
	size_t len;

	if (!file_read(path, IMAGE_BYTES_MOST, &bytes, &len, err))
		return NULL;
	if (len == 0) {
		err_set(err, &err_file, "%s is empty", path);
		free(bytes);
		return NULL;
	}
	image = image_parse(path, bytes, len);
	free(bytes);
	return image;
}

bool
image_flaw_is_remark(const struct image_flaw *flaw)
{
	return flaw->code->kind == ERR_NONE;
}

const struct image_flaw *
image_fault(const struct image *image)
{
	for (unsigned i = 0; i < image->flaw_count; i++)
		if (!image_flaw_is_remark(&image->flaws[i]))
			return &image->flaws[i];
	return image->inner != NULL ? image_fault(image->inner) : NULL;
}

const struct image *
image_content(const struct image *image)
{
	return image->format == IMAGE_GZIP ? image->inner : image;
}

bool
image_needs_dout(const struct image *image)
{
	return image->format == IMAGE_ARDUINO &&
		image->parts[0].flash_mode_byte != FLASH_DOUT;
}

/* The checksum may count the two core-3 words, which the CRC then changes; written as
 * their toolchain does, with zeros in their place, both agree. */
static void
renew_core3_words(uint8_t *bytes, const struct image *image)
{
	enum { WORDS = IMAGE_APPLICATION_AT + 0x10 };

	bytes[image->len - 1] = esp8266_checksum_without_words(image);
	bytes_put_u32(bytes + WORDS + 4, crc_arduino(bytes, image->len, WORDS));
}

struct image *
image_with_dout(const struct image *image)
{
	uint8_t *bytes = xmalloc(image->len + 1);
	struct image *fixed;

	memcpy(bytes, image->bytes, image->len);
	if (image_needs_dout(image)) {
		bytes[2] = FLASH_DOUT;
		if (image->has_crc && image_fault(image) == NULL)
			renew_core3_words(bytes, image);
	}
	fixed = image_parse(image->name, bytes, image->len);
	free(bytes);
	return fixed;
}

static const char *const format_names[] = {
	[IMAGE_ARDUINO] = "Arduino image: boot loader and application",
	[IMAGE_V1] = "single ESP8266 image without an application",
	[IMAGE_V2] = "vendor's update file",
	[IMAGE_ESP32] = "ESP32 family image",
	[IMAGE_GZIP] = "gzip",
	[IMAGE_ELF] = "ELF file",
	[IMAGE_OTHER] = "not firmware",
};

static const char *const mode_names[] = {
	[FLASH_QIO] = "QIO",
	[FLASH_QOUT] = "QOUT",
	[FLASH_DIO] = "DIO",
	[FLASH_DOUT] = "DOUT",
};

static const char *const size_names[16] = {
	[0] = "512 KiB",
	[1] = "256 KiB",
	[2] = "1 MiB",
	[3] = "2 MiB",
	[4] = "4 MiB",
	[5] = "2 MiB (1024 + 1024)",
	[6] = "4 MiB (1024 + 1024)",
	[8] = "8 MiB",
	[9] = "16 MiB",
};

static const char *const speed_names[16] = {
	[0] = "40 MHz",
	[1] = "26.7 MHz",
	[2] = "20 MHz",
	[15] = "80 MHz",
};

static const char *
or_unknown(const char *name)
{
	return name != NULL ? name : "unknown";
}

const char *
image_format_name(enum image_format format)
{
	return format_names[format];
}

const char *
image_flash_mode_name(uint8_t mode_byte)
{
	return mode_byte < COUNT_OF(mode_names) ? mode_names[mode_byte] : "invalid";
}

const char *
image_flash_size_name(uint8_t size_speed_byte)
{
	return or_unknown(size_names[size_speed_byte >> 4]);
}

const char *
image_flash_speed_name(uint8_t size_speed_byte)
{
	return or_unknown(speed_names[size_speed_byte & 15]);
}

void
image_free(struct image *image)
{
	if (image == NULL)
		return;
	image_free(image->inner);
	free(image->bytes);
	free(image);
}
