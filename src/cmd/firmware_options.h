/* The options every command that takes a firmware image shares. */
/* SPDX-License-Identifier: MIT */
#ifndef CMD_FIRMWARE_OPTIONS_H
#define CMD_FIRMWARE_OPTIONS_H

#include "cmd/app.h"
#include "firmware/accept.h"
#include "firmware/image.h"

/* Rows for a command's table of options. */
/* clang-format off */
#define FIRMWARE_OPTIONS \
	{ 0, "firmware-sha256", "HEX", \
		"checksum it must have, or \"beside\": what is at URL.sha256" }, \
	{ 0, "firmware-base", "URL", "where names of images lead" }, \
	{ 0, "fix-flash-mode", NULL, "correct a wrong flash mode to DOUT in memory" }, \
	{ 0, "allow-foreign", NULL, "take a program that is not known to work" }, \
	{ 0, "allow-flash-size", NULL, "take an image made for another size of flash" }
/* clang-format on */

/* Opens FILE, URL or NAME as the options say, downloads with progress on standard error.
 * The image is parsed, not judged. NULL as firmware_source_open(). */
struct image *firmware_options_open(const struct app *app, const struct options *options,
	const char *spec, struct err *err);

/* The same, judged for a method as well: E-IMAGE-... when it does not take it. A doubt that
 * is no reason is a warning in the log. */
struct image *firmware_options_open_for(const struct app *app,
	const struct options *options, const char *spec, const char *method,
	struct err *err);

/* What --allow-... lift. */
struct accept_overrides firmware_options_overrides(const struct options *options);

#endif
