/* The stock firmware's crude reader of download URLs. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_OTA_URL_H
#define SIM_OTA_URL_H

#include <stdbool.h>
#include <stdint.h>

struct ota_url {
	char host[256];
	uint16_t port;
	char path[1024]; /* with its leading slash, as it goes on the wire */
};

/* Takes "http://host[:port]/path", lower-case scheme. The first colon behind the scheme
 * starts the port, wherever it stands, so that user:password and a colon in the path
 * fail. */
bool ota_url_read(const char *text, struct ota_url *out);

#endif
