/* The options that say which devices a command is about, and finding them. */
/* SPDX-License-Identifier: MIT */
#ifndef CMD_DEVICES_H
#define CMD_DEVICES_H

#include "cmd/app.h"
#include "device/catalog.h"
#include "device/diy_client.h"
#include "fleet/gather.h"

/* Rows of an option table. */
#define DEVICE_OPTIONS \
	{ 'i', "interface", "NAME", "look for devices only there" }, \
		{ 0, "address", "IP[:PORT]", "ask this device directly" }, \
	{ \
		0, "wait", "SECONDS", "how long to look for devices" \
	}

extern const struct err_code err_no_device; /* E-NO-DEVICE: nobody was found */

/* Finds and asks the devices the operands (ids, addresses, names of the profile) and
 * --address name; all there are when nothing is named and `all`. *rows is the caller's to
 * free. */
bool devices_find(const struct app *app, const struct options *options,
	const struct catalog *catalog, char **names, size_t name_count, bool all,
	struct gathered **rows, size_t *count, struct err *err);

/* One device that takes calls. */
struct one_device {
	struct device device;
	struct diy_client *client;
};

/* Finds the one device that operand FIRST or --address names, asks `info`, names its
 * model, and runs act(). With --dry-run and a PLAN it prints "ID would be PLAN" instead.
 * False when the device is not there, takes no calls, or act() says so. */
bool one_device_do(const struct app *app, const struct options *options, int first,
	const char *plan,
	bool (*act)(const struct app *app, struct one_device *one, const void *wish,
		struct err *err),
	const void *wish, struct err *err);

/* After a call that set something: reads `info` again and compares *now (a member of
 * diy_last_state()) with what was wanted. `told` and *err are the call's result: a lost
 * answer is no failure when the device says it did what it was told. WHAT is "switch".
 * True: prints the device as it is now. */
bool one_device_confirm(const struct app *app, struct one_device *one, bool told,
	const char *what, const char *wanted, const char *now, struct err *err);

/* Reads "on" or "off". */
bool read_on_off(const char *word, bool *on, struct err *err);

#endif
