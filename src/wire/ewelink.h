/* The old vendor cloud's JSON: what devices of 2016-2018 say at dispatch and over the
 * websocket, and what they can read of our answers. Their reader is small: one line, no
 * true/false/null, no negative numbers, no empty object. See doc/protocol/ewelink.md. */
/* SPDX-License-Identifier: MIT */
#ifndef WIRE_EWELINK_H
#define WIRE_EWELINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EWELINK_PATH_DISPATCH  "/dispatch/device" /* POST */
#define EWELINK_PATH_WEBSOCKET "/api/ws" /* GET, upgrade */

#define EWELINK_ID_LEN	      10 /* of a deviceid */
#define EWELINK_ID_SIZE	      (EWELINK_ID_LEN + 1)
#define EWELINK_KEY_LEN	      36 /* of a key: a UUID as text */
#define EWELINK_KEY_SIZE      (EWELINK_KEY_LEN + 1)
#define EWELINK_MODEL_SIZE    33
#define EWELINK_VERSION_SIZE  17
#define EWELINK_SEQUENCE_SIZE 51
#define EWELINK_MAC_SIZE      13

/* Whole messages in both directions; a device's buffer is 2048 with the frame's head. */
#define EWELINK_MESSAGE_MOST 2000

/* What a device says when it asks where to go. Text is plain printable ASCII without
 * quotes; "" when the device did not say or said something else. */
struct ewelink_dispatch {
	char id[EWELINK_ID_SIZE];
	char factory_key[EWELINK_KEY_SIZE]; /* a secret: never printed */
	char model[EWELINK_MODEL_SIZE]; /* "ITA-GZ1-GL" */
	char firmware[EWELINK_VERSION_SIZE]; /* romVersion, "1.5.5" */
};

/* False when it is no JSON object with a proper deviceid and key. */
bool ewelink_read_dispatch(const char *bytes, size_t len, struct ewelink_dispatch *out);

enum ewelink_action {
	EWELINK_REGISTER,
	EWELINK_DATE,
	EWELINK_UPDATE,
	EWELINK_QUERY,
	EWELINK_ACKNOWLEDGE, /* has no action: the answer to a request of ours */
	EWELINK_OTHER
};

#define EWELINK_NO_RESULT (-1)

struct ewelink_message {
	enum ewelink_action action;
	char id[EWELINK_ID_SIZE];
	char key[EWELINK_KEY_SIZE]; /* factory key in `register`, session key after it */
	char model[EWELINK_MODEL_SIZE];
	char firmware[EWELINK_VERSION_SIZE]; /* romVersion, or fwVersion of an update */
	char sequence[EWELINK_SEQUENCE_SIZE]; /* of an acknowledgement */
	char mac[EWELINK_MAC_SIZE]; /* staMac of an update, 12 upper-case digits */
	int error; /* of an acknowledgement, else EWELINK_NO_RESULT */
	int upgrade_state; /* of an update, else EWELINK_NO_RESULT */
};

/* False when it is no JSON object, is too long or names no proper device. */
bool ewelink_read_message(const char *bytes, size_t len, struct ewelink_message *out);

/* A key as both sides demand it: 36 hexadecimal digits and dashes. */
bool ewelink_is_key(const char *key);
bool ewelink_is_id(const char *id);

/* Text for the device, to be freed by the caller. NULL where it would be more than the
 * device can hold. */

/* `host` at most 50 bytes; an address in digits. */
char *ewelink_write_dispatch(const char *host, uint16_t port);

/* What stands in every message: the device and the key the server made up. */
struct ewelink_session {
	const char *id;
	const char *key;
};

char *ewelink_write_registered(const struct ewelink_session *session);
/* "2024-05-01T10:20:30.123Z", exactly 24 characters; nothing happens in the device before
 * it has read a date. */
char *ewelink_write_date(const struct ewelink_session *session, const char *date);
char *ewelink_write_done(const struct ewelink_session *session); /* to `update` */
char *ewelink_write_no_timers(const struct ewelink_session *session); /* to `query` */

struct ewelink_upgrade {
	const char *sequence; /* comes back in the acknowledgement */
	const char *model; /* the device's own, echoed: it compares */
	const char *url[2]; /* of user1 and user2: the device picks the other slot's */
	const char *digest[2]; /* SHA-256, lower case: it compares text */
};

char *ewelink_write_upgrade(
	const struct ewelink_session *session, const struct ewelink_upgrade *upgrade);

/* What a result number of an acknowledgement or an upgradeState means, in words that
 * finish "the device says: ". Never NULL. */
const char *ewelink_result_text(int number);

/* The number says that the download went wrong: the same may work if it is asked again. */
bool ewelink_result_is_worth_a_retry(int number);

#endif
