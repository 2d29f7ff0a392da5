/* One simulated device with vendor firmware of 2016-2018: who it is, what it was told, and
 * the stages of its life, each in a file of its own. One thread runs all of it.
 * Source: doc/protocol/simulator-stock.md. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_STOCK_H
#define SIM_STOCK_H

#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "sim/flash_memory.h"
#include "sim/plug.h"
#include "sim/stock_personality.h"
#include "sim/world.h"

#define STOCK_KEY_LEN	    36
#define STOCK_HOST_SIZE	    51
#define STOCK_SSID_SIZE	    32
#define STOCK_PASSWORD_SIZE 64

#define SLOT_1_AT 0x01000
#define SLOT_2_AT 0x81000

/* Connections whose device has lost its power or its network: no FIN, no reset, just no
 * answer any more. They stay open until the world ends. */
#define GHOSTS_MOST 16

/* What all devices of one command share. */
struct stock_town {
	struct world world;
	uint16_t ap_port; /* of the configuration web server */
	uint16_t plain_port; /* of clouds of builds without TLS */
	struct sockaddr_in final; /* where the intermediate image looks for its server */
	int64_t speed; /* percent; the devices' own delays are divided by it */
	struct in_addr
		pairing; /* where all are in pairing mode; INADDR_ANY: each at home */
	struct in_addr final_own; /* of all in FinalStage; the same */
	bool wifi_ok; /* the network they are told exists */
	bool wifi_is_checked; /* only if it is the world's */
};

/* What POST /ap leaves in flash. */
struct stock_settings {
	char ssid[STOCK_SSID_SIZE];
	char password[STOCK_PASSWORD_SIZE];
	char server[STOCK_HOST_SIZE];
	uint32_t port;
};

struct stock {
	struct stock_town *town;
	struct world *world; /* the town's */
	const struct stock_personality *personality;
	struct fault_set faults;
	unsigned struck[STOCK_FAULTS]; /* how often each fault has happened */
	char id[PLUG_ID_SIZE];
	char key[STOCK_KEY_LEN + 1]; /* from the factory */
	struct in_addr address;
	struct in_addr pairing; /* its address in pairing mode */
	struct in_addr final_own; /* its address in FinalStage */
	pthread_t thread;
	int listener; /* of the access point's web server; -1 when provisioned */
	struct stock_settings settings;
	unsigned slot; /* 1 or 2: what the boot loader starts */
	uint32_t noise; /* pseudo-random, the same after each boot */
	int ghosts[GHOSTS_MOST];
	unsigned ghost_count;
	struct plug board; /* holds the flash; what boots from it in the end */
};

/* Fills a zeroed device. */
void stock_init(struct stock *stock, struct stock_town *town,
	const struct stock_personality *personality, const struct fault_set *faults,
	const char *id, struct in_addr address, unsigned slot);
void stock_clear(struct stock *stock);

/* A delay of the device's own, shortened by --speed. False when the world ends. */
bool stock_pause(struct stock *stock, int64_t ms);
int64_t stock_delay(const struct stock *stock, int64_t ms);

/* True the first `times` times, if the device has the fault. */
bool stock_fault_strikes(struct stock *stock, enum stock_fault fault, int64_t times);

/* Pseudo-random, below `most`. */
uint32_t stock_random(struct stock *stock, uint32_t most);

/* The peer will never hear of this connection again. */
void stock_abandon(struct stock *stock, int fd);

/* Nothing happens any more until the world ends. */
void stock_rest(struct stock *stock);

/* What is in flash before anything is written: the vendor's boot loader and firmware. */
void stock_fill_flash(struct stock *stock);

#endif
