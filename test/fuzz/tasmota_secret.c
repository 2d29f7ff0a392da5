/* Anything on any topic: nothing is read past its end, and our own password never shows. */
/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/tasmota_secret.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const char own[] = "12345678";
	/* Topic, NUL, payload. */
	OWN_STR both = xmalloc(len + 2);
	OWN(buf) out = BUF_UP_TO(2 * 65536);
	size_t topic;

	memcpy(both, bytes, len);
	both[len] = both[len + 1] = '\0';
	topic = strlen(both);
	tasmota_hide_secrets(
		&out, both, topic < len ? both + topic + 1 : both + topic, own);
	if (out.cut || strstr(buf_text(&out), own) != NULL)
		abort();
	return 0;
}
