/* One simulated Tasmota: what it is, what it keeps, what it is about to do. One thread
 * runs all of it, as on the chip: whatever takes time makes everything else wait.
 * Source: doc/protocol/simulator-tasmota.md. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_TASMOTA_H
#define SIM_TASMOTA_H

#include <jansson.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/clock.h"
#include "sim/fault.h"
#include "sim/flash_memory.h"
#include "sim/tasmota_firmware.h"
#include "sim/tasmota_settings.h"
#include "sim/world.h"

struct mosquitto;

enum tasmota_fault {
	TASMOTA_ADDRESS_CHANGE,
	TASMOTA_AP_TIMEOUT,
	TASMOTA_CHANNEL,
	TASMOTA_NO_RETURN,
	TASMOTA_POWER_LOSS,
	TASMOTA_SLOW_RETURN,
	TASMOTA_FAULTS
};

extern const struct fault_table fault_table_tasmota;

/* Things that happen by themselves after a while. */
enum tasmota_timer {
	TIMER_BACKLOG, /* the next queued command */
	TIMER_SAVE, /* changed settings reach flash */
	TIMER_RESTART,
	TIMER_TEST, /* the test of credentials looks at the station once more */
	TIMER_JOIN, /* an attempt to join is due */
	TIMER_JOIN_END, /* it was in vain */
	TIMER_AP_END, /* the access point's time is over */
	TIMER_MQTT, /* connect */
	TIMER_MQTT_TICK, /* keep-alive; a CONNACK that does not come */
	TIMER_STATE,
	TIMER_DISCOVERY,
	TIMER_TELE,
	TIMER_UPGRADE,
	TIMER_UPGRADE_TOLD, /* the result is published */
	TIMER_POWER_CUT,
	TIMERS
};

enum tasmota_face { FACE_AP, FACE_LAN, FACES };

enum tasmota_test {
	TEST_NOT_STARTED,
	TEST_RUNNING,
	TEST_SUCCESSFUL,
	TEST_CONNECT_FAILED,
	TEST_NO_AP,
	TEST_NO_ADDRESS,
	TEST_AP_TIMEOUT,
	TEST_WRONG_PASSWORD
};

/* A test of Wi-Fi credentials beside the open access point. */
struct tasmota_wifi_test {
	enum tasmota_test state;
	char ssid[33], password[65];
	int slot; /* where a good result is stored; -1: nowhere */
	bool restarts; /* after a good result */
	bool from_form;
	unsigned looks; /* once per second */
	unsigned ap_timeouts; /* in a row */
};

#define TASMOTA_QUEUE_MOST 64

/* Names in use since the last boot; a changed setting acts with the next. */
struct tasmota_names {
	char host[TASMOTA_TEXT_SIZE];
	char topic[TASMOTA_TEXT_SIZE];
	char full_topic[TASMOTA_TEXT_SIZE];
	char client[TASMOTA_TEXT_SIZE];
	char prefix[3][TASMOTA_TEXT_SIZE];
	char group[4][TASMOTA_TEXT_SIZE];
};

struct tasmota_mqtt {
	struct mosquitto *client; /* NULL: not connected, not trying */
	bool online;
	int last_subscription; /* its message id: all are in force with its answer */
	bool greeted; /* INFO has been published since boot */
	unsigned count; /* successes since boot */
	unsigned failures; /* in a row */
	int refusal; /* return code of the last attempt */
	struct deadline patience; /* for the broker's answer */
};

struct tasmota_upgrade {
	unsigned tries; /* left */
	bool wants_minimal; /* the last answer did not fit */
	bool goes_on; /* minimal was a step: the rest follows after the boot */
	uint8_t *staged; /* what was stored and boots next; owned */
	size_t staged_len;
	char result[96]; /* what UPGRADE says */
};

struct tasmota {
	struct world *world;
	const char *id; /* in events; borrowed */
	int bell; /* eventfd: rung when the world ends; borrowed */
	struct fault_set faults;
	uint8_t mac[6];
	struct in_addr ap_address; /* INADDR_ANY: nobody can join it */
	struct in_addr lan_address;
	int64_t boot_ms, join_ms;
	bool boots_at_once; /* the first time: somebody has waited for it already */
	struct flash_memory *flash; /* borrowed */

	struct tasmota_firmware firmware;
	struct tasmota_settings settings; /* in RAM */
	struct tasmota_settings saved; /* in flash */

	/* Since the last boot. */
	struct tasmota_names names;
	int face[FACES]; /* listening sockets, -1: closed */
	struct deadline timer[TIMERS]; /* at_ms 0: not set */
	bool manager; /* the access point is open */
	bool joined;
	bool restarts; /* leave the loop */
	const char *restart_why;
	int64_t booted_ms;
	struct tasmota_wifi_test test;
	enum tasmota_test attempt; /* how the last one to join went */
	unsigned attempts; /* in vain */
	struct tasmota_mqtt mqtt;
	char *queue[TASMOTA_QUEUE_MOST]; /* Backlog; owned */
	unsigned queued;
	bool no_delay; /* Backlog0 */
	json_t *results; /* what the web request in hand answers; NULL: none */
	const char *reply_topic; /* of the MQTT message in hand; NULL: own */
	bool from_group; /* the command came to a group topic */
	bool uploads_settings; /* /rs was visited later than /up */

	/* For the life of the device. */
	struct tasmota_upgrade upgrade;
	unsigned boots, settings_made;
	pthread_t thread;
};

/* Fills a zeroed device: addresses, faults and names of its owner stay as they are. */
void tasmota_init(
	struct tasmota *t, uint32_t version, const char *variant, uint32_t bytes);

/* In milliseconds of a real device; --speed shortens them. */
void tasmota_timer(struct tasmota *t, enum tasmota_timer timer, int64_t ms);
void tasmota_timer_off(struct tasmota *t, enum tasmota_timer timer);
int64_t tasmota_ms(const struct tasmota *t, int64_t ms);

/* About two seconds from now, and not before the Backlog is through. */
void tasmota_restart_soon(struct tasmota *t, const char *why);

/* A setting was changed: it reaches flash within a second. */
void tasmota_changed(struct tasmota *t);

/* Opens or closes the web server on one address. */
void tasmota_open(struct tasmota *t, enum tasmota_face face);
void tasmota_close(struct tasmota *t, enum tasmota_face face);

/* Expands %06X, %04d, %d (and, for the host name, %s by the topic). */
void tasmota_expand(const struct tasmota *t, const char *pattern, char *out, size_t size);

#endif
