/* Any bytes as a websocket message of an old device. */
/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <string.h>

#include "wire/ewelink.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* What comes in is echoed and printed: it must need no escape. */
static void
check_plain(const char *text, size_t size)
{
	assert(strlen(text) < size);
	for (; *text != '\0'; text++)
		assert(*text >= ' ' && *text <= '~' && *text != '"' && *text != '\\');
}

/* 12 upper-case digits, or not told: devices are told apart by it. */
static void
check_mac(const char *mac)
{
	assert(mac[0] == '\0' ||
		(strlen(mac) == EWELINK_MAC_SIZE - 1 &&
			strspn(mac, "0123456789ABCDEF") == EWELINK_MAC_SIZE - 1));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct ewelink_message message;
	bool ok = ewelink_read_message((const char *)bytes, len, &message);

	check_plain(message.model, sizeof message.model);
	check_plain(message.firmware, sizeof message.firmware);
	check_plain(message.sequence, sizeof message.sequence);
	check_mac(message.mac);
	assert(!ok || (ewelink_is_id(message.id) && ewelink_is_key(message.key)));
	assert(ewelink_result_text(message.error) != NULL);
	return 0;
}
