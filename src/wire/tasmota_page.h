/* Tasmota's own web pages as far as this program has to use them: the Wi-Fi form of an
 * access point and the page after an upload. Texts are translated in some builds, so only
 * what the browser sees is relied on. */
/* SPDX-License-Identifier: MIT */
#ifndef WIRE_TASMOTA_PAGE_H
#define WIRE_TASMOTA_PAGE_H

#include <netinet/in.h>

#include "base/buf.h"
#include "wire/tasmota_version.h"

#define TASMOTA_PAGE_MOST (64 * 1024)

/* Whether the version's form takes these credentials at all. */
bool tasmota_form_takes(const struct tasmota_version *version, const char *password);

/* The request that saves (or tries) them: holds the password, never to be logged. */
bool tasmota_form_target(struct buf *out, const struct tasmota_version *version,
	const char *ssid, const char *password);

/* What the page says that follows the form. */
enum tasmota_form_result {
	FORM_WAIT, /* still trying, or an unknown page */
	FORM_GOOD, /* joined; *address is where it will be */
	FORM_AGAIN, /* the form again: it could not join */
};
enum tasmota_form_result tasmota_read_form_result(
	const char *page, size_t len, struct in_addr *address);

/* Minimal builds know hardly any command; their main page says what they are. */
bool tasmota_page_is_minimal(const char *page, size_t len);

/* The page after an upload: true when it went well as far as an English page tells;
 * `why` gets the reason, "" when none was found (translated builds). */
#define TASMOTA_WHY_SIZE 64
bool tasmota_read_upload(const char *page, size_t len, char why[TASMOTA_WHY_SIZE]);

#endif
