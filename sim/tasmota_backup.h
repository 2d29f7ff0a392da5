/* The settings of a simulated Tasmota as a file, and back. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_TASMOTA_BACKUP_H
#define SIM_TASMOTA_BACKUP_H

#include "sim/tasmota_web.h"

#define TASMOTA_BACKUP_BYTES 4096

/* /dl: the file. It holds every password, hardly hidden, as the real one does. */
void tasmota_backup_send(const struct tasmota_visit *visit);

/* Takes such a file over; false when it is none. */
bool tasmota_backup_take(struct tasmota *t, const char *bytes, size_t len);

#endif
