/* One call of the DIY API: turn-taking, patience, repeated connections. The part of the
 * client that knows about the connection, not about what is asked. */
/* SPDX-License-Identifier: MIT */
#ifndef DEVICE_DIY_ASK_H
#define DEVICE_DIY_ASK_H

#include "device/diy_client.h"

struct diy_client {
	struct sockaddr_in address;
	char id[DEVICE_ID_SIZE];
	const struct cancel *cancel;
	struct deadline until;
	int64_t last_ms; /* steady clock, end of the last request; 0: none yet */
	uint32_t sequence;
	/* How it wants to be asked, once it has answered. */
	enum device_dialect dialect;
	bool is_settled;
	bool leave_id_out;
	bool many_outlets;
	bool has_answered; /* to anything, ever: it is there */
	struct diy_state state;
};

/* How to put the question. */
struct diy_form {
	bool as_string;
	bool with_id;
};

struct diy_call {
	const char *path;
	json_t *data; /* borrowed */
	struct diy_form form;
	struct deadline until;
	bool once; /* never repeated after it may have been heard */
};

enum diy_heard {
	DIY_HEARD_ANSWER, /* with whatever error number */
	DIY_HEARD_NOTHING, /* silent, empty, reset or garbled; it may have heard us */
	DIY_HEARD_NOBODY /* the request did not reach anybody, or was cancelled */
};

/* Asks. *err is set unless an answer came. */
enum diy_heard diy_ask(struct diy_client *client, const struct diy_call *call,
	struct diy_answer *answer, struct err *err);

/* "ota_flash" of "/zeroconf/ota_flash". */
const char *diy_call_name(const char *path);

#endif
