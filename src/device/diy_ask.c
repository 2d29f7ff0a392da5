/* One call of the DIY API: turn-taking, patience, repeated connections. */
/* SPDX-License-Identifier: MIT */
#include "device/diy_ask.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "net/http_client.h"

const struct err_code err_device_unreachable = { "E-DEVICE-UNREACHABLE", ERR_LOST,
	"Check that it has power and is in this network; \"airlift scan\" shows where "
	"devices are." };
const struct err_code err_diy_silent = { "E-DIY-SILENT", ERR_LOST,
	"Pause other programs that talk to it (Home Assistant), unplug it for ten seconds, "
	"wait a minute, and try again." };
static const struct err_code e_broken = { "E-DIY-BROKEN", ERR_LOST,
	"Pause other programs that talk to it (Home Assistant), then try again." };
static const struct err_code e_garbled = { "E-DIY-GARBLED", ERR_GARBLED,
	"Check the address: this may not be a device in DIY mode." };

enum {
	BACK_OFF_MS = 100, /* grows by itself each time */
	BACK_OFF_MOST_MS = 500,
	REPEATS = 10,
	/* A host that never answered and refuses is not a busy device: nobody is there. */
	REPEATS_STRANGER = 3,
};

const char *
diy_call_name(const char *path)
{
	return strrchr(path, '/') + 1;
}

/* One connection at a time, and not too soon after the last. */
static bool
wait_for_turn(const struct diy_client *client)
{
	int64_t since = clock_steady_ms() - client->last_ms;

	if (client->last_ms == 0 || since >= DIY_GAP_MS)
		return !cancel_asked(client->cancel);
	return clock_pause(DIY_GAP_MS - since, client->cancel);
}

/* Whether the same request may be sent again after ending like this. A device drops
 * connections that come while it is busy with another one. */
static bool
may_repeat(const struct diy_client *client, const struct diy_call *call,
	enum http_end end, unsigned repeats)
{
	if (end == HTTP_REFUSED)
		return repeats < (client->has_answered ? REPEATS : REPEATS_STRANGER);
	return end == HTTP_RESET && !call->once && repeats < REPEATS;
}

static void
post(struct diy_client *client, const struct diy_call *call,
	const struct http_request *request, struct http_answer *answer)
{
	for (unsigned repeats = 0;; repeats++) {
		int64_t pause = BACK_OFF_MS * ((int64_t)repeats + 1);

		answer->end = HTTP_CANCELLED;
		if (!wait_for_turn(client))
			return;
		http_ask(request, answer);
		client->last_ms = clock_steady_ms();
		client->has_answered |= answer->status != 0;
		log_debug("%s: %s: end %d, status %d, repeat %u %s", client->id,
			call->path, (int)answer->end, answer->status, repeats,
			answer->detail);
		if (!may_repeat(client, call, answer->end, repeats))
			return;
		if (pause > BACK_OFF_MOST_MS)
			pause = BACK_OFF_MOST_MS;
		if (deadline_left_ms(request->until) <= pause ||
			!clock_pause(pause, client->cancel))
			return;
	}
}

/* What an end without an answer means. */
static enum diy_heard
explain(const struct diy_client *client, const struct diy_call *call,
	const struct http_answer *answer, struct err *err)
{
	static const struct {
		const struct err_code *code;
		const char *cause;
		enum diy_heard heard;
	} rows[] = {
		[HTTP_ANSWERED] = { &e_garbled, "the answer is not one of the DIY API",
			DIY_HEARD_NOTHING },
		[HTTP_REFUSED] = { &err_device_unreachable, "it refuses connections",
			DIY_HEARD_NOBODY },
		[HTTP_NO_ROUTE] = { &err_device_unreachable,
			"it can not be reached from here", DIY_HEARD_NOBODY },
		[HTTP_NO_NAME] = { &err_internal, "a name was to be resolved",
			DIY_HEARD_NOBODY },
		[HTTP_NO_CONNECTION] = { &err_device_unreachable,
			"nobody takes the connection", DIY_HEARD_NOBODY },
		[HTTP_SILENT] = { &err_diy_silent, "no answer", DIY_HEARD_NOTHING },
		[HTTP_EMPTY] = { &err_diy_silent,
			"it closed the connection without an answer", DIY_HEARD_NOTHING },
		[HTTP_RESET] = { &e_broken, "it resets connections", DIY_HEARD_NOTHING },
		[HTTP_CUT_SHORT] = { &e_broken, "its answer broke off",
			DIY_HEARD_NOTHING },
		[HTTP_TOO_LARGE] = { &e_garbled, "its answer is too long",
			DIY_HEARD_NOTHING },
		[HTTP_NOT_HTTP] = { &e_garbled, "it does not speak HTTP",
			DIY_HEARD_NOTHING },
		[HTTP_NOT_TRUSTED] = { &err_internal, "TLS was used", DIY_HEARD_NOBODY },
		[HTTP_STOPPED] = { &err_internal, "nobody stopped it", DIY_HEARD_NOBODY },
		[HTTP_CANCELLED] = { &err_cancelled, "interrupted", DIY_HEARD_NOBODY },
		[HTTP_FAILED] = { &err_system, "the request could not be made",
			DIY_HEARD_NOBODY },
	};
	struct device at = { .address = client->address };
	char address[DEVICE_ADDRESS_SIZE], status[24] = "";

	device_address(&at, address);
	if (answer->end == HTTP_ANSWERED)
		snprintf(status, sizeof status, " (HTTP %d)", answer->status);
	err_set(err, rows[answer->end].code, "%s asked for %s: %s%s", address,
		diy_call_name(call->path), rows[answer->end].cause, status);
	return rows[answer->end].heard;
}

enum diy_heard
diy_ask(struct diy_client *client, const struct diy_call *call, struct diy_answer *answer,
	struct err *err)
{
	struct device at = { .address = client->address };
	char address[DEVICE_ADDRESS_SIZE], url[96];
	struct diy_envelope envelope = {
		.id = call->form.with_id ? client->id : NULL,
		.as_string = call->form.as_string,
		.sequence = client->sequence++,
	};
	OWN_STR body = diy_write(&envelope, call->data);
	OWN(http_answer) got = { 0 };
	struct http_request request = {
		.url = url,
		.body = body,
		.until = deadline_sooner(call->until, client->until),
		.most = DIY_TEXT_MOST,
		.cancel = client->cancel,
	};

	*answer = (struct diy_answer){ .seq = -1 };
	if (body == NULL) {
		err_set(err, &err_usage, "%s: the text is not UTF-8",
			diy_call_name(call->path));
		return DIY_HEARD_NOBODY;
	}
	snprintf(
		url, sizeof url, "http://%s%s", device_address(&at, address), call->path);
	post(client, call, &request, &got);
	if (got.end == HTTP_ANSWERED &&
		diy_read_answer(buf_text(&got.body), got.body.len, answer))
		return DIY_HEARD_ANSWER;
	return explain(client, call, &got, err);
}
