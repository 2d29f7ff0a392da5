/* Files read whole with a bound, written whole or not at all. */
/* SPDX-License-Identifier: MIT */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

static void
close_descriptor(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#define OWN_DESCRIPTOR __attribute__((cleanup(close_descriptor))) int

/* Reads up to `room` bytes; the count, or -1. */
static ssize_t
read_fully(int fd, uint8_t *out, size_t room)
{
	size_t have = 0;

	while (have < room) {
		ssize_t got = read(fd, out + have, room - have);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		have += (size_t)got;
	}
	return (ssize_t)have;
}

bool
file_read(const char *path, size_t limit, uint8_t **bytes, size_t *len, struct err *err)
{
	OWN_DESCRIPTOR fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat info;
	ssize_t got;

	if (fd < 0 || fstat(fd, &info) != 0)
		return err_errno(err, &err_file, "cannot open %s", path);
	if (!S_ISREG(info.st_mode))
		return err_set(err, &err_file, "%s is not a regular file", path);
	if ((uint64_t)info.st_size > limit)
		return err_set(err, &err_file,
			"%s has %lld bytes, more than the %zu expected", path,
			(long long)info.st_size, limit);
	*bytes = xmalloc((size_t)info.st_size + 1);
	got = read_fully(fd, *bytes, (size_t)info.st_size);
	if (got < 0) {
		free(*bytes);
		*bytes = NULL;
		return err_errno(err, &err_file, "cannot read %s", path);
	}
	(*bytes)[got] = '\0';
	*len = (size_t)got;
	return true;
}

static bool
write_fully(int fd, const uint8_t *bytes, size_t len)
{
	while (len > 0) {
		ssize_t put = write(fd, bytes, len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return false;
		bytes += put;
		len -= (size_t)put;
	}
	return fsync(fd) == 0;
}

/* `owner`: whose the new file shall be; NULL: ours. */
static bool
write_beside(const char *path, const void *bytes, size_t len, mode_t mode,
	const struct stat *owner, struct err *err)
{
	OWN_STR beside = xasprintf("%s.XXXXXX", path);
	OWN_DESCRIPTOR fd = mkstemp(beside);

	if (fd < 0)
		return err_errno(err, &err_file, "cannot write beside %s", path);
	if ((owner != NULL && fchown(fd, owner->st_uid, owner->st_gid) != 0) ||
		fchmod(fd, mode) != 0 || !write_fully(fd, bytes, len) ||
		rename(beside, path) != 0) {
		err_errno(err, &err_file, "cannot write %s", path);
		unlink(beside);
		return false;
	}
	return true;
}

bool
file_write(const char *path, const void *bytes, size_t len, mode_t mode, struct err *err)
{
	return write_beside(path, bytes, len, mode, NULL, err);
}

bool
file_write_like(const char *path, const char *model, const void *bytes, size_t len,
	mode_t allowed, struct err *err)
{
	struct stat info;

	if (stat(model, &info) != 0)
		return err_errno(err, &err_file, "cannot look at %s", model);
	return write_beside(path, bytes, len, info.st_mode & allowed & 07777, &info, err);
}

bool
file_make_directory(const char *path, struct err *err)
{
	OWN_STR partial = xstrdup(path);

	for (char *at = partial + 1;; at++) {
		char was = *at;

		if (was != '/' && was != '\0')
			continue;
		*at = '\0';
		if (mkdir(partial, 0700) != 0 && errno != EEXIST)
			return err_errno(
				err, &err_file, "cannot make the directory %s", partial);
		*at = was;
		if (was == '\0')
			return true;
	}
}

char *
file_read_line(const char *path, size_t limit, struct err *err)
{
	OWN_DESCRIPTOR fd = open(path, O_RDONLY | O_CLOEXEC);
	char *line = xcalloc(limit + 2, 1);
	ssize_t got = fd >= 0 ? read_fully(fd, (uint8_t *)line, limit + 1) : -1;

	if (got < 0)
		err_errno(err, &err_file, "cannot read %s", path);
	else if (strcspn(line, "\r\n") > limit)
		err_set(err, &err_file, "the first line of %s is longer than %zu bytes",
			path, limit);
	else {
		line[strcspn(line, "\r\n")] = '\0';
		return line;
	}
	free(line);
	return NULL;
}
