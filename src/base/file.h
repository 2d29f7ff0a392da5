/* Files read whole with a bound, written whole or not at all. */
/* SPDX-License-Identifier: MIT */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/* Reads a regular file of at most `limit` bytes; *bytes is the caller's to free and has
 * a NUL behind its end. E-FILE otherwise. */
bool file_read(
	const char *path, size_t limit, uint8_t **bytes, size_t *len, struct err *err);

/* Writes beside the file and renames: after a power cut the old or the new content is
 * there, never a mixture. */
bool file_write(
	const char *path, const void *bytes, size_t len, mode_t mode, struct err *err);

/* The same with owner, group and mode of the file `model` (which may be `path` itself);
 * of the mode only the bits in `allowed`. */
bool file_write_like(const char *path, const char *model, const void *bytes, size_t len,
	mode_t allowed, struct err *err);

/* Makes the directory and its parents, mode 0700. */
bool file_make_directory(const char *path, struct err *err);

/* First line of a file or pipe without its line end, for passwords and keys; at most
 * `limit` bytes. Caller frees. */
char *file_read_line(const char *path, size_t limit, struct err *err);

#endif
