/* What is sent to Tasmota's /cm. */
/* SPDX-License-Identifier: MIT */
#include "wire/tasmota_command.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"

static bool
is_plain(unsigned char byte)
{
	return byte < 0x80 && (isalnum(byte) || strchr("-._~", byte) != NULL);
}

bool
tasmota_escape(struct buf *out, const char *text)
{
	bool fits = true;

	for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++)
		fits = (is_plain(*at) ? buf_add(out, at, 1)
				      : buf_addf(out, "%%%02X", *at)) &&
			fits;
	return fits;
}

bool
tasmota_command_target(struct buf *out, const char *command)
{
	return buf_add_text(out, "/cm?cmnd=") && tasmota_escape(out, command);
}

bool
tasmota_can_queue(const char *command)
{
	int depth = 0;

	for (const char *at = command; *at != '\0'; at++) {
		depth += (*at == '{') - (*at == '}');
		if (*at == ';' && depth <= 0)
			return false;
	}
	return strncasecmp(command, "reset", strlen("reset")) != 0;
}

bool
tasmota_backlog_add(struct buf *backlog, const char *command)
{
	const char *before = backlog->len == 0 ? "Backlog " : ";";
	bool was_cut = backlog->cut;

	if (buf_addf(backlog, "%s%s", before, command))
		return true;
	backlog->cut = was_cut;
	return false;
}

bool
tasmota_authorization(struct buf *out, const char *user, const char *password)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	OWN_STR plain = xasprintf("%s:%s", user, password);
	size_t len = strlen(plain);
	bool fits = buf_add_text(out, "Authorization: Basic ");

	for (size_t i = 0; i < len; i += 3) {
		size_t left = len - i;
		uint32_t bits = (uint32_t)(uint8_t)plain[i] << 16;
		char four[5] = "====";

		if (left > 1)
			bits |= (uint32_t)(uint8_t)plain[i + 1] << 8;
		if (left > 2)
			bits |= (uint8_t)plain[i + 2];
		for (size_t j = 0; j < 4 && j <= left; j++)
			four[j] = digits[bits >> (18 - 6 * j) & 63];
		fits = buf_add_text(out, four) && fits;
	}
	return fits;
}
