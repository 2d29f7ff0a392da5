/* Tasmota's own web pages as far as this program has to use them. */
/* SPDX-License-Identifier: MIT */
#include "wire/tasmota_page.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/text.h"
#include "wire/tasmota_command.h"

bool
tasmota_form_takes(const struct tasmota_version *version, const char *password)
{
	return tasmota_has(version, TASMOTA_STAR_IN_PASSWORD) ||
		strchr(password, '*') == NULL;
}

/* The older forms hold a second network and the host name too: empty ones are taken for
 * the firmware's own. */
static const struct {
	const char *before, *between, *after;
} forms[] = {
	{ "/sv?w=1&r=1&s1=", "&p1=", "&s2=&p2=&h=" },
	{ "/wi?s1=", "&p1=", "&s2=&p2=&h=&save=" },
	{ "/wi?s1=", "&p1=", "&save=" },
};

bool
tasmota_form_target(struct buf *out, const struct tasmota_version *version,
	const char *ssid, const char *password)
{
	size_t form = tasmota_has(version, TASMOTA_TESTED_FORM) ? 2
		: tasmota_has(version, TASMOTA_SAVES_AT_WI)	? 1
								: 0;

	return buf_add_text(out, forms[form].before) && tasmota_escape(out, ssid) &&
		buf_add_text(out, forms[form].between) && tasmota_escape(out, password) &&
		buf_add_text(out, forms[form].after);
}

/* Finds text in a page that may hold anything. */
static const char *
find(const char *page, size_t len, const char *text)
{
	return memmem(page, len, text, strlen(text));
}

/* location.href='http://192.0.2.7' */
static bool
find_address(const char *page, size_t len, struct in_addr *address)
{
	static const char sign[] = "location.href='http://";
	const char *at = find(page, len, sign);
	char host[INET_ADDRSTRLEN];
	size_t left;

	if (at == NULL)
		return false;
	at += strlen(sign);
	left = len - (size_t)(at - page);
	if (left > sizeof host - 1)
		left = sizeof host - 1;
	text_copy_bytes(host, sizeof host, at, left);
	host[strspn(host, "0123456789.")] = '\0';
	return inet_pton(AF_INET, host, address) == 1 && address->s_addr != INADDR_ANY;
}

enum tasmota_form_result
tasmota_read_form_result(const char *page, size_t len, struct in_addr *address)
{
	static const char *const inputs[] = { "name='s1'", "name=\"s1\"", "name=s1",
		"id='s1'", "id=\"s1\"" };

	if (find_address(page, len, address))
		return FORM_GOOD;
	for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
		if (find(page, len, inputs[i]) != NULL)
			return FORM_AGAIN;
	return FORM_WAIT;
}

bool
tasmota_page_is_minimal(const char *page, size_t len)
{
	return find(page, len, "MINIMAL") != NULL ||
		find(page, len, "(minimal)") != NULL ||
		find(page, len, "-minimal)") != NULL;
}

bool
tasmota_read_upload(const char *page, size_t len, char why[TASMOTA_WHY_SIZE])
{
	static const char *const reasons[] = { "No file selected", "Not enough space",
		"Invalid file signature", "magic byte is not 0xE9",
		"Program flash size is larger than real flash size",
		"Upload buffer miscompare", "Upload aborted", "File invalid",
		"File too large" };
	bool failed = find(page, len, "Upload Failed") != NULL ||
		find(page, len, "Upload failed") != NULL;

	why[0] = '\0';
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (find(page, len, reasons[i]) != NULL) {
			text_copy(why, TASMOTA_WHY_SIZE, reasons[i]);
			failed = true;
			break;
		}
	return !failed;
}
