/* Serves what the intermediate image asks for on its own network: the slot-2 image and the
 * final one, under two fixed names, at one fixed address. The device checks nothing, so
 * every byte is counted until it is acknowledged. Listens whenever this computer has the
 * address. One door, one lock. Source: doc/protocol/ewelink.md. */
/* SPDX-License-Identifier: MIT */
#ifndef FLASH_FINAL_STAGE_H
#define FLASH_FINAL_STAGE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/memory.h"
#include "firmware/image.h"

#define FINAL_STAGE_SSID       "FinalStage"
#define FINAL_STAGE_PATH_SLOT2 "/ota/image_user2-0x81000.bin"
#define FINAL_STAGE_PATH_FINAL "/ota/image_arduino.bin"

#define FINAL_MAC_SIZE 13 /* 12 upper-case digits */

struct final_stage;
struct final_guest;

/* Whether nothing is in the way of listening there, as far as it can be known before this
 * computer has the address. E-PORT-BUSY names the program; E-PORT-DENIED, E-SYSTEM. */
bool final_stage_is_possible(struct sockaddr_in address, struct err *err);

/* Waits for the address and listens; never fails. The images are borrowed. */
struct final_stage *final_stage_new(
	struct sockaddr_in address, const struct image *slot2, const struct image *final);
void final_stage_free(struct final_stage *stage);
DEFINE_OWN(final_stage)

enum final_file { FINAL_FILE_NONE, FINAL_FILE_SLOT2, FINAL_FILE_ARDUINO };

/* What a device has done so far. */
struct final_view {
	bool is_listening; /* this computer has the address */
	struct err trouble; /* it has, but can not listen there: E-PORT-BUSY */
	bool came; /* it has connected at least once */
	unsigned connections; /* that stand now */
	int64_t came_ms; /* steady clock of the last connection it opened */
	enum final_file asked; /* the last file it asked for */
	bool is_sending;
	uint64_t acknowledged, total; /* bytes of that file */
	int64_t moved_ms; /* steady clock of the last acknowledged byte */
	unsigned slot2_done, final_done; /* how often each was fetched whole */
	unsigned cuts; /* connections that broke off within a file */
	/* A device has come with this MAC, which is not the one that is waited for. When it
	 * `came`, that device is taken for it all the same, else for nobody. */
	char stranger[FINAL_MAC_SIZE];
	bool is_sending_to_stranger; /* who is nobody's */
};

/* A place for a device that was at this address before (INADDR_ANY: not known). In its own
 * network it has another address, the same as all of them: then it is the first that comes
 * and is no other guest's. Who only connects, and is not that address, is nobody. */
struct final_guest *final_stage_expect(struct final_stage *stage, struct in_addr device);
void final_stage_forget(struct final_guest *guest); /* NULL is fine */

/* The MAC of its station, 12 upper-case digits ("": not known). A device with this MAC, or
 * with that of its access point, is this guest's in whatever order they come; one that has
 * another MAC is only while no other guest waits, and until the right one comes. Where the
 * MAC of either is not known, the rules above remain. */
void final_stage_know(struct final_guest *guest, const char *mac);

/* From now on a device of unknown address may be this guest's; where not even the guest's
 * own is known, only while there is one such guest. */
void final_stage_take_any(struct final_guest *guest);

/* Blocks until something changed for this guest, at most until the deadline, and not much
 * longer than a second; fills *seen. False when the deadline has passed or the wait was
 * cancelled. */
bool final_stage_wait(struct final_guest *guest, struct final_view *seen,
	struct deadline until, const struct cancel *cancel);

#endif
