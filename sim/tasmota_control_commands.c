/* Commands that make a simulated Tasmota do something: switch, restart, reset, upgrade,
 * test Wi-Fi. */
/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/text.h"
#include "sim/tasmota_command.h"
#include "sim/tasmota_power.h"
#include "sim/tasmota_upgrade.h"
#include "sim/tasmota_wifi.h"

static bool
run_restart(struct tasmota_call *call)
{
	struct tasmota *t = call->t;

	if (strcmp(call->payload, "1") == 0) {
		tasmota_restart_soon(t, "Restart");
		call->reply = json_pack("{s:s}", "Restart", "Restarting");
	} else if (strcmp(call->payload, "99") == 0) {
		t->settings = t->saved;
		t->restart_why = "Restart 99";
		t->restarts = true;
		call->reply = json_pack("{s:s}", "Restart", "Restarting");
	} else {
		call->reply = json_pack("{s:s}", "Restart", "1 to restart");
	}
	return true;
}

/* What a Reset leaves in place. */
static void
keep_wifi(struct tasmota_settings *to, const struct tasmota_settings *from)
{
	for (unsigned i = TEXT_SSID1; i <= TEXT_PASSWORD2; i++)
		tasmota_settings_text(to, (enum tasmota_text)i, from->text[i]);
}

static void
keep_mqtt(struct tasmota_settings *to, const struct tasmota_settings *from)
{
	for (unsigned i = TEXT_MQTT_HOST; i <= TEXT_PREFIX3; i++)
		tasmota_settings_text(to, (enum tasmota_text)i, from->text[i]);
	to->number[NUMBER_MQTT_PORT] = from->number[NUMBER_MQTT_PORT];
}

static bool
run_reset(struct tasmota_call *call)
{
	struct tasmota *t = call->t;
	const struct tasmota_settings old = t->settings;
	int64_t how;

	if (!text_to_number(call->payload, 1, 99, &how) || (how > 6 && how != 99)) {
		call->reply = json_pack("{s:s}", "Reset", "1 to reset");
		return true;
	}
	if (how == 99) {
		t->settings.boot_count = 0;
		call->reply = json_pack("{s:s}", "Reset", "Done");
		return true;
	}
	if (how != 3)
		tasmota_settings_init(&t->settings, &t->firmware);
	if (how >= 4)
		keep_wifi(&t->settings, &old);
	if (how == 6)
		keep_mqtt(&t->settings, &old);
	tasmota_restart_soon(t, "Reset");
	call->reply = json_pack("{s:s}", "Reset", "Reset and Restarting");
	return true;
}

static bool
run_upgrade(struct tasmota_call *call)
{
	call->reply = tasmota_upgrade_ask(call->t, call->payload);
	return true;
}

/* Chooses between the two stored networks. */
static bool
run_ap(struct tasmota_call *call)
{
	struct tasmota *t = call->t;
	int64_t *slot = &t->settings.number[NUMBER_SSID_SLOT];
	int64_t value;
	OWN_STR shown = NULL;

	if (call->payload[0] != '\0') {
		if (!text_to_number(call->payload, 0, 2, &value))
			return false;
		*slot = value == 0 ? 1 - *slot : value - 1;
		tasmota_changed(t);
		tasmota_restart_soon(t, "Ap");
	}
	shown = xasprintf(
		"%d (%s)", (int)*slot + 1, t->settings.text[TEXT_SSID1 + *slot]);
	call->reply = json_pack("{s:s}", "Ap", shown);
	return true;
}

static bool
start_wifi_test(struct tasmota_call *call)
{
	struct tasmota *t = call->t;
	const char *plus = strchr(call->payload, '+');
	unsigned how = call->index_given ? call->index : 1;

	if (plus == NULL || how > 3)
		return false;
	if (!text_copy_bytes(t->test.ssid, sizeof t->test.ssid, call->payload,
		    (size_t)(plus - call->payload)) ||
		!text_copy(t->test.password, sizeof t->test.password, plus + 1))
		return false;
	t->test.slot = how == 3 ? -1 : how == 2 ? 1 : 0;
	t->test.restarts = how == 0;
	t->test.from_form = false;
	tasmota_wifi_test_start(t);
	return true;
}

static bool
run_wifi_test(struct tasmota_call *call)
{
	struct tasmota *t = call->t;
	const char *said = tasmota_wifi_test_name(t->test.state);
	OWN_STR key = NULL;

	if (!t->manager)
		return false;
	if (call->payload[0] != '\0' && t->test.state == TEST_RUNNING) {
		said = "Busy";
	} else if (call->payload[0] != '\0') {
		if (!start_wifi_test(call))
			return false;
		said = "Testing";
	}
	key = xasprintf("WifiTest%u", call->index);
	call->reply = json_pack("{s:s}", key, said);
	return true;
}

static bool
run_wifi_scan(struct tasmota_call *call)
{
	const char *home = call->t->world->home_ssid;

	if (call->payload[0] != '\0')
		call->reply = json_pack("{s:s}", "WifiScan", "Scanning");
	else if (home == NULL)
		call->reply = json_pack("{s:s}", "WifiScan", "No networks found");
	else
		call->reply = json_pack("{s:{s:{s:s,s:s,s:s,s:s,s:s,s:s}}}", "WifiScan",
			"NET1", "SSId", home, "BSSId", "A0:B1:C2:D3:0E:0F", "Channel",
			"6", "Signal", "-52", "RSSI", "96", "Encryption",
			"WPA2 PSK (AES)");
	return true;
}

const struct tasmota_command tasmota_control_commands[] = {
	{ "Power", tasmota_power_run, 0, false },
	{ "Restart", run_restart, 0, true },
	{ "Reset", run_reset, 0, false },
	{ "Upgrade", run_upgrade, 0, true },
	{ "Upload", run_upgrade, 0, true },
	{ "Ap", run_ap, 0, false },
	{ "WifiTest", run_wifi_test, TASMOTA_VERSION(12, 1, 0, 0), false },
	{ "WifiScan", run_wifi_scan, TASMOTA_VERSION(10, 0, 0, 0), false },
	{ 0 },
};
