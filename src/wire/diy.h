/* The DIY API's JSON: request bodies and answers, no sockets. Which firmware speaks how,
 * and how sure that is: doc/protocol/diy.md. */
/* SPDX-License-Identifier: MIT */
#ifndef WIRE_DIY_H
#define WIRE_DIY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Paths, always asked with POST. */
#define DIY_PATH_INFO	 "/zeroconf/info"
#define DIY_PATH_SIGNAL	 "/zeroconf/signal_strength"
#define DIY_PATH_SWITCH	 "/zeroconf/switch"
#define DIY_PATH_STARTUP "/zeroconf/startup"
#define DIY_PATH_PULSE	 "/zeroconf/pulse"
#define DIY_PATH_WIFI	 "/zeroconf/wifi"
#define DIY_PATH_LED	 "/zeroconf/sledonline"
#define DIY_PATH_UNLOCK	 "/zeroconf/ota_unlock"
#define DIY_PATH_OFFER	 "/zeroconf/ota_flash"
#define DIY_PATH_DIM	 "/zeroconf/dimmable" /* D1 */
/* Devices with a list of outlets have their own names for three calls (MINIR3). */
#define DIY_PATH_SWITCHES "/zeroconf/switches"
#define DIY_PATH_STARTUPS "/zeroconf/startups"
#define DIY_PATH_PULSES	  "/zeroconf/pulses"

/* Widths a device takes; steps of DIY_PULSE_STEP_MS. */
#define DIY_PULSE_LEAST_MS	 500
#define DIY_PULSE_MOST_MS	 36000000
#define DIY_PULSE_OUTLET_MOST_MS 3599500
#define DIY_PULSE_STEP_MS	 500

#define DIY_OUTLET_MOST 3

/* What stands around the data of every request. */
struct diy_envelope {
	const char *id; /* "1000a1b2c3"; NULL leaves the member out */
	bool as_string; /* firmware 3.0-3.1: data is text, selfApikey and sequence needed */
	uint32_t sequence; /* sent with as_string only */
};

/* The body of a request; the caller frees it. `data` is borrowed; NULL gives NULL. */
char *diy_write(const struct diy_envelope *envelope, json_t *data);

/* The data of each call: new references, NULL where a text is not UTF-8. Values are not
 * judged here: the device does that. */
json_t *diy_data_none(void); /* info, signal_strength, ota_unlock */
json_t *diy_data_switch(bool on);
json_t *diy_data_startup(const char *state);
/* width_ms 0: leaves the width as it is, allowed with `off` only. */
json_t *diy_data_pulse(bool on, uint32_t width_ms);
json_t *diy_data_wifi(const char *ssid, const char *password);
json_t *diy_data_led(bool on);
json_t *diy_data_offer(const char *url, const char *sha256);

/* D1: turns on and sets brightness 1..100. mode, least and most are sent when not
 * negative: mode 0..255, least 0..254 below most 1..255. */
struct diy_dimming {
	int brightness;
	int mode;
	int least;
	int most;
};
json_t *diy_data_dim(const struct diy_dimming *dimming);

/* MINIR3. `after` is what the outlet is switched to when the pulse is over. */
json_t *diy_data_outlet_switch(unsigned outlet, bool on);
json_t *diy_data_outlet_startup(unsigned outlet, const char *state);
json_t *diy_data_outlet_pulse(unsigned outlet, bool on, bool after, uint32_t width_ms);

/* What a device says about itself, in an answer or in the TXT record's joined data1..4.
 * Text has passed text_printable(); "" and false: it did not say. For a device with a
 * list of outlets the states are those of outlet 0. */
struct diy_state {
	char id[33];
	char firmware[33];
	char switch_state[5]; /* "on", "off" */
	char startup[5]; /* "on", "off", "stay" */
	char pulse[5]; /* "on", "off" */
	uint32_t pulse_width_ms; /* 0: not said */
	char led[5]; /* "on", "off" */
	char ssid[129]; /* 32 bytes, escaped */
	char bssid[18];
	bool has_signal;
	int signal_dbm; /* -127..0 */
	bool has_lock;
	bool lock_is_open; /* only a JSON true counts */
	bool many_outlets;
	bool dimmable;
	int brightness; /* 0: not said */
};

#define DIY_TEXT_MOST 4096 /* of an answer, or of joined TXT data */

/* Reads a JSON object of state. False when it is something else or too long; members of
 * a wrong type or range count as not said. */
bool diy_read_state(const char *bytes, size_t len, struct diy_state *out);

struct diy_answer {
	int64_t seq; /* -1: not said */
	int error; /* 0: done, or accepted */
	bool has_data;
	struct diy_state state;
};

/* Reads an answer; data may be an object or, up to firmware 3.4, text holding one. False
 * when it is no JSON object with a whole-number `error`. */
bool diy_read_answer(const char *bytes, size_t len, struct diy_answer *out);

/* An error number in words: the row's code, cause and remedy into *err. Returns false.
 * `call` is the last part of the path. Unknown numbers: E-DIY-ERROR. */
bool diy_error(int number, const char *call, struct err *err);

/* Also raised where a TXT record says encrypt=true: the device is still the vendor's. */
extern const struct err_code err_ewelink_mode; /* E-EWELINK-MODE */
extern const struct err_code err_unlock_no_internet; /* E-UNLOCK-NO-INTERNET */

#endif
