/* TXT keys into facts, after the vendor's DIY documents 1.4 and 2.0 and captures. */
/* SPDX-License-Identifier: MIT */
#include "wire/ewelink_txt.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "wire/mdns.h"

enum { DATA_PARTS = 4, STRING_MOST = 255 };

struct value {
	const char *bytes; /* NULL: the key is missing */
	size_t len;
};

/* The value of a key, "" for a key without "=". */
static struct value
value_of(const uint8_t *txt, size_t len, const char *key)
{
	const char *string;
	size_t at = 0, string_len, key_len = strlen(key);

	while (mdns_txt_next(txt, len, &at, &string, &string_len)) {
		if (string_len < key_len || strncasecmp(string, key, key_len) != 0)
			continue;
		if (string_len == key_len)
			return (struct value){ string + key_len, 0 };
		if (string[key_len] == '=')
			return (struct value){ string + key_len + 1,
				string_len - key_len - 1 };
	}
	return (struct value){ NULL, 0 };
}

/* An embedded NUL ends the text, as it would anywhere else. */
static void
take_text(const uint8_t *txt, size_t len, const char *key, char *out, size_t size)
{
	struct value value = value_of(txt, len, key);
	char text[STRING_MOST + 1] = "";

	if (value.bytes != NULL)
		text_copy_bytes(text, sizeof text, value.bytes, value.len);
	text_printable(out, size, text);
}

static void
take_seq(const uint8_t *txt, size_t len, struct ewelink_txt *out)
{
	char text[16];
	int64_t seq;

	take_text(txt, len, "seq", text, sizeof text);
	out->has_seq = text_to_number(text, 0, UINT32_MAX, &seq);
	if (out->has_seq)
		out->seq = (uint32_t)seq;
}

static void
take_data(const uint8_t *txt, size_t len, struct ewelink_txt *out)
{
	static const char *const keys[DATA_PARTS] = { "data1", "data2", "data3",
		"data4" };
	char joined[DATA_PARTS * STRING_MOST];
	size_t used = 0;

	for (unsigned i = 0; i < DATA_PARTS; i++) {
		struct value part = value_of(txt, len, keys[i]);

		if (part.bytes == NULL)
			break;
		memcpy(joined + used, part.bytes, part.len);
		used += part.len;
	}
	if (used == 0)
		return;
	out->has_state = diy_read_state(joined, used, &out->state);
	out->data_is_garbled = !out->has_state;
}

void
ewelink_txt_read(const uint8_t *txt, size_t len, struct ewelink_txt *out)
{
	char encrypt[8];

	*out = (struct ewelink_txt){ 0 };
	take_text(txt, len, "id", out->id, sizeof out->id);
	take_text(txt, len, "type", out->type, sizeof out->type);
	take_text(txt, len, "apivers", out->apivers, sizeof out->apivers);
	take_text(txt, len, "encrypt", encrypt, sizeof encrypt);
	take_seq(txt, len, out);
	out->says_encrypt = value_of(txt, len, "encrypt").bytes != NULL;
	out->encrypt = out->says_encrypt && !text_equal_nocase(encrypt, "false") &&
		strcmp(encrypt, "0") != 0;
	out->has_iv = value_of(txt, len, "iv").bytes != NULL;
	if (!out->encrypt)
		take_data(txt, len, out);
}
