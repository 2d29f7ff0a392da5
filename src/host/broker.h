/* A Mosquitto on this computer with a configuration made by this program. */
/* SPDX-License-Identifier: MIT */
#ifndef HOST_BROKER_H
#define HOST_BROKER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/clock.h"
#include "base/err.h"

#define BROKER_USER "airlift" /* for devices and programs alike */

struct broker_place {
	char *directory; /* STATE/broker: configuration, password file, persistence */
	char *password_path; /* the password in clear for the owner, mode 0600 */
	char *user;
	uint16_t port;
};
void broker_place_clear(struct broker_place *place);

/* Is somebody listening on PORT of this computer already? */
bool broker_is_running(uint16_t port);

/* Writes configuration and password file; a password is made on first use and kept
 * afterwards. `listen_on` is an address of this computer, NULL: all. E-BROKER-MISSING
 * when Mosquitto is not installed. */
bool broker_prepare(const char *state_directory, const char *user, uint16_t port,
	const char *listen_on, struct broker_place *place, struct err *err);

/* Starts the prepared broker and waits until it takes connections. The process ends
 * together with this one unless `stays`. E-BROKER-FAILED quotes its log. */
bool broker_start(const struct broker_place *place, bool stays, pid_t *pid,
	const struct cancel *cancel, struct err *err);

/* Asks a broker started here to end, and waits for it. */
void broker_stop(pid_t pid);

#endif
