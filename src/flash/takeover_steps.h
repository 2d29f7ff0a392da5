/* The steps of the takeover by file: takeover.c has pairing and the cloud,
 * takeover_upgrade.c the download, takeover_final.c the final stage and the proof. */
/* SPDX-License-Identifier: MIT */
#ifndef FLASH_TAKEOVER_STEPS_H
#define FLASH_TAKEOVER_STEPS_H

#include "flash/takeover.h"

#define TAKEOVER_TRIES_MOST 3 /* upgrades asked for, each slower */

struct final_guest;
struct offer;

/* What one job keeps between its steps. */
struct takeover_run {
	struct cloud_seat *seat; /* NULL before pairing */
	struct cloud_view seen;
	struct offer *offers[2]; /* for user1 and user2: the device fetches one */
	struct final_guest *guest; /* NULL before contact */
	struct final_view final;
	unsigned tries;
};

struct takeover_run *takeover_run(struct flash_job *job);
void takeover_close_offers(struct takeover_run *run);

/* Takes over the MAC that the device has told the cloud, if it has. */
void takeover_learn_mac(struct flash_job *job);

bool takeover_upgrade(struct flash_job *job, struct err *err);
bool takeover_download(struct flash_job *job, struct err *err);
bool takeover_final(struct flash_job *job, struct err *err);
bool takeover_prove(struct flash_job *job, struct err *err);

/* The device has come to its final stage already, from an earlier run. */
bool takeover_is_in_final(struct flash_job *job);

#endif
