/* The TXT record of a simulated device, string by string. */
/* SPDX-License-Identifier: MIT */
#include "sim/announcement.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

enum {
	DATA_PIECE = 249, /* what fits beside "data1=" into a TXT string */
	DATA_PIECES_MOST = 4,
	BLOCK = 16
};

static char *
base64(const void *bytes, size_t len)
{
	gnutls_datum_t from = { .data = (unsigned char *)bytes, .size = (unsigned)len };
	gnutls_datum_t to = { 0 };
	char *text;

	gnutls_base64_encode2(&from, &to);
	text = xstrndup((const char *)to.data, to.size);
	gnutls_free(to.data);
	return text;
}

/* The initialisation vector changes with every announcement. */
static void
make_iv(const struct plug *plug, uint32_t seq, uint8_t iv[BLOCK])
{
	OWN_STR text = xasprintf("%s/%u", plug->id, seq);

	gnutls_hash_fast(GNUTLS_DIG_MD5, text, strlen(text), iv);
}

/* eWeLink mode: AES-128-CBC under the MD5 of the device's secret. */
static char *
encrypt(const struct plug *plug, const char *data, uint8_t iv[BLOCK])
{
	size_t len = strlen(data), padding = BLOCK - len % BLOCK;
	uint8_t *bytes = xmalloc(len + padding), key[BLOCK];
	gnutls_datum_t key_datum = { key, BLOCK }, iv_datum = { iv, BLOCK };
	gnutls_cipher_hd_t cipher;
	char *text;

	gnutls_hash_fast(GNUTLS_DIG_MD5, plug->key, strlen(plug->key), key);
	memcpy(bytes, data, len);
	memset(bytes + len, (int)padding, padding);
	gnutls_cipher_init(&cipher, GNUTLS_CIPHER_AES_128_CBC, &key_datum, &iv_datum);
	gnutls_cipher_encrypt(cipher, bytes, len + padding);
	gnutls_cipher_deinit(cipher);
	text = base64(bytes, len + padding);
	free(bytes);
	return text;
}

static void
add(struct announcement *out, char *string)
{
	out->strings[out->count++] = string;
}

static void
add_data(struct announcement *out, const char *data)
{
	size_t len = strlen(data);

	for (unsigned i = 0; i < DATA_PIECES_MOST && i * DATA_PIECE < len; i++)
		add(out,
			xasprintf("data%u=%.*s", i + 1, DATA_PIECE,
				data + (size_t)i * DATA_PIECE));
}

void
announcement_make(struct plug *plug, struct announcement *out)
{
	const struct personality *is = plug->personality;
	json_t *root = plug_announced(plug);
	char *data = json_dumps(root, JSON_COMPACT);
	OWN_STR secret = NULL;
	uint8_t iv[BLOCK];
	uint32_t seq;

	json_decref(root);
	*out = (struct announcement){ .address = plug_address(plug) };
	monitor_enter(&plug->door);
	seq = plug->state.seq;
	monitor_leave(&plug->door);
	snprintf(out->instance, sizeof out->instance, "%s%s",
		plug->faults.has[FAULT_OTHER_CASE] ? "eWelink_" : is->instance, plug->id);
	snprintf(out->host, sizeof out->host, "%s.local", out->instance);
	add(out, xstrdup("txtvers=1"));
	add(out, xasprintf("id=%s", plug->id));
	add(out, xasprintf("type=%s", is->type));
	add(out, xstrdup("apivers=1"));
	if (is->encrypted || is->string_dialect) {
		OWN_STR iv_text = NULL;

		make_iv(plug, seq, iv);
		iv_text = base64(iv, sizeof iv);
		add(out, xasprintf("encrypt=%s", is->encrypted ? "true" : "false"));
		add(out, xasprintf("iv=%s", iv_text));
	}
	add(out, xasprintf("seq=%u", seq));
	if (is->encrypted)
		secret = encrypt(plug, data, iv);
	add_data(out, secret != NULL ? secret : data);
	free(data);
}

void
announcement_clear(struct announcement *announcement)
{
	for (unsigned i = 0; i < announcement->count; i++)
		free(announcement->strings[i]);
	announcement->count = 0;
}
