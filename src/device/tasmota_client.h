/* One Tasmota over HTTP: commands, pages, an upload. One request at a time, with the
 * Referer it may insist on, the web password where it wants one, and patience: it does
 * nothing else while it answers, and does not answer while it does something else.
 * Used by one thread. Protocol: doc/protocol/tasmota.md. */
/* SPDX-License-Identifier: MIT */
#ifndef DEVICE_TASMOTA_CLIENT_H
#define DEVICE_TASMOTA_CLIENT_H

#include <netinet/in.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/memory.h"
#include "wire/tasmota.h"
#include "wire/tasmota_status.h"
#include "wire/tasmota_version.h"

struct tasmota_client;

#define TASMOTA_PORT	  80
#define TASMOTA_ANSWER_MS 15000 /* one request, repetitions included */
#define TASMOTA_KNOCK_MS  2000 /* is it back yet? */

/* `password` is the web password, NULL: none is known; borrowed. Port 0: TASMOTA_PORT.
 * The caller has called http_open(). */
struct tasmota_client *tasmota_client_new(
	struct sockaddr_in address, const char *password, const struct cancel *cancel);
void tasmota_client_free(struct tasmota_client *client);
DEFINE_OWN(tasmota_client)

/* Another password it may have: the one before the last change, or behind it. Borrowed. */
void tasmota_client_also(struct tasmota_client *client, const char *password);

/* The device has moved. */
void tasmota_client_move(struct tasmota_client *client, struct sockaddr_in address);
struct sockaddr_in tasmota_client_address(const struct tasmota_client *client);

/* Patience with each further request; TASMOTA_ANSWER_MS at first. */
void tasmota_client_patience(struct tasmota_client *client, int64_t ms);

/* Whether it has insisted on the password. */
bool tasmota_client_is_locked(const struct tasmota_client *client);

/* The password it has taken; NULL: it has not asked for one. */
const char *tasmota_client_password(const struct tasmota_client *client);

/* The functions below return false with *err set:
 *   E-TASMOTA-UNREACHABLE  nobody takes the connection
 *   E-TASMOTA-SILENT       no whole answer in time
 *   E-TASMOTA-CLOSED       it closes the connection without a word
 *   E-TASMOTA-PASSWORD     it wants a (or another) web password
 *   E-TASMOTA-PAGES        a page in place of an answer: WebServer 1, or no Tasmota
 *   E-TASMOTA-UNKNOWN      this build does not know the command
 *   E-TASMOTA-VALUE        it does not take the value
 *   E-CANCELLED. */

/* A question: repeated until it is answered. *answer is a new reference. */
bool tasmota_ask(struct tasmota_client *client, const char *command, json_t **answer,
	struct err *err);

/* A command that changes something: sent again only when nobody can have heard it.
 * `name` stands for it in errors: the command may hold a secret. */
bool tasmota_tell(struct tasmota_client *client, const char *name, const char *command,
	struct err *err);

/* The value of a setting as text (tasmota_read_value()). */
bool tasmota_ask_value(struct tasmota_client *client, const char *name, char *out,
	size_t size, struct err *err);

/* Status 0, and one by one what a version leaves out of it. */
bool tasmota_ask_state(
	struct tasmota_client *client, struct tasmota_state *state, struct err *err);

/* One Status N; false also when the answer has none (E-TASMOTA-UNKNOWN). */
bool tasmota_ask_status(struct tasmota_client *client, unsigned number,
	struct tasmota_state *state, struct err *err);

/* A page, at most TASMOTA_PAGE_MOST bytes; `name` as above. Once, not repeated. */
bool tasmota_fetch_page(struct tasmota_client *client, const char *name,
	const char *target, struct buf *page, struct err *err);

/* Sends an image through the upload form, and reads what is said then. E-TASMOTA-UPLOAD
 * with its reason. */
bool tasmota_upload(struct tasmota_client *client, const char *file_name,
	const void *bytes, size_t len, struct err *err);

/* Its main page says that this is a minimal build. */
bool tasmota_is_minimal(struct tasmota_client *client);

extern const struct err_code err_tasmota_unknown; /* E-TASMOTA-UNKNOWN */
extern const struct err_code err_tasmota_value; /* E-TASMOTA-VALUE */

#endif
