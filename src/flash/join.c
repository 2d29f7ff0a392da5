/* Brings a Tasmota from its own access point into the user's Wi-Fi. */
/* SPDX-License-Identifier: MIT */
#include "flash/join.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "wire/tasmota_command.h"
#include "wire/tasmota_page.h"

static const struct err_code e_password = { "E-WIFI-WRONG-PASSWORD", ERR_REFUSED,
	"Check the Wi-Fi password and run the same command again; the device's access "
	"point stays open." };
static const struct err_code e_not_found = { "E-WIFI-NOT-FOUND", ERR_REFUSED,
	"Check the network's name, that it is on 2.4 GHz, and that the device is near "
	"enough; its access point stays open." };
static const struct err_code e_no_address = { "E-WIFI-NO-ADDRESS", ERR_REFUSED,
	"Check the router's DHCP and its filter for new devices; the device's access point "
	"stays open." };
static const struct err_code e_refused = { "E-WIFI-REFUSED", ERR_REFUSED,
	"Check name and password of the network, and that the device is near enough; its "
	"access point stays open." };
static const struct err_code e_value = { "E-WIFI-VALUE", ERR_USAGE,
	"Open a second network (guest network) with a plain name and a password of 8 to 63 "
	"letters and digits for such devices." };

enum {
	SSID_MOST = 32,
	PASSWORD_LEAST = 8,
	PASSWORD_MOST = 64,
	TEST_MS = 30000, /* the device itself gives up after 9 s, some twice */
	TEST_LOOK_MS = 1000,
	FORM_FIRST_LOOK_MS = 2000,
	FORM_LOOK_MS = 2500,
	FORM_FINAL_MS = 9500, /* before, the form again may mean: not begun */
	FORM_PAGE_MS = 15000, /* a page of the form scans for networks first */
	WIFI_CONFIG_OPENS_AGAIN = 2,
};

struct joining {
	struct flash_job *job;
	struct tasmota_client *client;
	const struct tasmota_state *state;
	struct tasmota_version version;
	const struct join_order *order;
	struct join_result *result;
};

bool
join_check(const struct join_order *order, struct err *err)
{
	size_t ssid = strlen(order->ssid), password = strlen(order->password);

	if (ssid == 0 || ssid > SSID_MOST)
		return err_set(err, &e_value,
			"a network name has 1 to 32 bytes, this one %zu", ssid);
	if (password > PASSWORD_MOST || (password > 0 && password < PASSWORD_LEAST))
		return err_set(err, &e_value,
			"a Wi-Fi password has 8 to 63 characters, this one %zu",
			password);
	return true;
}

/* What the device found out; false for what is no failure. */
static bool
is_failure(const struct joining *join, enum tasmota_wifi_test meaning, struct err *err)
{
	static const struct {
		const struct err_code *code;
		const char *cause;
	} rows[] = {
		[WIFI_TEST_WRONG_PASSWORD] = { &e_password, "the password is wrong" },
		[WIFI_TEST_NO_NETWORK] = { &e_not_found,
			"there is no such network in its reach" },
		[WIFI_TEST_NO_ADDRESS] = { &e_no_address,
			"it joined, but got no address" },
		[WIFI_TEST_TIMEOUT] = { &e_refused,
			"the network is heard, but does not "
			"answer" },
		[WIFI_TEST_FAILED] = { &e_refused, "it could not join" },
	};
	char ssid[80];

	if (meaning >= COUNT_OF(rows) || rows[meaning].code == NULL)
		return false;
	err_set(err, rows[meaning].code, "the device tried \"%s\": %s",
		text_printable(ssid, sizeof ssid, join->order->ssid),
		rows[meaning].cause);
	return true;
}

static enum tasmota_wifi_test
ask_test(const struct joining *join, struct err *err)
{
	OWN_JSON answer = NULL;

	return tasmota_ask(join->client, "WifiTest", &answer, err)
		? tasmota_read_wifi_test(answer)
		: WIFI_TEST_NONE;
}

/* While it is in both networks it tells the address it got there. That is for two seconds:
 * a longer question would only be one to a device that has gone. */
static void
ask_address(const struct joining *join)
{
	struct tasmota_state state;
	struct in_addr own = tasmota_client_address(join->client).sin_addr, told;

	tasmota_state_init(&state);
	tasmota_client_patience(join->client, TASMOTA_KNOCK_MS);
	if (tasmota_ask_status(join->client, 5, &state, NULL) &&
		inet_pton(AF_INET, state.address, &told) == 1 &&
		told.s_addr != own.s_addr)
		join->result->told = told;
}

/* Its access point may follow the station to another channel and leave us behind: then
 * the device restarts by itself, and is looked for in the other network. */
static bool
lost_sight(const struct joining *join, const struct err *why)
{
	log_debug("%s", why->text);
	flash_say(join->job, "its access point is gone: it has probably joined");
	return true;
}

static bool
watch_test(const struct joining *join, struct err *err)
{
	struct deadline until = deadline_in(flash_scaled_ms(join->job, TEST_MS));
	struct err why = { 0 };

	while (!deadline_passed(until) && clock_pause(TEST_LOOK_MS, join->job->cancel)) {
		enum tasmota_wifi_test now = ask_test(join, &why);

		if (why.code != NULL)
			return lost_sight(join, &why);
		if (now == WIFI_TEST_GOOD) {
			join->result->was_tried = true;
			ask_address(join);
			return true;
		}
		if (is_failure(join, now, err))
			return false;
	}
	if (cancel_asked(join->job->cancel))
		return err_set(err, &err_cancelled, "stopped while it tries the network");
	return err_set(err, &e_refused, "the device does not come to an end trying");
}

static bool
test_takes(const struct joining *join)
{
	const char *ssid = join->order->ssid, *password = join->order->password;

	return tasmota_has(&join->version, TASMOTA_WIFI_TEST) && *password != '\0' &&
		strpbrk(ssid, "+") == NULL && strpbrk(password, "+") == NULL &&
		*ssid != ' ' && !text_ends_with(password, " ");
}

static bool
join_by_test(const struct joining *join, struct err *err)
{
	OWN(buf) command = BUF_UP_TO(256);
	bool ok = buf_addf(
		&command, "WifiTest0 %s+%s", join->order->ssid, join->order->password);

	ok = ok && tasmota_tell(join->client, "WifiTest", buf_text(&command), err);
	memset(command.data, 0, command.len);
	return ok && watch_test(join, err);
}

/* Only newer versions tell the reason; the form never does. */
static bool
explain_form(const struct joining *join, struct err *err)
{
	if (tasmota_has(&join->version, TASMOTA_WIFI_TEST) &&
		is_failure(join, ask_test(join, NULL), err))
		return false;
	is_failure(join, WIFI_TEST_FAILED, err);
	return false;
}

/* The page that tells of the success must be fetched: only that makes it restart. */
static bool
watch_form(const struct joining *join, struct err *err)
{
	struct deadline until = deadline_in(flash_scaled_ms(join->job, TEST_MS));
	int64_t final_ms = clock_steady_ms() + FORM_FINAL_MS;
	int64_t pause_ms = FORM_FIRST_LOOK_MS;

	for (; !deadline_passed(until) && clock_pause(pause_ms, join->job->cancel);
		pause_ms = FORM_LOOK_MS) {
		OWN(buf) page = BUF_UP_TO(TASMOTA_PAGE_MOST);
		struct err why = { 0 };
		enum tasmota_form_result now;

		if (!tasmota_fetch_page(join->client, "Wi-Fi form", "/", &page, &why)) {
			join->result->must_wake = true;
			return cancel_asked(join->job->cancel)
				? err_set(err, &err_cancelled, "%s", why.text)
				: lost_sight(join, &why);
		}
		now = tasmota_read_form_result(
			buf_text(&page), page.len, &join->result->told);
		if (now == FORM_GOOD) {
			join->result->was_tried = true;
			return true;
		}
		if (now == FORM_AGAIN && clock_steady_ms() > final_ms)
			return explain_form(join, err);
	}
	if (cancel_asked(join->job->cancel))
		return err_set(err, &err_cancelled, "stopped while it tries the network");
	return explain_form(join, err);
}

/* The page's address holds the password. */
static bool
send_form(const struct joining *join, struct err *err)
{
	OWN(buf) target = BUF_UP_TO(1024), page = BUF_UP_TO(TASMOTA_PAGE_MOST);
	bool ok;

	tasmota_form_target(
		&target, &join->version, join->order->ssid, join->order->password);
	tasmota_client_patience(join->client, FORM_PAGE_MS);
	ok = tasmota_fetch_page(
		join->client, "Wi-Fi form", buf_text(&target), &page, err);
	memset(target.data, 0, target.len);
	return ok;
}

static bool
tested_form_takes(const struct joining *join)
{
	return tasmota_has(&join->version, TASMOTA_TESTED_FORM);
}

static bool
join_by_tested_form(const struct joining *join, struct err *err)
{
	return send_form(join, err) && watch_form(join, err);
}

/* The ways below save untried. So that a wrong password does not lose the device it is
 * told to open its access point again if it can not join. */
static void
keep_a_way_back(const struct joining *join)
{
	struct join_result *result = join->result;

	result->config_before = join->state->wifi_config;
	result->opens_again = tasmota_tell(
		join->client, "WifiConfig", "WifiConfig 2", NULL);
	flash_say(join->job,
		"this version can not try a password; if it does not come up, "
		"its access point opens again after some minutes");
}

static bool
plain_form_takes(const struct joining *join)
{
	return tasmota_form_takes(&join->version, join->order->password);
}

static bool
join_by_plain_form(const struct joining *join, struct err *err)
{
	keep_a_way_back(join);
	return send_form(join, err);
}

bool
join_is_command_value(const char *value)
{
	return strchr(value, ';') == NULL && strcmp(value, "0") != 0 &&
		strcmp(value, "1") != 0 && strcmp(value, "\"") != 0 && *value != ' ' &&
		!text_ends_with(value, " ");
}

static bool
backlog_takes(const struct joining *join)
{
	return join_is_command_value(join->order->ssid) &&
		join_is_command_value(join->order->password) &&
		join->order->password[0] != '\0';
}

static bool
join_by_backlog(const struct joining *join, struct err *err)
{
	bool hidden = tasmota_has(&join->version, TASMOTA_HIDDEN_PASSWORD);
	OWN(buf) command = BUF_UP_TO(tasmota_command_most(&join->version));
	bool ok;

	join->result->config_before = join->state->wifi_config;
	join->result->opens_again = true;
	buf_addf(&command, "Backlog WifiConfig %d;SSID1 %s;Password%d %s",
		WIFI_CONFIG_OPENS_AGAIN, join->order->ssid, hidden ? 3 : 1,
		join->order->password);
	ok = tasmota_tell(
		join->client, "Wi-Fi name and password", buf_text(&command), err);
	memset(command.data, 0, command.len);
	return ok;
}

/* In the order of preference: the first that takes the credentials. */
static const struct {
	const char *name;
	bool (*takes)(const struct joining *join);
	bool (*run)(const struct joining *join, struct err *err);
} ways[] = {
	{ "WifiTest", test_takes, join_by_test },
	{ "form that tries", tested_form_takes, join_by_tested_form },
	{ "form", plain_form_takes, join_by_plain_form },
	{ "Backlog", backlog_takes, join_by_backlog },
};

bool
join_wifi(struct flash_job *job, struct tasmota_client *client,
	const struct tasmota_state *state, const struct join_order *order,
	struct join_result *result, struct err *err)
{
	struct joining join = { .job = job,
		.client = client,
		.state = state,
		.order = order,
		.result = result };
	char ssid[80];

	*result = (struct join_result){ 0 };
	tasmota_read_version(state->version, &join.version);
	text_printable(ssid, sizeof ssid, order->ssid);
	for (size_t i = 0; i < COUNT_OF(ways); i++) {
		bool ok;

		if (!ways[i].takes(&join))
			continue;
		if (!flash_note(job, err, "joins \"%s\" by %s", ssid, ways[i].name))
			return false;
		ok = ways[i].run(&join, err);
		tasmota_client_patience(client, TASMOTA_ANSWER_MS);
		return ok;
	}
	return err_set(err, &e_value, "Tasmota %s has no way to take these characters",
		state->version);
}
