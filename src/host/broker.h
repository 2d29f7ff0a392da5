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
	char *listen_on; /* an address of this computer; NULL: all */
	uint16_t port;
};
void broker_place_clear(struct broker_place *place);

/* Fills in where everything is or would be. Touches nothing. */
void broker_place_set(struct broker_place *place, const char *state_directory,
	const char *user, uint16_t port, const char *listen_on);

/* Is somebody listening on PORT of this computer already? On the address `listen_on`,
 * NULL: 127.0.0.1. */
bool broker_is_running(uint16_t port, const char *listen_on);

/* A broker that was started from this state directory. */
struct broker_alive {
	pid_t pid;
	uint16_t port;
	char listen_on[16]; /* "": all addresses */
};

/* Whether one runs. It holds a lock for as long as it lives, so that neither a crash nor a
 * process id used again is mistaken for it. */
bool broker_runs_here(const char *state_directory, struct broker_alive *out);

/* Takes the lock, writes configuration and password file (a password is made on first use
 * and kept afterwards), starts the broker and waits until it takes connections. The process
 * ends together with this one unless `stays`. E-BROKER-MISSING: Mosquitto is not installed;
 * E-BROKER-BUSY: another one runs or is being started from there; E-BROKER-LOCK: the lock
 * can not be had for another reason; E-BROKER-FAILED quotes the broker's log. On
 * E-CANCELLED nothing is left running. */
bool broker_start(const struct broker_place *place, bool stays, pid_t *pid,
	const struct cancel *cancel, struct err *err);

/* Whether a broker started by this process has ended by itself. It is not called for that:
 * each connection would be a line in its log. */
bool broker_has_ended(pid_t pid);

/* Asks a broker started by this process to end, and waits for it; one that does not is
 * killed. */
void broker_stop(pid_t pid);

/* The same with one that an earlier run left running. False when it goes on. */
bool broker_stop_other(const char *state_directory, const struct broker_alive *alive,
	const struct cancel *cancel, struct err *err);

#endif
