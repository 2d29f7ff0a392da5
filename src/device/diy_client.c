/* One device's DIY API: which form of request it wants, and one function per call. */
/* SPDX-License-Identifier: MIT */
#include "device/diy_client.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "device/diy_ask.h"

static const struct err_code e_other = {
	"E-DEVICE-OTHER", ERR_NOT_FOUND,
	"Addresses have moved: run \"airlift scan\" and use the id or address it shows."
};
static const struct err_code e_no_value = { "E-DIY-NO-VALUE", ERR_GARBLED,
	"Try again; if it persists, report model and firmware version to us." };

enum {
	/* Patience while the form of request is still to be found out. A device that likes
	 * the form answers within a second; the three add up to less than DIY_ANSWER_MS. */
	FIRST_FORM_MS = 4000,
	FIRST_FORM_HINT_MS = 2500, /* TXT says it is likely the old dialect */
	NEXT_FORM_MS = 2500,
};

struct diy_client *
diy_client_new(const struct device *device, const struct cancel *cancel)
{
	struct diy_client *client = xcalloc(1, sizeof *client);

	client->address = device->address;
	if (client->address.sin_port == 0)
		client->address.sin_port = htons(DIY_PORT);
	text_copy(client->id, sizeof client->id, device->id);
	client->cancel = cancel;
	client->until.at_ms = INT64_MAX;
	client->last_ms = device->answered ? device->seen_ms : 0;
	client->sequence = (uint32_t)(clock_wall_ms() / 1000);
	client->dialect = device->dialect;
	client->many_outlets = device->many_outlets;
	client->has_answered = client->is_settled = device->answered;
	client->leave_id_out = device->answered && device->many_outlets;
	return client;
}

void
diy_client_free(struct diy_client *client)
{
	free(client);
}

void
diy_client_until(struct diy_client *client, struct deadline until)
{
	client->until = until;
}

const struct diy_state *
diy_last_state(const struct diy_client *client)
{
	return &client->state;
}

/* The form that worked, or the one that most likely will. */
static struct diy_form
usual_form(const struct diy_client *client)
{
	return (struct diy_form){
		.as_string = client->dialect == DIALECT_STRING,
		.with_id = client->id[0] != '\0' && !client->leave_id_out,
	};
}

/* One call in the usual form; takes data. True when the device says it is done. */
static bool
call(struct diy_client *client, const char *path, json_t *data, struct diy_answer *answer,
	struct err *err)
{
	OWN_JSON owned = data;
	struct diy_call what = {
		.path = path,
		.data = data,
		.form = usual_form(client),
		.until = deadline_in(DIY_ANSWER_MS),
	};

	if (diy_ask(client, &what, answer, err) != DIY_HEARD_ANSWER)
		return false;
	return answer->error == 0 || diy_error(answer->error, diy_call_name(path), err);
}

static bool
tell(struct diy_client *client, const char *path, json_t *data, struct err *err)
{
	struct diy_answer answer;

	return call(client, path, data, &answer, err);
}

/* The device at the address must be the one meant: its relay may switch anything. */
static bool
is_the_one(
	const struct diy_client *client, const struct diy_answer *answer, struct err *err)
{
	struct device at = { .address = client->address };
	char address[DEVICE_ADDRESS_SIZE];

	if (client->id[0] == '\0' || answer->state.id[0] == '\0' ||
		text_equal_nocase(client->id, answer->state.id))
		return true;
	return err_set(err, &e_other, "%s is device %s now, not %s",
		device_address(&at, address), answer->state.id, client->id);
}

/* Remembers the form that worked. A nameless question that named its answerer shows a
 * device that dislikes its own id (MINIR3); in doubt later calls name the device. */
static bool
settle(struct diy_client *client, const struct diy_form *form,
	const struct diy_answer *answer, struct device *device, struct err *err)
{
	if (!is_the_one(client, answer, err))
		return false;
	client->leave_id_out = !form->with_id && answer->state.id[0] != '\0' &&
		(client->id[0] != '\0' || answer->state.many_outlets);
	if (client->id[0] == '\0')
		text_copy(client->id, sizeof client->id, answer->state.id);
	client->dialect = form->as_string ? DIALECT_STRING : DIALECT_OBJECT;
	client->many_outlets |= answer->state.many_outlets;
	client->is_settled = true;
	client->state = answer->state;
	device_learn(device, &answer->state);
	device->dialect = client->dialect;
	device->kind = DEVICE_DIY;
	device->answered = true;
	device->seen_ms = clock_steady_ms();
	return true;
}

/* Asks who it is in this form: the old dialect has no `info`. */
static enum diy_heard
try_form(struct diy_client *client, struct diy_form form, int64_t patience_ms,
	struct diy_answer *answer, struct err *err)
{
	OWN_JSON data = diy_data_none();
	struct diy_call what = {
		.path = form.as_string ? DIY_PATH_SIGNAL : DIY_PATH_INFO,
		.data = data,
		.form = form,
		.until = deadline_in(patience_ms),
	};

	return diy_ask(client, &what, answer, err);
}

/* Finds out how the device wants to be asked, modern forms first. Silence and "unknown
 * id" lead on to the next form, everything else is final. */
static bool
find_form(struct diy_client *client, struct device *device, struct err *err)
{
	bool has_id = client->id[0] != '\0';
	bool hint = client->dialect == DIALECT_STRING;
	const struct {
		struct diy_form form;
		int64_t patience_ms;
		bool makes_sense;
	} forms[] = {
		{ { false, has_id }, hint ? FIRST_FORM_HINT_MS : FIRST_FORM_MS, true },
		{ { true, has_id }, NEXT_FORM_MS, hint },
		{ { false, false }, NEXT_FORM_MS, has_id },
		{ { true, has_id }, NEXT_FORM_MS, !hint },
	};
	struct diy_answer answer;
	struct err first = { 0 }, later = { 0 }, *say = &first;

	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		enum diy_heard heard;

		if (!forms[i].makes_sense)
			continue;
		heard = try_form(
			client, forms[i].form, forms[i].patience_ms, &answer, say);
		if (heard == DIY_HEARD_ANSWER && answer.error == 0)
			return settle(client, &forms[i].form, &answer, device, err);
		if (heard == DIY_HEARD_ANSWER)
			diy_error(answer.error, "info", say);
		if (heard == DIY_HEARD_ANSWER && answer.error == 401)
			device->kind = DEVICE_EWELINK;
		if (heard == DIY_HEARD_NOBODY || device->kind == DEVICE_EWELINK)
			break;
		say = &later; /* the first failure is the one worth telling */
	}
	*err = first;
	return false;
}

bool
diy_ask_info(struct diy_client *client, struct device *device, struct err *err)
{
	struct diy_form form = usual_form(client);
	struct diy_answer answer;

	if (!client->is_settled)
		return find_form(client, device, err);
	return call(client, form.as_string ? DIY_PATH_SIGNAL : DIY_PATH_INFO,
		       diy_data_none(), &answer, err) &&
		settle(client, &form, &answer, device, err);
}

bool
diy_ask_signal(struct diy_client *client, int *dbm, struct err *err)
{
	struct diy_answer answer;

	if (!call(client, DIY_PATH_SIGNAL, diy_data_none(), &answer, err))
		return false;
	if (!answer.state.has_signal)
		return err_set(err, &e_no_value,
			"signal_strength: the answer names no strength");
	*dbm = answer.state.signal_dbm;
	return true;
}

bool
diy_switch(struct diy_client *client, bool on, struct err *err)
{
	if (client->many_outlets)
		return tell(
			client, DIY_PATH_SWITCHES, diy_data_outlet_switch(0, on), err);
	return tell(client, DIY_PATH_SWITCH, diy_data_switch(on), err);
}

bool
diy_startup(struct diy_client *client, const char *state, struct err *err)
{
	if (client->many_outlets)
		return tell(client, DIY_PATH_STARTUPS, diy_data_outlet_startup(0, state),
			err);
	return tell(client, DIY_PATH_STARTUP, diy_data_startup(state), err);
}

bool
diy_pulse(struct diy_client *client, bool on, unsigned width_ms, struct err *err)
{
	unsigned width = width_ms > 0 ? width_ms : DIY_PULSE_LEAST_MS;

	if (client->many_outlets)
		return tell(client, DIY_PATH_PULSES,
			diy_data_outlet_pulse(0, on, false, width), err);
	return tell(client, DIY_PATH_PULSE, diy_data_pulse(on, width_ms), err);
}

bool
diy_dim(struct diy_client *client, int brightness, struct err *err)
{
	struct diy_dimming dimming = { brightness, -1, -1, -1 };

	return tell(client, DIY_PATH_DIM, diy_data_dim(&dimming), err);
}

bool
diy_led(struct diy_client *client, bool on, struct err *err)
{
	return tell(client, DIY_PATH_LED, diy_data_led(on), err);
}

bool
diy_wifi(struct diy_client *client, const char *ssid, const char *password,
	struct err *err)
{
	return tell(client, DIY_PATH_WIFI, diy_data_wifi(ssid, password), err);
}

/* A call whose broken or missing answer proves nothing; takes data. */
static enum diy_reply
propose(struct diy_client *client, const char *path, json_t *data, int64_t patience_ms,
	int *number, struct err *err)
{
	OWN_JSON owned = data;
	struct diy_answer answer;
	struct diy_call what = {
		.path = path,
		.data = data,
		.form = usual_form(client),
		.until = deadline_in(patience_ms),
		.once = true,
	};
	enum diy_heard heard = diy_ask(client, &what, &answer, err);

	*number = 0;
	if (heard == DIY_HEARD_NOTHING)
		return DIY_PERHAPS;
	if (heard == DIY_HEARD_NOBODY)
		return DIY_REFUSED;
	if (answer.error == 0)
		return DIY_ACCEPTED;
	*number = answer.error;
	diy_error(answer.error, diy_call_name(path), err);
	return DIY_REFUSED;
}

enum diy_reply
diy_unlock(struct diy_client *client, struct err *err)
{
	int number;

	return propose(
		client, DIY_PATH_UNLOCK, diy_data_none(), DIY_UNLOCK_MS, &number, err);
}

enum diy_reply
diy_offer(struct diy_client *client, const char *url, const char *sha256, int *number,
	struct err *err)
{
	return propose(client, DIY_PATH_OFFER, diy_data_offer(url, sha256), DIY_ANSWER_MS,
		number, err);
}
