/* Waiting for the restart of a device. It comes about two seconds after the last command
 * of a queue, and the device answers until then: only its boot count tells. */
/* SPDX-License-Identifier: MIT */
#include "flash/settings_restart.h"

#include <string.h>

enum {
	QUEUE_MS = 250, /* per command: SetOption34 and some */
	LOOK_EVERY_MS = 400,
	STAYS_MS = 8000, /* answers this long after the queue: it does not restart */
	AWAY_MS = 30000, /* longer: it may have another address now */
};

void
restart_watch_begin(struct restart_watch *watch, const struct tasmota_state *state)
{
	*watch = (struct restart_watch){ state->boot_count, clock_steady_ms() };
}

/* A device that does not count was away, or has been up for less time than we wait. */
static bool
has_restarted(const struct restart_watch *watch, struct tasmota_client *client,
	bool was_away, bool *answered)
{
	int64_t waited_s = (clock_steady_ms() - watch->begun_ms) / 1000;
	struct tasmota_state state;

	tasmota_state_init(&state);
	*answered = tasmota_ask_status(client, 1, &state, NULL);
	if (!*answered)
		return false;
	if (state.boot_count >= 0 && watch->boot_count >= 0)
		return state.boot_count != watch->boot_count;
	if (was_away)
		return true;
	return tasmota_ask_status(client, 11, &state, NULL) && state.uptime_s >= 0 &&
		state.uptime_s < waited_s;
}

static bool
look_for_it(const struct settings_order *order, struct err *err)
{
	struct find_order find = *order->find;
	struct sockaddr_in found;
	char mac[13];

	order->say(
		order->context, "it does not answer at its old address: looking for it");
	find.until = deadline_in(FIND_AGAIN_MS);
	if (!find_again(&find, &found, mac, err))
		return false;
	tasmota_client_move(order->client, found);
	return true;
}

/* Until it is up again, or has plainly stayed. */
static bool
wait_for_it(const struct restart_watch *watch, const struct settings_order *order,
	int64_t queue_ms, bool *restarted, struct err *err)
{
	int64_t answered_ms = watch->begun_ms;
	bool away = false, answered;

	*restarted = false;
	while (clock_pause(LOOK_EVERY_MS, order->cancel)) {
		int64_t now = clock_steady_ms();

		*restarted = has_restarted(watch, order->client, away, &answered);
		if (*restarted ||
			(answered && now - watch->begun_ms > queue_ms + STAYS_MS))
			return true;
		if (answered)
			answered_ms = now;
		else
			away = true;
		if (now - answered_ms > AWAY_MS)
			return look_for_it(order, err) && (*restarted = true);
	}
	return err_set(err, &err_cancelled, "stopped while it restarts");
}

bool
restart_watch_end(const struct restart_watch *watch, const struct settings_order *order,
	struct settings_result *result, bool restarts, unsigned commands, struct err *err)
{
	int64_t queue_ms = (int64_t)commands * QUEUE_MS;
	bool restarted = false, ok;

	if (!restarts)
		return clock_pause(queue_ms, order->cancel) ||
			err_set(err, &err_cancelled, "stopped between two settings");
	tasmota_client_patience(order->client, TASMOTA_KNOCK_MS);
	ok = wait_for_it(watch, order, queue_ms, &restarted, err);
	tasmota_client_patience(order->client, TASMOTA_ANSWER_MS);
	result->restarts += restarted;
	return ok;
}
