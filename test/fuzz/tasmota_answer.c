/* Any bytes as an answer of Tasmota's /cm and as one of its pages. */
/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "wire/tasmota_page.h"
#include "wire/tasmota_status.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
check(const char *text)
{
	assert(text_is_utf8(text, strlen(text)));
	assert(strpbrk(text, "\n\r\t\033") == NULL);
}

static void
read_answer(const char *bytes, size_t len)
{
	OWN_JSON object = NULL;
	struct tasmota_state state;
	struct tasmota_version version;
	char value[65] = "";

	if (tasmota_read_reply(bytes, len, &object) != TASMOTA_RESULTS)
		return;
	tasmota_state_init(&state);
	tasmota_read_state(object, &state);
	check(state.topic);
	check(state.friendly_name);
	check(state.mqtt_host);
	check(state.timezone);
	assert(state.mac[0] == '\0' || strlen(state.mac) == 12);
	tasmota_read_version(state.version, &version);
	check(version.variant);
	tasmota_read_value(object, "Topic", value, sizeof value);
	check(value);
	tasmota_read_wifi_test(object);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const char *text = (const char *)bytes;
	char copy[64], why[TASMOTA_WHY_SIZE], mac[13];
	struct in_addr address;
	int minutes;

	read_answer(text, len);
	tasmota_read_form_result(text, len, &address);
	tasmota_page_is_minimal(text, len);
	tasmota_read_upload(text, len, why);
	text_copy_bytes(copy, sizeof copy, text, len);
	if (tasmota_read_timezone(copy, &minutes))
		assert(minutes >= -14 * 60 - 59 && minutes <= 99 * 60);
	tasmota_read_mac(copy, mac);
	return 0;
}
