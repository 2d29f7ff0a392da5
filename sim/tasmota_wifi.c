/* A simulated Tasmota and the simulated home's Wi-Fi. */
/* SPDX-License-Identifier: MIT */
#include "sim/tasmota_wifi.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/text.h"
#include "sim/tasmota_upgrade.h"

enum {
	ATTEMPT_MS = 20000, /* until an attempt is given up */
	ATTEMPT_MORE_MS = 1000, /* the first lasts longer, by chip id: 0 to 15 of these */
	AP_WINDOW_MS = 180000,
	LOOK_MS = 1000,
	LOOKS_MOST = 9,
	LOOKS_TO_JOIN = 2, /* the station has an address then */
	LOOKS_TO_REFUSE = 4, /* a router that says no says it early */
	MQTT_AFTER_MS = 1000,
	MOVE_BY = 100 /* address-change */
};

/* WifiConfig's values. */
enum {
	ON_FAILURE_RESTART,
	ON_FAILURE_MANAGER = 2,
	ON_FAILURE_WAIT = 5, /* for the chosen network only */
	ON_FAILURE_RESET_ONLY = 7
};

/* Once: it can be found and asked from here on. */
static void
tell_ready(struct tasmota *t)
{
	char lan[INET_ADDRSTRLEN], ap[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &t->lan_address, lan, sizeof lan);
	inet_ntop(AF_INET, &t->ap_address, ap, sizeof ap);
	world_tell(t->world, "ready", t->id, "{s:s,s:s,s:i,s:s,s:s}", "address", lan,
		"ap", ap, "port", (int)t->world->web_port, "version", t->firmware.number,
		"variant", t->firmware.variant);
}

static void
tell_boot(struct tasmota *t, const char *where)
{
	if (t->boots == 1 && !t->boots_at_once)
		tell_ready(t);
	world_tell(t->world, "boots", t->id, "{s:s,s:s,s:s,s:s}", "program", "Tasmota",
		"version", t->firmware.number, "variant", t->firmware.variant, "where",
		where);
}

void
tasmota_at_home(struct tasmota *t)
{
	const struct world *world = t->world;

	tasmota_settings_text(&t->settings, TEXT_SSID1,
		world->home_ssid != NULL ? world->home_ssid : "home");
	tasmota_settings_text(&t->settings, TEXT_PASSWORD1,
		world->home_password != NULL ? world->home_password : "homesecret");
	t->saved = t->settings;
}

/* What a router says to these credentials. */
static enum tasmota_test
judge(const struct tasmota *t, const char *ssid, const char *password)
{
	const struct world *world = t->world;

	if (world->other_ssid != NULL && strcmp(ssid, world->other_ssid) == 0)
		return strcmp(password, world->other_password) == 0 ? TEST_SUCCESSFUL
								    : TEST_WRONG_PASSWORD;
	if (strcmp(ssid, world->home_ssid != NULL ? world->home_ssid : "home") != 0)
		return TEST_NO_AP;
	if (world->home_password != NULL && strcmp(password, world->home_password) != 0)
		return TEST_WRONG_PASSWORD;
	return TEST_SUCCESSFUL;
}

/* One radio: when the station's network is on another channel, the access point follows
 * it there and its guest is alone. */
static void
change_channel(struct tasmota *t)
{
	tasmota_close(t, FACE_AP);
	world_tell(t->world, "access-point-left", t->id, NULL);
}

static void
get_address(struct tasmota *t)
{
	char text[INET_ADDRSTRLEN];

	if (t->faults.has[TASMOTA_ADDRESS_CHANGE] && t->boots == 2)
		t->lan_address.s_addr = htonl(ntohl(t->lan_address.s_addr) + MOVE_BY);
	t->joined = true;
	if (t->manager && t->faults.has[TASMOTA_CHANNEL])
		change_channel(t);
	if (t->settings.number[NUMBER_WEB_SERVER] > 0 || t->manager)
		tasmota_open(t, FACE_LAN);
	inet_ntop(AF_INET, &t->lan_address, text, sizeof text);
	world_tell(t->world, "joined", t->id, "{s:s,s:i}", "address", text, "port",
		(int)t->world->web_port);
	if (t->manager)
		return;
	tasmota_timer(t, TIMER_MQTT, MQTT_AFTER_MS);
	if (t->upgrade.goes_on)
		tasmota_upgrade_begin(t);
}

static void
open_manager(struct tasmota *t, bool limited)
{
	char text[INET_ADDRSTRLEN];

	t->manager = true;
	tasmota_open(t, FACE_AP);
	inet_ntop(AF_INET, &t->ap_address, text, sizeof text);
	world_tell(t->world, "access-point", t->id, "{s:s,s:s}", "ssid", t->names.host,
		"address", t->ap_address.s_addr != INADDR_ANY ? text : "");
	if (limited)
		tasmota_timer(t, TIMER_AP_END, AP_WINDOW_MS);
}

void
tasmota_wifi_begin(struct tasmota *t)
{
	if (t->settings.text[TEXT_SSID1][0] == '\0' &&
		t->settings.text[TEXT_SSID2][0] == '\0') {
		open_manager(t, !tasmota_has(&t->firmware, TRAIT_AP_UNLIMITED));
		tell_boot(
			t, tasmota_is_minimal(&t->firmware) ? "nowhere" : "access-point");
		return;
	}
	if (t->join_ms > 0)
		tasmota_timer(t, TIMER_JOIN, t->join_ms);
	else
		tasmota_wifi_attempt(t);
}

static void
give_up(struct tasmota *t, enum tasmota_test why)
{
	world_tell(t->world, "wifi-failed", t->id, "{s:s,s:i}", "why",
		tasmota_wifi_test_name(why), "wificonfig",
		(int)t->settings.number[NUMBER_WIFI_CONFIG]);
	switch (t->settings.number[NUMBER_WIFI_CONFIG]) {
	case ON_FAILURE_RESTART:
		tasmota_restart_soon(t, "wifi");
		break;
	case 1: /* was SmartConfig */
	case ON_FAILURE_MANAGER:
	case 3: /* was WPS */
	case ON_FAILURE_RESET_ONLY:
		open_manager(t, true);
		tell_boot(t, "access-point");
		break;
	default: /* 4, 5, 6: tries for ever, and nobody can help it */
		tasmota_wifi_attempt(t);
		break;
	}
}

static bool
has_other_network(const struct tasmota *t)
{
	unsigned slot = 1 - (unsigned)t->settings.number[NUMBER_SSID_SLOT];

	return t->settings.text[TEXT_SSID1 + slot][0] != '\0';
}

static void
take_other_network(struct tasmota *t)
{
	int64_t *slot = &t->settings.number[NUMBER_SSID_SLOT];

	*slot = 1 - *slot;
}

/* An attempt that comes to nothing lasts: the router's no is not heard. */
void
tasmota_wifi_attempt(struct tasmota *t)
{
	const struct tasmota_settings *s = &t->settings;
	unsigned slot = (unsigned)s->number[NUMBER_SSID_SLOT];

	t->attempt = judge(t, s->text[TEXT_SSID1 + slot], s->text[TEXT_PASSWORD1 + slot]);
	if (t->attempt == TEST_SUCCESSFUL) {
		get_address(t);
		tell_boot(t, "lan");
		return;
	}
	tasmota_timer(t, TIMER_JOIN_END,
		ATTEMPT_MS +
			(t->attempts == 0 ? (t->mac[5] & 0xF) * ATTEMPT_MORE_MS : 0));
	t->attempts++;
}

/* The network chosen, the other one, and then it depends. */
void
tasmota_wifi_attempt_end(struct tasmota *t)
{
	bool waits = t->settings.number[NUMBER_WIFI_CONFIG] == ON_FAILURE_WAIT;

	if (has_other_network(t) && !waits) {
		take_other_network(t);
		if (t->attempts % 2 == 1) {
			tasmota_wifi_attempt(t);
			return;
		}
	}
	give_up(t, t->attempt);
}

void
tasmota_wifi_ap_end(struct tasmota *t)
{
	tasmota_restart_soon(t, "wifi");
}

void
tasmota_wifi_somebody_looks(struct tasmota *t)
{
	if (t->timer[TIMER_AP_END].at_ms != 0)
		tasmota_timer(t, TIMER_AP_END, AP_WINDOW_MS);
}

const char *
tasmota_wifi_test_name(enum tasmota_test state)
{
	static const char *const names[] = {
		[TEST_NOT_STARTED] = "Not Started",
		[TEST_RUNNING] = "Testing",
		[TEST_SUCCESSFUL] = "Successful",
		[TEST_CONNECT_FAILED] = "Connect failed",
		[TEST_NO_AP] = "Connect failed as AP cannot be reached",
		[TEST_NO_ADDRESS] = "Connect failed as no IP address received",
		[TEST_AP_TIMEOUT] = "Connect failed with AP timeout",
		[TEST_WRONG_PASSWORD] = "Connect failed with AP incorrect password",
	};

	return names[state];
}

void
tasmota_wifi_test_start(struct tasmota *t)
{
	t->test.state = TEST_RUNNING;
	t->test.looks = 0;
	tasmota_timer(t, TIMER_TEST, LOOK_MS);
}

static void
store_tested(struct tasmota *t)
{
	struct tasmota_settings *s = &t->settings;
	unsigned slot = (unsigned)t->test.slot;

	if (!tasmota_settings_text(
		    s, (enum tasmota_text)(TEXT_SSID1 + slot), t->test.ssid) ||
		!tasmota_settings_text(
			s, (enum tasmota_text)(TEXT_PASSWORD1 + slot), t->test.password))
		return;
	s->number[NUMBER_SSID_SLOT] = slot;
	tasmota_changed(t);
}

static void
end_test(struct tasmota *t, enum tasmota_test answer)
{
	struct tasmota_wifi_test *test = &t->test;

	test->state = answer;
	world_tell(t->world, "wifi-test", t->id, "{s:s}", "result",
		tasmota_wifi_test_name(answer));
	if (answer == TEST_SUCCESSFUL) {
		if (test->slot >= 0)
			store_tested(t);
		get_address(t);
		if (test->restarts)
			tasmota_restart_soon(t, "wifi");
	}
	test->ap_timeouts = answer == TEST_AP_TIMEOUT ? test->ap_timeouts + 1 : 0;
	/* Some routers let nobody in while the access point is open: the second time the
	 * device believes the user. */
	if (test->from_form && test->ap_timeouts == 2) {
		store_tested(t);
		tasmota_restart_soon(t, "wifi");
	}
}

void
tasmota_wifi_test_look(struct tasmota *t)
{
	enum tasmota_test answer = judge(t, t->test.ssid, t->test.password);
	unsigned wanted = LOOKS_MOST;

	t->test.looks++;
	if (t->faults.has[TASMOTA_AP_TIMEOUT] && answer != TEST_NO_AP)
		answer = TEST_AP_TIMEOUT;
	else if (answer == TEST_SUCCESSFUL)
		wanted = LOOKS_TO_JOIN;
	else if (answer == TEST_WRONG_PASSWORD)
		wanted = LOOKS_TO_REFUSE;
	if (t->test.looks >= wanted)
		end_test(t, answer);
	else
		tasmota_timer(t, TIMER_TEST, LOOK_MS);
}
