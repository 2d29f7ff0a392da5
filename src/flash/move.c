/* Moves a Tasmota that works from one Wi-Fi to another. It keeps two networks and tries
 * the other one when it can not get into the one chosen. */
/* SPDX-License-Identifier: MIT */
#include "flash/move.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "wire/tasmota_command.h"

static const struct err_code e_other_wifi = { "E-OTHER-WIFI", ERR_REFUSED,
	"Leave --ssid out (with a profile: --no-wifi), or change the network in the "
	"device's own web page." };
static const struct err_code e_fell_back = { "E-WIFI-FELL-BACK", ERR_REFUSED,
	"Check name and password of the new network, that it is on 2.4 GHz, and that the "
	"device is near enough; it works on in its old one." };
static const struct err_code e_no_restart = { "E-WIFI-NO-RESTART", ERR_REFUSED,
	"Switch the device off and on, look which Wi-Fi it is in then, and run the same "
	"command again." };

enum {
	BEFORE_MS = 20000, /* the queue, and two seconds until it restarts */
	LOOK_MS = 400,
	/* A boot, 20 to 35 s for the network that does not let it in, and the other. */
	TRY_MS = 120000,
	ROUND_MS = 20000, /* one search */
	KEEPS_TRYING = 4, /* WifiConfig: both in turn, and never an access point */
};

struct moving {
	struct flash_job *job;
	struct tasmota_client *client;
	struct tasmota_state before;
	const struct join_order *order;
	struct find_order find;
	unsigned old_slot, new_slot; /* 1 or 2, as commands count */
};

bool
move_check(const struct tasmota_state *state, const struct join_order *order,
	struct err *err)
{
	struct tasmota_version version;
	char ssid[80];

	text_printable(ssid, sizeof ssid, order->ssid);
	tasmota_read_version(state->version, &version);
	if (!tasmota_has(&version, TASMOTA_HIDDEN_PASSWORD))
		return err_set(err, &e_other_wifi,
			"the device is in the Wi-Fi \"%s\", not in \"%s\"; Tasmota %s "
			"would publish the password if it was told",
			state->ssid, ssid, state->version);
	if (!join_is_command_value(order->ssid) ||
		(*order->password != '\0' && !join_is_command_value(order->password)))
		return err_set(err, &e_other_wifi,
			"the device is in the Wi-Fi \"%s\"; its commands do not take the "
			"characters of \"%s\" or of its password",
			state->ssid, ssid);
	return true;
}

/* Which of the two places is in use. */
static bool
find_slots(struct moving *move, struct err *err)
{
	struct tasmota_state *before = &move->before;

	if (!tasmota_ask_status(move->client, 3, before, err))
		return false;
	for (unsigned i = 0; i < 2 && before->wifi_slot < 1; i++)
		if (strcmp(before->stored_ssid[i], before->ssid) == 0)
			before->wifi_slot = (int)i + 1;
	if (before->wifi_slot < 1 || before->wifi_slot > 2)
		return err_set(err, &e_other_wifi,
			"the device does not tell where it keeps the Wi-Fi \"%s\"",
			before->ssid);
	move->old_slot = (unsigned)before->wifi_slot;
	move->new_slot = 3 - move->old_slot;
	return true;
}

static void
tell_what_is_replaced(const struct moving *move)
{
	const char *other = move->before.stored_ssid[move->new_slot - 1];

	if (*other != '\0' && strcmp(other, move->order->ssid) != 0)
		flash_say(move->job, "\"%s\", the second network it knew, is replaced",
			other);
}

/* All in one Backlog, so that it restarts only when it knows both. */
static bool
write_network(struct moving *move, unsigned slot, const char *ssid, const char *password,
	unsigned chosen, int wifi_config, struct err *err)
{
	struct tasmota_version version;
	OWN(buf) command = { 0 };
	bool ok;

	tasmota_read_version(move->before.version, &version);
	command = (struct buf)BUF_UP_TO(tasmota_command_most(&version));
	/* Password3 and 4 are 1 and 2 that do not repeat the secret. */
	buf_addf(&command, "Backlog SSID%u %s;Password%u %s;", slot, ssid, slot + 2,
		password);
	if (wifi_config >= 0)
		buf_addf(&command, "WifiConfig %d;", wifi_config);
	buf_addf(&command, "AP %u", chosen);
	ok = tasmota_tell(
		move->client, "Wi-Fi name and password", buf_text(&command), err);
	memset(command.data, 0, command.len);
	return ok;
}

/* Up again, or at least away: it answers until two seconds after the last command. */
static void
wait_for_restart(struct moving *move)
{
	struct deadline until = deadline_in(BEFORE_MS);
	struct tasmota_state now;
	bool answers = true;

	tasmota_state_init(&now);
	tasmota_client_patience(move->client, TASMOTA_KNOCK_MS);
	while (answers && now.boot_count != move->before.boot_count + 1 &&
		!deadline_passed(until) && clock_pause(LOOK_MS, move->job->cancel))
		answers = tasmota_ask_status(move->client, 1, &now, NULL);
	tasmota_client_patience(move->client, TASMOTA_ANSWER_MS);
}

enum move_place
move_judge(const struct tasmota_state *before, const struct tasmota_state *now,
	const char *ssid, struct err *err)
{
	/* It names the network it will join from the moment it is told to. */
	if (now->boot_count == before->boot_count) {
		err_set(err, &e_no_restart, "the device has not restarted");
		return MOVE_NOWHERE;
	}
	return strcmp(now->ssid, ssid) == 0 ? MOVE_IN_NEW : MOVE_IN_OLD;
}

static enum move_place
look_for_it(struct moving *move, struct deadline until, struct err *err)
{
	enum move_place place;
	struct tasmota_state now;
	char mac[13];

	move->find.until = deadline_sooner(until, deadline_in(ROUND_MS));
	if (!find_again(&move->find, &move->job->device.address, mac, err))
		return MOVE_NOWHERE;
	tasmota_client_move(move->client, move->job->device.address);
	tasmota_state_init(&now);
	if (!tasmota_ask_status(move->client, 1, &now, err) ||
		!tasmota_ask_status(move->client, 11, &now, err))
		return MOVE_NOWHERE;
	place = move_judge(&move->before, &now, move->order->ssid, err);
	if (place != MOVE_NOWHERE)
		err_clear(err);
	return place;
}

static enum move_place
wait_for_it(struct moving *move, struct err *err)
{
	int64_t try_ms = flash_scaled_ms(move->job, TRY_MS);
	struct deadline until = deadline_in(try_ms > move->job->step->patience_ms
			? try_ms
			: move->job->step->patience_ms);
	enum move_place place = MOVE_NOWHERE;

	wait_for_restart(move);
	while (place == MOVE_NOWHERE && !deadline_passed(until) &&
		clock_pause(LOOK_MS, move->job->cancel)) {
		err_clear(err);
		place = look_for_it(move, until, err);
	}
	if (cancel_asked(move->job->cancel))
		err_set(err, &err_cancelled, "stopped while it changes its Wi-Fi");
	return place;
}

/* What did not let it in is forgotten, and all else is as it was. */
static bool
clean_up(struct moving *move, struct err *err)
{
	char ssid[80];

	flash_say(move->job, "it is back in \"%s\"", move->before.ssid);
	tasmota_ask_status(move->client, 1, &move->before, NULL);
	if (flash_note(move->job, err, "forgets the new Wi-Fi") &&
		write_network(move, move->new_slot, "0", "0", move->old_slot,
			move->before.wifi_config, err))
		wait_for_restart(move);
	err_clear(err);
	return err_set(err, &e_fell_back,
		"the device could not join \"%s\" and is back in \"%s\"",
		text_printable(ssid, sizeof ssid, move->order->ssid), move->before.ssid);
}

static bool
settle(struct moving *move, struct err *err)
{
	char command[32];

	flash_say(move->job, "\"%s\" stays its second network", move->before.ssid);
	if (move->before.wifi_config < 0 || move->before.wifi_config == KEEPS_TRYING)
		return true;
	snprintf(command, sizeof command, "WifiConfig %d", move->before.wifi_config);
	return flash_note(move->job, err, "writes %s", command) &&
		tasmota_tell(move->client, "WifiConfig", command, err);
}

bool
move_wifi(struct flash_job *job, struct tasmota_client *client,
	const struct tasmota_state *state, const struct join_order *order,
	const struct find_order *find, struct err *err)
{
	struct moving move = { .job = job,
		.client = client,
		.before = *state,
		.order = order,
		.find = *find };
	char ssid[80];

	text_printable(ssid, sizeof ssid, order->ssid);
	move.find.told = job->device.address.sin_addr;
	if (!find_slots(&move, err))
		return false;
	tell_what_is_replaced(&move);
	if (!flash_note(job, err, "moves from \"%s\" to \"%s\"", state->ssid, ssid) ||
		!write_network(&move, move.new_slot, order->ssid,
			*order->password != '\0' ? order->password : "0", move.new_slot,
			KEEPS_TRYING, err))
		return false;
	flash_say(job, "it changes to \"%s\"; if that fails it comes back", ssid);
	switch (wait_for_it(&move, err)) {
	case MOVE_IN_NEW:
		return settle(&move, err);
	case MOVE_IN_OLD:
		return clean_up(&move, err);
	case MOVE_NOWHERE:
		break;
	}
	return err_while(err, "moving the device to the Wi-Fi \"%s\"", ssid);
}
