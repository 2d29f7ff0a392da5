/* What a simulated Tasmota tells about itself. */
/* SPDX-License-Identifier: MIT */
#include "sim/tasmota_status.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "sim/tasmota_module.h"
#include "sim/tasmota_mqtt.h"
#include "sim/tasmota_power.h"

enum {
	OPTION_MQTT = 3,
	OPTION_HTTP_API = 128,
	FLASH_KIB = 1024,
	PROGRAM_END = 0xFB000,
	SECTOR = 4096,
	RSSI_PERCENT = 96,
	SIGNAL_DBM = -52
};

void
tasmota_mac_text(const struct tasmota *t, char out[18])
{
	snprintf(out, 18, "%02X:%02X:%02X:%02X:%02X:%02X", t->mac[0], t->mac[1],
		t->mac[2], t->mac[3], t->mac[4], t->mac[5]);
}

static void
uptime(const struct tasmota *t, char out[24])
{
	unsigned s = (unsigned)((clock_steady_ms() - t->booted_ms) / 1000);

	snprintf(out, 24, "%uT%02u:%02u:%02u", s / 86400 % 10000, s / 3600 % 24,
		s / 60 % 60, s % 60);
}

static void
local_time(const struct tasmota *t, bool utc, char out[24])
{
	int64_t minutes = t->settings.number[NUMBER_TIMEZONE];
	time_t now = (time_t)(clock_wall_ms() / 1000);
	struct tm parts;

	if (!utc && minutes != TIMEZONE_RULES)
		now += (time_t)(minutes * 60);
	gmtime_r(&now, &parts);
	strftime(out, 24, "%Y-%m-%dT%H:%M:%S", &parts);
}

static json_t *
friendly_names(const struct tasmota *t)
{
	unsigned count = tasmota_relays(t) > 0 ? tasmota_relays(t) : 1;
	json_t *names;

	if (!tasmota_has(&t->firmware, TRAIT_NAME_LIST))
		return json_string(t->settings.text[TEXT_FRIENDLY_NAME1]);
	names = json_array();
	for (unsigned i = 0; i < count; i++)
		json_array_append_new(
			names, json_string(t->settings.text[TEXT_FRIENDLY_NAME1 + i]));
	return names;
}

static json_t *
power_bits(const struct tasmota *t)
{
	char text[TASMOTA_RELAYS_MOST + 1] = "0";
	unsigned bits = 0, count = tasmota_relays(t);

	for (unsigned i = 0; i < count && i < TASMOTA_RELAYS_MOST; i++) {
		bits |= (unsigned)t->settings.power[i] << i;
		text[i] = t->settings.power[i] ? '1' : '0';
	}
	return tasmota_has(&t->firmware, TRAIT_POWER_BITS) ? json_string(text)
							   : json_integer(bits);
}

static json_t *
status_itself(const struct tasmota *t)
{
	const struct tasmota_settings *s = &t->settings;
	json_t *all = json_pack("{s:I}", "Module", (json_int_t)s->number[NUMBER_MODULE]);
	char topic[TASMOTA_TEXT_SIZE];

	tasmota_expand(t, s->text[TEXT_TOPIC], topic, sizeof topic);
	if (tasmota_has(&t->firmware, TRAIT_DEVICE_NAME))
		json_object_set_new(
			all, "DeviceName", json_string(s->text[TEXT_DEVICE_NAME]));
	json_object_set_new(all, "FriendlyName", friendly_names(t));
	json_object_set_new(all, "Topic", json_string(topic));
	json_object_set_new(all, "ButtonTopic", json_string("0"));
	json_object_set_new(all, "Power", power_bits(t));
	json_object_set_new(all, "PowerOnState",
		json_integer((json_int_t)s->number[NUMBER_POWER_ON_STATE]));
	json_object_set_new(
		all, "LedState", json_integer((json_int_t)s->number[NUMBER_LED_STATE]));
	json_object_set_new(all, "PowerRetain",
		json_integer((json_int_t)s->number[NUMBER_POWER_RETAIN]));
	return all;
}

static json_t *
status_program(const struct tasmota *t)
{
	char up[24];

	uptime(t, up);
	return json_pack("{s:i,s:s,s:s,s:s,s:s,s:i,s:i}", "Baudrate", 115200,
		"GroupTopic", t->settings.text[TEXT_GROUP_TOPIC1], "OtaUrl",
		t->settings.text[TEXT_OTA_URL], "RestartReason",
		t->boots > 1 ? "Software/System restart" : "Power On", "Uptime", up,
		"BootCount", (int)t->settings.boot_count, "SaveCount",
		(int)t->settings.save_count);
}

static json_t *
status_firmware(const struct tasmota *t)
{
	char version[48];
	json_t *all = json_pack("{s:s,s:s,s:i,s:s,s:s,s:i}", "Version",
		tasmota_version_text(&t->firmware, version, sizeof version),
		"BuildDateTime", "2024-08-15T12:00:00", "Boot", 31, "Core", "2_7_8",
		"SDK", "2.2.2-dev(38a443e)", "CpuFrequency", 80);

	if (tasmota_has(&t->firmware, TRAIT_HARDWARE))
		json_object_set_new(all, "Hardware", json_string("ESP8285N08"));
	return all;
}

static json_t *
status_log(const struct tasmota *t)
{
	const struct tasmota_settings *s = &t->settings;
	json_t *words = json_array();

	/* Options as words of bits; 32 to 49 are numbers and have their own word. */
	for (unsigned from = 0; from < TASMOTA_OPTIONS; from += 32) {
		uint32_t word = 0;
		char text[9];

		for (unsigned i = 0; i < 32 && from != 32; i++)
			word |= (uint32_t)(s->option[from + i] != 0) << i;
		snprintf(text, sizeof text, "%08X", (unsigned)word);
		json_array_append_new(words, json_string(text));
	}
	return json_pack("{s:I,s:I,s:I,s:I,s:[ss],s:I,s:o}", "SerialLog",
		(json_int_t)s->number[NUMBER_SERIAL_LOG], "WebLog",
		(json_int_t)s->number[NUMBER_WEB_LOG], "MqttLog",
		(json_int_t)s->number[NUMBER_MQTT_LOG], "SysLog",
		(json_int_t)s->number[NUMBER_SYS_LOG], "SSId", s->text[TEXT_SSID1],
		s->text[TEXT_SSID2], "TelePeriod",
		(json_int_t)s->number[NUMBER_TELE_PERIOD], "SetOption", words);
}

static json_t *
status_memory(const struct tasmota *t)
{
	unsigned program = (t->firmware.bytes + SECTOR - 1) / SECTOR * SECTOR;

	return json_pack("{s:i,s:i,s:i,s:i,s:i,s:s}", "ProgramSize",
		(int)(t->firmware.bytes / 1024), "Free",
		(int)((PROGRAM_END - program) / 1024), "Heap", 26, "ProgramFlashSize",
		FLASH_KIB, "FlashSize", FLASH_KIB, "FlashChipId", "144051");
}

static json_t *
status_network(const struct tasmota *t)
{
	char own[INET_ADDRSTRLEN] = "0.0.0.0", mac[18], gateway[INET_ADDRSTRLEN];
	struct in_addr first = { htonl(ntohl(t->lan_address.s_addr) & ~255u) };
	json_t *all;

	if (t->joined)
		inet_ntop(AF_INET, &t->lan_address, own, sizeof own);
	inet_ntop(AF_INET, &first, gateway, sizeof gateway);
	tasmota_mac_text(t, mac);
	all = json_pack("{s:s,s:s,s:s,s:s}", "Hostname", t->names.host, "IPAddress", own,
		"Gateway", gateway, "Subnetmask", "255.255.255.0");
	if (tasmota_has(&t->firmware, TRAIT_TWO_DNS)) {
		json_object_set_new(all, "DNSServer1", json_string(gateway));
		json_object_set_new(all, "DNSServer2", json_string("0.0.0.0"));
	} else {
		json_object_set_new(all, "DNSServer", json_string(gateway));
	}
	json_object_set_new(all, "Mac", json_string(mac));
	json_object_set_new(all, "Webserver",
		json_integer((json_int_t)t->settings.number[NUMBER_WEB_SERVER]));
	if (tasmota_has(&t->firmware, TRAIT_HTTP_API))
		json_object_set_new(all, "HTTP_API",
			json_integer(t->settings.option[OPTION_HTTP_API]));
	json_object_set_new(all, "WifiConfig",
		json_integer((json_int_t)t->settings.number[NUMBER_WIFI_CONFIG]));
	json_object_set_new(all, "WifiPower", json_real(17.0));
	return all;
}

/* NULL when MQTT is switched off. */
static json_t *
status_mqtt(const struct tasmota *t)
{
	const struct tasmota_settings *s = &t->settings;

	if (s->option[OPTION_MQTT] == 0)
		return NULL;
	return json_pack("{s:s,s:I,s:s,s:s,s:s,s:i,s:i,s:i}", "MqttHost",
		s->text[TEXT_MQTT_HOST], "MqttPort",
		(json_int_t)s->number[NUMBER_MQTT_PORT], "MqttClientMask",
		s->text[TEXT_MQTT_CLIENT], "MqttClient", t->names.client, "MqttUser",
		s->text[TEXT_MQTT_USER], "MqttCount", (int)t->mqtt.count,
		"MAX_PACKET_SIZE", 1200, "KEEPALIVE", 30);
}

static json_t *
status_time(const struct tasmota *t)
{
	char utc[24], local[24], zone[16];
	int64_t minutes = t->settings.number[NUMBER_TIMEZONE];

	local_time(t, true, utc);
	local_time(t, false, local);
	if (minutes == TIMEZONE_RULES)
		snprintf(zone, sizeof zone, "99");
	else
		snprintf(zone, sizeof zone, "%c%02d:%02d", minutes < 0 ? '-' : '+',
			(int)(minutes < 0 ? -minutes : minutes) / 60,
			(int)(minutes < 0 ? -minutes : minutes) % 60);
	return json_pack("{s:s,s:s,s:s,s:s,s:s}", "UTC", utc, "Local", local, "StartDST",
		"2026-03-29T02:00:00", "EndDST", "2026-10-25T03:00:00", "Timezone", zone);
}

static json_t *
status_sensors(const struct tasmota *t)
{
	char local[24];

	local_time(t, false, local);
	return json_pack("{s:s}", "Time", local);
}

static json_t *
state(const struct tasmota *t)
{
	char local[24], up[24];
	json_t *all;

	local_time(t, false, local);
	uptime(t, up);
	all = json_pack("{s:s,s:s,s:i,s:i,s:i,s:s,s:i,s:i,s:i}", "Time", local, "Uptime",
		up, "UptimeSec", (int)((clock_steady_ms() - t->booted_ms) / 1000), "Heap",
		26, "Vcc", 3, "SleepMode", "Dynamic", "Sleep", 50, "LoadAvg", 19,
		"MqttCount", (int)t->mqtt.count);
	tasmota_power_show(t, all);
	json_object_set_new(all, "Wifi",
		json_pack("{s:i,s:s,s:s,s:i,s:s,s:i,s:i,s:i,s:s}", "AP",
			(int)t->settings.number[NUMBER_SSID_SLOT] + 1, "SSId",
			t->settings
				.text[TEXT_SSID1 + t->settings.number[NUMBER_SSID_SLOT]],
			"BSSId", "A0:B1:C2:D3:0E:0F", "Channel", 6, "Mode", "11n", "RSSI",
			RSSI_PERCENT, "Signal", SIGNAL_DBM, "LinkCount", 1, "Downtime",
			"0T00:00:03"));
	return all;
}

static const struct {
	unsigned number;
	const char *name;
	json_t *(*make)(const struct tasmota *t);
} parts[] = {
	{ 1, "StatusPRM", status_program },
	{ 2, "StatusFWR", status_firmware },
	{ 3, "StatusLOG", status_log },
	{ 4, "StatusMEM", status_memory },
	{ 5, "StatusNET", status_network },
	{ 6, "StatusMQT", status_mqtt },
	{ 7, "StatusTIM", status_time },
	{ 8, "StatusSNS", status_sensors },
	{ 10, "StatusSNS", status_sensors },
	{ 11, "StatusSTS", state },
};

static void
publish_itself(struct tasmota *t)
{
	tasmota_reply(t, "STATUS", json_pack("{s:o}", "Status", status_itself(t)));
}

/* `number` 0: all of them. */
static void
publish_parts(struct tasmota *t, int64_t number)
{
	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		OWN_STR leaf = xasprintf("STATUS%u", parts[i].number);
		json_t *made;

		if (number == 0 ? parts[i].number == 8 : parts[i].number != number)
			continue;
		made = parts[i].make(t);
		if (made != NULL)
			tasmota_reply(t, leaf, json_pack("{s:o}", parts[i].name, made));
	}
}

/* Status0 in one word: one message instead of eleven. */
static void
publish_at_once(struct tasmota *t)
{
	json_t *all = json_pack("{s:o}", "Status", status_itself(t));

	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		json_t *made = parts[i].number == 8 ? NULL : parts[i].make(t);

		if (made != NULL)
			json_object_set_new(all, parts[i].name, made);
	}
	tasmota_reply(t, "STATUS0", all);
}

bool
tasmota_status_run(struct tasmota_call *call)
{
	struct tasmota *t = call->t;
	int64_t number;

	if (call->index_given && call->index == 0 && call->payload[0] == '\0' &&
		tasmota_has(&t->firmware, TRAIT_STATUS_0)) {
		publish_at_once(t);
	} else if (!text_to_number(call->payload, 0, 99, &number)) {
		publish_itself(t);
	} else if (number > 11) {
		return false;
	} else {
		if (number == 0)
			publish_itself(t);
		publish_parts(t, number);
	}
	return true;
}

bool
tasmota_status_run_state(struct tasmota_call *call)
{
	call->reply = state(call->t);
	return true;
}

void
tasmota_status_publish_state(struct tasmota *t)
{
	json_t *now = state(t);
	char *text = json_dumps(now, JSON_COMPACT);

	tasmota_mqtt_publish(t, 2, "STATE", text, false);
	free(text);
	json_decref(now);
}

void
tasmota_status_tele_again(struct tasmota *t)
{
	int64_t seconds = t->settings.number[NUMBER_TELE_PERIOD];

	if (seconds > 0)
		tasmota_timer(t, TIMER_TELE, seconds * 1000);
	else
		tasmota_timer_off(t, TIMER_TELE);
}

void
tasmota_status_tele(struct tasmota *t)
{
	tasmota_status_publish_state(t);
	tasmota_status_tele_again(t);
}
