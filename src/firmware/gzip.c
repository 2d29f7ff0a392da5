/* Compressed images: unpacked with a bound, then inspected like any other file. */
/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>
#include <zlib.h>

#include "base/buf.h"
#include "base/text.h"
#include "firmware/bytes.h"
#include "firmware/flaw.h"
#include "firmware/format.h"

static const struct err_code e_damaged = { "E-IMAGE-GZIP-DAMAGED", ERR_IMAGE_REFUSED,
	"The file is damaged: download it again and compare its published checksum." };
static const struct err_code e_bomb = { "E-IMAGE-GZIP-TOO-LARGE", ERR_IMAGE_REFUSED,
	"No firmware is that large: take the file as it was published." };
static const struct err_code e_nested = { "E-IMAGE-GZIP-NESTED", ERR_IMAGE_REFUSED,
	"The file was compressed twice: unpack it once." };

bool
gzip_is(const struct image *image)
{
	return image->len >= 3 && memcmp(image->bytes, "\x1f\x8b\x08", 3) == 0;
}

/* Unpacks all of it into out; Z_STREAM_END when good. Z_BUF_ERROR: the file ends early.
 * Z_MEM_ERROR: `out` is full. */
static int
unpack(z_stream *stream, struct buf *out)
{
	uint8_t piece[16 * 1024];
	int result = Z_OK;

	while (result == Z_OK) {
		stream->next_out = piece;
		stream->avail_out = sizeof piece;
		result = inflate(stream, Z_NO_FLUSH);
		if (!buf_add(out, piece, sizeof piece - stream->avail_out))
			return Z_MEM_ERROR;
	}
	return result;
}

static void
keep_content(struct image *image, const struct buf *content)
{
	struct image *inner;

	if (content->len >= 2 && memcmp(content->data, "\x1f\x8b", 2) == 0) {
		flaw_add(image, &e_nested, "the content is compressed again");
		return;
	}
	inner = image_parse(
		image->name, (const uint8_t *)buf_text(content), content->len);
	image->inner = inner;
	memcpy(image->chip, inner->chip, sizeof image->chip);
	memcpy(image->program, inner->program, sizeof image->program);
	memcpy(image->variant, inner->variant, sizeof image->variant);
	memcpy(image->version, inner->version, sizeof image->version);
	image->version_is_a_guess = inner->version_is_a_guess;
}

void
gzip_parse(struct image *image)
{
	OWN(buf) content = BUF_UP_TO(IMAGE_BYTES_MOST);
	z_stream stream = {
		.next_in = image->bytes,
		.avail_in = (unsigned)image->len,
	};
	int result;

	image->format = IMAGE_GZIP;
	result = inflateInit2(&stream, 16 + MAX_WBITS); /* 16: with a gzip header */
	if (result == Z_OK)
		result = unpack(&stream, &content);
	if (result == Z_STREAM_END && stream.avail_in > 0)
		flaw_add(image, &flaw_trailing, "%u bytes lie behind the compressed data",
			stream.avail_in);
	inflateEnd(&stream);
	if (result == Z_STREAM_END)
		keep_content(image, &content);
	else if (result == Z_BUF_ERROR)
		flaw_add(image, &flaw_truncated, "the compressed data ends early");
	else if (result == Z_MEM_ERROR)
		flaw_add(image, &e_bomb, "the content has more than %d bytes",
			IMAGE_BYTES_MOST);
	else
		flaw_add(image, &e_damaged, "the compressed data can not be unpacked");
}

/* As `gzip -9` does it: that is what the boot loader has been tried with. */
struct image *
image_compressed(const struct image *image)
{
	z_stream stream = { .next_in = image->bytes, .avail_in = (unsigned)image->len };
	OWN_STR name = xasprintf("%s.gz", image->name);
	struct image *packed = NULL;
	uint8_t *bytes;
	size_t room;

	if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 16 + MAX_WBITS, 8,
		    Z_DEFAULT_STRATEGY) != Z_OK)
		abort(); /* no memory */
	room = deflateBound(&stream, image->len);
	bytes = xmalloc(room);
	stream.next_out = bytes;
	stream.avail_out = (unsigned)room;
	if (deflate(&stream, Z_FINISH) == Z_STREAM_END)
		packed = image_parse(name, bytes, room - stream.avail_out);
	deflateEnd(&stream);
	free(bytes);
	return packed;
}
