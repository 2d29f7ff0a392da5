/* What we know about models and firmware versions: text files, not code. The files and
 * their keys are explained in doc/adding-a-device.md. */
/* SPDX-License-Identifier: MIT */
#ifndef DEVICE_CATALOG_H
#define DEVICE_CATALOG_H

#include <stdbool.h>

#include "base/err.h"
#include "base/memory.h"
#include "device/catalog_section.h"
#include "device/device.h"

struct catalog;

/* Where the catalog lies: $AIRLIFT_CATALOG, the source tree for a program that runs from
 * the build directory, else the installed place. The caller frees it. */
char *catalog_directory_path(void);

/* Reads all *.devices and *.firmware files of a directory (NULL: the usual one). NULL with
 * E-INI, E-CATALOG or E-FILE, file and line named. Safe to share between threads: nothing
 * changes afterwards. */
struct catalog *catalog_open(const char *directory, struct err *err);
void catalog_free(struct catalog *catalog);
DEFINE_OWN(catalog)

/* The rules for a device's firmware; NULL when no range holds its version. A device that
 * names no version is taken for the range that is `silent-as` its dialect. */
const struct catalog_section *catalog_firmware(
	const struct catalog *catalog, const struct device *device);

#define CATALOG_MATCHES_MOST 32

/* All models a device may be: several look alike on the network. */
struct catalog_match {
	unsigned count; /* 0: the catalog does not know it */
	const struct catalog_section *models[CATALOG_MATCHES_MOST];
};

void catalog_match(const struct catalog *catalog, const struct device *device,
	struct catalog_match *out);

/* The name when there is one candidate, what the candidates are called together, or "".
 * Returns out. */
const char *catalog_match_name(
	const struct catalog_match *match, char out[DEVICE_MODEL_SIZE]);

/* The value of a key of the first candidate that has it, and which one that is. NULL: none
 * has. */
const char *catalog_match_value(const struct catalog_match *match, const char *key);

/* True when there are candidates and each takes the method. */
bool catalog_match_takes(const struct catalog_match *match, const char *method);

/* A model by its id ("minir2") or its name, without case; NULL: unknown. */
const struct catalog_section *catalog_model_named(
	const struct catalog *catalog, const char *name);

/* Sets device->model from the catalog. */
void catalog_name_device(const struct catalog *catalog, struct device *device);

/* Whether "3.7.3" lies in "3.5 - 3.7.5": a bound holds for all that begins with it. */
bool catalog_version_within(const char *version, const char *range);

#endif
