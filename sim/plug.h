/* One simulated device: who it is, what state it is in, and the phases of its life. Its
 * own thread runs the API; a download runs in a second thread; `door` guards what both
 * look at. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_PLUG_H
#define SIM_PLUG_H

#include <jansson.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/clock.h"
#include "base/monitor.h"
#include "sim/fault.h"
#include "sim/flash_memory.h"
#include "sim/ota_url.h"
#include "sim/personality.h"
#include "sim/world.h"

#define PLUG_ID_SIZE  11
#define PLUG_KEY_SIZE 37
#define OUTLETS	      4

/* What the endpoints set and the TXT record shows. */
struct plug_state {
	bool on[OUTLETS]; /* a plain relay uses the first only */
	char startup[OUTLETS][5];
	bool pulse[OUTLETS];
	int64_t pulse_width_ms[OUTLETS];
	bool led_online;
	bool unlocked;
	char ssid[33];
	int rssi;
	int brightness, bright_min, bright_max, mode;
	json_t *light; /* bulbs: last accepted scene */
	uint32_t seq;
};

struct download_order {
	struct ota_url url;
	char sha256[65]; /* as text: the device compares text */
};

enum plug_phase {
	PHASE_STOCK, /* the vendor's firmware answers */
	PHASE_MOVING, /* has got another address: listen there */
	PHASE_FLASHED /* a verdict of 0 has been posted: restart into the new firmware */
};

struct plug {
	struct world *world;
	const struct personality *personality;
	struct fault_set faults;
	char id[PLUG_ID_SIZE];
	char key[PLUG_KEY_SIZE]; /* the device secret */
	uint8_t mac[6]; /* of its station; the last three bytes are those of the id */
	struct in_addr ap_address; /* of the Tasmota it becomes; INADDR_ANY: unseen */
	struct fault_set tasmota_faults; /* of that, fault_table_tasmota */
	pthread_t thread;
	int bell; /* an eventfd: rung when something outside its sockets happens */
	int listener; /* API socket, open before the thread starts; then its own */
	struct deadline away_until; /* its own thread: off the network until then */
	struct deadline pulse_until; /* its own thread */
	bool pulse_running;
	unsigned connections; /* API connections so far; its own thread */

	struct monitor door; /* guards everything below */
	struct in_addr address;
	struct plug_state state;
	enum plug_phase phase;
	bool downloading;
	bool download_thread_is_set;
	pthread_t download_thread;
	struct download_order order;
	struct flash_memory flash; /* the download's while it runs */
	size_t image_bytes;
	int late_error; /* what ota_flash answers when it answers after the attempt */
};

/* Fills a zeroed plug; id and faults are copied. */
void plug_init(struct plug *plug, struct world *world,
	const struct personality *personality, const struct fault_set *faults,
	const char *id, struct in_addr address, bool locked);
void plug_clear(struct plug *plug);

/* Runs the device's whole life until the world ends; a thread's main function. */
void *plug_live(void *plug);

/* Wakes the device's thread: the world ends, or another phase begins. Any thread. */
void plug_ring(struct plug *plug);

/* Waits until fd or (if not -1) other is readable; false when the deadline passed or the
 * bell rang. Costs nothing meanwhile, so that a thousand idle devices cost nothing. */
bool plug_wait(struct plug *plug, int fd, int other, struct deadline until);

struct in_addr plug_address(struct plug *plug);

/* The data of `info` and of TXT data1... as JSON objects, new references. */
json_t *plug_info(struct plug *plug);
json_t *plug_announced(struct plug *plug);

#endif
